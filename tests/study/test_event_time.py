"""Returns by τ without dates: numbers by hand, refusals by name, tables as people have them."""

import inspect

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

import eventstudy as es
from eventstudy.errors import InvalidArgumentError, UnknownNameError
from eventstudy.results.unestimated import OF_DATES

TAU = np.arange(-120, 6)
RNG = np.random.default_rng(3)
MARKET = RNG.normal(0, 0.01, (126, 24))
RETURNS = 0.0002 + 1.1 * MARKET + RNG.normal(0, 0.015, (126, 24))
RETURNS[120] += 0.02
FIRMS = [f"F{number}" for number in range(24)]
LONG = pd.DataFrame(
    {
        "firm": np.repeat(FIRMS, 126),
        "tau": np.tile(TAU, 24),
        "ret": RETURNS.T.ravel(),
        "mkt": MARKET.T.ravel(),
        "sector": np.repeat(["bank", "oil"] * 12, 126),
    }
)
WIDE = pd.DataFrame(RETURNS, TAU, FIRMS)
WINDOWS = es.Windows(estimation=(-120, -21), car=[(0, 0), (-1, 1)])
MODEL = es.models.MarketModel("mkt")


@pytest.fixture(scope="module")
def results():
    """The study of the long table."""
    return es.run_event_time(LONG, model=MODEL, windows=WINDOWS)


def by_hand(column, window):
    """CAR, its standard error and the standardised CAR of an event, with statsmodels."""
    inside = TAU <= -21
    days = (window[0] <= TAU) & (window[1] >= TAU)
    fit = sm.OLS(RETURNS[inside, column], sm.add_constant(MARKET[inside, column])).fit()
    x = sm.add_constant(MARKET[days, column], has_constant="add")
    car = (RETURNS[days, column] - fit.predict(x)).sum()
    summed = x.sum(axis=0)
    spread = days.sum() + summed @ fit.normalized_cov_params @ summed
    return car, np.sqrt(fit.mse_resid * spread)


@pytest.mark.parametrize("window", [(0, 0), (-1, 1)])
def test_cars_means_and_tests_are_those_by_hand(results, window):
    at = f"start == {window[0]} and end == {window[1]}"
    expected = np.array([by_hand(column, window) for column in range(24)])
    car = results.car().query(at)
    assert car["event_id"].tolist() == FIRMS
    np.testing.assert_allclose(car["car"], expected[:, 0], atol=1e-14)
    np.testing.assert_allclose(car["se"], expected[:, 1], rtol=1e-10)
    mean = results.mean_car().query(at).iloc[0]
    assert mean["caar"] == pytest.approx(expected[:, 0].mean(), abs=1e-14)
    tests = results.tests().query(at).set_index("test")
    by_scipy = stats.ttest_1samp(expected[:, 0], 0)
    assert tests.loc["cross-sectional-t", "statistic"] == pytest.approx(by_scipy.statistic)
    assert tests.loc["cross-sectional-t", "p"] == pytest.approx(by_scipy.pvalue)
    scar = expected[:, 0] / expected[:, 1]
    bmp = stats.ttest_1samp(scar, 0)
    assert tests.loc["bmp", "statistic"] == pytest.approx(bmp.statistic, rel=1e-9)


def test_the_constant_mean_of_one_event_is_that_by_hand():
    made = es.run_event_time(WIDE, windows=WINDOWS).car().iloc[0]
    before = RETURNS[TAU <= -21, 0]
    assert made["car"] == pytest.approx(RETURNS[120, 0] - before.mean(), abs=1e-15)
    assert made["se"] == pytest.approx(before.std(ddof=1) * np.sqrt(1 + 1 / 100), rel=1e-12)


