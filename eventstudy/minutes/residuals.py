"""Moves less what a factor's move over the same minutes explains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy.minutes.lookup import Lookup
from eventstudy.minutes.ranks import Ranked, rank_move
from eventstudy.minutes.settings import MinuteOptions
from eventstudy.minutes.windows import Window

FEWEST = 10
"""Ordinary days below which no slope is estimated."""


@dataclass(frozen=True)
class Residual:
    """A move less the slope times the factor's move over the same minutes.

    Parameters
    ----------
    move : float
        The residual; NaN where there is none.
    beta : float
        Slope through the origin, over ordinary days.
    factor : float
        The factor's move.
    ranked : Ranked or None
        The residual among those of ordinary days.
    reason : str
        Why there is none; empty when there is.
    """

    move: float = np.nan
    beta: float = np.nan
    factor: float = np.nan
    ranked: Ranked | None = None
    reason: str = ""


def residual_of(window: Window, factor: Lookup, options: MinuteOptions) -> Residual:
    """Return a measured window less what the factor explains of it.

    The slope is that of moves in the same clock window on ordinary days, through the origin. The
    residual of each ordinary day is from the slope without it, e/(1 - h), so that it misses the
    day as the slope misses the statement.

    Parameters
    ----------
    window : Window
        The window, measured.
    factor : Lookup
        Bars of the factor.
    options : MinuteOptions
        Level of the interval.
    """
    ordinary = window.ordinary
    assert ordinary is not None
    here = factor.measure(np.array([window.measured[0]]), np.array([window.measured[1]]))
    start, end = factor.snapped(here.start, here.end)
    if start[0] != here.start[0] or end[0] != here.end[0]:
        minutes = factor.bars.length // 60
        return Residual(reason=f"its edges are no ends of the factor's bars of {minutes} minutes")
    if not here.valid[0]:
        return Residual(reason="the factor has no price at an edge of the window")
    moved = float(factor.returns(here)[0])
    there = factor.returns(factor.measure(ordinary.spans.start, ordinary.spans.end))
    known = np.isfinite(there)
    x, y = there[known], ordinary.move[known]
    total = float(x @ x)
    if len(x) < FEWEST or total <= 0:
        return Residual(reason=f"the factor has {len(x)} ordinary days; {FEWEST} are needed")
    beta = float(x @ y) / total
    apart = (y - beta * x) / (1 - x**2 / total)
    move = window.move - beta * moved
    ranked = rank_move(move, window.sigma, apart, ordinary.sigma[known], options.confidence)
    return Residual(move, beta, moved, ranked)
