"""Where known packages and textbooks deviate: their number, ours, and which holds its size.

Each test rebuilds the deviating formula from its description (docs/validation.md names the
package), shows that it differs from ours, and where it can, by simulation, what it costs.
"""

from dataclasses import replace

import numpy as np
import pytest
from golden_data import WINDOWS, base_r, events_of, stocks
from scipy import stats
from statsmodels.regression.linear_model import OLS
from synthetic import episodes, null_sample, returns, section, study, within_noise

import eventstudy as es
from eventstudy.inference import (
    AdjustedBMP,
    AdjustedPatell,
    CorradoRank,
    CrossSection,
    CrossSectionalT,
    GrankT,
    PatellScar,
    SkewnessAdjustedT,
)
from eventstudy.inference.correlation import mean_correlation


def two_sided(z, df=None):
    return 2 * (stats.norm.sf(abs(z)) if df is None else stats.t.sf(abs(z), df))


@pytest.fixture(scope="module")
def base():
    """Results of base R's group E02 with the market model."""
    names = stocks().columns[:20]
    return es.run_study(
        events_of("E02"),
        stocks(),
        model=dict.fromkeys(names, es.models.MarketModel("SP500")),
        windows=es.Windows(estimation=(-260, -11), event=(-10, 10), car=WINDOWS),
        options=es.Options(exclude_from_estimation=None),
    )


def r_row(name, window):
    frame = base_r("tests")
    frame = frame[(frame["model"] == "market") & (frame["group"] == "E02")]
    frame = frame[(frame["window"] == f"{window[0]},{window[1]}") & (frame["test"] == name)]
    return frame.iloc[0]


# --- generalised rank ---------------------------------------------------------------------


def grank(sample, scale=1.0, *, stata=False):
    """GRANK-T with the event multiplied by `scale`; or as Stata's estudy has it."""
    event = scale * sample.scar / sample.scar.std(ddof=1)
    before = sample.residuals / np.sqrt(sample.abnormal.s2)[:, None]
    ranks = stats.rankdata(np.hstack([before, event[:, None]]), axis=1)
    days = before.shape[1]
    t = days if stata else days + 1
    u = (ranks / (t + 1) - 0.5).mean(axis=0)
    z = u[-1] / np.sqrt((u**2).sum() / t)
    return z * np.sqrt((t - 2) / (t - 1 - z**2)), t - 2


@pytest.mark.parametrize("window", WINDOWS)
def test_stata_estudy_centres_the_ranks_of_grank_wrongly(base, window):
    """T = L1 and rank/(L1 + 1) over L1 + 1 days: every rank is too large by 0.5/(L1 + 1)."""
    sample = section(base, window)
    theirs = grank(sample, stata=True)[0]
    assert theirs == pytest.approx(r_row("grank_t_VARIANT_stata_estudy", window).statistic)
    ours = GrankT()(sample).statistic
    assert ours == pytest.approx(r_row("grank_t", window).statistic, rel=1e-9)
    assert ours == pytest.approx(grank(sample)[0], rel=1e-9)
    assert 0.02 < theirs - ours < 0.05


def test_stata_estudy_s_grank_is_not_symmetric():
    """Turning all returns round must turn the sign of t round, and nothing else."""
    sample = null_sample(12, 4)
    part = sample.abnormal
    mirrored = 2 * part.normal - part.returns
    turned = CrossSection(replace(part, residuals=-part.residuals, returns=mirrored), (0, 0))
    assert GrankT()(turned).statistic == pytest.approx(-GrankT()(sample).statistic, rel=1e-9)
    assert grank(turned, stata=True)[0] != pytest.approx(-grank(sample, stata=True)[0], rel=1e-3)


def adjustment(sample, rbar):
    """The factor of Kolari and Pynnönen for BMP, √((1 - r̄)/(1 + (N - 1) r̄))."""
    return np.sqrt((1 - rbar) / (1 + (sample.n - 1) * rbar))


@pytest.mark.slow
def test_eventstudy2_scales_grank_by_the_factor_of_bmp_and_can_hardly_reject():
    """N = 30, ρ = .2: ours near 5 %, theirs near zero; √(1 - r̄) is the consistent factor."""
    p = {"ours": [], "corrected": [], "theirs": []}
    for seed in range(500):
        sample = null_sample(30, seed, rho=0.2)
        p["ours"].append(GrankT()(sample).p)
        p["corrected"].append(GrankT(correct="sqrt(1-rbar)")(sample).p)
        p["theirs"].append(two_sided(*grank(sample, adjustment(sample, sample.rbar))))
    rates = {name: np.mean(np.array(own) < 0.05) for name, own in p.items()}
    assert rates["theirs"] < 0.015
    assert within_noise(np.array(p["corrected"]) < 0.05)
    assert 0.03 < rates["ours"] < 0.09


