"""Calendar-time portfolios: statsmodels written out, size under clustering, refusals."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.linear_model import OLS, WLS

import eventstudy as es

SESSIONS = pd.bdate_range("2018-01-01", periods=900, name="session")
LOG = es.Options(returns="log", exclude_from_estimation=None)


def made(seed, assets=12, dates=30, *, effect=0.0, common=0.0):
    """Assets with beta one, each with an event on some of the dates, and a shared shock."""
    rng = np.random.default_rng(seed)
    market = rng.normal(0, 0.01, (900, 1))
    returns = market + common * rng.normal(0, 0.01, (900, 1)) + rng.normal(0, 0.01, (900, assets))
    days = np.sort(rng.choice(np.arange(300, 880), dates, replace=False))
    rows = []
    for place, day in enumerate(days):
        members = rng.choice(assets, 1 + place % assets, replace=False)
        returns[day : day + 2, members] += effect
        names = ";".join(f"S{member}" for member in members)
        rows.append((f"e{place}", SESSIONS[day], "an event", names))
    columns = ["MKT", *(f"S{place}" for place in range(assets))]
    logs = pd.DataFrame(np.hstack([market, returns]), index=SESSIONS, columns=columns)
    events = pd.DataFrame(rows, columns=["event_id", "date", "title", "assets"])
    prices = 100 * np.exp(logs.cumsum())
    return events, prices, logs


def study(events, prices, model=None, **options):
    options = replace(LOG, **options)
    model = model or es.models.MarketModel("MKT")
    return es.run_study(events, prices, model=model, options=options)


def portfolio(events, logs, window=(0, 1)):
    """Mean return of the assets held on each day, and their number; by hand."""
    held = {}
    for event in events.itertuples():
        day0 = SESSIONS.get_loc(event.date)
        for day in range(day0 + window[0], day0 + window[1] + 1):
            held.setdefault(day, set()).update(event.assets.split(";"))
    days = sorted(held)
    mean = [logs.iloc[day][sorted(held[day])].mean() for day in days]
    return days, np.array(mean), np.array([len(held[day]) for day in days])


@pytest.mark.parametrize("weights", ["ols", "wls", "newey-west"])
def test_it_is_the_regression_of_the_portfolio_over_calendar_days(weights):
    events, prices, logs = made(1, effect=0.004)
    found = es.calendar_time_portfolio(study(events, prices), ("MKT",), weights=weights)
    days, mean, count = portfolio(events, logs)
    x = np.column_stack([np.ones(len(days)), logs["MKT"].to_numpy()[days]])
    if weights == "wls":
        fit = WLS(mean, x, weights=count).fit()
    elif weights == "ols":
        fit = OLS(mean, x).fit()
    else:
        lags = int(4 * (len(days) / 100) ** (2 / 9))
        kinds = {"maxlags": lags, "use_correction": True}
        fit = OLS(mean, x).fit(cov_type="HAC", cov_kwds=kinds, use_t=True)
    ours = [found.alpha, found.se, found.t, found.p, found.df]
    theirs = [fit.params[0], fit.bse[0], fit.tvalues[0], fit.pvalues[0], fit.df_resid]
    np.testing.assert_allclose(ours, theirs, rtol=1e-8)
    assert found.days == len(days) == len(found.frame)
    assert found.dropped == 0
    np.testing.assert_array_equal(found.frame["assets"], count)
    assert list(found.frame.index) == list(SESSIONS[days])
    assert f"{found.days} days" in repr(found)


def test_newey_west_is_its_formula():
    events, prices, logs = made(2)
    found = es.calendar_time_portfolio(
        study(events, prices), ("MKT",), weights="newey-west", lags=3
    )
    days, mean, _ = portfolio(events, logs)
    x = np.column_stack([np.ones(len(days)), logs["MKT"].to_numpy()[days]])
    scores = x * (mean - x @ np.linalg.lstsq(x, mean, rcond=None)[0])[:, None]
    middle = scores.T @ scores
    for lag in range(1, 4):
        part = scores[lag:].T @ scores[:-lag]
        middle += (1 - lag / 4) * (part + part.T)
    bread = np.linalg.inv(x.T @ x)
    n, k = x.shape
    v = bread @ middle @ bread * n / (n - k)
    np.testing.assert_allclose(found.se, np.sqrt(v[0, 0]), rtol=1e-8)


@pytest.mark.slow
def test_days_are_draws_however_many_events_share_them():
    """The error is not the spread of average abnormal returns over days of event time."""
    rejected = trap = 0
    for seed in range(150):
        events, prices, _ = made(seed, assets=8, dates=12, common=1.5)
        results = study(events, prices, engine="moments")
        rejected += es.calendar_time_portfolio(results, ("MKT",), (-2, 2)).p < 0.05
        aar = results.abnormal.over((-2, 2)).mean(axis=0)  # of all assets, without their bands
        trap += abs(aar.mean() / (aar.std(ddof=1) / np.sqrt(5))) > 1.96
    assert rejected / 150 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)
    assert trap / 150 > 0.105


def test_an_effect_is_found_at_its_size():
    events, prices, _ = made(7, assets=40, dates=80, effect=0.01)
    found = es.calendar_time_portfolio(study(events, prices), ("MKT",), weights="wls")
    assert abs(found.alpha - 0.01) < 3 * found.se
    assert found.p < 1e-6
    longer = es.calendar_time_portfolio(study(events, prices), ("MKT",), (0, 9))
    assert 0 < longer.alpha < found.alpha


def test_an_asset_is_held_once_a_day():
    events, prices, _ = made(8, assets=6, dates=2)
    events["date"] = SESSIONS[[400, 401]]
    events["assets"] = "S0;S1;S2"
    found = es.calendar_time_portfolio(study(events, prices), (), (0, 4))
    assert (found.frame["assets"] == 3).all()
    assert found.days == 6


def test_days_that_cannot_be_used_are_counted():
    events, prices, logs = made(9)
    days, _, count = portfolio(events, logs)
    results = study(events, prices)
    few = es.calendar_time_portfolio(results, ("MKT",), min_assets=4)
    assert few.dropped == (count < 4).sum() > 0
    assert few.days == (count >= 4).sum()
    prices["OTHER"] = prices["MKT"] * np.linspace(1, 2, len(prices))
    prices.loc[SESSIONS[days[0]], "OTHER"] = np.nan
    other = es.calendar_time_portfolio(
        es.run_study(events, prices, model=results.models, options=LOG), ("OTHER",)
    )
    # nor has the factor a return of one session on the day after it
    assert other.dropped == 1 + (days[1] == days[0] + 1) == 2
    assert not {SESSIONS[days[0]], SESSIONS[days[0] + 1]} & {*other.frame.index}


def test_left_out_episodes_are_not_held():
    """S1 begins so late that none of its estimation windows is long enough."""
    events, prices, logs = made(10)
    events.loc[events.index[-1], ["date", "assets"]] = [SESSIONS[860], "S1;S2"]
    prices.loc[: SESSIONS[790], "S1"] = np.nan
    results = study(events, prices)
    assert "only" in results.left_out.set_index(["event_id", "asset"]).loc[("e29", "S1"), "reason"]
    found = es.calendar_time_portfolio(results, ("MKT",))
    names = events["assets"].str.split(";")
    events["assets"] = [";".join(n for n in own if n != "S1") for own in names]
    days, _, count = portfolio(events[events["assets"] != ""], logs)
    np.testing.assert_array_equal(found.frame["assets"], count)
    assert list(found.frame.index) == list(SESSIONS[days])


def test_returns_as_they_are_serve_too():
    events, prices, logs = made(11)
    model = es.models.MarketModel("MKT")
    one = es.run_study(events, es.Returns(logs), model=model, options=LOG)
    found = es.calendar_time_portfolio(one, ("MKT",))
    other = es.calendar_time_portfolio(study(events, prices), ("MKT",))
    np.testing.assert_allclose([found.alpha, found.se], [other.alpha, other.se], rtol=1e-8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"factors": ("MTK",)}, "Did you mean 'MKT'"),
        ({"window": (1, 0)}, "ends before it starts"),
        ({"weights": "equal"}, "weights is 'equal'"),
        ({"lags": 2}, "belongs to 'newey-west'"),
        ({"weights": "newey-west", "lags": -1}, "0 or more"),
        ({"min_assets": 0}, "at least 1"),
        ({"min_assets": 99}, "0 days cannot carry"),
        ({"factors": ("MKT", "MKT")}, "must vary"),
    ],
)
def test_refusals_say_what_is_wrong(arguments, message):
    events, prices, _ = made(12)
    with pytest.raises(es.EventStudyError, match=message):
        es.calendar_time_portfolio(study(events, prices), **arguments)
