"""Thirty-six tasks of a quant: each works in six lines at most, or its error names the cure."""

import datetime as dt
import inspect
import pickle
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from minute_bars import golden_frame

import eventstudy as es

LINES = 6
SESSIONS = pd.bdate_range("2020-01-06", periods=260)
RNG = np.random.default_rng(36)
MARKET = RNG.normal(0, 0.01, 260)
NAMES = [f"S{number:02d}" for number in range(12)]
CHANGES = pd.DataFrame(
    MARKET[:, None] * np.linspace(0.5, 1.5, 12) + RNG.normal(0, 0.012, (260, 12)), SESSIONS, NAMES
)
DAYS = [170, 185, 200, 215, 230, 245]
for place, name in zip(DAYS * 2, NAMES, strict=True):
    CHANGES.loc[SESSIONS[place], name] += 0.05
PRICES = 100 * (1 + CHANGES).cumprod().assign(MKT=(1 + MARKET).cumprod())
EVENTS = pd.DataFrame(
    {
        "event_id": [f"{name.lower()}-news" for name in NAMES],
        "date": SESSIONS[DAYS * 2],
        "title": "News",
        "assets": NAMES,
        "sector": ["bank", "oil"] * 6,
        "size": [str(number) for number in range(12)],
    }
)
DATES = [str(day.date()) for day in SESSIONS[DAYS]]
BEFORE = es.Windows(estimation=(-120, -21), car=[(0, 0), (-1, 1)], primary=(0, 0))
BETA = es.models.MarketModel("MKT")
KNOWN = {
    "es": es,
    "np": np,
    "pd": pd,
    "sm": sm,
    "dt": dt,
    "dataclass": dataclass,
    "prices": PRICES,
    "events": EVENTS,
    "dates": DATES,
    "windows": BEFORE,
    "beta": BETA,
    "firms": PRICES.drop(columns="MKT"),
    "changes": CHANGES.assign(MKT=MARKET),
}


def done(code, **given):
    """Run the lines of a user, at most six; return what they named."""
    lines = [line for line in inspect.cleandoc(code).splitlines() if line.strip()]
    assert len(lines) <= LINES, f"{len(lines)} lines"
    names = {**KNOWN, **given}
    exec("\n".join(lines), names)
    return names


def refused(code, told, **given):
    """Run the lines of a user, which end in an error of the package that says what to write."""
    with pytest.raises(es.EventStudyError) as caught:
        done(code, **given)
    assert told in str(caught.value)


def first_car(results):
    """The first CAR of day 0."""
    car = results.car()
    return car[(car["start"] == 0) & (car["end"] == 0)].iloc[0]


def by_hand(name="S00", place=DAYS[0]):
    """The market model of one event, written out."""
    inside = slice(place - 120, place - 20)
    y, x = CHANGES[name].to_numpy(), sm.add_constant(MARKET)
    fit = sm.OLS(y[inside], x[inside]).fit()
    return y[place] - fit.predict(x[[place]])[0]


RUN = "results = es.run_study(events, prices, model=beta, windows=windows)"


@pytest.fixture(scope="module")
def results():
    """The study of twelve firms."""
    return done(RUN)["results"]


# --- prices in --------------------------------------------------------------------------------


def test_01_a_frame_of_yfinance():
    wide = pd.concat({"Close": PRICES, "Open": PRICES * 0.99}, axis=1)
    wide.columns.names = ["Price", "Ticker"]
    made = done(RUN, prices=wide)["results"]
    assert first_car(made)["car"] == pytest.approx(by_hand(), abs=1e-12)


def test_02_frames_of_polars():
    code = """
    import polars as pl
    table = pl.DataFrame(prices.reset_index(names="date").to_dict("list"))
    said = pl.DataFrame(events.astype({"date": str}).to_dict("list"))
    results = es.run_study(said, table, model=beta, windows=windows)
    """
    pytest.importorskip("polars")
    assert first_car(done(code)["results"])["car"] == pytest.approx(by_hand(), abs=1e-12)


