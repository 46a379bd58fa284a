"""Intervals, bands and rules against numbers made with plain numpy and scipy.

tests/golden/intervals.json: 56 cases, each by two routes; its `_about` holds the tolerances.
"""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest
from golden_data import GOLDEN, stocks
from synthetic import agree, events, returns, study

import eventstudy as es
from eventstudy.cli.shown_event import as_records
from eventstudy.inference.average import average
from eventstudy.inference.battery.portfolio import portfolio, portfolio_ratio
from eventstudy.inference.intervals import car_intervals, order_statistics, path_bands, stated_level
from eventstudy.report.report_data import ReportData
from eventstudy.results import cross_section, levels
from eventstudy.results.levels import thinned

CASES = json.loads((GOLDEN / "intervals.json").read_text("utf-8"))
RTOL = CASES.pop("_about")["rtol"]
FACTORS = 5
"""Windows of more days allow for the error of the estimated normal return."""


def names(*letters: str, source: str | None = None) -> list[str]:
    """Cases whose name begins with a letter, of a source of data."""
    kept = [name for name in CASES if name[0] in letters]
    if source is None:
        return [name for name in kept if (CASES[name]["data"] or {}).get("source") != "embedded"]
    return [name for name in kept if (CASES[name]["data"] or {}).get("source") == source]


@cache
def ecb(asset: str, factor: str | None, first: str, last: str) -> pd.DataFrame:
    """Rates of the European Central Bank between two dates."""
    wanted = {"X": f"ecb:{asset}"} | ({"F": f"ecb:{factor}"} if factor else {})
    return es.load_prices(wanted).frame.loc[first:last].dropna()


def prices(data: dict) -> pd.DataFrame:
    """The prices of a case: assets, and the factor as F."""
    if data["source"] == "ecb":
        return ecb(data["asset"], data["factor"], data["first"], data["last"])
    frame = stocks().loc[data["first"] : data["last"]]
    assets = [c for c in frame if c != "SP500"] if data["assets"] == "all" else data["assets"]
    return frame[assets].assign(**({"F": frame["SP500"]} if data["factor"] else {}))


def run(case: dict, episodes, windows, event=None, tests=None, **options) -> es.EventStudyResults:
    """The study of a case; episodes are (asset, day 0) pairs."""
    frame, design = prices(case["data"]), case["design"]
    rows = pd.DataFrame(
        [(f"e{n}", day, "x", asset) for n, (asset, day) in enumerate(episodes)],
        columns=["event_id", "date", "title", "assets"],
    )
    reach = event or (min(0, *(w[0] for w in windows)), max(0, *(w[1] for w in windows)))
    exclude = design.get("exclude")
    settings = {
        "returns": case["data"]["returns"],
        "exclude_from_estimation": tuple(exclude) if exclude else None,
        "min_estimation": 60,
    }
    return es.run_study(
        rows,
        frame,
        model=es.models.MarketModel("F") if case["data"]["factor"] else es.models.ConstantMean(),
        windows=es.Windows(
            estimation=tuple(design["estimation"]),
            event=tuple(reach),
            car=[tuple(w) for w in windows],
        ),
        tests=tests,
        options=es.Options(**settings | options),
    )


def only(frame: pd.DataFrame, **values) -> pd.Series:
    """The one row with these values."""
    for name, value in values.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def ends(row, suffix: str = "") -> list[float]:
    return [row[f"ci_low{suffix}"], row[f"ci_high{suffix}"]]


def numbers(values) -> list[float]:
    """A reference with NaN for null."""
    return [float("nan") if value is None else value for value in values]


@pytest.mark.parametrize("name", names("J"))
def test_mean_of_overlapping_windows(name):
    case = CASES[name]
    windows = [tuple(w) for w in case["design"]["windows"]]
    results = run(
        case,
        [
            ("X" if case["data"]["source"] == "ecb" else case["data"]["assets"][0], d)
            for d in case["design"]["day0"]
        ],
        windows,
    )
    expected = case["expected"]
    found = average(results.abnormal, windows, results.history)
    agree("joint", found.event_sd_ratio, expected["event_sd_over_s"])
    for place, window in enumerate(expected["windows"]):
        agree("joint", found.mean[place], window["mean"])
        agree("joint", found.se[place], window["se_textbook"])
        assert found.df == window["df_textbook"]
        agree("joint", found.n_eff[place], window["n_eff"])
        agree("joint", [found.low_t[place], found.high_t[place]], window["ci_textbook"])
        agree("joint", [found.low[place], found.high[place]], numbers(window["ci"]))
        assert np.isfinite(found.low[place]) == window["interval"]
    if "band" in expected:
        assert found.band == expected["band"].lower()
        critical = found.half / [w["se_hc"] for w in expected["windows"]]
        agree("sup-t", critical.max(), expected["band_critical"], RTOL["band_critical"])
        agree("sup-t", critical.min(), expected["band_critical"], RTOL["band_critical"])
    if len(windows) == 1:
        row = only(results.mean_car())
        agree("joint", [row["caar"], *ends(row)], [found.mean[0], found.low[0], found.high[0]])
        assert row["basis"] == "joint dummies"


