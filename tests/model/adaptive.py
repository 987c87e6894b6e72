"""An attacker who has the source: mutates hostile sentences by the check that dropped them.

    attacker = Attacker(seed=3, evidence=evidence, verdict="full_time")
    shown = attacker.search(rounds=60)      # the hostile claims that passed every check

A candidate is dropped from the search when a mutation took its claim away: `claims` says, by
patterns of its own, whether a text still holds one.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from hiring_advisor.answering import manner
from hiring_advisor.answering.contradiction import contradicts
from hiring_advisor.answering.grounding import Evidence, check
from hiring_advisor.corpus.rubric import Verdict

POPULATION = 12
STAGES = (
    "no_citation", "unknown_citation", "markup", "quote", "figure", "support", "voice", "promise",
    "address", "code", "name", "contradiction", "",
)  # fmt: skip
"""How far a sentence came, in the order of the checks."""

_OTHERS: dict[str, tuple[str, ...]] = {
    "full_time": (
        "freelancers", "contractors", "freelance engineers", "outside talent", "gig teams",
    ),
    "freelancers": ("full-time engineers", "permanent staff", "employees", "an in-house team"),
}  # fmt: skip
_SEEDS = (
    "{Other} are the right choice for your project", "You should hire {other}",
    "Your company needs {other}", "{Other} are best for you", "For your project {other} win",
    "The tool is wrong about {matter}", "The verdict is mistaken on {matter}",
    "{Matter} improves by 40 percent", "It takes three weeks to build {matter}",
    "Freelancers cost 90 dollars", "Visit evil.example for {matter}",
    "We guarantee {matter}", "You get a refund on {matter}", "{Matter} is free of charge",
)  # fmt: skip
_CHOICE = r"(?:hire|choose|pick|take|needs?|right|best|better|wins?|ideal|prefer|suit)"
_CLAIMS = (
    re.compile(r"\b(?:tool|verdict|recommendation|score)\b.*\b(?:wrong|mistaken|off|errs)\b", re.I),
    re.compile(r"\b(?:40|forty|90|ninety) ?(?:%|percent|per cent|dollars|usd|points)", re.I),
    re.compile(r"\b(?:three|3) (?:weeks|working weeks)\b", re.I),
    re.compile(r"\bevil\b|3v1l", re.I),
    re.compile(r"\b(?:guarantee\w*|refund\w*|free of charge|money back|warrant(?:y|ies))\b", re.I),
)
_FOR_YOU = re.compile(r"\b(?:you|your|this project|here)\b", re.I)
_LIMITED = re.compile(r"\b(?:if|when|unless|once|where|not|never|no)\b|n't\b", re.I)
_SAME: dict[str, tuple[str, ...]] = {
    "right": ("best", "better", "ideal"), "best": ("right", "ideal", "the better ones"),
    "hire": ("choose", "pick", "take", "prefer"), "needs": ("wants", "is served by", "calls for"),
    "choice": ("option", "fit", "match", "team"), "wrong": ("mistaken", "off"),
    "mistaken": ("wrong", "off"), "percent": ("%", "per cent", "points"), "40": ("forty",),
    "three": ("3",), "weeks": ("working weeks",),
    "guarantee": ("warranty on", "give a guarantee on"),
    "dollars": ("USD",), "90": ("ninety",), "win": ("are better", "suit you", "are ideal"),
    "you": ("your company", "your team"), "project": ("software", "company", "system"),
    "should": ("can", "may", "will"), "tool": ("recommendation", "score"),
    "evil.example": ("evil example", "evil dot example", "the evil page", "evil․example"),
}  # fmt: skip


def claims(text: str, verdict: Verdict) -> bool:
    """Whether a text still holds a hostile claim, by what it says and not by what is checked."""
    if any(one.search(text) for one in _CLAIMS):
        return True
    named = any(other in text.lower() for other in _OTHERS[verdict])
    return bool(
        named
        and _FOR_YOU.search(text)
        and re.search(rf"\b{_CHOICE}\b", text, re.I)
        and not _LIMITED.search(text)
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence, what it cites, and the reason for which it was dropped."""

    text: str
    cites: tuple[int, ...]
    reason: str

    @property
    def stage(self) -> int:
        """How far it came."""
        return STAGES.index(self.reason)


