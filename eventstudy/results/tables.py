"""Tidy frames of single observations, made from the arrays of a study on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.arrays import Array, Dates, Ints
from eventstudy.inference.average import car_basis
from eventstudy.inference.intervals import CarIntervals, car_intervals_of, t_interval
from eventstudy.inference.volatility import scaled_days
from eventstudy.results.measured_study import MeasuredStudy
from eventstudy.settings import Window


def dated(values: Dates) -> pd.DatetimeIndex:
    """Return dates as frames hold them."""
    return pd.DatetimeIndex(values.astype("datetime64[s]"))


def observed(study: MeasuredStudy) -> tuple[pd.Series, AbnormalReturns]:
    """Return the event ids of all observations that were measured, and a row for each."""
    episode_of = study.episode_of
    there = study.measured[episode_of.rows]
    ids = np.array(study.events.event_ids, dtype=object)[episode_of.events[there]]
    return pd.Series(ids, dtype=object), study.abnormal.rows(episode_of.rows[there])


def alignment_frame(study: MeasuredStudy) -> pd.DataFrame:
    """Where every event falls on every asset; see `EventStudyResults.alignment`."""
    ids = study.events.event_ids
    records = []
    for item in study.alignments:
        row = study.episode_of.get((item.event, item.asset))
        members = () if row is None else study.members[row]
        records.append(
            {
                "event_id": ids[item.event],
                "asset": item.asset,
                "day0": study.session(item.asset, item.day0),
                "day0_latest": study.session(item.asset, item.latest),
                "certain": item.certain,
                "partly": item.partly,
                "rule": item.rule,
                "shift_days": item.shift_days,
                "shares_session_with": tuple(ids[m] for m in members if m != item.event),
            }
        )
    columns = ["event_id", "asset", "day0", "day0_latest", "certain", "partly", "rule"]
    frame = pd.DataFrame(records, columns=[*columns, "shift_days", "shares_session_with"])
    for column in ("day0", "day0_latest"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[s]")
    return frame


def repeated(words: NDArray[Any], times: int) -> pd.Categorical:
    """Return each of some words so many times in succession, as numbers and a table of words."""
    categories, codes = np.unique(words.astype(str), return_inverse=True)
    return pd.Categorical.from_codes(np.repeat(codes, times), categories.astype(object))


def _by_day(ids: pd.Series, abnormal: AbnormalReturns, **columns: Array | Ints) -> pd.DataFrame:
    """One row for each observation and event day, from columns of shape (observations, days)."""
    days = len(abnormal.tau)
    return pd.DataFrame(
        {
            "event_id": repeated(ids.to_numpy(), days),
            "asset": repeated(abnormal.assets, days),
            "tau": np.tile(abnormal.tau, len(ids)),
            "session": dated(abnormal.dates.ravel()),
            **{name: values.ravel() for name, values in columns.items()},
        }
    )


def ar_frame(study: MeasuredStudy) -> pd.DataFrame:
    """Abnormal returns in long form; see `EventStudyResults.ar`."""
    return _ar_of(*observed(study)).reset_index(drop=True)


def ar_frames(study: MeasuredStudy, observations: int) -> Iterator[pd.DataFrame]:
    """Yield abnormal returns in long form; see `EventStudyResults.iter_ar`."""
    ids, abnormal = observed(study)
    done = 0
    for first in range(0, len(ids), observations):
        rows = np.arange(first, min(first + observations, len(ids)))
        frame = _ar_of(ids.iloc[rows], abnormal.rows(rows))
        frame.index = pd.RangeIndex(done, done + len(frame))
        done += len(frame)
        yield frame


def _ar_of(ids: pd.Series, abnormal: AbnormalReturns) -> pd.DataFrame:
    """Abnormal returns of some observations in long form."""
    ar, se = abnormal.ar, abnormal.ar_se()
    columns = {"return": abnormal.returns, "normal": abnormal.normal}
    frame = _by_day(ids, abnormal, **columns, ar=ar, se=se, sar=ar / se)
    return frame[np.isfinite(frame["ar"])]


def _car_rows(
    study: MeasuredStudy, window: Window, intervals: Callable[[Window], CarIntervals | None]
) -> pd.DataFrame:
    """Return CARs of a window, with their intervals where these were made."""
    from scipy import stats

    ids, abnormal = observed(study)
    car, se = abnormal.car(window), abnormal.car_se(window)
    t = car / se
    low_t, high_t = t_interval(car, se, study.options.confidence, abnormal.df)
    interval, ranked = intervals(window), {}
    if interval is not None:
        basis = car_basis(interval)
        ends = {"ci_low": interval.low, "ci_high": interval.high}
        ranked = {**ends, "ci_basis": basis, "p_rank": interval.p}
    return pd.DataFrame(
        {
            "event_id": ids,
            "asset": abnormal.assets,
            "start": window[0],
            "end": window[1],
            "car": car,
            "se": se,
            "t": t,
            "df": abnormal.df,
            "p": 2 * stats.t.sf(np.abs(t), abnormal.df),
            **ranked,
            "ci_low_t": low_t,
            "ci_high_t": high_t,
            "scar": t,
            "bhar": abnormal.bhar(window, study.options.returns),
            "day0": dated(abnormal.day0),
            "covers_day0": abnormal.covers_day0(window),
        }
    )


def car_frame(
    study: MeasuredStudy, intervals: Callable[[Window], CarIntervals | None] | None = None
) -> pd.DataFrame:
    """One row for each observation and complete CAR window; see `EventStudyResults.car`.

    Parameters
    ----------
    study : MeasuredStudy
        A study.
    intervals : callable, optional
        What is known of the intervals of all observations over a window, None = nothing.
        Default: they are made of the days of each.
    """
    windows = study.windows.car
    if intervals is None:
        made = car_intervals_of(observed(study)[1], windows, study.options.confidence)
        intervals = dict(zip(windows, made, strict=True)).get
    frames = [_car_rows(study, window, intervals) for window in windows]
    frame = pd.concat(frames).sort_index(kind="stable")  # by observation, then by window
    return frame[np.isfinite(frame["car"])].reset_index(drop=True)


def scaled_frame(study: MeasuredStudy) -> pd.DataFrame:
    """Volatility-scaled ranks of every event day; see `EventStudyResults.ewma_sq`."""
    ids, abnormal = observed(study)
    scaled = scaled_days(abnormal)
    n = np.repeat(scaled.n, len(abnormal.tau))
    frame = _by_day(ids, abnormal, ar=abnormal.ar, z=scaled.z, p=scaled.p, n=n)
    return frame[np.isfinite(frame["z"])].reset_index(drop=True)
