"""The settings, and the only place that reads the environment.

Each field is one line of `docs/settings.md`. Steps of the line get the two values they need,
never this object. Secrets hide from `repr` and logs.
"""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, DotEnvSettingsSource, NoDecode, SettingsConfigDict

from hiring_advisor.errors import SettingsError

PACKAGE = Path(__file__).resolve().parent
REPOSITORY = PACKAGE.parent.parent


def content_dir(name: str) -> Path:
    """The folder `name` of the working directory, of the repository or of the installed package."""
    for base in (Path.cwd(), REPOSITORY, PACKAGE / "content"):
        if (base / name).is_dir():
            return base / name
    return Path(name)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


class Settings(BaseSettings):
    """What an operator can set, by environment variable or `.env` file."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        populate_by_name=True,
        frozen=True,
    )

    openai_api_key: SecretStr | None = Field(None, alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(None, alias="OPENAI_BASE_URL")
    mode: Literal["auto", "openai", "embedded"] = Field("auto", alias="ADVISOR_MODE")
    model: str = Field("gpt-5.1", alias="ADVISOR_MODEL", min_length=1)
    daily_tokens: int = Field(0, alias="ADVISOR_DAILY_TOKENS", ge=0)
    embedding: str = Field("minilm", alias="ADVISOR_EMBEDDING")
    data_dir: Path = Field(Path("var"), alias="ADVISOR_DATA_DIR")
    corpus_dir: Path = Field(
        default_factory=lambda: content_dir("corpus"), alias="ADVISOR_CORPUS_DIR"
    )
    prompts_dir: Path = Field(
        default_factory=lambda: content_dir("prompts"), alias="ADVISOR_PROMPTS_DIR"
    )
    database_url: SecretStr | None = Field(None, alias="DATABASE_URL")
    chroma_url: str | None = Field(None, alias="CHROMA_URL")
    redis_url: SecretStr | None = Field(None, alias="REDIS_URL")
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), alias="ADVISOR_ALLOWED_ORIGINS"
    )
    public_url: str | None = Field(None, alias="ADVISOR_PUBLIC_URL")
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field((), alias="ADVISOR_API_KEYS")
    rate_limit: str = Field("30/minute", alias="ADVISOR_RATE_LIMIT")
    site_rate_limit: str = Field("3000/minute", alias="ADVISOR_SITE_RATE_LIMIT")
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), alias="ADVISOR_TRUSTED_PROXIES"
    )
    allow_unstored: bool = Field(False, alias="ADVISOR_ALLOW_UNSTORED")
    trusted_hosts: Annotated[tuple[str, ...], NoDecode] = Field((), alias="ADVISOR_TRUSTED_HOSTS")
    retention_days: int = Field(90, alias="ADVISOR_RETENTION_DAYS", ge=1, le=3650)
    slack_bot_token: SecretStr | None = Field(None, alias="SLACK_BOT_TOKEN")
    slack_signing_secret: SecretStr | None = Field(None, alias="SLACK_SIGNING_SECRET")
    slack_app_token: SecretStr | None = Field(None, alias="SLACK_APP_TOKEN")
    slack_api_base_url: str | None = Field(None, alias="SLACK_API_BASE_URL")
    handoff_slack_channel: str | None = Field(None, alias="HANDOFF_SLACK_CHANNEL")
    handoff_webhook_url: str | None = Field(None, alias="HANDOFF_WEBHOOK_URL")
    handoff_webhook_secret: SecretStr | None = Field(None, alias="HANDOFF_WEBHOOK_SECRET")
    handoff_email_to: str | None = Field(None, alias="HANDOFF_EMAIL_TO")
    smtp_url: SecretStr | None = Field(None, alias="SMTP_URL")
    access_log: bool = Field(True, alias="ADVISOR_ACCESS_LOG")
    stop_delay_s: float = Field(2.0, alias="ADVISOR_STOP_DELAY_S", ge=0, le=60)
    stop_grace_s: float = Field(25.0, alias="ADVISOR_STOP_GRACE_S", ge=0, le=600)
    otlp_endpoint: str | None = Field(None, alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    otlp_headers: SecretStr | None = Field(None, alias="OTEL_EXPORTER_OTLP_HEADERS")
    otel_service_name: str = Field("hiring-advisor", alias="OTEL_SERVICE_NAME", min_length=1)

    @field_validator(
        "allowed_origins", "api_keys", "trusted_proxies", "trusted_hosts", mode="before"
    )
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator(
        "openai_base_url",
        "chroma_url",
        "public_url",
        "slack_api_base_url",
        "handoff_webhook_url",
        "otlp_endpoint",
    )
    @classmethod
    def _is_http_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
            raise ValueError("wants an address that starts with http:// or https://")
        return value.rstrip("/")

    @field_validator("allowed_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            parts = urlsplit(origin)
            is_bare = origin == f"{parts.scheme}://{parts.netloc}" and "@" not in parts.netloc
            is_one = parts.hostname and "*" not in origin
            if parts.scheme not in {"http", "https"} or not is_one or not is_bare:
                raise ValueError(
                    "wants origins such as https://www.example.com, separated by commas"
                )
        return value

    @field_validator("otlp_headers")
    @classmethod
    def _are_headers(cls, value: SecretStr | None) -> SecretStr | None:
        for header in value.get_secret_value().split(",") if value else ():
            name, mark, _ = header.partition("=")
            if not mark or not name.strip():
                raise ValueError("wants headers as name=value, separated by commas")
        return value

    @field_validator("embedding")
    @classmethod
    def _is_embedding(cls, value: str) -> str:
        if value != "minilm" and not (value.startswith("openai:") and len(value) > 7):
            raise ValueError("wants `minilm` or `openai:<model>`")
        return value

    @field_validator("rate_limit", "site_rate_limit")
    @classmethod
    def _is_rate(cls, value: str) -> str:
        from limits import parse

        try:
            rate = parse(value)
        except ValueError as error:
            raise ValueError("wants a rate such as 30/minute") from error
        if rate.amount < 1:
            raise ValueError("wants a rate of at least 1, such as 30/minute")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            try:
                ipaddress.ip_network(address, strict=False)
            except ValueError as error:
                raise ValueError("wants addresses or networks, separated by commas") from error
        return value

    @field_validator("trusted_hosts")
    @classmethod
    def _are_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        names = tuple(name.strip("[]") for name in value)
        for name in names:
            is_address = ":" in name and _is_address(name)
            if not is_address and not re.fullmatch(r"\w([\w.-]*\w)?", name, re.ASCII):
                raise ValueError("wants names such as www.example.com, without a port")
        return names

    @field_validator("chroma_url")
    @classmethod
    def _is_private(cls, value: str | None) -> str | None:
        # Chroma's server has had a hole that opened before authentication (CVE-2026-45829).
        if value is None:
            return None
        host = urlsplit(value).hostname or ""
        try:
            private = ipaddress.ip_address(host).is_private
        except ValueError:
            # A host that starts with a digit and is no address is one in disguise: 134744072.
            named = "." not in host and not host[:1].isdigit()
            private = named or host.endswith(".internal")
        if not private:
            raise ValueError("wants a private address: a Chroma server must not be public")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Settings:
        if self.mode == "openai" and self.openai_api_key is None:
            raise ValueError("ADVISOR_MODE=openai wants OPENAI_API_KEY as well")
        if self.embedding.startswith("openai:") and self.openai_api_key is None:
            raise ValueError(f"ADVISOR_EMBEDDING={self.embedding} wants OPENAI_API_KEY as well")
        return self

    @property
    def uses_model(self) -> bool:
        """Whether answers are worded by a language model."""
        return self.mode != "embedded" and self.openai_api_key is not None

    @property
    def resolved_database_url(self) -> str:
        """`DATABASE_URL`, or SQLite in the data folder."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite+aiosqlite:///{(self.data_dir / 'advisor.sqlite3').resolve()}"


