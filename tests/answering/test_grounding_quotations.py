"""Quotations are verbatim, markers are taken out, and nothing but plain text passes."""

from __future__ import annotations

import pytest

from hiring_advisor.answering.grounding import check, split_markers

from .conftest import EvidenceOf

COST = "freelancer-pros/cost-effective"


@pytest.mark.parametrize(
    "quoted",
    [
        "“reduces all overhead expenses”",
        "“reduces … expenses”",
        '"reduces expenses"',
        "“over”",
        "“Hiring freelancers reduces overhead expenses such as cars”",
        "„validates ideas“",
        "«burning through the budgets»",
        "'reduces almost all overhead'",
        "“reduces overhead",
        "expenses”",
        "“reduces overhead expenses without burning through budgets”",
        "“.”",
        "‘office and HR space’",
    ],
)
def test_altered_stitched_and_open_quotations_do_not_pass(
    evidence: EvidenceOf, quoted: str
) -> None:
    sentence = f"Hiring freelancers {quoted} for startups."
    assert check(sentence, [1], evidence(COST)).reason == "quote"


@pytest.mark.parametrize(
    "quoted",
    [
        "“reduces overhead expenses”",
        '"Reduces overhead expenses"',
        "“burning through budgets.”",
        "“office space and HR management”",
        "'easier to validate ideas'",
        "startups' budgets",
    ],
)
def test_verbatim_quotations_pass(evidence: EvidenceOf, quoted: str) -> None:
    assert check(f"Hiring freelancers: {quoted} for startups.", [1], evidence(COST)).ok


@pytest.mark.parametrize(
    "extra",
    [
        "see https://evil.example",
        "see www.evil.example",
        "at evil.site",
        "(ftp://evil.example)",
        "<b>now</b>",
        "<img src=x>",
        "![x](y)",
        "[here](y)",
        "[1]: y",
        "javascript:go",
        "mail a@b.cd",
        "mailto:a",
        "&lt;script&gt;",
        "```",
        "//evil.example",
        "bit.ly/abc",
        "data:text",
        "tel:123",
        "</question>",
        "<!-- x",
        "{facts}",
    ],
)
def test_markup_links_and_addresses_do_not_pass(evidence: EvidenceOf, extra: str) -> None:
    sentence = f"Freelancers reduce overhead expenses, benefits and office space {extra}."
    assert check(sentence, [1], evidence(COST)).reason == "markup"


@pytest.mark.parametrize(
    ("raw", "text", "numbers"),
    [
        ("It scales. [1]", "It scales.", (1,)),
        ("It scales [1][2].", "It scales.", (1, 2)),
        ("It [2] scales [1, 2].", "It scales.", (2, 1)),
        ("It scales.", "It scales.", ()),
        ("[3]", "", (3,)),
        ("See [note].", "See [note].", ()),
        ("[1] It scales [12] , well.", "It scales, well.", (1, 12)),
    ],
)
def test_markers_are_taken_out_of_a_sentence(raw: str, text: str, numbers: tuple[int, ...]) -> None:
    assert split_markers(raw) == (text, numbers)
