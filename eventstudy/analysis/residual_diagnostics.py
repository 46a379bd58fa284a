"""Residual diagnostics of the estimation window of one observation, with statsmodels."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.arguments import told_class
from eventstudy.errors import EstimationError
from eventstudy.inference.residuals import (
    ARCH_LAGS,
    LAGS,
    arch_lm,
    half_betas,
    ljung_box,
    studentised,
)
from eventstudy.models.traits import has_regressors
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import minus

if TYPE_CHECKING:
    from eventstudy.arrays import Array, Mask
    from eventstudy.models import NormalReturnModel
    from eventstudy.results import EventStudyResults


@dataclass(frozen=True)
class Diagnostic:
    """One diagnostic of an estimation window.

    Parameters
    ----------
    diagnostic : str
        What is examined.
    statistic : float
        Its value; NaN where it does not apply.
    distribution : str
        Distribution under the null hypothesis, such as "χ²(5)"; empty when there is none.
    p : float
        Its p-value; NaN when there is none.
    date : Timestamp
        The session in question; NaT when it is about all of them.
    null : str
        Null hypothesis, or what the number says.
    reason : str
        Why it does not apply here; empty when it does.
    """

    diagnostic: str
    statistic: float = float("nan")
    distribution: str = ""
    p: float = float("nan")
    date: Any = pd.NaT
    null: str = ""
    reason: str = ""


@told_class
@dataclass(frozen=True)
class Diagnostics:
    """Residual diagnostics of an observation.

    Parameters
    ----------
    event_id, asset : str
        The observation.
    n, missing : int
        Residuals, and days of the estimation window without one.
    basis : str
        Which residuals they are, and how missing days are treated, in words.
    found : tuple of Diagnostic
        The diagnostics.
    """

    event_id: str
    asset: str
    n: int
    missing: int
    basis: str
    found: tuple[Diagnostic, ...]

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each diagnostic: its fields as columns."""
        records = [asdict(diagnostic) for diagnostic in self.found]
        return pd.DataFrame(records).astype({"date": "datetime64[s]"})


@dataclass(frozen=True)
class _Window:
    """The estimation window of an observation.

    Parameters
    ----------
    dates : DatetimeIndex, length L1
        Its sessions.
    e : ndarray, shape (L1,)
        Residuals; NaN = left out.
    k : int
        Parameters estimated.
    returns : ndarray, shape (L1,)
        Returns; NaN = left out.
    factors : ndarray, shape (L1, factors)
        Factor returns.
    fit : statsmodels RegressionResults or None
        The regression whose residuals these are; None when there is none.
    why : str
        Why there is none.
    """

    dates: pd.DatetimeIndex
    e: Array
    k: int
    returns: Array
    factors: Array
    fit: Any
    why: str

    @property
    def known(self) -> Mask:
        return np.isfinite(self.e)

    @property
    def used(self) -> Array:
        return self.e[self.known]

    @property
    def whole(self) -> bool:
        return bool(self.known.all())


def diagnose(results: EventStudyResults, event_id: str, asset: str) -> Diagnostics:
    """Diagnose the residuals of the estimation window of an observation.

    ARCH-LM (Engle 1982) over 5 lags, Ljung-Box (1978) over 10, Jarque-Bera (1980), CUSUM of
    OLS residuals (Ploberger and Krämer 1992), the largest externally studentised residual
    (Bonferroni over all days), and, where least squares stands behind them, Cook's distance
    (1977), Chow's F (1960) at mid-window and the slopes of both halves. All from
    statsmodels, except Chow and the halves, and except lags across missing days: pairs that
    hold a missing day do not count.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    event_id, asset : str
        The observation.

    Returns
    -------
    Diagnostics

    Raises
    ------
    UnknownNameError
        When there is no such event or asset, or the observation was left out.
    EstimationError
        When it has no residuals, because its returns are market-adjusted and too few come before.
    """
    row = results.row(event_id, asset)
    if reason := str(results.abnormal.unestimated[row]):
        raise EstimationError(f"{event_id} on {asset} has no residuals: {reason}")
    window = _window(results, row, event_id, asset)
    diagnostics = (
        *_lags(window),
        *_shape(window),
        _cusum(window),
        *_influence(window),
        *_halves(results.models[asset], window),
    )
    missing = int((~window.known).sum())
    basis = say("diagnostics.regression" if window.fit is not None else "diagnostics.residuals")
    if missing:
        basis += " " + say("diagnostics.missing", days=counted(missing, "session"))
    return Diagnostics(event_id, asset, int(window.known.sum()), missing, basis, diagnostics)


