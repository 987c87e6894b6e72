"""Turns in a terminal."""

from __future__ import annotations

import asyncio
import sys
import uuid
from datetime import UTC, datetime

from rich.console import Console as RichConsole
from rich.padding import Padding
from rich.text import Text

from hiring_advisor.advisor import Advisor, Past, TurnHead, past_of
from hiring_advisor.answering.speech import Speech
from hiring_advisor.answering.turn import Turn
from hiring_advisor.corpus.rubric import Rubric
from hiring_advisor.errors import BadRequest
from hiring_advisor.retrieval.retriever import Retrieval
from hiring_advisor.scoring.recommend import confidence_word
from hiring_advisor.scoring.recommendation import Recommendation
from hiring_advisor.understanding.messages import Message
from hiring_advisor.understanding.normalise import clean

MAX_WIDTH = 100
# What a terminal obeys: words of a model or of a file must not move its cursor.
_OBEYED = {code: " " for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in (0x09, 0x0A)}


def harmless(text: str) -> str:
    """A text for a terminal, without control characters but tabs and line ends."""
    return text.translate(_OBEYED)


def one_turn(advisor: Advisor, text: str, past: Past | None = None) -> Turn:
    """Work on one message and return its turn. Raises `BadRequest` for an empty one."""
    wanted = clean(text)
    if not wanted:
        raise BadRequest("The message is empty: write what you want to know.")
    head = TurnHead(
        uuid.uuid4().hex, "terminal", datetime.now(UTC).isoformat(timespec="milliseconds")
    )
    message = Message(str(uuid.uuid4()), "visitor", wanted)

    async def work() -> Turn:
        advice = advisor.advise(head, message, past or Past())
        async for _ in advice.events():
            pass
        return advice.turn()

    return asyncio.run(work())


class Console:
    """Prints turns: the answer, what it rests on, and what to say next."""

    def __init__(self, rubric: Rubric) -> None:
        self._rubric = rubric
        self._out = _console()

    def show(self, turn: Turn) -> None:
        """Print one turn."""
        if turn.recommendation is not None:
            self.verdict(turn.recommendation)
        self._out.print()
        for sentence in turn.sentences:
            line = Text(harmless(sentence.text))
            for number in sentence.citations:
                line.append(f" [{number}]", style="cyan")
            self._out.print(line)
        if turn.citations:
            self._out.print("\nSources", style="bold")
            for citation in turn.citations:
                line = Text(f"[{citation.n}] ", style="cyan")
                line.append(f"{harmless(citation.heading)}: ", style="default")
                line.append(f"“{harmless(citation.quote)}”", style="italic default")
                self._out.print(Padding(line, (0, 0, 0, 2)))
        if turn.next_question is not None:
            self._out.print()
            self._out.print(Text(harmless(turn.next_question.text), style="bold"))
            for option in turn.next_question.options:
                self._out.print(Text(harmless(f"  · {option.label}")))
        if turn.cut_short:
            self._out.print(
                "\nThe language model broke off; the rest is the short form.", style="dim"
            )
        elif turn.degraded:
            self._out.print(
                "\nThe language model did not answer; this is the short form.", style="dim"
            )

    def verdict(self, result: Recommendation) -> None:
        """Print a verdict with its confidence and points."""
        label = self._rubric.options[result.verdict].label
        word = confidence_word(result.confidence)
        line = Text("Verdict: ", style="bold")
        line.append(harmless(label), style="bold green")
        line.append(f"  ({word} confidence, {result.confidence:.2f})", style="default")
        self._out.print(line)
        points = result.scores
        self._out.print(
            f"Points: freelancers {points['freelancers']}, full-time {points['full_time']}; "
            f"rubric {result.rubric_version}, profile {result.profile_hash[:12]}",
            style="dim",
        )


def talk(advisor: Advisor, speech: Speech, rubric: Rubric) -> None:
    """A conversation until the end of input or an empty line with `exit`."""
    console = Console(rubric)
    print(harmless(speech.greeting), file=sys.stderr)
    print("(an empty line or Ctrl-D ends it)", file=sys.stderr)
    turns: list[dict[str, object]] = []
    while True:
        try:
            text = _line_typed()
        except EOFError:
            break
        if not clean(text) or text.strip().lower() in {"exit", "quit"}:
            break
        turn = one_turn(advisor, text, past_of(turns))
        turns.append(turn.view())
        console.show(turn)


def _line_typed() -> str:
    # Unless both ends are a terminal, `input` would put its prompt among the data on stdout.
    if sys.stdin.isatty() and sys.stdout.isatty():
        return input("\nyou: ")
    print("\nyou: ", end="", file=sys.stderr, flush=True)
    return input()


def passages(found: Retrieval) -> None:
    """Print passages, best first."""
    out = _console()
    if not found.passages:
        print("Nothing in the article is near to that.", file=sys.stderr)
    for passage in found.passages:
        line = Text(f"{passage.rank}. ", style="cyan")
        line.append(harmless(passage.heading), style="bold default")
        line.append(f"  {passage.section_id}", style="dim")
        out.print(line)
        out.print(Padding(Text(harmless(passage.text)), (0, 0, 1, 3)))


def _console() -> RichConsole:
    out = RichConsole(highlight=False)
    if (out.is_terminal and out.width > MAX_WIDTH) or not out.is_terminal:
        out.width = MAX_WIDTH
    return out
