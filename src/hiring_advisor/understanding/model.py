"""Understanding with a model: one forced call of the scoring tool's form, every entry checked.

The model proposes; a fact counts only when its value is the rubric's, its quote stands letter for
letter in a visitor's message, and the local reading of the message is a second witness: it sees
the value at that place, if only faintly, in the message, in the clause by itself and beside other
sentences, and nothing says another value of the fact more clearly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hiring_advisor.corpus.rubric import Rubric
from hiring_advisor.prompting import Prompt, fenced, within
from hiring_advisor.understanding.beside import SECOND_WITNESS, says
from hiring_advisor.understanding.chat import Asked, ChatModel, Spent
from hiring_advisor.understanding.clauses import Clause, is_negated, lower_same_length, split
from hiring_advisor.understanding.facts import Fact
from hiring_advisor.understanding.local import Finding, LocalReader
from hiring_advisor.understanding.messages import Message

MAX_MESSAGES = 6
MAX_CHARACTERS = 3000
SHORTER_CHARACTERS = 600
MAX_BYTES = 6000


@dataclass(frozen=True, slots=True)
class Proposed:
    """The model's facts that hold, and how many of the others were dropped, by reason."""

    facts: dict[str, Fact]
    dropped: Mapping[str, int] = field(default_factory=dict)


class ModelReader:
    """Reads facts by a forced tool call."""

    def __init__(
        self, chat: ChatModel, prompt: Prompt, tool: Any, rubric: Rubric, local: LocalReader
    ) -> None:
        self._chat = chat
        self._prompt = prompt
        self._tool = tool
        self._form: dict[str, Any] | None = None
        self._rubric = rubric
        self._local = local

    async def read(
        self, messages: Sequence[Message], known: Mapping[str, Fact], spent: Spent
    ) -> Proposed:
        """Read the newest visitor messages. Raises `ModelUnavailable`."""
        recent = [one for one in messages if one.role == "visitor"][-MAX_MESSAGES:]
        told = "; ".join(f"{name} = {fact.value}" for name, fact in known.items()) or "nothing"
        system, user = self._rendered(told, recent, MAX_CHARACTERS)
        _, shorter = self._rendered("nothing", recent[-1:], SHORTER_CHARACTERS)
        asked = Asked(system, user, shorter)
        return self.check(await self._chat.fill_form(self.form, asked, spent), recent)

    @property
    def form(self) -> dict[str, Any]:
        """The tool as the API wants it, made once: the same bytes each time."""
        if self._form is None:
            self._form = form_of(self._tool)
        return self._form

    def _rendered(self, known: str, messages: Sequence[Message], most: int) -> tuple[str, str]:
        texts = (within(one.text, most, MAX_BYTES) for one in messages)
        return self._prompt.render(
            known=known,
            messages="\n".join(
                f"<message>\n{fenced(text, 'message')}\n</message>" for text in texts
            ),
        )

    def check(self, arguments: Mapping[str, Any], messages: Sequence[Message]) -> Proposed:
        """Keep what is witnessed; count what is not. Never raises, whatever the model sent."""
        facts: dict[str, Fact] = {}
        dropped: dict[str, int] = {}
        read: dict[str, _Seen] = {}

        def drop(reason: str) -> None:
            dropped[reason] = dropped.get(reason, 0) + 1

        for name, entry in arguments.items():
            if entry is None:
                continue
            if not isinstance(entry, dict):
                drop("malformed")
                continue
            value, quote = entry.get("value"), entry.get("quote")
            if (
                not isinstance(name, str)
                or not isinstance(value, str)
                or not self._rubric.knows(name, value)
            ):
                drop("unknown_value")
            elif not isinstance(quote, str) or len(quote.strip()) < 2:
                drop("no_quote")
            elif (found := witness(quote, messages)) is None:
                drop("not_said")
            elif reason := self._unsupported(name, value, found, messages, read):
                drop(reason)
            else:
                message_id, said, start = found
                facts[name] = Fact(value, said, message_id, start, start + len(said))
        return Proposed(facts, dropped)

    def _unsupported(
        self,
        name: str,
        value: str,
        found: tuple[str, str, int],
        messages: Sequence[Message],
        read: dict[str, _Seen],
    ) -> str:
        """Why the local reading does not bear a value out where its quote stands; empty if so.

        The quote is looked at in its message: cut out of it, “is tight” would lose its “not”.
        """
        message_id, said, start = found
        if message_id not in read:
            message = next(one for one in messages if one.message_id == message_id)
            read[message_id] = _Seen(
                message.text,
                self._local.read(message),
                self._local.glimpses(message.text),
                split(message.text),
            )
        if _is_cut_out(read[message_id].clauses, start):
            return "cut_out"
        told = read[message_id].told.get(name)
        if told is not None:
            return "" if told.value == value else "says_otherwise"
        glimpses = [one for one in read[message_id].glimpses if one.fact == name]
        seen = [
            one
            for one in glimpses
            if one.value == value
            and one.start < start + len(said)
            and start < one.end
            and one.strength >= SECOND_WITNESS
        ]
        if not seen:
            return "does_not_say"
        strongest = max(one.strength for one in seen)
        rivals = [one for one in glimpses if one.value != value and one.strength > strongest]
        text = read[message_id].text
        rivals += [one for one in self._local.cued(text) if one.fact == name and one.value != value]
        if rivals:
            return "says_otherwise"
        is_said = any(says(self._local, text[one.start : one.end], name, value) for one in seen)
        return "" if is_said else "does_not_say"


