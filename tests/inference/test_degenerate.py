"""Degenerate data through `run_study`: every test gives a number, or says why there is none."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from synthetic import events, returns, sessions

import eventstudy as es
from eventstudy.inference import TESTS
from eventstudy.inference.ranks import ranks_of_rows

DAYS = 420
OPTIONS = es.Options(min_estimation=60)


def run(days, panel, model=None, *, car=((0, 0), (-1, 1)), options=OPTIONS, **columns):
    """Run every test there is."""
    reach = max(5, *(b for _, b in car))
    return es.run_study(
        days if isinstance(days, pd.DataFrame) else events(days, **columns),
        panel,
        model=model or es.models.MarketModel("MKT"),
        windows=es.Windows(estimation=(-105, -6), event=(-5, reach), car=car),
        tests=list(TESTS),
        options=options,
    )


def number_or_reason(results) -> pd.DataFrame:
    """Assert that each row has a finite p, or a reason and no p; return the rows."""
    for include in (False, True):
        tests = results.tests(include_invalid=include)
        has = np.isfinite(tests["statistic"].astype(float)) & tests["p"].between(0, 1)
        none = tests["statistic"].isna() & tests["p"].isna()
        assert (has | none).all(), tests[~(has | none)].to_string()
        assert (tests.loc[none, "reason"] != "").all(), tests[none].to_string()
        assert has[tests["valid"]].all()
        small = tests["smallest_p"].fillna(0.0)
        assert (tests.loc[has, "p"] >= small[has] * (1 - 1e-12)).all()
    assert results.situations()["headline"].notna().all()
    assert results.summary()
    return tests


def flat(panel, name, value=0.0):
    """Make one asset's returns all the same."""
    frame = panel.frame.copy()
    frame[name] = value
    return es.Returns(frame)


def normal(names=("AAA",), seed=2):
    return returns(names, DAYS, seed)


SIX = [f"S{i}" for i in range(6)]


@pytest.mark.parametrize("model", [es.models.ConstantMean(), es.models.MarketModel("MKT")])
@pytest.mark.parametrize("value", [0.0, 0.01])
def test_a_constant_series_says_that_it_does_not_vary(model, value):
    results = run([200, 300], flat(normal(), "AAA", value), {"AAA": model})
    assert number_or_reason(results).empty
    assert set(results.left_out["reason"]) == {"the returns do not vary in the estimation window"}


def test_a_constant_series_among_others_does_not_touch_them():
    panel = flat(normal(SIX), "S3")
    options = es.Options(min_estimation=60, average="across-assets")
    tests = number_or_reason(run([300], panel, options=options))
    assert (tests["n"] == 5).all()
    alone = run([300], es.Returns(normal(SIX).frame.drop(columns="S3")), options=options)
    pd.testing.assert_frame_equal(tests, alone.tests(include_invalid=True))


@pytest.mark.parametrize("days", [[300], [250, 300], [200, 250, 300]])
@pytest.mark.parametrize("names", [("AAA",), ("AAA", "BBB"), tuple(SIX)])
def test_few_episodes(days, names):
    tests = number_or_reason(run(days, normal(names)))
    assert set(tests["test"]) == set(TESTS)


def test_one_episode_and_two_say_what_is_needed():
    one = run([300], normal()).tests().set_index(["test", "end"])["reason"]
    assert one["bmp", 0] == "needs at least 2 episodes; there are 1"
    two = run([250, 300], normal()).tests().set_index(["test", "end"])["reason"]
    assert two["skewness-adjusted-t", 0] == "needs at least 3 episodes; there are 2"
    assert two["ewma-sq", 0] == "for one episode, and there are 2"
    assert two["bmp", 0] == ""


