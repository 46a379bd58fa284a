"""Normal-return models beyond least squares: reference numbers, known truths, no look-ahead."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from golden_data import base_r, oracle, oracle_prices, stocks
from hypothesis import given, settings
from hypothesis import strategies as st
from model_samples import EVENT, GAP, L1, M, each_model, fitted, made, sample_of, simulated

import eventstudy as es
from eventstudy.models import MODELS, make_model
from eventstudy.models.base import WindowSample
from eventstudy.models.garch import conditional_variance, filtered
from eventstudy.models.solvers import statsmodels_solver


def rejections(model, returns, factors, *places):
    """Share of |t| of single days beyond the 5 % point, at these places of the event window."""
    from scipy import stats

    fits = fitted(model, returns, factors)
    assert not any(fits.reasons)
    days = GAP + np.array(places)
    ar = (returns[:, L1:] - fits.normal)[:, days]
    variance = fits.s2[:, None] * (fits.scale + (fits.leverage**2).sum(axis=-1))[:, days]
    return np.mean(np.abs(ar) > stats.t.ppf(0.975, fits.df)[:, None] * np.sqrt(variance))


# --- what every model keeps to ----------------------------------------------------------


@each_model
def test_no_return_of_the_event_window_enters(model):
    """Returns from the event window on, however wild, change nothing that a model says."""
    returns, factors = simulated(2)
    before = fitted(model, returns, factors)
    wild = returns.copy()
    wild[:, L1 + GAP :] += 0.5
    after = fitted(model, wild, factors)
    for name in ("params", "residuals", "normal", "s2", "df", "scale", "leverage"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))


@each_model
def test_no_later_factor_return_enters(model):
    """A factor's return on day t changes the normal return of day t and of no other."""
    returns, factors = simulated(2)
    before = fitted(model, returns, factors)
    wild = factors.copy()
    wild[:, L1 + GAP + 5] += 0.5
    after = fitted(model, returns, wild)
    for name in ("params", "residuals", "s2", "df", "scale"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
    changed = (after.normal != before.normal).any(axis=0)
    assert list(np.flatnonzero(changed)) == ([GAP + 5] if model.factors else [])


@each_model
def test_a_missing_day_of_estimation_is_left_out(model):
    returns, factors = simulated()
    returns[0, [50, 51]] = np.nan
    fits = fitted(model, returns, factors)
    full = fitted(model, *simulated())
    assert fits.reasons == ("",)
    assert np.isnan(fits.residuals[0, [50, 51]]).all()
    assert np.isfinite(full.residuals).sum() - np.isfinite(fits.residuals).sum() == 2
    assert full.df[0] - fits.df[0] == 2
    assert np.isfinite(fits.normal).all()


@each_model
@settings(max_examples=5, deadline=None)
@given(unit=st.sampled_from([1e-3, 0.1, 7.0, 100.0]))
def test_units_do_not_matter(model, unit):
    """In per cent or in fractions: normal returns scale with the unit, variance squared."""
    returns, factors = simulated(seed=4)
    one, other = fitted(model, returns, factors), fitted(model, unit * returns, unit * factors)
    spread = returns.std()
    close = 1e-4 if model.name == "garch" else 1e-6  # an optimiser stops where it stops
    np.testing.assert_allclose(other.normal / unit, one.normal, rtol=0, atol=close * spread)
    np.testing.assert_allclose(other.s2 / unit**2, one.s2, rtol=1e-5)
    np.testing.assert_allclose(other.scale, one.scale, rtol=2e-3)


@each_model
def test_degenerate_windows_give_a_reason_and_no_number(model):
    returns, factors = simulated(4, k=2)
    returns[0] = 0.0
    returns[1] = 0.001
    if model.name == "market-adjusted":
        returns[:2] += factors[:2, :, 0]
    reasons = fitted(model, returns, factors).reasons
    assert reasons[:2] == ("the returns do not vary in the estimation window",) * 2
    assert reasons[2:] == ("", "")
    if not model.factors:
        return
    factors[1, :, 0] = 0.002
    returns[1] = np.random.default_rng(1).normal(0, 0.01, returns.shape[1])
    returns[2] = factors[2, :, 0]
    fits = fitted(model, returns, factors)
    if model.name != "market-adjusted":  # a constant factor does not disturb it
        assert fits.reasons[1] == "the factors are collinear in the estimation window"
    expected = "the factors reproduce the returns of the estimation window exactly"
    if model.name == "market-adjusted":
        expected = "the returns do not vary in the estimation window"
    assert fits.reasons[2] == expected
    for name in ("params", "residuals", "normal", "s2", "df"):
        assert np.isnan(getattr(fits, name)[2]).all()
    assert fits.reasons[3] == ""
    assert np.isfinite(fits.normal[3]).all()


@pytest.mark.parametrize("name", [name for name in MODELS if MODELS[name].takes[1] is None])
def test_collinear_factors_give_a_reason(name):
    returns, factors = simulated(1, k=2)
    factors[..., 1] = 2 * factors[..., 0]
    if name == "robust":
        with pytest.raises(es.EventStudyError, match="one factor"):
            M.Robust("A", "B", method="theil-sen")
    fits = make_model(name, ("A", "B")).fit(sample_of(returns, factors), statsmodels_solver)
    assert fits.reasons == ("the factors are collinear in the estimation window",)


@pytest.mark.slow
@each_model
def test_size_of_one_day_is_right_where_the_model_holds(model):
    """5 % of 600 days, three of each of 200 normal episodes, within three standard errors.

    300 days for GARCH. Days of an episode share its estimates: a correlation of 0.002.
    """
    count = 600 if model.name != "garch" else 300
    returns, factors = simulated(count // 3, seed=6)
    share = rejections(model, returns, factors, 2, 5, 8)
    assert abs(share - 0.05) < 3 * np.sqrt(0.05 * 0.95 / count) + 0.005


# --- Scholes-Williams and Dimson against base R -----------------------------------------

THIN = ("E02", "E04", "E10")


def studied(event, model):
    """One event date on 20 stocks; 252 sessions, whose interior is base R's 250."""
    dates = base_r("event_map").set_index("event_id")["event_date"]
    names = list(stocks().columns[:20])
    return es.run_study(
        pd.DataFrame(
            {"event_id": [event.lower()], "date": [dates[event]], "title": "a reference event"}
        ),
        stocks(),
        model=dict.fromkeys(names, model),
        windows=es.Windows(estimation=(-261, -10), event=(-9, 9)),
        options=es.Options(exclude_from_estimation=None, max_shift=10),
    )


@pytest.mark.parametrize("event", THIN)
def test_scholes_williams_is_base_r_s(event):
    model = M.ScholesWilliams("SP500")
    results = studied(event, model)
    theirs = base_r("thin_trading").set_index(["event_id", "firm"]).loc[event]
    assert len(theirs) == 20
    for row, asset in enumerate(results.assets):
        data = results.data[asset]
        dates = results.abnormal.estimation_dates[row]
        places = np.searchsorted(data.calendar.sessions.astype("datetime64[D]"), dates)
        later = np.arange(places[-1] + 1, places[-1] + 20)
        sample = WindowSample(
            data.returns[places][None], data.factors[places][None], data.factors[later][None]
        )
        fits = model.fit(sample, statsmodels_solver)
        names = ["ols_beta", "scholes_williams_beta", "b_lag", "b_lead", "rho_mkt"]
        ours = dict(zip(fits.names, fits.params[0], strict=True))
        found = [ours[k] for k in ("slope[t+0]", "SP500", "slope[t-1]", "slope[t+1]", "ρ")]
        np.testing.assert_allclose(found, theirs.loc[asset, names].astype(float), rtol=1e-9)
        np.testing.assert_array_equal(results.abnormal.normal[row], fits.normal[0])
        market, e = data.factors[places[1:-1], 0], fits.residuals[0, 1:-1]
        np.testing.assert_allclose(
            e, data.returns[places[1:-1]] - ours["const"] - ours["SP500"] * market, rtol=1e-9
        )
        assert abs(e.mean()) < 1e-15
        np.testing.assert_allclose(fits.s2[0], e @ e / 248, rtol=1e-12)
        assert fits.df[0] == 248


@pytest.mark.parametrize("event", THIN)
def test_dimson_is_base_r_s(event):
    results = studied(event, M.Dimson("SP500"))
    theirs = base_r("thin_trading").set_index(["event_id", "firm"]).loc[event]
    for row, asset in enumerate(results.assets):
        params = results.regression(event.lower(), asset).params
        beta, alpha = params.iloc[1:].sum(), params["const"]
        own = theirs.loc[asset]
        np.testing.assert_allclose([beta, alpha], [own.dimson_beta, own.dimson_alpha], rtol=1e-9)
        data = results.data[asset]
        sessions = data.calendar.sessions.astype("datetime64[D]")
        places = np.searchsorted(sessions, results.abnormal.dates[row])
        ar = data.returns[places] - alpha - beta * data.factors[places, 0]
        np.testing.assert_allclose(results.abnormal.ar[row], ar, rtol=1e-9, atol=1e-15)


def neighbours(episodes, seed):
    """Returns that follow the market of yesterday, today and tomorrow: true beta 1.1."""
    rng = np.random.default_rng(seed)
    market = rng.normal(0, 0.01, (episodes, L1 + GAP + EVENT + 2))
    returns = 0.3 * market[:, :-2] + 0.6 * market[:, 1:-1] + 0.2 * market[:, 2:]
    return returns + rng.normal(0, 0.01, returns.shape), market[:, 1:-1, None]


@pytest.mark.parametrize("name", ["scholes-williams", "dimson"])
def test_beta_of_an_asset_that_reacts_on_neighbouring_days(name):
    """True 1.1; least squares on the same day finds 0.6."""
    returns, factors = neighbours(400, 8)
    fits = fitted(made(name), returns, factors)
    beta = fits.params[:, 1:4].sum(axis=1) if name == "dimson" else fits.params[:, 1]
    assert abs(beta.mean() - 1.1) < 3 * beta.std() / 20
    ols = fitted(made("market-model"), returns, factors).params[:, 1]
    assert abs(ols.mean() - 0.6) < 3 * ols.std() / 20
    assert abs(rejections(made(name), returns, factors, 3) - 0.05) < 0.033


def test_dimson_with_the_regression_s_variance_would_reject_twice_too_often():
    """Same-day abnormal returns hold what neighbouring days explain; s2 must, too."""
    returns, factors = neighbours(600, 9)
    model = M.Dimson("MKT")

    class Naive:
        name, factors = "naive", ("MKT",)

        def fit(self, sample, solver):
            fits = model.fit(sample, solver)
            design = model.declare(sample.factors_estimation)
            e = sample.estimation - np.einsum("nlk,nk->nl", design.regressors, fits.params)
            return replace(fits, s2=np.nansum(e**2, axis=1) / fits.df)

    assert rejections(model, returns, factors, 3) < 0.077
    assert rejections(Naive(), returns, factors, 3) > 0.077


def test_dimson_without_neighbours_is_the_market_model():
    returns, factors = simulated(3)
    ours = fitted(M.Dimson("MKT", lags=0, leads=0), returns, factors)
    ols = fitted(M.MarketModel("MKT"), returns, factors)
    for name in ("params", "residuals", "normal", "s2", "df", "leverage"):
        np.testing.assert_allclose(getattr(ours, name), getattr(ols, name), rtol=1e-9, atol=1e-15)


def test_a_market_with_autocorrelation_near_minus_a_half_is_refused():
    rng = np.random.default_rng(3)
    steps = rng.normal(0, 0.01, L1 + GAP + EVENT + 1)
    market = np.diff(steps)[None, :, None]
    returns = market[..., 0] + rng.normal(0, 0.01, market.shape[:2])
    (reason,) = fitted(M.ScholesWilliams("MKT"), returns, market).reasons
    assert reason.startswith("1 + 2ρ is ")


# --- robust -----------------------------------------------------------------------------


def test_huber_is_the_oracle_s():
    case = oracle()["G06_huber"]
    spec, expected = case["spec"], case["expected"]
    results = es.run_study(
        pd.DataFrame({"event_id": ["amd"], "date": [spec["date"]], "title": "reference"}),
        oracle_prices(),
        model={"AMD": M.Robust("SP500")},
        windows=es.Windows(estimation=(-211, -12), event=(-1, 1), car=[(-1, 1)]),
        options=es.Options(exclude_from_estimation=None),
    )
    rtol = case["rtol"]
    params = results.regression("amd", "AMD").params
    np.testing.assert_allclose(params, expected["params"], rtol=rtol)
    np.testing.assert_allclose(results.ar["ar"], expected["ar"], rtol=rtol)
    np.testing.assert_allclose(results.car()["car"], [expected["car"]], rtol=rtol)
    np.testing.assert_allclose(results.abnormal.s2, [expected["s2"]], rtol=rtol)
    assert results.abnormal.df[0] == 198


def test_lad_minimises_the_sum_of_absolute_residuals():
    """Against statsmodels, whose iteration agrees to 1e-3, and never beats it."""
    from statsmodels.regression.quantile_regression import QuantReg

    returns, factors = simulated(20, seed=12)
    fits = fitted(M.Robust("MKT", method="lad"), returns, factors)
    for row in range(20):
        y, x = returns[row, :L1], np.column_stack([np.ones(L1), factors[row, :L1, 0]])
        other = QuantReg(y, x).fit(q=0.5).params
        np.testing.assert_allclose(fits.params[row], other, rtol=1e-3, atol=1e-5)
        ours, theirs = (np.abs(y - x @ theta).sum() for theta in (fits.params[row], other))
        assert ours <= theirs * (1 + 1e-12)
        e = y - x @ fits.params[row]
        mad = np.median(np.abs(e - np.median(e))) / 0.6744897501960817
        np.testing.assert_allclose(fits.s2[row], mad**2, rtol=1e-10)


def test_theil_sen_is_the_median_of_pairwise_slopes():
    returns, factors = simulated(1, seed=13)
    y, x = returns[0, :L1], factors[0, :L1, 0]
    i, j = np.triu_indices(L1, 1)
    slope = np.median((y[j] - y[i]) / (x[j] - x[i]))
    fits = fitted(M.Robust("MKT", method="theil-sen"), returns, factors)
    expected = [np.median(y) - slope * np.median(x), slope]
    np.testing.assert_allclose(fits.params[0], expected, rtol=1e-10)


@pytest.mark.parametrize("method", ["huber", "lad", "theil-sen"])
def test_an_old_crisis_moves_least_squares_only(method):
    """Twelve days on which the asset fell 15 % as the market fell 4 %."""
    returns, factors = simulated(1, seed=14)
    crisis = np.arange(20, 32)
    factors[0, crisis, 0], returns[0, crisis] = -0.04, -0.15
    ols = fitted(M.MarketModel("MKT"), returns, factors)
    ours = fitted(M.Robust("MKT", method=method), returns, factors)
    assert ols.params[0, 1] > 2
    assert abs(ours.params[0, 1] - 1) < 0.45
    assert ours.s2[0] < 1.7e-4 < ols.s2[0]


def test_half_of_the_returns_reproduced_exactly_is_no_scale():
    returns, _ = simulated(1)
    returns[0, : L1 // 2 + 5] = 0.0
    for method in ("huber", "lad"):
        fits = fitted(M.Robust(method=method), returns, np.zeros((*returns.shape, 1)))
        assert len(fits.reasons[0]) > 20
        assert np.isnan(fits.s2).all()


def simulated_garch(n, omega, a, b, rng):
    """Returns with GARCH(1,1) errors, and their true conditional variance (one day more)."""
    h, e = np.empty(n + 1), np.empty(n)
    h[0] = omega / (1 - a - b)
    for day in range(n):
        e[day] = np.sqrt(h[day]) * rng.standard_normal()
        h[day + 1] = omega + a * e[day] ** 2 + b * h[day]
    return e, h


# --- GARCH: conditional variance --------------------------------------------------------


def test_conditional_variance_is_arch_s_own():
    from arch import arch_model

    e, _ = simulated_garch(500, 2e-6, 0.1, 0.85, np.random.default_rng(1))
    inside, ahead, converged = conditional_variance(e, np.full(7, np.nan))
    own = arch_model(100 * e, mean="Zero", rescale=False).fit(disp="off")
    assert converged
    np.testing.assert_allclose(inside, own.conditional_volatility**2 / 1e4, rtol=2e-3)
    forecast = own.forecast(horizon=7).variance.to_numpy()[0] / 1e4
    np.testing.assert_allclose(ahead, forecast, rtol=2e-3)
    exact = filtered(100 * e, *own.params, _start(100 * e))[:-1]
    np.testing.assert_allclose(exact, own.conditional_volatility**2, rtol=1e-12)


def _start(e):
    weights = 0.94 ** np.arange(75)
    return (weights * e[:75] ** 2).sum() / weights.sum()


def test_conditional_variance_recovers_the_true_forecast():
    e, h = simulated_garch(20_000, 2e-6, 0.1, 0.85, np.random.default_rng(2))
    inside, ahead, converged = conditional_variance(e[:-50], e[-50:])
    assert converged
    np.testing.assert_allclose(ahead, h[-51:-1], rtol=0.06)
    np.testing.assert_allclose(inside[200:], h[200:-51], rtol=0.12)


def test_a_day_s_variance_never_sees_its_own_residual_or_a_later_one():
    e, _ = simulated_garch(400, 2e-6, 0.1, 0.85, np.random.default_rng(3))
    _, calm, _ = conditional_variance(e[:300], e[300:])
    shocked = e.copy()
    shocked[350] += 0.2
    _, loud, _ = conditional_variance(shocked[:300], shocked[300:])
    np.testing.assert_array_equal(loud[:51], calm[:51])
    assert loud[51] > 2 * calm[51]


def test_a_missing_residual_leaves_the_variance_at_its_expectation():
    h = filtered(np.array([0.01, np.nan, np.nan]), 1e-6, 0.1, 0.8, 1e-4)
    assert np.isclose(h[2], 1e-6 + 0.9 * h[1], rtol=1e-12)
    assert np.isclose(h[3], 1e-6 + 0.9 * h[2], rtol=1e-12)


def test_constant_residuals_have_no_conditional_variance():
    for e in (np.zeros(250), np.full(250, 0.01), np.full(250, np.nan), np.empty(0)):
        inside, ahead, converged = conditional_variance(e, np.zeros(3))
        assert not converged
        assert np.isnan(inside).all()
        assert np.isnan(ahead).all()
