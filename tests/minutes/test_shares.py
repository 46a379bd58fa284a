"""Shares of the day: pieces by hand, that they add up, and what ordinary days have."""

import numpy as np
import pandas as pd
import pytest
from minute_bars import events_at, loaded, walk, weekdays

import eventstudy as es
from eventstudy.errors import InvalidArgumentError

DAYS = weekdays(66)
EVENT = DAYS[-1]


@pytest.fixture(scope="module")
def frame():
    return walk(DAYS, minutes=10)


def measured(frame, stamp="12:00", **given):
    windows = es.MinuteWindows(10, 20, also=())
    return es.run_minutes(events_at({"e": (EVENT, stamp)}), loaded(frame), windows=windows, **given)


def by_piece(table):
    return table.set_index("piece")


def test_pieces_by_hand(frame):
    table = by_piece(measured(frame).shares("e", "A"))
    closes = np.log(frame["close"])
    day = closes[EVENT]
    before = closes[DAYS[-2]].iloc[-1]
    at = {clock: day.loc[f"{EVENT} {clock}+03:00"] for clock in ("10:00", "11:40", "12:10")}
    moves = {
        "night": at["10:00"] - before,
        "before": at["11:40"] - at["10:00"],
        "window": at["12:10"] - at["11:40"],
        "after": day.iloc[-1] - at["12:10"],
        "day": day.iloc[-1] - before,
    }
    assert table.move.to_dict() == pytest.approx(moves)
    steps = np.diff(np.r_[before, day]) ** 2
    assert table.rv["day"] == pytest.approx(steps.sum())
    assert table.rv["window"] == pytest.approx(steps[11:14].sum())
    pieces = table.drop(index="day")
    assert pieces[["move", "share", "rv", "rv_share"]].sum().to_list() == pytest.approx(
        [table.move["day"], 1, table.rv["day"], 1]
    )


def test_ordinary_days_have_the_same_window(frame):
    """On a walk of equal steps a window of three of 52 bars has three 52nds of the variance."""
    row = by_piece(measured(frame).shares("e", "A")).loc["window"]
    assert row.n == 60
    assert row.rv_usual == pytest.approx(3 / 52, rel=0.25)
    assert row.smallest_p == pytest.approx(1 / 61)
    changed = frame.copy()
    late = changed.index >= pd.Timestamp(f"{EVENT} 12:00", tz="Europe/Moscow")
    changed.loc[late, "close"] *= 1.05
    changed.attrs = frame.attrs
    moved = by_piece(measured(changed).shares("e", "A")).loc["window"]
    assert moved.p == pytest.approx(1 / 61)
    assert moved.rv_share > 0.9


def test_what_the_daily_close_has_besides_is_named(frame):
    last = float(frame["close"].iloc[-1])
    before = float(frame.loc[DAYS[-2], "close"].iloc[-1])
    closes = pd.Series([before, last * 1.01], index=pd.DatetimeIndex([DAYS[-2], EVENT]))
    table = by_piece(measured(frame, closes={"A": closes}).shares("e", "A"))
    assert table.move["rest"] == pytest.approx(np.log(1.01))
    assert table.move["day"] == pytest.approx(np.log(last * 1.01 / before))
    assert table.move.drop("day").sum() == pytest.approx(table.move["day"])
    assert table.words["rest"] == "the daily close besides the last bar: +1.00 %"
    late = pd.Series([last], index=pd.DatetimeIndex([EVENT]))
    assert "rest" not in by_piece(measured(frame, closes={"A": late}).shares("e", "A")).index


def test_13_january_by_hand():
    """IMOEX by the hour: -4.05 % from close to close, of it 14:00 to 15:00 in logarithms."""
    rows = [{"event_id": "e", "date": "2022-01-13", "known_by": "14:45", "title": "e"}]
    events = es.read_events(pd.DataFrame(rows), timezone="Europe/Moscow")
    closes = es.load_prices({"IMOEX": "sample:IMOEX"}).series("IMOEX")
    results = es.run_minutes(
        events, es.load_bars({"IMOEX": "sample:IMOEX"}), closes={"IMOEX": closes}
    )
    table = by_piece(results.shares("e", "IMOEX", since="14:00", until="15:00"))
    assert table.move["day"] == pytest.approx(np.log(3674.73 / 3829.95))
    assert table.move["rest"] == pytest.approx(0, abs=1e-12)
    assert table.move["window"] == pytest.approx(np.log(3742.05 / 3803.91))
    assert table.move["before"] + table.move["night"] == pytest.approx(np.log(3803.91 / 3829.95))
    assert table.share["window"] == pytest.approx(0.396, abs=5e-4)
    whole = by_piece(results.all_shares)
    assert whole.move.drop("day").sum() == pytest.approx(whole.move["day"])


def test_the_table_holds_every_statement_with_a_window(frame):
    results = measured(frame)
    assert results.all_shares.equals(results.shares("e", "A"))
    assert measured(frame, stamp=None).all_shares.empty


def test_what_cannot_be_divided_is_said_with_its_cure(frame):
    with pytest.raises(InvalidArgumentError, match='since="14:00", until="15:00"'):
        measured(frame, stamp=None).shares("e", "A")
    with pytest.raises(InvalidArgumentError, match="Write a later until"):
        measured(frame).shares("e", "A", since="15:00", until="14:00")
    with pytest.raises(InvalidArgumentError, match="Load bars of both days"):
        measured(frame).shares("e", "A", since="08:00", until="09:00")
    one_day = frame[EVENT:]
    one_day.attrs = frame.attrs
    alone = measured(one_day, stamp=None)
    with pytest.raises(InvalidArgumentError, match="Load bars of both days"):
        alone.shares("e", "A", since="14:00", until="15:00")


def test_closes_that_are_none_are_refused(frame):
    for closes in ({"A": 5}, {"A": pd.Series([1.0, 2.0])}):
        with pytest.raises(InvalidArgumentError, match="closes of A are no Series by ascending"):
            measured(frame, closes=closes)
