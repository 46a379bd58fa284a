"""The JSON Schema of results.json: every table, every column, its unit."""

from __future__ import annotations

import json
from typing import Any

from eventstudy.minutes.columns import COLUMNS as MINUTES
from eventstudy.parsing import packaged_toml
from eventstudy.words.catalogue import say, template

VERSION = 1
"""Raised when a column goes or changes its meaning; new ones may come in between."""

KINDS: dict[str, dict[str, Any]] = {
    "text": {"type": ["string", "null"]},
    "date": {"type": ["string", "null"], "format": "date"},
    "flag": {"type": ["boolean", "null"]},
    "count": {"type": ["integer", "null"]},
    "fraction": {"type": ["number", "null"]},
    "number": {"type": ["number", "null"]},
}
"""What columns hold, as JSON Schema; english.toml describes the columns of each kind."""

_TABLES: dict[str, str] = packaged_toml("report/tables.toml")
TABLES: dict[str, list[str]] = {name: text.split() for name, text in _TABLES.items()} | MINUTES
"""Columns of each table; those of `OPTIONAL` are there only when they were asked for."""

OPTIONAL = (
    *("multiplicity", "pre_event", "calibration", "power", "coverage", "robustness"),
    *MINUTES,
)
DETAILED = ("tests",)
"""Tables whose rows may hold further numbers, such as lags or shifts."""
PATTERNS = {"estimation": ("^beta_", "slope on a factor; with _se at the end, its standard error")}
"""Tables with a column for each name of a kind."""


def _column(table: str, name: str) -> dict[str, Any]:
    """Return the schema of a column; what cannot be measured is null."""
    room = "minutes." if table in MINUTES else ""
    texts = template("columns.minutes" if room else "columns")
    kinds = [kind for kind in KINDS if name in texts.get(kind, ())] or ["text"]
    numeric = table == "situations" and name in ("dates", "assets")
    kind = kinds[-1 if numeric else 0]
    words = say(f"columns.{room}{kind}.{name}", moment=say("columns.moment"))
    if kind == "fraction":
        words = say("columns.fraction_of", words=words)
    return {**KINDS[kind], "description": words}


def _table(name: str) -> dict[str, Any]:
    columns = TABLES[name]
    more = {"type": ["number", "string", "boolean", "null"]} if name in DETAILED else False
    row = {
        "type": "object",
        "properties": {column: _column(name, column) for column in columns},
        "required": columns,
        "additionalProperties": more,
    }
    if name in PATTERNS:
        pattern, words = PATTERNS[name]
        number = {"type": ["number", "null"], "description": words}
        row["patternProperties"] = {pattern: number}
    return {"type": "array", "items": row}


def _of_names(value: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": value}


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of results.json."""
    text = {"type": "string"}
    head: dict[str, Any] = {
        "schema": {"const": VERSION, "description": "version of this schema"},
        "title": {"type": "string", "description": "title of the study"},
        "versions": {**_of_names(text), "description": "versions of the package and its libraries"},
        "windows": {"type": "object", "description": "windows in sessions, both ends included"},
        "options": {"type": "object", "description": "settings"},
        "models": {**_of_names(text), "description": "formula of each asset's model"},
        "series": {**_of_names({"type": "object"}), "description": "provenance of each series"},
        "missing": {**_of_names(text), "description": "assets without prices, and why"},
    }
    properties = {**head, **{name: _table(name) for name in TABLES}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:eventstudy:results:{VERSION}",
        "title": "Results of an event study",
        "description": "Returns are fractions; dates are ISO 8601; what was not measured is null.",
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in OPTIONAL],
        "additionalProperties": False,
    }


def schema_json() -> str:
    """Return the schema as text."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"
