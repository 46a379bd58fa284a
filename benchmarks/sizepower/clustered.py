"""Rates of samples that share dates, with Monte Carlo errors clustered by date."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

Counts = Counter[tuple[Any, ...]]
"""(measure, class, cluster, "samples" or "hits") to a number."""

ALL, TERCILES, WILD = "all", ("low", "mid", "high"), "wild"
CLASSES = (ALL, *TERCILES, WILD)
"""All samples; thirds by volatility before the first day; event days wilder than before."""

Cell = list[int]


def note(counts: Counts, cluster: int, measure: str, hit: object, *classes: str) -> None:
    """Count one sample of a measure: among all, and in each of its classes.

    Parameters
    ----------
    counts : Counter
        Where it is counted.
    cluster : int
        Samples with the same number share dates.
    measure : str
        What is counted: an interval, or a test.
    hit : bool
        Whether the interval held the truth, or the test rejected.
    *classes : str
        Classes besides "all".
    """
    for name in (ALL, *classes):
        counts[measure, name, cluster, "samples"] += 1
        counts[measure, name, cluster, "hits"] += int(bool(hit))


def fold(counts: Counts) -> dict[str, Cell]:
    """Sum counts over clusters.

    Parameters
    ----------
    counts : Counter
        As `note` fills it.

    Returns
    -------
    dict of str to list of int
        "measure|class" to Σh, Σn, the number of clusters, Σh², Σhn, Σn²: hits h and samples n
        of a cluster. Enough to compute the clustered error again.
    """
    clusters: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for measure, name, cluster, kind in counts:
        if kind == "samples":
            samples = counts[measure, name, cluster, "samples"]
            hits = counts[measure, name, cluster, "hits"]
            clusters[f"{measure}|{name}"].append((hits, samples))
    return {label: _sums(pairs) for label, pairs in sorted(clusters.items())}


def _sums(pairs: list[tuple[int, int]]) -> Cell:
    hits, samples = sum(h for h, _ in pairs), sum(n for _, n in pairs)
    squares = [sum(h * h for h, _ in pairs), sum(h * n for h, n in pairs)]
    return [hits, samples, len(pairs), *squares, sum(n * n for _, n in pairs)]


@dataclass(frozen=True)
class Rate:
    """A rate in per cent and its Monte Carlo standard error, clustered by date.

    Parameters
    ----------
    hits, samples, clusters : int
        Σh, Σn, and the number of clusters C.
    squared, crossed, sizes : int
        Σh², Σhn, Σn² over clusters.
    """

    hits: int
    samples: int
    clusters: int
    squared: int
    crossed: int
    sizes: int

    @property
    def share(self) -> float:
        """Hits in per cent of samples."""
        return 100 * self.hits / self.samples

    @property
    def error(self) -> float:
        """√(C/(C - 1) Σ(h - p n)²)/Σn in per cent; NaN for one cluster.

        The ratio of two sums over clusters that are independent of one another.
        """
        if self.clusters < 2:
            return float("nan")
        p = self.hits / self.samples
        total = self.squared - 2 * p * self.crossed + p * p * self.sizes
        correction = self.clusters / (self.clusters - 1)
        return 100 * sqrt(max(correction * total, 0.0)) / self.samples

    def distance(self, band: tuple[float, float]) -> float:
        """Per cent by which the rate lies outside a band; 0 inside it."""
        low, high = band
        return max(low - self.share, self.share - high, 0.0)

    def within(self, band: tuple[float, float]) -> bool:
        """Whether the rate meets a band within two standard errors."""
        outside = self.distance(band)
        return outside == 0 or outside <= 2 * self.error


def rate(cells: Mapping[str, Cell], measure: str, name: str = ALL) -> Rate | None:
    """Return the rate of a measure in a class; None where nothing was counted."""
    cell = cells.get(f"{measure}|{name}")
    return Rate(*cell) if cell else None
