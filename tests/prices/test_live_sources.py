"""Live sources against a loopback server: what they deliver, and what becomes of faults."""

import datetime as dt
import inspect
import json
import random
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from servers import (
    Answer,
    LoopbackServer,
    body,
    edit_json,
    edit_text,
    gigantic,
    manner,
    redirect,
    reset,
    same_for_ever,
    status,
    truncated,
)
from waiting import LIMIT

from eventstudy.errors import (
    InvalidArgumentError,
    NoPricesError,
    NoSuchSymbolError,
    PriceDataError,
    PriceError,
    RateLimitedError,
    UnreachableError,
)
from eventstudy.prices import SOURCES, Clock, LiveSource, PriceSeries
from eventstudy.prices.network.delivered_rows import checked
from eventstudy.prices.network.limits import RequestLimits, refusal
from eventstudy.prices.network.retries import Pace, Policy, fetch

WATCHDOG = LIMIT
"""Seconds after which a call counts as hanging."""

START, END = dt.date(2022, 1, 10), dt.date(2022, 1, 21)
DAYS = [day.date() for day in pd.bdate_range(START, END)]
CLOSES = [round(74.0 + 0.37 * place, 2) for place in range(len(DAYS))]
EXPECTED = dict(zip(DAYS, CLOSES, strict=True))
ONE_DAY = dt.timedelta(days=1)
LIVE = [source for source in SOURCES.values() if isinstance(source, LiveSource)]
SYMBOLS = {"yahoo": "AAPL", "moex": "SBER", "cbr": "USD"}
PAGE_FOR_PEOPLE = b"<!DOCTYPE html><html><body>Please enable cookies</body></html>"
DAY = "2022-01-13"


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch):
    """No name is looked up and no other host is connected to, whatever a library tries."""
    connect = socket.socket.connect

    def guarded(self, address):
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1"):
            raise AssertionError(f"connects to {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server():
    with LoopbackServer() as running:
        running.put_yahoo("AAPL", EXPECTED)
        running.put_moex("SBER", EXPECTED)
        running.put_cbr("USD", {day + ONE_DAY: rate for day, rate in EXPECTED.items()})
        yield running


class Patience:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.now, self.slept = 0.0, []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds

    def policy(self, **changes):
        given = {"clock": lambda: self.now, "sleep": self.sleep, "random": lambda: 1.0}
        return Policy(**{"attempt": LIMIT, **given, **changes})


def watched(call, seconds=WATCHDOG):
    """Return what a call returns; fail when it hangs."""
    out = []

    def run():
        try:
            out.append((call(), None))
        except BaseException as error:
            out.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not out:
        pytest.fail(f"hangs: no end after {seconds} seconds")
    value, error = out[0]
    if error is not None:
        raise error
    return value


def source_of(server, name, **limits):
    return getattr(server, name)(**limits)


def get(server, name, symbol=None, start=START, end=END, policy=None, **limits):
    source = source_of(server, name, **limits)
    policy = policy or Patience().policy()
    return watched(lambda: fetch(source, symbol or SYMBOLS[name], {}, start, end, policy))


def closes(download):
    table = download.table
    return dict(zip([day.date() for day in table.index], table["close"].round(6), strict=True))


# The contract, for every source


@pytest.mark.parametrize("live", LIVE, ids=lambda live: live.name)
def test_source_keeps_the_contract(server, live):
    source = source_of(server, live.name)
    assert isinstance(live, LiveSource)
    assert live.examples
    assert live.pause > 0
    assert live.summary
    for example in live.examples:
        live.check(example, {})
    got = get(server, live.name)
    sessions = got.table.index
    assert sessions.tz is None
    assert sessions.equals(sessions.normalize())
    assert sessions.is_monotonic_increasing
    assert sessions.is_unique
    assert (sessions[0].date(), sessions[-1].date()) == (START, END)  # both ends included
    assert closes(got) == EXPECTED
    assert set(got.table.columns) <= {"close", "adjusted", "volume", "dividend", "split"}
    assert isinstance(got.clock, Clock)
    assert Clock.parse(str(got.clock)) == got.clock
    assert got.currency
    assert ": up = " in got.quote
    assert got.attribution.startswith("Source: ")
    assert got.versions
    assert got.notes
    assert not got.ended
    told = json.dumps([dict(got.arguments), dict(got.versions), got.notes])
    assert "://" not in told
    assert server.count(live.name) == 1
    assert type(source) is type(live)


@pytest.mark.parametrize("name", SYMBOLS)
def test_span_of_one_day_gives_that_day(server, name):
    day = dt.date(2022, 1, 13)
    assert closes(get(server, name, start=day, end=day)) == {day: EXPECTED[day]}


@pytest.mark.parametrize("name", SYMBOLS)
@pytest.mark.parametrize(
    "symbol",
    [
        "",
        " ",
        "../AAPL",
        "A/B",
        "a?b=c",
        "http://127.0.0.1/x",
        "A\nB",
        "A#B",
        "A%2e",
        "ф",
        "A" * 99,
    ],
)
def test_symbol_with_other_characters_is_refused_without_a_request(server, name, symbol):
    with pytest.raises(NoSuchSymbolError):
        fetch(source_of(server, name), symbol, {}, START, END)
    assert not server.paths


@pytest.mark.parametrize("name", SYMBOLS)
def test_unknown_symbol(server, name):
    unknown = {"yahoo": "NOPE", "moex": "NOPE", "cbr": "XXX"}[name]
    with pytest.raises(NoSuchSymbolError):
        get(server, name, unknown)


@pytest.mark.parametrize("name", SYMBOLS)
def test_known_symbol_without_prices_in_the_span(server, name):
    with pytest.raises(NoPricesError, match=SYMBOLS[name]):
        get(server, name, start=dt.date(2030, 1, 1), end=dt.date(2030, 1, 5))


# Faults. Each is (source, fault, what must happen); "right" = the right numbers all the same.


def sent_twice(held):
    """The raw Yahoo chart with its fourth row twice."""
    result = held["chart"]["result"][0]
    quote = result["indicators"]["quote"][0]
    result["timestamp"].insert(3, result["timestamp"][3])
    for column in [*quote.values(), result["indicators"]["adjclose"][0]["adjclose"]]:
        column.insert(3, column[3])


def sent_twice_differently(held):
    sent_twice(held)
    held["chart"]["result"][0]["indicators"]["quote"][0]["close"][3] = 1.0


def reversed_chart(held):
    result = held["chart"]["result"][0]
    result["timestamp"].reverse()
    lists = [*result["indicators"]["quote"][0].values()]
    for column in [*lists, result["indicators"]["adjclose"][0]["adjclose"]]:
        column.reverse()


def chart(**changes):
    """Change the one result of a chart: meta, closes, or a whole column."""

    def change(held):
        result = held["chart"]["result"][0]
        result["meta"].update(changes.get("meta", {}))
        for name in changes.get("without_meta", ()):
            del result["meta"][name]
        quote = result["indicators"]["quote"][0]
        for place, value in changes.get("closes", {}).items():
            quote["close"][place] = value
        for name in changes.get("without", ()):
            quote.pop(name, None)
            result.pop(name, None)
        if "shift" in changes:
            result["timestamp"] = [at + changes["shift"] for at in result["timestamp"]]
        for name in changes.get("null", ()):
            quote[name] = [None] * len(quote[name])

    return edit_json(change)


def history(change):
    """Change the rows of a page of MOEX."""

    def changed(held):
        rows = held[1]["history"]
        new = change(rows)
        if new is not None:
            held[1]["history"] = new

    return edit_json(changed)


def all_rows(**values):
    return history(lambda rows: [{**row, **values} for row in rows])


def row(place, **values):
    return history(lambda rows: rows[place].update(values))


def cursor(**values):
    return edit_json(lambda held: held[1]["history.cursor"][0].update(values))


def repeated_row(held, **changes):
    """A row twice on a page of MOEX, and the count of rows with it."""
    rows, index = held[1]["history"], held[1]["history.cursor"][0]
    rows.append({**rows[3], **changes})
    index["TOTAL"] += 1


def no_cursor(held):
    del held[1]["history.cursor"]


EVERY_SOURCE = {
    "429 once": ([status(429)], "right"),
    "429 once, wait 3 seconds": ([status(429, Retry_After="3")], "right"),
    "429 always": (status(429), RateLimitedError),
    "429 always, wait an hour": (status(429, Retry_After="3600"), RateLimitedError),
    "500 twice": ([status(500), status(500)], "right"),
    "500 always": (status(500), UnreachableError),
    "503 with a date": ([status(503, Retry_After="Mon, 23 Nov 2020 10:00:00 GMT")], "right"),
    "503 always": (status(503), UnreachableError),
    "403": (status(403), UnreachableError),
    "page for people": (body(PAGE_FOR_PEOPLE), UnreachableError),
    "page for people once": ([body(PAGE_FOR_PEOPLE)], "right"),
    "empty body": (body(b""), UnreachableError),
    "empty body once": ([body(b"")], "right"),
    "cut off": (truncated(), UnreachableError),
    "cut off once": ([truncated()], "right"),
    "shorter than promised once": ([manner("short")], "right"),
    "shorter than promised": (manner("short"), UnreachableError),
    "reset once": ([reset()], "right"),
    "reset always": (reset(), UnreachableError),
    "random bytes": (body(random.Random(1).randbytes(5000)), UnreachableError),
    "compressed wrongly": (body(b"no gzip", **{"Content-Encoding": "gzip"}), UnreachableError),
    "to another host": (redirect("https://evil.example/prices"), UnreachableError),
    "to another port of this host": (redirect("http://127.0.0.1:9/prices"), UnreachableError),
    "to a file": (redirect("file:///etc/passwd"), UnreachableError),
    "redirected in a circle": (redirect("?again=1"), UnreachableError),
    "gigantic": (gigantic(6_000_000), PriceDataError),
}
SLOW = {
    "hangs": (manner("hang"), UnreachableError),
    "body comes in bytes": (manner("trickle"), UnreachableError),
    "head comes in bytes": (manner("trickle-head"), UnreachableError),
}
OWN = {
    "yahoo": {
        "all null": (chart(null=["close"]), NoPricesError),
        "a null row": ([chart(closes={3: None})], "without 2022-01-13"),
        "zero": (chart(closes={5: 0.0}), PriceDataError),
        "negative": (chart(closes={5: -1.0}), PriceDataError),
        "NaN": ([chart(closes={5: float("nan")})], "without 2022-01-17"),
        "infinite": (chart(closes={5: float("inf")}), PriceDataError),
        "text for a price": (chart(closes={5: "n/a"}), PriceDataError),
        "true for a price": (chart(closes={5: True}), PriceDataError),
        "sent twice": ([edit_json(sent_twice)], "right"),
        "sent twice, differently": (edit_json(sent_twice_differently), PriceDataError),
        "reversed": ([edit_json(reversed_chart)], "right"),
        "wrong zone": (chart(meta={"exchangeTimezoneName": "Asia/Tokyo"}), PriceDataError),
        "no such zone": (chart(meta={"exchangeTimezoneName": "Mars/Base"}), PriceDataError),
        "no zone": (chart(without_meta=["exchangeTimezoneName"]), PriceDataError),
        "another symbol": (chart(meta={"symbol": "MSFT"}), PriceDataError),
        "no symbol": (chart(without_meta=["symbol"]), PriceDataError),
        "rows of weeks": (chart(meta={"dataGranularity": "1wk"}), PriceDataError),
        "no closes": (chart(without=["close"]), PriceDataError),
        "no timestamps": (chart(without=["timestamp"]), PriceDataError),
        "a year off": (chart(shift=365 * 86_400), PriceDataError),
        "other JSON": (body(b'{"finance": 1}'), PriceDataError),
        "no result": (body(b'{"chart": {"result": null, "error": null}}'), NoPricesError),
        "a list": (body(b"[1, 2]"), PriceDataError),
        "null": (body(b"null"), PriceDataError),
        "down for repairs": (body(b"<html>Will be right back</html>"), UnreachableError),
    },
    "moex": {
        "all null": (all_rows(LEGALCLOSEPRICE=None), NoPricesError),
        "a null row": ([row(3, LEGALCLOSEPRICE=None)], "without 2022-01-13"),
        "a dummy": ([row(3, VALUE=0)], "without 2022-01-13"),
        "zero": (row(5, LEGALCLOSEPRICE=0), PriceDataError),
        "negative": (row(5, LEGALCLOSEPRICE=-3.5), PriceDataError),
        "infinite": (row(5, LEGALCLOSEPRICE=float("inf")), PriceDataError),
        "text for a price": (row(5, LEGALCLOSEPRICE="n/a"), PriceDataError),
        "no date": (row(5, TRADEDATE="0000-00-00"), PriceDataError),
        "true for a price": (row(5, LEGALCLOSEPRICE=True), PriceDataError),
        "sent twice": ([edit_json(repeated_row)], "right"),
        "more rows than it says": (history(lambda rows: [*rows, rows[3]]), PriceDataError),
        "fewer rows than it says": (history(lambda rows: rows[:-1]), PriceDataError),
        "TOTAL below the page": (cursor(TOTAL=5), PriceDataError),
        "no TOTAL": (cursor(TOTAL=None), PriceDataError),
        "TOTAL is true": (cursor(TOTAL=True), PriceDataError),
        "sent twice, differently": (
            edit_json(lambda held: repeated_row(held, LEGALCLOSEPRICE=1.0)),
            PriceDataError,
        ),
        "reversed": ([history(lambda rows: rows[::-1])], "right"),
        "another security": (all_rows(SECID="GAZP"), PriceDataError),
        "outside the span": (row(0, TRADEDATE="2021-01-11"), PriceDataError),
        "no price column": (
            history(lambda rows: [row.pop("LEGALCLOSEPRICE") and None for row in rows] and None),
            PriceDataError,
        ),
        "no date column": (
            history(lambda rows: [row.pop("TRADEDATE") and None for row in rows] and None),
            PriceDataError,
        ),
        "paging that never ends": (cursor(TOTAL=10**9), PriceDataError),
        "pages of nothing": (history(lambda _: []), PriceDataError),
        "the same page for ever": (same_for_ever(cursor(TOTAL=20)), PriceDataError),
        "no cursor": (edit_json(no_cursor), PriceDataError),
        "another page than asked for": (cursor(INDEX=100), PriceDataError),
        "rows that are no tables": (history(lambda _: [1, 2]), PriceDataError),
        "other JSON": (body(b'{"finance": 1}'), PriceDataError),
        "one block": (body(b"[1]"), PriceDataError),
        "null": (body(b"null"), PriceDataError),
    },
    "cbr": {
        "zero": (edit_text("<Value>75,11", "<Value>0,00"), PriceDataError),
        "negative": (edit_text("<Value>75,11", "<Value>-75,11"), PriceDataError),
        "NaN": (edit_text("<Value>75,11", "<Value>NaN"), PriceDataError),
        "no number": (edit_text("<Value>75,1100", "<Value>"), PriceDataError),
        "thousands": (edit_text("<Value>75,11", "<Value>1.075,11"), PriceDataError),
        "a decimal point": ([edit_text("<Value>75,11", "<Value>75.11")], "right"),
        "nominal 100": (
            [edit_text("<Nominal>1</Nominal><Value>75,11", "<Nominal>100</Nominal><Value>7511,")],
            "right",
        ),
        "nominal 0": (edit_text("<Nominal>1<", "<Nominal>0<", 1), PriceDataError),
        "no nominal": (edit_text("<Nominal>1</Nominal>", ""), PriceDataError),
        "no date": (edit_text(r'Date="1[0-9]\.01\.2022"', ""), PriceDataError),
        "a date that is not": (edit_text(r'"14\.01\.2022"', '"31.02.2022"'), PriceDataError),
        "American dates": (edit_text(r"14\.01\.2022", "01/14/2022"), PriceDataError),
        "sent twice": ([edit_text("(<Record Date=.14.*?</Record>)", r"\1\1")], "right"),
        "sent twice, differently": (
            edit_text(r'Date="18\.01\.2022"', 'Date="14.01.2022"'),
            PriceDataError,
        ),
        "reversed": (
            [
                lambda answer: replace(
                    answer,
                    body=_reversed_records(answer.body),
                )
            ],
            "right",
        ),
        "another currency": (edit_text("R01235", "R01239"), PriceDataError),
        "one rate of another currency": (
            edit_text('Id="R01235"', 'Id="R01239"', 1),
            PriceDataError,
        ),
        "outside the span": (edit_text(r"11\.01\.2022", "11.01.2021"), PriceDataError),
        "begins later than asked for": (
            edit_text('DateRange1="10.01.2022"', 'DateRange1="14.01.2022"'),
            PriceDataError,
        ),
        "ends before it should": (
            edit_text('DateRange2="24.01.2022"', 'DateRange2="17.01.2022"'),
            PriceDataError,
        ),
        "does not say its span": (edit_text("DateRange1=", "Range="), PriceDataError),
        "records by another name": (
            edit_text(r"<Record (Date=.14.*?)</Record>", r"<record \1</record>"),
            PriceDataError,
        ),
        "says it is UTF-8": (edit_text("windows-1251", "utf-8"), UnreachableError),
        "no such encoding": (edit_text("windows-1251", "martian-1"), UnreachableError),
        "UTF-16": (body('<?xml version="1.0"?><ValCurs/>'.encode("utf-16")), UnreachableError),
        "an error in words": (body(b"<ValCurs>Error in parameters</ValCurs>"), PriceDataError),
        "other XML": (body(b"<rss></rss>"), PriceDataError),
        "entities": (
            body(b'<!DOCTYPE a [<!ENTITY b "bb">]><ValCurs ID="R01235">&b;</ValCurs>'),
            PriceDataError,
        ),
    },
}


def _reversed_records(content):
    text = content.decode("cp1251")
    head, *records = text.split("<Record")
    tail = "</ValCurs>"
    records[-1] = records[-1].removesuffix(tail)
    return (head + "".join("<Record" + one for one in reversed(records)) + tail).encode("cp1251")


CASES = [
    pytest.param(name, fault, outcome, {}, id=f"{name}-{what}")
    for name in SYMBOLS
    for what, (fault, outcome) in {**EVERY_SOURCE, **OWN[name]}.items()
]
CASES += [
    pytest.param(name, fault, outcome, {"total": 0.8, "read": 0.5}, id=f"{name}-{what}")
    for name in SYMBOLS
    for what, (fault, outcome) in SLOW.items()
]


def test_there_are_at_least_forty_faults():
    assert len(CASES) >= 40


@pytest.mark.parametrize(("name", "fault", "outcome", "limits"), CASES)
def test_fault_is_recovered_from_or_told(server, name, fault, outcome, limits):
    if isinstance(fault, list):
        server.inject(name, *fault)
    else:
        server.inject(name, fault, always=True)
    patience = Patience()
    policy = patience.policy(attempt=1.5 if limits else LIMIT, attempts=2 if limits else 4)
    if inspect.isclass(outcome):
        with pytest.raises(outcome) as caught:
            get(server, name, policy=policy, **limits)
        assert type(caught.value) is outcome
        told = str(caught.value)
        assert told.startswith(f"{name} {SYMBOLS[name]}: ")
        assert server.address.removeprefix("http://") not in told
        assert patience.now <= policy.deadline
        assert server.count(name) <= 4 * policy.attempts  # redirects within a source are followed
    else:
        got = get(server, name, policy=policy, **limits)
        without = {dt.date.fromisoformat(outcome[8:])} if str(outcome).startswith("without") else {}
        assert closes(got) == {day: price for day, price in EXPECTED.items() if day not in without}
    assert not server.broken
    assert not server.waiting(name)


# Waiting


@pytest.mark.parametrize("name", SYMBOLS)
def test_waits_grow_up_to_a_cap_and_honour_what_the_source_asks(server, name):
    server.inject(name, status(500), status(429, Retry_After="7"), status(500))
    patience = Patience()
    source = source_of(server, name)
    policy = patience.policy(first_wait=1.0, longest_wait=2.0)
    source.pause = 0.0
    assert closes(watched(lambda: fetch(source, SYMBOLS[name], {}, START, END, policy))) == EXPECTED
    assert patience.slept == [1.0, 7.0 + 2.0, 2.0]
    assert server.count(name) == 4


def test_wait_is_a_random_part_of_the_cap():
    error = UnreachableError("down")
    policy = Policy(random=lambda: 0.25, first_wait=2.0, longest_wait=30.0)
    assert [policy.wait(attempt, error) for attempt in (1, 2, 3, 9)] == [0.5, 1.0, 2.0, 7.5]


def test_source_that_asks_for_longer_than_the_deadline_is_left_at_once(server):
    server.inject("moex", status(429, Retry_After="3600"), always=True)
    patience = Patience()
    with pytest.raises(RateLimitedError, match="wait 3600 seconds") as caught:
        get(server, "moex", policy=patience.policy())
    assert server.count("moex") == 1
    assert caught.value.retryable
    assert caught.value.retry_after == 3600


def test_last_error_says_how_often_it_was_asked(server):
    server.inject("cbr", status(503), always=True)
    with pytest.raises(UnreachableError, match=r"cbr USD: .*HTTP 503.*\(4 attempts\)"):
        get(server, "cbr")


@pytest.mark.parametrize("name", SYMBOLS)
def test_what_cannot_change_is_not_asked_twice(server, name):
    server.inject(name, status(403), always=True)
    with pytest.raises(UnreachableError) as caught:
        get(server, name)
    assert not caught.value.retryable
    assert server.count(name) == 1


def test_requests_to_one_source_are_kept_apart(server):
    patience = Patience()
    policy = patience.policy()
    source = server.moex()
    source.pause = 5.0
    for _ in range(3):
        watched(lambda: fetch(source, "SBER", {}, START, END, policy))
    watched(lambda: fetch(server.cbr(), "USD", {}, START, END, policy))
    assert patience.slept == [5.0, 5.0]


def test_source_that_hangs_is_left_behind():
    ending = threading.Event()

    class Hanging:
        name, summary, examples, options, pause = "hanging", "", (), (), 0.0

        def check(self, symbol, options):
            pass

        def fetch(self, *_):
            ending.wait(LIMIT)

    policy = Patience().policy(attempt=0.2, attempts=2)
    with pytest.raises(UnreachableError, match=r"within 0.2 seconds \(2 attempts\)"):
        watched(lambda: fetch(Hanging(), "X", {}, START, END, policy))
    ending.set()


@pytest.mark.parametrize("name", SYMBOLS)
def test_same_span_is_asked_for_again(server, name):
    """No library's own cache answers: a vendor's revision would never be seen."""
    for _ in range(2):
        get(server, name)
    assert server.count(name) == 2


def test_many_series_at_once(server):
    for place in range(4):
        server.put_yahoo(f"Y{place}", {day: price + place for day, price in EXPECTED.items()})
        server.put_moex(f"M{place}", {day: price + place for day, price in EXPECTED.items()})
    asked = [
        (name, f"{name[0].upper()}{place}") for name in ("yahoo", "moex") for place in range(4)
    ]
    with ThreadPoolExecutor(8) as pool:
        got = dict(zip(asked, pool.map(lambda one: get(server, *one), asked), strict=True))
    for (_, symbol), download in got.items():
        shifted = {day: price + int(symbol[1]) for day, price in EXPECTED.items()}
        assert closes(download) == pytest.approx(shifted)


@pytest.mark.parametrize("name", SYMBOLS)
def test_slow_body_ends_an_attempt_by_itself(server, name):
    """The thread of a source that is left behind does not go on for ever."""
    server.inject(name, manner("trickle"), always=True)
    source = source_of(server, name, total=0.5, read=0.4)
    with pytest.raises(UnreachableError):
        watched(lambda: source.fetch(SYMBOLS[name], {}, START, END))


def test_span_that_ends_before_it_starts_is_refused(server):
    with pytest.raises(InvalidArgumentError, match="before it starts"):
        fetch(server.moex(), "SBER", {}, END, START)


# Deliveries of any source


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda table: table.iloc[::-1], "not ascending"),
        (lambda table: table.iloc[[0, 1, 1]], "occur twice: 2022-01-11"),
        (lambda table: table.tz_localize("UTC"), "time zone"),
        (lambda table: table.shift(freq="9h"), "not plain dates"),
        (lambda table: table.shift(freq="30D"), "outside 2022-01-10"),
        (lambda table: table.assign(close=-1.0), "greater than zero: 2022-01-10"),
        (lambda table: table.assign(close=np.nan), "not finite"),
        (lambda table: table.assign(adjusted=0.0), "adjusted not finite"),
        (lambda table: table.assign(volume=-1.0), "volume negative"),
        (lambda table: table.assign(volume="x"), "volume negative or not finite"),
        (lambda table: table.assign(close=True), "close true or false.*2022-01-10"),
        (lambda table: table.assign(volume=[True, *[1.0] * (len(table) - 1)]), "volume true"),
        (lambda table: table.rename(columns={"close": "price"}), "column of closes"),
        (lambda table: table.iloc[:0], "no price"),
    ],
)
def test_malformed_delivery_is_told_with_its_dates(change, told):
    good = pd.DataFrame({"close": CLOSES}, pd.DatetimeIndex(DAYS))
    assert checked(PriceSeries(good), START, END).table is good
    with pytest.raises(PriceError, match=told):
        checked(PriceSeries(change(good)), START, END)


