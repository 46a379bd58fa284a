"""What must hold for any prices, any dates, any clock and any file."""

import datetime as dt
import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from eventstudy.errors import PriceDataError
from eventstudy.prices import (
    Clock,
    Prices,
    closures,
    load_prices,
    log_returns,
    session_returns,
    simple_returns,
)

ZONES = ["Europe/Moscow", "Europe/Berlin", "Europe/London", "America/New_York", "Asia/Tokyo"]

price = st.floats(1e-4, 1e6)
dates = st.dates(dt.date(1999, 1, 4), dt.date(2035, 12, 31))
minutes = st.integers(0, 24 * 60 - 1).map(lambda m: dt.time(m // 60, m % 60))


def series(least=1, most=40):
    """Prices by date, ascending."""
    days = st.dictionaries(dates, price, min_size=least, max_size=most)
    return days.map(lambda found: pd.Series(dict(sorted(found.items())), dtype=float))


def array(least=2):
    return st.lists(price, min_size=least, max_size=60).map(np.array)


@given(array(), st.floats(1e-3, 1e3))
def test_scaling_prices_leaves_returns_unchanged(prices, factor):
    np.testing.assert_allclose(simple_returns(prices * factor), simple_returns(prices), atol=1e-9)
    np.testing.assert_allclose(log_returns(prices * factor), log_returns(prices), atol=1e-12)


@given(array())
def test_inverting_prices_flips_the_sign_of_log_returns_only(prices):
    np.testing.assert_allclose(log_returns(1 / prices), -log_returns(prices), atol=1e-12)
    simple = simple_returns(prices)
    ulp = 4 * np.finfo(float).eps  # 1/prices is rounded once more, whatever the move
    inverted = -simple / (1 + simple)
    np.testing.assert_allclose(simple_returns(1 / prices), inverted, rtol=1e-6, atol=ulp)


@given(array())
def test_log_returns_add_up_to_the_whole_move(prices):
    total = np.nansum(log_returns(prices))
    np.testing.assert_allclose(total, np.log(prices[-1] / prices[0]), atol=1e-10)


@given(series(2), st.integers(0, 400), st.sampled_from(["simple", "log"]))
def test_no_daily_return_spans_more_than_max_gap_days(prices, max_gap, kind):
    sessions = pd.DatetimeIndex(prices.index)
    returns = session_returns(sessions, prices.to_numpy(), kind, max_gap)
    for place in range(1, len(sessions)):
        gap = (sessions[place] - sessions[place - 1]).days
        assert np.isnan(returns[place]) == (gap > max_gap)
    assert len(closures(sessions, max_gap)) == np.isnan(returns[1:]).sum()


@given(series(), series())
def test_an_unrelated_asset_changes_nothing_for_another(own, other):
    alone = Prices(own.to_frame("own"))
    both = Prices(pd.DataFrame({"other": other, "own": own}))
    pd.testing.assert_series_equal(both.series("own"), alone.series("own"))
    assert both.provenance["own"] == alone.provenance["own"]
    for kind in ("simple", "log"):
        np.testing.assert_array_equal(
            *(
                session_returns(found.index, found.to_numpy(), kind, 5)
                for found in (both.series("own"), alone.series("own"))
            )
        )


@given(series(2), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(own, random):
    shuffled = list(own.items())
    random.shuffle(shuffled)
    again = Prices(pd.Series(dict(shuffled)).to_frame("A"))
    pd.testing.assert_frame_equal(again.frame, Prices(own.to_frame("A")).frame)


@given(minutes, st.sampled_from(ZONES), st.integers(-7, 7), st.none() | minutes)
def test_clock_reads_what_it_writes(time, zone, offset, opens):
    assume(opens is None or opens < time)
    clock = Clock(time, zone, opens, offset)
    assert Clock.parse(str(clock)) == clock


@given(minutes, st.sampled_from(ZONES), st.lists(dates, min_size=1, max_size=30, unique=True))
def test_strike_agrees_with_the_standard_library(time, zone, days):
    struck = Clock(time, zone).struck(np.array(sorted(days), dtype="datetime64[D]"))
    assert struck.is_monotonic_increasing
    assert struck.is_unique
    for day, instant in zip(sorted(days), struck, strict=True):
        expected = dt.datetime.combine(day, time, ZoneInfo(zone)).astimezone(dt.UTC)
        there = expected.astimezone(ZoneInfo(zone))
        if there.time() == time:  # else clocks jump over it that night
            assert instant == expected


@settings(deadline=None)
@given(
    st.dictionaries(dates, st.none() | price, min_size=1, max_size=30),
    st.sampled_from([(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ",")]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig"]),
)
def test_csv_gives_back_the_prices_written_to_it(found, marks, newline, encoding):
    assume(any(found.values()))
    delimiter, decimal = marks
    rows = [["date", "close"]]
    rows += [
        [str(day), "" if value is None else repr(value).replace(".", decimal)]
        for day, value in found.items()
    ]
    text = "".join(delimiter.join(row) + newline for row in rows)
    options = {"delimiter": delimiter, "decimal": decimal}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "A.csv").write_bytes(text.encode(encoding))
        request = {"A": {"source": "csv", "symbol": "A.csv", **options}}
        read = load_prices(request, folder=folder).series("A")
    expected = {day: value for day, value in sorted(found.items()) if value is not None}
    assert {day.date(): value for day, value in read.items()} == expected
    assert read.index.is_monotonic_increasing


@settings(deadline=None)
@given(series(1, 15), st.data())
def test_one_wrong_cell_of_a_csv_is_named_by_its_line(own, data):
    lines = ["date,close", *(f"{day},{value!r}" for day, value in own.items())]
    line = data.draw(st.integers(1, len(own)))
    wrong = data.draw(st.sampled_from(["0", "-1", "inf", "x", "1e400", "NaN", "1 000", "٣"]))
    lines[line] = lines[line].split(",")[0] + "," + wrong
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "A.csv").write_text("\n".join(lines), encoding="utf-8")
        with pytest.raises(PriceDataError) as caught:
            load_prices({"A": "csv:A.csv"}, folder=folder)
    assert str(caught.value).startswith("A: 1 problem:")
    assert f"A.csv:{line + 1}: close:" in str(caught.value)
    assert repr(wrong) in str(caught.value)
