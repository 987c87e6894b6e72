"""The clause classifier: what it knows of paraphrases, and what every reading promises."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hiring_advisor.bootstrap import MODELS, Parts
from hiring_advisor.understanding import cues
from hiring_advisor.understanding.classifier import ClauseClassifier, Reading
from hiring_advisor.understanding.clauses import split
from hiring_advisor.understanding.facts import is_witnessed, values
from hiring_advisor.understanding.local import LocalReader
from hiring_advisor.understanding.messages import Message

PARAPHRASES = (
    ("the chairman wants to touch a model of it before he says yes", "stage=prototype"),
    ("we'd just like to know if it can be done with our kind of parcels", "stage=prototype"),
    ("build me something I can play with for an hour", "stage=prototype"),
    ("so far it's a hunch that we want to put to the test", "stage=prototype"),
    ("let's try it in Bergen, and if it's liked there, everywhere", "stage=staged"),
    ("a demo for the fair, and once orders come in, the finished device", "stage=staged"),
    ("a proof of concept now, full operation from 2028", "stage=staged"),
    ("it answers real callers since Monday", "stage=production"),
    ("we've switched the old software off, this one does the job now", "stage=production"),
    ("it goes into operation at the toll gates in June", "stage=production"),
    ("people choose our map because of it", "role=core"),
    ("the assistant is the product", "role=core"),
    ("our guests talk to it when they check in", "role=core"),
    ("it only helps the bookkeepers in our own office", "role=internal"),
    ("nobody outside the company will lay eyes on it", "role=internal"),
    ("when the exhibition closes we delete it", "lifespan=one_time"),
    ("one run over the archive and we're finished", "lifespan=one_time"),
    ("it needs somebody to look after it year after year", "lifespan=long_term"),
    ("the model must be retrained whenever the tariffs change, for as long as we exist",
     "lifespan=long_term"),
    ("it reads the medical history of our patients", "data=sensitive"),
    ("account numbers and wages are in there", "data=sensitive"),
    ("there's nothing in it that couldn't stand in the newspaper", "data=harmless"),
    ("all of it is published on the web anyway", "data=harmless"),
    ("half a million households will be using it", "scale=large"),
    ("the servers must survive Black Friday", "scale=large"),
    ("there'll be three of us using it", "scale=small"),
    ("just a handful of colleagues will work with it", "scale=small"),
    ("one input, one output, nothing else to it", "complexity=simple"),
    ("it's as plain as these things get", "complexity=simple"),
    ("it has to be tied into a dozen old systems", "complexity=complex"),
    ("SAP, the shop, the warehouse and customs all have to be connected", "complexity=complex"),
    ("you may keep the source, we've no use for it", "control=open"),
    ("the source code has to remain our property", "control=in_house"),
    ("no stranger gets to see how our recipe works", "control=in_house"),
    ("if it leads nowhere, that's all right with us", "failure=acceptable"),
    ("nobody minds if the attempt goes wrong", "failure=acceptable"),
    ("one wrong answer and somebody could die", "failure=costly"),
    ("an outage costs us a fortune every minute", "failure=costly"),
    ("we're short of a single expert in speech synthesis for the next few months",
     "expertise=niche"),
    ("a radar specialist, until the project's over", "expertise=niche"),
    ("we want the skill to take root in our own staff", "expertise=lasting"),
    ("we're looking for people who'll still be with us in ten years", "expertise=lasting"),
    ("we've scraped together 4,000 euros", "budget=tight"),
    ("money's very short this year", "budget=tight"),
    ("we've been given plenty of money for it", "budget=comfortable"),
    ("it must be there in three weeks", "deadline=urgent"),
    ("we needed it yesterday", "deadline=urgent"),
    ("there's no hurry at all", "deadline=relaxed"),
    ("it doesn't matter when it's finished", "deadline=relaxed"),
    ("they can do it alone at home, we don't need to see them", "team=standalone"),
    ("the developers have to sit with our product people every day", "team=embedded"),
    ("constant exchange with legal and with sales is needed", "team=embedded"),
)  # fmt: skip
SILENT = (
    "Good morning, I hope you're well.",
    "Could you explain the difference to me?",
    "What do freelancers usually cost?",
    "We're a family business with 70 people in Turku.",
    "My colleague Jens will be on the call too.",
    "Kind regards, Ana Duarte, Head of Production",
    "How do other companies decide this?",
    "I read your article last night.",
    "We'd like to do something with AI.",
    "Please answer by Thursday.",
)
LONG = "We have three weeks. " + "The hall is blue and the floor is grey. " * 80 + "It's live now."


@pytest.fixture(scope="module")
def classifier() -> ClauseClassifier:
    return ClauseClassifier(MODELS)


@pytest.fixture(scope="module")
def joined(parts: Parts, classifier: ClauseClassifier) -> LocalReader:
    return LocalReader(parts.rubric, cues.load(parts.settings.corpus_dir, parts.rubric), classifier)


def stated(reader: LocalReader, text: str) -> set[str]:
    facts = values(reader.read(Message("m", "visitor", text)))
    return {f"{name}={value}" for name, value in facts.items()}


def test_most_paraphrases_are_understood(joined: LocalReader) -> None:
    missed = [(text, wanted) for text, wanted in PARAPHRASES if wanted not in stated(joined, text)]
    assert len(missed) <= 8, missed


def test_few_facts_are_read_into_a_paraphrase_that_does_not_state_them(
    joined: LocalReader,
) -> None:
    extra = [(text, stated(joined, text) - {wanted}) for text, wanted in PARAPHRASES]
    assert sum(len(facts) for _, facts in extra) <= 9, [one for one in extra if one[1]]


def test_small_talk_and_general_questions_state_nothing(joined: LocalReader) -> None:
    spoke = [(text, facts) for text in SILENT if (facts := stated(joined, text))]
    assert len(spoke) <= 1, spoke


def test_the_context_decides_what_a_clause_means(joined: LocalReader) -> None:
    alone = stated(joined, "It goes live for everybody.")
    after_a_trial = stated(
        joined, "First there's a trial with invented data. Then it goes live for everybody."
    )
    assert "stage=production" in alone
    assert "stage=staged" in after_a_trial


def test_every_fact_is_quoted_from_the_clause_that_states_it(joined: LocalReader) -> None:
    text = "Hello! We've only 3,000 euros; the files hold patients' names. Best, Ida"
    message = Message("m", "visitor", text)
    facts = joined.read(message)
    assert all(is_witnessed(fact, {"m": message}) for fact in facts.values())
    assert "3,000 euros" in facts["budget"].quote
    assert "patients" in facts["data"].quote
    assert "patients" not in facts["budget"].quote


@pytest.mark.parametrize("text", ["", "   ", "?!", "…", "\n\n- \n", "🤖" * 50, "x" * 5000, LONG])
def test_any_text_can_be_read(classifier: ClauseClassifier, text: str) -> None:
    for reading in classifier.read(text, split(text)):
        assert 0 <= reading.start < reading.end <= len(text)
        assert 0.0 <= reading.probability <= 1.0


def test_a_long_message_is_read_to_its_end(joined: LocalReader) -> None:
    assert {"deadline=urgent", "stage=production"} <= stated(joined, LONG)


def test_readings_are_the_same_each_time_and_in_every_thread() -> None:
    fresh = ClauseClassifier(MODELS)  # loaded by whichever thread comes first
    texts = [text for text, _ in PARAPHRASES[:12]]

    def read(text: str) -> list[Reading]:
        return fresh.read(text, split(text))

    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(read, texts * 3))
    assert together == [read(text) for text in texts] * 3


def test_the_facts_are_those_of_the_rubric(classifier: ClauseClassifier, parts: Parts) -> None:
    text = "We need a prototype."
    names = {one.fact for one in classifier.read(text, split(text))}
    assert names == {fact.name for fact in parts.rubric.facts}
    assert all(
        parts.rubric.knows(one.fact, one.value) for one in classifier.read(text, split(text))
    )


def test_nothing_is_loaded_before_the_first_message(tmp_path: Path) -> None:
    shutil.copy(MODELS / "clauses.json", tmp_path)
    without_weights = ClauseClassifier(tmp_path)
    with pytest.raises(Exception, match=r"clauses-int8\.onnx"):
        without_weights.read("Hello", split("Hello"))
