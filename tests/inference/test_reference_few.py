"""Tests of several episodes by counting and resampling, against enumeration and simulation."""

import itertools

import numpy as np
import pytest
from scipy import stats
from statsmodels.regression.linear_model import OLS
from synthetic import (
    agree,
    approx,
    episodes,
    null_sample,
    returns,
    running_z,
    section,
    study,
    within_noise,
)

import eventstudy as es
from eventstudy.inference import TESTS, CrossSection


def few(n, inside, days=1, seed=0, gap=4):
    """Episodes with a gap between estimation and event window."""
    rng = np.random.default_rng(seed)
    raw = rng.normal(0, 0.01, (n, inside + gap + days))
    part = episodes(raw[:, :inside], raw[:, inside + gap :], gap=raw[:, inside : inside + gap])
    return CrossSection(part, (0, days - 1))


# --- rank sum of volatility-scaled CARs ---------------------------------------------------


def ranks_by_hand(sample):
    """Rank of each scaled CAR among those of its own estimation days, from zero."""
    found = []
    for row in range(sample.n):
        part = sample.abnormal
        after = np.concatenate([part.gap[row], part.ar[row]])
        before, z = running_z(part.residuals[row], after, sample.length)
        found.append((int((before < z).sum()), len(before) + 1))
    return found


@pytest.mark.parametrize(("n", "inside", "days"), [(2, 6, 1), (3, 5, 1), (4, 7, 2), (5, 4, 1)])
@pytest.mark.parametrize("seed", range(3))
def test_rank_sum_is_exact_by_enumeration(n, inside, days, seed):
    """Every combination of ranks, all equally likely: the definition of its p-value."""
    sample = few(n, inside, days, seed)
    found = TESTS["rank-sum-ewma"]()(sample)
    ranks = ranks_by_hand(sample)
    sums = np.array([sum(r) for r in itertools.product(*(range(m) for _, m in ranks))])
    own = sum(rank for rank, _ in ranks)
    p = min(1.0, 2 * min((sums <= own).mean(), (sums >= own).mean()))
    agree("rank-sum-ewma", found.statistic, (own - sums.mean()) / sums.std())
    agree("rank-sum-ewma", found.p, p)
    agree("rank-sum-ewma", found.details["smallest_p"], 2 * (sums == 0).mean())


def test_rank_sum_of_many_episodes_is_normal():
    sample = few(26, 60)
    found = TESTS["rank-sum-ewma"]()(sample)
    assert found.distribution == "normal"
    agree("rank-sum-ewma", found.p, 2 * stats.norm.sf(abs(found.statistic)))
    exact = TESTS["rank-sum-ewma"]()(sample.rows(np.arange(25)))
    assert exact.p == approx(2 * stats.norm.sf(abs(exact.statistic)), abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("n", [3, 5, 10])
def test_rank_sum_has_its_size(n):
    p = [TESTS["rank-sum-ewma"]()(null_sample(n, seed)).p for seed in range(1500)]
    assert within_noise(np.array(p) <= 0.05)


@pytest.mark.slow
def test_rank_sum_is_not_robust_to_a_variance_that_the_event_changes_but_bmp_is():
    """The limit that its docstring states: the event doubles the variance (N = 10)."""
    samples = [null_sample(10, seed, jump=4.0) for seed in range(600)]
    rates = {
        name: np.mean([TESTS[name]()(sample).p <= 0.05 for sample in samples])
        for name in ("rank-sum-ewma", "bmp")
    }
    assert rates["rank-sum-ewma"] > 0.10
    assert rates["bmp"] < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600)


# --- union of days ------------------------------------------------------------------------

OVERLAPPING = [300, 301, 303, 340]


def test_union_of_days_follows_its_definition():
    """Every day of the union once, weighted by the windows that hold it; loops over residuals."""
    options = es.Options(min_estimation=60)
    results = study(OVERLAPPING, returns(["AAA"]), car=((0, 2),), options=options)
    sample = section(results, (0, 2))
    part, by_day, inside = sample.abnormal, {}, []
    for row, day in enumerate(OVERLAPPING):
        for tau in range(3):
            after = np.concatenate([part.gap[row], part.ar[row, : part.columns((tau, tau)).stop]])
            before, z = running_z(part.residuals[row], after)
            by_day.setdefault(day + tau, []).append(z)
        inside += list(before[np.isfinite(before)])
    weights = np.array([len(own) for own in by_day.values()])
    means = np.array([np.mean(own) for own in by_day.values()])
    expected = weights @ means / np.sqrt(weights @ weights) / np.sqrt(np.mean(np.square(inside)))
    found = TESTS["union-ewma"]()(sample)
    assert found.details["days"] == len(by_day) == 9
    agree("union-ewma", found.statistic, expected)
    agree("union-ewma", found.p, 2 * stats.norm.sf(abs(expected)))


@pytest.mark.slow
def test_union_of_days_has_its_size_where_windows_overlap():
    options = es.Options(average="by-asset", min_estimation=60)
    panel = returns([f"A{i}" for i in range(500)], 350)
    results = study(OVERLAPPING, panel, car=((0, 2),), tests=["union-ewma"], options=options)
    assert within_noise(results.tests()["p"] <= 0.05)


