"""Calendar-time portfolios: abnormal return per day of holding what has had an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from eventstudy.arguments import told_class
from eventstudy.design.sessions import Calendar
from eventstudy.errors import EstimationError, InvalidArgumentError, refuse_unknown
from eventstudy.models.least_squares import portfolio_regression
from eventstudy.models.solvers import degenerate
from eventstudy.prices.quality.holes import after_holes, holes, returns_at

if TYPE_CHECKING:
    from eventstudy.results import EventStudyResults
    from eventstudy.settings import Window

WEIGHTS = ("ols", "wls", "newey-west")


@told_class
@dataclass(frozen=True, repr=False)
class CalendarTime:
    """Abnormal return of a calendar-time portfolio.

    Parameters
    ----------
    alpha, se : float
        Abnormal return per day as a fraction, and its standard error.
    t, p : float
        alpha/se, and its two-sided p by t(df).
    df : float
        Days less regressors.
    days, dropped : int
        Days used; days on which assets were held but too few, or a factor has no return.
    regression : statsmodels.regression.linear_model.RegressionResults
        Of the portfolio on a constant and the factors.
    frame : DataFrame
        The days used by session: portfolio, assets (held), and a column for each factor.
    """

    alpha: float
    se: float
    t: float
    df: float
    p: float
    days: int
    dropped: int
    regression: Any
    frame: pd.DataFrame

    def __repr__(self) -> str:
        return (
            f"CalendarTime: {100 * self.alpha:+.3f} % a day (se {100 * self.se:.3f} %), "
            f"t({self.df:g}) = {self.t:.2f}, p = {self.p:.3f}, {self.days} days"
        )


def calendar_time_portfolio(
    results: EventStudyResults,
    factors: tuple[str, ...] = (),
    window: Window = (0, 1),
    weights: Literal["ols", "wls", "newey-west"] = "ols",
    lags: int | None = None,
    min_assets: int = 1,
) -> CalendarTime:
    """Regress the return of holding every asset near its events on factors, day by day.

    On each calendar day the portfolio holds, in equal parts, all assets whose event time
    lies in the window; its return R_p is regressed: R_p,t = α + Σ β_j F_jt + e_t (Jaffe
    1974; Mandelker 1974; Fama 1998). A day is one draw however many assets share it, so
    correlation between events of one date is accounted for; the standard error is that of
    the portfolio over *calendar* days, not the spread of average abnormal returns over days
    of event time. α is the mean per day held, not per event: days with one asset count as
    much as days with fifty, except with "wls".

    Parameters
    ----------
    results : EventStudyResults
        A study. Measured episodes enter whose day 0 the window surely contains; an asset is
        held once on a day, however many of its events are near.
    factors : tuple of str
        Columns of the study's prices; their returns are over their own sessions.
    window : (int, int)
        Sessions relative to day 0, both included; it may leave the event window.
    weights : {"ols", "wls", "newey-west"}
        Equal weights; days weighted by the number of assets (the variance of a mean);
        or least squares with Newey-West (1987) errors with small-sample correction, which
        count the days used as successive.
    lags : int, optional
        Of Newey-West. Default: floor(4 (days/100)^(2/9)).
    min_assets : int
        Days with fewer assets are dropped, counted.

    Returns
    -------
    CalendarTime
        Degrees of freedom: days - 1 - factors.

    Raises
    ------
    UnknownNameError
        When a factor is not a column of the prices.
    InvalidArgumentError
        When the window is reversed, or another argument is out of range.
    EstimationError
        When there are too few days, or the portfolio or the factors do not vary.

    Notes
    -----
    Betas are those of the changing portfolio as a whole. Closures keep their returns out.
    """
    results.needs_dates("calendar_time_portfolio")
    _check(results, factors, window, weights, lags, min_assets)
    held = _held(results, window)
    frame = pd.DataFrame({"portfolio": held.mean(axis=1), "assets": held.count(axis=1)})
    for name in factors:
        frame[name] = _factor(results, name).reindex(frame.index)
    used = frame[(frame["assets"] >= min_assets) & frame.notna().all(axis=1)]
    k = 1 + len(factors)
    if len(used) <= k:
        raise EstimationError(f"{len(used)} days cannot carry {k} parameters. Widen the window.")
    x = used[list(factors)]
    x.insert(0, "const", 1.0)
    if degenerate(used["portfolio"].to_numpy(), x.to_numpy()):
        message = "the portfolio and its factors must vary, and no factor follow from others"
        raise EstimationError(f"no calendar-time regression: {message}")
    if weights == "newey-west" and lags is None:
        lags = int(4 * (len(used) / 100) ** (2 / 9))
    counts = used["assets"] if weights == "wls" else None
    fit = portfolio_regression(used["portfolio"], x, counts, lags)
    return CalendarTime(
        alpha=float(fit.params["const"]),
        se=float(fit.bse["const"]),
        t=float(fit.tvalues["const"]),
        df=float(fit.df_resid),
        p=float(fit.pvalues["const"]),
        days=len(used),
        dropped=len(frame) - len(used),
        regression=fit,
        frame=used,
    )


def _check(
    results: EventStudyResults,
    factors: tuple[str, ...],
    window: Window,
    weights: str,
    lags: int | None,
    min_assets: int,
) -> None:
    columns = [str(column) for column in results.prices.frame.columns]
    for name in factors:
        refuse_unknown(name, columns, f"factor {name!r} is not a column of the prices")
    if window[0] > window[1]:
        raise InvalidArgumentError(f"window {window} ends before it starts")
    if weights not in WEIGHTS:
        raise InvalidArgumentError(f"weights is {weights!r}; it must be one of {WEIGHTS}")
    if lags is not None and (weights != "newey-west" or lags < 0):
        raise InvalidArgumentError(f"lags is {lags}; it belongs to 'newey-west' and is 0 or more")
    if min_assets < 1:
        raise InvalidArgumentError(f"min_assets is {min_assets}; it must be at least 1")


def _held(results: EventStudyResults, window: Window) -> pd.DataFrame:
    """Collect returns of the assets held, sessions x assets; NaN = not held, or no return."""
    abnormal = results.abnormal
    chosen = abnormal.measured & abnormal.covers_day0(window)
    columns = {}
    for asset, data in results.data.items():
        sessions = data.calendar.sessions
        days = np.unique(abnormal.days(window)[chosen & (abnormal.assets == asset)])
        days = days[(days >= 0) & (days < len(sessions))]
        index = pd.DatetimeIndex(sessions[days].astype("datetime64[s]"), name="session")
        columns[asset] = pd.Series(data.returns[days], index=index).dropna()
    return pd.DataFrame(columns).sort_index()


def _factor(results: EventStudyResults, name: str) -> pd.Series[float]:
    """Return a factor's returns of one session at its own sessions."""
    options = results.options
    calendar = Calendar.of(results.prices, name, options.calendars)
    values = returns_at(results.prices, name, calendar.sessions, options.returns, options.max_shift)
    missing = holes(results.prices, name, calendar.exchange, max_gap=options.max_shift)
    values[after_holes(calendar.sessions, missing)] = np.nan
    index = pd.DatetimeIndex(calendar.sessions.astype("datetime64[s]"), name="session")
    return pd.Series(values, index=index)
