"""The command line: arguments in, library call, path out."""

from __future__ import annotations

import gc
import os
import signal
import sys
from dataclasses import replace
from io import StringIO, TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

import eventstudy
from eventstudy.cli.add import add
from eventstudy.cli.base import (
    AS_JSON,
    INTERNAL,
    INTERRUPTED,
    NO_PRICES,
    OFFLINE,
    STUDY,
    STUDY_OPTION,
    USAGE,
    Command,
    busy,
    complain,
    console,
    print_json,
    refuse_other_file,
    say_failed,
    tell,
    write_faults,
)
from eventstudy.cli.plan import plan as plan_
from eventstudy.cli.prices import prices
from eventstudy.cli.run import exit_if_incomplete, lacking_of, run
from eventstudy.cli.runs import diff, runs
from eventstudy.cli.schedule import schedule
from eventstudy.cli.verify import verify
from eventstudy.errors import InputError, PriceError, Problem
from eventstudy.words.numbers import count

if TYPE_CHECKING:
    from eventstudy.results import EventStudyResults
    from eventstudy.study.study_file import Study


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96})
@click.version_option(eventstudy.__version__, prog_name="eventstudy")
def cli() -> None:
    """Measure what markets made of dated statements, and how sure one can be.

    A study is a file, study.toml, and the events.csv that it names.
    """


@cli.command(cls=Command)
@STUDY
@click.option(
    "--faults",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write every problem of the files to FILE, as CSV.",
)
@AS_JSON
def check(study: Path, faults: Path | None, *, as_json: bool) -> None:
    """Check STUDY, its events and its prices, without the network.

    Every problem is listed with its file and line, of many the first and how many of which
    kind there are; what a reader must know about the prices
    (missing sessions, repeated prices, jumps, gaps inside windows), and which observations
    will be left out, with the setting that changes that. The exit code is 0
    whatever is found on the prices, errors such as an unadjusted split included; it is 4 when
    the files are not valid, and 5 when they are, but no prices can be read.
    """
    problems: list[Problem] = []
    if faults is not None:
        refuse_other_file(faults)
    try:
        _check(study, problems, as_json=as_json)
    except InputError as error:
        problems += error.problems
        raise
    finally:
        if faults is not None:
            write_faults(faults, problems)


def _check(study: Path, problems: list[Problem], *, as_json: bool) -> None:
    """Check a study; note the problems of its files of prices."""
    found = replace(eventstudy.Study.read(study), offline=True)
    found.check_events()
    if not as_json:
        tell(
            f"{study} and its events are valid: {count(len(found.events), 'event')}, "
            f"{count(len(found.model), 'asset')} ({', '.join(found.model)})."
        )
    with busy("checking prices"):
        outlook, unread = _outlook(found, problems)
    if as_json:
        print_json(
            {
                "valid": True,
                "events": len(found.events),
                "assets": list(found.model),
                "findings": [vars(own) for own in outlook.quality] if outlook else [],
                "left_out": _records(outlook) if outlook else [],
                "unread": unread,
            }
        )
    elif outlook is not None:
        _say_outlook(outlook)
    if outlook is None:
        complain(f"prices: {unread}")
        events = len(found.events)
        lost = f"{events} of {count(events, 'event')} cannot be measured"
        complain(f"The prices were not checked. {lost}.")
        raise SystemExit(NO_PRICES)


def _outlook(study: Study, problems: list[Problem]) -> tuple[EventStudyResults | None, str]:
    """Return what can be said of a study before it is run, or why its prices cannot be read."""
    try:
        return study.outlook(), ""
    except PriceError as error:
        problems += getattr(error, "problems", ())
        return None, str(error)


def _records(outlook: EventStudyResults) -> list[dict[str, object]]:
    """Return what will be left out, for machines."""
    from eventstudy.results.left_out import left_out

    return [
        {
            "event_id": own.event_id,
            "asset": own.asset,
            "window": own.window,
            "reason": own.reason,
            "pending": own.pending,
            "cure": own.cure,
        }
        for own in left_out(outlook)
    ]


def _say_outlook(outlook: EventStudyResults) -> None:
    """Say what is to be known of the prices, and what will be left out."""
    from eventstudy.prices.quality.findings import lines_of
    from eventstudy.results.left_out import advice

    findings = outlook.quality
    tell(f"{count(len(findings), 'finding')} on the prices{':' if findings else '.'}")
    for line in lines_of(findings):
        tell(f"  {line}")
    lines = advice(outlook)
    tell("Of this study will be left out:" if lines else "Nothing will be left out.")
    for line in lines:
        tell(f"  {line}")


@cli.command(cls=Command)
@click.argument(
    "folder", type=click.Path(path_type=Path, file_okay=False), default=Path(), required=False
)
def init(folder: Path) -> None:
    """Start a study in FOLDER: a study.toml and an events.csv to replace with your own."""
    from importlib.resources import files

    names = ("study.toml", "events.csv")
    present = [name for name in names if os.path.lexists(folder / name)]
    if present:
        raise click.UsageError(
            f"{', '.join(str(folder / name) for name in present)} already there; "
            "choose another folder."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        with (folder / name).open("xb") as file:
            file.write((files("eventstudy.example") / name).read_bytes())
        tell(f"wrote {folder / name}")
    tell(f"Now: eventstudy run {folder / 'study.toml'}")


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
    from eventstudy.cli.show import as_records, as_text

    if as_json:
        print_json(as_records(results, event_id))
    else:
        console(wide=False).print(as_text(results, event_id))
    exit_if_incomplete(lacking_of(study))


cli.add_command(add)
cli.add_command(diff)
cli.add_command(plan_)
cli.add_command(prices)
cli.add_command(run)
cli.add_command(runs)
cli.add_command(schedule)
cli.add_command(verify)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Take a request to end as ^C: what is half done is undone, and the run is logged."""
    raise KeyboardInterrupt


def _stand_in() -> None:
    """Put the null device where a standard stream is closed: no file of ours gets its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            number = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def main() -> None:
    """Run the command line."""
    _stand_in()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # an old locale shows an escape, never fails
            stream.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGTERM, _interrupt)
    gc.set_threshold(50_000)  # 100,000 events are many objects, and hardly any of them garbage
    try:
        cli(standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        tell("interrupted", err=True)
        os._exit(INTERRUPTED)  # sys.exit may end as a signal: Python recalls a ^C inside exec()
    except click.ClickException as error:
        said = StringIO()
        error.show(said)
        complain(said.getvalue().rstrip("\n"))
        sys.exit(USAGE)
    except OSError as error:  # of what is printed before a command begins, such as --help
        say_failed(error)
        sys.exit(INTERNAL)
