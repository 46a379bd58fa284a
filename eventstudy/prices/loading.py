"""Loading prices: packages and files as they are, live sources through the cache."""

from __future__ import annotations

import datetime as dt
import shlex
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import get_args

import pandas as pd

from eventstudy.errors import (
    CacheError,
    InvalidArgumentError,
    PriceError,
    RateLimitedError,
    UnknownNameError,
    UnreachableError,
)
from eventstudy.moment import today as machine_today
from eventstudy.prices.clock import Clock
from eventstudy.prices.live_source import Download, LiveSource
from eventstudy.prices.network.retries import POLICY, Policy, fetch
from eventstudy.prices.panel import Prices
from eventstudy.prices.provenance import Provenance
from eventstudy.prices.quality.spacing import refuse_far_apart
from eventstudy.prices.source import PriceSeries
from eventstudy.prices.sources.registry import Wanted, wanted
from eventstudy.prices.store.cache import Cache, Refresh, is_fresh
from eventstudy.prices.store.frozen import Frozen
from eventstudy.prices.store.stored_series import Entry
from eventstudy.words.numbers import count

START = dt.date(2000, 1, 1)
"""First day that live sources are asked for unless a request says otherwise."""

_PATIENCE = 2
"""Series of one source that may fail for its silence before the others are not asked."""

Failure = PriceError | UnknownNameError | InvalidArgumentError


def load_prices(
    request: Mapping[str, str | Mapping[str, object]],
    *,
    folder: str | Path | None = None,
    offline: bool = False,
    refresh: Refresh = "auto",
    start: dt.date | None = None,
    policy: Policy | None = None,
    today: dt.date | None = None,
) -> Prices:
    """Load the prices of several assets.

    Live sources are asked through the cache. When one does not deliver, its stored prices
    are used and marked (`Provenance.stale`); without stored ones the asset is left out
    (`Prices.missing`). A study that was frozen reads the prices beside it and asks nobody.

    Parameters
    ----------
    request : mapping of str to str or mapping
        For each asset ``"source:symbol"``, such as ``"ecb:RUB/USD"``, ``"sample:IMOEX"`` or
        ``"csv:prices.csv"``; or a mapping with the keys ``source`` (a name, or an object of
        the same shape as a source), ``symbol`` and the source's options, as in study.toml.
        Of a live source ``price`` is ``"adjusted"`` (for splits and dividends; the default
        where there are such closes) or ``"close"``.
    folder : str or Path, optional
        Folder that paths of files are relative to, and whose folder ``prices`` holds the
        prices of a frozen study. Default: the current one.
    offline : bool
        Whether to use stored prices alone and open no connection.
    refresh : {"auto", "never", "always"}
        When to ask a live source again for a series that is stored: when its last answer is
        older than 12 hours, never, or always.
    start : date, optional
        First day of prices from live sources. Default: 1 January 2000.
    policy : Policy, optional
        How often and how long to try; see `eventstudy.prices.network.retries`.
    today : date, optional
        Day on which files are read: a price that was due before it and is not there is not
        to be waited for. Default: that of SOURCE_DATE_EPOCH, else of the machine, UTC.

    Returns
    -------
    Prices
        The union of the assets' sessions; every asset keeps its own.

    Raises
    ------
    UnknownNameError
        When a source or an option does not exist.
    NoSuchSymbolError
        When a source does not know a symbol.
    PriceDataError
        When prices are malformed.
    InvalidArgumentError
        When the request is not one, or the value of an option cannot be used.
    PriceError
        When several series fail for different reasons, or none is left; the text lists all.
    """
    if not isinstance(request, Mapping) or not request:
        raise InvalidArgumentError('name at least one series: load_prices({"RUB": "ecb:RUB/USD"})')
    if refresh not in get_args(Refresh):
        raise InvalidArgumentError(f"refresh is {refresh!r}; it is auto, never or always")
    place = Path() if folder is None else Path(folder)
    series = parsed(request, place)
    frozen = Frozen.beside(place)
    loader = Loader(start or START, refresh, policy, offline=offline, frozen=frozen, today=today)
    loaded, missing = loader.load(series)
    return Prices(
        pd.DataFrame({asset: own.prices for asset, own in loaded.items()}),
        {asset: own.clock for asset, own in loaded.items()},
        {asset: own.provenance for asset, own in loaded.items()},
        {asset: str(error) for asset, error in missing.items()},
    )


def parsed(
    request: Mapping[str, str | Mapping[str, object]], folder: Path
) -> dict[str, Wanted | Failure]:
    """Return what is wanted of each asset, or what is wrong with its request."""
    series: dict[str, Wanted | Failure] = {}
    for asset, own in request.items():
        try:
            series[asset] = wanted(own, folder)
        except (PriceError, UnknownNameError, InvalidArgumentError) as error:
            series[asset] = error
    return series


