"""What a source says now about sessions that are stored already."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.prices.store.stored_series import Revision

SAME = 1e-6
"""Closes that differ by less, as a fraction, are the same: some sources deliver float32."""

SAME_ADJUSTED = 1e-5
"""Adjusted closes are recomputed by their source at every request, with its rounding."""

_ONE_SCALE = 1e-4
"""Ratios this near to one another are one ratio."""


@dataclass(frozen=True)
class Comparison:
    """What changed among the sessions that two tables both cover.

    Parameters
    ----------
    revisions : tuple of Revision
        Closes that changed, beyond a common scale.
    scale : float
        Ratio new over old that the closes have in common; 1 when they were not rescaled.
    whole : str
        Why the series must be fetched again whole; empty when it need not.
    """

    revisions: tuple[Revision, ...]
    scale: float = 1.0
    whole: str = ""


def compare(old: pd.DataFrame, new: pd.DataFrame, today: dt.date) -> Comparison:
    """Compare what is stored with what the source says now.

    Parameters
    ----------
    old : DataFrame
        The stored table, cut to the sessions that were asked for again.
    new : DataFrame
        The source's answer.
    today : datetime.date
        Day on which it is noticed.

    Returns
    -------
    Comparison
    """
    past = new.loc[: old.index[-1]]
    common = old.index.intersection(past.index)
    if common.empty:
        return Comparison((), whole="the source no longer gives the last sessions")
    ratio = past["close"].reindex(common).to_numpy() / old["close"].reindex(common).to_numpy()
    scale = _scale(ratio)
    revisions = _revisions(old["close"], past["close"], scale, today)
    why = "most of the closes asked for again changed" if 2 * len(revisions) > len(common) else ""
    return Comparison(revisions, scale, _why_whole(old, new, scale) or why)


def _scale(ratio: np.ndarray) -> float:
    """Return the ratio that most closes share; 1 when they share none or did not change."""
    middle = float(np.median(ratio))
    share = float(np.mean(np.abs(ratio / middle - 1) < _ONE_SCALE))
    return middle if abs(middle - 1) > _ONE_SCALE and share > 0.5 else 1.0


def _revisions(
    old: pd.Series[float], new: pd.Series[float], scale: float, today: dt.date
) -> tuple[Revision, ...]:
    both = pd.DataFrame({"old": old, "new": new})
    limit = SAME if scale == 1.0 else _ONE_SCALE
    same = (both["new"] / (scale * both["old"]) - 1).abs() <= limit
    changed = both[~same]
    return tuple(
        Revision(day.date(), _known(before), _known(after), today)
        for day, before, after in zip(changed.index, changed["old"], changed["new"], strict=True)
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _why_whole(old: pd.DataFrame, new: pd.DataFrame, scale: float) -> str:
    if set(old.columns) != set(new.columns):
        return "the source gives other columns now"
    if scale != 1.0:
        return f"closes were rescaled by {scale:.6g}"
    later = new.loc[new.index > old.index[-1]]
    if "split" in later and (splits := later.index[later["split"].fillna(1.0).ne(1.0)]).size:
        return f"a split on {splits[0]:%Y-%m-%d}"
    if "adjusted" in old:
        ratio = new["adjusted"].reindex(old.index) / old["adjusted"]
        if (ratio - 1).abs().gt(SAME_ADJUSTED).any():
            return "adjusted closes were rescaled, as after a dividend or a split"
    return ""


def joined(old: pd.DataFrame, new: pd.DataFrame, first: pd.Timestamp) -> pd.DataFrame:
    """Return the stored table continued by the source's answer.

    Parameters
    ----------
    old : DataFrame
        The stored table.
    new : DataFrame
        The answer.
    first : Timestamp
        First session that was asked for; from there on the answer counts, except that a
        close which did not really change keeps its stored digits.

    Returns
    -------
    DataFrame
    """
    fresh = new.copy()
    for name, limit in (("close", SAME), ("adjusted", SAME_ADJUSTED)):
        if name in fresh:
            stored = old[name].reindex(fresh.index)
            same = (fresh[name] / stored - 1).abs() <= limit
            fresh[name] = fresh[name].mask(same, stored)
    return pd.concat([old.loc[old.index < first], fresh])
