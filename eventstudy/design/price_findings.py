"""What a reader must know about the prices of a study, given the windows that it uses."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from eventstudy.arrays import Dates, Ints, Mask
from eventstudy.design.asset_returns import explaining
from eventstudy.design.day0 import Days0
from eventstudy.design.windows import AssetReturns
from eventstudy.models import NormalReturnModel
from eventstudy.prices import Finding, Prices, Returns
from eventstudy.prices.quality.findings import in_order, quality
from eventstudy.prices.quality.series_checks import as_dates, not_daily, shown
from eventstudy.settings import Options, Window, Windows
from eventstudy.words.numbers import plural

ENDED = 30
"""Calendar days after the last session of a series that has not ended: later events are a gap."""
HOUR = np.timedelta64(3600, "s")


@dataclass(frozen=True)
class _Use:
    """How a study uses one asset.

    Parameters
    ----------
    data : AssetReturns
        Its returns and sessions.
    factors : tuple of str
        Series that its returns are compared with.
    positions : ndarray of int
        Day 0 of each episode among its sessions, ascending.
    events : ndarray of int
        Day 0 of each event that has one.
    left : tuple of date
        Dates of the events that have none.
    windows : Windows
        The windows of the study.
    """

    data: AssetReturns
    factors: tuple[str, ...]
    positions: Ints
    events: Ints
    left: tuple[dt.date, ...]
    windows: Windows

    @property
    def asset(self) -> str:
        return self.data.calendar.asset

    @property
    def sessions(self) -> Dates:
        return self.data.calendar.sessions

    def span(self) -> tuple[dt.date, dt.date]:
        """First and last session that enter a number."""
        first = max(int(self.positions[0]) + self.windows.estimation[0] - 1, 0)
        last = min(int(self.positions[-1]) + self.windows.event[1], len(self.sessions) - 1)
        return self.sessions[first].item(), self.sessions[last].item()


def study_quality(
    panel: Prices | Returns,
    data: Mapping[str, AssetReturns],
    factors: Mapping[str, tuple[str, ...]],
    days0: Mapping[str, Days0],
    windows: Windows,
    options: Options,
) -> tuple[Finding, ...]:
    """Return what a reader must know about the prices that a study uses.

    Each series is checked from its first estimation day to its last event day.

    Parameters
    ----------
    panel : Prices or Returns
        All series.
    data : mapping of str to AssetReturns
        The assets studied.
    factors : mapping of str to tuple of str
        Series that each asset's returns are compared with: factors and benchmark.
    days0 : mapping of str to Days0
        Day 0 of the events of each of them.
    windows : Windows
        Windows in event time.
    options : Options
        Calendars, and the longest gap that is no closure.

    Returns
    -------
    tuple of Finding
        The worst first.
    """
    uses = [_use(data[asset], factors[asset], days0[asset], windows) for asset in data]
    used = [use for use in uses if len(use.positions)]
    spans: dict[str, tuple[dt.date, dt.date]] = {}
    for use in used:
        first, last = use.span()
        for name in (use.asset, *use.factors):
            low, high = spans.get(name, (first, last))
            spans[name] = (min(low, first), max(high, last))
    findings = list(
        quality(panel, calendars=options.calendars, spans=spans, max_gap=options.max_shift)
    )
    for name in {name for use in uses for name in (use.asset, *use.factors)} - set(spans):
        whole = panel.frame[name].dropna().index.to_numpy()
        findings += not_daily(name, whole)  # it may be the reason why no window is used
    for use in uses:
        findings += _short(use) + _ended(use)
    for use in used:
        findings += _gaps(use)
    findings += _clocks(panel, used)
    return in_order(findings, panel.frame.columns)


def compared_with(
    models: Mapping[str, NormalReturnModel], options: Options
) -> dict[str, tuple[str, ...]]:
    """Return the series that each asset's returns are compared with: factors and benchmark."""
    return {asset: explaining(model, options) for asset, model in models.items()}


def in_windows(
    findings: Sequence[Finding], sessions: Dates, day0: int, windows: Windows
) -> list[Finding]:
    """Return the findings that have a date inside the windows of one event, with these dates.

    Parameters
    ----------
    findings : sequence of Finding
        On the asset or a factor of it.
    sessions : ndarray of datetime64
        Sessions of the asset.
    day0 : int
        Position of day 0.
    windows : Windows
        Windows in event time.

    Returns
    -------
    list of Finding
    """
    dated = dates_in_windows(findings, sessions, day0, windows)
    return [replace(finding, dates=dates) for finding, dates in dated]


def dates_in_windows(
    findings: Sequence[Finding], sessions: Dates, day0: int, windows: Windows
) -> Iterator[tuple[Finding, tuple[dt.date, ...]]]:
    """Yield each finding that has a date inside the windows, with these dates beside it."""
    if not findings:
        return
    spans = []
    for start, end in (windows.estimation, windows.event):
        low, high = max(day0 + start - 1, 0), min(day0 + end, len(sessions) - 1)
        if low <= high:
            spans.append((sessions[low].item(), sessions[high].item()))
    for finding in findings:
        inside = {
            index
            for start, end in spans
            for index in range(bisect_left(finding.dates, start), bisect_right(finding.dates, end))
        }
        if inside:
            yield finding, tuple(finding.dates[index] for index in sorted(inside))


def _use(data: AssetReturns, factors: Sequence[str], days0: Days0, windows: Windows) -> _Use:
    """Return how a study uses an asset."""
    events = days0.position[days0.accepted]
    left = tuple(days0.times.written[~days0.accepted].tolist())
    return _Use(data, tuple(dict.fromkeys(factors)), np.unique(events), events, left, windows)