# Where requests may go


@pytest.mark.parametrize(
    "url",
    [
        "http://www.cbr.ru/x",
        "https://cbr.ru.evil.example/x",
        "https://evilcbr.ru/x",
        "https://user@www.cbr.ru/x",
        "https://www.cbr.ru:8443/x",
        "file:///etc/passwd",
        "https://169.254.169.254/latest",
    ],
)
def test_other_addresses_are_not_asked(url):
    for limits in (
        RequestLimits(("www.cbr.ru",)),
        RequestLimits(("www.cbr.ru",), gateway="http://127.0.0.1:9"),
    ):
        with pytest.raises(UnreachableError, match="another place"):
            limits.address(url)


def test_domain_stands_for_its_hosts():
    limits = RequestLimits((".yahoo.com",))
    assert limits.address("https://query2.finance.yahoo.com/v8?a=1").endswith("/v8?a=1")
    with pytest.raises(UnreachableError):
        limits.address("https://notyahoo.com/")


def test_retry_after_is_read_in_both_forms():
    later = (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=90)).strftime(
        "%a, %d %b %Y %H:%M:%S GMT"
    )
    assert refusal(429, {"Retry-After": "12"}).retry_after == 12
    assert 80 <= refusal(503, {"Retry-After": later}).retry_after <= 90
    for odd in ("soon", "²", "١٢", "9" * 5000, "-1", "1.5", "Mon, 23 Nov 99999999999 10:00:00 GMT"):
        assert refusal(503, {"Retry-After": odd}).retry_after is None
    assert refusal(200, {}) is None


