"""Windows of minutes against two independent implementations (a plain loop and pandas).

Reference: tests/golden/minutes, synthetic bars with planted moves; tolerance 1e-8.
"""

import numpy as np
import pytest
from minute_bars import golden_bars, golden_cases, golden_events

import eventstudy as es
from eventstudy.minutes.gaps import openings, rank_gap
from eventstudy.minutes.lookup import Lookup

CASES = {"D1_window_10_20": (10, 20), "D1_window_5_60": (5, 60)}
NAMES = {
    "r": "car",
    "p0": "price_before",
    "p1": "price_after",
    "n_placebo": "n",
    "sd_placebo": "sd",
    "logvolume_abn": "log_volume",
}
EVENTS = list(golden_cases()["D1_window_10_20"]["events"])


def plain(name):
    return name.replace("+", "").replace("_", "-").lower()


@pytest.fixture(scope="module")
def results():
    windows = es.MinuteWindows(10, 20, also=((5, 60),))
    options = es.MinuteOptions(days="around")
    return es.run_minutes(golden_events(), golden_bars(), windows=windows, options=options)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("case", CASES)
def test_every_number_of_a_window(results, case, event):
    expected = golden_cases()[case]["expected"][event]
    before, _ = CASES[case]
    car, left = results.car(), results.left_out
    if "refused" in expected:
        row = left[(left.event_id == plain(event)) & (left.before == before)].iloc[0]
        assert row.reason == expected["refused"]
        assert row.cure
        assert not row.pending
        return
    row = car[(car.event_id == plain(event)) & (car.before == before)].iloc[0]
    overlaps = expected.pop("overlaps", None)
    assert row.overlaps == tuple(map(plain, overlaps))
    for name, value in expected.items():
        assert row[NAMES.get(name, name)] == pytest.approx(value, rel=1e-8, abs=1e-17), name
    expected["overlaps"] = overlaps


def test_nights(results):
    expected = golden_cases()["D1_overnight"]["expected"]
    auction, row = results.overnight().itertuples()
    assert (auction.event_id, auction.kind) == ("e5-closing-auction", "break")
    assert (row.event_id, row.kind) == ("e9-before-open", "overnight")
    lookup = Lookup(golden_bars()["G"], 300)
    gaps = openings(lookup, 5)
    for date, numbers in expected.items():
        (place,) = np.flatnonzero(gaps.session == np.datetime64(date))
        options = es.MinuteOptions(days="around")
        ranked, _, _ = rank_gap(gaps, place, np.ones(len(gaps.move), dtype=bool), options)
        got = {"gap": gaps.move[place], "n": ranked.n, "p_rank": ranked.p_rank}
        assert got == pytest.approx(numbers, rel=1e-8)
    assert row.car == pytest.approx(expected["2021-12-13"]["gap"], rel=1e-8)
    assert row.p_rank == pytest.approx(expected["2021-12-13"]["p_rank"], rel=1e-8)
    assert (row.nights, row.n_like) == (3, 3)  # a weekend; four Mondays, one is the event
