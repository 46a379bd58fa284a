"""Bars from tables: labels, lengths, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from minute_bars import golden_bars, golden_frame, walk, weekdays

import eventstudy as es
from eventstudy.errors import InvalidArgumentError, PriceDataError, UnknownNameError

DAYS = weekdays(3)


def frame(**columns):
    table = walk(DAYS, minutes=10)
    return table.assign(**columns)


def load(table, **options):
    return es.load_bars({"A": {"source": table, "market": "XMOS", **options}})["A"]


def test_a_bar_is_known_at_its_end_whatever_its_label():
    starts = load(frame())
    ends = frame()
    ends.index = ends.index + pd.Timedelta("10min")
    assert load(ends).label.startswith("end, because 3 bars")
    assert starts.label.startswith("start, because 3 bars")
    assert (load(ends).end == starts.end).all()
    assert (load(ends).begin == starts.begin).all()
    assert str(starts.frame.index[0]) == f"{DAYS[0]} 10:10:00+03:00"


def test_a_label_that_cannot_be_told_is_asked_for_and_the_advice_works():
    inside = frame()[lambda table: table.index.strftime("%H").isin(["11", "12"])]
    with pytest.raises(InvalidArgumentError, match='Write label = "start"'):
        load(inside)
    assert load(inside, label="start").label == "start, as was said"


def test_columns_of_begin_and_end_go_before_the_label():
    table = frame()
    table["begin"] = table.index
    table["end"] = table.index + pd.Timedelta("10min")
    assert load(table).label == "both, by the columns begin and end"


def test_a_series_is_closes():
    bars = es.load_bars({"A": {"source": frame()["close"], "market": "XMOS"}})["A"]
    assert bars.volume is None
    assert len(bars) == 3 * 52


@pytest.mark.parametrize(
    ("table", "kind", "said"),
    [
        (frame().tz_localize(None), InvalidArgumentError, "has no time zone"),
        (frame().reset_index(drop=True), InvalidArgumentError, "must be moments"),
        (frame().drop(columns="close"), PriceDataError, "no column close"),
        (frame(close="x"), PriceDataError, "not numbers"),
        (frame(close=0.0), PriceDataError, "a close not finite and greater than zero"),
        (frame(close=np.inf), PriceDataError, "a close not finite"),
        (frame(high=-1.0), PriceDataError, "a high that is no such number"),
        (frame().iloc[:0], PriceDataError, "is empty"),
        (pd.concat([frame(), frame().iloc[:1]]), PriceDataError, "carry the label of another"),
        (3, InvalidArgumentError, "name no source"),
    ],
)
def test_what_is_no_table_of_bars_is_refused(table, kind, said):
    with pytest.raises(kind, match=said):
        load(table)


def test_the_first_wrong_bars_are_named():
    table = frame()
    table.iloc[5, 0] = -1.0
    with pytest.raises(PriceDataError, match=rf"A: .*1 have a close .*: {DAYS[0]} 08:00:00Z"):
        load(table)


def test_a_length_that_cannot_be_is_refused_and_the_advice_works():
    table = frame()
    with pytest.raises(InvalidArgumentError, match="Write minutes = 10"):
        load(table, minutes=30)
    assert load(table, minutes=10).length == 600
    with pytest.raises(InvalidArgumentError, match="write minutes = 10"):
        load(table.iloc[:1], label="start")
    assert len(load(table.iloc[:1], label="start", minutes=10)) == 1


def test_minutes_without_a_trade_do_not_make_bars_longer():
    assert golden_bars()["G"].length == 60
    assert golden_bars()["G"].label.startswith("start")


def test_requests_that_cannot_be_right():
    table = frame()
    for request, kind, said in (
        ({"A": table}, InvalidArgumentError, 'Write market = "XMOS"'),
        ({"A": {"source": table, "market": "XMOZ"}}, UnknownNameError, "XMOS"),
        ({"A": {"source": table, "marcet": "XMOS"}}, UnknownNameError, "Did you mean 'market'"),
        ({"A": {"source": table, "market": "XMOS", "factor": "B"}}, UnknownNameError, "factor 'B'"),
        (
            {"A": {"source": table, "market": "XMOS", "factor": "A"}},
            InvalidArgumentError,
            "its own",
        ),
        (
            {"A": {"source": table, "market": "XMOS", "label": "open"}},
            InvalidArgumentError,
            "start",
        ),
        (
            {"A": {"source": table, "market": "XMOS", "clock": "MSK"}},
            InvalidArgumentError,
            "Moscow",
        ),
        ({"A": {"source": table, "market": "XMOS", "minutes": 0}}, InvalidArgumentError, "minutes"),
        ({"A": "sample:SBERR"}, es.EventStudyError, "Did you mean 'SBER'"),
        ({"A": "smple:SBER"}, UnknownNameError, "Did you mean 'sample'"),
        ({"A": "SBER"}, InvalidArgumentError, '"source:symbol"'),
        ({"A": {"source": "csv", "path": "https://x/y.csv"}}, InvalidArgumentError, "is a URL"),
        ({}, InvalidArgumentError, "at least one series"),
    ):
        with pytest.raises(kind, match=said):
            es.load_bars(request)


def test_bars_say_what_they_are():
    bars = es.load_bars({"SBER": "sample:SBER", "IMOEX": "sample:IMOEX"})
    assert "6,621 bars of 10 min, 2021-11-01 to 2022-02-25, XMOS" in repr(bars)
    assert bars.frame("IMOEX").columns.tolist() == ["begin", "high", "low", "close"]
    last = bars["IMOEX"].frame.loc["2022-01-13 18:50+03:00"]
    assert (last["close"], f"{last['begin']:%H:%M}") == (3674.73, "18:00")
    with pytest.raises(UnknownNameError, match="Did you mean 'SBER'"):
        bars["SBR"]


def test_the_clock_of_a_series_may_be_that_of_another_place():
    table = golden_frame()
    bars = es.load_bars({"A": {"source": table, "market": "XMOS", "clock": "Europe/London"}})["A"]
    assert bars.zone == "Europe/London"
    assert bars.parts.zone == "Europe/Moscow"
