"""Residual diagnostics against statsmodels, and what becomes of gaps."""

import warnings

import numpy as np
import pandas as pd
import pytest
import synthetic as syn
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.diagnostic import acorr_ljungbox, breaks_cusumolsresid, het_arch
from statsmodels.stats.stattools import jarque_bera

import eventstudy as es
from eventstudy.analysis.residual_diagnostics import influence
from eventstudy.inference.residuals import arch_lm, half_betas, ljung_box, residual_tests


def engle(e):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return het_arch(e, nlags=5)[:2]


def windows(rows=7, days=120, k=2, seed=3):
    """Residuals of OLS fits, their regressors and returns."""
    rng = np.random.default_rng(seed)
    x = np.concatenate([np.ones((rows, days, 1)), rng.normal(0, 0.01, (rows, days, k))], axis=-1)
    y = x.sum(axis=-1) * 0.5 + 0.01 * rng.standard_t(4, (rows, days))
    fits = [OLS(own, design).fit() for own, design in zip(y, x, strict=True)]
    return np.array([fit.resid for fit in fits]), x, y, fits


def test_whole_windows_at_once_are_statsmodels_one_by_one():
    e, x, _, fits = windows()
    found = residual_tests(e, x, 3)
    for row, fit in enumerate(fits):
        arch, arch_p = engle(e[row])
        q, q_p = acorr_ljungbox(e[row], lags=[10]).iloc[0]
        _, _, skewness, kurtosis = jarque_bera(e[row])
        sup, sup_p, _ = breaks_cusumolsresid(e[row], ddof=3)
        u = fit.get_influence().resid_studentized_external
        trimmed = jarque_bera(np.delete(e[row], np.argmax(np.abs(u))))[3]
        reference = [arch, arch_p, q, q_p, skewness, kurtosis, sup, sup_p, trimmed]
        names = ["arch", "arch_p", "ljung_box", "ljung_box_p", "skewness", "kurtosis"]
        names += ["cusum", "cusum_p", "trimmed_kurtosis"]
        ours = [getattr(found, name)[row] for name in names]
        np.testing.assert_allclose(ours, reference, rtol=1e-9)
        assert found.largest[row] == pytest.approx(u[np.argmax(np.abs(u))], rel=1e-9)
        assert found.column[row] == np.argmax(np.abs(u))


