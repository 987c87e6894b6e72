"""Runs a command with two stand-in models beside it: an honest one and a hostile one.

    python -m tests.stand_ins.beside hiring-advisor eval --suite attacks

The command gets `--model honest@URL --model hostile@URL` added; with `--only-hostile` in front of
it, the hostile one alone. The exit status is the command's.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from tests.model.honest import honest
from tests.stand_ins.hostile_model import HostileModel
from tests.stand_ins.openai_answers import Reply
from tests.stand_ins.openai_requests import ChatRequest
from tests.stand_ins.openai_server import OpenAIServer

ONLY_HOSTILE = "--only-hostile"
_SENTENCE = re.compile(r"[^.!?\n]{12,120}")


class Forger(HostileModel):
    """A hostile model that fills every form with facts: invented quotes, and the visitor's words
    for what they do not say.
    """

    def form(self, request: ChatRequest) -> Reply:
        """Claim three values at random."""
        said = _SENTENCE.findall(request.last_user_text) or ["as I said"]
        self.forge = {
            name: {
                "value": self.rng.choice(values),
                "quote": self.rng.choice([self.rng.choice(said).strip(), "we told you so already"]),
            }
            for name, values in self.rng.sample(sorted(_values(request).items()), 3)
        }
        return super().form(request)


def _values(request: ChatRequest) -> dict[str, list[str]]:
    """The facts of the form and their values, from the schema that came with the request."""
    found: dict[str, list[str]] = {}

    def look(schema: Any, name: str = "") -> None:
        if isinstance(schema, dict):
            if name and "enum" in schema:
                found.setdefault(name, list(schema["enum"]))
            for value in schema.values():
                look(value, name)
        elif isinstance(schema, list):
            for value in schema:
                look(value, name)

    for fact, schema in request.tools[0]["function"]["parameters"]["properties"].items():
        look(schema, fact)
    return found


def main(command: Sequence[str]) -> int:
    """Run the command beside the models."""
    only_hostile = command[:1] == [ONLY_HOSTILE]
    with OpenAIServer() as fair, OpenAIServer() as foul:
        fair.on_text = honest
        model = Forger(random.Random(11).randrange(10**6))
        foul.on_text, foul.on_tool = model.text, model.form
        models = [] if only_hostile else ["--model", f"honest@{fair.base_url}"]
        models += ["--model", f"hostile@{foul.base_url}"]
        return subprocess.call([*command[only_hostile:], *models])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