def test_03_tables_of_pyarrow():
    pa = pytest.importorskip("pyarrow")
    table = pa.Table.from_pandas(PRICES.reset_index(names="date"), preserve_index=False)
    made = done(RUN, prices=table)["results"]
    assert first_car(made)["car"] == pytest.approx(by_hand(), abs=1e-12)


def test_04_french_factors_with_the_riskless_return(tmp_path):
    file = tmp_path / "F-F_Research_Data_Factors_daily.CSV"
    pairs = zip(SESSIONS, MARKET, strict=True)
    rows = [f"{day:%Y%m%d},{100 * market:8.4f},{1:6.2f},0.010" for day, market in pairs]
    head = "This file was created by hand\n\n,Mkt-RF,SMB,RF\n"
    file.write_text(head + "\n".join(rows) + "\n\nCopyright\n", "utf-8")
    code = """
    factors = es.read_factors(file, unit="percent").frame
    excess = changes.drop(columns="MKT").sub(factors["RF"], axis=0).join(factors["Mkt-RF"])
    model = es.models.MarketModel("Mkt-RF")
    results = es.run_study(events, es.Returns(excess), model=model, windows=windows)
    """
    made = done(code, file=file)["results"]
    assert first_car(made)["car"] == pytest.approx(by_hand(), abs=1e-6)  # written with 4 decimals


def test_05_one_series_with_a_name():
    made = done(
        "results = es.run_study(dates, prices['S00'], windows=windows)",
        prices=PRICES,
        dates=es.Events.from_dates(DATES),
    )["results"]
    assert made.assets == ["S00"]


def test_06_returns_as_they_are():
    code = "results = es.run_study(events, es.Returns(changes), model=beta, windows=windows)"
    assert first_car(done(code)["results"])["car"] == pytest.approx(by_hand(), abs=1e-12)


def test_07_dates_as_a_column_and_days_of_a_zone():
    table = PRICES.tz_localize("America/New_York").reset_index(names="Date")
    assert first_car(done(RUN, prices=table)["results"])["car"] == pytest.approx(
        by_hand(), abs=1e-12
    )


def test_08_a_long_table_is_refused_with_the_line_that_turns_it():
    long = PRICES.reset_index(names="date").melt("date", var_name="ticker", value_name="close")
    refused(RUN, "pivot", prices=long)


def test_09_columns_of_one_asset_are_refused_with_the_column_to_take():
    bars = pd.DataFrame({"Open": 1.0, "High": 2.0, "Low": 1.0, "Close": 1.5}, SESSIONS)
    refused("es.run_study(events, bars, windows=windows)", "Close", bars=bars)


def test_10_hourly_bars_are_refused_with_the_way_to_minutes():
    hours = pd.date_range("2021-01-04 10:00", periods=200, freq="h")
    frame = pd.DataFrame({"A": np.linspace(100, 110, 200)}, hours)
    refused("es.run_study(dates, frame, windows=windows)", "es.load_bars", frame=frame)


def test_11_bars_are_measured_in_minutes():
    code = """
    bars = es.load_bars({"G": {"source": frame, "market": "XMOS"}})
    said = es.Events.from_dates(["2022-01-13 15:08"], timezone="Europe/Moscow")
    results = es.run_minutes(said, bars, windows=es.MinuteWindows(before=10, after=20))
    """
    assert len(done(code, frame=golden_frame())["results"].alignment) == 1


def test_12_returns_in_place_of_prices_are_refused_with_the_cure():
    refused("es.run_study(events, 100 * changes, windows=windows)", "es.Returns(frame)")


# --- events in --------------------------------------------------------------------------------


def test_13_a_list_of_dates():
    code = "results = es.run_study(dates, firms[['S00']], windows=windows)"
    assert len(done(code)["results"].car()) == 2 * len(DATES)


