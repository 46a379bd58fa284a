"""Averages and tests over episodes, by group, by attribute and by asset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.inference import CrossSection
from eventstudy.inference.bands import pointwise_critical, simultaneous
from eventstudy.joint import joint_average, overlapping
from eventstudy.models.least_squares import statsmodels_engine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventstudy.abnormal import AbnormalReturns
    from eventstudy.results.study_results import EventStudyResults
    from eventstudy.settings import Group, Window

    Array = NDArray[np.float64]

ALL_ASSETS = "all"
"""Name shown as the asset of an average across assets."""

NO_VALUE = "(empty)"
"""Name of the level of events whose attribute is empty."""

ALL_EVENTS = "all events"
"""Name of the group of all events."""


@dataclass(frozen=True)
class Level:
    """Episodes that are averaged together.

    Parameters
    ----------
    group : str
        Name of the group, or value of the attribute.
    asset : str
        Name of the asset, or "all".
    rows : ndarray of int, shape (episodes,)
        Rows of the episodes; an episode belongs to a level when one of its events does.
    """

    group: str
    asset: str
    rows: NDArray[np.intp]


def belongs(results: EventStudyResults, group: Group) -> NDArray[np.bool_]:
    """Whether each event belongs to a group, shape (events,)."""
    keep = np.ones(len(results.events), dtype=bool)
    tags = results.events.values("tags") if group.tag or group.without_tag else []
    if group.tag:
        keep &= [group.tag in own for own in tags]
    if group.without_tag:
        keep &= [group.without_tag not in own for own in tags]
    for column, value in group.where.items():
        keep &= [value in own for own in results.events.values(column)]
    return keep


def _memberships(results: EventStudyResults, by: str | None) -> dict[str, NDArray[np.bool_]]:
    """Level names, and for each whether each event belongs to it."""
    count = len(results.events)
    if by is None and not results.groups:
        return {ALL_EVENTS: np.ones(count, dtype=bool)}
    if by in (None, "group"):
        return {name: belongs(results, group) for name, group in results.groups.items()}
    assert by is not None
    values = results.events.values(by)
    names = dict.fromkeys(value for own in values for value in own)
    return {name or NO_VALUE: np.array([name in own for own in values]) for name in names}


def levels(results: EventStudyResults, by: str | None = None) -> Iterator[Level]:
    """Yield the sets of episodes that are averaged together.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    by : str, optional
        "group", or a column of the events. Default: the groups of the study if it has
        any, else all events together.

    Yields
    ------
    Level
        Levels without a single measured episode are passed over.
    """
    usable = np.array([not reason for reason in results.abnormal.reasons], dtype=bool)
    assets = results.abnormal.assets
    pools = [ALL_ASSETS] if results.pooled else list(results.data)
    for name, member in _memberships(results, by).items():
        has = np.array([member[list(events)].any() for events in results.members], dtype=bool)
        for pool in pools:
            inside = usable & has & (True if pool == ALL_ASSETS else assets == pool)
            if inside.any():
                yield Level(name, pool, np.flatnonzero(inside))


def sample(results: EventStudyResults, level: Level, window: Window) -> CrossSection:
    """Return the episodes of a level that enter averages over a window.

    Those complete over the window, and whose day 0 the window surely contains.
    """
    part = results.abnormal.rows(level.rows)
    keep = np.isfinite(part.car(window)) & part.covers_day0(window)
    return CrossSection(part.rows(np.flatnonzero(keep)), window, results.history)


def _positions(results: EventStudyResults, part: AbnormalReturns) -> dict[str, NDArray[np.intp]]:
    """Positions of day 0 among the sessions of each asset."""
    return {
        str(asset): np.searchsorted(
            results.data[str(asset)].calendar.sessions, part.day0[part.assets == asset]
        )
        for asset in dict.fromkeys(part.assets)
    }


def overlaps(results: EventStudyResults, part: AbnormalReturns, window: Window) -> int:
    """Return how many windows share a day with another one of the same asset."""
    found = _positions(results, part)
    return sum(overlapping(day0, window) for day0 in found.values())


@dataclass(frozen=True)
class _Average:
    """Means over episodes for a list of windows, and where their errors come from."""

    mean: Array
    covariance: Array
    df: float
    basis: str

    @property
    def se(self) -> Array:
        """Standard error of each mean."""
        return np.sqrt(np.diag(self.covariance))


def _average(
    results: EventStudyResults, part: AbnormalReturns, windows: Sequence[Window]
) -> _Average:
    """Average CARs over windows; overlapping ones with joint dummies only.

    Several episodes: errors from the spread between them. One: its prediction error.
    """
    widest = (min(w[0] for w in windows), max(w[1] for w in windows))
    n = len(part.day0)
    if n == 1:
        inside = _membership(part, windows)
        mean = np.array([part.car(w)[0] for w in windows])
        covariance = inside @ part.covariance(0) @ inside.T
        return _Average(mean, covariance, float(part.df[0]), "prediction error")
    if any(w[0] != w[1] for w in windows) and overlaps(results, part, widest):
        return _joint(results, part, windows)
    values = np.stack([part.car(w) for w in windows])
    covariance = np.atleast_2d(np.cov(values)) / n
    return _Average(values.mean(axis=1), covariance, n - 1, "between episodes")


def _membership(part: AbnormalReturns, windows: Sequence[Window]) -> Array:
    """Whether each day of the event window lies in each CAR window, shape (windows, days)."""
    inside = np.zeros((len(windows), len(part.tau)))
    for row, window in enumerate(windows):
        inside[row, part.columns(window)] = 1.0
    return inside


def _joint(
    results: EventStudyResults, part: AbnormalReturns, windows: Sequence[Window]
) -> _Average:
    positions = _positions(results, part)
    nothing = np.full(len(windows), np.nan)
    refused = _Average(nothing, np.diag(nothing), float("nan"), "not averaged: windows overlap")
    if len(positions) > 1:
        return refused
    ((asset, day0),) = positions.items()
    data = results.data[asset]
    used = part.estimation_dates[np.isfinite(part.residuals)]
    if not len(used):
        return refused
    estimation = np.unique(np.searchsorted(data.calendar.sessions, used))
    model = results.models[asset]
    found = joint_average(data, model, day0, windows, estimation, statsmodels_engine)
    if found is None:
        return refused
    return _Average(found.mean, found.covariance, found.df, "joint dummies")


def _path(results: EventStudyResults, level: Level, name: str) -> pd.DataFrame:
    """AAR or CAAR of one level over the event window, with its bands."""
    part = results.abnormal.rows(level.rows)
    complete = np.isfinite(part.ar).all(axis=1)
    keep = np.flatnonzero(complete & (part.offset == 0))
    if not len(keep):
        return pd.DataFrame()
    tau = [int(day) for day in part.tau]
    windows = [(day if name == "aar" else tau[0], day) for day in tau]
    found = _average(results, part.rows(keep), windows)
    confidence = results.options.confidence
    half = pointwise_critical(confidence, found.df) * found.se
    critical, band = simultaneous(found.covariance, confidence, found.df)
    return pd.DataFrame(
        {
            "group": level.group,
            "asset": level.asset,
            "tau": part.tau,
            name: found.mean,
            "se": found.se,
            "df": found.df,
            "ci_low": found.mean - half,
            "ci_high": found.mean + half,
            "band_low": found.mean - critical * found.se,
            "band_high": found.mean + critical * found.se,
            "band": band,
            "n": len(keep),
            "basis": found.basis,
            "left_out_uncertain": int((complete & (part.offset != 0)).sum()),
            "left_out_incomplete": int((~complete).sum()),
        }
    )


def path_frame(results: EventStudyResults, by: str | None, name: str) -> pd.DataFrame:
    """AAR or CAAR paths of all levels; see `EventStudyResults.aar` and `caar`."""
    parts = [_path(results, level, name) for level in levels(results, by)]
    parts = [part for part in parts if len(part)]
    columns = ["group", "asset", "tau", name, "se", "df", "ci_low", "ci_high"]
    columns += [
        "band_low",
        "band_high",
        "band",
        "n",
        "basis",
        "left_out_uncertain",
        "left_out_incomplete",
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _mean_car(results: EventStudyResults, level: Level, window: Window) -> dict[str, object]:
    from scipy import stats

    chosen = sample(results, level, window)
    record: dict[str, object] = {
        "group": level.group,
        "asset": level.asset,
        "start": window[0],
        "end": window[1],
        "n": chosen.n,
        "left_out": len(level.rows) - chosen.n,
    }
    if not chosen.n:
        return record
    part = chosen.abnormal
    found = _average(results, part, [window])
    mean, se = float(found.mean[0]), float(found.se[0])
    half = float(stats.t.ppf((1 + results.options.confidence) / 2, found.df)) * se
    t = mean / se if se else float("nan")
    bhar = part.bhar(window, results.options.returns)
    return record | {
        "caar": mean,
        "se": se,
        "t": t,
        "df": found.df,
        "p": float(2 * stats.t.sf(abs(t), found.df)),
        "ci_low": mean - half,
        "ci_high": mean + half,
        "basis": found.basis,
        "overlapping": overlaps(results, part, window),
        "median": float(np.median(chosen.car)),
        "abhar": float("nan") if np.isnan(mean) else float(bhar.mean()),
        "positive": int((chosen.car > 0).sum()),
    }


def mean_car_frame(results: EventStudyResults, by: str | None) -> pd.DataFrame:
    """Mean CAR of each level and window; see `EventStudyResults.mean_car`."""
    records = [
        _mean_car(results, level, window)
        for level in levels(results, by)
        for window in results.windows.car
    ]
    columns = ["group", "asset", "start", "end", "caar", "se", "t", "df", "p", "ci_low", "ci_high"]
    columns += ["basis", "median", "abhar", "positive", "overlapping", "n", "left_out"]
    return pd.DataFrame(records, columns=columns)