# --- wild bootstrap -----------------------------------------------------------------------


@pytest.mark.parametrize(("n", "seed"), [(2, 0), (4, 1), (6, 2), (8, 3)])
def test_wild_bootstrap_takes_every_vector_of_signs_the_identity_included(n, seed):
    sample = null_sample(n, seed, days=2)
    x = sample.car
    t = np.array(
        [
            stats.ttest_1samp(x * np.array(signs), 0).statistic
            for signs in itertools.product([1, -1], repeat=n)
        ]
    )
    found = TESTS["wild-bootstrap"]()(sample)
    agree("wild-bootstrap", found.statistic, t[0])
    agree("wild-bootstrap", found.p, (np.abs(t) >= abs(t[0]) * (1 - 1e-10)).mean())
    agree("wild-bootstrap", found.details["smallest_p"], 2.0 ** (1 - n))


def dated(sizes, seed):
    """Episodes on as many dates as there are sizes, that many on each."""
    rng = np.random.default_rng(seed)
    place = np.repeat(np.arange(len(sizes)), sizes)
    n = len(place)
    shocks = 0.01 * (rng.standard_normal(len(sizes))[place] + rng.standard_normal(n)) + 0.006
    day0 = np.datetime64("2020-01-01") + (40 * place).astype("timedelta64[D]")
    residuals = rng.normal(0, 0.01, (n, 80))
    return CrossSection(episodes(residuals, shocks[:, None], day0=day0), (0, 0)), place


def clustered_t(x, groups):
    """Clustered t of the mean by statsmodels, CR1 with G/(G - 1) alone."""
    kwds = {"groups": groups, "use_correction": False}
    fit = OLS(x, np.ones(len(x))).fit(cov_type="cluster", cov_kwds=kwds, use_t=True)
    g = len(set(groups))
    return fit.tvalues[0] / np.sqrt(g / (g - 1))


@pytest.mark.parametrize(("sizes", "seed"), [([2, 3, 1], 0), ([2] * 5, 1), ([1, 4, 2, 2, 3, 1], 2)])
def test_wild_cluster_takes_every_vector_of_signs_of_dates(sizes, seed):
    """statsmodels' clustered t of x* = v_g x for all 2^G vectors, the identity included."""
    sample, place = dated(sizes, seed)
    t = np.array(
        [
            clustered_t(sample.car * np.array(signs)[place], place)
            for signs in itertools.product([1, -1], repeat=len(sizes))
        ]
    )
    found = TESTS["wild-cluster"]()(sample)
    agree("wild-cluster", found.statistic, t[0])
    agree("wild-cluster", found.statistic, TESTS["cluster-t"]()(sample).statistic)
    agree("wild-cluster", found.p, (np.abs(t) >= abs(t[0]) * (1 - 1e-10)).mean())
    agree("wild-cluster", found.details["smallest_p"], 2.0 ** (1 - len(sizes)))


def test_beyond_twelve_signs_draws_are_seeded_and_near_the_enumeration(monkeypatch):
    from eventstudy.inference.battery import wild

    sample = null_sample(12, 5)
    enumerated = TESTS["wild-bootstrap"]()(sample)
    assert enumerated.details["smallest_p"] == 2.0**-11
    monkeypatch.setattr(wild, "MOST_ENUMERATED", 11)
    drawn, again = (TESTS["wild-bootstrap"]()(sample) for _ in range(2))
    assert drawn.p == again.p
    assert drawn.details["smallest_p"] == 1 / 10_000
    assert drawn.p == approx(enumerated.p, abs=4 * 0.5 / np.sqrt(9_999))


def test_wild_bootstrap_holds_its_size_where_the_t_test_does_not_look():
    """Heteroskedastic episodes, N = 9: the mean of null p-values at 5 %."""
    rejected = []
    for seed in range(1000):
        sample = null_sample(9, seed)
        spread = np.linspace(0.2, 3, 9)[:, None]
        part = episodes(sample.residuals * spread, sample.abnormal.returns * spread)
        rejected.append(TESTS["wild-bootstrap"]()(CrossSection(part, (0, 0))).p <= 0.05)
    assert within_noise(rejected)


# --- counted p-values -----------------------------------------------------------------------

COUNTED = {
    "sign-exact", "wilcoxon-exact", "sign-flip", "wild-bootstrap", "wild-cluster",
    "rank-sum-ewma", "portfolio-sq",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(COUNTED))
@pytest.mark.parametrize("size", [0.0, 0.2])
def test_a_counted_p_states_the_least_that_it_can_be(name, size):
    """With an effect far beyond any ordinary day it is reached; it is never undercut."""
    sample = null_sample(6, 3)
    if name == "wild-cluster":
        sample = dated([1] * 6, 3)[0]
    part = sample.abnormal
    steps = size * np.linspace(1, 1.1, 6)[:, None]
    shifted = CrossSection(episodes(part.residuals, part.returns + steps, day0=part.day0), (0, 0))
    found = TESTS[name]()(shifted)
    least = found.details["smallest_p"]
    assert 0 < least <= found.p <= 1
    if size:
        assert found.p == approx(least)
