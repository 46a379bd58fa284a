"""Hours of markets, by the notices of the exchanges."""

import datetime as dt

import pytest

import eventstudy as es
from eventstudy.bars.clocks import local_seconds, utc_seconds
from eventstudy.errors import InvalidArgumentError, UnknownNameError


def hours(market, day, kind="continuous"):
    table = es.sessions(market, day)
    table = table[table["kind"] == kind]
    return [f"{row.part} {row.start:%H:%M}-{row.end:%H:%M}" for row in table.itertuples()]


@pytest.mark.parametrize(
    ("market", "day", "expected"),
    [
        ("XMOS", "2020-06-19", ["main 10:00-18:40"]),
        ("XMOS", "2020-06-22", ["main 10:00-18:40", "evening 19:05-23:50"]),
        ("XMOS", "2021-12-03", ["main 10:00-18:40", "evening 19:05-23:50"]),
        (
            "XMOS",
            "2021-12-06",
            ["morning 07:00-09:50", "main 10:00-18:40", "evening 19:05-23:50"],
        ),
        ("XMOS", "2022-02-28", []),
        ("XMOS", "2022-03-23", []),
        ("XMOS", "2022-03-24", ["main 10:00-14:00"]),
        ("XMOS", "2022-03-28", ["main 10:00-13:40"]),
        ("XMOS", "2022-03-30", ["main 10:00-13:40"]),
        ("XMOS", "2022-03-31", ["main 10:00-18:40"]),
        ("XMOS", "2022-09-12", ["main 10:00-18:40", "evening 19:05-23:50"]),
        (
            "XMOS",
            "2025-01-27",
            ["morning 07:00-09:50", "main 10:00-18:40", "evening 19:05-23:50"],
        ),
        ("XMOS-currency", "2021-02-26", ["main 10:00-23:50"]),
        ("XMOS-currency", "2021-03-01", ["main 07:00-23:50"]),
        ("XMOS-currency", "2022-02-28", ["main 10:00-19:00"]),
        ("XMOS-currency", "2022-03-09", ["main 10:00-18:45"]),
        ("XMOS-currency", "2022-03-10", ["main 10:00-19:00"]),
        ("XMOS-currency", "2022-02-23", ["main 07:00-23:50"]),
        ("XMOS-currency", "2022-09-12", ["main 07:00-19:00"]),
        ("XMOS-derivatives", "2026-04-02", ["day 08:50-23:50"]),
        ("XMOS-index", "2022-01-13", ["main 10:00-18:50"]),
        ("XNYS", "2021-11-26", ["main 09:30-13:00"]),
        ("XTKS", "2021-11-26", ["main 09:00-11:30", "main 12:30-15:00"]),
        ("XNYS", "2021-11-25", []),
        ("always", dt.date(2022, 1, 1), ["round the clock 00:00-00:00"]),
    ],
)
def test_hours_of_continuous_trading(market, day, expected):
    assert hours(market, day) == expected


def test_auctions_and_breaks_are_marked():
    assert hours("XMOS", "2022-01-13", "auction") == [
        "morning auction 06:50-07:00",
        "opening auction 09:50-10:00",
        "closing auction 18:40-18:50",
        "evening auction 19:00-19:05",
    ]
    assert hours("XMOS-derivatives", "2022-01-13", "break") == [
        "midday clearing 14:00-14:05",
        "evening clearing 18:45-19:05",
    ]


def test_the_evening_of_derivatives_belongs_to_the_next_trading_day():
    table = es.sessions("XMOS-derivatives", "2022-01-17")  # a Monday
    assert (table["part"].iloc[0], f"{table['start'].iloc[0]:%Y-%m-%d %H:%M}") == (
        "evening",
        "2022-01-14 19:05",
    )
    assert "evening" not in es.sessions("XMOS-derivatives", "2026-04-02")["part"].tolist()


def test_weekend_sessions_belong_to_monday():
    table = es.sessions("XMOS", "2025-11-10")
    weekend = table[table["part"] == "weekend"]
    assert [f"{start:%m-%d %H:%M}" for start in weekend["start"]] == ["11-08 10:00", "11-09 10:00"]


def test_currencies_trade_around_the_clock_but_for_the_weekend():
    (monday,) = es.sessions("FX", "2021-11-08").itertuples()
    assert str(monday.start) == "2021-11-07 17:00:00-05:00"
    assert not len(es.sessions("FX", "2021-11-06"))


def test_every_row_has_a_source_and_what_is_not_known_is_said():
    for market in ("XMOS", "XMOS-currency", "XMOS-derivatives"):
        table = es.sessions(market, "2022-01-13")
        assert table["source"].str.len().gt(5).all()
        assert (table["doubt"] == "").all()
    before = es.sessions("XMOS-derivatives", "2019-05-14").set_index("part")["doubt"]
    assert "five minutes" in before["midday clearing"]
    assert "when it became 19:05" in before["evening clearing"]
    assert (es.sessions("XMOS", "2019-05-14")["doubt"].str.contains("June 2020")).all()


def test_clearing_of_derivatives_begins_at_18_50_by_september_2024():
    """National Clearing Centre, 19 September 2024: the standard schedule is 18:50 to 19:05."""
    assert hours("XMOS-derivatives", "2024-09-19", "break")[1] == "evening clearing 18:50-19:05"
    doubts = es.sessions("XMOS-derivatives", "2023-05-16").set_index("part")["doubt"]
    assert "since when is not known" in doubts["evening clearing"]


def test_a_market_or_a_day_that_is_none():
    with pytest.raises(UnknownNameError, match="XMOS"):
        es.sessions("XMOZ", "2022-01-13")
    with pytest.raises(InvalidArgumentError, match="2022-01-13"):
        es.sessions("XMOS", "13.01.2022")


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Europe/Moscow", "UTC"])
def test_clocks_go_there_and_back(zone):
    import numpy as np

    days = np.arange("2021-01-01", "2022-01-01", dtype="datetime64[D]")
    moments = utc_seconds(days, 13 * 3600, zone)
    local = local_seconds(moments, zone)
    assert (local % 86_400 == 13 * 3600).all()
    assert (local // 86_400 == days.astype(np.int64)).all()


def test_a_time_that_clocks_skip_or_show_twice():
    """Berlin, 2021: 02:30 does not exist on 28 March, and is shown twice on 31 October."""
    import numpy as np

    days = np.array(["2021-03-28", "2021-10-31"], dtype="datetime64[D]")
    moments = utc_seconds(days, 2 * 3600 + 1800, "Europe/Berlin").astype("datetime64[s]")
    assert [str(moment)[11:16] for moment in moments] == ["01:30", "00:30"]
