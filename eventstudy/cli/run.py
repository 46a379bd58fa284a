"""`eventstudy run`: a report is brought up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventstudy.cli.base import INCOMPLETE, Command, Ended, say_understood
from eventstudy.cli.logged import KEEP, NOTIFY, Logged, logged, paths_of
from eventstudy.cli.options import AS_JSON, FILE_PATH, OFFLINE, PATH, STUDY, option
from eventstudy.cli.stages import CURVE, FILE, MOST_JOBS, PAGES, PLACEBO, jobs_of, stages_of
from eventstudy.cli.terminal import busy, complain, print_json, tell, tell_wrapped
from eventstudy.errors import InvalidArgumentError
from eventstudy.executors import processes
from eventstudy.progress import Bar, Say, one_bar, silent
from eventstudy.words.numbers import count

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from eventstudy.reruns.history.log import Run
    from eventstudy.reruns.up_to_date import Inputs
    from eventstudy.reruns.update import State
    from eventstudy.results import EventStudyResults
    from eventstudy.study.study_file import Study

OUTPUT = option("run", "--output", type=PATH)
ADOPT = option("run", "--adopt", is_flag=True)
QUICK = option("run", "--quick", is_flag=True)
JOBS = click.IntRange(1, MOST_JOBS)


def run_placebo(
    results: EventStudyResults,
    kept: Path | None = None,
    bar: Bar | None = None,
    executor: Executor | None = None,
) -> dict[str, Any]:
    """Run the study at placebo dates: what its tests are worth, and what its choices do.

    Parameters
    ----------
    results : EventStudyResults
        The study.
    kept : Path, optional
        Folder in which calibrations are kept by their content.
    bar : Bar, optional
        Is told how far it is.
    executor : Executor, optional
        What runs it; None = this process.
    """
    from eventstudy import calibrate, specification_curve

    def stage(name: str) -> Say:
        return silent if bar is None else bar.stage(name)

    ways: dict[str, Callable[[], Any]] = {
        "calibration": lambda: calibrate(
            results, progress=stage(PLACEBO), cache=kept, executor=executor
        ),
        "robustness": lambda: specification_curve(
            results, progress=stage(CURVE), executor=executor
        ),
    }
    made = {}
    for name, work in ways.items():
        try:
            made[name] = work()
        except InvalidArgumentError as error:
            if bar is not None:
                bar.clear()
            complain(f"{name} left out: {error}")
    return made


@dataclass(frozen=True)
class Asked:
    """How a run is asked for: the options of `run`."""

    quick: bool = False
    offline: bool = False
    adopt: bool = False
    overwrite: bool = False
    as_json: bool = False
    standalone: Path | None = None
    pdf: Path | None = None
    force: str = ""
    notify_cmd: str = ""
    keep: int = 0
    jobs: int = 0


def compared(path: Path, folder: Path, asked: Asked) -> tuple[Inputs, State]:
    """Read a study with its prices and compare it with its report."""
    from eventstudy.reruns.up_to_date import Inputs

    inputs = Inputs(path)  # before anything is imported that takes long
    from eventstudy.reruns.update import compare
    from eventstudy.study.study_file import Study

    study = replace(Study.read(path), offline=asked.offline)
    inputs.add(study)
    with busy("reading prices and comparing them with the report"):
        state = compare(study, folder, quick=asked.quick, force=asked.force, adopt=asked.adopt)
    for name in state.replaced:
        complain(f"{folder / name} is not of this report and is replaced (--adopt)")
    return inputs, state


PDF = "report.pdf"
"""Name of the printed report where none is given."""


class _Run(Command):
    """Takes `run --force study.toml` for what it means: all pages of that study; so `--pdf`."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Read the arguments."""
        for name, default in (("--force", "*"), ("--pdf", PDF)):
            index = args.index(name) + 1 if name in args else len(args)
            if args[index : index + 1] and args[index].endswith(".toml"):
                args[index - 1] = f"{name}={default}"
        return super().parse_args(context, args)


@click.command(cls=_Run)
@STUDY
@OUTPUT
@ADOPT
@QUICK
@option("run", "--standalone", metavar="FILE", type=FILE_PATH)
@option("run", "--pdf", metavar="[FILE]", is_flag=False, flag_value=PDF, type=FILE_PATH)
@option("run", "--overwrite", is_flag=True)
@option("run", "--force", metavar="[EVENT_ID]", is_flag=False, flag_value="*", default="")
@option("run", "--jobs", metavar="N", type=JOBS, default=None, envvar="EVENTSTUDY_JOBS")
@NOTIFY
@KEEP
@OFFLINE
@AS_JSON
def run(study: Path, output: Path | None, **options: Any) -> None:
    """Bring the report of STUDY (default: study.toml) up to date.

    Only what changed is made again; `eventstudy plan` says what that is. The exit code is 3
    when that is done, but prices of a series are stale or missing. Files that no report of
    this study wrote are left alone, and refused where they are in the way.
    """
    asked = Asked(**{**options, "jobs": options["jobs"] or 0})
    paths = paths_of(study, output)
    with logged(paths, notify=asked.notify_cmd, keep=asked.keep, as_json=asked.as_json) as log:
        lacking = _up_to_date(log, study, paths.report, asked)
        _say_done(paths.report, log.run, lacking, asked)
        exit_if_incomplete(lacking)


