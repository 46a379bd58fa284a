"""Tests and bands against closed forms, direct computation and simulation."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from golden_data import oracle, oracle_prices, windows_of
from scipy import stats
from synthetic import agree

import eventstudy as es
from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.abnormal.joint_dummies import overlapping
from eventstudy.inference import TESTS, make_tests
from eventstudy.inference.bands import sup_t_critical
from eventstudy.inference.correlation import mean_correlation
from eventstudy.inference.volatility import scaled_days
from eventstudy.results import cross_section, levels


def simulated(n=20, days=250, seed=0, *, factor=0.0) -> AbnormalReturns:
    """Episodes with residuals that share a common part, one episode an asset, one date."""
    rng = np.random.default_rng(seed)
    common = rng.normal(0, factor, (1, days))
    dates = np.datetime64("2020-01-01") + np.arange(days).astype("timedelta64[D]")
    shape = (n, 11)
    return AbnormalReturns(
        assets=np.array([f"S{i}" for i in range(n)]),
        day0=np.full(n, np.datetime64("2021-01-01")),
        position=np.full(n, days + 20),
        offset=np.zeros(n, dtype=np.intp),
        tau=np.arange(-5, 6),
        dates=np.tile(
            np.datetime64("2021-01-01") + np.arange(-5, 6).astype("timedelta64[D]"), (n, 1)
        ),
        returns=rng.normal(0, 0.01, shape),
        normal=np.zeros(shape),
        benchmark=np.zeros(shape),
        status=np.zeros(shape, dtype=np.int8),
        scale=np.ones(shape),
        leverage=np.zeros((*shape, 1)),
        estimation_window=np.tile((-days - 20, -21), (n, 1)),
        estimation_dates=np.tile(dates, (n, 1)),
        residuals=common + rng.normal(0, 0.01, (n, days)),
        gap=rng.normal(0, 0.01, (n, 15)),
        s2=np.full(n, 1e-4),
        df=np.full(n, days - 1.0),
        coefficients=np.zeros((n, 1)),
        coefficient_se=np.full((n, 1), 0.01 / days**0.5),
        missing=np.zeros(n, dtype=np.intp),
        excluded=np.zeros(n, dtype=np.intp),
        reasons=np.full(n, "", dtype=object),
        unestimated=np.full(n, "", dtype=object),
    )


def replaced(part: AbnormalReturns, **columns) -> AbnormalReturns:
    from dataclasses import replace

    return replace(part, **columns)


# --- mean correlation -------------------------------------------------------------------


def brute_force(residuals, dates, fewest=30):
    """Mean of np.corrcoef over all pairs on their common dates: the definition."""
    n = len(residuals)
    series = [
        pd.Series(r[np.isfinite(r)], d[np.isfinite(r)])
        for r, d in zip(residuals, dates, strict=True)
    ]
    total = 0.0
    for i in range(n):
        for j in range(i):
            both = pd.concat([series[i], series[j]], axis=1, join="inner")
            if len(both) >= fewest:
                total += np.corrcoef(both.to_numpy().T)[0, 1]
    return total / (n * (n - 1) / 2)


def test_mean_correlation_on_one_date_is_the_mean_of_all_pairs():
    part = simulated(factor=0.008)
    expected = brute_force(part.residuals, part.estimation_dates)
    assert expected > 0.3
    assert mean_correlation(part) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_mean_correlation_with_shifted_windows_and_missing_days(seed):
    rng = np.random.default_rng(seed)
    part = simulated(n=12, seed=seed, factor=0.008)
    shifts = rng.choice([0, 40, 40, 215, 230, 600], 12)
    dates = part.estimation_dates + shifts[:, None].astype("timedelta64[D]")
    residuals = part.residuals.copy()
    residuals[rng.random(residuals.shape) < 0.02] = np.nan
    part = replaced(part, estimation_dates=dates, residuals=residuals)
    expected = brute_force(residuals, dates)
    assert mean_correlation(part) == pytest.approx(expected, rel=1e-10)


def test_windows_with_fewer_than_thirty_common_days_count_as_uncorrelated():
    part = simulated(n=2)
    dates = part.estimation_dates.copy()
    for common, zero in ((30, False), (29, True)):
        dates[1] = dates[0] + np.timedelta64(250 - common, "D")
        value = mean_correlation(replaced(part, estimation_dates=dates))
        assert (abs(value) < 1e-12) is zero


def test_correlation_between_assets_is_not_corrected_on_one_asset():
    part = replaced(simulated(), assets=np.full(20, "IMOEX"))
    found = TESTS["adj-bmp"]()(es.inference.CrossSection(part, (0, 0)))
    assert found.reason == "corrects for correlation between assets, and there is only one"


# --- size under the null ------------------------------------------------------------------


@cache
def independent():
    return [
        es.inference.CrossSection(simulated(n=15, days=120, seed=seed), (0, 1))
        for seed in range(1000)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["cross-sectional-t", "crude-dependence", "patell", "patell-scar", "bmp", "adj-patell",
     "adj-bmp", "corrado-rank", "corrado-zivney-rank", "corrado-zivney-sign", "grank-t",
     "wilcoxon"],
)  # fmt: skip
def test_size_under_independence(name):
    """1,000 samples of independent normal episodes: 5 % ± 3 Monte Carlo standard errors."""
    test = TESTS[name]()
    p = [test(sample).p for sample in independent()]
    assert abs(np.mean(np.array(p) < 0.05) - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 1000)


@pytest.mark.slow
def test_only_adjusted_tests_survive_correlation():
    """One common date: BMP rejects far too often, its adjustment does not."""
    rates = {}
    for name in ("bmp", "adj-bmp"):
        rejected = []
        for s in range(400):
            part = simulated(n=15, days=120, seed=s, factor=0.01)
            shock = np.random.default_rng(10_000 + s).normal(0, 0.01)
            returns = (part.returns + shock) / np.sqrt(2)
            residuals = part.residuals / np.sqrt(2)
            part = replaced(part, returns=returns, residuals=residuals)
            rejected.append(TESTS[name]()(es.inference.CrossSection(part, (0, 0))).p < 0.05)
        rates[name] = np.mean(rejected)
    assert rates["bmp"] > 0.4
    assert rates["adj-bmp"] < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


# --- degenerate ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(TESTS))
@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_episodes_give_a_number_or_a_reason(name, n):
    part = simulated(n=3).rows(np.arange(n))
    found = TESTS[name]()(es.inference.CrossSection(part, (0, 1)))
    assert np.isfinite(found.statistic) != bool(found.reason)
    assert np.isfinite(found.p) == found.computed
    assert found.n == n


@pytest.mark.parametrize("name", list(TESTS))
def test_equal_returns_give_a_number_or_a_reason(name):
    part = simulated(n=5)
    part = replaced(
        part, returns=np.full((5, 11), 0.01), residuals=np.tile(part.residuals[0], (5, 1))
    )
    found = TESTS[name]()(es.inference.CrossSection(part, (0, 1)))
    assert np.isfinite(found.statistic) != bool(found.reason)


def test_names_and_objects_make_tests():
    made = make_tests(["bmp", es.inference.AdjustedBMP(rbar="event-time")])
    assert [test.name for test in made] == ["bmp", "adj-bmp"]
    for test in make_tests(list(TESTS)):
        assert test.label
        assert test.null
        assert any(year in test.source for year in ("19", "20"))


# --- volatility-scaled rank -----------------------------------------------------------------


def test_worked_case_of_13_january_2022():
    """Constant mean, log returns, (-260, -11): t -4.06, p .00007, scaled rank p .016."""
    prices = es.load_prices({"IMOEX": "sample:IMOEX"})
    events = pd.DataFrame({"event_id": ["e"], "date": ["2022-01-13"], "title": ["t"],
                           "time": ["15:08"], "timezone": ["Europe/Moscow"]})  # fmt: skip
    results = es.run_study(
        events,
        prices,
        windows=es.Windows(estimation=(-260, -11), car=[(0, 0)]),
        options=es.Options(returns="log"),
    )
    car = results.car().iloc[0]
    assert (round(car["car"], 4), round(car["t"], 2)) == (-0.0418, -4.06)
    assert round(car["p"], 5) == 0.00007
    days = results.ewma_sq.set_index("tau")
    assert round(days.loc[0, "p"], 3) == 0.016
    assert round(days.loc[3, "z"], 2) == -3.91  # 18 January: a larger z without a statement
    assert (days["n"] == 250).all()


def test_scaled_rank_follows_its_definition():
    part = simulated(n=1, seed=3)
    found = scaled_days(part)
    path = np.concatenate([part.residuals[0], part.gap[0], part.ar[0]])
    variance, z = np.mean(part.residuals[0] ** 2), []
    for shock in path:
        z.append(shock / np.sqrt(variance))
        variance = 0.94 * variance + 0.06 * shock**2
    z = np.array(z)
    at = len(z) - 11 + 5
    assert found.z[0, 5] == pytest.approx(z[at], rel=1e-12)
    larger = (np.abs(z[:250]) >= abs(z[at])).sum()
    assert found.p[0, 5] == pytest.approx((1 + larger) / 251, rel=1e-12)


def test_a_days_own_return_never_enters_its_scale():
    calm = simulated(n=1, seed=3)
    jump = calm.returns.copy()
    jump[0, 5] = 0.5
    a, b = scaled_days(calm), scaled_days(replaced(calm, returns=jump))
    assert b.z[0, 5] == pytest.approx(a.z[0, 5] * 0.5 / calm.returns[0, 5], rel=1e-9)
    np.testing.assert_array_equal(a.z[0, :5], b.z[0, :5])
    assert (np.abs(b.z[0, 6:]) < np.abs(a.z[0, 6:])).all()
    assert a.ratio == b.ratio


# --- bands ---------------------------------------------------------------------------------


def test_bands_match_the_reference():
    """G14: path and exact covariance to 1e-9, critical values to the tolerance of Monte Carlo."""
    case = oracle()["G14_car_bands"]
    spec, expected = case["spec"], case["expected"]
    events = pd.DataFrame(
        {"event_id": ["e"], "date": [spec["date"]], "title": ["t"], "assets": [spec["series"]]}
    )
    results = es.run_study(
        events,
        oracle_prices(),
        model={spec["series"]: es.models.MarketModel("SP500")},
        windows=windows_of(spec),
    )
    v = results.covariance("e", spec["series"]).to_numpy()
    lower = np.tril(np.ones(v.shape))
    path, covariance = lower @ results.ar["ar"].to_numpy(), lower @ v @ lower.T
    np.testing.assert_allclose(path, expected["car_path"], rtol=1e-9)
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), expected["se"], rtol=1e-9)
    df = results.car()["df"].iloc[0]
    normal = sup_t_critical(covariance, 0.95)
    student = sup_t_critical(covariance, 0.95, df)
    assert normal == pytest.approx(expected["crit_sup_normal"], abs=0.02)
    assert student == pytest.approx(expected["crit_sup_t"], abs=0.02)


def test_sup_t_of_one_day_is_the_pointwise_value():
    one = np.array([[1e-4]])
    assert sup_t_critical(one, 0.95) == pytest.approx(stats.norm.ppf(0.975), abs=0.02)
    assert sup_t_critical(one, 0.95, 20) == pytest.approx(stats.t.ppf(0.975, 20), abs=0.03)


def test_sup_t_band_covers_the_whole_path():
    """11-day null paths: joint coverage 95 % ± 3 Monte Carlo standard errors."""
    lower = np.tril(np.ones((11, 11)))
    covariance = lower @ lower.T
    critical = sup_t_critical(covariance, 0.95)
    paths = np.random.default_rng(99).standard_normal((4000, 11)).cumsum(axis=1)
    inside = (np.abs(paths / np.sqrt(np.diag(covariance))) <= critical).all(axis=1).mean()
    assert abs(inside - 0.95) < 3 * np.sqrt(0.05 * 0.95 / 4000)


# --- overlap --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "window", "expected"),
    [
        ([1, 2, 3], (0, 0), 0),
        ([1, 2, 5], (0, 1), 2),
        ([1, 3, 5], (0, 1), 0),
        ([1, 3, 5], (-1, 1), 3),
        ([7], (-5, 5), 0),
    ],
)
def test_overlapping_windows_are_counted(days, window, expected):
    assert overlapping(np.array(days), window) == expected


def test_sample_is_complete_over_its_window():
    prices = oracle_prices()
    events = pd.DataFrame(
        {"event_id": ["a", "b"], "date": [prices.index[400], prices.index[-1]], "title": "t"}
    )
    results = es.run_study(events, prices[["AAPL", "SP500"]], model=es.models.MarketModel("SP500"))
    (level,) = levels(results)
    assert [cross_section(results, level, w).n for w in results.windows.car] == [2, 1]


# --- dates, bootstrap ---------------------------------------------------------------------


def dated(n=24, dates=8, seed=5) -> AbnormalReturns:
    """Episodes on a few dates, each with a shock of its own."""
    rng = np.random.default_rng(seed)
    part = simulated(n=n, seed=seed)
    place = np.arange(n) % dates
    shock = rng.normal(0.004, 0.01, dates)[place]
    day0 = np.datetime64("2021-01-01") + (30 * place).astype("timedelta64[D]")
    return replaced(part, returns=part.returns + shock[:, None], day0=day0)


def test_cluster_t_is_the_clustered_ols_of_statsmodels():
    from statsmodels.regression.linear_model import OLS

    sample_ = es.inference.CrossSection(dated(), (0, 1))
    found = TESTS["cluster-t"]()(sample_)
    groups = np.unique(sample_.abnormal.day0, return_inverse=True)[1]
    fit = OLS(sample_.car, np.ones(sample_.n)).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "df_correction": True}, use_t=True
    )
    agree("cluster-t", [found.statistic, found.p], [fit.tvalues[0], fit.pvalues[0]])
    assert found.df == 7


def test_date_average_t_is_the_t_test_of_the_date_means():
    sample_ = es.inference.CrossSection(dated(), (0, 1))
    means = pd.Series(sample_.car).groupby(sample_.abnormal.day0).mean()
    expected = stats.ttest_1samp(means, 0)
    found = TESTS["date-average-t"]()(sample_)
    agree("date-average-t", [found.statistic, found.p], [expected.statistic, expected.pvalue])


@pytest.mark.parametrize("name", ["cluster-t", "date-average-t"])
def test_one_date_has_no_test_over_dates(name):
    found = TESTS[name]()(es.inference.CrossSection(simulated(), (0, 0)))
    assert found.reason == "needs at least 2 distinct dates; there are 1"


def test_portfolio_tests_are_for_one_date():
    for name in ("portfolio-t", "portfolio-sq"):
        found = TESTS[name]()(es.inference.CrossSection(dated(), (0, 0)))
        assert found.reason == "for events of one date"


@pytest.mark.slow
def test_bootstrap_of_the_skewed_mean_has_its_size():
    """Centred exponential CARs, N = 12: 5 % ± 3 Monte Carlo standard errors."""
    test = es.inference.SkewnessAdjustedT(reference="bootstrap")
    rejected = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        returns = np.repeat(rng.exponential(0.01, (12, 1)) - 0.01, 11, axis=1)
        part = replaced(simulated(n=12), returns=returns)
        rejected.append(test(es.inference.CrossSection(part, (0, 0))).p <= 0.05)
    assert abs(np.mean(rejected) - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 200)


def test_rank_correction_for_correlation_only_weakens_the_rank_of_the_event():
    plain = es.inference.CrossSection(simulated(factor=0.01), (0, 0))
    without = es.inference.GrankT()(plain)
    corrected = es.inference.GrankT(correct="sqrt(1-rbar)")(plain)
    assert corrected.details["rbar"] == pytest.approx(mean_correlation(plain.abnormal))
    assert abs(corrected.statistic) < abs(without.statistic)
