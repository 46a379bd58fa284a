"""What is stored of a study's prices: list it, refresh it, verify it, freeze it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from eventstudy.errors import CacheError, InvalidArgumentError, PriceError, refuse_unknown
from eventstudy.moment import today
from eventstudy.prices.loading import START, Loader
from eventstudy.prices.network.retries import Policy
from eventstudy.prices.requests import (
    Failure,
    Request,
    SeriesRequest,
    one_error,
    read_requests,
    sound_requests,
)
from eventstudy.prices.store.cache import Cache, is_fresh
from eventstudy.prices.store.folder import SeriesFolder
from eventstudy.prices.store.frozen import FOLDER, Frozen, keep
from eventstudy.prices.store.stored_series import StoredSeries


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
        _holding(asset, wanted, cache, frozen)
        if isinstance(wanted, SeriesRequest)
        else Holding(asset, "", "", "nowhere", fault=str(wanted))
        for asset, wanted in read_requests(request, folder).items()
    ]


def _holding(asset: str, wanted: SeriesRequest, cache: Cache, frozen: Frozen | None) -> Holding:
    name, where = wanted.source.name, "nowhere"
    try:
        if frozen and (stored := frozen.read(wanted.key)):
            return _stored(asset, stored, "frozen", frozen.store)
        if not wanted.live:
            where = wanted.home
            origin = wanted.read().provenance
            return Holding(
                asset, name, wanted.symbol, where, origin.first, origin.last, origin.rows
            )
        if stored := cache.read(wanted.key):
            return _stored(asset, stored, "cache", cache)
    except (PriceError, InvalidArgumentError) as error:
        return Holding(asset, name, wanted.symbol, where, fault=str(error))
    return Holding(asset, name, wanted.symbol, where, due=True)


def _stored(asset: str, stored: StoredSeries, where: str, store: SeriesFolder) -> Holding:
    origin, due = stored.series.provenance, where == "cache" and not is_fresh(stored)
    held = (where, origin.first, origin.last, origin.rows, stored.fetched_at, due)
    return Holding(asset, origin.source, origin.symbol, *held, store.size(stored.key))


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
        refuse_unknown(asset, request, f"no series {asset!r} in the study")
    loader = Loader(start or START, "always", policy)
    for asset, wanted in sound_requests(request, folder).items():
        if wanted.live and (not assets or asset in assets):
            yield _refreshed(asset, wanted, loader)
        elif asset in assets:
            what = {"file": "your own file", "package": "data of an installed package"}[wanted.home]
            yield Refreshed(asset, notes=(f"nothing to refresh: it is {what}",))


def _refreshed(asset: str, wanted: SeriesRequest, loader: Loader) -> Refreshed:
    before = loader.readable(wanted)
    try:
        stored, failed = loader.stored(asset, wanted)
    except PriceError as error:
        return Refreshed(asset, failed=str(error))
    index = stored.series.table.index
    former = before.notes() if before else ()
    return Refreshed(
        asset,
        rows=len(index),
        added=len(index.difference(before.series.table.index) if before else index),
        last=index[-1].date(),
        notes=tuple(note for note in stored.notes() if note not in former),
        failed=failed,
    )


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
    cache = Cache.default()
    faults = {f"cache: {stem}": cache.fault(stem) for stem in cache.stems()}
    try:
        frozen = Frozen.beside(folder) if request else None
    except CacheError as error:
        return {**faults, FOLDER: str(error)}
    for asset, facts in (frozen.series if frozen else {}).items():
        if frozen and "stem" in facts:
            faults[f"{FOLDER}: {asset}"] = frozen.store.fault(facts["stem"])
        elif asset in request:
            faults[f"file: {asset}"] = _changed(request, folder, asset, facts["sha256"])
    return faults


def _changed(request: Request, folder: Path, asset: str, sha256: str) -> str:
    """Return why a file of the user's is not the one that was frozen."""
    wanted = read_requests({asset: request[asset]}, folder)[asset]
    if not isinstance(wanted, SeriesRequest) or wanted.live:
        return "it came from a file when the study was frozen, and does no longer"
    try:
        same = wanted.read().provenance.sha256 == sha256
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
    copies: dict[str, StoredSeries] = {}
    files: dict[str, Mapping[str, str]] = {}
    failed: dict[str, Failure] = {}
    stale: dict[str, str] = {}
    outside: list[str] = []
    for asset, wanted in sound_requests(request, folder).items():
        try:
            if wanted.live:
                copies[asset], late = loader.stored(asset, wanted)
                stale |= {asset: late} if late else {}
                continue
            series = wanted.read()
        except (PriceError, InvalidArgumentError) as error:
            failed[asset] = error
            continue
        if wanted.home == "package":
            origin = series.provenance
            copies[asset] = StoredSeries(wanted.key, series, (origin.first, origin.last))
        else:
            sha256 = series.provenance.sha256
            files[asset] = {"source": series.source, "symbol": series.symbol, "sha256": sha256}
            file = folder / str(wanted.options.get("path") or wanted.symbol)
            outside += [] if file.resolve().is_relative_to(folder.resolve()) else [asset]
    if failed:
        raise one_error(failed)
    keep(SeriesFolder(folder / FOLDER), copies, files, today())
    return Freeze(tuple(copies), tuple(files), tuple(outside), stale)