@pytest.mark.parametrize("sign", [1, -1])
def test_all_reactions_of_one_sign(sign):
    panel = normal()
    frame = panel.frame.copy()
    days = [160, 220, 280, 340]
    frame.iloc[days, 1] = sign * (0.05 + 0.01 * np.arange(4))
    tests = number_or_reason(run(days, es.Returns(frame))).set_index(["test", "end"])
    assert tests.loc[("sign-exact", 0), "p"] == tests.loc[("sign-exact", 0), "smallest_p"]
    assert sign * tests.loc[("sign", 0), "statistic"] == 2


def test_tied_reactions_say_so_where_ties_matter():
    """The same series under several names: CARs are equal, and so are their ranks."""
    panel = normal()
    frame = panel.frame.assign(**dict.fromkeys(SIX, panel.frame["AAA"])).drop(columns="AAA")
    reasons = number_or_reason(run([300], es.Returns(frame))).set_index(["test", "end"])["reason"]
    assert reasons["cross-sectional-t", 0].startswith("all cumulative abnormal returns are equal")
    assert reasons["wilcoxon-exact", 0].startswith("tied sizes have no exact distribution")
    assert reasons["bmp", 0].startswith("all standardised abnormal returns are equal")


def test_returns_on_a_coarse_grid_are_ranked_with_ties():
    frame = normal().frame.round(2)
    days = [160, 220, 280, 340]
    number_or_reason(run(days, es.Returns(frame[["AAA"]]), es.models.ConstantMean()))


def test_returns_that_are_mostly_zero():
    rng = np.random.default_rng(1)
    panel = normal()
    frame = panel.frame.copy()
    frame["AAA"] = np.where(rng.random(DAYS) < 0.9, 0.0, frame["AAA"])
    model = {"AAA": es.models.ConstantMean()}
    number_or_reason(run([160, 220, 280, 340], es.Returns(frame), model))
    number_or_reason(run([300], es.Returns(frame), model))


def test_an_event_day_without_any_movement():
    """Market-adjusted and equal to the market on the day: the abnormal return is zero."""
    frame = normal().frame.copy()
    frame.iloc[[220, 300], 1] = frame.iloc[[220, 300], 0]
    tests = number_or_reason(run([220, 300], es.Returns(frame), es.models.MarketAdjusted("MKT")))
    reason = tests.set_index(["test", "end"]).loc[("sign", 0), "reason"]
    assert reason == "all cumulative abnormal returns are zero"


def test_collinear_factors_give_no_tests_and_say_so():
    panel = normal()
    frame = panel.frame.assign(TWIN=2 * panel.frame["MKT"], SUM=lambda f: f["MKT"] + 0.001)
    for factors in (("MKT", "TWIN"), ("MKT", "SUM"), ("TWIN", "MKT", "SUM")):
        model = {"AAA": es.models.MultiFactor(*factors)}
        results = run([300], es.Returns(frame), model)
        assert number_or_reason(results).empty
        reasons = set(results.left_out["reason"])
        assert reasons == {"the factors are collinear in the estimation window"}


@pytest.mark.parametrize("copy", ["the same", "three times", "with a constant"])
def test_a_factor_that_equals_the_asset_gives_no_tests_and_says_so(copy):
    panel = normal()
    made = {"the same": 1.0, "three times": 3.0, "with a constant": 1.0}[copy]
    twin = made * panel.frame["MKT"] + 0.001 * (copy == "with a constant")
    results = run([300], es.Returns(panel.frame.assign(AAA=twin)))
    assert number_or_reason(results).empty
    assert set(results.left_out["reason"]) == {
        "the factors reproduce the returns of the estimation window exactly"
    }


def test_a_factor_that_does_not_vary_is_collinear_with_the_constant():
    panel = flat(normal(), "MKT", 0.002)
    results = run([300], panel)
    assert set(results.left_out["reason"]) == {"the factors are collinear in the estimation window"}


