"""Every CAR among ordinary days in the same volatility, and the effect that could be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.inference.intervals import rank_p
from eventstudy.inference.volatility import ranked_sums

if TYPE_CHECKING:
    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array
    from eventstudy.results.study_results import EventStudyResults
    from eventstudy.settings import Window


LEVEL, POWER = 0.05, 0.80
COLUMNS = ("event_id", "asset", "start", "end", "car", "z", "p", "smallest_p", "mde")


def ranks(abnormal: AbnormalReturns, window: Window) -> dict[str, Array]:
    """Rank scaled CARs among their ordinary sums.

    Parameters
    ----------
    abnormal : AbnormalReturns
        Episodes.
    window : (int, int)
        CAR window.

    Returns
    -------
    dict of str to ndarray, shape (episodes,)
        z, p, smallest_p, and mde: the effect, as a fraction, that would lift four ordinary
        days in five above the 95 % quantile of |z|, in the volatility before the event. NaN
        where no ordinary day is left to compare with.
    """
    scaled = ranked_sums(abnormal, window)
    n = scaled.n.astype(float)
    smallest = np.divide(1.0, n + 1, out=np.full(len(n), np.nan), where=n > 0)
    mde = np.full(len(scaled.z), np.nan)
    for row in np.flatnonzero(scaled.n):
        before = scaled.before[row, np.isfinite(scaled.before[row])]
        needed = np.quantile(np.abs(before), 1 - LEVEL) - np.quantile(before, 1 - POWER)
        mde[row] = needed * scaled.scale[row]
    p = rank_p(scaled.z, scaled.before)
    return {"z": scaled.z, "p": p, "smallest_p": smallest, "mde": mde}


def scaled_car_frame(results: EventStudyResults) -> pd.DataFrame:
    """One row for each observation and window; see `EventStudyResults.scaled_car`."""
    part, ids = results.abnormal, results.events.event_ids
    measured = [(key, row) for key, row in results.episode_of.items() if not part.reasons[row]]
    frames = []
    for window in results.windows.car:
        table = {"car": part.car(window), **ranks(part, window)}
        frames.append(
            pd.DataFrame(
                [
                    (ids[event], asset, *window, *(float(own[row]) for own in table.values()))
                    for (event, asset), row in measured
                    if np.isfinite(table["car"][row])
                ],
                columns=list(COLUMNS),
            )
        )
    return pd.concat(frames, ignore_index=True)
