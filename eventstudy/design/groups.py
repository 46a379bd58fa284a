"""Which events belong to a group, or share the value of a column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from eventstudy.arrays import Mask
    from eventstudy.events.events import Events
    from eventstudy.settings import Group

ALL_EVENTS = "all events"
"""Name of the group of all events."""

NO_VALUE = "(empty)"
"""Name of the level of events whose attribute is empty."""


def group_members(events: Events, groups: Mapping[str, Group]) -> Mapping[str, Mask]:
    """Return, of each group, whether each event belongs to it; without groups one of all.

    Parameters
    ----------
    events : Events
        The events.
    groups : mapping of str to Group
        The groups by name.

    Returns
    -------
    mapping of str to ndarray of bool, shape (events,)
    """
    if not groups:
        return {ALL_EVENTS: np.ones(len(events), dtype=bool)}
    return {name: _belongs(events, group) for name, group in groups.items()}


def memberships(events: Events, groups: Mapping[str, Group], by: str | None) -> Mapping[str, Mask]:
    """Return level names, and for each whether each event belongs to it.

    Parameters
    ----------
    events : Events
        The events.
    groups : mapping of str to Group
        The groups by name.
    by : str or None
        "group", or a column of the events. None = the groups if there are any, else all events.
    """
    if by is None or (by == "group" and groups):
        return group_members(events, groups)
    if by == "group":
        return {}
    column = events.values(by)
    names = dict.fromkeys(value for values in column for value in values)
    return {name or NO_VALUE: np.array([name in values for values in column]) for name in names}


def _belongs(events: Events, group: Group) -> Mask:
    """Whether each event belongs to a group, shape (events,)."""
    keep = np.ones(len(events), dtype=bool)
    tags = events.values("tags") if group.tag or group.without_tag else []
    if group.tag:
        keep &= [group.tag in values for values in tags]
    if group.without_tag:
        keep &= [group.without_tag not in values for values in tags]
    for column, value in group.where.items():
        keep &= [value in values for values in events.values(column)]
    return keep