def test_redirect_within_the_source_is_followed(server):
    route = "https://www.cbr.ru/scripts/XML_dynamic.asp"
    query = "date_req1=10/01/2022&date_req2=24/01/2022&VAL_NM_RQ=R01235"
    server.inject("cbr", redirect(f"{route}?{query}", 301))
    assert closes(get(server, "cbr")) == EXPECTED


# Yahoo


def test_yahoo_delivers_actions_adjusted_closes_and_volumes(server):
    day = dt.date(2022, 1, 13)
    about = {"dividends": {day: 0.22}, "splits": {DAYS[5]: (4, 1)}, "adjusted": 0.5, "volume": 7}
    server.put_yahoo("MSFT", EXPECTED, **about)
    table = get(server, "yahoo", "MSFT").table
    assert table.loc[DAY, "dividend"] == 0.22
    assert table["dividend"].sum() == 0.22
    assert table["split"].tolist() == [1, 1, 1, 1, 1, 4, 1, 1, 1, 1]
    assert np.allclose(table["adjusted"], table["close"] / 2)
    assert set(table["volume"]) == {7}


@pytest.mark.parametrize("london_dates", [True, False], ids=["London", "a day early"])
def test_yahoo_currency_is_dated_by_the_day_at_whose_start_it_is_struck(server, london_dates):
    """In summer its rows are at 23:00 UTC: dated in UTC they run from Sunday to Thursday."""
    days = [day.date() for day in pd.bdate_range("2021-02-01", "2021-12-31")]
    rates = {day: 70.0 + place / 100 for place, day in enumerate(days)}
    zone = "Europe/London" if london_dates else "UTC"
    summer = [d for d in days if dt.date(2021, 3, 28) <= d < dt.date(2021, 10, 31)]
    raw = {
        day - ONE_DAY * (not london_dates and day in summer): rate for day, rate in rates.items()
    }
    about = {"exchange": "CCY", "currency": "RUB", "kind": "CURRENCY", "opens": dt.time(0)}
    server.put_yahoo("RUB=X", raw, zone=zone, **about)
    got = get(server, "yahoo", "RUB=X", dt.date(2021, 3, 22), dt.date(2021, 11, 5))
    wanted = {d: rate for d, rate in rates.items() if dt.date(2021, 3, 22) <= d}
    assert closes(got) == {d: rate for d, rate in wanted.items() if d <= dt.date(2021, 11, 5)}
    assert got.clock == Clock("00:00", "Europe/London")
    assert got.quote == "RUB per USD: up = the ruble weakens"
    assert got.currency == "RUB"
    assert any("moved" in note for note in got.notes) != london_dates
    few = get(server, "yahoo", "RUB=X", dt.date(2021, 7, 13), dt.date(2021, 7, 14))
    assert closes(few) == {dt.date(2021, 7, d): rates[dt.date(2021, 7, d)] for d in (13, 14)}


