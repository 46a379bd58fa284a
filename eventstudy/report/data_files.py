"""The numbers of a report as files: tables that spreadsheets open safely, and JSON."""

from __future__ import annotations

import datetime as dt
import io
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.prices import Prices
from eventstudy.report.schema import VERSION
from eventstudy.versions import reported_versions

if TYPE_CHECKING:
    from eventstudy.events.events import Event
    from eventstudy.report.report_data import ReportData

ROWS = 5_000
"""Rows of a table that are written to JSON at once."""
RISKY = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes text that begins so for a formula."""


def joined(value: object) -> object:
    """Return a list of names as one text, with "; " between them; anything else as it is."""
    return "; ".join(map(str, value)) if isinstance(value, (list, tuple)) else value


def _harmless(value: object) -> object:
    text = joined(value)
    return f"'{text}" if isinstance(text, str) and text.startswith(RISKY) else text


def csv_text(frame: pd.DataFrame) -> str:
    """Return a table as CSV; text that a spreadsheet would run is quoted with '.

    It begins with a byte order mark, by which spreadsheets know UTF-8.
    """
    texts = frame.select_dtypes(include=["object", "string", "category"]).columns
    safe = frame.assign(**{str(name): frame[name].map(_harmless) for name in texts})
    return "\ufeff" + str(safe.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d"))


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it; NaN and missing become null."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, (str, int)):
        return value
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.isoformat()
    return f"{pd.Timestamp(value):%Y-%m-%d}"


def _texts(column: pd.Series[Any]) -> list[str]:
    """Return the values of a column as JSON."""
    values = column.tolist()
    if column.dtype.kind == "f":
        return [repr(value) if math.isfinite(value) else "null" for value in values]
    return [json.dumps(_plain(joined(value)), ensure_ascii=False) for value in values]


def _records(frame: pd.DataFrame) -> Iterator[str]:
    """Yield a table as a JSON list of records, indented as `json.dumps` indents it.

    Columns are written at once, since half a million values each by itself take a second; some
    rows at a time, since their texts take ten times the memory of their numbers.
    """
    if not len(frame):
        yield "[]"
        return
    keys = [f"   {json.dumps(str(name), ensure_ascii=False)}: " for name in frame.columns]
    for first in range(0, len(frame), ROWS):
        some = frame.iloc[first : first + ROWS]
        columns = [
            [key + text for text in _texts(some.iloc[:, place])] for place, key in enumerate(keys)
        ]
        rows = (",\n".join(row) for row in zip(*columns, strict=True))
        yield ("  },\n  {\n" if first else "[\n  {\n") + "\n  },\n  {\n".join(rows) + "\n"
    yield "  }\n ]"


def results_json(report: ReportData) -> bytes:
    """Return settings, provenance and all result tables of a study as JSON.

    The same study gives the same bytes; numbers are fractions, missing ones null.
    """
    results = report.results
    prices = results.prices
    series = prices.provenance if isinstance(prices, Prices) else {}
    content = {
        "schema": VERSION,
        "title": results.about.title,
        "versions": reported_versions(),
        "windows": asdict(results.windows),
        "options": asdict(results.options),
        "models": {name: model.formula() for name, model in results.models.items()},
        "series": {
            name: {**origin.reported(), "clock": str(prices.clocks.get(name) or "")}
            for name, origin in series.items()
        },
        "missing": dict(results.missing),
    }
    head = json.dumps(_plain(content), indent=1, ensure_ascii=False, allow_nan=False)
    written = io.BytesIO()
    written.write(head.removesuffix("\n}").encode())
    for name, table in report.tables.items():
        if name != "ar":
            written.write(f",\n {json.dumps(name)}: ".encode())
            written.writelines(text.encode() for text in _records(table))
    written.write(b"\n}\n")
    return written.getvalue()


def order_js(events: Sequence[Event]) -> str:
    """Return the events in their order as a script.

    Pages find their neighbours in it, so that a page stays as it is when another event comes
    in beside it.
    """
    order = [[event.event_id, event.title] for event in events]
    return f"const ORDER = {json.dumps(order, separators=(',', ':'), ensure_ascii=True)};\n"
