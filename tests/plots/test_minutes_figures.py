"""Figures of minutes: what they draw, against counts made by hand from the bars."""

import inspect

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from minute_bars import events_at, loaded, walk, weekdays
from two_assets import series, study

import eventstudy as es
from eventstudy.plots.minutes_day import minutes_day_data
from eventstudy.plots.minutes_mean_path import minutes_mean_path_data
from eventstudy.plots.minutes_windows import minutes_windows_data

DAYS = weekdays(70)
DAY = DAYS[-1]
JUMP = 0.03
STAMPS = {
    "said": (DAY, "12:00"),
    "later": (DAY, "15:30"),
    "known": (DAY, None),
    "before": (DAYS[-2], "13:00"),
}


@pytest.fixture(scope="module")
def frame():
    """Bars of ten minutes; on the last day the price jumps between 11:40 and 11:50."""
    frame = walk(DAYS, minutes=10, seed=3)
    jumped = frame.index >= pd.Timestamp(f"{DAY} 11:40", tz="Europe/Moscow")
    frame.loc[jumped, "close"] *= np.exp(JUMP)
    return frame


@pytest.fixture(scope="module")
def minutes(frame):
    claims = [f"A:+3%@{DAY}", "", "", ""]
    events = events_at(STAMPS, known_by=["", "", "16:00", ""], claims=claims)
    return es.run_minutes(events, loaded(frame))


@pytest.fixture(scope="module")
def made(minutes):
    return {
        "minutes_claim": (minutes, "said", "A"),
        "minutes_day": (minutes, "said", "A"),
        "minutes_mean_path": (minutes, "all events", "A"),
        "minutes_windows": (minutes, "said"),
    }


def test_the_path_is_counted_from_the_last_trade_before_the_day(minutes, frame):
    path = minutes_day_data(minutes, "said", "A").path.set_index("time")
    eve = frame.loc[: pd.Timestamp(f"{DAYS[-2]} 23:59", tz="Europe/Moscow"), "close"].iloc[-1]
    for clock, start in (("10:10", "10:00"), ("12:00", "11:50"), ("18:40", "18:30")):
        price = frame.loc[pd.Timestamp(f"{DAY} {start}", tz="Europe/Moscow"), "close"]
        row = path.loc[pd.Timestamp(f"{DAY} {clock}")]
        assert row["price"] == pytest.approx(price, rel=1e-12)
        assert row["move"] == pytest.approx(price / eve - 1, rel=1e-9)


def test_the_fan_holds_its_share_of_ordinary_days(minutes):
    """Between its ends are half of the ordinary days, to a day, at every point."""
    data = minutes_day_data(minutes, "said", "A")
    moves = data.day.ordinary * data.day.sigma
    n = len(data.day.days)
    assert n == 60
    for name, share in (("50", 0.5), ("95", 0.95)):
        low, high = (np.log1p(data.path[f"{end}_{name}"].to_numpy()) for end in ("low", "high"))
        known = np.isfinite(low)
        assert known.sum() == len(low) - 1  # all but the moment at which trading begins
        inside = ((moves >= low) & (moves <= high))[:, known].sum(axis=0)
        assert np.all(np.abs(inside - share * n) <= 1)
        assert np.quantile(moves[:, 20], (1 - share) / 2) == pytest.approx(low[20], rel=1e-9)


def test_days_of_other_statements_are_not_ordinary(minutes):
    days = minutes_day_data(minutes, "said", "A").day.days.astype(str).tolist()
    assert DAYS[-2] not in days
    assert DAYS[-3] in days


def test_a_day_names_what_else_was_said(minutes):
    (others,) = [t for t in es.plots.minutes_day(minutes, "said", "A").data if t.text is not None]
    assert list(others.x) == [f"{DAY}T15:30", f"{DAY}T16:00"]
    assert ["later" in others.customdata[0], "known" in others.customdata[1]] == [True, True]
    assert "known by 16:00" in others.customdata[1]


def test_the_onset_is_marked_at_the_planted_bar(minutes):
    figure = es.plots.minutes_day(minutes, "said", "A")
    (mark,) = [t for t in figure.data if t.marker.symbol == "diamond"]
    assert list(mark.x) == [f"{DAY}T11:50"]
    assert any("11:40 to 11:50" in note.text for note in figure.layout.annotations)


