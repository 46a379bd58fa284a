"""Series that others imply: "IMOEX / RTS" is what their ratio says, never what was observed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np

from eventstudy.arrays import Array, Ints
from eventstudy.bars.bar_series import BarSeries
from eventstudy.bars.standing import Standing, names_of_formula, parts_of_formula
from eventstudy.errors import InvalidArgumentError, PriceDataError, refuse_unknown

_BARE: Mapping[str, Any] = dict.fromkeys(("open", "high", "low", "volume"))
"""What an implied series has not."""


def imply(
    formula: str, series: Mapping[str, BarSeries], said: Standing, market: str = ""
) -> BarSeries:
    """Return the series that others imply, at the bars that end together.

    Parameters
    ----------
    formula : str
        How it follows.
    series : mapping of str to BarSeries
        The others.
    said : Standing
        What is said of its error and of its levels. Without an error, that of its parts:
        the root of the sum of their squares.
    market : str
        Whose hours hold; empty = those of the first series named.

    Raises
    ------
    UnknownNameError
        When a series has no bars.
    InvalidArgumentError
        When no error is known.
    PriceDataError
        When no bars end together.
    """
    one, sign, two = parts_of_formula(formula)
    names = names_of_formula(formula)
    for name in names:
        refuse_unknown(name, series, f"{name!r} of {formula!r} has no bars")
    parts = [series[name] for name in names]
    error = said.error or float(np.sqrt(sum(part.standing.error**2 for part in parts)))
    if not error:
        raise InvalidArgumentError(
            f"{formula!r} is implied, and its error is not known. Write it as a fraction, such as "
            "error = 0.002"
        )
    common = reduce(np.intersect1d, [part.end for part in parts])
    if not len(common):
        raise PriceDataError(f"no bars of {' and '.join(names)} end together")
    left = np.ones(len(common)) if one == "1" else _at(series[one], common)
    right = _at(series[two], common)
    levels = said.levels or _implied_levels(one, sign, two, series)
    return replace(
        parts[0],
        begin=np.max([part.begin[_places(part, common)] for part in parts], axis=0),
        end=common,
        close=left / right if sign == "/" else left * right,
        length=max(part.length for part in parts),
        market=market or parts[0].market,
        **_BARE,
        source="implied",
        factor="",
        symbol=formula,
        attribution="; ".join(dict.fromkeys(part.attribution for part in parts)),
        notes=(f"implied by {formula}, not observed; ± {100 * error:.2g} %",),
        standing=Standing("", formula, error, levels),
    )


def _places(series: BarSeries, ends: Ints) -> Ints:
    return np.searchsorted(series.end, ends)


def _at(series: BarSeries, ends: Ints) -> Array:
    return np.asarray(series.close[_places(series, ends)])


def _implied_levels(
    one: str, sign: str, two: str, series: Mapping[str, BarSeries]
) -> dict[str, dict[str, float]]:
    """Return levels of sessions that all parts have."""
    right = series[two].standing.levels
    left = right if one == "1" else series[one].standing.levels
    levels: dict[str, dict[str, float]] = {}
    for day, names in right.items():
        for name, value in names.items():
            other = 1.0 if one == "1" else left.get(day, {}).get(name)
            if other is not None:
                level = other / value if sign == "/" else other * value
                levels.setdefault(day, {})[name] = level
    return levels
