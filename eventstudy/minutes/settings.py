"""Windows in minutes around a statement, and how they are compared with ordinary days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from eventstudy.arguments import told_class
from eventstudy.errors import InvalidArgumentError

Span = tuple[int, int]
"""Minutes before and after a statement, both positive: (10, 20) is [-10, +20]."""
Days = Literal["before", "around"]

FEWEST = 19
"""Ordinary days below which no p can reach .05."""
LONGEST = 24 * 60


@told_class
@dataclass(frozen=True)
class MinuteWindows:
    """Windows in minutes: from `before` minutes before a statement to `after` minutes after it.

    Parameters
    ----------
    before, after : int
        The primary window, whole minutes, not negative. Gürkaynak, Sack and Swanson (2005) take
        ten before and twenty after.
    also : sequence of (int, int)
        Further windows, such as (15, 45) (wide) and (5, 60) (spoken remarks that spread slowly).
    stale : int, optional
        Minutes that a price may be old at either end. Default: five, or a bar where that is longer.

    Raises
    ------
    InvalidArgumentError
        When a window is no pair of whole minutes, is empty, or is longer than a day.

    Examples
    --------
    >>> MinuteWindows(before=10, after=20).all[0]
    (10, 20)
    """

    before: int = 10
    after: int = 20
    also: tuple[Span, ...] = ((15, 45), (5, 60))
    stale: int | None = None

    def __post_init__(self) -> None:
        primary = _span("before and after", (self.before, self.after))
        if not isinstance(self.also, (list, tuple)):
            raise InvalidArgumentError(
                f"also is {self.also!r}; write windows such as ((15, 45), (5, 60)), or ()"
            )
        also = tuple(dict.fromkeys(_span("a window of also", pair) for pair in self.also))
        object.__setattr__(self, "also", tuple(pair for pair in also if pair != primary))
        if self.stale is not None and not _whole(self.stale, 1):
            raise InvalidArgumentError(f"stale is {self.stale!r}; write whole minutes such as 5")

    @property
    def lead(self) -> Span:
        """The primary window."""
        return self.before, self.after

    @property
    def all(self) -> tuple[Span, ...]:
        """All windows, the primary one first."""
        return (self.lead, *self.also)

    def stale_seconds(self, length: int) -> int:
        """Return how old a price may be, for bars of so many seconds."""
        return max(5 * 60, length) if self.stale is None else self.stale * 60


@told_class
@dataclass(frozen=True)
class MinuteOptions:
    """How windows in minutes are compared with ordinary days.

    Parameters
    ----------
    ordinary : int
        Ordinary days that are wanted, the nearest that can be measured.
    least : int
        Ordinary days below which no test leads; the numbers are shown, marked as not valid.
    days : {"before", "around"}
        Whether ordinary days lie before the statement's date alone, or on both sides of it.
    opening : int
        Minutes after the opening at which a night ends.
    path : int
        Minutes after the statement to which the path is drawn.
    step : int
        Minutes between two points of it; a bar where that is longer.
    confidence : float
        Level of intervals and bands, as a fraction.

    Raises
    ------
    InvalidArgumentError
        When a value is outside its range.
    """

    ordinary: int = 60
    least: int = 40
    days: Days = "before"
    opening: int = 5
    path: int = 120
    step: int = 5
    confidence: float = 0.95

    def __post_init__(self) -> None:
        for name, low in (("ordinary", 2), ("least", 2), ("opening", 0), ("path", 1), ("step", 1)):
            if not _whole(value := getattr(self, name), low):
                message = f"{name} is {value!r}; write a whole number, {low} or more"
                raise InvalidArgumentError(message)
        if self.least > self.ordinary:
            raise InvalidArgumentError(
                f"least is {self.least}, more than the {self.ordinary} ordinary days that are "
                f"wanted. Write least = {self.ordinary} or less"
            )
        if not isinstance(self.days, str) or self.days not in get_args(Days):
            raise InvalidArgumentError(f"days is {self.days!r}; it must be before or around")
        if type(self.confidence) is not float or not 0 < self.confidence < 1:
            raise InvalidArgumentError(
                f"confidence is {self.confidence!r}; write a fraction such as 0.95"
            )


def _whole(value: object, low: int) -> bool:
    return type(value) is int and value >= low


def _span(name: str, value: Iterable[int]) -> Span:
    pair = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    if len(pair) != 2 or not all(_whole(item, 0) for item in pair):
        raise InvalidArgumentError(
            f"{name} must be whole minutes before and after a statement, such as (10, 20), without "
            f"signs; found {value!r}"
        )
    before, after = pair
    if not 0 < before + after <= LONGEST:
        raise InvalidArgumentError(
            f"{name} is ({before}, {after}), {before + after} minutes in all; write a window of 1 "
            "minute to a day, such as (10, 20)"
        )
    return before, after


def window_label(span: Span) -> str:
    """Return a window as reports write it: "[−10, +20] min"."""
    return f"[{'−' if span[0] else ''}{span[0]}, +{span[1]}] min"
