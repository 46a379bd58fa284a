"""Loading prices: packages and files as they are, live sources through the cache."""

from __future__ import annotations

import datetime as dt
import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import get_args

import pandas as pd

from eventstudy.arguments import path_of
from eventstudy.errors import (
    CacheError,
    InvalidArgumentError,
    PriceError,
    RateLimitedError,
    UnknownNameError,
    UnreachableError,
)
from eventstudy.moment import today as machine_today
from eventstudy.prices.network.retries import POLICY, Policy
from eventstudy.prices.panel import Prices
from eventstudy.prices.provenance import Provenance
from eventstudy.prices.quality.spacing import refuse_far_apart
from eventstudy.prices.requests import Failure, Request, SeriesRequest, one_error, read_requests
from eventstudy.prices.source import PriceSeries
from eventstudy.prices.store.cache import Cache, Refresh, is_fresh
from eventstudy.prices.store.frozen import Frozen
from eventstudy.prices.store.stored_series import StoredSeries
from eventstudy.words.numbers import count

START = dt.date(2000, 1, 1)
"""First day that live sources are asked for unless a request says otherwise."""

_PATIENCE = 2
"""Series of one source that may fail for its silence before the others are not asked."""


def load_prices(
    request: Request,
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
    here = Path() if folder is None else path_of("folder", folder)
    requests, frozen = read_requests(request, here), Frozen.beside(here)
    loader = Loader(start or START, refresh, policy, offline=offline, frozen=frozen, today=today)
    loaded, missing = loader.load(requests)
    return Prices(
        pd.DataFrame({asset: series.prices for asset, (series, _) in loaded.items()}),
        {asset: series.clock for asset, (series, _) in loaded.items()},
        {asset: origin for asset, (_, origin) in loaded.items()},
        {asset: str(error) for asset, error in missing.items()},
    )


Loaded = tuple[PriceSeries, Provenance]
"""A series with the closes that are used, and where it is from."""


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
        self, requests: Mapping[str, SeriesRequest | Failure]
    ) -> tuple[dict[str, Loaded], dict[str, PriceError]]:
        """Return the series that can be had, and why others cannot.

        Raises
        ------
        PriceError, UnknownNameError, InvalidArgumentError
            What the user must correct, or when no series is left.
        """
        loaded: dict[str, Loaded] = {}
        missing: dict[str, PriceError] = {}
        wrong = {
            asset: one for asset, one in requests.items() if not isinstance(one, SeriesRequest)
        }
        sound = [(asset, one) for asset, one in requests.items() if isinstance(one, SeriesRequest)]
        for asset, request in sorted(sound, key=lambda item: item[1].live):
            if request.live and wrong:
                continue  # nobody is asked for a request that is wrong
            try:
                loaded[asset] = self.one(asset, request)
            except (PriceError, UnknownNameError, InvalidArgumentError) as error:
                if isinstance(error, PriceError if request.live else CacheError):
                    missing[asset] = error
                else:
                    wrong[asset] = error
        if wrong or not loaded:
            raise one_error({a: e for a in requests if (e := wrong.get(a) or missing.get(a))})
        return {asset: loaded[asset] for asset in requests if asset in loaded}, missing

    def one(self, asset: str, request: SeriesRequest) -> Loaded:
        """Return one series: from the frozen study, its package or file, or the cache.

        Raises
        ------
        PriceError
            When it cannot be had, or its prices are not daily.
        """
        stored = self.frozen.read(request.key) if self.frozen else None
        stale, dated = self._lacking(stored) if stored else "", True
        if stored is None and request.live:
            stored, stale = self.stored(asset, request)
            dated = stale != ""
        series = used(stored, request, self.start) if stored else request.read()
        refuse_far_apart(series.prices, request.symbol)
        origin = series.provenance
        if stored is not None:
            origin = replace(origin, fetched_at=stored.fetched_at, stale=stale)
        return series, replace(origin, read=self._day(origin)) if dated else origin

    def _day(self, origin: Provenance) -> dt.date:
        """Return the day on which a series was read.

        For a frozen study it is the day of freezing, so that its numbers and words never change.
        """
        if self.frozen is None:
            return self.today or machine_today()
        return self.frozen.day or origin.asked or origin.last

    def stored(self, asset: str, request: SeriesRequest) -> tuple[StoredSeries, str]:
        """Return a live series as it is stored, and why it is stale; empty when it is not."""
        if self.offline:
            return self._offline(asset, request)
        name = request.source.name

        def ask(start: dt.date, end: dt.date) -> PriceSeries:
            if self.silent[name] >= _PATIENCE:
                raise UnreachableError(f"{name} did not answer for other series")
            return request.fetch(start, end, self.policy or POLICY)

        try:
            stored = self.cache.refreshed(request.key, self.start, self.refresh, ask)
        except PriceError as error:
            if isinstance(error, UnreachableError | RateLimitedError):
                self.silent[name] += 1
            former = self.readable(request)
            if former is None:
                raise
            return former, f"{error}. Stored prices are used{_when(former)}"
        self.silent[name] = 0
        return stored, "" if is_fresh(stored) else f"the source was not asked again{_when(stored)}"

    def readable(self, request: SeriesRequest) -> StoredSeries | None:
        """Return a stored series if it is there and whole."""
        try:
            return self.cache.read(request.key)
        except CacheError:
            return None

    def _offline(self, asset: str, request: SeriesRequest) -> tuple[StoredSeries, str]:
        stored = self.cache.read(request.key)
        if stored is None:
            raise CacheError(
                "no prices are stored and offline no source is asked. With a connection, run "
                f"`eventstudy prices refresh {shlex.quote(asset)}`"
            )
        stale = "" if is_fresh(stored) else f"offline, the source was not asked{_when(stored)}"
        return stored, stale or self._lacking(stored)

    def _lacking(self, stored: StoredSeries) -> str:
        if stored.fetched_at is None or stored.span[0] <= self.start:
            return ""
        return f"prices from {self.start} are wanted and those stored begin on {stored.span[0]}"


