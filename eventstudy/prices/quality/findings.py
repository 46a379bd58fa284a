"""What a reader must know about a set of prices: facts with dates, nothing repaired."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from eventstudy.errors import refuse_unknown
from eventstudy.prices.panel import Prices, as_prices
from eventstudy.prices.quality.calendars import NONE, TradingCalendar, calendar_of, trading_calendar
from eventstudy.prices.quality.series_checks import (
    SEVERITIES,
    Finding,
    Sessions,
    Severity,
    check_series,
    shown,
)
from eventstudy.prices.returns import Returns
from eventstudy.words.numbers import plural

Spans = Mapping[str, tuple[dt.date, dt.date]]

KINDS = (
    *("duplicated-date", "unusable-price", "not-daily", "no-calendar", "missing-session"),
    *("extra-session", "filled-day", "time-zone-shift", "stale-run", "spike", "jump"),
    *("closure", "ended-series", "short-series", "short-estimation", "engine"),
    *("window-gap", "clock-difference"),
)
"""Kinds of findings, in their order; english.toml says what each of them means."""
FEW = 4
"""Findings of one kind that the terminal lists one by one."""
ENDED = 30
"""Calendar days before the last session of the set after which a series has ended."""


def quality(
    prices: Prices | Returns | pd.DataFrame | pd.Series[float],
    *,
    calendars: Mapping[str, str] | None = None,
    spans: Spans | None = None,
    max_gap: int = 5,
) -> tuple[Finding, ...]:
    """Return what a reader must know about prices; nothing is repaired or left out.

    Parameters
    ----------
    prices : Prices, Returns, DataFrame or Series
        A DataFrame may hold what `Prices` refuses: duplicated dates and prices that are
        zero, negative or infinite are findings too, and the other checks pass over them.
    calendars : mapping of str to str, optional
        Exchange calendar of assets, a name in exchange_calendars such as ``"XMOS"``, or
        ``"TARGET"`` for the rates of the ECB; ``"none"`` = no check: no date counts as a
        missing price. By default the calendar of the exchange that closes when the asset's
        clock strikes.
    spans : mapping of str to (date, date), optional
        First and last session of each asset that are checked; assets that it does not name
        are not checked. Default: all of them, whole.
    max_gap : int
        Calendar days; a longer gap between two sessions is a closure.

    Returns
    -------
    tuple of Finding
        The worst first, then by asset in the order of the columns.

    Raises
    ------
    UnknownNameError
        When a calendar does not exist, or is given for what is no asset.
    PriceDataError
        When a table has faults other than those named above.
    """
    findings: list[Finding] = []
    if isinstance(prices, pd.DataFrame | pd.Series):
        frame = prices if isinstance(prices, pd.DataFrame) else prices.to_frame()
        findings, prices = _usable(frame)
    panel = as_prices(prices)
    names = _calendar_names(panel, calendars or {})
    checked = [asset for asset in panel.assets if spans is None or asset in spans]
    series = {asset: _sessions(panel, asset, (spans or {}).get(asset)) for asset in checked}
    looked_up = _lookup(series, names)
    for asset, (dates, returns) in series.items():
        calendar = looked_up.get(names[asset] or "")
        findings += check_series(Sessions(asset, dates, returns, calendar, max_gap))
    findings += _ended(panel, checked) if spans is None else []
    findings += _unchecked([a for a in checked if (names[a] or "") not in looked_up], names)
    return in_order(findings, panel.assets)


def in_order(findings: Iterable[Finding], assets: Iterable[str]) -> tuple[Finding, ...]:
    """Return findings, the worst first, then by asset and kind."""
    order = {asset: number for number, asset in enumerate(assets)}

    def rank(finding: Finding) -> tuple[int, int, int]:
        place = order.get(finding.asset, len(order))
        return SEVERITIES.index(finding.severity), place, KINDS.index(finding.kind)

    return tuple(sorted(findings, key=rank))


def frame_of(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return findings as a table: asset, kind, severity, count, first, last, dates, text."""
    columns = ["asset", "kind", "severity", "count", "first", "last", "dates", "text"]
    records = []
    for finding in findings:
        days = [*map(str, finding.dates)]
        first, last = (days[0], days[-1]) if days else ("", "")
        head = (finding.asset, finding.kind, finding.severity, finding.count)
        records.append((*head, first, last, " ".join(days), finding.text))
    return pd.DataFrame(records, columns=columns)


