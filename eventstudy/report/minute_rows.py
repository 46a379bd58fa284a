"""What a report shows of minutes, by event: windows, what was left out, days of paths."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.minutes.day_paths import path_of_day, session_of
from eventstudy.minutes.results import MinuteResults
from eventstudy.minutes.statements import Stamped
from eventstudy.plots.minutes_day import MinutesDay, day_data
from eventstudy.plots.minutes_windows import COLUMNS, windows_of
from eventstudy.report.event_rows import EventRows
from eventstudy.report.lately import Lately


@dataclass(frozen=True, eq=False)
class MinuteRows:
    """The tables of minutes by event, each made once.

    Parameters
    ----------
    minutes : MinuteResults
        The study in minutes.
    """

    minutes: MinuteResults
    _lately: Lately = field(default_factory=Lately)
    _tables: dict[str, EventRows] = field(default_factory=dict)

    @cached_property
    def _windows(self) -> EventRows:
        tables = [windows_of(self.minutes.car()), windows_of(self.minutes.overnight())]
        columns = ["event_id", *COLUMNS]
        filled = [table[columns] for table in tables if len(table)]
        frame = pd.concat(filled, ignore_index=True) if filled else tables[0][columns]
        return EventRows(frame)

    def _rows(self, table: str, event_id: str) -> list[Any]:
        """Return the rows of an event in a table of the results in minutes."""
        if table not in self._tables:
            self._tables[table] = EventRows(getattr(self.minutes, table))
        return self._tables[table].of(event_id)

    def onset(self, event_id: str, asset: str) -> Any:
        """Return where a move began on an asset; None where its time has no bound."""
        return next((row for row in self._rows("onsets", event_id) if row.asset == asset), None)

    def shares(self, event_id: str) -> dict[str, dict[str, Any]]:
        """Return the pieces of the day of an event, by asset and by the name of the piece."""
        pieces: dict[str, dict[str, Any]] = {}
        for row in self._rows("all_shares", event_id):
            pieces.setdefault(row.asset, {})[row.piece] = row
        return pieces

    def windows(self, event_id: str) -> list[Any]:
        """Return the measured windows of an event; columns as of `minutes_windows_data`."""
        return self._windows.of(event_id)

    def left_out(self, event_id: str) -> list[Any]:
        """Return what was not measured of an event, with reasons and cures."""
        return self._rows("left_out", event_id)

    def session(self, event_id: str, asset: str) -> np.datetime64 | None:
        """Return the trading day of an event on an asset; None without bars of it."""
        measured = self.minutes.measured[asset]
        statement = measured.statements.get(event_id)
        return None if statement is None else session_of(measured.lookup, statement)

    def day(self, event_id: str, asset: str) -> MinutesDay | None:
        """Return the trading day of an event on an asset; events of one day share it."""
        session = self.session(event_id, asset)
        if session is None:
            return None
        return self._lately.get((asset, session), lambda: self._made(asset, session))

    def _made(self, asset: str, session: np.datetime64) -> MinutesDay:
        measured, options = self.minutes.measured[asset], self.minutes.options
        stamped = Stamped.of(measured.statements.values()).short(24 * 3600, "")
        day = path_of_day(measured.lookup, session, stamped, options)
        return day_data(self.minutes, measured, day)

    def with_bars(self, event_id: str) -> list[str]:
        """Return the assets that have bars of the trading day of an event."""
        return [asset for asset in self.minutes.assets if self.session(event_id, asset) is not None]
