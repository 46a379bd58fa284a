"""Official exchange rates of the Bank of Russia, dated by the day on which they are set.

A rate is published under the day on which it *takes effect*, the calendar day after the one
on which it is set: the rates set on Friday 27 March 2020 held from Saturday 28 March to
6 April (Bank of Russia, press release of 26 March 2020). Dated by that label, a rate would
seem to know the news of a day that had not begun. The setting day is therefore the day
before the label; where that is a Sunday, the Friday before it.

How the dollar's rate is struck, by setting day:

=============== ============================== ==========================================
from            what is averaged               source
=============== ============================== ==========================================
15 April 2003   exchange trades for delivery   Bank of Russia; agencies print it daily
                tomorrow, 10:00 to 11:30       with the average as of 11:30
15 March 2022   the same, 10:00 to 16:30       Bank of Russia, 14 March 2022: in force
                                               when published, so to within some days
26 April 2022   the same, 10:00 to 15:30       Bank of Russia, press release, 25 April 2022
13 June 2024    what banks report of trades    Bank of Russia, information, 13 June 2024
                off the exchange, at 15:30
27 December     trades on and off the          agencies; the time is taken to be 15:30
2024            exchange together              as before
=============== ============================== ==========================================

Moscow time. Other currencies are crosses through the dollar, except the euro until 2022 and
the euro and the yuan since April 2022, which are averaged as the dollar is.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from importlib.metadata import version
from xml.etree import ElementTree

import pandas as pd

from eventstudy.errors import (
    NoPricesError,
    NoSuchSymbolError,
    PriceDataError,
    UnreachableError,
    nearest,
)
from eventstudy.parsing import packaged_toml
from eventstudy.prices.clock import Clock
from eventstudy.prices.network import delivered_rows as delivered
from eventstudy.prices.network.limits import RequestLimits
from eventstudy.prices.source import PriceSeries

_ADDRESS = "https://www.cbr.ru/scripts/XML_dynamic.asp"
_CODES: dict[str, str] = packaged_toml("prices/data/cbr_codes.toml")
_FIRST_KNOWN = dt.date(2003, 4, 15)
_CLOCK = Clock.parse(
    "10:00-11:30 Europe/Moscow until 2022-03-14; 10:00-16:30 Europe/Moscow until 2022-04-25; "
    "10:00-15:30 Europe/Moscow"
)
_OVER_THE_COUNTER = dt.date(2024, 6, 13)
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_LABEL = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{4}")
_MOST_AHEAD = 3
"""Days between the setting day and the label, at most."""


class Cbr:
    """Official rates of the Bank of Russia: rubles for one unit, by setting day.

    Parameters
    ----------
    limits : RequestLimits
        Limits of the requests.
    """

    name = "cbr"
    summary = "Bank of Russia: official exchange rates of the ruble, by the day they are set"
    examples: tuple[str, ...] = ("USD", "EUR", "CNY")
    options: tuple[str, ...] = ()
    pause = 1.0

    def __init__(self, limits: RequestLimits = RequestLimits(("www.cbr.ru", "cbr.ru"))) -> None:  # noqa: B008 - frozen
        self.limits = limits

    def check(self, symbol: str, options: Mapping[str, object]) -> None:  # noqa: ARG002
        """Refuse a symbol that cannot be right, without the network.

        Parameters
        ----------
        symbol : str
            ISO code of a currency, ``"USD"``.
        options : mapping
            None are taken.

        Raises
        ------
        NoSuchSymbolError
            When the Bank of Russia is not known to publish it.
        """
        if symbol not in _CODES:
            raise NoSuchSymbolError(
                f"cbr: no currency {symbol!r}; give its code, as in USD. "
                f"{nearest(symbol, list(_CODES))}"
            )

    def fetch(
        self, symbol: str, options: Mapping[str, object], start: dt.date, end: dt.date
    ) -> PriceSeries:
        """Fetch a span of setting days, both ends included, in one attempt.

        Labels are asked for a little beyond the span, for they come after the setting day,
        and rates set outside it are left out.

        Raises
        ------
        PriceError
            One of its children, typed by what went wrong.
        """
        self.check(symbol, options)
        from eventstudy.prices.network.session import GuardedSession

        last = end + dt.timedelta(days=_MOST_AHEAD)
        asked = {
            "date_req1": f"{start:%d/%m/%Y}",
            "date_req2": f"{last:%d/%m/%Y}",
            "VAL_NM_RQ": _CODES[symbol],
        }
        with GuardedSession(self.limits) as session:
            content = session.get(_ADDRESS, params=asked).content
        table, notes = _table(_records(content, _CODES[symbol], (start, end)), (start, last))
        table = delivered.within_span(table, start, end)
        if table.empty:
            raise NoPricesError(f"no rate of {symbol} was set from {start} to {end}")
        return PriceSeries(
            table=table,
            source=self.name,
            symbol=symbol,
            clock=_CLOCK,
            currency="RUB",
            quote=delivered.quote_words("RUB", symbol),
            attribution="Source: Bank of Russia",
            arguments=asked,
            versions={"requests": version("requests")},
            notes=(*notes, *_facts(table)),
        )


def _records(
    content: bytes, code: str, asked: tuple[dt.date, dt.date]
) -> list[ElementTree.Element]:
    """Return the records of an answer, those of the currency and the span asked for."""
    head = content[:400].lstrip().lower()
    if not content.strip() or head.startswith((b"<!doctype html", b"<html")):
        raise UnreachableError("its answer is empty, or a page for people")
    if b"\0" in content[:400]:
        raise UnreachableError("its answer is no text")
    if b"<!doctype" in content.lower() or b"<!entity" in content.lower():
        raise PriceDataError("its answer defines entities, which rates never do")
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - no entities, size limited
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise UnreachableError("its answer is cut off, or no XML") from error
    if root.tag != "ValCurs":
        raise PriceDataError(f"its answer is of another form: <{root.tag[:40]}>")
    records = list(root)
    if not records and (root.text or "").strip():
        raise PriceDataError(f"it says: {(root.text or '').strip()[:100]}")
    others = sorted({record.tag for record in records} - {"Record"})
    if others:
        raise PriceDataError(f"its answer holds what is no rate: <{others[0][:40]}>")
    named = {root.get("ID", code), *(record.get("Id", code) for record in records)}
    if named != {code}:
        wrong = ", ".join(sorted(named - {code})[:3])
        raise PriceDataError(f"it answered with another currency: {wrong}, not {code}")
    first, last = (_date(root.get(f"DateRange{end}", "")) for end in (1, 2))
    if first > asked[0] or last < asked[1]:
        raise PriceDataError(f"it answered for {first} to {last} only")
    if not records:
        raise NoPricesError("it published no rate in the span")
    return records


def _table(
    records: list[ElementTree.Element], asked: tuple[dt.date, dt.date]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the rates for one unit by setting day."""
    labels, rates, nominals = [], [], []
    for record in records:
        labels.append(_date(record.get("Date", "")))
        nominal = _number(record, "Nominal")
        rates.append(_number(record, "Value") / nominal if nominal else math.inf)
        nominals.append(nominal)
    frame = pd.DataFrame({"close": rates, "nominal": nominals}, index=pd.DatetimeIndex(labels))
    delivered.refuse_outside(frame.index, *asked)
    frame, repeats = delivered.one_row_a_day(frame)
    kinds = sorted(set(frame["nominal"]))
    moved = "" if len(kinds) == 1 else ", ".join(f"{kind:g}" for kind in kinds)
    note = (f"published for {moved} units; all rates are for one unit",) if moved else ()
    frame.index = pd.DatetimeIndex([_setting_day(label) for label in frame.index])
    twice = frame.index[frame.index.duplicated()]
    if len(twice):
        raise PriceDataError(
            f"it published two rates that were set on one day: {delivered.days(twice)}"
        )
    return frame[["close"]], (*repeats, *note)


