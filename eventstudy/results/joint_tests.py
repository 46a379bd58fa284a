"""Joint tests: several series on one date, and the days before an event."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.arrays import Array
from eventstudy.inference import CrossSection, JointEwma, JointF
from eventstudy.inference.battery.joint_test import common_scaled
from eventstudy.inference.ranks import p_of_rank
from eventstudy.inference.scaled_cars import running_sums
from eventstudy.inference.volatility import ewma_variance
from eventstudy.results.measured_study import MeasuredStudy
from eventstudy.results.tables import observed_rows
from eventstudy.settings import Window, length

JOINT = ("event_ids", "assets", "start", "end", "f", "df1", "df2", "p", "reason")
JOINT_MORE = ("average_z", "average_p", "f_constant", "p_constant")
BEFORE = ("event_id", "asset", "start", "end", "f", "df1", "df2", "p", "p_scaled")


def _shared_rows(study: MeasuredStudy) -> dict[tuple[int, ...], list[str]]:
    """Event ids by the episodes that they have on two or more assets."""
    rows_of: dict[str, list[int]] = {}
    for item in study.observations:
        rows_of.setdefault(item.event_id, []).append(item.row)
    events: dict[tuple[int, ...], list[str]] = {}
    for event_id, rows in rows_of.items():
        if len(rows) > 1:
            events.setdefault(tuple(sorted(rows)), []).append(event_id)
    return events


def _average(sample: CrossSection, inverted: tuple[str, ...]) -> tuple[float, float]:
    """Return the standardised sum of the scaled CARs, signs turned, and its rank p."""
    scaled, ordinary = common_scaled(sample)
    sign = np.where(np.isin(sample.abnormal.assets, inverted), -1.0, 1.0)
    total, sums = sign @ scaled, np.abs(sign @ ordinary)
    p = p_of_rank(int((sums >= abs(total)).sum()), len(sums))
    return float(total / np.sqrt((sums**2).mean())), p


def joint_frame(study: MeasuredStudy, window: Window) -> pd.DataFrame:
    """One row for each set of events on the same sessions; see `EventStudyResults.joint`."""
    records = []
    for rows, event_ids in _shared_rows(study).items():
        episodes = study.abnormal.rows(np.array(rows, dtype=np.intp))
        episodes = episodes.rows(np.flatnonzero(np.isfinite(episodes.car(window))))
        sample = CrossSection(episodes, window)
        ewma, constant = JointEwma()(sample), JointF()(sample)
        record = {
            "event_ids": tuple(event_ids),
            "assets": tuple(map(str, episodes.assets)),
            "start": window[0],
            "end": window[1],
            "f": ewma.statistic,
            "df1": ewma.details.get("df1", float("nan")),
            "df2": ewma.df,
            "p": ewma.p,
            "reason": ewma.reason,
            "f_constant": constant.statistic,
            "p_constant": constant.p,
        }
        if ewma.computed:
            record["average_z"], record["average_p"] = _average(sample, study.options.inverted)
        records.append(record)
    return pd.DataFrame(records, columns=[*JOINT, *JOINT_MORE])


def _scaled_rank(abnormal: AbnormalReturns, window: Window) -> Array:
    """P of Σ(AR/σ)² over a window among the same of ordinary days, shape (episodes,)."""
    path = np.hstack([abnormal.residuals, abnormal.gap, abnormal.ar])
    squares = path**2 / ewma_variance(abnormal)
    columns = abnormal.columns(window)
    days = columns.stop - columns.start
    total = squares[:, path.shape[1] - len(abnormal.tau) :][:, columns].sum(axis=1)
    inside = squares[:, : abnormal.residuals.shape[1]]
    sums = running_sums(inside, days)
    n = np.isfinite(sums).sum(axis=1)
    larger = (sums >= total[:, None]).sum(axis=1)
    return np.where(np.isfinite(total), p_of_rank(larger, n), np.nan)


def _before(abnormal: AbnormalReturns, window: Window) -> Array:
    """F of the days of a window, its degrees of freedom, `_scaled_rank`: shape (episodes, 3)."""
    columns = abnormal.columns(window)
    ar, f = abnormal.ar[:, columns], np.full(len(abnormal.df), np.nan)
    rows = np.flatnonzero(np.isfinite(ar).all(axis=1))
    half, scale = abnormal.leverage[rows, columns], abnormal.scale[rows, columns]
    spread = half @ np.swapaxes(half, 1, 2) + scale[..., None] * np.eye(length(window))
    weighed = np.linalg.solve(abnormal.s2[rows, None, None] * spread, ar[rows, :, None])[..., 0]
    f[rows] = np.einsum("ij,ij->i", ar[rows], weighed)
    return np.column_stack([f / length(window), abnormal.df, _scaled_rank(abnormal, window)])


def before_frame(study: MeasuredStudy, window: Window) -> pd.DataFrame:
    """One row for each observation; see `EventStudyResults.pre_event`."""
    from scipy import stats

    days = length(window)
    f, df, rank = np.concatenate([_before(part, window) for part in study.abnormal.blocks()]).T
    p = stats.f.sf(f, days, df)
    ids, episodes = observed_rows(study)
    there = np.isfinite(f[episodes])
    rows = episodes[there]
    columns = {
        "event_id": ids.to_numpy()[there],
        "asset": study.abnormal.assets[rows],
        "start": window[0],
        "end": window[1],
        "f": f[rows],
        "df1": days,
        "df2": df[rows],
        "p": p[rows],
        "p_scaled": rank[rows],
    }
    return pd.DataFrame(columns, columns=list(BEFORE))
