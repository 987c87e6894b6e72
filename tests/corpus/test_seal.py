"""A byte that changed in corpus or prompts is named."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from tests.conftest import CORPUS, PROMPTS

from hiring_advisor.corpus.seal import SEAL, changed, report
from hiring_advisor.errors import ContentError


@pytest.mark.parametrize("folder", [CORPUS, PROMPTS], ids=["corpus", "prompts"])
def test_the_seal_names_every_file_as_it_is(folder: Path) -> None:
    names = [line.partition("  ")[2] for line in (folder / SEAL).read_text("utf-8").splitlines()]
    there = [str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()]
    assert sorted([*names, SEAL]) == sorted(there)
    assert changed(folder) == []


@pytest.mark.parametrize("folder", [CORPUS, PROMPTS], ids=["corpus", "prompts"])
def test_any_byte_that_is_flipped_is_named(tmp_path: Path, folder: Path) -> None:
    copy = tmp_path / folder.name
    shutil.copytree(folder, copy)
    chance = random.Random(5)
    for name in (line.partition("  ")[2] for line in (copy / SEAL).read_text("utf-8").splitlines()):
        whole = (copy / name).read_bytes()
        for _ in range(10):
            at = chance.randrange(len(whole))
            flipped = bytes([whole[at] ^ 1 << chance.randrange(8)])
            (copy / name).write_bytes(whole[:at] + flipped + whole[at + 1 :])
            assert changed(copy) == [name]
        assert f"{folder.name}/{name}" in report(copy)
        (copy / name).write_bytes(whole)


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    copy = tmp_path / "corpus"
    shutil.copytree(CORPUS, copy)
    (copy / "faq.md").unlink()
    assert changed(copy) == ["faq.md"]


def test_content_without_a_seal_is_served_as_it_is(tmp_path: Path) -> None:
    assert report(tmp_path) == ""


def test_a_seal_that_is_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / SEAL).write_bytes(b"\xff\xfe")
    with pytest.raises(ContentError):
        changed(tmp_path)