def lines_of(findings: Sequence[Finding], most: int = 10) -> list[str]:
    """Return findings as short lines: findings of one kind on many series share one.

    Parameters
    ----------
    findings : sequence of Finding
        The worst first.
    most : int
        Lines; the findings beyond them are counted.

    Returns
    -------
    list of str
    """
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.severity, finding.kind), []).append(finding)
    lines = []
    for (severity, kind), group in groups.items():
        if len(group) > FEW:
            names = shown(finding.asset for finding in group)
            lines.append(
                f"{severity}: {plural(len(group), 'series', 'series')} with {kind}: {names}"
            )
            continue
        lines += [f"{severity}: {f.asset + ': ' if f.asset else ''}{f.text}" for f in group]
    more = len(lines) - most
    return lines[:most] + (
        [f"... and {plural(more, 'line')} more in the report"] if more > 0 else []
    )


def _usable(frame: pd.DataFrame) -> tuple[list[Finding], pd.DataFrame]:
    """Return findings on cells that `Prices` refuses, and the table without them."""
    findings = []
    twice = frame.index.duplicated()
    if twice.any():
        dates = pd.DatetimeIndex(frame.index[twice].unique()).sort_values()
        text = f"{plural(len(dates), 'date')} more than once: {shown(dates.date)}"
        text += "; the first price of each is checked"
        days = tuple(dates.date)
        findings.append(Finding("", "duplicated-date", days, len(dates), text, "error"))
        frame = frame[~twice]
    numbers = frame.select_dtypes("number")
    wrong = (numbers <= 0) | np.isinf(numbers)
    for asset in numbers.columns[wrong.any()]:
        cells = numbers.loc[wrong[asset], asset].sort_index()
        dates = pd.DatetimeIndex(cells.index)
        pairs = (f"{value:g} on {date:%Y-%m-%d}" for date, value in zip(dates, cells, strict=True))
        text = f"{plural(len(cells), 'price')} not finite and greater than zero: {shown(pairs)}"
        days = tuple(dates.date)
        findings.append(Finding(str(asset), "unusable-price", days, len(cells), text, "error"))
    if findings and wrong.to_numpy().any():
        frame = frame.assign(
            **{str(name): numbers[name].mask(wrong[name]) for name in numbers.columns}
        )
    return findings, frame


def _calendar_names(panel: Prices | Returns, given: Mapping[str, str]) -> dict[str, str | None]:
    for asset in given:
        refuse_unknown(asset, panel.assets, f"a calendar is given for {asset!r}, which is no asset")
    return {
        asset: given[asset] if asset in given else calendar_of(panel.clocks[asset])
        for asset in panel.assets
    }


def _sessions(
    panel: Prices | Returns, asset: str, span: tuple[dt.date, dt.date] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return dates and returns of an asset at its own sessions in a span."""
    values = panel.frame[asset].to_numpy()
    there = ~np.isnan(values)
    dates = panel.frame.index.to_numpy()[there].astype("datetime64[D]")
    if isinstance(panel, Returns):
        returns = np.log1p(np.maximum(values[there], -1 + 1e-9))
    else:
        returns = np.diff(np.log(values[there]), prepend=np.nan)
    if span is not None:
        inside = (dates >= np.datetime64(span[0])) & (dates <= np.datetime64(span[1]))
        dates, returns = dates[inside], returns[inside].copy()
        returns[:1] = np.nan
    return dates, returns


def _lookup(
    series: Mapping[str, tuple[np.ndarray, np.ndarray]], names: Mapping[str, str | None]
) -> dict[str, TradingCalendar]:
    """Return each calendar that is used, over the span that is used."""
    spans: dict[str, list[dt.date]] = {}
    for asset, (dates, _) in series.items():
        name = names[asset]
        if name is not None and name != NONE and len(dates):
            spans.setdefault(name, []).extend([dates[0].item(), dates[-1].item()])
    calendars = {name: trading_calendar(name, min(s), max(s)) for name, s in spans.items()}
    return {name: calendar for name, calendar in calendars.items() if calendar.known}


def _ended(panel: Prices | Returns, checked: list[str]) -> list[Finding]:
    """Find series that stop long before the others."""
    last = {a: panel.frame[a].last_valid_index().date() for a in checked}
    if not last:
        return []
    latest = max(last.values())
    findings = []
    for asset, day in last.items():
        days = (latest - day).days
        if days <= ENDED:
            continue
        declared = isinstance(panel, Prices) and panel.provenance[asset].ended
        text = f"ends {day}, {days:,} days before the last series of the set"
        text += ", as its source says" if declared else "; its source does not say that it ended"
        severity: Severity = "note" if declared else "warning"
        findings.append(Finding(asset, "ended-series", (day,), 1, text, severity))
    return findings


def _unchecked(assets: list[str], names: Mapping[str, str | None]) -> list[Finding]:
    """Say which series are not checked against a calendar."""
    named = [f"{asset} ({names[asset]})" if names[asset] else asset for asset in assets]
    if not assets:
        return []
    text = f"no exchange calendar for {shown(named)}: sessions are not checked against one"
    asset = assets[0] if len(assets) == 1 else ""
    return [Finding(asset, "no-calendar", (), len(assets), text, "note")]
