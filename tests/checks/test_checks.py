"""Checks: each planted fault raises its own objection and no other, the clean study none."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import planted
import planted_faults
import pytest
import synthetic as syn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from minute_faults import MINUTE_FAULTS

import eventstudy as es
from eventstudy.checks import CHECKS, MINUTE_CHECKS, frame
from eventstudy.checks.base import SEVERITIES
from eventstudy.words.catalogue import template

IMPLIED = {
    "closure-in-estimation": {"gap-in-window"},
    "earlier-crisis": {"single-event"},
    "leakage": {"volatility-regime"},
    "left-out": {"prices"},
    "cannot-reject": {"few-dates"},
    "refused-test": {"one-date"},
    "normal-critical-values": {"few-dates"},
}
"""Objections that follow from a fault: a closure is a gap, four events are few."""
NOTES = {"not-detected", "price-index"}
"""Limits that are said wherever they hold; the faults without a reaction have the first."""
POINTS = {
    1: "direction",
    2: "uncertain-day0",
    3: "short-estimation",
    4: "not-detected",
    5: "few-dates",
    6: "volatility-regime",
    7: "arch",
    8: "leakage",
    9: "confounders",
    10: "pointwise-only",
    11: "multiplicity",
    12: "specifications",
    13: "dense-calendar",
    14: "selection",
    15: "regime-moex-closed",
    16: "not-detected",
}
"""A check with a planted study for each point of a careful report; 15 is in REGIMES below."""


@cache
def study(name):
    return planted.study(name)


def more(name, results):
    """What a fault needs beside the results to be seen."""
    if name == "specifications":
        return {"robustness": es.specification_curve(results, samples=99)}
    if name == "calibration-size":
        tests = ["patell"]
        return {"calibration": es.calibrate(results, samples=300, effects=(0.01,), tests=tests)}
    return {}


@pytest.mark.parametrize("name", planted.FAULTS)
def test_a_planted_fault_raises_its_own_objection_and_no_other(name):
    results = study(name)
    grave, notes = planted.raised(results, **more(name, results))
    assert name in grave | notes
    assert grave - {name} == IMPLIED.get(name, set())
    assert notes - {name} <= NOTES


SMALLER = es.Grid(models=(es.models.ConstantMean(),), estimation=(120,), gaps=(10,))


@pytest.mark.parametrize(("seed", "grid"), [(1, None), (2, SMALLER), (3, SMALLER)])
def test_a_clean_study_raises_none(seed, grid):
    results = planted.study("clean", seed)
    curve = es.specification_curve(results, grid=grid, samples=99)
    calibration = es.calibrate(results, samples=150, effects=(0.01,))
    assert es.check_study(results, calibration=calibration, robustness=curve) == ()


def test_every_check_has_a_planted_fault_and_every_point_a_check():
    names = {check.name for check in (*CHECKS, *MINUTE_CHECKS)}
    planted_ones = set(planted.FAULTS) | set(REGIMES) | {"price-index", "regime-ecb-ruble-ended"}
    planted_ones |= set(MINUTE_FAULTS)
    assert names == planted_ones
    assert set(POINTS.values()) <= names
    assert set(POINTS) == set(range(1, 17))


REGIMES = {
    "regime-moex-closed": ("IMOEX", "2022-02-10", "2022-02-18"),
    "regime-moex-restricted": ("IMOEX", "2022-03-28", "2022-06-01"),
    "regime-capital-controls": ("USDRUB", "2022-03-28", "2022-06-01"),
    "regime-no-exchange-rate": ("USDRUB", "2024-06-20", "2024-07-01"),
    "regime-managed-float": ("USDRUB", "2013-02-01", "2013-03-01"),
}
"""An asset, a date of an event on it, and another."""


def on_dates(asset, dates, source="planted", symbol=None, **windows):
    """A study of a series without a reaction, with events on real dates."""
    rng = np.random.default_rng(4)
    days = pd.bdate_range("2011-01-03", "2024-12-31", name="session")
    closed = (days >= "2022-02-28") & (days <= "2022-03-23")
    days = days[~closed] if asset == "IMOEX" else days
    prices = pd.DataFrame({asset: 100 * np.exp(np.cumsum(rng.normal(0, 0.01, len(days))))}, days)
    events = pd.DataFrame({"event_id": [f"e{d}" for d in dates], "date": dates, "title": "t"})
    where = es.prices.provenance.Provenance(
        source, symbol or asset, len(days), days[0], days[-1], prices[asset]
    )
    panel = es.Prices(prices, provenance={asset: where})
    return es.run_study(events, panel, windows=es.Windows(**windows))


@pytest.mark.parametrize("name", REGIMES)
def test_regimes_that_no_statistic_reveals_are_named(name):
    asset, first, last = REGIMES[name]
    found = {own.check for own in es.check_study(on_dates(asset, [first, last]))}
    if name == "regime-moex-closed":
        found = {own.check for own in es.check_study(on_dates(asset, [first, "2022-03-08"]))}
    assert name in found
    calm = {own.check for own in es.check_study(on_dates(asset, ["2018-03-05", "2018-06-05"]))}
    assert not [check for check in calm if check.startswith("regime")]


def test_the_end_of_the_ecb_rate_is_named():
    results = on_dates("RUBUSD", ["2018-03-05", "2022-04-05"], "ecb", "RUB/USD")
    found = {own.check: own for own in es.check_study(results)}
    assert "1 event after 1 March 2022" in found["regime-ecb-ruble-ended"].sentence


def test_a_price_index_is_a_note():
    (own,) = [o for o in es.check_study(study("bad-control")) if o.severity == "note"]
    assert own.check == "price-index"


def test_a_non_rejection_says_what_would_have_been_detected():
    (own,) = [o for o in es.check_study(study("not-detected")) if o.check == "not-detected"]
    row = study("not-detected").mean_car().iloc[0]
    assert "not detected; effects above" in own.sentence
    from scipy import stats

    mde = (stats.t.ppf(0.975, 23) + stats.t.ppf(0.8, 23)) * row["se"]
    assert f"{100 * mde:.2f} %" in own.sentence


def test_objections_come_in_order_and_as_a_table(results):
    found = es.check_study(results)
    ranks = [SEVERITIES.index(own.severity) for own in found]
    assert ranks == sorted(ranks)
    table = frame(found)
    assert list(table.columns)[:4] == ["check", "severity", "event_id", "asset"]
    assert len(table) == len(found)
    assert es.check_study(replace(results)) == found


EMBEDDED = {
    "mixed-tones": "the tone of the statements is scored −1, 0 or 1",
    "leakage": "February 2022",
    "neighbours": "the largest moves were of 24 February 2022",
    "claims": "−0.42 % for the ruble has no close behind it",
    "uncertain-day0": "70 of 109 hours are not known",
    "shared-session": "109 statements, 43 sessions",
    "confounders": "listed by the events",
    "dense-calendar": "43 of 58 sessions",
    "few-dates": "nine rate decisions",
    "volatility-regime": "the build-up of 2022, and the calm before it",
    "arch": "January and February 2022",
    "serial-correlation": "rubles before the March of 2020",
    "fat-tails": "daily returns of a currency and an index",
    "earlier-crisis": "the March of 2020",
    "influential-day": "9 March 2020, and others",
    "family-cannot-reject": "the index begins in 2020",
    "overlap-joined": "40 of 43 windows",
    "pointwise-only": "nine rate decisions",
    "prices": "the ruble rate ends on 1 March 2022",
    "regime-capital-controls": "event windows end in March 2022",
    "not-detected": "nine rate decisions",
    "price-index": "IMOEX pays no dividends",
    "few-ordinary-days": "the bars begin in November 2021, those of the index in January 2022",
}
"""What the embedded study raises, and why."""


def test_the_embedded_study_raises_what_is_known_of_it(results):
    assert {own.check for own in es.check_study(results)} == set(EMBEDDED)


@cache
def usual():
    """What the checks say of six events in the order of time."""
    plan = planted.clean()
    planted_faults.few_dates(plan)
    plan.columns = {"confounders": [f"c{place}" for place in range(6)]}
    return es.check_study(plan.run())


@given(st.permutations(range(6)))
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_order_of_events_does_not_matter(order):
    plan = planted.clean()
    planted_faults.few_dates(plan)
    plan.places = plan.places[list(order)]
    plan.columns = {"confounders": [f"c{place}" for place in order]}
    assert es.check_study(plan.run()) == usual()


def test_every_check_has_its_texts():
    for check in (*CHECKS, *MINUTE_CHECKS):
        assert set(template(f"checks.{check.name}")) - {"sentence_one"} == {"sentence", "advice"}
    assert {f"{name}" for name in template("checks")} == {
        check.name for check in (*CHECKS, *MINUTE_CHECKS)
    }


def test_nothing_to_check_where_nothing_was_measured():
    prices = pd.DataFrame({"A": [1.0, 2.0, 3.0]}, pd.bdate_range("2022-01-03", periods=3))
    events = pd.DataFrame({"event_id": ["e"], "date": ["2022-01-04"], "title": "t"})
    assert es.check_study(es.run_study(events, prices)) == ()


def test_a_late_listing_is_checked_on_the_days_that_there_are():
    options = es.Options(min_estimation=60)
    returns = syn.returns(["AAA"])
    results = syn.study([80, 200, 300], returns, estimation=(-150, -11), options=options)
    (own,) = [o for o in es.check_study(results) if o.check == "short-estimation"]
    assert own.where.event_id == "e0"
    assert "70 of 140 sessions" in own.sentence
