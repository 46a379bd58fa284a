"""Checks of estimation windows: length, closures, volatility, residuals, influence."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from eventstudy.checks.base import RARE, Check, Hit, Studied
from eventstudy.inference.residuals import half_betas
from eventstudy.inference.router import CALM, TURBULENT
from eventstudy.models.traits import has_regressors, variance_changes
from eventstudy.words.numbers import minus, share

SHORT, LOST = 120, 0.25
"""Fewest estimation returns, and the largest share of the window that may be lost."""
TAILS = 5.0
"""Kurtosis without the largest residual."""
OUTLIER = 6.0
"""Externally studentised residual: with 250 days, one seventh of the whole variance."""
CRISIS = 3.0
"""Variance of one half of the estimation window over that of the other."""


def _short(study: Studied) -> Iterator[Hit]:
    abnormal = study.results.abnormal.rows(study.sound)
    wanted = np.diff(abnormal.estimation_window, axis=1)[:, 0] + 1
    lost = (abnormal.missing + abnormal.excluded) / wanted
    yield from study.flagged(
        (abnormal.observed < SHORT) | (lost > LOST),
        lambda index: {
            "n": int(abnormal.observed[index]),
            "wanted": int(wanted[index]),
            "missing": int(abnormal.missing[index]),
            "excluded": int(abnormal.excluded[index]),
            "df": f"{abnormal.df[index]:g}",
        },
    )
    yield from _unestimated(study)


def _unestimated(study: Studied) -> Iterator[Hit]:
    """Yield observations that have no variance at all."""
    results, abnormal = study.results, study.results.abnormal
    ids = results.events.event_ids
    for event, asset, row in results.episode_of.where(abnormal.unestimated != ""):
        counts = {name: int(getattr(abnormal, name)[row]) for name in ("missing", "excluded")}
        wanted = int(np.diff(abnormal.estimation_window[row])[0]) + 1
        values = {"asset": asset, "n": 0, "wanted": wanted, "df": "no", **counts}
        yield Hit(values, ids[event], asset)


def _closure(study: Studied) -> Iterator[Hit]:
    abnormal = study.results.abnormal.rows(study.sound)
    gaps = np.diff(abnormal.estimation_dates, axis=1).astype("timedelta64[D]").astype(float)
    far = gaps > study.results.options.max_shift
    gap = np.argmax(far, axis=1)
    yield from study.flagged(
        np.asarray(far.any(axis=1)),
        lambda index: {
            "first": abnormal.estimation_dates[index, gap[index]],
            "last": abnormal.estimation_dates[index, gap[index] + 1],
        },
    )


def _regime(study: Studied) -> Iterator[Hit]:
    ratio = study.scaled.ratio
    apart = np.maximum(CALM / ratio, ratio / TURBULENT)
    yield from study.flagged(apart > 1, lambda index: {"ratio": f"{ratio[index]:.2f}"})


def _arch(study: Studied) -> Iterator[Hit]:
    tests = study.residuals
    assets = study.results.abnormal.assets[study.sound]
    models = (study.results.models[str(asset)] for asset in assets)
    plain = np.array([not variance_changes(model) for model in models], dtype=bool)
    yield from study.flagged(
        plain & (tests.arch_p < RARE), lambda i: {"lm": f"{tests.arch[i]:.1f}"}
    )


def _serial(study: Studied) -> Iterator[Hit]:
    tests = study.residuals
    yield from study.flagged(tests.ljung_box_p < RARE, lambda i: {"q": f"{tests.ljung_box[i]:.1f}"})


def _tails(study: Studied) -> Iterator[Hit]:
    kurtosis = study.residuals.trimmed_kurtosis
    yield from study.flagged(kurtosis > TAILS, lambda i: {"kurtosis": f"{kurtosis[i]:.1f}"})


def _cusum(study: Studied) -> Iterator[Hit]:
    tests = study.residuals
    yield from study.flagged(tests.cusum_p < RARE, lambda i: {"sup": f"{tests.cusum[i]:.2f}"})


def _crisis(study: Studied) -> Iterator[Hit]:
    ratio = study.residuals.variance_ratio
    apart = np.maximum(ratio, 1 / np.maximum(ratio, 1e-300))
    mask = (apart > CRISIS) & (np.abs(study.residuals.largest) <= OUTLIER)
    which = np.where(ratio > 1, "later", "earlier")
    yield from study.flagged(mask, lambda i: {"ratio": f"{apart[i]:.1f}", "half": which[i]})


def _influence(study: Studied) -> Iterator[Hit]:
    abnormal, tests = study.results.abnormal.rows(study.sound), study.residuals
    days = abnormal.estimation_dates[np.arange(len(tests.column)), tests.column]
    split = np.array(
        [
            day in study.splits[str(asset)]
            for day, asset in zip(days.astype("datetime64[D]"), abnormal.assets, strict=True)
        ],
        dtype=bool,
    )
    yield from study.flagged(
        (np.abs(tests.largest) > OUTLIER) & ~split,
        lambda index: {"day": days[index], "u": minus(f"{tests.largest[index]:.1f}")},
    )


def _unstable(study: Studied) -> Iterator[Hit]:
    from scipy import stats

    part = study.results.abnormal
    mask = np.zeros(len(study.sound), dtype=bool)
    words: dict[int, dict[str, object]] = {}
    for asset, model in study.results.models.items():
        at = np.flatnonzero(part.assets[study.sound] == asset)
        if not has_regressors(model) or not model.factors or not len(at):
            continue
        rows = study.sound[at]
        x = study.regressors(rows)
        known = np.isfinite(part.residuals[rows])
        data = study.results.data[asset]
        y = np.where(known, data.returns[part.estimation_days[rows]], np.nan)
        first, second, t, _, _ = half_betas(y, x)
        df = known.sum(axis=1) - 2 * x.shape[-1]
        mask[at] = 2 * stats.t.sf(np.abs(t).max(axis=1), df) < RARE
        for row, episode in enumerate(at):
            column = int(np.argmax(np.abs(t[row])))
            words[int(episode)] = {
                "factor": model.factors[column],
                "before": minus(f"{first[row, column]:.2f}"),
                "after": minus(f"{second[row, column]:.2f}"),
            }
    yield from study.flagged(mask, lambda at: words[at])


def _contaminated(study: Studied) -> Iterator[Hit]:
    if study.results.options.exclude_from_estimation is not None:
        return
    part = study.results.abnormal.rows(study.sound)
    for asset in study.results.assets:
        at = part.assets == asset
        rows, (first, last) = part.position[at], part.estimation_window[at].T
        inside = np.searchsorted(rows, rows + last, "right") - np.searchsorted(rows, rows + first)
        if inside.any():
            values = {"asset": asset, "n": int((inside > 0).sum()), "total": len(rows)}
            yield Hit(values, asset=asset)


def _left_out(study: Studied) -> Iterator[Hit]:
    left = study.results.left_out
    lost = int((left["start"].isna() & ~left["pending"]).sum())
    total = len(study.results.alignments)
    if total and lost > 0.1 * total:
        yield Hit({"n": lost, "total": total, "share": share(lost / total)})


CHECKS = (
    Check("short-estimation", "warning", "3; 15: short L1", _short, local=True),
    Check("closure-in-estimation", "warning", "3; 15: multi-day gaps", _closure, local=True),
    Check("volatility-regime", "warning", "6; 15: calm σ on a crisis day", _regime, local=True),
    Check("arch", "warning", "7", _arch, local=True),
    Check("serial-correlation", "warning", "7", _serial, local=True),
    Check("fat-tails", "warning", "7", _tails, local=True),
    Check("break", "warning", "7", _cusum, local=True),
    Check(
        "earlier-crisis", "warning", "7; 15: estimation over an earlier crisis", _crisis, local=True
    ),
    Check("influential-day", "warning", "7", _influence, local=True),
    Check("unstable-beta", "warning", "7", _unstable, local=True),
    Check("contaminated-estimation", "warning", "15: estimation over events", _contaminated),
    Check("left-out", "warning", "3", _left_out),
)
"""Checks of estimation windows."""