@pytest.mark.parametrize("reach", [99, 100, 130])
def test_a_window_as_long_as_the_estimation_window_or_longer(reach):
    """No run of ordinary days is as long as the event's: tests that need one say so."""
    tests = number_or_reason(run([200], normal(), car=[(0, 0), (0, reach)]))
    long = tests[tests["end"] == reach].set_index("test")
    for name, longest in {"ewma-sq": 99, "sample-quantile": 100, "garch-sq": 100}.items():
        assert (long.loc[name, "reason"] != "") is (reach >= longest)
    number_or_reason(run([200, 400], returns(SIX, 600), car=[(0, reach)]))


def test_estimation_days_between_other_events_hold_no_long_run():
    """Other events leave holes in the estimation window every few days."""
    days = [*range(210, 330, 8), 380]
    tests = number_or_reason(run(days, normal(), car=[(0, 0), (0, 20)]))
    assert len(tests)


def test_an_outlier_beyond_all_measure():
    frame = normal().frame.copy()
    frame.iloc[300, 1] = 1e6
    number_or_reason(run([300], es.Returns(frame)))
    number_or_reason(run([220, 300], es.Returns(frame)))


def test_tiny_and_huge_units():
    for scale in (1e-9, 1e-6):
        number_or_reason(run([220, 260, 300], es.Returns(normal().frame * scale)))


def test_an_event_on_the_first_and_the_last_session():
    results = run([0, 105, DAYS - 1], normal())
    number_or_reason(results)
    assert len(results.left_out)


def test_no_event_at_all_that_can_be_measured():
    later = events([300]).assign(date=[sessions(DAYS)[-1] + pd.Timedelta(days=400)])
    results = run(later, normal())
    assert number_or_reason(results).empty


@pytest.mark.slow
def test_a_closure_on_any_day_of_the_event_window_has_its_page(tmp_path):
    """The path ends before it; on day 0 itself there is none, and it says so."""
    sessions = pd.bdate_range("2020-01-01", periods=500)
    sessions = sessions[:300].append(sessions[306:])
    moves = np.random.default_rng(1).normal(0, 0.01, len(sessions)).cumsum()
    prices = pd.DataFrame({"AAA": 100 * np.exp(moves)}, sessions)
    taus = range(-6, 7)  # where the closure's return is, seen from day 0
    events = pd.DataFrame(
        {
            "event_id": [f"closed-{tau + 6}" for tau in taus],
            "date": [sessions[300 - tau] for tau in taus],
            "title": "closed",
        }
    )
    es.write_report(es.run_study(events, prices), tmp_path)
    for name in events["event_id"]:
        page = (tmp_path / "events" / f"{name}.html").read_text("utf-8")
        assert ("no path, because day 0 has no return" in page) == (name == "closed-6")
    for row in (0, 5, 6, 7, 8, 12):  # alone: in and beside the CAR windows, and far from them
        es.write_report(es.run_study(events.iloc[[row]], prices), tmp_path)
        page = (tmp_path / "events" / f"closed-{row}.html").read_text("utf-8")
        assert ("no path, because day 0 has no return" in page) == (row == 6)
        verdict = (tmp_path / "index.html").read_text("utf-8").partition("</section>")[0]
        assert not re.search(r"\bnan\b", verdict)


@pytest.mark.parametrize("kind", ["gaps", "whole", "ties", "one value", "infinite"])
def test_ranks_of_rows_are_scipys(kind):
    """Bit for bit, with NaN beyond all values while they are sorted."""
    values = np.random.default_rng(6).normal(size=(40, 61))
    if kind != "whole":
        values[np.random.default_rng(7).random(values.shape) < 0.3] = np.nan
    if kind == "ties":
        values = np.round(values, 1)
    if kind == "one value":
        values[:, 1:] = np.nan
    if kind == "infinite":
        values[::2, 5], values[::3, 6] = np.inf, -np.inf
    expected = stats.rankdata(values, axis=1, nan_policy="omit")
    np.testing.assert_array_equal(ranks_of_rows(values), expected)
