"""What is averaged with what, and what is told of it."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from golden_data import stocks
from synthetic import events, returns, study

import eventstudy as es
from eventstudy.analysis.specifications import Grid
from eventstudy.analysis.statement_days import campaigns
from eventstudy.inference import correlation, router, volatility
from eventstudy.inference.correlation import shared_day_correlation
from eventstudy.report.report_data import ReportData
from eventstudy.report.sections.verdict import SECTION

FAR = [130, 250, 370, 490]
SHORT = es.Options(min_estimation=60)
GRID = Grid(models=(es.models.ConstantMean(),), estimation=(100,), gaps=(10,))


def verdict(results) -> dict:
    return SECTION.context(ReportData(results), "")


def test_a_few_series_are_kept_apart_though_every_event_names_one():
    rows = events(FAR, assets=["AAA", "BBB", "AAA", "BBB"])
    results = study(rows, returns(["AAA", "BBB"]))
    means = results.mean_car()
    assert means[["asset", "n"]].to_numpy().tolist() == [["AAA", 2], ["BBB", 2]]
    assert [own["label"] for own in verdict(results)["assets"]] == ["AAA", "BBB"]


@pytest.mark.parametrize(("names", "pooled"), [("ABCDE", False), ("ABCDEF", True)])
def test_more_than_five_series_are_averaged_together(names, pooled):
    results = study(FAR, returns(list(names)))
    assert set(results.mean_car()["asset"]) == ({"all"} if pooled else set(names))


def test_an_average_of_one_asset_goes_by_its_name():
    """Six firms are pooled, but the second group names one of them only."""
    rows = events(FAR, assets=["A;B;C;D;E;F", "A;B;C;D;E;F", "C", "C"], tags=["x", "x", "y", "y"])
    groups = {"firms": es.Group(tag="x"), "one firm": es.Group(tag="y")}
    results = study(rows, returns(list("ABCDEF")), groups=groups)
    means = results.mean_car().set_index("group")
    assert means["asset"].to_dict() == {"firms": "all", "one firm": "C"}
    car = results.car()
    mine = car[(car["asset"] == "C") & car["event_id"].isin(["e2", "e3"])]["car"]
    assert means.loc["one firm", "caar"] == pytest.approx(mine.mean(), rel=1e-12)
    found = verdict(results)
    assert [own["label"] for own in found["assets"]] == ["all: firms", "C: one firm"]
    assert "“one firm”: " in found["lead"]
    size = f"{100 * abs(mine.mean()):.2f} %"
    assert f"C {'rose' if mine.mean() > 0 else 'fell'} by {size}" in found["lead"]


def test_a_group_without_a_measured_event_is_not_the_headline():
    """The first group has no episode with an estimation window: the second one leads everywhere."""
    rows = events([10, *FAR], tags=["early", "x", "x", "x", "x"])
    groups = {"too early": es.Group(tag="early"), "others": es.Group(tag="x")}
    results = study(rows, returns(["AAA"]), groups=groups)
    assert results.headline == "others"
    assert [found.group for found in campaigns(results)] == ["others"]
    assert es.specification_curve(results, samples=19, grid=GRID).what == "others"
    none = study(rows[:1], returns(["AAA"]), groups=groups)
    assert none.headline == "too early"


def test_an_event_that_leaves_an_average_across_assets_is_named_once():
    """Six episodes, one for each asset, leave with the event that overlaps another."""
    places = [*range(130, 430, 30), 131]
    row = study(places, returns(list("ABCDEF")), car=((0, 1),)).mean_car().iloc[0]
    assert (row["n"], row["left_out_overlapping"]) == (60, 6)
    assert row["overlapping_events"] == ("e10",)


def test_one_pair_of_neighbours_in_134_dates_does_not_take_the_headline():
    places = [*(130 + 12 * np.arange(133)), 130 + 12 * 60 + 1]
    results = study(places, returns(["AAA"], 1800), car=((0, 1),), options=SHORT)
    now = results.situations().iloc[0]
    assert (now["situation"], now["headline"], now["n"]) == ("many separate dates", "bmp", 133)
    row = results.mean_car().iloc[0]
    assert (row["left_out_overlapping"], row["overlapping_events"]) == (1, ("e133",))
    assert len(results.car()) == 134  # it is measured all the same
    options = es.Options(overlap="joint", min_estimation=60)
    joint = study(places, returns(["AAA"], 1800), car=((0, 1),), options=options)
    assert joint.situations().iloc[0]["situation"] == "overlapping windows"


def test_calibration_tells_how_often_intervals_hold():
    """Independent normal returns: coverage is the level, within Monte Carlo errors."""
    results = study(FAR, returns(["AAA"], 1500))
    found = es.calibrate(results, samples=400, effects=(0.02,)).coverage
    assert found["interval"].tolist() == ["mean CAR", "path", "CAR", "path"]
    assert (found["samples"] >= 390).all()  # near the end of the series a path is incomplete
    errors = 3 * np.sqrt(0.95 * 0.05 / 400)
    # bands of the mean of four paths are Bonferroni's, and may hold too often
    assert (found["coverage"] > 0.95 - errors).all()
    assert (found["coverage"].drop(1) < 0.95 + errors).all()
    thirds = found[["coverage_low", "coverage_mid", "coverage_high"]].mean(axis=1)
    np.testing.assert_allclose(thirds, found["coverage"], atol=0.003)


def test_coverage_where_event_days_are_wilder_is_counted_apart():
    """One month of wild weeks in every five: samples that fall there are counted apart."""
    frame = returns(["AAA"], 1500).frame.copy()
    rng = np.random.default_rng(3)
    for start in range(250, 1500, 125):
        frame.iloc[start : start + 20, 1] = rng.normal(0, 0.05, 20)
    days = [200, 201, 202, 204, 205, 207]
    model = {"AAA": es.models.ConstantMean()}
    results = study(days, es.Returns(frame), model=model, car=((0, 1),), options=SHORT)
    found = es.calibrate(results, samples=200, effects=(0.02,)).coverage
    row = found[(found["interval"] == "mean CAR")].iloc[0]
    assert 10 < row["samples_wild"] < 190
    assert row["coverage_wild"] > 0.9
    assert found["samples_wild"].drop(row.name).iloc[1:].eq(0).all()  # single episodes


def test_a_calibration_survives_being_written_down():
    made = es.calibrate(study(FAR, returns(["AAA"], 700)), samples=20, effects=(0.02,))
    again = type(made).from_json(made.to_json())
    pd.testing.assert_frame_equal(made.coverage, again.coverage, check_dtype=False)


FOMC = ["2019-01-30", "2019-03-20", "2019-05-01", "2019-06-19", "2019-07-31", "2019-09-18",
        "2019-10-30", "2019-12-11", "2020-01-29", "2020-03-03", "2020-04-29", "2020-06-10",
        "2020-07-29", "2020-09-16", "2020-11-05"]  # fmt: skip
ECB = ["2001-05-10", "2003-06-05", "2008-10-08", "2011-11-03", "2015-12-03"]


@pytest.mark.slow
def test_statements_on_two_series_that_do_not_add_up(tmp_path):
    """15 FOMC statements on an index, 5 ECB press conferences on the euro: two verdicts."""
    index = stocks().loc["2018-01-01":"2020-12-31", ["SP500"]]
    index.to_csv(tmp_path / "index.csv", index_label="date")
    rows = pd.DataFrame(
        {
            "event_id": [f"fomc-{day}" for day in FOMC] + [f"ecb-{day}" for day in ECB],
            "date": FOMC + ECB,
            "title": ["Statement"] * 15 + ["Press conference"] * 5,
            "assets": ["INDEX"] * 15 + ["EURUSD"] * 5,
        }
    )
    rows.to_csv(tmp_path / "events.csv", index=False)
    (tmp_path / "study.toml").write_text(
        """title = "Two central banks"