def test_yahoo_currency_whose_close_is_not_its_open_is_told(server):
    def later(held):
        quote = held["chart"]["result"][0]["indicators"]["quote"][0]
        quote["open"] = [close - 0.1 for close in quote["close"]]

    about = {"exchange": "CCY", "currency": "RUB", "kind": "CURRENCY", "opens": dt.time(0)}
    server.put_yahoo("RUB=X", EXPECTED, zone="Europe/London", **about)
    assert not any("not the open" in note for note in get(server, "yahoo", "RUB=X").notes)
    server.inject("yahoo", edit_json(later))
    assert any("not the open" in note for note in get(server, "yahoo", "RUB=X").notes)


def test_yahoo_statement_of_the_afternoon_falls_on_the_next_label():
    """The close labelled 14 January is struck when 14 January begins in London."""
    struck = Clock("00:00", "Europe/London").struck(pd.DatetimeIndex(["2022-01-13", "2022-01-14"]))
    said = pd.Timestamp("2022-01-13 15:08", tz="Europe/Moscow")
    assert list(struck > said) == [False, True]


def test_yahoo_row_of_an_open_day_is_left_out(server):
    today = dt.date(2026, 11, 20)
    days = [day.date() for day in pd.bdate_range("2026-11-16", today)]
    rates = dict(zip(days, CLOSES, strict=False))
    server.put_yahoo("MSFT", rates)
    got = get(server, "yahoo", "MSFT", days[0], today)  # the server's now: 12:00 UTC
    assert list(closes(got)) == days[:-1]
    assert any("not over: 2026-11-20" in note for note in got.notes)
    server.put_yahoo("7203.T", rates, exchange="JPX", zone="Asia/Tokyo", opens=dt.time(9))
    got = get(server, "yahoo", "7203.T", days[0], today)
    assert (list(closes(got)), got.clock) == (days[:-1], None)
    assert any("not known" in note for note in got.notes)


