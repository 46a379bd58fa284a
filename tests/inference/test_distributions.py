"""Tails, ranks and exact p are those of scipy.stats, which no study needs to import."""

import numpy as np
import pytest
from scipy import stats
from scipy.signal import lfilter

from eventstudy import distributions as d
from eventstudy.analysis.two_samples import mann_whitney, welch
from eventstudy.inference.battery.sign import sign_p, signed_rank_p
from eventstudy.inference.ranks import ranks_of_rows
from eventstudy.inference.volatility import DECAY, _running_variance

X = np.array([-np.inf, -1e300, -37.0, -2.5, -0.3, 0.0, 0.7, 1.96, 8.0, 41.0, 1e300, np.inf, np.nan])
DF = [np.nan, -1.0, 0.0, 1.0, 2.5, 7.0, 250.0]
P = np.array([1e-300, 1e-9, 0.025, 0.5, 0.9, 0.975, 1 - 1e-12, 1.0, np.nan])


def test_normal_tails_and_quantiles():
    np.testing.assert_array_equal(d.normal_tail(X), stats.norm.sf(X))
    np.testing.assert_array_equal(d.normal_quantile(P), stats.norm.ppf(P))


@pytest.mark.parametrize("df", DF)
def test_tails_and_quantiles_with_degrees_of_freedom(df):
    np.testing.assert_array_equal(d.t_tail(X, df), stats.t.sf(X, df))
    np.testing.assert_array_equal(d.t_quantile(P, df), stats.t.ppf(P, df))
    np.testing.assert_array_equal(d.chi2_tail(X, df), stats.chi2.sf(X, df))
    np.testing.assert_array_equal(d.f_tail(X, df, 11), stats.f.sf(X, df, 11))
    np.testing.assert_array_equal(d.f_tail(X, 3, df), stats.f.sf(X, 3, df))


def test_tails_of_student_s_t_without_end_of_freedom_are_normal():
    np.testing.assert_allclose(d.t_tail(X, np.inf), stats.norm.sf(X), rtol=1e-13)


def test_ranks_with_ties_infinities_and_gaps():
    values = np.random.default_rng(5).normal(size=(60, 40)).round(1)
    values[values > 1.5] = np.nan
    values[3], values[4, :3], values[5, 7] = np.nan, np.inf, -np.inf
    expected = stats.rankdata(values, axis=1, nan_policy="omit")
    np.testing.assert_array_equal(ranks_of_rows(values), expected)


@pytest.mark.parametrize("digits", [1, 12])
def test_two_samples(digits):
    """With ties and without, few values and many."""
    rng = np.random.default_rng(7)
    for m, n in [(2, 3), (5, 9), (8, 300), (9, 9), (40, 31)]:
        one, two = rng.normal(0.4, 1, m).round(digits), rng.normal(0, 2, n).round(digits)
        p = stats.ttest_ind(one, two, equal_var=False).pvalue
        np.testing.assert_allclose(welch(one, two), p, rtol=1e-14)
        p = stats.mannwhitneyu(one, two).pvalue
        np.testing.assert_allclose(mann_whitney(one, two), p, rtol=1e-14)


@pytest.mark.parametrize("n", [1, 2, 9, 30, 61])
def test_exact_signs_and_signed_ranks(n):
    car = np.random.default_rng(n).normal(0.3, 1, n)
    p = stats.wilcoxon(car, method="exact").pvalue
    ranks = stats.rankdata(np.abs(car))
    np.testing.assert_allclose(signed_rank_p(ranks[car > 0].sum(), n), p, rtol=1e-12)
    p = stats.binomtest(int((car > 0).sum()), n).pvalue
    np.testing.assert_allclose(sign_p(int((car > 0).sum()), n), p, rtol=1e-13)


def test_the_running_variance_is_a_first_order_filter():
    rng = np.random.default_rng(3)
    residuals, start = rng.normal(size=(4, 50)), rng.uniform(size=4)
    later = lfilter([1 - DECAY], [1, -DECAY], residuals**2, axis=1, zi=DECAY * start[:, None])[0]
    expected = np.hstack([start[:, None], later[:, :-1]])
    np.testing.assert_allclose(_running_variance(residuals, start), expected, rtol=1e-14)
