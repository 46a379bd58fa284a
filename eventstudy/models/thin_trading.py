"""Models for assets that trade less often, or at other hours, than their market."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from eventstudy.arrays import Array
from eventstudy.errors import EstimationError, InvalidArgumentError
from eventstudy.models.base import (
    Fits,
    Labelled,
    OnFactors,
    OnMarket,
    Solver,
    WindowSample,
    distinct_factors,
)
from eventstudy.models.least_squares import Design, regression, solve_designs
from eventstudy.models.solvers import degenerate


def _shifted(market: Array, days: int) -> Array:
    """Return of the market so many sessions later, along the last axis; NaN beyond its ends."""
    moved = np.full(market.shape, np.nan)
    if days >= 0:
        moved[..., : market.shape[-1] - days] = market[..., days:]
    else:
        moved[..., -days:] = market[..., :days]
    return moved


def _lag_name(market: str, days: int) -> str:
    return f"{market}[t{days:+d}]" if days else market


@dataclass(frozen=True)
class ScholesWilliams(OnMarket):
    """R = α + β_SW R_m + e, with β_SW = (β₋₁ + β₀ + β₊₁)/(1 + 2ρ) (Scholes and Williams 1977).

    β_j is the slope of a simple regression of R_t on R_m,t+j, ρ the first-order
    autocorrelation of the market, both over the interior of the estimation window: its
    first and last session serve as neighbours only, so no return from outside is used.
    α = mean R - β_SW mean R_m. A window of L1 + 2 sessions gives what is published for L1.

    Residual variance with n - 2 degrees of freedom, n interior days with a return: a
    convention, since the slopes are not from one regression. Prediction errors have the
    covariance s2 * I; the errors of α and β_SW are left out, as is usual, and not given
    (NaN): the paper's are asymptotic.

    `Fits.params`: const, the market's β_SW, β₋₁, β₀, β₊₁, ρ.

    Checked against: base R, `thin_trading` table (`tests/models/test_models.py`) | held to 1e-9

    Parameters
    ----------
    market : str
        Name of the market's price series.
    """

    market: str
    name: ClassVar[str] = "scholes-williams"
    one_by_one: ClassVar[bool] = True
    takes: ClassVar[tuple[int, int | None]] = (1, 1)
    fewest: ClassVar[int] = 5

    def fit(self, sample: WindowSample, solver: Solver) -> Fits:  # noqa: ARG002 - not one regression
        """Fit every episode of a sample."""
        names = ("const", self.market, *(f"slope[t{j:+d}]" for j in (-1, 0, 1)), "ρ")
        fits = Fits.blank(names, sample, 0)
        reasons = list(fits.reasons)
        market, after = sample.factors_estimation[..., 0], sample.factors_after[..., 0]
        near = np.stack([_shifted(market, j) for j in (-1, 0, 1)], axis=-1)
        usable = np.isfinite(sample.estimation) & np.isfinite(near).all(axis=-1)
        for row, rows in enumerate(usable):
            y, m = sample.estimation[row, rows], near[row, rows]
            reasons[row] = degenerate(y, np.column_stack([np.ones(len(y)), m[:, 1]]))
            if reasons[row]:
                continue
            rho = float(np.corrcoef(m[:, 1], m[:, 0])[0, 1])
            if 1 + 2 * rho < 0.1:
                reasons[row] = f"1 + 2ρ is {1 + 2 * rho:.2f}: too near zero to divide by"
                continue
            centred = m - m.mean(axis=0)
            slopes = centred.T @ (y - y.mean()) / (centred**2).sum(axis=0)
            beta = slopes.sum() / (1 + 2 * rho)
            alpha = y.mean() - beta * m[:, 1].mean()
            e = y - alpha - beta * m[:, 1]
            fits.params[row] = alpha, beta, *slopes, rho
            fits.coefficients[row] = alpha, beta
            fits.residuals[row, rows] = e
            fits.normal[row] = alpha + beta * after[row]
            fits.df[row], fits.s2[row] = len(y) - 2, e @ e / (len(y) - 2)
        return replace(fits, reasons=tuple(reasons))

    def regression(self, window: Labelled) -> Any:  # noqa: ARG002 - there is none to return
        """Refuse: three simple regressions and an autocorrelation are not one result."""
        raise EstimationError(
            "a Scholes-Williams beta is made of three simple regressions and the market's "
            "autocorrelation: there is no single regression behind it"
        )

    def formula(self) -> str:
        """Return the model in symbols."""
        return f"R = α + β_SW·R[{self.market}] + e, β_SW = (β₋₁ + β₀ + β₊₁)/(1 + 2ρ)"


@dataclass(frozen=True)
class Dimson(OnMarket):
    """R_t = α + Σ β_j R_m,t+j + e, j from -lags to leads; β_D = Σ β_j (Dimson 1979).

    The abnormal return is R - α - β_D R_m with the market of the same day only, so no later
    return enters the event window; in the estimation window neighbours come from the window
    itself, whose first `lags` and last `leads` sessions have no residual. The standard error
    of β_D is √(1'V1) with V the covariance of the slopes in the regression.

    s2 is the sum of squared estimation-window abnormal returns, *measured the same way*
    (with β_D R_m of the same day), over df = n - 2 - lags - leads. It exceeds the residual
    variance of the regression, because a same-day abnormal return also holds what the
    neighbouring days would explain. Covariance of prediction errors s2 * (I + X*(X'X)^-1
    X*') with x* = (1, R_m, ..., R_m): exact for the linear prediction. Such abnormal returns
    have negative serial correlation when neighbouring slopes are positive; errors of longer
    CARs are then on the safe side.

    Checked against: base R, `thin_trading` table (`tests/models/test_models.py`) | held to 1e-9

    Parameters
    ----------
    market : str
        Name of the market's price series.
    lags, leads : int
        Sessions of the market before and after, 0 to 20 each.
    """

    market: str
    lags: int = 1
    leads: int = 1
    name: ClassVar[str] = "dimson"
    takes: ClassVar[tuple[int, int | None]] = (1, 1)

    def __post_init__(self) -> None:
        super().__post_init__()
        for key in ("lags", "leads"):
            value = getattr(self, key)
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 20:
                raise InvalidArgumentError(f"{key} is {value!r}; write a whole number, 0 to 20")

    @property
    def fewest(self) -> int:
        """Fewest estimation returns that leave one degree of freedom; neighbours count."""
        return 3 + 2 * (self.lags + self.leads)

    def _design(self, market: Array, columns: list[Array]) -> Design:
        names = [_lag_name(self.market, j) for j in range(-self.lags, self.leads + 1)]
        regressors = np.stack([np.ones(market.shape), *columns], axis=-1)
        combine = np.zeros((2, 1 + len(names)))
        combine[0, 0], combine[1, 1:] = 1.0, 1.0
        return Design(("const", *names), regressors, np.zeros(market.shape), combine=combine)

    def declare(self, factors: Array) -> Design:
        """Declare a constant and the market on neighbouring days, for the estimation window."""
        market = factors[..., 0]
        shifts = range(-self.lags, self.leads + 1)
        return self._design(market, [_shifted(market, j) for j in shifts])

    def fit(self, sample: WindowSample, solver: Solver) -> Fits:
        """Fit every episode of a sample."""
        market, later = sample.factors_estimation[..., 0], sample.factors_after[..., 0]
        after = self._design(later, [later] * (self.lags + self.leads + 1))
        fits = solve_designs(sample, self.declare(sample.factors_estimation), after, solver)
        alpha, beta = fits.params[:, :1], fits.params[:, 1:].sum(axis=1, keepdims=True)
        same_day = sample.estimation - alpha - beta * market
        same_day[np.isnan(fits.residuals)] = np.nan
        s2 = np.nansum(same_day**2, axis=1) / fits.df
        return replace(fits, residuals=same_day, s2=s2)

    def regression(self, window: Labelled) -> Any:
        """Return the statsmodels regression of one episode on all neighbouring days."""
        return regression(window, self.declare(window.factors.to_numpy(dtype=float)))

    def formula(self) -> str:
        """Return the model in symbols."""
        return (
            f"R = α + β_D·R[{self.market}] + e, "
            f"β_D = Σ β_j over {self.lags} lags to {self.leads} leads"
        )


@dataclass(frozen=True)
class TradeToTrade(OnFactors):
    """R_d/√d = α√d + Σ β_j F_d,j/√d + e for a return over d market sessions.

    Returns and factor returns run from one price of the asset to the next, whatever the d
    market sessions between them (Maynes and Rumsey 1993); the error over d sessions has d
    times the daily variance. The mean over d sessions is dα, hence √d multiplies α. (The
    form with 1/√d, found in some programs, biases α.)

    Least squares with L1 - 1 - factors degrees of freedom; s2 is the variance of *one*
    session, and prediction errors have the covariance s2 * (diag(d) + X*(X'X)^-1 X*'), with
    rows (d, F_d) of X*. `Fits.residuals` are those of whole returns, in fractions, so a test
    that divides them by s sees variance d.

    Exact for log returns, which add up over sessions; approximate for simple ones. A return
    over more than `Options.max_shift` calendar days is a closure and is not used: raise it
    for assets that rest for weeks. d counts the sessions of the first factor, or without one
    those on which the asset has a price, or should (`eventstudy.prices.quality.holes`).
    Needs prices: from returns d cannot be known.

    Checked against: statsmodels, weighted least squares (`tests/models/test_models_in_studies.py`)
    | held to 1e-8

    Parameters
    ----------
    *factors : str
        Names of the factors' price series; none for a constant mean.
    """

    factors: tuple[str, ...]
    name: ClassVar[str] = "trade-to-trade"
    keeps_spans: ClassVar[bool] = True
    takes: ClassVar[tuple[int, int | None]] = (0, None)

    def __init__(self, *factors: str | Sequence[str]) -> None:
        object.__setattr__(self, "factors", distinct_factors(factors))

    def declare(self, factors: Array, span: Array) -> Design:
        """Declare the number of sessions and the factors; the error's variance grows with it."""
        regressors = np.concatenate([span[..., None], factors], axis=-1)
        return Design(("const", *self.factors), regressors, np.zeros(span.shape), span)

    def fit(self, sample: WindowSample, solver: Solver) -> Fits:
        """Fit every episode of a sample."""
        if sample.span is None or sample.span_after is None:
            fits = Fits.blank(("const", *self.factors), sample, 0)
            reason = "trade-to-trade returns need prices: from returns alone spans are not known"
            return replace(fits, reasons=(reason,) * len(fits.reasons))
        inside = self.declare(sample.factors_estimation, sample.span)
        after = self.declare(sample.factors_after, sample.span_after)
        return solve_designs(sample, inside, after, solver)

    def regression(self, window: Labelled) -> Any:
        """Return the statsmodels regression of one episode, every row divided by √d."""
        span = window.span.to_numpy(dtype=float)
        return regression(window, self.declare(window.factors.to_numpy(dtype=float), span))

    def formula(self) -> str:
        """Return the model in symbols."""
        terms = [f"β{i}·R[{name}]/√d" for i, name in enumerate(self.factors, 1)]
        return " + ".join(["R/√d = α√d", *terms, "e"])
