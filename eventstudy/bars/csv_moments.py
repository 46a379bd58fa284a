"""The times of bars in CSV files: one column or two, in the notations of the usual exports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from eventstudy.errors import PriceDataError, Problem
from eventstudy.timezones import zone_fault

ONE = (
    *("datetime", "timestamp", "date_time", "gmt_time", "local_time"),
    *("begin", "start", "end", "open_time", "opentime"),
)
"""Names of a column that holds date and time."""
NAMES = (*ONE, "time", "date", "dtyyyymmdd", "ticker", "per")
"""Names of columns that are read as text: leading zeros are part of a time."""
_STARTS = ("begin", "start", "open_time", "opentime", "gmt_time", "local_time")
_LABELS = {**dict.fromkeys(_STARTS, "start"), "end": "end"}
_DATES = ("%Y%m%d", "%d/%m/%y", "%m/%d/%y", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y.%m.%d")
_CLOCKS = ("%H%M%S", "%H:%M:%S", "%H:%M", "%H%M")
_EPOCH = re.compile(r"[0-9]{9,13}")
_WITH_ZONE = re.compile(r"(Z|GMT[+-]\d{4}|[+-]\d{2}:?\d{2})$")
_DAY_FIRST = re.compile(r"\d{2}\.\d{2}\.\d{4} \d{2}:\d{2}:\d{2}(\.\d{3})?( GMT[+-]\d{4})?")


@dataclass(frozen=True)
class Moments:
    """Which columns hold the times of bars.

    Parameters
    ----------
    time : str
        Column of times, or of dates and times.
    date : str
        Column of dates; empty when `time` holds them.
    label : str
        "start" or "end" where the name of the column says so.
    utc : bool
        Whether the name says that times are of UTC.
    aware : bool
        Whether the cells name their zone, as far as that is known.
    """

    time: str
    date: str = ""
    label: str = ""
    utc: bool = False

    @classmethod
    def of(cls, plain: Mapping[str, str], given: Mapping[str, object]) -> Moments | None:
        """Return the columns of times, given the names of all columns; None = there are none."""
        if "time" in given:
            return cls(str(given["time"]), str(given.get("date", "")))
        for name in ONE:
            if name in plain:
                return cls(plain[name], "", _LABELS.get(name, ""), name == "gmt_time")
        date = plain.get("date") or plain.get("dtyyyymmdd") or str(given.get("date", ""))
        if "time" in plain and date:
            label = "start" if "tickvol" in plain else ""
            return cls(plain["time"], date, label)
        if "time" in plain:
            return cls(plain["time"], "", "start" if "open" in plain else "")
        return cls(date) if date else None

    def zone_words(self, options: Mapping[str, object]) -> str:
        """Return in which zone labels are, in words."""
        return "UTC" if self.utc else str(options.get("timezone") or "the zone that they name")


def read_moments(
    path: Path, raw: pd.DataFrame, columns: Moments, options: Mapping[str, object]
) -> pd.DatetimeIndex:
    """Return the labels of bars as moments with a zone.

    Raises
    ------
    PriceDataError
        When a cell is no time, two notations are possible, or no zone is named; file, line and
        the line to write are in the text.
    """
    cells = raw[columns.time].astype(str).str.strip()
    written = str(options.get("date_format") or "")
    if columns.date:
        dates = raw[columns.date].astype(str).str.strip()
        width = int(cells.str.len().max())
        clock = cells.str.zfill(width) if cells.str.isdecimal().all() else cells
        formats = [written] if written else _readings(dates, _DATES)
        clocks = _readings(clock, _CLOCKS)
        day = _one_reading(path, dates, formats, columns.date)
        time = _one_reading(path, clock, clocks, columns.time)
        return _located(path, pd.DatetimeIndex(day + (time - time.dt.normalize())), options)
    first = cells.iloc[0]
    if _EPOCH.fullmatch(first):
        numbers = pd.to_numeric(cells, errors="coerce")
        _refuse(path, cells, numbers.isna().to_numpy(), columns.time)
        unit = "ms" if len(first) > 11 else "s"
        return pd.DatetimeIndex(pd.to_datetime(numbers, unit=unit, utc=True))
    if _DAY_FIRST.fullmatch(first):
        cells = cells.str.replace(" GMT", " ", regex=False)
        written = written or ("%d.%m.%Y %H:%M:%S.%f" if "." in first[10:] else "%d.%m.%Y %H:%M:%S")
        written += " %z" if _WITH_ZONE.search(first) and "%z" not in written else ""
    aware = bool(_WITH_ZONE.search(first)) and len(first) > 10
    form = written or "ISO8601"
    moments = pd.to_datetime(cells, format=form, errors="coerce", utc=aware)
    _refuse(path, cells, moments.isna().to_numpy(), columns.time)
    if aware:
        return pd.DatetimeIndex(moments)
    zoned = {"timezone": "UTC"} if columns.utc else options
    return _located(path, pd.DatetimeIndex(moments), zoned)


def fault(
    path: Path, line: int | None, field: str, message: str, cure: str, value: str = ""
) -> PriceDataError:
    """Return the error of one thing that is wrong with a file of bars."""
    return PriceDataError.of_file([Problem(str(path), line, field, value, message, cure)])


def _readings(cells: pd.Series[str], formats: tuple[str, ...]) -> list[str]:
    """Return the notations in which every cell can be read."""
    some = cells.iloc[:: max(len(cells) // 500, 1)]
    return [
        form
        for form in formats
        if some.str.len().eq(len(pd.Timestamp(2022, 1, 13).strftime(form))).all()
        and pd.to_datetime(some, format=form, errors="coerce").notna().all()
    ]


def _one_reading(
    path: Path, cells: pd.Series[str], formats: list[str], heading: str
) -> pd.Series[pd.Timestamp]:
    """Return cells as moments, in the one notation that fits all and never goes backwards."""
    read = {form: pd.to_datetime(cells, format=form, errors="coerce") for form in formats}
    whole = {form: moments for form, moments in read.items() if moments.notna().all()}
    if len(whole) > 1 and "%d" in "".join(whole):
        ordered = {form: m for form, m in whole.items() if m.is_monotonic_increasing}
        whole = ordered or whole
    if len(whole) == 1:
        return next(iter(whole.values()))
    value, cure = str(cells.iloc[0]), 'Write date_format = "%d/%m/%y" or as it is.'
    if whole:
        message = f"can be read in {len(whole)} ways: {', '.join(whole)}"
        cure = f'Write date_format = "{next(iter(whole))}" or the other one.'
        raise fault(path, 2, heading, message, cure, value)
    moments = next(iter(read.values()), pd.Series(pd.NaT, cells.index))
    bad = int(np.flatnonzero(moments.isna().to_numpy())[0])
    message = "is no date or time in a notation that is known"
    raise fault(path, bad + 2, heading, message, cure, str(cells.iloc[bad]))


def _refuse(path: Path, cells: pd.Series[str], bad: np.ndarray, heading: str) -> None:
    if bad.any():
        place = int(np.flatnonzero(bad)[0])
        cure = 'Correct the cell, or write date_format = "%d.%m.%Y %H:%M" as it is written.'
        value = str(cells.iloc[place])
        raise fault(path, place + 2, heading, "is no date and time", cure, value)


def _located(
    path: Path, moments: pd.DatetimeIndex, options: Mapping[str, object]
) -> pd.DatetimeIndex:
    """Return local times as moments of the zone that was named."""
    zone = str(options.get("timezone") or "")
    if not zone:
        cure = 'Write timezone = "Europe/Moscow", the zone of the clock that labels the bars.'
        message = "the labels name no time zone"
        raise fault(path, 2, "timezone", message, cure)
    if (wrong := zone_fault(zone)) is not None:
        raise fault(path, None, "timezone", wrong.message, wrong.cure, zone)
    try:
        return moments.tz_localize(ZoneInfo(zone), ambiguous="infer", nonexistent="raise")
    except ValueError as error:
        message = f"labels that the clocks of {zone} skip or show twice: {error}"
        cure = 'Export the bars with labels in UTC, and write timezone = "UTC".'
        raise fault(path, None, "timezone", message, cure, zone) from error