def test_a_claim_is_thick_where_the_closes_agree(minutes, frame):
    """+3 % is true of a close whose return from the close before rounds to it: 2.5 to 3.5 %."""
    eve = frame.loc[: pd.Timestamp(f"{DAYS[-2]} 23:59", tz="Europe/Moscow"), "close"].iloc[-1]
    day = frame.loc[pd.Timestamp(f"{DAY} 10:00", tz="Europe/Moscow") :, "close"]
    moves = day / eve - 1
    agree = moves.between(0.025, 0.035)
    assert agree.any()
    assert not agree.all()
    figure = es.plots.minutes_claim(minutes, "said", "A")
    (line,) = [t for t in figure.data if t.line.dash == "dash"]
    np.testing.assert_allclose(line.y, [3, 3])
    (thick,) = [t for t in figure.data if t.line.width == 6]
    edges = [pd.Timestamp(x, tz="Europe/Moscow") for x in thick.x if x]
    inside = np.zeros(len(day), dtype=bool)
    ends = day.index + pd.Timedelta("10min")
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        inside |= (ends >= first) & (ends <= last)
    assert inside[agree].all()
    assert not inside[
        ~agree & ~agree.shift(-1, fill_value=False) & ~agree.shift(fill_value=False)
    ].any()


def test_windows_are_the_simple_returns_of_the_tables(minutes):
    data = minutes_windows_data(minutes, "said")
    car = minutes.car().query("event_id == 'said'")
    np.testing.assert_allclose(data["move"], np.expm1(car["car"]))
    np.testing.assert_allclose(data["low"], np.expm1(car["ci_low"]))
    assert data["p"].tolist() == car["p"].tolist()
    figure = es.plots.minutes_windows(minutes, "said")
    np.testing.assert_allclose(figure.data[0].x, 100 * data["move"])


def test_the_mean_path_is_that_of_dates(minutes):
    data = minutes_mean_path_data(minutes, "all events", "A")
    assert set(data.events.index) == {"said", "later", "before"}
    logs = np.log1p(data.events).loc[["said", "later", "before"]]
    by_date = logs.groupby([DAY, DAY, DAYS[-2]]).mean()
    np.testing.assert_allclose(np.log1p(data.mean["mean"]), by_date.mean(), atol=1e-12)


def test_every_figure_of_minutes_has_names_titles_and_a_look(made):
    public = {
        name
        for name, function in vars(es.plots).items()
        if inspect.isfunction(function) and name.startswith("minutes_")
    }
    assert public == set(made)
    for name, takes in made.items():
        figure = getattr(es.plots, name)(*takes)
        assert isinstance(figure, go.Figure)
        assert all(trace.name for trace in figure.data), name
        for axis in (*figure.select_xaxes(), *figure.select_yaxes()):
            assert axis.title.text, name
        assert figure.layout.title.text
        dark = getattr(es.plots, name)(*takes, theme="dark")
        white = getattr(es.plots, name)(*takes, template="simple_white")
        assert dark.layout.paper_bgcolor == "#1b2126"
        assert white.layout.paper_bgcolor is None


def test_what_cannot_be_drawn_is_said_with_its_cure(minutes):
    with pytest.raises(es.EventStudyError, match="no bars of 'B'"):
        es.plots.minutes_day(minutes, "said", "B")
    with pytest.raises(es.EventStudyError, match="sai"):
        es.plots.minutes_day(minutes, "sai", "A")
    with pytest.raises(es.EventStudyError, match=r"claims no move of 'B'.*claims: A"):
        es.plots.minutes_claim(minutes, "said", "B")
    with pytest.raises(es.EventStudyError, match="Measured: all events on A"):
        es.plots.minutes_mean_path(minutes, "statements", "A")
    daily = study(series(900), [500, 560])
    with pytest.raises(es.EventStudyError, match=r"es.run_minutes returns"):
        es.plots.minutes_windows(daily, "e500")
    outside = es.run_minutes(events_at({"old": ("2019-01-10", "12:00")}), minutes.bars)
    with pytest.raises(es.EventStudyError, match="no bars of A on the day of old"):
        es.plots.minutes_day(outside, "old", "A")
    with pytest.raises(es.EventStudyError, match="no bars on that day"):
        es.plots.minutes_windows(outside, "old")