@pytest.mark.parametrize(
    ("zone", "exchange", "clock"),
    [
        ("Europe/London", "LSE", "16:35 Europe/London"),
        ("Europe/Berlin", "GER", "17:35 Europe/Berlin"),
        ("Asia/Hong_Kong", "HKG", "16:10 Asia/Hong_Kong"),
        ("Europe/Moscow", "MCX", "18:50 Europe/Moscow"),
        ("Pacific/Auckland", "NZE", "None"),
    ],
)
def test_yahoo_dates_are_those_of_the_exchange(server, zone, exchange, clock):
    server.put_yahoo("X1", EXPECTED, zone=zone, exchange=exchange)
    got = get(server, "yahoo", "X1")
    assert closes(got) == EXPECTED
    assert str(got.clock) == clock


def test_yahoo_moscow_tickers_have_ended(server):
    server.put_yahoo("SBER.ME", EXPECTED, zone="Europe/Moscow", exchange="MCX", currency="RUB")
    got = get(server, "yahoo", "SBER.ME")
    assert got.ended
    assert any("since 2022" in note for note in got.notes)


def test_yahoo_refuses_an_isin_and_knows_an_index(server):
    with pytest.raises(NoSuchSymbolError, match="ISIN"):
        fetch(server.yahoo(), "US0378331005", {}, START, END)
    server.put_yahoo("^GSPC", EXPECTED, kind="INDEX", exchange="SNP")
    assert get(server, "yahoo", "^GSPC").quote == "index points: up = the index rises"


