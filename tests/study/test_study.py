"""Episodes, windows, missing data and averages, on prices whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from statsmodels.regression.linear_model import OLS

import eventstudy as es

SESSIONS = pd.bdate_range("2020-01-01", periods=700, name="session")


def made_prices(names=("AAA", "BBB"), seed=1, sessions=SESSIONS) -> pd.DataFrame:
    """Prices of a market and of assets with beta one, from seeded normal returns."""
    rng = np.random.default_rng(seed)
    market = rng.normal(0, 0.01, len(sessions))
    returns = {name: market + rng.normal(0, 0.01, len(sessions)) for name in names}
    frame = pd.DataFrame({"MKT": market, **returns}, index=sessions)
    return 100 * (1 + frame).cumprod()


def made_events(days, **columns) -> pd.DataFrame:
    """One event for each day (a position among SESSIONS or a date)."""
    dates = [SESSIONS[day] if isinstance(day, int) else pd.Timestamp(day) for day in days]
    frame = pd.DataFrame(
        {
            "event_id": [f"e{place}" for place in range(len(days))],
            "date": dates,
            "title": [f"event {place}" for place in range(len(days))],
        }
    )
    return frame.assign(**columns)


def run(events, prices=None, model=None, **kwargs):
    prices = made_prices() if prices is None else prices
    return es.run_study(events, prices, model=model or es.models.MarketModel("MKT"), **kwargs)


# --- episodes ---------------------------------------------------------------------------


def test_thirteen_statements_on_one_day_count_once():
    many = run(made_events([400] * 13 + [500]), options=es.Options(average="by-asset"))
    once = run(made_events([400, 500]), options=es.Options(average="by-asset"))
    pd.testing.assert_frame_equal(many.mean_car(), once.mean_car())
    pd.testing.assert_frame_equal(many.caar(), once.caar())
    pd.testing.assert_frame_equal(many.tests(), once.tests())
    assert (many.mean_car()["n"] == 2).all()
    assert len(many.car()) == 14 * 2 * 2


def test_an_episode_names_the_events_that_share_it():
    results = run(made_events([400, 400, 500]))
    shared = results.alignment.set_index(["event_id", "asset"])["shares_session_with"]
    assert shared["e0", "AAA"] == ("e1",)
    assert shared["e2", "AAA"] == ()


def test_uncertain_day0_stays_out_of_the_one_day_average():
    prices = es.Prices(made_prices(["AAA"]), clocks={"AAA": "18:00 UTC", "MKT": "18:00 UTC"})
    events = made_events([400, 450, 500], time=["12:00", "", ""], timezone="UTC")
    results = run(events, prices)
    means = results.mean_car().set_index(["start", "end"])
    assert means.loc[(0, 0), "n"] == 1
    assert means.loc[(0, 1), "n"] == 3
    assert means.loc[(0, 0), "left_out"] == 2
    assert (results.caar()["n"] == 1).all()
    assert (results.caar()["left_out_uncertain"] == 2).all()
    one_day = results.car().query("start == 0 and end == 0").set_index("event_id")
    assert one_day["covers_day0"].to_dict() == {"e0": True, "e1": False, "e2": False}


def test_one_certain_member_makes_an_episode_certain():
    prices = es.Prices(made_prices(["AAA"]), clocks={"AAA": "18:00 UTC"})
    events = made_events([400, 400], time=["", "12:00"], timezone="UTC")
    means = run(events, prices).mean_car().set_index(["start", "end"])
    assert means.loc[(0, 0), "n"] == 1


# --- normal returns ---------------------------------------------------------------------


def test_planted_effect_is_recovered_with_the_exact_standard_error():
    prices = made_prices(["AAA"])
    shifted = prices.copy()
    shifted.loc[SESSIONS[400] :, "AAA"] *= 1.05
    base, moved = run(made_events([400]), prices), run(made_events([400]), shifted)
    one = [r.car().query("start == 0 and end == 0").iloc[0] for r in (base, moved)]
    ret = prices["AAA"].pct_change()[SESSIONS[400]]
    assert one[1]["car"] - one[0]["car"] == pytest.approx((1 + ret) * 0.05, rel=1e-9)
    assert one[1]["se"] == pytest.approx(one[0]["se"], rel=1e-12)


def test_prediction_error_is_that_of_statsmodels():
    """AR, its covariance and degrees of freedom against `get_prediction` and event dummies."""
    results = run(made_events([400]), made_prices(["AAA"]))
    returns = made_prices(["AAA"]).pct_change()
    inside = slice(400 - 270, 400 - 20)
    x = np.column_stack([np.ones(len(returns)), returns["MKT"]])
    fit = OLS(returns["AAA"].to_numpy()[inside], x[inside]).fit()
    event = slice(395, 406)
    predicted = fit.get_prediction(x[event])
    ar = results.ar
    np.testing.assert_allclose(
        ar["ar"], returns["AAA"].to_numpy()[event] - predicted.predicted_mean, rtol=1e-10
    )
    np.testing.assert_allclose(ar["se"], predicted.se_obs, rtol=1e-10)
    rows = np.r_[inside, event]
    dummies = np.vstack([np.zeros((250, 11)), np.eye(11)])
    joint = OLS(returns["AAA"].to_numpy()[rows], np.hstack([x[rows], dummies])).fit()
    np.testing.assert_allclose(ar["ar"], joint.params[2:], rtol=1e-9)
    np.testing.assert_allclose(
        results.covariance("e0", "AAA"), joint.cov_params()[2:, 2:], rtol=1e-9
    )
    car = results.car().query("end == 1").iloc[0]
    assert car["df"] == joint.df_resid == 248
    variance = results.covariance("e0", "AAA").loc[0:1, 0:1].to_numpy().sum()
    assert car["se"] == pytest.approx(np.sqrt(variance), rel=1e-12)


def test_regression_is_the_statsmodels_result_of_the_same_days():
    results = run(made_events([400, 300]), made_prices(["AAA"]))
    fit = results.regression("e0", "AAA")
    assert list(fit.params.index) == ["const", "MKT"]
    row = results.estimation.set_index("event_id").loc["e0"]
    assert fit.nobs == row["n"] == 248  # the days [0, +1] of the other episode are out
    assert np.sqrt(fit.scale) == pytest.approx(row["sigma"], rel=1e-12)


def test_other_episodes_leave_the_estimation_window_counted():
    days = [400, 300, 310, 310]
    counts = run(made_events(days), made_prices(["AAA"])).estimation.set_index("event_id")
    assert counts.loc["e0", ["n", "missing", "excluded"]].tolist() == [246, 0, 4]
    kept = run(
        made_events(days),
        made_prices(["AAA"]),
        options=es.Options(exclude_from_estimation=None),
    ).estimation.set_index("event_id")
    assert kept.loc["e0", "n"] == 250


@pytest.mark.parametrize(
    ("model", "df"),
    [
        (es.models.ConstantMean(), 249),
        (es.models.MarketAdjusted("MKT"), 249),
        (es.models.MarketModel("MKT"), 248),
        (es.models.MultiFactor("MKT", "BBB"), 247),
    ],
)
def test_degrees_of_freedom_of_each_model(model, df):
    results = run(made_events([400]), model={"AAA": model})
    assert (results.car()["df"] == df).all()


def test_market_adjusted_has_no_regression():
    results = run(made_events([400]), model={"AAA": es.models.MarketAdjusted("MKT")})
    with pytest.raises(es.EventStudyError, match="no estimated parameters"):
        results.regression("e0", "AAA")


# --- missing data -----------------------------------------------------------------------


def test_late_listing_shortens_the_estimation_window_visibly():
    prices = made_prices(["AAA"])
    prices.loc[SESSIONS[:250], "AAA"] = np.nan
    row = run(made_events([400]), prices).estimation.iloc[0]
    assert row["n"] == 129  # sessions 251 ... 379: the first price has no return
    assert row["missing"] == 121


def test_too_few_estimation_returns_leave_the_observation_out_with_the_reason():
    prices = made_prices(["AAA"])
    prices.loc[SESSIONS[:290], "AAA"] = np.nan
    left = run(made_events([400]), prices).left_out.iloc[0]
    assert left["reason"].startswith("only 89 of 250 estimation returns (at least 120 are needed)")
    allowed = run(made_events([400]), prices, options=es.Options(min_estimation=80))
    assert allowed.left_out.empty
    for wrong in (1, 80.0, True):
        with pytest.raises(es.EventStudyError, match=r"a variance needs two|write a whole number"):
            es.Options(min_estimation=wrong)


def test_missing_factor_returns_are_missing_not_filled():
    prices = made_prices(["AAA"])
    prices.loc[SESSIONS[300], "MKT"] = np.nan
    row = run(made_events([400]), prices).estimation.iloc[0]
    assert (row["n"], row["missing"]) == (248, 2)  # the return into the hole, and out of it


def test_return_across_a_closure_is_never_used_as_daily():
    gap = SESSIONS[:300].append(SESSIONS[330:])
    prices = made_prices(["AAA"]).loc[gap]
    prices.loc[gap[300] :, "AAA"] *= 0.5
    results = run(made_events([gap[299], gap[301], gap[420]]), prices)
    windows = results.left_out.set_index("event_id")
    assert windows.loc["e0", "reason"].startswith("closure: the return of")
    car = results.car()
    assert set(car[car["event_id"] == "e0"]["end"]) == {0}
    assert set(car[car["event_id"] == "e1"]["end"]) == {0, 1}
    assert results.ar["ar"].abs().max() < 0.1
    assert results.estimation.set_index("event_id").loc["e2", "missing"] == 1


def test_statement_within_a_closure_is_left_out():
    gap = SESSIONS[:400].append(SESSIONS[430:])
    prices = made_prices(["AAA"]).loc[gap]
    left = run(made_events([SESSIONS[410]]), prices).left_out.iloc[0]
    assert left["reason"].startswith("closure: the first price after the statement")
    assert not left["pending"]


def test_completeness_is_judged_for_each_window():
    results = run(made_events([699]), made_prices(["AAA"]))
    assert results.car()[["start", "end"]].to_numpy().tolist() == [[0, 0]]
    left = results.left_out.iloc[0]
    assert (left["start"], left["end"], left["pending"]) == (0, 1, True)
    assert left["reason"] == "pending until about 2022-09-07 (1 more session)"
    assert results.ar["tau"].tolist() == [-5, -4, -3, -2, -1, 0]
    assert results.caar().empty


def test_a_series_that_has_ended_is_never_pending():
    prices = es.load_prices({"IMOEX": "sample:IMOEX"})
    events = made_events(["2022-02-25", "2022-02-27"], time="12:00", timezone="Europe/Moscow")
    left = es.run_study(events, prices).left_out
    assert left["reason"].tolist() == ["series ends 2022-02-25", "series ends 2022-02-25"]
    assert not left["pending"].any()


def test_every_observation_is_measured_or_left_out():
    days = [5, 200, 400, 698, "2031-05-05", "2010-01-04"]
    results = run(made_events(days))
    measured = set(zip(results.estimation["event_id"], results.estimation["asset"], strict=True))
    whole = results.left_out[results.left_out["start"].isna()]
    left = set(zip(whole["event_id"], whole["asset"], strict=True))
    assert not measured & left
    assert measured | left == {(f"e{i}", a) for i in range(6) for a in ("AAA", "BBB")}
    assert (whole["reason"] != "").all()


# --- averages ---------------------------------------------------------------------------


def test_overlapping_windows_are_averaged_with_joint_dummies():
    """Against one OLS with a dummy for every day of the union, written out with statsmodels."""
    days = [400, 401, 403, 500]
    results = run(
        made_events(days),
        made_prices(["AAA"]),
        windows=es.Windows(event=(-2, 4), car=[(0, 0), (0, 3)], primary=(0, 3)),
    )
    row = results.mean_car().set_index("end").loc[3]
    assert (row["basis"], row["overlapping"]) == ("joint dummies", 3)
    returns = made_prices(["AAA"]).pct_change()
    union = sorted({day + tau for day in days for tau in range(4)})
    events = {day + tau for day in days for tau in (0, 1)}
    inside = {i for day in days for i in range(day - 270, day - 20)} - set(union) - events
    rows = [*sorted(inside), *union]
    x = np.column_stack([np.ones(len(rows)), returns["MKT"].to_numpy()[rows]])
    dummies = np.vstack([np.zeros((len(inside), len(union))), np.eye(len(union))])
    fit = OLS(returns["AAA"].to_numpy()[rows], np.hstack([x, dummies])).fit()
    weights = np.array([sum(d <= day <= d + 3 for d in days) / 4 for day in union])
    contrast = np.r_[0, 0, weights]
    found = fit.t_test(contrast)
    assert row["caar"] == pytest.approx(found.effect[0], rel=1e-9)
    assert row["se"] == pytest.approx(found.sd[0, 0], rel=1e-9)
    assert row["df"] == fit.df_resid


def test_tests_of_independent_cars_are_refused_where_windows_overlap():
    results = run(made_events([400, 401, 500]), made_prices(["AAA"]))
    tests = results.tests()
    assert tests[tests["end"] == 0].query("test == 'bmp'")["valid"].all()
    refused = tests[(tests["end"] == 1) & (tests["role"] == "classical")]
    assert set(refused["test"]) >= {"bmp", "patell", "cross-sectional-t"}
    assert not refused["valid"].any()
    assert refused["statistic"].isna().all()
    assert refused["reason"].str.startswith("2 of 3 windows overlap").all()
    forced = results.tests(include_invalid=True)
    forced = forced[(forced["end"] == 1) & (forced["test"] == "bmp")].iloc[0]
    assert np.isfinite(forced["statistic"])
    assert not forced["valid"]


def test_groups_and_attributes():
    events = made_events([400, 450, 500, 550], speaker=["x", "y", "x", "y"], tags="t;u")
    events.loc[3, "tags"] = "u"
    results = run(
        events,
        made_prices(["AAA"]),
        groups={"with": es.Group(tag="t"), "without": es.Group(without_tag="t")},
    )
    assert results.mean_car().groupby("group")["n"].max().to_dict() == {"with": 3, "without": 1}
    assert results.mean_car("speaker")["n"].tolist() == [2] * 4
    by_tag = results.mean_car("tags").groupby("group")["n"].max().to_dict()
    assert by_tag == {"t": 3, "u": 4}
    with pytest.raises(es.EventStudyError, match=r"speakr.*speaker"):
        results.caar("speakr")


def test_many_firms_are_averaged_together_and_few_shared_series_apart():
    names = [f"S{i}" for i in range(6)]
    prices = made_prices(names)
    assert set(run(made_events([400]), prices).mean_car()["asset"]) == {"all"}
    own = made_events([400, 450], assets=["S0", "S1"])
    assert set(run(own, prices[["MKT", "S0", "S1"]]).mean_car()["asset"]) == {"S0", "S1"}
    shared = made_events([400, 450])
    assert set(run(shared, prices[["MKT", "S0", "S1"]]).mean_car()["asset"]) == {"S0", "S1"}


def test_a_single_episode_has_its_prediction_error():
    row = run(made_events([400]), made_prices(["AAA"])).mean_car().iloc[0]
    car = run(made_events([400]), made_prices(["AAA"])).car().iloc[0]
    assert row["basis"] == "prediction error"
    assert row[["caar", "se", "ci_low"]].tolist() == car[["car", "se", "ci_low"]].tolist()


def test_bhar_is_in_simple_returns_whatever_the_kind():
    events, prices = made_events([400]), made_prices(["AAA"])
    for kind in ("simple", "log"):
        row = (
            run(
                events,
                prices,
                model={"AAA": es.models.ConstantMean()},
                options=es.Options(returns=kind, benchmark="MKT"),
            )
            .car()
            .query("end == 1")
            .iloc[0]
        )
        held = prices.iloc[401] / prices.iloc[399] - 1
        assert row["bhar"] == pytest.approx(held["AAA"] - held["MKT"], rel=1e-9)


# --- inputs -----------------------------------------------------------------------------


def test_returns_as_they_are_give_what_their_prices_give():
    prices = made_prices()
    given = run(made_events([400]), es.Returns(prices.pct_change()))
    pd.testing.assert_frame_equal(given.car(), run(made_events([400]), prices).car())


def test_unknown_names_are_reported_with_the_nearest():
    with pytest.raises(es.EventsError, match=r"'AAB'.*Did you mean 'AAA'"):
        run(made_events([400], assets="AAB"))
    with pytest.raises(es.EventStudyError, match=r"factor.*'MTK'.*'MKT'"):
        run(made_events([400]), model=es.models.MarketModel("MTK"))
    with pytest.raises(es.EventStudyError, match=r"'pattell'.*'patell'"):
        run(made_events([400]), tests=["pattell"])
    results = run(made_events([400]))
    with pytest.raises(es.EventStudyError, match="no event 'e1'"):
        results.regression("e1", "AAA")
    with pytest.raises(es.EventStudyError, match="no asset 'CCC'"):
        results.regression("e0", "CCC")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"estimation": (-21, -270)}, "must not end before it starts"),
        ({"estimation": (-270, -3)}, "reaches into the event window"),
        ({"event": (1, 5), "car": [(1, 2)]}, "must contain day 0"),
        ({"car": [(0, 9)]}, "beyond the event window"),
        ({"car": []}, "at least one window"),
        ({"primary": (0, 2)}, "is not among car"),
        ({"event": (0.5, 2)}, "whole numbers"),
    ],
)
def test_windows_that_make_no_sense_are_refused(change, message):
    with pytest.raises(es.EventStudyError, match=message):
        es.Windows(**change)


# --- degenerate data --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda p: p.assign(AAA=100.0), "do not vary"),
        (lambda p: p.assign(AAA=3 * p["MKT"]), "reproduce the returns"),
    ],
)
def test_data_without_a_residual_say_so(spoil, reason):
    left = run(made_events([400]), spoil(made_prices(["AAA"]))).left_out
    assert reason in left["reason"].iloc[0]


def test_collinear_factors_say_so():
    prices = made_prices(["AAA"]).assign(TWIN=lambda p: 2 * p["MKT"])
    model = {"AAA": es.models.MultiFactor("MKT", "TWIN")}
    left = run(made_events([400]), prices, model=model).left_out
    assert left["reason"].iloc[0] == "the factors are collinear in the estimation window"


def test_every_test_says_why_it_cannot_be_computed_for_one_event():
    results = run(made_events([400]), made_prices(["AAA"]), tests=list(es.TESTS))
    tests = results.tests()
    assert (tests["valid"] | (tests["reason"] != "")).all()
    assert tests[tests["valid"]]["statistic"].notna().all()
    assert (
        tests.query("test == 'bmp'")["reason"].iloc[0] == "needs at least 2 episodes; there are 1"
    )
    assert tests.query("test == 'prediction-error-t'")["valid"].all()


def test_a_study_whose_every_event_is_left_out_still_answers(tmp_path):
    results = run(made_events(["2031-01-06"]))
    assert results.car().empty
    assert results.caar().empty
    assert results.tests().empty
    assert "pending" in results.summary()
    page = es.write_report(results, tmp_path).read_text("utf-8")
    assert "No event could be measured" in page
    assert "pending until about 2031-01-07" in page
    assert "1 event on AAA, BBB (2 assets), 0 episodes measured" in repr(results)


# --- invariances ------------------------------------------------------------------------

DAYS = st.lists(st.integers(290, 690), min_size=1, max_size=6)
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(days=DAYS, scale=st.floats(1e-3, 1e3))
def test_scaling_a_price_changes_nothing(days, scale):
    prices = made_prices(["AAA"])
    scaled = prices.assign(AAA=prices["AAA"] * scale)
    a, b = run(made_events(days), prices).car(), run(made_events(days), scaled).car()
    pd.testing.assert_frame_equal(a, b, rtol=1e-6, atol=1e-12)


@QUICK
@given(days=DAYS)
def test_an_unrelated_asset_with_other_sessions_changes_nothing(days):
    prices = made_prices(["AAA"])
    other = pd.Series(50.0 + np.arange(900) % 7, pd.date_range("2020-01-01", periods=900))
    both = prices.join(other.rename("ZZZ"), how="outer")
    model = {"AAA": es.models.MarketModel("MKT")}
    a = run(made_events(days), prices, model=model)
    b = run(made_events(days), both, model=model)
    pd.testing.assert_frame_equal(a.car(), b.car())
    pd.testing.assert_frame_equal(a.alignment, b.alignment)


@QUICK
@given(days=DAYS, seed=st.integers(0, 99))
def test_the_order_of_events_changes_nothing(days, seed):
    events = made_events(days)
    mixed = events.sample(frac=1, random_state=seed)
    keys = ["event_id", "start", "end"]
    a, b = (run(e, made_prices(["AAA"])).car().sort_values(keys) for e in (events, mixed))
    pd.testing.assert_frame_equal(a.reset_index(drop=True), b.reset_index(drop=True))


@QUICK
@given(days=DAYS)
def test_inverting_the_quote_flips_every_log_sign(days):
    prices = made_prices(["AAA"])
    options = es.Options(returns="log")
    model = es.models.ConstantMean()
    a = run(made_events(days), prices[["AAA"]], model=model, options=options)
    b = run(made_events(days), 1 / prices[["AAA"]], model=model, options=options)
    np.testing.assert_allclose(a.car()["car"], -b.car()["car"], rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(a.car()["p"], b.car()["p"], rtol=1e-7)


@QUICK
@given(day=st.integers(290, 600), after=st.integers(1, 50), shock=st.floats(0.5, 2))
def test_later_prices_change_nothing_before(day, after, shock):
    prices = made_prices(["AAA"])
    later = prices.copy()
    later.loc[SESSIONS[day + 1 + after] :, ["AAA", "MKT"]] *= shock
    a, b = run(made_events([day]), prices).ar, run(made_events([day]), later).ar
    pd.testing.assert_frame_equal(a[a["tau"] <= after], b[b["tau"] <= after])


@QUICK
@given(day=st.integers(290, 690), split=st.integers(-4, 4))
def test_cars_of_a_partition_add_up(day, split):
    windows = es.Windows(car=[(-5, 5), (-5, split), (split + 1, 5)], primary=(-5, 5))
    car = run(made_events([day]), made_prices(["AAA"]), windows=windows).car()["car"].to_numpy()
    assert car[0] == pytest.approx(car[1] + car[2], abs=1e-14)
