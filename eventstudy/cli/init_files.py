"""The files of a new study: series of prices that were read, and the study.toml made of them."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eventstudy.cli.options import utf8
from eventstudy.cli.terminal import tell_wrapped
from eventstudy.parsing import packaged_toml
from eventstudy.tables.understood import option_line, toml_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy.events.importing import Wanted
    from eventstudy.prices.source import PriceSeries

OPTION = re.compile(r"\((\w+) = (\"(?:[^\"\\]|\\.)*\")\)\.$")
"""The option that a sentence on a file ends with."""
KEPT = ("delimiter", "decimal", "date_format", "encoding", "sheet", "header", "column", "kind")
"""Options that are written down; others, such as the footer, may differ in the next file."""
HEAD = "event_id,date,time,not_before,known_by,timezone,speaker,title,tags,assets\n"
"""The header of an events.csv without events."""
_EXCHANGES = packaged_toml("prices/data/exchanges.toml")
CLOCKS: dict[str, str] = {
    name: clock for clock, names in _EXCHANGES["names"].items() for name in names.split()
}
"""When the main session of well-known indices and shares closes, with its auction."""
SUFFIXES: dict[str, str] = _EXCHANGES["suffixes"]
"""Suffixes that vendors give to the shares of an exchange."""
NEEDED = 60
"""Sessions that an estimation window has at the least without being asked for."""


@dataclass(frozen=True)
class Series:
    """One file of prices.

    Parameters
    ----------
    name : str
        Name of the asset or factor.
    path : Path
        The file.
    options : mapping of str to str
        What is written of it: column, delimiter, clock, in the order of the lines.
    sessions : int
        How many prices it has.
    """

    name: str
    path: Path
    options: Mapping[str, str]
    sessions: int

    def lines(self, folder: Path, *, factor: bool = False) -> list[str]:
        """Return its table in study.toml."""
        place = Path(os.path.relpath(self.path.resolve(), folder.resolve())).as_posix()
        quoted = self.name if re.fullmatch(r"[A-Za-z0-9_-]+", self.name) else toml_text(self.name)
        head = f"[{'factors' if factor else 'assets'}.{quoted}]"
        lines = ["", head, option_line("source", "csv"), option_line("symbol", place)]
        return lines + [option_line(name, text) for name, text in self.options.items() if text]


@dataclass(frozen=True)
class Draft:
    """A study.toml that is to be written.

    Parameters
    ----------
    series : sequence of Series
        Its assets.
    timezone : str
        Zone of events that name none; empty = none.
    market : Series or None
        The factor of a market model; None = constant mean.
    estimation, event : int
        Sessions of the estimation window, and on each side of day 0.
    """

    series: Sequence[Series]
    timezone: str = ""
    market: Series | None = None
    estimation: int = 250
    event: int = 5
    title: str = field(default="Event study")

    def text(self, folder: Path) -> str:
        """Return the study.toml."""
        start = -self.event - 15 - self.estimation
        lines = [
            "# Every key is in docs/study-file.md; `eventstudy check` says what is wrong",
            option_line("title", self.title),
            option_line("events", "events.csv"),
            option_line("reports", "reports"),
        ]
        zone = f"{option_line('timezone', self.timezone)}  # of events whose row names none"
        lines += [zone] if self.timezone else []
        lines += [
            "",
            "[windows]  # sessions relative to day 0, both ends included",
            f"estimation = [{start}, {-self.event - 16}]  # {self.estimation} sessions",
            f"event = [{-self.event}, {self.event}]  # the path that is drawn",
            "car = [[0, 0], [0, 1]]  # the first holds day 0 alone",
        ]
        model = 'model = { name = "constant-mean" }'
        if self.market:
            factor = toml_text(self.market.name)
            model = f'model = {{ name = "market-model", factors = [{factor}] }}'
        for series in self.series:
            lines += [*series.lines(folder), model]
        lines += self.market.lines(folder, factor=True) if self.market else []
        return "\n".join(lines) + "\n"


def named(text: str) -> tuple[str, str]:
    """Return the name and the path of ``NAME=FILE``; the name is that of the file by default."""
    name, sign, path = utf8(text, "--prices").partition("=")
    path = path if sign else name
    stem = re.sub(r"[^A-Za-z0-9._^-]+", "-", Path(path).stem).strip("-")
    return (name.strip() if sign else stem) or "ASSET", path.strip()


def read_series(name: str, path: str, options: Mapping[str, str], clock: str) -> Series:
    """Read a file of prices; say what was understood of it.

    Parameters
    ----------
    name : str
        Name of the asset; where the file has a column or rows of that name, these are read.
    path : str
        The file.
    options : mapping of str to str
        What is said of it.
    clock : str
        When its prices are struck; empty = its sessions are dates alone.

    Raises
    ------
    PriceError
        When it cannot be read, or in two ways.
    """
    from eventstudy.errors import UnclearPricesError
    from eventstudy.prices.sources.csv_file import CSV_FILE

    if not Path(path).is_file():
        raise click.UsageError(f"there is no file {path}. Write NAME=FILE, such as SPX=spx.csv.")
    said = dict(options)
    try:
        series: PriceSeries = CSV_FILE.load(path, said)
    except UnclearPricesError:
        series = CSV_FILE.load(name, {**said, "path": path})
    first, last = series.prices.index[0], series.prices.index[-1]
    tell_wrapped(f"{path}: {len(series.prices):,} prices, {first:%Y-%m-%d} to {last:%Y-%m-%d}.")
    for note in series.notes:
        tell_wrapped(f"  {note}")
    hits = [match for note in series.notes if (match := OPTION.search(note))]
    lines = [f"{hit[1]} = {hit[2]}" for hit in hits if hit[1] in (*KEPT, "ticker")]
    known = {key: str(text) for line in lines for key, text in tomllib.loads(line).items()}
    return Series(name, Path(path), {**known, **said, "clock": clock}, len(series.prices))


def clock_of(name: str) -> str:
    """Return when the prices of a well-known name are struck; empty when that is not known."""
    plain = name.upper().lstrip("^.")
    ending = next((clock for end, clock in SUFFIXES.items() if plain.endswith(end)), "")
    return ending or CLOCKS.get(plain, "")


def written(
    folder: Path, draft: Draft, events: Path | None, wanted: Wanted | None = None
) -> dict[str, bytes]:
    """Return the files of a study.

    Parameters
    ----------
    folder : Path
        Where they are to be.
    draft : Draft
        The study.
    events : Path or None
        A list of events in any form; None = none yet.
    wanted : Wanted, optional
        What is known of the list.
    """
    from eventstudy.cli.import_events import refuse, say_understood_list
    from eventstudy.events.import_write import merged
    from eventstudy.events.importing import Wanted, read_list
    from eventstudy.prices.quality.hours import exchange_hours

    text = HEAD
    if events:
        assets = tuple(series.name for series in draft.series)
        known = wanted or Wanted(timezone=draft.timezone, assets=assets, hours=exchange_hours)
        made = read_list(events, known)
        say_understood_list(made)
        if made.bad:
            refuse(made, as_json=False)
        text = merged(made, folder / "events.csv", draft.timezone).text
    return {"study.toml": draft.text(folder).encode(), "events.csv": text.encode()}
