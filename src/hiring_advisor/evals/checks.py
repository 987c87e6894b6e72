"""The check of the datasets: what a person who edits them broke, and how to mend it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from hiring_advisor.errors import ContentError
from hiring_advisor.evals import expected
from hiring_advisor.evals import samples as s
from hiring_advisor.evals.gold import changed, sections_of, stale
from hiring_advisor.evals.knowledge import Knowledge, plain
from hiring_advisor.evals.metrics import METRICS, SUITES

LEAST: Mapping[str, int] = {
    "questions": 200, "verdicts": 400, "dialogues": 60, "unanswerable": 120, "attacks": 200,
    "invariance": 80,
}  # fmt: skip
EACH_SECTION = 2
_NO_QUESTION = frozenset({"author"})


def problems(folder: Path, knowledge: Knowledge) -> list[str]:
    """All that is wrong with the datasets, one sentence each; stale labels come last."""
    found: list[str] = []
    loaded: dict[str, tuple[s.Sample, ...]] = {}
    for name in s.DATASETS:
        try:
            loaded[name] = s.load(folder, name)
        except ContentError as error:
            found.append(error.message)
    for name, samples in loaded.items():
        found += [f"{name}.jsonl: {one}" for one in _sizes(name, samples)]
        for sample in samples:
            found += [f"{name}.jsonl, {sample.id}: {one}" for one in _faults(sample, knowledge)]
    found += _twice(loaded)
    found += _uncovered(loaded.get("questions", ()), knowledge)
    try:
        moved = changed(folder, knowledge)
    except ContentError as error:
        return [*found, error.message]
    for name, samples in loaded.items():
        found += [
            f"{name}.jsonl, {sample_id}: rests on {', '.join(sections)}, changed since the label "
            "was reviewed: look at it, then run `hiring-advisor eval reviewed`."
            for sample_id, sections in stale(samples, moved).items()
        ]
    return found


def _sizes(name: str, samples: tuple[s.Sample, ...]) -> Iterator[str]:
    least = LEAST.get(name, 1)
    if len(samples) < least:
        yield f"holds {len(samples)} samples; at least {least} are wanted."
    splits = Counter(one.split for one in samples)
    if abs(splits["dev"] - splits["test"]) > max(2, len(samples) // 10):
        yield f"is split unevenly: {splits['dev']} dev, {splits['test']} test."


def _faults(sample: s.Sample, knowledge: Knowledge) -> Iterator[str]:
    for section in sections_of(sample):
        if section not in knowledge.sections:
            yield f"names the section {section}, which the article does not have."
    for facts in _all_facts(sample):
        for name, value in facts.items():
            if value not in knowledge.values.get(name, ()):
                yield f"holds {name} = {value}, which the rubric does not know."
    for name in _free_names(sample):
        if name not in knowledge.values:
            yield f"names the fact {name}, which the rubric does not know."
    if isinstance(sample, s.Project):
        yield from _verdict_fits(sample.facts, sample.accept, knowledge)
    if isinstance(sample, s.Dialogue):
        for turn in sample.turns:
            if turn.accept and turn.facts is not None:
                yield from _verdict_fits(turn.facts, turn.accept, knowledge)
            if turn.what_if is not None:
                yield from _verdict_fits(turn.what_if.facts, turn.what_if.accept, knowledge)
    if isinstance(sample, s.Question | s.FollowUp):
        words = knowledge.text_of(list(knowledge.sections))
        for phrase in sample.expect:
            if plain(phrase).rstrip(".") not in words:
                yield f"expects “{phrase}”, which does not stand in the article."
    if isinstance(sample, s.Invariance):
        yield from _edits(sample, knowledge)


def _verdict_fits(
    facts: Mapping[str, str], accept: tuple[str, ...], knowledge: Knowledge
) -> Iterator[str]:
    got = expected.verdict(knowledge.rubric, facts)
    if got not in accept:
        yield f"accepts {' or '.join(accept)}, but its facts make {got}."


def _edits(sample: s.Invariance, knowledge: Knowledge) -> Iterator[str]:
    if {one.how for one in sample.paraphrases} != set(s.How.__args__):  # type: ignore[attr-defined]
        yield "wants one paraphrase of each kind."
    for edit in sample.monotone:
        for name, value in edit.adds.items():
            if name in sample.facts:
                yield f"adds {name}, which the base already states."
            elif knowledge.leans.get((name, value)) != edit.toward:
                yield f"adds {name} = {value}, which does not lean toward {edit.toward}."


def _all_facts(sample: s.Sample) -> Iterator[Mapping[str, str]]:
    if isinstance(sample, s.Project | s.RubricCase):
        yield sample.facts
    if isinstance(sample, s.Interview):
        yield sample.profile
    if isinstance(sample, s.Invariance):
        yield from (edit.adds for edit in sample.monotone)
    if isinstance(sample, s.Dialogue):
        for turn in sample.turns:
            yield turn.facts or {}
            if turn.what_if is not None:
                yield turn.what_if.facts


def _free_names(sample: s.Sample) -> Iterator[str]:
    """Names of facts that a sample gives without a value: a slip in one would free nothing."""
    if isinstance(sample, s.Project):
        yield from sample.may
    if isinstance(sample, s.VerdictMessage):
        yield from sample.not_facts
    if isinstance(sample, s.Dialogue):
        for turn in sample.turns:
            yield from (*turn.may, *turn.absent)


def texts_of(sample: s.Sample) -> Iterator[str]:
    """Everything that a visitor says in a sample, histories left out."""
    match sample:
        case s.Question(question=text) | s.FollowUp(question=text) | s.Unanswerable(question=text):
            yield text
        case s.SmallTalk(text=text) | s.VerdictMessage(message=text) | s.Attack(message=text):
            yield text
        case s.Dialogue(turns=turns):
            yield from (turn.say for turn in turns)
        case s.Invariance():
            yield sample.base
            yield from (one.text for one in sample.paraphrases)
            yield from (one.text for one in sample.monotone)


def _twice(loaded: Mapping[str, tuple[s.Sample, ...]]) -> Iterator[str]:
    """Texts that stand in both splits: measured on what was looked at while tuning."""
    seen: dict[str, tuple[str, str]] = {}
    for name, samples in loaded.items():
        if name in {"followups", "dialogues"}:
            continue  # “and the cons?” is rightly said in many conversations
        for sample in samples:
            for text in texts_of(sample):
                first = seen.setdefault(plain(text), (sample.id, sample.split))
                if first[1] != sample.split:
                    yield f"{name}.jsonl, {sample.id}: says what {first[0]} of another split says."


def _uncovered(questions: tuple[s.Sample, ...], knowledge: Knowledge) -> Iterator[str]:
    count = Counter(section for one in questions for section in one.sections)
    for section in knowledge.sections:
        if count[section] < EACH_SECTION and section not in _NO_QUESTION:
            yield (
                f"questions.jsonl: the section {section} has {count[section]} questions; "
                f"at least {EACH_SECTION} are wanted."
            )


def check_metrics() -> list[str]:
    """Suites that name a dataset which does not exist, or metrics of no suite."""
    unknown = [name for names in SUITES.values() for name in names if name not in s.DATASETS]
    return [f"no dataset {name}" for name in unknown] + [
        f"the metric {name} has no meaning" for name, one in METRICS.items() if not one.meaning
    ]
