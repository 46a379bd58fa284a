"""Episodes of one asset whose windows share days: what becomes of them, by dates alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from eventstudy.arrays import Dates, Ints
from eventstudy.design.windows import Episodes
from eventstudy.errors import InvalidArgumentError
from eventstudy.settings import Window, Windows, length

FEW = 5
"""Overlapping episodes are few where they are at most one in so many."""


def few_overlap(overlapping: int, episodes: int) -> bool:
    """Whether some, but at most one in five of the episodes of an average overlap."""
    return 0 < FEW * overlapping <= episodes


def leaders(positions: Ints, window: Window) -> Ints:
    """Return for each episode the first one whose window it runs into.

    The first episode leads; every later one whose window shares a day with that of the
    leader follows it; the next one leads again.

    Parameters
    ----------
    positions : ndarray of int, shape (episodes,)
        Positions of day 0, ascending.
    window : (int, int)
        Primary window.

    Returns
    -------
    ndarray of int, shape (episodes,)
        Index of the leader; an episode that leads is its own.
    """
    leads = np.arange(len(positions))
    for episode in range(1, len(positions)):
        leader = leads[episode - 1]
        if positions[episode] - positions[leader] < length(window):
            leads[episode] = leader
    return leads


def merged(episodes: Episodes, window: Window) -> Episodes:
    """Count every run of overlapping episodes as one, at its first day 0.

    Parameters
    ----------
    episodes : Episodes
        Episodes of one asset.
    window : (int, int)
        Primary window.

    Returns
    -------
    Episodes
    """
    leads = leaders(episodes.positions, window)
    kept = np.unique(leads)
    days = {name: getattr(episodes, name)[kept] for name in ("positions", "offset")}
    return replace(episodes, members=episodes.members.joined(kept), **days)


def left_out(episodes: Episodes, window: Window, sessions: Dates) -> list[str]:
    """Say for each episode that overlaps an earlier one why it is left out; else empty.

    Parameters
    ----------
    episodes : Episodes
        Episodes of one asset.
    window : (int, int)
        Primary window.
    sessions : ndarray of datetime64
        Sessions of the asset.
    """
    return [
        ""
        if lead == episode
        else f"its window overlaps that of {sessions[episodes.positions[lead]]}, which came first"
        for episode, lead in enumerate(leaders(episodes.positions, window))
    ]


def shortened(windows: Windows, positions: Mapping[str, Ints]) -> Windows:
    """End all CAR windows before the next episode of the same asset begins its own.

    Parameters
    ----------
    windows : Windows
        Windows in event time.
    positions : mapping of str to ndarray of int
        Positions of day 0 of the episodes of each asset, ascending.

    Returns
    -------
    Windows
        The same where nothing overlaps.

    Raises
    ------
    InvalidArgumentError
        When a window would end before day 0.
    """
    gaps = [int(np.diff(day0).min()) for day0 in positions.values() if len(day0) > 1]
    if not gaps:
        return windows
    gap = min(gaps)

    def cut(window: Window) -> Window:
        start, end = window
        kept = min(end, start + gap - 1)
        if kept < 0 <= end:
            raise InvalidArgumentError(
                f"the CAR window {window} cannot be shortened to end before the next episode: "
                f'two are only {gap} sessions apart. Use overlap="drop", "merge" or "joint".'
            )
        return start, kept

    car = tuple(dict.fromkeys(cut(window) for window in windows.car))
    return replace(windows, car=car, primary=cut(windows.lead))
