"""What a significance test is given, and what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Literal, Protocol

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.abnormal.placebo_days import PlaceboDays
from eventstudy.arguments import told_class
from eventstudy.arrays import Array, Ints, distinct
from eventstudy.inference.correlation import Pairing, correlation, mean_correlation
from eventstudy.inference.ranks import ranks_of_rows
from eventstudy.inference.sums import BlockSum
from eventstudy.settings import Window, length

Volatility = Literal["constant", "scaled", "own"]
"""Spread of the estimation window; that of the days just before; that between the episodes.

Only "own" keeps the size of a test when the event itself changes the variance; "constant"
loses it already when volatility before the event differs from that of the estimation window.
"""

Needs = Literal["episodes", "dates", "windows", "nothing"]
"""Independent episodes; independent dates; windows of an asset that share no day; neither."""


@dataclass(frozen=True)
class CrossSection:
    """Episodes that enter a test over one CAR window, all complete over it.

    Parameters
    ----------
    abnormal : AbnormalReturns
        N episodes without a missing day in the window.
    window : (int, int)
        CAR window of L sessions relative to day 0, both ends included.
    history : PlaceboDays, optional
        The series behind the study, for tests that compare with other days.
    """

    abnormal: AbnormalReturns
    window: Window
    history: PlaceboDays | None = None

    def rows(self, index: Ints) -> CrossSection:
        """Return the episodes with these positions."""
        return replace(self, abnormal=self.abnormal.rows(index))

    @property
    def n(self) -> int:
        """Number of episodes, N."""
        return len(self.abnormal.day0)

    @property
    def length(self) -> int:
        """Number of sessions in the window, L."""
        return length(self.window)

    @property
    def columns(self) -> slice:
        """Columns of the window in the event window."""
        return self.abnormal.columns(self.window)

    @cached_property
    def ar(self) -> Array:
        """Abnormal returns, shape (N, L)."""
        return self.abnormal.over(self.window)

    @cached_property
    def sar(self) -> Array:
        """Standardised abnormal returns, shape (N, L)."""
        return self.abnormal.standardised(self.window)

    @cached_property
    def car(self) -> Array:
        """Cumulative abnormal returns, shape (N,)."""
        return self.abnormal.car(self.window)

    @cached_property
    def scar(self) -> Array:
        """CARs over their standard errors with full covariance, shape (N,)."""
        return self.car / self.abnormal.car_se(self.window)

    @cached_property
    def rbar(self) -> float:
        """Mean correlation of estimation residuals of different episodes, by calendar."""
        return mean_correlation(self.abnormal)

    def rbar_details(self, pairing: Pairing = "calendar") -> dict[str, float]:
        """Return r̄ as tests report it: rbar, and rbar_estimated = 1 where it is an estimate."""
        made = correlation(self.abnormal, pairing)
        return {"rbar": made.mean, **({"rbar_estimated": 1.0} if made.estimated else {})}

    @cached_property
    def dates(self) -> int:
        """Number of distinct days 0, G."""
        return self.abnormal.once("dates", lambda: len(distinct(self.abnormal.day0_numbers)[0]))

    @cached_property
    def assets(self) -> int:
        """Number of distinct assets."""
        return self.abnormal.once("assets", lambda: len(distinct(self.abnormal.asset_codes)[0]))

    @property
    def df(self) -> Array:
        """Residual degrees of freedom of each fit, shape (N,)."""
        return self.abnormal.df

    @property
    def residuals(self) -> Array:
        """Abnormal returns of the estimation window, shape (N, L1); NaN = left out."""
        return self.abnormal.residuals


@told_class
@dataclass(frozen=True)
class TestResult:
    """Outcome of a significance test, or the reason why there is none.

    Parameters
    ----------
    test : str
        Registry name of the test.
    window : (int, int)
        CAR window.
    null : str
        The hypothesis tested, in words.
    n : int
        Number of episodes used.
    statistic, p : float
        Test statistic and two-sided p-value; NaN when not computed.
    distribution : str
        Reference distribution under the null.
    df : float
        Its degrees of freedom; NaN where it has none.
    reason : str
        Why the test could not be computed; empty when it was.
    details : mapping of str to float
        Further figures, such as the mean correlation used.
    """

    __test__: ClassVar[bool] = False  # its name is the field's; pytest shall not collect it

    test: str
    window: Window
    null: str
    n: int
    statistic: float = float("nan")
    p: float = float("nan")
    distribution: str = ""
    df: float = float("nan")
    reason: str = ""
    details: Mapping[str, float] = field(default_factory=dict)

    @property
    def computed(self) -> bool:
        """Whether there is a statistic."""
        return not self.reason

    def with_details(self, **figures: float) -> TestResult:
        """Return the result with further figures."""
        return replace(self, details={**self.details, **figures})


class SignificanceTest(Protocol):
    """A test over the episodes of one group and window."""

    @property
    def name(self) -> str:
        """Registry name."""

    @property
    def label(self) -> str:
        """Name in reports."""

    @property
    def null(self) -> str:
        """Null hypothesis in words."""

    @property
    def source(self) -> str:
        """Paper that the formula is from."""

    @property
    def volatility(self) -> Volatility:
        """Where the spread that it measures by comes from."""

    @property
    def needs(self) -> Needs:
        """What must be independent for it to hold its size."""

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""


def declared(test: SignificanceTest, sample: CrossSection) -> tuple[BlockSum[Any], ...]:
    """Return what a test adds up over the days of episodes; nothing where it does not say."""
    sums: tuple[BlockSum[Any], ...] = test.sums(sample) if hasattr(test, "sums") else ()
    return sums


def outcome(
    test: SignificanceTest,
    sample: CrossSection,
    statistic: float,
    df: float | None = None,
    details: Mapping[str, float] | None = None,
) -> TestResult:
    """Return a result with its two-sided p-value, from t(df) or the standard normal."""
    from scipy import stats

    if not np.isfinite(statistic):
        return infeasible(test, sample, "the statistic is not a finite number")
    reference: Literal["t", "normal"] = "normal" if df is None else "t"
    tail = stats.norm.sf(abs(statistic)) if df is None else stats.t.sf(abs(statistic), df)
    return TestResult(
        test=test.name,
        window=sample.window,
        null=test.null,
        n=sample.n,
        statistic=float(statistic),
        p=float(2 * tail),
        distribution=reference,
        df=float("nan") if df is None else float(df),
        details=details or {},
    )


def exact(
    test: SignificanceTest,
    sample: CrossSection,
    statistic: float,
    p: float,
    distribution: str,
    *,
    smallest: float,
) -> TestResult:
    """Return a result whose p-value was counted; `smallest` is the least that it can be."""
    return TestResult(
        test=test.name,
        window=sample.window,
        null=test.null,
        n=sample.n,
        statistic=float(statistic),
        p=p,
        distribution=distribution,
        details={"smallest_p": smallest},
    )


def centred_ranks(values: Array) -> Array:
    """Ranks of each row over its number of values plus one, minus a half; NaN stays NaN."""
    ranks = ranks_of_rows(values)
    ranks /= np.isfinite(values).sum(axis=1, keepdims=True) + 1
    ranks -= 0.5
    return ranks


def infeasible(test: SignificanceTest, sample: CrossSection, reason: str) -> TestResult:
    """Return a result that says why the test could not be computed."""
    return TestResult(test.name, sample.window, test.null, sample.n, reason=reason)


def varies(values: Array) -> bool:
    """Whether values differ by more than rounding."""
    scale = max(float(values.max(initial=0.0)), -float(values.min(initial=0.0)))
    return bool(np.ptp(values) > 1e-12 * scale) if len(values) else False
