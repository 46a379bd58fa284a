"""Claims in time as sentences."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from eventstudy.minutes.claims.levels import Level
from eventstudy.minutes.claims.stretches import Stretch, TimedClaim
from eventstudy.minutes.clock_times import clock_words
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import percent, size

Called = Callable[[str], str]
"""Says what a series is called."""
_KINDS = {
    "observed": "",
    "proxy": "by a proxy, ± {error}, ",
    "implied": "by what is implied, ± {error}, ",
}


def level_words(level: Level) -> str:
    """Return what a move is counted from, in words."""
    return say("minutes.first_report" if level.report else f"minutes.counted_from.{level.name}")


def stretches_words(stretches: Sequence[Stretch], zone: str) -> str:
    """Return stretches as text, such as "14:40, 14:55–15:00 (between closes)"; empty = none."""
    return ", ".join(_stretch(one, zone) for one in stretches)


def _stretch(one: Stretch, zone: str) -> str:
    first, last = clock_words(one.first, zone), clock_words(one.last, zone)
    span = first if first == last else f"{first}–{last}"
    notes = {"crossing": " (between closes)", "bar": " (inside a bar)", "bounds": " (bounds)"}
    return f"{span}{notes.get(one.how, '')}"


def claim_words(timed: TimedClaim, zone: str, called: Called = str) -> str:
    """Return what is known of a claim on one series against one level, as a sentence.

    Parameters
    ----------
    timed : TimedClaim
        The claim.
    zone : str
        Zone of the clock times.
    called : callable
        Gives what an asset or a series is called; default: its name.
    """
    claim = said(timed, called)
    level = level_words(timed.level)
    if timed.reason:
        return f"Whether {claim} was true against {level} cannot be told: {timed.reason}."
    by = _KINDS[timed.kind].format(error=size(timed.error))
    given = ", as given" if timed.level.given else ""
    against = f"against {level} ({timed.level.price:,.6g}{given})"
    bounds = f"it lay between {percent(timed.low)} and {percent(timed.high)}"
    if not timed.stretches:
        return f"In no minute of that session was {claim} true {against}, {by}{bounds}."
    when = stretches_words(timed.stretches, zone)
    if not timed.exact:
        return (
            f"{claim} {against} lies inside bars of {timed.minutes:g} minutes, which give bounds, "
            f"not minutes: {when}; {by}{bounds}."
        )
    return f"{claim} {against} was true, {by}at {when}; {bounds}."


def said(timed: TimedClaim, called: Called = str) -> str:
    """Return a claim with as many digits as it gives."""
    return f"{said_move(timed)} of {called(timed.claim.asset)}"


def said_move(timed: TimedClaim) -> str:
    """Return a claimed move with as many digits as it gives."""
    digits = max(round(-math.log10(2 * timed.claim.rounding)) - 2, 0)
    return percent(timed.claim.change, digits)


def together_words(
    claims: Sequence[TimedClaim], there: Sequence[Stretch], zone: str, called: Called = str
) -> str:
    """Return when several claims were true together, as a sentence; see `claim_words`."""
    every = " and ".join(said(one, called) for one in claims)
    if not there:
        return f"In no minute of that session were {every} true together, against any level."
    levels = " and ".join(dict.fromkeys(level_words(one.level) for one in claims))
    errors = [
        f"{called(one.series)} ± {size(one.error)}" for one in claims if one.kind != "observed"
    ]
    apart = f" (not observed: {', '.join(errors)})" if errors else ""
    return (
        f"{every} were true together, against {levels}, at {stretches_words(there, zone)}{apart}."
    )
