"""Every CAR among ordinary days in the same volatility, and the effect that could be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.arrays import Array
from eventstudy.inference.intervals import detectable_car, one_by_one, rank_p, side_by_side
from eventstudy.inference.scaled_cars import ranked_sums
from eventstudy.inference.sums import by_blocks
from eventstudy.results.measured_study import MeasuredStudy
from eventstudy.results.tables import observed
from eventstudy.settings import Window


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
        z, p, smallest_p, and mde (`detectable_car`). NaN where no ordinary day is left to
        compare with.
    """
    return ranks_over(abnormal, [window])[0]


def ranks_over(abnormal: AbnormalReturns, windows: Sequence[Window]) -> list[dict[str, Array]]:
    """Return `ranks` over several windows: their volatility is made once."""

    def make(block: AbnormalReturns) -> _Ranks:
        return side_by_side([_ranked(block, window) for window in windows])

    return [vars(each) for each in one_by_one(by_blocks(abnormal, make), len(windows))]


@dataclass(frozen=True)
class _Ranks:
    z: Array
    p: Array
    smallest_p: Array
    mde: Array


def _ranked(abnormal: AbnormalReturns, window: Window) -> _Ranks:
    """Rank the scaled CARs of a block of episodes."""
    scaled = ranked_sums(abnormal, window)
    n = scaled.n.astype(float)
    smallest = np.divide(1.0, n + 1, out=np.full(len(n), np.nan), where=n > 0)
    p, mde = rank_p(scaled.z, scaled.before), detectable_car(scaled.before, scaled.scale)
    return _Ranks(scaled.z, p, smallest, mde)


def scaled_car_frame(study: MeasuredStudy, windows: Sequence[Window] | None = None) -> pd.DataFrame:
    """One row for each observation and window; see `EventStudyResults.scaled_car`.

    Parameters
    ----------
    study : MeasuredStudy
        A study.
    windows : sequence of (int, int), optional
        Windows inside the event window. Default: the CAR windows.
    """
    ids, abnormal = observed(study)
    spans = windows or study.windows.car
    frames = [
        pd.DataFrame(
            {
                "event_id": ids,
                "asset": abnormal.assets,
                "start": window[0],
                "end": window[1],
                "car": abnormal.car(window),
                **ranked,
            }
        )
        for window, ranked in zip(spans, ranks_over(abnormal, spans), strict=True)
    ]
    frame = pd.concat(frames)
    return frame[np.isfinite(frame["car"])].reset_index(drop=True)
