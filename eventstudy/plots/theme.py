"""How all figures look: colours that survive colour blindness, dashes, plain layout."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from eventstudy.errors import InvalidArgumentError, nearest

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from eventstudy.arrays import Array

Trace = dict[str, Any]
"""One trace as plotly.js reads it."""
Drawing = dict[str, Any]
"""A figure as plotly.js reads it: data and layout, with arrays and frames' columns in them."""
Theme = Literal["light", "dark"]
"""On which ground a figure stands."""
BLUE, VERMILLION, GREEN = "#0072B2", "#D55E00", "#009E73"
ORANGE, PURPLE, SKY = "#E69F00", "#CC79A7", "#56B4E9"
PALETTE = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
"""Okabe and Ito (2008)."""
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
MARKERS = ("circle", "diamond", "square", "triangle-up", "x", "cross")
GREY = "#7a828c"
DIVERGING = (
    (0.0, "#b2182b"),
    (0.25, "#ef8a62"),
    (0.5, "#f0f0f0"),
    (0.75, "#67a9cf"),
    (1.0, "#2166ac"),
)
GROUNDS: dict[str, dict[str, str]] = {
    "light": {"ink": "#333a41", "paper": "#ffffff"},
    "dark": {"ink": "#e7eaed", "paper": "#1b2126"},
}
"""Colours of text and ground by theme; a page sets those of its reader."""


def safe(text: object) -> str:
    """Return text that plotly shows as it is: its labels and hovers understand HTML."""
    return html.escape(str(text), quote=False)


def wrap(text: str, width: int = 60) -> str:
    """Return escaped text broken into lines for a hover."""
    import textwrap

    return "<br>".join(safe(line) for line in textwrap.wrap(text, width)) or "—"


