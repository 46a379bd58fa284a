"""Screen one: the finding, a line for each verdict, one figure, four results, the gravest doubt."""

from __future__ import annotations

import pandas as pd

from eventstudy.design.groups import ALL_EVENTS
from eventstudy.plots.mean_path import draw_mean_path
from eventstudy.plots.named_price import draw_named_price
from eventstudy.prices import Prices
from eventstudy.report.answer_words import (
    asset_name,
    finding,
    labelled,
    listed,
    moved_by,
    verdict_lines,
    why_nothing,
)
from eventstudy.report.answers import Answer, Strongest
from eventstudy.report.charts import Chart
from eventstudy.report.concerns import concerns
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.report.tiles import tiles
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import date, short_date
from eventstudy.words.windows import window_name, window_phrase

MOST_LINES, MOST_PANELS, MOST_NAMED = 6, 2, 5
"""Verdicts on screen one, panels of its figure, events that are named on a price."""


def _who(report: ReportData) -> str:
    """Say who spoke, as far as a few names say it."""
    for name in ("affiliation", "speaker"):
        values = {getattr(event, name) for event in report.results.events} - {""}
        if values and len(values) <= MOST_NAMED:
            return ", ".join(sorted(values))
    speakers = {event.speaker for event in report.results.events} - {""}
    return counted(len(speakers), "speaker") if speakers else ""


def _kicker(report: ReportData) -> list[str]:
    """Say who spoke, when, and what was traded."""
    results = report.results
    days = sorted(event.date for event in results.events)
    period = []
    if days:
        first, last = (date(pd.Timestamp(day)) for day in (days[0], days[-1]))
        period = [first if first == last else f"{first} – {last}"]
    names = [asset_name(results, asset) for asset in results.assets]
    assets = ", ".join(names) if 0 < len(names) <= MOST_NAMED else counted(len(names), "series")
    count = counted(len(results.events), "event")
    return [part for part in (_who(report), *period, count, assets, say("answer.daily")) if part]


def name_of(report: ReportData, strongest: Strongest) -> str:
    """Return what the strongest episode is called."""
    title = report.events[strongest.event_ids[0]].title
    more = len(strongest.event_ids) - 1
    key = "answer.one_title" if not more else "answer.more_titles"
    return say(key, title=title, more=more)


def _day(day: pd.Timestamp, report: ReportData) -> str:
    """Return a day as a label begins with it; with its year where there are more than two."""
    years = {event.date.year for event in report.results.events}
    return f"{day.day} {day:%b}{f' {day.year}' if len(years) > 2 else ''}: "


def _panel(report: ReportData, answer: Answer) -> Chart:
    """Return the figure of one answer: a mean path, or a price with its few events named."""
    results = report.results
    name = asset_name(results, answer.asset)
    days = counted(len(answer.rows), "market_day")
    first = all(
        shown.group == report.results.headline for shown in report.answers.leading[:MOST_PANELS]
    )
    group = "" if first or answer.group == ALL_EVENTS else f", {answer.group}"
    if len(answer.rows) <= MOST_NAMED and answer.asset in results.assets:
        named = _named(report, answer)
        title = say("answer.panel_few", asset=name, group=group)
        window = window_name(results.windows.lead)
        figure = draw_named_price(
            results,
            answer.asset,
            named,
            title=title,
            subtitle=say("answer.panel_few_unit", window=window),
        )
        return Chart(figure, say("answer.label_few", asset=name))
    strongest = answer.strongest
    day = _day(strongest.day0, report) + name_of(report, strongest) if strongest else ""
    figure = draw_mean_path(
        results,
        answer.group,
        answer.asset,
        title=say("answer.panel", asset=name, days=days, group=group),
        strongest=(strongest.day0, strongest.asset) if strongest else None,
        name=day,
    )
    return Chart(figure, labelled(results, answer.group, answer.asset))


def _named(report: ReportData, answer: Answer) -> pd.DataFrame:
    """Return the events of an answer with what they are called on a price."""
    results = report.results
    records = []
    ids = results.events.event_ids
    for row in answer.rows.tolist():
        members = [ids[event] for event in results.members[row]]
        for told in report.answers.event(members[0]):
            if told.asset == answer.asset:
                title = report.events[members[0]].title
                more = say("answer.and_more", more=len(members) - 1) if members[1:] else ""
                day0 = pd.Timestamp(results.abnormal.day0[row])
                records.append((day0, title + more, moved_by(told.move), told.p <= 0.05))
    titles = [title for _, title, _, _ in records]
    named = [  # several of one title are told apart by their days
        (day, short_date(day) if titles.count(title) > 1 else title, move, out)
        for day, title, move, out in records
    ]
    rows = [
        (day, say("answer.named", title=name, move=move), out) for day, name, move, out in named
    ]
    return pd.DataFrame(rows, columns=["session", "name", "stands_out"])


def _sources(report: ReportData) -> str:
    """Say where prices and events are from, and how far the prices reach."""
    results = report.results
    sources: dict[str, None] = {}
    if isinstance(results.prices, Prices):
        origins = results.prices.provenance.values()
        sources = dict.fromkeys(o.attribution or o.source for o in origins)
    ends = {
        asset: results.session(asset, len(data.returns) - 1)
        for asset, data in results.data.items()
        if len(data.returns) and not report.waiting  # no price is used yet
    }
    text = []
    if sources:
        names = [name.rstrip(".").removeprefix(say("answer.source")) for name in list(sources)[:3]]
        text.append(say("answer.sources", sources="; ".join(names)))
    if ends:
        last = sorted({pd.Timestamp(day) for day in ends.values()})
        days = [date(day) for day in dict.fromkeys((last[0], last[-1]))]
        text.append(say("answer.prices_to", dates=listed(days)))
    return " ".join(text)


def _context(report: ReportData, _event: str) -> Context:
    answers = report.answers.groups
    told = finding(report)
    doubts = concerns(report)
    single = bool(answers) and all(answer.single for answer in answers)
    key = "answer.move" if single else "answer.mean_move"
    return {
        "study": report.results.about.title,
        "kicker": " · ".join(_kicker(report)),
        "finding": told,
        "why": why_nothing(report),
        "lead": say(key, window=window_phrase(report.results.windows.lead)),
        "lines": verdict_lines(report, answers[:MOST_LINES]),
        "more": max(len(answers) - MOST_LINES, 0),
        "charts": [_panel(report, answer) for answer in report.answers.leading[:MOST_PANELS]],
        "paths": any(len(answer.rows) > MOST_NAMED for answer in answers),
        "tiles": tiles(report),
        "gravest": doubts[0] if doubts else None,
        "others": len(doubts) - 1,
        "sources": _sources(report),
    }


SECTION = Section("answer", _context)