@dataclass(frozen=True, eq=False)
class Loaded:
    """One series that was loaded.

    Parameters
    ----------
    prices : Series
        Its prices.
    clock : Clock or None
        When they are struck.
    provenance : Provenance
        Where they are from.
    """

    prices: pd.Series[float]
    clock: Clock | None
    provenance: Provenance


@dataclass
class Loader:
    """Loads series, each on its own, and keeps count of sources that do not answer.

    Parameters
    ----------
    start : datetime.date
        First day of prices from live sources.
    refresh : {"auto", "never", "always"}
        When to ask again for what is stored.
    policy : Policy or None
        How often and how long to try; None = as in ordinary runs.
    offline : bool
        Whether to open no connection.
    frozen : Frozen or None
        Prices beside the study, which come first.
    today : datetime.date or None
        Day on which files are read; None = today.
    """

    start: dt.date
    refresh: Refresh = "auto"
    policy: Policy | None = None
    offline: bool = field(default=False, kw_only=True)
    frozen: Frozen | None = field(default=None, kw_only=True)
    cache: Cache = field(default_factory=Cache.default, kw_only=True)
    silent: Counter[str] = field(default_factory=Counter, kw_only=True)
    today: dt.date | None = field(default=None, kw_only=True)

    def load(
        self, series: Mapping[str, Wanted | Failure]
    ) -> tuple[dict[str, Loaded], dict[str, PriceError]]:
        """Return the series that can be had, and why others cannot.

        Raises
        ------
        PriceError, UnknownNameError, InvalidArgumentError
            What the user must correct, or when no series is left.
        """
        loaded: dict[str, Loaded] = {}
        wrong = {asset: own for asset, own in series.items() if not isinstance(own, Wanted)}
        missing: dict[str, PriceError] = {}
        sound = [(asset, own) for asset, own in series.items() if isinstance(own, Wanted)]
        for asset, own in sorted(sound, key=lambda item: isinstance(item[1].source, LiveSource)):
            live = isinstance(own.source, LiveSource)
            if live and wrong:
                continue  # nobody is asked for a request that is wrong
            try:
                loaded[asset] = self.one(asset, own)
            except (PriceError, UnknownNameError, InvalidArgumentError) as error:
                if isinstance(error, CacheError) or (live and isinstance(error, PriceError)):
                    missing[asset] = error
                else:
                    wrong[asset] = error
        if wrong or not loaded:
            raise joined({a: e for a in series if (e := wrong.get(a) or missing.get(a))})
        return {asset: loaded[asset] for asset in series if asset in loaded}, missing

    def one(self, asset: str, own: Wanted) -> Loaded:
        """Return one series: from the frozen study, its package or file, or the cache.

        Raises
        ------
        PriceError
            When it cannot be had, or its prices are not daily.
        """
        loaded = self._found(asset, own)
        refuse_far_apart(loaded.prices, own.symbol)
        return loaded

    def _found(self, asset: str, own: Wanted) -> Loaded:
        if self.frozen and (entry := self.frozen.read(own.key)):
            return self._dated(_as_loaded(own, entry, self._lacking(entry), self.start))
        if not isinstance(own.source, LiveSource):
            found: PriceSeries = own.source.load(own.symbol, own.options)
            return self._dated(Loaded(found.prices, found.clock, found.provenance))
        entry, stale = self.entry(asset, own)
        loaded = _as_loaded(own, entry, stale, self.start)
        return self._dated(loaded) if stale else loaded

    def _dated(self, loaded: Loaded) -> Loaded:
        """Return a series with the day on which it was read; a frozen one was when it was frozen.

        So that a frozen study gives the same numbers and words at any time.
        """
        known = loaded.provenance
        if self.frozen is None:
            day = self.today or machine_today()
        else:
            day = self.frozen.day or known.asked or known.last
        return replace(loaded, provenance=replace(known, read=day))

    def entry(self, asset: str, own: Wanted) -> tuple[Entry, str]:
        """Return the entry of a live series, and why it is stale; empty when it is not."""
        if self.offline:
            return self._stored(asset, own)
        name = own.source.name
        try:
            entry = self.cache.refreshed(own.key, self.start, self.refresh, self._fetcher(own))
        except PriceError as error:
            if isinstance(error, UnreachableError | RateLimitedError):
                self.silent[name] += 1
            held = _readable(self.cache, own)
            if held is None:
                raise
            return held, f"{error}. Stored prices are used{_when(held)}"
        self.silent[name] = 0
        return entry, "" if is_fresh(entry) else f"the source was not asked again{_when(entry)}"

    def _stored(self, asset: str, own: Wanted) -> tuple[Entry, str]:
        held = self.cache.shelf.read(own.key)
        if held is None:
            raise CacheError(
                "no prices are stored and offline no source is asked. With a connection, run "
                f"`eventstudy prices refresh {shlex.quote(asset)}`"
            )
        stale = "" if is_fresh(held) else f"offline, the source was not asked{_when(held)}"
        return held, stale or self._lacking(held)

    def _lacking(self, entry: Entry) -> str:
        if entry.fetched_at is None or entry.start <= self.start:
            return ""
        return f"prices from {self.start} are wanted and those stored begin on {entry.start}"

    def _fetcher(self, own: Wanted) -> Callable[[dt.date, dt.date], Download]:
        def ask(start: dt.date, end: dt.date) -> Download:
            if self.silent[own.source.name] >= _PATIENCE:
                raise UnreachableError(f"{own.source.name} did not answer for other series")
            return _download(own, start, end, self.policy)

        return ask


