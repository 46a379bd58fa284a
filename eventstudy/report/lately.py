"""What was made lately: pages are made in order of date, and those of one day share much."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")
HELD = 36
"""Things kept; more than the pages of a day share."""


class Lately:
    """The last few things that were made, by key; the oldest makes room.

    A report of any number of pages holds no more of them. What is pickled is an empty one.
    """

    def __init__(self) -> None:
        self._held: dict[Hashable, Any] = {}

    def __reduce__(self) -> tuple[type[Lately], tuple[()]]:
        """Return what is pickled: none of the things."""
        return Lately, ()

    def __len__(self) -> int:
        """Return how many are kept."""
        return len(self._held)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what belongs to a key, made now where it is not among the last few."""
        if key not in self._held:
            while len(self._held) >= HELD:
                self._held.pop(next(iter(self._held)))
            self._held[key] = make()
        made: T = self._held[key]
        return made
