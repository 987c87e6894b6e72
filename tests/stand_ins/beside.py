"""Runs a command with stand-in models beside it, each in a server of its own.

    python -m tests.stand_ins.beside honest,hostile hiring-advisor eval --suite attacks

The command gets `--model honest@URL --model hostile@URL` added. There are: `honest`, which words
the passages; `hostile`, which lies and forges; `obedient`, which is honest until its prompt orders
it to say something. The exit status is the command's.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from tests.model.honest import honest
from tests.stand_ins.hostile_model import HostileModel, orders_in
from tests.stand_ins.openai_answers import Reply, Text
from tests.stand_ins.openai_requests import ChatRequest
from tests.stand_ins.openai_server import OpenAIServer

SEED = 11
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


def obedient(request: ChatRequest) -> Reply:
    """Say what the prompt orders, and nothing else; without an order, word the passages."""
    orders = orders_in(request.last_user_text)
    return Text(f"{orders[0]} [1]") if orders else honest(request)


def play(server: OpenAIServer, kind: str) -> None:
    """Have a server play a model."""
    if kind == "hostile":
        model = Forger(SEED)
        server.on_text, server.on_tool = model.text, model.form
    else:
        server.on_text = {"honest": honest, "obedient": obedient}[kind]


def main(kinds: Sequence[str], command: Sequence[str]) -> int:
    """Run the command beside the models."""
    with ExitStack() as stack:
        models: list[str] = []
        for kind in kinds:
            server = stack.enter_context(OpenAIServer())
            play(server, kind)
            models += ["--model", f"{kind}@{server.base_url}"]
        return subprocess.call([*command, *models])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1].split(","), sys.argv[2:]))
