"""Which came first: planted moves to the bar, ordinary days, 13 January 2022, what is refused."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from minute_bars import events_at, golden_bars, golden_events, loaded, walk, weekdays

import eventstudy as es
from eventstudy.bars.clocks import utc_seconds
from eventstudy.errors import InvalidArgumentError, UnknownNameError
from eventstudy.minutes.lookup import Lookup
from eventstudy.minutes.onsets.onset import default_span, largest_moves, onset_of
from eventstudy.minutes.statements import Stamped, Statement

DAYS = weekdays(66)
EVENT = DAYS[-1]


@pytest.fixture(scope="module")
def minute_frame():
    return walk(DAYS)


def onset(frame, moves, stamp="12:00", **times):
    """The onset of a day with moves planted in its bars, {start of a bar: log move}."""
    changed = frame.copy()
    for clock, move in moves.items():
        late = changed.index >= pd.Timestamp(f"{EVENT} {clock}", tz="Europe/Moscow")
        changed.loc[late, "close"] *= np.exp(move)
    changed.attrs = frame.attrs
    results = es.run_minutes(events_at({"e": (EVENT, stamp)}), loaded(changed))
    return results.onset("e", "A", **times)


def clock(seconds):
    return f"{pd.Timestamp(seconds, unit='s', tz='UTC').tz_convert('Europe/Moscow'):%H:%M}"


@pytest.mark.parametrize("start", ["11:31", "11:45", "12:00", "12:01", "12:13"])
def test_a_planted_move_is_told_to_the_bar(minute_frame, start):
    told = onset(minute_frame, {start: 0.02})
    assert clock(told.bar[0]) == start
    assert told.bar[1] - told.bar[0] == 60
    assert told.seen == told.bar[1]
    assert (told.n, told.p) == (60, pytest.approx(1 / 61))


def test_a_move_over_some_bars_begins_with_the_first_of_them(minute_frame):
    told = onset(minute_frame, {"11:40": -0.004, "11:41": -0.004, "11:42": -0.004})
    assert clock(told.bar[0]) == "11:40"


def test_the_first_of_two_moves_is_the_onset_even_when_the_second_is_larger(minute_frame):
    told = onset(minute_frame, {"11:30": 0.01, "12:10": -0.04})
    assert clock(told.bar[0]) == "11:30"
    assert told.move > 0


@pytest.mark.parametrize(
    ("start", "lead", "words"),
    [
        ("11:31", (28, 29), "The market moved 28 to 29 minutes before the statement: from 11:31"),
        ("12:00", (-1, 0), "which came first cannot be told"),
        ("12:05", (-6, -5), "The market moved 5 to 6 minutes after the statement"),
    ],
)
def test_the_distance_to_the_statement(minute_frame, start, lead, words):
    told = onset(minute_frame, {start: 0.02})
    assert told.lead == lead
    assert words in told.words


def test_a_quiet_span_has_no_onset(minute_frame):
    quiet = onset(minute_frame, {})
    assert not quiet.told
    assert quiet.p > 0.05
    assert quiet.words.startswith("No onset can be told between 11:00 and 12:20")


def test_many_bars_are_paid_for_on_ordinary_days():
    """Of 120 quiet days one in 20 has an onset (6 expected; 14 or more: one time in 400), where
    the p of single moves would have one on every third. More in benchmarks/onset.py."""
    days = weekdays(185)
    lookup = Lookup(loaded(walk(days, minutes=10, seed=7))["A"], 600)
    told = []
    for day in lookup.days[-120:]:
        noon = int(utc_seconds(np.array([day]), 12 * 3600, "Europe/Moscow")[0])
        stamp = Statement("e", "minute", day.astype(object), noon, noon)
        against = Stamped.of([]), (10, 20), es.MinuteOptions()
        one = onset_of(lookup, "A", stamp, default_span(lookup, stamp, 20), against)
        told.append(one.told)
        assert one.n >= 55
    assert sum(told) < 14


def test_planted_minutes_of_the_golden_bars():
    """-0.6 % from 12:35 to 12:38 on the day of e1; nothing in the hour before it."""
    options = es.MinuteOptions(days="around", confidence=0.9)
    results = es.run_minutes(golden_events(), golden_bars(), options=options)
    told = results.onset("e1-planted--0.6pct", "G", since="11:30", until="13:00")
    assert clock(told.bar[0]) == "12:35"
    assert (told.n, told.p) == (18, pytest.approx(1 / 19))
    assert not results.onset("e1-planted--0.6pct", "G", since="11:00", until="12:30").told


def test_too_few_days_to_tell_anything():
    results = es.run_minutes(
        golden_events(), golden_bars(), options=es.MinuteOptions(days="around")
    )
    told = results.onset("e1-planted--0.6pct", "G")
    assert told.reason == "18 ordinary days are too few, the least p is 0.053"
    assert not told.told


def test_every_move_is_in_spreads_of_the_other_days():
    """Against a plain loop: moves of at most two bars, each day without itself."""
    rng = np.random.default_rng(3)
    prices, scale = rng.normal(size=(7, 5)).cumsum(axis=1), rng.uniform(1, 2, 7)
    first, last, sizes = largest_moves(prices, scale, 2)
    assert list(zip(first, last, strict=True)) == [
        (0, 1), (0, 2), (1, 2), (1, 3), (2, 3), (2, 4), (3, 4)
    ]  # fmt: skip
    for day in range(7):
        for place, (low, high) in enumerate(zip(first, last, strict=True)):
            moves = [(prices[d, high] - prices[d, low]) / scale[d] for d in range(7)]
            rest = [move**2 for d, move in enumerate(moves) if d != day]
            expected = abs(moves[day]) / np.sqrt(sum(rest) / 6)
            assert sizes[day, place] == pytest.approx(expected, rel=1e-9)


@pytest.fixture(scope="module")
def january():
    """13 January 2022 by closes of ten minutes; the first report that is known is of 14:45."""
    rows = [{"event_id": "remark", "date": "2022-01-13", "known_by": "14:45", "title": "r"}]
    events = es.read_events(pd.DataFrame(rows), timezone="Europe/Moscow")
    return es.run_minutes(events, es.load_bars({"SBER": "sample:SBER", "GAZP": "sample:GAZP"}))


@pytest.mark.parametrize("times", [{}, {"since": "14:00", "until": "15:00"}])
@pytest.mark.parametrize("asset", ["SBER", "GAZP"])
def test_on_13_january_the_first_abrupt_bar_ends_at_14_20(january, asset, times):
    told = january.onset("remark", asset, **times)
    assert (clock(told.bar[0]), clock(told.bar[1])) == ("14:10", "14:20")
    assert told.lead == (25, 35)
    assert told.p <= 0.05
    assert "25 to 35 minutes before the first report that we know" in told.words


def test_the_table_has_a_row_for_each_bounded_statement(january):
    (sber, gazp) = january.onsets.itertuples()
    assert (sber.asset, gazp.asset) == ("SBER", "GAZP")
    assert sber.told
    assert sber.valid
    assert f"{sber.bar_end:%H:%M}" == "14:20"
    closes = january.bars["SBER"].frame["close"]
    first, last = closes["2022-01-13 14:10+03:00"], closes["2022-01-13 14:20+03:00"]
    assert sber.bar_move == pytest.approx(np.log(last / first))


def test_a_span_is_not_searched_across_a_break(january):
    broken = january.onset("remark", "SBER", since="18:00", until="19:30")
    assert broken.reason == "window leaves the session"
    assert broken.words == "No onset can be told: window leaves the session."
    assert january.onset("remark", "SBER", since="08:00", until="09:00").reason


@pytest.mark.parametrize(
    ("times", "advice"),
    [
        ({"since": "2 pm"}, "since is '2 pm'; write a time of day in whole minutes"),
        ({"since": dt.datetime(2022, 1, 13, 14)}, "write a time of day in whole minutes"),
        ({"since": "14:00:30"}, 'write a time of day in whole minutes, such as "14:00"'),
        ({"since": 14}, "since is 14; write a time of day"),
        ({"since": "15:00", "until": "14:00"}, "is not later than since"),
    ],
)
def test_times_that_cannot_be_used(january, times, advice):
    with pytest.raises(InvalidArgumentError, match="rite ") as error:
        january.onset("remark", "SBER", **times)
    assert advice in str(error.value)


def test_names_that_do_not_exist(january):
    with pytest.raises(UnknownNameError, match="no bars of 'SBRE'"):
        january.onset("remark", "SBRE")
    with pytest.raises(UnknownNameError, match="remarks"):
        january.onset("remarks", "SBER")


def test_a_statement_without_a_time_is_searched_between_times_that_are_given(minute_frame):
    results = es.run_minutes(events_at({"e": (EVENT, None)}), loaded(minute_frame))
    with pytest.raises(InvalidArgumentError, match='since="14:00", until="15:00"'):
        results.onset("e", "A")
    searched = results.onset("e", "A", since="14:00", until="15:00")
    assert (searched.known, searched.n) == ("", 60)
    assert results.onsets.empty
