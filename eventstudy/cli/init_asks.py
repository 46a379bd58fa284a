"""What `eventstudy init` asks on a terminal, with what it proposes."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eventstudy.cli.init_files import NEEDED, Draft, Series, clock_of, named, read_series, written
from eventstudy.cli.terminal import ask, complain_wrapped, tell_wrapped
from eventstudy.errors import EventStudyError, UnclearPricesError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy.events.importing import Wanted

MARGIN = 21
"""Sessions that lie between the estimation window and day 0."""


def asked(folder: Path) -> dict[str, bytes]:
    """Ask for the files of a study and its settings; return the files to write."""
    tell_wrapped("An empty answer takes what is in brackets. Ctrl-C ends; nothing is written then.")
    tell_wrapped("A clock is a time and a zone, such as 16:00 America/New_York.")
    series = _all_series()
    zones = [text.split()[-1] for one in series if (text := one.options["clock"])]
    zone = _zone(zones[0] if zones else "")
    events, wanted = _events(zone, [one.name for one in series])
    market = _market(series)
    assets = [one for one in series if one is not market]
    most = min(one.sessions for one in series) - MARGIN - 10
    draft = Draft(assets, zone, market, _length("estimation", min(250, max(most, NEEDED)), NEEDED))
    return written(folder, draft, events, wanted)


def _again(question: str, default: str, read: Callable[[str], object]) -> str:
    """Ask until an answer can be read."""
    while True:
        answer = ask(question, default)
        try:
            read(answer)
        except (EventStudyError, click.ClickException, ValueError) as error:
            complain_wrapped(f"  {getattr(error, 'message', error)}")
        else:
            return answer


def _all_series() -> list[Series]:
    """Ask for files of prices until there are no more; at least one."""
    made: list[Series] = []
    while True:
        more = ", empty = no more" if made else ""
        text = ask(f"File of prices (NAME=FILE{more})")
        if not text and made:
            return made
        if text and (series := _series(text)):
            made.append(series)


def _series(text: str) -> Series | None:
    """Read one file; ask for the line that its error proposes, and for its clock."""
    from eventstudy.prices.clock import Clock

    name, path = named(text)
    options: dict[str, str] = {}
    while True:
        try:
            series = read_series(name, path, options, "")
        except UnclearPricesError as error:
            complain_wrapped(f"  {error}")
            line = ask("One of these lines (empty = another file)")
            if not line:
                return None
            try:
                options |= {key: str(value) for key, value in tomllib.loads(line).items()}
            except tomllib.TOMLDecodeError:
                complain_wrapped('  Write it as it stands there, such as column = "Close".')
        except (EventStudyError, click.ClickException) as error:
            complain_wrapped(f"  {getattr(error, 'message', error)}")
            return None
        else:
            break
    clock = _again(
        f"When is a price of {name} struck (- = dates alone)",
        clock_of(name),
        lambda answer: answer == "-" or Clock.parse(answer),
    )
    return replace(series, options={**series.options, "clock": "" if clock == "-" else clock})


def _zone(default: str) -> str:
    from eventstudy.timezones import checked_zone

    question = "Time zone of the events"
    return _again(question, default, lambda answer: not answer or checked_zone(answer))


def _events(zone: str, assets: Sequence[str]) -> tuple[Path | None, Wanted | None]:
    """Ask for a list of events, and which of its columns is which."""
    from eventstudy.cli.import_events import asked_columns
    from eventstudy.events.importing import Wanted, read_list
    from eventstudy.prices.quality.hours import exchange_hours
    from eventstudy.tables.table import read_table
    from eventstudy.tables.understood import TableError

    while True:
        text = ask("File of events (empty = none yet)")
        if not text:
            return None, None
        wanted = Wanted(timezone=zone, assets=tuple(assets), hours=exchange_hours)
        try:
            wanted = asked_columns(read_table(text, wanted.form), wanted)
            read_list(text, wanted)
        except TableError as error:
            complain_wrapped(f"  {error}")
        except OSError as error:
            complain_wrapped(f"  {text}: {error.strerror}")
        else:
            return Path(text), wanted


def _market(series: Sequence[Series]) -> Series | None:
    """Ask which series is the market, where there are several."""
    if len(series) < 2:
        return None
    names = {one.name: one for one in series}
    answer = _again(
        f"The market among {', '.join(names)} (- = none: constant mean)",
        "-",
        lambda text: text == "-" or names[_known(text, names)],
    )
    return names.get(answer)


def _known(text: str, names: dict[str, Series]) -> str:
    if text not in names:
        raise click.BadParameter(f"{text!r} is none of {', '.join(names)}.")
    return text


def _length(which: str, default: int, least: int) -> int:
    """Ask for the number of sessions of a window."""

    def read(answer: str) -> None:
        if not answer.isdecimal() or int(answer) < least:
            raise click.BadParameter(f"write a number from {least} on.")

    return int(_again(f"Sessions of the {which} window", str(default), read))