FORMS = {
    "wide": (WIDE, {"mkt": pd.DataFrame(MARKET, TAU, FIRMS)}),
    "wide on its side": (WIDE.T, {"mkt": pd.DataFrame(MARKET.T, FIRMS, TAU)}),
    "tau as a column": (
        WIDE.reset_index(names="tau"),
        {"mkt": pd.DataFrame(MARKET, TAU, FIRMS).reset_index(names="t")},
    ),
    "other names": (LONG.rename(columns={"firm": "PERMNO", "tau": "evttime", "ret": "Return"}), {}),
    "rows in any order": (LONG.sort_values(["tau", "ret"]), {}),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_table_gives_the_same_numbers(results, form):
    given, factors = FORMS[form]
    if form == "tau as a column":
        factors = {"mkt": factors["mkt"].set_index("t")}
    made = es.run_event_time(given, factors=factors, model=MODEL, windows=WINDOWS)
    cars = [each.car().sort_values(["event_id", "start"]) for each in (made, results)]
    cars = [each.reset_index(drop=True) for each in cars]
    pd.testing.assert_frame_equal(*cars)


def test_one_market_by_tau_is_that_of_every_event():
    market = pd.Series(MARKET[:, 0], TAU)
    made = es.run_event_time(WIDE, factors={"mkt": market}, model=MODEL, windows=WINDOWS)
    assert made.car()["car"].iloc[0] == pytest.approx(by_hand(0, (0, 0))[0], abs=1e-14)


def test_attributes_make_groups_and_stand_beside_cars(results):
    means = results.mean_car(by="sector").query("end == 0")
    assert means["group"].tolist() == ["bank", "oil"]
    expected = np.mean([by_hand(column, (0, 0))[0] for column in range(0, 24, 2)])
    assert means["caar"].iloc[0] == pytest.approx(expected, abs=1e-14)
    table = results.car(attributes=True)
    assert table["sector"].tolist()[:3] == ["bank", "bank", "oil"]
    assert "date" not in table


def test_a_column_of_the_user_is_no_date_whatever_its_name():
    table = LONG.assign(first="of its kind", session="spring")
    made = es.run_event_time(table, model=MODEL, windows=WINDOWS).car(attributes=True)
    assert set(made["first"]) == {"of its kind"}
    assert set(made["session"]) == {"spring"}
    assert made["day0"].isna().all()


def test_no_table_shows_a_date(results, tmp_path):
    for name in ("alignment", "ar", "estimation", "residuals", "ewma_sq", "scaled_car"):
        frame = getattr(results, name)
        dates = frame.select_dtypes("datetime")
        assert len(frame) > 0
        assert dates.isna().all(axis=None), name
    assert results.car()["day0"].isna().all()
    assert np.isnat(results.days0("F1", "F1")).all()
    assert results.regression("F0", "F0").model.data.row_labels[0] == -120
    assert results.to_excel(tmp_path / "tables.xlsx").exists()
    assert "Event time, without dates" in results.summary()
    assert "1970" not in results.summary() + results.cite() + repr(results)


def test_what_is_missing_is_said_by_tau():
    gaps = LONG[~((LONG["firm"] == "F1") & (LONG["tau"] == 0))]
    gaps = gaps[~((gaps["firm"] == "F2") & (gaps["tau"] > 0))]
    gaps = gaps[~((gaps["firm"] == "F3") & (gaps["tau"] < -60))]
    left = es.run_event_time(gaps, model=MODEL, windows=WINDOWS).left_out
    reasons = {
        (row.event_id, row.end if row.start == row.start else None): row.reason
        for row in left.astype(object).where(left.notna(), None).itertuples()
    }
    assert reasons["F1", 0] == "no return on τ = 0"
    assert reasons["F2", 1] == "the returns end at τ = 0"
    assert "only 40 of 100 estimation returns" in reasons["F3", None]


def test_tests_that_need_dates_are_refused_by_name_and_no_others():
    given = es.run_event_time(LONG, model=MODEL, windows=WINDOWS, tests=list(es.TESTS))
    tests = given.tests(include_invalid=True)
    refused = tests[tests["reason"].str.startswith("needs calendar dates")]
    assert set(refused["test"]) == OF_DATES
    others = tests[~tests["test"].isin(OF_DATES)]
    assert not others["reason"].str.contains("date|series behind").any()


ANALYSES = {
    "write_report": lambda results: es.write_report(results, "r"),
    "check_study": es.check_study,
    "calibrate": es.calibrate,
    "calendar_time_portfolio": es.calendar_time_portfolio,
    "specification_curve": es.specification_curve,
    "event_choices": es.event_choices,
    "multiplicity": lambda results: results.multiplicity(),
    "joint": lambda results: results.joint(),
    "plots.price": lambda results: es.plots.price(results, "F0"),
    "plots.around": lambda results: es.plots.around(results, "F0", "F0"),
}


@pytest.mark.parametrize("name", ANALYSES)
def test_what_is_made_of_dates_is_refused_by_name(results, name):
    with pytest.raises(InvalidArgumentError, match="needs calendar dates") as caught:
        ANALYSES[name](results)
    assert str(caught.value).startswith(name)
    assert "es.run_study(events, es.Returns(frame))" in str(caught.value)


def test_figures_by_tau_are_drawn(results):
    drawn = [es.plots.caar(results), es.plots.ar(results, "F0", "F0")]
    drawn += [es.plots.groups(results, "sector", "all")]
    assert all(len(figure.data) and "1970" not in figure.to_json() for figure in drawn)


WRONG = {
    "no table": (lambda: es.run_event_time("returns.csv"), "Long: columns event_id"),
    "nothing": (lambda: es.run_event_time(LONG[:0]), "is empty"),
    "no event": (lambda: es.run_event_time(LONG[["tau", "ret"]]), "Rename it to event_id"),
    "dates": (
        lambda: es.run_event_time(WIDE.set_axis(pd.bdate_range("2020-01-01", periods=126))),
        "neither its index nor its columns are whole numbers",
    ),
    "twice": (
        lambda: es.run_event_time(pd.concat([LONG, LONG[:1]]), windows=WINDOWS),
        "'F0' has several rows at τ = -120",
    ),
    "days": (lambda: es.run_event_time(LONG.assign(tau=20220113)), "τ is a whole number"),
    "half a day": (lambda: es.run_event_time(LONG.assign(tau=LONG["tau"] + 0.5)), "whole number"),
    "a text": (lambda: es.run_event_time(WIDE.astype(object).replace(WIDE.iloc[3, 2], "x")), "'x'"),
    "per cent": (lambda: es.run_event_time(100 * WIDE, windows=WINDOWS), "Divide them by 100"),
    "no returns": (lambda: es.run_event_time(WIDE.assign(Z=np.nan)), "no return at all of 'Z'"),
    "factors": (lambda: es.run_event_time(WIDE, factors=[1]), "write a mapping such as"),
    "a factor": (lambda: es.run_event_time(WIDE, factors={"mkt": 1}), "one series by τ"),
    "too short": (
        lambda: es.run_event_time(WIDE),
        "Write windows=es.Windows(estimation=(-120, -21), event=(-5, 5), car=[(0, 1)])",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_read_is_told_with_what_to_write(name):
    call, told = WRONG[name]
    with pytest.raises(InvalidArgumentError) as caught:
        call()
    assert told in str(caught.value)


@pytest.mark.parametrize("first", [-120, -45, -15])
def test_the_windows_that_are_proposed_work(first):
    given = WIDE.loc[first:]
    with pytest.raises(InvalidArgumentError) as caught:
        es.run_event_time(given)
    line = str(caught.value).partition("Write ")[2].replace(" and options=", ", options=")
    made = eval(f"es.run_event_time(given, {line})", {"es": es, "given": given})
    assert made.measured.all()


def test_a_factor_that_is_not_there_is_named():
    with pytest.raises(UnknownNameError, match="Did you mean 'mkt'"):
        es.run_event_time(LONG, model=es.models.MarketModel("mktt"), windows=WINDOWS)


def test_the_results_are_those_of_a_study():
    assert issubclass(es.EventTimeResults, es.EventStudyResults)
    assert inspect.signature(es.EventTimeResults.car) == inspect.signature(es.EventStudyResults.car)
