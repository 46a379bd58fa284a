"""How normal returns were estimated: windows, coefficients, residuals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.inference.volatility import scaled_days
from eventstudy.models.base import Labelled
from eventstudy.results.tables import observation_rows

if TYPE_CHECKING:
    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array, Dates, Mask
    from eventstudy.results.study_results import EventStudyResults


def _edges(dates: Dates, used: Mask) -> tuple[Dates, Dates]:
    """First and last session that is used, shape (episodes,); NaT where there is none."""
    there = used.any(axis=1)
    rows = np.arange(len(dates))
    first = dates[rows, used.argmax(axis=1)]
    last = dates[rows, used.shape[1] - 1 - used[:, ::-1].argmax(axis=1)]
    nothing = np.datetime64("NaT", "D")
    return np.where(there, first, nothing), np.where(there, last, nothing)


def _coefficients(results: EventStudyResults, part: AbnormalReturns) -> Iterator[tuple[str, Array]]:
    """Yield α and the slope on each factor of the study, each with its standard error."""
    pairs = (part.coefficients, part.coefficient_se)
    for end, values in zip(("", "_se"), pairs, strict=True):
        yield f"alpha{end}", values[:, 0]
    factors = dict.fromkeys(name for model in results.models.values() for name in model.factors)
    for factor in factors:
        at = {
            asset: 1 + model.factors.index(factor)
            for asset, model in results.models.items()
            if factor in model.factors
        }
        columns = np.array([at.get(str(asset), -1) for asset in part.assets], dtype=np.intp)
        rows = np.arange(len(columns))
        for end, values in zip(("", "_se"), pairs, strict=True):
            yield f"beta_{factor}{end}", np.where(columns < 0, np.nan, values[rows, columns])


def estimation_frame(results: EventStudyResults) -> pd.DataFrame:
    """One row for each observation's estimation; see `EventStudyResults.estimation`."""
    ids, rows = observation_rows(results)
    part = results.abnormal.rows(rows)
    first, last = _edges(part.estimation_dates, np.isfinite(part.residuals))
    frame = pd.DataFrame(
        {
            "event_id": pd.Series(ids, dtype=object),
            "asset": part.assets,
            "model": [results.models[asset].name for asset in part.assets],
            "first": pd.DatetimeIndex(first.astype("datetime64[s]")),
            "last": pd.DatetimeIndex(last.astype("datetime64[s]")),
            "n": part.observed,
            "missing": part.missing,
            "excluded": part.excluded,
            "sigma": np.sqrt(part.s2),
            "df": part.df,
            "sigma_ratio": scaled_days(part).ratio,
        }
    )
    return frame.assign(**dict(_coefficients(results, part)))


def residuals_frame(results: EventStudyResults) -> pd.DataFrame:
    """Abnormal returns of the estimation windows; see `EventStudyResults.residuals`."""
    ids, rows = observation_rows(results)
    part = results.abnormal.rows(rows)
    row, column = np.nonzero(np.isfinite(part.residuals))
    sessions = part.estimation_dates[row, column]
    return pd.DataFrame(
        {
            "event_id": np.array(ids, dtype=object)[row],
            "asset": part.assets[row],
            "session": pd.DatetimeIndex(sessions.astype("datetime64[s]")),
            "residual": part.residuals[row, column],
        }
    )


def labelled(results: EventStudyResults, row: int) -> Labelled:
    """Return the estimation window of an episode, labelled, as its model was given it.

    Parameters
    ----------
    results : EventStudyResults
        The study.
    row : int
        Row of the episode.
    """
    part = results.abnormal
    inside = ~np.isnat(part.estimation_dates[row])
    dates, used = part.estimation_dates[row, inside], np.isfinite(part.residuals[row, inside])
    asset = str(part.assets[row])
    data = results.data[asset]
    days = part.estimation_days[row, inside]
    index = pd.DatetimeIndex(dates.astype("datetime64[s]"), name="session")
    factors = list(results.models[asset].factors)
    returns = np.where(used, data.returns[days], np.nan)
    return Labelled(
        returns=pd.Series(returns, index=index, name=asset),
        factors=pd.DataFrame(data.factors[days], index=index, columns=factors),
        span=None if data.span is None else pd.Series(data.span[days], index=index),
    )
