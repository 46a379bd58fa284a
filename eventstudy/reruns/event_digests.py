"""Events and study files as canonical text; needs no heavy library."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from operator import attrgetter

from eventstudy.events.cells import COLUMNS
from eventstudy.events.events import Event

_cells = attrgetter(*COLUMNS[2:])


def row_of(event: Event) -> dict[str, str]:
    """Return an event as canonical text: what its cells mean, without those that are empty."""
    row = {"event_id": event.event_id, "date": event.date.isoformat()}
    for name, value in zip(COLUMNS[2:], _cells(event), strict=True):
        if isinstance(value, tuple) and value:
            row[name] = "; ".join([str(getattr(item, "text", item)) for item in value])
        elif value:
            row[name] = str(value)
    for name, value in event.attributes.items():
        if value:
            row[f"column {name}"] = value
    return row


def row_digest(row: dict[str, str]) -> str:
    """Return the digest of what `row_of` returned; no cell holds the signs between them."""
    text = "\x1e".join([f"{name}\x1f{value}" for name, value in row.items()])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def rows_of(events: Iterable[Event]) -> dict[str, str]:
    """Return the digest of the row of each event."""
    return {event.event_id: row_digest(row_of(event)) for event in events}
