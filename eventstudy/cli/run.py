"""`eventstudy run`: a report is brought up to date."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from eventstudy.cli.base import (
    AS_JSON,
    INCOMPLETE,
    MESSAGE,
    OFFLINE,
    STUDY,
    busy,
    complain,
    console,
    count,
    print_json,
    say_understood,
    tell,
)
from eventstudy.cli.logged import KEEP, NOTIFY, Done, Recorded, at_end, remember
from eventstudy.errors import InputError, InvalidArgumentError

if TYPE_CHECKING:
    from eventstudy.reruns.update import State
    from eventstudy.results import EventStudyResults
    from eventstudy.study.study_file import Study

Result = TypeVar("Result")

OUTPUT = click.option(
    "--output", type=click.Path(path_type=Path), help="Folder of the report. Default: reports."
)
ADOPT = click.option(
    "--adopt",
    is_flag=True,
    help="Replace files in the folder of the report that no report of this study wrote.",
)
QUICK = click.option(
    "--quick",
    is_flag=True,
    help="Leave out what runs the study at placebo dates: calibration and robustness.",
)


def with_bar(what: str, work: Callable[[Callable[[int, int], None] | None], Result]) -> Result:
    """Do what can say how far it is, with a progress bar on a terminal."""
    if not sys.stderr.isatty():
        return work(None)
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console(err=True), transient=True) as bar:
        task = bar.add_task("")
        return work(lambda done, total: bar.update(task, completed=done, total=total))


def run_doubts(results: EventStudyResults, kept: Path | None = None) -> dict[str, Any]:
    """Run the study at placebo dates: what its tests are worth, and what its choices do.

    Parameters
    ----------
    results : EventStudyResults
        The study.
    kept : Path, optional
        Folder in which calibrations are kept by their content.
    """
    import eventstudy

    ways: dict[str, tuple[str, Callable[[Callable[[int, int], None] | None], Any]]] = {
        "calibration": (
            "placebo dates",
            lambda say: eventstudy.calibrate(results, progress=say, cache=kept),
        ),
        "robustness": (
            "specifications",
            lambda say: eventstudy.specification_curve(results, progress=say),
        ),
    }
    found = {}
    for name, (what, work) in ways.items():
        try:
            found[name] = with_bar(what, work)
        except InvalidArgumentError as error:
            complain(f"{name} left out: {error}")
    return found


def report_of(study: Path, output: Path | None) -> Path:
    """Return the folder of the report of a study."""
    from eventstudy.study.outline import read_outline

    if output is not None:
        return output
    try:
        return read_outline(study).reports
    except InputError:
        return study.parent / "reports"  # reading the whole study says what is wrong


class _Inputs:
    """The inputs of a run as they were before it began."""

    def __init__(self, study: Path) -> None:
        from eventstudy.reruns.up_to_date import digests
        from eventstudy.study.outline import read_outline

        self.path = study
        try:
            self.before = digests([study, read_outline(study).events])
        except InputError:
            self.before = {}

    def add(self, study: Study) -> None:
        """Note the files of prices, before they are read."""
        from eventstudy.prices.files_read import fixed_files
        from eventstudy.reruns.up_to_date import digests

        self.before |= digests(fixed_files(study.request, study.path.parent))

    def certify(self, study: Study, folder: Path, *, quick: bool) -> None:
        """Note that a report is up to date with them."""
        from eventstudy.design.reach import waits_for_files
        from eventstudy.moment import tomorrow
        from eventstudy.prices.files_read import live_files
        from eventstudy.reruns.up_to_date import certify, digests

        live = live_files(study.request, study.path.parent, study.prices)
        if live is None:
            return
        parts = (study.events, study.used, study.model, study.windows, study.options)
        later = tomorrow() if waits_for_files(*parts) else None
        certify(
            self.path,
            folder,
            self.before | digests(live[0]),
            quick=quick,
            offline=study.offline,
            until=min(live[1] or later, later) if later else live[1],
            stale=study.prices.stale,
        )


@dataclass(frozen=True)
class Asked:
    """How a run is asked for: the flags of `run`."""

    quick: bool = False
    offline: bool = False
    adopt: bool = False
    overwrite: bool = False
    as_json: bool = False


def compared(study: Path, folder: Path, asked: Asked, force: str = "") -> tuple[_Inputs, State]:
    """Read a study with its prices and compare it with its report."""
    inputs = _Inputs(study)
    from eventstudy.reruns.update import compare
    from eventstudy.study.study_file import Study

    found = replace(Study.read(study), offline=asked.offline)
    remember(found.events)
    inputs.add(found)
    with busy("reading prices and comparing them with the report"):
        state = compare(found, folder, quick=asked.quick, force=force, adopt=asked.adopt)
    for name in state.replaced:
        complain(f"{folder / name} is not of this report and is replaced (--adopt)")
    return inputs, state


class _Run(Recorded):
    """Takes `run --force study.toml` for what it means: all pages of that study."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Read the arguments."""
        at = args.index("--force") + 1 if "--force" in args else len(args)
        if args[at : at + 1] and args[at].endswith(".toml"):
            args[at - 1] = "--force=*"
        return super().parse_args(context, args)


