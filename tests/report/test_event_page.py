"""What the page of one event says, against counts made by hand."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from pages import Page
from two_assets import series, study

import eventstudy as es
from eventstudy.plots.around import around_data, said_at
from eventstudy.plots.comparison import correlation, groups_data, scatter_data
from eventstudy.plots.ordinary import ordinary_data
from eventstudy.plots.path import car_data
from eventstudy.plots.robustness import curve_data
from eventstudy.report.formats import plain_date
from eventstudy.report.report_data import ReportData
from eventstudy.report.sections import (
    SECTIONS,
    around,
    doubts,
    neighbours,
    opening,
    statement,
)
from eventstudy.report.site import Site
from eventstudy.report.tiles import tiles
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import p_value

UNSURE = "rau-osce-2022-01-13"
"""Of an unknown hour: two days are possible."""
CLAIMED = "ryabkov-rtvi-sanctions-2022-01-13"
"""Of the same day, known by 14:45, with two claims; its day has bars."""


def context(material, section, event):
    return section.SECTION.context(material, event)


@pytest.fixture(scope="module")
def material(results):
    return ReportData(results)


@pytest.fixture(scope="module")
def calm():
    return study(series(900), [500, 560, 620, 700])


def test_the_distribution_gives_the_counted_p(results):
    """p = (1 + spans that moved at least as much)/(n + 1), counted from the figure's numbers."""
    car = results.at_primary(results.car()).set_index(["event_id", "asset"])
    for event in list(results.events)[::9]:
        for asset in results.assets:
            data = ordinary_data(results, event.event_id, asset)
            spans = data.loc[~data["event"], "z"].abs().to_numpy()
            (own,) = data.loc[data["event"], "z"]
            counted = (1 + (spans >= abs(own)).sum()) / (len(spans) + 1)
            assert counted == car.loc[(event.event_id, asset), "p_rank"]


def test_the_move_of_the_figure_is_the_car_as_a_simple_return(results):
    car = results.at_primary(results.car()).set_index(["event_id", "asset"])["car"]
    data = ordinary_data(results, UNSURE, "IMOEX")
    (move,) = data.loc[data["event"], "move"]
    assert move == pytest.approx(np.expm1(car[UNSURE, "IMOEX"]), rel=1e-12)


def test_one_p_for_each_window_wherever_it_is_shown(report, results):
    """Page, car table, ranks by day and by window: the same number."""
    car = results.car().set_index(["event_id", "asset", "start", "end"])["p_rank"]
    ranked = results.scaled_car.set_index(["event_id", "asset", "start", "end"])["p"]
    assert car.to_dict() == pytest.approx(ranked.to_dict(), nan_ok=True)
    days = results.ewma_sq.query("tau == 0").set_index(["event_id", "asset"])["p"]
    day = car.xs((0, 0), level=("start", "end"))
    assert day.to_dict() == pytest.approx({key: days[key] for key in day.index}, nan_ok=True)
    saved = json.loads((report / "data" / "results.json").read_text("utf-8"))
    written = {
        (row["event_id"], row["asset"], row["start"], row["end"]): row["p_rank"]
        for row in saved["car"]
    }
    assert written == pytest.approx(car.to_dict(), nan_ok=True)
    start, end = results.windows.lead
    tiles = re.search(
        '<dl class="four">.*?</dl>', (report / "events" / f"{UNSURE}.html").read_text(), re.S
    )[0]
    for asset in results.assets:
        assert f'p <span class="n">{car[UNSURE, asset, start, end]:.3f}</span>' in tiles


def test_every_possible_session_is_marked(results):
    alignment = results.alignment[results.alignment["event_id"] == UNSURE]
    for row in alignment.itertuples():
        data = around_data(results, UNSURE, row.asset)
        marked = list(data.loc[data["possible"], "session"])
        assert marked == [row.day0, row.day0_latest]


def test_prices_around_stand_at_the_hour_at_which_they_are_struck(results):
    data = around_data(results, UNSURE, "IMOEX").set_index("session")
    assert str(data.loc["2022-01-13", "struck"]) == "2022-01-13 18:50:00"
    assert data.loc["2022-01-13", "price"] == 3674.73  # Moscow Exchange
    assert list(data.index[data["window"]]) == [
        pd.Timestamp(2022, 1, 13),
        pd.Timestamp(2022, 1, 14),
    ]


