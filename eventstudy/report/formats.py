"""How numbers and dates are written in a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from eventstudy.language import template
from eventstudy.results.text import p_value, percent, plural, window_words


def number(value: float, digits: int = 3) -> str:
    """Return a number with a true minus sign; an em dash for NaN."""
    if pd.isna(value):
        return "—"
    return f"{value:,.{digits}f}".replace("-", "−")


def date(value: object) -> str:
    """Return a date such as Thu 13 Jan 2022; an em dash for none."""
    return "—" if pd.isna(value) else f"{pd.Timestamp(value):%a %d %b %Y}"


def iso(value: object) -> str:
    """Return a date as 2022-01-13; an em dash for none."""
    return "—" if pd.isna(value) else f"{pd.Timestamp(value):%Y-%m-%d}"


def size(value: float) -> str:
    """Return a fraction as a percentage without a sign."""
    return "—" if pd.isna(value) else f"{100 * value:.2f} %"


def cell(value: Any) -> str:
    """Return a value of a data table as text."""
    if isinstance(value, pd.Timestamp):
        return iso(value)
    if isinstance(value, float):
        return "—" if pd.isna(value) else f"{value:.6g}".replace("-", "−")
    return "—" if value is None or value is pd.NaT else str(value)


def say_html(key: str, /, **values: object) -> Markup:
    """Return a text of the catalogue as HTML, its values escaped.

    Parameters
    ----------
    key : str
        Table and name.
    **values : object
        What the places in braces stand for.
    """
    safe = {name: escape(value) for name, value in values.items()}
    return Markup(str(template(key)).format_map(safe))  # noqa: S704  values escaped just above


FILTERS: Mapping[str, Any] = {
    "cell": cell,
    "date": date,
    "iso": iso,
    "number": number,
    "percent": percent,
    "plural": plural,
    "size": size,
    "p_value": p_value,
}
FUNCTIONS: Mapping[str, Any] = {"say": say_html, "window_words": window_words}
