"""What a study says, in facts: of each group and asset its mean, its verdict and its strongest day.

Every page, `eventstudy show` and the data files take verdicts from here; the words for them are in
`answer_words`. Moves are simple returns, fractions: what a price did, also where a study measures
logarithms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from eventstudy.checks import Studied
from eventstudy.inference.intervals import detectable_mean
from eventstudy.inference.multiplicity import holm
from eventstudy.report.event_rows import EventRows
from eventstudy.results import ALL_ASSETS, EventStudyResults, Level, levels, only
from eventstudy.results.significance import HEADLINE

Verdict = Literal["detected", "not detected", "cannot be told"]
Reason = Literal["", "test", "crowded", "shared", "news", "day"]
"""Why something cannot be told: no test leads, events on most days, others or other news on the
day, a window that may miss it."""

LEVEL = 0.05
"""A day stands out, and an effect is detected, when its p is at most this."""
CROWDED = 0.5
"""With events on a larger share of its market days, a period has no ordinary ones to compare."""
FEWEST_DAYS = 5
"""A period of fewer days with events is not called crowded."""


def simple(results: EventStudyResults, value: float) -> float:
    """Return a measured return as a simple one: −0.39 in logarithms is a fall of 32.3 %."""
    logs = results.options.returns == "log" and np.isfinite(value)
    return float(np.expm1(value)) if logs else float(value)


@dataclass(frozen=True)
class Strongest:
    """The largest episode: of one asset by its move, of several by its rank.

    Parameters
    ----------
    event_ids : tuple of str
        Events that share it.
    asset : str
        Where it was measured.
    day0 : Timestamp
        Its day 0.
    move : float
        Its move over the primary window, a simple return.
    p : float
        Its rank among ordinary days.
    """

    event_ids: tuple[str, ...]
    asset: str
    day0: pd.Timestamp
    move: float
    p: float


@dataclass(frozen=True)
class Answer:
    """What a study says of one group on one asset, over the primary window.

    Parameters
    ----------
    group, asset : str
        What is averaged; "all" for several assets.
    rows : ndarray of int
        Its episodes that were measured.
    n : int
        Episodes in the mean.
    mean, low, high : float
        Mean move and its interval, simple returns; NaN where there is none.
    shown : float
        The mean move that would have shown in four cases of five, a size.
    test : str
        Name of the test that leads; empty = none.
    p, counted : float
        Its p, and that p once all groups and assets are counted (Holm 1979).
    verdict : str
        "detected", "not detected" or "cannot be told".
    why : str
        Why it cannot be told: "test", "crowded", "shared", "news", "day".
    ranked, standing_out : int
        Episodes ranked among ordinary days, and those that stand out there.
    share : float
        Share of the period's market days with events; NaN with few.
    strongest : Strongest or None
        The largest of those that stand out, else the largest.
    """

    group: str
    asset: str
    rows: Any
    n: int
    mean: float
    low: float
    high: float
    shown: float
    test: str
    p: float
    counted: float
    verdict: Verdict
    why: Reason
    ranked: int
    standing_out: int
    share: float
    strongest: Strongest | None

    @property
    def by_chance(self) -> float:
        """How many would stand out by chance alone."""
        return LEVEL * self.ranked

    @property
    def single(self) -> bool:
        """Whether there is a single episode."""
        return len(self.rows) == 1


@dataclass(frozen=True)
class EventAnswer:
    """What a study says of one event on one asset, over the primary window.

    Parameters
    ----------
    asset : str
        Where it was measured.
    move, low, high : float
        Its move and interval, simple returns.
    p : float
        Its rank among ordinary spans of as many days, the p of this window everywhere.
    larger, ordinary : int
        Ordinary spans that moved as much, and how many there are.
    verdict, why : str
        As in `Answer`.
    """

    asset: str
    move: float
    low: float
    high: float
    p: float
    larger: int
    ordinary: int
    verdict: Verdict
    why: Reason


def _shares(results: EventStudyResults, level: Level) -> list[float]:
    """Share of market days with events, of each asset of a level with enough of them."""
    member = results.group_members[level.group]
    wanted = {*results.assets} if level.asset == ALL_ASSETS else {level.asset}
    shares = []
    for asset, placed in results.alignments.days.items():
        chosen = placed.accepted & member[placed.index]
        positions = np.unique(placed.position[chosen])
        if asset in wanted and len(positions) >= FEWEST_DAYS:
            latest = max(positions[-1], placed.latest_position[chosen].max())
            last = min(int(latest), len(results.data[asset].returns) - 1)
            shares.append(len(positions) / (last - int(positions[0]) + 1))
    return shares


def _leading(study: Studied, level: Level) -> tuple[str, float]:
    """Return the test that leads for a level, and its p; NaN without one."""
    tests = only(study.primary_tests, group=level.group, asset=level.asset)
    tests = tests[(tests["role"] == HEADLINE) & tests["valid"] & tests["p"].notna()]
    for row in tests.itertuples():
        return str(row.test), float(row.p)
    return "", float("nan")


def _shown(results: EventStudyResults, row: Any) -> float:
    """Return the size of the mean move that would have shown, on the side of the mean."""
    if not np.isfinite(row.ci_high - row.ci_low):
        return float("nan")
    size = detectable_mean(row.ci_low, row.ci_high, row.n_eff, results.options.confidence)
    return abs(simple(results, size if row.caar >= 0 else -size))


def common_verdict(answers: Sequence[Answer | EventAnswer]) -> Verdict | None:
    """Return the verdict that all answers have; None when they differ or there is none."""
    verdicts = {answer.verdict for answer in answers}
    return verdicts.pop() if len(verdicts) == 1 else None


class Answers:
    """What a study says: of each group and asset, and of each event.

    Parameters
    ----------
    study : Studied
        The study, with its means and tests.
    car, ranked : DataFrame, optional
        `EventStudyResults.car` and `scaled_car`, where they are made already.
    """

    def __init__(
        self, study: Studied, car: pd.DataFrame | None = None, ranked: pd.DataFrame | None = None
    ) -> None:
        self.study, self.results = study, study.results
        car = self.results.car() if car is None else car
        ranked = self.results.scaled_car if ranked is None else ranked
        self._car = EventRows(self.results.at_primary(car))
        self._ranked = EventRows(self.results.at_primary(ranked))
        self._events = list(self.results.events)

    def _row(self, rows: EventRows, event_id: str, asset: str) -> Any:
        return next((row for row in rows.of(event_id) if row.asset == asset), None)

    def _doubt(self, row: int) -> Reason:
        """Say why the move of an episode cannot be given to one event; empty when it can."""
        members, asset = self.results.members[row], str(self.results.abnormal.assets[row])
        if len(members) > 1:
            return "shared"
        event = self._events[members[0]]
        if event.confounders:
            return "news"
        car = self._row(self._car, event.event_id, asset)
        return "" if car is None or car.covers_day0 else "day"

    def _strongest(self, level: Level) -> tuple[int, int, Strongest | None]:
        """Count the episodes ranked and those that stand out, and return the largest of these."""
        ranked: list[tuple[float, float, int, Any]] = []
        for row in level.rows.tolist():
            event = self._events[self.results.members[row][0]]
            car = self._row(self._car, event.event_id, str(self.results.abnormal.assets[row]))
            if car is not None and car.p_rank == car.p_rank:  # NaN without ordinary days
                ranked.append((car.p_rank, -abs(car.car), row, car))
        if not ranked:
            return 0, 0, None
        pooled = level.asset == ALL_ASSETS
        p, _, row, car = min(
            ranked, key=lambda item: (item[0] if pooled else item[0] > LEVEL, *item[1:3])
        )
        names = tuple(self._events[event].event_id for event in self.results.members[row])
        strongest = Strongest(names, car.asset, car.day0, simple(self.results, car.car), p)
        return len(ranked), sum(item[0] <= LEVEL for item in ranked), strongest

    def _verdict(self, level: Level, share: float, counted: float) -> tuple[Verdict, Reason]:
        """Return the verdict on a level, and why nothing can be told."""
        if len(level.rows) <= FEWEST_DAYS:
            reasons = [self._doubt(row) for row in level.rows.tolist()]
            if all(reasons):
                return "cannot be told", reasons[0]
        if share > CROWDED:
            return "cannot be told", "crowded"
        if counted != counted:
            return "cannot be told", "test"
        return ("detected" if counted <= LEVEL else "not detected"), ""

    @cached_property
    def groups(self) -> tuple[Answer, ...]:
        """Of each group and asset with a measured episode, in their order."""
        reported = [*levels(self.results)]
        leading = [_leading(self.study, level) for level in reported]
        counted = holm(np.array([p for _, p in leading], dtype=float)).tolist()
        return tuple(
            self._answer(level, *test, together)
            for level, test, together in zip(reported, leading, counted, strict=True)
        )

    def _answer(self, level: Level, test: str, p: float, counted: float) -> Answer:
        results = self.results
        means = results.at_primary(self.study.mean_car)
        row: Any = next(only(means, group=level.group, asset=level.asset).itertuples())
        shares = _shares(results, level)
        share = float(np.median(shares)) if shares else float("nan")
        verdict, why = self._verdict(level, share, counted)
        ranked, standing_out, strongest = self._strongest(level)
        return Answer(
            group=level.group,
            asset=level.asset,
            rows=level.rows,
            n=int(row.n),
            mean=simple(results, row.caar),
            low=simple(results, row.ci_low),
            high=simple(results, row.ci_high),
            shown=_shown(results, row),
            test=test,
            p=p,
            counted=counted,
            verdict=verdict,
            why=why,
            ranked=ranked,
            standing_out=standing_out,
            share=share,
            strongest=strongest,
        )

    @cached_property
    def leading(self) -> tuple[Answer, ...]:
        """Those of the group that leads, then those of assets that it does not have."""
        first = [answer for answer in self.groups if answer.group == self.results.headline]
        assets = {answer.asset for answer in first}
        for answer in self.groups:
            if answer.asset not in assets:
                assets.add(answer.asset)
                first.append(answer)
        return tuple(first)

    def event(self, event_id: str) -> tuple[EventAnswer, ...]:
        """Return what is said of one event on each asset on which it was measured, in their order.

        Parameters
        ----------
        event_id : str
            The event.
        """
        answers = []
        for car in self._car.of(event_id):
            ranked = self._row(self._ranked, event_id, car.asset)
            reason = self._doubt(self.results.row(event_id, car.asset))
            if not reason and car.p_rank != car.p_rank:  # NaN without ordinary days
                reason = "test"
            told: Verdict = "detected" if car.p_rank <= LEVEL else "not detected"
            ordinary = round(1 / ranked.smallest_p) - 1 if ranked.smallest_p > 0 else 0
            answers.append(
                EventAnswer(
                    asset=car.asset,
                    move=simple(self.results, car.car),
                    low=simple(self.results, car.ci_low),
                    high=simple(self.results, car.ci_high),
                    p=float(car.p_rank),
                    larger=round(car.p_rank * (ordinary + 1)) - 1 if ordinary else 0,
                    ordinary=ordinary,
                    verdict="cannot be told" if reason else told,
                    why=reason,
                )
            )
        return tuple(answers)
