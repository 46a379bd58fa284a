"""What to doubt about one event: three in plain words, the rest and the checks' words folded."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from eventstudy.checks import Objection
from eventstudy.report.answer_words import asset_name, capital
from eventstudy.report.answers import simple
from eventstudy.report.concerns import Concern, concern
from eventstudy.report.formats import plain_date
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.report.sections.around import overlapping
from eventstudy.report.sections.day0 import candidates
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import percent

MOST_SHOWN = 3
"""Doubts that are written out."""


def _doubt(name: str, **values: object) -> Concern:
    return concern(f"doubts.{name}", **values)


def _shared(report: ReportData, event: str, asset: str) -> Concern:
    (row,) = report.rows("alignment", event, asset=asset)
    return _doubt("shared", events=len(row.shares_session_with) + 1, day=plain_date(row.day0))


def _news(report: ReportData, event: str, _asset: str) -> Concern:
    return _doubt("news", what=report.events[event].confounders)


def _day(report: ReportData, event: str, asset: str) -> Concern:
    (row,) = report.rows("alignment", event, asset=asset)
    return _doubt("day", first=plain_date(row.day0), last=plain_date(row.day0_latest))


def _larger(report: ReportData, event: str, asset: str) -> Concern:
    window = report.results.windows.lead
    days = {row.session for row in candidates(report, event, asset)}
    rows = [row for row in report.rows("ewma_sq", event, asset=asset) if row.z == row.z]
    others = [r for r in rows if r.session not in days and not window[0] <= r.tau <= window[1]]
    row = max(others, key=lambda other: abs(other.z))
    return _doubt(
        "larger",
        asset=asset_name(report.results, asset),
        day=plain_date(row.session),
        move=percent(simple(report.results, row.ar), 1),
    )


def _leak(report: ReportData, event: str, asset: str) -> Concern:
    (row,) = report.rows("days_before", event, asset=asset)
    return _doubt(
        "leak",
        asset=asset_name(report.results, asset),
        days=counted(-row.start, "market_day"),
        move=percent(simple(report.results, row.car), 1),
    )


def _restless(report: ReportData, event: str, asset: str) -> Concern | None:
    (row,) = report.rows("estimation", event, asset=asset)
    if not row.sigma_ratio > 1:
        return None
    name = asset_name(report.results, asset)
    return _doubt("restless", asset=name, ratio=f"{row.sigma_ratio:.1f}")


def _claimed(report: ReportData, event: str, asset: str) -> Concern:
    claims = [c for c in report.claims if (c.event_id, c.asset) == (event, asset)]
    claim = next(c for c in claims if c.supporting is None)
    return _doubt("claimed", claimed=percent(claim.claimed), words=claim.words)


PLAIN: dict[str, Callable[[ReportData, str, str], Concern | None]] = {
    "shared-session": _shared,
    "confounders": _news,
    "window-misses-day0": _day,
    "neighbours": _larger,
    "leakage": _leak,
    "claims": _claimed,
    "volatility-regime": _restless,
}
"""Checks whose objections to an event have plain words, by how much they would change."""


def plain_doubts(report: ReportData, event: str) -> Iterator[Concern]:
    """Yield what is to doubt about an event in plain words, the gravest first."""
    objections: dict[str, Objection] = {}
    for objection in report.objections_here.get(event, []):
        objections.setdefault(objection.check, objection)
    for check, words in PLAIN.items():
        if check in objections:
            asset = objections[check].where.asset or report.measured(event)[0]
            if doubt := words(report, event, asset):
                yield doubt
        elif check == "shared-session" and (near := overlapping(report, event)):
            yield _doubt("near", events=capital(counted(len(near), "other_event")))


def _context(report: ReportData, event: str) -> Context:
    if not report.measured(event):
        return None
    doubts = list(plain_doubts(report, event))
    objections = report.objections_here.get(event, [])
    if not doubts and not objections:
        return {"first": [], "rest": [], "objections": [], "nothing": say("doubts.none")}
    first, rest = doubts[:MOST_SHOWN], doubts[MOST_SHOWN:]
    return {"first": first, "rest": rest, "objections": objections, "nothing": ""}


SECTION = Section("doubts", _context)
