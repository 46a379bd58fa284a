"""Tests of one episode against statsmodels, direct counting and simulation."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.regression.linear_model import OLS
from synthetic import agree, returns, running_z, section, study, within_noise

import eventstudy as es
from eventstudy.inference import TESTS

DAY = 300
ESTIMATION = slice(DAY - 110, DAY - 10)
WINDOWS = [(0, 0), (-1, 1), (0, 3)]
NAMES = ["prediction-error-t", "ewma-sq", "garch-sq", "sample-quantile", "exact-rank", "chow"]


@pytest.fixture(scope="module")
def one():
    """Results, and y and x of the whole series."""
    panel = returns(["AAA"], beta=1.3)
    results = study([DAY], panel, car=WINDOWS, tests=NAMES)
    y = panel.frame["AAA"].to_numpy()
    return results, y, np.column_stack([np.ones(len(y)), panel.frame["MKT"]])


def row(results, name, window):
    tests = results.tests().set_index(["test", "start", "end"])
    return tests.loc[(name, *window)]


def fitted(y, x):
    """OLS of the estimation window, and abnormal returns of the whole series."""
    fit = OLS(y[ESTIMATION], x[ESTIMATION]).fit()
    return fit, y - x @ fit.params


def with_dummies(y, x, window):
    """OLS with one dummy for every day of a window."""
    days = np.arange(DAY + window[0], DAY + window[1] + 1)
    rows = np.r_[ESTIMATION, days]
    dummies = np.vstack([np.zeros((100, len(days))), np.eye(len(days))])
    return OLS(y[rows], np.hstack([x[rows], dummies])).fit(), len(days)


@pytest.mark.parametrize("window", WINDOWS)
def test_prediction_error_t_is_the_t_of_the_summed_event_dummies(one, window):
    results, y, x = one
    fit, days = with_dummies(y, x, window)
    summed = fit.t_test(np.r_[0, 0, np.ones(days)])
    own = row(results, "prediction-error-t", window)
    agree("prediction-error-t", own["statistic"], summed.tvalue.item())
    agree("prediction-error-t", own["p"], summed.pvalue.item())


@pytest.mark.parametrize("window", WINDOWS)
def test_chow_is_the_joint_f_test_of_the_event_dummies(one, window):
    results, y, x = one
    fit, days = with_dummies(y, x, window)
    joint = fit.f_test(np.eye(2 + days)[2:])
    own = row(results, "chow", window)
    agree("chow", [own["statistic"], own["p"]], [joint.fvalue, joint.pvalue])
    assert (own["df1"], own["df"]) == (days, fit.df_resid)


@pytest.mark.parametrize("window", WINDOWS)
def test_sample_quantile_counts_sums_of_residuals(one, window):
    results, y, x = one
    ar = fitted(y, x)[1]
    days = window[1] - window[0] + 1
    inside = ar[ESTIMATION]
    sums = [inside[i : i + days].sum() for i in range(100 - days + 1)]
    car = ar[DAY + window[0] : DAY + window[1] + 1].sum()
    low = (1 + sum(s <= car for s in sums)) / (len(sums) + 1)
    high = (1 + sum(s >= car for s in sums)) / (len(sums) + 1)
    own = row(results, "sample-quantile", window)
    agree("sample-quantile", own["statistic"], car)
    agree("sample-quantile", own["p"], min(1, 2 * min(low, high)))
    agree("sample-quantile", own["smallest_p"], 2 / (len(sums) + 1))


def test_sample_quantile_of_the_fifth_smallest_of_99_residuals_is_one_sided_five_per_cent():
    """Gelbach, Helland and Klick: with 99 residuals the 5th smallest is the critical value."""
    from eventstudy.inference.battery.quantile import quantile_result

    sums = np.arange(99.0)
    sample = section(study([DAY], returns(["AAA"])))
    at = {car: quantile_result(TESTS["sample-quantile"](), sample, sums, car).p for car in (3.5, 4)}
    assert at[3.5] / 2 == pytest.approx(0.05)
    assert at[4] / 2 > 0.05


@pytest.mark.parametrize("window", WINDOWS)
def test_ewma_sq_ranks_the_event_by_its_definition(one, window):
    results, y, x = one
    ar = fitted(y, x)[1]
    days = window[1] - window[0] + 1
    after = ar[DAY - 10 : DAY + window[1] + 1]
    before, z = running_z(ar[ESTIMATION], after, days)
    own = row(results, "ewma-sq", window)
    agree("ewma-sq", own["statistic"], z)
    n = 100 - days + 1
    agree("ewma-sq", own["p"], (1 + (np.abs(before) >= abs(z)).sum()) / (n + 1))
    agree("ewma-sq", own["smallest_p"], 1 / (n + 1))


@pytest.mark.parametrize("window", [(0, 0), (0, 3)])
def test_garch_sq_ranks_by_the_conditional_variance_that_arch_fits(window):
    """arch's own fit, forecasts run on by hand: equal to the tolerance of optimisers."""
    from arch import arch_model

    rng = np.random.default_rng(4)
    e, h = np.empty(500), 1e-4
    for day in range(500):
        e[day] = np.sqrt(h) * rng.standard_normal()
        h = 5e-6 + 0.1 * e[day] ** 2 + 0.85 * h
    panel = returns(["AAA"], draw=lambda: e)
    results = study([400], panel, car=[window], estimation=(-390, -11), tests=["garch-sq"])
    y = panel.frame["AAA"].to_numpy()
    x = np.column_stack([np.ones(500), panel.frame["MKT"]])
    fit = OLS(y[10:390], x[10:390]).fit()
    ar = y - x @ fit.params
    found = arch_model(100 * fit.resid, mean="Zero", rescale=False).fit(disp="off")
    omega, a, b = found.params
    variance = list(found.conditional_volatility**2 / 1e4)
    for day in range(389, 400):
        variance.append(omega / 1e4 + a * ar[day] ** 2 + b * variance[-1])
    days = window[1] + 1
    z = ar[400 : 401 + window[1]].sum() / np.sqrt(days * variance[390])
    before = [
        ar[10 + i : 10 + i + days].sum() / np.sqrt(days * variance[i]) for i in range(381 - days)
    ]
    own = row(results, "garch-sq", window)
    agree("garch-sq", own["statistic"], z, rtol=5e-3)
    n = len(before)
    assert own["p"] == pytest.approx((1 + (np.abs(before) >= abs(z)).sum()) / (n + 1), abs=3 / n)