def _up_to_date(
    log: Logged, study: Path, folder: Path, asked: Asked
) -> Mapping[str, Mapping[str, str]]:
    """Bring a report up to date; return which series are stale or missing, and why."""
    from eventstudy.reruns.up_to_date import current

    quick = asked.quick
    note = None if asked.force else current(study, folder, quick=quick, offline=asked.offline)
    lacking: Mapping[str, Mapping[str, str]]
    if note is not None:
        _check_target(note.inputs, asked)
        _as_it_was(log, folder)
        lacking = {"stale": note.stale, "missing": {}}
        with one_bar({FILE: 1.0}) as bar:
            _one_file(folder, asked, bar)
    else:
        inputs, state = compared(study, folder, asked)
        log.events = state.study.events
        _check_target(inputs.before, asked)
        stages = stages_of(state, standalone=asked.standalone is not None)
        with one_bar(stages) as bar:
            _make(log, state, bar, jobs_of(asked.jobs, stages))
            _one_file(folder, asked, bar)
        log.at_end = lambda: inputs.write_note(state.study, folder, quick=quick)
        lacking = lacking_of(state.study)
        if not asked.as_json:
            say_understood(state.study)
    _printed(folder, asked)
    return lacking


def _check_target(inputs: Iterable[str], asked: Asked) -> None:
    """Refuse a file that is not to be replaced before anything is made."""
    if asked.standalone is not None:
        from eventstudy.report.standalone import check_target

        check_target(asked.standalone, map(Path, inputs), overwrite=asked.overwrite)
    if asked.pdf is not None:
        from eventstudy.report.paper import check_pdf

        check_pdf(asked.pdf.resolve(), overwrite=asked.overwrite)


def _as_it_was(log: Logged, folder: Path) -> None:
    """Note that a report stays as it is."""
    from eventstudy.report.ownership import former
    from eventstudy.report.publish import PAGES

    log.made(kept=sum(name.startswith(PAGES) for name in former(folder)))


def _make(log: Logged, state: State, bar: Bar, jobs: int) -> None:
    """Do what a plan asks for."""
    from eventstudy.kept import KEPT
    from eventstudy.reruns.update import update
    from eventstudy.versions import engine_versions

    plan, causes = state.plan, state.causes
    if not plan.work:
        return _as_it_was(log, state.folder)
    log.made(
        changed=plan.changed, versions=engine_versions(), cause=causes.cause, causes=causes.events
    )
    kept_in = state.study.path.parent / KEPT
    bar.begin()

    def say(text: str) -> None:
        bar.clear()
        complain(text)

    with processes(jobs, say) as pool:
        update(
            state,
            lambda results: run_placebo(results, kept_in, bar, pool),
            bar.stage(PAGES),
            executor=pool,
        )
    made, kept = plan.events("make"), plan.events("keep")
    return log.made(rendered=len(made), kept=len(kept), published=True)


def _one_file(folder: Path, asked: Asked, bar: Bar) -> None:
    """Write the report as one file where that is asked for."""
    if asked.standalone is not None:
        from eventstudy import write_standalone

        target, say = asked.standalone, bar.stage(FILE)
        write_standalone(folder, target, progress=say, overwrite=asked.overwrite)


def _printed(folder: Path, asked: Asked) -> None:
    """Print the index where that is asked for."""
    if asked.pdf is not None:
        from eventstudy.report.paper import write_pdf

        with busy("printing"):
            write_pdf(folder, asked.pdf, overwrite=asked.overwrite)


def lacking_of(study: Study) -> dict[str, dict[str, str]]:
    """Return why series are stale or missing, and which assets that leaves out."""
    from eventstudy.design.asset_returns import without_missing

    prices = study.prices
    _, missing = without_missing(dict(study.model), prices, study.options)
    stale, missing = dict(prices.stale), {**prices.missing, **missing}
    if study.bar_request:
        stale |= {f"bars of {name}": why for name, why in study.bars.stale.items()}
        missing |= {f"bars of {name}": why for name, why in study.bars.missing.items()}
    return {"stale": stale, "missing": missing}


def _say_done(
    folder: Path, done: Run, lacking: Mapping[str, Mapping[str, str]], asked: Asked
) -> None:
    from eventstudy.reruns.history.summary import read_summary

    summary, index = read_summary(folder), (folder / "index.html").resolve()
    standalone = asked.standalone.resolve() if asked.standalone else None
    if asked.as_json:
        content = {
            "report": str(index),
            "standalone": str(standalone) if standalone else None,
            "pdf": str(asked.pdf.resolve()) if asked.pdf else None,
            **summary,
            "changed": done.changed,
            "rendered": done.rendered,
            "kept": done.kept,
            **lacking,
        }
        print_json(content)
        return
    left = (
        f"{count(summary['left_out'], 'observation')} left out, each with its reason in the report"
    )
    studied = f"{count(summary['events'], 'event')} on {count(len(summary['assets']), 'asset')}"
    tell_wrapped(f"{studied}; {left if summary['left_out'] else 'nothing left out'}.")
    for line in summary["advice"]:
        tell(f"  {line}")
    if summary["findings"]:
        findings = count(summary["findings"], "finding")
        tell(f'{findings} on the prices, under "Data quality" in the report.')
    for line in summary["warnings"]:
        tell(f"  {line}")
    if not done.published:
        tell("Nothing to do: the report is up to date.")
    elif done.kept:
        tell(f"{count(done.rendered, 'page')} made, {done.kept} as they were.")
    if standalone is not None:
        tell(f"One file: {standalone}")
    if asked.pdf is not None:
        tell(f"PDF: {asked.pdf.resolve()}")
    tell(f"Report: {index}")


def lines_of(lacking: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return what is stale or missing as lines."""
    return [
        f"prices: {name} is {what}: {why}"
        for what, series in lacking.items()
        for name, why in series.items()
    ]


def exit_if_incomplete(lacking: Mapping[str, Mapping[str, str]]) -> None:
    """Say what is stale or missing, and end with 3 when anything is."""
    lines = lines_of(lacking)
    for line in lines:
        complain(line)
    if lines:
        raise Ended(INCOMPLETE, "\n".join(lines))