def test_the_moment_of_a_statement_is_given_in_the_time_of_the_prices(results):
    event = "cbr-key-rate-2021-02-12"  # 13:30 in Moscow, two hours before Frankfurt in winter
    assert f"{said_at(results, event, 'IMOEX'):%H:%M}" == "13:30"
    assert f"{said_at(results, event, 'RUBUSD'):%H:%M}" == "11:30"
    assert said_at(results, UNSURE, "IMOEX") is None


def test_the_path_starts_at_the_close_before_and_reaches_the_car(results):
    """Sums of abnormal returns written out; the band is that of the days from day 0 on."""
    ar = results.ar[(results.ar["event_id"] == UNSURE) & (results.ar["asset"] == "IMOEX")]
    ar = ar.set_index("tau")["ar"]
    data = car_data(results, UNSURE, "IMOEX").set_index("tau")
    assert data.loc[-1, "car"] == 0
    for day in range(6):
        assert data.loc[day, "car"] == pytest.approx(np.expm1(ar.loc[0:day].sum()), rel=1e-9)
    for day in range(-5, -1):
        expected = np.expm1(-ar.loc[day + 1 : -1].sum())
        assert data.loc[day, "car"] == pytest.approx(expected, rel=1e-9)
    car = results.at_primary(results.car()).set_index(["event_id", "asset"])
    own = car.loc[(UNSURE, "IMOEX")]
    interval = data.loc[results.windows.lead[1], ["ci_low", "ci_high"]].astype(float)
    np.testing.assert_allclose(interval, np.expm1([own["ci_low"], own["ci_high"]]), rtol=1e-9)
    assert data["ci_low"].notna().sum() == 1


def test_both_days_stand_side_by_side_with_their_meaning(report, results):
    page = Page((report / "events" / f"{UNSURE}.html").read_text("utf-8"))
    assert page.text.count("before the price of 13 Jan was struck") == len(results.assets)
    assert page.text.count("after the price of 13 Jan was struck") == len(results.assets)
    assert "The day (2 are possible)" in page.text


def test_a_day_is_placed_among_its_neighbours():
    """A shock on day 0, a larger one three days later: second of eleven, and the first doubt."""
    base = series(900, assets=("AAA",))
    values = base.to_numpy(copy=True)
    values[600:] *= 1.06
    values[603:] *= 1.20
    results = study(pd.DataFrame(values, base.index, base.columns), [600])
    report, (event,) = ReportData(results), results.events.event_ids
    (own,) = context(report, neighbours, event)["assets"]
    assert "2nd largest" in own["place"]
    assert [row.tau for row, mine in own["rows"] if mine] == [0]
    assert len(own["rows"]) == 11
    doubt = next(iter(doubts.plain_doubts(report, event)))
    assert re.match(rf"AAA moved more on {plain_date(base.index[603])}: \+2\d\.\d %", doubt.fact)


@pytest.mark.parametrize(("shock", "verdict"), [(0.0, "not detected"), (0.3, "detected")])
def test_a_page_says_what_was_seen_and_what_would_have_been(shock, verdict):
    base = series(900, assets=("AAA",))
    values = base.to_numpy(copy=True)
    values[600:] *= 1 + shock
    results = study(pd.DataFrame(values, base.index, base.columns), [600])
    (event,) = results.events.event_ids
    page = Site(ReportData(results)).event(results.events[event])
    opening = re.search('<section class="answer".*?</section>', page, re.S)[0]
    assert re.findall(r'class="badge \w+">([^<]+)<', opening) == [verdict]
    mde = results.scaled_car.set_index(["start", "end"]).loc[results.windows.lead, "mde"]
    seen = f"{100 * np.expm1(mde):.1f} % or more"
    assert seen in Page(page).text.replace("\N{NARROW NO-BREAK SPACE}%", " %")


