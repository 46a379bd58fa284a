"""The cache of live prices: one entry a series, continued with an overlap, under a lock."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from eventstudy.errors import CacheError, NoPricesError, PriceDataError, PriceError
from eventstudy.prices.frames import checked_frame, listed, refuse_cells, truths
from eventstudy.prices.live_source import Download
from eventstudy.prices.store.folder import Shelf, unwritable
from eventstudy.prices.store.revisions import Comparison, compare, joined
from eventstudy.prices.store.stored_series import COLUMNS, Entry, Key, Revision

Refresh = Literal["auto", "never", "always"]
Fetch = Callable[[dt.date, dt.date], Download]
"""Fetches one series over a span, both ends included."""

OVERLAP = 10
"""Stored sessions that are asked for again, so that revisions are seen."""

FRESH = dt.timedelta(hours=12)
"""An answer younger than this is not asked for again by itself."""

PATIENCE = 300.0
"""Seconds to wait for another process that fetches the same series."""

_MOST_REVISIONS = 100
_MOST_NOTES = 30
NOT_STRUCK = "left out, because it was not yet struck when it was fetched:"
"""How the note on a last session that is not used begins."""


def now() -> dt.datetime:
    """Return the present moment, UTC, in milliseconds."""
    moment = dt.datetime.now(dt.UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def cache_folder() -> Path:
    """Return the folder of the cache: EVENTSTUDY_CACHE, else the platform's."""
    if named := os.environ.get("EVENTSTUDY_CACHE"):
        return Path(named)
    from platformdirs import user_cache_path

    return user_cache_path("eventstudy", appauthor=False) / "prices"


def is_fresh(entry: Entry) -> bool:
    """Whether a stored series need not be asked for again: it ended, or was just fetched."""
    age = None if entry.fetched_at is None else now() - entry.fetched_at
    return entry.download.ended or age is None or dt.timedelta(0) <= age < FRESH


@dataclass(frozen=True)
class Cache:
    """The entries of a folder.

    Parameters
    ----------
    shelf : Shelf
        The folder.
    """

    shelf: Shelf

    @classmethod
    def default(cls) -> Cache:
        """Return the user's cache."""
        return cls(Shelf(cache_folder()))

    def refreshed(self, key: Key, start: dt.date, refresh: Refresh, fetch: Fetch) -> Entry:
        """Return a series, fetched or continued when that is due.

        Parameters
        ----------
        key : Key
            The series.
        start : datetime.date
            First day that is needed.
        refresh : {"auto", "never", "always"}
            When to ask the source for what is stored already: when the last answer is older
            than `FRESH` and the series has not ended; never; always.
        fetch : callable
            Fetches the series over a span.

        Returns
        -------
        Entry

        Raises
        ------
        PriceError
            What `fetch` raises, `PriceDataError` when its answer cannot be used, or
            `CacheError` when it cannot be stored. What was stored before then still is.
        """
        asked_at = now()
        with self._lock(key):
            self.shelf.settle(key)
            old, notes = self._undamaged(key)
            if old is not None and start >= old.start and not _due(old, refresh, asked_at):
                return old
            try:
                entry = _whole(key, start, fetch) if old is None else _continued(old, start, fetch)
            except PriceError as error:
                if not notes:
                    raise
                raise type(error)(f"{error}. What was stored is {notes[0]}") from error
            download = replace(entry.download, notes=(*entry.download.notes, *notes))
            entry = replace(entry, download=download)
            if old is not None and _rewritten(old, entry):
                self.shelf.keep_vintage(old, _stamp(old.fetched_at or asked_at))
            self.shelf.write(entry)
            return entry

    def _undamaged(self, key: Key) -> tuple[Entry | None, list[str]]:
        """Return what is stored; set it aside when it is damaged, with a note."""
        try:
            return self.shelf.read(key), []
        except CacheError as error:
            moment = now()
            self.shelf.set_aside(key, _stamp(moment))
            return None, [f"set aside since {moment:%Y-%m-%d}: {error}"]

    @contextmanager
    def _lock(self, key: Key) -> Iterator[None]:
        from filelock import FileLock, Timeout

        try:
            self.shelf.folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.shelf.folder / f"{key.stem}.lock", timeout=PATIENCE)
            lock.acquire()
        except Timeout:
            raise CacheError(
                f"another process has been fetching it for {PATIENCE:.0f} seconds"
            ) from None
        except OSError as error:
            raise unwritable(error) from error
        try:
            yield
        finally:
            lock.release()


def _stamp(moment: dt.datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03d}Z"


def _due(old: Entry, refresh: Refresh, asked_at: dt.datetime) -> bool:
    if old.fetched_at is not None and asked_at <= old.fetched_at <= now():
        return False  # another process fetched it while this one waited for the lock
    return refresh == "always" or (refresh == "auto" and not is_fresh(old))


