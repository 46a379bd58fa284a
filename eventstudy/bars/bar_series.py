"""Bars of one asset: a bar is known at its end."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arguments import told_class
from eventstudy.arrays import Array, Ints
from eventstudy.bars.clocks import days_of, local_seconds, shown_moments
from eventstudy.bars.sessions import Parts, parts_of, zone_of
from eventstudy.bars.standing import OBSERVED, Standing
from eventstudy.errors import InvalidArgumentError


@told_class
@dataclass(frozen=True, eq=False, repr=False)
class BarSeries:
    """Bars of one asset. A bar is known at its end, never before.

    Parameters
    ----------
    begin, end : ndarray of int, shape (bars,)
        Seconds since 1970 UTC, ascending; a bar covers [begin, end).
    close : ndarray of float, shape (bars,)
        Last price of each bar, greater than zero.
    length : int
        Seconds of a bar; the last bar of a session may be shorter.
    market : str
        Whose hours hold; see `sessions`.
    open, high, low, volume : ndarray of float, shape (bars,), optional
        The other columns, where the source has them; NaN where one bar has none.
    source, symbol, attribution : str
        Where the bars are from, and how the source wants to be named.
    label : str
        Whether the source labels a bar by its "start" or its "end", and how that is known.
    notes : tuple of str
        What a reader must know of the series.
    factor : str
        Asset whose bars are its benchmark; empty = none.
    clock : str
        Zone whose clock says what "the same time" of two days is; empty = that of the market.
    stale : str
        Why the source may have newer bars than these; empty when it has none that are due.
    rolls : tuple of int, optional
        Of futures: moments at which the bars of the next contract begin, ascending, seconds since
        1970 UTC; no move across one is measured. None = not said.
    all_contracts : bool
        Whether volumes are of all contracts together, so that they do not fall towards a roll.
    releases : tuple of int
        Moments of known releases that the clock of the bars is checked against.
    standing : Standing
        Whether they are observed, a proxy or implied, and their error.
    """

    begin: Ints
    end: Ints
    close: Array
    length: int
    market: str
    open: Array | None = None
    high: Array | None = None
    low: Array | None = None
    volume: Array | None = None
    source: str = "DataFrame"
    symbol: str = ""
    attribution: str = "given as a DataFrame"
    label: str = ""
    notes: tuple[str, ...] = ()
    factor: str = ""
    clock: str = ""
    stale: str = ""
    rolls: tuple[int, ...] | None = None
    all_contracts: bool = False
    releases: tuple[int, ...] = ()
    standing: Standing = OBSERVED

    def __len__(self) -> int:
        return len(self.end)

    def __repr__(self) -> str:
        return f"BarSeries ({self.words})"

    @property
    def words(self) -> str:
        """What it is, in words."""
        return (
            f"{self.source} {self.symbol}, {len(self):,} bars of {self.length / 60:g} min, "
            f"{self.first} to {self.last}, {self.market}"
        )

    @cached_property
    def zone(self) -> str:
        """Time zone in which clocks are compared."""
        return self.clock or zone_of(self.market)

    @cached_property
    def parts(self) -> Parts:
        """Parts of the sessions that the bars lie in, with some weeks around them."""
        first, last = days_of(np.array([self.begin[0], self.end[-1]]).astype("datetime64[s]"))
        return parts_of(self.market, first, last)

    @cached_property
    def local_begin(self) -> Ints:
        """What the clock of the market shows when each bar begins, in seconds."""
        return self.local(self.begin)

    def local(self, moments: Ints) -> Ints:
        """Return what the clock of the market shows at moments, in seconds."""
        if getattr(getattr(moments, "dtype", None), "kind", "") != "i":
            raise InvalidArgumentError(
                f"moments are whole seconds since 1970 UTC in an array of integers, not {moments!r}"
            )
        return local_seconds(moments, self.zone)

    @property
    def first(self) -> dt.date:
        """Date of the first bar, in the zone of the market."""
        return days_of(self.local_begin[:1].astype("datetime64[s]"))[0]

    @property
    def last(self) -> dt.date:
        """Date of the last bar, in the zone of the market."""
        return days_of(self.local_begin[-1:].astype("datetime64[s]"))[0]

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of begin, end, close and volume, 8 bytes each, little-endian."""
        return self.digest(0, len(self))

    def digest(self, start: int, end: int) -> str:
        """Return the SHA-256 of a slice of the bars, as for `sha256`."""
        content = hashlib.sha256()
        for column, kind in ((self.begin, "<i8"), (self.end, "<i8"), (self.close, "<f8")):
            content.update(np.ascontiguousarray(column[start:end], dtype=kind).tobytes())
        if self.volume is not None:
            content.update(np.ascontiguousarray(self.volume[start:end], dtype="<f8").tobytes())
        return content.hexdigest()

    @property
    def frame(self) -> pd.DataFrame:
        """The bars as a table: begin, the prices that there are, volume; by the end of each bar."""
        columns: dict[str, Any] = {"begin": shown_moments(self.begin, self.zone)}
        for name in ("open", "high", "low", "close", "volume"):
            if (values := getattr(self, name)) is not None:
                columns[name] = values
        return pd.DataFrame(columns, index=shown_moments(self.end, self.zone).rename("end"))

    def reported(self) -> dict[str, object]:
        """Return what a report says of the series."""
        return {
            "source": self.source,
            "symbol": self.symbol,
            "market": self.market,
            "minutes": self.length / 60,
            "bars": len(self),
            "first": str(self.first),
            "last": str(self.last),
            "label": self.label,
            "standing": self.standing.kind,
            "stands_for": self.standing.proxy,
            "error": self.standing.error,
            "factor": self.factor,
            "clock": self.zone,
            "rolls": [f"{np.datetime64(roll, 's')}Z" for roll in self.rolls or ()],
            "attribution": self.attribution,
            "notes": list(self.notes),
            "sha256": self.sha256,
        }
