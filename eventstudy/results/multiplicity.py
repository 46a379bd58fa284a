"""The family of all episodes and assets: p-values adjusted for their number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.inference.multiplicity import (
    benjamini_hochberg,
    family_z,
    holm,
    resample,
    romano_wolf,
)
from eventstudy.inference.volatility import ewma_variance, scaled_sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from eventstudy.abnormal import AbnormalReturns
    from eventstudy.results.study_results import EventStudyResults
    from eventstudy.settings import Window

    Array = NDArray[np.float64]

COLUMNS = (
    "event_ids",
    "asset",
    "day0",
    "start",
    "end",
    "car",
    "z",
    "p",
    "p_romano_wolf",
    "p_holm",
    "p_bh",
    "least_romano_wolf",
    "least_holm",
    "least_bh",
    "resampling",
)


def _ranks(abnormal: AbnormalReturns, window: Window) -> tuple[Array, Array]:
    """P of each scaled CAR among its ordinary sums, and the smallest that it can be."""
    scaled = scaled_sums(abnormal, window, ewma_variance(abnormal))
    larger = (np.abs(scaled.before) >= np.abs(scaled.z)[:, None]).sum(axis=1)
    smallest = 1 / (scaled.n + 1)
    return (1 + larger) * smallest, smallest


def multiplicity_frame(results: EventStudyResults, windows: Sequence[Window]) -> pd.DataFrame:
    """One row for each episode, asset and window; see `EventStudyResults.multiplicity`."""
    part = results.abnormal
    sound = np.array([not reason for reason in part.reasons], dtype=bool)
    for window in windows:
        sound &= np.isfinite(family_z(part, [window]))
    rows = np.flatnonzero(sound)
    if not len(rows):
        return pd.DataFrame(columns=list(COLUMNS))
    chosen = part.rows(rows)
    ids = results.events.event_ids
    names = ["; ".join(ids[event] for event in results.members[row]) for row in rows]
    ranks = [_ranks(chosen, window) for window in windows]
    p, floor = (np.concatenate(values) for values in zip(*ranks, strict=True))
    z, m = family_z(chosen, windows), len(p)
    drawn = resample(chosen, windows, results.history)
    adjusted = np.full(m, np.nan) if drawn is None else romano_wolf(z, drawn.z)
    least = float("nan") if drawn is None else drawn.smallest
    alone = np.minimum(m * floor, 1.0)
    tables = [
        pd.DataFrame(
            {
                "event_ids": pd.Series(names, dtype=object),
                "asset": chosen.assets,
                "day0": pd.DatetimeIndex(chosen.day0.astype("datetime64[s]")),
                "start": window[0],
                "end": window[1],
                "car": chosen.car(window),
            }
        )
        for window in windows
    ]
    return pd.concat(tables, ignore_index=True).assign(
        z=z,
        p=p,
        p_romano_wolf=np.maximum(adjusted, least),
        p_holm=holm(p),
        p_bh=benjamini_hochberg(p),
        least_romano_wolf=least,
        least_holm=alone,
        least_bh=alone,
        resampling="no ordinary day to resample from" if drawn is None else drawn.how,
    )