def _short(use: _Use) -> list[Finding]:
    """Find a series that begins too late for some events."""
    first = use.sessions[0].item()
    early = sum(day < first for day in use.left)
    cut = int((use.events + use.windows.estimation[0] < 1).sum())
    if not early + cut:
        return []
    parts = [f"{plural(early, 'event')} before it"] if early else []
    if cut:
        parts.append(f"{plural(cut, 'event')} whose estimation window begins before it")
    text = f"begins {first}: {' and '.join(parts)}"
    return [Finding(use.asset, "short-series", (first,), early + cut, text)]


def _ended(use: _Use) -> list[Finding]:
    """Find a series that ends too early for some events, and not because they are new.

    A series of which it is known when it was last looked for is one that goes on, unless it
    is marked as ended, and the sessions that a study uses may end before its own.
    """
    calendar = use.data.calendar
    if calendar.asked is not None and not calendar.ended:
        return []
    last = use.sessions[-1].item()
    grace = dt.timedelta(0 if calendar.ended else ENDED)
    late = 0
    if any(day > last + grace for day in use.left):
        late = sum(day >= last for day in use.left)  # those within the days of grace, too
    cut = 0
    if calendar.ended or late:
        cut = int((use.events + use.windows.event[1] >= len(use.sessions)).sum())
    if not late + cut:
        return []
    parts = [f"{plural(late, 'event')} after it"] if late else []
    if cut:
        parts.append(f"{plural(cut, 'event')} whose event window reaches beyond it")
    text = f"ends {last}: {' and '.join(parts)}"
    text += f"; {calendar.cure}" if calendar.cure else ""
    return [Finding(use.asset, "ended-series", (last,), late + cut, text)]


def _covered(use: _Use, window: Window) -> Mask:
    """Mark the sessions that lie in a window of some episode."""
    size = len(use.sessions)
    edges = np.zeros(size + 1, dtype=np.int64)
    np.add.at(edges, np.clip(use.positions + window[0], 0, size), 1)
    np.add.at(edges, np.clip(use.positions + window[1] + 1, 0, size), -1)
    return np.cumsum(edges[:size]) > 0


def _without_return(use: _Use) -> dict[str, tuple[Ints, Dates]]:
    """Return, by cause, the positions and the dates of days without a return.

    A session without a price stands at the position of the next one, whose return is over both.
    """
    data = use.data
    closure = data.closes()
    known = closure | (data.skips() & ~np.isfinite(data.returns))
    marks: dict[str, Mask] = {
        "after a closure": closure,
        "no factor": np.asarray(np.isnan(data.factors).any(axis=1)) & ~known,
        "no return": ~np.isfinite(data.returns) & ~known,
    }
    causes: dict[str, tuple[Ints, Dates]] = {}
    for cause, mark in marks.items():
        mark[0] = False  # before the first price, which `_short` says
        positions = np.flatnonzero(mark)
        causes[cause] = positions, use.sessions[positions]
    causes["no price"] = np.searchsorted(use.sessions, data.holes), data.holes
    return causes


def _gaps(use: _Use) -> list[Finding]:
    """Find days without a return, and sessions without a price, inside windows."""
    causes = _without_return(use)
    parts: list[str] = []
    dates: set[dt.date] = set()
    touched = np.zeros(len(use.positions), dtype=bool)
    for name in ("event", "estimation"):
        window: Window = getattr(use.windows, name)
        covered = _covered(use, window)
        low, high = use.positions[:, None] + window[0], use.positions[:, None] + window[1]
        for cause, (positions, days) in causes.items():
            inside = covered[positions]
            if inside.any():
                lost = days[inside]
                parts.append(
                    f"{plural(len(lost), 'day')} of {name} windows ({cause}): {shown(lost)}"
                )
                dates |= set(as_dates(lost))
                touched |= ((positions >= low) & (positions <= high)).any(axis=1)
    if not parts:
        return []
    text = f"{'; '.join(parts)}; {plural(int(touched.sum()), 'episode')} touched"
    return [Finding(use.asset, "window-gap", tuple(sorted(dates)), len(dates), text)]


def _clocks(panel: Prices | Returns, used: Sequence[_Use]) -> list[Finding]:
    """Find factors that are struck at another time than their asset."""
    pairs = {(use.asset, name): use for use in used for name in use.factors}
    findings = []
    for (asset, factor), use in pairs.items():
        clock, factor_clock = panel.clocks[asset], panel.clocks[factor]
        if (clock is None) != (factor_clock is None):
            text = (
                f"{factor if factor_clock is None else asset} has no clock: whether {factor} and "
            )
            text += f"{asset} are struck at the same time is not known"
            findings.append(Finding(asset, "clock-difference", (), 1, text, "note"))
        if clock is None or factor_clock is None or clock == factor_clock:
            continue
        first, last = (np.datetime64(day) for day in use.span())
        days = use.sessions[(use.sessions >= first) & (use.sessions <= last)]
        apart = (factor_clock.struck(days) - clock.struck(days)).to_numpy() / HOUR
        if not apart.any():
            continue
        hours = sorted({f"{abs(value):.1f}" for value in apart}, key=float)
        span = " to ".join(dict.fromkeys((hours[0], hours[-1])))
        early = float(np.median(apart)) < 0
        text = (
            f"{factor} ({factor_clock}) is struck {span} hours "
            f"{'before' if early else 'after'} {asset} ({clock}): "
        )
        if early:
            text += "its return of a session lacks the end of the asset's, and no lag repairs that"
        else:
            text += "its return of a session holds hours that the asset's does not; add its lag"
        findings.append(Finding(asset, "clock-difference", (), 1, text))
    return findings
