"""Types of arrays, once; shapes are said where they are used. Rows that are made when asked for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.intp]
Dates: TypeAlias = NDArray[np.datetime64]
Mask: TypeAlias = NDArray[np.bool_]
T = TypeVar("T", covariant=True)

AT_ONCE = 4096
"""Rows that are made together."""
SPREAD = 4
"""Numbers between the least and the largest, over those there are, up to which they are marked."""


def distinct(numbers: Ints) -> tuple[Ints, Ints]:
    """Return what `numpy.unique` does with `return_inverse`; without sorting what lies close.

    Parameters
    ----------
    numbers : ndarray of int
        Such as days, or codes of assets.

    Returns
    -------
    values : ndarray of int
        The different numbers, ascending.
    place : ndarray of int
        Place of each number among them.

    Examples
    --------
    >>> distinct(np.array([5, 3, 5]))
    (array([3, 5]), array([1, 0, 1]))
    """
    low, high = (int(numbers.min()), int(numbers.max())) if len(numbers) else (0, 0)
    size = high - low + 1
    if size > SPREAD * len(numbers):
        return np.unique(numbers, return_inverse=True)
    there = np.zeros(size, dtype=bool)
    there[numbers - low] = True
    place: Ints = (np.cumsum(there) - 1)[numbers - low]
    return np.flatnonzero(there) + low, place


def stable_order(numbers: Ints) -> Ints:
    """Return `argsort` of numbers, none below zero, equal ones as they come; by digits if small.

    Examples
    --------
    >>> stable_order(np.array([2, 0, 2, 1]))
    array([1, 3, 0, 2])
    """
    small = np.int16 if numbers.max(initial=0) <= np.iinfo(np.int16).max else np.intp
    return np.argsort(numbers.astype(small), kind="stable")


class Rows(Sequence[T]):
    """A sequence whose items are made when they are asked for; `_made` makes some of them."""

    @abstractmethod
    def _made(self, rows: Ints) -> Iterator[T]: ...

    @overload
    def __getitem__(self, row: int) -> T: ...
    @overload
    def __getitem__(self, row: slice) -> tuple[T, ...]: ...
    def __getitem__(self, row: int | slice) -> T | tuple[T, ...]:
        if isinstance(row, slice):
            return tuple(self.made(np.arange(*row.indices(len(self)))))
        return next(self._made(np.array([range(len(self))[row]])))

    def __iter__(self) -> Iterator[T]:
        return self.made(np.arange(len(self)))

    def made(self, rows: Ints) -> Iterator[T]:
        """Yield some of the items, by position."""
        for start in range(0, len(rows), AT_ONCE):
            yield from self._made(rows[start : start + AT_ONCE])
