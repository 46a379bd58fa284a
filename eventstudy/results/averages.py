"""Averages over episodes, by group, by attribute and by asset, as frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.inference.average import average, overlaps
from eventstudy.results.levels import entering, levels, thinned

if TYPE_CHECKING:
    from eventstudy.arrays import Ints
    from eventstudy.results.levels import Level
    from eventstudy.results.study_results import EventStudyResults
    from eventstudy.settings import Window

INTERVAL = ("ci_low", "ci_high", "ci_basis", "n_eff", "ci_low_t", "ci_high_t")
PATH = ("se", "df", *INTERVAL, "band_low", "band_high", "band", "n", "basis", "event_sd_ratio")
LEFT = ("left_out_uncertain", "left_out_incomplete", "left_out_overlapping")
MEAN = ("group", "asset", "start", "end", "caar", "se", "t", "df", "p", *INTERVAL, "basis")
MORE = ("median", "abhar", "positive", "overlapping", "event_sd_ratio", "n", "left_out")
OVERLAP = ("left_out_overlapping", "overlapping_events")


def _names(results: EventStudyResults, rows: Ints) -> str:
    """Event ids of episodes, each once."""
    ids = results.events.event_ids
    events = dict.fromkeys(event for row in rows for event in results.members[row])
    return "; ".join(ids[event] for event in events)


def _path(results: EventStudyResults, level: Level, name: str) -> pd.DataFrame:
    """AAR or CAAR of one level over the event window, with its bands."""
    part = results.abnormal.rows(level.rows)
    complete = np.isfinite(part.ar).all(axis=1)
    tau = [int(day) for day in part.tau]
    windows = [(day if name == "aar" else tau[0], day) for day in tau]
    widest = (0, 0) if name == "aar" else results.windows.event
    kept = thinned(results, level.rows[complete & (part.offset == 0)], widest)
    if not len(kept.rows):
        return pd.DataFrame()
    found = average(results.abnormal.rows(kept.rows), windows, results.history)
    return pd.DataFrame(
        {
            "group": level.group,
            "asset": level.asset,
            "tau": part.tau,
            name: found.mean,
            "se": found.se,
            "df": found.df,
            "ci_low": found.low,
            "ci_high": found.high,
            "ci_basis": found.ci_basis,
            "n_eff": found.n_eff,
            "ci_low_t": found.low_t,
            "ci_high_t": found.high_t,
            "band_low": found.mean - found.half,
            "band_high": found.mean + found.half,
            "band": found.band,
            "n": len(kept.rows),
            "basis": found.basis,
            "event_sd_ratio": found.event_sd_ratio,
            "left_out_uncertain": int((complete & (part.offset != 0)).sum()),
            "left_out_incomplete": int((~complete).sum()),
            "left_out_overlapping": len(kept.overlapping),
        }
    )


def path_frame(results: EventStudyResults, by: str | None, name: str) -> pd.DataFrame:
    """AAR or CAAR paths of all levels; see `EventStudyResults.aar` and `caar`."""
    parts = [_path(results, level, name) for level in levels(results, by)]
    parts = [part for part in parts if len(part)]
    columns = ["group", "asset", "tau", name, *PATH, *LEFT]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _mean_car(results: EventStudyResults, level: Level, window: Window) -> dict[str, object]:
    from scipy import stats

    chosen = entering(results, level, window)
    record: dict[str, object] = {
        "group": level.group,
        "asset": level.asset,
        "start": window[0],
        "end": window[1],
        "n": len(chosen.rows),
        "left_out": len(level.rows) - len(chosen.rows),
        "left_out_overlapping": len(chosen.overlapping),
        "overlapping_events": _names(results, chosen.overlapping),
    }
    if not len(chosen.rows):
        return record
    part = results.abnormal.rows(chosen.rows)
    found = average(part, [window], results.history)
    mean, se = float(found.mean[0]), float(found.se[0])
    t = mean / se if se else float("nan")
    car, bhar = part.car(window), part.bhar(window, results.options.returns)
    return record | {
        "caar": mean,
        "se": se,
        "t": t,
        "df": found.df,
        "p": float(2 * stats.t.sf(abs(t), found.df)),
        "ci_low": float(found.low[0]),
        "ci_high": float(found.high[0]),
        "ci_basis": found.ci_basis[0],
        "n_eff": float(found.n_eff[0]),
        "ci_low_t": float(found.low_t[0]),
        "ci_high_t": float(found.high_t[0]),
        "basis": found.basis,
        "event_sd_ratio": found.event_sd_ratio,
        "overlapping": overlaps(part, window),
        "median": float(np.median(car)),
        "abhar": float("nan") if np.isnan(mean) else float(bhar.mean()),
        "positive": int((car > 0).sum()),
    }


def mean_car_frame(results: EventStudyResults, by: str | None) -> pd.DataFrame:
    """Mean CAR of each level and window; see `EventStudyResults.mean_car`."""
    records = [
        _mean_car(results, level, window)
        for level in levels(results, by)
        for window in results.windows.car
    ]
    return pd.DataFrame(records, columns=[*MEAN, *MORE, *OVERLAP])
