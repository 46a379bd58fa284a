"""How normal returns were estimated: windows, coefficients, residuals."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.arrays import Array, Dates, Ints, Mask
from eventstudy.inference.volatility import sigma_ratio
from eventstudy.models.base import Labelled
from eventstudy.models.least_squares import PlainRegression, plain_regression
from eventstudy.models.traits import has_regressors, is_plain
from eventstudy.results.measured_study import MeasuredStudy
from eventstudy.results.tables import dated, observed


def _edges(dates: Dates, used: Mask) -> tuple[Dates, Dates]:
    """First and last session that is used, shape (episodes,); NaT where there is none."""
    there = used.any(axis=1)
    rows = np.arange(len(dates))
    first = dates[rows, used.argmax(axis=1)]
    last = dates[rows, used.shape[1] - 1 - used[:, ::-1].argmax(axis=1)]
    nothing = np.datetime64("NaT", "D")
    return np.where(there, first, nothing), np.where(there, last, nothing)


def _coefficients(study: MeasuredStudy, abnormal: AbnormalReturns) -> Iterator[tuple[str, Array]]:
    """Yield α and the slope on each factor of the study, each with its standard error."""
    pairs = (abnormal.coefficients, abnormal.coefficient_se)
    for end, values in zip(("", "_se"), pairs, strict=True):
        yield f"alpha{end}", values[:, 0]
    factors = dict.fromkeys(name for model in study.models.values() for name in model.factors)
    for factor in factors:
        column_of = {
            asset: 1 + model.factors.index(factor)
            for asset, model in study.models.items()
            if factor in model.factors
        }
        columns = np.array(
            [column_of.get(str(asset), -1) for asset in abnormal.assets], dtype=np.intp
        )
        rows = np.arange(len(columns))
        for end, values in zip(("", "_se"), pairs, strict=True):
            yield f"beta_{factor}{end}", np.where(columns < 0, np.nan, values[rows, columns])


def estimation_frame(study: MeasuredStudy) -> pd.DataFrame:
    """One row for each observation's estimation; see `EventStudyResults.estimation`."""
    ids, abnormal = observed(study)
    first, last = _edges(abnormal.estimation_dates, np.isfinite(abnormal.residuals))
    frame = pd.DataFrame(
        {
            "event_id": ids,
            "asset": abnormal.assets,
            "model": [study.models[asset].name for asset in abnormal.assets],
            "start": abnormal.estimation_window[:, 0],
            "end": abnormal.estimation_window[:, 1],
            "first": dated(first),
            "last": dated(last),
            "n": abnormal.observed,
            "missing": abnormal.missing,
            "excluded": abnormal.excluded,
            "sigma": np.sqrt(abnormal.s2),
            "df": abnormal.df,
            "sigma_ratio": sigma_ratio(abnormal),
        }
    )
    return frame.assign(**dict(_coefficients(study, abnormal)))


def residuals_frame(study: MeasuredStudy) -> pd.DataFrame:
    """Abnormal returns of the estimation windows; see `EventStudyResults.residuals`."""
    ids, abnormal = observed(study)
    row, column = np.nonzero(np.isfinite(abnormal.residuals))
    return pd.DataFrame(
        {
            "event_id": ids.to_numpy()[row],
            "asset": abnormal.assets[row],
            "session": dated(abnormal.estimation_dates[row, column]),
            "residual": abnormal.residuals[row, column],
        }
    )


def plain_regression_of(study: MeasuredStudy, row: int) -> PlainRegression | None:
    """Return the numbers of the regression behind an episode; None where it is not an ordinary one.

    Parameters
    ----------
    study : MeasuredStudy
        The study.
    row : int
        Row of the episode.
    """
    asset = str(study.abnormal.assets[row])
    model, data = study.models[asset], study.data[asset]
    if not (has_regressors(model) and is_plain(model)):
        return None
    _, days, returns, _ = given(study, row)
    return plain_regression(returns, model.declare(data.factors[days]))


def given(study: MeasuredStudy, row: int) -> tuple[Dates, Ints, Array, Array]:
    """Return sessions, positions, returns and residuals of an estimation window.

    Returns are as the model was given them: NaN where it used none.
    """
    episode = study.abnormal.rows(np.array([row]))
    inside = ~np.isnat(episode.estimation_dates[0])
    days, residuals = episode.estimation_days[0, inside], episode.residuals[0, inside]
    returns = study.data[str(episode.assets[0])].returns[days]
    known = np.where(np.isfinite(residuals), returns, np.nan)
    return episode.estimation_dates[0, inside], days, known, residuals


def labelled(study: MeasuredStudy, row: int) -> Labelled:
    """Return the estimation window of an episode, labelled, as its model was given it.

    Parameters
    ----------
    study : MeasuredStudy
        The study.
    row : int
        Row of the episode.
    """
    asset = str(study.abnormal.assets[row])
    data = study.data[asset]
    sessions, days, returns, _ = given(study, row)
    index = dated(sessions).rename("session")
    if not study.dated:
        index = pd.Index(days - int(study.abnormal.position[row]), name="tau")
    factors = list(study.models[asset].factors)
    return Labelled(
        returns=pd.Series(returns, index=index, name=asset),
        factors=pd.DataFrame(data.factors[days], index=index, columns=factors),
        span=None if data.span is None else pd.Series(data.span[days], index=index),
    )
