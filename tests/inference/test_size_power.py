"""The size and power harness: it tells invalid tests from valid ones, and its page is current."""

import json
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from synthetic import agree

import eventstudy as es

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures("benchmarks")


@pytest.fixture
def benchmarks(monkeypatch):
    """The harness on six years of its series, so that it begins in a moment."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from sizepower import series

    some = series.stocks().loc["2005":"2010"]
    monkeypatch.setattr(series, "stocks", lambda: some)
    series.every_day.cache_clear()
    yield
    series.every_day.cache_clear()


def test_one_date_without_a_benchmark_makes_bmp_reject_and_adjusted_bmp_not():
    """Twenty correlated stocks on one date are one draw: the harness must see it."""
    from sizepower import many

    design = next(d for d in many.designs() if d.key == "B2")
    counts = many.run(design, 0, 60, only=["var1_shock0"])
    shares = {
        test: counts["var1_shock0", test, "rejected"] / counts["var1_shock0", test, "computed"]
        for test in ("bmp", "adj_bmp", "adj_bmp" + many.CALENDAR)
    }
    assert shares["bmp"] > 0.30
    assert shares["adj_bmp"] < 0.15
    assert shares["adj_bmp"] == shares["adj_bmp" + many.CALENDAR]  # all pairs share the date


def test_samples_do_not_depend_on_how_they_are_divided():
    from sizepower import many

    design = next(d for d in many.designs() if d.key == "B2")
    parts = [many.run(design, first, first + 2, only=["var1_shock0"]) for first in (0, 2)]
    assert sum(parts, Counter()) == +many.run(design, 0, 4, only=["var1_shock0"])


def test_a_difference_counts_the_error_of_both_sides():
    from sizepower.verdicts import Cell

    cell = Cell("A1", "case", 8.0, 5.0, 2000, 2000)
    error = 100 * math.sqrt((0.08 * 0.92 + 0.05 * 0.95) / 2000)
    assert cell.distance == pytest.approx((3.0 - 0.05) / error)  # the reference has one digit
    assert not cell.within
    assert Cell("A1", "case", 100.0, 100.0, 2000, 2000).within


CLUSTERED = ("crowded", "single", "spaced", "common", "ranks", "simulated")
"""Sections whose rates are clustered by date."""


@pytest.fixture
def harness(monkeypatch):
    """The module `benchmarks/size_power.py`."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import size_power

    return size_power


def test_clustered_error_equals_that_of_statsmodels():
    """The mean of a 0/1 variable with cluster-robust errors; clusters of unequal size."""
    from sizepower.clustered import fold, note, rate
    from statsmodels.regression.linear_model import OLS

    rng = np.random.default_rng(1)
    clusters = np.repeat(np.arange(40), rng.integers(1, 30, 40))
    hits = rng.random(len(clusters)) < rng.uniform(0.7, 1.0, 40)[clusters]
    counts = Counter()
    for cluster, hit in zip(clusters, hits, strict=True):
        note(counts, int(cluster), "x", hit, "low")
    cells = fold(counts)
    fit = OLS(hits.astype(float), np.ones(len(hits))).fit(
        cov_type="cluster", cov_kwds={"groups": clusters}
    )
    for name in ("all", "low"):
        value = rate(cells, "x", name)
        assert (value.samples, value.clusters) == (len(hits), 40)
        assert value.share == pytest.approx(100 * hits.mean(), rel=1e-12)
        assert value.error == pytest.approx(100 * fit.bse[0], rel=1e-9)


def test_a_band_is_met_within_two_errors_and_no_more():
    from sizepower.bands import Measured
    from sizepower.clustered import Rate

    value = Rate(90, 100, 100, 90, 90, 100)  # one sample a cluster: binomial
    assert value.error == pytest.approx(100 * math.sqrt(0.9 * 0.1 / 99))
    row = Measured("intervals", "d", "m", {"all": value}, {"all": (95, 97)})
    assert (row.outside, row.failing, row.verdict) == (["all"], [], "within 2 s.e. (all)")
    row = Measured("intervals", "d", "m", {"all": value}, {"all": (96.1, 97)})
    assert row.verdict == "**FAILS** (all)"
    row = Measured("intervals", "d", "m", {"all": value}, {"all": (90, 97)})
    assert row.verdict == "holds"
    alone = Rate(9, 10, 1, 81, 90, 100)  # one cluster: no error, no allowance
    row = Measured("intervals", "d", "m", {"all": alone}, {"all": (91, 97)})
    assert row.failing == ["all"]


def test_terciles_look_only_at_the_days_before():
    from sizepower import panels

    values, data = panels.ratios(panels.FLOATING), panels._base(panels.FLOATING).data
    returns, day = data["RUB"].returns, 700
    expected = returns[day - 20 : day].std(ddof=1) / returns[day - 250 : day].std(ddof=1)
    assert values[0, day] == pytest.approx(expected, rel=1e-9)
    two = panels.thirds(np.array([[3.0, 1.0, 2.0], [10.0, 30.0, 20.0]]))
    assert two.tolist() == [[2, 0, 1], [0, 2, 1]]  # each series by itself


