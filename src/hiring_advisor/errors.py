"""Errors that may be shown to the person who meets them.

    AdvisorError
    ├── SettingsError        a setting makes no sense; the start stops
    ├── ContentError         a content file (corpus, rubric, prompts, cues) is broken
    ├── IndexUnavailable     the vector index cannot be used; the lexical twin serves
    ├── ModelUnavailable     the language model failed; the turn falls back to embedded wording
    ├── BadRequest           the caller's input cannot be used (status 400, 413, 415 or 422)
    ├── NotFound             no such thing, or not yours: the two are the same answer
    ├── Forbidden            for operators only
    ├── TooManyRequests      a rate limit is reached; says how long to wait
    ├── Conflict             the request contradicts what is already there
    ├── StorageUnavailable   the database did not take it
    └── ShuttingDown         this process ends; the same call goes through in a moment, elsewhere

`message` is one sentence for a person outside: what was wrong and what to do. It never holds a
path, a key, a stack trace or the text that was sent. Third-party errors are mapped at the seam
with `raise … from error`; what was not foreseen gets a neutral sentence and a log entry.
"""

from __future__ import annotations


class AdvisorError(Exception):
    """Base of all errors of this package; `message` is safe to show."""

    status = 500
    title = "Something went wrong"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class SettingsError(AdvisorError):
    """A setting makes no sense. The message names it and says what was wanted."""

    title = "Bad setting"


class ContentError(AdvisorError):
    """A content file is broken. The message names file and place and says how to mend it."""

    title = "Broken content"


class IndexUnavailable(AdvisorError):
    """The vector index cannot be used right now. `reason` is one word, for logs and metrics."""

    status = 503
    title = "Search index unavailable"

    def __init__(self, message: str, reason: str = "unavailable") -> None:
        super().__init__(message)
        self.reason = reason


class ModelUnavailable(AdvisorError):
    """The language model failed, was late or answered nonsense. `reason` is for logs."""

    status = 503
    title = "Language model unavailable"

    def __init__(self, message: str, reason: str = "error") -> None:
        super().__init__(message)
        self.reason = reason


class BadRequest(AdvisorError):
    """The caller's input cannot be used as it is."""

    status = 422
    title = "Unusable input"

    def __init__(self, message: str, status: int = 422) -> None:
        super().__init__(message)
        self.status = status


class NotFound(AdvisorError):
    """Unknown, or not the caller's: told apart for nobody."""

    status = 404
    title = "Not found"


class Forbidden(AdvisorError):
    """Not for this caller; status 401 where a key would help, else 403."""

    title = "Not allowed"

    def __init__(self, message: str, status: int = 403) -> None:
        super().__init__(message)
        self.status = status


class Conflict(AdvisorError):
    """The request contradicts what is already stored."""

    status = 409
    title = "Conflict"


class TooManyRequests(AdvisorError):
    """A rate limit is reached. `retry_after_s` is in whole seconds, at least 1; `limit` is how
    many the window that is full takes, where it is known.
    """

    status = 429
    title = "Too many messages"

    def __init__(self, retry_after_s: int, limit: int | None = None) -> None:
        unit = "second" if retry_after_s == 1 else "seconds"
        super().__init__(f"Too many messages for now: please wait {retry_after_s} {unit}.")
        self.retry_after_s = retry_after_s
        self.limit = limit


class StorageUnavailable(AdvisorError):
    """The database did not take it; trying again later may help."""

    status = 503
    title = "Storage unavailable"


class ShuttingDown(AdvisorError):
    """This process ends before it could do it. Asking again is safe, and finds another one."""

    status = 503
    title = "Shutting down"

    def __init__(self) -> None:
        super().__init__("The advisor is being restarted: please try again in a moment.")