def _when(stored: StoredSeries) -> str:
    return f", fetched on {stored.fetched_at:%Y-%m-%d}" if stored.fetched_at else ""


def used(stored: StoredSeries, request: SeriesRequest, start: dt.date) -> PriceSeries:
    """Return the sessions of a stored series from a day on, with the wanted closes only."""
    series, notes = stored.series, stored.notes()
    table, quote = series.table, series.quote
    if stored.fetched_at is not None:
        table = table.loc[pd.Timestamp(start) :]
    if table.empty:
        raise PriceError(f"there are no prices from {start} on")
    differ = "adjusted" in table and not table["adjusted"].equals(table["close"])
    if request.price == "adjusted" and "adjusted" not in table:
        raise InvalidArgumentError(
            f"{request.source.name} has no adjusted closes of {request.symbol}; "
            'write price = "close"'
        )
    adjusted = differ and request.price != "close"
    if differ:
        kind = "adjusted for splits and dividends" if adjusted else "not adjusted for dividends"
        quote = f"{quote}; closes {kind}".removeprefix("; ")
    closes = table["adjusted" if adjusted else "close"]
    if bare := int(closes.isna().sum()):
        notes = (*notes, f"{bare} sessions without an adjusted close left out")
    notes = (*notes, *_actions(table, adjusted=adjusted))
    return replace(series, table=closes.dropna().to_frame("close"), quote=quote, notes=notes)


def _actions(table: pd.DataFrame, *, adjusted: bool) -> list[str]:
    """Return the dividends and splits of a table in words."""
    texts = []
    for name, none in (("dividend", 0.0), ("split", 1.0)):
        there = table[name].fillna(none) != none if name in table else pd.Series(dtype=bool)
        if number := int(there.sum()):
            last = f"the last on {there.index[there][-1]:%Y-%m-%d}"
            texts.append(f"{count(number, name)}, {last}")
    if not texts:
        return []
    return [f"{'; '.join(texts)}: {'in' if adjusted else 'not in'} the closes used"]
