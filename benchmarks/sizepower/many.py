"""Many episodes: separate dates, one date, several dates with several stocks each."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eventstudy.inference import TESTS, CrossSection
from eventstudy.inference.base import SignificanceTest
from eventstudy.inference.correlation import mean_correlation
from sizepower.series import Tally, every_day, reference, shocked, tally

SEED = 20220113
SESSIONS = 200
CALENDAR = ", r̄ by calendar"
"""The reference's r̄ leaves pairs of different dates out, as that of the router does; the
default of the tests, r̄ by calendar, does not."""
NAMES = {
    "t_cross": "cross-sectional-t",
    "cda": "crude-dependence",
    "patell": "patell",
    "bmp": "bmp",
    "adj_patell": "adj-patell",
    "adj_bmp": "adj-bmp",
    "skew_hall": "skewness-adjusted-t",
    "corrado": "corrado-rank",
    "cz_rank": "corrado-zivney-rank",
    "grank_t": "grank-t",
    "grank_z": "grank-z",
    "sign": "sign",
    "gsign": "generalised-sign",
    "wilcoxon": "wilcoxon",
    "sq_portfolio": "portfolio-sq",
    "wild": "wild-bootstrap",
    "wild_cluster": "wild-cluster",
    "cluster_t": "cluster-t",
    "date_avg_t": "date-average-t",
    "date_bmp": "date-bmp",
    "portfolio_t": "portfolio-t",
}
"""Names in acceptance.json and in the registry; `date_patell` has no counterpart."""


@dataclass(frozen=True)
class Design:
    """One design of acceptance.json."""

    key: str
    name: str
    n: int
    dates: int
    model: str
    window: tuple[int, int]
    samples: int

    def seed(self, number: int) -> np.random.Generator:
        """Return the generator of one sample: the same however samples are divided."""
        return np.random.default_rng([SEED, zlib.crc32(self.key.encode()), number])


def designs() -> list[Design]:
    """Return the designs of acceptance.json."""
    found = []
    for key, entry in reference().items():
        if key[0] in "AB":
            d = entry["design"]
            window = (d["window"][0], d["window"][1])
            found.append(Design(key, d["name"], d["N"], d["dates"], d["model"], window, d["S"]))
    return found


def draw(design: Design, number: int, stocks: int, days: int) -> np.ndarray:
    """Rows of a sample: distinct dates, and on each date distinct stocks.

    With one stock a date, every stock once before any comes again: the estimation windows
    of two episodes of one stock would overlap more often than they must.
    """
    rng = design.seed(number)
    dates = rng.choice(days, design.dates, replace=False)
    each = design.n // design.dates
    if each == 1:
        rounds = [rng.permutation(stocks) for _ in range(-(-design.n // stocks))]
        return np.concatenate(rounds)[: design.n] * days + dates
    own = [rng.choice(stocks, each, replace=False) * days + date for date in dates]
    return np.concatenate(own)


def tests_of(design: Design, case: str) -> dict[str, SignificanceTest]:
    """Tests that the reference has measured in a case, and we can."""
    wanted = reference()[design.key]["reject_pct"][case]
    return {name: TESTS[NAMES[name]]() for name in wanted if name in NAMES}


def parsed(case: str) -> tuple[float, float]:
    """Variance factor and shock of a case such as ``var2_shock0.01``."""
    variance, shock = case.split("_")
    return float(variance[3:]), float(shock[5:])


def run(design: Design, first: int, last: int, only: Sequence[str] = ()) -> Tally:
    """Count decisions of samples from `first` to before `last`, of all cases or `only` some."""
    pool, days = every_day(design.model, design.window, SESSIONS)
    stocks = len(pool.day0) // days
    cases = only or list(reference()[design.key]["reject_pct"])
    tests = {case: tests_of(design, case) for case in cases}
    counts: Tally = Counter()
    for number in range(first, last):
        part = pool.rows(draw(design, number, stocks, days))
        rbars = {"": mean_correlation(part, "same-date"), CALENDAR: mean_correlation(part)}
        for case in cases:
            changed = shocked(part, *parsed(case)[::-1])
            for suffix, rbar in rbars.items():
                sample = CrossSection(changed, design.window)
                sample.__dict__["rbar"] = rbar  # of the estimation window: no shock changes it
                for name, test in tests[case].items():
                    if not suffix or name.startswith("adj_"):
                        tally(counts, test(sample), case, name + suffix)
    return counts
