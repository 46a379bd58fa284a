"""A session without a price: the return over it is none of one day's, in windows and estimation."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.linear_model import OLS

import eventstudy as es
from eventstudy.design.asset_returns import asset_returns
from eventstudy.prices.quality.calendars import trading_calendar
from eventstudy.prices.quality.holes import holes

SESSIONS = pd.bdate_range("2021-01-04", periods=400, name="session")
DAY0 = 330
NEW_YORK, FRANKFURT = "16:00 America/New_York", "17:30 Europe/Berlin"
WINDOWS = es.Windows(estimation=(-200, -21), event=(-5, 5), car=((0, 0), (0, 1), (2, 3)))
PLAIN = es.Options(exclude_from_estimation=None)


def frame(*names, seed=1, sessions=SESSIONS):
    moves = np.random.default_rng(seed).normal(0, 0.01, (len(sessions), len(names)))
    return pd.DataFrame(100 * np.exp(moves.cumsum(axis=0)), sessions, list(names))


def event(day=DAY0, sessions=SESSIONS, **cells):
    return pd.DataFrame([{"event_id": "e", "date": sessions[day], "title": "said", **cells}])


def study(prices, model=None, options=PLAIN, **cells):
    return es.run_study(event(**cells), prices, model=model, windows=WINDOWS, options=options)


def left(results, asset="A"):
    own = results.left_out[results.left_out["asset"] == asset]
    return {(row.start, row.end): row.reason for row in own.itertuples()}


def gap_of(results, asset="A"):
    (found,) = [f for f in results.quality if (f.asset, f.kind) == (asset, "window-gap")]
    return found


def test_a_hole_in_one_column_leaves_the_return_after_it_out():
    prices = frame("A", "B")
    lost, after = SESSIONS[DAY0 + 1], SESSIONS[DAY0 + 2]
    prices.loc[lost, "A"] = np.nan
    results = study(prices)
    ar = results.ar[results.ar["asset"] == "A"].set_index("tau")["ar"]
    assert 1 not in ar.index
    reason = f"no price on {lost:%Y-%m-%d}: the return of {after:%Y-%m-%d} is over two sessions"
    assert left(results) == {(0, 1): reason}
    car = results.car().query("asset == 'A'").set_index(["start", "end"])["car"]
    assert set(car.index) == {(0, 0), (2, 3)}
    simple = prices["A"].dropna().pct_change().to_numpy()
    mean = simple[DAY0 - 200 : DAY0 - 20].mean()
    assert car[0, 0] == pytest.approx(simple[DAY0] - mean, abs=1e-14)
    assert car[2, 3] == pytest.approx(simple[DAY0 + 2 : DAY0 + 4].sum() - 2 * mean, abs=1e-14)
    assert gap_of(results).dates == (lost.date(),)
    assert "1 day of event windows (no price)" in gap_of(results).text
    assert not [f for f in results.quality if f.asset == "B" and f.kind == "window-gap"]
    assert set(results.car().query("asset == 'B'")["end"]) == {0, 1, 3}


def test_several_holes_in_a_row_are_named():
    prices = frame("A", "B")
    prices.loc[SESSIONS[DAY0 : DAY0 + 2], "A"] = np.nan
    days = [f"{SESSIONS[DAY0 + k]:%Y-%m-%d}" for k in range(3)]
    reason = f"no price on {days[0]}, {days[1]}: the return of {days[2]} is over 3 sessions"
    assert left(study(prices))[0, 0] == reason  # the statement's day has no price: day 0 is later


def test_holes_of_the_estimation_window_are_missing_and_shorten_it():
    prices = frame("A", "B")
    lost = [DAY0 - 150, DAY0 - 60]
    prices.loc[SESSIONS[lost], "A"] = np.nan
    results = study(prices)
    own = results.estimation.set_index("asset").loc["A"]
    assert (own["n"], own["missing"]) == (178, 2)
    series = prices["A"].dropna()
    simple = series.pct_change()
    day0 = series.index.get_loc(SESSIONS[DAY0])
    window = simple.iloc[day0 - 200 : day0 - 20].drop(SESSIONS[[day + 1 for day in lost]])
    assert own["sigma"] == pytest.approx(window.std(ddof=1), rel=1e-12)


def test_the_market_model_leaves_out_both_returns_of_two_sessions():
    prices = frame("A", "M", "C")
    prices.loc[SESSIONS[[DAY0 - 100, DAY0 + 1]], "A"] = np.nan
    results = study(prices, {"A": es.models.MarketModel("M")})
    both = prices[["A", "M"]].dropna().pct_change()
    day0 = both.index.get_loc(SESSIONS[DAY0])
    window = both.iloc[day0 - 200 : day0 - 20].drop(SESSIONS[DAY0 - 99])
    fit = OLS(window["A"], np.column_stack([np.ones(len(window)), window["M"]])).fit()
    np.testing.assert_allclose(results.regression("e", "A").params, fit.params, rtol=1e-10)
    tau = results.ar.set_index("tau")["ar"]
    expected = both["A"].iloc[day0] - fit.params.to_numpy() @ [1, both["M"].iloc[day0]]
    assert tau[0] == pytest.approx(expected, rel=1e-9)
    assert 1 not in tau.index


@pytest.mark.parametrize("model", [es.models.Dimson("M"), es.models.ScholesWilliams("M")])
def test_a_market_return_over_two_sessions_is_no_neighbour(model):
    """Lags and leads of thin-trading models look at the sessions on either side."""
    prices = frame("A", "M")
    prices.loc[SESSIONS[DAY0 - 100], "A"] = np.nan
    results = study(prices, {"A": model})
    missing = results.estimation["missing"].item()
    n = results.estimation["n"].item()
    # of 180: the return over two sessions, its neighbours, and the ends of the window
    assert (missing, n) == (1, 180 - 1 - 2 - 2)


def test_trade_to_trade_keeps_returns_over_several_sessions():
    prices = frame("A", "M")
    prices.loc[SESSIONS[[DAY0 - 100, DAY0 + 1]], "A"] = np.nan
    for model in (es.models.TradeToTrade("M"), es.models.TradeToTrade()):
        results = study(prices, {"A": model})
        assert results.left_out.empty
        assert results.abnormal.scale[0].tolist() == [1.0] * 6 + [2.0] + [1.0] * 4
        assert results.estimation["n"].item() == 180
        assert gap_of(results).dates == tuple(SESSIONS[[DAY0 - 100, DAY0 + 1]].date)


def test_an_exchange_calendar_decides_alone():
    days = trading_calendar("XNYS", SESSIONS[0], SESSIONS[-1]).sessions
    own = pd.DatetimeIndex(days)
    day0 = own.get_loc(pd.Timestamp("2021-11-10"))
    prices = es.Prices(frame("A", sessions=own).drop(own[day0 + 1]), {"A": NEW_YORK})
    results = study(prices, day=day0, sessions=own, time="10:00", timezone="America/New_York")
    reason = "no price on 2021-11-11: the return of 2021-11-12 is over two sessions"
    assert left(results) == {(0, 1): reason}
    kinds = {found.kind for found in results.quality}
    assert kinds == {"missing-session", "window-gap"}
    for given in ({"A": "none"}, {"A": "XLON"}):  # London was open on it too, on other days not
        other = study(
            prices,
            options=es.Options(exclude_from_estimation=None, calendars=given),
            day=day0,
            sessions=own,
            time="10:00",
            timezone="America/New_York",
        )
        assert bool(left(other)) is (given != {"A": "none"})


def test_a_holiday_on_which_only_another_clock_strikes_is_no_hole():
    """Thanksgiving, 25 November 2021: Frankfurt trades, New York does not."""
    own = pd.bdate_range("2021-01-04", "2022-03-31")
    prices = frame("A", "F", sessions=own)
    prices.loc["2021-11-25", "A"] = np.nan
    day0 = own.get_loc(pd.Timestamp("2021-11-24"))
    clocks = {"A": "16:05 America/New_York", "F": FRANKFURT}  # a clock without a calendar
    table = es.Prices(prices, clocks)
    cells = {"time": "10:00", "timezone": "America/New_York"}
    results = study(table, {"A": es.models.MarketModel("F")}, day=day0, sessions=own, **cells)
    assert results.left_out.empty
    same = es.Prices(prices, {**clocks, "F": clocks["A"]})
    results = study(same, {"A": es.models.MarketModel("F")}, day=day0, sessions=own, **cells)
    assert left(results)[0, 1].startswith("no price on 2021-11-25")


def test_no_series_is_a_hole_of_another_that_began_later_or_ended_before():
    prices = frame("A", "B")
    prices.loc[SESSIONS[:50], "A"] = np.nan
    prices.loc[SESSIONS[350:], "A"] = np.nan
    assert not len(holes(es.Prices(prices), "A"))


def test_weekends_of_one_series_are_no_holes_of_the_others():
    daily = pd.date_range("2021-01-04", periods=500)
    prices = frame("A", "COIN", sessions=daily)
    prices.loc[daily.day_of_week > 4, "A"] = np.nan
    assert not len(holes(es.Prices(prices), "A"))
    prices.loc["2021-06-09", "A"] = np.nan  # a Wednesday
    assert holes(es.Prices(prices), "A").astype(str).tolist() == ["2021-06-09"]


def test_a_working_saturday_counts_for_half_a_year():
    """What traded on 20 February 2021 may trade on a Saturday soon after, not in 2022."""
    days = [*SESSIONS, *pd.to_datetime(["2021-02-20", "2021-06-12", "2022-06-11"])]
    prices = frame("A", "B", sessions=pd.DatetimeIndex(days).sort_values())
    prices.loc[["2021-06-12", "2022-06-11"], "A"] = np.nan
    assert holes(es.Prices(prices), "A").astype(str).tolist() == ["2021-06-12"]


def test_a_stray_row_of_one_series_among_many_is_no_session():
    prices = frame(*(f"S{n}" for n in range(12)))
    holiday = SESSIONS[100]
    prices.loc[holiday, prices.columns[1:]] = np.nan
    table = es.Prices(prices)
    assert not len(holes(table, "S5"))
    # what a series is compared with is a witness by itself
    assert holes(table, "S5", compared=("S0",)).tolist() == [holiday.date()]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_holes_by_counting(seed):
    """Against a count date by date, written apart from the code."""
    rng = np.random.default_rng(seed)
    prices = frame(*"ABCDE", seed=seed)
    for name in prices:
        prices.loc[SESSIONS[rng.random(400) < 0.2], name] = np.nan
        prices.loc[SESSIONS[: rng.integers(0, 40)], name] = np.nan
    priced = {name: prices[name].dropna().index for name in prices}
    for name, own in priced.items():
        others = [days for other, days in priced.items() if other != name]
        expected = []
        for day in SESSIONS[~SESSIONS.isin(own)]:
            if not own[0] < day < own[-1]:
                continue
            if (own[own > day][0] - own[own < day][-1]).days > 5:
                continue
            alive = [days for days in others if days[0] <= day <= days[-1]]
            if sum(day in days for days in others) >= max(0.25 * len(alive), 1):
                expected.append(day.date())
        assert holes(es.Prices(prices), name).tolist() == expected


def test_returns_as_they_are_obey_the_same_rules():
    """A return over a closure is none of one day's, and none after a day without one is."""
    own = SESSIONS.delete(range(DAY0 + 2, DAY0 + 10))  # a closure of 13 days
    returns = frame("A", "B", sessions=own).pct_change().iloc[1:]
    results = es.run_study(event(), es.Returns(returns), windows=WINDOWS, options=PLAIN)
    days = [f"{day:%Y-%m-%d}" for day in own[[DAY0 + 1, DAY0 + 2]]]
    reason = f"closure: the return of {days[1]} is over {days[0]} to {days[1]}"
    assert left(results) == {(2, 3): reason}
    assert "after a closure" in gap_of(results).text
    returns = frame("A", "B").pct_change().iloc[1:]
    returns.loc[SESSIONS[DAY0 + 1], "A"] = np.nan
    results = es.run_study(event(), es.Returns(returns), windows=WINDOWS, options=PLAIN)
    days = [f"{day:%Y-%m-%d}" for day in SESSIONS[[DAY0 + 1, DAY0 + 2]]]
    reason = f"no return on {days[0]}: the return of {days[1]} is over two sessions"
    assert left(results) == {(0, 1): reason}