def test_yahoo_leaves_yfinance_as_it_was(server):
    import yfinance as yf
    from yfinance.data import YfData

    held = YfData()._session
    get(server, "yahoo")
    assert YfData()._session is held
    assert yf.config.debug.hide_exceptions


def test_yahoo_does_without_cookies_and_crumbs(server, monkeypatch):
    """Their failure is no failure of the prices, and their hosts cannot lead elsewhere."""
    from yfinance.data import YfData

    monkeypatch.setattr(YfData(), "_crumb", None)
    good = server._good

    def bad(path):
        return good(path) if "/chart/" in path else Answer(429, {}, b"Too Many Requests")

    monkeypatch.setattr(server, "_good", bad)
    assert closes(get(server, "yahoo")) == EXPECTED


@pytest.mark.parametrize("name", SYMBOLS)
@pytest.mark.parametrize(
    ("often", "told"),
    [("W-FRI", "a week apart"), ("W-WED", "a week apart"), ("BME", "a month apart")],
)
def test_weeks_and_months_from_a_source_of_days_are_refused(server, name, often, told):
    days = [day.date() for day in pd.date_range("2020-01-01", "2021-12-31", freq=often)]
    closes = dict.fromkeys(days, 80.0) | {days[0]: 81.0}
    put = {"yahoo": server.put_yahoo, "moex": server.put_moex}
    if name == "cbr":
        server.put_cbr("CNY", {day + ONE_DAY: rate for day, rate in closes.items()})
    else:
        put[name]("CNY", closes)
    with pytest.raises(PriceDataError, match=f"{name} CNY: its prices are {told}.*daily ones are"):
        get(server, name, "CNY", days[0], days[-1])


# Moscow Exchange


