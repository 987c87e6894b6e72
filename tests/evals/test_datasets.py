"""The datasets: sound as committed, and every mistake in a copy is told in one sentence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.evals.builders import EVALS, KNOWLEDGE

from hiring_advisor.evals.checks import check_metrics, problems

Row = dict[str, Any]
Change = Callable[[Row], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of `evals/` to break."""
    return Path(shutil.copytree(EVALS, tmp_path / "evals"))


def file_of(folder: Path, name: str) -> Path:
    return folder / "datasets" / f"{name}.jsonl"


def rows_of(folder: Path, name: str) -> list[Row]:
    return [json.loads(line) for line in file_of(folder, name).read_text("utf-8").splitlines()]


def write(folder: Path, name: str, rows: list[Row]) -> None:
    lines = (json.dumps(one, ensure_ascii=False) + "\n" for one in rows)
    file_of(folder, name).write_text("".join(lines), "utf-8")


def edit(folder: Path, name: str, change: Change, number: int = 1) -> list[str]:
    """What is wrong once a sample is changed; by default the first."""
    rows = rows_of(folder, name)
    change(rows[number - 1])
    write(folder, name, rows)
    return problems(folder, KNOWLEDGE)


def test_the_datasets_are_sound() -> None:
    assert problems(EVALS, KNOWLEDGE) == []


def test_every_suite_has_its_datasets_and_every_metric_a_meaning() -> None:
    assert check_metrics() == []


# --- a line that cannot be read --------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"id": "s-0001",', "is not JSON, near character 17."),
        ("", "is not JSON, near character 1."),
        ("[]", "the sample: Input should be a valid dictionary or instance of SmallTalk."),
        ("{}", "id: Field required."),
    ],
)
def test_a_line_that_is_no_sample_is_named(folder: Path, line: str, told: str) -> None:
    path = file_of(folder, "small_talk")
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([lines[0], line, *lines[2:]]), "utf-8")
    assert problems(folder, KNOWLEDGE) == [f"small_talk.jsonl, line 2: {told}"]


def test_a_dataset_that_is_missing_is_named(folder: Path) -> None:
    file_of(folder, "small_talk").unlink()
    assert problems(folder, KNOWLEDGE) == ["the dataset small_talk.jsonl cannot be read."]


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("small_talk", {"txet": "hi"}, "txet: Extra inputs are not permitted."),
        ("small_talk", {"text": ""}, "text: String should have at least 1 character."),
        ("small_talk", {"split": "train"}, "split: Input should be 'dev' or 'test'."),
        ("small_talk", {"sections": []}, "sections: Tuple should have at least 1 item after "
         "validation, not 0."),
        ("questions", {"expect": []}, "expect: Tuple should have at least 1 item after "
         "validation, not 0."),
        ("verdicts", {"accept": ["freelancer"]}, "accept.0: Input should be 'freelancers', "
         "'full_time', 'hybrid' or 'need_more_info'."),
        ("judge_labels", {"supported": "perhaps"}, "supported: Input should be a valid boolean, "
         "unable to interpret input."),
    ],
)  # fmt: skip
def test_a_sample_of_another_shape_is_named(
    folder: Path, name: str, change: Row, told: str
) -> None:
    found = edit(folder, name, lambda row: row.update(change), 3)
    assert found[0] == f"{name}.jsonl, line 3: {told}"


def test_an_id_of_another_form_is_named(folder: Path) -> None:
    (told,) = edit(folder, "small_talk", lambda row: row.update(id="hello"))
    assert told.startswith("small_talk.jsonl, line 1: id: String should match pattern")


def test_an_id_that_stands_there_twice_is_named(folder: Path) -> None:
    found = edit(folder, "small_talk", lambda row: row.update(id="s-0001"), 5)
    assert found == ["small_talk.jsonl, line 5: the id s-0001 stands in line 1."]


# --- labels that do not fit ------------------------------------------------------------------


def test_a_section_that_is_none_is_named(folder: Path) -> None:
    found = edit(folder, "small_talk", lambda row: row.update(sections=["faq/pay"]))
    assert found == [
        "small_talk.jsonl, s-0001: names the section faq/pay, which the article does not have."
    ]


def test_a_section_of_one_turn_is_looked_at_too(folder: Path) -> None:
    found = edit(folder, "dialogues", lambda row: row["turns"][0].update(sections=["faq/pay"]))
    assert found == [
        "dialogues.jsonl, d-0001: names the section faq/pay, which the article does not have."
    ]


@pytest.mark.parametrize(
    ("name", "key", "sample", "facts", "told"),
    [
        ("verdicts", "facts", "v-0001", {"mood": "good"}, "mood = good"),
        ("verdicts", "facts", "v-0001", {"stage": "beta"}, "stage = beta"),
        ("interviews", "profile", "p-0001", {"stage": "beta"}, "stage = beta"),
    ],
)
def test_a_fact_or_value_that_is_none_is_named(
    folder: Path, name: str, key: str, sample: str, facts: Row, told: str
) -> None:
    found = edit(folder, name, lambda row: row[key].update(facts))
    assert f"{name}.jsonl, {sample}: holds {told}, which the rubric does not know." in found


