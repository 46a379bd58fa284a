"""The episodes of a study at other dates of its series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.abnormal import stack
from eventstudy.inference.placebo import (
    FEWEST,
    FEWEST_PLACES,
    placebo_by_lead,
    places,
    separate_places,
)
from eventstudy.settings import length

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventstudy.abnormal import AbnormalReturns
    from eventstudy.inference.base import CrossSection

    Ints = NDArray[np.intp]


DRAWN = "ordinary days drawn at random"


@dataclass(frozen=True)
class Placements:
    """Other dates for a cross-section of episodes.

    Parameters
    ----------
    at : ndarray of int, shape (samples, episodes)
        Positions among the first asset's sessions.
    how : str
        How they were chosen, in words.
    smallest : float
        The smallest p that they can give: near shifts of a calendar are nearly the same.
    """

    at: Ints
    how: str
    smallest: float


def placements(chosen: CrossSection, samples: int, rng: np.random.Generator) -> Placements | str:
    """Choose other dates for all episodes of a cross-section.

    The calendar is shifted as a whole where the series holds it at 19 or more separate
    places. Else each distinct date is drawn on its own; episodes that share a date go on
    sharing one.

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
    Placements or str
        Or why there are none.
    """
    history = chosen.history
    assert history is not None
    at, moves = places(chosen.abnormal, history)
    values = placebo_by_lead(chosen.abnormal, chosen.window, history)
    known = np.stack([np.isfinite(values[asset]) for asset in chosen.abnormal.assets])
    span = int(at.max() - at.min()) + length(chosen.window)
    return place(known, at, moves, span, (samples, rng))


def place(
    known: NDArray[np.bool_],
    at: Ints,
    moves: Ints,
    span: int,
    draws: tuple[int, np.random.Generator],
) -> Placements | str:
    """Choose other dates, given where each episode may fall.

    Parameters
    ----------
    known : ndarray of bool, shape (episodes, sessions)
        Whether a session is an ordinary day for an episode's asset.
    at : ndarray of int, shape (episodes,)
        Real positions.
    moves : ndarray of int
        Shifts that keep all positions inside the series.
    span : int
        Sessions from the first to the last day of the calendar.
    draws : (int, Generator)
        Number of samples, and random numbers.

    Returns
    -------
    Placements or str
        As of `placements`.
    """
    samples, rng = draws
    indices = at[None, :] + moves[:, None]
    fits = known[np.arange(len(at)), indices].all(axis=1)
    days, places_of = np.unique(at, return_inverse=True)
    separate = separate_places(moves[fits], span) if len(days) > 1 else 0
    if separate >= FEWEST_PLACES:
        drawn = rng.choice(np.flatnonzero(fits), samples)
        how = f"the calendar as a whole, shifted over {separate} separate places"
        return Placements(indices[drawn], how, 1 / (separate + 1))
    pool = np.flatnonzero(known.all(axis=0))
    if len(pool) < max(FEWEST, len(days)):
        return f"only {len(pool)} ordinary days"
    if len(days) == 1 and len(pool) <= samples:
        places = np.repeat(pool[:, None], len(at), axis=1)
        return Placements(places, "every ordinary day", 1 / (len(pool) + 1))
    chance = np.stack([rng.permutation(pool)[: len(days)] for _ in range(samples)])
    return Placements(chance[:, places_of], DRAWN, 1 / (samples + 1))


def at_places(chosen: CrossSection, at: Ints) -> AbnormalReturns:
    """Return the abnormal returns of the episodes of a cross-section at other dates.

    Parameters
    ----------
    chosen : CrossSection
        Episodes, with the series behind them.
    at : ndarray of int, shape (episodes,)
        A row of `Placements.at`.

    Returns
    -------
    AbnormalReturns
        Asset by asset, in the order in which the assets first appear.
    """
    history = chosen.history
    assert history is not None
    assets = chosen.abnormal.assets
    lead = history.data[str(assets[0])].calendar.sessions.astype("datetime64[D]")
    parts = []
    for asset in dict.fromkeys(assets):
        own = np.flatnonzero(assets == asset)
        placebo = history.placebo(str(asset))
        sessions = history.data[str(asset)].calendar.sessions.astype("datetime64[D]")
        days = np.searchsorted(sessions, lead[at[own]])
        parts.append(placebo.abnormal.rows(np.searchsorted(placebo.positions, days)))
    return stack(parts) if len(parts) > 1 else parts[0]
