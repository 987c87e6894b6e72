"""Declines, both ways: nothing invented where the article is silent, nothing refused where it
answers; and small talk recognised as such.
"""

from __future__ import annotations

from collections.abc import Iterator

from hiring_advisor.evals.cases import Case
from hiring_advisor.evals.knowledge import Knowledge
from hiring_advisor.evals.measures import Measure, check, unscored
from hiring_advisor.evals.record import Record
from hiring_advisor.evals.samples import FollowUp, Question, SmallTalk, Unanswerable
from hiring_advisor.evals.scorers.turns import is_words_only

# A hand-off to a person is a way of declining, too: nothing is invented.
_MADE_UP = ("answer", "recommendation")
_TALK = ("small_talk", "handoff", "declined")


def declines(case: Case, record: Record, knowledge: Knowledge) -> Iterator[Measure]:
    """Whether a question was answered that should be, or declined that should be."""
    sample, kind = case.sample, record.last["kind"]
    if is_words_only(record.last):
        # “I cannot say” is no kind of turn: a target of words alone tells of none.
        yield unscored("declines/answered", "the target tells no kinds of turns")
        return
    if isinstance(sample, Unanswerable):
        # Too little known for a verdict, said as such, invents nothing.
        advice = record.last.get("recommendation")
        is_empty = advice is not None and advice["verdict"] == "need_more_info"
        holds = kind not in _MADE_UP or is_empty
        yield check("declines/not_invented", holds, f"a turn of the kind {kind}")
        yield check(f"declines/not_invented.{sample.kind}", holds)
    elif isinstance(sample, Question | FollowUp):
        yield check("declines/not_refused", kind != "declined", f"a turn of the kind {kind}")
        yield check("declines/answered", kind == "answer", f"a turn of the kind {kind}")
    elif isinstance(sample, SmallTalk):
        yield check("declines/small_talk", kind in _TALK, f"a turn of the kind {kind}")
