"""Frames as libraries deliver them: what is taken for what, what is said, and what is refused."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import eventstudy as es
from eventstudy.tables.frames import pandas_of

SESSIONS = pd.bdate_range("2021-01-04", periods=300)
LEVELS = 100 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.01, 300)))
FRAME = pd.DataFrame({"A": LEVELS, "M": 10 * np.sqrt(LEVELS)}, SESSIONS)
COLUMN = FRAME.rename_axis("Date").reset_index()


def yahoo(first, second):
    """A frame with two rows of names, as yfinance makes it."""
    return pd.concat({first: FRAME, second: FRAME * 2}, axis=1)


TAKEN = {
    "a zone": (FRAME.tz_localize("America/New_York"), "midnight of America/New_York"),
    "a column": (COLUMN, "Dates are those of the column 'Date'."),
    "a typed column": (COLUMN.rename(columns={"Date": "when"}), "the column 'when'"),
    "texts": (COLUMN.assign(Date=COLUMN["Date"].dt.strftime("%Y-%m-%d")), "column 'Date'"),
    "arrow": (pa.Table.from_pandas(COLUMN), "column 'Date'"),
    "yfinance": (yahoo("Close", "Open"), "'Close' of the columns is used."),
    "both closes": (
        yahoo("Close", "Adj Close"),
        "'Close' of the columns is used, not 'Adj Close'.",
    ),
    "names first": (yahoo("Close", "Open").swaplevel(axis=1), "'Close' of the columns is used."),
}


@pytest.mark.parametrize("name", TAKEN)
def test_a_frame_is_taken_for_what_it_is_and_that_is_said(name):
    given, told = TAKEN[name]
    prices = es.Prices(given)
    pd.testing.assert_frame_equal(prices.frame, FRAME, check_names=False, check_freq=False,
                                  check_index_type=False, check_column_type=False)  # fmt: skip
    assert any(told in note for note in prices.provenance["A"].notes)
    assert told in repr(prices)


def test_a_series_is_one_asset():
    prices = es.Prices(FRAME["A"])
    assert prices.assets == ("A",)
    assert prices.provenance["A"].notes == ()


def test_other_libraries_are_measured_as_pandas():
    events = es.Events.from_dates(["2021-10-04"])
    windows = es.Windows(estimation=(-140, -21))
    expected = es.run_study(events, FRAME, windows=windows).car()
    made = es.run_study(events, pa.Table.from_pandas(COLUMN), windows=windows).car()
    pd.testing.assert_frame_equal(made, expected)
    returns = es.Returns(
        pa.Table.from_pandas(FRAME.pct_change().dropna().reset_index(names="date"))
    )
    assert list(returns.frame) == ["A", "M"]


def test_polars_is_read():
    import polars

    frame = polars.from_pandas(COLUMN)
    assert list(es.Prices(frame).frame["A"]) == list(LEVELS)
    assert list(es.Prices(frame.lazy()).frame["A"]) == list(LEVELS)


@pytest.mark.parametrize("value", [None, 5, "text", b"x", [1], {"a": 1}, object(), np.arange(3)])
def test_what_is_no_frame_is_none(value):
    assert pandas_of(value) is None


OHLC = pd.DataFrame(dict.fromkeys(("Open", "High", "Low", "Close", "Volume"), LEVELS), SESSIONS)
LONG = pd.DataFrame({"date": SESSIONS, "symbol": "A", "close": LEVELS})
REFUSED = [
    (OHLC, r"columns of one asset\. Write (.*)", "NAME"),
    (LONG, r"rows are of several assets\. Write (.*)", "A"),
]


@pytest.mark.parametrize(("frame", "pattern", "name"), REFUSED)
def test_columns_of_one_asset_and_long_tables_are_refused_with_the_line_to_write(
    frame, pattern, name
):
    with pytest.raises(es.EventStudyError, match=pattern) as caught:
        es.Prices(frame)
    line = re.search(pattern, str(caught.value))[1]
    prices = es.Prices(eval(line, {"frame": frame}))
    assert list(prices.frame[name]) == list(LEVELS)


WRONG = [
    (FRAME["A"].rename(None), "has no name"),
    (FRAME.tz_localize("UTC").tz_convert("America/New_York"), "has the time zone"),
    (5, "not int"),
    (yahoo("Open", "High"), "none is a close"),
]


@pytest.mark.parametrize(("given", "told"), WRONG)
def test_what_has_no_one_reading_is_refused(given, told):
    with pytest.raises(es.EventStudyError, match=told):
        es.Prices(given)


# --- dates alone as events -------------------------------------------------------------------

DATES = ["2022-01-26", "2022-03-16"]


@pytest.mark.parametrize(
    "dates",
    [
        DATES,
        tuple(DATES),
        pd.Series(DATES),
        pd.to_datetime(DATES),
        [pd.Timestamp(day).date() for day in DATES],
        ["26.01.2022", "16.03.2022"],
        pa.chunked_array([DATES]),
    ],
    ids=["list", "tuple", "series", "index", "dates", "German", "arrow"],
)
def test_dates_alone_are_events(dates):
    events = es.read_events(dates)
    assert [str(event.date) for event in events] == DATES
    assert events.event_ids == ("event-2022-01-26", "event-2022-03-16")
    assert es.read_events(events.frame).event_ids == events.event_ids


def test_dates_have_assets_and_titles_each_or_all_alike():
    events = es.Events.from_dates(DATES, assets=["A", "M"], title="FOMC")
    assert [(e.assets, e.title) for e in events] == [(("A",), "FOMC"), (("M",), "FOMC")]
    assert len(set(es.Events.from_dates([DATES[0]] * 500, title="Earnings").event_ids)) == 500


def test_a_time_of_a_timestamp_is_kept_and_needs_a_zone():
    stamps = ["2022-01-26 14:00", "2022-03-16 14:00"]
    for dates in (stamps, pd.to_datetime(stamps)):
        events = es.Events.from_dates(dates, timezone="America/New_York")
        assert [str(event.time) for event in events] == ["14:00:00"] * 2
        with pytest.raises(es.EventsError, match="a clock time needs a time zone"):
            es.Events.from_dates(dates)
    zoned = es.Events.from_dates(pd.to_datetime(stamps).tz_localize("America/New_York"))
    assert zoned["event-2022-01-26"].timezone == "America/New_York"


NO_DATES = [
    ([], "dates are empty"),
    (["soon"], "1 cell is no date"),
    ([pd.NaT], "some dates are missing"),
    (["1/2/2022", "3/4/2022"], "may be day first or month first"),
    ([5], "is no date"),
]


@pytest.mark.parametrize(("dates", "told"), NO_DATES)
def test_what_is_no_list_of_dates_is_refused(dates, told):
    with pytest.raises(es.EventStudyError, match=told):
        es.read_events(dates)


def test_lists_of_other_lengths_are_refused():
    with pytest.raises(es.EventStudyError, match="assets has 3 entries for 2 dates"):
        es.Events.from_dates(DATES, assets=["A", "B", "C"])
