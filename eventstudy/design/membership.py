"""Which events an episode stands for, and which episode stands for an event on an asset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from eventstudy.arrays import Ints, Mask, Rows, stable_order


class Members(Rows[tuple[int, ...]]):
    """The events of each episode, as a tuple when one is asked for.

    Parameters
    ----------
    starts : ndarray of int, shape (episodes + 1,)
        Where the events of each episode begin, and where those of the last one end.
    events : ndarray of int
        Positions of the events, episode after episode.
    """

    def __init__(self, starts: Ints, events: Ints) -> None:
        self.starts, self.events = starts, events

    @classmethod
    def nobody(cls, episodes: int) -> Members:
        """Return those of days on which nothing was said."""
        return cls(np.zeros(episodes + 1, dtype=np.intp), np.array([], dtype=np.intp))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Members):
            return NotImplemented
        same = np.array_equal(self.starts, other.starts)
        return same and np.array_equal(self.events, other.events)

    __hash__ = None  # type: ignore[assignment]

    def _made(self, rows: Ints) -> Iterator[tuple[int, ...]]:
        for row in rows.tolist():
            yield tuple(self.events[self.starts[row] : self.starts[row + 1]].tolist())

    @cached_property
    def sizes(self) -> Ints:
        """How many events each episode stands for, shape (episodes,)."""
        return np.diff(self.starts)

    def joined(self, firsts: Ints) -> Members:
        """Return longer episodes, each of which begins with one of these."""
        return Members(self.starts[np.append(firsts, len(self))], self.events)

    def take(self, rows: Ints) -> Members:
        """Return the members of some episodes, by position."""
        sizes = self.sizes[rows]
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp)
        within = np.arange(starts[-1]) - np.repeat(starts[:-1], sizes)
        return Members(starts, self.events[np.repeat(self.starts[rows], sizes) + within])

    def any_of(self, member: Mask) -> Mask:
        """Whether each episode has an event among some, of shape (events,)."""
        count = np.concatenate([[0], np.cumsum(member[self.events])])
        return np.asarray(count[self.starts[1:]] > count[self.starts[:-1]])


class EpisodeRows(Mapping[tuple[int, str], int]):
    """The row of the episode of each event on each asset, by event and then by asset.

    Parameters
    ----------
    assets : tuple of str
        Names of the assets, in the order of the study.
    events, asset, rows : ndarray of int, shape (observations,)
        Position of the event, place of the asset among `assets`, ascending, row of the episode.
    """

    def __init__(self, assets: Sequence[str], events: Ints, asset: Ints, rows: Ints) -> None:
        self.assets = tuple(assets)
        order = stable_order(events)
        self.events, self.asset, self.rows = events[order], asset[order], rows[order]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[tuple[int, str]]:
        for event, asset in zip(self.events.tolist(), self.asset.tolist(), strict=True):
            yield event, self.assets[asset]

    def __getitem__(self, key: tuple[int, str]) -> int:
        event, asset = key
        if asset not in self._places:
            raise KeyError(key)
        wanted = event * len(self.assets) + self._places[asset]
        place = int(np.searchsorted(self._keys, wanted))
        if place == len(self) or self._keys[place] != wanted:
            raise KeyError(key)
        return int(self.rows[place])

    def rows_of(self, events: Ints, asset: Ints) -> Ints:
        """Return the row of the episode of each of some pairs; -1 where it has none."""
        wanted = events * len(self.assets) + asset
        place = np.minimum(np.searchsorted(self._keys, wanted), max(len(self) - 1, 0))
        rows = np.full(len(wanted), -1, dtype=np.intp)
        there = np.flatnonzero(self._keys[place] == wanted) if len(self) else rows[:0]
        rows[there] = self.rows[place[there]]
        return rows

    def where(self, episodes: Mask) -> Iterator[tuple[int, str, int]]:
        """Yield event, asset and row of the events of some episodes, shape (episodes,)."""
        for at in np.flatnonzero(episodes[self.rows]).tolist():
            yield int(self.events[at]), self.assets[self.asset[at]], int(self.rows[at])

    @cached_property
    def _places(self) -> dict[str, int]:
        return {asset: place for place, asset in enumerate(self.assets)}

    @cached_property
    def _keys(self) -> Ints:
        return self.events * len(self.assets) + self.asset


def membership(members: Mapping[str, Members]) -> tuple[Members, EpisodeRows]:
    """Say which events each row stands for, and which row stands for each event on an asset.

    Parameters
    ----------
    members : mapping of str to Members
        The events of the episodes of each asset; the rows of assets follow one another.
    """
    parts = list(members.values())
    events = _joined([part.events for part in parts])
    sizes = _joined([part.sizes for part in parts])
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp)
    each = np.array([len(part.events) for part in parts], dtype=np.intp)
    asset = np.repeat(np.arange(len(parts)), each)
    rows = np.repeat(np.arange(len(sizes)), sizes)
    return Members(starts, events), EpisodeRows(tuple(members), events, asset, rows)


def _joined(parts: Sequence[Ints]) -> Ints:
    return np.concatenate([np.array([], dtype=np.intp), *parts])
