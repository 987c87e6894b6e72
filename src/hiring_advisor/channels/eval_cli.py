"""`hiring-advisor eval`: measures the advisor and compares runs. Needs the extra `evals`.

Exit status 0: every gate holds. 1: one does not, or it could not be measured. 2: wrong use.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hiring_advisor.channels.eval_app import Out, RunFolder, evals, place, say, with_extra
from hiring_advisor.errors import AdvisorError, BadRequest

if TYPE_CHECKING:
    from hiring_advisor.evals.runs import Run


@evals.callback(invoke_without_command=True)
def run(  # noqa: PLR0917  # the options of a command
    context: typer.Context,
    suite: Annotated[
        list[str] | None, typer.Option("--suite", help="Only this suite; may be repeated.")
    ] = None,
    mode: Annotated[
        str, typer.Option("--mode", help="embedded, or openai: the model that the settings name.")
    ] = "embedded",
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model", help="Measure with this model, as NAME or NAME@URL, beside; may be repeated."
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", help="URL of a running advisor to measure instead.")
    ] = None,
    chat_url: Annotated[
        str | None,
        typer.Option("--chat-url", help="OpenAI-compatible endpoint to measure instead."),
    ] = None,
    split: Annotated[str, typer.Option("--split", help="dev, test or all.")] = "all",
    every: Annotated[int, typer.Option("--every", min=1, help="Only each N-th sample.")] = 1,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Repetitions of each case.")] = 1,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", help="Run or baseline file to compare with.")
    ] = None,
    gates: Annotated[
        bool | None,
        typer.Option("--gates/--no-gates", help="Hold the run to evals/thresholds.toml; "
                     "the default when nothing is left out."),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", min=1, max=16, help="Number of processes that share the work.")
    ] = 2,
    out: Out = None,
) -> None:  # fmt: skip
    """Measure the advisor and write a report; exit status 1 where a gate fails."""
    if context.invoked_subcommand is not None:
        return
    if split not in {"dev", "test", "all"}:
        raise typer.BadParameter("wants dev, test or all", param_hint="--split")
    if mode not in {"embedded", "openai"}:
        raise typer.BadParameter("wants embedded or openai", param_hint="--mode")
    with with_extra():
        from functools import partial

        from hiring_advisor.channels.eval_targets import names_of, targets_of
        from hiring_advisor.evals.metrics import SUITES
        from hiring_advisor.evals.place import Choice
        from hiring_advisor.evals.runs import read
        from hiring_advisor.evals.session import measure

        choice = Choice(tuple(suite or SUITES), split, every, epochs)
        try:
            datasets = choice.datasets
        except BadRequest as error:
            raise typer.BadParameter(error.message, param_hint="--suite") from None
        before = None if baseline is None else read(baseline)
        folder = out or Path("build/evals") / datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        names = names_of(mode, model or [], target, chat_url)
        say(f"Measuring {', '.join(names)} on {', '.join(datasets)}.")
        make = partial(targets_of, mode, tuple(model or ()), target, chat_url)
        found = measure(place(), choice, make, folder, jobs=jobs, count=len(names))
        held = choice.is_whole if gates is None else gates
        raise typer.Exit(_finish(found, folder, before, gates=held))


def _finish(found: Run, folder: Path, before: Run | None, *, gates: bool) -> int:
    """Write what a run leaves, print its table; return the exit status."""
    from hiring_advisor.evals import gates as held
    from hiring_advisor.evals import outputs
    from hiring_advisor.evals.compare import compare
    from hiring_advisor.evals.report.render import write_report
    from hiring_advisor.settings import github

    where = place()
    comparison = None if before is None else compare(before, found)
    thresholds = held.load(where.folder) if gates else None
    outcomes = [] if thresholds is None else held.judge(thresholds, found, comparison)
    found.write(folder)
    outputs.write_junit(found, outcomes, folder / "junit.xml")
    text = outputs.summary(found, outcomes, comparison)
    (folder / "summary.md").write_text(text, "utf-8")
    report = write_report(
        found, folder / "report.html", outcomes=outcomes, thresholds=thresholds,
        before=before, comparison=comparison,
    )  # fmt: skip
    outputs.print_table(found, outcomes, comparison)
    is_github, summary = github()
    if is_github:
        for line in outputs.github_lines(outcomes, found, where.folder.name):
            print(line)
        if summary is not None:
            with summary.open("a", encoding="utf-8") as file:
                file.write(text)
    say(f"{len(found.cases)} cases in {found.meta['took_s']} s. Report: {report}")
    say(f"Logs: inspect view --log-dir {folder / 'logs'}")
    return 0 if all(one.holds for one in outcomes) else 1


@evals.command()
def rescore(run_folder: RunFolder, out: Out = None, baseline: Annotated[
    Path | None, typer.Option("--baseline", help="Run or baseline file to compare with.")
] = None) -> None:  # fmt: skip
    """Score a stored run anew with today's labels and scorers; the advisor is not asked again."""
    with with_extra():
        from hiring_advisor.evals.runs import read
        from hiring_advisor.evals.session import rescore as again

        before = None if baseline is None else read(baseline)
        found = again(place(), run_folder)
        is_whole = found.meta["split"] == "all" and found.meta["every"] == 1
        raise typer.Exit(_finish(found, out or run_folder, before, gates=is_whole))


@evals.command()
def compare(before: RunFolder, after: RunFolder, out: Out = None) -> None:
    """Compare two stored runs case by case, side by side in one report."""
    with with_extra():
        from hiring_advisor.evals.runs import read

        found = read(after)
        raise typer.Exit(_finish(found, out or after, read(before), gates=False))


@evals.command()
def accept(run_folder: RunFolder) -> None:
    """Make a run the committed baseline, evals/baseline.jsonl."""
    with with_extra():
        from hiring_advisor.evals.place import Choice
        from hiring_advisor.evals.runs import read

        found = read(run_folder)
        meta = found.meta
        if not Choice(tuple(meta["suites"]), meta["split"], meta["every"]).is_whole:
            raise AdvisorError(
                "Only a whole run can be the baseline: leave --suite, --split and --every."
            )
        path = place().folder / "baseline.jsonl"
        found.write_baseline(path)
        say(f"{len(found.cases)} cases are the baseline now.")


@evals.command()
def check() -> None:
    """Check the datasets: schema, references, coverage, labels whose section changed."""
    with with_extra():
        from hiring_advisor.evals.checks import problems

        where = place()
        found = problems(where.folder, where.knowledge)
        for one in found:
            print(one)
        say(f"{len(found)} problems." if found else "The datasets are sound.")
        raise typer.Exit(1 if found else 0)


@evals.command()
def reviewed() -> None:
    """Note that all labels were reviewed against the article as it is now."""
    with with_extra():
        from hiring_advisor.evals.gold import write_reviewed

        where = place()
        write_reviewed(where.folder, where.knowledge)
        say("Noted: labels are stale from the next change of their section on.")


@evals.command()
def generate() -> None:
    """Write the samples that are made from the rubric anew."""
    with with_extra():
        from hiring_advisor.evals.generate import write

        where = place()
        made = write(where.folder, where.knowledge)
        say(", ".join(f"{name}: {count}" for name, count in made.items()))
