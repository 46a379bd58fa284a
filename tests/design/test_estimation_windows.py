"""Estimation windows as they were asked for: how many returns are enough, and what if they are not.

Expected numbers are counted on the calendar or computed from the returns with numpy.
"""

import re
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import synthetic as syn
from scipy import stats

import eventstudy as es
from eventstudy.abnormal.stacked import stack
from eventstudy.inference import TESTS, CrossSection
from eventstudy.models import MODELS, make_model
from eventstudy.models.base import WindowSample
from eventstudy.models.solvers import moments_solver, statsmodels_solver
from eventstudy.results.findings import short_windows
from eventstudy.results.unestimated import CARS_ALONE
from eventstudy.settings import check_estimation, least_returns, length
from eventstudy.study.run import check_prices

SESSIONS = pd.bdate_range("2019-01-01", periods=900, name="session")
EVENT, CAR = (-2, 2), ((0, 0), (0, 1), (-2, 2))


def prices_of(seed=5, names=("AAA",)) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    market = rng.normal(0, 0.01, len(SESSIONS))
    returns = {name: market + rng.normal(0, 0.01, len(SESSIONS)) for name in names}
    return 100 * (1 + pd.DataFrame({"MKT": market, **returns}, index=SESSIONS)).cumprod()


def events_of(days, **columns) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "event_id": [f"e{place}" for place in range(len(days))],
            "date": [SESSIONS[day] for day in days],
            "title": "an event",
        }
    )
    return frame.assign(**columns)


def windows_of(sessions, last=-11, event=EVENT, car=CAR) -> es.Windows:
    return es.Windows(estimation=(last - sessions + 1, last), event=event, car=car)


def run(days, sessions=120, prices=None, model=None, options=None, **kwargs):
    events = days if isinstance(days, pd.DataFrame) else events_of(days)
    return es.run_study(
        events,
        prices_of() if prices is None else prices,
        model=model or es.models.ConstantMean(),
        windows=kwargs.pop("windows", None) or windows_of(sessions),
        options=options,
        **kwargs,
    )


# --- how many are enough ----------------------------------------------------------------


@pytest.mark.parametrize("sessions", [60, 80, 120, 250])
def test_days_of_other_episodes_do_not_by_themselves_make_a_window_too_short(sessions):
    """A meeting every 30 sessions: [0, +1] of the others leave each window, nothing else."""
    days = list(range(300, 600, 30))
    results = run(days, sessions, prices_of()[["AAA"]])
    taken = np.unique([day + k for day in days for k in (0, 1)])
    inside = [np.arange(day - 10 - sessions, day - 10) for day in days]
    lost = [int(np.isin(window, taken).sum()) for window in inside]
    assert max(lost) >= 2
    assert results.left_out.empty
    np.testing.assert_array_equal(results.estimation["n"], sessions - np.array(lost))
    np.testing.assert_array_equal(results.estimation["excluded"], lost)


def test_a_factor_with_other_holidays_does_not_make_a_window_too_short():
    prices = prices_of()
    prices.loc[SESSIONS[350], "MKT"] = np.nan
    results = run([400], 120, prices, es.models.MarketModel("MKT"))
    assert results.left_out.empty
    row = results.estimation.iloc[0]
    assert (row["n"], row["missing"]) == (118, 2)  # the return into the hole, and out of it


@pytest.mark.parametrize(
    ("sessions", "needed"),
    [(60, 30), (61, 31), (100, 50), (120, 60), (239, 120), (240, 120), (250, 120), (500, 120)],
)
def test_by_default_half_of_the_window_is_enough_and_120_always_are(sessions, needed):
    prices = prices_of()[["AAA"]]
    day = 700
    for returns, left in ((needed, 0), (needed - 1, 1)):
        series = prices.copy()
        first = day - 10 - returns  # its first return in the window; its price before is there
        series.loc[SESSIONS[: first - 1]] = np.nan
        results = run([day], sessions, series)
        assert len(results.left_out) == left
        if left:
            reason = f"only {returns} of {sessions} estimation returns (at least {needed} are"
            assert results.left_out["reason"].iloc[0].startswith(reason)


def test_a_number_is_obeyed_exactly():
    days = [300, 350, 400]
    for asked, left in ((116, []), (117, ["e2"]), (119, ["e1", "e2"]), (120, ["e1", "e2"])):
        results = run(days, 120, prices_of()[["AAA"]], options=es.Options(min_estimation=asked))
        assert results.left_out["event_id"].tolist() == left  # 120, 118 and 116 returns


