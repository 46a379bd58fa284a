"""What may not change a study: order, units, quotes, unrelated assets, other groups, the future."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from synthetic import events, sessions

import eventstudy as es

DAYS = 460
QUICK = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
SERIES = {"placebo-dates", "placebo-matched", "placebo-ewma", "calendar-shift"}
"""Tests that compare with days outside the windows of their episodes."""
OWN = [name for name in es.TESTS if name not in SERIES]
COUNTS = {"sign-exact", "wilcoxon-exact"}
"""Their statistic counts positive CARs, or sums their ranks: it has no sign."""
SQUARES = {"chow", "joint-f", "joint-ewma"}
"""Their statistic is a square."""

distinct = st.lists(st.integers(120, 440), min_size=1, max_size=5, unique=True)
assets = st.sampled_from([("AAA",), ("AAA", "BBB"), ("AAA", "BBB", "CCC")])


def prices(names=("AAA",), seed=1) -> pd.DataFrame:
    """Prices from log returns of a market and of assets with fat tails."""
    rng = np.random.default_rng(seed)
    market = 0.01 * rng.standard_t(5, DAYS)
    columns = {name: market + 0.01 * rng.standard_t(5, DAYS) for name in names}
    frame = pd.DataFrame({"MKT": market, **columns}, index=sessions(DAYS))
    return 100 * np.exp(frame.cumsum())


def run(frame, panel, tests=None, model=None, groups=None, **options):
    options = {"min_estimation": 60, "average": "across-assets", "returns": "log", **options}
    return es.run_study(
        frame if isinstance(frame, pd.DataFrame) else events(frame),
        panel,
        model=model or es.models.MarketModel("MKT"),
        windows=es.Windows(estimation=(-105, -6), event=(-5, 5), car=[(0, 0), (-1, 2)]),
        tests=list(es.TESTS) if tests is None else tests,
        options=es.Options(**options),
        groups=groups,
    )


def table(results, by=None):
    return results.tests(by, include_invalid=True)


def same(a, b, rtol=1e-6):
    pd.testing.assert_frame_equal(a, b, rtol=rtol, atol=1e-9)


@QUICK
@given(days=distinct, names=assets, seed=st.integers(0, 99))
def test_the_order_of_events_changes_no_test(days, names, seed):
    frame = events(days)
    mixed = frame.sample(frac=1, random_state=seed)
    same(table(run(frame, prices(names))), table(run(mixed, prices(names))))


@QUICK
@given(days=distinct, scale=st.floats(1e-3, 1e3))
def test_the_scale_of_prices_changes_no_test(days, scale):
    panel = prices(("AAA", "BBB"))
    scaled = panel.assign(AAA=panel["AAA"] * scale)
    tests = [name for name in es.TESTS if name != "garch-sq"]  # an optimiser sees the last digit
    same(table(run(days, panel, tests)), table(run(days, scaled, tests)), rtol=1e-5)


@QUICK
@given(days=distinct, names=assets)
def test_an_unrelated_asset_changes_no_test(days, names):
    panel = prices(names)
    other = pd.Series(50.0 + np.arange(600) % 7, pd.date_range("2016-01-04", periods=600))
    both = panel.join(other.rename("ZZZ"), how="outer")
    model = dict.fromkeys(names, es.models.MarketModel("MKT"))
    same(table(run(days, panel, model=model)), table(run(days, both, model=model)))


@pytest.mark.parametrize("days", [[300], [150, 200, 260, 300, 410], [300, 301, 303]])
@pytest.mark.parametrize("names", [("AAA",), ("AAA", "BBB", "CCC")])
def test_turning_all_quotes_round_flips_every_statistic_and_keeps_every_p(days, names):
    """Log returns of 1/P: every test, by its own symmetry."""
    panel = prices(names)
    model = dict.fromkeys(names, es.models.ConstantMean())
    a, b = (table(run(days, own, model=model)) for own in (panel, 1 / panel))
    same(a[["test", "start", "n", "valid", "reason"]], b[["test", "start", "n", "valid", "reason"]])
    np.testing.assert_allclose(a["p"].astype(float), b["p"].astype(float), rtol=1e-6)
    known = a["statistic"].notna() & ~a["test"].isin(COUNTS)
    sign = np.where(a["test"].isin(SQUARES), 1.0, -1.0)
    theirs = (sign * b["statistic"].astype(float))[known]
    np.testing.assert_allclose(a.loc[known, "statistic"].astype(float), theirs, rtol=1e-6)
    assert set(a.loc[known, "test"]) >= {"exact-rank", "garch-sq"} or len(days) * len(names) > 1


def test_counts_of_positive_cars_turn_into_counts_of_negative_ones():
    panel = prices()
    model = {"AAA": es.models.ConstantMean()}
    a, b = (
        table(run([150, 200, 260, 300, 410], own, model=model)).set_index(["test", "end"])
        for own in (panel[["AAA"]], 1 / panel[["AAA"]])
    )
    for end in (0, 2):
        positive = [own.loc[("sign-exact", end), "statistic"] for own in (a, b)]
        assert sum(positive) == 5
        ranks = [own.loc[("wilcoxon-exact", end), "statistic"] for own in (a, b)]
        assert sum(ranks) == 15


def test_simple_returns_do_not_flip_exactly():
    """Why the promise is for log returns: R of the inverse quote is -R/(1 + R)."""
    panel = prices()
    model = {"AAA": es.models.ConstantMean()}
    made = [
        run([300], own, model=model, returns="simple").car()["car"].iloc[0]
        for own in (panel[["AAA"]], 1 / panel[["AAA"]])
    ]
    assert made[0] != pytest.approx(-made[1], rel=1e-4)


@QUICK
@given(
    early=st.lists(st.integers(120, 200), min_size=2, max_size=4, unique=True),
    late=st.lists(st.integers(320, 440), min_size=1, max_size=4, unique=True),
)
def test_tests_of_a_group_do_not_depend_on_other_groups(early, late):
    """Groups that share no day, estimation windows included: alone and beside the other.

    Tests that compare with the whole series are left out: for them the other group's days
    are no ordinary days, and rightly so.
    """
    days = [*early, *late]
    frame = events(days, tags=["early"] * len(early) + ["late"] * len(late))
    groups = {"early": es.Group(tag="early"), "late": es.Group(tag="late")}
    both = table(run(frame, prices(), OWN, groups=groups))
    for name in groups:
        chosen = frame[frame["tags"] == name]
        alone = table(run(chosen, prices(), OWN, groups={name: groups[name]}))
        mine = both[both["group"] == name].reset_index(drop=True)
        same(mine[list(alone.columns)], alone)


@QUICK
@given(days=distinct)
def test_the_window_of_one_test_does_not_change_that_of_another(days):
    options = {"min_estimation": 60, "returns": "log"}
    model, found = es.models.MarketModel("MKT"), []
    for car in ([(0, 0)], [(0, 0), (-3, 3)]):
        windows = es.Windows(estimation=(-105, -6), event=(-5, 5), car=car)
        results = es.run_study(
            events(days), prices(), model=model, windows=windows, tests=OWN,
            options=es.Options(**options),
        )  # fmt: skip
        tests = table(results)
        found.append(tests[tests["end"] == 0].dropna(axis=1, how="all").reset_index(drop=True))
    both = found[0].columns.intersection(found[1].columns)
    same(found[0][both], found[1][both])


@QUICK
@given(day=st.integers(120, 400), after=st.integers(3, 30), shock=st.floats(0.5, 2))
def test_later_prices_change_no_test_of_an_earlier_window(day, after, shock):
    """Changing prices after the event window changes nothing before; placebo tests are apart."""
    panel = prices(("AAA", "BBB"))
    later = panel.copy()
    later.iloc[day + after :] *= np.array([shock, shock**2, 1 / shock])
    same(table(run([day], panel, OWN)), table(run([day], later, OWN)), rtol=1e-9)
    a, b = run([day], panel).ar, run([day], later).ar
    same(a[a["tau"] < after], b[b["tau"] < after], rtol=1e-9)


@QUICK
@given(day=st.integers(120, 400), shock=st.floats(0.5, 2))
def test_prices_of_the_event_window_change_no_estimate(day, shock):
    """What is normal is settled before: parameters, residual variance, gap, standard errors."""
    panel = prices()
    moved = panel.copy()
    moved.iloc[day : day + 3, 1] *= np.array([shock, 1 / shock, shock])
    a, b = run([day], panel), run([day], moved)
    same(a.estimation, b.estimation, rtol=1e-12)
    np.testing.assert_array_equal(a.abnormal.residuals, b.abnormal.residuals)
    np.testing.assert_array_equal(a.abnormal.gap, b.abnormal.gap)
    same(a.ar[["se"]], b.ar[["se"]], rtol=1e-12)
    same(a.car()[["se", "df"]], b.car()[["se", "df"]], rtol=1e-12)
    assert a.regression("e0", "AAA").params.tolist() == b.regression("e0", "AAA").params.tolist()


@QUICK
@given(day=st.integers(120, 400))
def test_the_eve_s_volatility_never_sees_the_event(day):
    panel = prices()
    moved = panel.copy()
    moved.iloc[day:, 1] *= 1.3
    a, b = run([day], panel).situations(), run([day], moved).situations()
    assert a["sigma_ratio"].tolist() == b["sigma_ratio"].tolist()
