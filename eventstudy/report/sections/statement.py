"""The statement itself: who, when, where it is from."""

from __future__ import annotations

import re
from collections.abc import Mapping

from eventstudy.events.events import Event
from eventstudy.report.formats import date
from eventstudy.report.report_data import Material, Section
from eventstudy.words.catalogue import say

_LINK = re.compile(r"https?://[^\s;,\"<>)\]]+")


def pieces(text: str) -> list[tuple[str, str]]:
    """Split a source into (text, link) pieces; only http and https become links."""
    found, at = [], 0
    for match in _LINK.finditer(text):
        found.append((text[at : match.start()], ""))
        found.append((match.group(), match.group()))
        at = match.end()
    found.append((text[at:], ""))
    return [piece for piece in found if piece[0]]


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
    return say(f"statement.{key}", date=date(event.date), zone=event.timezone, **clock)


def _context(material: Material, event: str) -> Mapping[str, object]:
    own = material.events[event]
    return {"event": own, "when": when(own), "source": pieces(own.source)}


SECTION = Section("statement", say("statement.title"), _context)