@click.command(cls=_Run)
@STUDY
@OUTPUT
@ADOPT
@QUICK
@click.option(
    "--standalone",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write the whole report as one file that needs no other.",
)
@click.option(
    "--overwrite", is_flag=True, help="Let --standalone replace a file that is no such report."
)
@click.option(
    "--force",
    metavar="[EVENT_ID]",
    is_flag=False,
    flag_value="*",
    default="",
    help="Make the page of this event again, or all pages.",
)
@NOTIFY
@KEEP
@OFFLINE
@AS_JSON
def run(
    study: Path, output: Path | None, standalone: Path | None, force: str, **flags: bool
) -> None:
    """Bring the report of STUDY (default: study.toml) up to date.

    Only what changed is made again; `eventstudy plan` says what that is. The exit code is 3
    when that is done, but prices of a series are stale or missing. Files that no report of
    this study wrote are left alone, and refused where they are in the way.
    """
    from eventstudy.reruns.up_to_date import current

    asked, folder = Asked(**flags), report_of(study, output)
    note = None if force else current(study, folder, quick=asked.quick, offline=asked.offline)
    if note is not None:
        _check_target(standalone, note.inputs, asked)
        done = _as_it_was(folder)
        lacking: dict[str, dict[str, str]] = {"stale": note.stale, "missing": {}}
    else:
        inputs, state = compared(study, folder, asked, force)
        _check_target(standalone, inputs.before, asked)
        done = _make(state)
        at_end(lambda: inputs.certify(state.study, folder, quick=asked.quick))
        lacking = lacking_of(state.study)
        if not asked.as_json:
            say_understood(state.study)
    if standalone is not None:
        _one_file(folder, standalone, overwrite=asked.overwrite)
    _say_done(folder, done, lacking, standalone, as_json=asked.as_json)
    exit_if_incomplete(lacking)


def _check_target(target: Path | None, inputs: Iterable[str], asked: Asked) -> None:
    """Refuse a file that is not to be replaced before anything is made."""
    if target is not None:
        from eventstudy.report.standalone import check_target

        check_target(target, map(Path, inputs), overwrite=asked.overwrite)


def _as_it_was(folder: Path) -> Done:
    """Note that a report stays as it is."""
    from eventstudy.report.ownership import former
    from eventstudy.report.publish import PAGES

    kept = sum(name.startswith(PAGES) for name in former(folder))
    return Done({}, 0, kept, published=False).note()


def _make(state: State) -> Done:
    """Do what a plan asks for."""
    from eventstudy.kept import KEPT
    from eventstudy.reruns.update import update
    from eventstudy.versions import engine_versions

    if not state.plan.work:
        return _as_it_was(state.folder)
    kept_in = state.study.path.parent / KEPT
    kept, made = state.plan.events("keep"), state.plan.events("make")
    why = state.causes
    work = Done(
        state.plan.changed, 0, 0, versions=engine_versions(), cause=why.cause, causes=why.events
    ).note()
    with_bar(
        "writing the report",
        lambda say: update(state, lambda own: run_doubts(own, kept_in), say),
    )
    return replace(work, rendered=len(made), kept=len(kept), published=True).note()


def _one_file(folder: Path, target: Path, *, overwrite: bool) -> None:
    from eventstudy import write_standalone

    with_bar(
        "one file",
        lambda say: write_standalone(folder, target, progress=say, overwrite=overwrite),
    )


def lacking_of(study: Study) -> dict[str, dict[str, str]]:
    """Return why series are stale or missing, and which assets that leaves out."""
    from eventstudy.study.run import without_missing

    prices = study.prices
    _, missing = without_missing(dict(study.model), prices, study.options)
    return {"stale": dict(prices.stale), "missing": {**prices.missing, **missing}}


def _say_done(
    folder: Path,
    done: Done,
    lacking: Mapping[str, Mapping[str, str]],
    standalone: Path | None,
    *,
    as_json: bool,
) -> None:
    from eventstudy.reruns.history.summary import read_summary

    found, index = read_summary(folder), (folder / "index.html").resolve()
    if as_json:
        content = {
            "report": str(index),
            "standalone": str(standalone.resolve()) if standalone else None,
            **found,
            "changed": done.changed,
            "rendered": done.rendered,
            "kept": done.kept,
            **lacking,
        }
        print_json(content)
        return
    tell(
        f"{count(found['events'], 'event')} on {count(len(found['assets']), 'asset')}; "
        f"{count(found['left_out'], 'observation')} left out, each with its reason in the report."
    )
    for line in found["advice"]:
        tell(f"  {line}")
    if found["findings"]:
        findings = count(found["findings"], "finding")
        tell(f'{findings} on the prices, under "Data quality" in the report.')
    for line in found["warnings"]:
        tell(f"  {line}")
    if not done.published:
        tell("Nothing to do: the report is up to date.")
    elif done.kept:
        tell(f"{count(done.rendered, 'page')} made, {done.kept} as they were.")
    if standalone is not None:
        tell(f"One file: {standalone.resolve()}")
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
        click.get_current_context().meta[MESSAGE] = "\n".join(lines)
        raise SystemExit(INCOMPLETE)
