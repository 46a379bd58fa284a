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
from eventstudy.prices.live_source import Download
from eventstudy.words.numbers import count

FORMAT = 1
COLUMNS = ("close", "adjusted", "volume", "dividend", "split")
"""Columns of a stored table; only the first is always there."""


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
        """Name of its files: what can be read, made safe, and a digest that tells apart."""
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
    found : datetime.date
        Day (UTC) on which that was noticed.
    """

    session: dt.date
    old: float | None
    new: float | None
    found: dt.date

    def __str__(self) -> str:
        old, new = ("none" if v is None else f"{v:.10g}" for v in (self.old, self.new))
        return f"{self.session} {old} → {new}"


@dataclass(frozen=True, eq=False)
class Entry:
    """A stored price series.

    Parameters
    ----------
    key : Key
        What identifies it.
    download : Download
        Its whole table and what the source last said about it.
    start, end : datetime.date
        The span that the source was asked for, both ends included.
    fetched_at : datetime or None
        When the source last answered, UTC; None when the series comes with a package.
    revisions : tuple of Revision
        Past closes that changed, the latest last.
    """

    key: Key
    download: Download
    start: dt.date
    end: dt.date
    fetched_at: dt.datetime | None
    revisions: tuple[Revision, ...] = ()

    def notes(self) -> tuple[str, ...]:
        """Return what a reader must know: notes of the source, and revised closes by day."""
        notes = list(self.download.notes)
        for day in dict.fromkeys(item.found for item in self.revisions):
            own = [str(item) for item in self.revisions if item.found == day]
            listed = "; ".join(own[:10]) + (f"; ... and {len(own) - 10} more" if own[10:] else "")
            closes = count(len(own), "past close")
            notes.append(f"{closes} revised, found {day}: {listed}")
        return tuple(notes)


def encode(entry: Entry) -> tuple[bytes, bytes]:
    """Return a stored series as two files.

    Parameters
    ----------
    entry : Entry
        The series.

    Returns
    -------
    tuple of bytes
        The CSV, and the JSON sidecar that holds its SHA-256 and one of its own.
    """
    table, download = entry.download.table, entry.download
    content = _csv(table)
    sidecar = {
        "format": FORMAT,
        "source": entry.key.source,
        "symbol": entry.key.symbol,
        "options": dict(entry.key.options),
        "arguments": dict(sorted(download.arguments.items())),
        "fetched_at": entry.fetched_at.isoformat() if entry.fetched_at else None,
        "start": str(entry.start),
        "end": str(entry.end),
        "rows": len(table),
        "first": str(table.index[0].date()),
        "last": str(table.index[-1].date()),
        "currency": download.currency,
        "quote": download.quote,
        "clock": str(download.clock) if download.clock else None,
        "attribution": download.attribution,
        "ended": download.ended,
        "notes": list(download.notes),
        "revisions": [
            [str(item.session), item.old, item.new, str(item.found)] for item in entry.revisions
        ],
        "versions": dict(sorted(download.versions.items())),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    return content, _sealed(sidecar)


def decode(key: Key | None, content: bytes, sidecar: bytes) -> Entry:
    """Return the stored series that two files hold.

    Parameters
    ----------
    key : Key or None
        The series that they ought to hold; None = whichever.
    content, sidecar : bytes
        The CSV and its sidecar.

    Returns
    -------
    Entry

    Raises
    ------
    CacheError
        When a byte of either was changed, or they hold another series.
    """
    facts = read_sidecar(sidecar)
    if hashlib.sha256(content).hexdigest() != facts["sha256"]:
        raise CacheError("the SHA-256 of its CSV is not the one in its sidecar")
    held = Key.of(facts["source"], facts["symbol"], facts["options"])
    if key not in (None, held):
        raise CacheError(f"it holds {held.source} {held.symbol}, another series")
    moment = facts["fetched_at"]
    download = Download(
        table=_table(content),
        clock=Clock.parse(facts["clock"]) if facts["clock"] else None,
        currency=facts["currency"],
        quote=facts["quote"],
        attribution=facts["attribution"],
        ended=facts["ended"],
        arguments=facts["arguments"],
        versions=facts["versions"],
        notes=tuple(facts["notes"]),
    )
    day = dt.date.fromisoformat
    return Entry(
        key=held,
        download=download,
        start=day(facts["start"]),
        end=day(facts["end"]),
        fetched_at=dt.datetime.fromisoformat(moment) if moment else None,
        revisions=tuple(Revision(day(s), o, n, day(f)) for s, o, n, f in facts["revisions"]),
    )


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
        whole = _sealed(facts) == sidecar
    except (ValueError, TypeError, KeyError, AttributeError):
        whole, version = False, FORMAT
    if not whole:
        raise CacheError("its sidecar was changed or is torn")
    if version != FORMAT:
        raise CacheError(f"it has format {version}; this version reads format {FORMAT}")
    return facts


def _sealed(facts: Mapping[str, Any]) -> bytes:
    """Return a sidecar with the SHA-256 of all else that it says."""
    plain = json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False)
    seal = hashlib.sha256(plain.encode()).hexdigest()
    return (
        json.dumps({**facts, "seal": seal}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    ).encode()


def _csv(table: pd.DataFrame) -> bytes:
    columns = [name for name in COLUMNS if name in table.columns]
    values = [map(_cell, table[name].tolist()) for name in columns]
    days = np.datetime_as_string(table.index.to_numpy().astype("datetime64[D]")).tolist()
    lines = [",".join(row) for row in zip(days, *values, strict=True)]
    return "\n".join([",".join(["date", *columns]), *lines, ""]).encode("ascii")


def _cell(value: float) -> str:
    """Return the shortest text that reads back as the same number; NaN is empty."""
    return "" if math.isnan(value) else repr(value).removesuffix(".0")


def _table(content: bytes) -> pd.DataFrame:
    """Read a table back, every number to its last digit, whatever pandas' own reader rounds."""
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
