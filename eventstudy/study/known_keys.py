"""Every key of a study file, by the table that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from difflib import SequenceMatcher, get_close_matches

from eventstudy.bars.requests import IMPLIED
from eventstudy.bars.requests import SOURCES as BAR_SOURCES
from eventstudy.bars.requests import options_of as bar_options
from eventstudy.errors import nearest
from eventstudy.minutes.settings import MinuteOptions, MinuteWindows
from eventstudy.models import MODELS, settings_of
from eventstudy.prices import SOURCES
from eventstudy.prices.requests import options_of
from eventstudy.tables.table import OPTIONS as FORM_OPTIONS

TOP = ("title", "events", "reports", "timezone", "start", "returns", "selection", "tests")
TABLES = ("windows", "groups", "assets", "factors", "options", "bars", "minutes")
WINDOWS = ("estimation", "event", "car", "primary", "exclude_from_estimation")
EVENTS = ("path", "columns", "fixed", "timezone", "tags", *FORM_OPTIONS)
NUMBERS = ("max_shift", "min_estimation", "confidence")
OPTIONS = (*NUMBERS, "average", "benchmark", "overlap", "placebo_since", "engine", "inverted")
ASSET = ("label", "up", "down", "model", "calendar")
FACTOR = ("calendar",)
SERIES = ("source", "symbol")
MODEL = ("name", "factors")
MINUTE_WINDOWS = tuple(field.name for field in fields(MinuteWindows))
MINUTE_OPTIONS = tuple(field.name for field in fields(MinuteOptions))
MINUTES = (*MINUTE_WINDOWS, *MINUTE_OPTIONS)

_OF_SOURCES = tuple(dict.fromkeys(o for source in SOURCES.values() for o in options_of(source)))
_OF_BARS = tuple(dict.fromkeys(o for source in BAR_SOURCES for o in bar_options(source)))
_OF_MODELS = tuple(dict.fromkeys(key for name in MODELS for key in settings_of(name)))

HOMES: Mapping[str, tuple[str, ...]] = {
    "": (*TOP, *TABLES),
    "events": EVENTS,
    "windows": WINDOWS,
    "options": OPTIONS,
    "assets.NAME": (*ASSET, *SERIES, *_OF_SOURCES),
    "factors.NAME": (*FACTOR, *SERIES, *_OF_SOURCES),
    "assets.NAME.model": (*MODEL, *_OF_MODELS),
    "bars.NAME": (*SERIES, *_OF_BARS, IMPLIED),
    "minutes": MINUTES,
}
"""Keys of each table; a table of the user's own naming stands for all of its kind."""


def home_of(where: str) -> str:
    """Return which of `HOMES` a table is, given its dotted name."""
    kind, dot, _ = where.partition(".")
    if not dot or kind not in ("assets", "factors", "bars"):
        return where
    return f"{kind}.NAME.model" if where.endswith(".model") else f"{kind}.NAME"


MISSPELT = 0.85
"""Likeness from which a key is taken for one of the same table, before other tables are asked."""


def _words(home: str) -> str:
    if not home:
        return "at the top of the file, before the first table"
    if home.endswith(".model"):
        return "in model = { ... } of an asset"
    return f"under [{home}]"


def elsewhere(where: str, key: str) -> tuple[str, str] | None:
    """Say in which other table a key belongs.

    Parameters
    ----------
    where : str
        Dotted name of the table in which it was found; empty = the top.
    key : str
        The key.

    Returns
    -------
    (str, str) or None
        What is wrong and what to do; None when no other table has such a key.
    """
    if key in TABLES and where:
        return "is a table of its own, not part of this one", f"Write it as [{key}]."
    if key in HOMES.get(home_of(where), ()):
        return "unknown key of this source or model: another one takes it", "Remove it."
    homes = [home for home, keys in HOMES.items() if key in keys and home != home_of(where)]
    if not homes:
        return None
    words = " or ".join(_words(home) for home in homes)
    return f"is no key of this table: it belongs {words}", "Move it there."


def misspelt(key: str, keys: Sequence[str]) -> bool:
    """Whether a key is one of its table, written a little otherwise."""
    return bool(get_close_matches(key, keys, n=1, cutoff=MISSPELT))


def suggestion(where: str, key: str, keys: Sequence[str]) -> str:
    """Return a phrase that names the nearest key, of the same table or else of all tables.

    Parameters
    ----------
    where : str
        Dotted name of the table in which it was found.
    key : str
        The key, which no table has.
    keys : sequence of str
        Keys of that table.
    """
    if misspelt(key, keys):
        return nearest(key, keys)

    def likeness(name: str) -> float:
        return SequenceMatcher(None, key, name).ratio()

    others: dict[str, str] = {}
    for home, names in HOMES.items():
        if home != home_of(where):
            others = dict.fromkeys(names, home) | others
    close = get_close_matches(key, list(others), n=1, cutoff=0.6)
    if close and likeness(close[0]) > max(map(likeness, keys), default=0.0):
        return f"Did you mean {close[0]!r}, which belongs {_words(others[close[0]])}?"
    return nearest(key, keys)
