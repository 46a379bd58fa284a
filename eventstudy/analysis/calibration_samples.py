"""Samples of a design at placebo dates: cut into blocks that run by themselves, in any process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np

from eventstudy.analysis.calibration_rates import Sampled, joined
from eventstudy.arrays import Array, Ints
from eventstudy.executors import in_order
from eventstudy.inference import CrossSection, SignificanceTest
from eventstudy.inference.coverage import holds_zero
from eventstudy.inference.placement import Placements, at_positions
from eventstudy.inference.samples import ManyAtOnce, Samples, with_effect
from eventstudy.inference.scaled_cars import scaled_cars
from eventstudy.progress import Say

BLOCK = 8_000
"""Episodes at placebo dates that are held in memory at once; all distinct ones, if fewer."""
TASK = 100
"""Samples of a block where all distinct days fit into memory; a multiple of five, see `SLOW`."""
SLOW = ("garch-sq",)
"""Tests that are run on every fifth sample only."""


@dataclass(frozen=True)
class Design:
    """One level and what is tried on it."""

    group: str
    asset: str
    chosen: CrossSection
    tests: tuple[tuple[SignificanceTest, str], ...]


@dataclass(frozen=True)
class Task:
    """Samples of a design that are run by themselves, in any process."""

    design: Design
    positions: Ints
    grid: tuple[float, ...]


def all_sampled(
    designs: Sequence[Design],
    placed: Sequence[Placements],
    grid: tuple[float, ...],
    say: Counted,
    executor: Executor | None,
) -> Iterator[Sampled]:
    """Yield the samples of each design that has any, joined from blocks that the data set."""
    blocks = [
        [Task(design, part, grid) for part in _blocks(design, where.positions)]
        for design, where in zip(designs, placed, strict=True)
        if where.kind != "none"
    ]
    made = in_order(executor, _sampled, (task for tasks in blocks for task in tasks))
    for tasks in blocks:
        parts = []
        for task in tasks:
            parts.append(next(made))
            say.more(len(task.positions))
        yield joined(parts)


@dataclass
class Counted:
    """Tells how many samples of all are done."""

    say: Say
    total: int
    done: int = 0

    def more(self, samples: int) -> None:
        """Count samples that are done."""
        self.done += samples
        self.say(self.done, self.total)


def _blocks(design: Design, positions: Ints) -> Iterator[Ints]:
    """Yield the placements of samples that are run at once, as many as memory holds."""
    chosen = design.chosen
    assert chosen.history is not None
    ordinary = sum(len(chosen.history.ordinary(name)) for name in set(chosen.abnormal.assets))
    step = TASK if ordinary <= BLOCK else max(BLOCK // chosen.n, 1)
    for first in range(0, len(positions), step):
        yield positions[first : first + step]


def _sampled(task: Task) -> Sampled:
    """Run the tests and make the intervals of some samples."""
    samples = at_positions(task.design.chosen, task.positions)
    p = p_of_samples([test for test, _ in task.design.tests], samples, task.grid)
    scaled = scaled_cars(samples.days, samples.window)
    eve = np.median(scaled.eve[samples.rows], axis=1)
    held = holds_zero(samples)
    return Sampled(p, eve, held.interval, held.path, held.event_sd_ratio)


def p_of_samples(
    tests: Sequence[SignificanceTest], samples: Samples, effects: Sequence[float]
) -> Array:
    """Return the p of each test for each sample with each effect, (samples, effects, tests)."""
    p = np.full((len(samples.rows), len(effects), len(tests)), np.nan)
    single = []
    for column, test in enumerate(tests):
        if isinstance(test, ManyAtOnce):
            p[:, :, column] = test.p_of_samples(samples, effects)
        else:
            single.append((column, test))
    if not single:
        return p
    for row in range(len(p)):
        without = samples.sample(row)
        for step, effect in enumerate(effects):
            drawn = replace(without, abnormal=with_effect(without.abnormal, samples.window, effect))
            for column, test in single:
                if test.name not in SLOW or row % 5 == 0:
                    p[row, step, column] = test(drawn).p
    return p
