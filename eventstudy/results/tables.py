"""Tidy frames of single observations, made from the arrays of a study on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.arrays import Array, Dates, Ints
from eventstudy.design.day0 import Days0
from eventstudy.inference.average import car_basis
from eventstudy.inference.intervals import CarIntervals, car_intervals_over, t_interval
from eventstudy.inference.volatility import scaled_days
from eventstudy.results.measured_study import MeasuredStudy
from eventstudy.settings import Window


def dated(values: Dates) -> pd.DatetimeIndex:
    """Return dates as frames hold them."""
    return pd.DatetimeIndex(values.astype("datetime64[s]"))


def observed(study: MeasuredStudy) -> tuple[pd.Series, AbnormalReturns]:
    """Return the event ids of all observations that were measured, and a row for each."""
    ids, rows = observed_rows(study)
    return ids, study.abnormal.rows(rows)


def observed_rows(study: MeasuredStudy) -> tuple[pd.Series, Ints]:
    """Return the event ids of all observations that were measured, and the rows of episodes."""
    episode_of = study.episode_of
    there = study.measured[episode_of.rows]
    ids = np.array(study.events.event_ids, dtype=object)[episode_of.events[there]]
    return pd.Series(ids, dtype=object), episode_of.rows[there]


def alignment_frame(study: MeasuredStudy) -> pd.DataFrame:
    """Where every event falls on every asset; see `EventStudyResults.alignment`."""
    alignments, pairs = study.alignments, study.alignments.pairs
    return pd.DataFrame(
        {
            "event_id": [study.events.event_ids[event] for event in pairs.events.tolist()],
            "asset": [pairs.assets[place] for place in pairs.asset.tolist()],
            "day0": dated(alignments.each(lambda at: _days_of(at, at.position))),
            "day0_latest": dated(
                alignments.each(lambda days: _days_of(days, days.latest_position))
            ),
            "certain": alignments.each(lambda at: at.certain),
            "partly": alignments.partly,
            "rule": alignments.rules(),
            "shift_days": alignments.each(lambda at: at.shift_days),
            "shares_session_with": pd.Series(_companions(study), dtype=object),
        }
    )


def _days_of(days0: Days0, positions: Ints) -> Dates:
    """Return sessions by position; NaT for a negative one."""
    sessions = days0.calendar.sessions.astype("datetime64[D]")
    dates = np.full(len(positions), np.datetime64("NaT", "D"))
    dates[positions >= 0] = sessions[positions[positions >= 0]]
    return dates


def _companions(study: MeasuredStudy) -> list[tuple[str, ...]]:
    """Return the events that share the session of each event on each asset."""
    ids, pairs = study.events.event_ids, study.alignments.pairs
    rows = study.episode_of.rows_of(pairs.events, pairs.asset)
    shared: list[tuple[str, ...]] = [()] * len(rows)
    there = np.flatnonzero(rows >= 0)
    for at in there[study.crowded[rows[there]]].tolist():
        event = pairs.events[at]
        shared[at] = tuple(ids[m] for m in study.members[rows[at]] if m != event)
    return shared


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


def car_frame(
    study: MeasuredStudy, known: Callable[[Window], CarIntervals | None] | None = None
) -> pd.DataFrame:
    """One row for each observation and complete CAR window; see `EventStudyResults.car`.

    Parameters
    ----------
    study : MeasuredStudy
        A study.
    known : callable, optional
        What is known of the intervals of all observations over a window, None = nothing.
        Default: they are made of the days of each.
    """
    ids, abnormal = observed(study)
    windows, confidence = study.windows.car, study.options.confidence
    intervals: Iterable[CarIntervals | None] = (
        map(known, windows) if known else car_intervals_over(abnormal, windows, confidence)
    )
    parts = [_car_columns(study, abnormal, *each) for each in zip(windows, intervals, strict=True)]
    columns = {
        name: np.stack([part[name] for part in parts], axis=1).ravel()  # by observation, by window
        for name in parts[0]
    }
    rows = np.repeat(np.arange(len(ids)), len(windows))
    at = np.isfinite(columns["car"])
    observations = {
        "event_id": ids.to_numpy(),
        "asset": abnormal.assets,
        "df": abnormal.df,
        "day0": dated(abnormal.day0),
    }
    columns |= {name: values[rows] for name, values in observations.items()}
    frame = {name: columns[name][at] for name in CAR_COLUMNS if name in columns}
    frame["event_id"] = pd.Series(frame["event_id"], dtype=object)
    return pd.DataFrame(frame)


CAR_COLUMNS = (
    *("event_id", "asset", "start", "end", "car", "se", "t", "df", "p", "ci_low", "ci_high"),
    *("ci_basis", "p_rank", "ci_low_t", "ci_high_t", "scar", "bhar", "day0", "covers_day0"),
)


def _car_columns(
    study: MeasuredStudy, abnormal: AbnormalReturns, window: Window, interval: CarIntervals | None
) -> dict[str, NDArray[Any]]:
    """Return what the CARs over a window have of their own, arrays of shape (observations,)."""
    from scipy import stats

    car, se = abnormal.car(window), abnormal.car_se(window)
    t = car / se
    low_t, high_t = t_interval(car, se, study.options.confidence, abnormal.df)
    ranked = {}
    if interval is not None:
        basis = np.array(car_basis(interval), dtype=object)
        ends = {"ci_low": interval.low, "ci_high": interval.high}
        ranked = {**ends, "ci_basis": basis, "p_rank": interval.p}
    return {
        "start": np.full(len(car), window[0]),
        "end": np.full(len(car), window[1]),
        "car": car,
        "se": se,
        "t": t,
        "p": 2 * stats.t.sf(np.abs(t), abnormal.df),
        **ranked,
        "ci_low_t": low_t,
        "ci_high_t": high_t,
        "scar": t,
        "bhar": abnormal.bhar(window, study.options.returns),
        "covers_day0": abnormal.covers_day0(window),
    }


def scaled_frame(study: MeasuredStudy) -> pd.DataFrame:
    """Volatility-scaled ranks of every event day; see `EventStudyResults.ewma_sq`."""
    ids, abnormal = observed(study)
    scaled = scaled_days(abnormal)
    n = np.repeat(scaled.n, len(abnormal.tau))
    frame = _by_day(ids, abnormal, ar=abnormal.ar, z=scaled.z, p=scaled.p, n=n)
    return frame[np.isfinite(frame["z"])].reset_index(drop=True)
