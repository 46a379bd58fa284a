"""The clock of bars against known releases: an hour's fault is found, and nothing is claimed."""

import numpy as np
import pandas as pd
import pytest
from minute_bars import walk, weekdays

import eventstudy as es
from eventstudy.bars.bar_series import BarSeries
from eventstudy.errors import InvalidArgumentError

DAYS = weekdays(60)
RELEASES = [f"{day} 13:30" for day in DAYS[30:48:3]]


def bars(shift=0, size=0.004, **options):
    """Bars of a random walk that jumps at most releases; their labels are minutes late."""
    frame = walk(DAYS, minutes=10)
    steps = np.log(frame["close"]).diff().fillna(0.0)
    for number, moment in enumerate(RELEASES[:-1]):
        steps[pd.Timestamp(moment, tz="Europe/Moscow")] += size * (-1) ** number
    frame = pd.DataFrame({"close": 100 * np.exp(steps.cumsum())})
    frame.index = frame.index + pd.Timedelta(minutes=shift)
    request = {"source": frame, "market": "always", "clock": "Europe/Moscow", "label": "start"}
    return es.load_bars({"A": {**request, "minutes": 10, **options}})


@pytest.mark.parametrize("shift", [60, -60, 180, -180])
def test_labels_that_are_hours_off_are_found(shift):
    told = es.check_clock(bars(shift)["A"], RELEASES)
    assert (told.verdict, told.shift) == ("off", shift)
    late = "after" if shift > 0 else "before"
    assert f"react {abs(shift)} minutes {late} them" in told.text
    assert "Correct timezone" in told.text


def test_a_right_clock_is_right():
    told = es.check_clock(bars()["A"], RELEASES)
    assert (told.verdict, told.shift) == ("right", 0)
    assert len(told.releases) == len(RELEASES)
    assert told.releases["rank"].iloc[0] == pytest.approx(1 / (60 - len(RELEASES) + 1))


def test_without_a_reaction_nothing_is_claimed():
    told = es.check_clock(bars(size=0.0)["A"], RELEASES)
    assert told.verdict == "cannot tell"
    assert "Give more releases" in told.text


def test_no_reaction_is_rarely_taken_for_one():
    """200 sets of six random minutes of a walk without releases: at most 5 % are claimed."""
    series, rng = bars(size=0.0)["A"], np.random.default_rng(5)
    claimed = 0
    for _ in range(200):
        days = rng.choice(DAYS[20:], 6, replace=False)
        moments = [f"{day} {rng.integers(11, 17)}:00" for day in days]
        claimed += es.check_clock(series, moments).verdict != "cannot tell"
    assert claimed <= 0.05 * 200


def test_ranges_tell_where_closes_come_back():
    """A jump that is gone by the end of its bar leaves its mark in high and low alone."""
    frame = walk(DAYS, minutes=10)
    frame["high"], frame["low"] = frame["close"] * 1.001, frame["close"] * 0.999
    for moment in RELEASES:
        frame.loc[pd.Timestamp(moment, tz="Europe/Moscow"), "high"] *= 1.01
    loaded = es.load_bars({"A": {"source": frame, **frame.attrs["request"]}})["A"]
    assert es.check_clock(loaded, RELEASES).verdict == "right"
    closes = es.load_bars({"A": {"source": frame["close"], **frame.attrs["request"]}})["A"]
    assert es.check_clock(closes, RELEASES).verdict == "cannot tell"


def test_a_wrong_clock_is_a_finding_of_quality():
    (found,) = (one for one in bars(60, releases=RELEASES).quality() if "clock" in one.kind)
    assert (found.kind, found.severity) == ("clock-off", "error")
    assert not [one for one in bars(releases=RELEASES).quality() if "clock" in one.kind]
    (unsure,) = (one for one in bars(size=0.0, releases=RELEASES).quality() if "clock" in one.kind)
    assert (unsure.kind, unsure.severity) == ("clock-not-told", "note")


def test_releases_outside_the_bars_are_said():
    told = es.check_clock(bars()["A"], ["2019-01-10 13:30", "2021-12-11 13:30+03:00"])
    assert told.verdict == "cannot tell"
    assert "none of 2 releases can be ranked" in told.text


def test_what_cannot_be_checked_is_refused():
    series = bars()["A"]
    with pytest.raises(InvalidArgumentError, match="there is no release; write releases"):
        es.check_clock(series)
    with pytest.raises(InvalidArgumentError, match=r"write one series, es\.load_bars"):
        es.check_clock(bars(), RELEASES)
    with pytest.raises(InvalidArgumentError, match="a day without a time"):
        es.check_clock(series, ["2021-12-10"])
    begin = np.arange(0, 10) * 7200
    slow = BarSeries(begin, begin + 7200, np.full(10, 1.0), 7200, "always")
    with pytest.raises(InvalidArgumentError, match="120 minutes long"):
        es.check_clock(slow, ["1970-01-01 06:00"])
