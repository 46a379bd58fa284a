"""A stored price series: a table, what it is, and both as the bytes of two files."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import CacheError
from eventstudy.parsing import parse_json
from eventstudy.prices.clock import Clock
from eventstudy.prices.provenance import unstruck_in
from eventstudy.prices.source import PriceSeries
from eventstudy.words.numbers import count

FORMAT = 1
COLUMNS = ("close", "adjusted", "volume", "dividend", "split")
"""Columns of a stored table; only the first is always there."""
KEPT = ("currency", "quote", "attribution", "ended", "arguments", "versions")
"""What a sidecar says of a series as it is."""


@dataclass(frozen=True)
class Key:
    """What identifies a stored series: the source, its symbol and its options.

    Parameters
    ----------
    source : str
        Name of the source.
    symbol : str
        The source's name of the series.
    options : tuple of (str, str)
        Options of the source, sorted.
    """

    source: str
    symbol: str
    options: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, source: str, symbol: str, options: Mapping[str, object]) -> Key:
        """Return the key of a series."""
        return cls(source, symbol, tuple(sorted((k, str(v)) for k, v in options.items())))

    @property
    def stem(self) -> str:
        """Name of its files: source and symbol in plain letters, and a digest of all that it is."""
        identity = json.dumps([self.source, self.symbol, self.options])
        readable = re.sub(r"[^A-Za-z0-9]+", "-", f"{self.source}-{self.symbol}")[:40].strip("-")
        return f"{readable}-{hashlib.sha256(identity.encode()).hexdigest()[:10]}"


@dataclass(frozen=True)
class Revision:
    """A close that the source gave differently later.

    Parameters
    ----------
    session : datetime.date
        Its session.
    old, new : float or None
        Its values; None where the source gave none.
    noticed : datetime.date
        Day (UTC) on which that was noticed.
    """

    session: dt.date
    old: float | None
    new: float | None
    noticed: dt.date

    def __str__(self) -> str:
        old, new = ("none" if v is None else f"{v:.10g}" for v in (self.old, self.new))
        return f"{self.session} {old} → {new}"


@dataclass(frozen=True, eq=False)
class StoredSeries:
    """A price series as it is stored.

    Parameters
    ----------
    key : Key
        What identifies it.
    series : PriceSeries
        Its whole table and what the source last said about it.
    span : (datetime.date, datetime.date)
        The first and the last day that the source was asked for.
    fetched_at : datetime or None
        When the source last answered, UTC; None when the series comes with a package.
    revisions : tuple of Revision
        Past closes that changed, the latest last.
    """

    key: Key
    series: PriceSeries
    span: tuple[dt.date, dt.date]
    fetched_at: dt.datetime | None = None
    revisions: tuple[Revision, ...] = ()

    def notes(self) -> tuple[str, ...]:
        """Return what a reader must know: notes of the source, and revised closes by day."""
        notes = list(self.series.notes)
        for day in dict.fromkeys(item.noticed for item in self.revisions):
            changes = [str(item) for item in self.revisions if item.noticed == day]
            more = f"; ... and {len(changes) - 10} more" if changes[10:] else ""
            closes = count(len(changes), "past close")
            notes.append(f"{closes} revised, found {day}: {'; '.join(changes[:10])}{more}")
        return tuple(notes)


def encode(stored: StoredSeries) -> tuple[bytes, bytes]:
    """Return a stored series as two files.

    Parameters
    ----------
    stored : StoredSeries
        The series.

    Returns
    -------
    tuple of bytes
        The CSV, and the JSON sidecar that holds its SHA-256 and one of its own.
    """
    series, table = stored.series, stored.series.table
    content = _csv(table)
    sidecar = {
        "format": FORMAT,
        "source": stored.key.source,
        "symbol": stored.key.symbol,
        "options": dict(stored.key.options),
        "arguments": dict(sorted(series.arguments.items())),
        "fetched_at": stored.fetched_at.isoformat() if stored.fetched_at else None,
        "start": str(stored.span[0]),
        "end": str(stored.span[1]),
        "rows": len(table),
        "first": str(table.index[0].date()),
        "last": str(table.index[-1].date()),
        "currency": series.currency,
        "quote": series.quote,
        "clock": str(series.clock) if series.clock else None,
        "attribution": series.attribution,
        "ended": series.ended,
        "notes": list(series.notes),
        "revisions": [
            [str(item.session), item.old, item.new, str(item.noticed)] for item in stored.revisions
        ],
        "versions": dict(sorted(series.versions.items())),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    return content, sealed(sidecar)


def decode(key: Key | None, content: bytes, sidecar: bytes) -> StoredSeries:
    """Return the stored series that two files hold.

    Parameters
    ----------
    key : Key or None
        The series that they ought to hold; None = whichever.
    content, sidecar : bytes
        The CSV and its sidecar.

    Returns
    -------
    StoredSeries

    Raises
    ------
    CacheError
        When a byte of either was changed, or they hold another series.
    """
    named, facts = opened(key, content, sidecar)
    moment, day, notes = facts["fetched_at"], dt.date.fromisoformat, tuple(facts["notes"])
    series = PriceSeries(
        table=_table(content),
        source=named.source,
        symbol=named.symbol,
        clock=Clock.parse(facts["clock"]) if facts["clock"] else None,
        **{name: facts[name] for name in KEPT},
        notes=notes,
        unstruck=unstruck_in(notes),
    )
    return StoredSeries(
        key=named,
        series=series,
        span=(day(facts["start"]), day(facts["end"])),
        fetched_at=dt.datetime.fromisoformat(moment) if moment else None,
        revisions=tuple(Revision(day(s), o, n, day(f)) for s, o, n, f in facts["revisions"]),
    )


def opened(key: Key | None, content: bytes, sidecar: bytes) -> tuple[Key, dict[str, Any]]:
    """Return which series two files hold and what its sidecar says; raises as `decode` does."""
    facts = read_sidecar(sidecar)
    if hashlib.sha256(content).hexdigest() != facts["sha256"]:
        raise CacheError("the SHA-256 of its CSV is not the one in its sidecar")
    named = Key.of(facts["source"], facts["symbol"], facts["options"])
    if key not in (None, named):
        raise CacheError(f"it holds {named.source} {named.symbol}, another series")
    return named, facts


def read_sidecar(sidecar: bytes) -> dict[str, Any]:
    """Return what a sidecar says.

    Parameters
    ----------
    sidecar : bytes
        The file.

    Returns
    -------
    dict

    Raises
    ------
    CacheError
        When a byte of it was changed, or a later version of the package wrote it.
    """
    try:
        facts: dict[str, Any] = parse_json(sidecar)
        version = facts["format"]
        facts.pop("seal")
        whole = sealed(facts) == sidecar
    except (ValueError, TypeError, KeyError, AttributeError):
        whole, version = False, FORMAT
    if not whole:
        raise CacheError("its sidecar was changed or is torn")
    if version != FORMAT:
        raise CacheError(f"it has format {version}; this version reads format {FORMAT}")
    return facts


def sealed(facts: Mapping[str, Any]) -> bytes:
    """Return a sidecar that ends in the SHA-256 of the rest of it."""
    plain = json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False)
    seal = hashlib.sha256(plain.encode()).hexdigest()
    return (
        json.dumps({**facts, "seal": seal}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    ).encode()


def _csv(table: pd.DataFrame) -> bytes:
    columns = [name for name in COLUMNS if name in table.columns]
    values = [map(cell, table[name].tolist()) for name in columns]
    days = np.datetime_as_string(table.index.to_numpy().astype("datetime64[D]")).tolist()
    lines = [",".join(row) for row in zip(days, *values, strict=True)]
    return "\n".join([",".join(["date", *columns]), *lines, ""]).encode("ascii")


def cell(value: float) -> str:
    """Return the shortest text that reads back as the same number; NaN is empty."""
    return "" if math.isnan(value) else repr(value).removesuffix(".0")


def _table(content: bytes) -> pd.DataFrame:
    """Read a table back, each number to its last digit: the reader of pandas may round."""
    try:
        head, *rows = (line.split(",") for line in content.decode("ascii").splitlines())
        days, *columns = zip(*rows, strict=True)
        index = pd.DatetimeIndex(np.array(days, dtype="datetime64[D]").astype("datetime64[us]"))
        values = {
            name: [float(cell or "nan") for cell in column]
            for name, column in zip(head[1:], columns, strict=True)
        }
    except ValueError as error:
        raise CacheError(f"its CSV cannot be read: {error}") from error
    return pd.DataFrame(values, index.rename("session"))