def load() -> Settings:
    """Read the settings. Raises `SettingsError`: a line for each one that makes no sense."""
    try:
        return Settings()  # type: ignore[call-arg]  # the fields come from the environment
    except ValidationError as error:
        raise SettingsError("\n".join(dict.fromkeys(map(_sentence, error.errors())))) from None
    except UnicodeDecodeError:
        raise SettingsError(".env: is not UTF-8 text.") from None


def _sentence(error: ErrorDetails) -> str:
    # Only the outermost place is a setting's name; within a list come numbers.
    name = str(error["loc"][0]) if error["loc"] else ""
    reason = error["msg"].removeprefix("Value error, ")
    return f"{name}: {reason}." if name else f"{reason}."


def origins() -> dict[str, str]:
    """Where each setting comes from, by its name: `environment`, `.env` or `default`."""
    given = {name.lower() for name, value in os.environ.items() if value}
    file = DotEnvSettingsSource(Settings)()
    found = {}
    for field in Settings.model_fields.values():
        name = field.alias or ""
        in_file = ".env" if name in file else "default"
        found[name] = "environment" if name.lower() in given else in_file
    return found


def github() -> tuple[bool, Path | None]:
    """Whether GitHub runs this, and the file for the summary of its step, where there is one."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    return os.environ.get("GITHUB_ACTIONS") == "true", Path(summary) if summary else None


def share_metrics(folder: Path) -> None:
    """Have the worker processes that are started from here count in files of one folder."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def shared_metrics() -> str | None:
    """The folder in which this process counts together with others, where there is one."""
    return os.environ.get("PROMETHEUS_MULTIPROC_DIR")


def quiet_third_parties(models: Path) -> None:
    """Set what libraries read from the environment: nothing phones home, nothing is downloaded.

    `models` is the folder of the package's model files; tiktoken finds its vocabulary there.
    """
    os.environ["TIKTOKEN_CACHE_DIR"] = str(models / "tiktoken")
    os.environ["ANONYMIZED_TELEMETRY"] = "False"
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read once, when onnxruntime is imported
    for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        os.environ[name] = "false"
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
