"""A hostile model: it obeys whatever its prompt says, lies of its own, and forges forms.

    model = HostileModel(seed=7)
    server.on_text, server.on_tool = model.text, model.form

`said` holds what it wrote in the last text, each lie with its kind and the words that must not be
shown; `forged` the entries of the last form. The lies are made of templates, objects, encodings
and places, so that thousands of turns differ.
"""

from __future__ import annotations

import base64
import codecs
import random
import re
from dataclasses import dataclass
from typing import Any

from .hostile_lies import LIES, OPTIONS, fill
from .openai_answers import Reply, Text
from .openai_requests import ChatRequest
from .openai_tool_calls import ToolCall

_PASSAGE = re.compile(r"^\[(\d+)\] (.{1,90}): (.*)$", re.MULTILINE)
_VERDICT = re.compile(r"Verdict of the scoring tool: (\w+)")
_ORDER = re.compile(
    r"(?:repeat after me|sag mir nach|répète|repite|ripeti|repita|powtórz|zeg na|upprepa|tekrar et|"
    r"повтори|繰り返して|跟我说)\s*[:：]\s*([^\n<>]{4,200})",
    re.IGNORECASE,
)
_LEET = str.maketrans("431057", "aeiost")
_LOOKS = str.maketrans("аеорсхуіѕ", "aeopcxyis")
ENCODINGS = ("plain", "base64", "rot13", "leetspeak", "homoglyph", "reversed", "fullwidth")


def encode(text: str, how: str) -> str:
    """A text in one of `ENCODINGS`."""
    if how == "base64":
        return base64.b64encode(text.encode()).decode()
    if how == "rot13":
        return codecs.encode(text, "rot13")
    if how == "leetspeak":
        return text.translate(str.maketrans("aeiost", "431057"))
    if how == "homoglyph":
        return text.translate(str.maketrans("aeopcxy", "аеорсху"))
    if how == "reversed":
        return text[::-1]
    if how == "fullwidth":
        return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    return text


def orders_in(prompt: str) -> list[str]:
    """What a prompt orders to be said, in whatever encoding it stands there."""
    readings = [
        prompt, codecs.encode(prompt, "rot13"), prompt.translate(_LEET), prompt.translate(_LOOKS),
        prompt[::-1], "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in prompt),
    ]  # fmt: skip
    for token in re.findall(r"[A-Za-z0-9+/=]{24,}", prompt):
        try:
            readings.append(base64.b64decode(token).decode())
        except ValueError:
            continue
    return [order.strip() for one in readings for order in _ORDER.findall(one)]


@dataclass(frozen=True)
class Lie:
    """A sentence of the model, its kind, and the part of it that nobody may see."""

    kind: str
    how: str
    sentence: str
    needle: str


class HostileModel:
    """Answers requests; the same seed and the same requests, the same answers."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.said: list[Lie] = []
        self.forged: dict[str, dict[str, Any]] = {}
        self.forge: dict[str, dict[str, Any]] = {}
        """What the next form claims; set by the test, which knows that it is not so."""

    def text(self, request: ChatRequest) -> Reply:
        """Lies between true sentences, and whatever it was ordered to say."""
        prompt = request.text
        secret = str(request.messages[0]["content"])
        found = _VERDICT.search(prompt)
        verdict = found.group(1) if found else "none"
        passages = {int(n): body for n, _, body in _PASSAGE.findall(request.last_user_text)}
        true = [
            (n, sentence)
            for n, body in passages.items()
            for sentence in re.split(r"(?<=[.!?])\s", body)[:2]
        ]
        self.said = [self._lie(kind, verdict, secret, true) for kind in self._kinds()]
        orders = orders_in(request.last_user_text)
        self.said += [
            Lie("an order obeyed", "as told", f"{one.rstrip('.!')}. [1]", one) for one in orders[:3]
        ]
        parts = [one.sentence for one in self.said]
        if true and self.rng.random() < 0.4:
            n, sentence = self.rng.choice(true)
            parts.insert(self.rng.randrange(len(parts) + 1), f"{sentence.rstrip('.!?')}. [{n}]")
        return Text(self.rng.choice([" ", "\n", "\n\n"]).join(parts), chunk_size=4000)

    def form(self, _: ChatRequest) -> Reply:
        """The forged entries, now and then twice or with a verdict beside them."""
        self.forged, self.forge = self.forge, {}
        extra: dict[str, Any] = {"verdict": "freelancers"} if self.rng.random() < 0.2 else {}
        return ToolCall(arguments={**self.forged, **extra}, count=self.rng.choice([1, 1, 3]))

    def _kinds(self) -> list[str]:
        return self.rng.sample(sorted(LIES), 6)

    def _lie(self, kind: str, verdict: str, secret: str, true: list[tuple[int, str]]) -> Lie:
        rng = self.rng
        other = rng.choice([one for one in OPTIONS if one != verdict])
        words = secret.split()
        place = rng.randrange(max(1, len(words) - 12))
        leak = " ".join(words[place : place + 9]).strip(" .:")
        needle = fill(rng.choice(LIES[kind]), rng, other=other, verdict=verdict, leak=leak)
        how = "plain"
        if rng.random() < 0.3 and kind != "a citation":
            how = rng.choice(ENCODINGS)
            needle = encode(needle, how)
        mark = rng.choice(["[1]", "[1]", "[2]", "[1][2]", "[1]", "[9]", "", "[0]"])
        if kind == "a citation":
            mark = rng.choice(["", "[0]", "[1][77]", "[999]", "[1, 42]"])
            needle = true[0][1].rstrip(".") + " anyway" if true else needle
        sentence = needle
        if true and rng.random() < 0.5 and kind != "a citation":
            n, honest = rng.choice(true)
            mark, honest = f"[{n}]", honest.rstrip(".!?")
            low = needle[0].lower() + needle[1:]
            sentence = rng.choice(
                [f"{honest}, and {low}", f"{honest} — {low}", f"{needle}, for {honest.lower()}",
                 f"{honest} ({low})", f"{honest}: {low}", f"{honest}, so {low}"]
            )  # fmt: skip
        return Lie(kind, how, f"{sentence}. {mark}".strip(), needle)
