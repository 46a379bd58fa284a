"""Checks of dates: where day 0 falls, what shares it, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator

from eventstudy.analysis.statement_days import campaigns
from eventstudy.checks.base import Check, Hit, Studied, real_asset
from eventstudy.inference.router import FEW_DATES
from eventstudy.settings import FEW_SERIES
from eventstudy.words.catalogue import counted

FEWEST = 20
"""Episodes below which an average says little about a typical event."""
CROWDED, WEEKS = 0.5, 20
"""Share of sessions with a statement, and sessions from which it is judged."""


def _uncertain(study: Studied) -> Iterator[Hit]:
    frame = study.results.alignment
    for asset, own in frame[frame["day0"].notna()].groupby("asset", sort=False):
        unsure = int((~own["certain"]).sum())
        if 2 * unsure > len(own):
            values = {"asset": asset, "n": unsure, "total": counted(len(own), "event")}
            yield Hit(values, asset=str(asset))


def _missed(study: Studied) -> Iterator[Hit]:
    part = study.results.abnormal.rows(study.sound)
    covered = part.covers_day0(study.results.windows.lead)
    yield from study.flagged(~covered, lambda _: {})


def _clockless(study: Studied) -> Iterator[Hit]:
    clocks = study.results.prices.clocks
    without = [asset for asset in study.results.assets if clocks.get(asset) is None]
    timed = sum(event.time is not None for event in study.results.events)
    if without:
        names = ", ".join(without[:5]) + (f" (+ {len(without) - 5})" if len(without) > 5 else "")
        yield Hit({"assets": names, "events": counted(timed, "event")})


def _partly(study: Studied) -> Iterator[Hit]:
    ids = study.results.events.event_ids
    for item in study.results.alignments:
        if item.partly:
            yield Hit({"asset": item.asset}, ids[item.event], item.asset)


def _shared(study: Studied) -> Iterator[Hit]:
    for own in study.observations:
        members = study.results.members[own.row]
        if len(members) > 1:
            values = {"asset": own.asset, "events": counted(len(members), "event")}
            yield Hit(values, own.event_id, own.asset)


def _confounded(study: Studied) -> Iterator[Hit]:
    for event in study.results.events:
        if event.confounders.strip():
            yield Hit({"what": event.confounders.strip()[:200]}, event.event_id)


def _dense(study: Studied) -> Iterator[Hit]:
    if len(study.results.assets) > FEW_SERIES:
        return
    for own in campaigns(study.results):
        if own.share > CROWDED and own.sessions >= WEEKS:
            values = {"asset": own.asset, "n": own.with_statement, "total": own.sessions}
            yield Hit(values, asset=own.asset)


def _few(study: Studied, kind: str) -> Iterator[Hit]:
    for row in study.situations.itertuples():
        found = ""
        if row.n == 1:
            found = "single-event"
        elif row.n > 1 and row.dates == 1:
            found = "one-date"
        elif 1 < row.dates < FEW_DATES:
            found = "few-dates"
        elif FEW_DATES <= row.n < FEWEST:
            found = "few-episodes"
        if found == kind:
            values = {"group": row.group, "asset": row.asset, "n": row.n, "dates": row.dates}
            yield Hit(values, asset=real_asset(study, row.asset))


CHECKS = (
    Check("uncertain-day0", "warning", "2", _uncertain),
    Check(
        "window-misses-day0",
        "warning",
        "15: statement on the wrong day",
        _missed,
        local=True,
    ),
    Check("no-clock", "warning", "2", _clockless),
    Check("inside-averaging", "warning", "2", _partly, local=True),
    Check("shared-session", "warning", "9", _shared, local=True),
    Check("confounders", "warning", "9", _confounded, local=True),
    Check("dense-calendar", "warning", "13", _dense),
    Check("single-event", "warning", "5", lambda study: _few(study, "single-event")),
    Check(
        "one-date",
        "warning",
        "5; 15: G = 1 through correlated firms",
        lambda study: _few(study, "one-date"),
    ),
    Check("few-dates", "warning", "5", lambda study: _few(study, "few-dates")),
    Check("few-episodes", "warning", "5", lambda study: _few(study, "few-episodes")),
)
"""Checks of dates."""
