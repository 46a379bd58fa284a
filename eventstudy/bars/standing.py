"""Whether bars were observed: proxies and implied series carry their error and say so."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from eventstudy.errors import InvalidArgumentError

FORMULA = re.compile(r"\s*(\S.*?)\s+([/*])\s+(\S.*?)\s*")
LEVELS = ("close", "evening", "opening")
"""Levels of a session that bars need not reach back to: the close of the session before, the last
trade of the evening before, the opening."""


@dataclass(frozen=True)
class Standing:
    """What bars are: observed, a proxy of another asset, or implied by others.

    Parameters
    ----------
    proxy : str
        Asset that they stand for; empty = none.
    implied : str
        How they follow from others, such as "IMOEX / RTS"; empty = they do not.
    error : float
        Standard error of their moves, as a fraction; 0 = observed.
    levels : mapping of str to mapping of str to float
        By session (ISO date) those of `LEVELS` that the bars do not reach back to.
    """

    proxy: str = ""
    implied: str = ""
    error: float = 0.0
    levels: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """What they are in one word: "observed", "proxy" or "implied"."""
        return "implied" if self.implied else "proxy" if self.proxy else "observed"

    @property
    def observed(self) -> bool:
        """Whether they are observed prices."""
        return self.kind == "observed"


OBSERVED = Standing()


def read_standing(asset: str, options: dict[str, object]) -> Standing:
    """Take what a request says of its series' standing out of its options.

    Raises
    ------
    InvalidArgumentError
        When it cannot be right.
    """
    proxy, error = options.pop("proxy", ""), options.pop("error", 0.0)
    if not isinstance(proxy, str) or proxy == asset:
        raise InvalidArgumentError(
            f"proxy is {proxy!r}; write the name of the asset that the bars stand for"
        )
    if isinstance(error, bool) or not isinstance(error, (int, float)) or not 0 <= error < 1:
        raise InvalidArgumentError(
            f"error is {error!r}; write a standard error as a fraction, such as 0.002"
        )
    if proxy and not error:
        raise InvalidArgumentError("a proxy has an error. Write it as a fraction, such as 0.002")
    levels = _levels(options.pop("references", {}))
    return Standing(proxy, "", float(error), levels)


def _levels(given: object) -> dict[str, dict[str, float]]:
    example = 'references = { "2022-01-13" = { close = 75.09, evening = 74.67 } }'
    if not isinstance(given, Mapping):
        raise InvalidArgumentError(f"references is {given!r}; write {example}")
    levels: dict[str, dict[str, float]] = {}
    for session, table in given.items():
        try:
            day = dt.date.fromisoformat(str(session)).isoformat()
        except ValueError as error:
            message = f"references has {session!r}, which is no date; write {example}"
            raise InvalidArgumentError(message) from error
        if not isinstance(table, Mapping):
            raise InvalidArgumentError(f"references of {day} is {table!r}; write {example}")
        for name, value in table.items():
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if name not in LEVELS or not number or not 0 < value < np.inf:
                raise InvalidArgumentError(
                    f"references of {day} has {name} = {value!r}; write prices named "
                    f"{', '.join(LEVELS)}, such as {example}"
                )
            levels.setdefault(day, {})[str(name)] = float(value)
    return levels


def parts_of_formula(formula: str) -> tuple[str, str, str]:
    """Return both names and the sign of a formula, such as ("IMOEX", "/", "RTS").

    Raises
    ------
    InvalidArgumentError
        When it is none.
    """
    match = FORMULA.fullmatch(formula)
    if match is None or match[3] == "1" or match[1] == match[3]:
        raise InvalidArgumentError(
            f'implied is {formula!r}; write two names with / or * between, such as "IMOEX / RTS", '
            'or "1 / USDRUB"'
        )
    return match[1], match[2], match[3]


def names_of_formula(formula: str) -> tuple[str, ...]:
    """Return the series that a formula is made of; raises as `parts_of_formula`."""
    one, _, two = parts_of_formula(formula)
    return (two,) if one == "1" else (one, two)
