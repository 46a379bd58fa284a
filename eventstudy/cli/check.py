"""`eventstudy check`: what is wrong with a study, before it is run."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eventstudy.cli.base import Command, code_of, say_understood
from eventstudy.cli.options import AS_JSON, FILE_PATH, STUDY, option
from eventstudy.cli.terminal import (
    busy,
    complain,
    complain_wrapped,
    plain,
    print_json,
    tell,
    tell_wrapped,
)
from eventstudy.errors import InputError, InvalidArgumentError, PriceError, Problem
from eventstudy.files import STORED_LIMIT, read_file_bytes, replacing
from eventstudy.words.numbers import count

if TYPE_CHECKING:
    from eventstudy.results import EventStudyResults
    from eventstudy.study.study_file import Study

LEFT_OUT = ("event_id", "asset", "window", "reason", "pending", "cure")
"""What `check --json` says of each observation that will be left out."""
FAULTS = ("file", "line", "field", "value", "message", "cure")
"""Columns of a file of faults."""


@click.command(cls=Command)
@STUDY
@option("check", "--faults", metavar="FILE", type=FILE_PATH)
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


def _check(path: Path, problems: list[Problem], *, as_json: bool) -> None:
    """Check a study; note the problems of its files of prices."""
    from eventstudy.study.study_file import Study

    study = replace(Study.read(path), offline=True)
    study.check_events()
    if not as_json:
        tell(
            f"{path} and its events are valid: {count(len(study.events), 'event')}, "
            f"{count(len(study.model), 'asset')} ({', '.join(study.model)})."
        )
    with busy("checking prices"):
        outlook, unread = _outlook(study, problems)
    if as_json:
        print_json(
            {
                "valid": True,
                "events": len(study.events),
                "assets": list(study.model),
                "findings": [vars(finding) for finding in outlook.quality] if outlook else [],
                **({"bars": [vars(f) for f in study.bar_quality()]} if study.bar_request else {}),
                "left_out": _records(outlook) if outlook else [],
                "unread": str(unread or ""),
                **({"understood": notes} if (notes := _understood(study, outlook)) else {}),
            }
        )
    elif outlook is not None:
        say_understood(study)
        _say_outlook(outlook)
        _say_bars(study)
    if unread is not None:
        complain_wrapped(f"prices: {unread}")
        events = len(study.events)
        lost = f"{events} of {count(events, 'event')} cannot be measured"
        complain(f"The prices were not checked. {lost}.")
        raise SystemExit(code_of(unread))


def _understood(study: Study, outlook: EventStudyResults | None) -> list[str]:
    """Return what was understood of files that are not in the plain form, for machines."""
    from eventstudy.study.understood import understood

    if outlook is None:
        return list(study.events.understood)
    return [note for _, note in understood(study)]


def _outlook(
    study: Study, problems: list[Problem]
) -> tuple[EventStudyResults | None, PriceError | None]:
    """Return what can be said of a study before it is run, or why its prices cannot be read."""
    try:
        return study.outlook(), None
    except PriceError as error:
        problems += getattr(error, "problems", ())
        return None, error


def _records(outlook: EventStudyResults) -> list[dict[str, object]]:
    """Return what will be left out, for machines."""
    from eventstudy.results.left_out import left_out

    return [{name: getattr(item, name) for name in LEFT_OUT} for item in left_out(outlook)]


def _say_outlook(outlook: EventStudyResults) -> None:
    """Say what is to be known of the prices, and what will be left out."""
    from eventstudy.prices.quality.findings import lines_of
    from eventstudy.results.left_out import advice

    findings = outlook.quality
    tell(f"{count(len(findings), 'finding')} on the prices{':' if findings else '.'}")
    for line in lines_of(findings):
        tell_wrapped(f"  {line}")
    lines = advice(outlook)
    tell("Of this study will be left out:" if lines else "Nothing will be left out.")
    for line in lines:
        tell_wrapped(f"  {line}")


def _say_bars(study: Study) -> None:
    """Say what is to be known of the bars, and what will not be measured in minutes."""
    if (minutes := study.minutes) is None:
        return
    tell_wrapped(repr(minutes.bars))
    for finding in study.bar_quality():
        tell_wrapped(f"  {finding.severity}: {finding.asset}: {finding.text}")
    reasons = minutes.left_out.groupby("reason").size().sort_values(ascending=False)
    tell("What will not be measured in minutes:" if len(reasons) else "All is measured in minutes.")
    for reason, number in reasons.items():
        tell_wrapped(f"  {count(number, 'window')}: {reason}")


def refuse_other_file(path: Path) -> None:
    """Raise an error when a file is there that is no earlier list of faults: it would be lost."""
    head = ",".join(FAULTS).encode()
    if path.exists() and not read_file_bytes(path, STORED_LIMIT).startswith(head):
        raise InvalidArgumentError(f"{path} is there already and no list of faults; name another")


def write_faults(path: Path, problems: Sequence[Problem]) -> None:
    """Write all problems to a CSV file; only an earlier list of faults is replaced."""
    refuse_other_file(path)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(FAULTS)
    writer.writerows(
        [plain(str(getattr(problem, name) or "")) for name in FAULTS] for problem in problems
    )
    with replacing(path) as file:
        file.write(text.getvalue().encode())