def test_covariance_of_two_overlapping_means():
    case = CASES["J9_two_windows_AUD"]
    windows = [(0, 1), (0, 4)]
    results = run(case, [("X", d) for d in case["design"]["day0"]], windows)
    from eventstudy.inference.average import _regressed

    found = _regressed(results.abnormal, windows, results.history)
    agree("joint", found.robust, case["expected"]["covariance"])


@cache
def embedded() -> es.EventStudyResults:
    return es.load_example().run()


@pytest.mark.parametrize("name", names("E", source="embedded"))
def test_mean_of_the_embedded_study(name):
    case, results = CASES[name], embedded()
    asset, group, expected = case["data"]["asset"], case["design"]["group"], case["expected"]
    if len(expected["windows"]) > 1:
        path = results.caar()
        path = path[(path["asset"] == asset) & (path["group"] == group)]
        columns = ["caar", "se", "ci_low", "ci_high", "ci_low_t", "ci_high_t", "n_eff"]
        theirs = [
            [w["mean"], w["se_textbook"], *w["ci"], *w["ci_textbook"], w["n_eff"]]
            for w in expected["windows"]
        ]
        agree("joint", path[columns].to_numpy(), theirs)
        critical = (path["band_high"] - path["caar"]) / [w["se_hc"] for w in expected["windows"]]
        agree("sup-t", critical.max(), expected["band_critical"], RTOL["band_critical"])
        agree("sup-t", critical.min(), expected["band_critical"], RTOL["band_critical"])
        return
    (window,) = expected["windows"]
    start, end = window["window"]
    row = only(results.mean_car(), asset=asset, group=group, start=start, end=end)
    assert (row["n"], row["basis"]) == (expected["n"], expected["basis"])
    agree("joint", [row["caar"], *ends(row)], [window["mean"], *window["ci"]])
    if row["basis"] == "joint dummies":
        agree("joint", ends(row, "_t"), window["ci_textbook"])
        agree("joint", row["event_sd_ratio"], expected["event_sd_over_s"])


@pytest.mark.parametrize("name", names("B"))
def test_mean_of_several_assets_on_shared_dates(name):
    case = CASES[name]
    expected, window = case["expected"], tuple(case["design"]["window"])
    results = run(case, case["design"]["episodes"], [window])
    row = only(results.mean_car())
    assert (row["asset"], row["n"], row["df"]) == ("all", expected["n"], expected["df"])
    agree("shared dates", [row["caar"], row["se"]], [expected["mean"], expected["se"]])
    agree("shared dates", ends(row, "_t"), expected["ci_textbook"])
    agree("shared dates", ends(row), expected["ci"])
    wide = expected["factor"] > 1
    assert row["ci_basis"] == ("between episodes, correlated" if wide else "between episodes")


def test_correlation_that_is_not_known_gives_no_interval():
    """Two assets on one date whose estimation windows share fewer than 30 dates."""
    rng = np.random.default_rng(5)
    days = pd.bdate_range("2019-01-01", periods=400)
    frame = pd.DataFrame(np.exp(rng.normal(0, 0.01, (400, 2)).cumsum(axis=0)), days, ["A", "B"])
    frame.iloc[60:200:2, 0] = np.nan  # A trades on other days than B
    frame.iloc[61:200:2, 1] = np.nan
    rows = pd.DataFrame({"event_id": ["e"], "date": [str(days[220].date())], "title": ["x"]})
    results = es.run_study(
        rows,
        frame,
        windows=es.Windows(estimation=(-80, -21), event=(0, 1), car=[(0, 1)]),
        options=es.Options(average="across-assets", calendars={"A": "none", "B": "none"}),
    )
    common = set(results.abnormal.estimation_dates[0]) & set(results.abnormal.estimation_dates[1])
    assert len(common) < 30
    row = only(results.mean_car())
    assert row["n"] == 2
    assert np.isnan(ends(row)).all()
    assert np.isfinite(ends(row, "_t")).all()
    assert row["ci_basis"] == "none: the correlation of some assets is not known"


