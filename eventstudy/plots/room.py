"""Where words find room in a figure: beside its lines, its marks and other words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eventstudy.arrays import Array

WIDTH, CHARACTER, LINE = 255.0, 7.0, 15.0
"""Pixels: a narrow panel (of a phone, of half a sheet of paper), a character, a line of words."""
GAP, STEP = 4.0, 3.0
"""Pixels kept clear around words; between the points by which a line is known."""
OUTSIDE, WORDS, LEADER = 1000.0, 300.0, 40.0
"""Costs of leaving the figure, of covering other words, and of a leader through them; a pixel of a
line costs 10."""
NEAR, CROSSED = 12.0, 5.0
"""Pixels around a mark in which its leader may touch the line; the cost of a point where it does
farther off."""


class Room:
    """A panel in pixels, and what is taken of it.

    Words that are free in a narrow panel are free in a wider one, as lines draw apart there.

    Parameters
    ----------
    x, y : array
        The points of its line, in its own units; NaN breaks it.
    x_ends, y_ends : tuple of float
        Ranges of its axes.
    height, width : float
        Of the panel in pixels, without title and axis.
    """

    def __init__(
        self,
        x: Array,
        y: Array,
        x_ends: tuple[float, float],
        y_ends: tuple[float, float],
        height: float,
        width: float = WIDTH,
    ) -> None:
        self.x_ends, self.y_ends = x_ends, y_ends
        self.height, self.width = height, width
        self.taken: list[Array] = []
        self.line = np.empty((0, 2))
        self.add_line(x, y)

    def pixels(self, x: Array | float, y: Array | float) -> tuple[Array, Array]:
        """Return places in pixels, from the left and from the top."""
        (left, right), (low, high) = self.x_ends, self.y_ends
        across = self.width * (np.asarray(x, dtype=float) - left) / ((right - left) or 1.0)
        down = self.height * (high - np.asarray(y, dtype=float)) / ((high - low) or 1.0)
        return across, down

    def add_line(self, x: Array, y: Array) -> None:
        """Keep words off a further line; NaN breaks it."""
        corners = np.column_stack(self.pixels(x, y))
        if not len(corners):
            return
        steps = np.diff(corners, axis=0)
        longest = float(np.nanmax(np.abs(steps), initial=0.0))
        parts = np.linspace(0, 1, int(min(longest, 400.0) / STEP) + 2)[:-1]
        points = (corners[:-1, None] + parts[:, None] * steps[:, None]).reshape(-1, 2)
        points = np.vstack([points, corners[-1:]])
        kept = np.unique(points[np.isfinite(points).all(axis=1)].round(), axis=0)
        self.line = np.vstack([self.line, kept])

    def best(self, marks: Array, offsets: Array, lines: Sequence[str]) -> int:
        """Return which of some places for words is the freest, the first of equals; it is taken.

        Parameters
        ----------
        marks : array, shape (2,) or (n, 2)
            What the words belong to in pixels; a leader joins them to it.
        offsets : array, shape (n, 2)
            From the mark to the middle of the words in pixels, in the order of preference.
        lines : sequence of str
            The words.
        """
        half = _half(lines)
        places = np.broadcast_to(marks, offsets.shape)
        chosen = _first_least(self.costs(places, offsets, half))
        self.take(places[chosen], offsets[chosen], half)
        return chosen

    def costs(self, marks: Array, offsets: Array, half: Array) -> Array:
        """Return what each of some places for words costs."""
        places = zip(marks + offsets, marks, strict=True)
        return np.array([self._cost(at, half, mark) for at, mark in places])

    def crossings(self, mark: Array, offsets: Array, half: Array) -> Array:
        """Return at how many points of the line the leader to each of some places crosses it."""
        away = self.line[(np.abs(self.line - mark) > NEAR).any(axis=1)]
        counts = []
        for offset in offsets:
            leader = _between(mark, mark + offset, half)
            near = np.abs(away[:, None] - leader[None]).max(axis=2, initial=0.0) < STEP
            counts.append(float(near.any(axis=1).sum()))
        return np.array(counts)

    def take(self, mark: Array, offset: Array, half: Array) -> None:
        """Keep other words off those that stand at an offset from a mark."""
        centre = mark + offset
        self.taken.append(np.concatenate([centre - half, centre + half]))
        self.line = np.vstack([self.line, _between(mark, centre, half)])

    def _cost(self, centre: Array, half: Array, mark: Array) -> float:
        start, end = centre - half, centre + half
        inside = ((self.line > start) & (self.line < end)).all(axis=1)
        outside = (start < -GAP).any() or end[0] > self.width + GAP or end[1] > self.height + GAP
        covered = sum(bool((start < box[2:]).all() and (end > box[:2]).all()) for box in self.taken)
        leader = _between(mark, centre, half)
        through = sum(
            bool(((leader > box[:2]) & (leader < box[2:])).all(axis=1).any()) for box in self.taken
        )
        words = WORDS * covered + LEADER * through
        return 10.0 * float(inside.sum()) + OUTSIDE * float(outside) + words


def freest(
    rooms: Sequence[Room], place: tuple[float, float], offsets: Array, lines: Sequence[str]
) -> int:
    """Return which of some places for words is the freest in panels of all sizes; it is taken.

    Parameters
    ----------
    rooms : sequence of Room
        The panel as it is drawn on screens of several widths.
    place : tuple of float
        What the words belong to, in the units of the axes.
    offsets, lines
        As for `Room.best`; the leader keeps off the line, too.
    """
    half = _half(lines)
    marks = [np.array(room.pixels(*place)) for room in rooms]
    total = np.zeros(len(offsets))
    for room, mark in zip(rooms, marks, strict=True):
        total += room.costs(np.broadcast_to(mark, offsets.shape), offsets, half)
        total += CROSSED * room.crossings(mark, offsets, half)
    chosen = _first_least(total)
    for room, mark in zip(rooms, marks, strict=True):
        room.take(mark, offsets[chosen], half)
    return chosen


def _half(lines: Sequence[str]) -> Array:
    """Return half the width and height of words, with what is kept clear around them."""
    return np.array([CHARACTER * max(map(len, lines)) + GAP, LINE * len(lines)]) / 2 + GAP


def _first_least(costs: Array) -> int:
    return int(np.argmin(costs + 0.01 * np.arange(len(costs))))


def _between(mark: Array, centre: Array, half: Array) -> Array:
    """Return points of a leader from a mark to the edge of its words."""
    points = mark + np.linspace(0, 1, 25)[:, None] * (centre - mark)
    return points[(np.abs(points - centre) > half).any(axis=1)]
