"""Where the suite's data are, and what of it is to be run."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hiring_advisor.errors import BadRequest, ContentError
from hiring_advisor.evals.cases import Case, load_cases
from hiring_advisor.evals.knowledge import Knowledge
from hiring_advisor.evals.metrics import SUITES

Prices = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Choice:
    """What to run: suites, one split or all, each `every`th sample, how many epochs."""

    suites: tuple[str, ...] = tuple(SUITES)
    split: str = "all"
    every: int = 1
    epochs: int = 1

    @property
    def datasets(self) -> list[str]:
        """The datasets of the suites, each once. Raises `BadRequest` for an unknown suite."""
        for name in self.suites:
            if name not in SUITES:
                known = ", ".join(SUITES)
                raise BadRequest(f"There is no suite {name[:40]}; known are {known}.")
        names = (dataset for suite in self.suites for dataset in SUITES[suite])
        return list(dict.fromkeys(names))

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self.split == "all" and self.every == 1 and set(self.suites) == set(SUITES)

    def cases(self, folder: Path, names: Sequence[str] | None = None) -> dict[str, list[Case]]:
        """The chosen cases of all datasets, or of some."""
        wanted = self.datasets if names is None else names
        return load_cases(folder, wanted, split=self.split, every=self.every)


@dataclass(frozen=True)
class Place:
    """Where the suite's data and the content are."""

    folder: Path
    corpus: Path

    @property
    def knowledge(self) -> Knowledge:
        """The article and the rubric, as the scorers know them."""
        return Knowledge(self.corpus)

    def prices(self) -> Prices:
        """Prices of tokens by model, from `prices.toml`; none where there is no such file."""
        path = self.folder / "prices.toml"
        if not path.exists():
            return {}
        try:
            found = tomllib.loads(path.read_text("utf-8")).get("model", {})
        except ValueError:
            raise ContentError("evals/prices.toml is not TOML.") from None
        return {
            name: {"prompt": float(one["prompt"]), "completion": float(one["completion"])}
            for name, one in found.items()
        }

    def digest(self) -> str:
        """A short hash of all datasets."""
        digest = hashlib.sha256()
        for path in sorted((self.folder / "datasets").glob("*.json*")):
            digest.update(path.name.encode() + path.read_bytes())
        return digest.hexdigest()[:12]