def test_moex_reads_all_pages(server):
    days = [day.date() for day in pd.bdate_range("2020-01-01", periods=505)]
    server.put_moex("GAZP", {day: 200.0 + place for place, day in enumerate(days)})
    got = get(server, "moex", "GAZP", days[0], days[-1])
    assert list(got.table["close"]) == [200.0 + place for place in range(505)]
    assert server.count("moex") == 6


def test_moex_fault_on_a_later_page_is_recovered_from(server):
    days = [day.date() for day in pd.bdate_range("2020-01-01", periods=250)]
    server.put_moex("GAZP", {day: 200.0 + place for place, day in enumerate(days)})
    server.inject("moex", lambda answer: answer, status(500))
    assert len(get(server, "moex", "GAZP", days[0], days[-1]).table) == 250


def page_of(held, rows, total=250):
    held[1]["history"], held[1]["history.cursor"][0]["TOTAL"] = rows, total


LATER_PAGES = {
    "is empty": (lambda held: page_of(held, []), "it says 250 rows and sent 100"),
    "counts otherwise": (lambda held: page_of(held, held[1]["history"], 251), "251 on another"),
    "repeats the former": (
        lambda held: page_of(
            held, [{**row, "TRADEDATE": "2020-01-01"} for row in held[1]["history"]]
        ),
        "its pages repeat rows: 2020-01-01",
    ),
    "stands elsewhere": (
        lambda held: held[1]["history.cursor"][0].update(INDEX=101),
        "the rows from 101 on, not those from 100 on",
    ),
}


@pytest.mark.parametrize(("change", "told"), LATER_PAGES.values(), ids=LATER_PAGES)
def test_moex_later_page_that_loses_rows_is_told(server, change, told):
    days = [day.date() for day in pd.bdate_range("2020-01-01", periods=250)]
    server.put_moex("GAZP", {day: 200.0 + place for place, day in enumerate(days)})
    server.inject("moex", lambda answer: answer, edit_json(change))
    with pytest.raises(PriceDataError, match=told):
        get(server, "moex", "GAZP", days[0], days[-1])
    assert server.count("moex") == 2
    assert not server.broken


def test_moex_pages_of_one_row_end_at_the_count_that_it_gives(server):
    def first_row(held):
        held[1]["history"] = held[1]["history"][:1]

    server.inject("moex", edit_json(first_row), always=True)
    assert closes(get(server, "moex")) == EXPECTED
    assert server.count("moex") == len(EXPECTED)


@pytest.mark.parametrize(
    ("symbol", "about", "clock", "currency", "quote"),
    [
        ("IMOEX", {"board": "SNDX"}, "18:50 Europe/Moscow", "index points", "the index rises"),
        ("RTSI", {"board": "RTSI"}, "18:50 Europe/Moscow", "index points", "the index rises"),
        ("SiH2", {"board": "RFUD"}, "18:50 Europe/Moscow", "RUB", "the price rises"),
        (
            "USD000UTSTOM",
            {"board": "CETS", "turnover": "VOLRUR"},
            "23:50 Europe/Moscow until 2022-02-28; 19:00 Europe/Moscow",
            "RUB",
            "RUB per USD: up = the ruble weakens",
        ),
    ],
)
def test_moex_boards(server, symbol, about, clock, currency, quote):
    server.put_moex(symbol, EXPECTED, column="CLOSE", **about)
    got = get(server, "moex", symbol)
    assert closes(got) == EXPECTED
    assert str(got.clock) == clock
    assert got.currency == currency
    assert got.quote.endswith(quote)
    assert got.ended == (symbol == "USD000UTSTOM")
    assert got.arguments["board"] == about["board"]


def test_moex_dollar_by_its_common_name(server):
    server.put_moex("USD000UTSTOM", EXPECTED, column="CLOSE", board="CETS", turnover="VOLRUR")
    got = get(server, "moex", "USDRUB_TOM")
    assert closes(got) == EXPECTED
    assert any("2024-06-12" in note for note in got.notes)


def test_moex_dummy_rows_are_counted_and_named(server):
    """On 7 January 2022 the index has a row, though the exchange was closed."""
    days = [dt.date(2022, 1, day) for day in (5, 6, 7, 10)]
    levels = dict(zip(days, (3800.0, 3796.0, 3796.0, 3807.0), strict=True))
    about = {"board": "SNDX", "column": "CLOSE", "dummies": frozenset({days[2]})}
    server.put_moex("IMOEX", levels, volume=None, **about)
    got = get(server, "moex", "IMOEX", days[0], days[-1])
    assert list(closes(got)) == [days[0], days[1], days[3]]
    assert any("1 row left out" in note and "2022-01-07" in note for note in got.notes)
    assert set(got.table["volume"]) == {1e6}  # the index has no volume: its turnover


def test_moex_place_by_options(server):
    server.put_moex("TEST", EXPECTED, board="TQTF", column="LEGALCLOSEPRICE")
    source = server.moex()
    got = watched(lambda: fetch(source, "TEST", {"board": "TQTF"}, START, END))
    assert closes(got) == EXPECTED
    with pytest.raises(NoPricesError, match="board TQBR"):
        get(server, "moex", "TEST")
    for options in ({"board": "../x"}, {"board": 7}, {"market": "bonds"}):
        with pytest.raises(InvalidArgumentError):
            source.check("TEST", options)


def test_moex_says_which_days_its_clock_does_not_hold_for(server):
    days = [dt.date(2022, 3, day) for day in (24, 25, 28, 29)]
    server.put_moex("GAZP", dict.fromkeys(days, 230.0))
    assert any("14:00" in note for note in get(server, "moex", "GAZP", days[0], days[3]).notes)
    assert not any("14:00" in n for n in get(server, "moex", "GAZP", days[3], days[3]).notes)


# Bank of Russia


