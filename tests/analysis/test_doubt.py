"""Calibration at placebo dates, the specification curve, joint tests, overlap policies."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from two_assets import series, study

import eventstudy as es
from eventstudy.analysis.specification_runs import measured
from eventstudy.analysis.specifications import specifications, windows_tried
from eventstudy.errors import InvalidArgumentError, UnknownNameError
from eventstudy.inference.bands import (
    bonferroni_critical,
    simultaneous,
)
from eventstudy.inference.intervals import critical_value

# --- calibration ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def calm():
    """Twelve separate dates on one series without any change of volatility."""
    return study(series(4000, assets=("AAA",)), range(2000, 3200, 100))


def test_size_on_ordinary_days_is_five_percent(calm):
    found = es.calibrate(calm, samples=300, effects=(0.01,))
    size = found.size.set_index("group")
    assert list(found.size["test"]) == ["bmp", "ewma-sq"]
    for own in size.itertuples():
        assert abs(own.size - 0.05) < 3 * np.sqrt(0.05 * 0.95 / own.samples)
        thirds = (own.size_low, own.size_mid, own.size_high)
        assert np.mean(thirds) == pytest.approx(own.size, abs=0.01)


@pytest.mark.slow
def test_detectable_effect_is_the_textbook_one(calm):
    """One day, σ = 1 %, constant: (1.96 + 0.84) σ √2 over two days."""
    grid = tuple(np.arange(0.01, 0.08, 0.01))
    found = es.calibrate(calm, tests=["prediction-error-t"], samples=400, effects=grid)
    single = found.size[found.size["group"] == "one episode"].iloc[0]
    sigma = np.sqrt(2 * (0.007**2 + 0.007**2))
    assert single["mde"] == pytest.approx(2.8 * sigma, rel=0.12)
    power = found.power[found.power["group"] == "one episode"]["power"]
    assert power.is_monotonic_increasing
    assert power.iloc[-1] > 0.95


@pytest.mark.slow
def test_a_test_that_ignores_volatility_is_exposed():
    rng = np.random.default_rng(2)
    sigma = np.repeat(rng.choice([0.005, 0.02], 40), 100)
    prices = pd.DataFrame(
        {"AAA": 100 * np.exp(np.cumsum(rng.normal(0, 1, 4000) * sigma))},
        index=pd.bdate_range("2005-01-03", periods=4000),
    )
    found = es.calibrate(
        study(prices, [3000]), tests=["prediction-error-t", "ewma-sq"], samples=500
    )
    size = found.size[found.size["group"] == "one episode"].set_index("test")
    assert size.loc["prediction-error-t", "size_high"] > 0.10
    assert size.loc["ewma-sq", "size_high"] < 0.09


def test_calibration_is_seeded_and_kept_by_its_content(calm, tmp_path):
    seen = []
    given = {"samples": 40, "effects": (0.02,), "cache": tmp_path}
    first = es.calibrate(calm, progress=lambda done, total: seen.append((done, total)), **given)
    assert seen[-1][0] == seen[-1][1]
    (file,) = tmp_path.iterdir()
    count = len(seen)
    again = es.calibrate(calm, progress=lambda *_: seen.append(()), **given)
    assert len(seen) == count  # nothing was computed
    pd.testing.assert_frame_equal(first.size, again.size)
    file.unlink()
    pd.testing.assert_frame_equal(es.calibrate(calm, **given).power, first.power)
    es.calibrate(calm, samples=41, effects=(0.02,), cache=tmp_path)
    other = study(series(4000, seed=9, assets=("AAA",)), range(2000, 3200, 100))
    es.calibrate(other, **given)
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("wrong", [{"samples": 0}, {"effects": (0.0,)}, {"tests": "everything"}])
def test_calibration_refuses_what_it_cannot_run(calm, wrong):
    with pytest.raises(InvalidArgumentError):
        es.calibrate(calm, **wrong)


def test_a_series_without_ordinary_days_says_so():
    prices = series(330, assets=("AAA",))
    found = es.calibrate(study(prices, range(280, 326, 3)), samples=50)
    assert (found.size["samples"] == 0).all()
    assert found.size["dates"].str.startswith("only ").all()


# --- specification curve ------------------------------------------------------------------


ONE = es.Grid(models=[es.models.ConstantMean()], estimation=(120,), gaps=(5,))
"""The study's own specification and little beside it."""