# --- adjustments for correlation ------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("rho", "most"), [(0.2, 0.045), (0.4, 0.03)])
def test_adjusted_patell_with_the_factor_of_bmp_is_over_conservative(rho, most):
    ours, theirs = [], []
    for seed in range(800):
        sample = null_sample(20, seed, rho=rho)
        ours.append(AdjustedPatell()(sample).p < 0.05)
        z = PatellScar()(sample).statistic * adjustment(sample, sample.rbar)
        theirs.append(two_sided(z) < 0.05)
    assert within_noise(ours)
    assert np.mean(theirs) < most
    assert np.mean(theirs) < np.mean(ours)


def test_correlation_paired_by_event_time_is_noise_for_separate_dates():
    """No common day: the calendar says zero; R's EventStudy pairs unrelated days."""
    apart = null_sample(20, 1, rho=0.0, starts=1000 * np.arange(20)).abnormal
    assert mean_correlation(apart) == 0
    assert mean_correlation(apart, "event-time") != 0


def test_correlation_paired_by_event_time_misses_that_of_near_dates():
    """Two assets with correlation .6, events five days apart: only the calendar sees it."""
    rng = np.random.default_rng(3)
    common = rng.normal(size=400)
    series = 0.01 * (np.sqrt(0.6) * common + np.sqrt(0.4) * rng.normal(size=(2, 400)))
    part = episodes(
        np.stack([series[0, :300], series[1, 5:305]]),
        np.stack([series[0, 300:301], series[1, 305:306]]),
        starts=[0, 5],
    )
    assert mean_correlation(part) == pytest.approx(0.6, abs=0.1)
    assert abs(mean_correlation(part, "event-time")) < 0.2


# --- R's EventStudy -------------------------------------------------------------------------


def test_calendar_time_portfolio_of_r_eventstudy_measures_a_reaction_by_itself():
    """It divides AAR_t by the sd of the event window's AARs: t stays near √L at the most.

    With one large reaction in a window of 5 days its t cannot reject at 1 %; the crude
    dependence adjustment takes the sd of the days before.
    """
    sample = null_sample(20, 3, days=5)
    sample.abnormal.returns[:, 2] += 0.2
    aar = sample.ar.mean(axis=0)
    theirs = aar[2] / aar.std(ddof=1)
    ours = es.inference.CrudeDependence()(CrossSection(sample.abnormal, (2, 2)))
    assert abs(theirs) < 2.576
    assert ours.p < 1e-6


@pytest.mark.slow
def test_standardising_without_the_prediction_error_rejects_too_often():
    """So does BMP of R's EventStudy: the residual sd alone; L1 = 30, five days: ours holds 5 %."""
    ours, theirs = [], []
    for seed in range(1200):
        sample = null_sample(20, seed, inside=30, days=5)
        ours.append(PatellScar()(sample).p < 0.05)
        naive = sample.car / np.sqrt(5 * sample.abnormal.s2)
        q = sample.df / (sample.df - 2)
        theirs.append(two_sided(naive.sum() / np.sqrt(q.sum())) < 0.05)
    assert within_noise(ours)
    assert np.mean(theirs) > 0.07


def test_base_r_s_naive_t_is_larger_than_ours(base):
    """`t_naive` of base R's table: CAR over s√L. The prediction error is missing."""
    frame = base_r("car")
    frame = frame[(frame["model"] == "market") & (frame["event_id"] == "E02")]
    theirs = frame[frame["window"] == "-10,10"].set_index("firm")["t_naive"].abs()
    ours = base.car().query("end == 10").set_index("asset")["t"].abs()
    assert (theirs[ours.index] > ours).all()


@pytest.mark.slow
def test_daily_patell_ignores_the_covariance_of_prediction_errors():
    """ΣΣSAR against SCAR over five days with a short estimation window."""
    daily, scar = [], []
    for seed in range(1200):
        sample = null_sample(20, seed, inside=30, days=5)
        daily.append(es.inference.Patell()(sample).p < 0.05)
        scar.append(PatellScar()(sample).p < 0.05)
    assert np.mean(daily) > 0.06 > np.mean(scar) - 0.012


# --- models ---------------------------------------------------------------------------------


def test_trade_to_trade_with_one_over_root_d_biases_alpha():
    """Maynes and Rumsey regress y/√d on √d and F/√d; with 1/√d the intercept grows, β stays."""
    rng = np.random.default_rng(0)
    gaps = rng.choice([1, 2, 3], 40_000, p=[0.6, 0.25, 0.15])
    market = rng.normal(0, 0.01, len(gaps)) * np.sqrt(gaps)
    y = 0.002 * gaps + 1.1 * market + rng.normal(0, 0.005, len(gaps)) * np.sqrt(gaps)
    root = np.sqrt(gaps)
    right = OLS(y / root, np.column_stack([root, market / root])).fit().params
    wrong = OLS(y / root, np.column_stack([1 / root, market / root])).fit().params
    assert right == pytest.approx([0.002, 1.1], rel=0.03)
    assert wrong[0] > 0.0024
    assert wrong[1] == pytest.approx(1.1, rel=0.03)


