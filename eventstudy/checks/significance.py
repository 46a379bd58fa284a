"""Checks of tests and families: power, multiplicity, validity, calibration, specifications."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from eventstudy.checks.base import LEVEL, RARE, Check, Hit, Studied, real_asset, share
from eventstudy.inference.intervals import detectable_effect
from eventstudy.inference.router import HIGH_RBAR
from eventstudy.results import levels
from eventstudy.results.significance import HEADLINE, NAMED
from eventstudy.words.catalogue import counted
from eventstudy.words.numbers import p_value, size, window_words

FRAGILE = {
    "patell",
    "patell-scar",
    "adj-patell",
    "crude-dependence",
    "mackinlay-j1",
    "mackinlay-j2",
    "corrado-rank",
    "prediction-error-t",
    "portfolio-t",
}
"""Tests whose size is far above 5 % when events change the variance."""
JUMP = 1.5
"""Variance of standardised CARs over that of ordinary days."""
NORMAL = 10
"""Episodes below which a normal distribution is no approximation."""
OFF = 0.02
"""Size beyond 5 % ± this is off, if the Monte Carlo error allows to say so."""
SAME, HALF = 0.9, 0.5
"""Share of specifications with one sign, and share that are significant with it."""
SEVERAL = 3
"""Windows from which choosing among them is a risk."""


def _undetected(study: Studied) -> Iterator[Hit]:
    confidence = study.results.options.confidence
    for row in study.headlines[study.headlines["p"] > LEVEL].itertuples():
        own = study.mean_car
        own = own[(own["group"] == row.group) & (own["asset"] == row.asset)]
        if own.empty or not np.isfinite(own["ci_high"].iloc[0]):
            continue
        mean = next(own.itertuples())
        mde = detectable_effect(mean.ci_low, mean.ci_high, mean.n_eff, confidence)
        values = {
            "group": row.group,
            "asset": row.asset,
            "window": window_words(row.start, row.end),
            "mde": size(mde),
        }
        yield Hit(values, asset=real_asset(study, row.asset))


def _unreachable(study: Studied) -> Iterator[Hit]:
    own = study.tests[study.tests["valid"] & study.tests["role"].isin([HEADLINE, NAMED])]
    for row in own[own["smallest_p"] > LEVEL].itertuples():
        values = {"test": row.test, "group": row.group, "asset": row.asset}
        values["least"] = p_value(row.smallest_p)
        yield Hit(values, asset=real_asset(study, row.asset))


def _family_floor(study: Studied) -> Iterator[Hit]:
    family = study.family
    if family is None or len(family) < 2:
        return
    least = float(family["least_romano_wolf"].iloc[0])
    if least > LEVEL:
        yield Hit({"n": len(family), "least": p_value(least)})


def _multiplicity(study: Studied) -> Iterator[Hit]:
    family = study.family
    if family is None or len(family) < 2 or family["least_romano_wolf"].iloc[0] > LEVEL:
        return
    raw = family["p"] <= LEVEL
    lost = int((raw & ~(family["p_romano_wolf"] <= LEVEL)).sum())
    if lost:
        yield Hit({"n": len(family), "raw": int(raw.sum()), "lost": lost})


def _refused(study: Studied) -> Iterator[Hit]:
    own = study.tests[(study.tests["role"] == NAMED) & (study.tests["reason"] != "")]
    for row in own.itertuples():
        values = {"test": row.test, "group": row.group, "asset": row.asset, "reason": row.reason}
        yield Hit(values, asset=real_asset(study, row.asset))


def _fragile(study: Studied) -> Iterator[Hit]:
    from scipy import stats

    named = [test.name for test in study.results.significance_tests or ()]
    if not named or not set(named) <= FRAGILE:
        return
    window = study.results.windows.lead
    for level in levels(study.results):
        part = study.results.abnormal.rows(level.rows)
        z = part.car(window) / part.car_se(window) * np.sqrt((part.df - 2) / part.df)
        z = z[np.isfinite(z)]
        if len(z) < NORMAL:
            continue
        total = float(((z - z.mean()) ** 2).sum())
        ratio = total / (len(z) - 1)
        if ratio > JUMP and stats.chi2.sf(total, len(z) - 1) < RARE:
            values = {"group": level.group, "asset": level.asset, "ratio": f"{ratio:.1f}"}
            values["tests"] = ", ".join(named)
            yield Hit(values, asset=real_asset(study, level.asset))


def _normal(study: Studied) -> Iterator[Hit]:
    own = study.tests[study.tests["valid"] & (study.tests["role"] == NAMED)]
    for row in own[(own["distribution"] == "normal") & (own["n"] < NORMAL)].itertuples():
        values = {"test": row.test, "group": row.group, "asset": row.asset, "n": row.n}
        yield Hit(values, asset=real_asset(study, row.asset))


def _correlated(study: Studied) -> Iterator[Hit]:
    for row in study.situations[study.situations["rbar"] > HIGH_RBAR].itertuples():
        values = {"group": row.group, "rbar": f"{row.rbar:.2f}", "n": row.n, "dates": row.dates}
        yield Hit(values)


def _overlap(study: Studied) -> Iterator[Hit]:
    for row in study.situations[study.situations["overlapping"] > 0].itertuples():
        values = {"group": row.group, "asset": row.asset, "n": row.overlapping, "total": row.n}
        yield Hit(values, asset=real_asset(study, row.asset))


def _picked(study: Studied) -> Iterator[Hit]:
    lead = study.results.windows.lead
    tests = study.all_tests
    tests = tests[(tests["role"] == HEADLINE) & tests["valid"]]
    for (group, asset), own in tests.groupby(["group", "asset"], sort=False):
        found = own["p"] <= LEVEL
        leads = (own["start"] == lead[0]) & (own["end"] == lead[1])
        if len(own) >= SEVERAL and found[leads].any() and found.sum() == 1:
            values = {"group": group, "asset": asset, "window": window_words(*lead)}
            yield Hit({**values, "n": len(own)}, asset=real_asset(study, str(asset)))


def _pointwise(study: Studied) -> Iterator[Hit]:
    frame = study.caar
    for (group, asset), own in frame.groupby(["group", "asset"], sort=False):
        outside = (own["ci_low"] > 0) | (own["ci_high"] < 0)
        beyond = (own["band_low"] > 0) | (own["band_high"] < 0)
        if outside.any() and not beyond.any():
            values = {"group": group, "asset": asset, "days": counted(int(outside.sum()), "day")}
            yield Hit(values, asset=real_asset(study, str(asset)))


def _size(study: Studied) -> Iterator[Hit]:
    if study.calibration is None:
        return
    frame = study.calibration.size
    own = frame[(frame["role"] != "companion") & (frame["samples"] > 0)]
    for row in own.itertuples():
        off = abs(row.size - LEVEL)
        if off > max(OFF, 3 * np.sqrt(LEVEL * (1 - LEVEL) / row.samples)):
            values = {"test": row.test, "group": row.group, "asset": row.asset}
            values["size"] = size(row.size, 1)
            yield Hit(values, asset=real_asset(study, row.asset))


def _specifications(study: Studied) -> Iterator[Hit]:
    if study.robustness is None:
        return
    frame = study.robustness.frame
    for row in study.robustness.summary.itertuples():
        mine = frame[(frame["asset"] == row.asset) & frame["own"]]
        alone = bool(mine["significant"].any()) and row.significant < HALF
        if row.same_sign < SAME or alone:
            known = np.isfinite(row.significant)
            values = {
                "asset": row.asset,
                "n": row.specifications,
                "same": share(row.same_sign),
                "significant": share(row.significant) if known else "—",
            }
            yield Hit(values, asset=row.asset)


CHECKS = (
    Check("not-detected", "note", "4, 16", _undetected),
    Check("cannot-reject", "warning", "4; 15: too few permutations", _unreachable),
    Check("family-cannot-reject", "warning", "11; 15: too few permutations", _family_floor),
    Check("multiplicity", "warning", "11", _multiplicity),
    Check("refused-test", "error", "15: cross-section t on one date", _refused),
    Check("fragile-test", "warning", "15: Patell under variance jumps", _fragile),
    Check("normal-critical-values", "warning", "15: normal critical values for N = 3", _normal),
    Check("correlated-assets", "warning", "5", _correlated),
    Check("overlap-joined", "warning", "15: overlapping windows summed twice", _overlap),
    Check("window-picked", "warning", "15: window picked after looking", _picked),
    Check("pointwise-only", "warning", "10; 15: pointwise bands", _pointwise),
    Check("calibration-size", "warning", "14", _size),
    Check("specifications", "warning", "12; 15: one of 40 specifications", _specifications),
)
"""Checks of tests and families."""
