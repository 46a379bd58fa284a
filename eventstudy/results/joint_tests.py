"""Joint tests: several series on one date, and the days before an event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.inference import CrossSection, JointEwma, JointF
from eventstudy.inference.battery.joint_test import common_scaled
from eventstudy.inference.ranks import p_of_rank
from eventstudy.inference.volatility import ewma_variance, running_sums

if TYPE_CHECKING:
    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array
    from eventstudy.results.study_results import EventStudyResults
    from eventstudy.settings import Window


JOINT = ("event_ids", "assets", "start", "end", "f", "df1", "df2", "p", "reason")
JOINT_MORE = ("average_z", "average_p", "f_constant", "p_constant")
BEFORE = ("event_id", "asset", "start", "end", "f", "df1", "df2", "p", "p_scaled")


def _shared_rows(results: EventStudyResults) -> dict[tuple[int, ...], list[int]]:
    """Events by the episodes that they have on two or more assets."""
    own: dict[int, list[int]] = {}
    for (event, _), row in results.episode_of.items():
        if not results.abnormal.reasons[row]:
            own.setdefault(event, []).append(row)
    found: dict[tuple[int, ...], list[int]] = {}
    for event, rows in own.items():
        if len(rows) > 1:
            found.setdefault(tuple(sorted(rows)), []).append(event)
    return found


def _average(sample: CrossSection, inverted: tuple[str, ...]) -> tuple[float, float]:
    """Return the standardised sum of the scaled CARs, signs turned, and its rank p."""
    own, common = common_scaled(sample)
    sign = np.where(np.isin(sample.abnormal.assets, inverted), -1.0, 1.0)
    theirs = np.abs(sign @ common)
    p = p_of_rank(int((theirs >= abs(sign @ own)).sum()), len(theirs))
    return float(sign @ own / np.sqrt((theirs**2).mean())), p


def joint_frame(results: EventStudyResults, window: Window) -> pd.DataFrame:
    """One row for each set of events on the same sessions; see `EventStudyResults.joint`."""
    ids, part = results.events.event_ids, results.abnormal
    records = []
    for rows, events in _shared_rows(results).items():
        chosen = part.rows(np.array(rows, dtype=np.intp))
        chosen = chosen.rows(np.flatnonzero(np.isfinite(chosen.car(window))))
        sample = CrossSection(chosen, window)
        found, plain = JointEwma()(sample), JointF()(sample)
        record = {
            "event_ids": "; ".join(ids[event] for event in events),
            "assets": "; ".join(chosen.assets),
            "start": window[0],
            "end": window[1],
            "f": found.statistic,
            "df1": found.details.get("df1", float("nan")),
            "df2": found.df,
            "p": found.p,
            "reason": found.reason,
            "f_constant": plain.statistic,
            "p_constant": plain.p,
        }
        if found.computed:
            inverted = results.options.inverted
            record["average_z"], record["average_p"] = _average(sample, inverted)
        records.append(record)
    return pd.DataFrame(records, columns=[*JOINT, *JOINT_MORE])


def _scaled_rank(part: AbnormalReturns, window: Window) -> Array:
    """P of Σ(AR/σ)² over a window among the same of ordinary days, shape (episodes,)."""
    path = np.hstack([part.residuals, part.gap, part.ar])
    squares = path**2 / ewma_variance(part)
    columns = part.columns(window)
    days = columns.stop - columns.start
    own = squares[:, path.shape[1] - len(part.tau) :][:, columns].sum(axis=1)
    inside = squares[:, : part.residuals.shape[1]]
    sums = running_sums(inside, days)
    n = np.isfinite(sums).sum(axis=1)
    larger = (sums >= own[:, None]).sum(axis=1)
    return np.where(np.isfinite(own), p_of_rank(larger, n), np.nan)


def before_frame(results: EventStudyResults, window: Window) -> pd.DataFrame:
    """One row for each observation; see `EventStudyResults.pre_event`."""
    from scipy import stats

    ids, part = results.events.event_ids, results.abnormal
    columns = part.columns(window)
    days = columns.stop - columns.start
    ranks = _scaled_rank(part, window)
    records = []
    for (event, asset), row in results.episode_of.items():
        ar = part.ar[row, columns]
        if part.reasons[row] or not np.isfinite(ar).all():
            continue
        v = part.covariance(row)[columns, columns]
        f, df = float(ar @ np.linalg.solve(v, ar)) / days, float(part.df[row])
        p = float(stats.f.sf(f, days, df))
        records.append((ids[event], asset, *window, f, days, df, p, ranks[row]))
    return pd.DataFrame(records, columns=list(BEFORE))
