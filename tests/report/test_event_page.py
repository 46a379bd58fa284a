"""What the page of one event says, against counts made by hand."""

import re

import numpy as np
import pandas as pd
import pytest
from pages import Page
from two_assets import series, study

import eventstudy as es
from eventstudy.plots.comparison import correlation, groups_data, scatter_data
from eventstudy.plots.ordinary import ordinary_data
from eventstudy.report.report_data import ReportData
from eventstudy.report.sections import SECTIONS, choices, neighbours, reaction, statement

UNSURE = "ryabkov-rtvi-sanctions-2022-01-13"


def context(material, section, event):
    return section.SECTION.context(material, event)


@pytest.fixture(scope="module")
def material(results):
    return ReportData(results)


@pytest.fixture(scope="module")
def calm():
    return study(series(900), [500, 560, 620, 700])


def test_the_distribution_gives_the_counted_p(results):
    """p = (1 + days that moved at least as much)/(n + 1), counted from the chart's numbers."""
    scaled = results.ewma_sq().set_index(["event_id", "asset", "session"])
    for event in list(results.events)[::9]:
        for asset in results.assets:
            data = ordinary_data(results, event.event_id, asset)
            days = data.loc[~data["candidate"], "z"].abs().to_numpy()
            for own in data[data["candidate"]].itertuples():
                counted = (1 + (days >= abs(own.z)).sum()) / (len(days) + 1)
                assert counted == scaled.loc[(event.event_id, asset, own.session), "p"]


def test_every_possible_session_is_marked(results):
    alignment = results.alignment[results.alignment["event_id"] == UNSURE]
    for row in alignment.itertuples():
        data = ordinary_data(results, UNSURE, row.asset)
        marked = list(data.loc[data["candidate"], "session"])
        assert marked == [row.day0, row.day0_latest]


def test_both_sessions_stand_side_by_side_with_their_meaning(report, results):
    page = Page((report / "events" / f"{UNSURE}.html").read_text("utf-8"))
    days = [own for tag, own in page.tags if tag == "dl" and own.get("class") == "day"]
    assert len(days) == 2 * len(results.assets)
    assert page.text.count("If it was said before") == len(results.assets)
    assert page.text.count("If it was said after the price of Thu 13 Jan 2022") == 2


def test_the_sentence_counts_ordinary_days(material, results):
    for asset in results.assets:
        own = next(a for a in context(material, reaction, UNSURE)["assets"] if a["asset"] == asset)
        data = ordinary_data(results, UNSURE, asset)
        days = data.loc[~data["candidate"], "z"].abs()
        for day in own["days"]:
            larger = int((days >= abs(day["row"].z)).sum())
            assert day["larger"].startswith(f"{larger} of {len(days)} ordinary days")


def test_a_day_is_placed_among_its_neighbours():
    """A shock on day 0, a larger one three days later: second of eleven."""
    base = series(900, assets=("AAA",))
    values = base.to_numpy(copy=True)
    values[600:] *= 1.06
    values[603:] *= 1.20
    results = study(pd.DataFrame(values, base.index, base.columns), [600])
    (own,) = context(ReportData(results), neighbours, results.events.event_ids[0])["assets"]
    assert "2nd largest" in own["place"]
    assert [row.tau for row, mine in own["rows"] if mine] == [0]
    assert len(own["rows"]) == 11


@pytest.mark.parametrize(("shock", "detected"), [(0.0, False), (0.3, True)])
def test_what_is_not_detected_is_worded_with_what_would_have_been(shock, detected, tmp_path):
    base = series(900, assets=("AAA",))
    values = base.to_numpy(copy=True)
    values[600:] *= 1 + shock
    results = study(pd.DataFrame(values, base.index, base.columns), [600])
    event = results.events.event_ids[0]
    es.write_report(results, tmp_path)
    text = Page((tmp_path / "events" / f"{event}.html").read_text("utf-8")).text
    mde = results.scaled_car().set_index(["start", "end"]).loc[results.windows.lead, "mde"]
    said = f"Not detected as abnormal; effects above {100 * mde:.2f} % would have been"
    assert (said in text) is not detected
    assert (f"An effect of {100 * mde:.2f} % would be seen" in text) is detected


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


def test_without_robustness_the_page_says_so(material):
    assert context(material, choices, UNSURE)["absent"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"time": "10:30"}, "Thu 13 Jan 2022, 10:30 Europe/Moscow"),
        ({"not_before": "09:00", "known_by": "12:00"}, "between 09:00 and 12:00 Europe/Moscow"),
        ({"known_by": "12:00"}, "by 12:00 Europe/Moscow"),
        ({"not_before": "09:00"}, "not before 09:00 Europe/Moscow"),
        ({}, "time unknown"),
    ],
)
def test_when_it_was_said_is_said_as_far_as_it_is_known(given, words):
    row = {"event_id": "one", "date": "2022-01-13", "title": "One", **given}
    events = es.read_events(pd.DataFrame([row]), timezone="Europe/Moscow")
    assert words in statement.when(events["one"])


def test_event_pages_hold_every_section_that_applies(report):
    page = Page((report / "events" / f"{UNSURE}.html").read_text("utf-8"))
    expected = [section.name for section in SECTIONS["event"]]
    found = [own["id"] for tag, own in page.tags if tag == "section"]
    assert found == [name for name in expected if name in found]
    assert {"statement", "day0", "reaction", "neighbours", "together", "choices"} <= set(found)


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
