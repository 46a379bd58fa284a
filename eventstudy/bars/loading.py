"""Loading bars: tables and files as they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eventstudy.bars.bar_series import BarSeries
from eventstudy.bars.frames import bars_of_frame
from eventstudy.bars.requests import BarRequest, Request, read_bar_request
from eventstudy.bars.series import Bars
from eventstudy.errors import (
    InvalidArgumentError,
    PriceError,
    UnknownNameError,
)


def load_bars(
    request: Request,
    *,
    folder: str | Path | None = None,
) -> Bars:
    """Load the bars of several assets.

    Parameters
    ----------
    request : mapping of str to DataFrame, str or mapping
        For each asset a DataFrame with a tz-aware index, ``"sample:SBER"``, ``"csv:FILE"``, or a
        mapping with the keys ``source`` ("csv", "sample", or a DataFrame),
        ``symbol`` or ``path``, ``market`` (whose hours hold, see `sessions`), ``minutes``
        (length of a bar), ``factor`` (asset whose bars are the benchmark); of tables and files
        ``label`` ("start" or "end"), and of files ``timezone``, ``columns``, ``delimiter``,
        ``decimal``, ``date_format``. ``clock`` is the zone whose clock says what the same time of
        two days is; by default that of the market.
    folder : str or Path, optional
        Folder that paths are relative to, and whose folder ``prices`` holds the bars of a frozen
        study. Default: the current one.

    Returns
    -------
    Bars

    Raises
    ------
    UnknownNameError
        When a source, an option, a market or a factor does not exist.
    InvalidArgumentError
        When the request is not one, or its table has no time zone or no label.
    PriceError
        When a file or a table holds what are no bars.

    Examples
    --------
    >>> import eventstudy as es
    >>> es.load_bars({"SBER": "sample:SBER"})["SBER"].market
    'XMOS'
    """
    if not isinstance(request, Mapping) or not request:
        raise InvalidArgumentError('name at least one series: load_bars({"SBER": frame})')
    here = Path() if folder is None else Path(folder)
    requests: dict[str, BarRequest] = {}
    for asset, wanted in request.items():
        requests[asset] = _told(asset, lambda a=asset, w=wanted: read_bar_request(a, w, here))
    return Bars({asset: _told(asset, lambda o=one: read(o)) for asset, one in requests.items()})


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
