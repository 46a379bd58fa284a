"""GARCH and trade-to-trade models, study files, regressions and joint averages of all models."""

import html
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from model_samples import (
    EVERY,
    L1,
    SESSIONS,
    M,
    each_model,
    fitted,
    made_events,
    market_and_asset,
    sample_of,
    simulated,
)
from statsmodels.regression.linear_model import OLS

import eventstudy as es
from eventstudy.errors import EstimationError
from eventstudy.models import MODELS, make_model, settings_of
from eventstudy.models.base import WindowSample
from eventstudy.models.garch import filtered
from eventstudy.models.solvers import statsmodels_solver


def thin(seed, alpha=0.0, share=0.5):
    """Prices of an asset that trades on this share of sessions, and rests 1 to 3 others."""
    prices = 100 * np.exp(market_and_asset(seed, alpha))
    rng = np.random.default_rng(seed + 1000)
    traded = rng.random(len(SESSIONS)) < share
    traded[::4] = True
    prices.loc[~traded, "AAA"] = np.nan
    return prices, traded


LOG = es.Options(returns="log", exclude_from_estimation=None, max_shift=10)


# --- trade to trade ---------------------------------------------------------------------


def test_spans_are_the_market_s_sessions_between_trades():
    prices, traded = thin(1)
    results = es.run_study(made_events([600]), prices, model=M.TradeToTrade("MKT"), options=LOG)
    places = np.flatnonzero(traded)
    np.testing.assert_array_equal(results.data["AAA"].span[1:], np.diff(places))
    day0 = np.searchsorted(places, 600)
    inside = results.data["AAA"].span[day0 - 5 : day0 + 6]
    np.testing.assert_array_equal(results.abnormal.scale[0], inside)
    assert inside.max() > 1


def test_a_day_without_market_is_not_a_session_of_it():
    prices, _ = thin(1)
    prices.loc[SESSIONS[[100, 101]], "MKT"] = np.nan
    prices.loc[SESSIONS[[99, 102]], "AAA"] = [50.0, 51.0]
    prices.loc[SESSIONS[[100, 101]], "AAA"] = np.nan
    own = es.run_study(made_events([600]), prices, model=M.TradeToTrade("MKT"), options=LOG)
    place = np.searchsorted(own.data["AAA"].calendar.sessions, SESSIONS[102].to_datetime64())
    assert own.data["AAA"].span[place] == 1


def test_trade_to_trade_is_weighted_least_squares():
    prices, _ = thin(2)
    results = es.run_study(made_events([600]), prices, model=M.TradeToTrade("MKT"), options=LOG)
    own = np.log(prices.dropna())
    steps, places = own.diff(), SESSIONS.get_indexer(own.index)
    d = np.diff(places, prepend=np.nan)
    day0 = np.searchsorted(places, 600)
    rows = np.arange(day0 - 270, day0 - 20)
    y, x, span = steps["AAA"].to_numpy(), steps["MKT"].to_numpy(), d
    root = np.sqrt(span[rows])
    fit = OLS(y[rows] / root, np.column_stack([root, x[rows] / root])).fit()
    regression = results.regression("e0", "AAA")
    np.testing.assert_allclose(regression.params, fit.params, rtol=1e-10)
    np.testing.assert_allclose(results.abnormal.s2, [fit.scale], rtol=1e-10)
    event = np.arange(day0 - 5, day0 + 6)
    new = np.column_stack([span[event], x[event]])
    np.testing.assert_allclose(results.abnormal.ar[0], y[event] - new @ fit.params, rtol=1e-8)
    v = fit.scale * np.diag(span[event]) + new @ fit.cov_params() @ new.T
    np.testing.assert_allclose(results.covariance("e0", "AAA"), v, rtol=1e-8)
    car = results.car().set_index(["start", "end"])
    np.testing.assert_allclose(car.loc[(0, 1), "se"], np.sqrt(v[5:7, 5:7].sum()), rtol=1e-8)
    np.testing.assert_allclose(results.ar["se"], np.sqrt(np.diag(v)), rtol=1e-8)


def intervals(episodes, seed):
    """Returns over one to five sessions with α = .002 and β = 1.2 a session, and their spans."""
    rng = np.random.default_rng(seed)
    span = rng.integers(1, 6, (episodes, L1 + 21)).astype(float)
    market = np.sqrt(span) * rng.normal(0, 0.01, span.shape)
    returns = 0.002 * span + 1.2 * market + np.sqrt(span) * rng.normal(0, 0.01, span.shape)
    return returns, market[..., None], span


