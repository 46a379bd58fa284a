"""The episodes of a study at other dates of its series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from eventstudy.abnormal.stacked import stack
from eventstudy.arrays import Ints, Mask
from eventstudy.inference.base import CrossSection
from eventstudy.inference.placebo import FEWEST, FEWEST_PLACES, scaled_by_date, separate_places
from eventstudy.inference.samples import Samples
from eventstudy.inference.timeline import Timeline, timeline
from eventstudy.settings import length

Kind = Literal["none", "shifted", "every day", "drawn"]
WORDS = {"every day": "every ordinary day", "drawn": "ordinary days drawn at random"}


@dataclass(frozen=True)
class Placements:
    """Other dates for a cross-section of episodes.

    Parameters
    ----------
    kind : {"none", "shifted", "every day", "drawn"}
        How they were chosen: the calendar as a whole, a single date on every ordinary day,
        or each date by itself.
    positions : ndarray of int, shape (samples, episodes)
        Day 0 of each episode among the sessions of its own asset, an ordinary one.
    how : str
        How they were chosen, in words; empty where there are none.
    smallest : float
        The smallest p that they can give: near shifts of a calendar are nearly the same.
    reason : str
        Why there are none; empty where there are some.
    """

    kind: Kind
    positions: Ints
    how: str = ""
    smallest: float = 1.0
    reason: str = ""

    @property
    def words(self) -> str:
        """How they were chosen, or why there are none."""
        return self.reason or self.how


def no_placements(episodes: int, reason: str) -> Placements:
    """Return a record that says why there are no other dates.

    Parameters
    ----------
    episodes : int
        Number of episodes.
    reason : str
        Why there are none.
    """
    return Placements("none", np.empty((0, episodes), dtype=np.intp), reason=reason)


def placements(chosen: CrossSection, samples: int, rng: np.random.Generator) -> Placements:
    """Choose other dates for all episodes of a cross-section.

    The calendar is shifted as a whole where the series holds it at 19 or more separate
    places. Else each distinct date is drawn on its own among the ordinary days of its assets;
    episodes that share a date go on sharing one.

    Parameters
    ----------
    chosen : CrossSection
        Episodes, with the series behind them.
    samples : int
        Number of samples; a single date is put on every ordinary day where there are fewer.
    rng : Generator
        Random numbers.

    Returns
    -------
    Placements
        With a reason where there are none.
    """
    history, abnormal = chosen.history, chosen.abnormal
    assert history is not None
    dates = timeline(abnormal.assets, abnormal.day0, history.data)
    ordinary = np.isfinite(scaled_by_date(dates, chosen.window, history))
    return place(dates, ordinary, length(chosen.window), (samples, rng))


def place(
    dates: Timeline, ordinary: Mask, days: int, draws: tuple[int, np.random.Generator]
) -> Placements:
    """Choose other dates, given on which of them each asset has an ordinary day.

    Parameters
    ----------
    dates : Timeline
        The episodes among the sessions of their assets.
    ordinary : ndarray of bool, shape (assets, sessions)
        Whether an asset's day 0 on a date is an ordinary day.
    days : int
        Sessions of the longest window.
    draws : (int, Generator)
        Number of samples, and random numbers.

    Returns
    -------
    Placements
        As of `placements`.
    """
    samples, rng = draws
    distinct, date_of = np.unique(dates.columns, return_inverse=True)
    moves, span = dates.moves, dates.span(days)
    if len(distinct) > 1 and separate_places(moves, span) >= FEWEST_PLACES:
        columns = dates.columns + moves[:, None]
        fits = ordinary[dates.asset, columns].all(axis=1) & ~dates.repeated(columns).any(axis=1)
        separate = separate_places(moves[fits], span)
        if separate >= FEWEST_PLACES:
            drawn = rng.choice(np.flatnonzero(fits), samples)
            how = f"the calendar as a whole, shifted over {separate} separate places"
            return Placements("shifted", dates.positions(columns[drawn]), how, 1 / (separate + 1))
    shared = ordinary & dates.exact
    assets = [np.unique(dates.asset[date_of == date]) for date in range(len(distinct))]
    pools = [np.flatnonzero(shared[rows].all(axis=0)) for rows in assets]
    fewest = min(len(pool) for pool in pools)
    if fewest < max(FEWEST, len(distinct)):
        return no_placements(len(dates.columns), f"only {fewest} ordinary days")
    kind: Kind = "every day" if len(pools) == 1 and fewest <= samples else "drawn"
    single = kind == "every day"
    columns = pools[0][:, None] if single else _drawn(pools, len(dates.sessions), samples, rng)
    return Placements(
        kind, dates.positions(columns[:, date_of]), WORDS[kind], 1 / (len(columns) + 1)
    )


def _drawn(pools: Sequence[Ints], sessions: int, samples: int, rng: np.random.Generator) -> Ints:
    """Draw a date from each pool, none twice in a sample; shape (samples, dates)."""
    taken = np.zeros((samples, sessions), dtype=bool)
    dates = np.empty((samples, len(pools)), dtype=np.intp)
    for column in np.argsort([len(pool) for pool in pools], kind="stable"):
        left = np.arange(samples)
        while len(left):
            dates[left, column] = rng.choice(pools[column], len(left))
            left = left[taken[left, dates[left, column]]]
        taken[np.arange(samples), dates[:, column]] = True
    return dates


def at_positions(chosen: CrossSection, positions: Ints) -> Samples:
    """Return the episodes of a cross-section at other dates.

    Parameters
    ----------
    chosen : CrossSection
        Episodes, with the series behind them.
    positions : ndarray of int, shape (samples, episodes)
        Rows of `Placements.positions`. Many at once cost little more than one: what is measured
        on the ordinary days of an asset need not stay in memory between two calls.

    Returns
    -------
    Samples

    Raises
    ------
    InvalidArgumentError
        When a date is no ordinary day of its asset.
    """
    history, assets = chosen.history, chosen.abnormal.assets
    assert history is not None
    rows, parts, first = np.empty(positions.shape, dtype=np.intp), [], 0
    for asset in dict.fromkeys(assets):
        columns = np.flatnonzero(assets == asset)
        days, row_of = np.unique(positions[:, columns], return_inverse=True)
        parts.append(history.on_days(str(asset), days))
        rows[:, columns] = first + row_of.reshape(-1, len(columns))
        first += len(days)
    return Samples(stack(parts), rows, chosen.window, history)
