"""Jumps of a price that look like splits."""

from __future__ import annotations

import numpy as np

from eventstudy.arrays import Array, Mask

RATIOS = (
    *((3, 2), (5, 2)),
    *((n, 1) for n in (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 60, 75, 80)),
    *((n * power, 1) for power in (100, 1000) for n in (1, 2, 3, 4, 5, 8, 10)),
)
"""Shares after a split for those before it, as splits and reverse splits have them.

Those of 5:4 and 4:3 are left out: a share moves by a fifth to a third on its own often enough.
"""
NEAR, LEAST, TIGHT = 3.0, 0.02, 0.05
"""How near a jump comes to a ratio: robust standard deviations, and bounds in logarithms."""
SMALL = 15.0
"""Robust standard deviations beyond which a jump is, to be a split of no whole number."""
AROUND, CALM = 5, 5.0
"""Days on either side of a split, and the standard deviations within which each of them stays."""
_LOGS = np.log([many / few for many, few in RATIOS])


def split_ratios(returns: Array, jump: Mask, sigma: float) -> dict[int, str]:
    """Return which jumps look like splits, and of what ratio.

    A split divides the price by a simple ratio (`RATIOS`) on a day that is otherwise like
    any other: in logarithms the jump is within three robust standard deviations of the ratio and
    within 5 % of it (but 0.02 at least and 0.05 at most), and none of the five returns before
    and after is beyond five standard deviations, unless it is near a ratio itself. A crash hits
    a ratio by chance only and has restless days around it: the Moscow index lost a third on
    24 February 2022, by -33.3 % to the ratio of 3:2, between days of -10.5 % and +20.0 %.
    Shares fall by a third on the day of bad results, and rise by half on that of a bid: 3:2 takes
    a jump beyond 15 standard deviations, and shares are merged by whole numbers only. A jump on
    the last day has no days after it and is never taken for a split.

    Parameters
    ----------
    returns : ndarray, shape (sessions,)
        Log returns.
    jump : ndarray of bool, shape (sessions,)
        Returns that no ordinary day can explain.
    sigma : float
        Robust standard deviation of the returns.

    Returns
    -------
    dict of int to str
        By position: ``"10:1"`` where one share became ten, ``"1:10"`` where ten became one.
    """
    near: dict[int, tuple[int, int]] = {}
    for index in np.flatnonzero(jump).tolist():
        size = abs(float(returns[index]))
        nearest = int(np.argmin(np.abs(_LOGS - size)))
        log = float(_LOGS[nearest])
        many, few = RATIOS[nearest]
        implausible = few == 1 or (returns[index] < 0 and size > SMALL * sigma)
        if implausible and abs(size - log) <= min(NEAR * sigma, max(LEAST, TIGHT * log), TIGHT):
            near[index] = many, few
    restless = np.abs(returns) > CALM * sigma
    restless[list(near)] = False
    return {
        index: f"{many}:{few}" if returns[index] < 0 else f"{few}:{many}"
        for index, (many, few) in near.items()
        if index + 1 < len(returns)
        and not restless[max(index - AROUND, 0) : index + AROUND + 1].any()
    }