def test_alpha_needs_the_root_of_the_span_not_its_inverse():
    returns, market, span = intervals(200, 3)
    plain = sample_of(returns, market)
    sample = WindowSample(
        plain.estimation,
        plain.factors_estimation,
        plain.factors_after,
        span=span[:, :L1],
        span_after=span[:, L1:],
    )
    fits = M.TradeToTrade("MKT").fit(sample, statsmodels_solver)
    alpha, beta = fits.params.T
    assert abs(alpha.mean() - 0.002) < 3 * alpha.std() / np.sqrt(200)
    assert abs(beta.mean() - 1.2) < 3 * beta.std() / np.sqrt(200)
    wrong = []
    for row in range(200):
        root = np.sqrt(span[row, :L1])
        x = np.column_stack([1 / root, market[row, :L1, 0] / root])
        wrong.append(OLS(returns[row, :L1] / root, x).fit().params[0])
    assert abs(np.mean(wrong) - 0.002) > 10 * np.std(wrong) / np.sqrt(200)
    z = (returns[:, L1:] - fits.normal) / np.sqrt(fits.s2[:, None] * fits.scale)
    for d in range(1, 6):
        assert abs(z[span[:, L1:] == d].std() - 1) < 0.08


def test_without_rests_it_is_the_market_model():
    prices = 100 * np.exp(market_and_asset(4))
    for ours, theirs in ((M.TradeToTrade("MKT"), M.MarketModel("MKT")),):
        one = es.run_study(made_events([600]), prices, model=ours, options=LOG)
        other = es.run_study(made_events([600]), prices, model=theirs, options=LOG)
        pd.testing.assert_frame_equal(one.car(), other.car(), rtol=1e-9)


def test_returns_without_prices_give_the_reason():
    returns = es.Returns(market_and_asset(4).diff().iloc[1:])
    results = es.run_study(made_events([600]), returns, model=M.TradeToTrade("MKT"))
    assert results.left_out["reason"].str.contains("need prices").all()
    assert len(results.left_out) > 0


def test_a_rest_longer_than_max_shift_is_a_closure():
    prices, _ = thin(5)
    prices.iloc[500:512, 1] = np.nan
    results = es.run_study(made_events([600]), prices, model=M.TradeToTrade("MKT"), options=LOG)
    data = results.data["AAA"]
    assert np.nanmax(data.span) >= 12
    assert np.isnan(data.returns[np.nanargmax(data.span)])


# --- GARCH ------------------------------------------------------------------------------


def test_garch_market_model_is_arch_s():
    from arch.univariate import GARCH, LS

    returns, factors = simulated(1, seed=21)
    returns[0, 100:150] *= 3
    fits = fitted(M.Garch("MKT"), returns, factors)
    mean = LS(100 * returns[0, :L1], 100 * factors[0, :L1], rescale=False)
    mean.volatility = GARCH(1, 0, 1)
    own = mean.fit(disp="off")
    alpha, beta, omega, a, b = own.params
    expected = [alpha / 100, beta, omega / 1e4, a, b]
    np.testing.assert_allclose(fits.params[0], expected, rtol=5e-3)
    e = returns[0] - alpha / 100 - beta * factors[0, :, 0]
    h = own.conditional_volatility[-1] ** 2 / 1e4
    steps = [*e[L1 - 1 : L1 + 10], *np.full(10, np.nan)]
    for day, last in enumerate(steps):
        h = omega / 1e4 + (a * last**2 + b * h if np.isfinite(last) else (a + b) * h)
        np.testing.assert_allclose(fits.scale[0, day] * fits.s2[0], h, rtol=2e-3)


def test_the_gap_moves_the_forecast_and_the_event_window_does_not():
    returns, factors = simulated(1, seed=22)
    returns[0, 100:150] *= 3
    calm = fitted(M.Garch("MKT"), returns, factors).scale[0]
    returns[0, L1 + 9] += 0.1
    loud = fitted(M.Garch("MKT"), returns, factors).scale[0]
    np.testing.assert_array_equal(loud[:10], calm[:10])
    assert (loud[10:] > 1.2 * calm[10:]).all()
    returns[0, L1 + 10] += 0.1
    np.testing.assert_array_equal(fitted(M.Garch("MKT"), returns, factors).scale[0], loud)


def test_errors_of_a_garch_study_are_sums_of_its_variances():
    prices = 100 * np.exp(market_and_asset(23))
    results = es.run_study(made_events([600]), prices, model=M.Garch("MKT"), options=LOG)
    h = results.abnormal.scale[0] * results.abnormal.s2[0]
    np.testing.assert_allclose(results.covariance("e0", "AAA"), np.diag(h), rtol=1e-12)
    np.testing.assert_allclose(results.ar["se"], np.sqrt(h), rtol=1e-12)
    car = results.car().set_index(["start", "end"])["se"]
    np.testing.assert_allclose(car[(0, 1)], np.sqrt(h[5] + h[6]), rtol=1e-12)