def _window(results: EventStudyResults, row: int, event_id: str, asset: str) -> _Window:
    abnormal, data = results.abnormal, results.data[asset]
    inside = ~np.isnat(abnormal.estimation_dates[row])
    days, e = abnormal.estimation_days[row, inside], abnormal.residuals[row, inside]
    used = np.isfinite(e)
    fit, why = None, ""
    try:
        fit = results.regression(event_id, asset)
    except EstimationError as error:
        why = str(error)
    if fit is not None and not _is_behind(fit, e[used]):
        fit, why = None, say("diagnostics.other", model=results.models[asset].name)
    k = len(fit.params) if fit is not None else max(int(used.sum() - abnormal.df[row]), 0)
    returns = np.where(used, data.returns[days], np.nan)
    index = pd.DatetimeIndex(abnormal.estimation_dates[row, inside].astype("datetime64[s]"))
    return _Window(index, e, k, returns, data.factors[days], fit, why)


def _is_behind(fit: Any, e: Array) -> bool:
    """Whether residuals are those of an ordinary least-squares fit."""
    ordinary = type(getattr(fit, "model", None)).__name__ == "OLS"
    return ordinary and len(fit.resid) == len(e) and bool(np.allclose(fit.resid, e, atol=1e-12))


def _made(name: str, statistic: float, distribution: str, p: float, date: Any = None) -> Diagnostic:
    when = pd.NaT if date is None else date
    words = say(f"diagnostics.null.{name}")
    title = say(f"diagnostics.name.{name}")
    return Diagnostic(title, float(statistic), distribution, float(p), when, words)


def _refused(name: str, why: str) -> Diagnostic:
    words = say(f"diagnostics.null.{name}")
    return Diagnostic(say(f"diagnostics.name.{name}"), null=words, reason=why)


def _lags(window: _Window) -> tuple[Diagnostic, Diagnostic]:
    from scipy import stats
    from statsmodels.stats.diagnostic import acorr_ljungbox, het_arch

    if window.whole:
        with warnings.catch_warnings():  # of the class of a future release's result
            warnings.simplefilter("ignore", FutureWarning)
            arch, arch_p = het_arch(window.e, nlags=ARCH_LAGS)[:2]
        q, q_p = acorr_ljungbox(window.e, lags=[LAGS]).iloc[0]
    else:
        known = window.known[None, :]
        e = np.where(known, window.e, 0.0) / np.sqrt((window.used**2).mean())
        arch, q = float(arch_lm(e, known)[0]), float(ljung_box(e, known)[0])
        arch_p, q_p = stats.chi2.sf(arch, ARCH_LAGS), stats.chi2.sf(q, LAGS)
    first = (
        _made("arch", arch, f"χ²({ARCH_LAGS})", arch_p)
        if np.isfinite(arch)
        else _refused("arch", say("diagnostics.few-lags", lags=ARCH_LAGS))
    )
    return first, _made("ljung-box", q, f"χ²({LAGS})", q_p)


def _shape(window: _Window) -> tuple[Diagnostic, ...]:
    from statsmodels.stats.stattools import jarque_bera

    statistic, p, skewness, kurtosis = jarque_bera(window.used)
    return (
        _made("normality", statistic, "χ²(2)", p),
        _made("skewness", skewness, "", float("nan")),
        _made("kurtosis", kurtosis, "", float("nan")),
    )


