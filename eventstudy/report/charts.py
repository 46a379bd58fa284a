"""Figures as HTML: drawn when they come into view, with their numbers in a table below."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from markupsafe import Markup
from plotly.utils import PlotlyJSONEncoder

from eventstudy.plots.price import MANY_MARKS
from eventstudy.words.catalogue import say

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from eventstudy.report.report_data import ReportData
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
) -> Mapping[str, object] | None:
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


@dataclass(frozen=True)
class Chart:
    """A figure with what a reader needs who cannot see it.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        The figure.
    label : str
        What it shows, for screen readers.
    table : DataFrame, optional
        Its numbers, shown on demand.
    note : str
        What a reader must know about it, such as what is not shown.
    """

    figure: go.Figure
    label: str
    table: pd.DataFrame | None = None
    note: str = ""

    @property
    def height(self) -> int:
        """Height in pixels, kept free before it is drawn."""
        return int(self.figure.layout.height or 340)

    @property
    def rows(self) -> pd.DataFrame | None:
        """What is shown of its numbers."""
        return None if self.table is None else self.table.head(MANY_MARKS)

    @property
    def file_name(self) -> str:
        """Name under which its numbers are saved."""
        words = re.sub(r"[^a-z0-9]+", "-", self.label.lower()).strip("-")
        return f"{words[:80] or 'figure'}.csv"

    @cached_property
    def data(self) -> Markup:
        """The figure as JSON that no HTML parser can misread."""
        content = self.figure.to_dict()
        content["layout"].pop("template", None)
        encoder = PlotlyJSONEncoder(separators=(",", ":"), ensure_ascii=True, sort_keys=True)
        text = encoder.encode(content)
        for sign, escape in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
            text = text.replace(sign, escape)
        return Markup(text)  # noqa: S704  escaped just above
