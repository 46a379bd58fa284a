"""Prices stored by asset are those that were given, whatever they came as."""

import numpy as np
import pandas as pd
import pytest
from parts_study import market

import eventstudy as es
from eventstudy.prices.quality.holes import holes


@pytest.fixture(scope="module")
def frame():
    return market(7, 300, gaps=0.03)


def test_a_frame_comes_back_with_what_the_others_know_of_its_dates(frame, tmp_path):
    prices = es.Prices(frame, clocks={"A03": "16:00 Europe/London"})
    stored = es.store_prices(prices, tmp_path / "prices", part=3)
    assert (stored.parts, stored.assets) == (3, prices.assets)
    back = stored.read(["A06", "A03"])
    for asset in ("A06", "A03"):
        pd.testing.assert_series_equal(back.series(asset), prices.series(asset), check_freq=False)
        assert back.clocks[asset] == prices.clocks[asset]
        assert len(holes(prices, asset)) or asset == "A03"
        np.testing.assert_array_equal(holes(back, asset), holes(prices, asset))


def test_long_files_in_any_order_are_the_same_prices(frame, tmp_path):
    rows = (
        frame.rename_axis("date").reset_index().melt("date", var_name="asset", value_name="price")
    )
    rows = rows.dropna().sample(frac=1, random_state=1)
    rows[:900].to_csv(tmp_path / "one.csv", index=False)
    rows[900:].to_parquet(tmp_path / "two.parquet", index=False)
    files = [tmp_path / "one.csv", tmp_path / "two.parquet"]
    stored = es.store_prices(files, tmp_path / "prices", part=3)
    assert stored.assets == tuple(sorted(frame.columns))
    other = es.store_prices(frame[sorted(frame.columns)], tmp_path / "other", part=3)
    assert stored.digest == other.digest


def test_returns_stay_returns(frame, tmp_path):
    returns = es.Returns(frame.pct_change(fill_method=None).iloc[1:])
    back = es.store_prices(returns, tmp_path).read(["A01"])
    assert isinstance(back, es.Returns)
    pd.testing.assert_series_equal(back.series("A01"), returns.series("A01"), check_freq=False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("asset,date,price\nA,2020-01-02,1\nA,2020-01-02,2\n", "two prices of A on 2020-01-02"),
        ("asset,date,price\nA,2020-01-02,-1\n", "-1.0 of A on 2020-01-02 is no price"),
        ("asset,date,price\nA,02.01.2020,1\n", "Write dates as 2024-03-01"),
        ("symbol,date,price\nA,2020-01-02,1\n", "no column asset among symbol, date, price"),
        ("asset,date,price\n,2020-01-02,1\nA,2020-01-02,1\n", "a price has no asset, or no date"),
    ],
)
def test_what_is_no_price_is_refused_with_its_file(text, said, tmp_path):
    (tmp_path / "long.csv").write_text(text)
    with pytest.raises(es.EventStudyError, match=said):
        es.store_prices(tmp_path / "long.csv", tmp_path / "prices")


def test_a_folder_with_other_files_is_not_touched(frame, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(es.EventStudyError, match="Give an empty folder"):
        es.store_prices(frame, tmp_path)
    with pytest.raises(es.EventStudyError, match="Make it with"):
        es.StoredPrices.open(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_asset_that_is_not_stored_is_said_with_its_nearest(frame, tmp_path):
    with pytest.raises(es.EventStudyError, match="Did you mean 'A01'"):
        es.store_prices(frame, tmp_path).read(["A011"])
