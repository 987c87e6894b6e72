"""Settings: what is set counts, what makes no sense stops the start, what is secret stays so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import clean_environment

from hiring_advisor import settings
from hiring_advisor.errors import SettingsError

KEY = "test-key-that-is-secret"

UNSET = """
    openai_api_key openai_base_url database_url chroma_url redis_url public_url slack_bot_token
    slack_signing_secret slack_app_token slack_api_base_url handoff_slack_channel
    handoff_webhook_url handoff_webhook_secret handoff_email_to smtp_url otlp_endpoint
""".split()
DEFAULTS: dict[str, object] = {
    "mode": "auto",
    "embedding": "minilm",
    "data_dir": Path("var"),
    "allowed_origins": (),
    "api_keys": (),
    "rate_limit": "30/minute",
    "retention_days": 90,
    **dict.fromkeys(UNSET),
}

NONSENSE = [
    ("ADVISOR_MODE", "cloud"),
    ("ADVISOR_MODE", "openai"),  # there is no key
    ("ADVISOR_EMBEDDING", "word2vec"),
    ("ADVISOR_EMBEDDING", "openai:"),
    ("ADVISOR_EMBEDDING", "openai:text-embedding-3-small"),  # there is no key
    ("ADVISOR_RETENTION_DAYS", "0"),
    ("ADVISOR_RETENTION_DAYS", "-1"),
    ("ADVISOR_RETENTION_DAYS", "99999"),
    ("ADVISOR_RETENTION_DAYS", "for ever"),
    ("ADVISOR_RETENTION_DAYS", "1.5"),
    ("ADVISOR_RATE_LIMIT", "fast"),
    ("ADVISOR_RATE_LIMIT", "30"),
    ("ADVISOR_RATE_LIMIT", "-1/minute"),
    ("ADVISOR_RATE_LIMIT", "0/minute"),
    ("ADVISOR_ALLOWED_ORIGINS", "*"),
    ("ADVISOR_ALLOWED_ORIGINS", "www.example.com"),
    ("ADVISOR_ALLOWED_ORIGINS", "https://www.example.com, example.org"),
    ("ADVISOR_ALLOWED_ORIGINS", "https://www.example.com/shop"),
    ("ADVISOR_ALLOWED_ORIGINS", "https://www.example.com?shop"),
    ("ADVISOR_ALLOWED_ORIGINS", "https://www.example.com#shop"),
    ("ADVISOR_ALLOWED_ORIGINS", "https://user@www.example.com"),
    ("ADVISOR_ALLOWED_ORIGINS", "ftp://www.example.com"),
    ("ADVISOR_PUBLIC_URL", "advisor.example.com"),
    ("ADVISOR_PUBLIC_URL", "https://"),
    ("ADVISOR_PUBLIC_URL", "https://advisor.example.com:99999"),
    ("ADVISOR_PUBLIC_URL", "http://[::1"),
    ("OPENAI_BASE_URL", "api.example.com/v1"),
    ("SLACK_API_BASE_URL", "slack"),
    ("HANDOFF_WEBHOOK_URL", "mailto:sales@example.com"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317"),
    ("CHROMA_URL", "chroma:8000"),
    ("CHROMA_URL", "http://8.8.8.8:8000"),
    ("CHROMA_URL", "https://chroma.example.com"),
    ("CHROMA_URL", "http://[2001:4860:4860::8888]:8000"),
    ("CHROMA_URL", "http://134744072:8000"),  # 8.8.8.8 as one number
    ("CHROMA_URL", "http://0x08080808:8000"),
]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_defaults_are_those_of_the_contract() -> None:
    found = settings.load()
    assert {name: getattr(found, name) for name in DEFAULTS} == DEFAULTS
    assert not found.uses_model
    assert (found.corpus_dir / "article.md").is_file()
    assert (found.prompts_dir / "answer.md").is_file()


@pytest.mark.parametrize(("name", "value"), NONSENSE)
def test_a_setting_that_makes_no_sense_is_named_in_one_line(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        settings.load()
    assert name in caught.value.message
    assert "\n" not in caught.value.message


def test_the_start_stops_with_that_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hiring_advisor", "serve"],
        env={**clean_environment(), "ADVISOR_MODE": "cloud"},
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("ADVISOR_MODE")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000",
        "http://[::1]:8000",
        "http://10.1.2.3:8000",
        "http://192.168.1.9",
        "http://localhost:8000",
        "http://chroma:8000",
        "http://chroma.internal:8000",
    ],
)
def test_a_chroma_server_at_a_private_address_is_taken(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHROMA_URL", url)
    assert settings.load().chroma_url == url


def test_no_secret_shows_in_the_settings_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    names = (
        "OPENAI_API_KEY",
        "ADVISOR_API_KEYS",
        "DATABASE_URL",
        "REDIS_URL",
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SLACK_APP_TOKEN",
        "HANDOFF_WEBHOOK_SECRET",
        "SMTP_URL",
    )
    for name in names:
        # Addresses carry passwords; what is no address carries the secret itself.
        at = "redis" if name == "REDIS_URL" else "smtp" if name == "SMTP_URL" else "postgresql"
        monkeypatch.setenv(name, f"{at}://user:{KEY}@127.0.0.1/x" if "URL" in name else KEY)
    found = settings.load()
    assert found.openai_api_key is not None
    assert found.openai_api_key.get_secret_value() == KEY
    for shown in (repr(found), str(found), found.model_dump_json(), f"{found.model_dump()}"):
        assert KEY not in shown


def test_no_secret_shows_in_the_line_about_another_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("ADVISOR_RETENTION_DAYS", "0")
    with pytest.raises(SettingsError) as caught:
        settings.load()
    assert KEY not in caught.value.message
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("key", "mode", "uses_model"),
    [
        ("", "auto", False),
        (KEY, "auto", True),
        (KEY, "openai", True),
        (KEY, "embedded", False),
        ("", "embedded", False),
    ],
)
def test_the_model_is_used_where_there_is_a_key_and_the_mode_lets_it(
    key: str, mode: str, uses_model: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    monkeypatch.setenv("ADVISOR_MODE", mode)
    assert settings.load().uses_model is uses_model


def test_an_empty_value_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in settings.Settings.model_fields.values():
        monkeypatch.setenv(str(field.alias), "")
    found = settings.load()
    assert {name: getattr(found, name) for name in DEFAULTS} == DEFAULTS


def test_a_dotenv_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("ADVISOR_RETENTION_DAYS=7\nADVISOR_RATE_LIMIT=5/minute\nOTHER=1\n")
    monkeypatch.setenv("ADVISOR_RETENTION_DAYS", "8")
    found = settings.load()
    assert (found.retention_days, found.rate_limit) == (8, "5/minute")


def test_nonsense_in_a_dotenv_file_is_named_too() -> None:
    Path(".env").write_text("ADVISOR_MODE=cloud\n")
    with pytest.raises(SettingsError, match="ADVISOR_MODE"):
        settings.load()


def test_a_dotenv_file_that_is_no_text_is_named() -> None:
    Path(".env").write_bytes(b"\xff\xfe=\xff")
    with pytest.raises(SettingsError, match=r"\.env"):
        settings.load()


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVISOR_ALLOWED_ORIGINS", "https://a.example, http://b.example:8080,,")
    monkeypatch.setenv("ADVISOR_API_KEYS", "first-test-key, second-test-key,")
    found = settings.load()
    assert found.allowed_origins == ("https://a.example", "http://b.example:8080")
    assert [key.get_secret_value() for key in found.api_keys] == [
        "first-test-key",
        "second-test-key",
    ]


def test_addresses_lose_their_last_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVISOR_PUBLIC_URL", "https://advisor.example.com/")
    assert settings.load().public_url == "https://advisor.example.com"


def test_the_database_lies_in_the_data_folder_unless_it_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADVISOR_DATA_DIR", str(tmp_path / "data"))
    address = settings.load().resolved_database_url
    assert address.startswith("sqlite")
    assert str(tmp_path / "data") in address
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1/x")
    assert settings.load().resolved_database_url == "postgresql://127.0.0.1/x"


def test_libraries_are_told_to_keep_to_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2", "ANONYMIZED_TELEMETRY"):
        monkeypatch.setenv(name, "true")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "elsewhere")
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "true")
    settings.quiet_third_parties(tmp_path)
    assert os.environ["LANGSMITH_TRACING"] == os.environ["LANGCHAIN_TRACING_V2"] == "false"
    assert os.environ["ANONYMIZED_TELEMETRY"] == "False"
    assert os.environ["TIKTOKEN_CACHE_DIR"] == str(tmp_path / "tiktoken")
    assert os.environ["TOKENIZERS_PARALLELISM"] == "true"