def test_assets_without_an_estimation_window_are_averaged_without_an_interval():
    """Market-adjusted at the start of the series, beside an event that has a variance."""
    options = es.Options(average="across-assets")
    model = es.models.MarketAdjusted("MKT")
    panel = returns(["AAA", "BBB"], 300)
    for places, n in (([20], 2), ([20, 250], 4)):
        row = only(study(places, panel, model=model, options=options).mean_car())
        assert row["n"] == n
        assert np.isnan(ends(row)).all()
        assert row["ci_basis"] == "none: the correlation of some assets is not known"


def scaled_case(name):
    """Results of a case with one episode under study, and its row."""
    case = CASES[name]
    if case["data"]["source"] == "embedded":
        results = embedded()
        day = np.datetime64(case["design"]["day0"])
        row = np.flatnonzero(
            (results.abnormal.day0 == day) & (results.abnormal.assets == case["data"]["asset"])
        )
        return case, results, results.abnormal.rows(row)
    days = [case["design"]["day0"], *case["design"]["other_day0"]]
    event = case["design"]["event"]
    cars = case["expected"].get("cars", [])
    windows = [tuple(event), *(tuple(car["window"]) for car in cars)]
    results = run(case, [("X", day) for day in days], windows, event, overlap="joint")
    row = np.flatnonzero(results.abnormal.day0 == np.datetime64(days[0]))
    return case, results, results.abnormal.rows(row)


@pytest.mark.parametrize("name", names("Q") + names("Q", source="embedded"))
def test_interval_of_one_car(name):
    case, results, part = scaled_case(name)
    for car in case["expected"]["cars"]:
        window = tuple(car["window"])
        form = "factors" if window[1] - window[0] + 1 > FACTORS else "plain"
        expected, alpha = car[form], car["alpha"]
        found = car_intervals(part, window, float(round(1 - alpha, 12)))
        agree("one car", part.car(window), car["car"])
        assert found.n[0] == expected["n"]
        if expected["n"]:
            agree("one car", [found.z[0], found.p[0]], [expected["z"], expected["p"]])
        if not expected["n"]:
            assert np.isnan([found.p[0], found.low[0], found.high[0]]).all()
        elif not expected["bounded"]:
            assert (found.low[0], found.high[0]) == (-np.inf, np.inf)
        else:
            agree("one car", [found.low[0], found.high[0]], expected["ci"])
            assert (not found.low[0] <= 0 <= found.high[0]) == expected["zero_outside"]
        if "se_t" in car:
            agree("one car", [part.car_se(window)[0], part.df[0]], [car["se_t"], car["df_t"]])
    if case["data"]["source"] != "embedded" and expected["bounded"]:
        table = results.car()
        row = table[(table["event_id"] == "e0") & (table["start"] == window[0])]
        row = only(row, end=window[1])
        if car["alpha"] == 0.05:
            agree("one car", ends(row), expected["ci"])
            agree("one car", ends(row, "_t"), car["ci_t"])
            agree("one car", row["p_rank"], expected["p"])


@pytest.mark.parametrize("name", names("P"))
def test_band_of_one_path(name):
    case, _, part = scaled_case(name)
    first, last = case["design"]["event"]
    windows = [(first, day) for day in range(first, last + 1)]
    expected = case["expected"]["factors" if len(windows) > FACTORS else "plain"]
    found = path_bands(part, windows, 0.95)
    agree("path", [part.car(window)[0] for window in windows], case["expected"]["path"])
    assert found.n[0] == expected["n"]
    agree("path", found.p[0], expected["p"])
    if expected["c"] is None:
        assert found.critical[0] == np.inf
    else:
        agree("path", found.critical[0], expected["c"])
        agree("path", found.half[0], expected["half"])


def test_level_is_the_stated_one():
    values = np.arange(1.0, 20.0)  # n = 19: k = .05 x 20 = 1 exactly, which 1 - .95 is not
    assert (1 - 0.95) * 20 > 1
    few = np.where(values < 19, values, np.nan)  # n = 18
    rows = np.stack([values, few, np.full(19, np.nan)])
    np.testing.assert_array_equal(order_statistics(rows, stated_level(0.95)), [19, np.inf, np.nan])
    assert order_statistics(rows, stated_level(0.9))[0] == 18.0  # (1 - .9) * 20 < 2
    assert np.isnan(order_statistics(rows[:1, :0], stated_level(0.95)))
    assert stated_level(np.float64(0.95)) == stated_level(0.95)


