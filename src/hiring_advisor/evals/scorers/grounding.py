"""Grounding: whether each sentence stands on what it cites, and the answer says what it should.

Deterministic, and written apart from the advisor's own sentence check: an advisor whose check is
switched off is noticed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hiring_advisor.evals.cases import Case
from hiring_advisor.evals.knowledge import Knowledge, plain
from hiring_advisor.evals.measures import Measure, amount, check, share, unscored
from hiring_advisor.evals.record import Record
from hiring_advisor.evals.samples import FollowUp, Question
from hiring_advisor.evals.scorers.turns import cited, cited_by, figures_in, holds_phrase
from hiring_advisor.evals.targets import Turn

ENOUGH = 0.6
"""Share of a sentence's longer words that the cited sections must hold, in some form."""
_WORD = re.compile(r"[a-z][a-z-]{3,}")
# Words of the advisor's own speech, which no passage holds.
_SPEECH = frozenset(
    """
    article says states according names lists notes advises recommend recommends recommended
    recommending suggest suggests freelancer freelancers full-time fulltime engineer engineers
    project projects company hybrid staged plan instead would were both also only with this that
    they them their your yours have from more than when what which while where side sides option
    call calls calling named reason said told described picked know cannot tell either yet
    """.split()
)


def grounding(case: Case, record: Record, knowledge: Knowledge) -> Iterator[Measure]:
    """Citations, quotes, figures and sentences of every turn; completeness of asked questions."""
    turns = [turn for turns in record.conversations for turn in turns]
    if any("citations" not in turn for turn in turns):
        yield unscored("grounding/quotes_verbatim", "the target gives no citations")
    else:
        yield from _of_turns(turns, knowledge)
    sample = case.sample
    if isinstance(sample, Question | FollowUp) and record.last["kind"] == "answer":
        yield from _of_answer(sample, record.last)


def _of_turns(turns: list[Turn], knowledge: Knowledge) -> Iterator[Measure]:
    quotes = [
        (one["section_id"], one["quote"], knowledge.stands_in(one["section_id"], one["quote"]))
        for turn in turns
        for one in turn["citations"]
    ]
    wrong = [f"“{quote}” is not in {section}" for section, quote, stands in quotes if not stands]
    yield share("grounding/quotes_verbatim", (stands for *_, stands in quotes), "; ".join(wrong))
    figures, sentences = [], []
    unsupported = []
    said = ""
    for turn in turns:
        said += " " + turn["user_text"]
        for sentence in turn["sentences"]:
            if not sentence["citations"]:
                continue
            text, sections = sentence["text"], cited_by(turn, sentence["citations"])
            words = f"{knowledge.text_of(sections)} {plain(said)}"
            if turn["recommendation"] is not None:
                # Reasons are worded by the rubric, each beside the section that it stands on.
                words += f" {knowledge.rubric_words}"
            known = set(figures_in(words))
            figures += [figure in known for figure in figures_in(text)]
            is_held = supports(text, words)
            sentences.append(is_held)
            if not is_held:
                unsupported.append(f"“{text}” does not stand on {', '.join(sections) or 'nothing'}")
    yield share("grounding/figures_supported", figures)
    yield share("grounding/sentences_supported", sentences, "; ".join(unsupported))
    # The advisor's own lines (declined, small talk, hand-off) cite nothing and need not.
    bare = [
        not sentence["citations"]
        for turn in turns
        if turn["kind"] == "answer"
        for sentence in turn["sentences"]
    ]
    yield share("grounding/sentences_cited", (not one for one in bare))


def _of_answer(sample: Question | FollowUp, turn: Turn) -> Iterator[Measure]:
    gold, got = set(sample.sections), list(dict.fromkeys(cited(turn)))
    told = f"cited {', '.join(got) or 'nothing'}; wanted {', '.join(sample.sections)}"
    if "citations" in turn:
        yield check("grounding/cites_gold", bool(gold & set(got)), told)
        related = gold | {one.rpartition("/")[0] for one in gold} - {""}
        yield share("grounding/citation_precision", (one in related for one in got), told)
        yield amount("grounding/citation_recall", len(gold & set(got)) / len(gold), told)
    missing = [one for one in sample.expect if not holds_phrase(turn["text"], one)]
    yield share(
        "grounding/completeness", (one not in missing for one in sample.expect),
        f"missing: {'; '.join(missing)}" if missing else "",
    )  # fmt: skip
    length = len(turn["text"].split())
    yield amount("grounding/answer_words", length, f"{length} words")


def supports(sentence: str, words: str) -> bool:
    """Whether `words`, plain, hold enough of a sentence: verbatim, or most of its longer words."""
    text = plain(sentence)
    if text.rstrip(".") in words:
        return True
    asked = [word for word in _WORD.findall(text) if word not in _SPEECH]
    if not asked:
        return True
    stems = {word[:5] for word in _WORD.findall(words)}
    return sum(word[:5] in stems for word in asked) / len(asked) >= ENOUGH