def _cusum(window: _Window) -> Diagnostic:
    from statsmodels.stats.diagnostic import breaks_cusumolsresid

    centred = window.used - window.used.mean()
    statistic, p, _ = breaks_cusumolsresid(centred, ddof=window.k)
    total = np.abs(np.cumsum(centred))
    date = window.dates[window.known][int(np.argmax(total))]
    return _made("cusum", statistic, say("diagnostics.bridge"), p, date)


def influence(e: Array, regressors: Array) -> tuple[Array, Array]:
    """Return externally studentised residuals and Cook's distances of a least-squares fit.

    Both follow from the leverages h, without a fit for each day left out (Cook and Weisberg
    1982, sections 2.2.1 and 3.2): r = e/(s√(1 - h)), u = r√((n - k - 1)/(n - k - r²)) and
    D = r²h/(k(1 - h)).

    Parameters
    ----------
    e : ndarray, shape (days,)
        Residuals.
    regressors : ndarray, shape (days, k)
        What they are residuals of.

    Returns
    -------
    u, cook : ndarray, shape (days,)
    """
    n, k = regressors.shape
    leverage = np.einsum("ti,it->t", regressors, np.linalg.pinv(regressors))
    squares = e**2 / (1 - leverage)
    mean = (e @ e) / (n - k)
    left_out = (e @ e - squares) / (n - k - 1)
    u = e / np.sqrt(left_out * (1 - leverage))
    return u, squares / mean * leverage / (k * (1 - leverage))


def _influence(window: _Window) -> tuple[Diagnostic, Diagnostic]:
    from scipy import stats

    dates, n = window.dates[window.known], len(window.used)
    if window.fit is None:
        known = window.known[None, :]
        u = studentised(np.where(known, window.e, 0.0), known, None, window.k)[0][window.known]
        largest = int(np.argmax(np.abs(u)))
        size = _made("largest", u[largest], "", float("nan"), dates[largest])
        return size, _refused("cook", window.why)
    u, cook = influence(window.used, window.fit.model.exog)
    largest, df = int(np.argmax(np.abs(u))), n - window.k - 1
    p = min(1.0, n * 2 * float(stats.t.sf(abs(u[largest]), df)))
    far = int(np.argmax(cook))
    return (
        _made("largest", u[largest], say("diagnostics.bonferroni", df=df, n=n), p, dates[largest]),
        _made("cook", cook[far], "", float("nan"), dates[far]),
    )


def _halves(model: NormalReturnModel, window: _Window) -> tuple[Diagnostic, ...]:
    from scipy import stats

    if not has_regressors(model):
        why = say("diagnostics.not-plain", model=model.name)
        return _refused("chow", why), _refused("beta", why)
    x = np.column_stack([np.ones(len(window.e)), window.factors])[None]
    first, second, t, chow, p = half_betas(window.returns[None], x)
    n, k = len(window.used), x.shape[-1]
    middle = window.dates[window.known][n // 2]
    rows = [_made("chow", chow[0], f"F({k}, {n - 2 * k})", p[0], middle)]
    for factor, name in enumerate(model.factors):
        value = float(t[0, factor])
        p_t = 2 * float(stats.t.sf(abs(value), n - 2 * k))
        made = _made("beta", value, f"t({n - 2 * k})", p_t, middle)
        before, after = first[0, factor], second[0, factor]
        title = say("diagnostics.slopes", factor=name, before=f"{before:.2f}", after=f"{after:.2f}")
        rows.append(
            Diagnostic(minus(title), made.statistic, made.distribution, p_t, middle, made.null)
        )
    if not model.factors:
        rows.append(_refused("beta", say("diagnostics.no-factor")))
    return tuple(rows)
