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
from eventstudy.results.scaled_cars import ranks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.results.study_results import EventStudyResults
    from eventstudy.settings import Window


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
    ranked = [ranks(chosen, window) for window in windows]
    p, floor = (np.concatenate([own[name] for own in ranked]) for name in ("p", "smallest_p"))
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