def test_garch_knows_calm_from_turbulence():
    """Known truth: the forecast is the true variance within 30 % in nine of ten episodes."""
    rng = np.random.default_rng(24)
    omega, a, b, days = 3e-6, 0.12, 0.85, 1021
    returns, h = np.empty((60, days)), np.full((60, days + 1), omega / (1 - a - b))
    for day in range(days):
        returns[:, day] = np.sqrt(h[:, day]) * rng.standard_normal(60)
        h[:, day + 1] = omega + a * returns[:, day] ** 2 + b * h[:, day]
    nothing = np.zeros((60, days, 0))
    sample = WindowSample(
        returns[:, :1000], nothing[:, :1000], nothing[:, 1000:], gap=returns[:, 1000:1010]
    )
    fits = M.Garch().fit(sample, statsmodels_solver)
    assert not any(fits.reasons)
    ratio = fits.scale[:, 10] * fits.s2 / h[:, 1010]
    assert np.mean(np.abs(np.log(ratio)) < np.log(1.3)) > 0.9
    constant = fits.s2 / h[:, 1010]
    assert np.abs(np.log(ratio)).mean() < 0.4 * np.abs(np.log(constant)).mean()


def test_variance_that_trends_without_shocks_has_closed_forecasts():
    h = filtered(np.full(5, np.nan), 1e-6, 0.0, 0.9, 1e-4)
    np.testing.assert_allclose(np.diff(h[1:]) / np.diff(h[:-1]), 0.9, rtol=1e-9)


def test_daily_errors_have_scale_one_in_every_other_model():
    returns, factors = simulated(2)
    for model in EVERY:
        if model.name != "garch":
            assert (fitted(model, returns, factors).scale == 1).all()


# --- study files ------------------------------------------------------------------------

STUDY = """
returns = "log"
[windows]
estimation = [-270, -21]
event = [-5, 5]
car = [[0, 0], [0, 1]]
[assets.AAA]
source = "csv"
symbol = "aaa.csv"
model = { %s }
[factors.MKT]
source = "csv"
symbol = "mkt.csv"
"""


def written(folder: Path, model: str) -> Path:
    """A study file with this model, its prices and one event."""
    prices = 100 * np.exp(market_and_asset(31)).iloc[300:640]  # placebo days cost a fit each
    for name in ("AAA", "MKT"):
        frame = prices[name].rename("close").rename_axis("date")
        frame.to_csv(folder / f"{name.lower()}.csv")
    made_events([600]).to_csv(folder / "events.csv", index=False)
    (folder / "study.toml").write_text(STUDY % model, "utf-8")
    return folder / "study.toml"


@pytest.mark.slow
@pytest.mark.parametrize("name", list(MODELS))
def test_every_model_is_reachable_from_a_study_file(tmp_path, name):
    factors = "" if MODELS[name].takes[1] == 0 else ', factors = ["MKT"]'
    results = es.Study.read(written(tmp_path, f'name = "{name}"{factors}')).run()
    assert results.models["AAA"].name == name
    assert results.left_out.empty
    assert np.isfinite(results.car()[["car", "se", "t"]]).all(axis=None)
    assert results.models["AAA"].formula() in results.summary()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('name = "robust", factors = ["MKT"], method = "lad"', M.Robust("MKT", method="lad")),
        ('name = "robust", method = "huber"', M.Robust()),
        ('name = "dimson", factors = ["MKT"], lags = 3, leads = 0', M.Dimson("MKT", 3, 0)),
        ('name = "garch"', M.Garch()),
    ],
)
def test_settings_of_a_model_reach_it(tmp_path, text, expected):
    assert es.Study.read(written(tmp_path, text)).model["AAA"] == expected


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('name = "dimson", factors = ["MKT"], lag = 1', "model.lag", "unknown key. Did you mean"),
        ('name = "dimson", factors = ["MKT"], lags = "1"', "model.lags", "a whole number"),
        ('name = "dimson", factors = ["MKT"], lags = true', "model.lags", "a whole number"),
        ('name = "dimson", factors = ["MKT"], leads = -1', "model.leads", "0 to 20"),
        ('name = "robust", method = "ols"', "model.method", "must be one of"),
        ('name = "robust", method = 3', "model.method", "must be text"),
        ('name = "robust", method = "theil-sen"', "model.method", "takes one factor"),
        ('name = "market-model", factors = ["MKT"], lags = 1', "model.lags", "unknown key"),
        ('name = "dimson", lags = 1', "assets.AAA.model", "takes 1 factor"),
        ('name = "garhc"', "assets.AAA.model", "Did you mean 'garch'?"),
    ],
)
def test_wrong_settings_are_named_with_their_place(tmp_path, text, place, message):
    with pytest.raises(es.StudyFileError) as error:
        es.Study.read(written(tmp_path, text))
    assert place in str(error.value)
    assert message in str(error.value)


