"""Where a price series is from."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd


def digest(prices: pd.Series[float]) -> str:
    r"""Return the SHA-256 of a series.

    Parameters
    ----------
    prices : Series
        Prices by session; missing ones do not count.

    Returns
    -------
    str
        Hexadecimal SHA-256 of the lines ``"YYYY-MM-DD,price\n"``, each price as Python
        writes it (the shortest text that reads back as the same float).
    """
    there = prices.dropna()
    days = np.datetime_as_string(there.index.to_numpy().astype("datetime64[D]"))
    values = there.to_numpy(dtype=float)
    lines = zip(days.tolist(), values.tolist(), strict=True)
    text = "".join(f"{day},{price!r}\n" for day, price in lines)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


Digested: TypeAlias = "str | pd.Series[float] | Callable[[], pd.Series[float]]"
"""A digest, or the prices to compute it from, or what returns them."""


class _Digest:
    """A digest, computed when it is first asked for: thousands of them take seconds."""

    def __get__(self, owner: Provenance | None, kind: type[Provenance]) -> str:
        if owner is None:
            raise AttributeError("sha256")  # so that the field has no default
        held: Digested = owner.__dict__["_digested"]
        if not isinstance(held, str):
            prices = held if isinstance(held, pd.Series) else held()
            held = owner.__dict__["_digested"] = digest(prices)
        return held

    def __set__(self, owner: Provenance, value: Digested) -> None:
        owner.__dict__["_digested"] = value


_UNREPORTED = ("fetched_at", "read", "cure", "unstruck")
_UNSTRUCK = "left out, because it was not yet struck when it was fetched: "


def unstruck_note(day: dt.date) -> str:
    """Return the note on a last session that is not used."""
    return f"{_UNSTRUCK}{day}"


def unstruck_in(notes: tuple[str, ...]) -> dt.date | None:
    """Return the session that is not used, from the notes of a file: it has no field for it."""
    days = [note.removeprefix(_UNSTRUCK) for note in notes if note.startswith(_UNSTRUCK)]
    return dt.date.fromisoformat(days[-1]) if days else None


def lasting_notes(notes: tuple[str, ...], unstruck: dt.date | None) -> tuple[str, ...]:
    """Return notes without the one on a last session that is not used."""
    return tuple(note for note in notes if not unstruck or note != unstruck_note(unstruck))


@dataclass(frozen=True)
class Provenance:
    """Where a price series is from and what it holds.

    Parameters
    ----------
    source : str
        Name of the source; "DataFrame" for prices given as a table.
    symbol : str
        The source's name of the series.
    rows : int
        Number of sessions.
    first : datetime.date
        First session.
    last : datetime.date
        Last session.
    sha256 : str, Series or callable
        SHA-256 of the lines ``"YYYY-MM-DD,price"``, or the prices to compute it from when
        it is first asked for, or what returns them.
    attribution : str
        How the source wants to be named.
    quote : str
        Which way the price is quoted, in plain words: "USD per RUB: up = RUB strengthens".
    ended : bool
        Whether the series is known to have ended, so that nothing is pending on it.
    currency : str
        Currency or unit of the price; empty when unknown.
    fetched_at : datetime.datetime or None
        When a live source last answered, UTC.
    stale : str
        Why the source may have newer prices than these; empty when it has none that are due.
    notes : tuple of str
        What a reader must know of the series, such as revised closes.
    read : datetime.date or None
        Day on which a file was read, or stored prices were used that could not be refreshed;
        of a frozen series: on which it was frozen.
    cure : str
        What to do about a series whose end was concluded from its silence; see `design.reach`.
    unstruck : datetime.date or None
        First session that was left out, because it was not yet struck when it was fetched; a
        note says so too.
    """

    source: str
    symbol: str
    rows: int
    first: dt.date
    last: dt.date
    sha256: _Digest = _Digest()
    attribution: str = ""
    quote: str = ""
    ended: bool = False
    currency: str = ""
    fetched_at: dt.datetime | None = None
    stale: str = ""
    notes: tuple[str, ...] = ()
    read: dt.date | None = None
    cure: str = ""
    unstruck: dt.date | None = None

    @property
    def asked(self) -> dt.date | None:
        """Day as of which there are no later prices; None when that is not known."""
        return self.read or (self.fetched_at.date() if self.fetched_at else None)

    def reported(self) -> dict[str, Any]:
        """Return what a report says of a series: nothing that changes from day to day."""
        return {name: value for name, value in asdict(self).items() if name not in _UNREPORTED}
