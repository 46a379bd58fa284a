"""The prediction-error t test of one event on one asset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from eventstudy.inference.base import TestResult, infeasible, outcome

if TYPE_CHECKING:
    from eventstudy.inference.base import CrossSection, Needs, Volatility


@dataclass(frozen=True)
class PredictionErrorT:
    """t = CAR / sqrt(1'V1) with V = s2 (I + X*(X'X)^-1 X*'), t(L1 - k) if returns are normal.

    MacKinlay (1997); Campbell, Lo and MacKinlay (1997), ch. 4. For exactly one episode;
    that of every observation is in ``EventStudyResults.car``. It takes the volatility of
    the estimation window for that of the event: in turbulent weeks it rejects too often.

    Checked against: statsmodels: t of the summed event dummies | 4e-14 | p uniform under normal
    errors
    """

    name: ClassVar[str] = "prediction-error-t"
    volatility: ClassVar[Volatility] = "constant"
    needs: ClassVar[Needs] = "nothing"
    label: ClassVar[str] = "Prediction-error t"
    null: ClassVar[str] = "the cumulative abnormal return of the episode is zero"
    source: ClassVar[str] = "MacKinlay 1997; Campbell, Lo and MacKinlay 1997, ch. 4"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if sample.n != 1:
            return infeasible(
                self, sample, f"for one episode, and there are {sample.n}; see each observation's t"
            )
        return outcome(self, sample, sample.scar[0], sample.df[0])