def test_make_model_checks_settings():
    assert make_model("dimson", ("MKT",), {"lags": 2}) == M.Dimson("MKT", lags=2)
    assert settings_of("dimson") == {"lags": 1, "leads": 1}
    with pytest.raises(LookupError, match="has no setting 'market'"):
        make_model("dimson", ("MKT",), {"market": "AAA"})
    with pytest.raises(LookupError, match="Delete it"):
        make_model("constant-mean", (), {"lags": 1})
    for wrong in (("A", "A"), ("A", "B", "A")):
        for name in ("garch", "robust", "trade-to-trade"):
            with pytest.raises(ValueError, match="distinct"):
                make_model(name, wrong)


# --- regressions and joint averages -----------------------------------------------------


@each_model
def test_the_regression_is_the_one_behind_the_study(model):
    prices = 100 * np.exp(market_and_asset(41))
    results = es.run_study(made_events([500, 600]), prices, model={"AAA": model})
    if model.name in ("market-adjusted", "scholes-williams") or "theil" in model.formula():
        with pytest.raises(EstimationError, match="regression"):
            results.regression("e0", "AAA")
        return
    fit = results.regression("e1", "AAA")
    row = results.episode("e1", "AAA")
    residuals = results.abnormal.residuals[row]
    assert fit.nobs == np.isfinite(residuals).sum()
    own = residuals[np.isfinite(residuals)]
    if model.name == "dimson":
        assert abs(fit.params.sum() - fit.params["const"] - 1.2) < 0.4
    elif model.name == "garch":
        np.testing.assert_allclose(fit.resid / 100, own, atol=1e-4)
    else:
        np.testing.assert_allclose(fit.resid, own, atol=2e-5)
    assert fit.params.index[0].lower() == "const"


@each_model
def test_overlapping_windows_are_averaged_jointly_or_refused(model):
    prices = 100 * np.exp(market_and_asset(42))
    days = [500, 501, 503, 600]
    results = es.run_study(made_events(days), prices, model={"AAA": model})
    mean = results.mean_car().set_index(["start", "end"]).loc[(0, 1)]
    if model.name == "garch":
        assert mean["basis"] == "not averaged: windows overlap"
        assert np.isnan(mean["caar"])
        return
    assert mean["basis"] == "joint dummies"
    assert 0 < mean["se"] < 0.02
    car = results.car().set_index(["start", "end"]).loc[(0, 1), "car"].mean()
    assert abs(mean["caar"] - car) < 0.002


def test_the_joint_regression_of_dimson_uses_true_neighbours():
    """Days that are left out do not make strangers of neighbours."""
    prices = 100 * np.exp(market_and_asset(43))
    results = es.run_study(
        made_events([500, 501, 550, 600]), prices, model={"AAA": M.Dimson("MKT")}, options=LOG
    )
    steps = np.log(prices).diff()
    union = np.unique([day + k for day in (500, 501, 550, 600) for k in (0, 1)])
    m = steps["MKT"].to_numpy()
    first, last = 500 - 270 + 2, 600 - 21 - 2  # two days each way: neighbours of neighbours
    rows = np.setdiff1d(np.arange(first, last + 1), union)
    x = np.column_stack([np.ones(len(rows)), *(m[np.add(rows, j)] for j in (-1, 0, 1))])
    fit = OLS(steps["AAA"].to_numpy()[rows], x).fit()
    beta = fit.params[1:].sum()
    ar = steps["AAA"].to_numpy() - fit.params[0] - beta * m
    expected = np.mean([ar[day] + ar[day + 1] for day in (500, 501, 550, 600)])
    mean = results.mean_car().set_index(["start", "end"]).loc[(0, 1), "caar"]
    np.testing.assert_allclose(mean, expected, rtol=1e-6)


@pytest.mark.slow
def test_models_with_other_regressions_have_pages_in_the_report(tmp_path):
    """arch names standard errors otherwise, RLM has no R², Scholes-Williams no regression."""
    kinds = (M.Garch("MKT"), M.Robust("MKT"), M.ScholesWilliams("MKT"), M.TradeToTrade("MKT"))
    chosen = {f"A{place}": model for place, model in enumerate(kinds)}
    prices = 100 * np.exp(market_and_asset(44)).iloc[300:640]
    table = pd.DataFrame({"MKT": prices["MKT"], **dict.fromkeys(chosen, prices["AAA"])})
    results = es.run_study(made_events([600]), table, model=chosen)
    page = es.write_report(results, tmp_path).parent / "events" / "e0.html"
    text = html.unescape(page.read_text("utf-8"))
    for model in kinds:
        assert model.formula() in text
    assert text.count("returns in per cent") == 1