def _setting_day(label: pd.Timestamp) -> pd.Timestamp:
    """Return the day on which a rate was set: the one before its label, never a Sunday."""
    day = label - pd.Timedelta(days=1)
    return day - pd.Timedelta(days=2) if day.day_name() == "Sunday" else day


def _date(text: str) -> dt.date:
    try:
        if not _LABEL.fullmatch(text):
            raise ValueError(text)
        return dt.datetime.strptime(text, "%d.%m.%Y").date()
    except ValueError as error:
        raise PriceDataError(f"what should be a date is {text[:40]!r}") from error


def _number(record: ElementTree.Element, name: str) -> float:
    text = (record.findtext(name) or "").strip().replace("\N{NO-BREAK SPACE}", "")
    if not _NUMBER.fullmatch(text):
        raise PriceDataError(
            f"{name} of {record.get('Date', '')} is {text[:40]!r}, not a number above zero"
        )
    return float(text.replace(",", "."))


def _facts(table: pd.DataFrame) -> tuple[str, ...]:
    """Return what a reader must know of the regimes inside a span."""
    first, last = table.index[0].date(), table.index[-1].date()
    facts = ["dated by the day the rate was set, one day before the day it took effect"]
    if first < _FIRST_KNOWN:
        facts.append(f"before {_FIRST_KNOWN} the rate was struck otherwise: its clock is not known")
    for until, clock in _CLOCK.earlier:
        if first <= until < last:
            facts.append(f"averaged over {clock} until {until}, over other hours since")
    if last >= _OVER_THE_COUNTER:
        facts.append(
            f"from {_OVER_THE_COUNTER} made of what banks report of trades off the exchange, "
            "as of 15:30; that this averages the hours from 10:00 is taken over from before"
        )
    return tuple(facts)


CBR = Cbr()
