"""What an onset says: how far it is from the statement, and in which words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eventstudy.minutes.clock_times import clock_words
from eventstudy.minutes.onsets.onset import Onset
from eventstudy.minutes.statements import Statement
from eventstudy.words.numbers import p_value, percent, plural

STATEMENT = "the statement"
REPORT = "the first report that we know"


def described(onset: Onset, statement: Statement, zone: str) -> Onset:
    """Return an onset with its distance to the statement, and its sentence.

    Parameters
    ----------
    onset : Onset
        What was searched.
    statement : Statement
        The statement, whose minute [s, s + 1), bounds, or latest minute are known, or none.
    zone : str
        Zone of the clock times in the sentence.
    """
    known, lead = _distance(onset, statement)
    measured = replace(onset, known=known, lead=lead)
    return replace(measured, words=_words(measured, zone))


def _distance(onset: Onset, statement: Statement) -> tuple[str, tuple[float, float]]:
    """Return what the distance is counted from, and its least and most minutes."""
    if statement.kind == "day":
        return "", (np.nan, np.nan)
    known = REPORT if statement.kind == "since the evening" else STATEMENT
    if not onset.told:
        return known, (np.nan, np.nan)
    first = statement.first or statement.last
    begin, end = onset.bar
    return known, ((first - end) / 60, (statement.last - begin) / 60)


def _words(onset: Onset, zone: str) -> str:
    start, end = (clock_words(one, zone) for one in (onset.start, onset.end))
    if onset.reason:
        return f"No onset can be told: {onset.reason}."
    if not onset.told:
        low, high = (clock_words(one, zone) for one in onset.largest)
        return (
            f"No onset can be told between {start} and {end}: the largest move, "
            f"{percent(onset.move)} from {low} to {high}, is within what "
            f"{plural(onset.n, 'ordinary day')} show anywhere in that span "
            f"(p = {p_value(onset.p)}, at the least {p_value(onset.smallest_p)})."
        )
    begin, finish = (clock_words(one, zone) for one in onset.bar)
    later = f", and by {clock_words(onset.seen, zone)} {percent(onset.move)}"
    return (
        f"{_first(onset)}: from {begin} to {finish} it moved {percent(onset.bar_move)}"
        f"{later if onset.seen > onset.bar[1] else ''}, beyond what "
        f"{plural(onset.n, 'ordinary day')} show anywhere between {start} and {end} "
        f"(p = {p_value(onset.p)}, at the least {p_value(onset.smallest_p)})."
    )


def _first(onset: Onset) -> str:
    """Return which came first."""
    least, most = onset.lead
    if not onset.known:
        return "The market moved, and the time of the statement is not known"
    if least >= 0:
        return f"The market moved {_span(least, most)} before {onset.known}"
    if most < 0:
        return f"The market moved {_span(-most, -least)} after {onset.known}"
    if onset.known == STATEMENT and most - least <= (onset.bar[1] - onset.bar[0]) / 60:
        return "The market moved in the bar of the statement, and which came first cannot be told"
    if onset.known == REPORT:
        return f"The market moved in the bar of {onset.known}"
    return "The market moved between the bounds of the statement: which came first cannot be told"


def _span(low: float, high: float) -> str:
    return f"{low:g} to {high:g} minutes"
