"""Stored bars: the cache of live sources, their vintages, and bars kept beside a study."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from eventstudy.bars.source import COLUMNS, Candles
from eventstudy.errors import CacheError, PriceError
from eventstudy.prices.store.cache import Cache, Refresh, cache_folder, is_fresh_since, now, stamp
from eventstudy.prices.store.frozen import Frozen
from eventstudy.prices.store.stored_series import FORMAT, Key, StoredSeries, cell, opened, sealed

CAP = 500 * 2**20
"""Bytes of stored bars, former states included, above which `prices --prune` takes the oldest."""
FOLDER = "bars"
"""Folder of stored bars, in the cache and in the folder `prices` of a frozen study."""
OVERLAP = dt.timedelta(days=2)
"""How much of what is stored is asked for again, so that revisions are seen."""
SAME = 1e-9
Fetch = Callable[[dt.date, dt.date], Candles]
_SPAN = ("begin", "end")


@dataclass(frozen=True, eq=False)
class StoredBars:
    """Bars as they are stored.

    Parameters
    ----------
    key : Key
        The source, its symbol and its options.
    candles : Candles
        The bars.
    span : (date, date)
        First and last day that the source was asked for.
    fetched_at : datetime
        When it last answered, UTC.
    """

    key: Key
    candles: Candles
    span: tuple[dt.date, dt.date]
    fetched_at: dt.datetime


class BarFolder(Cache):
    """A folder of bars; a crash, a full disk or a flipped bit is noticed as for daily prices."""

    def _encode(self, stored: Any) -> tuple[bytes, bytes]:
        """Return bars as a CSV, and the sidecar that seals it."""
        table, content = stored.candles.table, _csv(stored.candles.table)
        facts = {
            "format": FORMAT,
            "source": stored.key.source,
            "symbol": stored.key.symbol,
            "options": dict(stored.key.options),
            "fetched_at": stored.fetched_at.isoformat(),
            "start": str(stored.span[0]),
            "end": str(stored.span[1]),
            "rows": len(table),
            "length": stored.candles.length,
            "market": stored.candles.market,
            "attribution": stored.candles.attribution,
            "notes": list(stored.candles.notes),
            "versions": dict(sorted(stored.candles.versions.items())),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        return content, sealed(facts)

    def _decode(self, key: Key | None, content: bytes, sidecar: bytes) -> StoredSeries:
        """Return the bars in two files; CacheError when a byte of either was changed."""
        named, facts = opened(key, content, sidecar)
        said = {name: facts[name] for name in ("length", "market", "attribution", "versions")}
        candles = Candles(_table(content), notes=tuple(facts["notes"]), **said)
        span = (dt.date.fromisoformat(facts["start"]), dt.date.fromisoformat(facts["end"]))
        stored = StoredBars(named, candles, span, dt.datetime.fromisoformat(facts["fetched_at"]))
        return cast("StoredSeries", stored)

    def bars(self, key: Key) -> StoredBars | None:
        """Return stored bars; None when there are none. CacheError when they are damaged."""
        return cast("StoredBars | None", self.read(key))

    def current(self, key: Key, start: dt.date, refresh: Refresh, fetch: Fetch) -> StoredBars:
        """Return bars, fetched or continued when that is due.

        Parameters
        ----------
        key : Key
            The series.
        start : date
            First day that is needed.
        refresh : {"auto", "never", "always"}
            When to ask for what is stored already.
        fetch : callable
            Fetches the bars of a span of days, both included.

        Raises
        ------
        PriceError
            What `fetch` raises, or `CacheError`. What was stored before then still is.
        """
        with self._lock(key):
            self.settle(key)
            former, notes = self._undamaged(key)
            old = cast("StoredBars | None", former)
            if old is not None and start >= old.span[0] and not _due(old, refresh):
                return old
            try:
                new = _whole(key, start, fetch) if old is None else _continued(old, start, fetch)
            except PriceError as error:
                if not notes:
                    raise
                raise type(error)(f"{error}. What was stored is {notes[0]}") from error
            new = _noted(new, *notes)
            if old is not None and _revised(old.candles.table, new.candles.table):
                self.keep_vintage(cast("StoredSeries", old), stamp(old.fetched_at))
            self.write(cast("StoredSeries", new))
            return new

    def bytes(self) -> int:
        """Return the bytes of all files of the folder: series, former states, damaged ones."""
        sizes = 0
        for file in (*self.path.glob("*.csv"), *self.path.glob("*.json")):
            with contextlib.suppress(OSError):
                sizes += file.stat().st_size
        return sizes

    def prune(self, cap: int = CAP) -> tuple[int, int]:
        """Remove former states, damaged files, and the oldest bars beyond a cap.

        Returns
        -------
        (int, int)
            Files removed, and bytes that stay.
        """
        removed = 0
        for file in [*self.path.glob("*.vintage-*"), *self.path.glob("*.damaged-*")]:
            removed += _removed(file)
        for file in sorted(self.path.glob("*.csv"), key=lambda file: file.stat().st_mtime):
            if self.bytes() <= cap:
                break
            removed += _removed(file) + _removed(file.with_suffix(".json"))
        return removed, self.bytes()


def _removed(file: Path) -> int:
    with contextlib.suppress(OSError):
        file.unlink()
        return 1
    return 0


def bar_cache() -> BarFolder:
    """Return the user's folder of stored bars."""
    return BarFolder(cache_folder() / FOLDER)