INTERVALS_AND_TESTS = {
    "crowded": {"mean", "mean, textbook", "calendar-shift", "union-ewma"},
    "single": {"one CAR", "one CAR, textbook"},
    "spaced": {
        "mean",
        "mean, textbook",
        "lead",
        "lead, bmp",
        "bmp, separate estimation",
    },
    "common": {"mean", "mean, textbook", "lead", "adj-bmp", "portfolio-ewma-sq"},
    "ranks": {"grank-t"},
    "simulated": {
        f"{what}, {how} factors"
        for what in ("one CAR", "rank-sum-ewma, N = 5")
        for how in ("with", "without")
    },
}


@pytest.mark.parametrize("section", CLUSTERED)
def test_a_section_counts_its_intervals_and_tests_by_class(harness, section):
    from sizepower.clustered import CLASSES

    parts = harness.SECTIONS[section]
    design = parts.designs()[0]
    samples = 10 if section == "simulated" else 2
    once = parts.run(design, 0, samples)
    cells = parts.keep(once)
    measures = {label.split("|")[0] for label in cells}
    assert measures >= INTERVALS_AND_TESTS[section]
    assert measures - {"lead, adj-bmp"} <= INTERVALS_AND_TESTS[section]
    assert {label.split("|")[1] for label in cells} <= set(CLASSES)
    for label, cell in cells.items():
        hits, n, clusters, *_ = cell
        assert len(cell) == 6, label
        assert 0 <= hits <= n
        assert 1 <= clusters <= n
    half = samples // 2
    divided = sum((parts.run(design, *span) for span in ((0, half), (half, samples))), Counter())
    assert divided == +once  # the same however samples are divided between processes


@pytest.mark.parametrize("section", ["crowded", "single", "spaced"])
def test_a_section_measures_the_band_of_a_path(harness, section):
    parts = harness.SECTIONS[section]
    design = next(d for d in parts.designs() if d.path)
    cells = parts.keep(parts.run(design, 0, 1))
    assert {label.split("|")[0] for label in cells} == {
        "path of one episode" if section == "single" else "path"
    }


def test_keys_of_designs_are_distinct(harness):
    for section, parts in harness.SECTIONS.items():
        keys = [design.key for design in parts.designs()]
        assert len(keys) == len(set(keys)), section


def study_of(panel, episodes, window):
    """The study of (asset, date) pairs on a panel."""
    from sizepower import panels

    rows = pd.DataFrame(
        [(f"e{n}", day, "x", asset) for n, (asset, day) in enumerate(episodes)],
        columns=["event_id", "date", "title", "assets"],
    )
    event = (min(0, window[0]), max(0, window[1]))
    return es.run_study(
        rows,
        panels.prices(panel),
        model=panels._base(panel).models[episodes[0][0]],
        windows=es.Windows(estimation=panels.ESTIMATION, event=event, car=(window,)),
        options=panels.OPTIONS,
    )


def dates_of(history, asset, positions):
    return [str(day)[:10] for day in history.data[asset].calendar.sessions[positions]]


def test_crowded_calendars_are_those_of_a_study():
    """Interval and union of days to the digit; the shifted calendar nearly (see the page)."""
    from sizepower import crowded, panels

    from eventstudy.inference import TESTS, CrossSection
    from eventstudy.inference.average import average

    design = next(d for d in crowded.designs() if d.events == 10 and not d.path)
    calendar, base = design.calendar(200), panels.panel(design.panel, design.window)
    part = panels.episodes(base, "CHF", calendar, calendar)
    behind = crowded.prepared(design, "CHF", calendar)
    result = average(part, [design.window], behind)
    results = study_of(
        design.panel, [("CHF", day) for day in dates_of(base, "CHF", calendar)], design.window
    )
    row = results.mean_car().iloc[0]
    agree("harness", [result.low[0], result.high[0]], [row["ci_low"], row["ci_high"]])
    agree("harness", [result.low_t[0], result.high_t[0]], [row["ci_low_t"], row["ci_high_t"]])
    agree("harness", result.event_sd_ratio, row["event_sd_ratio"])
    sample = CrossSection(part, design.window, behind)
    tests = results.tests().set_index("test")
    assert tests["role"]["calendar-shift"] == "headline"
    agree("harness", TESTS["union-ewma"]()(sample).p, tests["p"]["union-ewma"])
    assert TESTS["calendar-shift"]()(sample).p == pytest.approx(
        tests["p"]["calendar-shift"], abs=0.01
    )


def test_many_dates_of_one_series_are_those_of_a_study():
    from sizepower import panels, spaced

    from eventstudy.inference import CrossSection
    from eventstudy.inference.average import average, overlaps
    from eventstudy.inference.router import choose, situation_of

    design = spaced.designs()[1]
    dates, base = design.dates(3), panels.panel(panels.RATES, design.window)
    part, behind = panels.episodes(base, "AUD", dates, dates), replace(base, events={"AUD": dates})
    result = average(part, [design.window], behind)
    results = study_of(
        panels.RATES, [("AUD", day) for day in dates_of(base, "AUD", dates)], design.window
    )
    row = results.mean_car().iloc[0]
    assert row["ci_basis"] == "between episodes, correlated"
    agree("harness", [result.low[0], result.high[0]], [row["ci_low"], row["ci_high"]])
    sample = CrossSection(part, design.window, behind)
    lead = choose(situation_of(sample, overlaps(part, design.window))).headline
    agree("harness", lead(sample).p, results.tests().set_index("test")["p"][lead.name])


