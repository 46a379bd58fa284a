"""What is stored of a study's bars: list it, refresh it, verify it, freeze it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from eventstudy.bars.live import current, key_of, readable
from eventstudy.bars.loading import read
from eventstudy.bars.requests import IMPLIED, BarRequest, Request, read_bar_request
from eventstudy.bars.store import BarFolder, StoredBars, bar_cache, frozen_bars, frozen_folder
from eventstudy.errors import CacheError, InvalidArgumentError, PriceError
from eventstudy.moment import today
from eventstudy.prices.maintenance import Freeze, Holding, Refreshed
from eventstudy.prices.network.retries import Policy
from eventstudy.prices.requests import Failure, one_error
from eventstudy.prices.store.cache import is_fresh_since
from eventstudy.prices.store.frozen import Frozen, keep
from eventstudy.prices.store.stored_series import StoredSeries

NAMED = "bars of "
"""What the name of an asset begins with where its bars are meant, and not its daily prices."""


def _requests(request: Request, folder: Path) -> dict[str, BarRequest]:
    """Return what is asked for, each contract of futures by itself."""
    requests: dict[str, BarRequest] = {}
    for asset, wanted in request.items():
        one = read_bar_request(asset, wanted, folder)
        requests |= {f"{asset} {day}": part for day, part in one.contracts.items()} or {asset: one}
    return requests


def bar_holdings(request: Request, folder: Path) -> list[Holding]:
    """Return what is stored of the bars of a study, without the network.

    Parameters
    ----------
    request : mapping
        As `load_bars` takes it.
    folder : Path
        Folder of the study.
    """
    return [_holding(asset, one, folder) for asset, one in _requests(request, folder).items()]


def _holding(asset: str, request: BarRequest, folder: Path) -> Holding:
    name = f"{NAMED}{asset}"
    if not request.live:
        where = {"sample": "package", IMPLIED: "computed"}.get(request.source, "file")
        return Holding(name, request.source, request.symbol, where)
    key, where = key_of(request), "frozen"
    try:
        if (stored := frozen_bars(folder, key)) is not None:
            return _stored(name, stored, where, frozen_folder(folder))
        where = "cache"
        if (stored := bar_cache().bars(key)) is not None:
            return _stored(name, stored, where, bar_cache())
    except CacheError as error:
        return Holding(name, request.source, request.symbol, where, fault=str(error))
    return Holding(name, request.source, request.symbol, "nowhere", due=True)


def _stored(name: str, stored: StoredBars, where: str, store: BarFolder) -> Holding:
    table = stored.candles.table
    due = where == "cache" and not is_fresh_since(stored.fetched_at)
    held = (where, _day(stored, 0), _day(stored, -1), len(table), stored.fetched_at, due)
    return Holding(name, stored.key.source, stored.key.symbol, *held, store.size(stored.key))


def _day(stored: StoredBars, place: int) -> dt.date:
    begin = int(stored.candles.table["begin"].iloc[place])
    return dt.datetime.fromtimestamp(begin, dt.UTC).date()


def refresh_bars(
    request: Request,
    folder: Path,
    assets: Collection[str] = (),
    *,
    start: dt.date | None = None,
    policy: Policy | None = None,
) -> Iterator[Refreshed]:
    """Ask live sources again for the bars of a study, one series after another.

    Parameters
    ----------
    request : mapping
        As `load_bars` takes it.
    folder : Path
        Folder of the study.
    assets : collection of str
        Assets whose bars to refresh; none = all live ones.
    start : date, optional
        First day that is wanted. Default: 120 days ago.
    policy : Policy, optional
        How often and how long to try.

    Yields
    ------
    Refreshed
        Rows are bars.

    Raises
    ------
    PriceError, InvalidArgumentError
        When a request is wrong.
    """
    chosen = {asset: one for asset, one in request.items() if not assets or asset in assets}
    for asset, one in _requests(chosen, folder).items():
        if one.live:
            yield _refreshed(f"{NAMED}{asset}", one, start, policy)
        elif assets:
            kinds = {"sample": "data of an installed package", IMPLIED: "computed from others"}
            what = kinds.get(one.source, "your own file")
            yield Refreshed(f"{NAMED}{asset}", notes=(f"nothing to refresh: it is {what}",))


def _refreshed(
    name: str, request: BarRequest, start: dt.date | None, policy: Policy | None
) -> Refreshed:
    before = readable(key_of(request))
    try:
        stored, failed = current(request, "always", offline=False, start=start, policy=policy)
    except PriceError as error:
        return Refreshed(name, failed=str(error))
    begins = set(stored.candles.table["begin"].tolist())
    former = set(before.candles.table["begin"].tolist()) if before else set()
    notes = before.candles.notes if before else ()
    return Refreshed(
        name,
        rows=len(begins),
        added=len(begins - former),
        last=_day(stored, -1),
        notes=tuple(note for note in stored.candles.notes if note not in notes),
        failed=failed,
    )


def verify_bars(request: Request, folder: Path) -> dict[str, str]:
    """Compute the SHA-256 of all stored bars again.

    Parameters
    ----------
    request : mapping
        The bars of a study, as `load_bars` takes it; empty = the cache alone.
    folder : Path
        Folder of the study.

    Returns
    -------
    dict of str to str
        What is wrong with each stored series, in the cache and beside the study; empty when
        nothing is.
    """
    cache, store = bar_cache(), frozen_folder(folder)
    faults = {f"cache: bars/{stem}": cache.fault(stem) for stem in cache.stems()}
    try:
        frozen = Frozen.of(store) if request else None
    except CacheError as error:
        return {**faults, "prices/bars": str(error)}
    requests = _requests(request, folder)
    for asset, facts in (frozen.series if frozen else {}).items():
        if "stem" in facts:
            faults[f"prices/bars: {asset}"] = store.fault(facts["stem"])
        elif asset in requests:
            faults[f"file: {NAMED}{asset}"] = _changed(requests[asset], facts["sha256"])
    return faults


def _changed(request: BarRequest, sha256: str) -> str:
    """Return why a file of the user's is not the one that was frozen."""
    if request.live:
        return "they came from a file when the study was frozen, and do no longer"
    try:
        same = read(request).sha256 == sha256
    except (PriceError, InvalidArgumentError) as error:
        return str(error)
    return "" if same else "its bars are not those that it had when the study was frozen"