def planted(size):
    prices = series(3000, assets=("AAA", "MKT"))
    places = range(1500, 2700, 150)
    for place in places:
        prices.iloc[place:, 0] *= np.exp(size)
    events = pd.DataFrame(
        {"event_id": [f"e{p}" for p in places], "date": prices.index[list(places)], "title": "t"}
    )
    model = {"AAA": es.models.MarketModel("MKT")}
    return es.run_study(events, prices, model=model, options=es.Options(returns="log"))


@pytest.mark.slow
def test_the_studys_own_specification_is_its_own_number():
    results = planted(0.01)
    curve = es.specification_curve(results, samples=20, grid=ONE)
    own = curve.frame[curve.frame["own"]].iloc[0]
    mean = results.mean_car().query("end == 1").iloc[0]
    assert own["effect"] == pytest.approx(mean["caar"], rel=1e-9)
    assert (own["estimation"], own["gap"], own["n"]) == (250, 15, 8)


@pytest.mark.slow
def test_a_planted_effect_is_found_under_every_specification():
    summary = es.specification_curve(planted(0.03), samples=200).summary.iloc[0]
    assert summary["same_sign"] == 1
    assert summary["significant"] > 0.9
    assert summary["p_joint"] < 0.02
    assert summary["median"] == pytest.approx(0.03, abs=0.012)


@pytest.mark.slow
def test_without_an_effect_the_curve_is_an_ordinary_one():
    summary = es.specification_curve(planted(0.0), samples=200).summary.iloc[0]
    assert summary["p_joint"] > 0.05


def test_curve_of_one_event_and_of_further_benchmarks():
    results = planted(0.03)
    curve = es.specification_curve(
        results,
        event="e1500",
        grid=es.Grid(benchmarks=["MKT"], estimation=(120,), gaps=(5,)),
        samples=300,
    )
    assert curve.what == "e1500"
    assert (curve.frame["n"] == 1).all()
    assert curve.summary["dates"].iloc[0] == "ordinary days drawn at random"
    with pytest.raises(UnknownNameError, match="MKT"):
        es.specification_curve(results, grid=es.Grid(benchmarks=["MKTT"]))


def test_specifications_that_do_not_fit_are_listed_with_their_reason():
    results = study(series(600, assets=("AAA",)), [500, 550])
    frame = es.specification_curve(results, grid=es.Grid(estimation=(120, 590), gaps=(5,))).frame
    left = frame[frame["reason"] != ""]
    assert set(left["estimation"]) == {590}
    assert (left["reason"] == "only 0 ordinary days to compare with").all()


def test_no_gap_leaves_out_days_of_an_event_itself():
    """From the twentieth day before an event its days are those of the event, gaps of 5 or not."""
    prices = series(600, assets=("AAA",))
    results = es.run_study(
        pd.DataFrame({"event_id": ["one"], "date": prices.index[[400]], "title": "t"}),
        prices,
        windows=es.Windows(estimation=(-150, -21), event=(-5, 5), car=((0, 1),)),
        options=es.Options(exclude_from_estimation=(-20, 1)),
    )
    tried = windows_tried(results.windows, es.Grid())
    specs = list(specifications(results, "AAA", es.Grid(), tried))
    assert {spec.gap for spec in specs} == {15, 30}
    for spec in specs:
        abnormal, _ = measured(results, "AAA", spec, results.abnormal.position, tried)
        assert abnormal.excluded.tolist() == [0]


# --- several series, days before ---------------------------------------------------------


def test_joint_test_sees_what_no_single_series_shows():
    prices = series(1200)
    prices.iloc[900:, 0] *= 1.02
    prices.iloc[900:, 1] *= 0.98  # against the common factor: rare together, not alone
    results = study(prices, [900, 1000])
    joint = results.joint((0, 0))
    assert joint["event_ids"].tolist() == [("e900",), ("e1000",)]
    assert joint["assets"].tolist() == [("AAA", "BBB")] * 2
    assert joint.loc[0, "p"] <= 0.02
    assert joint.loc[0, "average_p"] > 0.05  # opposite signs cancel
    turned = study(prices, [900, 1000], inverted=("BBB",)).joint((0, 0))
    assert turned.loc[0, "average_p"] <= 0.02
    assert turned.loc[0, "p"] == joint.loc[0, "p"]


