"""Episodes of one asset, measured: a model is fitted to their windows; the rest is abnormal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.abnormal.shortages import shortages
from eventstudy.arrays import Ints
from eventstudy.models.base import Fits, NormalReturnModel, Solver, WindowSample
from eventstudy.models.fit_check import checked_fits
from eventstudy.settings import Options, Windows, least_returns, length

if TYPE_CHECKING:
    from eventstudy.design.windows import Episodes, WindowReturns


def _unestimated(cut: WindowReturns, short: Sequence[str]) -> WindowReturns:
    """Return the windows without the estimation returns that are too few."""
    if not any(short):
        return cut
    estimation = cut.estimation.copy()
    estimation[[bool(reason) for reason in short]] = np.nan
    return replace(cut, estimation=estimation)


def _sample(cut: WindowReturns, good: Ints, gap: int) -> WindowSample:
    """Return what a model may see: of returns after the estimation window, the gap only."""
    rows = slice(None) if len(good) == len(cut.estimation) else good  # all: without a copy
    return WindowSample(
        cut.estimation[rows],
        cut.factors_estimation[rows],
        cut.factors[rows],
        gap=cut.returns[rows, :gap],
        span=None if cut.span_estimation is None else cut.span_estimation[rows],
        span_after=None if cut.span is None else cut.span[rows],
    )


def _fitted(
    cut: WindowReturns, model: NormalReturnModel, reasons: Sequence[str], gap: int, solver: Solver
) -> tuple[Fits, list[str]]:
    """Fit the episodes without a reason against it.

    Returns
    -------
    (Fits, list of str)
        A row for each episode, NaN where it was not fitted, and the reasons of all that were not.
    """
    good = np.array([row for row, reason in enumerate(reasons) if not reason], dtype=np.intp)
    sample = _sample(cut, good, gap)
    fits = checked_fits(model, model.fit(sample, solver), sample)
    every = list(reasons)
    for row, reason in zip(good, fits.reasons, strict=True):
        every[row] = reason
    return _among_all(fits, good, len(every)), every


def _among_all(fits: Fits, good: Ints, episodes: int) -> Fits:
    """Put the rows of fitted episodes back among all; the others are NaN."""
    if len(good) == episodes:
        return fits
    spread: dict[str, Any] = {}
    for name, values in vars(fits).items():
        if isinstance(values, np.ndarray):
            spread[name] = np.full((episodes, *values.shape[1:]), np.nan)
            spread[name][good] = values
    return replace(fits, **spread)


def measure(
    episodes: Episodes,
    cut: WindowReturns,
    model: NormalReturnModel,
    windows: Windows,
    options: Options,
    solver: Solver,
) -> AbnormalReturns:
    """Fit a model to the episodes of one asset and measure their abnormal returns.

    Parameters
    ----------
    episodes : Episodes
        Episodes of the asset.
    cut : WindowReturns
        Their returns by window.
    model : NormalReturnModel
        Model of normal returns.
    windows : Windows
        Windows in event time.
    options : Options
        Smallest number of estimation returns.
    solver : callable
        Solver of one least-squares problem.

    Returns
    -------
    AbnormalReturns
    """
    count = len(episodes.positions)
    short, nothing = shortages(cut, windows, least_returns(windows, options, model.fewest)), [""]
    reasons, unestimated = (short, nothing * count) if model.fewest else (nothing * count, short)
    cut = _unestimated(cut, unestimated)
    event = slice(cut.dates.shape[1] - length(windows.event), None)
    fits, reasons = _fitted(cut, model, reasons, event.start, solver)
    benchmark = fits.normal if cut.benchmark is None else cut.benchmark
    return AbnormalReturns(
        assets=np.full(count, episodes.asset),
        day0=cut.dates[:, event][:, -windows.event[0]],
        position=episodes.positions,
        offset=episodes.offset,
        tau=np.arange(windows.event[0], windows.event[1] + 1),
        dates=cut.dates[:, event],
        returns=cut.returns[:, event],
        normal=fits.normal[:, event],
        benchmark=benchmark[:, event],
        status=cut.status[:, event],
        scale=fits.scale[:, event],
        leverage=fits.leverage[:, event],
        estimation_window=np.tile(windows.estimation, (count, 1)).astype(np.intp),
        estimation_dates=cut.estimation_dates,
        residuals=fits.residuals,
        gap=(cut.returns - fits.normal)[:, : event.start],
        s2=fits.s2,
        df=fits.df,
        coefficients=fits.coefficients,
        coefficient_se=fits.coefficient_se,
        missing=cut.missing,
        excluded=cut.excluded,
        reasons=np.array(reasons, dtype=object),
        unestimated=np.array(unestimated, dtype=object),
    )
