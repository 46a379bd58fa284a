"""The statement itself: who, when, where it is from."""

from __future__ import annotations

import re

from eventstudy.events.events import Event
from eventstudy.report.formats import plain_date
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.words.catalogue import say

_LINK = re.compile(r"https?://[^\s;,\"<>)\]]+")


def pieces(text: str) -> list[tuple[str, str]]:
    """Split a source into (text, link) pieces; only http and https become links."""
    split, end = [], 0
    for match in _LINK.finditer(text):
        split += [(text[end : match.start()], ""), (match.group(), match.group())]
        end = match.end()
    return [piece for piece in [*split, (text[end:], "")] if piece[0]]


def when(event: Event) -> str:
    """Say when it was said, as far as that is known."""
    clock = {
        name: f"{value:%H:%M}"
        for name, value in (
            ("time", event.time),
            ("first", event.not_before),
            ("last", event.known_by),
        )
        if value is not None
    }
    if "time" in clock:
        key = "at"
    elif len(clock) == 2:
        key = "between"
    else:
        key = {("first",): "after", ("last",): "by", (): "unknown"}[tuple(clock)]
    return say(f"statement.{key}", date=plain_date(event.date), zone=event.timezone, **clock)


def _context(report: ReportData, event_id: str) -> Context:
    event = report.events[event_id]
    return {"event": event, "when": when(event), "source": pieces(event.source)}


SECTION = Section("statement", _context)
