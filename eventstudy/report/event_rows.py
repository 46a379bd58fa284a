"""The rows of a table by event, without a selection in the frame for each page."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arrays import Ints


def _kind(columns: list[str]) -> Any:
    """Return a tuple with names that are known only now."""
    return namedtuple("Row", columns, rename=True)


def _column(column: pd.Series) -> Any:
    """Return a column as an array whose ``tolist`` gives what it holds."""
    if column.dtype.kind == "M":
        return pd.DatetimeIndex(column)
    return column.to_numpy(None if isinstance(column.dtype, np.dtype) else object)


class EventRows:
    """Rows of a table as `DataFrame.itertuples` gives them, without an index.

    Parameters
    ----------
    frame : DataFrame
        A table with a column event_id.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._names = list(frame.columns)
        self._row = _kind(self._names)
        self._columns = [_column(column) for _, column in frame.items()]
        groups: Mapping[Any, Ints] = {}
        if len(frame):
            groups = frame.groupby("event_id", sort=False).indices
        self._places = groups
        self._last: tuple[str, list[Any]] = ("", [])

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: a class that was made here cannot be."""
        return {**vars(self), "_row": None, "_last": ("", [])}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._row = _kind(self._names)

    def of(self, event_id: str) -> list[Any]:
        """Return the rows of an event, in the order of the table."""
        if event_id != self._last[0]:  # a page asks for the same rows many times
            self._last = (event_id, self._made(event_id))
        return self._last[1]

    def _made(self, event_id: str) -> list[Any]:
        places = self._places.get(event_id)
        if places is None:
            return []
        columns = [column[places].tolist() for column in self._columns]
        return [self._row._make(row) for row in zip(*columns, strict=True)]
