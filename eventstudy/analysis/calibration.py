"""The design of a study at placebo dates of its own series: size, power, detectable effect."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import pandas as pd

from eventstudy.analysis.calibration_rates import COVERAGE, coverage, power_of, size_of
from eventstudy.analysis.calibration_samples import Counted, Design, all_sampled
from eventstudy.arguments import told_class
from eventstudy.errors import InvalidArgumentError
from eventstudy.files import STORED_LIMIT, read_file_bytes
from eventstudy.inference import CrossSection, SignificanceTest, make_tests
from eventstudy.inference.coverage import CAR, MEAN, PATH
from eventstudy.inference.placement import placements
from eventstudy.inference.router import Choice, choose, situation_of
from eventstudy.kept import put_kept
from eventstudy.parsing import parse_json
from eventstudy.prices import Prices
from eventstudy.progress import Progress, Say, shown
from eventstudy.results import EventStudyResults, cross_section, levels
from eventstudy.results.significance import situation
from eventstudy.settings import FEW_SERIES
from eventstudy.versions import ENGINE, __version__

SINGLE = "one episode"
"""Group under which the calibration of a single episode on an asset is listed."""


class Runnable(Protocol):
    """A study that can be run."""

    def run(self) -> EventStudyResults:
        """Run it."""


@told_class
@dataclass(frozen=True)
class Calibration:
    """How the tests of a study behave at dates on which nothing happened.

    Parameters
    ----------
    size : DataFrame
        group, asset, start, end, test, role, samples, size (share of samples with p ≤ 5 %),
        mc_se (its Monte Carlo error), size_low, size_mid, size_high (by tercile of the
        volatility before the placebo dates), mde (effect found in 80 % of samples, as a
        fraction; NaN beyond the grid), dates (how placebo dates were chosen).
    power : DataFrame
        group, asset, start, end, test, effect (added to each CAR), power.
    coverage : DataFrame
        group, asset, start, end, interval ("mean CAR", "CAR" of a single episode, or the band of
        its "path" over the event window), samples, coverage (share that hold zero, on dates
        without an effect), mc_se, coverage_low, coverage_mid, coverage_high (by volatility), and
        coverage_wild with samples_wild: samples of overlapping windows whose event days vary
        more than 1.5 times as much as their estimation window; dates.
    samples, seed : int
        Number of samples of each level, and seed of the random numbers.
    """

    size: pd.DataFrame
    power: pd.DataFrame
    coverage: pd.DataFrame
    samples: int
    seed: int

    def to_json(self) -> str:
        """Return the calibration as JSON."""
        frames = {"size": self.size, "power": self.power, "coverage": self.coverage}
        content: dict[str, object] = {
            name: {"columns": list(frame.columns), "rows": frame.to_numpy(dtype=object).tolist()}
            for name, frame in frames.items()
        }
        return json.dumps({**content, "samples": self.samples, "seed": self.seed})

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        """Return a calibration from what `to_json` wrote.

        Raises
        ------
        InvalidArgumentError
            When it is something else.
        """
        try:
            content = parse_json(text)
            size, power, coverage = (
                pd.DataFrame(content[name]["rows"], columns=content[name]["columns"])
                for name in ("size", "power", "coverage")
            )
        except (ValueError, KeyError, TypeError) as error:
            message = f"{text!r:.60} is no calibration; give the text that to_json returned"
            raise InvalidArgumentError(message) from error
        return cls(size, power, coverage, content["samples"], content["seed"])


def calibrate(
    study: EventStudyResults | Runnable,
    *,
    tests: Sequence[str | SignificanceTest] | Literal["headline", "all"] = "headline",
    samples: int = 400,
    effects: Sequence[float] = (0.005, 0.01, 0.02, 0.03, 0.05),
    seed: int = 20220113,
    progress: Progress = None,
    cache: str | Path | None = None,
    executor: Executor | None = None,
) -> Calibration:
    """Run the design of a study at placebo dates of its own series.

    For every level of the study at its primary window, and for a single episode on each
    asset: the same number of episodes, the same distances or shared dates, the same windows
    and models, on ordinary days. How often a test rejects there is its size; how often it
    does when an effect is added to each CAR is its power.

    Parameters
    ----------
    study : EventStudyResults or Study
        Results, or a study to be run.
    tests : {"headline", "all"} or sequence of str or SignificanceTest
        Tests to calibrate: the one that leads at each level, that and its companions, or those
        named.
    samples : int
        Placebo samples of each level; the Monte Carlo error of a size of 5 % is 1.1
        percentage points with 400.
    effects : sequence of float
        Effects on the CAR, as fractions, for the power curve.
    seed : int
        Seed of the random numbers.
    progress : callable or bool, optional
        Called with the samples done and their total number; True shows a bar, on a terminal and
        in a notebook.
    cache : str or Path, optional
        Folder in which the calibration is kept by its content, and looked for first.
    executor : concurrent.futures.Executor, optional
        What runs the samples; processes gain, threads do not. The same numbers with any.

    Returns
    -------
    Calibration

    Raises
    ------
    InvalidArgumentError
        When `samples` or an effect is not positive.
    """
    if samples < 1 or min(effects, default=0) <= 0:
        raise InvalidArgumentError("calibrate needs at least one sample and positive effects")
    if isinstance(tests, str) and tests not in ("headline", "all"):
        raise InvalidArgumentError(f'tests is {tests!r}; write "headline", "all" or a list')
    results = study if isinstance(study, EventStudyResults) else study.run()
    results.needs_dates("calibrate")
    grid = (0.0, *sorted(effects))
    designs = _designs(results, tests if isinstance(tests, str) else make_tests(tests))
    file = None
    if cache is not None:
        key = _key(results, designs, (samples, list(grid), seed))
        file = Path(cache) / f"calibration-{key}.json"
        if (kept := _kept(file)) is not None:
            return kept
    with shown(progress, "placebo dates") as say:
        text = _run(results, designs, grid, (samples, seed), say, executor).to_json()
    if file is not None:
        file.parent.parent.mkdir(parents=True, exist_ok=True)
        put_kept(file, text.encode())
    return Calibration.from_json(text)


def _kept(file: Path) -> Calibration | None:
    """Return a calibration that was kept; None when there is none that can be read."""
    try:
        return Calibration.from_json(read_file_bytes(file, STORED_LIMIT).decode())
    except (OSError, ValueError, TypeError, KeyError, InvalidArgumentError):
        return None


def _designs(
    results: EventStudyResults, wanted: str | tuple[SignificanceTest, ...]
) -> list[Design]:
    """Levels with episodes at the primary window, and single episodes of each asset."""
    designs = []
    window, now = results.windows.lead, results.situations()
    now = now[(now["start"] == window[0]) & (now["end"] == window[1])]
    lead = now.set_index(["group", "asset"])["headline"]
    for level in levels(results):
        chosen = cross_section(results, level, window)
        if not chosen.n:
            continue
        choice = choose(situation(results, level, chosen))
        tests = _tests(choice, wanted, lead[level.group, level.asset])
        designs.append(Design(level.group, level.asset, chosen, tests))
    if len(results.assets) <= FEW_SERIES:
        for asset in results.assets:
            designs += _single(results, asset, wanted)
    return designs


def _single(
    results: EventStudyResults, asset: str, wanted: str | tuple[SignificanceTest, ...]
) -> list[Design]:
    abnormal, window = results.abnormal, results.windows.lead
    usable = results.measured & (abnormal.assets == asset)
    rows = np.flatnonzero(usable & np.isfinite(abnormal.car(window)))[:1]
    if not len(rows):
        return []
    chosen = CrossSection(abnormal.rows(rows), window, results.history)
    return [Design(SINGLE, asset, chosen, _tests(choose(situation_of(chosen)), wanted))]


def _tests(
    choice: Choice, wanted: str | tuple[SignificanceTest, ...], lead: str = ""
) -> tuple[tuple[SignificanceTest, str], ...]:
    """Return the tests to run with their roles; `lead` is the name of the one that leads."""
    if not isinstance(wanted, str):
        return tuple((test, "named") for test in wanted)
    tests = (choice.headline, *choice.companions)
    name = lead or choice.headline.name
    first = [(test, "headline") for test in tests if test.name == name]
    others = [(test, "companion") for test in tests if test.name != name]
    return (*first, *(others if wanted == "all" else ()))


def _run(
    results: EventStudyResults,
    designs: Sequence[Design],
    grid: tuple[float, ...],
    draws: tuple[int, int],
    say: Say,
    executor: Executor | None,
) -> Calibration:
    sizes: list[dict[str, object]] = []
    powers: list[dict[str, object]] = []
    covers: list[dict[str, object]] = []
    window, (samples, seed) = results.windows.lead, draws
    placed = [
        placements(design.chosen, samples, np.random.default_rng([seed, number]))
        for number, design in enumerate(designs)
    ]
    made = all_sampled(designs, placed, grid, Counted(say, len(designs) * samples), executor)
    for design, where in zip(designs, placed, strict=True):
        base = {"group": design.group, "asset": design.asset, "start": window[0], "end": window[1]}
        if where.kind == "none":
            sizes += [
                {**base, "test": test.name, "role": role, "samples": 0, "dates": where.reason}
                for test, role in design.tests
            ]
            continue
        drawn = next(made)
        for column, (test, role) in enumerate(design.tests):
            record = {**base, "test": test.name, "role": role}
            p = drawn.p[:, :, column]
            sizes.append({**record, **size_of(p, drawn.eve, grid), "dates": where.how})
            powers += power_of(record, p, grid)
        single = design.chosen.n == 1
        for name, held in ((CAR if single else MEAN, drawn.interval), (PATH, drawn.path)):
            record = {**base, "interval": name, **coverage(held, drawn)}
            covers.append({**record, "dates": where.how})
    columns = ["group", "asset", "start", "end", "test", "role", "samples", "size", "mc_se"]
    columns += ["size_low", "size_mid", "size_high", "mde", "dates"]
    size = pd.DataFrame(sizes, columns=columns)
    names = ["group", "asset", "start", "end", "test", "effect", "power"]
    power = pd.DataFrame(powers, columns=names)
    return Calibration(size, power, pd.DataFrame(covers, columns=list(COVERAGE)), samples, seed)


def _key(results: EventStudyResults, designs: Sequence[Design], given: object) -> str:
    """Digest of everything that a calibration depends on."""
    prices = results.prices
    series = (
        {name: origin.sha256 for name, origin in prices.provenance.items()}
        if isinstance(prices, Prices)
        else hashlib.sha256(prices.frame.to_csv().encode()).hexdigest()
    )
    content = [
        __version__,
        ENGINE,
        series,
        {name: repr(model) for name, model in results.models.items()},
        repr(results.windows),
        repr(results.options),
        [
            (
                design.group,
                design.asset,
                design.chosen.abnormal.assets.tolist(),
                design.chosen.abnormal.day0.astype(str).tolist(),
                [repr(test) + test.name for test, _ in design.tests],
            )
            for design in designs
        ],
        {name: days.tolist() for name, days in results.history.events.items()},
        given,
    ]
    return hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()[:32]