def test_days_before_are_the_f_test_of_their_dummies():
    from statsmodels.regression.linear_model import OLS

    prices = series(900, assets=("AAA",))
    results = study(prices, [800])
    returns = np.log(prices["AAA"]).diff().to_numpy()
    rows = np.r_[np.arange(530, 780), np.arange(795, 800)]
    x = np.column_stack([np.ones(255), np.vstack([np.zeros((250, 5)), np.eye(5)])])
    expected = OLS(returns[rows], x).fit().f_test(np.eye(6)[1:])
    found = results.pre_event().iloc[0]
    assert (found["start"], found["end"]) == (-5, -1)
    assert found["f"] == pytest.approx(float(expected.fvalue), rel=1e-9)
    assert found["p"] == pytest.approx(float(expected.pvalue), rel=1e-9)


def test_days_before_need_days_before():
    prices = series(900, assets=("AAA",))
    events = pd.DataFrame({"event_id": ["e"], "date": [prices.index[800]], "title": ["t"]})
    results = es.run_study(events, prices, windows=es.Windows(event=(0, 5)))
    with pytest.raises(InvalidArgumentError, match="Start it earlier"):
        results.pre_event()


def test_detectable_effect_of_one_event_is_found_in_four_cases_of_five():
    results = study(series(900, assets=("AAA",)), [800])
    found = results.scaled_car.query("end == 0").iloc[0]
    path = np.log(series(900, assets=("AAA",))["AAA"]).diff().to_numpy()[530:801]
    e = path - path[:250].mean()
    variance = np.mean(e[:250] ** 2)
    z = []
    for shock in e:
        z.append(shock / np.sqrt(variance))
        eve, variance = variance, 0.94 * variance + 0.06 * shock**2
    z = np.array(z[:250])
    critical = np.quantile(np.abs(z), 0.95)
    seen = np.mean(z + found["mde"] / np.sqrt(eve) >= critical)
    assert seen == pytest.approx(0.8, abs=0.005)


# --- bands ----------------------------------------------------------------------------------


def test_critical_values_of_the_other_bands_are_the_references():
    from golden_data import oracle

    expected = oracle()["G14_car_bands"]["expected"]
    assert critical_value(0.95, 198) == pytest.approx(expected["crit_pointwise_t"], rel=1e-9)
    found = bonferroni_critical(0.95, 11, 198)
    assert found == pytest.approx(expected["crit_bonferroni_t"], rel=1e-9)
    assert critical_value(0.95) == pytest.approx(stats.norm.ppf(0.975))


def test_band_of_an_average_is_bonferroni_where_episodes_are_too_few():
    few = study(series(2000, assets=("AAA",)), range(1000, 1600, 100))
    many = study(series(2000, assets=("AAA",)), range(1000, 1990, 30))
    assert set(few.caar()["band"]) == {"bonferroni"}
    assert set(many.caar()["band"]) == {"sup-t"}
    frame = many.caar()
    assert (frame["band_high"] >= frame["ci_high"]).all()
    assert simultaneous(np.diag([1.0, 0.0]), 0.95, 20)[1] == "none"


# --- overlap policies -----------------------------------------------------------------------

PLACES = [800, 801, 802, 830, 840, 841]


@pytest.mark.parametrize(
    ("policy", "episodes", "left", "windows"),
    [
        ("joint", 6, 0, ((0, 0), (0, 1))),
        ("merge", 4, 0, ((0, 0), (0, 1))),
        ("drop", 4, 2, ((0, 0), (0, 1))),
        ("shorten", 6, 0, ((0, 0),)),
    ],
)
def test_overlap_policies(policy, episodes, left, windows):
    """Days 800-802: the second follows the first, the third leads again."""
    results = study(series(1000, assets=("AAA",)), PLACES, overlap=policy)
    assert results.windows.car == windows
    measured = [reason for reason in results.abnormal.reasons if not reason]
    assert len(measured) == episodes
    assert len(results.left_out) == left
    if policy == "drop":
        assert set(results.left_out["event_id"]) == {"e801", "e841"}
        assert results.left_out["reason"].str.endswith("which came first").all()
    if policy == "merge":
        shared = results.alignment.set_index("event_id")["shares_session_with"]
        assert shared["e800"] == ("e801",)
    overlapping = results.situations()["overlapping"].max()
    assert (overlapping > 0) == (policy == "joint")


