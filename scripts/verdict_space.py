"""Score every profile there is: how many get which verdict, and what an edit of the rubric moved.

python scripts/verdict_space.py            print the table, and what differs from the golden one
python scripts/verdict_space.py --write    accept the rubric as it stands: write the golden table
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from heapq import nsmallest
from pathlib import Path
from textwrap import wrap
from typing import Any

from hiring_advisor.corpus import rubric as rubrics
from hiring_advisor.corpus.rubric import Rubric
from hiring_advisor.scoring.recommend import NOTHING, Scorer, Tally

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "scoring" / "golden" / "verdict_space.json"
LETTERS = {"freelancers": "f", "hybrid": "h", "full_time": "t", "need_more_info": "?"}
NAMES = {letter: verdict for verdict, letter in LETTERS.items()}
EXAMPLES = 3


@dataclass(frozen=True)
class Space:
    """The verdicts of all profiles, one letter each, in canonical order.

    That order: facts as in the rubric, the last one changing fastest; of each fact first "not
    known", then its values as in the rubric.
    """

    facts: dict[str, list[str]]
    letters: str

    @cached_property
    def sha256(self) -> str:
        """The hash of all verdicts in canonical order."""
        return hashlib.sha256(self.letters.encode()).hexdigest()

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many profiles get each verdict."""
        return {verdict: self.letters.count(letter) for verdict, letter in LETTERS.items()}

    def profile(self, place: int) -> dict[str, str]:
        """The profile that stands at a place of the canonical order."""
        found = {}
        for name, known in reversed(self.facts.items()):
            place, at = divmod(place, 1 + len(known))
            if at:
                found[name] = known[at - 1]
        return dict(reversed(found.items()))

    def as_json(self) -> dict[str, Any]:
        """The golden table: for people the counts, for the comparison the hash and the rest."""
        packed = base64.b64encode(zlib.compress(self.letters.encode(), 9)).decode()
        return {
            "profiles": len(self.letters),
            "verdicts": self.counts,
            "sha256": self.sha256,
            "facts": self.facts,
            "packed": wrap(packed, 100),
        }


def compute(rubric: Rubric) -> Space:
    """Score all profiles of a rubric."""
    scorer = Scorer(rubric)
    facts = {fact.name: [one.value for one in fact.values] for fact in rubric.facts}
    steps = [
        [NOTHING, *(scorer.tally_of(name, value) for value in values)]
        for name, values in facts.items()
    ]

    def tallies(total: Tally, depth: int) -> Iterator[Tally]:
        if depth == len(steps):
            yield total
            return
        for step in steps[depth]:
            yield from tallies(total.plus(step), depth + 1)

    letters = "".join(LETTERS[scorer.verdict(tally)] for tally in tallies(NOTHING, 0))
    return Space(facts, letters)


def read(path: Path = GOLDEN) -> Space:
    """The golden table. Raises `ValueError` where its parts contradict each other."""
    table = json.loads(path.read_text(encoding="utf-8"))
    space = Space(
        table["facts"], zlib.decompress(base64.b64decode("".join(table["packed"]))).decode()
    )
    if space.as_json() | {"packed": None} != table | {"packed": None}:
        raise ValueError(f"{path.name} was edited by hand: write it with --write")
    return space


def difference(old: Space, new: Space) -> str:
    """What moved, in words; empty where every profile has the verdict it had."""
    accept = "If that is meant: python scripts/verdict_space.py --write, and say why in the commit."
    if list(old.facts.items()) != list(new.facts.items()):  # their order counts as well
        return (
            "The facts or their values are no longer those of the golden table: "
            f"{len(old.letters):,} profiles were, {len(new.letters):,} are.\n"
            f"was: {_shares(old)}\nnow: {_shares(new)}\n{accept}"
        )
    if old.letters == new.letters:
        return ""
    moves = Counter(pair for pair in zip(old.letters, new.letters, strict=True) if len({*pair}) > 1)
    lines = [f"{moves.total():,} of {len(new.letters):,} profiles moved:"]
    for (before, after), count in moves.most_common():
        lines.append(f"  {count:,} from {NAMES[before]} to {NAMES[after]}, such as")
        lines += [f"    {example}" for example in _examples(old, new, before, after)]
    return "\n".join([*lines, accept])


def _examples(old: Space, new: Space, before: str, after: str) -> list[str]:
    """The moved profiles that need the fewest facts to say."""
    pairs = zip(old.letters, new.letters, strict=True)
    moved = (new.profile(at) for at, pair in enumerate(pairs) if pair == (before, after))
    return [
        ", ".join(f"{name} = {value}" for name, value in profile.items()) or "nothing known"
        for profile in nsmallest(EXAMPLES, moved, key=len)
    ]


def _shares(space: Space) -> str:
    return ", ".join(
        f"{verdict} {count:,} ({count / len(space.letters):.1%})"
        for verdict, count in space.counts.items()
    )


def main() -> None:
    """Print the table, and what moved; with `--write`, make it the golden one."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--corpus", type=Path, default=ROOT / "corpus")
    options.add_argument("--write", action="store_true", help="accept the verdicts as they are now")
    given = options.parse_args()
    space = compute(rubrics.load(given.corpus))
    print(f"{len(space.letters):,} profiles: {_shares(space)}\nsha256 {space.sha256}")
    try:
        print(difference(read(), space) or "The same as the golden table.")
    except (FileNotFoundError, ValueError) as error:
        print(f"Nothing to compare with: {error}")
    if given.write:
        GOLDEN.parent.mkdir(exist_ok=True)
        text = json.dumps(space.as_json(), indent=1, ensure_ascii=False)
        GOLDEN.write_text(f"{text}\n", encoding="utf-8")
        print(f"Written to {GOLDEN.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
