"""What is known of events, beside a table of observations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from eventstudy.events.events import Events

KNOWN = ("date", "title", "speaker", "affiliation", "tags")
"""What is known of every event beside its further columns."""


def with_attributes(events: Events, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table of observations with the columns of its events.

    Parameters
    ----------
    events : Events
        The events.
    frame : DataFrame
        With a column event_id.

    Returns
    -------
    DataFrame
        See `EventStudyResults.car`.
    """
    listed = list(events)
    names = dict.fromkeys(name for event in listed for name in event.attributes)
    columns: dict[str, list[object]] = {
        name: [getattr(event, name) for event in listed] for name in KNOWN
    }
    columns |= {name: [event.attributes.get(name, "") for event in listed] for name in names}
    known = pd.DataFrame(
        {
            f"event_{name}" if name in frame else name: _typed(values)
            for name, values in columns.items()
        },
        index=pd.Index(events.event_ids, name="event_id"),
    )
    known["date"] = pd.to_datetime(known["date"]).astype("datetime64[s]")
    return frame.join(known, on="event_id")


def _typed(values: list[object]) -> list[object]:
    """Return numbers where every filled cell is one, NaN for the others; else what is given."""
    filled = [value for value in values if value != ""]
    if not filled or not all(isinstance(value, str) for value in filled):
        return values
    try:
        return [float(value) if isinstance(value, str) and value else np.nan for value in values]
    except ValueError:
        return values
