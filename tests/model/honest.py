"""An honest model: it words the numbered passages of its prompt, with their numbers."""

from __future__ import annotations

import re

from tests.stand_ins import openai_replies as r
from tests.stand_ins.openai_requests import ChatRequest

# Headings hold colons of their own.
_PASSAGE = re.compile(r"^\[(\d+)\] (.{1,90}): (.*)$", re.MULTILINE)

PROS = "What are the pros of freelancers on cost?"
"""A question whose first passage says that freelancers reduce overhead expenses."""
GOOD = "Hiring freelancers reduces overhead expenses such as benefits and office space. [1]"
ALSO_GOOD = "That makes it easier for startups to validate ideas. [1]"
PROJECT = "We want to build a quick demo on a tight budget. Whom should we hire?"
"""A project that reading it here is enough for."""
UNCLEAR = "We want to build a demo for our investors. Whom should we hire?"
"""A project of which too little is known: the model is asked to read it as well."""


def passages_in(request: ChatRequest) -> dict[int, tuple[str, str]]:
    """Number to heading and text of the passages in a prompt."""
    found = _PASSAGE.findall(request.last_user_text)
    return {int(number): (heading, text) for number, heading, text in found}


def words_of(request: ChatRequest, most: int = 3) -> str:
    """The first sentence of each passage, with its number: all that an honest model would say."""
    said = []
    for number, (_, text) in list(passages_in(request).items())[:most]:
        first = re.split(r"(?<=[.!?])\s", text)[0]
        said.append(f"{first.rstrip('.')}. [{number}]")
    return " ".join(said)


def honest(request: ChatRequest) -> r.Reply:
    """Word the passages."""
    return r.Text(words_of(request))