def test_cbr_rate_is_dated_by_the_day_it_is_set(server):
    """Set on Friday 27 March 2020, in force from Saturday 28 March; next set on 6 April."""
    labels = {dt.date(2020, 3, 27): 78.7223, dt.date(2020, 3, 28): 77.7325}
    server.put_cbr("USD", {**labels, dt.date(2020, 4, 7): 76.4074})
    got = get(server, "cbr", start=dt.date(2020, 3, 26), end=dt.date(2020, 4, 6))
    set_on = [dt.date(2020, 3, 26), dt.date(2020, 3, 27), dt.date(2020, 4, 6)]
    assert closes(got) == dict(zip(set_on, (78.7223, 77.7325, 76.4074), strict=True))


def test_cbr_rate_labelled_a_monday_was_set_on_friday(server):
    server.put_cbr("EUR", {dt.date(2022, 1, 17): 75.76, dt.date(2022, 1, 18): 76.04})
    got = get(server, "cbr", "EUR", start=dt.date(2022, 1, 14), end=dt.date(2022, 1, 17))
    assert list(closes(got)) == [dt.date(2022, 1, 14), dt.date(2022, 1, 17)]


def test_cbr_two_rates_set_on_one_day_are_refused(server):
    server.put_cbr("USD", {dt.date(2022, 1, 15): 75.76, dt.date(2022, 1, 17): 76.04})
    with pytest.raises(PriceDataError, match="set on one day: 2022-01-14"):
        get(server, "cbr")


@pytest.mark.parametrize(
    ("day", "opens", "ends"),
    [
        ("2022-01-13", "10:00", "11:30"),
        ("2022-03-14", "10:00", "11:30"),
        ("2022-03-15", "10:00", "16:30"),
        ("2022-04-25", "10:00", "16:30"),
        ("2022-04-26", "10:00", "15:30"),
        ("2024-06-13", "10:00", "15:30"),
    ],
)
def test_cbr_averaging_window_by_setting_day(server, day, opens, ends):
    clock = get(server, "cbr").clock
    held = clock.on(dt.date.fromisoformat(day))
    assert str(held) == f"{opens}-{ends} Europe/Moscow"
    struck = clock.struck(pd.DatetimeIndex([day]))[0].tz_convert("Europe/Moscow")
    assert f"{struck:%Y-%m-%d %H:%M}" == f"{day} {ends}"


def test_cbr_rates_are_for_one_unit_when_the_nominal_changes(server):
    rates = {day + ONE_DAY: rate for day, rate in EXPECTED.items()}
    server.put_cbr("JPY", {label: 100 * rate for label, rate in rates.items()}, nominal=100)
    late = {day: rate for day, rate in rates.items() if day >= dt.date(2022, 1, 18)}
    server._cbr["JPY"].update(
        {day: (f"{rate:.4f}".replace(".", ","), "1") for day, rate in late.items()}
    )
    got = get(server, "cbr", "JPY")
    assert closes(got) == EXPECTED
    assert any("1, 100 units" in note for note in got.notes)
    assert got.quote == "RUB per JPY: up = the ruble weakens"


def test_cbr_regimes_are_told(server):
    days = [day.date() for day in pd.bdate_range("2022-03-01", "2024-07-01")]
    server.put_cbr("USD", {day + ONE_DAY: 80.0 for day in days})
    notes = get(server, "cbr", start=days[0], end=days[-1]).notes
    assert sum("averaged over" in note for note in notes) == 2
    assert any("off the exchange" in note for note in notes)


# Statements and clocks that were moved


def test_statement_inside_a_window_is_flagged_by_the_clock_of_its_day():
    from eventstudy.design.alignment import align
    from eventstudy.design.sessions import Calendar
    from eventstudy.events.reading import read_events

    clock = Clock.parse(
        "10:00-11:30 Europe/Moscow until 2022-03-14; 10:00-16:30 Europe/Moscow until "
        "2022-04-25; 15:20-15:30 Europe/Moscow"
    )
    sessions = pd.bdate_range("2022-01-03", "2022-05-31")
    calendar = Calendar("RUB", sessions.to_numpy().astype("datetime64[D]"), clock, ended=False)
    cases = {"2022-01-13": (14, False), "2022-03-16": (16, True), "2022-05-12": (12, False)}
    frame = pd.DataFrame(
        {
            "event_id": [f"e-{day}" for day in cases],
            "date": list(cases),
            "time": "15:08",
            "timezone": "Europe/Moscow",
            "title": "t",
        }
    )
    for event in read_events(frame):
        aligned = align(event, calendar, 5)
        day, partly = cases[str(event.date)]
        assert int(str(sessions[aligned.day0].day)) == day
        assert aligned.partly == partly


@pytest.mark.parametrize(
    "text",
    [
        "10:00 Europe/Moscow until 2022-03-14; 11:00 Europe/Berlin",
        "10:00 Europe/Moscow until 2022-03-14; 9:00 Europe/Moscow until 2022-01-01; "
        "11:00 Europe/Moscow",
        "10:00 Europe/Moscow; 11:00 Europe/Moscow",
        "10:00 Europe/Moscow until 2022-02-31; 11:00 Europe/Moscow",
    ],
)
def test_moved_clock_that_cannot_be_is_refused(text):
    with pytest.raises(InvalidArgumentError):
        Clock.parse(text)


def test_heavy_libraries_are_imported_when_something_is_fetched():
    told = (
        "import sys; from eventstudy.prices import SOURCES, LiveSource;"
        "[s.check(s.examples[0], {}) for s in SOURCES.values() if isinstance(s, LiveSource)];"
        "print(sorted({'requests', 'yfinance', 'curl_cffi', 'apimoex'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, check=True, timeout=LIMIT
    )
    assert done.stdout.strip() == "[]"


def test_pace_counts_sources_apart():
    patience = Patience()
    policy = patience.policy(pace=Pace())

    class One:
        name, pause = "one", 4.0

    class Two(One):
        name = "two"

    for source in (One, Two, One):
        policy.pace.wait(source, policy)
    assert patience.slept == [4.0]
