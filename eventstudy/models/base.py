"""What a normal-return model is given and what it returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventstudy.models.least_squares import Engine

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """Returns of the episodes of one asset, cut into their windows.

    Parameters
    ----------
    estimation : ndarray, shape (episodes, L1)
        Returns of the estimation window as fractions; NaN = missing or excluded.
    factors_estimation : ndarray, shape (episodes, L1, factors)
        Factor returns of the same sessions.
    factors_after : ndarray, shape (episodes, days, factors)
        Factor returns of the sessions after the estimation window: gap and event window.
    """

    estimation: Array
    factors_estimation: Array
    factors_after: Array


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
    leverage : ndarray, shape (episodes, days, k)
        H with C = I + HH': the covariance of the prediction errors of the days after the
        estimation window is s2 * C (Campbell, Lo and MacKinlay 1997, ch. 4).
    reasons : tuple of str
        Why an episode could not be fitted; empty where it was.
    """

    names: tuple[str, ...]
    params: Array
    residuals: Array
    normal: Array
    s2: Array
    df: Array
    leverage: Array
    reasons: tuple[str, ...]


class NormalReturnModel(Protocol):
    """A model of the return that an asset would have had without the event."""

    @property
    def name(self) -> str:
        """Registry name of the model."""

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of the price series that are its factors."""

    def fit(self, sample: Sample, engine: Engine) -> Fits:
        """Fit the model to every episode of a sample."""

    def formula(self) -> str:
        """Return the model as a formula, for reports."""