def test_a_factor_is_over_the_same_sessions_as_the_asset():
    """From prices by construction; given as returns, none after a day on which it has none."""
    prices = frame("A", "M")
    prices.loc[SESSIONS[DAY0], "M"] = np.nan
    model = es.models.MarketModel("M")
    data = asset_returns(es.Prices(prices), "A", model, PLAIN)
    assert np.flatnonzero(np.isnan(data.factors[1:, 0])).tolist() == [DAY0 - 1, DAY0]
    returns = frame("A", "M").pct_change().iloc[1:]
    returns.loc[SESSIONS[DAY0], "M"] = np.nan
    data = asset_returns(es.Returns(returns), "A", model, PLAIN)
    assert np.flatnonzero(np.isnan(data.factors[:, 0])).tolist() == [DAY0 - 1, DAY0]
    results = es.run_study(event(), es.Returns(returns), model={"A": model}, windows=WINDOWS)
    assert left(results)[0, 1] == f"no factor return on {SESSIONS[DAY0 + 1]:%Y-%m-%d}"


def test_a_portfolio_s_factor_has_no_return_over_two_sessions():
    prices = frame("A", "B", "M")
    prices.loc[SESSIONS[DAY0], "M"] = np.nan
    results = study(prices, {"A": es.models.ConstantMean(), "B": es.models.ConstantMean()})
    held = es.calendar_time_portfolio(results, window=(-5, 5), factors=["M"], min_assets=1)
    days = set(held.frame.index)
    assert SESSIONS[DAY0 + 2] in days
    assert not {SESSIONS[DAY0], SESSIONS[DAY0 + 1]} & days