@dataclass(frozen=True, slots=True)
class _Seen:
    """The local reading of one message: what it believes, and all that it makes out."""

    text: str
    told: Mapping[str, Fact]
    glimpses: Sequence[Finding]
    clauses: Sequence[Clause]


def _is_cut_out(clauses: Sequence[Clause], start: int) -> bool:
    """Whether a quote begins after a denial in its clause: “tight” out of “is not tight”."""
    return any(
        one.start < start < one.end and is_negated(one.low, start - one.start) for one in clauses
    )


def form_of(tool: Any) -> dict[str, Any]:
    """A LangChain tool as a strict function, without titles and what the prompt says once."""
    from langchain_core.utils.function_calling import convert_to_openai_tool

    def bare(schema: Any, *, is_names: bool = False) -> Any:
        if isinstance(schema, list):
            return [bare(one) for one in schema]
        if not isinstance(schema, dict):
            return schema
        kept = {
            name: bare(one, is_names=name == "properties")
            for name, one in schema.items()
            if is_names or name != "title"
        }
        if is_names and "quote" in kept:
            kept["quote"].pop("description", None)
        return kept

    form: dict[str, Any] = bare(convert_to_openai_tool(tool, strict=True))
    return form


def witness(quote: str, messages: Sequence[Message]) -> tuple[str, str, int] | None:
    """Find a quote in visitor messages, newest first: message id, the words there, their offset.

    Case, kind of apostrophe and runs of white space are forgiven; words are not.
    """
    wanted = " ".join(lower_same_length(quote).split()).strip(" .,;:!?\"'")
    if not wanted:
        return None
    for message in reversed(messages):
        if message.role != "visitor":
            continue
        low = lower_same_length(message.text).replace("\n", " ")
        place = low.find(wanted)
        if place < 0:
            squeezed, origin = _squeeze(low)
            at = squeezed.find(wanted)
            if at < 0:
                continue
            place, end = origin[at], origin[at + len(wanted) - 1] + 1
        else:
            end = place + len(wanted)
        return message.message_id, message.text[place:end], place
    return None


def _squeeze(text: str) -> tuple[str, list[int]]:
    """The text with runs of spaces as one, and where each character came from."""
    kept: list[str] = []
    origin: list[int] = []
    for place, char in enumerate(text):
        if char == " " and kept and kept[-1] == " ":
            continue
        kept.append(char)
        origin.append(place)
    return "".join(kept), origin