@pytest.mark.parametrize("sessions", [20, 59])
def test_a_short_window_is_used_when_it_is_asked_for_and_the_message_says_how(sessions):
    with pytest.raises(es.EventStudyError, match="only when that is asked for") as caught:
        run([400], sessions)
    (asked,) = re.findall(r"min_estimation = (\d+)", str(caught.value))
    results = run([400], sessions, options=es.Options(min_estimation=int(asked)))
    assert results.estimation["n"].tolist() == [sessions] * 2


def test_twenty_sessions_give_the_numbers_of_twenty_sessions():
    """Chen and Siems (2004) use days -30 to -11; mean-adjusted, by hand with numpy."""
    prices = prices_of()[["AAA"]]
    results = run(
        [400],
        prices=prices,
        windows=es.Windows((-30, -11), (-2, 10), [(0, 5), (0, 10)], (0, 5)),
        options=es.Options(min_estimation=20),
    )
    returns = prices["AAA"].pct_change().to_numpy()
    before = returns[370:390]
    for row in results.car().itertuples():
        days = row.end - row.start + 1
        car = (returns[400 : 400 + days] - before.mean()).sum()
        se = before.std(ddof=1) * np.sqrt(days + days**2 / 20)
        np.testing.assert_allclose([row.car, row.se, row.df], [car, se, 19], rtol=1e-12)
        np.testing.assert_allclose(row.p, 2 * stats.t.sf(abs(car / se), 19), rtol=1e-12)


# --- what a model needs -----------------------------------------------------------------

KINDS = {
    "constant-mean": 2,
    "market-adjusted": 2,
    "market-model": 3,
    "multi-factor": 4,
    "scholes-williams": 5,
    "dimson": 7,
    "trade-to-trade": 3,
    "garch": 3,
    "robust": 3,
}
"""By hand: parameters plus one; Scholes-Williams and Dimson lose a day at each end."""


def model_named(name):
    most = MODELS[name].takes[1]
    factors = {0: (), 1: ("MKT",)}.get(most, ("MKT", "OIL") if name == "multi-factor" else ("MKT",))
    return make_model(name, factors)


def two_factors(seed=6):
    prices = prices_of(seed)
    rng = np.random.default_rng(seed + 1)
    prices["OIL"] = 100 * (1 + rng.normal(0, 0.01, len(SESSIONS))).cumprod()
    return prices


@pytest.mark.parametrize("name", list(MODELS))
def test_a_model_is_refused_what_leaves_it_no_degree_of_freedom(name):
    model, fewest = model_named(name), KINDS[name]
    options = es.Options(min_estimation=fewest)
    results = run([400], fewest, two_factors(), {"AAA": model}, options)
    if name != "garch":  # three returns cannot settle its likelihood
        assert results.left_out.empty
        assert results.abnormal.df.tolist() == [1.0]
        assert (results.car()["se"] > 0).all()
    if fewest > 2:
        with pytest.raises(es.EventStudyError, match=f"needs {fewest} returns") as caught:
            run([400], 60, two_factors(), {"AAA": model}, es.Options(min_estimation=fewest - 1))
        assert f"min_estimation = {fewest}" in str(caught.value)
        assert f"the {name} of AAA" in str(caught.value)
        with pytest.raises(es.EventStudyError, match=f"min_estimation = {fewest - 1} or less"):
            run([400], fewest - 1, two_factors(), {"AAA": model}, options)


def test_more_returns_than_the_window_has_are_refused_with_the_cure():
    with pytest.raises(es.EventStudyError, match="only 100 sessions") as caught:
        run([400], 100, options=es.Options(min_estimation=120))
    assert "min_estimation = 100 or less" in str(caught.value)


def test_many_factors_need_a_longer_window_than_asked():
    model = es.models.MultiFactor(*(f"F{place}" for place in range(70)))
    with pytest.raises(es.EventStudyError, match="needs 72 returns"):
        check_estimation(windows_of(60), es.Options(), "the multi-factor of AAA", model.fewest)
    assert least_returns(windows_of(100), es.Options(), model.fewest) == 72


