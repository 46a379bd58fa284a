"""Tidy frames of single observations, made from the arrays of a study on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.inference.average import car_basis
from eventstudy.inference.intervals import car_intervals
from eventstudy.inference.volatility import scaled_days

if TYPE_CHECKING:
    from eventstudy.arrays import Dates, Ints
    from eventstudy.results.study_results import EventStudyResults
    from eventstudy.settings import Window


def _dates(values: Dates) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(values.astype("datetime64[s]"))


def observation_rows(results: EventStudyResults) -> tuple[list[str], Ints]:
    """Event ids and episode rows of all observations that were measured."""
    ids, rows = [], []
    known = results.events.event_ids
    for (event, _), row in results.episode_of.items():
        if not results.abnormal.reasons[row]:
            ids.append(known[event])
            rows.append(row)
    return ids, np.array(rows, dtype=np.intp)


def alignment_frame(results: EventStudyResults) -> pd.DataFrame:
    """Where every event falls on every asset; see `EventStudyResults.alignment`."""
    ids = results.events.event_ids
    records = []
    for item in results.alignments:
        sessions = results.data[item.asset].calendar.sessions
        row = results.episode_of.get((item.event, item.asset))
        members = () if row is None else results.members[row]
        records.append(
            {
                "event_id": ids[item.event],
                "asset": item.asset,
                "day0": sessions[item.day0] if item.day0 >= 0 else np.datetime64("NaT", "D"),
                "day0_latest": sessions[item.latest]
                if item.latest >= 0
                else np.datetime64("NaT", "D"),
                "certain": item.certain,
                "partly": item.partly,
                "rule": item.rule,
                "shift_days": item.shift_days,
                "shares_session_with": "; ".join(ids[m] for m in members if m != item.event),
            }
        )
    columns = ["event_id", "asset", "day0", "day0_latest", "certain", "partly", "rule"]
    frame = pd.DataFrame(records, columns=[*columns, "shift_days", "shares_session_with"])
    for column in ("day0", "day0_latest"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[s]")
    return frame


def ar_frame(results: EventStudyResults) -> pd.DataFrame:
    """Abnormal returns in long form; see `EventStudyResults.ar`."""
    ids, rows = observation_rows(results)
    part = results.abnormal.rows(rows)
    days = len(part.tau)
    ar, se = part.ar, part.ar_se()
    frame = pd.DataFrame(
        {
            "event_id": np.repeat(np.array(ids, dtype=object), days),
            "asset": np.repeat(part.assets, days),
            "tau": np.tile(part.tau, len(rows)),
            "session": _dates(part.dates.ravel()),
            "return": part.returns.ravel(),
            "normal": part.normal.ravel(),
            "ar": ar.ravel(),
            "se": se.ravel(),
            "sar": (ar / se).ravel(),
        }
    )
    return frame[np.isfinite(frame["ar"])].reset_index(drop=True)


def _car_rows(results: EventStudyResults, window: Window) -> pd.DataFrame:
    from scipy import stats

    ids, rows = observation_rows(results)
    part = results.abnormal.rows(rows)
    car, se = part.car(window), part.car_se(window)
    t = car / se
    confidence = results.options.confidence
    half = stats.t.ppf((1 + confidence) / 2, part.df) * se
    interval = car_intervals(part, window, confidence)
    return pd.DataFrame(
        {
            "event_id": pd.Series(ids, dtype=object),
            "asset": part.assets,
            "start": window[0],
            "end": window[1],
            "car": car,
            "se": se,
            "t": t,
            "df": part.df,
            "p": 2 * stats.t.sf(np.abs(t), part.df),
            "ci_low": interval.low,
            "ci_high": interval.high,
            "ci_basis": car_basis(interval),
            "p_rank": interval.p,
            "ci_low_t": car - half,
            "ci_high_t": car + half,
            "scar": t,
            "bhar": part.bhar(window, results.options.returns),
            "day0": _dates(part.day0),
            "covers_day0": part.covers_day0(window),
        }
    )


def car_frame(results: EventStudyResults) -> pd.DataFrame:
    """One row for each observation and complete CAR window; see `EventStudyResults.car`."""
    frames = [_car_rows(results, window) for window in results.windows.car]
    frame = pd.concat(frames, ignore_index=True)
    frame = frame[np.isfinite(frame["car"])]
    events = {event_id: place for place, event_id in enumerate(results.events.event_ids)}
    assets = {asset: place for place, asset in enumerate(results.assets)}
    event, asset = frame["event_id"].map(events), frame["asset"].map(assets)
    order = np.lexsort((asset.to_numpy(), event.to_numpy()))
    return frame.iloc[order].reset_index(drop=True)


def scaled_frame(results: EventStudyResults) -> pd.DataFrame:
    """Volatility-scaled ranks of every event day; see `EventStudyResults.ewma_sq`."""
    ids, rows = observation_rows(results)
    part = results.abnormal.rows(rows)
    scaled = scaled_days(part)
    days = len(part.tau)
    frame = pd.DataFrame(
        {
            "event_id": np.repeat(np.array(ids, dtype=object), days),
            "asset": np.repeat(part.assets, days),
            "tau": np.tile(part.tau, len(rows)),
            "session": _dates(part.dates.ravel()),
            "ar": part.ar.ravel(),
            "z": scaled.z.ravel(),
            "p": scaled.p.ravel(),
            "n": np.repeat(scaled.n, days),
        }
    )
    return frame[np.isfinite(frame["z"])].reset_index(drop=True)
