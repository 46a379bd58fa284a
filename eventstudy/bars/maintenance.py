"""What is stored of a study's bars: list it, freeze it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from eventstudy.bars.live import key_of, stored_for_freezing
from eventstudy.bars.requests import IMPLIED, BarRequest, Request, read_bar_request
from eventstudy.bars.store import BarFolder, StoredBars, bar_cache, frozen_bars
from eventstudy.errors import CacheError
from eventstudy.prices.maintenance import Holding
from eventstudy.prices.network.retries import Policy
from eventstudy.prices.store.cache import is_fresh_since


def _requests(request: Request, folder: Path) -> dict[str, BarRequest]:
    return {asset: read_bar_request(asset, one, folder) for asset, one in request.items()}


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
    name = f"bars of {asset}"
    if not request.live:
        where = {"sample": "package", IMPLIED: "computed"}.get(request.source, "file")
        return Holding(name, request.source, request.symbol, where)
    key = key_of(request)
    for store, where in ((frozen_bars(folder), "frozen"), (bar_cache(), "cache")):
        try:
            stored = store.bars(key)
        except CacheError as error:
            return Holding(name, request.source, request.symbol, where, fault=str(error))
        if stored is not None:
            return _stored(name, stored, where, store)
    return Holding(name, request.source, request.symbol, "nowhere", due=True)


def _stored(name: str, stored: StoredBars, where: str, store: BarFolder) -> Holding:
    table = stored.candles.table
    first, last = (
        dt.datetime.fromtimestamp(int(table["begin"].iloc[place]), dt.UTC).date()
        for place in (0, -1)
    )
    due = where == "cache" and not is_fresh_since(stored.fetched_at)
    return Holding(
        name,
        stored.key.source,
        stored.key.symbol,
        where,
        first,
        last,
        len(table),
        stored.fetched_at,
        due,
        store.size(stored.key),
    )


def freeze_bars(
    request: Request,
    folder: Path,
    *,
    start: dt.date | None = None,
    offline: bool = False,
    policy: Policy | None = None,
) -> tuple[str, ...]:
    """Keep the live bars of a study beside it, so that it gives the same numbers anywhere.

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

    Returns
    -------
    tuple of str
        The assets whose bars were kept.

    Raises
    ------
    PriceError
        When bars cannot be had.
    """
    live = {asset: one for asset, one in _requests(request, folder).items() if one.live}
    stored = {
        asset: stored_for_freezing(one, offline=offline, start=start, policy=policy)
        for asset, one in live.items()
    }
    store = frozen_bars(folder)
    for bars in stored.values():
        store.put_bars(bars)
    return tuple(stored)