def test_an_event_without_a_measured_window_says_why_and_what_changes_it(tmp_path):
    """Before all prices, after them, and with the first day of its window only."""
    prices = series(400, assets=("AAA",))
    events = pd.DataFrame(
        {
            "event_id": ["early", "partly", "late"],
            "date": ["2004-01-05", prices.index[-1], prices.index[-1] + pd.offsets.BDay(5)],
            "title": "t",
        }
    )
    report = ReportData(es.run_study(events, prices))
    assert "before the first price" in opening.reply(report, "early")
    assert "What changes that: prices that begin earlier" in opening.reply(report, "early")
    assert opening.badges(report, "early") == []
    assert "Not there yet: pending until" in opening.reply(report, "late")
    partly = opening.reply(report, "partly")
    assert re.match(
        r"AAA (rose|fell) by \d\.\d % on the day\. Not there yet over the day and the next", partly
    )
    assert opening.badges(report, "partly") == []
    es.write_report(report.results, tmp_path)  # each has its page, without a heading over nothing
    for page in (tmp_path / "events").iterdir():
        assert not re.search(r"</h2>\s*</section>", page.read_text("utf-8")), page.name


def test_events_whose_windows_overlap_are_named(results):
    """Day 0 of the others is one session apart at most, counted from the table of alignment."""
    report = ReportData(results)
    day0 = results.alignment.set_index(["event_id", "asset"])["day0"]
    near = {event.event_id for event in around.overlapping(report, UNSURE)}
    sessions = {asset: list(results.data[asset].calendar.sessions) for asset in results.assets}
    expected = set()
    for (event, asset), day in day0.items():
        place = sessions[asset].index(np.datetime64(day, "D"))
        own = sessions[asset].index(np.datetime64(day0[UNSURE, asset], "D"))
        if abs(place - own) == 1:
            expected.add(event)
    shared = set(results.alignment.set_index("event_id").loc[UNSURE, "shares_session_with"].sum())
    assert near == expected - shared != set()


def test_choices_of_all_events_are_those_of_each(calm):
    made = es.event_choices(calm)
    for event in calm.events.event_ids:
        own, all_at_once = es.specification_curve(calm, event=event, samples=50), made.of(event)
        keys = ["asset", "model", "estimation", "gap", "start", "end"]
        both = own.frame.merge(all_at_once.frame, on=keys, suffixes=("", "_all"))
        both = both[both["reason"] == ""]
        assert len(both) > 30
        np.testing.assert_allclose(both["effect_all"], both["effect"], rtol=1e-9)
        np.testing.assert_allclose(both["z_all"], both["z"], rtol=1e-9)


def test_choices_are_summed_up_as_they_are(calm):
    curve = es.event_choices(calm).of(calm.events.event_ids[0])
    for row in curve.summary.itertuples():
        own = curve.frame[(curve.frame["asset"] == row.asset) & (curve.frame["reason"] == "")]
        assert row.specifications == len(own)
        assert row.median == np.median(own["effect"])
        same = np.sign(own["effect"]) == np.sign(curve.frame.loc[own.index[0], "effect"])
        assert row.same_sign == same.mean()


def test_a_specification_that_does_not_fit_carries_its_reason():
    results = study(series(900, assets=("AAA",)), [150])  # 129 returns, with a gap of 30 only 115
    curve = es.event_choices(results).of(results.events.event_ids[0])
    waiting = (curve.frame["gap"] == 30) & (curve.frame["estimation"] > 120)
    assert set(curve.frame.loc[waiting, "reason"]) == {
        "its windows do not fit the series around this event"
    }
    assert curve.frame.loc[waiting, "effect"].isna().all()
    assert curve.frame.loc[0, "reason"] == ""


def test_choices_by_size_are_those_of_the_frame(calm):
    made = es.event_choices(calm)
    event = calm.events.event_ids[0]
    for asset, own in made.sorted(event).items():
        frame = curve_data(made.of(event), asset)
        for name, values in own.columns.items():
            assert values.tolist() == frame[name].tolist()
        assert own.left_out == (made.of(event).frame["asset"] == asset).sum() - len(frame)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"time": "10:30"}, "13 Jan 2022, 10:30 Europe/Moscow"),
        ({"not_before": "09:00", "known_by": "12:00"}, "between 09:00 and 12:00 Europe/Moscow"),
        ({"known_by": "12:00"}, "by 12:00 Europe/Moscow"),
        ({"not_before": "09:00"}, "not before 09:00 Europe/Moscow"),
        ({}, "13 Jan 2022, hour unknown"),
    ],
)
def test_when_it_was_said_is_said_as_far_as_it_is_known(given, words):
    row = {"event_id": "one", "date": "2022-01-13", "title": "One", **given}
    events = es.read_events(pd.DataFrame([row]), timezone="Europe/Moscow")
    assert words in statement.when(events["one"])


