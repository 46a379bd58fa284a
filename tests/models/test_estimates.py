"""α, β and their standard errors of every model, and residuals, against independent figures."""

import numpy as np
import pandas as pd
import pytest
from golden_data import GROUPS, base_r, events_of, stocks
from model_samples import made_events, market_and_asset
from statsmodels.regression.linear_model import OLS
from synthetic import agree

import eventstudy as es

M = es.models
PRICES = 100 * np.exp(market_and_asset(41))


def table(results, asset="AAA"):
    """The only row of an asset."""
    frame = results.estimation
    return frame[frame["asset"] == asset].iloc[0]


def run(model, days=(600,), prices=PRICES, **kwargs):
    return es.run_study(made_events(list(days)), prices, model=model, **kwargs)


def base_r_study(group, model, windows=(-260, -11)):
    prices = stocks()
    return es.run_study(
        events_of(group),
        prices,
        model=dict.fromkeys(prices.columns[:20], model),
        windows=es.Windows(estimation=windows, event=(-9, 9), car=[(0, 0)]),
        tests=[],
        options=es.Options(exclude_from_estimation=None, max_shift=10),
    ).estimation.set_index("asset")


@pytest.mark.parametrize("group", GROUPS[:3])
@pytest.mark.parametrize("name", ["market", "mean"])
def test_firm_parameters_are_those_of_base_r(group, name):
    ours = base_r_study(group, M.MarketModel("SP500") if name == "market" else M.ConstantMean())
    theirs = base_r("firm_params")
    theirs = theirs[(theirs["model"] == name) & (theirs["event_id"] == group)].set_index("firm")
    assert len(theirs) == len(ours) == 20
    theirs = theirs.loc[ours.index]
    pairs = {"alpha": "alpha", "alpha_se": "se_alpha"}
    if name == "market":
        pairs |= {"beta_SP500": "beta", "beta_SP500_se": "se_beta"}
    for own, other in pairs.items():
        agree("market-model" if name == "market" else "constant-mean", ours[own], theirs[other])
    assert list(ours.filter(like="beta_")) == list(pairs)[2:]


@pytest.mark.parametrize("group", GROUPS[:3])
def test_thin_trading_betas_are_those_of_base_r(group):
    """One session more at each end: base R takes neighbours from outside the window."""
    theirs = base_r("thin_trading")
    theirs = theirs[theirs["event_id"] == group].set_index("firm")
    wide = base_r_study(group, M.ScholesWilliams("SP500"), (-261, -10))
    theirs = theirs.loc[wide.index]
    agree("scholes-williams", wide["beta_SP500"], theirs["scholes_williams_beta"])
    assert wide[["alpha_se", "beta_SP500_se"]].isna().all().all()
    wide = base_r_study(group, M.Dimson("SP500"), (-261, -10))
    agree("dimson", wide["beta_SP500"], theirs["dimson_beta"])
    agree("dimson", wide["alpha"], theirs["dimson_alpha"])


@pytest.mark.parametrize(
    "model",
    [M.ConstantMean(), M.MarketModel("MKT"), M.MultiFactor("MKT", "OIL"), M.TradeToTrade("MKT")],
    ids=lambda model: model.name,
)
def test_least_squares_coefficients_are_those_of_the_regression(model):
    prices = PRICES.assign(OIL=100 * np.exp(market_and_asset(9)["AAA"]))
    results = run({"AAA": model}, prices=prices)
    fit, row = results.regression("e0", "AAA"), table(results)
    for name, term in (("alpha", "const"), *((f"beta_{own}", own) for own in model.factors)):
        np.testing.assert_allclose(row[name], fit.params[term], rtol=1e-9)
        np.testing.assert_allclose(row[f"{name}_se"], fit.bse[term], rtol=1e-9)


def test_trade_to_trade_coefficients_are_weighted_least_squares():
    """Every second price is missing: α a session, by OLS on rows over √d written out here."""
    prices = PRICES.copy()
    prices.loc[prices.index[1::3], "AAA"] = np.nan
    options = es.Options(returns="log", exclude_from_estimation=None)
    results = run({"AAA": M.TradeToTrade("MKT")}, prices=prices, options=options)
    logs = np.log(prices.dropna())
    steps = logs.diff()
    d = np.diff(prices.index.get_indexer(logs.index), prepend=np.nan)
    day0 = logs.index.get_indexer([results.alignment["day0"].iloc[0]])[0]
    rows = slice(day0 - 270, day0 - 20)
    root = np.sqrt(d[rows])
    x = np.column_stack([root, steps["MKT"].to_numpy()[rows] / root])
    fit = OLS(steps["AAA"].to_numpy()[rows] / root, x).fit()
    row = table(results)
    names = ["alpha", "beta_MKT"]
    np.testing.assert_allclose(row[names].to_numpy(float), fit.params, rtol=1e-8)
    np.testing.assert_allclose(row[[f"{n}_se" for n in names]].to_numpy(float), fit.bse, rtol=1e-8)