def test_policies_look_at_dates_alone():
    prices = series(1000, assets=("AAA",))
    jumped = prices.copy()
    jumped.iloc[801:] *= 1.3
    for policy in ("merge", "drop", "shorten"):
        a, b = (study(own, PLACES, overlap=policy) for own in (prices, jumped))
        assert a.members == b.members
        pd.testing.assert_frame_equal(a.left_out, b.left_out)


def test_windows_that_cannot_be_shortened_are_refused():
    prices = series(1000, assets=("AAA",))
    events = pd.DataFrame(
        {"event_id": ["a", "b"], "date": prices.index[[800, 801]], "title": ["t", "t"]}
    )
    with pytest.raises(InvalidArgumentError, match="only 1 sessions apart"):
        es.run_study(
            events,
            prices,
            windows=es.Windows(car=[(-1, 1)]),
            options=es.Options(overlap="shorten"),
        )


def test_regime_bounds_the_placebo_days():
    prices = series(3000, assets=("AAA",))
    since = prices.index[1500]
    whole = study(prices, [2500]).history.placebo("AAA")
    bounded = study(prices, [2500], placebo_since=str(since.date())).history.placebo("AAA")
    assert whole.positions.min() == 270
    assert bounded.positions.min() == 1500 + 270
    assert not set(bounded.positions) & {2499, 2500, 2501}
    with pytest.raises(InvalidArgumentError, match="2014-11-10"):
        es.Options(placebo_since="10.11.2014")


# --- in the report ----------------------------------------------------------------------


@pytest.mark.slow
def test_report_shows_what_its_tests_are_worth(calm, tmp_path):
    calibration = es.calibrate(calm, samples=60, effects=(0.01, 0.02, 0.04))
    curve = es.specification_curve(calm, samples=100, grid=ONE)
    given = {"calibration": calibration, "robustness": curve}
    page = es.write_report(calm, tmp_path / "whole", **given).read_text("utf-8")
    page = page.replace("\N{NARROW NO-BREAK SPACE}", " ")
    size = calibration.size.set_index("group").loc["all events", "size"]
    assert f"At placebo dates it rejects at 5 % in {100 * size:.1f} % of samples" in page
    assert "under every combination of models" in page
    for name in ("calibration", "power", "robustness"):
        assert (tmp_path / "whole" / "data" / f"{name}.csv").exists()
    bare = es.write_report(calm, tmp_path / "bare").read_text("utf-8")
    assert "Not measured for this report" in bare
    assert "Not computed for this report" in bare


def test_overlapping_events_are_shifted_as_one_or_not_ranked():
    short = study(series(700, assets=("AAA",)), range(600, 640, 1))
    summary = es.specification_curve(short, samples=50).summary.iloc[0]
    assert summary["dates"].startswith("none: the events crowd together")
    assert np.isnan(summary["p_joint"])
    assert np.isnan(summary["significant"])


@pytest.mark.parametrize(("places", "own"), [(4, "all"), (12, "merge")])
def test_specifications_show_what_merging_overlapping_events_would_say(places, own):
    """Two neighbours among four are joined, among twelve the later one leaves: both are shown."""
    days = [300, 301, *(300 + 50 * np.arange(1, places - 1))]
    results = study(series(1200, assets=("AAA",)), days)
    grid = es.Grid(models=[es.models.ConstantMean()], estimation=(120,), gaps=(5,))
    frame = es.specification_curve(results, samples=50, grid=grid).frame
    assert frame.iloc[0]["own"]
    assert frame.iloc[0]["overlap"] == own
    assert set(frame.loc[frame["end"] == 0, "overlap"]) == {"all"}  # single days never overlap
    both = frame[(frame["estimation"] == 120) & (frame["start"] == 0) & (frame["end"] == 1)]
    every, merged = (both[both["overlap"] == name].iloc[0] for name in ("all", "merge"))
    assert (every["n"], merged["n"]) == (places, places - 1)
    again = es.run_study(
        results.events,
        results.prices,
        model=es.models.ConstantMean(),
        windows=es.Windows(estimation=(-130, -11), event=(-5, 5), car=[(0, 1)]),
        options=replace(results.options, overlap="joint", min_estimation=60),
    ).car()
    first = again.drop_duplicates("day0")
    assert len(first) == places
    kept = first[first["day0"] != np.sort(first["day0"])[1]]
    assert merged["effect"] == pytest.approx(kept["car"].mean(), rel=1e-9)
    assert every["effect"] == pytest.approx(first["car"].mean(), rel=1e-9)
