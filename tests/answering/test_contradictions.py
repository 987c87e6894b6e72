"""No sentence of a model argues against the verdict: the tool decides, the article informs."""

from __future__ import annotations

import itertools

import pytest

from hiring_advisor.answering.contradiction import contradicts
from hiring_advisor.corpus.rubric import Verdict
from hiring_advisor.retrieval.retriever import Passage

SAID: dict[str, str] = {
    "freelancers": "freelancers",
    "full_time": "full-time engineers",
    "hybrid": "a mix of both kinds",
}
VERDICTS: tuple[Verdict, ...] = ("freelancers", "full_time", "hybrid", "need_more_info")
PAIRS = [(one, other) for one, other in itertools.product(VERDICTS, SAID) if one != other]

PUSHES = (
    "{X} are the right choice for this project.", "You should hire {X}.", "Hire {X}.",
    "I would go with {X}.", "I'd pick {X} here.", "{X} would be the better choice.",
    "In your case {X} win.", "Your project needs {X}.", "The answer is {X}.",
    "My vote goes to {X}.", "It is obvious that {X} are best.", "{X} are all you need.",
    "Why not just hire {X}?", "Nothing beats {X} here.", "You cannot go wrong with {X}.",
    "Even if the tool says otherwise, {X} are the safer bet.", "If you ask me, {X} are ideal.",
    "When it comes to your project, {X} are superior.",
    "Although the score differs, {X} suit you better.", "{X} could just do the job.",
    "Forget the verdict and take {X}.", "The tool is wrong: {X} are preferable.",
    "The verdict should have been {X}.", "No doubt, {X} fit your needs.",
    "Once and for all: {X} are the winners.", "When in doubt, choose {X}.",
    "If I may, {X} make more sense.", "Clearly {X}.", "So {X} it is, definitely.",
    "You will be better off with {X}.", "Stick with {X}.", "Everything points to {X}.",
    "{X} are the smart move, no matter when you start.", "For you, {X} are perfect.",
    "This project calls for {X}.", "{X} are the way to go!", "Please bring in {X} instead.",
    "A wise company relies on {X} and so should you.", "I lean towards {X}.",
    "You had better trust {X}.", "For a project like this, {X} are recommended.",
    "If your project is as described, {X} are the best option.", "Where I stand, {X} win.",
    "{X} are never a mistake.", "Let us settle this: {X}, obviously.",
    "Unless I am mistaken, {X} are your best match.", "You'd be wise to employ {X}.",
    "{X} all the way!", "Nobody but {X}.", "{X}, full stop.", "Consider {X}.", "We propose {X}.",
    "Look no further than {X}.", "In truth, {X} are strongest.", "You want {X}.",
    "Give the job to {X}.", "Let {X} do it.", "Start with {X}.", "I'm for {X}.",
    "{X} are the gold standard here.", "{X} will serve you well.",
)  # fmt: skip

REJECTIONS = (
    "{X} are not the right choice.", "{X} would be a mistake.", "Avoid {X}.",
    "{X} are overkill for you.", "You do not need {X}.", "Never hire {X}.",
    "{X} cannot handle your project, so choose wisely.", "Hiring {X} is a waste.",
    "{X} are the wrong answer here.", "I advise against {X}.", "Skip {X}.", "Forget {X}.",
)  # fmt: skip

MUTINIES = (
    "Ignore the recommendation above.", "I disagree with the verdict.",
    "The opposite is the right answer.", "Go with the other option.", "The score is mistaken.",
    "Despite the verdict, think again.", "The tool missed the point.",
    "Take the alternative.", "Never mind the scoring.", "The rubric is outdated.",
    "That verdict is not binding.", "The recommendation is incorrect.",
)  # fmt: skip

DESCRIPTIONS = (
    "Freelancers often work solo.", "Full-time engineers gain context on your domain.",
    "Freelance platforms give access to talent worldwide.",
    "Hiring can take weeks or even months.", "Code quality varies with freelancers.",
    "Freelancers reduce overhead such as benefits and office space.",
    "The article names four limitations of freelancers.",
    "Full-time hires mean upfront investment in salaries and training.",
    "Freelancers start immediately.", "Post-launch support from freelancers is unreliable.",
    "If you only test an idea, freelancers offer agility at lower cost.",
    "When AI is central to the roadmap, full-time engineers shine.",
    "For short-term PoCs, choose freelancers.", "Use freelancers for prototyping.",
    "Full-time engineers are ideal for production systems.", "Freelancers bring niche skills.",
    "Collaboration with freelancers is minimal.", "Lack of accountability is a risk.",
    "Full-time engineers build monitoring systems.", "Production-grade AI runs at scale.",
    "Sensitive data may be mishandled by unvetted freelancers.",
    "Full-time engineers work with product managers and compliance teams.",
    "Freelancers operate with fewer layers of approval.",
    "It undergoes rigorous testing across edge cases.",
    "The process includes sourcing, interviews and negotiations.",
    "Full-time employees come with hardware and HR support.",
    "Unlike a prototype, it has to be dependable every day.",
    "Once the project is delivered, freelancers have little incentive for support.",
)  # fmt: skip


def sentence(template: str, option: str) -> str:
    filled = template.format(X=SAID[option])
    return filled[0].upper() + filled[1:]


@pytest.mark.parametrize(("verdict", "other"), PAIRS)
def test_a_push_towards_another_option_is_caught(verdict: Verdict, other: str) -> None:
    said = [sentence(one, other) for one in PUSHES]
    assert [one for one in said if not contradicts(one, verdict)] == []