@pytest.mark.parametrize(("lags", "leads"), [(1, 1), (2, 0), (0, 0), (3, 2)])
def test_dimson_s_beta_has_the_error_of_a_sum_of_slopes(lags, leads):
    results = run({"AAA": M.Dimson("MKT", lags=lags, leads=leads)})
    fit, row = results.regression("e0", "AAA"), table(results)
    ones = np.array([0.0, *np.ones(lags + leads + 1)])
    found = fit.t_test(ones)
    np.testing.assert_allclose(row["beta_MKT"], float(found.effect[0]), rtol=1e-9)
    np.testing.assert_allclose(row["beta_MKT_se"], float(found.sd[0, 0]), rtol=1e-9)
    np.testing.assert_allclose(row["alpha"], fit.params["const"], rtol=1e-9)
    np.testing.assert_allclose(row["alpha_se"], fit.bse["const"], rtol=1e-9)


def test_market_adjusted_returns_have_set_coefficients_without_errors():
    row = table(run({"AAA": M.MarketAdjusted("MKT")}))
    assert (row["alpha"], row["beta_MKT"]) == (0.0, 1.0)
    assert np.isnan(row["alpha_se"])
    assert np.isnan(row["beta_MKT_se"])


@pytest.mark.parametrize("method", ["huber", "lad"])
def test_robust_coefficients_are_statsmodels(method):
    results = run({"AAA": M.Robust("MKT", method=method)})
    fit, row = results.regression("e0", "AAA"), table(results)
    rtol = 1e-6 if method == "huber" else 5e-3  # QuantReg iterates
    for name, term in (("alpha", "const"), ("beta_MKT", "MKT")):
        slack = 2e-5 if name == "alpha" else 2e-3
        np.testing.assert_allclose(row[name], fit.params[term], rtol=1e-3, atol=slack)
        np.testing.assert_allclose(row[f"{name}_se"], fit.bse[term], rtol=rtol)


def test_errors_of_a_median_regression_are_the_published_formula():
    """√diag((X'X)^-1)/(2 f(0)) around the exact estimates, every step written out."""
    from statsmodels.regression.quantile_regression import hall_sheather, kernels

    results = run({"AAA": M.Robust("MKT", method="lad")})
    row, part = table(results), results.abnormal
    dates = part.estimation_dates[0]
    steps = PRICES.pct_change().loc[dates]
    x = np.column_stack([np.ones(250), steps["MKT"]])
    e = steps["AAA"].to_numpy() - x @ [row["alpha"], row["beta_MKT"]]
    from scipy.stats import norm

    h = hall_sheather(250, 0.5)
    spread = min(steps["AAA"].std(ddof=0), np.subtract(*np.percentile(e, [75, 25])) / 1.34)
    width = spread * (norm.ppf(0.5 + h) - norm.ppf(0.5 - h))
    density = kernels["epa"](e / width).sum() / (250 * width)
    expected = np.sqrt(np.diag(np.linalg.inv(x.T @ x))) / (2 * density)
    ours = row[["alpha_se", "beta_MKT_se"]].to_numpy(float)
    np.testing.assert_allclose(ours, expected, rtol=1e-9)


def test_theil_sen_has_coefficients_without_errors():
    from scipy.stats import theilslopes

    results = run({"AAA": M.Robust("MKT", method="theil-sen")})
    row, dates = table(results), results.abnormal.estimation_dates[0]
    steps = PRICES.pct_change().loc[dates]
    slope, intercept, *_ = theilslopes(steps["AAA"], steps["MKT"])
    np.testing.assert_allclose([row["alpha"], row["beta_MKT"]], [intercept, slope], rtol=1e-9)
    assert row[["alpha_se", "beta_MKT_se"]].isna().all()


def test_garch_coefficients_are_arch_s():
    """Variance that clusters, so that the likelihood has one peak, whatever the unit."""
    rng = np.random.default_rng(12)
    steps, error, h = PRICES.pct_change().iloc[1:], np.zeros(len(PRICES) - 1), 1e-4
    for day in range(len(error)):
        h = 1e-5 + 0.15 * (error[day - 1] ** 2 if day else 1e-4) + 0.75 * h
        error[day] = np.sqrt(h) * rng.standard_normal()
    steps["AAA"] = 0.0004 + 1.1 * steps["MKT"] + error
    results = run({"AAA": M.Garch("MKT")}, prices=es.Returns(steps))
    fit, row = results.regression("e0", "AAA"), table(results)
    alpha, beta = fit.std_err.iloc[0] / 100, fit.std_err.iloc[1]
    np.testing.assert_allclose(row["alpha"], fit.params.iloc[0] / 100, rtol=0, atol=alpha / 200)
    np.testing.assert_allclose(row["beta_MKT"], fit.params.iloc[1], rtol=0, atol=beta / 200)
    np.testing.assert_allclose(row["alpha_se"], alpha, rtol=1e-3)
    np.testing.assert_allclose(row["beta_MKT_se"], beta, rtol=1e-3)


