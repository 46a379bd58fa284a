"""Claims of all events in time: on each series, against each level, and all of one source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy.bars.bar_series import BarSeries
from eventstudy.minutes.claims.levels import levels_of
from eventstudy.minutes.claims.stretches import (
    COARSE,
    NO_SESSION,
    Stretch,
    TimedClaim,
    session_path,
    stretches_of,
)
from eventstudy.minutes.claims.words import claim_words, stretches_words, together_words
from eventstudy.minutes.columns import COLUMNS
from eventstudy.minutes.lookup import Lookup
from eventstudy.minutes.record import MinuteRecord
from eventstudy.minutes.statements import statement_of
from eventstudy.minutes.tables import frame_of, moment

if TYPE_CHECKING:
    from eventstudy.events.cells import Claim
    from eventstudy.events.events import Event


@dataclass(frozen=True)
class TogetherClaims:
    """Claims of one event on one session, each against one level: when all were true.

    Parameters
    ----------
    event_id : str
        Whose claims.
    claims : tuple of TimedClaim
        One for each claim, each known in minutes.
    stretches : tuple of Stretch
        When all were true, ascending.
    """

    event_id: str
    claims: tuple[TimedClaim, ...]
    stretches: tuple[Stretch, ...]


def timed_claims(results: MinuteRecord, event_id: str | None = None) -> list[TimedClaim]:
    """Return every claim on every series of its asset, against every level.

    Parameters
    ----------
    results : MinuteRecord
        Statements measured in minutes.
    event_id : str, optional
        Claims of this event alone.
    """
    if event_id is not None:
        results.events.place(event_id)
    return [
        timed
        for event in results.events
        if event_id in (None, event.event_id)
        for claim in event.claims
        for name, bars in results.bars.series.items()
        if claim.asset in (name, bars.standing.proxy)
        for timed in _timed(results, event, claim, name, bars)
    ]


def _timed(
    results: MinuteRecord, event: Event, claim: Claim, name: str, bars: BarSeries
) -> Iterator[TimedClaim]:
    """Yield a claim on one series against each level."""
    lookup = _lookup(results, name)
    behind = results.bars.series.get(bars.standing.proxy)
    observed = _lookup(results, bars.standing.proxy) if behind is not None else None
    path = session_path(lookup, claim.session, observed)
    for level in levels_of(lookup, claim.session, statement_of(event, bars.zone), observed):
        reason = NO_SESSION if path is None else level.reason
        said = (bars.standing.kind, level, bars.standing.error, bars.length / 60)
        timed = TimedClaim(event.event_id, claim, name, *said, reason=reason)
        if path is None or level.reason:
            yield timed
            continue
        later = path.since(level.moment)
        if not len(later.end):
            yield replace(timed, reason="no bars after it")
            continue
        low, high = later.range
        yield replace(
            timed,
            low=low / level.price - 1,
            high=high / level.price - 1,
            closed=float(later.close[-1] / level.price - 1),
            stretches=stretches_of(later, level.price, claim),
            exact=bars.length <= COARSE,
        )


def _lookup(results: MinuteRecord, name: str) -> Lookup:
    """Return the bars of a series, measured or not."""
    if name in results.measured:
        return results.measured[name].lookup
    bars = results.bars[name]
    return Lookup(bars, results.windows.stale_seconds(bars.length))


def claims_together(results: MinuteRecord, event_id: str | None = None) -> list[TogetherClaims]:
    """Return when all claims of one event on one session were true, by their levels.

    Of each claim the series that are known in minutes count; an observed one goes before a proxy.
    Where claims are true together against no levels, one empty record says so.
    """
    groups: dict[tuple[str, object], dict[Claim, list[TimedClaim]]] = {}
    for timed in timed_claims(results, event_id):
        group = groups.setdefault((timed.event_id, timed.claim.session), {})
        group.setdefault(timed.claim, []).append(timed)
    records: list[TogetherClaims] = []
    for (name, _), claims in groups.items():
        chosen = [_best(timed) for timed in claims.values()]
        if len(chosen) < 2 or not all(chosen):
            continue
        combined = [
            TogetherClaims(name, combination, _common([one.stretches for one in combination]))
            for combination in product(*chosen)
        ]
        true = [one for one in combined if one.stretches]
        records += true or [TogetherClaims(name, combined[0].claims, ())]
    return records


def _best(timed: Sequence[TimedClaim]) -> list[TimedClaim]:
    """Return the claims on the best series: observed before others, known in minutes."""
    exact = [one for one in timed if one.exact]
    observed = [one for one in exact if one.kind == "observed"]
    first = (observed or exact)[:1]
    return [one for one in exact if first and one.series == first[0].series]


def _common(sets: Sequence[Sequence[Stretch]]) -> tuple[Stretch, ...]:
    """Return the stretches that all share, ends included."""
    common = list(sets[0])
    for others in sets[1:]:
        common = [
            Stretch(max(one.first, two.first), min(one.last, two.last), _how(one, two))
            for one in common
            for two in others
            if max(one.first, two.first) <= min(one.last, two.last)
        ]
    return tuple(dict.fromkeys(sorted(common, key=lambda one: (one.first, one.last))))


def _how(one: Stretch, two: Stretch) -> Any:
    """Return how a shared stretch is known: as its less certain one."""
    order = ("closes", "crossing", "bar", "bounds")
    return max(one.how, two.how, key=order.index)


def claims_frame(results: MinuteRecord, event_id: str | None = None) -> pd.DataFrame:
    """Return claims in time as a table; see `MinuteResults.claims_in_time`."""
    rows = [_row(results, timed) for timed in timed_claims(results, event_id)]
    return frame_of(rows, COLUMNS["minutes_claims"])


def _row(results: MinuteRecord, timed: TimedClaim) -> dict[str, Any]:
    zone, level = results.bars[timed.series].zone, timed.level
    return vars(timed) | {
        "asset": timed.claim.asset,
        "standing": timed.kind,
        "session": pd.Timestamp(timed.claim.session),
        "claimed": timed.claim.change,
        "level": level.name,
        "level_price": level.price,
        "level_time": moment(level.moment, zone),
        "given": level.given,
        "stretches": len(timed.stretches),
        "when": stretches_words(timed.stretches, zone),
        "words": claim_words(timed, zone, results.called),
    }


def together_frame(results: MinuteRecord, event_id: str | None = None) -> pd.DataFrame:
    """Return claims true together as a table; see `MinuteResults.claims_together`."""
    rows = []
    for record in claims_together(results, event_id):
        zone = results.bars[record.claims[0].series].zone
        there = record.stretches
        rows.append(
            {
                "event_id": record.event_id,
                "session": pd.Timestamp(record.claims[0].claim.session),
                "claims": tuple(one.claim.text for one in record.claims),
                "levels": tuple(one.level.name for one in record.claims),
                "series": tuple(one.series for one in record.claims),
                "first": moment(there[0].first, zone) if there else pd.NaT,
                "last": moment(there[-1].last, zone) if there else pd.NaT,
                "when": stretches_words(there, zone),
                "words": together_words(record.claims, there, zone, results.called),
            }
        )
    return frame_of(rows, COLUMNS["minutes_claims_together"])
