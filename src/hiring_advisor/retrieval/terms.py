"""Words as the lexical search and the sentence check see them: stems, synonyms, no stop words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from hiring_advisor.corpus.content import read_toml
from hiring_advisor.errors import ContentError

_WORD = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?")

STOP_WORDS = frozenset(
    """
    a about above after again all also am an and any anyone are as at be because been before
    being between both but by can could did do does doing done down during each else even ever
    every few others same for from further get gets getting give go goes going got had has have
    having he her here him his how i if in into is it its itself just kind know let like lot
    made make makes many may me might more most much must my myself need needs no nor not now of
    off often on once one ones only onto or other our ours out over own per please put quite
    rather really said say says see seem seems shall she should since so some someone something
    still such sure take than that the their theirs them then there these they thing things this
    those though through to together too under until up upon us use used using very via want
    wants was way we well were what whats when where whether which while who whom whose why will
    with within without would yes yet you your yours yourself actually basically exactly maybe
    perhaps simply tell think mean means okay ok hi hello hey dear thanks thank article blog
    text source question answer advice
    """.split()
)


@lru_cache(maxsize=1)
def _stemmer() -> object:
    import Stemmer

    return Stemmer.Stemmer("english")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The English stem (Porter 2) of a lower-case word."""
    return str(_stemmer().stemWord(word))  # type: ignore[attr-defined]


def words(text: str) -> list[str]:
    """Lower-case words of a text, apostrophes straightened and possessives dropped."""
    found = _WORD.findall(text.lower().replace("’", "'"))
    return [word.removesuffix("'s") for word in found]


def content_stems(text: str) -> list[str]:
    """Stems of the words that carry content, in order, with repetitions."""
    return [stem(word) for word in words(text) if word not in STOP_WORDS and len(word) > 1]


@lru_cache(maxsize=256)
def stems_in(text: str) -> frozenset[str]:
    """The same as a set, remembered: a passage is held against many sentences."""
    return frozenset(content_stems(text))


class Vocabulary:
    """Synonyms of the field from `vocabulary.toml`: what people say for what the article says.

    Each group has a name and the expressions that stand for it. `expand` adds the article's
    words where a text uses one of the others.
    """

    def __init__(self, groups: Mapping[str, list[str]], article: Mapping[str, list[str]]) -> None:
        self._article = {name: content_stems(" ".join(article[name])) for name in groups}
        self._single: dict[str, list[str]] = {}
        # One question is held against dozens of chunks.
        self._recent = lru_cache(maxsize=256)(self._read)
        self._phrases: list[tuple[str, str]] = []
        self.words = frozenset(
            word for said in groups.values() for one in said for word in words(one)
        )
        for name, expressions in groups.items():
            for expression in expressions:
                if " " in expression or "-" in expression:
                    self._phrases.append((" ".join(words(expression)), name))
                else:
                    self._single.setdefault(stem(expression.lower()), []).append(name)

    def readings(self, text: str) -> Mapping[str, frozenset[str]]:
        """Each content stem of a text with the article's stems that would say the same."""
        return self._recent(text)

    def _read(self, text: str) -> Mapping[str, frozenset[str]]:
        plain = words(text)
        joined = f" {' '.join(plain)} "
        found: dict[str, set[str]] = {one: set() for one in content_stems(text)}
        for one, others in found.items():
            for name in self._single.get(one, ()):
                others.update(self._article[name])
        for phrase, name in self._phrases:
            if f" {phrase} " in joined:
                for one in content_stems(phrase):
                    found.setdefault(one, set()).update(self._article[name])
        return MappingProxyType({one: frozenset(others) for one, others in found.items()})

    def expand(self, text: str) -> list[str]:
        """Content stems of a text plus the article's stems for what it says in other words."""
        readings = self.readings(text)
        return list(
            dict.fromkeys([*readings, *(o for one in readings.values() for o in sorted(one))])
        )


def load_vocabulary(folder: Path) -> Vocabulary:
    """Read `vocabulary.toml`. Raises `ContentError` that names what is wrong."""
    data = read_toml(folder, "vocabulary.toml")
    for name, group in data.items():
        for key in ("said", "article"):
            said = group.get(key) if isinstance(group, dict) else None
            if not isinstance(said, list) or not all(isinstance(one, str) for one in said):
                raise ContentError(f"vocabulary.toml, {name}: wants `{key}`, a list of words.")
    return Vocabulary(
        {name: group["said"] for name, group in data.items()},
        {name: group["article"] for name, group in data.items()},
    )
