"""What went wrong with a call to the language model, and whether one more try is worth it."""

from __future__ import annotations

import math
import re
import secrets
import time
from email.utils import parsedate_to_datetime

from hiring_advisor.errors import ModelUnavailable

LONGEST_PAUSE_S = 2.0
_TRANSIENT = frozenset({"connection", "status_500", "status_502", "status_503", "status_529"})
_AT_ONCE = frozenset({"malformed", "empty", "context_too_long"})
_MOMENT_S = 0.2
_TOO_LONG = re.compile(
    r"context.{0,20}(?:length|window|limit)|maximum.{0,20}tokens|too many tokens"
)
_NO_ANSWER = "The language model does not answer."
_ADVICE = {
    "status_400": "the model {0} does not take our requests: choose another as ADVISOR_MODEL.",
    "status_401": "the endpoint refuses OPENAI_API_KEY: put a valid one there.",
    "status_403": "OPENAI_API_KEY may not use the model {0}: allow it, or choose another.",
    "status_404": "the endpoint knows no model {0}: mend ADVISOR_MODEL or OPENAI_BASE_URL.",
    "status_429": "the endpoint has had enough for now: look at the account's limits and credit.",
    "quota": "the quota of OPENAI_API_KEY is used up: look at the account's limits and credit.",
    "connection": "the endpoint cannot be reached: look at OPENAI_BASE_URL and the network.",
    "timeout": "the endpoint does not answer in time: look at OPENAI_BASE_URL and the network.",
}
_ELSE = "the model {0} does not answer ({1}); until it does, answers are embedded ones."
BY_SETTINGS = frozenset({"status_400", "status_401", "status_403", "status_404", "quota"})
"""Failures that an operator has to mend."""
LEAVES_THE_MODEL = frozenset({"content_filter", "refusal", "tool_args_invalid", "context_too_long"})
"""Failures of one call that say nothing against the next one of the same turn."""


def advice(failure: ModelUnavailable, model: str) -> str:
    """What an operator is to do about a failure of the model of that name, in a sentence."""
    told = _ADVICE.get(failure.reason, _ELSE)
    return told.format(model, failure.reason)


def mapped(error: Exception) -> ModelUnavailable:
    """The reason of a failure, by the client's own error classes.

    What is no error of the client's or of the connection is a reply that could not be read.
    """
    import openai

    if isinstance(error, ModelUnavailable):
        return error
    reason = "malformed"
    name = type(error).__name__
    if isinstance(error, TimeoutError | openai.APITimeoutError) or name.endswith("Timeout"):
        reason = "timeout"
    elif isinstance(error, openai.APIStatusError):
        reason = _by_status(error.status_code, str(error.code), error.message)
    elif isinstance(error, openai.APIConnectionError) or "http" in type(error).__module__:
        reason = "connection"
    return ModelUnavailable(_NO_ANSWER, reason)


def in_stream(error: object) -> ModelUnavailable:
    """The failure that came as an event of a stream whose status was 200."""
    told = error if isinstance(error, dict) else {}
    code, message = str(told.get("code")), str(told.get("message"))
    reason = _by_status(0, code, message)
    reason = "provider" if reason == "status_0" else reason
    return ModelUnavailable(_NO_ANSWER, reason)


def _by_status(status: int, code: str, message: str) -> str:
    if code == "context_length_exceeded" or (
        status in {400, 413} and _TOO_LONG.search(message.lower()[:1000])
    ):
        return "context_too_long"
    if code == "insufficient_quota":
        return "quota"
    if code == "content_filter":
        return "content_filter"
    return f"status_{status}"


def retry_after(error: BaseException | None) -> float | None:
    """The seconds that the endpoint asked to wait, where it did: a number, or a date (RFC 9110)."""
    response = getattr(error, "response", None)
    told = getattr(response, "headers", {}).get("retry-after", "")
    try:
        seconds = float(told)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(told).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return None
    return None if math.isnan(seconds) else max(0.0, seconds)


def pause_before_retry(failure: ModelUnavailable) -> float | None:
    """Seconds to wait before one more try, or None where it would not help."""
    if failure.reason in _AT_ONCE:
        return 0.0
    if failure.reason in _TRANSIENT:
        return _MOMENT_S * (1 + secrets.randbelow(1000) / 1000)  # so that not all come back at once
    asked = retry_after(failure.__cause__)
    if failure.reason == "status_429" and asked is not None and asked <= LONGEST_PAUSE_S:
        return asked
    return None
