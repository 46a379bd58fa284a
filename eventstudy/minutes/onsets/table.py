"""Onsets of measured statements: one that is asked for, and a table of all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from eventstudy.errors import InvalidArgumentError
from eventstudy.minutes.clock_times import When, moment_of
from eventstudy.minutes.columns import COLUMNS
from eventstudy.minutes.onsets.onset import Onset, default_span, onset_of
from eventstudy.minutes.onsets.words import described
from eventstudy.minutes.record import MeasuredAsset, MinuteRecord
from eventstudy.minutes.statements import Stamped
from eventstudy.minutes.tables import frame_of, moment, too_few


def onset_record(
    results: MinuteRecord, event_id: str, asset: str, since: When = None, until: When = None
) -> Onset:
    """Return where a move began around a statement; see `MinuteResults.onset`."""
    measured = results.concerned_by(event_id, asset)
    statement = measured.statements[event_id]
    zone = measured.lookup.bars.zone
    if not statement.last and (since is None or until is None):
        raise InvalidArgumentError(
            f"the time of {event_id} is not known. Say between which times to search, such as "
            'since="14:00", until="15:00"'
        )
    after = results.windows.after
    low, high = default_span(measured.lookup, statement, after) if statement.last else (0, 0)
    low = low if since is None else moment_of(statement.date, since, zone, "since")
    high = high if until is None else moment_of(statement.date, until, zone, "until")
    if high <= low:
        times = [f"{moment(one, zone):%H:%M}" for one in (high, low)]
        raise InvalidArgumentError(
            f"until ({times[0]}) is not later than since ({times[1]}). Write a later until"
        )
    stamped = Stamped.of(measured.statements.values())
    against = stamped, results.windows.lead, results.options
    onset = onset_of(measured.lookup, asset, statement, (low, high), against)
    return described(onset, statement, zone)


def onsets_frame(results: MinuteRecord) -> pd.DataFrame:
    """Return onsets of all statements whose time has a bound; see `MinuteResults.onsets`."""
    return frame_of(_rows(results), COLUMNS["minutes_onset"])


def _rows(results: MinuteRecord) -> Iterator[dict[str, Any]]:
    for asset, measured in results.measured.items():
        for event_id, statement in measured.statements.items():
            if statement.last:
                yield _row(results, onset_record(results, event_id, asset), measured)


def _row(results: MinuteRecord, onset: Onset, measured: MeasuredAsset) -> dict[str, Any]:
    zone = measured.lookup.bars.zone
    reason = onset.reason or too_few(onset.n, onset.smallest_p, results.options)
    return vars(onset) | {
        "start": moment(onset.start, zone),
        "end": moment(onset.end, zone),
        "told": onset.told,
        "bar_begin": moment(onset.bar[0], zone),
        "bar_end": moment(onset.bar[1], zone),
        "seen": moment(onset.seen, zone),
        "car": onset.move,
        "largest_begin": moment(onset.largest[0], zone),
        "largest_end": moment(onset.largest[1], zone),
        "lead_least": onset.lead[0],
        "lead_most": onset.lead[1],
        "valid": not reason,
        "reason": reason,
    }