def test_standard_errors_do_not_depend_on_the_unit():
    """Slopes are of returns on returns: a levered pair has the same, α ten times as much."""
    for model in (M.Garch("MKT"), M.Robust("MKT"), M.Robust("MKT", method="lad")):
        steps = PRICES.pct_change()
        one, ten = (es.Returns((k * steps).iloc[1:]) for k in (1, 10))
        small, large = (table(run({"AAA": model}, prices=own)) for own in (one, ten))
        np.testing.assert_allclose(large["beta_MKT_se"], small["beta_MKT_se"], rtol=1e-2)
        np.testing.assert_allclose(large["alpha_se"], 10 * small["alpha_se"], rtol=1e-2)


def test_the_error_of_alpha_is_its_spread_over_samples():
    """300 windows: the spread of the estimates is what their standard errors say."""
    rng = np.random.default_rng(4)
    market = rng.normal(0, 0.01, (300, 140, 1))
    asset = 0.0005 + 1.2 * market[..., 0] + rng.normal(0, 0.01, (300, 140))
    sample = M.WindowSample(asset[:, :120], market[:, :120], market[:, 120:], gap=asset[:, 120:130])
    from eventstudy.models.solvers import moments_solver

    for model in (
        M.MarketModel("MKT"),
        M.Dimson("MKT"),
        M.Robust("MKT"),
        M.Robust("MKT", method="lad"),
    ):
        fits = model.fit(sample, moments_solver)
        spread = fits.coefficients.std(axis=0, ddof=1)
        told = np.sqrt((fits.coefficient_se**2).mean(axis=0))
        np.testing.assert_allclose(told, spread, rtol=0.15)  # 300 windows: ± 4 % one s.e.
        np.testing.assert_allclose(
            fits.coefficients.mean(axis=0), [0.0005, 1.2], atol=3 * spread[1] / 17
        )


def test_each_factor_has_its_columns_and_each_asset_its_own():
    prices = PRICES.assign(OIL=100 * np.exp(market_and_asset(9)["AAA"]), BBB=PRICES["AAA"] ** 2)
    model = {"AAA": M.MultiFactor("OIL", "MKT"), "BBB": M.MarketModel("MKT")}
    results = run(model, days=(500, 600), prices=prices)
    frame = results.estimation
    assert list(frame.columns)[-6:] == [
        "alpha", "alpha_se", "beta_OIL", "beta_OIL_se", "beta_MKT", "beta_MKT_se",
    ]  # fmt: skip
    for row in frame.to_dict("records"):
        fit = results.regression(row["event_id"], row["asset"])
        np.testing.assert_allclose(row["beta_MKT"], fit.params["MKT"], rtol=1e-9)
        assert np.isnan(row["beta_OIL"]) == (row["asset"] == "BBB")
        assert np.isnan(row["beta_OIL_se"]) == (row["asset"] == "BBB")


# --- residuals --------------------------------------------------------------------------


def test_residuals_are_those_of_the_regressions():
    results = run(M.MarketModel("MKT"), days=(500, 510, 600))
    frame = results.residuals
    assert list(frame.columns) == ["event_id", "asset", "session", "residual"]
    counts = frame.groupby("event_id").size()
    assert counts.tolist() == results.estimation["n"].tolist()
    assert counts["e1"] == 250  # [0, +1] of e0 lie in the gap of e1, not in its window
    assert counts["e2"] == 246
    for name, own in frame.groupby("event_id"):
        fit = results.regression(name, "AAA")
        np.testing.assert_allclose(own["residual"], fit.resid, atol=1e-14)
        assert (own["session"].to_numpy() == fit.resid.index.to_numpy()).all()


def test_residuals_of_what_was_left_out_are_none():
    prices = PRICES.copy()
    prices.loc[prices.index[:450], "AAA"] = np.nan
    results = run(M.MarketModel("MKT"), days=(500, 690), prices=prices)
    assert set(results.residuals["event_id"]) == {"e1"}
    assert pd.api.types.is_datetime64_any_dtype(results.residuals["session"])
    assert run(M.MarketModel("MKT"), days=(500,), prices=prices).residuals.empty
