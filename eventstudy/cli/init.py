"""The command that starts a study: of the user's files, of made-up ones, or the embedded one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from eventstudy.cli.base import Command
from eventstudy.cli.options import option
from eventstudy.cli.terminal import complain, tell

NAMES = ("study.toml", "events.csv")


@click.command(cls=Command)
@click.argument(
    "folder", type=click.Path(path_type=Path, file_okay=False), default=Path(), required=False
)
@option("init", "--events", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@option("init", "--prices", multiple=True, metavar="FILE")
@option("init", "--market", default="", metavar="FILE")
@option("init", "--clock", default="")
@option("init", "--timezone", default="")
@option("init", "--example", is_flag=True)
def init(folder: Path, *, example: bool, **given: object) -> None:
    """Start a study in FOLDER: a study.toml and an events.csv.

    On a terminal it asks for your files, says what it understands of them, and runs
    `eventstudy check`. With --events and --prices nothing is asked. Without both, and without a
    terminal, it writes three made-up events and made-up prices to replace. Every key of study.toml
    is explained in docs/study-file.md.
    """
    present = [name for name in NAMES if os.path.lexists(folder / name)]
    if present:
        raise click.UsageError(
            f"{', '.join(str(folder / name) for name in present)} already there; "
            "choose another folder."
        )
    files = any(given.values())
    asks = not example and not files and sys.stdin.isatty() and sys.stdout.isatty()
    if example:
        texts = _embedded()
    elif asks:
        from eventstudy.cli.init_asks import asked

        texts = asked(folder)
    elif files:
        texts = _of_files(folder, **given)  # type: ignore[arg-type]
    else:
        from eventstudy.cli.init_template import template

        texts = template()
    _write(folder, texts)
    study = folder / NAMES[0]
    empty = texts[NAMES[1]].count(b"\n") < 2
    if asks and not empty:  # without an event there is nothing to check yet
        from eventstudy.cli.check import check

        click.get_current_context().invoke(check, study=study, faults=None, as_json=False)
    tell(f"Now: eventstudy {'import LIST --study' if empty else 'run'} {study}")


def _write(folder: Path, texts: dict[str, bytes]) -> None:
    """Write files that are not there; nothing is replaced."""
    for name in texts:
        if os.path.lexists(folder / name):
            raise click.UsageError(f"{folder / name} already there; choose another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in texts.items():
        with (folder / name).open("xb") as file:
            file.write(content)
        tell(f"wrote {folder / name}")


def _embedded() -> dict[str, bytes]:
    """Return the files of the embedded study."""
    from importlib.resources import files

    return {name: (files("eventstudy.example") / name).read_bytes() for name in NAMES}


def _of_files(
    folder: Path,
    events: Path | None,
    prices: tuple[str, ...],
    market: str,
    clock: str,
    timezone: str,
) -> dict[str, bytes]:
    """Return the files of a study of the user's files, which are read first."""
    from eventstudy.cli.init_files import Draft, clock_of, named, read_series, written
    from eventstudy.prices.clock import Clock
    from eventstudy.timezones import zone_fault

    if not prices:
        raise click.UsageError("name a file of prices: --prices SPX=spx.csv")
    struck = Clock.parse(clock) if clock else None
    zone = timezone or (struck.timezone if struck else "")
    if zone and (fault := zone_fault(zone)):
        raise click.BadParameter(f"{zone!r} {fault.message}. {fault.cure}", param_hint="--timezone")
    made = [read_series(*named(text), {}, clock) for text in prices]
    for series in made if not clock else ():
        such = clock_of(series.name) or "16:00 America/New_York"
        complain(
            f"{series.name} gets no clock: its sessions are dates alone, and the time of an event "
            f'tells nothing. --clock names one, such as --clock "{such}".'
        )
    factor = read_series(*named(market), {}, clock) if market else None
    return written(folder, Draft(made, zone, factor), events)