def test_market_adjusted_variance_is_centred_and_the_uncentred_one_differs():
    """Σ(R - R_m)²/L1 takes the mean to be zero; ours is the sample variance with L1 - 1."""
    panel = returns(["AAA"])
    frame = panel.frame.assign(AAA=panel.frame["AAA"] + 0.008)
    results = study([300], es.Returns(frame), model=es.models.MarketAdjusted("MKT"))
    gap = (frame["AAA"] - frame["MKT"]).to_numpy()[190:290]
    sigma = results.estimation["sigma"].iloc[0]
    assert sigma == pytest.approx(gap.std(ddof=1), rel=1e-12)
    assert np.sqrt(np.mean(gap**2)) > 1.04 * sigma


def test_one_dummy_for_the_whole_window_is_not_the_car():
    """It estimates a constant daily effect, and its s² holds the variance of the window."""
    panel = returns(["AAA"], seed=6)
    results = study([300], panel, car=((0, 4),), tests=["prediction-error-t"])
    rows = np.r_[190:290, 300:305]
    y, market = panel.frame["AAA"].to_numpy()[rows], panel.frame["MKT"].to_numpy()[rows]
    dummy = np.r_[np.zeros(100), np.ones(5)]
    single = OLS(y, np.column_stack([np.ones(105), market, dummy])).fit()
    ours = results.tests().iloc[0]["statistic"]
    assert single.tvalues[2] == pytest.approx(ours, rel=0.25)
    assert single.tvalues[2] != pytest.approx(ours, rel=1e-3)
    assert single.df_resid == 102


# --- conventions that change digits ---------------------------------------------------------


@pytest.mark.parametrize("window", WINDOWS)
def test_corrado_over_the_whole_event_window_depends_on_days_outside_the_test(base, window):
    """A ranks all 21 event days, B only those of the test: a shock outside moves A alone."""
    sample = section(base, window)
    a, b = CorradoRank(ranks="event-window"), CorradoRank()
    for test, name in ((a, "A_est_plus_max"), (b, "B_est_plus_window")):
        expected = r_row(f"corrado_rank_{name}", window).statistic
        assert test(sample).statistic == pytest.approx(expected, rel=1e-9)
    if window == (-10, 10):
        return
    shocked = sample.abnormal.returns.copy()
    shocked[:, -1] += 0.3
    moved = CrossSection(replace(sample.abnormal, returns=shocked), window)
    assert b(moved).statistic == b(sample).statistic
    assert a(moved).statistic != a(sample).statistic


def test_skewness_estimators_differ_by_n_squared_over_their_degrees():
    """base R's g = N/((N-1)(N-2)) Σu³ against Σu³/N: both are offered, named."""
    sample = null_sample(12, 5)
    u = (sample.car - sample.car.mean()) / sample.car.std(ddof=1)
    s, n = sample.car.mean() / sample.car.std(ddof=1), 12
    for kind, skew in (("biased", (u**3).mean()), ("unbiased", (u**3).sum() * n / (11 * 10))):
        t = np.sqrt(n) * (s + skew * s**2 / 3 + skew**2 * s**3 / 27 + skew / (6 * n))
        found = SkewnessAdjustedT(skewness=kind)(sample)
        assert found.statistic == pytest.approx(t, rel=1e-12)
    assert stats.skew(sample.car, bias=False) == pytest.approx((u**3).sum() * n / 110, rel=1e-12)


def test_t_critical_values_of_a_few_episodes_are_not_normal_ones():
    """N = 3: the normal 1.96 rejects in 19 of 100 null samples, t(2) in five."""
    found = [CrossSectionalT()(null_sample(3, seed)) for seed in range(1500)]
    assert within_noise([own.p < 0.05 for own in found])
    assert within_noise([two_sided(own.statistic) < 0.05 for own in found], size=0.189)


def test_volatility_multiplier_over_n_minus_one_is_too_large_on_average():
    """Hilliard and Savickas: Σ ratio/N has mean one under the null, Σ/(N - 1) N/(N - 1)."""
    n, h = 6, np.linspace(0.5, 2, 6) * 1e-4
    e = np.random.default_rng(1).normal(size=(40_000, n)) * np.sqrt(h)
    ratio = (n * e - e.sum(axis=1, keepdims=True)) ** 2 / (n * (n - 2) * h + h.sum())
    assert ratio.sum(axis=1).mean() / n == pytest.approx(1, abs=0.01)
    assert ratio.sum(axis=1).mean() / (n - 1) == pytest.approx(1.2, abs=0.012)


def test_bmp_on_one_date_takes_one_draw_for_many_and_its_adjustment_does_not():
    bmp, adjusted = [], []
    for seed in range(500):
        sample = null_sample(20, seed, rho=0.3)
        bmp.append(es.inference.BMP()(sample).p < 0.05)
        adjusted.append(AdjustedBMP()(sample).p < 0.05)
    assert np.mean(bmp) > 0.35
    assert within_noise(adjusted)


def test_the_spread_of_the_event_window_hides_the_event():
    """AR errors from the event window itself: a reaction enters its own standard error."""
    sample = null_sample(1, 2, days=5)
    sample.abnormal.returns[0, 2] += 0.2
    ar = sample.ar[0]
    assert abs(ar[2] / ar.std(ddof=1)) < 2.576
    assert abs(sample.sar[0, 2]) > 10
