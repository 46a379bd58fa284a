"""Loading bars of live sources: asked with patience, stored, frozen, marked when they are stale."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from eventstudy.bars.bar_series import BarSeries
from eventstudy.bars.moex import MOEX_BARS
from eventstudy.bars.requests import Asked, BarRequest
from eventstudy.bars.source import COLUMNS, Candles, checked_candles
from eventstudy.bars.store import StoredBars, bar_cache, frozen_bars
from eventstudy.bars.yahoo import YAHOO_BARS
from eventstudy.errors import CacheError, InvalidArgumentError, NoPricesError, PriceError
from eventstudy.prices.network.retries import POLICY, Policy, with_retries
from eventstudy.prices.store.cache import Refresh, is_fresh_since, now
from eventstudy.prices.store.stored_series import Key

SOURCES: dict[str, Any] = {source.name: source for source in (MOEX_BARS, YAHOO_BARS)}
"""Live sources of bars by name."""
BACK = dt.timedelta(days=120)
"""How far back bars are asked for unless a request says otherwise: sixty ordinary days and more."""


def key_of(request: BarRequest) -> Key:
    """Return what identifies a series among stored bars."""
    options = {name: value for name, value in request.options.items() if name != "folder"}
    minutes = request.minutes or (10 if request.source == "moex" else 60)
    return Key.of(request.source, request.symbol, {"minutes": minutes, **options})


def check(request: BarRequest) -> None:
    """Refuse a request that cannot be right, without the network.

    Raises
    ------
    NoSuchSymbolError, InvalidArgumentError
        When it cannot be right.
    """
    SOURCES[request.source].check(request.symbol, request.options)


def fetch(request: BarRequest, start: dt.date, end: dt.date, policy: Policy = POLICY) -> Candles:
    """Fetch the bars of a span of days, both included, with retries.

    Raises
    ------
    PriceError
        One of its children; the text names source, symbol, attempts and what to do.
    """
    source = SOURCES[request.source]

    def ask() -> Candles:
        return checked_candles(
            source.fetch(request.symbol, request.options, start, end), start, end
        )

    return with_retries(source, request.symbol, ask, policy)


def load_live(request: BarRequest, ask: Asked) -> BarSeries:
    """Return the bars of a live source: frozen ones, else through the cache.

    Raises
    ------
    PriceError, InvalidArgumentError
        When they cannot be had, or name no market.
    """
    frozen = frozen_bars(ask.folder, key_of(request))
    if frozen is not None:
        return series_of(frozen, request, ask.start, "")
    stored, stale = current(
        request, ask.refresh, offline=ask.offline, start=ask.start, policy=ask.policy
    )
    if not stale and not is_fresh_since(stored.fetched_at):
        stale = f"the source was not asked{_when(stored)}"
    return series_of(stored, request, ask.start, stale)


def current(
    request: BarRequest,
    refresh: Refresh,
    *,
    offline: bool,
    start: dt.date | None,
    policy: Policy | None,
) -> tuple[StoredBars, str]:
    """Return the bars of a live source as they are stored, asked for again when that is due.

    Returns
    -------
    StoredBars
    str
        Why the source was not heard, when these are former ones; empty otherwise.

    Raises
    ------
    PriceError
        When none can be had.
    """
    key, cache = key_of(request), bar_cache()
    if offline:
        if (stored := cache.bars(key)) is None:
            raise CacheError("no bars are stored, and offline no source is asked")
        return stored, "" if is_fresh_since(stored.fetched_at) else f"offline{_when(stored)}"
    first = start or now().date() - BACK

    def ask(low: dt.date, high: dt.date) -> Candles:
        return fetch(request, low, high, policy or POLICY)

    try:
        return cache.current(key, first, refresh, ask), ""
    except PriceError as error:
        if (former := readable(key)) is None:
            raise
        return former, f"{error}. Stored bars are used{_when(former)}"


def readable(key: Key) -> StoredBars | None:
    """Return stored bars; None when there are none, or they are damaged."""
    try:
        return bar_cache().bars(key)
    except CacheError:
        return None


def _when(stored: StoredBars) -> str:
    return f", fetched on {stored.fetched_at:%Y-%m-%d}"


def series_of(
    stored: StoredBars, request: BarRequest, start: dt.date | None, stale: str
) -> BarSeries:
    """Return stored bars as a series, from a day on.

    Raises
    ------
    InvalidArgumentError
        When neither the request nor the source names a market.
    """
    candles = stored.candles
    market = request.market or candles.market
    if not market:
        raise InvalidArgumentError(
            f"{request.source} does not tell the market of {request.symbol}, whose hours hold. "
            'Write market = "XNYS" or another'
        )
    table = candles.table
    if start is not None:
        low = int(dt.datetime.combine(start, dt.time(), dt.UTC).timestamp()) - 86_400
        table = table[table["begin"] >= low]
    if table.empty:
        raise NoPricesError(f"there are no bars from {start} on")
    return _series(table.reset_index(drop=True), stored, request, market, stale)


def _series(
    table: Any, stored: StoredBars, request: BarRequest, market: str, stale: str
) -> BarSeries:
    columns = {name: table[name].to_numpy(dtype=float) for name in COLUMNS if name in table}
    versions: Mapping[str, str] = stored.candles.versions
    made = ", ".join(f"{name} {number}" for name, number in versions.items())
    both = request.source == "moex"
    asked = {name: getattr(request, name) for name in ("source", "symbol", "factor", "clock")}
    return BarSeries(
        table["begin"].to_numpy(),
        table["end"].to_numpy(),
        length=stored.candles.length,
        market=market,
        attribution=stored.candles.attribution,
        label="both, as the source says" if both else "start, as the source has it",
        notes=(*stored.candles.notes, f"through {made}"),
        stale=stale,
        **columns,
        **asked,
    )