def _rewritten(old: Entry, new: Entry) -> bool:
    """Whether a price, dividend or split that was stored is no longer so."""
    stored = old.download.table.drop(columns="volume", errors="ignore")
    same_days = new.download.table.reindex(stored.index)
    return not same_days.drop(columns="volume", errors="ignore").equals(stored)


def _whole(key: Key, start: dt.date, fetch: Fetch) -> Entry:
    end = now().date()
    download = _checked(fetch(start, end), start, end)
    return Entry(key, download, start, end, now())


def _continued(old: Entry, start: dt.date, fetch: Fetch) -> Entry:
    """Return a stored series with what the source says since, or whole when it must be."""
    table, today = old.download.table, now().date()
    why = "earlier prices are wanted" if start < old.start else ""
    if not why:
        first = table.index[-OVERLAP:][0]
        answer = _checked(fetch(first.date(), today), first.date(), today)
        found = compare(table.loc[first:], answer.table, today)
        why = found.whole or _other_series(old.download, answer)
        if not why:
            lasting = [note for note in old.download.notes if not note.startswith(NOT_STRUCK)]
            notes = tuple(dict.fromkeys([*lasting, *answer.notes]))[-_MOST_NOTES:]
            answer = replace(answer, table=joined(table, answer.table, first), notes=notes)
            entry = Entry(old.key, answer, old.start, today, now(), old.revisions)
            return _with_revisions(entry, found)
    entry = _whole(old.key, min(start, old.start), fetch)
    first_day = pd.Timestamp(old.start)
    found = compare(table, entry.download.table.loc[first_day:], today)
    if start >= old.start:
        note = f"fetched again whole on {today}: {why}"
        download = replace(entry.download, notes=(*entry.download.notes, note))
        entry = replace(entry, download=download)
    return _with_revisions(replace(entry, revisions=old.revisions), found)


def _with_revisions(entry: Entry, found: Comparison) -> Entry:
    kept: tuple[Revision, ...] = (*entry.revisions, *found.revisions)[-_MOST_REVISIONS:]
    return replace(entry, revisions=kept)


def _other_series(old: Download, new: Download) -> str:
    """Return why an answer cannot continue what is stored; empty when it can."""
    for name in ("clock", "currency", "quote"):
        before, after = getattr(old, name), getattr(new, name)
        if str(before) != str(after):
            return f"the {name} was {str(before)!r} and is {str(after)!r}"
    return ""


def _checked(download: Download, start: dt.date, end: dt.date) -> Download:
    """Return an answer as it can be stored; refuse one that is malformed."""
    raw, notes = download.table, list(download.notes)
    if not isinstance(raw, pd.DataFrame) or "close" not in raw.columns:
        raise PriceDataError("the source delivered no table with a column 'close'")
    if not raw["close"].notna().any():
        raise NoPricesError(f"the source has no prices from {start} to {end}")
    if bare := int(raw["close"].isna().sum()):
        notes.append(f"{bare} rows without a close left out")
    own = raw[raw["close"].notna()]
    table = checked_frame(own[["close"]])
    for name in COLUMNS[1:]:
        if name in own:
            table[name] = _numbers(own[name], name)
    for name in COLUMNS[:2]:
        if name in table:
            values = table[[name]].to_numpy()
            wrong = ~np.isnan(values) & ~((values > 0) & np.isfinite(values))
            refuse_cells(table[[name]], wrong, "a price is finite and greater than zero")
    table = table.loc[pd.Timestamp(start) : pd.Timestamp(end)]
    if download.clock is not None and len(table):
        struck = download.clock.struck(pd.DatetimeIndex(table.index)) <= pd.Timestamp(now())
        if not struck.all():
            notes.append(f"{NOT_STRUCK} {table.index[~struck][0]:%Y-%m-%d}")
        table = table[struck]
    if table.empty:
        raise NoPricesError(f"the source has no prices from {start} to {end}")
    return replace(download, table=table, notes=tuple(notes))


def _numbers(column: pd.Series, name: str) -> pd.Series[float]:
    """Return a column as numbers by session."""
    if (bad := truths(column)).any():
        told = listed(f"{label:%Y-%m-%d}: {cell}" for label, cell in column[bad].items())
        raise PriceDataError(f"the source delivered a column {name!r} with true or false: {told}")
    try:
        values: pd.Series[float] = column.astype(float)
    except (TypeError, ValueError) as error:
        raise PriceDataError(f"the source delivered a column {name!r} without numbers") from error
    return values.set_axis(pd.DatetimeIndex(pd.to_datetime(values.index)).as_unit("us"))
