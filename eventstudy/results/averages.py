"""Averages over episodes, by group, by attribute and by asset, as frames."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy.arrays import Array, Ints
from eventstudy.errors import InMemoryOnlyError
from eventstudy.inference.average import Average, average, overlaps
from eventstudy.inference.intervals import around, detectable_mean
from eventstudy.results.levels import Level, entering, levels, thinned
from eventstudy.results.measured_study import MeasuredStudy
from eventstudy.settings import Window

IN_MEMORY = "none: needs the study in memory"
"""Said of a level in parts of whose overlapping windows the days are not held."""
INTERVAL = ("ci_low", "ci_high", "ci_basis", "n_eff", "ci_low_t", "ci_high_t")
PATH = ("se", "df", *INTERVAL, "band_low", "band_high", "band", "n", "basis", "event_sd_ratio")
LEFT = ("left_out_uncertain", "left_out_incomplete", "left_out_overlapping")
MEAN = ("group", "asset", "start", "end", "caar", "se", "t", "df", "p", *INTERVAL, "basis")
MORE = ("mde", "median", "abhar", "positive", "overlapping", "event_sd_ratio", "n", "left_out")
OVERLAP = ("left_out_overlapping", "overlapping_events")


def _names(study: MeasuredStudy, rows: Ints) -> tuple[str, ...]:
    """Event ids of episodes, each once."""
    ids = study.events.event_ids
    events = dict.fromkeys(event for row in rows for event in study.members[row])
    return tuple(ids[event] for event in events)


def _intervals(means: Average) -> dict[str, Array | tuple[str, ...]]:
    """Intervals of means, one value for each window."""
    values = (means.low, means.high, means.ci_basis, means.n_eff, means.low_t, means.high_t)
    return dict(zip(INTERVAL, values, strict=True))


def _path(study: MeasuredStudy, level: Level, name: str) -> pd.DataFrame:
    """AAR or CAAR of one level over the event window, with its bands."""
    episodes = study.abnormal.part(level.rows)
    complete = np.isfinite(episodes.ar).all(axis=1)
    tau = [int(day) for day in episodes.tau]
    windows = [(day if name == "aar" else tau[0], day) for day in tau]
    widest = (0, 0) if name == "aar" else study.windows.event
    kept = thinned(study, level.rows[complete & (episodes.offset == 0)], widest)
    if not len(kept.rows):
        return pd.DataFrame()
    means = average(study.abnormal.part(kept.rows), windows, study.history)
    band_low, band_high = around(means.mean, means.half)
    return pd.DataFrame(
        {
            "group": level.group,
            "asset": level.asset,
            "tau": episodes.tau,
            name: means.mean,
            "se": means.se,
            "df": means.df,
            **_intervals(means),
            "band_low": band_low,
            "band_high": band_high,
            "band": means.band,
            "n": len(kept.rows),
            "basis": means.basis,
            "event_sd_ratio": means.event_sd_ratio,
            "left_out_uncertain": int((complete & (episodes.offset != 0)).sum()),
            "left_out_incomplete": int((~complete).sum()),
            "left_out_overlapping": len(kept.overlapping),
        }
    )


def path_frame(study: MeasuredStudy, by: str | None, name: str) -> pd.DataFrame:
    """AAR or CAAR paths of all levels; see `EventStudyResults.aar` and `caar`."""
    paths = [_path(study, level, name) for level in levels(study, by)]
    paths = [path for path in paths if len(path)]
    columns = ["group", "asset", "tau", name, *PATH, *LEFT]
    return pd.concat(paths, ignore_index=True) if paths else pd.DataFrame(columns=columns)


def _detectable(means: Average, confidence: float) -> float:
    """Mean CAR that would be seen in four cases of five; NaN without an interval."""
    low, high, n_eff = float(means.low[0]), float(means.high[0]), float(means.n_eff[0])
    if not np.isfinite(high - low):
        return float("nan")
    return detectable_mean(low, high, n_eff, confidence)


def _mean_car(study: MeasuredStudy, level: Level, window: Window) -> dict[str, object]:
    from scipy import stats

    kept = entering(study, level, window)
    record: dict[str, object] = {
        "group": level.group,
        "asset": level.asset,
        "start": window[0],
        "end": window[1],
        "n": len(kept.rows),
        "left_out": len(level.rows) - len(kept.rows),
        "left_out_overlapping": len(kept.overlapping),
        "overlapping_events": _names(study, kept.overlapping),
    }
    if not len(kept.rows):
        return record
    episodes = study.abnormal.part(kept.rows)
    try:
        means = average(episodes, [window], study.history, draws=None)
    except InMemoryOnlyError:
        return record | {"caar": float("nan"), "ci_basis": IN_MEMORY}
    mean, se = float(means.mean[0]), float(means.se[0])
    t = mean / se if se else float("nan")
    car, bhar = episodes.car(window), episodes.bhar(window, study.options.returns)
    return record | {
        "caar": mean,
        "se": se,
        "t": t,
        "df": means.df,
        "p": float(2 * stats.t.sf(abs(t), means.df)),
        **{name: values[0] for name, values in _intervals(means).items()},
        "basis": means.basis,
        "event_sd_ratio": means.event_sd_ratio,
        "mde": _detectable(means, study.options.confidence),
        "overlapping": overlaps(episodes, window),
        "median": float(np.median(car)),
        "abhar": float("nan") if np.isnan(mean) else float(bhar.mean()),
        "positive": int((car > 0).sum()),
    }


def mean_car_frame(study: MeasuredStudy, by: str | None) -> pd.DataFrame:
    """Mean CAR of each level and window; see `EventStudyResults.mean_car`."""
    records = [
        _mean_car(study, level, window)
        for level in levels(study, by)
        for window in study.windows.car
    ]
    return pd.DataFrame(records, columns=[*MEAN, *MORE, *OVERLAP])
