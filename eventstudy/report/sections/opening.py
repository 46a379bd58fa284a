"""The first screen of an event's page: who spoke, the answer in a sentence, two figures."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from eventstudy.plots.around import around_data, draw_around
from eventstudy.plots.ordinary import draw_ordinary, ordinary_data
from eventstudy.report.answer_words import MOST_NAMED, asset_name, capital, event_finding, moved_far
from eventstudy.report.answers import simple
from eventstudy.report.charts import Chart, numbers
from eventstudy.report.formats import unbroken
from eventstudy.report.report_data import ReportData
from eventstudy.report.sections.day0 import left_words
from eventstudy.report.sections.statement import pieces, when
from eventstudy.results import EventStudyResults
from eventstudy.settings import Window
from eventstudy.words.catalogue import counted, say
from eventstudy.words.windows import window_phrase


def shown_window(report: ReportData, event: str, asset: str) -> Window | None:
    """Return the window that the page speaks of: the primary one, else the first measured."""
    rows = [(row.start, row.end) for row in report.rows("car", event, asset=asset)]
    lead = report.results.windows.lead
    return lead if lead in rows else next(iter(rows), None)


def figures(report: ReportData, event: str, asset: str) -> list[Chart]:
    """Return the price around an event and its move among ordinary ones; shared by session."""
    (aligned,) = report.rows("alignment", event, asset=asset)
    said = report.events[event]
    moment = (said.date, said.time, said.timezone) if said.time else None
    window = shown_window(report, event, asset)
    key = ("opening", asset, aligned.day0, aligned.day0_latest, moment, window)
    return report.shared(key, partial(_made, report.results, event, asset, window))


def _made(results: EventStudyResults, event: str, asset: str, window: Window | None) -> list[Chart]:
    name = results.about.asset(asset).label
    data = around_data(results, event, asset)
    price = draw_around(results, event, asset, data)
    table = data[["session", "price", "possible"]]
    charts = [Chart(price, say("opening.label_around", asset=name), table)]
    if window is not None:
        days = ordinary_data(results, event, asset, window)
        drawn = draw_ordinary(results, asset, window, days)
        table = numbers(days, "first", "z", "move")
        charts.append(Chart(drawn, say("opening.label_ordinary", asset=name), table))
    return charts


def reply(report: ReportData, event: str) -> str:
    """Return the answer of an event in a sentence or two; why there is none, if so."""
    answers = report.answers.event(event)
    if answers:
        text = unbroken(event_finding(report, event).title.rstrip(".") + ".")
        more = answers[MOST_NAMED:]
        if more:
            out = sum(answer.p <= 0.05 for answer in answers)
            key = "opening.more" if out else "opening.more_none"
            text += " " + say(key, series=counted(len(more), "series"), out=out)
        return text
    partly = [text for asset in report.measured(event) if (text := _partly(report, event, asset))]
    if partly:
        return " ".join(partly)
    rows = report.rows("left_out", event)
    left = [*dict.fromkeys(left_words(rows))]
    waiting = bool(rows) and all(row.pending for row in rows)
    head = [] if waiting else [say("opening.nothing")]
    return " ".join([*head, *left[:MOST_NAMED]])


def _partly(report: ReportData, event: str, asset: str) -> str:
    """Say what there is of an event whose primary window is not measured."""
    window = shown_window(report, event, asset)
    if window is None:
        return ""
    (car,) = report.rows("car", event, asset=asset, start=window[0], end=window[1])
    move = simple(report.results, car.car)
    text = moved_far(report.results, asset, move, 1)
    lead = report.results.windows.lead
    rest = report.rows("left_out", event, asset=asset, start=lead[0], end=lead[1])
    why = " ".join(left_words(rest))
    return capital(say("opening.partly", moved=text, window=window_phrase(window), why=why))


def badges(report: ReportData, event: str) -> list[tuple[str, str]]:
    """Return (asset, verdict) of an event; one without a name where all are alike."""
    answers = report.answers.event(event)
    verdict = event_finding(report, event).verdict if answers else None
    if verdict is not None or not answers:
        return [("", verdict)] if verdict else []
    return [
        (asset_name(report.results, answer.asset), answer.verdict)
        for answer in answers[:MOST_NAMED]
    ]


def opening(report: ReportData, event_id: str) -> Mapping[str, Any]:
    """Return what stands above the sections of an event's page."""
    event = report.events[event_id]
    measured = report.measured(event_id)
    who = event.speaker
    if who and event.affiliation:
        who = say("statement.whom", speaker=event.speaker, affiliation=event.affiliation)
    source = pieces(event.source)
    return {
        "kicker": [text for text in (when(event), who) if text],
        "source": source if sum(len(text) for text, _ in source) <= LONG_SOURCE else [],
        "badges": badges(report, event_id),
        "reply": reply(report, event_id),
        "figures": figures(report, event_id, measured[0]) if measured else [],
    }


LONG_SOURCE = 80
"""Characters of a source that fits beside who spoke; a longer one stands with the statement."""
