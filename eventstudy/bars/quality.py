"""What a reader must know about bars: facts with their moments, nothing repaired."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.arrays import Ints, Mask
from eventstudy.bars.bar_series import BarSeries
from eventstudy.bars.clocks import SECONDS
from eventstudy.bars.rolls import AHEAD, FUTURES, suspected_rolls
from eventstudy.errors import InvalidArgumentError
from eventstudy.prices.quality.series_checks import SEVERITIES, Severity
from eventstudy.words.numbers import percent, plural

REPEATS = 3
"""Successive bars with one high from which it is a finding."""
GAP = 5
"""Minutes, or bars where these are longer, without a bar from which it is a gap."""
SAME = 1e-4
"""Last bar and daily close differ by less, as a fraction, when they are the same."""
_NAMED = 5


@dataclass(frozen=True)
class BarFinding:
    """A fact about the bars of an asset.

    Parameters
    ----------
    asset : str
        The asset.
    kind : str
        "spoiled-range" (a high below, or a low above, the open or the close of its bar),
        "repeated-high" (the same high in three bars or more in a row), "gap" (minutes without a
        bar inside a part of a session), "zero-volume" (a bar in which nothing was traded),
        "outside" (a bar that begins in no part of a session), "clock-shift" (bars that begin an
        hour early or late after summer time changed), "close-differs" (a last bar that is not the
        daily close), "clock-off" (bars that react to known releases at another hour),
        "clock-not-told" (known releases at which the bars do not react), "roll" (a day on which a
        series of futures goes over to the next contract), "possible-roll" (a night about an expiry
        that moved as no other), "rolls-not-said" (futures of which it is not said where one
        contract follows another), "uncertain-hours" (a day with bars on which the hours of the
        market are not certain), "no-session" (a trading day of the market without any bar).
    severity : {"error", "warning", "note"}
        How much it matters.
    count : int
        How many bars, gaps or days.
    first, last : str
        Moments of the first and the last of them, on the clock of the market.
    text : str
        In words.
    """

    asset: str
    kind: str
    severity: Severity
    count: int
    first: str
    last: str
    text: str


def check_bars(
    bars: Mapping[str, BarSeries], closes: Mapping[str, pd.Series[float]]
) -> tuple[BarFinding, ...]:
    """Return what a reader must know about bars, the worst first.

    Parameters
    ----------
    bars : mapping of str to BarSeries
        The bars of each asset.
    closes : mapping of str to Series
        Daily closes of assets by date; assets without any are not compared.

    Returns
    -------
    tuple of BarFinding
    """
    findings = []
    for asset, series in bars.items():
        findings += _check(asset, series)
        if asset in closes:
            findings += _against_closes(asset, series, closes[asset])
    order = {name: place for place, name in enumerate(bars)}
    return tuple(
        sorted(findings, key=lambda one: (SEVERITIES.index(one.severity), order[one.asset]))
    )


def _check(asset: str, series: BarSeries) -> list[BarFinding]:
    findings = []
    place = series.parts.at(series.begin)
    outside = place < 0
    if (spoiled := _spoiled(series)).any():
        text = "highs or lows that do not hold the open and the close: ranges are not to be used"
        findings.append(_of(asset, series, "spoiled-range", "error", spoiled, text))
    if (repeated := _repeated(series)).any():
        text = f"highs that repeat the {REPEATS - 1} before: the source may fill them in"
        findings.append(_of(asset, series, "repeated-high", "warning", repeated, text))
    if outside.any():
        kind = "clock-shift" if _shifted(series, outside) else "outside"
        text = f"bars that begin in no part of a session of {series.market}"
        if kind == "clock-shift":
            text += ", on whole days an hour early or late: their labels miss a change of the clock"
        findings.append(_of(asset, series, kind, "warning", outside, text))
    if series.volume is not None and (empty := series.volume == 0).any():
        text = "bars with a volume of zero, which count as bars in which nothing was traded"
        findings.append(_of(asset, series, "zero-volume", "note", empty, text))
    findings += _clock(asset, series) + _rolls(asset, series)
    return findings + _gaps(asset, series, place)


def _clock(asset: str, series: BarSeries) -> list[BarFinding]:
    """Return what known releases say of the clock of the bars."""
    if not series.releases:
        return []
    from eventstudy.bars.releases import check_clock

    told = check_clock(series)
    if told.verdict == "right":
        return []
    first, last = (_text(one) for one in series.local(np.array(series.releases))[[0, -1]])
    count = len(series.releases)
    if told.verdict == "off":
        return [BarFinding(asset, "clock-off", "error", count, first, last, told.text)]
    return [BarFinding(asset, "clock-not-told", "note", count, first, last, told.text)]


def _rolls(asset: str, series: BarSeries) -> list[BarFinding]:
    """Return where contracts of futures follow one another, or that this is not said."""
    if series.rolls:
        begins = [_text(moment) for moment in series.local(np.array(series.rolls))]
        beside = (
            "volumes are of all contracts"
            if series.all_contracts
            else f"volumes within {AHEAD} trading days are not compared"
        )
        named = ", ".join(begins[:_NAMED])
        text = f"the next contract from {named} on: no move across is measured; {beside}"
        return [BarFinding(asset, "roll", "note", len(begins), begins[0], begins[-1], text)]
    if series.rolls is not None or series.market not in FUTURES or series.source == "moex":
        return []  # a symbol of the exchange is one contract
    days, moves = suspected_rolls(series)
    cure = 'Write rolls = ["DATE"], trading days that begin with the next contract; [] = one alone'
    if not len(days):
        span = str(series.first), str(series.last)
        text = f"it is not said where one contract follows another. {cure}"
        return [BarFinding(asset, "rolls-not-said", "note", 1, *span, text)]
    named = ", ".join(
        f"{day} ({percent(move)})" for day, move in zip(days[:_NAMED], moves, strict=False)
    )
    text = f"nights about an expiry that moved as no other: {named}. {cure}"
    return [
        BarFinding(asset, "possible-roll", "warning", len(days), str(days[0]), str(days[-1]), text)
    ]


def _of(
    asset: str, series: BarSeries, kind: str, severity: Severity, bad: Mask, text: str
) -> BarFinding:
    begins = series.local_begin[bad]
    moments = [_text(moment) for moment in (*begins[:_NAMED], begins[-1])]
    more = f", ... {moments[-1]}" if len(begins) > _NAMED else ""
    named = ", ".join(moments[:-1][:_NAMED])
    words = f"{len(begins):,} {text}: {named}{more}"
    return BarFinding(asset, kind, severity, len(begins), moments[0], moments[-1], words)


def _text(moment: int) -> str:
    return str(np.datetime64(int(moment), "s")).replace("T", " ")[:16]


def _spoiled(series: BarSeries) -> Mask:
    """Mark bars whose high and low do not hold their open and close."""
    bad = np.zeros(len(series), dtype=bool)
    for other in (series.open, series.close):
        if other is not None:
            if series.high is not None:
                bad |= series.high < other
            if series.low is not None:
                bad |= series.low > other
    return bad


def _repeated(series: BarSeries) -> Mask:
    """Mark bars that repeat the highs of those before while their other prices move."""
    bad = np.zeros(len(series), dtype=bool)
    if series.high is None or len(series) < REPEATS:
        return bad
    same = (series.high[1:] == series.high[:-1]) & (series.close[1:] != series.close[:-1])
    run = same.copy()
    for back in range(1, REPEATS - 1):
        run[back:] &= same[:-back]
        run[:back] = False
    bad[1:] = run
    return bad


def _shifted(series: BarSeries, outside: Mask) -> bool:
    """Whether bars outside sessions would all lie inside an hour later or earlier."""
    begins = series.begin[outside]
    if len(begins) < REPEATS:
        return False
    days = np.unique(series.local_begin[outside] // SECONDS["d"])
    hour = SECONDS["h"]
    whole = any((series.parts.at(begins + shift) >= 0).all() for shift in (-hour, hour))
    return whole and len(days) > 1


def _gaps(asset: str, series: BarSeries, place: Ints) -> list[BarFinding]:
    """Return stretches without a bar inside continuous trading, and days without any."""
    trading = series.parts.kind == "continuous"
    limit = max(GAP * 60, 2 * series.length)
    inside = (place[1:] >= 0) & (place[1:] == place[:-1]) & trading[place[1:]]
    hole = inside & (series.begin[1:] - series.end[:-1] >= limit)
    findings = []
    if hole.any():
        bad = np.r_[False, hole]
        minutes = int((series.begin[1:] - series.end[:-1])[hole].max()) // 60
        text = f"gaps inside a part of a session, up to {minutes} minutes; bars after a gap"
        findings.append(_of(asset, series, "gap", "note", bad, text))
    return findings + _doubted(asset, series, place) + _lost_days(asset, series, place)


def _doubted(asset: str, series: BarSeries, place: Ints) -> list[BarFinding]:
    """Return days with bars in parts of sessions whose hours are not certain."""
    parts = series.parts.select(np.unique(place[place >= 0]))
    parts = parts.select(parts.doubt != "")
    days = np.unique(parts.session)
    if not len(days):
        return []
    doubts = dict.fromkeys(zip(parts.name, parts.doubt, strict=True))
    why = "; ".join(f"{name}: {doubt}" for name, doubt in doubts)
    text = f"{plural(len(days), 'trading day')} on which hours of {series.market} are not certain"
    first, last = str(days[0]), str(days[-1])
    return [BarFinding(asset, "uncertain-hours", "note", len(days), first, last, f"{text} ({why})")]


def _lost_days(asset: str, series: BarSeries, place: Ints) -> list[BarFinding]:
    """Return trading days of the market between the first and the last bar without a bar."""
    parts = series.parts
    days = np.unique(parts.session[(parts.kind == "continuous")])
    there = np.unique(parts.session[place[place >= 0]])
    if not len(there):
        return []
    lost = np.setdiff1d(days[(days > there[0]) & (days < there[-1])], there)
    if not len(lost):
        return []
    named = ", ".join(map(str, lost[:_NAMED])) + (", ..." if len(lost) > _NAMED else "")
    text = f"{plural(len(lost), 'trading day')} of {series.market} without a bar: {named}"
    return [BarFinding(asset, "no-session", "note", len(lost), str(lost[0]), str(lost[-1]), text)]


def _daily(asset: str, closes: object) -> pd.Series[float]:
    """Return daily closes by date, without those that are missing; refuse what is none."""
    dated = isinstance(closes, pd.Series) and (
        isinstance(closes.index, pd.DatetimeIndex)
        or all(isinstance(day, dt.date) for day in closes.index)
    )
    if not dated:
        raise InvalidArgumentError(
            f"closes of {asset} are {closes!r:.60}; give a Series of closes by date, such as "
            'es.load_prices(...).series("NAME")'
        )
    assert isinstance(closes, pd.Series)
    return closes.set_axis(pd.DatetimeIndex(closes.index).tz_localize(None)).dropna()


def _against_closes(asset: str, series: BarSeries, closes: pd.Series[float]) -> list[BarFinding]:
    """Compare the last bar of each main session with the daily close."""
    parts = series.parts
    main = np.isin(parts.name, ("main", "closing auction", "round the clock", "day"))
    place = parts.at(series.begin)
    there = (place >= 0) & main[place]
    sessions, last = parts.session[place[there]], series.close[there]
    days, backwards = np.unique(sessions[::-1], return_index=True)
    ends = last[::-1][backwards]
    known = _daily(asset, closes)
    dates = known.index.to_numpy().astype("datetime64[D]")
    both, ours, theirs = np.intersect1d(days, dates, return_indices=True)
    if not len(both):
        return []
    differ = np.abs(ends[ours] / known.to_numpy(dtype=float)[theirs] - 1) > SAME
    if not differ.any():
        return []
    worst = int(np.argmax(np.abs(np.log(ends[ours] / known.to_numpy(dtype=float)[theirs]))))
    text = (
        f"on {int(differ.sum())} of {len(both)} days the last bar of the main session is not the "
        f"daily close; most on {both[worst]}: {ends[ours][worst]:.10g} and "
        f"{float(known.to_numpy(dtype=float)[theirs][worst]):.10g}"
    )
    span = str(both[differ][0]), str(both[differ][-1])
    return [BarFinding(asset, "close-differs", "warning", int(differ.sum()), *span, text)]
