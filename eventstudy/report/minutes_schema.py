"""The schema of the tables of minutes in results.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TEXT, _NUMBER, _COUNT, _FLAG = "string", "number", "integer", "boolean"
_MOMENT = "ISO 8601 with the offset of the market's zone"

_COLUMNS: Mapping[str, tuple[str, str]] = {
    "event_id": (_TEXT, "id of the event"),
    "asset": (_TEXT, "name of the asset"),
    "group": (_TEXT, "name of the group of events"),
    "kind": (_TEXT, "what is known of its minute, or what the move spans; or kind of finding"),
    "label": (_TEXT, "what the move spans, in words; or how bars are labelled"),
    "first": (_TEXT, f"earliest minute, {_MOMENT}; or first day or bar"),
    "last": (_TEXT, f"latest minute, {_MOMENT}; or last day or bar"),
    "session": (_TEXT, "trading day"),
    "part": (_TEXT, "part of the session; empty between two"),
    "episode": (_TEXT, "id of the first statement of those closer than the window"),
    "overlaps": (_TEXT, "ids of the other statements closer than the window, with '; ' between"),
    "before": (_COUNT, "minutes before the statement"),
    "after": (_COUNT, "minutes after the statement"),
    "start": (_TEXT, f"when the first price was taken, {_MOMENT}"),
    "end": (_TEXT, f"when the last price was taken, {_MOMENT}"),
    "price_before": (_NUMBER, "price at the start"),
    "price_after": (_NUMBER, "price at the end"),
    "stale_before": (_NUMBER, "minutes that the first price was old"),
    "stale_after": (_NUMBER, "minutes that the last price was old"),
    "nights": (_COUNT, "nights between the two prices"),
    "car": (_NUMBER, "log return between the two prices, as a fraction"),
    "caar": (_NUMBER, "mean move over dates, as a fraction"),
    "se": (_NUMBER, "its standard error between dates, as a fraction"),
    "t": (_NUMBER, "t statistic over dates"),
    "df": (_NUMBER, "degrees of freedom"),
    "scaled": (_NUMBER, "mean of moves over the volatility expected of their day"),
    "n": (_COUNT, "ordinary days, episodes or dates"),
    "dates": (_COUNT, "distinct dates"),
    "sd": (_NUMBER, "root mean square of ordinary days, as a fraction"),
    "z": (_NUMBER, "move over that"),
    "p_rank": (_NUMBER, "rank p among ordinary days, unscaled"),
    "p_like": (_NUMBER, "rank p among moves over as many nights, unscaled"),
    "n_like": (_COUNT, "moves over as many nights"),
    "scar": (_NUMBER, "move over the volatility expected of its day"),
    "p": (_NUMBER, "p-value; of a window the rank of the scaled move, which leads"),
    "smallest_p": (_NUMBER, "least value that it can have"),
    "ci_low": (_NUMBER, "lower end of the interval, as a fraction; null without a bound"),
    "ci_high": (_NUMBER, "upper end of the interval, as a fraction; null without a bound"),
    "mde": (_NUMBER, "move that would be seen in four cases of five, as a fraction"),
    "rv": (_NUMBER, "realised variance: sum of squared log returns"),
    "rv_ratio": (_NUMBER, "that over its mean on ordinary days"),
    "p_rv": (_NUMBER, "rank p of the realised variance"),
    "volume": (_NUMBER, "volume, in the unit of the source"),
    "log_volume": (_NUMBER, "its logarithm less the mean logarithm of ordinary days"),
    "p_volume": (_NUMBER, "rank p of the volume"),
    "residual": (_NUMBER, "move less what the factor explains, as a fraction"),
    "beta": (_NUMBER, "slope on the factor in the same clock window"),
    "p_residual": (_NUMBER, "rank p of the scaled residual"),
    "barred": (_COUNT, "ordinary days left out for other statements"),
    "told": (_FLAG, "whether an onset can be told"),
    "bar_begin": (_TEXT, f"when the first bar of the move begins, {_MOMENT}"),
    "bar_end": (_TEXT, f"when it ends, {_MOMENT}"),
    "seen": (_TEXT, f"end of the bar at which the move is beyond ordinary days, {_MOMENT}"),
    "bar_move": (_NUMBER, "log return of the first bar, as a fraction"),
    "largest_begin": (_TEXT, f"when the largest move beside ordinary days begins, {_MOMENT}"),
    "largest_end": (_TEXT, f"when it ends, {_MOMENT}"),
    "known": (_TEXT, "what the distance is counted from"),
    "lead_least": (_NUMBER, "minutes that the move was before it, at the least; negative = after"),
    "lead_most": (_NUMBER, "minutes that the move was before it, at the most; negative = after"),
    "words": (_TEXT, "the finding in a sentence"),
    "valid": (_FLAG, "whether a test leads here"),
    "reason": (_TEXT, "why it was left out, or no test leads; empty otherwise"),
    "pending": (_FLAG, "whether later bars will complete it"),
    "cure": (_TEXT, "what would have it measured"),
    "test": (_TEXT, "name of the test"),
    "statistic": (_NUMBER, "test statistic"),
    "distribution": (_TEXT, "reference distribution"),
    "role": (_TEXT, "headline or companion"),
    "null": (_TEXT, "null hypothesis"),
    "situation": (_TEXT, "what decides which tests are valid"),
    "headline": (_TEXT, "name of the test that leads; empty when none does"),
    "why": (_TEXT, "why it leads"),
    "overlapping": (_COUNT, "statements left out because an earlier one of their episode is there"),
    "fewest_days": (_COUNT, "ordinary days of the date that has the fewest"),
    "warnings": (_TEXT, "what a reader must know"),
    "severity": (_TEXT, "severity"),
    "count": (_COUNT, "number of cases"),
    "text": (_TEXT, "in words"),
    "source": (_TEXT, "where the bars are from"),
    "symbol": (_TEXT, "the source's name of the series"),
    "market": (_TEXT, "whose hours hold"),
    "minutes": (_NUMBER, "length of a bar, in minutes"),
    "bars": (_COUNT, "number of bars"),
    "factor": (_TEXT, "asset whose bars are the benchmark"),
    "clock": (_TEXT, "zone in which clocks are compared"),
    "attribution": (_TEXT, "how the source wants to be named"),
    "notes": (_TEXT, "what a reader must know of the series"),
    "sha256": (_TEXT, "SHA-256 of the bars"),
}

MINUTES: Mapping[str, tuple[str, ...]] = {
    "minutes_alignment": (
        *("event_id", "asset", "kind", "first", "last", "session", "part", "episode", "overlaps"),
    ),
    "minutes_car": (
        *("event_id", "asset", "before", "after", "kind", "start", "end", "price_before"),
        *("price_after", "stale_before", "stale_after", "car", "n", "sd", "z", "p_rank", "scar"),
        *("p", "smallest_p", "ci_low", "ci_high", "mde", "rv", "rv_ratio", "p_rv", "volume"),
        *("log_volume", "p_volume", "residual", "beta", "p_residual", "barred", "overlaps"),
        *("episode", "valid", "reason"),
    ),
    "minutes_overnight": (
        *("event_id", "asset", "kind", "label", "start", "end", "price_before", "price_after"),
        *("nights", "car", "n", "sd", "z", "p_rank", "p_like", "n_like", "scar", "p"),
        *("smallest_p", "ci_low", "ci_high", "mde", "valid", "reason"),
    ),
    "minutes_onset": (
        *("event_id", "asset", "start", "end", "told", "bar_begin", "bar_end", "seen", "bar_move"),
        *("car", "largest_begin", "largest_end", "p", "smallest_p", "n", "barred", "known"),
        *("lead_least", "lead_most", "valid", "reason", "words"),
    ),
    "minutes_mean_car": (
        *("group", "asset", "before", "after", "caar", "se", "t", "df", "p", "ci_low"),
        *("ci_high", "scaled", "n", "dates"),
    ),
    "minutes_tests": (
        *("group", "asset", "before", "after", "test", "statistic", "distribution", "df", "p"),
        *("smallest_p", "n", "role", "valid", "reason", "null"),
    ),
    "minutes_situations": (
        *("group", "asset", "before", "after", "situation", "headline", "why", "n", "dates"),
        *("overlapping", "fewest_days", "smallest_p", "warnings"),
    ),
    "minutes_left_out": ("event_id", "asset", "before", "after", "reason", "pending", "cure"),
    "minutes_quality": ("asset", "kind", "severity", "count", "first", "last", "text"),
    "minutes_bars": (
        *("asset", "source", "symbol", "market", "minutes", "bars", "first", "last", "label"),
        *("factor", "clock", "attribution", "notes", "sha256"),
    ),
}
"""Columns of the tables of minutes."""


def minute_column(name: str) -> dict[str, Any]:
    """Return the schema of a column; what cannot be measured is null."""
    kind, words = _COLUMNS[name]
    return {"type": [kind, "null"], "description": words}
