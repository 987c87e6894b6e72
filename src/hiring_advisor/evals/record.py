"""What a case led to: the turns, passages and scores that the scorers look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from hiring_advisor.errors import AdvisorError
from hiring_advisor.evals.cases import Case
from hiring_advisor.evals.targets import Target, Turn

SEARCH_K = 6
MOST_QUESTIONS = 14


@dataclass
class Record:
    """All that came of one case. `passages` are section ids, best first."""

    conversations: list[list[Turn]] = field(default_factory=list)
    passages: list[str] | None = None
    score: dict[str, Any] | None = None
    error: str | None = None

    @property
    def last(self) -> Turn:
        """The last turn of the first conversation."""
        return self.conversations[0][-1]

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    @classmethod
    def of_json(cls, value: Mapping[str, Any]) -> Record:
        """A record from what `as_json` gave."""
        return cls(**value)


async def run(case: Case, target: Target) -> Record:
    """Run a case; an error of the target is part of the record, not the end of the run."""
    record = Record()
    try:
        for said in case.conversations:
            turns: list[Turn] = []
            record.conversations.append(turns)
            for text in said:
                turns.append(await target.say(turns, text))
        if case.interview is not None:
            await _interview(case.interview, record.conversations[0], target)
        if case.search is not None:
            record.passages = await target.search(case.search, SEARCH_K)
        if case.profile is not None:
            record.score = await target.score(case.profile)
    except AdvisorError as error:
        record.error = error.message
    except Exception as error:
        # A broken advisor must not end the run: the case fails, and the report says why.
        record.error = f"{type(error).__name__}: {error}"
    return record


async def _interview(profile: Mapping[str, str], turns: list[Turn], target: Target) -> None:
    """Answer what is asked, with the label of the option that is true, until nothing is asked."""
    for _ in range(MOST_QUESTIONS):
        question = turns[-1].get("next_question")
        if question is None:
            return
        value = profile.get(question["fact"])
        label = next((one["label"] for one in question["options"] if one["value"] == value), None)
        turns.append(await target.say(turns, label or "I don't know yet"))
