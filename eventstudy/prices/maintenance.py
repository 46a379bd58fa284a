"""What is stored of a study's prices: list it, refresh it, verify it, freeze it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from eventstudy.errors import (
    CacheError,
    InvalidArgumentError,
    PriceError,
    UnknownNameError,
    nearest,
)
from eventstudy.moment import today
from eventstudy.prices.live_source import LiveSource
from eventstudy.prices.loading import START, Failure, Loader, joined, parsed
from eventstudy.prices.network.retries import Policy
from eventstudy.prices.source import PriceSeries
from eventstudy.prices.sources.registry import Wanted
from eventstudy.prices.store.cache import Cache, is_fresh
from eventstudy.prices.store.folder import Shelf
from eventstudy.prices.store.frozen import FOLDER, Frozen, as_entry, keep
from eventstudy.prices.store.stored_series import Entry

Request = Mapping[str, str | Mapping[str, object]]


@dataclass(frozen=True)
class Holding:
    """What is stored of one series.

    Parameters
    ----------
    asset, source, symbol : str
        The series.
    where : str
        "frozen", "cache", "package", "file" or "nowhere".
    first, last : date or None
        Its first and last session.
    rows : int
        Number of sessions.
    fetched_at : datetime or None
        When the source last answered, UTC.
    due : bool
        Whether a run would ask the source again.
    size : int
        Bytes on the disk.
    fault : str
        What is wrong with it; empty when nothing is.
    """

    asset: str
    source: str
    symbol: str
    where: str
    first: dt.date | None = None
    last: dt.date | None = None
    rows: int = 0
    fetched_at: dt.datetime | None = None
    due: bool = False
    size: int = 0
    fault: str = ""


def holdings(request: Request, folder: Path) -> list[Holding]:
    """Return what is stored of every series of a study, without the network.

    Parameters
    ----------
    request : mapping
        As `load_prices` takes it.
    folder : Path
        Folder of the study.

    Returns
    -------
    list of Holding
    """
    cache, frozen = Cache.default(), Frozen.beside(folder)
    return [
        _holding(asset, own, cache, frozen)
        if isinstance(own, Wanted)
        else Holding(asset, "", "", "nowhere", fault=str(own))
        for asset, own in parsed(request, folder).items()
    ]


def _holding(asset: str, own: Wanted, cache: Cache, frozen: Frozen | None) -> Holding:
    name, where = own.source.name, "nowhere"
    try:
        if frozen and (entry := frozen.read(own.key)):
            return _held(asset, entry, "frozen", frozen.shelf)
        if not isinstance(own.source, LiveSource):
            where = _home(own)
            known = own.source.load(own.symbol, own.options).provenance
            return Holding(asset, name, own.symbol, where, known.first, known.last, known.rows)
        if held := cache.shelf.read(own.key):
            return _held(asset, held, "cache", cache.shelf)
    except (PriceError, InvalidArgumentError) as error:
        return Holding(asset, name, own.symbol, where, fault=str(error))
    return Holding(asset, name, own.symbol, where, due=True)


def _held(asset: str, entry: Entry, where: str, shelf: Shelf) -> Holding:
    index = entry.download.table.index
    return Holding(
        asset,
        entry.key.source,
        entry.key.symbol,
        where,
        index[0].date(),
        index[-1].date(),
        len(index),
        entry.fetched_at,
        where == "cache" and not is_fresh(entry),
        shelf.size(entry.key),
    )


def _home(own: Wanted) -> str:
    return "file" if "folder" in own.source.options else "package"


@dataclass(frozen=True)
class Refreshed:
    """What became of one series that was refreshed.

    Parameters
    ----------
    asset : str
        The series.
    rows : int
        Sessions that are stored now.
    added : int
        How many of them are new.
    last : date or None
        The last of them.
    notes : tuple of str
        What is newly known of it, such as revised closes.
    failed : str
        Why it could not be refreshed; empty when it was.
    """

    asset: str
    rows: int = 0
    added: int = 0
    last: dt.date | None = None
    notes: tuple[str, ...] = ()
    failed: str = ""


def refresh(
    request: Request,
    folder: Path,
    assets: Collection[str] = (),
    *,
    start: dt.date | None = None,
    policy: Policy | None = None,
) -> Iterator[Refreshed]:
    """Ask live sources again for the series of a study, one after another.

    Parameters
    ----------
    request : mapping
        As `load_prices` takes it.
    folder : Path
        Folder of the study.
    assets : collection of str
        Series to refresh; none = all live ones.
    start : date, optional
        First day that is wanted.
    policy : Policy, optional
        How often and how long to try.

    Yields
    ------
    Refreshed

    Raises
    ------
    UnknownNameError
        When there is no such series.
    PriceError, InvalidArgumentError
        When a request is wrong.
    """
    for asset in assets:
        if asset not in request:
            raise UnknownNameError(
                f"no series {asset!r} in the study. {nearest(asset, [*request])}"
            )
    loader = Loader(start or START, "always", policy)
    for asset, own in _sound(request, folder).items():
        if (not assets or asset in assets) and isinstance(own.source, LiveSource):
            yield _refreshed(asset, own, loader)
        elif asset in assets:
            what = {"file": "your own file", "package": "data of an installed package"}[_home(own)]
            yield Refreshed(asset, notes=(f"nothing to refresh: it is {what}",))


def _refreshed(asset: str, own: Wanted, loader: Loader) -> Refreshed:
    try:
        before = loader.cache.shelf.read(own.key)
    except CacheError:
        before = None
    try:
        entry, failed = loader.entry(asset, own)
    except PriceError as error:
        return Refreshed(asset, failed=str(error))
    index = entry.download.table.index
    return Refreshed(
        asset,
        rows=len(index),
        added=len(index.difference(before.download.table.index) if before else index),
        last=index[-1].date(),
        notes=tuple(note for note in entry.notes() if before is None or note not in before.notes()),
        failed=failed,
    )


def _sound(request: Request, folder: Path) -> dict[str, Wanted]:
    """Return what is wanted; raise when a request is wrong."""
    series = parsed(request, folder)
    wrong: dict[str, Failure] = {a: own for a, own in series.items() if not isinstance(own, Wanted)}
    if wrong:
        raise joined(wrong)
    return {asset: own for asset, own in series.items() if isinstance(own, Wanted)}


def verify(request: Request, folder: Path) -> dict[str, str]:
    """Compute the SHA-256 of everything stored again.

    Parameters
    ----------
    request : mapping
        The series of a study, as `load_prices` takes it; empty = the cache alone.
    folder : Path
        Folder of the study.

    Returns
    -------
    dict of str to str
        What is wrong with each stored series, in the cache and beside the study; empty when
        nothing is.
    """
    shelf = Cache.default().shelf
    found = {f"cache: {stem}": shelf.fault(stem) for stem in shelf.stems()}
    try:
        frozen = Frozen.beside(folder) if request else None
    except CacheError as error:
        return {**found, FOLDER: str(error)}
    for asset, known in (frozen.series if frozen else {}).items():
        if frozen and "stem" in known:
            found[f"{FOLDER}: {asset}"] = frozen.shelf.fault(known["stem"])
        elif asset in request:
            found[f"file: {asset}"] = _changed(request, folder, asset, known["sha256"])
    return found


def _changed(request: Request, folder: Path, asset: str, sha256: str) -> str:
    """Return why a file of the user's is not the one that was frozen."""
    own = parsed({asset: request[asset]}, folder)[asset]
    if not isinstance(own, Wanted) or isinstance(own.source, LiveSource):
        return "it came from a file when the study was frozen, and does no longer"
    try:
        same = own.source.load(own.symbol, own.options).provenance.sha256 == sha256
    except (PriceError, InvalidArgumentError) as error:
        return str(error)
    return "" if same else "its prices are not those that it had when the study was frozen"


