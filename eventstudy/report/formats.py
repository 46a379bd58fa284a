"""How numbers and dates are written in a report."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from eventstudy.report.data_files import joined
from eventstudy.words import numbers
from eventstudy.words.catalogue import counted, say, template
from eventstudy.words.numbers import NONE, minus


def date(value: object) -> str:
    """Return a date such as Thu 13 Jan 2022; an em dash for none."""
    return NONE if pd.isna(value) else numbers.weekday_date(pd.Timestamp(value))


ISO = re.compile(r"\b\d{4}-\d\d-\d\d\b")
"""A date of tables and files within a sentence."""


def plain_date(value: object) -> str:
    """Return a date as in running text, such as 3 Jan 2022; an em dash for none."""
    return NONE if pd.isna(value) else numbers.date(pd.Timestamp(value))


def iso(value: object) -> str:
    """Return a date as 2022-01-13; an em dash for none."""
    return NONE if pd.isna(value) else f"{pd.Timestamp(value):%Y-%m-%d}"


def some_days(days: Sequence[object], most: int = 5) -> str:
    """Return the first of some dates, and how many more there are."""
    text = ", ".join(iso(day) for day in days[:most])
    more = len(days) - most
    return text if more <= 0 else say("quality.and_more", days=text, more=more)


def cell(value: Any) -> str:
    """Return a value of a data table as text."""
    if isinstance(value, pd.Timestamp):
        return iso(value)
    if isinstance(value, (list, tuple)):
        return str(joined(value))
    if isinstance(value, float):
        return NONE if pd.isna(value) else minus(f"{value:.6g}")
    return NONE if value is None or value is pd.NaT else str(value)


def cells(column: pd.Series) -> list[str]:
    """Return the values of a column of a data table as `cell` does, escaped for HTML."""
    kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else ""
    if kind == "M":
        days = np.datetime_as_string(column.to_numpy(), unit="D").tolist()
        return [NONE if day == "NaT" else day for day in days]
    if kind == "f":
        return [NONE if value != value else minus(f"{value:.6g}") for value in column.tolist()]
    if kind in "ib" and kind:
        return [str(value) for value in column.tolist()]
    values, written = column.tolist(), dict[Any, str]()
    for value in values:
        if isinstance(value, str) and value not in written:
            written[value] = escape(value)
    return [written[value] if isinstance(value, str) else escape(cell(value)) for value in values]


def say_html(key: str, /, **values: object) -> Markup:
    """Return a text of the catalogue as markup; what is put in is escaped."""
    return _markup(key).format_map(values)


@cache
def _markup(key: str) -> Markup:
    return Markup(template(key))  # noqa: S704  the catalogue is our own


def unbroken(text: str) -> str:
    """Return a text in which no line ends between a number and its per cent sign."""
    return re.sub(r" %(?<=\d %)", "\N{NARROW NO-BREAK SPACE}%", text)


def unbroken_dates(text: str) -> Markup:
    """Return a text as markup in which no line ends within a date such as 2022-01-13."""
    whole = ISO.sub(lambda day: f'<span class="date">{day[0]}</span>', str(escape(text)))
    return Markup(whole)  # noqa: S704  escaped


def css_text(text: str) -> str:
    """Return a text as it may stand between the quotes of a string of CSS."""
    return "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):06x}" for c in text)


_WRITTEN = (
    *(cell, counted, date, iso, plain_date, some_days, numbers.number, numbers.p_value),
    *(numbers.percent, numbers.plural, numbers.share, numbers.size),
)
FILTERS: Mapping[str, Any] = {each.__name__: each for each in _WRITTEN}
FUNCTIONS: Mapping[str, Any] = {
    "say": say_html,
    "window_words": numbers.window_words,
    "interval": numbers.interval,
}
