"""The command line. Data goes to stdout, talk to stderr; exit status 0 done, 1 it could not, 2
wrong use.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from hiring_advisor.channels import eval_cli, eval_more
from hiring_advisor.channels.eval_app import evals
from hiring_advisor.errors import AdvisorError

if TYPE_CHECKING:
    from hiring_advisor.bootstrap import Parts

app = typer.Typer(
    name="hiring-advisor",
    help="Freelancers or full-time AI engineers? Cited answers, and a verdict from a scoring tool.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main() -> None:
    """Run the command line; known errors end in one sentence and status 1."""
    try:
        app()
    except AdvisorError as error:
        from hiring_advisor.channels.console import harmless

        print(harmless(error.message), file=sys.stderr)
        raise SystemExit(1) from None
    except BrokenPipeError:
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _parts() -> Parts:
    from hiring_advisor.bootstrap import Parts
    from hiring_advisor.settings import load

    return Parts(load())


def _print_json(value: object) -> None:
    import orjson

    text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    # JSON leaves these as they are, and a terminal obeys them.
    escapes = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}
    sys.stdout.write(text.translate(escapes) + "\n")


def _version(wanted: bool) -> None:
    if wanted:
        from hiring_advisor import __version__

        print(__version__)
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Freelancers or full-time AI engineers? Cited answers, and a verdict from a scoring tool."""


@app.command()
def ask(
    text: Annotated[str, typer.Argument(help="A question, or a description of your project.")],
    as_json: AsJson = False,
) -> None:
    """Ask one question and get one answer; nothing is stored."""
    from hiring_advisor.channels.console import Console, one_turn

    parts = _parts()
    parts.attach_index()
    turn = one_turn(parts.advisor, text)
    if as_json:
        _print_json(turn)
    else:
        Console(parts.rubric).show(turn)


@app.command()
def chat() -> None:
    """Talk to the advisor in the terminal; nothing is stored."""
    from hiring_advisor.channels.console import talk

    parts = _parts()
    parts.attach_index()
    talk(parts.advisor, parts.speech, parts.rubric)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="Number of processes.", min=1, max=64)] = 1,
) -> None:
    """Serve the page and the HTTP API."""
    from hiring_advisor.channels.server import run

    run(host, port, workers)


@app.command()
def ingest() -> None:
    """Build the vector index anew from the corpus, beside the old one, and switch to it."""
    from hiring_advisor.corpus.addressed import look_through

    parts = _parts()
    for finding in look_through(parts.settings.corpus_dir, parts.library.sources):
        print(f"Look at {finding}.", file=sys.stderr)
    if not parts.attach_index(rebuild=True):
        print("The index was not built; the log line above says why.", file=sys.stderr)
        raise typer.Exit(1)
    sections = len({chunk.section_id for chunk in parts.library.chunks})
    print(f"Indexed {len(parts.library.chunks)} chunks of {sections} sections.", file=sys.stderr)


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", "--k", help="How many passages.", min=1, max=20)] = 4,
    as_json: AsJson = False,
) -> None:
    """Find passages of the article."""
    from hiring_advisor.channels.console import passages

    parts = _parts()
    parts.attach_index()
    found = parts.retriever.retrieve(text, k)
    if as_json:
        from hiring_advisor.channels.views import passage_views

        _print_json({"passages": passage_views(found)})
    else:
        passages(found)


@app.command()
def score(
    fact: Annotated[
        list[str] | None, typer.Option("--fact", help="A fact as NAME=VALUE; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Score facts by the tool: the same facts always get the same verdict."""
    from hiring_advisor.channels.console import Console, harmless

    parts = _parts()
    profile: dict[str, str] = {}
    for one in fact or ():
        name, mark, value = one.partition("=")
        if not mark or not parts.rubric.knows(name, value):
            from hiring_advisor.scoring.tool import unknown_fact

            detail = unknown_fact(parts.rubric, name, value) if mark else "Write NAME=VALUE."
            print(harmless(f"--fact {one}: {detail}"), file=sys.stderr)
            raise typer.Exit(2)
        profile[name] = value
    result = parts.tool.call(profile)
    if as_json:
        _print_json(result)
    else:
        Console(parts.rubric).verdict(result)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Check the set-up and say what to mend; exit status 1 where there is something."""
    from hiring_advisor.channels.doctor import examine

    raise typer.Exit(0 if examine(as_json=as_json) else 1)


# Their commands are in the group since they were imported.
EVAL_COMMANDS = (eval_cli, eval_more)
app.add_typer(evals, name="eval")

config = typer.Typer(help="The settings.", no_args_is_help=True)
app.add_typer(config, name="config")


@config.command()
def show(as_json: AsJson = False) -> None:
    """Show each setting, its value and where that comes from; secrets only as set or not set."""
    from hiring_advisor.channels.config_view import print_rows, rows

    if as_json:
        _print_json(rows())
    else:
        print_rows()
