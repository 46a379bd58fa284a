"""Residual diagnostics of the estimation window of one observation."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arguments import told_class
from eventstudy.arrays import Array, Mask
from eventstudy.errors import EstimationError
from eventstudy.inference.residuals import (
    ARCH_LAGS,
    LAGS,
    arch_lm,
    half_betas,
    ljung_box,
    moments,
    studentised,
)
from eventstudy.models import NormalReturnModel
from eventstudy.models.traits import has_regressors
from eventstudy.results import EventStudyResults, dated
from eventstudy.results.estimation import given, labelled, plain_regression_of
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import minus


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
    regressors : ndarray, shape (used days, k), or None
        What the residuals are those of an ordinary regression on; None when there is none.
    why : str
        Why there is none.
    """

    dates: pd.DatetimeIndex
    e: Array
    k: int
    returns: Array
    factors: Array
    regressors: Array | None
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
    (1977), Chow's F (1960) at mid-window and the slopes of both halves. Lags count in sessions:
    pairs that hold a missing day do not count; without gaps every number is that of statsmodels.

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
    window = _window(results, row, asset)
    diagnostics = (
        *_lags(window),
        *_shape(window),
        _cusum(window),
        *_influence(window),
        *_halves(results.models[asset], window),
    )
    missing = int((~window.known).sum())
    behind = window.regressors is not None
    basis = say("diagnostics.regression" if behind else "diagnostics.residuals")
    if missing:
        basis += " " + say("diagnostics.missing", days=counted(missing, "session"))
    return Diagnostics(event_id, asset, int(window.known.sum()), missing, basis, diagnostics)


def _window(results: EventStudyResults, row: int, asset: str) -> _Window:
    sessions, days, returns, e = given(results, row)
    regressors, k, why = _behind(results, row, e[np.isfinite(e)])
    factors = results.data[asset].factors[days]
    return _Window(dated(sessions), e, k, returns, factors, regressors, why)


def _behind(results: EventStudyResults, row: int, e: Array) -> tuple[Array | None, int, str]:
    """Return the regressors behind residuals, the number of parameters, and why there are none."""
    plain = plain_regression_of(results, row)
    if plain is not None and np.allclose(plain.residuals, e, atol=1e-12):
        return plain.regressors, len(plain.params), ""
    model, k = results.models[str(results.abnormal.assets[row])], len(e) - results.abnormal.df[row]
    why = say("diagnostics.other", model=model.name)
    try:
        fit = model.regression(labelled(results, row))
    except EstimationError as error:
        fit, why = None, str(error)
    ordinary = type(getattr(fit, "model", None)).__name__ == "OLS" and len(fit.resid) == len(e)
    if ordinary and np.allclose(fit.resid, e, atol=1e-12):
        return fit.model.exog, len(fit.params), ""
    return None, max(int(k), 0), why


def _made(name: str, statistic: float, distribution: str, p: float, date: Any = None) -> Diagnostic:
    when = pd.NaT if date is None else date
    words = say(f"diagnostics.null.{name}")
    title = say(f"diagnostics.name.{name}")
    return Diagnostic(title, float(statistic), distribution, float(p), when, words)


def _refused(name: str, why: str) -> Diagnostic:
    words = say(f"diagnostics.null.{name}")
    return Diagnostic(say(f"diagnostics.name.{name}"), null=words, reason=why)


def _lags(window: _Window) -> tuple[Diagnostic, Diagnostic]:
    from scipy.special import chdtrc

    known = window.known[None, :]
    e = np.where(known, window.e, 0.0) / np.sqrt((window.used**2).mean())
    arch, q = float(arch_lm(e, known)[0]), float(ljung_box(e, known)[0])
    first = (
        _made("arch", arch, f"χ²({ARCH_LAGS})", float(chdtrc(ARCH_LAGS, arch)))
        if np.isfinite(arch)
        else _refused("arch", say("diagnostics.few-lags", lags=ARCH_LAGS))
    )
    return first, _made("ljung-box", q, f"χ²({LAGS})", float(chdtrc(LAGS, q)))


def _shape(window: _Window) -> tuple[Diagnostic, ...]:
    skewness, kurtosis = (float(value[0]) for value in moments(window.e[None], window.known[None]))
    statistic = len(window.used) / 6 * (skewness**2 + (kurtosis - 3) ** 2 / 4)
    return (
        _made("normality", statistic, "χ²(2)", float(np.exp(-statistic / 2))),
        _made("skewness", skewness, "", float("nan")),
        _made("kurtosis", kurtosis, "", float("nan")),
    )


def _cusum(window: _Window) -> Diagnostic:
    from scipy.special import kolmogorov

    centred, n = window.used - window.used.mean(), len(window.used)
    total = np.abs(np.cumsum(centred))
    statistic = total.max() / np.sqrt(n * (centred @ centred) / (n - window.k))
    date = window.dates[window.known][int(np.argmax(total))]
    return _made("cusum", statistic, say("diagnostics.bridge"), float(kolmogorov(statistic)), date)


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
    from scipy.special import stdtr

    dates, n = window.dates[window.known], len(window.used)
    if window.regressors is None:
        known = window.known[None, :]
        u = studentised(np.where(known, window.e, 0.0), known, None, window.k)[0][window.known]
        largest = int(np.argmax(np.abs(u)))
        size = _made("largest", u[largest], "", float("nan"), dates[largest])
        return size, _refused("cook", window.why)
    u, cook = influence(window.used, window.regressors)
    largest, df = int(np.argmax(np.abs(u))), n - window.k - 1
    p = min(1.0, n * 2 * float(stdtr(df, -abs(u[largest]))))
    far = int(np.argmax(cook))
    return (
        _made("largest", u[largest], say("diagnostics.bonferroni", df=df, n=n), p, dates[largest]),
        _made("cook", cook[far], "", float("nan"), dates[far]),
    )


def _halves(model: NormalReturnModel, window: _Window) -> tuple[Diagnostic, ...]:
    from scipy.special import stdtr

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
        p_t = 2 * float(stdtr(n - 2 * k, -abs(value)))
        made = _made("beta", value, f"t({n - 2 * k})", p_t, middle)
        before, after = first[0, factor], second[0, factor]
        title = say("diagnostics.slopes", factor=name, before=f"{before:.2f}", after=f"{after:.2f}")
        rows.append(
            Diagnostic(minus(title), made.statistic, made.distribution, p_t, middle, made.null)
        )
    if not model.factors:
        rows.append(_refused("beta", say("diagnostics.no-factor")))
    return tuple(rows)
