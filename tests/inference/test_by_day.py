"""Tests of each day of the event window by itself."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import synthetic as syn
from scipy import stats

import eventstudy as es
from eventstudy.abnormal.placebo_days import PlaceboDays
from eventstudy.inference import TESTS
from eventstudy.inference.placebo import scaled_z, textbook_t

CAR = ((0, 0), (0, 1), (-1, 2))
APART = es.Options(min_estimation=60, average="across-assets")
PLACEBO = ("placebo-dates", "placebo-matched", "placebo-ewma", "calendar-shift")


def study(days=(200, 240, 280, 320, 360, 400), tests=None, panel=None, **kwargs):
    panel = panel if panel is not None else syn.returns(["AAA"], seed=4)
    return syn.study(
        list(days), panel, car=CAR, tests=tests, options=kwargs.pop("options", APART), **kwargs
    )


@pytest.mark.parametrize("tests", [None, list(TESTS)], ids=["routed", "named"])
@pytest.mark.parametrize("days", [(300,), (200, 240, 280, 320), (300, 301, 302), (300, 340)])
def test_the_rows_of_a_day_are_those_of_its_car_window(days, tests):
    results = study(days, tests)
    by_day, windows = results.tests(by_day=True), results.tests()
    own = by_day[by_day["start"] == 0].reset_index(drop=True)
    other = windows[(windows["start"] == 0) & (windows["end"] == 0)].reset_index(drop=True)
    kept = [name for name in other.columns if name in own]  # details of no test of one day
    pd.testing.assert_frame_equal(own[kept], other[kept], check_dtype=False)
    assert other.drop(columns=kept).isna().all(axis=None)
    assert list(own.columns)[:15] == list(other.columns)[:15]
    assert sorted(set(by_day["start"])) == list(range(-5, 6))


def test_each_day_s_cross_sectional_t_is_that_of_its_abnormal_returns():
    results = study()
    frame = results.tests(by_day=True).set_index(["test", "start"])
    wide = results.ar.pivot_table(index="event_id", columns="tau", values="ar")
    for day in range(-5, 6):
        ar = wide[day].to_numpy()
        t = ar.mean() / (ar.std(ddof=1) / np.sqrt(6))
        row = frame.loc[("cross-sectional-t", day)]
        np.testing.assert_allclose([row["statistic"], row["df"]], [t, 5], rtol=1e-10)
        np.testing.assert_allclose(row["p"], 2 * stats.t.sf(abs(t), 5), rtol=1e-9)
        assert row["n"] == 6


def test_one_episode_s_days_have_the_t_of_their_abnormal_returns():
    results = study((300,))
    frame = results.tests(by_day=True)
    own = frame[frame["test"] == "prediction-error-t"].set_index("start")
    ar = results.ar.set_index("tau")
    np.testing.assert_allclose(own["statistic"], ar.loc[own.index, "sar"], rtol=1e-12)
    rank = results.ewma_sq.set_index("tau")
    led = frame[frame["test"] == "ewma-sq"].set_index("start")
    np.testing.assert_allclose(led["p"], rank.loc[led.index, "p"], rtol=1e-12)
    assert (frame[frame["role"] == "headline"]["test"] == "ewma-sq").all()


def test_days_of_windows_that_overlap_are_tested_one_by_one():
    """Three neighbouring days 0: the windows [0, +1] share days, no two days τ do."""
    results = study((300, 301, 302))
    assert (results.tests()["role"] == "classical").any()
    days = results.tests(by_day=True)
    assert not days["reason"].str.contains("overlap").any()
    assert (days[days["test"] == "cross-sectional-t"]["valid"]).all()


def test_days_without_an_abnormal_return_have_no_row():
    """The series ends two sessions after the only event; the factor has holes at τ = -3.

    The factor's return of τ = -2 is then over two sessions, and none either.
    """
    panel = syn.returns(["AAA"], days=403)
    results = study((400,), panel=panel)
    assert sorted(set(results.tests(by_day=True)["start"])) == list(range(-5, 3))
    frame = syn.returns(["AAA"]).frame
    frame.loc[syn.sessions(500)[[297, 337]], "MKT"] = np.nan
    results = study((300, 340, 380), panel=es.Returns(frame))
    found = results.tests(by_day=True).groupby("start")["n"].max()
    assert found[-3] == 1
    assert found[-2] == 1
    assert found[-1] == 3


def test_levels_are_as_for_car_windows():
    days = [200, 240, 280, 320]
    events = syn.events(days, speaker=["x", "y", "x", "y"])
    results = study_of(events)
    frame = results.tests(by="speaker", by_day=True)
    assert set(frame["group"]) == {"x", "y"}
    assert (frame.groupby(["group", "start"])["n"].max() == 2).all()


def study_of(events):
    panel = syn.returns(["AAA"], seed=4)
    return syn.study(events, panel, car=CAR, options=APART)


def test_an_uncertain_day_0_is_in_no_day_that_may_miss_it():
    """Said between 00:00 and 24:00: day 0 is that day or the next; days before it are sure."""
    panel = syn.returns(["AAA"], seed=4)
    prices = (1 + panel.frame[["MKT", "AAA"]]).cumprod() * 100
    days = syn.sessions(500)
    events = pd.DataFrame(
        {
            "event_id": ["sure", "open"],
            "date": [days[300].date(), days[345].date()],
            "time": ["10:00", ""],
            "timezone": "Europe/London",
            "title": "x",
        }
    )
    loaded = es.Prices(prices, clocks=dict.fromkeys(("MKT", "AAA"), "16:30 Europe/London"))
    results = syn.study(events, loaded, car=CAR, options=APART)
    assert results.alignment["certain"].tolist() == [True, False]
    n = results.tests(by_day=True).groupby("start")["n"].max()
    assert n.loc[-5:-1].tolist() == [2] * 5
    assert n.loc[0:].tolist() == [1] * 6


# --- placebo dates for days outside the CAR windows --------------------------------------


def counted_ordinary(results, day):
    """Ordinary days for a day τ, counted one by one from the definition."""
    data, (first, last) = results.data["AAA"], results.history.touched
    low, high = min(first, day), max(last, day)
    size = len(data.returns)
    known = np.isfinite(data.returns) & np.isfinite(data.factors).all(axis=1)
    events = results.history.events["AAA"]
    touched = {e + k for e in events.tolist() for k in range(low, high + 1)}
    found = []
    for position in range(-results.windows.estimation[0], size - high):
        span = range(position + low, position + high + 1)
        if touched.isdisjoint(span) and all(known[k] for k in span):
            found.append(position)
    return found


@pytest.mark.parametrize("day", [-5, -3, 0, 2, 4, 5])
def test_ordinary_days_of_a_day_are_counted_one_by_one(day):
    frame = syn.returns(["AAA"], seed=4).frame
    frame.loc[syn.sessions(500)[[170, 251, 333]], "MKT"] = np.nan
    results = study(panel=es.Returns(frame))
    for measure in (textbook_t, scaled_z):
        values = results.history.measured("AAA", (day, day), measure)
        ordinary = results.history.ordinary("AAA")[np.isfinite(values)]
        assert ordinary.tolist() == counted_ordinary(results, day)


@pytest.mark.parametrize("name", PLACEBO)
@pytest.mark.parametrize("day", [-5, -2, 3, 5])
@pytest.mark.parametrize("days", [(300,), (200, 260, 320)])
def test_a_placebo_test_of_a_day_is_that_of_a_study_with_it_as_car_window(name, day, days):
    """The same study with [τ, τ] among its CAR windows has the same placebo days."""
    panel = syn.returns(["AAA"], days=900, seed=4)
    results = study(days, [name], panel)
    found = results.tests(by_day=True, include_invalid=True).set_index("start").loc[day]
    windows = replace(results.windows, car=(*CAR, (day, day)))
    other = es.run_study(
        results.events, panel, model=results.models, windows=windows, tests=[name], options=APART
    ).tests(include_invalid=True)
    other = other[(other["start"] == day) & (other["end"] == day)].iloc[0]
    assert found["reason"] == other["reason"]
    if len(days) == 1 or name == "calendar-shift":
        np.testing.assert_allclose(found["p"], other["p"], rtol=1e-12)
    np.testing.assert_allclose(found["statistic"], other["statistic"], rtol=1e-12)
    if not found["reason"] and name != "calendar-shift":
        assert found["placebo_days"] == other["placebo_days"]
        np.testing.assert_allclose(found["p"], other["p"], rtol=1e-12)


def test_windows_inside_the_car_windows_have_all_ordinary_days():
    history = study().history
    assert isinstance(history, PlaceboDays)
    for window in ((0, 0), (1, 1), (-1, 2), (2, 2)):
        assert np.isfinite(history.measured("AAA", window, textbook_t)).all()
