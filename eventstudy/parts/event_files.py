"""The events of a study in parts: as text in Parquet, those that concern a part in one file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arrays import Ints
from eventstudy.events.event_columns import by_column
from eventstudy.events.events import Events
from eventstudy.events.reading import read_events
from eventstudy.files import replacing
from eventstudy.parts.folders import part_name

PLACE = " place"
"""Column of the place of an event among all of them."""


def digest_of_events(events: Events) -> str:
    """Return the SHA-256 of events as text."""
    frame = _frame(events)
    total = hashlib.sha256("\0".join(frame.columns).encode())
    for name in frame:
        total.update("\0".join(frame[name].astype(str)).encode())
    return total.hexdigest()


@lru_cache(maxsize=2)
def read_part_events(path: str) -> tuple[Events, Ints]:
    """Return the events of a part, and their places among all.

    Parameters
    ----------
    path : str
        What `write_part_events` wrote of the part.
    """
    import pyarrow.parquet as pq

    frame = pq.read_table(path, use_threads=False).to_pandas()
    places = frame.pop(PLACE).to_numpy().astype(np.intp)
    return read_events(frame), places


def _frame(events: Events) -> pd.DataFrame:
    """Return events as text, each with its id and its zone."""
    frame = events.frame
    frame["event_id"] = list(events.event_ids)
    columns = by_column(events)
    frame["timezone"] = np.array([*columns.zones, ""], dtype=object)[columns.zone]
    return frame


def write_part_events(
    folder: Path, events: Events, parts: Sequence[tuple[int, tuple[str, ...]]]
) -> list[str]:
    """Write the events of each part, one file for all where all concern every asset.

    Parameters
    ----------
    folder : Path
        Where to.
    events : Events
        The events of the study.
    parts : sequence of (int, tuple of str)
        Numbers of the parts, and their assets.

    Returns
    -------
    list of str
        Name of the file of each part.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns, frame = by_column(events), _frame(events)
    frame[PLACE] = np.arange(len(frame))

    def put(name: str, rows: Any) -> str:
        with replacing(folder / name) as file:
            pq.write_table(pa.Table.from_pandas(frame[rows], preserve_index=False), file)
        return name

    if all(not named for named in columns.asset_lists):
        name = put("all.parquet", np.ones(len(frame), dtype=bool))
        return [name] * len(parts)
    lists = [set(named) for named in columns.asset_lists]
    files = []
    for number, assets in parts:
        inside = set(assets)
        concerned = np.array([not named or bool(named & inside) for named in lists])
        files.append(put(f"{part_name(number)}.parquet", concerned[columns.concerned]))
    return files


def read_all_events(folder: Path, files: Sequence[str]) -> Events:
    """Return the events of all parts in their order.

    Parameters
    ----------
    folder : Path
        Where they are.
    files : sequence of str
        Files of the parts.
    """
    import pyarrow.parquet as pq

    frames = [pq.read_table(folder / name, use_threads=False).to_pandas() for name in files]
    frame = pd.concat(frames).drop_duplicates(PLACE).sort_values(PLACE)
    return read_events(frame.drop(columns=PLACE).reset_index(drop=True))
