"""Tests over dates and over several series, against statsmodels and simulation."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from statsmodels.regression.linear_model import OLS
from synthetic import agree, episodes, events, null_sample, returns, section, study, within_noise

import eventstudy as es
from eventstudy.abnormal.stacked import stack
from eventstudy.inference import TESTS, CrossSection

ASSETS = ("AAA", "BBB", "CCC")
DATES = [150, 180, 210, 240, 270, 300, 330, 360, 390, 420]


@pytest.fixture(scope="module")
def panel():
    """Three assets whose errors share a part."""
    rng = np.random.default_rng(12)
    common = rng.normal(0, 0.008, 450)
    return returns(ASSETS, 450, beta=0.8, draw=lambda: common + rng.normal(0, 0.01, 450))


def run(days, panel, car=((0, 0), (0, 2))):
    options = es.Options(average="across-assets", exclude_from_estimation=None)
    return study(events(days), panel, car=car, options=options)


# --- Driscoll-Kraay -----------------------------------------------------------------------


@pytest.mark.parametrize(("window", "lags"), [((0, 0), 2), ((0, 2), 2), ((0, 6), 6)])
def test_driscoll_kraay_is_statsmodels_hac_groupsum(panel, window, lags, monkeypatch):
    """The formula, on fewer dates than the test takes by itself."""
    monkeypatch.setattr("eventstudy.inference.battery.dates.FEWEST_DATES", 2)
    sample = section(run(DATES, panel, car=[window]), window)
    order = np.argsort(sample.abnormal.day0, kind="stable")
    time = np.unique(sample.abnormal.day0, return_inverse=True)[1][order]
    fit = OLS(sample.car[order], np.ones(sample.n)).fit(
        cov_type="hac-groupsum",
        cov_kwds={"time": time, "maxlags": lags, "use_correction": False},
    )
    g = len(DATES)
    t = fit.tvalues[0] / np.sqrt(g / (g - 1))
    found = TESTS["driscoll-kraay"]()(sample)
    assert (found.details["lags"], found.details["dates"], found.df) == (lags, g, g - 1)
    agree("driscoll-kraay", found.statistic, t)
    agree("driscoll-kraay", found.p, 2 * stats.t.sf(abs(t), g - 1))


def test_driscoll_kraay_with_one_episode_a_date_is_newey_west():
    sample = null_sample(30, 4, day0=np.datetime64("2020-01-01") + 7 * np.arange(30))
    fit = OLS(sample.car, np.ones(30)).fit(
        cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": False}
    )
    found = TESTS["driscoll-kraay"]()(sample)
    assert found.details["lags"] == 3
    agree("driscoll-kraay", found.statistic, fit.tvalues[0] * np.sqrt(29 / 30))


def test_driscoll_kraay_needs_twenty_dates(panel):
    found = TESTS["driscoll-kraay"]()(section(run(DATES[:7], panel)))
    assert found.reason == "needs at least 20 distinct dates; there are 7"


# --- BMP over dates -----------------------------------------------------------------------


def portfolio_z(panel, day, window):
    """t of the summed event dummies in the regression of the equally weighted portfolio."""
    y = panel.frame[list(ASSETS)].mean(axis=1).to_numpy()
    days = np.arange(day + window[0], day + window[1] + 1)
    rows = np.r_[day - 110 : day - 10, days]
    dummies = np.vstack([np.zeros((100, len(days))), np.eye(len(days))])
    x = np.column_stack([np.ones(len(rows)), panel.frame["MKT"].to_numpy()[rows], dummies])
    fit = OLS(y[rows], x).fit()
    return fit.t_test(np.r_[0, 0, np.ones(len(days))]).tvalue.item()


@pytest.mark.parametrize("window", [(0, 0), (0, 2)])
@pytest.mark.parametrize("dates", [DATES, DATES[:2]])
def test_date_bmp_is_the_t_test_of_the_dates_portfolio_regressions(panel, window, dates):
    z = [portfolio_z(panel, day, window) for day in dates]
    expected = stats.ttest_1samp(z, 0)
    found = TESTS["date-bmp"]()(section(run(dates, panel), window))
    agree("date-bmp", [found.statistic, found.p], [expected.statistic, expected.pvalue], rtol=1e-8)
    assert (found.df, found.details["dates"]) == (len(dates) - 1, len(dates))


def test_portfolio_t_of_one_date_is_the_portfolio_regression(panel):
    results = run([150], panel, car=[(0, 2)])
    found = TESTS["portfolio-t"]()(section(results, (0, 2)))
    agree("portfolio-t", found.statistic, portfolio_z(panel, 150, (0, 2)))


@pytest.mark.slow
def test_tests_over_dates_have_their_size_under_correlation_and_a_change_of_variance():
    """12 dates of 4 assets with correlation .5 within dates, event variance doubled."""
    names, rejected = ["date-bmp", "cluster-t", "wild-cluster", "date-average-t"], []
    for seed in range(500):
        parts = [null_sample(4, 50 * seed + g, inside=80, rho=0.5, jump=2.0) for g in range(12)]
        moved = [shifted(own.abnormal, 200 * g) for g, own in enumerate(parts)]
        sample = CrossSection(stack(moved), (0, 0))
        rejected.append([TESTS[name]()(sample).p <= 0.05 for name in [*names, "bmp"]])
    rates = dict(zip([*names, "bmp"], np.array(rejected).T, strict=True))
    for name in names:
        assert within_noise(rates[name]), name
    assert rates["bmp"].mean() > 0.10


def shifted(part, days):
    """The same episodes that many days later."""
    step = np.timedelta64(days, "D")
    dates = ("day0", "dates", "estimation_dates")
    return replace(part, **{name: getattr(part, name) + step for name in dates})


# --- several series on one date -------------------------------------------------------------


@pytest.mark.parametrize("window", [(0, 0), (0, 2)])
def test_joint_f_is_hotelling_on_the_regressions_of_statsmodels(panel, window):
    """Σ̂ and γ from one OLS with event dummies for each equation; T² and F by hand."""
    days = np.arange(150 + window[0], 150 + window[1] + 1)
    rows = np.r_[40:140, days]
    dummies = np.vstack([np.zeros((100, len(days))), np.eye(len(days))])
    x = np.column_stack([np.ones(len(rows)), panel.frame["MKT"].to_numpy()[rows], dummies])
    fits = [OLS(panel.frame[name].to_numpy()[rows], x).fit() for name in ASSETS]
    pick = np.r_[0, 0, np.ones(len(days))]
    gamma = np.array([pick @ fit.params for fit in fits])
    df = fits[0].df_resid
    residuals = np.stack([fit.resid for fit in fits])
    sigma = residuals @ residuals.T / df
    c = pick @ fits[0].normalized_cov_params @ pick
    t2 = gamma @ np.linalg.inv(sigma) @ gamma / c
    f = t2 * (df - 2) / (3 * df)
    found = TESTS["joint-f"]()(section(run([150], panel), window))
    agree("joint-f", found.details["T2"], t2, rtol=1e-8)
    agree("joint-f", [found.statistic, found.p], [f, stats.f.sf(f, 3, df - 2)], rtol=1e-8)
    assert (found.details["df1"], found.df) == (3, df - 2)


def test_joint_f_of_two_assets_is_the_multivariate_t_of_statsmodels(panel):
    """Regressing one dummy on both assets' returns: the same F, by another road."""
    rows = np.r_[40:140, 150]
    market = panel.frame["MKT"].to_numpy()[rows]
    both = panel.frame[["AAA", "BBB"]].to_numpy()[rows]
    dummy = np.r_[np.zeros(100), 1.0]
    base = np.column_stack([np.ones(101), market])
    full = OLS(dummy, np.column_stack([base, both])).fit()
    f = full.compare_f_test(OLS(dummy, base).fit())
    sample = section(run([150], panel)).rows(np.array([0, 1]))
    found = TESTS["joint-f"]()(sample)
    agree("joint-f", [found.statistic, found.p], f[:2], rtol=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["joint-f", "joint-ewma"])
