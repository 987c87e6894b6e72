"""Labels rest on sections: when one changes, exactly the samples that name it are looked at again.

And the samples that are made from the rubric are those that the rubric makes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.conftest import CORPUS
from tests.evals.builders import EVALS, KNOWLEDGE

from hiring_advisor.evals import generate
from hiring_advisor.evals import samples as s
from hiring_advisor.evals.checks import problems
from hiring_advisor.evals.gold import changed, fresh, stale, write_reviewed
from hiring_advisor.evals.knowledge import Knowledge

MOVED = "freelancer-limits/variable-quality"
OLD, NEW = "costly to fix later.", "costly to fix later, as a rule."
Rewrite = Callable[[str, str], Knowledge]


@pytest.fixture
def rewrite(tmp_path: Path) -> Rewrite:
    """The article with one sentence put in another's place: `rewrite(old, new) -> Knowledge`."""

    def put(old: str, new: str) -> Knowledge:
        corpus = Path(shutil.copytree(CORPUS, tmp_path / "corpus"))
        text = (corpus / "article.md").read_text("utf-8")
        assert text.count(old) == 1
        (corpus / "article.md").write_text(text.replace(old, new), "utf-8")
        return Knowledge(corpus)

    return put


def naming(section: str) -> Iterator[str]:
    """The ids of all samples in whose line a section is named, in sections of turns or its own."""
    for file in EVALS.glob("datasets/*.jsonl"):
        for line in file.read_text("utf-8").splitlines():
            if f'"{section}"' in line:
                yield json.loads(line)["id"]


def test_nothing_is_stale_as_committed() -> None:
    assert changed(EVALS, KNOWLEDGE) == frozenset()


def test_a_changed_sentence_makes_exactly_the_samples_of_its_section_stale(
    rewrite: Rewrite,
) -> None:
    knowledge = rewrite(OLD, NEW)
    moved = changed(EVALS, knowledge)
    assert moved == {MOVED}
    found = [one for name in s.DATASETS for one in stale(s.load(EVALS, name), moved)]
    wanted = sorted(naming(MOVED))
    assert sorted(found) == wanted
    assert len(wanted) > 5


def test_the_check_tells_each_stale_sample_and_nothing_else(rewrite: Rewrite) -> None:
    knowledge = rewrite(OLD, NEW)
    found = problems(EVALS, knowledge)
    told = (
        f"rests on {MOVED}, changed since the label was reviewed: look at it, then run "
        "`hiring-advisor eval reviewed`."
    )
    assert sorted(one.partition(", ")[2] for one in found) == [
        f"{sample}: {told}" for sample in sorted(naming(MOVED))
    ]


def test_a_renamed_heading_counts_as_a_change(rewrite: Rewrite) -> None:
    knowledge = rewrite("### Variable Quality {", "### Uneven Quality {")
    assert changed(EVALS, knowledge) == {MOVED}


@pytest.mark.parametrize("new", ["costly  to fix later.", "Costly to fix later."])
def test_spaces_and_case_are_no_change(rewrite: Rewrite, new: str) -> None:
    assert changed(EVALS, rewrite(OLD, new)) == frozenset()


def test_a_section_with_a_new_id_is_one_that_went_and_one_that_came(rewrite: Rewrite) -> None:
    moved = changed(EVALS, rewrite(f"{{#{MOVED}}}", "{#freelancer-limits/quality}"))
    assert moved == {MOVED, "freelancer-limits/quality"}


def test_labels_that_were_reviewed_are_fresh_again(rewrite: Rewrite, tmp_path: Path) -> None:
    knowledge = rewrite(OLD, NEW)
    folder = Path(shutil.copytree(EVALS, tmp_path / "evals"))
    write_reviewed(folder, knowledge)
    assert changed(folder, knowledge) == frozenset()
    assert changed(folder, KNOWLEDGE) == {MOVED}


def test_a_review_of_an_unchanged_article_writes_what_is_committed(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    write_reviewed(tmp_path, KNOWLEDGE)
    file = Path("datasets") / "sections.json"
    assert (tmp_path / file).read_bytes() == (EVALS / file).read_bytes()


def test_a_stale_label_is_measured_with_its_sections() -> None:
    sample = s.SmallTalk(
        id="s-0001", split="dev", kind="x", text="hi", sections=("faq/both", "article", "faq")
    )
    found = fresh(sample, frozenset({"faq", "faq/both", "author"}))
    assert found.value == 0
    assert found.why == "changed since the label was reviewed: faq, faq/both"
    assert fresh(sample, frozenset({"author"})).value == 1


# --- samples made from the rubric ------------------------------------------------------------


def test_what_is_generated_is_what_is_committed(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    generate.write(tmp_path, KNOWLEDGE)
    made = sorted((tmp_path / "datasets").iterdir())
    assert [one.name for one in made] == ["interviews.jsonl", "rubric_cases.jsonl"]
    for file in made:
        assert file.read_bytes() == (EVALS / "datasets" / file.name).read_bytes(), file.name


def test_every_rule_and_constraint_and_pair_of_values_has_its_case() -> None:
    cases = [one for one in s.load(EVALS, "rubric_cases") if isinstance(one, s.RubricCase)]
    profiles = [one.facts for one in cases]
    values = [(name, one) for name, many in KNOWLEDGE.values.items() for one in many]
    rules, constraints = KNOWLEDGE.rubric["rule"], KNOWLEDGE.rubric["constraint"]
    for row in (*rules, *constraints):
        assert row["when"] in profiles, row["id"]
    pairs = [dict((a, b)) for a in values for b in values if a[0] < b[0]]
    assert [pair for pair in pairs if pair not in profiles] == []


def test_interviews_end_in_each_verdict_ten_times() -> None:
    ends = [one.verdict for one in s.load(EVALS, "interviews") if isinstance(one, s.Interview)]
    assert {verdict: ends.count(verdict) for verdict in ends} == {
        "freelancers": 10, "hybrid": 10, "full_time": 10,
    }  # fmt: skip