def _download(own: Wanted, start: dt.date, end: dt.date, policy: Policy | None) -> Download:
    """Fetch a span of a live series, with patience."""
    assert isinstance(own.source, LiveSource)
    return fetch(own.source, own.symbol, own.options, start, end, policy=policy or POLICY)


def _readable(cache: Cache, own: Wanted) -> Entry | None:
    """Return a stored series if it is there and whole."""
    try:
        return cache.shelf.read(own.key)
    except CacheError:
        return None


def _when(entry: Entry) -> str:
    return f", fetched on {entry.fetched_at:%Y-%m-%d}" if entry.fetched_at else ""


def _as_loaded(own: Wanted, entry: Entry, stale: str, start: dt.date) -> Loaded:
    """Return a stored series from a day on, with the closes that are wanted."""
    download, notes = entry.download, entry.notes()
    table, quote = download.table, download.quote
    if entry.fetched_at is not None:
        table = table.loc[pd.Timestamp(start) :]
    if table.empty:
        raise PriceError(f"there are no prices from {start} on")
    differ = "adjusted" in table and not table["adjusted"].equals(table["close"])
    if own.price == "adjusted" and "adjusted" not in table:
        raise InvalidArgumentError(
            f'{own.source.name} has no adjusted closes of {own.symbol}; write price = "close"'
        )
    adjusted = differ and own.price != "close"
    if differ:
        kind = "adjusted for splits and dividends" if adjusted else "not adjusted for dividends"
        quote = f"{quote}; closes {kind}".removeprefix("; ")
    prices = table["adjusted" if adjusted else "close"]
    if bare := int(prices.isna().sum()):
        notes = (*notes, f"{bare} sessions without an adjusted close left out")
    prices = prices.dropna()
    return Loaded(
        prices.rename(own.symbol),
        download.clock,
        Provenance(
            source=entry.key.source,
            symbol=own.symbol,
            rows=len(prices),
            first=prices.index[0].date(),
            last=prices.index[-1].date(),
            sha256=prices,
            attribution=download.attribution,
            quote=quote,
            ended=download.ended,
            currency=download.currency,
            fetched_at=entry.fetched_at,
            stale=stale,
            notes=(*notes, *_actions(table, adjusted=adjusted)),
        ),
    )


def _actions(table: pd.DataFrame, *, adjusted: bool) -> list[str]:
    """Return the dividends and splits of a table in words."""
    told = []
    for name, none in (("dividend", 0.0), ("split", 1.0)):
        there = table[name].fillna(none) != none if name in table else pd.Series(dtype=bool)
        if number := int(there.sum()):
            last = f"the last on {there.index[there][-1]:%Y-%m-%d}"
            told.append(f"{count(number, name)}, {last}")
    if not told:
        return []
    return [f"{'; '.join(told)}: {'in' if adjusted else 'not in'} the closes used"]


def joined(failed: Mapping[str, Failure]) -> Failure:
    """Return one error that says what is wrong with every series."""
    texts = [f"{asset}: {error}".replace("\n", "\n  ") for asset, error in failed.items()]
    kinds = {type(error) for error in failed.values()}
    head = "" if len(texts) == 1 else f"{len(texts)} series cannot be loaded:\n  "
    kind = kinds.pop() if len(kinds) == 1 else PriceError
    error = kind(head + "\n  ".join(texts))
    if isinstance(error, PriceError):
        error.problems = tuple(p for own in failed.values() for p in getattr(own, "problems", ()))
        error.retryable = any(getattr(own, "retryable", False) for own in failed.values())
    return error