@pytest.mark.parametrize("name", list(MODELS))
@pytest.mark.parametrize("solver", [statsmodels_solver, moments_solver])
def test_a_fit_without_a_degree_of_freedom_is_a_reason_and_never_a_warning(name, solver):
    rng = np.random.default_rng(8)
    model = model_named(name)
    k, days = len(model.factors), 30
    estimation = rng.normal(0, 0.01, (6, days))
    for row in range(6):
        estimation[row, row:] = np.nan  # 0, 1, ... 5 returns; the last row has them all
    estimation[5] = rng.normal(0, 0.01, days)
    sample = WindowSample(
        estimation,
        rng.normal(0, 0.01, (6, days, k)),
        rng.normal(0, 0.01, (6, 5, k)),
        gap=rng.normal(0, 0.01, (6, 2)),
        span=np.ones((6, days)),
        span_after=np.ones((6, 5)),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fits = model.fit(sample, solver)
    assert not fits.reasons[5]
    assert np.isfinite(fits.s2[5])
    for row in range(5):
        if name == "market-adjusted":
            assert not fits.reasons[row]
            assert np.isfinite(fits.normal[row]).all()
            assert np.isfinite(fits.s2[row]) == (row > 1)
        elif row < KINDS[name]:
            assert fits.reasons[row]
            assert np.isnan(fits.s2[row])


# --- the warning ------------------------------------------------------------------------


def test_a_short_window_warns_with_its_degrees_of_freedom():
    options, windows = es.Options(min_estimation=18), windows_of(20)
    model = es.models.MarketModel("MKT")
    results = run([400, 450], windows=windows, model=model, options=options)
    (finding,) = [own for own in results.quality if own.kind == "short-estimation"]
    assert finding.asset == "AAA"
    assert finding.severity == "warning"
    assert "20 sessions leaves the market-model at most 18 degrees of freedom" in finding.text
    assert "by 17 %" in finding.text  # 1/√(2·18) = .167
    assert results.abnormal.df.tolist() == [18.0, 18.0]
    again = check_prices(results.events, prices_of(), model=model, windows=windows, options=options)
    assert again == results.quality
    said = [own for own in es.check_study(results) if own.check == "short-estimation"]
    assert [own.where.event_id for own in said] == ["e0", "e1"]
    assert all("20 of 20 sessions, which leaves 18 degrees" in own.sentence for own in said)
    assert not short_windows(results.models, windows_of(60))


# --- market-adjusted returns need no estimation window -----------------------------------


def listed_late(returns=(300, 5), names=("OLD", "NEW")) -> pd.DataFrame:
    """Assets with so many estimation returns before session 400; their windows end at 389."""
    prices = prices_of(7, names)
    for name, count in zip(names, returns, strict=True):
        prices.loc[SESSIONS[: 389 - count], name] = np.nan
    return prices


ADJUSTED = es.models.MarketAdjusted("MKT")


def test_market_adjusted_returns_are_measured_without_an_estimation_window():
    prices = listed_late((250, 0))
    results = run([400], 250, prices, ADJUSTED)
    assert results.left_out.empty
    steps = prices.pct_change()
    for name in ("OLD", "NEW"):
        own = results.ar[results.ar["asset"] == name].set_index("tau")
        expected = (steps[name] - steps["MKT"]).to_numpy()[398:403]
        np.testing.assert_allclose(own["ar"], expected, rtol=1e-12)
        car = results.car()[results.car()["asset"] == name].set_index(["start", "end"])
        np.testing.assert_allclose(car.loc[(-2, 2), "car"], expected.sum(), rtol=1e-12)
        errors = car[["se", "t", "df", "p", "ci_low", "ci_high", "scar"]].to_numpy(dtype=float)
        assert np.isfinite(errors).all() if name == "OLD" else np.isnan(errors).all()
    row = results.estimation.set_index("asset").loc["NEW"]
    assert (row["n"], row["missing"]) == (0, 250)
    assert pd.isna(row["first"])
    assert np.isnan(row["sigma"])
    assert set(results.residuals["asset"]) == {"OLD"}


@pytest.mark.parametrize("returns", [0, 1, 2, 5, 119, 120])
def test_too_few_returns_are_not_used_for_a_variance(returns):
    results = run([400], 250, listed_late((returns,), ("NEW",)), ADJUSTED)
    row = results.estimation.iloc[0]
    assert row["n"] == (120 if returns == 120 else 0)
    assert np.isfinite(row["sigma"]) == (returns == 120)
    why = str(results.abnormal.unestimated[0])
    start = f"only {returns} of 250 estimation returns (at least 120 are needed)"
    assert why == "" if returns == 120 else why.startswith(start)


def test_means_and_tests_over_cars_stand_and_the_others_say_what_they_lack():
    names = ("A", "B", "C", "D")
    prices = listed_late((250, 250, 3, 0), names)
    days = [400, 420, 440, 460]
    options = es.Options(min_estimation=100, average="across-assets")
    results = run(events_of(days, assets=list(names)), 250, prices, ADJUSTED, options)
    steps = prices.pct_change().to_numpy()
    ar = steps[:, 1:] - steps[:, :1]
    car = np.array([ar[day : day + 2, place].sum() for place, day in enumerate(days)])
    mean = results.mean_car().set_index(["start", "end"]).loc[(0, 1)]
    se = car.std(ddof=1) / 2
    assert mean["basis"] == "between episodes"
    np.testing.assert_allclose([mean["caar"], mean["se"]], [car.mean(), se], rtol=1e-10)
    tests = results.tests(include_invalid=True)
    tests = tests[(tests["start"] == 0) & (tests["end"] == 1)].set_index("test")
    own = tests.loc["cross-sectional-t"]
    assert own["valid"]
    np.testing.assert_allclose(own["statistic"], car.mean() / se, rtol=1e-10)
    for name in ("bmp", "rank-sum-ewma", "grank-t"):
        assert not tests.loc[name, "valid"]
        assert np.isnan(tests.loc[name, "p"])
        assert tests.loc[name, "reason"].startswith("needs estimation returns, and 2 of 4 episodes")


def section_of(episodes: int, dates: int) -> CrossSection:
    """Episodes of as many assets, dealt out to so many separate dates."""
    rng = np.random.default_rng(3)
    day0 = np.datetime64("2017-01-02") + (np.arange(episodes) % dates * 40).astype("timedelta64[D]")
    residuals, shocks = rng.normal(0, 0.01, (episodes, 120)), rng.normal(0.003, 0.01, (episodes, 1))
    return CrossSection(syn.episodes(residuals, shocks, day0=day0), (0, 0))


@pytest.mark.parametrize("name", list(TESTS))
def test_which_tests_need_estimation_windows_is_what_they_do(name):
    """A test of CARs alone gives the same without residuals; every other one does not."""
    computed = 0
    for sample in (section_of(1, 1), section_of(24, 24), section_of(12, 1), section_of(24, 12)):
        nothing = np.full(sample.n, np.nan)
        residuals = np.full(sample.residuals.shape, np.nan)
        bare = replace(sample.abnormal, s2=nothing, df=nothing, residuals=residuals)
        test = TESTS[name]()
        whole = test(sample)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                without = test(replace(sample, abnormal=bare))
            except (ValueError, IndexError, ZeroDivisionError, np.linalg.LinAlgError):
                without = None
        if name in CARS_ALONE:
            assert repr(without) == repr(whole)
        elif whole.computed:
            assert without is None or not without.computed or without.p != whole.p
        computed += whole.computed
    assert computed or name not in CARS_ALONE


def test_every_named_test_of_cars_alone_exists():
    assert set(TESTS) >= CARS_ALONE


def test_placebo_days_have_estimation_windows():
    prices = listed_late((380, 5))
    results = run([400, 600], 250, prices, ADJUSTED)
    for name in ("OLD", "NEW"):
        placebo = results.history.placebo(name)
        assert np.isfinite(placebo.abnormal.s2).all()
        sessions = results.data[name].calendar.sessions
        first = np.searchsorted(sessions, sessions[0]) + 120 + 11
        assert placebo.positions.min() >= first


def test_overlapping_windows_without_any_estimation_return_are_not_averaged():
    results = run([400, 401], 250, listed_late((0,), ("NEW",)), ADJUSTED)
    mean = results.mean_car().set_index(["start", "end"])
    assert mean.loc[(-2, 2), "basis"] == "not averaged: windows overlap"
    assert np.isnan(mean.loc[(-2, 2), "caar"])


@pytest.mark.parametrize("returns", [(250, 5), (0, 0)])
def test_a_report_of_market_adjusted_returns_without_errors_says_so(tmp_path, returns):
    results = run([400], 250, listed_late(returns), ADJUSTED)
    index = es.write_report(results, tmp_path)
    page = (index.parent / "events" / "e0.html").read_text("utf-8")
    visible = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert "there is no standard error: only" in visible
    assert not re.search(r"\bnan\b", visible)
    assert not re.search(r"\bnan\b", index.read_text("utf-8").split("<script", 1)[0])
    said = [own for own in es.check_study(results) if own.check == "short-estimation"]
    assert len(said) == sum(count < 120 for count in returns)
    with pytest.raises(es.EventStudyError, match="has no residuals"):
        es.diagnose(results, "e0", "NEW")
    with pytest.raises(es.EventStudyError, match="has no residuals"):
        es.plots.residuals(results, "e0", "NEW")


def test_stacked_models_keep_their_own_coefficients():
    prices = two_factors()
    prices["BBB"] = prices["AAA"] * 2
    model = {"AAA": es.models.MultiFactor("MKT", "OIL"), "BBB": es.models.ConstantMean()}
    results = run([400], 120, prices, model)
    assert results.abnormal.coefficients.shape == (2, 3)
    assert np.isnan(results.abnormal.coefficients[1, 1:]).all()
    assert length(results.windows.estimation) == 120
    assert stack([results.abnormal]).coefficients.shape == (2, 3)
