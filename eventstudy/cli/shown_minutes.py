"""What `eventstudy show` prints of an event in minutes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from eventstudy.cli.terminal import folded
from eventstudy.minutes.results import MinuteResults
from eventstudy.minutes.settings import window_label
from eventstudy.words.numbers import interval, p_value, percent

_MOMENTS = (
    *("start", "end", "bar_begin", "bar_end", "seen", "largest_begin", "largest_end"),
    *("session", "level_time", "first", "last"),
)


def minute_tables(minutes: MinuteResults | None) -> dict[str, pd.DataFrame]:
    """Return the tables of minutes that have rows for each event; none without bars."""
    if minutes is None:
        return {}
    tables = {
        "minutes_car": minutes.car(),
        "minutes_overnight": minutes.overnight(),
        "minutes_onset": minutes.onsets,
        "minutes_claims": minutes.claims_in_time(),
        "minutes_claims_together": minutes.claims_together(),
        "minutes_shares": minutes.all_shares,
        "minutes_left_out": minutes.left_out,
    }
    return {name: _written(table) for name, table in tables.items()}


def _written(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its moments as ISO 8601 text."""
    moments = [name for name in _MOMENTS if name in table]
    texts = {name: table[name].astype(object).map(_iso) for name in moments}
    return table.assign(**texts)


def _iso(moment: pd.Timestamp) -> str | None:
    if pd.isna(moment):
        return None
    whole = moment if moment.tzinfo is not None else moment.date()
    return str(whole.isoformat())


def minute_lines(minutes: MinuteResults | None, event_id: str) -> Iterator[Any]:
    """Yield what was measured of an event in minutes, and what was not."""
    if minutes is None:
        return
    table = Table(title="Moves in minutes, in simple per cent", title_justify="left")
    for name in ("Asset", "From", "To", "Move", "Interval", "Rank p", "Least p"):
        table.add_column(name, justify="left" if name == "Asset" else "right")
    frames = (minutes.car(), minutes.overnight())
    rows = [row for one in frames for row in one[one["event_id"] == event_id].itertuples()]
    for row in rows:
        table.add_row(
            Text(row.asset),
            f"{row.start:%Y-%m-%d %H:%M}",
            f"{row.end:%Y-%m-%d %H:%M}",
            percent(math.expm1(row.car)),  # it is measured in logarithms
            folded(interval(math.expm1(row.ci_low), math.expm1(row.ci_high))),
            p_value(row.p),
            p_value(row.smallest_p),
        )
    if rows:
        yield table
    yield from (Text(f"{row.asset}: {row.reason}", style="yellow") for row in rows if row.reason)
    onsets = minutes.onsets
    for row in onsets[onsets["event_id"] == event_id].itertuples():
        yield Text(f"{row.asset}: {row.words}")
    yield from _day_lines(minutes, event_id)
    left = minutes.left_out
    for row in left[left["event_id"] == event_id].itertuples():
        window = "" if pd.isna(row.before) else f" {window_label((row.before, row.after))}"
        yield Text(f"{row.asset}{window}: {row.reason}. {row.cure}", style="yellow")


def _day_lines(minutes: MinuteResults, event_id: str) -> Iterator[Any]:
    """Yield how the day divides around the window, and when its claims were true."""
    shares = minutes.all_shares
    for row in shares[shares["event_id"] == event_id].itertuples():
        yield Text(f"{row.asset}, {row.words}")
    claims = minutes.claims_in_time(event_id)
    yield from (
        Text(words) for words in (*claims["words"], *minutes.claims_together(event_id).words)
    )