def all_apart(positions, chosen) -> bool:
    """Whether no date of a stock lies in the estimation window of another date of it."""
    by_stock = [positions[(chosen == stock).any(axis=1)] for stock in np.unique(chosen)]
    return all((np.diff(np.sort(days)) > 270).all() for days in by_stock)


@pytest.mark.parametrize("number", [0, -1])
def test_stocks_on_common_dates_are_those_of_a_study(number):
    from sizepower import common, panels

    from eventstudy.inference import CrossSection
    from eventstudy.inference.average import average
    from eventstudy.inference.router import choose, situation_of

    design = common.designs()[number]
    history = panels.panel(design.panel, design.window)
    names = list(history.data)
    draw = next(n for n in range(300) if all_apart(design.positions(n), design.assets(n, 20)))
    positions, chosen = design.positions(draw), design.assets(draw, len(names))
    pool = panels.on_dates(history, positions)
    columns = np.arange(len(positions))[:, None]
    part = pool.rows((chosen * len(positions) + columns).ravel())
    days = dates_of(history, names[0], positions)
    episodes = [(names[s], day) for day, row in zip(days, chosen, strict=True) for s in row]
    assert list(zip(part.assets, part.day0.astype(str), strict=True)) == episodes
    results = study_of(design.panel, episodes, design.window)
    result, row = average(part, [design.window], history), results.mean_car().iloc[0]
    agree("harness", [result.low[0], result.high[0]], [row["ci_low"], row["ci_high"]])
    sample = CrossSection(part, design.window, history)
    lead = choose(situation_of(sample, 0)).headline
    assert results.situations()["headline"].tolist() == [lead.name]
    agree("harness", lead(sample).p, results.tests().set_index("test")["p"][lead.name])


def test_textbook_interval_of_twenty_stocks_on_one_date_is_seen_to_be_too_narrow():
    from sizepower import common
    from sizepower.clustered import fold, rate

    design = next(d for d in common.designs() if d.step and "constant mean" in d.key)
    cells = fold(common.run(design, 0, 60))
    assert rate(cells, "mean, textbook").share < 80
    assert rate(cells, "mean").share > 85


def test_simulated_shocks_have_unit_variance_and_garch_is_persistent():
    from sizepower.simulated import GARCH, NORMAL, shocks

    for process in (NORMAL, GARCH):
        values = shocks(process, process, 0, 2000, 60)
        assert values.var() == pytest.approx(1.0, abs=0.1)
        squares = values**2
        lag = np.corrcoef(squares[:, :-1].ravel(), squares[:, 1:].ravel())[0, 1]
        assert (lag > 0.1) == (process == GARCH)


def test_page_says_what_was_measured():
    from sizepower import page

    known = json.loads((ROOT / "benchmarks" / "size_power.json").read_text("utf-8"))
    lines, cells, gates, rows = page.text_of(known)
    text = page.PAGE.read_text("utf-8")
    measured = text.split(page.BEGIN)[1].split(page.END)[0].strip()
    assert measured == "\n".join(lines).strip(), "run benchmarks/size_power.py --page"
    assert len(cells) > 900
    assert {gate.situation for gate in gates} == {
        "one episode of one series",
        "a few separate dates",
        "many separate dates",
        "one date, a few series",
        "one date, many assets",
        "several dates, several assets each",
        "overlapping windows",
    }
    assert {row.table for row in rows} == {"intervals", "tests"}
    missed = [row for row in rows if row.failing]
    assert text.count("**FAILS** (") == len(missed)


def test_every_clustered_design_was_measured_and_its_errors_can_be_computed_again(harness):
    """The counts that are kept, of the designs and samples that the code has now."""
    from sizepower.clustered import Rate, rate

    known = json.loads((ROOT / "benchmarks" / "size_power.json").read_text("utf-8"))
    for section in CLUSTERED:
        designs = {design.key: design for design in harness.SECTIONS[section].designs()}
        assert known[section]["cells"].keys() == designs.keys()
        for key, cells in known[section]["cells"].items():
            for label, cell in cells.items():
                value = Rate(*cell)
                measure, name = label.split("|")
                total = rate(cells, measure)
                assert value.samples <= total.samples, (key, label)
                assert value.clusters <= value.samples
                # Cauchy and Schwarz: a clustered variance is never negative
                assert value.crossed**2 <= value.squared * value.sizes
                if name == "all" and any(f"{measure}|{t}" in cells for t in ("low", "mid")):
                    thirds = [rate(cells, measure, t) for t in ("low", "mid", "high")]
                    assert sum(t.samples for t in thirds if t) == value.samples
                    assert sum(t.hits for t in thirds if t) == value.hits
