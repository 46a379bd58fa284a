"""Which rows of a large table may be wrong, decided by columns; only these go to the row rules."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic_core import PydanticCustomError

from eventstudy.arrays import Ints, Mask
from eventstudy.errors import MOST_PROBLEMS, Problem, stopped
from eventstudy.events import cells
from eventstudy.events.csv_table import FORBIDDEN, Table
from eventstudy.events.event_columns import CLOCKS, EPOCH, NO_CLOCK, EventColumns, clock_number
from eventstudy.events.event_views import EventViews
from eventstudy.events.record_columns import ColumnRows
from eventstudy.events.row_rules import RowRules
from eventstudy.events.text_columns import Texts
from eventstudy.timezones import zone_fault

USUAL_ID = re.compile(
    rf"(?!(?:{cells.RESERVED_ID.pattern})\Z)(?!.*\.\.)(?:{cells.SAFE_ID.pattern})"
)
"""What an id is where nothing is wrong with it."""
NO_DATE = np.iinfo(np.int64).min
"""Stands for a date that cannot be read; numpy takes it for NaT."""

Value = TypeVar("Value")


def by_columns(table: Table, rules: RowRules) -> tuple[EventViews, list[Problem]]:
    """Read a table that is kept by columns; the same as reading its rows one by one.

    Parameters
    ----------
    table : Table
        Its header is right, and its rows are `ColumnRows`.
    rules : RowRules
        Rules that have read no row yet.

    Returns
    -------
    events : EventViews
        Those of rows whose cells are right.
    problems : list of Problem
    """
    rows: ColumnRows = table.rows  # type: ignore[assignment]
    named = dict(zip(rules.names, rows.texts, strict=True))
    columns, marked = _columns(named, rules.timezone)
    marked |= _unusual_ids(named["event_id"]) | _blank(named["title"])
    marked |= rows.raw.hidden() if rows.raw is not None else _hidden(rows.texts)
    events = EventViews(rows, rules.names, columns, rules.timezone)
    bad, problems, end = [], [], len(rows)
    some = np.flatnonzero(marked)
    for row, record in zip(some.tolist(), rows.made(some), strict=True):
        event, wrong = rules.read(record)
        bad += [row] if event is None else []
        problems += wrong
        if len(problems) >= MOST_PROBLEMS and row + 1 < end:
            problems.append(stopped(table.source, rows[row + 1].line))
            end = row + 1
            break
    if problems:
        events = events.take(np.setdiff1d(np.arange(end), np.array(bad, dtype=np.intp)))
    return events, problems


def _columns(named: Mapping[str, Texts], timezone: str) -> tuple[EventColumns, Mask]:
    """Return what a design needs of the events, and which rows may be wrong by it."""
    rows = len(named["date"])
    days, marked = _read(
        named["date"], lambda word: cells.read_date(word).toordinal() - EPOCH, NO_DATE
    )
    dates = days.astype("datetime64[D]")
    clocks = np.full((len(CLOCKS), rows), NO_CLOCK, dtype=np.int64)
    for place, name in enumerate(CLOCKS):
        if name in named:
            clocks[place], wrong = _read(named[name], _clock_number, NO_CLOCK)
            marked |= wrong
    if "claims" in named:
        marked |= _read(named["claims"], lambda word: len(cells.read_claims(word)), 0)[1]
    marked |= _wrong_edges(named, rows)
    zone, zones = _words(named, "timezone", rows, lambda word: word or timezone)
    unknown = [bool(each) and (each != each.strip() or bool(zone_fault(each))) for each in zones]
    concerned, asset_lists = _words(named, "assets", rows, cells.listed)
    columns = EventColumns(dates, clocks, zone, zones, concerned, asset_lists)
    marked |= np.array(unknown, dtype=bool)[zone] | _unordered(clocks)
    return columns, marked | _no_instant(columns, ~marked)


def _read(
    texts: Texts, rule: Callable[[str], int], otherwise: int
) -> tuple[NDArray[np.int64], Mask]:
    """Return the numbers that cells stand for, and which rows the rule of the cell refuses."""
    codes, words = texts.coded()
    numbers = np.full(len(words), otherwise, dtype=np.int64)
    wrong = np.zeros(len(words), dtype=bool)
    for place, word in enumerate(words):
        try:
            numbers[place] = rule(word)
        except PydanticCustomError:
            wrong[place] = True
    return numbers[codes], wrong[codes]


def _wrong_edges(named: Mapping[str, Texts], rows: int) -> Mask:
    """Whether an estimation window of a row may be wrong, or its ends not in order."""
    marked, ends = np.zeros(rows, dtype=bool), []
    for name in cells.EDGES:
        if name in named:
            numbers, wrong = _read(named[name], _edge_number, NO_DATE)
            marked |= wrong
            ends.append(numbers)
    if len(ends) == len(cells.EDGES):
        marked |= (ends[0] > ends[1]) & (ends[1] != NO_DATE)
    return marked


def _clock_number(word: str) -> int:
    return clock_number(cells.read_clock(word))


def _edge_number(word: str) -> int:
    """Return an end of an estimation window as a number; those of one kind are in order."""
    edge = cells.read_edge(word)
    if edge is None:
        return NO_DATE
    return edge.toordinal() if isinstance(edge, dt.date) else edge


def _words(
    named: Mapping[str, Texts], name: str, rows: int, meaning: Callable[[str], Value]
) -> tuple[Ints, tuple[Value, ...]]:
    """Return the distinct meanings of cells, and for each row which of these it has."""
    if name not in named:
        return np.zeros(rows, dtype=np.intp), (meaning(""),)
    codes, words = named[name].coded()
    return codes, tuple(meaning(word) for word in words)


def _unordered(clocks: NDArray[np.int64]) -> Mask:
    """Whether a time and its bounds are not in order."""
    time, lower, upper = np.where(clocks == NO_CLOCK, np.nan, clocks)
    return np.asarray((lower > upper) | (time < lower) | (time > upper))


def _no_instant(columns: EventColumns, rows: Mask) -> Mask:
    """Whether a clock time has no zone, does not exist in it, or happens twice."""
    marked = np.zeros(len(columns), dtype=bool)
    for clock in columns.clocks:
        for code, zone in enumerate(columns.zones):
            at = np.flatnonzero(rows & (clock != NO_CLOCK) & (columns.zone == code))
            if not len(at) or not zone:
                marked[at] = True
                continue
            local = columns.dates[at] + clock[at].astype("timedelta64[us]")
            there = pd.DatetimeIndex(local).tz_localize(
                ZoneInfo(zone), ambiguous="NaT", nonexistent="NaT"
            )
            marked[at] = there.isna()
    return marked


def _unusual_ids(texts: Texts) -> Mask:
    """Whether an id may be wrong, or is that of another row too."""
    ids = texts.pick(slice(None))
    marked = np.array([USUAL_ID.fullmatch(each) is None for each in ids], dtype=bool)
    if len(set(ids)) < len(ids):
        marked |= pd.Series(ids, dtype=object).duplicated(keep=False).to_numpy()
    return marked


def _blank(texts: Texts) -> Mask:
    return np.array([not cell.strip() for cell in texts.pick(slice(None))], dtype=bool)


def _hidden(columns: Iterable[Texts]) -> Mask:
    """Whether any cell of a row holds a character that cannot be seen."""
    marked: list[Mask] = []
    for texts in columns:
        held = texts.pick(slice(None))
        if FORBIDDEN.search("\n".join(held)):
            marked.append(np.array([FORBIDDEN.search(cell) is not None for cell in held]))
    return np.logical_or.reduce(marked) if marked else np.zeros(len(texts), dtype=bool)