@pytest.mark.parametrize("name", names("Z"))
def test_corrado_zivney_sign(name):
    case = CASES[name]
    windows = [tuple(t["window"]) for t in case["expected"]["tests"]]
    episodes = [(asset, case["design"]["day0"]) for asset in prices(case["data"]) if asset != "F"]
    results = run(case, episodes, windows, tests=["corrado-zivney-sign"])
    for expected in case["expected"]["tests"]:
        start, end = expected["window"]
        row = only(results.tests(include_invalid=True), start=start, end=end)
        agree("corrado-zivney-sign", [row["statistic"], row["p"]], [expected["z"], expected["p"]])


@pytest.mark.parametrize("name", names("A"))
def test_many_windows_of_one_series(name):
    case = CASES[name]
    expected, window = case["expected"], tuple(case["design"]["window"])
    episodes = [("X", day) for day in case["design"]["day0"]]
    results = run(case, episodes, [window])
    row = only(results.mean_car())
    agree("one series", [row["caar"], row["se"]], [expected["mean"], expected["se"]])
    agree("one series", ends(row, "_t"), expected["ci_textbook"])
    agree("one series", ends(row), expected["ci"])
    lead = only(results.tests(), role="headline")
    assert lead["test"] == "bmp"
    agree("bmp", lead["statistic"], expected["bmp_over_factor"])
    agree("bmp", [lead["df"], lead["p"]], [expected["df"], expected["p"]])
    agree("bmp", lead["rbar_estimation"], expected["rbar_design"])
    plain = only(run(case, episodes, [window], tests=["bmp"]).tests())
    agree("bmp", plain["statistic"], expected["bmp"])


@pytest.mark.parametrize("name", names("F"))
def test_portfolio_of_one_date(name):
    case = CASES[name]
    windows = [tuple(t["window"]) for t in case["expected"]["tests"]]
    episodes = [(asset, case["design"]["day0"]) for asset in prices(case["data"]) if asset != "F"]
    results = run(case, episodes, windows, case["design"]["event"], ["portfolio-ewma-sq"])
    for expected in case["expected"]["tests"]:
        start, end = expected["window"]
        form = "factors" if end - start + 1 > FACTORS else "ewma_sq"
        row = only(results.tests(), start=start, end=end)
        agree(row["test"], [row["statistic"], row["p"]], [expected[form]["z"], expected[form]["p"]])
        if (start, end) == (0, 0):
            agree(row["test"], portfolio_ratio(results.abnormal), expected["sigma_ratio"])


def test_portfolio_counts_the_days_that_all_of_its_assets_have():
    """Events of one asset each take days out of its estimation window, and so the portfolio's."""
    firms = list("ABCDEF")
    own = [150 + 3 * place for place in range(27)]
    rows = events([250, *own], assets=[";".join(firms), *(firms[i % 6] for i in range(27))])
    panel, model = returns(firms), es.models.ConstantMean()
    part = study(rows, panel, model=model).abnormal
    part = part.rows(np.flatnonzero(part.day0 == part.day0.max()))
    made = portfolio(part)
    days = made.residuals[np.isfinite(made.residuals)]
    assert len(part.day0) == 6
    assert len(days) < 60 < part.observed.min()
    # alpha leaves one asset's residuals one degree fewer than days; the portfolio's likewise
    assert made.df[0] == len(days) - 1
    assert made.s2[0] == pytest.approx((days**2).sum() / (len(days) - 1), rel=1e-12)


@pytest.mark.parametrize("name", names("U") + names("U", source="embedded"))
def test_union_of_days(name):
    case = CASES[name]
    window, expected = tuple(case["design"]["window"]), case["expected"]
    if case["data"]["source"] == "embedded":
        results = embedded()
        (level,) = (
            own
            for own in levels(results, "group")
            if (own.asset, own.group) == (case["data"]["asset"], case["design"]["group"])
        )
    else:
        results = run(case, [("X", d) for d in case["design"]["day0"]], [window])
        (level,) = levels(results)
    found = es.inference.UnionEwma()(cross_section(results, level, window))
    agree("union-ewma", [found.statistic, found.p], [expected["z"], expected["p"]])
    assert found.details["days"] == expected["days"]


