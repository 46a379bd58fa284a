"""The command that starts a study: the embedded one to replace, or one of files of prices."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eventstudy.cli.base import Command, complain, tell, utf8

if TYPE_CHECKING:
    from eventstudy.prices.source import PriceSeries

NAMES = ("study.toml", "events.csv")
OPTION = re.compile(r"\((\w+ = \"[^\"]*\")\)\.$")


@click.command(cls=Command)
@click.argument(
    "folder", type=click.Path(path_type=Path, file_okay=False), default=Path(), required=False
)
@click.option(
    "--prices",
    multiple=True,
    metavar="FILE",
    help="A file of prices; NAME=FILE gives the asset a name. May be repeated.",
)
@click.option("--clock", default="", help='When its prices are struck: "16:00 America/New_York".')
@click.option("--timezone", default="", help="Zone of events whose row names none.")
def init(folder: Path, prices: tuple[str, ...], clock: str, timezone: str) -> None:
    """Start a study in FOLDER: a study.toml and an events.csv to replace with your own.

    With --prices the study is of these files, and its events.csv is empty: `eventstudy import`
    fills it. What was understood of the files is printed.
    """
    present = [name for name in NAMES if os.path.lexists(folder / name)]
    if present:
        raise click.UsageError(
            f"{', '.join(str(folder / name) for name in present)} already there; "
            "choose another folder."
        )
    texts = _of_prices(folder, prices, clock, timezone) if prices else _embedded()
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        with (folder / name).open("xb") as file:
            file.write(texts[name])
        tell(f"wrote {folder / name}")
    study = folder / "study.toml"
    tell(f"Now: eventstudy {'import LIST --study' if prices else 'run'} {study}")


def _embedded() -> dict[str, bytes]:
    """Return the files of the embedded study."""
    from importlib.resources import files

    return {name: (files("eventstudy.example") / name).read_bytes() for name in NAMES}


def _of_prices(
    folder: Path, prices: tuple[str, ...], clock: str, timezone: str
) -> dict[str, bytes]:
    """Return the files of a study of files of prices, which are read first."""
    from eventstudy.prices.clock import Clock
    from eventstudy.tables.understood import option_line
    from eventstudy.timezones import zone_fault

    struck = Clock.parse(clock) if clock else None
    zone = timezone or (struck.timezone if struck else "")
    if zone and (fault := zone_fault(zone)):
        raise click.BadParameter(f"{zone!r} {fault.message}. {fault.cure}", param_hint="--timezone")
    lines = [option_line("title", "Event study"), option_line("events", NAMES[1])]
    lines += [option_line("reports", "reports")]
    lines += [option_line("timezone", zone)] if zone else []
    for text in prices:
        lines += _asset(folder, text, clock)
    head = "event_id,date,time,not_before,known_by,timezone,speaker,title,tags,assets\n"
    return {NAMES[0]: ("\n".join(lines) + "\n").encode(), NAMES[1]: head.encode()}


def _asset(folder: Path, text: str, clock: str) -> list[str]:
    """Return the lines of one asset; say what was understood of its file."""
    from eventstudy.prices.sources.csv_file import CSV_FILE
    from eventstudy.tables.understood import option_line

    name, sign, path = utf8(text, "--prices").partition("=")
    path = path if sign else name
    series: PriceSeries = CSV_FILE.load(path, {})
    name = name if sign else re.sub(r"[^A-Za-z0-9]+", "-", Path(path).stem).strip("-") or "ASSET"
    first, last = series.prices.index[0], series.prices.index[-1]
    tell(f"{path}: {len(series.prices):,} prices, {first:%Y-%m-%d} to {last:%Y-%m-%d}.")
    for note in series.notes:
        tell(f"  {note}")
    if not clock:
        complain(f"{name} gets no clock: its sessions are dates alone. --clock names one.")
    place = Path(os.path.relpath(Path(path).resolve(), folder.resolve())).as_posix()
    lines = ["", f"[assets.{name}]", option_line("source", "csv"), option_line("symbol", place)]
    lines += [match[1] for note in series.notes if (match := OPTION.search(note))]
    return lines + ([option_line("clock", clock)] if clock else [])
