"""Claimed moves against measured ones."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.report.report_data import Material, Section
from eventstudy.words.catalogue import say


def _context(material: Material, event: str) -> Mapping[str, object] | None:
    found = [claim for claim in material.claims if event in ("", claim.event_id)]
    if not found:
        return None
    titles = {claim.event_id: material.events[claim.event_id].title for claim in found}
    return {"claims": found, "titles": titles, "one": bool(event)}


SECTION = Section("claims", say("claims.title"), _context)
