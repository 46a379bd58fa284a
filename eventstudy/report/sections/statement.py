"""The statement itself: who, when, where it is from."""

from __future__ import annotations

import re
from collections.abc import Mapping

from eventstudy.report.material import Material, Section

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


def _context(material: Material, event: str) -> Mapping[str, object]:
    own = material.events[event]
    return {"event": own, "source": pieces(own.source)}


SECTION = Section("statement", "The statement", _context)
