"""What figures are drawn of: lines, marks, bands, and what is said under the pointer."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.plots.colours import GREY, translucent

if TYPE_CHECKING:
    from eventstudy.arrays import Array

Trace = dict[str, Any]
"""One trace as plotly.js reads it."""


def safe(text: object) -> str:
    """Return text that plotly shows as it is: its labels and hovers understand HTML."""
    return html.escape(str(text), quote=False)


def wrap(text: str, width: int = 60) -> str:
    """Return escaped text broken into lines for a hover."""
    import textwrap

    return "<br>".join(safe(line) for line in textwrap.wrap(text, width)) or "—"


def trace(kind: str, **settings: object) -> Trace:
    """Return a trace.

    Parameters
    ----------
    kind : str
        Such as "scatter" or "bar".
    **settings : object
        Its attributes in plotly's reference.
    """
    return {"type": kind, **settings}


def line_trace(
    x: object, y: object, colour: str, width: float, hover: str = "", **settings: Any
) -> Trace:
    """Return a line.

    Parameters
    ----------
    x, y : array or sequence
        Its points.
    colour : str
        Its colour.
    width : float
        Its width in pixels.
    hover : str
        What is said under the pointer, as plotly writes it; empty = nothing.
    **settings : object
        Further attributes, such as its name; `dash` is that of the line.
    """
    dash = {"dash": settings.pop("dash")} if "dash" in settings else {}
    look = {"mode": "lines", "line": {"color": colour, "width": width, **dash}}
    return trace("scatter", **{"x": x, "y": y, **look, **_under_pointer(hover), **settings})


def grey_lines(x: Array, values: Array, alpha: float, name: str) -> Trace:
    """Return many lines over the same places as one grey trace.

    Parameters
    ----------
    x : array, shape (places,)
        The places.
    values : array, shape (lines, places)
        Their values.
    alpha : float
        How opaque the grey is.
    name : str
        What each is.
    """
    gap = np.full((len(values), 1), np.nan)
    places = np.tile(np.append(x.astype(float), np.nan), len(values))
    return line_trace(
        places, np.hstack([values, gap]).ravel(), translucent(GREY, alpha), 1, name=name
    )


def mark_trace(
    x: object, y: object, marker: Mapping[str, object], hover: str = "", **settings: object
) -> Trace:
    """Return marks: their look as plotly has it, and the rest as for `line_trace`."""
    look = {"mode": "markers", "marker": marker}
    return trace("scatter", **{"x": x, "y": y, **look, **_under_pointer(hover), **settings})


def _under_pointer(hover: str) -> dict[str, str]:
    """Return what is said under the pointer; beside it, in a box, only what `hover` has there."""
    beside = "" if "<extra>" in hover else "<extra></extra>"
    return {"hovertemplate": hover + beside} if hover else {"hoverinfo": "skip"}


def whiskers(value: pd.Series, low: pd.Series, high: pd.Series) -> dict[str, object]:
    """Return the horizontal interval of each mark; none where it has no bound."""
    ends = {
        name: length.where(np.isfinite(length))
        for name, length in (("array", high - value), ("arrayminus", value - low))
    }
    style = {"color": GREY, "thickness": 1.3, "width": 0}
    return {"type": "data", "symmetric": False, **ends, **style}


def band(
    x: Array | pd.Series, low: Array | pd.Series, high: Array | pd.Series, colour: str, name: str
) -> list[Trace]:
    """Return a filled band as two traces, the second carrying the legend entry."""
    edge = {"mode": "lines", "line": {"width": 0}, "name": safe(name), "hoverinfo": "skip"}
    filled = {"fill": "tonexty", "fillcolor": translucent(colour, 0.16)}
    upper = trace("scatter", x=x, y=high, showlegend=False, **edge)
    return [upper, trace("scatter", x=x, y=low, **filled, **edge)]
