"""The p of a rank: a value among ordinary days, placebo dates, or draws."""

from __future__ import annotations

from typing import overload

from eventstudy.arrays import Array, Ints


@overload
def p_of_rank(larger: int, n: int) -> float: ...
@overload
def p_of_rank(larger: Ints, n: Ints | int) -> Array: ...


def p_of_rank(larger: Ints | int, n: Ints | int) -> Array | float:
    """Return p = (1 + larger)/(n + 1): the value itself is one of the n + 1.

    It is never 0, and at most its level where the value is exchangeable with the others
    (Phipson and Smyth 2010).

    Parameters
    ----------
    larger : int or ndarray of int
        How many of the others are at least as large.
    n : int or ndarray of int
        How many others there are.

    Examples
    --------
    >>> p_of_rank(1, 39)
    0.05
    """
    p: Array | float = (1 + larger) / (n + 1)
    return p
