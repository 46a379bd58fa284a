"""Checks of dates: where day 0 falls, what shares it, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator

from eventstudy.analysis.statement_days import campaigns
from eventstudy.checks.base import Check, Hit, Studied
from eventstudy.inference.router import FEW_DATES
from eventstudy.words.catalogue import counted

FEWEST = 20
"""Episodes below which an average says little about a typical event."""
CROWDED, WEEKS = 0.5, 20
"""Share of sessions with a statement, and sessions from which it is judged."""


def _uncertain(study: Studied) -> Iterator[Hit]:
    frame = study.results.alignment
    for asset, rows in frame[frame["day0"].notna()].groupby("asset", sort=False):
        unsure = int((~rows["certain"]).sum())
        if 2 * unsure > len(rows):
            values = {"asset": asset, "n": unsure, "total": counted(len(rows), "event")}
            yield Hit(values, asset=str(asset), of=unsure)


def _missed(study: Studied) -> Iterator[Hit]:
    abnormal = study.results.abnormal.rows(study.sound)
    covered = abnormal.covers_day0(study.results.windows.lead)
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
    alignments = study.results.alignments
    for item in alignments.where(alignments.partly):
        yield Hit({"asset": item.asset}, ids[item.event], item.asset)


def _shared(study: Studied) -> Iterator[Hit]:
    for event_id, asset, row in study.observations:
        members = study.results.members[row]
        if len(members) > 1:
            values = {"asset": asset, "events": counted(len(members), "event")}
            yield Hit(values, event_id, asset)


def _confounded(study: Studied) -> Iterator[Hit]:
    for event in study.results.events:
        if event.confounders.strip():
            yield Hit({"what": event.confounders.strip()[:200]}, event.event_id)


def _dense(study: Studied) -> Iterator[Hit]:
    if not study.few_series:
        return
    for weeks in campaigns(study.results):
        if weeks.share > CROWDED and weeks.sessions >= WEEKS:
            values = {"asset": weeks.asset, "n": weeks.with_statement, "total": weeks.sessions}
            yield Hit(values, asset=weeks.asset)


def _kind(n: int, dates: int) -> str:
    """Return the name of the check that objects to so few episodes or dates, if one does."""
    if n == 1:
        return "single-event"
    if n > 1 and dates == 1:
        return "one-date"
    if 1 < dates < FEW_DATES:
        return "few-dates"
    return "few-episodes" if FEW_DATES <= n < FEWEST else ""


def _few(name: str, point: str) -> Check:
    def find(study: Studied) -> Iterator[Hit]:
        for row in study.primary_situations.itertuples():
            if _kind(row.n, row.dates) == name:
                yield study.of_level(row, n=row.n, dates=row.dates)

    return Check(name, "warning", point, find)


CHECKS = (
    Check("uncertain-day0", "warning", "2", _uncertain),
    Check("window-misses-day0", "warning", "15: statement on the wrong day", _missed, local=True),
    Check("no-clock", "warning", "2", _clockless),
    Check("inside-averaging", "warning", "2", _partly, local=True),
    Check("shared-session", "warning", "9", _shared, local=True),
    Check("confounders", "warning", "9", _confounded, local=True),
    Check("dense-calendar", "warning", "13", _dense),
    _few("single-event", "5"),
    _few("one-date", "5; 15: G = 1 through correlated firms"),
    _few("few-dates", "5"),
    _few("few-episodes", "5"),
)
"""Checks of dates."""