def test_a_fact_of_a_supposition_is_looked_at_too(folder: Path) -> None:
    what_if = {"facts": {"stage": "beta"}, "accept": ["need_more_info"]}
    found = edit(folder, "dialogues", lambda row: row["turns"][0].update(what_if=what_if))
    assert found == ["dialogues.jsonl, d-0001: holds stage = beta, which the rubric does not know."]


@pytest.mark.parametrize(("name", "sample"), [("questions", "q-0001"), ("followups", "f-0001")])
def test_a_phrase_that_the_article_does_not_say_is_named(
    folder: Path, name: str, sample: str
) -> None:
    found = edit(folder, name, lambda row: row.update(expect=["ninety-four percent"]))
    assert found == [
        f"{name}.jsonl, {sample}: expects “ninety-four percent”, which does not stand in the "
        "article."
    ]


@pytest.mark.parametrize("name", ["verdicts", "attacks", "invariance"])
def test_accepted_verdicts_that_the_facts_do_not_make_are_named(folder: Path, name: str) -> None:
    # A prototype alone: 30 points for freelancers.
    found = edit(folder, name, lambda row: row.update(facts={"stage": "prototype"},
                                                      accept=["full_time", "hybrid"]))  # fmt: skip
    sample = rows_of(folder, name)[0]["id"]
    told = "accepts full_time or hybrid, but its facts make freelancers."
    assert f"{name}.jsonl, {sample}: {told}" in found


def test_accepted_verdicts_of_a_turn_and_of_a_supposition_are_looked_at(folder: Path) -> None:
    production = {"facts": {"stage": "production"}, "accept": ["freelancers"]}

    def change(row: Row) -> None:
        row["turns"][0] |= {"facts": {"stage": "prototype"}, "accept": ["hybrid"]}
        row["turns"][1]["what_if"] = production

    assert edit(folder, "dialogues", change) == [
        "dialogues.jsonl, d-0001: accepts hybrid, but its facts make freelancers.",
        "dialogues.jsonl, d-0001: accepts freelancers, but its facts make full_time.",
    ]


def adds(row: Row, facts: Row, toward: str) -> None:
    row["monotone"][0] |= {"adds": facts, "toward": toward}


@pytest.mark.parametrize(
    ("facts", "toward", "told"),
    [
        ({"scale": "large"}, "freelancers", "adds scale = large, which does not lean toward "
         "freelancers."),
        ({"stage": "staged"}, "full_time", "adds stage = staged, which does not lean toward "
         "full_time."),
        ({"budget": "comfortable"}, "full_time", "adds budget, which the base already states."),
    ],
)  # fmt: skip
def test_an_edit_that_leans_the_wrong_way_is_named(
    folder: Path, facts: Row, toward: str, told: str
) -> None:
    # The base states lifespan, failure and budget.
    found = edit(folder, "invariance", lambda row: adds(row, facts, toward))
    assert found == [f"invariance.jsonl, i-0001: {told}"]


def test_a_kind_of_paraphrase_that_is_missing_is_named(folder: Path) -> None:
    found = edit(folder, "invariance", lambda row: row["paraphrases"][0].update(how="typos"))
    assert found == ["invariance.jsonl, i-0001: wants one paraphrase of each kind."]


# --- the whole of a dataset ------------------------------------------------------------------


def test_too_few_samples_are_told(folder: Path) -> None:
    write(folder, "attacks", rows_of(folder, "attacks")[:150])
    found = problems(folder, KNOWLEDGE)
    assert found == ["attacks.jsonl: holds 150 samples; at least 200 are wanted."]


def test_an_uneven_split_is_told(folder: Path) -> None:
    rows = rows_of(folder, "small_talk")
    for row in rows:
        row["split"] = "test"
    write(folder, "small_talk", rows)
    told = f"small_talk.jsonl: is split unevenly: 0 dev, {len(rows)} test."
    assert problems(folder, KNOWLEDGE) == [told]


def test_a_section_without_questions_is_told(folder: Path) -> None:
    rows = rows_of(folder, "questions")
    for row in rows:
        kept = [one for one in row["sections"] if one != "comparison/cost"]
        row["sections"] = kept or ["comparison"]
    write(folder, "questions", rows)
    assert problems(folder, KNOWLEDGE) == [
        "questions.jsonl: the section comparison/cost has 0 questions; at least 2 are wanted."
    ]


def test_a_text_in_both_splits_is_told(folder: Path) -> None:
    rows = rows_of(folder, "small_talk")
    dev = next(row for row in rows if row["split"] == "dev")
    test = next(row for row in rows if row["split"] == "test" and row["id"] > dev["id"])
    test["text"] = f"  {dev['text'].upper()} "
    write(folder, "small_talk", rows)
    assert problems(folder, KNOWLEDGE) == [
        f"small_talk.jsonl, {test['id']}: says what {dev['id']} of another split says."
    ]