@dataclass(frozen=True)
class Freeze:
    """What was kept beside a study.

    Parameters
    ----------
    kept : tuple of str
        Series that were copied.
    files : tuple of str
        Series of the user's own files, which stay where they are.
    outside : tuple of str
        Those of them that lie outside the folder of the study.
    stale : mapping of str to str
        Series that could not be refreshed before, and why.
    """

    kept: tuple[str, ...]
    files: tuple[str, ...]
    outside: tuple[str, ...]
    stale: Mapping[str, str]


def freeze(
    request: Request,
    folder: Path,
    *,
    start: dt.date | None = None,
    offline: bool = False,
    policy: Policy | None = None,
) -> Freeze:
    """Keep all series of a study beside it, so that it gives the same numbers anywhere.

    Parameters
    ----------
    request : mapping
        As `load_prices` takes it.
    folder : Path
        Folder of the study.
    start : date, optional
        First day that is wanted.
    offline : bool
        Whether to take what is stored and open no connection.
    policy : Policy, optional
        How often and how long to try.

    Returns
    -------
    Freeze

    Raises
    ------
    PriceError
        When a series cannot be had: a study is frozen whole or not at all.
    """
    loader = Loader(start or START, "auto", policy, offline=offline)
    entries: dict[str, Entry] = {}
    files: dict[str, PriceSeries] = {}
    failed: dict[str, Failure] = {}
    stale: dict[str, str] = {}
    outside: list[str] = []
    for asset, own in _sound(request, folder).items():
        try:
            if isinstance(own.source, LiveSource):
                entries[asset], late = loader.entry(asset, own)
                stale |= {asset: late} if late else {}
            elif _home(own) == "package":
                entries[asset] = as_entry(own.key, own.source.load(own.symbol, own.options))
            else:
                files[asset] = own.source.load(own.symbol, own.options)
                place = folder / str(own.options.get("path") or own.symbol)
                outside += [] if place.resolve().is_relative_to(folder.resolve()) else [asset]
        except (PriceError, InvalidArgumentError) as error:
            failed[asset] = error
    if failed:
        raise joined(failed)
    keep(folder, entries, files, today())
    return Freeze(tuple(entries), tuple(files), tuple(outside), stale)
