"""One event as `eventstudy show` prints it: the answer first, then what it rests on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pandas as pd
from rich.console import Group
from rich.table import Table
from rich.text import Text

from eventstudy.analysis.claims import check_claims
from eventstudy.cli.shown_minutes import minute_lines, minute_tables
from eventstudy.cli.terminal import folded
from eventstudy.report.answer_words import asset_name, capital
from eventstudy.report.answers import simple
from eventstudy.report.data_files import joined
from eventstudy.report.report_data import ReportData, left_window
from eventstudy.report.sections.opening import badges, reply
from eventstudy.report.sections.statement import when
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import (
    NONE,
    count,
    interval,
    missing,
    p_value,
    percent,
    size,
    window_words,
)
from eventstudy.words.windows import window_name

COLOURS = {"detected": "blue", "not detected": "default", "cannot be told": "yellow"}
"""Of a badge in the terminal; the words carry it too."""


def _plain(value: Any) -> Any:
    """Return a value for JSON: lists of names as text, nothing for a bound that is infinite."""
    value = joined(value)
    return None if pd.isna(value) or value in (float("inf"), float("-inf")) else value


def as_records(report: ReportData, event_id: str) -> dict[str, Any]:
    """Return what is known of an event as plain values.

    Parameters
    ----------
    report : ReportData
        A study.
    event_id : str
        The event.

    Returns
    -------
    dict
        event_id, title, answer (the sentence, and of each asset its move over the primary window
        as a simple return, the interval, the rank p, and the verdict), and the event's rows of
        alignment, car, scaled_car, ewma_sq and left_out; of a study with bars, those of
        minutes_car, minutes_overnight, minutes_onset, minutes_claims, minutes_claims_together,
        minutes_shares and minutes_left_out.
    """
    results = report.results
    tables = {
        "alignment": results.alignment,
        "car": report.car,
        "scaled_car": report.ranked,
        "ewma_sq": report.ewma_sq,
        "left_out": results.left_out,
        **minute_tables(results.minutes),
    }
    answers = [asdict(answer) for answer in report.answers.event(event_id)]
    return {
        "event_id": event_id,
        "title": results.events[event_id].title,
        "answer": {
            "sentence": reply(report, event_id),
            "assets": [{key: _plain(value) for key, value in answer.items()} for answer in answers],
        },
        **{
            name: [
                {key: _plain(value) for key, value in record.items()}
                for record in table[table["event_id"] == event_id].to_dict("records")
            ]
            for name, table in tables.items()
        },
    }


def _windows(report: ReportData, event_id: str) -> Any:
    """Return the windows of an event as a table: the move, its interval, the rank p."""
    table = Table(title=say("show.windows"), title_justify="left")
    for name in ("asset", "window", "move", "interval", "p", "seen"):
        left = name in ("asset", "window")
        table.add_column(say(f"show.{name}"), justify="left" if left else "right")
    for row in report.rows("car", event_id):
        span: dict[str, object] = {"asset": row.asset, "start": row.start, "end": row.end}
        (ranked,) = report.rows("ranked", event_id, **span)
        window = capital(window_name((row.start, row.end)))
        note = "" if row.covers_day0 else f" ({say('show.may_miss')})"
        move, low, high, seen = (
            simple(report.results, value)
            for value in (row.car, row.ci_low, row.ci_high, ranked.mde)
        )
        table.add_row(
            Text(asset_name(report.results, row.asset)),
            window + note,
            percent(move),
            folded(interval(low, high)),
            p_value(row.p_rank),
            NONE if missing(seen) else say("windows.or_more", size=size(seen, 1)),
        )
    return table


def _head(report: ReportData, event_id: str) -> list[Any]:
    """Return who spoke, what, the badge, and the answer with the rank p."""
    event = report.events[event_id]
    who = " · ".join(text for text in (when(event), event.speaker) if text)
    title = Text(event.title, style="bold")
    for asset, verdict in badges(report, event_id):
        named = f"{asset}: {verdict}" if asset else verdict
        title.append(f"  [{named}]", style=f"bold {COLOURS[verdict]}")
    values = [
        say("show.p_of", asset=asset_name(report.results, answer.asset), p=p_value(answer.p))
        for answer in report.answers.event(event_id)
    ]
    ranks = [Text(say("show.ranks", values=", ".join(values)))] if values else []
    return [Text(who, style="dim"), title, Text(reply(report, event_id)), *ranks]


def as_text(report: ReportData, event_id: str) -> Group:
    """Return an event as something that rich can print: the answer, then what it rests on.

    Parameters
    ----------
    report : ReportData
        A study.
    event_id : str
        The event.

    Returns
    -------
    rich.console.Group
    """
    results, event = report.results, report.events[event_id]
    parts = [*_head(report, event_id), Text("")]
    if report.rows("car", event_id):
        parts.append(_windows(report, event_id))
    for row in report.rows("alignment", event_id):
        parts.append(Text.assemble((row.asset, "bold"), f": {row.rule}."))
        if row.shares_session_with:
            others = count(len(row.shares_session_with), "other event")
            parts.append(Text(f"  {others} share this session."))
    for row in report.rows("left_out", event_id):
        window = left_window(row)
        over = "" if window is None else f" over {window_words(*window)}"
        state = "" if row.pending else "left out, "
        cure = f" (what changes that: {row.cure})" if row.cure else ""
        parts.append(Text(f"{row.asset}{over}: {state}{row.reason}{cure}", style="yellow"))
    parts += minute_lines(results.minutes, event_id)
    parts += [Text(f"{claim.asset}: {claim.words}") for claim in check_claims(results, event_id)]
    if event.confounders:
        parts.append(Text(f"What else happened that day: {event.confounders}", style="yellow"))
    if event.statement:
        parts += [Text(""), Text(event.statement, style="italic")]
    return Group(*parts)
