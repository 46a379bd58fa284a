"""What a claimed move may be counted from: close before, evening, opening, the statement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from eventstudy.arrays import Array
from eventstudy.bars.clocks import SECONDS, local_seconds, utc_seconds
from eventstudy.bars.standing import LEVELS
from eventstudy.minutes.lookup import AUCTION_AFTER, Lookup
from eventstudy.minutes.statements import Statement

CLOSE, EVENING, OPENING, STATEMENT = (*LEVELS, "statement")
NAMES = (CLOSE, EVENING, OPENING, STATEMENT)


@dataclass(frozen=True)
class Level:
    """A price that a move is counted from.

    Parameters
    ----------
    name : {"close", "evening", "opening", "statement"}
        The close of the session before, the last trade of the evening before, the opening, the
        last price before the statement.
    price : float
        The price; NaN where there is none.
    moment : int
        When it was known, seconds since 1970 UTC; 0 when that is not known.
    given : bool
        Whether it is from the study file and not from bars.
    report : bool
        Whether of the statement only a first report is known, which may be later.
    reason : str
        Why there is none; empty when there is.
    """

    name: str
    price: float = np.nan
    moment: int = 0
    given: bool = False
    report: bool = False
    reason: str = ""


def levels_of(
    lookup: Lookup, session: dt.date, statement: Statement, observed: Lookup | None = None
) -> Iterator[Level]:
    """Yield the four levels of a session.

    Parameters
    ----------
    lookup : Lookup
        Bars of the series.
    session : date
        The trading day.
    statement : Statement
        The statement.
    observed : Lookup, optional
        Bars of the asset that a proxy stands for: its levels count.
    """
    given = lookup.bars.standing.levels.get(session.isoformat(), {})
    source = observed or lookup
    for name in (CLOSE, EVENING, OPENING):
        if name in given:
            yield Level(name, given[name], given=True)
        elif name == OPENING:
            yield _opening(source, session)
        else:
            yield _before(source, session, name)
    yield _statement(lookup, session, statement)


def _before(lookup: Lookup, session: dt.date, name: str) -> Level:
    """Return the close of the session before, or the last trade of the evening after it."""
    day = np.datetime64(session, "D")
    sessions = lookup.sessions[lookup.sessions < day]
    if not len(sessions):
        return Level(name, reason="the bars do not reach back to the session before")
    part = lookup.main_part(sessions[-1])
    closed = int(lookup.trading.end[part]) + AUCTION_AFTER
    ends = lookup.bars.end
    close = int(np.searchsorted(ends, closed, side="right")) - 1
    if name == CLOSE:
        return Level(name, float(lookup.bars.close[close]), int(ends[close]))
    midnight = int(utc_seconds(np.array([day]), 0, lookup.bars.zone)[0])
    last = int(np.searchsorted(ends, midnight, side="right")) - 1
    if last <= close:
        return Level(name, reason="no evening trading on the day before")
    return Level(name, float(lookup.bars.close[last]), int(ends[last]))


def _opening(lookup: Lookup, session: dt.date) -> Level:
    """Return the open of the first bar of the main part, or its close where there is none."""
    part = lookup.main_part(np.datetime64(session, "D"))
    bars = lookup.bars
    if part < 0:
        return Level(OPENING, reason="no bars of that session")
    place = int(np.searchsorted(bars.end, lookup.trading.start[part], side="right"))
    if place == len(bars.end) or bars.begin[place] > lookup.trading.start[part]:
        return Level(OPENING, reason="the bars begin after the opening")
    opened: Array | None = bars.open
    if opened is not None and np.isfinite(opened[place]):
        return Level(OPENING, float(opened[place]), int(bars.begin[place]))
    return Level(OPENING, float(bars.close[place]), int(bars.end[place]))


def _statement(lookup: Lookup, session: dt.date, statement: Statement) -> Level:
    """Return the last price known before the statement."""
    moment = statement.first or statement.last
    if not moment:
        return Level(STATEMENT, reason="the time of the statement is not known")
    day = int(local_seconds(np.array([moment]), lookup.bars.zone)[0]) // SECONDS["d"]
    if np.datetime64(day, "D") != np.datetime64(session, "D"):
        return Level(STATEMENT, reason="the statement is of another day")
    part = lookup.trading.at(np.array([moment]))
    place, good = lookup.at(np.array([moment]), part)
    if not good[0]:
        return Level(STATEMENT, reason="no price within the limit before the statement")
    price, known = float(lookup.bars.close[place[0]]), int(lookup.bars.end[place[0]])
    return Level(STATEMENT, price, known, report=not statement.first)