@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_joint_tests_have_their_size(name, rho):
    p = np.array([TESTS[name]()(null_sample(3, s, inside=199, rho=rho)).p for s in range(1000)])
    assert within_noise(p <= 0.05)


@pytest.mark.slow
def test_joint_ewma_has_its_size_on_cross_rates():
    """The third series is the difference of the others, as log returns of a cross rate are."""
    p = [TESTS["joint-ewma"]()(cross_rates(seed, 199)).p for seed in range(600)]
    assert within_noise(np.array(p) <= 0.05)


def cross_rates(seed, inside=120):
    part = null_sample(3, seed, inside=inside).abnormal
    residuals, shocks = part.residuals.copy(), part.returns.copy()
    residuals[2], shocks[2] = residuals[0] - residuals[1], shocks[0] - shocks[1]
    return CrossSection(episodes(residuals, shocks), (0, 0))


def test_joint_ewma_follows_its_definition():
    sample = null_sample(3, 2, inside=150, rho=0.4)
    part, z, u = sample.abnormal, [], []
    for row in range(3):
        variance, path = np.mean(part.residuals[row] ** 2), []
        for e in [*part.residuals[row], part.ar[row, 0]]:
            path.append(e / np.sqrt(variance))
            variance = 0.94 * variance + 0.06 * e**2
        u.append(path[:-1])
        z.append(path[-1])
    r = np.array(u) @ np.array(u).T / 150
    t2 = np.array(z) @ np.linalg.inv(r) @ np.array(z)
    found = TESTS["joint-ewma"]()(sample)
    f = t2 * 148 / (3 * 150)
    agree("joint-ewma", [found.details["T2"], found.statistic], [t2, f])
    agree("joint-ewma", found.details["p_f"], stats.f.sf(f, 3, 148))
    theirs = [day @ np.linalg.inv(r) @ day for day in np.array(u).T]
    agree("joint-ewma", found.p, (1 + sum(own >= t2 for own in theirs)) / 151)
    agree("joint-ewma", found.details["smallest_p"], 1 / 151)


@pytest.mark.parametrize("name", ["joint-f", "joint-ewma"])
def test_joint_tests_do_not_depend_on_the_quote_of_a_series(name):
    """Turning one series round, or measuring it in other units, changes nothing."""
    sample = null_sample(3, 7, rho=0.5)
    part = sample.abnormal
    turn = np.array([1.0, -1.0, 250.0])[:, None]
    other = episodes(turn * part.residuals, turn * part.returns)
    own, turned = TESTS[name]()(sample), TESTS[name]()(CrossSection(other, (0, 0)))
    base = TESTS[name]()(CrossSection(episodes(part.residuals, part.returns), (0, 0)))
    assert own.computed
    assert turned.statistic == pytest.approx(base.statistic, rel=1e-9)


def test_a_series_that_is_a_combination_of_others_gives_a_reason():
    found = TESTS["joint-f"]()(cross_rates(7))
    assert found.reason == "one series is a combination of the others"


def test_a_series_that_is_another_one_gives_a_reason():
    part = null_sample(2, 7).abnormal
    part = episodes(part.residuals[[0, 0]], part.returns[[0, 0]])
    for name in ("joint-f", "joint-ewma"):
        found = TESTS[name]()(CrossSection(part, (0, 0)))
        assert found.reason == "one series is a combination of the others"
