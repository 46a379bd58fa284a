"""Proxies and implied series: what they are made of, their error, and what is refused."""

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import EventStudyError, InvalidArgumentError, PriceDataError

USDRUB = {"source": "sample", "symbol": "USDRUB-implied"}


def bars(closes, start="2022-01-13 12:00"):
    index = pd.date_range(start, periods=len(closes), freq="10min", tz="Europe/Moscow")
    frame = pd.DataFrame({"close": closes}, index=index)
    return {"source": frame, "market": "XMOS", "label": "end", "minutes": 10}


def test_a_ratio_holds_the_bars_that_end_together():
    request = {
        "A": bars([10.0, 12.0, 18.0]),
        "B": bars([4.0, 3.0], start="2022-01-13 12:10"),
        "C": {"implied": "A / B", "error": 0.01},
        "D": {"implied": "A * B", "error": 0.02, "market": "XMOS-index"},
    }
    loaded = es.load_bars(request)
    assert loaded["C"].close.tolist() == [3.0, 6.0]
    assert [f"{end:%H:%M}" for end in loaded["C"].frame.index] == ["12:10", "12:20"]
    assert loaded["D"].close.tolist() == [48.0, 54.0]
    assert (loaded["D"].market, loaded["C"].market) == ("XMOS-index", "XMOS")
    assert loaded["C"].standing.kind == "implied"
    assert not loaded["C"].standing.observed
    assert "not observed; ± 1 %" in loaded["C"].notes[0]


def test_index_over_future_is_the_ruble_of_the_package():
    """3149.8 rubles of index a point of the future: the ECB's 75.55 at 16:10 says so."""
    loaded = es.load_bars(
        {
            "I": "sample:index-proxy",
            "R": "sample:RTS-future",
            "RATIO": {"implied": "I / R", "error": 0.002},
            "USDRUB": "sample:USDRUB-implied",
        }
    )
    scale = 75.55 / (3755.2 / 156560)
    rounding = 0.005 + 2 * 75.55 * 0.05 / 3755  # of the ruble, and twice of the index
    assert loaded["RATIO"].close * scale == pytest.approx(loaded["USDRUB"].close, abs=rounding)


def test_errors_and_levels_are_carried_on():
    request = {
        "A": {**bars([10.0, 12.0]), "proxy": "X", "error": 0.03},
        "B": {**bars([4.0, 3.0]), "proxy": "Y", "error": 0.04},
        "C": {"implied": "A / B"},
        "U": {**USDRUB, "references": {"2022-01-13": {"evening": 74.67}}},
        "R": {"implied": "1 / U"},
        "RR": {"implied": "1 / R"},
    }
    loaded = es.load_bars(request)
    assert loaded["C"].standing.error == pytest.approx(0.05)
    assert loaded["R"].standing.levels == {"2022-01-13": {"evening": pytest.approx(1 / 74.67)}}
    assert loaded["R"].standing.error == 0.002
    assert loaded["RR"].close == pytest.approx(loaded["U"].close)


def test_packaged_proxies_say_so_themselves():
    loaded = es.load_bars({"I": "sample:index-proxy", "U": "sample:USDRUB-implied"})
    assert (loaded["I"].standing.proxy, loaded["I"].standing.error) == ("IMOEX", 0.0018)
    assert (loaded["U"].standing.kind, loaded["U"].standing.error) == ("implied", 0.002)


A = bars([10.0, 12.0])
REFUSED = {
    "a proxy without an error": ({**A, "proxy": "X"}, "a proxy has an error. Write it"),
    "a proxy of itself": ({**A, "proxy": "A", "error": 0.1}, "write the name of the asset"),
    "an error in per cent": ({**A, "error": 20}, "as a fraction, such as 0.002"),
    "levels without a date": ({**A, "references": {"close": 1.0}}, "'close', which is no date"),
    "a level of another name": (
        {**A, "references": {"2022-01-13": {"noon": 1.0}}},
        "write prices named close, evening, opening",
    ),
    "a level that is no price": (
        {**A, "references": {"2022-01-13": {"close": -1}}},
        "close = -1; write prices",
    ),
    "levels that are no table": ({**A, "references": 75.0}, "references is 75.0; write references"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_right_is_refused_with_its_cure(name):
    request, said = REFUSED[name]
    with pytest.raises(InvalidArgumentError) as error:
        es.load_bars({"A": request})
    assert said in str(error.value)


IMPLIED = {
    "no formula": ({"implied": "A over B", "error": 0.1}, 'such as "IMOEX / RTS"'),
    "a source besides": ({"implied": "A / B", "source": "sample"}, "Remove source"),
    "no error": ({"implied": "1 / A"}, "its error is not known. Write it as a fraction"),
    "an unknown part": ({"implied": "A / BB", "error": 0.1}, "'BB' of 'A / BB' has no bars"),
    "itself": ({"implied": "1 / C", "error": 0.1}, "'C' of '1 / C' has no bars"),
    "an option of sources": ({"implied": "1 / A", "error": 0.1, "minutes": 10}, "no option"),
}


@pytest.mark.parametrize("name", IMPLIED)
def test_an_implied_series_that_cannot_be_made(name):
    request, said = IMPLIED[name]
    with pytest.raises(EventStudyError) as error:
        es.load_bars({"A": A, "B": A, "C": request})
    assert said in str(error.value)


def test_series_that_imply_each_other_or_never_end_together():
    with pytest.raises(InvalidArgumentError, match="imply each other"):
        es.load_bars(
            {
                "A": A,
                "C": {"implied": "1 / D", "error": 0.1},
                "D": {"implied": "1 / C", "error": 0.1},
            }
        )
    late = bars([1.0, 2.0], start="2022-01-14 12:00")
    with pytest.raises(PriceDataError, match="no bars of A and B end together"):
        es.load_bars({"A": A, "B": late, "C": {"implied": "A / B", "error": 0.1}})


def test_windows_are_not_measured_on_proxies_alone():
    events = es.read_events(
        pd.DataFrame([{"event_id": "e", "date": "2022-01-13", "time": "15:00", "title": "e"}]),
        timezone="Europe/Moscow",
    )
    with pytest.raises(InvalidArgumentError, match="Load observed ones, too"):
        es.run_minutes(events, es.load_bars({"I": "sample:index-proxy"}))


def test_values_do_not_depend_on_the_order_of_the_request():
    one = es.load_bars({"A": A, "B": A, "C": {"implied": "A / B", "error": 0.1}})
    two = es.load_bars({"C": {"implied": "A / B", "error": 0.1}, "A": A, "B": A})
    assert np.array_equal(one["C"].close, two["C"].close)
    assert two.assets == ("C", "A", "B")
