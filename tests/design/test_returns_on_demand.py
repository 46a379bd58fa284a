"""The returns of many assets are made when asked for: the same numbers as those that are held."""

import pickle

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.design import asset_returns, sessions

SESSIONS = pd.bdate_range("2020-01-01", periods=420)
WINDOWS = es.Windows(estimation=(-130, -11), event=(-5, 5), car=[(0, 1)])


def panel():
    rng = np.random.default_rng(5)
    moves = rng.normal(0, 0.01, (len(SESSIONS), 8))
    frame = pd.DataFrame(100 * np.exp(moves.cumsum(axis=0)), SESSIONS, ["MKT", *"ABCDEFG"])
    for place, name in enumerate("BDF"):
        frame.loc[frame.index[: 40 * place], name] = np.nan
        frame.loc[rng.choice(frame.index, 6, replace=False), name] = np.nan
    return frame


def measured(frame, engine):
    days = SESSIONS[160:400:30].strftime("%Y-%m-%d")
    events = pd.DataFrame({"event_id": days, "date": days, "title": "an event"})
    options = es.Options(engine=engine)
    return es.run_study(
        events, frame, model=es.models.MarketModel("MKT"), windows=WINDOWS, options=options
    )


def test_returns_that_are_not_held_give_the_same_study(monkeypatch):
    frame = panel()
    held = {engine: measured(frame, engine) for engine in ("moments", "statsmodels")}
    monkeypatch.setattr(asset_returns, "HELD", 2)
    monkeypatch.setattr(sessions, "WIDE", 2)
    for engine, before in held.items():
        results = measured(frame, engine)
        assert len(results.data._held) == 2
        for name in ("returns", "normal", "residuals", "s2", "day0", "status"):
            one, other = (getattr(each.abnormal, name) for each in (results, before))
            np.testing.assert_array_equal(one, other)
        pd.testing.assert_frame_equal(results.tests(), before.tests())
        assert results.days0("2021-03-10", "D") == before.days0("2021-03-10", "D")


def test_a_calendar_of_many_series_is_pickled_with_its_sessions_and_not_with_all_prices(
    monkeypatch,
):
    prices = es.Prices(panel())
    whole = sessions.Calendar.of(prices, "B")
    monkeypatch.setattr(sessions, "WIDE", 2)
    calendar = sessions.Calendar.of(prices, "B")
    np.testing.assert_array_equal(calendar.sessions, whole.sessions)
    content = pickle.dumps(calendar)
    assert len(content) < 2 * len(pickle.dumps(whole))
    again = pickle.loads(content)
    np.testing.assert_array_equal(again.sessions, whole.sessions)
    assert (again.asset, again.ended, again.clock) == (whole.asset, whole.ended, whole.clock)
