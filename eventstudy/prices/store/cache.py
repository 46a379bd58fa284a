"""The cache of live prices: each series is continued with an overlap, under a lock."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pandas as pd

from eventstudy.errors import CacheError, NoPricesError, PriceError
from eventstudy.moment import machine_now
from eventstudy.prices.provenance import lasting_notes, unstruck_note
from eventstudy.prices.source import PriceSeries
from eventstudy.prices.store.folder import SeriesFolder, unwritable
from eventstudy.prices.store.revisions import compare, joined
from eventstudy.prices.store.stored_series import COLUMNS, Key, Revision, StoredSeries

Refresh = Literal["auto", "never", "always"]
Fetch = Callable[[dt.date, dt.date], PriceSeries]
"""Fetches one series over a span, both ends included; see `network.retries.fetch`."""

OVERLAP = 10
"""Stored sessions that are asked for again, so that revisions are seen."""

FRESH = dt.timedelta(hours=12)
"""An answer younger than this is not asked for again by itself."""

PATIENCE = 300.0
"""Seconds to wait for another process that fetches the same series."""

_MOST_REVISIONS = 100
_MOST_NOTES = 30


def now() -> dt.datetime:
    """Return the present moment, UTC, in milliseconds."""
    moment = machine_now()
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def cache_folder() -> Path:
    """Return the folder of the cache: EVENTSTUDY_CACHE, else the platform's."""
    if named := os.environ.get("EVENTSTUDY_CACHE"):
        return Path(named)
    from platformdirs import user_cache_path

    return user_cache_path("eventstudy", appauthor=False) / "prices"


def is_fresh(stored: StoredSeries) -> bool:
    """Whether a stored series need not be asked for again: it ended, or was just fetched."""
    moment = stored.fetched_at
    return stored.series.ended or moment is None or is_fresh_since(moment)


def is_fresh_since(fetched_at: dt.datetime) -> bool:
    """Whether an answer of a moment need not be asked for again."""
    return dt.timedelta(0) <= now() - fetched_at < FRESH


class Cache(SeriesFolder):
    """A folder of live series, asked for again when that is due."""

    @classmethod
    def default(cls) -> Cache:
        """Return the user's cache."""
        return cls(cache_folder())

    def refreshed(self, key: Key, start: dt.date, refresh: Refresh, fetch: Fetch) -> StoredSeries:
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
        StoredSeries

        Raises
        ------
        PriceError
            What `fetch` raises, or `CacheError` when its answer cannot be stored. What was
            stored before then still is.
        """
        asked_at = now()
        with self._lock(key):
            self.settle(key)
            old, notes = self._undamaged(key)
            if old is not None and start >= old.span[0] and not _due(old, refresh, asked_at):
                return old
            try:
                new = _whole(key, start, fetch) if old is None else _continued(old, start, fetch)
            except PriceError as error:
                if not notes:
                    raise
                raise type(error)(f"{error}. What was stored is {notes[0]}") from error
            new = _noted(new, *notes)
            if old is not None and _rewritten(old, new):
                self.keep_vintage(old, stamp(old.fetched_at or asked_at))
            self.write(new)
            return new

    def _undamaged(self, key: Key) -> tuple[StoredSeries | None, list[str]]:
        """Return what is stored; set it aside when it is damaged, with a note."""
        try:
            return self.read(key), []
        except CacheError as error:
            moment = now()
            self.set_aside(key, stamp(moment))
            return None, [f"set aside since {moment:%Y-%m-%d}: {error}"]

    @contextmanager
    def _lock(self, key: Key) -> Iterator[None]:
        from filelock import FileLock, Timeout

        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path / f"{key.stem}.lock", timeout=PATIENCE)
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


def stamp(moment: dt.datetime) -> str:
    """Return a moment as it stands in the name of a file."""
    return f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03d}Z"


def _due(old: StoredSeries, refresh: Refresh, asked_at: dt.datetime) -> bool:
    if old.fetched_at is not None and asked_at <= old.fetched_at <= now():
        return False  # another process fetched it while this one waited for the lock
    return refresh == "always" or (refresh == "auto" and not is_fresh(old))


def _rewritten(old: StoredSeries, new: StoredSeries) -> bool:
    """Whether a price, dividend or split that was stored has another value now."""
    before = old.series.table.drop(columns="volume", errors="ignore")
    same_days = new.series.table.reindex(before.index)
    return not same_days.drop(columns="volume", errors="ignore").equals(before)


def _noted(stored: StoredSeries, *notes: str) -> StoredSeries:
    series = replace(stored.series, notes=(*stored.series.notes, *notes))
    return replace(stored, series=series)


def _whole(key: Key, start: dt.date, fetch: Fetch) -> StoredSeries:
    end = now().date()
    series = _storable(key, fetch(start, end), start, end)
    return StoredSeries(key, series, (start, end), now())


def _continued(old: StoredSeries, start: dt.date, fetch: Fetch) -> StoredSeries:
    """Return a stored series continued by the source's answer, or fetched again whole."""
    table, today = old.series.table, now().date()
    why = "earlier prices are wanted" if start < old.span[0] else ""
    if not why:
        first = table.index[-OVERLAP:][0]
        series = _storable(old.key, fetch(first.date(), today), first.date(), today)
        changes = compare(table.loc[first:], series.table, today)
        why = changes.whole or _other_series(old.series, series)
        if not why:
            lasting = lasting_notes(old.series.notes, old.series.unstruck)
            notes = tuple(dict.fromkeys([*lasting, *series.notes]))[-_MOST_NOTES:]
            series = replace(series, table=joined(table, series.table, first), notes=notes)
            new = StoredSeries(old.key, series, (old.span[0], today), now())
            return _with_revisions(new, old, changes.revisions)
    new = _whole(old.key, min(start, old.span[0]), fetch)
    changes = compare(table, new.series.table.loc[pd.Timestamp(old.span[0]) :], today)
    if start >= old.span[0]:
        new = _noted(new, f"fetched again whole on {today}: {why}")
    return _with_revisions(new, old, changes.revisions)


def _with_revisions(
    new: StoredSeries, old: StoredSeries, revisions: tuple[Revision, ...]
) -> StoredSeries:
    return replace(new, revisions=(*old.revisions, *revisions)[-_MOST_REVISIONS:])


def _other_series(old: PriceSeries, new: PriceSeries) -> str:
    """Return why an answer cannot continue what is stored; empty when it can."""
    for name in ("clock", "currency", "quote"):
        before, after = getattr(old, name), getattr(new, name)
        if str(before) != str(after):
            return f"the {name} was {str(before)!r} and is {str(after)!r}"
    return ""


def _storable(key: Key, series: PriceSeries, start: dt.date, end: dt.date) -> PriceSeries:
    """Return an answer as it is stored: under its key, as floats, without what is not yet struck.

    The answer keeps the contract of `network.delivered_rows.checked`.
    """
    columns = [name for name in COLUMNS if name in series.table]
    table = series.table[columns].astype(float)
    sessions = pd.DatetimeIndex(table.index, freq=None, name="session").as_unit("us")
    table, notes, unstruck = table.set_axis(sessions), series.notes, None
    if series.clock is not None:
        struck = series.clock.struck(sessions) <= pd.Timestamp(now())
        if not struck.all():
            unstruck = sessions[~struck][0].date()
            notes = (*notes, unstruck_note(unstruck))
        table = table[struck]
    if table.empty:
        raise NoPricesError(f"the source has no prices from {start} to {end}")
    return replace(
        series, table=table, source=key.source, symbol=key.symbol, notes=notes, unstruck=unstruck
    )
