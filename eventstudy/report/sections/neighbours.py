"""Whether the day is unusual within its own week."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from eventstudy.report.report_data import Material, Section
from eventstudy.report.sections.reaction import MOST, candidates, only
from eventstudy.words.catalogue import say, template


def _nth(place: int) -> str:
    """Return a place, the largest first."""
    places = template("neighbours.places")
    return str(places[place]) if place < len(places) else say("neighbours.nth", number=place + 1)


def _asset(material: Material, event: str, asset: str) -> dict[str, Any] | None:
    rows = [row for row in only(material.of("scaled", event), asset).itertuples() if row.z == row.z]
    days = {row.session for row in candidates(material, event, asset)}
    own = [abs(row.z) for row in rows if row.session in days]
    if not own:
        return None
    sizes = np.abs([row.z for row in rows])
    place = int((sizes > max(own)).sum())
    return {
        "asset": asset,
        "label": material.results.about.asset(asset).label,
        "rows": [(row, row.session in days) for row in rows],
        "place": say("neighbours.place", place=_nth(place), count=len(rows)),
    }


def _context(material: Material, event: str) -> Mapping[str, object] | None:
    made = [_asset(material, event, asset) for asset in material.measured(event)[:MOST]]
    assets = [own for own in made if own is not None]
    return {"assets": assets} if assets else None


SECTION = Section("neighbours", say("neighbours.title"), _context)
