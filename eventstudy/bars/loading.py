"""Loading bars: tables and files as they are, live sources through the cache."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

from eventstudy.bars.bar_series import BarSeries
from eventstudy.bars.frames import bars_of_frame
from eventstudy.bars.implied import imply
from eventstudy.bars.requests import IMPLIED, Asked, BarRequest, Request, read_bar_request
from eventstudy.bars.series import Bars
from eventstudy.bars.standing import OBSERVED, Standing, names_of_formula
from eventstudy.errors import InvalidArgumentError, PriceError, UnknownNameError
from eventstudy.prices.network.retries import Policy
from eventstudy.prices.store.cache import Refresh


def load_bars(
    request: Request,
    *,
    folder: str | Path | None = None,
    offline: bool = False,
    refresh: Refresh = "auto",
    start: dt.date | str | None = None,
    policy: Policy | None = None,
) -> Bars:
    """Load the bars of several assets.

    Parameters
    ----------
    request : mapping of str to DataFrame, str or mapping
        For each asset a DataFrame with a tz-aware index, ``"sample:SBER"``, ``"csv:FILE"``, or a
        mapping with the keys ``source`` ("moex", "yahoo", "csv", "sample", or a DataFrame),
        ``symbol`` or ``path``, ``market`` (whose hours hold, see `sessions`), ``minutes``
        (length of a bar), ``factor`` (asset whose bars are the benchmark); of tables and files
        ``label`` ("start" or "end"), and of files ``timezone``, ``columns``, ``delimiter``,
        ``decimal``, ``date_format``. ``proxy`` names the asset that the bars stand for, with
        ``error``, the standard error of their moves as a fraction, and ``references``, levels of
        sessions that they do not reach back to. ``{"implied": "IMOEX / RTS", "error": .002}`` is a
        series that others imply. ``clock`` is the zone whose clock says what the same time of
        two days is; by default that of the market. ``rolls`` names where futures go over to the
        next contract (trading days that begin with it, or moments; [] = one contract alone): no
        move across one is measured. ``contracts`` joins several, by their last days, such as
        ``{"2021-12-16": "SiZ1", "2022-03-17": "SiH2"}`` (symbols of moex, files, DataFrames): the
        next one begins on the fifth trading day before each expiry, or on those of ``rolls``.
        ``releases`` are moments of known releases that the clock is checked against.
    folder : str or Path, optional
        Folder that paths are relative to, and whose folder ``prices`` holds the bars of a frozen
        study. Default: the current one.
    offline : bool
        Whether to use stored bars alone and open no connection.
    refresh : {"auto", "never", "always"}
        When to ask a live source again for what is stored: when its last answer is older than 12
        hours, never, or always.
    start : date or str, optional
        First day of bars from live sources. Default: 120 days ago. Yahoo keeps bars of one minute
        for a month and of up to half an hour for two; `BarSeries.notes` says where they begin.
    policy : Policy, optional
        How often and how long to try; see `eventstudy.prices.network.retries`.

    Returns
    -------
    Bars
        A live source that does not deliver leaves its asset out (`missing`), or with stored bars
        (`BarSeries.stale`); bars frozen beside a study are read, and nobody is asked.

    Raises
    ------
    UnknownNameError
        When a source, an option, a market or a factor does not exist.
    InvalidArgumentError
        When the request is not one, or its table has no time zone or no label.
    PriceError
        When a file or a table holds what are no bars, or no series is left.

    Examples
    --------
    >>> import eventstudy as es
    >>> es.load_bars({"SBER": "sample:SBER"})["SBER"].market
    'XMOS'
    """
    here, start = Path() if folder is None else Path(folder), _day(start)
    if refresh not in get_args(Refresh):
        raise InvalidArgumentError(f"refresh is {refresh!r}; it is auto, never or always")
    requests = _requests(request, here)
    ask = Asked(here, offline, refresh, start, policy)
    loaded: dict[str, BarSeries] = {}
    missing: dict[str, str] = {}
    asked = [(asset, one) for asset, one in requests.items() if one.source != IMPLIED]
    for asset, one in sorted(asked, key=lambda item: item[1].live):
        if not one.live:
            loaded[asset] = _told(asset, partial(_whole, one, ask))
            continue
        try:
            loaded[asset] = _whole(one, ask)
        except InvalidArgumentError:
            raise
        except PriceError as error:
            missing[asset] = str(error)
    loaded = {asset: _standing(bars, requests[asset]) for asset, bars in loaded.items()}
    _imply(requests, loaded, missing)
    if not loaded:
        raise PriceError("; ".join(f"{asset}: {why}" for asset, why in missing.items()))
    return Bars({asset: loaded[asset] for asset in requests if asset in loaded}, missing)


def _requests(request: Request, here: Path) -> dict[str, BarRequest]:
    """Return what is asked for of each asset; refuse what no source could answer."""
    if not isinstance(request, Mapping) or not request:
        raise InvalidArgumentError('name at least one series: load_bars({"SBER": frame})')
    for asset in request:
        if not isinstance(asset, str) or not asset:
            raise InvalidArgumentError(f'a series is named {asset!r}; write a text such as "SBER"')
    requests: dict[str, BarRequest] = {
        asset: _told(asset, partial(read_bar_request, asset, wanted, here))
        for asset, wanted in request.items()
    }
    for asset, one in requests.items():
        if one.live:
            from eventstudy.bars.live import check

            for part in one.parts:
                _told(asset, partial(check, part))
    return requests


def _standing(bars: BarSeries, request: BarRequest) -> BarSeries:
    """Return bars with what is said of their standing; packaged ones say some of it themselves."""
    said = request.standing
    if said == OBSERVED:
        return bars
    known = bars.standing
    proxy, error = said.proxy or known.proxy, said.error or known.error
    return replace(bars, standing=Standing(proxy, known.implied, error, said.levels))


def _imply(
    requests: Mapping[str, BarRequest], loaded: dict[str, BarSeries], missing: dict[str, str]
) -> None:
    """Add the series that others imply, in the order in which they can be had."""
    waiting = {asset: one for asset, one in requests.items() if one.source == IMPLIED}
    while waiting:
        ready = [
            asset
            for asset, one in waiting.items()
            if not waiting.keys() & set(names_of_formula(one.symbol)) - {asset}
        ]
        if not ready:
            names = ", ".join(waiting)
            raise InvalidArgumentError(f"{names} imply each other. Give one of them a source")
        for asset in ready:
            one = waiting.pop(asset)
            lost = [name for name in names_of_formula(one.symbol) if name in missing]
            if lost:
                missing[asset] = f"{lost[0]}, which implies it, is missing: {missing[lost[0]]}"
                continue
            make = partial(imply, one.symbol, loaded, one.standing, one.market)
            loaded[asset] = _told(asset, make)


def _day(start: object) -> dt.date | None:
    """Return the first day that is wanted; a moment counts as its date."""
    if start is None:
        return None
    try:
        return dt.date.fromisoformat(str(start)[:10])
    except ValueError as error:
        message = f"start is {start!r}; write a date such as 2022-01-13"
        raise InvalidArgumentError(message) from error


def _whole(request: BarRequest, ask: Asked) -> BarSeries:
    """Return one series: its contracts joined, its rolls and releases marked."""
    if request.contracts:
        from eventstudy.bars.rolls import joined_contracts

        each = {day: _loaded(one, ask) for day, one in request.contracts.items()}
        bars = joined_contracts(each, request.roll_days())
    else:
        bars = _loaded(request, ask)
    return replace(bars, **request.marks(bars.market, bars.zone))


def _loaded(request: BarRequest, ask: Asked) -> BarSeries:
    if not request.live:
        return read(request)
    from eventstudy.bars.live import load_live

    return load_live(request, ask)


def _told(asset: str, make: Any) -> Any:
    """Call what reads a series; name the asset in its error."""
    try:
        return make()
    except (PriceError, UnknownNameError, InvalidArgumentError) as error:
        named = type(error)(f"{asset}: {error}")
        if isinstance(error, PriceError):
            assert isinstance(named, PriceError)
            named.problems = error.problems
        raise named from error


def read(request: BarRequest) -> BarSeries:
    """Return the bars of a source on this machine.

    Raises
    ------
    PriceError, InvalidArgumentError
        When they cannot be had, or are no bars.
    """
    if request.source == "sample":
        from eventstudy.bars.sample import packaged_bars

        return packaged_bars(request.symbol, request.factor)
    if request.source == "csv":
        from eventstudy.bars.csv_bars import read_csv_bars

        return read_csv_bars(request.options["path"], request.options, request.traits())
    assert request.frame is not None
    return bars_of_frame(request.frame, request.traits())