events = "events.csv"
reports = "reports"
timezone = "America/New_York"
[windows]
estimation = [-140, -21]
[assets.INDEX]
source = "csv"
symbol = "index.csv"
clock = "16:00 America/New_York"
model = { name = "constant-mean" }
[assets.EURUSD]
source = "ecb"
symbol = "EUR/USD"
model = { name = "constant-mean" }
""",
        "utf-8",
    )
    results = es.Study.read(tmp_path / "study.toml").run()
    calibration = es.calibrate(results, samples=40, effects=(0.02,))
    es.write_report(results, tmp_path / "reports", calibration=calibration)
    found = json.loads((tmp_path / "reports" / "data" / "results.json").read_text("utf-8"))
    primary = [row for row in found["mean_car"] if (row["start"], row["end"]) == (0, 1)]
    assert [(row["asset"], row["n"]) for row in primary] == [("INDEX", 15), ("EURUSD", 5)]
    page = (tmp_path / "reports" / "index.html").read_text("utf-8")
    card = page.split('<div class="cards">')[1].split("</section>")[0]
    assert "<h3>INDEX</h3>" in card
    assert "<h3>EURUSD</h3>" in card
    assert "prices fell" not in page
    assert "prices rose" not in page
    kinds = {(row["asset"], row["interval"]) for row in found["coverage"]}
    assert {("INDEX", "mean CAR"), ("EURUSD", "mean CAR"), ("EURUSD", "CAR")} <= kinds


def test_a_pool_of_series_with_the_same_many_dates_shares_estimation_too():
    """Constant mean, CAR = Ay written out for each series: its off-diagonals over all pairs."""
    names, places = [f"S{n}" for n in range(6)], 130 + 6 * np.arange(30)
    frame = returns(names, 400).frame[names]
    results = study(
        places, es.Returns(frame), model=es.models.ConstantMean(), car=((0, 1),), options=SHORT
    )
    row = results.mean_car().iloc[0]
    assert (row["asset"], row["n"]) == ("all", 180)
    busy = np.zeros(400, dtype=bool)
    busy[places] = busy[places + 1] = True
    weights = np.zeros((30, 400))
    for number, place in enumerate(places):
        window = np.arange(place - 110, place - 10)
        used = window[~busy[window]]
        weights[number, used] = -2.0 / len(used)
        weights[number, [place, place + 1]] = 1.0
    covariance = weights @ weights.T
    norm = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(norm, norm)
    estimation = 6 * (correlation.sum() - 30) / (180 * 179)
    ((days, unknown, *_),) = shared_day_correlation(results.abnormal, [(0, 1)])
    assert unknown == 0
    rbar = max(days, 0.0) + estimation
    factor = np.sqrt((1 + 179 * rbar) / (1 - rbar))
    assert 1 + 179 * estimation > 1.1
    ours = (row["ci_high"] - row["caar"]) / (row["ci_high_t"] - row["caar"])
    assert ours == pytest.approx(factor, rel=1e-9)


def test_windows_of_the_same_episodes_share_what_is_made_of_them(monkeypatch):
    """r̄ and the volatility ratio are made once, not for each of three windows."""
    made = {"r̄": 0, "ratio": 0}

    def counted(name, make):
        def count(*arguments):
            made[name] += 1
            return make(*arguments)

        return count

    monkeypatch.setattr(correlation, "_mean", counted("r̄", correlation._mean))
    ratio = volatility.SIGMA_RATIO
    for module in (volatility, router):
        monkeypatch.setattr(module, "SIGMA_RATIO", replace(ratio, of=counted("ratio", ratio.of)))
    results = study(FAR, returns(list("ABCDEF")), car=[(0, 0), (0, 1), (-1, 1)])
    assert len(results.situations()) == 3
    assert made == {"r̄": 1, "ratio": 1}


def test_episodes_are_copied_only_where_they_are_other_ones():
    whole = study(FAR, returns(list("ABCDEF"))).abnormal
    every, some = np.arange(24), np.array([3, 1])
    assert whole.part(every) is whole
    assert whole.part(some) is whole.part(some.copy())
    assert whole.part(some).assets.tolist() == whole.assets[some].tolist()
    assert whole.part(every[::-1]).day0.tolist() == whole.day0[::-1].tolist()
    assert whole.part(some).part(np.array([1])).assets[0] == whole.assets[1]


def test_what_would_have_been_seen_is_found_four_times_in_five():
    """(t.975 + t.80)·se of the interval, with its degrees of freedom; by scipy."""
    from scipy import stats

    results = study([*FAR, 430], returns(list("A")), car=((0, 1),))
    row = results.mean_car().iloc[0]
    df = row["n_eff"] - 1
    se = (row["ci_high"] - row["ci_low"]) / 2 / stats.t.ppf(0.975, df)
    assert row["mde"] == pytest.approx(se * (stats.t.ppf(0.975, df) + stats.t.ppf(0.8, df)))