def test_the_studentised_residual_of_the_refit_is_the_t_of_the_event_dummy(one):
    """The identity behind exact-rank, in statsmodels alone; then our count against it."""
    results, y, x = one
    rows = np.r_[ESTIMATION, DAY]
    refit = OLS(y[rows], x[rows]).fit()
    external = refit.get_influence().resid_studentized_external
    dummy = with_dummies(y, x, (0, 0))[0].tvalues[-1]
    assert external[-1] == pytest.approx(dummy, rel=1e-9)
    agree("exact-rank", row(results, "prediction-error-t", (0, 0))["statistic"], external[-1])
    own = row(results, "exact-rank", (0, 0))
    agree("exact-rank", own["p"], np.mean(np.abs(external) >= abs(external[-1]) - 1e-12))
    agree("exact-rank", own["smallest_p"], 1 / 101)


@pytest.mark.parametrize("window", WINDOWS[1:])
def test_exact_rank_of_a_window_is_that_of_its_block_among_all_cyclic_blocks(one, window):
    results, y, x = one
    days = window[1] - window[0] + 1
    rows = np.r_[ESTIMATION, DAY + window[0] : DAY + window[1] + 1]
    u = OLS(y[rows], x[rows]).fit().get_influence().resid_studentized_internal
    blocks = [sum(u[(start + j) % len(u)] for j in range(days)) for start in range(len(u))]
    own = abs(blocks[100])
    expected = np.mean([abs(block) >= own - 1e-12 for block in blocks])
    agree("exact-rank", row(results, "exact-rank", window)["p"], expected)


@pytest.fixture(scope="module")
def fat_tailed():
    """p-values of 700 unrelated assets with t(3) returns around one day: no effect at all."""
    rng = np.random.default_rng(8)
    names = [f"A{i}" for i in range(700)]
    panel = returns(names, days=180, beta=0.0, draw=lambda: 0.01 * rng.standard_t(3, 180))
    chosen = ["exact-rank", "sample-quantile", "prediction-error-t", "ewma-sq"]
    results = study(
        [170],
        es.Returns(panel.frame[names]),
        model=es.models.ConstantMean(),
        estimation=(-104, -6),
        car=[(0, 0), (0, 2)],
        tests=chosen,
        options=es.Options(average="by-asset"),
    )
    return results.tests().pivot_table(index="asset", columns=["test", "end"], values="p")


@pytest.mark.slow
def test_exact_rank_is_exact_under_fat_tails(fat_tailed):
    """t(3) errors: the p-value is uniform on 1/100, 2/100 … 1 (99 days and the event)."""
    p = fat_tailed["exact-rank", 0]
    assert np.allclose(p * 100, np.round(p * 100))
    for level in (0.01, 0.05, 0.10, 0.50):
        assert within_noise(p <= level + 1e-9, level)
    assert within_noise(fat_tailed["exact-rank", 2] <= 0.05 + 1e-9)


@pytest.mark.parametrize("name", ["sample-quantile", "ewma-sq"])
def test_rank_tests_of_one_day_have_their_size_under_fat_tails(fat_tailed, name):
    """99 residuals around a fitted mean: 5 % within Monte Carlo noise."""
    assert within_noise(fat_tailed[name, 0] <= 0.05 + 1e-9)


def test_chow_and_prediction_error_t_have_their_size_under_normal_errors():
    names = [f"A{i}" for i in range(500)]
    results = study(
        [170],
        returns(names, days=180, seed=9),
        estimation=(-104, -6),
        car=[(0, 4)],
        tests=["chow", "prediction-error-t"],
        options=es.Options(average="by-asset"),
    )
    for _, own in results.tests().groupby("test"):
        assert within_noise(own["p"] < 0.05)
        assert stats.kstest(own["p"], "uniform").pvalue > 0.001


def test_exact_rank_needs_a_model_that_is_fitted_by_least_squares(one):
    from dataclasses import replace

    class Other:
        name = "other"

    sample = section(one[0], (0, 0))
    history = replace(sample.history, models={"AAA": Other()})
    found = TESTS["exact-rank"]()(replace(sample, history=history))
    assert found.reason == "the model other is not fitted by ordinary least squares"
    assert pd.isna(found.p)
