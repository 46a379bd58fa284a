"""What the minutes of a study depend on: for each event on each asset, the bars used."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.bars.clocks import utc_seconds
from eventstudy.minutes.day_paths import day_span, session_of
from eventstudy.minutes.statements import Stamped
from eventstudy.reruns.fingerprint_file import BARS, PRINT, Dependencies, Series, digest

if TYPE_CHECKING:
    from eventstudy.bars.bar_series import BarSeries
    from eventstudy.events.events import Event
    from eventstudy.minutes.record import MeasuredAsset, MinuteRecord
    from eventstudy.study.study_file import Study


def minute_settings(study: Study) -> dict[str, object]:
    """Return the settings of minutes by their place in study.toml; none without bars."""
    if not study.bar_request:
        return {}
    settings: dict[str, object] = {"bars": list(study.bar_request)}
    for part in (study.minute_windows, study.minute_options):
        settings |= {f"minutes.{name}": value for name, value in vars(part).items()}
    for name, table in study.bar_request.items():
        settings |= {f"bars.{name}.{key}": value for key, value in table.items()}
    return settings


def bar_series(study: Study) -> dict[str, Series]:
    """Return what is said of each series of bars; its prices have no daily print."""
    if study.minutes is None:
        return {}
    none = "-" * PRINT * len(study.used.frame)
    said = {}
    for asset, bars in study.minutes.bars.series.items():
        facts = {key: str(value) for key, value in bars.reported().items()}
        facts |= {"rows": facts.pop("bars"), "ranges": _ranges(bars, len(bars))}
        said[BARS + asset] = Series(facts, none)
    return said


def bar_dependencies(study: Study) -> dict[str, dict[str, Dependencies]]:
    """Return, by event and asset, the bars that its minutes are measured on.

    These are the bars up to the end of what was measured of it, and of its trading day, which its
    page draws: those before say what is ordinary. Later bars change nothing, unless ordinary days
    lie on both sides, or it is pending. Other statements matter that bar days before it, and those
    that its page names beside it.
    """
    if study.minutes is None:
        return {}
    depends: dict[str, dict[str, Dependencies]] = {}
    for asset, measured in study.minutes.measured.items():
        ends = _ends(study.minutes, measured)
        factor = study.minutes.bars.series.get(measured.lookup.bars.factor)
        every = [measured.lookup.bars, *([factor] if factor is not None else [])]
        digests = [_digests(bars, sorted(set(ends.values()))) for bars in every]
        others = _Others(study.minutes, measured)
        for event_id, end in ends.items():
            content = " ".join(digest[end] for digest in digests)
            depends.setdefault(event_id, {})[BARS + asset] = Dependencies(
                last=str(np.datetime64(end, "s"))[:10],
                prices=content,
                near=others.near(event_id, end),
            )
    return depends


def claimed_bars(study: Study, event: Event) -> list[str]:
    """Return what the bars say that the claims of an event are looked for on, to their sessions."""
    if study.minutes is None:
        return []
    said = []
    for claim in event.claims:
        for name, bars in study.minutes.bars.series.items():
            if claim.asset in (name, bars.standing.proxy):
                after = np.array([claim.session + dt.timedelta(days=1)], dtype="datetime64[D]")
                end = int(utc_seconds(after, 0, bars.zone)[0])
                upto = int(np.searchsorted(bars.end, end, side="right"))
                said += [name, repr(bars.standing), bars.digest(0, upto), _ranges(bars, upto)]
    return said


def _ranges(bars: BarSeries, upto: int) -> str:
    """Return the digest of what bars have besides closes and volumes."""
    content = hashlib.sha256()
    for column in (bars.open, bars.low, bars.high):
        if column is not None:
            content.update(np.ascontiguousarray(column[:upto], dtype="<f8").tobytes())
    return content.hexdigest()[:16]


def _ends(results: MinuteRecord, measured: MeasuredAsset) -> dict[str, int]:
    """Return until when the bars matter to each event, seconds since 1970 UTC."""
    bars = measured.lookup.bars
    whole = int(bars.end[-1])
    ends = {event_id: int(bars.begin[0]) for event_id in measured.statements}
    reach = results.options.path * 60 + 2 * bars.length
    for window in measured.windows:
        end = whole if window.pending else max(window.measured[1], window.asked[1]) + reach
        ends[window.event_id] = max(ends[window.event_id], end)
    for gap in measured.gaps:
        end = whole if gap.pending else gap.end
        ends[gap.event_id] = max(ends[gap.event_id], end)
    for event_id, statement in measured.statements.items():
        session = session_of(measured.lookup, statement)
        if session is not None:
            ends[event_id] = max(ends[event_id], day_span(measured.lookup, session)[1])
    if results.options.days == "around":
        return dict.fromkeys(ends, whole)
    return {event_id: min(end, whole) for event_id, end in ends.items()}


class _Others:
    """What other statements mean to the page of one: those of its day, and those that bar days."""

    def __init__(self, results: MinuteRecord, measured: MeasuredAsset) -> None:
        self.measured = measured
        self.both_sides = results.options.days == "around"
        self.said: dict[object, list[tuple[object, ...]]] = {}
        for event_id, one in measured.statements.items():
            row = (event_id, results.events[event_id].title, one.kind, one.first, one.last)
            session = session_of(measured.lookup, one)
            if session is not None and one.kind != "day":
                self.said.setdefault(session, []).append(row)
        stamped = Stamped.of(measured.statements.values())
        order = np.lexsort((stamped.first, stamped.last))
        self.first, self.last = stamped.first[order], stamped.last[order]

    def near(self, event_id: str, end: int) -> str:
        """Return the digest of the other statements that matter to one."""
        session = session_of(self.measured.lookup, self.measured.statements[event_id])
        said = [row for row in self.said.get(session, []) if row[0] != event_id]
        upto = int(np.searchsorted(self.last, end, side="right"))
        if self.both_sides:
            upto = len(self.last)
        times = np.column_stack([self.first[:upto], self.last[:upto]]).astype("<i8")
        if not said and not upto:
            return ""
        return digest(sorted(said), hashlib.sha256(times.tobytes()).hexdigest())


def _digests(bars: BarSeries, ends: list[int]) -> Mapping[int, str]:
    """Return the digest of the bars that have ended by each of some moments, ascending."""
    columns = [bars.begin, bars.end, bars.close.view(np.int64)]
    columns += [] if bars.volume is None else [bars.volume.view(np.int64)]
    content, done, made = hashlib.sha256(), 0, {}
    for end in ends:
        upto = int(np.searchsorted(bars.end, end, side="right"))
        rows = np.column_stack([column[done:upto] for column in columns])
        content.update(np.ascontiguousarray(rows, dtype="<i8").tobytes())
        done, made[end] = upto, content.hexdigest()[:16]
    return made
