"""What cannot be an argument is refused with what to write, never with an error of Python."""

from functools import cache

import pandas as pd
import pytest
from minute_bars import events_at, loaded, walk, weekdays

import eventstudy as es

DAYS = weekdays(50)
FRAME = walk(DAYS, minutes=10)
EVENTS = events_at({"e": (DAYS[-1], "12:00")})
WINDOWS = es.MinuteWindows(10, 20, also=())


@cache
def bars():
    return loaded(FRAME)


@cache
def results():
    return es.run_minutes(EVENTS, bars(), windows=WINDOWS)


def given(source=FRAME, **options):
    return es.load_bars({"A": {"source": source, "market": "XMOS", "label": "start", **options}})


CALLS = {
    "calibration of nothing": (lambda: es.calibrate_minutes(None), 'load_bars(...)["NAME"]'),
    "calibration of all": (lambda: es.calibrate_minutes(bars()), 'load_bars(...)["NAME"]'),
    "no step": (lambda: es.calibrate_minutes(bars()["A"], every=0), "write minutes such as 60"),
    "backwards": (lambda: es.calibrate_minutes(bars()["A"], since=9, until=6), "the earlier first"),
    "a pair": (lambda: es.calibrate_minutes(bars()["A"], windows=(1, 2)), "es.MinuteWindows("),
    "a number": (lambda: es.run_minutes(EVENTS, bars(), options=5), "es.MinuteOptions(...)"),
    "one series": (
        lambda: es.run_minutes(EVENTS, bars()["A"]),
        "what es.load_bars returns or a mapping",
    ),
    "also": (lambda: es.MinuteWindows(10, 20, also=5), "windows such as ((15, 45), (5, 60))"),
    "a misspelt name": (lambda: es.MinuteWindows(befor=10), "Did you mean 'before'"),
    "a text": (lambda: es.MinuteOptions(confidence="high"), "a fraction such as 0.95"),
    "no day": (lambda: es.sessions("XMOS", pd.NaT), "a date such as 2022-01-13"),
    "no market": (lambda: es.sessions(None, "2022-01-13"), "market is None; write a text"),
    "long ago": (lambda: es.sessions("XMOS", "0001-01-01"), "hours of 1900 to 2100"),
    "a start": (lambda: es.load_bars({"A": "sample:SBER"}, start="soon"), "start is 'soon'"),
    "a name": (lambda: es.load_bars({3: "sample:SBER"}), "a series is named 3"),
    "a length": (lambda: given(minutes=7), "10 minutes apart, no multiple of 7"),
    "begins": (lambda: given(FRAME.assign(begin="x")), "column begin of the bars holds no"),
    "seconds": (
        lambda: given(FRAME.set_axis(FRAME.index - pd.Timedelta(seconds=1))),
        "are no whole minutes, such as 2021-10-08 09:59:59+03:00. Round them",
    ),
    "no session": (
        lambda: es.calibrate_minutes(given(FRAME[:3].shift(freq="1D"))["A"]),
        "no day has 40 ordinary days before it",
    ),
    "closes": (lambda: bars().quality({"A": 3}), "give a Series of closes by date"),
    "undated": (lambda: bars().quality({"A": pd.Series([1.0])}), "give a Series of closes by date"),
    "an event": (lambda: results().path(3, "A"), "no event 3. Known: e."),
    "a group": (lambda: results().tests(3), "no column 3. Known: event_id"),
    "a list": (lambda: results().caar(["x"]), "no column ['x']. Known: event_id"),
    "an asset": (lambda: results().gap("e", "Z"), "no bars of 'Z'. Known: A."),
}


@pytest.mark.parametrize("case", CALLS)
def test_wrong_arguments_are_refused_with_the_cure(case):
    call, said = CALLS[case]
    with pytest.raises(es.EventStudyError) as raised:
        call()
    assert said in str(raised.value)