def frozen_folder(folder: Path) -> BarFolder:
    """Return the folder of bars beside a study in a folder."""
    return BarFolder(folder / "prices" / FOLDER)


def frozen_bars(folder: Path, key: Key) -> StoredBars | None:
    """Return bars that were kept beside a study; None when it does not keep them.

    Raises
    ------
    CacheError
        When they, or the list of what is kept, are damaged or gone.
    """
    frozen = Frozen.of(frozen_folder(folder))
    return None if frozen is None else cast("StoredBars | None", frozen.read(key))


def _due(old: StoredBars, refresh: Refresh) -> bool:
    return refresh == "always" or (refresh == "auto" and not is_fresh_since(old.fetched_at))


def _whole(key: Key, start: dt.date, fetch: Fetch) -> StoredBars:
    end = now().date()
    return StoredBars(key, fetch(start, end), (start, end), now())


def _continued(old: StoredBars, start: dt.date, fetch: Fetch) -> StoredBars:
    """Return stored bars continued by the source's answer; earlier ones are asked for whole."""
    today = now().date()
    if start < old.span[0]:
        return _joined(old, fetch(start, today), (start, today))
    last = dt.datetime.fromtimestamp(int(old.candles.table["end"].iloc[-1]), dt.UTC).date()
    return _joined(old, fetch(min(last, old.span[1]) - OVERLAP, today), (old.span[0], today))


def _joined(old: StoredBars, new: Candles, span: tuple[dt.date, dt.date]) -> StoredBars:
    """Return what is stored before an answer, and the answer; its bars count where they differ."""
    if new.length != old.candles.length or new.market != old.candles.market:
        return StoredBars(old.key, new, span, now())
    before, first = old.candles.table, int(new.table["begin"].iloc[0])
    past = before[before["begin"] < first]
    table = pd.concat([past, new.table], ignore_index=True) if len(past) else new.table
    notes = tuple(dict.fromkeys([*old.candles.notes, *new.notes]))
    revised = _revised(before, table)
    if revised:
        notes = (*notes, f"{revised} past bars revised, seen {now():%Y-%m-%d}")
    return StoredBars(old.key, replace(new, table=table, notes=notes[-30:]), span, now())


def _revised(before: pd.DataFrame, after: pd.DataFrame) -> int:
    """Return how many stored closes are another one now, or gone."""
    one = before.set_index("begin")["close"]
    two = after.set_index("begin")["close"].reindex(one.index)
    return int((~((two / one - 1).abs() <= SAME)).sum())


def _noted(stored: StoredBars, *notes: str) -> StoredBars:
    candles = replace(stored.candles, notes=(*stored.candles.notes, *notes))
    return replace(stored, candles=candles)


def _csv(table: pd.DataFrame) -> bytes:
    columns = [name for name in (*_SPAN, *COLUMNS) if name in table]
    values = [map(cell, table[name].tolist()) for name in columns]
    lines = [",".join(row) for row in zip(*values, strict=True)]
    return "\n".join([",".join(columns), *lines, ""]).encode("ascii")


def _table(content: bytes) -> pd.DataFrame:
    """Read bars back, each number to its last digit."""
    try:
        head, *rows = (line.split(",") for line in content.decode("ascii").splitlines())
        columns = dict(zip(head, zip(*rows, strict=True), strict=True))
        values: dict[str, Any] = {
            name: [float(cell or "nan") for cell in cells] for name, cells in columns.items()
        }
        spans = {name: np.array(columns[name], dtype=np.int64) for name in _SPAN}
    except (ValueError, KeyError) as error:
        raise CacheError(f"its CSV cannot be read: {error}") from error
    return pd.DataFrame({**values, **spans})
