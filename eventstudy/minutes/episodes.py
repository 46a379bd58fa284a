"""Statements of one date that are closer than a window: they share one reaction."""

from __future__ import annotations

from eventstudy.minutes.record import MeasuredAsset
from eventstudy.minutes.settings import Span
from eventstudy.minutes.statements import Statement
from eventstudy.minutes.windows import clock_of


def episodes_of(measured: MeasuredAsset, span: Span) -> dict[str, tuple[str, ...]]:
    """Return, for each statement with a known time, the ids of its episode, the earliest first.

    Two statements closer than the window is long belong to one episode, and so on in a chain.

    Parameters
    ----------
    measured : MeasuredAsset
        All statements on one asset.
    span : (int, int)
        Minutes before and after.
    """
    reach = (span[0] + span[1]) * 60
    known = [one for one in measured.statements.values() if one.kind in ("minute", "interval")]
    chains: list[list[Statement]] = []
    ends: list[int] = []
    for statement in sorted(known, key=lambda one: (one.first, one.last, one.event_id)):
        if chains and statement.first - ends[-1] < reach:
            chains[-1].append(statement)
            ends[-1] = max(ends[-1], statement.last)
        else:
            chains.append([statement])
            ends.append(statement.last)
    ids = [tuple(one.event_id for one in chain) for chain in chains]
    return {event_id: chain for chain in ids for event_id in chain}


def date_of(measured: MeasuredAsset, event_id: str) -> int:
    """Return the date of a statement on the clock of its market, as a number of days."""
    return clock_of(measured.lookup, measured.statements[event_id].first)
