"""The answer of a study: verdicts where the truth is known, because it was planted."""

import numpy as np
import pandas as pd
import pytest
from two_assets import series

import eventstudy as es
from eventstudy.report.answer_words import event_finding, finding, verdict_lines, why_nothing
from eventstudy.report.report_data import ReportData
from eventstudy.report.sections import SECTIONS

APART = range(400, 1400, 60)
CROWDED = range(900, 990, 2)


def said(places, effect=0.0, group="", columns=None, prices=None, **settings):
    """Report data of a study with the same move planted on every event of AAA."""
    prices = series(1500, seed=5) if prices is None else prices
    moved = prices.copy()
    for place in places:
        moved.iloc[place:, 0] *= 1 + effect
    events = pd.DataFrame(
        {
            "event_id": [f"e{place}" for place in places],
            "date": prices.index[list(places)],
            "title": "t",
            "tags": group,
            **(columns or {}),
        }
    )
    return ReportData(es.run_study(events, moved, options=es.Options(returns="log"), **settings))


def test_a_planted_move_is_detected_and_no_move_is_not():
    report = said(APART, effect=-0.05)
    moved, still = report.answers.groups
    assert (moved.verdict, still.verdict) == ("detected", "not detected")
    assert moved.counted == pytest.approx(min(1, 2 * moved.p))  # Holm: the least of two is doubled
    title = finding(report).title
    assert title.startswith("AAA fell by 5.")
    assert "BBB did not move unusually on days with events" in title
    assert finding(report).verdict is None
    assert [line.verdict for line in verdict_lines(report, report.answers.groups)] == [
        "detected",
        "not detected",
    ]


def test_moves_are_what_prices_did():
    """A planted fall of 40 % is −51 % in logarithms."""
    report = said([700], effect=-0.4)
    assert report.answers.groups[0].mean == pytest.approx(-0.4, abs=0.03)
    car = report.results.at_primary(report.results.car())
    assert car["car"].iloc[0] == pytest.approx(np.log(0.6), abs=0.05)


def test_events_on_most_days_cannot_be_told_from_the_weeks_around_them():
    report = said(CROWDED, effect=-0.05)
    moved = report.answers.groups[0]
    assert (moved.verdict, moved.why) == ("cannot be told", "crowded")
    assert moved.share == pytest.approx(45 / 89)
    assert "cannot be told from the weeks around them" in finding(report).title


def test_one_event_is_set_among_ordinary_spans():
    report = said([700], effect=-0.2)
    moved, still = report.answers.event("e700")
    assert (moved.larger, moved.verdict) == (0, "detected")
    assert still.p == pytest.approx((still.larger + 1) / (still.ordinary + 1))
    text = finding(report).title
    assert f"as none of {moved.ordinary} ordinary spans did" in text
    assert text == event_finding(report, "e700").title.replace(" beyond normal", "")


@pytest.mark.parametrize(
    ("columns", "why", "words"),
    [
        ({"confounders": "a rate decision"}, "news", "other news is known of the day"),
        ({}, "shared", "1 other event share the day"),
    ],
)
def test_what_else_happened_on_the_day_is_not_given_to_the_event(columns, why, words):
    places = [700, 700] if why == "shared" else [700]
    names = {"event_id": [f"e{n}" for n in range(len(places))]}
    report = said(places, effect=-0.1, columns={**columns, **names})
    assert [answer.why for answer in report.answers.event("e0")] == [why, why]
    assert [answer.verdict for answer in report.answers.groups] == ["cannot be told"] * 2
    assert words.replace("event share", "event shares") in event_finding(report, "e0").title


def test_a_study_in_which_nothing_could_be_measured_says_why():
    prices = series(1500, seed=5)
    events = pd.DataFrame({"event_id": ["e"], "date": ["2001-03-01"], "title": "t"})
    report = ReportData(es.run_study(events, prices))
    title = finding(report).title
    assert title.startswith("The one event could not be measured: ")


def test_a_study_of_events_to_come_says_from_when_on():
    prices = series(1500, seed=5)
    after = prices.index[-1] + pd.offsets.BDay(5)
    events = pd.DataFrame({"event_id": ["e"], "date": [after], "title": "t"})
    report = ReportData(es.run_study(events, prices))
    until = after + pd.offsets.BDay(report.results.windows.lead[1])
    assert finding(report).title == f"Nothing can be measured before {until.day} {until:%b %Y}"
    assert f"{until:%Y-%m-%d}" in report.results.left_out["reason"].iloc[0]  # as its page says


def test_a_study_that_ends_before_its_events_says_when_in_its_title():
    prices = series(1500, seed=5)
    events = pd.DataFrame({"event_id": ["a", "b"], "date": ["2001-03-01"] * 2, "title": "t"})
    report = ReportData(es.run_study(events, prices))
    assert finding(report).title == (
        "None of 2 events could be measured: the prices begin on 3 Jan 2005, after them"
    )


def test_several_reasons_are_not_given_as_one():
    prices = series(1500, seed=5)
    days = ["2001-03-01", *(f"{day:%Y-%m-%d}" for day in prices.index[[40, 60]])]
    events = pd.DataFrame({"event_id": ["a", "b", "c"], "date": days, "title": "t"})
    report = ReportData(es.run_study(events, prices))
    assert finding(report).title == "None of 3 events could be measured"
    assert why_nothing(report).startswith(
        "2 events: too few market days with prices come before them; "
        "1 event: the prices begin on 3 Jan 2005, after it. "
    )


def test_a_study_of_events_to_come_shows_no_prices_as_used():
    prices = series(1500, seed=5)
    after = prices.index[-1] + pd.offsets.BDay(5)
    events = pd.DataFrame({"event_id": ["e"], "date": [after], "title": "t"})
    report = ReportData(es.run_study(events, prices))
    sections = {each.name: each for each in SECTIONS["index"]}
    assert report.until == ""
    assert sections["prices"].context(report, "")["charts"] == []
    assert {row["days"] for row in sections["data"].context(report, "")["rows"]} == {"—"}


def test_words_on_one_group_say_what_mean_would_have_shown():
    report = said(APART)
    assert all(
        line.shown.startswith("a mean move of ")
        for line in verdict_lines(report, report.answers.groups)
    )
