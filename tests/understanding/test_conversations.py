"""Facts over a conversation: they stay, are corrected, and are let go with a new project."""

from __future__ import annotations

from tests.conftest import Ask

from hiring_advisor.advisor import Past, past_of
from hiring_advisor.answering.turn import Turn


def converse(ask: Ask, *texts: str) -> list[Turn]:
    """Send messages one after the other, as the channels do: past turns as their stored JSON."""
    turns: list[Turn] = []
    for text in texts:
        past = past_of([turn.view() for turn in turns]) if turns else Past()
        turns.append(ask(text, past))
    return turns


def known(turn: Turn) -> dict[str, str]:
    return {name: fact.value for name, fact in turn.facts.items()}


def test_facts_stay_through_questions_and_small_talk(ask: Ask) -> None:
    turns = converse(
        ask,
        "We want a prototype and our budget is tight. Whom should we hire?",
        "thanks!",
        "What are the risks with freelancers?",
        "And whom would you recommend then?",
    )
    told = {"stage": "prototype", "budget": "tight"}
    assert [known(turn) for turn in turns] == [told] * 4
    assert [turn.kind for turn in turns] == [
        "recommendation", "small_talk", "answer", "recommendation",
    ]  # fmt: skip
    assert turns[0].recommendation == turns[3].recommendation


def test_every_fact_names_the_message_that_told_it(ask: Ask) -> None:
    turns = converse(ask, "We want a prototype.", "Our budget is tight.", "It is urgent.")
    texts = {turn.message_id: turn.user_text for turn in turns}
    facts = turns[-1].facts
    assert {facts["stage"].message_id, facts["budget"].message_id} == set(list(texts)[:2])
    for fact in facts.values():
        assert texts[fact.message_id][fact.start : fact.end] == fact.quote


def test_a_later_word_corrects_an_earlier_one(ask: Ask) -> None:
    turns = converse(
        ask,
        "We build an internal tool on a tight budget, it is urgent.",
        "Sorry, money is no problem after all.",
    )
    assert known(turns[0])["budget"] == "tight"
    assert known(turns[1]) == known(turns[0]) | {"budget": "comfortable"}
    assert turns[1].kind == "recommendation"
    assert "no problem" in turns[1].facts["budget"].quote


def test_a_correction_that_changes_the_verdict_says_so(ask: Ask) -> None:
    turns = converse(
        ask,
        "We need a quick demo, one-off, on a tight budget.",
        "I was wrong: it is the core of our product, goes live in production, handles patient "
        "records and has to be maintained for years.",
    )
    verdicts = [turn.recommendation.verdict for turn in turns if turn.recommendation]
    assert verdicts[0] == "freelancers"
    assert verdicts[1] != verdicts[0]
    assert "changes from" in turns[1].text


def test_an_answer_to_the_question_is_taken_as_one(ask: Ask) -> None:
    first = ask("Whom should we hire?")
    assert first.next_question is not None
    asked = first.next_question
    for option in asked.options:
        second = ask(option.label, past_of([first.view()]))
        assert known(second) == {asked.fact: option.value}
        assert second.facts[asked.fact].quote == option.label
        assert second.kind == "recommendation"


def test_an_interview_by_answers_alone_comes_to_a_verdict(ask: Ask) -> None:
    turns = [ask("Whom should we hire?")]
    while (question := turns[-1].next_question) is not None and len(turns) < 14:
        past = past_of([turn.view() for turn in turns])
        turns.append(ask(question.options[-1].label, past))
        assert question.fact in known(turns[-1])
    result = turns[-1].recommendation
    assert result is not None
    assert result.verdict != "need_more_info"


def test_a_question_in_place_of_an_answer_is_answered_and_adds_no_fact(ask: Ask) -> None:
    turns = converse(ask, "Whom should we hire?", "What are the limitations of freelancers?")
    assert turns[1].kind == "answer"
    assert known(turns[1]) == {}


def test_a_new_project_starts_afresh(ask: Ask) -> None:
    turns = converse(
        ask,
        "We want a prototype on a tight budget.",
        "New project: a live system that must run for years.",
    )
    assert known(turns[0]).keys() == {"stage", "budget"}
    assert "budget" not in known(turns[1])
    assert known(turns[1])["lifespan"] == "long_term"


def test_starting_over_forgets_everything(ask: Ask) -> None:
    turns = converse(ask, "We want a prototype on a tight budget.", "Let's start over.")
    assert known(turns[1]) == {}


def test_what_the_advisor_said_is_no_witness(ask: Ask) -> None:
    turns = converse(ask, "Tell me about full-time engineers", "thanks", "Whom should we hire?")
    assert known(turns[-1]) == {}


def test_a_follow_up_is_answered_in_the_light_of_what_was_asked(ask: Ask) -> None:
    turns = converse(ask, "What are the pros of freelancers?", "and the cons?")
    cited = {citation.section_id for citation in turns[1].citations}
    assert cited
    assert all(section.startswith("freelancer-limits") for section in cited)


def test_why_gives_the_reasons_of_the_verdict_again(ask: Ask) -> None:
    turns = converse(ask, "We want a quick demo on a tight budget, whom should we hire?", "Why?")
    assert turns[1].recommendation == turns[0].recommendation
    assert "tight budget" in turns[1].text


def test_asking_what_would_change_it_names_flips_and_leaves_the_facts(ask: Ask) -> None:
    turns = converse(
        ask,
        "We want a quick demo on a tight budget, whom should we hire?",
        "What would change your recommendation?",
    )
    assert known(turns[1]) == known(turns[0])
    assert turns[1].recommendation == turns[0].recommendation
    assert turns[1].sentences


def test_a_contradiction_that_is_confirmed_is_not_asked_about_again(ask: Ask) -> None:
    turns = converse(
        ask,
        "Whom should we hire?",
        "A system for live use",
        "No, it is done once delivered",
        "Core of our product or customer experience",
        "No, it is done once delivered",
        "No, it is done once delivered",
    )
    asked = [turn.next_question.text for turn in turns if turn.next_question is not None]
    clashes = [text for text in asked if text.startswith("You describe a one-time effort")]
    assert len(clashes) == 1
    assert turns[-1].next_question is not None  # another fact can still change the verdict