def test_what_a_study_file_cuts_off_is_still_a_witness(tmp_path):
    """B is needed no longer than its own event; its later prices show a hole of A."""
    prices = frame("A", "B")
    prices.loc[SESSIONS[DAY0 + 1], "A"] = np.nan
    for name in prices:
        prices[name].dropna().rename("close").to_csv(tmp_path / f"{name}.csv", index_label="date")
    (tmp_path / "events.csv").write_text(
        "event_id,date,title,assets\n"
        f"old,{SESSIONS[250]:%Y-%m-%d},Old,B\nnew,{SESSIONS[DAY0]:%Y-%m-%d},New,A\n",
        "utf-8",
    )
    (tmp_path / "study.toml").write_text(
        "[windows]\nestimation = [-200, -21]\nevent = [-5, 5]\ncar = [[0, 0], [0, 1]]\n"
        '[assets.A]\nsource = "csv"\nsymbol = "A.csv"\n'
        '[assets.B]\nsource = "csv"\nsymbol = "B.csv"\n',
        "utf-8",
    )
    own = es.Study.read(tmp_path / "study.toml")
    assert own.used.series("B").index[-1] == SESSIONS[255]
    reason = left(own.run())[0, 1]
    assert reason.startswith(f"no price on {SESSIONS[DAY0 + 1]:%Y-%m-%d}: the return of")
