"""Which episodes are averaged and tested together: by group, by attribute, by asset."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from eventstudy.arrays import Ints, Mask
from eventstudy.design.groups import memberships
from eventstudy.design.overlap import few_overlap, leaders
from eventstudy.inference import CrossSection
from eventstudy.inference.average import overlaps
from eventstudy.results.measured_study import MeasuredStudy
from eventstudy.settings import Window

ALL_ASSETS = "all"
"""Name shown as the asset of an average across assets."""


@dataclass(frozen=True)
class Level:
    """Episodes that are averaged together.

    Parameters
    ----------
    group : str
        Name of the group, or value of the attribute.
    asset : str
        Name of the asset, or "all" for several of them.
    rows : ndarray of int, shape (episodes,)
        Rows of the episodes; an episode belongs to a level when one of its events does.
    """

    group: str
    asset: str
    rows: Ints


def levels(study: MeasuredStudy, by: str | None = None) -> Iterator[Level]:
    """Yield the sets of episodes that are averaged together.

    Parameters
    ----------
    study : MeasuredStudy
        A study.
    by : str, optional
        "group", or a column of the events. Default: the groups of the study if it has
        any, else all events together.

    Yields
    ------
    Level
        Levels without a single measured episode are passed over. One across assets that
        holds a single asset goes by its name.
    """
    abnormal = study.abnormal
    of_asset = {} if study.pooled else abnormal.rows_by_asset()
    for name, member in memberships(study.events, study.groups, by).items():
        inside = study.measured & study.holds(member)
        if study.pooled:
            rows = np.flatnonzero(inside)
            if len(rows):
                codes = abnormal.asset_codes[rows]
                several = codes.min() < codes.max()
                yield Level(name, ALL_ASSETS if several else str(abnormal.assets[rows[0]]), rows)
        for asset in (asset for asset in study.data if asset in of_asset):
            rows = of_asset[asset][inside[of_asset[asset]]]
            if len(rows):
                yield Level(name, asset, rows)


@dataclass(frozen=True)
class Entering:
    """The episodes of a level that enter averages over a window, and those that do not.

    Parameters
    ----------
    rows : ndarray of int
        Rows that enter.
    overlapping : ndarray of int
        Rows that are complete, and left out because they overlap an earlier one that enters.
    """

    rows: Ints
    overlapping: Ints


def thinned(study: MeasuredStudy, rows: Ints, window: Window) -> Entering:
    """Leave out the few episodes that overlap an earlier one, where the options say so.

    With ``overlap="auto"`` and at most one episode in five overlapping, in order of date an
    episode leaves when its window shares a day with that of an earlier one of the same asset
    that stays. Dates alone decide.

    Parameters
    ----------
    study : MeasuredStudy
        A study.
    rows : ndarray of int
        Rows of episodes that could enter.
    window : (int, int)
        CAR window.

    Returns
    -------
    Entering
    """
    none = np.empty(0, dtype=np.intp)
    episodes = study.abnormal.part(rows)
    count = overlaps(episodes, window)
    if study.options.overlap != "auto" or not few_overlap(count, len(rows)):
        return Entering(rows, none)
    stays = leading(study, rows, window)
    return Entering(rows[stays], rows[~stays])


def leading(study: MeasuredStudy, rows: Ints, window: Window) -> Mask:
    """Whether each episode overlaps no earlier one of its asset that stays.

    Parameters as for `thinned`.
    """
    episodes = study.abnormal.part(rows)
    stays = np.ones(len(rows), dtype=bool)
    if not overlaps(episodes, window):
        return stays
    for index in episodes.rows_by_asset().values():
        positions = episodes.position[index]
        order = np.argsort(positions, kind="stable")
        stays[index[order]] = leaders(positions[order], window) == np.arange(len(order))
    return stays


def entering(study: MeasuredStudy, level: Level, window: Window) -> Entering:
    """Return the episodes of a level that enter averages over a window.

    Those complete over the window, and whose day 0 the window surely contains; less those
    that `thinned` leaves out.
    """
    episodes = study.abnormal.part(level.rows)

    def chosen() -> Entering:
        keep = np.isfinite(episodes.car(window)) & episodes.covers_day0(window)
        return thinned(study, level.rows if keep.all() else level.rows[keep], window)

    return episodes.once(("entering", window, study.options.overlap), chosen)


def cross_section(study: MeasuredStudy, level: Level, window: Window) -> CrossSection:
    """Return the episodes of a level that enter averages and tests over a window."""
    rows = entering(study, level, window).rows
    return CrossSection(study.abnormal.part(rows), window, study.history)