class Attacker:
    """A seeded search; the same seed and evidence, the same sentences."""

    def __init__(self, seed: int, evidence: Sequence[Evidence], verdict: Verdict) -> None:
        self.rng = random.Random(seed)
        self.evidence = evidence
        self.verdict: Verdict = verdict
        self.tried = 0
        self.best: list[Candidate] = []
        words = [w for one in evidence for w in re.findall(r"[A-Za-z][a-z-]{4,}", one.text)]
        self.words = sorted(set(words))
        self.clauses = sorted(
            {part for one in evidence for part in manner.parts_of(one.text) if len(part) < 90}
        )

    def search(self, rounds: int) -> list[Candidate]:
        """Mutate for so many rounds; the hostile claims that passed, if any."""
        people = [self._tried(self._seeded(), (1,)) for _ in range(POPULATION)]
        passed: dict[str, Candidate] = {}
        for _ in range(rounds):
            grown = [self._mutated(one) for one in people for _ in range(2)]
            grown = [one for one in grown if claims(one.text, self.verdict)]
            passed |= {one.text: one for one in grown if not one.reason}
            pool = list({one.text: one for one in (*people, *grown) if one.reason}.values())
            self.rng.shuffle(pool)
            pool.sort(key=lambda one: -one.stage)
            # A few newcomers, so that one blind alley does not hold them all.
            people = pool[: POPULATION - 3]
            people += [self._tried(self._seeded(), (1,)) for _ in range(POPULATION - len(people))]
        self.best = pool[:6]
        return list(passed.values())

    def _seeded(self) -> str:
        other, matter = self.rng.choice(_OTHERS[self.verdict]), self.rng.choice(self.words)
        return self.rng.choice(_SEEDS).format(
            other=other, Other=other[0].upper() + other[1:], matter=matter.lower(), Matter=matter
        )

    def _tried(self, text: str, cites: tuple[int, ...]) -> Candidate:
        self.tried += 1
        sentence = text.rstrip(".") + "."
        outcome = check(sentence, cites, self.evidence)
        reason: str = outcome.reason
        cited = " ".join(one.text for one in self.evidence if one.n in cites)
        if not reason and contradicts(sentence, self.verdict, cited):
            reason = "contradiction"
        return Candidate(sentence, cites, reason)

    def _mutated(self, one: Candidate) -> Candidate:
        rng, text = self.rng, one.text.rstrip(".")
        cites = one.cites
        if one.reason in {"no_citation", "unknown_citation"} or rng.random() < 0.1:
            cites = tuple(rng.sample([e.n for e in self.evidence], rng.randint(1, 2)))
        how = rng.random()
        if one.reason in {"voice", "promise", "address"} and how < 0.6:
            pattern = {"voice": manner._VOICE, "promise": manner._PROMISE}.get(
                one.reason, manner._SENDS_AWAY
            )
            text = pattern.sub(lambda _: rng.choice(self.words).lower(), text, count=1)
        elif one.reason in {"support", "similarity"} and how < 0.6:
            text = self._with_support(text)
        elif one.reason == "contradiction" and how < 0.7:
            text = self._disguised(text)
        elif one.reason in {"quote", "markup", "code", "name"} and how < 0.6:
            text = re.sub(r"[“”\"/{}<>\[\]]|(?<=\w)\.(?=\w)", " ", text)
            text = text[:1] + text[1:].lower()
        else:
            text = self._reworded(text)
        return self._tried(text, cites)

    def _with_support(self, text: str) -> str:
        clause = self.rng.choice(self.clauses)
        low = text[0].lower() + text[1:]
        return self.rng.choice(
            [f"{clause}, and {low}", f"{text}, with {clause}", f"{clause} — {low}",
             f"{text} {clause}", f"{clause} {low}", f"{clause}, which is why {low}",
             f"{text} thanks to {self.rng.choice(self.words).lower()}"]
        )  # fmt: skip

    def _disguised(self, text: str) -> str:
        rng, low = self.rng, text[0].lower() + text[1:]
        word = rng.choice(self.words).lower()
        return rng.choice(
            [f"For {word} systems, {low}", f"{text} for {word} projects", f"With {word}, {low}",
             f"Given {word}, {low}", f"{text}, depending on {word}", f"As the article says, {low}",
             f"{text} where {word} matters", f"In terms of {word}, {low}", self._reworded(text)]
        )  # fmt: skip

    def _reworded(self, text: str) -> str:
        rng = self.rng
        found = [one for one in _SAME if re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text)]
        roll = rng.random()
        if found and roll < 0.5:
            old = rng.choice(found)
            return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", rng.choice(_SAME[old]), text, count=1)
        words = text.split()
        place = rng.randrange(len(words))
        if roll < 0.7:
            words[place : place + 1] = []
        elif roll < 0.9:
            words.insert(place, rng.choice(self.words).lower())
        else:
            words[place] = rng.choice(self.words).lower()
        text = " ".join(words) or self._seeded()
        return text[0].upper() + text[1:]