@pytest.mark.parametrize("name", [n for n in names("O") if n != "O12_numbers"])
def test_which_overlapping_episodes_leave(name):
    design, expected = CASES[name]["design"], CASES[name]["expected"]
    positions = np.array(design["day0_positions"]) + 300
    days = pd.bdate_range("2000-01-03", periods=positions.max() + 60)
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"X": np.exp(rng.normal(0, 0.01, len(days)).cumsum())}, days)
    rows = pd.DataFrame(
        {"event_id": [f"e{n}" for n in range(len(positions))],
         "date": [str(days[p].date()) for p in positions], "title": "x"}
    )  # fmt: skip
    windows = [tuple(w) for w in design["windows"]]
    results = es.run_study(
        rows,
        frame,
        windows=es.Windows(
            event=(min(w[0] for w in windows), max(0, *(w[1] for w in windows))), car=windows
        ),
        options=es.Options(exclude_from_estimation=None),
    )
    every = np.arange(len(results.abnormal.day0))
    for window in expected["by_window"]:
        start, end = window["window"]
        kept = thinned(results, every, (start, end))
        at = np.searchsorted(days.to_numpy().astype("datetime64[D]"), results.abnormal.day0) - 300
        assert sorted(at[kept.rows].tolist()) == sorted(window["stay"])
        assert sorted(at[kept.overlapping].tolist()) == sorted(window["left_out"])
        row = only(results.mean_car(), start=start, end=end)
        assert row["basis"] == window["basis"]
        assert row["left_out_overlapping"] == len(window["left_out"])
        named = [int(name[1:]) for name in row["overlapping_events"]]
        assert [design["day0_positions"][n] for n in named] == window["left_out"]


def test_episode_that_leaves_an_average_still_takes_its_days_out_of_the_others():
    case = CASES["O12_numbers"]
    expected, window = case["expected"], tuple(case["design"]["window"])
    results = run(case, [("X", day) for day in case["design"]["day0"]], [window])
    row = only(results.mean_car())
    assert (row["n"], row["df"], row["basis"]) == (29, expected["df"], expected["basis"])
    agree("thinned", [row["caar"], row["se"]], [expected["mean"], expected["se"]])
    agree("thinned", ends(row, "_t"), expected["ci"])
    assert row["overlapping_events"] == ("e1",)
    lead = only(results.tests(), role="headline")
    factor = (row["ci_high"] - row["caar"]) / (row["ci_high_t"] - row["caar"])
    agree("thinned", lead["statistic"] * factor, expected["bmp"])


def test_a_path_is_inverted_for_single_days_too():
    """A band over single days: the rank of the largest scaled day of eleven, counted."""
    _, _, part = scaled_case("P1_GBP_brexit")
    windows = [(day, day) for day in range(-5, 6)]
    found = path_bands(part, windows, 0.95)
    residuals = part.residuals[0]
    variance = np.mean(residuals**2)
    largest = []
    n1 = len(residuals)
    for start in range(len(residuals) - 10):
        run_of = residuals[start : start + 11] / np.sqrt(1 - 1 / n1)
        largest.append(np.abs(run_of).max() / np.sqrt(variance))
        variance = 0.94 * variance + 0.06 * residuals[start] ** 2
    agree("path", found.critical[0], sorted(largest)[-12])


def test_a_level_beyond_the_ordinary_days_has_no_bound_and_is_said_so(tmp_path):
    """99.9 % needs 999 ordinary days; 100 were there."""
    rng = np.random.default_rng(2)
    days = pd.bdate_range("2019-01-01", periods=300)
    frame = pd.DataFrame({"X": np.exp(rng.normal(0, 0.01, 300).cumsum())}, days)
    rows = pd.DataFrame({"event_id": ["e"], "date": [str(days[200].date())], "title": ["x"]})
    windows = es.Windows(estimation=(-110, -11), car=[(0, 0)])
    results = es.run_study(rows, frame, windows=windows, options=es.Options(confidence=0.999))
    row = only(results.car())
    assert (row["ci_low"], row["ci_high"]) == (-np.inf, np.inf)
    assert np.isfinite([row["ci_low_t"], row["p_rank"]]).all()
    assert ends(only(results.mean_car())) == [-np.inf, np.inf]
    path = results.caar()
    assert (path["band"] == "none").all()
    assert "no bound" in results.summary()
    assert "Confidence: 99.9%" in results.summary()
    (record,) = as_records(ReportData(results), "e")["car"]
    assert (record["ci_low"], record["ci_high"]) == (None, None)
    page = es.write_report(results, tmp_path).read_text("utf-8")
    event = (tmp_path / "events" / "e.html").read_text("utf-8")
    assert "no bound" in page
    assert "too few ordinary days for an interval" in event
    for text in (page, event):
        assert "Infinity" not in text
        assert "inf %" not in text
    saved = json.loads((tmp_path / "data" / "results.json").read_text("utf-8"))
    assert saved["car"][0]["ci_low"] is None