def test_14_an_index_of_dates_on_one_asset_with_titles():
    code = """
    said = es.Events.from_dates(firms.index[[170, 200]], assets="S03", title=["Rise", "Cut"])
    results = es.run_study(said, prices, model=beta, windows=windows)
    """
    made = done(code)["results"]
    assert made.events.event_ids == ("rise-s03-2020-08-31", "cut-s03-2020-10-12")
    assert set(made.car()["asset"]) == {"S03"}


def test_15_dates_of_each_of_500_firms():
    steps = np.random.default_rng(5).normal(0, 0.01, (260, 500))
    many = pd.DataFrame(steps, SESSIONS, [f"F{n}" for n in range(500)]).assign(MKT=MARKET)
    days = SESSIONS[np.random.default_rng(6).integers(130, 250, 500)]
    code = """
    said = es.Events.from_dates(days, assets=[name for name in many if name != "MKT"])
    results = es.run_study(said, es.Returns(many), model=beta, windows=windows)
    """
    made = done(code, many=many, days=days)["results"]
    assert made.mean_car().query("end == 0")["n"].tolist() == [500]


def test_16_a_workbook_of_events_is_imported(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    EVENTS[["date", "title", "assets"]].rename(columns={"date": "Announced"}).to_csv(
        "list.csv", index=False, sep=";"
    )
    code = "said = es.read_events('list.csv')"
    refused(code, "eventstudy import")


def test_17_dates_that_have_two_readings_are_asked_for():
    refused("es.Events.from_dates(['03/04/2020', '05/06/2020'])", "day")


def test_18_an_asset_that_is_misspelt_is_named_with_the_nearest():
    wrong = EVENTS.assign(assets=["S0O", *NAMES[1:]])
    refused(RUN, "S0O", events=wrong)


def test_19_estimation_windows_of_single_events():
    code = """
    named = events.assign(estimation_start=[-100] * 12, estimation_end=[-31] * 12)
    results = es.run_study(named, prices, model=beta, windows=windows)
    """
    assert set(done(code)["results"].estimation["n"]) <= set(range(60, 71))


def test_20_returns_in_event_time():
    tau = np.arange(-100, 6)
    rows = [
        pd.DataFrame({"firm": name, "tau": tau, "ret": 0.01 * np.sin(tau * (n + 2))})
        for n, name in enumerate(NAMES)
    ]
    code = """
    inside = es.Windows(estimation=(-100, -21), car=[(0, 1)])
    means = es.run_event_time(table, windows=inside).mean_car()
    """
    assert done(code, table=pd.concat(rows))["means"]["n"].tolist() == [12]


# --- models and tests -------------------------------------------------------------------------


def test_21_a_model_of_ones_own():
    code = """
    from eventstudy.models.least_squares import Design, LeastSquares
    class Nothing(LeastSquares):
        name, takes, fewest, factors, formula = "nothing", (0, 0), 2, (), lambda self: "R = e"
        def declare(self, factors):
            return Design((), np.empty((*factors.shape[:-1], 0)), np.zeros(factors.shape[:-1]))
    results = es.run_study(events, firms, model=Nothing(), windows=windows)
    """
    made = first_car(done(code)["results"])
    assert made["car"] == pytest.approx(CHANGES["S00"].iloc[DAYS[0]], abs=1e-12)


def test_22_a_test_of_ones_own():
    code = """
    from eventstudy.inference.base import outcome
    class Mean:
        name, label, source, null, volatility, needs = "mean", "M", "-", "zero", "own", "nothing"
        def __call__(self, sample): return outcome(self, sample, float(sample.scar.mean()))
    results = es.run_study(events, prices, model=beta, windows=windows, tests=[Mean(), "bmp"])
    """
    assert {"mean", "bmp"} == set(done(code)["results"].tests(include_invalid=True)["test"])


def test_23_three_factors_as_a_list():
    both = PRICES.assign(SMB=PRICES["S10"], HML=PRICES["S11"])
    code = """
    model = es.models.MultiFactor(["MKT", "SMB", "HML"])
    results = es.run_study(events[:10], prices, model=model, windows=windows)
    """
    made = done(code, prices=both)["results"]
    assert {"beta_MKT", "beta_SMB", "beta_HML"} <= set(made.estimation)


def test_24_another_model_for_each_asset():
    code = """
    models = {"S00": beta, "S01": "constant-mean"}
    results = es.run_study(events[:2], prices, model=models, windows=windows)
    """
    assert list(done(code)["results"].estimation["model"]) == ["market-model", "constant-mean"]


def test_25_a_short_window_is_refused_with_the_setting_that_takes_it():
    refused(
        "es.run_study(events, firms, windows=es.Windows(estimation=(-50, -11)))",
        "min_estimation = 40",
    )
    code = """
    short = es.Windows(estimation=(-50, -11))
    results = es.run_study(events, firms, windows=short, options={"min_estimation": 40})
    """
    assert set(done(code)["results"].estimation["n"]) <= set(range(38, 41))


def test_26_a_model_by_its_name_alone_is_told_what_to_write():
    refused(
        "es.run_study(events, prices, model='market-model')",
        'model=es.models.MarketModel("MARKET")',
    )


def test_27_a_misspelt_test_is_told_the_nearest():
    refused("es.run_study(events, prices, model=beta, windows=windows, tests='bpm')", "'bmp'")


def test_28_a_window_that_is_a_length_is_told_how_it_is_written():
    refused("es.Windows(estimation=250)", "(-270, -21)")


# --- what comes out ---------------------------------------------------------------------------


def test_29_excel_and_parquet(results, tmp_path):
    code = """
    workbook = results.to_excel(folder / "tables.xlsx")
    tables = results.to_parquet(folder)
    """
    done(code, results=results, folder=tmp_path)
    assert zipfile.is_zipfile(tmp_path / "tables.xlsx")
    assert len(pd.read_parquet(tmp_path / "car.parquet")) == len(results.car())


def test_30_latex_for_a_journal(results, tmp_path):
    code = "written = (folder / 'table.tex').write_text(results.summary().as_latex(), 'utf-8')"
    done(code, results=results, folder=tmp_path)
    assert r"\begin{tabular}{llrr}" in Path(tmp_path / "table.tex").read_text("utf-8")


def test_31_means_by_sector_and_differences(results):
    means = done("means = results.mean_car(by='sector')", results=results)["means"]
    assert set(means["group"]) == {"bank", "oil"}


def test_32_cars_on_attributes_in_a_regression(results):
    code = """
    cars = results.at_primary(results.car(attributes=True))
    fit = sm.OLS(cars["car"], sm.add_constant(cars["size"])).fit(cov_type="HC1")
    """
    assert done(code, results=results)["fit"].nobs == 12


def test_33_the_regression_behind_one_event_and_its_residuals(results):
    code = """
    fit = results.regression("s00-news", "S00")
    residuals = es.diagnose(results, "s00-news", "S00")
    """
    made = done(code, results=results)
    assert made["fit"].nobs == 100


def test_34_a_figure_in_the_look_of_a_journal(results):
    figure = done("figure = es.plots.caar(results, template='simple_white')", results=results)[
        "figure"
    ]
    assert len(figure.data) > 1


def test_35_buy_and_hold_against_a_benchmark_in_logarithms():
    code = """
    options = es.Options(returns="log", benchmark="MKT")
    results = es.run_study(events, prices, windows=windows, options=options)
    """
    row = first_car(done(code)["results"])
    assert row["bhar"] == pytest.approx(CHANGES["S00"].iloc[DAYS[0]] - MARKET[DAYS[0]], abs=1e-12)


def test_36_results_are_kept_and_calendar_time_is_one_call(results):
    code = """
    again = pickle.loads(pickle.dumps(results))
    held = es.calendar_time_portfolio(again, factors=("MKT",), window=(0, 2))
    """
    made = done(code, results=results, pickle=pickle)
    assert made["held"].alpha > 0


def test_there_are_thirty_six():
    names = [name for name in globals() if name.startswith("test_") and name[5:7].isdigit()]
    assert sorted(int(name[5:7]) for name in names) == list(range(1, 37))
