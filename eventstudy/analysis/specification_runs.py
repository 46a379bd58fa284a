"""Specifications measured: what several share is fitted once, by itself, in any process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import call
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.abnormal.measured_episodes import measure
from eventstudy.abnormal.placebo_days import PlaceboDays
from eventstudy.analysis.specifications import Spec
from eventstudy.design.asset_returns import asset_returns
from eventstudy.design.membership import Members
from eventstudy.design.overlap import leaders
from eventstudy.design.windows import Episodes, cut_windows
from eventstudy.executors import Here, Sent, carried, in_order
from eventstudy.inference.placebo import scaled_z
from eventstudy.models.solvers import moments_solver
from eventstudy.settings import SHORT, Window, Windows

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array, Ints, Mask
    from eventstudy.progress import Say
    from eventstudy.results import EventStudyResults

    Tried = tuple[Window, ...]
    Firsts = dict[str, dict[tuple[object, int, int], Spec]]


@dataclass(frozen=True)
class Run:
    """One specification: CARs and scaled CARs of the episodes, and of every ordinary day.

    `kept` marks the episodes that it averages; those that it merges with others have no CAR.
    """

    car: Array
    z: Array
    placebo: Array
    kept: Mask


@dataclass(frozen=True)
class Fitted:
    """A model, length and gap, measured at the episodes and at every ordinary day.

    By window: CARs and scaled CARs of the episodes, and `placebo`, scaled CARs of every session;
    NaN where a day is not ordinary. Numbers alone: a process sends them back.
    """

    day0: Ints
    car: Mapping[Window, Array]
    z: Mapping[Window, Array]
    placebo: Mapping[Window, Array]

    def run(self, spec: Spec) -> Run:
        """Return the CARs over a window."""
        window = spec.window
        kept = np.ones(len(self.day0), dtype=bool)
        if spec.overlap == "merge":
            kept = leaders(self.day0, window) == np.arange(len(self.day0))
        car, z = (np.where(kept, each[window], np.nan) for each in (self.car, self.z))
        return Run(car, z, self.placebo[window], kept)


def _fitted(
    asset: str, part: AbnormalReturns, history: PlaceboDays, windows: Sequence[Window]
) -> Fitted:
    """Scale the CARs of the episodes and of ordinary days."""
    days, placebo = history.placebo(asset), {}
    for window in windows:
        placebo[window] = np.full(len(history.data[asset].returns), np.nan)
        placebo[window][days.positions] = history.measured(asset, window, scaled_z)
    cars = {window: part.car(window) for window in windows}
    return Fitted(part.position, cars, {each: scaled_z(part, each) for each in windows}, placebo)


def measured(
    results: EventStudyResults, asset: str, spec: Spec, day0: Ints, tried: Sequence[Window]
) -> tuple[AbnormalReturns, PlaceboDays]:
    """Measure episodes of an asset on some days 0 with the model and lengths of a choice."""
    first, final = results.windows.event
    event = (min(first, *(w[0] for w in tried)), max(final, *(w[1] for w in tried)))
    last = event[0] - spec.gap - 1
    windows = Windows((last - spec.estimation + 1, last), event, tuple(tried))
    asked = results.options.min_estimation
    needed = None if asked is None else min(asked, max(SHORT, spec.estimation // 2))
    options = replace(results.options, min_estimation=needed, benchmark=None)
    data = asset_returns(results.prices, asset, spec.model, options)
    events = results.history.events[asset]
    episodes = Episodes(asset, day0, Members.nobody(len(day0)), np.zeros(len(day0), dtype=np.intp))
    pieces = cut_windows(data, day0, windows, options, events)
    abnormal = measure(episodes, pieces, spec.model, windows, options, moments_solver)
    return abnormal, PlaceboDays(
        {asset: data}, {asset: spec.model}, windows, options, {asset: events}
    )


def _measured(
    sent: Sent | Here, asset: str, spec: Spec, asked: tuple[Ints, Tried], windows: Tried
) -> Fitted:
    """Measure a model, length and gap of an asset by itself, in any process."""
    return _fitted(asset, *measured(sent.get(), asset, spec, *asked), windows)


def runs_of(
    results: EventStudyResults,
    grids: Mapping[str, Sequence[Spec]],
    asked: tuple[Mapping[str, Ints], Sequence[Window]],
    say: Say,
    executor: Executor | None,
) -> Iterator[tuple[str, list[Run]]]:
    """Yield each asset with its specifications run; what several share is fitted once."""
    total, done = sum(map(len, grids.values())), 0
    chosen, tried = asked
    firsts: Firsts = {
        asset: {(spec.model, spec.estimation, spec.gap): spec for spec in reversed(specs)}
        for asset, specs in grids.items()
    }
    fits = _all_fitted(results, grids, firsts, (chosen, tuple(tried)), executor)
    for asset, specs in grids.items():
        runs, made = [], {}
        for spec in specs:
            key = (spec.model, spec.estimation, spec.gap)
            if key not in made:
                made[key] = next(fits)
            runs.append(made[key].run(spec))
            done += 1
            say(done, total)
        yield asset, runs


def _all_fitted(
    results: EventStudyResults,
    grids: Mapping[str, Sequence[Spec]],
    firsts: Firsts,
    asked: tuple[Mapping[str, Ints], Tried],
    executor: Executor | None,
) -> Iterator[Fitted]:
    """Yield what each model, length and gap gives, in the order in which they are first asked."""
    chosen, tried = asked
    sent = carried(executor, results)
    windows = {a: tuple(dict.fromkeys(spec.window for spec in specs)) for a, specs in grids.items()}
    tasks = (
        partial(_measured, sent, asset, spec, (chosen[asset], tried), windows[asset])
        for asset, specs in grids.items()
        for spec in sorted(firsts[asset].values(), key=specs.index)
    )
    return in_order(executor, call, tasks)
