"""The rarer commands of `hiring-advisor eval`: mutate and judge."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hiring_advisor.channels.eval_app import evals, place, say, with_extra
from hiring_advisor.errors import AdvisorError

if TYPE_CHECKING:
    from hiring_advisor.evals.judge import ModelJudge
    from hiring_advisor.evals.mutation.trial import Trial

SLICE = 3


@evals.command()
def mutate(
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Only this mutation; may be repeated.")
    ] = None,
    every: Annotated[
        int, typer.Option("--every", min=1, help="Try on each N-th sample; then survivors on all.")
    ] = SLICE,
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model", help="For what shows with a model alone: hostile@URL, obedient@URL."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="File for the table, in Markdown.")
    ] = None,
) -> None:
    """Break the advisor in known ways, and see which suite notices; status 1 if one survives."""
    with with_extra():
        from hiring_advisor.evals.mutation import MUTATIONS

        for name in only or ():
            if name not in MUTATIONS:
                known = ", ".join(MUTATIONS)
                raise typer.BadParameter(f"known are {known}", param_hint="--only")
        trials = _tried(only or list(MUTATIONS), every, model or [])
        lines = list(_table(trials))
        print("\n".join(lines))
        if out is not None:
            out.write_text("\n".join(lines) + "\n", "utf-8")
        survived = [one.mutation.name for one in trials if one.survived]
        left_out = [] if only else [name for name in MUTATIONS if name not in
                                    {one.mutation.name for one in trials}]  # fmt: skip
        say(
            f"{len(trials) - len(survived)} of {len(trials)} noticed"
            + (f"; survived: {', '.join(survived)}" if survived else "")
            + (f"; without --model left out: {', '.join(left_out)}." if left_out else ".")
        )
        raise typer.Exit(1 if survived else 0)


def _tried(names: list[str], every: int, models: list[str]) -> list[Trial]:
    from functools import partial

    from hiring_advisor.bootstrap import Parts
    from hiring_advisor.channels.eval_targets import embedded, with_model
    from hiring_advisor.evals.mutation import MUTATIONS
    from hiring_advisor.evals.mutation.trial import Trials
    from hiring_advisor.evals.place import Choice
    from hiring_advisor.settings import load

    settings, where = load(), place()
    found: list[Trial] = []
    plain = [MUTATIONS[name] for name in names if not MUTATIONS[name].model]
    if plain:
        trials = Trials(where, Choice(every=every), partial(Parts, embedded(settings)))
        for number, one in enumerate(plain, start=1):
            found.append(trials.try_out(one))
            say(f"{number}/{len(plain)} {one.name}: {_said(found[-1])}")
        missed = [one for one in found if one.survived]
        if missed and every > 1:
            say(f"{len(missed)} survived on a slice: tried on all samples.")
            whole = Trials(where, Choice(), partial(Parts, embedded(settings)))
            again = {one.mutation.name: whole.try_out(one.mutation) for one in missed}
            found = [again.get(one.mutation.name, one) for one in found]
    for model in models:
        kind = model.partition("@")[0]
        worded = [MUTATIONS[name] for name in names if MUTATIONS[name].model == kind]
        if worded:
            asked = with_model(settings, model)
            choice = Choice(("verdict", "attacks"), every=every)
            trials = Trials(where, choice, partial(Parts, asked))
            found += [trials.try_out(one) for one in worded]
    return found


def _said(trial: Trial) -> str:
    return f"noticed by {', '.join(trial.noticed)}" if trial.noticed else "survived"


def _table(trials: list[Trial]) -> list[str]:
    lines = ["| mutation | what is broken | noticed by | first sign | flips |",
             "| --- | --- | --- | --- | --- |"]  # fmt: skip
    for one in trials:
        suites = ", ".join(one.noticed) or "**nobody**"
        first = next(iter(one.noticed.values()))[0] if one.noticed else ""
        lines.append(
            f"| {one.mutation.name} | {one.mutation.what} | {suites} | {first} | {one.flips} |"
        )
    return lines


@evals.command()
def judge(
    run_folder: Annotated[
        Path | None, typer.Argument(help="Folder of a stored run; without it, labels alone.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="The judge, as NAME or NAME@URL.")
    ] = None,
) -> None:
    """Let a model judge grounding: first against a person's labels, then the answers of a run."""
    with with_extra():
        from hiring_advisor.channels.eval_targets import with_model
        from hiring_advisor.evals.judge import ModelJudge, cited_sentences
        from hiring_advisor.evals.runs import read
        from hiring_advisor.prompting import load as load_prompt
        from hiring_advisor.settings import load

        # A folder that is none is told before anything is paid for.
        sentences = [] if run_folder is None else cited_sentences(read(run_folder))
        settings = load()
        asked = with_model(settings, model or settings.model)
        if asked.openai_api_key is None:
            raise AdvisorError("A judge wants a key, or a model written as NAME@URL.")
        chosen = ModelJudge(
            asked.model,
            load_prompt(place().folder, "judge"),
            api_key=asked.openai_api_key.get_secret_value(),
            base_url=asked.openai_base_url,
        )
        asyncio.run(_judge(chosen, sentences, run_folder))


async def _judge(
    chosen: ModelJudge, sentences: Sequence[tuple[str, list[str]]], run_folder: Path | None
) -> None:
    from hiring_advisor.evals.judge import agreement, judged
    from hiring_advisor.evals.statistics import wilson

    where = place()
    try:
        found = await agreement(chosen, where.folder, where.knowledge)
        kappa = "not defined" if found.kappa is None else f"{found.kappa:.2f}"
        print(
            f"Labelled sentences: {found.agreed} of {found.scored} agreed, "
            f"Cohen's kappa {kappa}, {found.unscored} unscored."
        )
        for sample_id, label, why in found.disagreements:
            print(f"  {sample_id}: the label says {'' if label else 'not '}supported; judge: {why}")
        if run_folder is None:
            return
        rulings = await judged(chosen, sentences, where.knowledge)
        scored = [one.supported for one in rulings if one.supported is not None]
        if scored:
            share = wilson(sum(scored), len(scored))
            print(f"Cited sentences of the run: {100 * share.value:.1f} % supported "
                  f"({100 * share.low:.1f}–{100 * share.high:.1f}), {len(scored)} scored, "
                  f"{len(rulings) - len(scored)} unscored.")  # fmt: skip
        rows = [
            {"sentence": text, "sections": sections, "supported": one.supported, "why": one.why}
            for (text, sections), one in zip(sentences, rulings, strict=True)
        ]
        path = run_folder / "judge.json"
        path.write_text(json.dumps(rows, ensure_ascii=False, indent=1), "utf-8")
        say(f"Each ruling: {path}")
    finally:
        await chosen.close()