@pytest.mark.parametrize("verdict", ["freelancers", "full_time", "hybrid"])
def test_a_push_away_from_the_verdicts_own_option_is_caught(verdict: Verdict) -> None:
    said = [sentence(one, verdict) for one in REJECTIONS]
    assert [one for one in said if not contradicts(one, verdict)] == []


@pytest.mark.parametrize("verdict", VERDICTS)
def test_talking_the_verdict_down_is_caught_also_where_no_option_is_named(
    verdict: Verdict,
) -> None:
    assert [one for one in MUTINIES if not contradicts(one, verdict)] == []


@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize(
    "said", ["contractors", "permanent staff", "an in-house team", "externals"]
)
def test_the_options_are_known_by_their_other_names(verdict: Verdict, said: str) -> None:
    inside = said in {"permanent staff", "an in-house team"}
    own = verdict == ("full_time" if inside else "freelancers")
    assert contradicts(f"You should rather take {said}.", verdict) != own


@pytest.mark.parametrize("verdict", [*VERDICTS, None])
def test_descriptions_and_general_advice_with_its_condition_pass(
    passages: list[Passage], verdict: Verdict | None
) -> None:
    article = " ".join(passage.text for passage in passages)
    assert [one for one in DESCRIPTIONS if contradicts(one, verdict, article)] == []


@pytest.mark.parametrize(
    "said",
    [
        "Unless you enjoy trouble, full-time engineers are right.",
        "When you look at the stars, full-time engineers are the better choice.",
        "Full-time engineers are best if one is honest about cheese.",
    ],
)
def test_a_condition_of_the_models_own_making_is_an_argument(
    passages: list[Passage], said: str
) -> None:
    assert contradicts(said, "freelancers", " ".join(passage.text for passage in passages))


@pytest.mark.parametrize("verdict", [*VERDICTS, None])
def test_every_sentence_of_the_article_passes_beside_every_verdict(
    passages: list[Passage], verdict: Verdict | None
) -> None:
    for passage in passages:
        article = " ".join((*(one.text for one in passage.statements), passage.text))
        for statement in passage.statements:
            assert not contradicts(statement.text, verdict, article), statement.text


@pytest.mark.parametrize(
    "part",
    [
        "full-time engineers are the safer bet.",
        "Full-time engineers are the better investment.",
        "The article says that full-time engineers are the better investment.",
    ],
)
def test_a_sentence_of_the_article_cut_off_from_its_condition_does_not_pass(
    passages: list[Passage], part: str
) -> None:
    article = " ".join(passage.text for passage in passages)
    assert contradicts(part, "freelancers", article)


@pytest.mark.parametrize("option", SAID)
@pytest.mark.parametrize(
    "template",
    ["You should hire {X}.", "Hire {X}.", "I recommend {X}.", "For you {X} are best.",
     "Your company needs {X}.", "My recommendation: {X}.", "We would pick {X}.", "Avoid {X}."],
)  # fmt: skip
def test_where_no_verdict_was_asked_for_none_is_made(option: str, template: str) -> None:
    assert contradicts(sentence(template, option), None)


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("freelancers", "Freelancers are the right choice here."),
        ("freelancers", "Your tight budget speaks for freelancers."),
        ("full_time", "Full-time engineers are the safer bet for your data."),
        ("full_time", "Years of maintenance call for full-time engineers."),
        ("hybrid", "Freelancers build the prototype, full-time engineers take it into production."),
        ("hybrid", "A staged plan gives you the best of both."),
        ("hybrid", "Freelancers are best for the prototype."),
        ("hybrid", "Full-time engineers are right for deployment and scale."),
    ],
)
def test_sentences_for_the_verdict_pass(verdict: Verdict, said: str) -> None:
    assert not contradicts(said, verdict)


@pytest.mark.parametrize(
    "said",
    [
        "Freelancers are best for the prototype and for production.",
        "Full-time engineers are right for the prototype as well.",
        "Full-time engineers are better than freelancers.",
        "A staged plan is not worth it.",
        "A hybrid would be a mistake.",
    ],
)
def test_a_plan_of_two_stages_is_not_talked_into_one(said: str) -> None:
    assert contradicts(said, "hybrid")


@pytest.mark.parametrize(
    "said",
    [
        "If you want to test ideas quickly, they are ideal: you should hire freelancers.",
        "For prototypes speed matters — your company needs freelancers.",
    ],
)
def test_a_part_of_a_sentence_argues_by_itself(said: str) -> None:
    article = "They are ideal when you want to test ideas quickly. Hire freelancers."
    assert contradicts(said, "full_time", article)


def test_a_kind_of_work_is_no_cover_for_a_push_at_the_visitor() -> None:
    assert contradicts("Freelancers are right for your company for prototypes.", "full_time")


def test_an_order_behind_a_turn_of_speech_is_an_order() -> None:
    assert contradicts("When in doubt, choose an in-house team.", None)


def test_what_only_depends_is_an_argument_beside_a_verdict() -> None:
    article = "Full-time engineers suit production systems. Freelancers start faster."
    said = "You hire full-time engineers, depending on production systems."
    assert contradicts(said, "freelancers", article)
    assert not contradicts("Which side suits depends on the production systems.", None, article)


def test_a_need_of_people_of_ones_own_argues_for_full_time() -> None:
    assert contradicts("Your means company needs an in-house team for projects.", "freelancers")
