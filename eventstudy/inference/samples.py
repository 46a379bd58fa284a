"""Many cross-sections of one design: its episodes at other dates, each of these measured once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.abnormal.placebo_days import PlaceboDays
from eventstudy.arrays import Array, Ints, Mask
from eventstudy.inference.base import CrossSection
from eventstudy.inference.volatility import eve_variance, run_on
from eventstudy.settings import Window


@dataclass(frozen=True)
class Samples:
    """Cross-sections of as many episodes each, over the same window.

    What belongs to one day, such as its volatility, is made once however many samples hold it.

    Parameters
    ----------
    days : AbnormalReturns
        The distinct episodes of all samples.
    rows : ndarray of int, shape (samples, N)
        Which of them each sample holds, in the order of the design.
    window : (int, int)
        CAR window; the days are complete over it.
    history : PlaceboDays
        The series behind them.
    """

    days: AbnormalReturns
    rows: Ints
    window: Window
    history: PlaceboDays

    @property
    def n(self) -> int:
        """Number of episodes of each sample, N."""
        return int(self.rows.shape[1])

    def sample(self, number: int) -> CrossSection:
        """Return one of the cross-sections."""
        return CrossSection(self.days.rows(self.rows[number]), self.window, self.history)

    def of(self, mask: Mask) -> Samples:
        """Return some of the samples, with no other day than theirs."""
        if mask.all():
            return self
        used, rows = np.unique(self.rows[mask], return_inverse=True)
        return replace(self, days=self.days.rows(used), rows=rows.reshape(-1, self.n))

    def positions(self) -> Ints:
        """Day 0 of each episode among the sessions of its asset, shape (samples, N)."""
        positions: Ints = self.days.position[self.rows]
        return positions

    def car(self, effect: float) -> Array:
        """Return the CARs of the distinct days with an effect on each, shape (days,)."""
        return with_effect(self.days, self.window, effect).car(self.window)

    def window_z(self, effect: float) -> Array:
        """Return abnormal returns over the EWMA volatility of their eve, shape (days, L).

        The effect enters the volatility of the days after it.
        """
        columns = self.days.columns(self.window)
        ar = with_effect(self.days, self.window, effect).ar[:, columns]
        return ar / np.sqrt(run_on(eve_variance(self.days, self.window[0]), ar))


def with_effect(abnormal: AbnormalReturns, window: Window, effect: float) -> AbnormalReturns:
    """Return episodes with an effect on the first day of a window, hence on their CAR.

    Parameters
    ----------
    abnormal : AbnormalReturns
        Episodes.
    window : (int, int)
        CAR window.
    effect : float
        A fraction.
    """
    returns = abnormal.returns.copy()
    returns[:, abnormal.columns(window).start] += effect
    return replace(abnormal, returns=returns)


@runtime_checkable
class ManyAtOnce(Protocol):
    """A test that computes many samples faster than one after the other."""

    def p_of_samples(self, samples: Samples, effects: Sequence[float]) -> Array:
        """Return the p of each sample with each effect on its CARs, shape (samples, effects).

        As the test has them for one sample; NaN where it has none.
        """
