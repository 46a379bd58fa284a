"""Tidy frames of single observations, made from the arrays of a study on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.inference.volatility import scaled_days
from eventstudy.prices import Prices
from eventstudy.prices.series_checks import shown
from eventstudy.windows import AFTER, BEFORE, CLOSURE, HOLE, NO_FACTOR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventstudy.alignment import Alignment
    from eventstudy.results.study_results import EventStudyResults
    from eventstudy.settings import Window
    from eventstudy.windows import AssetReturns


def _dates(values: NDArray[np.datetime64]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(values.astype("datetime64[s]"))


def _observation_rows(results: EventStudyResults) -> tuple[list[str], NDArray[np.intp]]:
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
    ids, rows = _observation_rows(results)
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

    ids, rows = _observation_rows(results)
    part = results.abnormal.rows(rows)
    car, se = part.car(window), part.car_se(window)
    t = car / se
    half = stats.t.ppf((1 + results.options.confidence) / 2, part.df) * se
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
            "ci_low": car - half,
            "ci_high": car + half,
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


def estimation_frame(results: EventStudyResults) -> pd.DataFrame:
    """One row for each observation's estimation; see `EventStudyResults.estimation`."""
    ids, rows = _observation_rows(results)
    part = results.abnormal.rows(rows)
    scaled = scaled_days(part)
    dates = part.estimation_dates
    used = np.isfinite(part.residuals)
    first = [day[known][0] for day, known in zip(dates, used, strict=True)]
    last = [day[known][-1] for day, known in zip(dates, used, strict=True)]
    return pd.DataFrame(
        {
            "event_id": pd.Series(ids, dtype=object),
            "asset": part.assets,
            "model": [results.models[asset].name for asset in part.assets],
            "first": _dates(np.array(first, dtype="datetime64[D]")),
            "last": _dates(np.array(last, dtype="datetime64[D]")),
            "n": part.observed,
            "missing": part.missing,
            "excluded": part.excluded,
            "sigma": np.sqrt(part.s2),
            "df": part.df,
            "sigma_ratio": scaled.ratio,
        }
    )


def scaled_frame(results: EventStudyResults) -> pd.DataFrame:
    """Volatility-scaled ranks of every event day; see `EventStudyResults.ewma_sq`."""
    ids, rows = _observation_rows(results)
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


def _missing_day(results: EventStudyResults, row: int, column: int) -> tuple[str, bool]:
    """Say why a day of an episode has no abnormal return, and whether it may come."""
    part = results.abnormal
    data = results.data[str(part.assets[row])]
    calendar = data.calendar
    code = part.status[row, column]
    if code == AFTER:
        last = calendar.sessions[-1]
        if calendar.ended:
            return calendar.ends(), False
        lacking = int((part.status[row] == AFTER)[: column + 1].sum())
        more = "1 more session" if lacking == 1 else f"{lacking} more sessions"
        return f"{calendar.due(last.item(), lacking)} ({more})", True
    if code == BEFORE:
        return f"series starts {calendar.sessions[0]}", False
    day = part.dates[row, column]
    before = calendar.sessions[max(int(np.searchsorted(calendar.sessions, day)) - 1, 0)]
    if code == CLOSURE:
        return f"closure: the return of {day} is over {before} to {day}", False
    if code == HOLE:
        return _after_hole(results, data, before, day), False
    if code == NO_FACTOR:
        return f"no factor return on {day}", False
    return f"no return on {day}", False


def _after_hole(
    results: EventStudyResults, data: AssetReturns, before: np.datetime64, day: np.datetime64
) -> str:
    """Say which sessions without a price make a return one over several sessions."""
    lost = data.holes[(data.holes > before) & (data.holes < day)]
    what = "price" if isinstance(results.prices, Prices) else "return"
    several = {1: "two"}.get(len(lost), str(len(lost) + 1))
    return f"no {what} on {shown(lost)}: the return of {day} is over {several} sessions"


def _windows_left_out(results: EventStudyResults) -> list[dict[str, object]]:
    part = results.abnormal
    ids = results.events.event_ids
    records = []
    for (event, asset), row in results.episode_of.items():
        if part.reasons[row]:
            continue
        for window in results.windows.car:
            columns = part.columns(window)
            missing = np.flatnonzero(~np.isfinite(part.ar[row, columns]))
            if len(missing):
                last = columns.start + int(missing[-1])
                reason, pending = _missing_day(results, row, last)
                records.append(_left(ids[event], asset, window, reason, pending=pending))
    return records


def _left(
    event_id: str, asset: str, window: Window | None, reason: str, *, pending: bool
) -> dict[str, object]:
    start, end = window if window else (None, None)
    return {
        "event_id": event_id,
        "asset": asset,
        "start": start,
        "end": end,
        "reason": reason,
        "pending": pending,
    }


def _reason(results: EventStudyResults, item: Alignment) -> str:
    """Say why an event has no day 0; of a pending one, when its primary window is complete."""
    if item.eve is None:
        return item.reason
    end = max(results.windows.lead[1], 0)
    return results.data[item.asset].calendar.due(item.eve, 1 + end)


def left_out_frame(results: EventStudyResults) -> pd.DataFrame:
    """Every observation or window not studied, and why; see `EventStudyResults.left_out`."""
    ids = results.events.event_ids
    records = [
        _left(ids[item.event], item.asset, None, _reason(results, item), pending=item.pending)
        for item in results.alignments
        if item.reason
    ]
    records += [
        _left(ids[event], asset, None, str(results.abnormal.reasons[row]), pending=False)
        for (event, asset), row in results.episode_of.items()
        if results.abnormal.reasons[row]
    ]
    records += [
        _left(event.event_id, asset, None, f"no prices: {why}", pending=False)
        for event in results.events
        for asset, why in results.missing.items()
        if asset in (event.assets or results.missing)
    ]
    records += _windows_left_out(results)
    columns = ["event_id", "asset", "start", "end", "reason", "pending"]
    frame = pd.DataFrame(records, columns=columns)
    return frame.astype({"start": "Int64", "end": "Int64", "pending": bool})
