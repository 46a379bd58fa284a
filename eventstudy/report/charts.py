"""Figures as HTML: drawn when they come into view, with their numbers in a table below."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from eventstudy.plots.price import MANY_MARKS
from eventstudy.report.formats import cells
from eventstudy.words.catalogue import say

if TYPE_CHECKING:
    from eventstudy.plots.theme import Drawing
    from eventstudy.report.report_data import Context, ReportData
    from eventstudy.results import EventStudyResults

MOST_DRAWN = 150
"""Rows of a chart that would have one for each episode."""


def reduced(total: int, shown: int, how: str) -> str:
    """Say which part of the rows is shown; empty when all are."""
    if total <= shown:
        return ""
    return say("chart.reduced", shown=f"{shown:,}", total=f"{total:,}", how=how)


def titled(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its lists of titles, without them where it is long."""
    return table.drop(columns=["titles"]) if len(table) > MANY_MARKS else table


def per_asset(
    chart: Callable[[EventStudyResults, str], Chart | None], report: ReportData, _event: str
) -> Context:
    """Return the charts of a section that has one for each asset.

    Parameters
    ----------
    chart : callable
        From results and the name of an asset to its chart, None when there is none.
    report : ReportData
        What the report shows.

    Returns
    -------
    dict or None
        None for a study of many firms, which has too many charts to look at.
    """
    if not report.few_series:
        return None
    charts = [chart(report.results, asset) for asset in report.results.assets]
    return {"charts": [item for item in charts if item is not None]}


def numbers(data: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return columns of a figure's data as they are shown below it: fractions in five digits."""
    shown = {name: data[name].to_numpy() for name in columns}
    kinds = {name: values.dtype.kind for name, values in shown.items()}
    return pd.DataFrame(
        {name: v.round(SHOWN) if kinds[name] == "f" else v for name, v in shown.items()}
    )


SHOWN = 5
"""Digits of a fraction in the table below a figure; the data files have all."""

SHORT = (np.int8, np.int16, np.int32)
"""Types of whole numbers that plotly.js reads, the smallest first."""


def as_json(value: Any) -> Any:
    """Return a part of a drawing as JSON knows it, the same as plotly writes its figures.

    Arrays of numbers become their bytes in base64, dates ISO 8601, and what is not a number
    null.
    """
    if type(value) is float:
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, dict):
        return {name: as_json(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, (pd.Series, pd.Index)):
        return _array(value.to_numpy())
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, np.generic):
        return as_json(value.item())
    return value if math.isfinite(value) else None


def _array(values: np.ndarray[Any, Any]) -> Any:
    """Return an array as JSON knows it."""
    if values.dtype.kind == "M":
        return np.datetime_as_string(values).tolist()
    if values.dtype.kind == "i" and values.size:
        kept = [kind for kind in SHORT if values.min() >= np.iinfo(kind).min]
        kept = [kind for kind in kept if values.max() <= np.iinfo(kind).max]
        values = values.astype(kept[0]) if kept else values
    if values.dtype.str[1:] not in ("i1", "i2", "i4", "f8") or not values.size:
        return as_json(values.tolist())
    coded = base64.b64encode(values.tobytes()).decode("ascii")
    shape = {"shape": str(values.shape)[1:-1]} if values.ndim > 1 else {}
    return {"dtype": values.dtype.str[1:], "bdata": coded, **shape}


def file_name(label: str) -> str:
    """Return a label as the name of a file, without its ending."""
    words = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")
    return words[:80] or "figure"


@dataclass(frozen=True)
class Chart:
    """A figure with what a reader needs who cannot see it.

    Parameters
    ----------
    figure : dict
        What a function ``draw_`` of `eventstudy.plots` returns.
    label : str
        What it shows, for screen readers.
    table : DataFrame, optional
        Its numbers, shown on demand.
    note : str
        What a reader must know about it, such as what is not shown.
    """

    figure: Drawing
    label: str
    table: pd.DataFrame | None = None
    note: str = ""

    @property
    def height(self) -> int:
        """Height in pixels, kept free before it is drawn."""
        return int(self.figure["layout"]["height"])

    @cached_property
    def rows(self) -> pd.DataFrame | None:
        """What is shown of its numbers."""
        if self.table is None or len(self.table) <= MANY_MARKS:
            return self.table
        return self.table.head(MANY_MARKS)

    @cached_property
    def body(self) -> Markup:
        """The rows as HTML, a line each."""
        if self.rows is None:
            return Markup()
        columns = [cells(column) for _, column in self.rows.items()]
        lines = ["</td><td>".join(row) for row in zip(*columns, strict=True)]
        return Markup("".join(f"<tr><td>{line}</td></tr>\n" for line in lines))  # noqa: S704  cells are escaped

    @property
    def file_name(self) -> str:
        """Name under which it and its numbers are saved, without its ending."""
        return file_name(self.label)

    @cached_property
    def data(self) -> Markup:
        """The figure as JSON that no HTML parser can misread."""
        text = json.dumps(as_json(self.figure), separators=(",", ":"), sort_keys=True)
        for sign, escape in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
            text = text.replace(sign, escape)
        return Markup(text)  # noqa: S704  escaped just above
