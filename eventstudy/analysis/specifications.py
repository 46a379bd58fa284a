"""The choices that are combined into the specifications of a study."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Literal

from eventstudy.abnormal.joint_dummies import overlapping
from eventstudy.arguments import told_class
from eventstudy.design.overlap import few_overlap
from eventstudy.models import ConstantMean, MarketAdjusted, MarketModel, NormalReturnModel
from eventstudy.settings import Options, Window, Windows, length

if TYPE_CHECKING:
    from eventstudy.arrays import Ints
    from eventstudy.results import EventStudyResults


WINDOWS: tuple[Window, ...] = ((0, 0), (0, 1), (-1, 1), (0, 4))
LENGTHS = (120, 250, 500)
GAPS = (5, 30)


@dataclass(frozen=True)
class Spec:
    """One combination of choices; lengths in sessions.

    `overlap` says whether all episodes are averaged, or runs of overlapping ones count as one, at
    the first.
    """

    model: NormalReturnModel
    estimation: int
    gap: int
    window: Window
    overlap: Literal["all", "merge"] = "all"


@told_class
@dataclass(frozen=True)
class Grid:
    """Choices that are combined into specifications.

    Parameters
    ----------
    models : sequence of NormalReturnModel, optional
        Models tried on every asset for which they have factors. Default: the study's own,
        constant mean, and market-adjusted and market models on its factors.
    benchmarks : sequence of str
        Further columns of the prices; each adds a market model on it.
    estimation : sequence of int
        Lengths of the estimation window.
    gaps : sequence of int
        Sessions between estimation and event window; as many at least as keep the days of
        `Options.exclude_from_estimation` out of an event's own estimation window.
    windows : sequence of (int, int), optional
        CAR windows. Default: [0, 0], [0, +1], [−1, +1], [0, +4], and those of the study.
    """

    models: Sequence[NormalReturnModel] | None = None
    benchmarks: Sequence[str] = ()
    estimation: Sequence[int] = LENGTHS
    gaps: Sequence[int] = GAPS
    windows: Sequence[Window] | None = None


def windows_tried(windows: Windows, grid: Grid) -> tuple[Window, ...]:
    """Return the CAR windows of a grid."""
    return tuple(grid.windows or dict.fromkeys([*windows.car, *WINDOWS]))


def specifications(
    results: EventStudyResults, asset: str, grid: Grid, windows: Sequence[Window]
) -> Iterator[Spec]:
    """Yield the specifications of an asset, the study's own first."""
    windows_used, factors = results.windows, results.models[asset].factors
    gap = windows_used.event[0] - windows_used.estimation[1] - 1
    lead = Spec(results.models[asset], length(windows_used.estimation), gap, windows_used.lead)
    yield lead
    tried: list[NormalReturnModel] = list(grid.models or [lead.model, ConstantMean()])
    if grid.models is None:
        tried += [make(factor) for factor in factors for make in (MarketAdjusted, MarketModel)]
    tried += [MarketModel(name) for name in grid.benchmarks]
    columns = set(results.prices.frame.columns) - {asset}
    usable = [model for model in dict.fromkeys(tried) if set(model.factors) <= columns]
    waits = dict.fromkeys(max(wait, _least_gap(results, windows)) for wait in grid.gaps)
    for model, days, wait, window in product(usable, grid.estimation, waits, windows):
        spec = Spec(model, days, wait, window)
        if spec != lead:
            yield spec


def _least_gap(results: EventStudyResults, windows: Sequence[Window]) -> int:
    """Return the gap from which no event day of an episode is an estimation day of its own.

    `Options.exclude_from_estimation` may begin before the event window; a shorter gap would
    leave out an episode's own days and call them those of others.
    """
    excluded, used = results.options.exclude_from_estimation, results.windows
    if excluded is None or excluded[1] < used.estimation[0]:
        return 0
    return max(min(used.event[0], *(window[0] for window in windows)) - excluded[0], 0)


def with_overlaps(specs: Sequence[Spec], positions: Ints, options: Options) -> Iterator[Spec]:
    """Yield specifications with all episodes, and with runs of overlapping ones merged.

    Parameters
    ----------
    specs : sequence of Spec
        The study's own first.
    positions : ndarray of int, shape (episodes,)
        Positions of day 0 of an asset, ascending.
    options : Options
        Of the study: how it treats overlaps itself, which makes the first one.
    """
    overlapped = {spec.window: overlapping(positions, spec.window) for spec in specs}
    merges = options.overlap == "auto" and few_overlap(overlapped[specs[0].window], len(positions))
    first: Literal["all", "merge"] = "merge" if merges else "all"
    yield replace(specs[0], overlap=first)
    for number, spec in enumerate(specs):
        if number or first == "merge":
            yield spec
        if overlapped[spec.window] and (number or first == "all"):
            yield replace(spec, overlap="merge")


def described(asset: str, specs: Sequence[Spec]) -> dict[str, object]:
    """Return what specifications of an asset are, as columns of a table.

    Parameters
    ----------
    asset : str
        Name of the asset.
    specs : sequence of Spec
        One for each row.
    """
    return {
        "asset": asset,
        "model": [spec.model.formula() for spec in specs],
        "estimation": [spec.estimation for spec in specs],
        "gap": [spec.gap for spec in specs],
        "start": [spec.window[0] for spec in specs],
        "end": [spec.window[1] for spec in specs],
    }