def translucent(colour: str, alpha: float) -> str:
    """Return a hex colour as rgba."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


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


def figure(drawn: Drawing, theme: Theme = "light", template: Any = None) -> go.Figure:
    """Return a drawing as a figure that can be changed, checked by plotly.

    Parameters
    ----------
    drawn : dict
        Data and layout.
    theme : {"light", "dark"}
        Ground that it stands on.
    template : str or plotly.graph_objects.layout.Template, optional
        A template of plotly, such as "simple_white", for text, ground and grid in place of
        those of the theme.

    Raises
    ------
    InvalidArgumentError
        When there is no such theme or template.
    """
    import plotly.graph_objects as go

    if theme not in GROUNDS:
        raise InvalidArgumentError(f"no theme {theme!r}. {nearest(str(theme), list(GROUNDS))}")
    ground = GROUNDS[theme]
    made = go.Figure(drawn)
    if template is None:
        made.update_layout(
            font_color=ground["ink"], paper_bgcolor=ground["paper"], plot_bgcolor=ground["paper"]
        )
        return made
    return _in_template(made, template)


def _in_template(made: go.Figure, template: Any) -> go.Figure:
    """Return a figure whose text, ground and grid are those of a template."""
    import plotly.io as pio

    if isinstance(template, str):
        unknown = [name for name in template.split("+") if name not in pio.templates]
        if unknown:
            raise InvalidArgumentError(
                f"no template {unknown[0]!r} in plotly. {nearest(unknown[0], list(pio.templates))}"
            )
    try:
        made.update_layout(template=template, font=None, paper_bgcolor=None, plot_bgcolor=None)
    except ValueError:
        such = 'the name of one of plotly\'s, such as "simple_white"'
        raise InvalidArgumentError(f"template is {template!r:.60}; write {such}") from None
    made.update_xaxes(gridcolor=None, zerolinecolor=None)
    made.update_yaxes(gridcolor=None, zerolinecolor=None)
    return made


AXIS = {
    "automargin": True,
    "gridcolor": translucent(GREY, 0.25),
    "zerolinecolor": translucent(GREY, 0.6),
}


def drawing(
    traces: Sequence[Trace],
    *,
    title: str,
    height: int = 340,
    xaxis: Mapping[str, object] | None = None,
    yaxis: Mapping[str, object] | None = None,
    subtitle: str = "",
    **layout: object,
) -> Drawing:
    """Return a drawing in the house style.

    Reports write it as it is; what `eventstudy.plots` returns is made from it by `figure`.

    Parameters
    ----------
    traces : sequence of dict
        What is drawn.
    title, subtitle : str
        Plain text: what it shows, and of what.
    height : int
        Height in pixels.
    xaxis, yaxis : mapping, optional
        Settings of the axes beside those of the house; `titled` gives what they show.
    **layout : object
        Further settings of the layout, such as shapes and annotations.
    """
    heading: dict[str, object] = {"text": safe(title), "x": 0, "xanchor": "left"}
    heading |= {"font": {"size": 15}, "y": 1, "yanchor": "top", "pad": {"t": 4}}
    if subtitle:
        heading["subtitle"] = {"text": safe(subtitle), "font": {"size": 12}}
    house = {
        "title": heading,
        "height": height,
        "margin": {"l": 8, "r": 12, "t": 58 if subtitle else 40, "b": 30},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": GROUNDS["light"]["ink"]},
        "hoverlabel": {"align": "left"},
        "legend": {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
        "hovermode": "closest",
        "xaxis": {**AXIS, **(xaxis or {})},
        "yaxis": {**AXIS, **(yaxis or {})},
    }
    return {"data": list(traces), "layout": house | layout}


def titled(text: str, **settings: object) -> dict[str, object]:
    """Return the settings of an axis that says what it shows and in which unit."""
    return {"title": {"text": safe(text), "font": {"size": 12}}, **settings}


def vertical(x: object, colour: str) -> dict[str, object]:
    """Return a dashed vertical line."""
    line = {"color": colour, "dash": "dash", "width": 1.5}
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def whiskers(value: pd.Series, low: pd.Series, high: pd.Series) -> dict[str, object]:
    """Return the horizontal interval of each mark; none where it has no bound."""
    ends = {
        name: length.where(np.isfinite(length))
        for name, length in (("array", high - value), ("arrayminus", value - low))
    }
    style = {"color": GREY, "thickness": 1.3, "width": 0}
    return {"type": "data", "symmetric": False, **ends, **style}


def zero() -> dict[str, object]:
    """Return a vertical line at zero."""
    line = {"color": GREY, "width": 1}
    return {"type": "line", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def shade(first: object, last: object) -> dict[str, object]:
    """Return a grey shade between two places of the x axis."""
    edges = {"x0": first, "x1": last, "y0": 0, "y1": 1, "yref": "paper"}
    style = {"fillcolor": translucent(GREY, 0.15), "line": {"width": 0}, "layer": "below"}
    return {"type": "rect", **edges, **style}


def label(x: object, y: object, text: str, **settings: object) -> dict[str, object]:
    """Return words at a place of a figure; `text` is markup whose parts are escaped."""
    plain = {"showarrow": False, "font": {"size": 12}, "align": "left"}
    return {"x": x, "y": y, "text": text, **plain, **settings}


def band(
    x: Array | pd.Series, low: Array | pd.Series, high: Array | pd.Series, colour: str, name: str
) -> list[Trace]:
    """Return a filled band as two traces, the second carrying the legend entry."""
    edge = {"mode": "lines", "line": {"width": 0}, "name": safe(name), "hoverinfo": "skip"}
    filled = {"fill": "tonexty", "fillcolor": translucent(colour, 0.16)}
    upper = trace("scatter", x=x, y=high, showlegend=False, **edge)
    return [upper, trace("scatter", x=x, y=low, **filled, **edge)]


def headed(drawn: Drawing, subtitle: str, top: int) -> Drawing:
    """Put a title in bold and a line below it at the top of a drawing."""
    title = drawn["layout"]["title"]
    title |= {"text": f"<b>{title['text']}</b>", "y": 1, "yref": "container", "yanchor": "top"}
    title |= {"pad": {"t": 4}, "font": {"size": 14}}
    title["subtitle"] = {"text": safe(subtitle), "font": {"size": 12}}
    drawn["layout"]["margin"] |= {"t": top, "r": 18, "b": 40}
    return drawn
