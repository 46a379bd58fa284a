"""What a normal-return model is given and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from eventstudy.arguments import names_of, one_name
from eventstudy.arrays import Array, Mask
from eventstudy.errors import EstimationError, InvalidArgumentError


@dataclass(frozen=True)
class WindowSample:
    """Returns of the episodes of one asset, cut into their windows.

    Parameters
    ----------
    estimation : ndarray, shape (episodes, L1)
        Returns of the estimation window as fractions; NaN = missing or excluded.
    factors_estimation : ndarray, shape (episodes, L1, factors)
        Factor returns of the same sessions.
    factors_after : ndarray, shape (episodes, days, factors)
        Factor returns of the sessions after the estimation window: gap and event window.
    gap : ndarray, shape (episodes, sessions between the windows), optional
        Returns between estimation and event window: all that a model may know of the days
        after the estimation window. None = those days do not follow it one by one.
    span, span_after : ndarray, shapes (episodes, L1) and (episodes, days), optional
        Market sessions that each return covers, 1 = a daily return; None = not known.
    """

    estimation: Array
    factors_estimation: Array
    factors_after: Array
    gap: Array | None = None
    span: Array | None = None
    span_after: Array | None = None


@dataclass(frozen=True)
class Labelled:
    """The estimation window of one episode, labelled, for `NormalReturnModel.regression`.

    Parameters
    ----------
    returns : Series, length L1
        Returns as fractions by session; NaN = not used.
    factors : DataFrame, shape (L1, factors)
        Factor returns of the same sessions.
    span : Series, length L1, or None
        Market sessions that each return covers; None unless the model has `keeps_spans`.
    """

    returns: Any
    factors: Any
    span: Any


@dataclass(frozen=True)
class Solutions:
    """Least-squares fits of all episodes.

    Parameters
    ----------
    params : ndarray, shape (episodes, k)
        Estimates.
    residuals : ndarray, shape (episodes, n)
        Residuals; NaN = not used.
    s2, df : ndarray, shape (episodes,)
        Residual variance, residual sum of squares over `df`, and its degrees of freedom.
    inverse : ndarray, shape (episodes, k, k)
        (X'X)^-1.
    reasons : tuple of str
        Why an episode could not be fitted; empty where it was.
    """

    params: Array
    residuals: Array
    s2: Array
    df: Array
    inverse: Array
    reasons: tuple[str, ...]


Solver = Callable[["Array", "Array", "Mask"], Solutions]
"""Solves y of shape (episodes, n) on X of shape (episodes, n, k) over the usable rows.

Each episode has more usable rows than regressors, and at least two.
"""


@dataclass(frozen=True)
class Fits:
    """One fitted normal-return model for each episode.

    Parameters
    ----------
    names : tuple of str
        Names of the parameters.
    params : ndarray, shape (episodes, k)
        Estimates.
    residuals : ndarray, shape (episodes, L1)
        Abnormal returns of the estimation window; NaN where the return is missing.
    normal : ndarray, shape (episodes, days)
        Normal (expected) returns of the days after the estimation window.
    s2 : ndarray, shape (episodes,)
        Residual variance.
    df : ndarray, shape (episodes,)
        Its degrees of freedom.
    scale : ndarray, shape (episodes, days)
        Variance of the error of each day after the estimation window over s2; 1 = the same.
    leverage : ndarray, shape (episodes, days, columns)
        H with C = diag(scale) + HH': the covariance of the prediction errors of the days
        after the estimation window is s2 * C (Campbell, Lo and MacKinlay 1997, ch. 4).
    coefficients, coefficient_se : ndarray, shape (episodes, 1 + factors)
        α and the slope on each factor, whatever the parameters are, and their standard
        errors; NaN = the model has none.
    reasons : tuple of str
        Why an episode could not be fitted; empty where it was.
    """

    names: tuple[str, ...]
    params: Array
    residuals: Array
    normal: Array
    s2: Array
    df: Array
    scale: Array
    leverage: Array
    coefficients: Array
    coefficient_se: Array
    reasons: tuple[str, ...]

    @classmethod
    def blank(cls, names: tuple[str, ...], sample: WindowSample, columns: int) -> Fits:
        """Return fits without numbers, to be filled row by row.

        Parameters
        ----------
        names : tuple of str
            Names of the parameters.
        sample : WindowSample
            What is fitted.
        columns : int
            Columns of H.
        """
        episodes, days, factors = sample.factors_after.shape
        return cls(
            names=names,
            params=np.full((episodes, len(names)), np.nan),
            residuals=np.full(sample.estimation.shape, np.nan),
            normal=np.full((episodes, days), np.nan),
            s2=np.full(episodes, np.nan),
            df=np.full(episodes, np.nan),
            scale=np.ones((episodes, days)),
            leverage=np.full((episodes, days, columns), np.nan),
            coefficients=np.full((episodes, 1 + factors), np.nan),
            coefficient_se=np.full((episodes, 1 + factors), np.nan),
            reasons=("",) * episodes,
        )


def degrees_of_freedom(model: NormalReturnModel, returns: int) -> int:
    """Return the degrees of freedom that a model has left on so many estimation returns."""
    return returns - max(model.fewest, 2) + 1


@dataclass(frozen=True)
class Unfitted:
    """A model that is not fitted, for finding out what observations lack before they are measured.

    Normal returns are 0 where the factors of the day are known, and there is no variance.

    Parameters
    ----------
    name : str
        Name of the model that it stands for.
    factors : tuple of str
        Its factors.
    fewest : int
        Fewest estimation returns that it needs.
    """

    name: str
    factors: tuple[str, ...]
    fewest: int

    def fit(self, sample: WindowSample, solver: Solver) -> Fits:  # noqa: ARG002 - nothing is solved
        """Return fits without numbers."""
        fits = Fits.blank((), sample, 0)
        known = np.isfinite(sample.factors_after).all(axis=-1)
        return replace(fits, normal=np.where(known, 0.0, np.nan))

    def regression(self, window: Labelled) -> Any:  # noqa: ARG002 - nothing is solved
        """Refuse.

        Raises
        ------
        EstimationError
            Always.
        """
        raise EstimationError("the model was not fitted")

    def formula(self) -> str:
        """Return the name of the model."""
        return self.name


class OnMarket:
    """What models on one factor, the market, have in common."""

    market: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "market", one_name(type(self).__name__, self.market))

    @property
    def factors(self) -> tuple[str, ...]:
        """The market."""
        return (self.market,)


class OnFactors:
    """What models on a constant and any number of factors have in common."""

    factors: tuple[str, ...]

    @property
    def fewest(self) -> int:
        """Fewest estimation returns that leave one degree of freedom."""
        return 2 + len(self.factors)


def distinct_factors(factors: Sequence[str | Sequence[str]]) -> tuple[str, ...]:
    """Return the names of factors; refuse one that is named twice."""
    names = names_of("a factor", factors)
    if len(set(names)) != len(names):
        raise InvalidArgumentError(f"the factors must be distinct; found {names!r}")
    return names


class NormalReturnModel(Protocol):
    """A model of the return that an asset would have had without the event."""

    @property
    def name(self) -> str:
        """Registry name of the model."""

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of the price series that are its factors."""

    @property
    def fewest(self) -> int:
        """Fewest estimation returns that leave one degree of freedom.

        0 = nothing but the variance is estimated: abnormal returns need no estimation window.
        """

    def fit(self, sample: WindowSample, solver: Solver) -> Fits:
        """Fit the model to every episode of a sample."""

    def regression(self, window: Labelled) -> Any:
        """Return the statsmodels (or arch) result behind one episode.

        Raises
        ------
        EstimationError
            When no regression stands behind the model.
        """

    def formula(self) -> str:
        """Return the model as a formula, for reports."""
