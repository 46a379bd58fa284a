"""The JSON Schema of results.json: every table, every column, its unit."""

from __future__ import annotations

import json
from typing import Any

from eventstudy.minutes.columns import COLUMNS as MINUTES
from eventstudy.report.minutes_schema import minute_column

VERSION = 1
"""Raised when a column goes or changes its meaning; new ones may come in between."""

_TEXT = {
    "event_id": "id of the event",
    "event_ids": "ids of the events that share the session, with '; ' between them",
    "asset": "name of the asset; 'all' where averages go across assets",
    "assets": "names of the assets, or their number",
    "group": "name of the group of events",
    "basis": "where the standard error is from",
    "ci_basis": "what the interval rests on, or why there is none",
    "overlapping_events": "ids of the events left out of it because they overlap an earlier one, "
    "with '; ' between them",
    "band": "how the band was made",
    "rule": "why day 0 fell where it did",
    "shares_session_with": "ids of the other events with this day 0, with '; ' between them",
    "test": "name of the test",
    "distribution": "reference distribution",
    "role": "headline, companion, classical or named",
    "cure": "what would have it measured; empty where there is nothing but to wait",
    "reason": "why it was left out, refused or not computed; empty otherwise",
    "null": "null hypothesis",
    "situation": "what decides which tests are valid",
    "headline": "name of the test that leads",
    "why": "why it leads",
    "warnings": "what a reader must know",
    "model": "name or formula of the normal-return model",
    "clock": "when the price is struck",
    "source": "where the price is from",
    "words": "in words",
    "overlap": "whether all episodes are averaged, or of overlapping ones the first",
    "interval": "which interval: of a mean CAR, of one CAR, or the band of a path",
    "resampling": "how placebo dates were chosen",
    "dates": "dates, or how placebo dates were chosen",
    "kind": "kind of finding",
    "severity": "severity",
    "text": "in words",
    "supporting": "what supports the claim",
    "check": "name of the check",
    "sentence": "what it objects to",
    "advice": "what to do about it",
}
_DATE = {
    "day0": "earliest possible day 0",
    "day0_latest": "latest possible day 0",
    "session": "trading date",
    "first": "first session",
    "last": "last session",
}
_FLAG = {
    "certain": "whether every possible time of the event gives the same day 0",
    "partly": "whether the price was being struck when the event happened",
    "covers_day0": "whether the window holds every possible day 0",
    "valid": "whether the test is valid in this situation",
    "pending": "whether a later session will complete it",
    "own": "whether it is the study's own specification",
    "significant": "whether p is at most 0.05",
}
_COUNT = {
    "start": "first session of the window, relative to day 0",
    "end": "last session of the window, relative to day 0; included",
    "tau": "sessions since day 0",
    "shift_days": "calendar days from the event to day 0",
    "n": "number of observations or episodes",
    "positive": "episodes with a CAR above 0",
    "overlapping": "episodes whose window overlaps another one's",
    "crowded": "sessions that several events share",
    "left_out": "episodes that are not in it",
    "left_out_uncertain": "episodes that are not in it because day 0 is uncertain",
    "left_out_overlapping": "episodes that are not in it because they overlap an earlier one",
    "left_out_incomplete": "episodes that are not in it because the window is incomplete",
    "missing": "sessions without a return",
    "excluded": "sessions left out because they belong to other episodes",
    "samples": "placebo samples",
    "samples_wild": "samples whose event days vary more than 1.5 times as much as before",
    "estimation": "sessions in the estimation window",
    "gap": "sessions between estimation and event window",
    "count": "number of cases",
    "dates": "distinct dates",
    "assets": "number of assets",
}
_FRACTION = {
    "ar": "abnormal return",
    "aar": "average abnormal return",
    "caar": "cumulative average abnormal return",
    "car": "cumulative abnormal return",
    "bhar": "buy-and-hold abnormal return",
    "abhar": "mean buy-and-hold abnormal return",
    "median": "median",
    "effect": "effect",
    "mde": "smallest effect that would be seen in four cases of five at the 5 % level",
    "se": "standard error",
    "alpha": "constant of the normal return, a day",
    "alpha_se": "its standard error",
    "sigma": "residual standard deviation of the estimation window, a day",
    "ci_low": "lower end of the interval that holds; null without a bound",
    "ci_high": "upper end of the interval that holds; null without a bound",
    "ci_low_t": "lower end of the textbook interval",
    "ci_high_t": "upper end of the textbook interval",
    "band_low": "lower edge of the simultaneous band",
    "band_high": "upper edge of the simultaneous band",
    "claimed": "return that was claimed",
    "simple": "simple return of that session",
    "log": "log return of that session",
    "simple_before": "simple return of the session before",
    "log_before": "log return of the session before",
    "simple_after": "simple return of the session after",
    "log_after": "log return of the session after",
    "size": "share of placebo samples in which the test rejects at 5 %",
    "mc_se": "standard error of that share",
    "coverage": "share of placebo samples in which the interval holds zero",
    "coverage_low": "the same in calm weeks",
    "coverage_mid": "the same in between",
    "coverage_high": "the same in turbulent weeks",
    "coverage_wild": "the same where event days vary more than 1.5 times as much as before",
    "size_low": "the same in calm weeks",
    "size_mid": "the same in between",
    "size_high": "the same in turbulent weeks",
    "power": "share of samples in which the effect is found",
}
_NUMBER = {
    "t": "t statistic",
    "z": "effect over the volatility of its eve",
    "scar": "CAR over its standard error",
    "df": "degrees of freedom",
    "df1": "degrees of freedom of the numerator",
    "df2": "degrees of freedom of the denominator",
    "f": "F statistic",
    "f_constant": "F statistic under constant volatility",
    "p_constant": "p of that statistic",
    "p": "p-value",
    "p_scaled": "p-value in the same volatility",
    "p_romano_wolf": "p adjusted by Romano and Wolf",
    "p_holm": "p adjusted by Holm",
    "p_bh": "p adjusted by Benjamini and Hochberg",
    "least_romano_wolf": "least value that one cell alone can have",
    "least_holm": "least value that one cell alone can have",
    "least_bh": "least value that one cell alone can have",
    "smallest_p": "least value that a counted p can have",
    "average_z": "z of all series in one direction",
    "average_p": "p of that z",
    "statistic": "test statistic",
    "rbar": "mean correlation between episodes",
    "n_eff": "episodes, or days that count where windows overlap",
    "event_sd_ratio": "standard deviation of event days over that of the estimation window",
    "p_test": "p of the test that leads",
    "p_rank": "rank p among ordinary days in the same volatility",
    "sigma_ratio": "volatility on the eve of day 0 over that of the estimation window",
}
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
    if table in MINUTES:
        return minute_column(name)
    numeric = table in ("situations",) and name in ("dates", "assets")
    if name in _TEXT and not numeric:
        return {"type": ["string", "null"], "description": _TEXT[name]}
    if name in _DATE:
        return {"type": ["string", "null"], "format": "date", "description": _DATE[name]}
    if name in _FLAG:
        return {"type": ["boolean", "null"], "description": _FLAG[name]}
    if name in _COUNT:
        return {"type": ["integer", "null"], "description": _COUNT[name]}
    if name in _FRACTION:
        description = f"{_FRACTION[name]}, as a fraction"
        return {"type": ["number", "null"], "description": description}
    return {"type": ["number", "null"], "description": _NUMBER[name]}


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