@dataclass(frozen=True)
class GatheredBars:
    """Bars that can be frozen: all are there, none is written yet.

    Parameters
    ----------
    copies : mapping of str to StoredBars
        Bars of live sources.
    files : mapping of str to mapping
        Source, symbol and sha256 of the bars of the user's own files.
    outside : tuple of str
        Those of them whose files lie outside the folder of the study.
    stale : mapping of str to str
        Bars whose source was not heard, and why.
    """

    copies: Mapping[str, StoredBars]
    files: Mapping[str, Mapping[str, str]]
    outside: tuple[str, ...]
    stale: Mapping[str, str]

    def keep(self, folder: Path) -> Freeze:
        """Write them beside a study in a folder.

        Raises
        ------
        CacheError, OutputError
            As `eventstudy.prices.store.frozen.keep`.
        """
        if self.copies or self.files:
            stored = cast("Mapping[str, StoredSeries]", self.copies)
            keep(frozen_folder(folder), stored, self.files, today())
        names = tuple(self.copies), tuple(self.files)
        return Freeze(*names, self.outside, self.stale)


def gather_bars(
    request: Request,
    folder: Path,
    *,
    start: dt.date | None = None,
    offline: bool = False,
    policy: Policy | None = None,
) -> GatheredBars:
    """Return the bars of a study as they can be kept beside it: `GatheredBars.keep` does that.

    Parameters
    ----------
    request : mapping
        As `load_bars` takes it.
    folder : Path
        Folder of the study; bars go into its folder `prices/bars`.
    start : date, optional
        First day that is wanted.
    offline : bool
        Whether to take what is stored and open no connection.
    policy : Policy, optional
        How often and how long to try.

    Raises
    ------
    PriceError
        When a series cannot be had: a study is frozen whole or not at all.
    """
    copies: dict[str, StoredBars] = {}
    files: dict[str, Mapping[str, str]] = {}
    stale: dict[str, str] = {}
    failed: dict[str, Failure] = {}
    outside: list[str] = []
    for asset, one in _requests(request, folder).items():
        name = f"{NAMED}{asset}"
        try:
            if one.live:
                asked = current(one, "auto", offline=offline, start=start, policy=policy)
                copies[asset] = asked[0]
                stale |= {name: asked[1]} if asked[1] else {}
            elif one.source == "csv":
                sha256 = read(one).sha256
                files[asset] = {"source": one.source, "symbol": one.symbol, "sha256": sha256}
                inside = one.options["path"].resolve().is_relative_to(folder.resolve())
                outside += [] if inside else [name]
        except (PriceError, InvalidArgumentError) as error:
            failed[name] = error
    if failed:
        raise one_error(failed)
    return GatheredBars(copies, files, tuple(outside), stale)
