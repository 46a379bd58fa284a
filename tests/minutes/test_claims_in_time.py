"""When a claimed move was true: recomputed by hand from the tables, and on bars made for it."""

import csv
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
from minute_bars import loaded, walk, weekdays

import eventstudy as es
from eventstudy.errors import UnknownNameError

CLAIMS = "RUBUSD:-0.42%@2022-01-13;IMOEX:-2.2%@2022-01-13"
BARS = {
    "IMOEX": "sample:IMOEX",
    "INDEX": "sample:index-proxy",
    "SBER": "sample:SBER",
    "USDRUB": {
        "source": "sample",
        "symbol": "USDRUB-implied",
        "references": {"2022-01-13": {"close": 75.09, "evening": 74.67}},
    },
    "RUBUSD": {"implied": "1 / USDRUB"},
}


def event(claims, **columns):
    row = {"event_id": "e", "date": "2022-01-13", "title": "e", "claims": claims, **columns}
    return es.read_events(pd.DataFrame([row]), timezone="Europe/Moscow")


@pytest.fixture(scope="module")
def results():
    return es.run_minutes(event(CLAIMS, known_by="14:45"), es.load_bars(BARS))


@pytest.fixture(scope="module")
def table():
    """The rows of 13 January as they are in the package, {clock: {column: number}}."""
    text = (files("eventstudy.bars") / "data" / "day_20220113_10m.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row.pop("end")[11:]: {k: float(v) for k, v in row.items()} for row in rows}


def when(frame, asset, level, standing):
    chosen = frame[(frame.asset == asset) & (frame.level == level) & (frame.standing == standing)]
    (row,) = chosen.itertuples()
    return row


def test_the_ruble_by_hand(results, table):
    """-0.42 % against 74.67 rubles, ± .2 %: the closes from 14:20 to 15:00, and no others."""
    near = [
        clock
        for clock, row in table.items()
        if abs(74.67 / row["USDRUB_implied"] - 1 + 0.0042) <= np.hypot(0.002, 0.00005)
    ]
    assert near == ["14:20", "14:30", "14:40", "14:50", "15:00"]
    row = when(results.claims_in_time(), "RUBUSD", "evening", "implied")
    assert (row.when, row.exact, row.error) == ("14:20–15:00", True, 0.002)
    assert row.given
    assert "by what is implied, ± 0.20 %" in row.words


def test_the_index_by_hand(results, table):
    """-2.2 % against 3829.95, ± .18 between the hours: about 14:40, and passed by 15:00."""
    hours = {"15:00": 3742.05, "16:00": 3742.01, "17:00": 3762.44, "18:00": 3713.66}
    moves = {
        clock: hours.get(clock, row["index_proxy"]) / 3829.95 - 1 for clock, row in table.items()
    }
    near = [
        clock
        for clock, move in moves.items()
        if abs(move + 0.022) <= np.hypot(0 if clock in hours else 0.0018, 0.0005)
    ]
    assert near == ["14:40", "15:10", "15:20", "15:30", "17:30"]
    assert moves["14:50"] > -0.022 > moves["15:00"]
    # on the straight line from 14:50 to 15:00 it is within the error of the claim from here on
    early = (moves["14:50"] + 0.022 - np.hypot(0.0018, 0.0005)) / (moves["14:50"] - moves["15:00"])
    assert 0.5 < early < 0.6  # between 14:55 and 14:56
    row = when(results.claims_in_time(), "IMOEX", "close", "proxy")
    assert row.when.startswith("14:40, 14:55–15:00 (between closes), 15:10–15:30, ")
    assert row.when.endswith("17:30")
    assert (row.level_price, row.closed) == (3829.95, pytest.approx(3673.8 / 3829.95 - 1))


def test_hourly_bars_give_bounds_and_not_minutes(results):
    row = when(results.claims_in_time(), "IMOEX", "close", "observed")
    assert not row.exact
    hours = ["14:00–15:00", "15:00–16:00", "16:00–17:00", "17:00–18:00"]
    assert row.when == ", ".join(f"{hour} (bounds)" for hour in hours)
    assert row.closed == pytest.approx(-0.0405, abs=5e-5)
    assert "which give bounds, not minutes" in row.words


def test_both_claims_are_compatible_with_two_spans_before_the_reports(results):
    together = results.claims_together()
    row = together[[levels == ("evening", "close") for levels in together.levels]].iloc[0]
    assert row.when == "14:40, 14:55–15:00 (between closes)"
    assert "not observed: RUBUSD ± 0.20 %, INDEX ± 0.18 %" in row.words


def test_two_thirds_of_a_point_came_before_the_fall(table):
    assert table["14:10"]["index_proxy"] / 3829.95 - 1 == pytest.approx(-0.0066, abs=5e-5)


def test_levels_that_are_not_there_say_why(results):
    frame = results.claims_in_time()
    assert "no evening trading" in when(frame, "IMOEX", "evening", "observed").reason
    assert "begin after the opening" in when(frame, "RUBUSD", "opening", "implied").reason


def test_a_statement_known_from_above_is_counted_from_its_first_report(results):
    row = when(results.claims_in_time(), "IMOEX", "statement", "proxy")
    assert (f"{row.level_time:%H:%M}", row.level_price) == ("14:40", 3750.4)
    assert "against the last price before the first report (3,750.4)" in row.words


def test_what_is_not_observed_is_never_measured_as_if_it_were(results):
    assert results.assets == ["IMOEX", "SBER"]
    assert set(results.car().asset) | set(results.overnight().asset) <= {"IMOEX", "SBER"}
    for method in (results.onset, results.shares, results.path):
        with pytest.raises(
            UnknownNameError, match="INDEX is proxy, not observed: it is for claims"
        ):
            method("e", "INDEX")
    bars = results.tables()["minutes_bars"].set_index("asset")
    assert bars.standing.to_dict() == {
        "IMOEX": "observed", "INDEX": "proxy", "SBER": "observed", "USDRUB": "implied",
        "RUBUSD": "implied",
    }  # fmt: skip
    assert bars.error["RUBUSD"] == 0.002


DAYS = [*weekdays(6), "2022-01-12", "2022-01-13"]


def minute_path(moves, columns=()):
    """One-minute bars of 13 January at 100 plus some points, {start: price until the next}."""
    frame = walk(DAYS, sigma=0)
    day = frame.index.normalize() == pd.Timestamp("2022-01-13", tz="Europe/Moscow")
    for clock, price in moves.items():
        late = frame.index >= pd.Timestamp(f"2022-01-13 {clock}", tz="Europe/Moscow")
        frame.loc[day & late, "close"] = price
    for name, clock, price in columns:
        frame[name] = frame["close"]
        frame.loc[pd.Timestamp(f"2022-01-13 {clock}", tz="Europe/Moscow"), name] = price
    frame.attrs["request"] = {"market": "XMOS", "label": "start", "minutes": 1}
    return loaded(frame)


def told(bars, claims="A:-2.0%@2022-01-13", **columns):
    results = es.run_minutes(event(claims, **columns), bars)
    return results.claims_in_time().set_index("level").when.to_dict()


def test_minutes_are_told_to_the_minute():
    """The bar that starts at 12:00 closes at 12:01, the last at 98 at 12:30."""
    bars = minute_path({"12:00": 98.0, "12:30": 97.0})
    assert told(bars)["close"] == "12:01–12:30"


def test_a_level_that_is_jumped_over_lies_between_closes():
    bars = minute_path({"12:00": 97.0, "13:00": 99.0})
    assert told(bars)["close"] == "12:00–12:01 (between closes), 13:00–13:01 (between closes)"


def test_a_low_inside_one_bar_counts_as_inside_it():
    bars = minute_path({}, [("low", "12:00", 97.9)])
    assert told(bars)["close"] == "12:00–12:01 (inside a bar)"


def test_every_level_is_counted_from_its_own_price():
    bars = minute_path({"10:00": 100.0, "11:00": 102.0, "12:00": 99.96, "13:00": 98.0})
    levels = told(bars, time="11:30")
    assert levels["opening"] == levels["close"]
    assert levels["close"].startswith("13:01–")
    assert levels["statement"] == "12:01–13:00"  # not before it, when it was 100, too


def test_a_claim_that_was_true_in_no_minute_is_said_plainly():
    results = es.run_minutes(event("A:-2.0%@2022-01-13"), minute_path({"12:00": 99.0}))
    row = results.claims_in_time().iloc[0]
    assert (row.when, row.stretches) == ("", 0)
    assert row.words.startswith("In no minute of that session was −2.0 % of A true")
    assert "it lay between −1.00 % and +0.00 %" in row.words


def test_claims_that_were_never_true_together_are_said_plainly():
    frame = minute_path({"12:00": 98.0, "12:30": 97.0})["A"]
    other = minute_path({"13:00": 101.0})["A"]
    bars = es.Bars({"A": frame, "B": other})
    claims = "A:-2.0%@2022-01-13;B:1.0%@2022-01-13"
    results = es.run_minutes(event(claims), bars)
    (row,) = results.claims_together().itertuples()
    assert row.when == ""
    assert row.words == (
        "In no minute of that session were −2.0 % of A and +1.0 % of B true together, against any "
        "level."
    )


def test_a_session_without_bars_is_said():
    results = es.run_minutes(event("A:-2.0%@2022-01-14"), minute_path({}))
    assert set(results.claims_in_time().reason) == {"no bars of that session"}


def test_a_study_calls_its_series_as_its_pages_do(results):
    labels = {"RUBUSD": "Russian ruble, in dollars", "INDEX": "Index proxy"}
    named = replace(results, labels=labels)
    words = named.claims_in_time().words
    assert words.str.contains("of Russian ruble", regex=False).any()
    assert words.str.contains("of IMOEX", regex=False).any()  # without a label
    assert not words.str.contains("RUBUSD", regex=False).any()
    together = named.claims_together().words
    assert together.str.contains("Russian ruble ± 0.20 %, Index proxy ± 0.18 %", regex=False).any()
