"""Ids of events that have none: speaker or title, and date; unique, and alike on every machine."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from anyascii import anyascii

from eventstudy.events.cells import slug
from eventstudy.tables.understood import TableError, Understood, shown

LONGEST_NAME = 64 - len("-2022-01-13")
SEVERAL = re.compile(r"[;,/&(]| and ")
SHORT = 4
"""Words of a title with fewer letters do not tell two events apart."""
WORDS = 3
"""Words of a title that name an event of which no speaker is known."""


def given_ids(
    source: str, events: Sequence[Mapping[str, str]]
) -> tuple[list[str], tuple[Understood, ...]]:
    """Return an id for each event: its own where it has one, else one that is made.

    The order of the rows changes nothing: events that would share an id are told apart by a word
    of the title, else by a number, in the order of time and title.

    Parameters
    ----------
    source : str
        Path of the list, for errors.
    events : sequence of mapping
        Texts by column.

    Returns
    -------
    ids : list of str
    notes : tuple of Understood

    Raises
    ------
    TableError
        When an id of the file occurs twice.
    """
    ids = [safe_id(cells.get("event_id", "")) for cells in events]
    given = Counter(event_id for event_id in ids if event_id)
    if twice := [event_id for event_id, count in given.items() if count > 1]:
        message = f"ids that occur more than once: {shown(twice)}"
        cure = "Give each event its own, or name no column of ids: they are made then."
        raise TableError.of(source, message, cure, field="event_id")
    taken = {event_id for event_id in ids if event_id}
    unnamed = [row for row, event_id in enumerate(ids) if not event_id]
    order = sorted(unnamed, key=lambda row: _sorted_by(events[row]))
    for row in order:
        tries = _tries(events[row], len(events))
        ids[row] = next(event_id for event_id in tries if event_id not in taken)
        taken.add(ids[row])
    notes = []
    changed = [
        f"{cells['event_id']} is {event_id}"
        for cells, event_id in zip(events, ids, strict=True)
        if cells.get("event_id") and cells["event_id"] != event_id
    ]
    if changed:
        text = f"{len(changed):,} ids are written so that they can be file names ({shown(changed)})"
        notes.append(Understood("event_id", text))
    if order:
        examples = shown(ids[row] for row in order)
        such = "such as " if len(order) > 1 + examples.count(", ") else ""
        noun = "1 id is" if len(order) == 1 else f"{len(order):,} ids are"
        text = f"{noun} made of speaker or title and date ({such}{examples})"
        notes.append(Understood("event_id", text))
    return ids, tuple(notes)


def safe_id(text: str) -> str:
    """Return an id that can be a file name; empty when nothing of the text can be kept."""
    return text if text == slug(text) else slug(anyascii(text))


def _sorted_by(cells: Mapping[str, str]) -> tuple[str, ...]:
    names = ("date", "time", "not_before", "speaker", "title", "assets", "statement")
    return tuple(cells.get(name, "") for name in names)


def _tries(cells: Mapping[str, str], count: int) -> Iterator[str]:
    """Yield ids for an event, the plainest first."""
    date = slug(cells.get("date", ""))
    speaker = SEVERAL.split(cells.get("speaker", ""))[0].split()
    assets = [slug(anyascii(asset)) for asset in cells.get("assets", "").split(";") if asset]
    words = [word for word in map(slug, anyascii(cells.get("title", "")).split()) if word]
    name = (slug(anyascii(speaker[-1])) if speaker else "") or "-".join(words[:WORDS]) or "event"
    if len(assets) == 1 and assets[0] and not speaker:
        name = f"{name}-{assets[0]}" if assets[0] not in words else name
    telling = [word for word in words if len(word) >= SHORT and word not in name.split("-")]
    for middle in ("", *telling, *map(str, range(2, count + 3))):
        parts = (f"{name}-{middle}"[:LONGEST_NAME].strip("-._"), date)
        yield "-".join(part for part in parts if part)


def default_id(cells: Mapping[str, str], taken: Sequence[str]) -> str:
    """Return an id for an event: the speaker's surname and the date, unique in its file.

    Where that is taken, a word of the title comes between them, else a number.

    Parameters
    ----------
    cells : mapping of str to str
        Text by column; speaker, title and date are used.
    taken : sequence of str
        Ids that there are.

    Returns
    -------
    str
        An id such as ``ryabkov-2022-01-13``; of a title alone when nobody speaks.
    """
    taken_ids = set(taken)
    tries = _tries({**cells, "assets": ""}, len(taken))
    return next(event_id for event_id in tries if event_id not in taken_ids)
