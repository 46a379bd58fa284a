"""The command line: arguments in, library call, path out."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

import click

import eventstudy
from eventstudy.cli.add import add
from eventstudy.cli.base import (
    AS_JSON,
    INCOMPLETE,
    INTERRUPTED,
    MESSAGE,
    OFFLINE,
    STUDY,
    STUDY_OPTION,
    USAGE,
    Command,
    busy,
    complain,
    count,
    plain,
    print_json,
)
from eventstudy.cli.prices import prices
from eventstudy.cli.recorded import KEEP, NOTIFY, Recorded, remember
from eventstudy.cli.runs import diff, runs
from eventstudy.cli.schedule import schedule
from eventstudy.errors import InvalidArgumentError, PriceError

Result = TypeVar("Result")

FEW_ASSETS = 6
"""Studies of more assets are calibrated in Python only: it takes every ordinary day of each."""
KEPT = ".eventstudy"
"""Folder beside study.toml in which calibrations are kept by their content."""

if TYPE_CHECKING:
    from eventstudy.prices import Finding
    from eventstudy.results import EventStudyResults
    from eventstudy.study_file import Study


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96})
@click.version_option(eventstudy.__version__, prog_name="eventstudy")
def cli() -> None:
    """Measure what markets made of dated statements, and how sure one can be.

    A study is a file, study.toml, and the events.csv that it names.
    """


def _with_bar(what: str, work: Callable[[Callable[[int, int], None] | None], Result]) -> Result:
    """Do what can say how far it is, with a progress bar on a terminal."""
    if not sys.stderr.isatty():
        return work(None)
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")
        return work(lambda done, total: bar.update(task, completed=done, total=total))


def _doubts(results: EventStudyResults, folder: Path) -> dict[str, Any]:
    """Run the study at placebo dates: what its tests are worth, and what its choices do."""
    ways: dict[str, tuple[str, Callable[[Callable[[int, int], None] | None], Any]]] = {
        "calibration": (
            "placebo dates",
            lambda say: eventstudy.calibrate(results, progress=say, cache=folder / KEPT),
        ),
        "robustness": (
            "specifications",
            lambda say: eventstudy.specification_curve(results, progress=say),
        ),
    }
    found = {}
    for name, (what, work) in ways.items():
        try:
            found[name] = _with_bar(what, work)
        except InvalidArgumentError as error:
            complain(f"{name} left out: {error}")
    return found


@cli.command(cls=Recorded)
@STUDY
@click.option("--output", type=click.Path(path_type=Path), help="Folder to write to.")
@click.option(
    "--quick",
    is_flag=True,
    help="Leave out what runs the study at placebo dates: calibration and robustness.",
)
@click.option(
    "--standalone",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write the whole report as one file that needs no other.",
)
@NOTIFY
@KEEP
@OFFLINE
@AS_JSON
def run(
    study: Path,
    output: Path | None,
    standalone: Path | None,
    *,
    quick: bool,
    offline: bool,
    as_json: bool,
) -> None:
    """Run STUDY (default: study.toml) and write its report.

    The exit code is 3 when that is done, but prices of a series are stale or missing.
    """
    found = replace(eventstudy.Study.read(study), offline=offline)
    remember(found.events)
    with busy("reading prices and measuring abnormal returns"):
        results = found.run()
    folder = output or found.reports
    doubt = {} if quick or len(results.assets) > FEW_ASSETS else _doubts(results, study.parent)
    index = _with_bar(
        "writing the report",
        lambda say: eventstudy.write_report(results, folder, progress=say, **doubt),
    )
    if standalone is not None:
        _with_bar(
            "one file",
            lambda say: eventstudy.write_standalone(folder, standalone, progress=say),
        )
    if as_json:
        print_json(_run_summary(results, index, standalone))
    else:
        _say_done(results, index, standalone)
    _exit_if_incomplete(results)


def _say_done(results: EventStudyResults, index: Path, standalone: Path | None) -> None:
    whole = int(results.left_out["start"].isna().sum())
    click.echo(
        f"{count(len(results.events), 'event')} on {count(len(results.assets), 'asset')}; "
        f"{count(whole, 'observation')} left out, each with its reason in the report."
    )
    if results.quality:
        findings = count(len(results.quality), "finding")
        click.echo(f'{findings} on the prices, under "Data quality" in the report.')
    if standalone is not None:
        click.echo(f"One file: {standalone.resolve()}")
    click.echo(f"Report: {index.resolve()}")


def _lacking(results: EventStudyResults) -> dict[str, dict[str, str]]:
    """Return why series are stale or missing, and assets left out."""
    stale = getattr(results.prices, "stale", {})  # returns as they are given have none
    return {
        "stale": dict(stale),
        "missing": {**getattr(results.prices, "missing", {})} | {**results.missing},
    }


def _exit_if_incomplete(results: EventStudyResults) -> None:
    lacking = [
        f"prices: {name} is {what}: {why}"
        for what, series in _lacking(results).items()
        for name, why in series.items()
    ]
    for line in lacking:
        complain(line)
    if lacking:
        click.get_current_context().meta[MESSAGE] = "\n".join(lacking)
        raise SystemExit(INCOMPLETE)


def _run_summary(
    results: EventStudyResults, index: Path, standalone: Path | None
) -> dict[str, object]:
    left = results.left_out
    return {
        "report": str(index.resolve()),
        "standalone": str(standalone.resolve()) if standalone else None,
        "events": len(results.events),
        "assets": results.assets,
        "episodes": int(sum(not reason for reason in results.abnormal.reasons)),
        "left_out": int(left["start"].isna().sum()),
        "pending": int(left["pending"].sum()),
        "findings": len(results.quality),
        **_lacking(results),
    }


@cli.command(cls=Command)
@STUDY
@AS_JSON
def check(study: Path, *, as_json: bool) -> None:
    """Check STUDY, its events and its prices, without the network.

    Every problem is listed with its file and line, and what a reader must know about the
    prices: missing sessions, repeated prices, jumps, gaps inside windows.
    """
    found = replace(eventstudy.Study.read(study), offline=True)
    if not as_json:
        click.echo(
            f"{study} and its events are valid: {count(len(found.events), 'event')}, "
            f"{count(len(found.model), 'asset')} ({', '.join(found.model)})."
        )
    with busy("checking prices"):
        findings, unread = _findings(found)
    if as_json:
        print_json(
            {
                "valid": True,
                "events": len(found.events),
                "assets": list(found.model),
                "findings": [vars(finding) for finding in findings],
                "unread": unread,
            }
        )
        return
    from eventstudy.prices.quality import lines_of

    if unread:
        click.echo(plain(f"The prices were not checked: {unread}"))
        return
    click.echo(f"{count(len(findings), 'finding')} on the prices{':' if findings else '.'}")
    for line in lines_of(findings):
        click.echo(f"  {plain(line)}")


def _findings(study: Study) -> tuple[tuple[Finding, ...], str]:
    """Return the findings on the prices of a study, or why they could not be read."""
    try:
        return study.quality(), ""
    except PriceError as error:
        return (), str(error)


@cli.command(cls=Command)
@click.argument(
    "folder", type=click.Path(path_type=Path, file_okay=False), default=Path(), required=False
)
def init(folder: Path) -> None:
    """Start a study in FOLDER: a study.toml and an events.csv to replace with your own."""
    from importlib.resources import files

    names = ("study.toml", "events.csv")
    present = [name for name in names if (folder / name).exists()]
    if present:
        raise click.UsageError(
            f"{', '.join(str(folder / name) for name in present)} already there; "
            "choose another folder."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes((files("eventstudy.example") / name).read_bytes())
        click.echo(f"wrote {folder / name}")
    click.echo(f"Now: eventstudy run {folder / 'study.toml'}")


@cli.command(cls=Command)
@click.argument("event_id")
@STUDY_OPTION
@OFFLINE
@AS_JSON
def show(event_id: str, path: Path, *, offline: bool, as_json: bool) -> None:
    """Show one event of a study in the terminal."""
    study: Study = replace(eventstudy.Study.read(path), offline=offline)
    study.events[event_id]  # an unknown event is said before any work is done
    with busy("measuring"):
        results = study.run()
    from eventstudy.show import as_records, as_text

    if as_json:
        print_json(as_records(results, event_id))
    else:
        from rich.console import Console

        Console(highlight=False).print(as_text(results, event_id))
    _exit_if_incomplete(results)


cli.add_command(add)
cli.add_command(diff)
cli.add_command(prices)
cli.add_command(runs)
cli.add_command(schedule)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Take a request to end as ^C: what is half done is undone, and the run is logged."""
    raise KeyboardInterrupt


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # an old locale shows an escape, never fails
            stream.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        cli(standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        os._exit(INTERRUPTED)  # sys.exit may end as a signal: Python recalls a ^C inside exec()
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
