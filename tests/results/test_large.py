"""What is made block by block, of places and fits, is what stored windows give."""

import gc
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.abnormal import placed_returns
from eventstudy.inference import CrossSection, correlation, shared_estimation
from eventstudy.inference.battery.standardised import BMP

DATES, APART, ASSETS = 30, 7, ("AAA", "BBB", "CCC")
SLOW = {"garch-sq", "placebo-dates", "placebo-matched", "placebo-ewma", "calendar-shift"}
MODEL = es.models.MarketModel("MKT")
TESTS = [name for name in es.TESTS if name not in SLOW]


def large(engine, gaps=0.0, tests=TESTS, digits=17, model=MODEL):
    """Dates that do not overlap, of several assets, by one engine."""
    rng = np.random.default_rng(6)
    sessions = pd.bdate_range("2010-01-04", periods=140 + DATES * APART + 10)
    market = rng.normal(0, 0.01, (len(sessions), 1))
    returns = np.hstack([market, market + rng.normal(0, 0.015, (len(sessions), len(ASSETS)))])
    frame = pd.DataFrame(returns.round(digits), sessions, ["MKT", *ASSETS])
    frame[list(ASSETS)] = frame[list(ASSETS)].mask(rng.random((len(sessions), 3)) < gaps)
    days = 140 + APART * np.arange(DATES)
    events = pd.DataFrame(
        {"event_id": [f"e{day}" for day in days], "date": sessions[days], "title": "t"}
    )
    return es.run_study(
        events,
        es.Returns(frame.iloc[1:]),
        model=model,
        windows=es.Windows(estimation=(-120, -6), event=(-3, 3), car=((0, 0), (-1, 1))),
        tests=tests,
        options=es.Options(engine=engine, max_shift=10, average="across-assets"),
    )


@pytest.fixture
def small_blocks(monkeypatch):
    """So few rows at once that a study of 90 observations is a large one."""
    monkeypatch.setattr(placed_returns, "ROWS", 7)
    monkeypatch.setattr(placed_returns, "KEPT", 10)
    monkeypatch.setattr(shared_estimation, "CELLS", 400)


def assert_same(one, two):
    """Two tables hold the same, numbers to nine digits."""
    assert list(one) == list(two)
    pd.testing.assert_frame_equal(one, two, check_dtype=False, rtol=1e-9, atol=1e-13)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("gaps", [0.0, 0.05])
def test_every_table_of_a_large_study_is_that_of_stored_windows(gaps):
    made, stored = large("moments", gaps), large("statsmodels", gaps)
    assert made.abnormal.car((0, 0)).shape == stored.abnormal.car((0, 0)).shape
    for name in ("car", "mean_car", "aar", "caar", "situations"):
        assert_same(getattr(made, name)(), getattr(stored, name)())
    assert_same(made.pre_event((-3, -1)), stored.pre_event((-3, -1)))
    for name in ("ar", "estimation", "residuals", "left_out", "ewma_sq", "scaled_car"):
        assert_same(getattr(made, name), getattr(stored, name))
    tests = made.tests(include_invalid=True)
    assert tests["p"].notna().sum() > 2 * 20
    assert_same(tests, stored.tests(include_invalid=True))


@pytest.mark.parametrize("date", ["2010-01-20", "2030-01-01"])
def test_tables_of_a_large_study_that_measured_nothing_are_empty(date):
    """Before its estimation window is whole, and after the last price."""
    rng, sessions = np.random.default_rng(6), pd.bdate_range("2010-01-04", periods=140)
    frame = pd.DataFrame(rng.normal(0, 0.01, (140, 2)), sessions, ["MKT", "AAA"])
    events = pd.DataFrame({"event_id": ["e"], "date": [date], "title": ["t"]})
    made = es.run_study(
        events,
        es.Returns(frame),
        model=MODEL,
        windows=es.Windows(estimation=(-120, -6), event=(-3, 3), car=((0, 0),)),
        options=es.Options(engine="moments"),
    )
    assert len(made.left_out) == 1
    for name in ("car", "mean_car", "aar", "caar", "situations", "tests", "joint", "multiplicity"):
        assert getattr(made, name)().empty, name
    assert made.pre_event((-3, -1)).empty


@pytest.mark.usefixtures("small_blocks")
def test_ranks_of_days_that_are_alike_are_shared():
    """Returns of two digits less their mean: most days of an episode have an equal."""
    mean, tests = es.models.ConstantMean(), ["corrado-rank"]
    made, stored = (
        large(engine, 0.05, tests, 2, mean).tests() for engine in ("moments", "statsmodels")
    )
    assert made["p"].notna().all()
    assert_same(made, stored)


@pytest.mark.usefixtures("small_blocks")
def test_means_of_a_large_study_need_no_pairs_where_dates_are_apart(monkeypatch):
    expected = large("statsmodels").mean_car()
    monkeypatch.setattr(correlation, "MOST_PAIRS", 100)
    monkeypatch.setattr(correlation, "_between", None)  # nothing goes pair by pair
    assert_same(large("moments").mean_car(), expected)


def test_abnormal_returns_come_in_blocks_too():
    results = large("moments", 0.05, tests=["bmp"])
    blocks = list(results.iter_ar(8))
    assert len(blocks) == -(-len(results.observations) // 8)
    assert {block["event_id"].dtype.name for block in blocks} == {"category"}
    assert max(len(block) for block in blocks) <= 8 * 7
    together = pd.concat([block.astype({"event_id": str, "asset": str}) for block in blocks])
    pd.testing.assert_frame_equal(together, results.ar.astype({"event_id": str, "asset": str}))
    with pytest.raises(es.EventStudyError, match="observations is 0; write a whole number"):
        results.iter_ar(0)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("pairing", ["same-date", "calendar", "event-time"])
def test_a_part_of_a_study_has_the_correlation_of_its_own_episodes(monkeypatch, pairing):
    """It takes the sums of the study less those of the episodes that it lacks."""
    monkeypatch.setattr(correlation, "MOST_PAIRS", 0)
    study = large("moments", 0.05, tests=["bmp"]).abnormal
    part = study.part(np.flatnonzero(np.isfinite(study.car((-1, 1)))))
    assert part.whole is not None
    alone = replace(part)
    assert alone.whole is None
    assert correlation.correlation(part, pairing).estimated
    rbar = correlation.mean_correlation(part, pairing)
    assert rbar == pytest.approx(correlation.mean_correlation(alone, pairing), rel=1e-9, abs=1e-12)


def with_scars():
    """Samples in memory that hold standardised CARs."""
    samples = [each for each in gc.get_objects() if isinstance(each, CrossSection)]
    return [sample for sample in samples if "scar" in vars(sample)]


def test_what_one_window_made_is_let_go_of_before_the_next(monkeypatch):
    alive, call = [], BMP.__call__
    results = es.load_example().run()
    others = with_scars()  # of other tests

    def counting(test, sample):
        made = call(test, sample)
        alive.append(sum(all(each is not other for other in others) for each in with_scars()))
        return made

    monkeypatch.setattr(BMP, "__call__", counting)
    replace(results, significance_tests=(BMP(),)).tests(include_invalid=True)
    assert len(alive) >= 2 * len(results.windows.car)
    assert set(alive) == {1}
