"""Imported events into an events.csv that is made, or extended; the file appears whole or not."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eventstudy.errors import EventsError, InvalidArgumentError
from eventstudy.events.assets import check_assets
from eventstudy.events.csv_table import PlainRecord, Record, csv_line
from eventstudy.events.events import Events
from eventstudy.events.importing import Imported
from eventstudy.events.reading import read_events
from eventstudy.files import read_file_bytes, replacing


@dataclass(frozen=True)
class Written:
    """What an import made of an events file, or would.

    Parameters
    ----------
    path : Path
        The events file.
    added : tuple of str
        Ids of events that are new.
    present : tuple of str
        Ids of events of the list that the file had already; they stay as they are.
    text : str
        The file as it is to be.
    """

    path: Path
    added: tuple[str, ...]
    present: tuple[str, ...]
    text: str


def merged(made: Imported, path: Path, timezone: str) -> Written:
    """Return what an events file is to be with the events of a list; nothing is written.

    An event that the file has already, by its id or by date, speaker and title, stays as it is
    there. Every byte of the file stays, unless the list has columns that it lacks: these are added
    at its end.

    Parameters
    ----------
    made : Imported
        The list.
    path : Path
        The events file; it need not be there.
    timezone : str
        Zone of rows that name none.

    Raises
    ------
    EventsError
        When the file that is there is not valid.
    InvalidArgumentError
        When it is not in the plain form.
    """
    if not path.exists():
        return _written(made, path, None)
    events = read_events(path, timezone=timezone or None)
    if any(isinstance(row, PlainRecord) for row in events.rows):
        raise InvalidArgumentError(
            f"{path} is not in the plain form itself; import it under another name first: "
            f"eventstudy import {path} --output NAME.csv"
        )
    return _written(made, path, events)


def _written(made: Imported, path: Path, events: Events | None) -> Written:
    ids = set(events.event_ids) if events else set()
    there = [_cells(events, row) for row in events.rows] if events else []
    same = {_face(cells): cells["event_id"] for cells in there}
    new, added, present = [], [], []
    for row in made.rows:
        cells = made.cells(row)
        known = same.get(_face(cells), "")
        if known:
            present.append(known)
            continue
        event_id = cells["event_id"]
        number = 2
        while event_id in ids:
            event_id, number = f"{cells['event_id'][:60]}-{number}", number + 1
        ids.add(event_id)
        added.append(event_id)
        new.append(cells | {"event_id": event_id})
    text = _text(made.columns, new, events)
    return Written(path, tuple(added), tuple(present), text)


def _cells(events: Events, row: Record | PlainRecord) -> dict[str, str]:
    return dict(zip(events.columns, row.cells, strict=True))


def _face(cells: Mapping[str, str]) -> tuple[str, ...]:
    """Return what tells an event apart, whatever its id."""
    assets = ";".join(sorted(asset.strip() for asset in cells.get("assets", "").split(";")))
    names = ("date", "speaker", "title", "time", "not_before", "known_by")
    return (*(cells.get(name, "") for name in names), assets)


def _text(columns: Sequence[str], new: list[dict[str, str]], events: Events | None) -> str:
    """Return the file with new events at its end."""
    if events is None:
        lines = [csv_line(tuple(cells.get(name, "") for name in columns)) for cells in new]
        return csv_line(tuple(columns)) + "".join(lines)
    used = {name for cells in new for name, text in cells.items() if text}
    further = [name for name in columns if name in used and name not in events.columns]
    if not new:
        return events.text
    wide = (*events.columns, *further)
    lines = [csv_line(tuple(cells.get(name, "") for name in wide)) for cells in new]
    if further:
        mark = "\ufeff" if events.head.startswith("\ufeff") else ""
        empty = ("",) * len(further)
        before = [mark + csv_line(wide), *(csv_line((*r.cells, *empty)) for r in events.rows)]
        return "".join([*before, *lines])
    end = "" if events.text.endswith(("\n", "\r")) else "\n"
    return events.text + end + "".join(lines)


def write(planned: Written, timezone: str, assets: Sequence[str]) -> None:
    """Write an events file, after it was read again as it is to be.

    Raises
    ------
    EventsError
        When it would not be valid; the file then stays as it was.
    OSError
        When it cannot be written.
    """
    path = planned.path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    before = read_file_bytes(path) if path.exists() else None
    with replacing(path) as file:
        file.write(planned.text.encode())
        file.flush()
        events = read_events(file.name, timezone=timezone or None)
        if assets and (wrong := check_assets(events, assets)):
            raise EventsError(wrong)
        if before is not None:
            if read_file_bytes(path) != before:
                raise InvalidArgumentError(f"{planned.path} was changed meanwhile. Try again.")
            shutil.copymode(path, file.name)
