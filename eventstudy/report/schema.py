"""The JSON Schema of results.json: every table, every column, its unit."""

from __future__ import annotations

import json
from typing import Any

from eventstudy.minutes.columns import COLUMNS as MINUTES
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

TABLES = {
    "alignment": "event_id asset day0 day0_latest certain partly rule shift_days "
    "shares_session_with",
    "car": "event_id asset start end car se t df p ci_low ci_high ci_basis p_rank ci_low_t "
    "ci_high_t scar bhar day0 covers_day0",
    "mean_car": "group asset start end caar se t df p ci_low ci_high ci_basis n_eff ci_low_t "
    "ci_high_t basis mde median abhar positive overlapping event_sd_ratio n left_out "
    "left_out_overlapping overlapping_events test p_test",
    "aar": "group asset tau aar se df ci_low ci_high ci_basis n_eff ci_low_t ci_high_t band_low "
    "band_high band n basis event_sd_ratio left_out_uncertain left_out_incomplete "
    "left_out_overlapping",
    "caar": "group asset tau caar se df ci_low ci_high ci_basis n_eff ci_low_t ci_high_t band_low "
    "band_high band n basis event_sd_ratio left_out_uncertain left_out_incomplete "
    "left_out_overlapping",
    "tests": "group asset test start end statistic distribution df p smallest_p n role valid "
    "reason null",
    "situations": "group asset start end situation headline why n dates assets overlapping crowded "
    "rbar sigma_ratio event_sd_ratio warnings",
    "ewma_sq": "event_id asset tau session ar z p n",
    "estimation": "event_id asset model start end first last n missing excluded sigma df "
    "sigma_ratio alpha alpha_se",
    "claims": "event_id asset session claimed simple log simple_before log_before simple_after "
    "log_after clock source supporting words",
    "left_out": "event_id asset start end reason pending cure",
    "objections": "check severity event_id asset sentence advice",
    "scaled_car": "event_id asset start end car z p smallest_p mde",
    "joint": "event_ids assets start end f df1 df2 p reason average_z average_p f_constant "
    "p_constant",
    "multiplicity": "event_ids asset day0 start end car z p p_romano_wolf p_holm p_bh "
    "least_romano_wolf least_holm least_bh resampling",
    "pre_event": "event_id asset start end f df1 df2 p p_scaled",
    "calibration": "group asset start end test role samples size mc_se size_low size_mid size_high "
    "mde dates",
    "power": "group asset start end test effect power",
    "coverage": "group asset start end interval samples coverage mc_se coverage_low coverage_mid "
    "coverage_high coverage_wild samples_wild dates",
    "robustness": "asset model estimation gap start end overlap effect z p n own reason "
    "significant",
    "quality": "asset kind severity count first last dates text",
}
TABLES |= {table: " ".join(columns) for table, columns in MINUTES.items()}
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
    columns = TABLES[name].split()
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
