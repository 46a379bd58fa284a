"""How all figures look: plain layout, axes, shades, words beside what is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from eventstudy.errors import InvalidArgumentError, nearest
from eventstudy.plots.colours import GREY, GROUNDS, translucent
from eventstudy.plots.traces import Trace, safe

if TYPE_CHECKING:
    import plotly.graph_objects as go

Drawing = dict[str, Any]
"""A figure as plotly.js reads it: data and layout, with arrays and frames' columns in them."""
Theme = Literal["light", "dark"]
"""On which ground a figure stands."""


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


def vertical(x: object, colour: str, dash: str = "dash", width: float = 1.5) -> dict[str, object]:
    """Return a dashed or dotted vertical line."""
    line = {"color": colour, "dash": dash, "width": width}
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def zero() -> dict[str, object]:
    """Return a vertical line at zero."""
    line = {"color": GREY, "width": 1}
    return {"type": "line", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def shade(first: object, last: object, fill: str = translucent(GREY, 0.15)) -> dict[str, object]:
    """Return a shade between two places of the x axis, grey unless another is given."""
    edges = {"x0": first, "x1": last, "y0": 0, "y1": 1, "yref": "paper"}
    style = {"fillcolor": fill, "line": {"width": 0}, "layer": "below"}
    return {"type": "rect", **edges, **style}


def label(x: object, y: object, text: str, **settings: object) -> dict[str, object]:
    """Return words at a place of a figure; `text` is markup whose parts are escaped."""
    plain = {"showarrow": False, "font": {"size": 12}, "align": "left"}
    return {"x": x, "y": y, "text": text, **plain, **settings}


def pointer(x: object, y: float, text: str, name: str, **settings: object) -> dict[str, object]:
    """Return words with an arrow to a place; their name says which colour pages give them."""
    arrow = {"arrowhead": 0, "arrowwidth": 1, "arrowcolor": GREY}
    return {"x": x, "y": y, "text": text, "name": name, **arrow, **settings}


def headed(drawn: Drawing, subtitle: str, top: int) -> Drawing:
    """Put a title in bold and a line below it at the top of a drawing."""
    title = drawn["layout"]["title"]
    title |= {"text": f"<b>{title['text']}</b>", "y": 1, "yref": "container", "yanchor": "top"}
    title |= {"pad": {"t": 4}, "font": {"size": 14}}
    title["subtitle"] = {"text": safe(subtitle), "font": {"size": 12}}
    drawn["layout"]["margin"] |= {"t": top, "r": 18, "b": 40}
    return drawn