def test_event_pages_hold_every_section_that_applies(report):
    page = Page((report / "events" / f"{CLAIMED}.html").read_text("utf-8"))
    names = [own["id"] for tag, own in page.tags if tag == "section"]
    above = [section.name for section in SECTIONS["above"]]
    expected = [section.name for section in SECTIONS["event"] if section.name in names]
    assert names == ["answer", *above, *expected, "statistics"]
    assert {"windows", "statement", "path", "around", "doubts", "day0", "claims"} <= set(names)
    folded = [own["id"] for tag, own in page.tags if tag == "details" and "id" in own]
    assert folded == [own.name for own in SECTIONS["statistics"] if own.name in folded]
    assert {"textbook", "neighbours", "choices", "estimation", "diagnostics"} <= set(folded)


# --- assets against one another, groups side by side ------------------------------------


def test_points_are_the_abnormal_returns_of_the_same_events(results):
    data = scatter_data(results, "RUBUSD", "IMOEX")
    ar = results.ar[results.ar["tau"] == 0].set_index(["event_id", "asset"])["ar"]
    titles = {event.title: event.event_id for event in results.events}
    for row in data.itertuples():
        for title in row.titles:
            assert ar[titles[title], "RUBUSD"] == row.x
            assert ar[titles[title], "IMOEX"] == row.y
    assert data["events"].sum() == 109


def test_an_asset_that_is_not_there_is_said(results):
    with pytest.raises(es.EventStudyError, match=r"no asset 'IMEOX'.*IMOEX"):
        scatter_data(results, "RUBUSD", "IMEOX")


def test_correlation_and_its_interval_are_scipys():
    from scipy import stats

    rng = np.random.default_rng(5)
    x = pd.Series(rng.normal(size=40))
    y = 0.5 * x + pd.Series(rng.normal(size=40))
    found = correlation(x, y, 0.9)
    reference = stats.pearsonr(x, y)
    interval = reference.confidence_interval(0.9)
    np.testing.assert_allclose(found, [reference.statistic, *interval], rtol=1e-12)
    assert np.isnan(correlation(x[:3], y[:3], 0.9)).all()


def test_groups_are_the_means_by_speaker_with_most_episodes_first(results):
    data = groups_data(results, "speaker", "IMOEX", most=5)
    means = results.mean_car("speaker")
    start, end = results.windows.lead
    own = means[(means["asset"] == "IMOEX") & (means["start"] == start) & (means["end"] == end)]
    assert list(data["n"]) == sorted(own["n"], reverse=True)[:5]
    merged = data.merge(own, on="group", suffixes=("", "_own"))
    assert (merged["caar"] == merged["caar_own"]).all()
    assert len(groups_data(results, "speaker", "IMOEX", fewest=3)) == (own["n"] >= 3).sum()


@pytest.mark.parametrize("make", [es.plots.forest, es.plots.heatmap])
def test_a_reduced_chart_shows_the_largest(results, make):
    whole, part = make(results, "IMOEX"), make(results, "IMOEX", most=7)
    names = list(part.data[0].y)
    assert len(names) == 7
    assert [name for name in whole.data[0].y if name in names] == names
    assert len(whole.data[0].y) == len(
        results.abnormal.rows(results.abnormal.assets == "IMOEX").day0
    )


def test_legends_state_the_confidence_of_the_study(calm):
    results = es.run_study(
        calm.events, calm.prices, windows=calm.windows, options=es.Options(confidence=0.9)
    )
    event, asset = results.events.event_ids[0], results.assets[0]
    for figure in (
        es.plots.ar(results, event, asset),
        es.plots.car_path(results, event, asset),
        es.plots.caar(results),
    ):
        words = " ".join(str(trace.name) for trace in figure.data)
        assert "90 %" in words
        assert not re.search(r"\b95\b", words)
    assert "90 %" in es.plots.forest(results, asset).layout.title.text


def test_one_quiet_event_has_no_empty_heading_and_the_p_of_the_index():
    report = ReportData(study(series(1500, seed=5), [1000]))
    page = Site(report).event(report.events["e1000"])
    assert not re.search(r"</h2>\s*</section>", page)
    tile = next(tile for tile in tiles(report) if tile.name == say("tiles.before"))
    before = report.rows("days_before", "e1000")
    assert [told for _, told in tile.rows] == [f"p = {p_value(row.p)}" for row in before]
    assert all(p_value(row.p) in page for row in before)
