"""What went wrong with a call to the language model, and whether one more try is worth it."""

from __future__ import annotations

from hiring_advisor.errors import ModelUnavailable

LONGEST_PAUSE_S = 2.0
_TRANSIENT = frozenset({"connection", "status_500", "status_502", "status_503", "status_529"})
_MOMENT_S = 0.2


def mapped(error: Exception) -> ModelUnavailable:
    """The reason of a failure, by the client's own error classes.

    What is no error of the client's or of the connection is a reply that it could not read: it
    trips over the missing parts with whatever exception comes of that.
    """
    import openai

    if isinstance(error, ModelUnavailable):
        return error
    reason = "malformed"
    if isinstance(error, TimeoutError | openai.APITimeoutError):
        reason = "timeout"
    elif isinstance(error, openai.APIConnectionError) or "http" in type(error).__module__:
        reason = "connection"
    elif isinstance(error, openai.APIError) and error.code == "context_length_exceeded":
        reason = "context_too_long"
    elif isinstance(error, openai.APIStatusError):
        reason = f"status_{error.status_code}"
    elif isinstance(error, openai.APIError):
        reason = "provider"
    return ModelUnavailable("The language model does not answer.", reason)


def retry_after(error: BaseException | None) -> float | None:
    """The seconds that the endpoint asked to wait, where it did."""
    response = getattr(error, "response", None)
    try:
        return float(response.headers["retry-after"])  # type: ignore[union-attr]
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def pause_before_retry(failure: ModelUnavailable) -> float | None:
    """Seconds to wait before one more try, or None where it would not help."""
    if failure.reason in _TRANSIENT:
        return _MOMENT_S
    asked = retry_after(failure.__cause__)
    if failure.reason == "status_429" and asked is not None and 0 <= asked <= LONGEST_PAUSE_S:
        return asked
    return None