def test_influence_is_that_of_a_fit_for_each_day_left_out():
    e, x, _, fits = windows()
    for row, fit in enumerate(fits):
        u, cook = influence(e[row], x[row])
        reference = fit.get_influence()  # refits once a day
        np.testing.assert_allclose(u, reference.resid_studentized_external, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(cook, reference.cooks_distance[0], rtol=1e-10, atol=1e-12)


def test_halves_are_regressions_of_the_halves():
    _, x, y, _ = windows()
    first, second, t, chow, _ = half_betas(y, x)
    for row in range(len(y)):
        one, two = OLS(y[row, :60], x[row, :60]).fit(), OLS(y[row, 60:], x[row, 60:]).fit()
        np.testing.assert_allclose(first[row], one.params[1:], rtol=1e-9)
        np.testing.assert_allclose(second[row], two.params[1:], rtol=1e-9)
        apart = (two.params - one.params) / np.sqrt(one.bse**2 + two.bse**2)
        np.testing.assert_allclose(t[row], apart[1:], rtol=1e-9)
        late = np.repeat([0.0, 1.0], 60)[:, None] * x[row]
        both = OLS(y[row], np.hstack([x[row], late])).fit()
        assert chow[row] == pytest.approx(both.compare_f_test(OLS(y[row], x[row]).fit())[0])


def test_no_lag_joins_the_two_sides_of_a_gap():
    """Moving what lies after a gap changes nothing but the number of pairs across it."""
    rng = np.random.default_rng(5)
    left, right = rng.normal(size=60), rng.normal(size=60)
    gap = np.full(10, np.nan)
    apart = np.concatenate([left, gap, right])[None]
    far = np.concatenate([left, np.full(30, np.nan), right])[None]
    for measure in (arch_lm, ljung_box):
        values = [measure(np.nan_to_num(e), np.isfinite(e))[0] for e in (apart, far)]
        assert values[0] == pytest.approx(values[1], rel=1e-12)
        joined = np.concatenate([left, right])[None]
        assert measure(joined, np.isfinite(joined))[0] != pytest.approx(values[0], rel=1e-6)


def test_size_with_gaps():
    """White noise with one day in five missing is rejected at 5 % in 5 % of windows."""
    rng = np.random.default_rng(8)
    e = rng.normal(size=(2000, 250))
    e[rng.random(e.shape) < 0.2] = np.nan
    found = residual_tests(e, None, 1)
    for p in (found.arch_p, found.ljung_box_p, found.cusum_p):
        assert np.nanmean(p <= 0.05) == pytest.approx(0.05, abs=0.02)
    assert np.isfinite(found.ljung_box_p).all()


@pytest.fixture(scope="module")
def study():
    return syn.study([150, 260, 380], syn.returns(["AAA"]))


def test_diagnose_is_statsmodels_on_the_regression_of_the_study(study):
    frame = es.diagnose(study, "e0", "AAA").frame.set_index("diagnostic")
    fit = study.regression("e0", "AAA")
    assert frame.loc["ARCH-LM, 5 lags", "statistic"] == pytest.approx(engle(fit.resid)[0])
    influence = fit.get_influence()
    cook = frame.loc["Largest Cook’s distance"]
    assert cook["statistic"] == pytest.approx(influence.cooks_distance[0].max())
    assert cook["date"] == fit.resid.index[influence.cooks_distance[0].argmax()]
    assert (frame["reason"] == "").all()


def test_excluded_days_are_said_and_equal_those_at_once(study):
    found = es.diagnose(study, "e2", "AAA")
    assert found.missing == 0
    gone = syn.study([200, 240, 300], syn.returns(["AAA"]), estimation=(-160, -11))
    own = es.diagnose(gone, "e2", "AAA")
    assert own.missing == 4
    assert "4 sessions left out" in own.basis
    row = gone.row("e2", "AAA")
    at_once = residual_tests(gone.abnormal.residuals[[row]], None, 2)
    frame = own.frame.set_index("diagnostic")
    assert frame.loc["ARCH-LM, 5 lags", "statistic"] == pytest.approx(at_once.arch[0])
    assert frame.loc["Ljung–Box, 10 lags", "statistic"] == pytest.approx(at_once.ljung_box[0])


@pytest.mark.parametrize(
    ("model", "refused"),
    [
        (es.models.MarketAdjusted("MKT"), 3),
        (es.models.ConstantMean(), 1),
        (es.models.Robust("MKT"), 3),
    ],
)
def test_what_does_not_apply_says_why(model, refused):
    study = syn.study([150], syn.returns(["AAA"]), model=model)
    frame = es.diagnose(study, "e0", "AAA").frame
    lacking = frame[frame["reason"] != ""]
    assert len(lacking) == refused
    assert lacking["statistic"].isna().all()
    assert frame.loc[frame["reason"] == "", "statistic"].notna().all()


def test_an_observation_that_was_left_out_cannot_be_diagnosed(study):
    with pytest.raises(es.EventStudyError, match="no event"):
        es.diagnose(study, "nobody", "AAA")


def test_the_embedded_study_has_clustered_volatility(results):
    found = es.diagnose(results, "ryabkov-rtvi-2022-01-13", "IMOEX")
    assert found.missing > 0
    frame = found.frame.set_index("diagnostic")
    assert frame.loc["Kurtosis", "statistic"] > 3
    assert frame["date"].dropna().between(pd.Timestamp("2020-12-01"), "2021-12-31").all()
