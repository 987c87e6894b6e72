"""What `hiring-advisor eval` measures, from its options and the settings."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import SecretStr

from hiring_advisor.bootstrap import Parts
from hiring_advisor.errors import SettingsError
from hiring_advisor.evals.targets import InProcess, Target
from hiring_advisor.settings import Settings, load

NO_KEY = "none"
"""Stands in for a key where an endpoint of one's own wants none."""


def targets_of(
    mode: str, models: Sequence[str], http_url: str | None, chat_url: str | None
) -> list[Target]:
    """The targets: a running advisor, an endpoint, or the advisor of this process.

    In this process the embedded mode comes first, then each model beside it; `mode` openai leaves
    the embedded one out and takes the settings' model where none is named.
    Raises `SettingsError`.
    """
    if http_url is not None:
        from hiring_advisor.evals.targets_remote import HttpTarget

        return [HttpTarget(_url(http_url, "--target"))]
    settings = load()
    if chat_url is not None:
        from hiring_advisor.evals.targets_remote import OpenAITarget

        key = settings.openai_api_key
        secret = None if key is None else key.get_secret_value()
        names = models or [settings.model]
        return [OpenAITarget(_url(chat_url, "--chat-url"), one, secret, one) for one in names]
    found: list[Target] = []
    if mode == "openai" and not models:
        models = [_settings_model(settings)]
    if mode == "embedded":
        found.append(InProcess(Parts(embedded(settings))).open())
    found += [InProcess(Parts(with_model(settings, one)), _name(one)).open() for one in models]
    return found


def names_of(
    mode: str, models: Sequence[str], http_url: str | None, chat_url: str | None
) -> list[str]:
    """The names of what `targets_of` makes, in its order, with nothing opened.

    Raises `SettingsError` as it does, before anything is begun.
    """
    if http_url is not None:
        _url(http_url, "--target")
        return ["http"]
    settings, named = load(), [_name(one) for one in models]
    if chat_url is not None:
        _url(chat_url, "--chat-url")
        return named or [settings.model]
    for one in models:
        with_model(settings, one)
    if mode == "openai":
        return named or [_settings_model(settings)]
    return ["embedded", *named]


def _settings_model(settings: Settings) -> str:
    if settings.openai_api_key is None:
        raise SettingsError("OPENAI_API_KEY: is not set, and the mode openai wants it.")
    return settings.model


def embedded(settings: Settings) -> Settings:
    """The settings without a model."""
    return settings.model_copy(update={"mode": "embedded"})


def with_model(settings: Settings, model: str) -> Settings:
    """The settings with a model, written as NAME or NAME@URL. Raises `SettingsError`."""
    name, _, url = model.partition("@")
    key = settings.openai_api_key or SecretStr(NO_KEY)
    if not url and settings.openai_api_key is None and settings.openai_base_url is None:
        raise SettingsError(
            f"OPENAI_API_KEY: is not set, and the model {name} wants it; or write {name}@URL."
        )
    base = _url(url, "--model") if url else settings.openai_base_url
    return settings.model_copy(
        update={"mode": "openai", "model": name, "openai_api_key": key, "openai_base_url": base}
    )


def _name(model: str) -> str:
    return model.partition("@")[0]


def _url(text: str, option: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise SettingsError(f"{option}: wants an address that starts with http:// or https://.")
    return text.rstrip("/")
