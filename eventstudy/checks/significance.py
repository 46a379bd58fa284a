"""Checks of tests and families: power, multiplicity, validity, calibration, specifications."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from eventstudy.checks.base import LEVEL, RARE, Check, Hit, Studied
from eventstudy.inference.intervals import detectable_mean
from eventstudy.inference.router import HIGH_RBAR
from eventstudy.results import levels, only
from eventstudy.results.significance import HEADLINE, NAMED
from eventstudy.words.catalogue import counted
from eventstudy.words.numbers import p_value, share, size, window_words

FRAGILE = {
    *("patell", "patell-scar", "adj-patell", "crude-dependence", "mackinlay-j1", "mackinlay-j2"),
    *("corrado-rank", "prediction-error-t", "portfolio-t"),
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
    heads = study.results.at_primary(study.headlines)
    for row in heads[heads["p"] > LEVEL].itertuples():
        means = study.results.at_primary(study.mean_car)
        for mean in only(means, group=row.group, asset=row.asset).itertuples():
            if np.isfinite(mean.ci_high):
                mde = detectable_mean(mean.ci_low, mean.ci_high, mean.n_eff, confidence)
                window = window_words(row.start, row.end)
                yield study.of_level(row, window=window, mde=size(mde))


def _unreachable(study: Studied) -> Iterator[Hit]:
    tests = study.primary_tests
    tests = tests[tests["valid"] & tests["role"].isin([HEADLINE, NAMED])]
    for row in tests[tests["smallest_p"] > LEVEL].itertuples():
        yield study.of_level(row, test=row.test, least=p_value(row.smallest_p))


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
    tests = only(study.primary_tests, role=NAMED)
    for row in tests[tests["reason"] != ""].itertuples():
        yield study.of_level(row, test=row.test, reason=row.reason)


def _fragile(study: Studied) -> Iterator[Hit]:
    from scipy import stats

    named = [test.name for test in study.results.significance_tests or ()]
    if not named or not set(named) <= FRAGILE:
        return
    window = study.results.windows.lead
    for level in levels(study.results):
        abnormal = study.results.abnormal.rows(level.rows)
        t, df = abnormal.car(window) / abnormal.car_se(window), abnormal.df
        z = t * np.sqrt((df - 2) / df)
        z = z[np.isfinite(z)]
        if len(z) < NORMAL:
            continue
        total = float(((z - z.mean()) ** 2).sum())
        ratio = total / (len(z) - 1)
        if ratio > JUMP and stats.chi2.sf(total, len(z) - 1) < RARE:
            yield study.of_level(level, ratio=f"{ratio:.1f}", tests=", ".join(named))


def _normal(study: Studied) -> Iterator[Hit]:
    tests = only(study.primary_tests, valid=True, role=NAMED, distribution="normal")
    for row in tests[tests["n"] < NORMAL].itertuples():
        yield replace(study.of_level(row, test=row.test, n=row.n), of=row.n)


def _correlated(study: Studied) -> Iterator[Hit]:
    situations = study.primary_situations
    for row in situations[situations["rbar"] > HIGH_RBAR].itertuples():
        values = {"group": row.group, "rbar": f"{row.rbar:.2f}", "n": row.n, "dates": row.dates}
        yield Hit(values)


def _overlap(study: Studied) -> Iterator[Hit]:
    situations = study.primary_situations
    for row in situations[situations["overlapping"] > 0].itertuples():
        yield replace(study.of_level(row, n=row.overlapping, total=row.n), of=row.overlapping)


def _picked(study: Studied) -> Iterator[Hit]:
    window = window_words(*study.results.windows.lead)
    for _, tests in study.headlines.groupby(["group", "asset"], sort=False):
        rejected = tests[tests["p"] <= LEVEL]
        if len(tests) >= SEVERAL and len(rejected) == len(study.results.at_primary(rejected)) == 1:
            yield study.of_level(tests.iloc[0], window=window, n=len(tests))


def _pointwise(study: Studied) -> Iterator[Hit]:
    for _, path in study.caar.groupby(["group", "asset"], sort=False):
        outside = (path["ci_low"] > 0) | (path["ci_high"] < 0)
        beyond = (path["band_low"] > 0) | (path["band_high"] < 0)
        if outside.any() and not beyond.any():
            yield study.of_level(path.iloc[0], days=counted(int(outside.sum()), "day"))


def _size(study: Studied) -> Iterator[Hit]:
    if study.calibration is None:
        return
    sizes = study.calibration.size
    for row in sizes[(sizes["role"] != "companion") & (sizes["samples"] > 0)].itertuples():
        off = abs(row.size - LEVEL)
        if off > max(OFF, 3 * np.sqrt(LEVEL * (1 - LEVEL) / row.samples)):
            yield study.of_level(row, test=row.test, size=size(row.size, 1))


def _specifications(study: Studied) -> Iterator[Hit]:
    if study.robustness is None:
        return
    frame = study.robustness.frame
    for row in study.robustness.summary.itertuples():
        chosen = only(frame, asset=row.asset, own=True)
        alone = bool(chosen["significant"].any()) and row.significant < HALF
        if row.same_sign < SAME or alone:
            ranked = np.isfinite(row.significant)
            values = {
                "asset": row.asset,
                "n": row.specifications,
                "same": share(row.same_sign),
                "significant": share(row.significant) if ranked else "—",
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
