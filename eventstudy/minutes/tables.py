"""Frames of single observations in minutes, made on demand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.bars.clocks import shown_moments
from eventstudy.bars.quality import BarFinding
from eventstudy.minutes.columns import COLUMNS
from eventstudy.minutes.episodes import episodes_of
from eventstudy.minutes.gaps import SINCE, Gap
from eventstudy.minutes.ranks import Ranked, mean_known, multiple, rank_move, share_as_large
from eventstudy.minutes.record import MeasuredAsset, MinuteRecord
from eventstudy.minutes.residuals import Residual
from eventstudy.minutes.settings import FEWEST, MinuteOptions
from eventstudy.minutes.windows import Window
from eventstudy.words.catalogue import counted, say

_RANKED = ("n", "sd", "z", "p_rank", "scar", "p", "smallest_p", "ci_low", "ci_high", "mde")
PATH = ["minute", "time", "move", "car", "band_low", "band_high", "p"]


def moment(seconds: int, zone: str) -> pd.Timestamp:
    """Return seconds of UTC as a moment of a zone; NaT for 0, which is no moment."""
    there = pd.Timestamp(seconds, unit="s", tz="UTC")
    return there.tz_convert(zone) if seconds else pd.NaT


def frame_of(rows: Iterable[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    """Return records as a table with these columns, in this order, even when there are none."""
    return pd.DataFrame(list(rows), columns=columns)


def doubts(ranked: Ranked, options: MinuteOptions) -> str:
    """Return why no test leads; empty when one does."""
    if not np.isfinite(ranked.scar):
        return "the volatility of the days before is not known"
    return too_few(ranked.n_scaled, ranked.smallest_p, options)


def too_few(n: int, smallest_p: float, options: MinuteOptions) -> str:
    """Return why a rank among so many ordinary days does not lead; empty when it does."""
    if n >= min(options.least, options.ordinary):
        return ""
    cannot = "; it cannot reach .05" if n < FEWEST else ""
    days = counted(n, "ordinary_day")
    return f"{days}, fewer than {options.least}: the least p is {smallest_p:.3f}{cannot}"


def _ranked(ranked: Ranked, options: MinuteOptions) -> dict[str, Any]:
    reason = doubts(ranked, options)
    values = {name: getattr(ranked, name) for name in _RANKED}
    return {**values, "valid": not reason, "reason": reason}


def alignment_frame(results: MinuteRecord) -> pd.DataFrame:
    """Where every event falls on every asset; see `MinuteResults.alignment`."""
    return frame_of(_aligned(results), COLUMNS["minutes_alignment"])


def _aligned(results: MinuteRecord) -> Iterator[dict[str, Any]]:
    for asset, measured in results.measured.items():
        zone, parts = measured.lookup.bars.zone, measured.lookup.bars.parts
        episodes = episodes_of(measured, results.windows.lead)
        for event_id, statement in measured.statements.items():
            place = int(parts.at(np.array([statement.last]))[0]) if statement.last else -1
            together = episodes.get(event_id, (event_id,))
            yield {
                "event_id": event_id,
                "asset": asset,
                "kind": statement.kind,
                "first": moment(statement.first, zone),
                "last": moment(statement.last, zone),
                "session": pd.Timestamp(parts.session[place]) if place >= 0 else pd.NaT,
                "part": str(parts.name[place]) if place >= 0 else "",
                "episode": together[0],
                "overlaps": tuple(name for name in together if name != event_id),
            }


def car_frame(results: MinuteRecord) -> pd.DataFrame:
    """Return moves in windows; see `MinuteResults.car`."""
    rows = []
    for measured in results.measured.values():
        episodes = {span: episodes_of(measured, span) for span in results.windows.all}
        for window in measured.windows:
            if not window.reason:
                residual = measured.residuals.get((window.event_id, window.span))
                first = episodes[window.span].get(window.event_id, (window.event_id,))[0]
                row = _window_row(measured, window, residual, results.options)
                rows.append({**row, "episode": first})
    return frame_of(rows, COLUMNS["minutes_car"])


def _window_row(
    measured: MeasuredAsset, window: Window, residual: Residual | None, options: MinuteOptions
) -> dict[str, Any]:
    ordinary, zone = window.ordinary, measured.lookup.bars.zone
    assert ordinary is not None
    ranked = rank_move(window.move, window.sigma, ordinary.move, ordinary.sigma, options.confidence)
    logs = np.log(ordinary.volume[np.isfinite(ordinary.volume)])
    apart = residual.ranked if residual else None
    return vars(window) | {
        "before": window.span[0],
        "after": window.span[1],
        "start": moment(window.measured[0], zone),
        "end": moment(window.measured[1], zone),
        "price_before": window.prices[0],
        "price_after": window.prices[1],
        "stale_before": window.ages[0] / 60,
        "stale_after": window.ages[1] / 60,
        "car": window.move,
        **_ranked(ranked, options),
        "rv": window.variance,
        "rv_ratio": multiple(window.variance, ordinary.variance),
        "p_rv": share_as_large(window.variance, ordinary.variance),
        "rv_share": window.share,
        "rv_usual": mean_known(ordinary.share),
        "p_rv_share": share_as_large(window.share, ordinary.share),
        "log_volume": float(np.log(window.volume) - logs.mean()) if len(logs) else np.nan,
        "p_volume": share_as_large(window.volume, ordinary.volume),
        "residual": residual.move if residual else np.nan,
        "beta": residual.beta if residual else np.nan,
        "p_residual": apart.p if apart else np.nan,
        "no_residual": residual.reason if residual else "",
        "barred": ordinary.barred,
    }


def overnight_frame(results: MinuteRecord) -> pd.DataFrame:
    """Return moves across nights and breaks; see `MinuteResults.overnight`."""
    rows = [
        _gap_row(measured, gap, results.options)
        for measured in results.measured.values()
        for gap in measured.gaps
        if not gap.reason
    ]
    return frame_of(rows, COLUMNS["minutes_overnight"])


def _gap_row(measured: MeasuredAsset, gap: Gap, options: MinuteOptions) -> dict[str, Any]:
    assert gap.ranked is not None
    zone = measured.lookup.bars.zone
    return vars(gap) | {
        "label": say(f"minutes.spans.{gap.kind}"),
        "start": moment(gap.start, zone),
        "end": moment(gap.end, zone),
        "price_before": gap.prices[0],
        "price_after": gap.prices[1],
        "car": gap.move,
        **_ranked(gap.ranked, options),
    }


def left_out_frame(results: MinuteRecord) -> pd.DataFrame:
    """Return what was not measured in minutes; see `MinuteResults.left_out`."""
    rows = [
        vars(window) | {"before": window.span[0], "after": window.span[1]}
        for measured in results.measured.values()
        for window in measured.windows
        if window.reason
    ]
    rows += [
        vars(gap)
        | {"before": pd.NA, "after": pd.NA, "reason": f"{gap.kind}: {gap.reason}"}
        | {"cure": "Measure it by the day, or load bars that hold its span."}
        for measured in results.measured.values()
        for gap in measured.gaps
        if gap.reason and gap.kind != SINCE
    ]
    rows += [
        {"event_id": event_id, "asset": asset, "before": pd.NA, "after": pd.NA, "reason": why}
        | {"pending": False, "cure": "Ask the source again, or load its bars from a file."}
        for asset, why in results.bars.missing.items()
        for event_id in results.events.event_ids
    ]
    return frame_of(rows, COLUMNS["minutes_left_out"])


def path_frame(results: MinuteRecord, event_id: str, asset: str) -> pd.DataFrame:
    """Return the path of one statement; see `MinuteResults.path`."""
    path = results.path_record(event_id, asset)
    zone = results.measured[asset].lookup.bars.zone
    columns = {
        "minute": path.minute,
        "time": shown_moments(path.moment, zone),
        "move": np.diff(path.move, prepend=np.nan),
        "car": path.move,
        "band_low": -path.half,
        "band_high": path.half,
        "p": path.p,
    }
    return pd.DataFrame(columns, columns=PATH)


def paths_frame(results: MinuteRecord) -> pd.DataFrame:
    """Return the paths of all measured statements; see `MinuteResults.ar`."""
    frames = []
    for asset, measured in results.measured.items():
        for window in measured.windows:
            if not window.reason and window.span == results.windows.lead:
                path = path_frame(results, window.event_id, asset)
                frames.append(path.assign(event_id=window.event_id, asset=asset))
    columns = ["event_id", "asset", *PATH]
    return pd.concat(frames, ignore_index=True)[columns] if frames else frame_of([], columns)


def quality_frame(findings: Iterable[BarFinding]) -> pd.DataFrame:
    """Return findings on bars as a table: asset, kind, severity, count, first, last, text."""
    columns = COLUMNS["minutes_quality"]
    rows = ({name: getattr(finding, name) for name in columns} for finding in findings)
    return frame_of(rows, columns)


def bars_frame(results: MinuteRecord) -> pd.DataFrame:
    """Return what the bars of each asset are; a row for each."""
    rows = [{"asset": asset, **bars.reported()} for asset, bars in results.bars.series.items()]
    return pd.DataFrame(rows)
