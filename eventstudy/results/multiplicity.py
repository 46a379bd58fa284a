"""The family of all episodes and assets: p-values adjusted for their number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from eventstudy.inference.multiplicity import (
    benjamini_hochberg,
    family_z,
    holm,
    resample,
    romano_wolf,
)
from eventstudy.results.measured_study import MeasuredStudy
from eventstudy.results.scaled_cars import ranks_over
from eventstudy.results.tables import dated
from eventstudy.settings import Window

COLUMNS = (
    *("event_ids", "asset", "day0", "start", "end", "car", "z", "p"),
    *("p_romano_wolf", "p_holm", "p_bh", "least_romano_wolf", "least_holm", "least_bh"),
    "resampling",
)


def multiplicity_frame(study: MeasuredStudy, windows: Sequence[Window]) -> pd.DataFrame:
    """One row for each episode, asset and window; see `EventStudyResults.multiplicity`."""
    complete = [np.isfinite(family_z(study.abnormal, [window])) for window in windows]
    rows = np.flatnonzero(study.measured & np.all(complete, axis=0))
    if not len(rows):
        return pd.DataFrame(columns=list(COLUMNS))
    episodes = study.abnormal.rows(rows)
    ids = study.events.event_ids
    names = [tuple(ids[event] for event in study.members[row]) for row in rows.tolist()]
    ranked = ranks_over(episodes, windows)
    p, floor = (
        np.concatenate([columns[name] for columns in ranked]) for name in ("p", "smallest_p")
    )
    z, m = family_z(episodes, windows), len(p)
    drawn = resample(episodes, windows, study.history)
    adjusted = np.full(m, np.nan) if drawn is None else romano_wolf(z, drawn.z)
    least = float("nan") if drawn is None else drawn.smallest
    alone = np.minimum(m * floor, 1.0)
    tables = [
        pd.DataFrame(
            {
                "event_ids": pd.Series(names, dtype=object),
                "asset": episodes.assets,
                "day0": dated(episodes.day0),
                "start": window[0],
                "end": window[1],
                "car": episodes.car(window),
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
