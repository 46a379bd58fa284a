"""The answer of a study in words: the finding as a title, its badge, a line for each verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.design.groups import ALL_EVENTS
from eventstudy.report.answers import Answer, EventAnswer, Verdict, common_verdict
from eventstudy.report.formats import ISO
from eventstudy.results import ALL_ASSETS, EventStudyResults
from eventstudy.results.left_out import LeftOut, left_out
from eventstudy.words.catalogue import counted, say, say_of
from eventstudy.words.numbers import date, level, percent, size
from eventstudy.words.windows import window_phrase

if TYPE_CHECKING:
    from eventstudy.report.report_data import ReportData

MOST_NAMED = 3
"""Assets and groups that a title names; of more it says how many."""
MOST_LETTERS = 150
"""Of a title; further groups are in the lines below it."""


@dataclass(frozen=True)
class Finding:
    """The answer in one sentence.

    Parameters
    ----------
    title : str
        The finding.
    verdict : str or None
        What all answers come to; None when they differ or there is none.
    """

    title: str
    verdict: Verdict | None


@dataclass(frozen=True)
class VerdictLine:
    """One answer in a line.

    Parameters
    ----------
    label : str
        Group and asset.
    mean, interval, shown : str
        Its mean move, the interval in words, and what would have shown.
    verdict : str
        Its verdict.
    """

    label: str
    mean: str
    interval: str
    shown: str
    verdict: Verdict


def listed(words: Sequence[str]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    return say("answer.and", first=", ".join(words[:-1]), last=words[-1]) if words[1:] else words[0]


def asset_name(results: EventStudyResults, asset: str) -> str:
    """Return the short name of an asset: its label up to the first comma."""
    if asset == ALL_ASSETS:
        return say("answer.all_assets")
    return results.about.asset(asset).label.split(",")[0]


def labelled(results: EventStudyResults, group: str, asset: str) -> str:
    """Return the name of a group on an asset, such as "Statements, Ruble"."""
    name = asset_name(results, asset)
    name = say("answer.of_all_assets") if asset == ALL_ASSETS else name
    return say("answer.label", group=capital(group), asset=name)


def subject(results: EventStudyResults, asset: str) -> str:
    """Return an asset as the subject of a sentence, such as "the ruble"."""
    if asset == ALL_ASSETS:
        return say("answer.prices")
    words = results.about.asset(asset)
    rise, fall = (text.rsplit(" ", 1)[0] for text in (words.up, words.down))
    return rise if rise == fall else asset_name(results, asset)


def short_name(results: EventStudyResults, asset: str) -> str:
    """Return an asset in a word or two, such as "ruble"."""
    return subject(results, asset).removeprefix(say("answer.article"))


def moved(results: EventStudyResults, asset: str, move: float) -> str:
    """Say which way an asset moved, such as "the ruble weakened"."""
    if asset == ALL_ASSETS:
        return say("answer.rose" if move >= 0 else "answer.fell")
    words = results.about.asset(asset)
    return words.up if move >= 0 else words.down


def moved_far(results: EventStudyResults, asset: str, move: float, digits: int = 2) -> str:
    """Say which way an asset moved and how far, such as "the ruble weakened by 2.74 %"."""
    return say("words.by", moved=moved(results, asset, move), size=size(abs(move), digits))


def moved_by(move: float) -> str:
    """Return a move such as −2.74 %; of large ones one decimal."""
    return percent(move, 1 if abs(move) >= 0.1 else 2)


def capital(text: str) -> str:
    """Return a text with a capital first letter."""
    return text[:1].upper() + text[1:]


def interval_words(results: EventStudyResults, low: float, high: float) -> str:
    """Return an interval such as "95 %: −7.18 % to +1.69 %"; that there is none, if so."""
    if np.isnan(low) or np.isnan(high):
        return say("answer.no_interval")
    if not np.isfinite(high - low):
        return say("answer.no_bound")
    confidence = level(results.options.confidence)
    return say("answer.interval", level=confidence, low=percent(low), high=percent(high))


def _days_of(group: str) -> str:
    return say("answer.all_days") if group == ALL_EVENTS else say("answer.days_of", group=group)


def _moves(
    report: ReportData, singles: Sequence[EventAnswer], first: str = "answer.first_single"
) -> str:
    """Say how far one event moved each asset, and how many ordinary spans did."""
    results, window = report.results, window_phrase(report.results.windows.lead)
    texts = []
    for place, single in enumerate(singles):
        text = moved_far(results, single.asset, single.move, 1)
        key = "answer.single" if place else first
        texts.append(say(key, moved=text, window=window, span=spans(single)))
    return "; ".join(texts)


def _single(report: ReportData, answer: Answer) -> list[EventAnswer]:
    """Return what is said of the only episode of an answer."""
    if answer.strongest is None:
        return []
    event_id, asset = answer.strongest.event_ids[0], answer.strongest.asset
    return [single for single in report.answers.event(event_id) if single.asset == asset]


def spans(single: EventAnswer) -> str:
    """Say how many ordinary spans moved as much as an event did."""
    key = "spans" if single.larger else "spans_none"
    return say(f"answer.{key}", larger=single.larger, ordinary=single.ordinary)


def _ordinary(single: EventAnswer) -> str:
    key = "answer.line_spans" if single.larger else "answer.line_none"
    return say(key, larger=single.larger, ordinary=single.ordinary)


def _clause(report: ReportData, verdict: Verdict, answers: Sequence[Answer]) -> str:
    """Say what the answers of one group with one verdict come to."""
    results = report.results
    days = _days_of(answers[0].group)
    if all(answer.single for answer in answers):
        singles = [single for answer in answers for single in _single(report, answer)]
        if not singles:
            return say("answer.no_mean", days=days, but=_but(answers))
        text = _moves(report, singles)
        return text if verdict != "cannot be told" else f"{text}{_but(answers)}"
    if verdict == "not detected":
        subjects = [subject(results, answer.asset) for answer in answers]
        pair = {"first": subjects[0], "second": subjects[-1]}
        key = "neither" if len(subjects) == 2 else "not_detected"
        return say(f"answer.{key}", assets=listed(subjects), days=days, **pair)
    averaged = [a for a in answers if a.mean == a.mean]  # not NaN
    if verdict == "detected":
        moves = [moved_far(results, answer.asset, answer.mean, 1) for answer in averaged]
        return say("answer.detected", moves=listed(moves), days=days)
    moves = [moved(results, answer.asset, answer.mean) for answer in averaged]
    if not moves:
        return say("answer.no_mean", days=days, but=_but(answers))
    return say("answer.untold", moves=listed(moves), days=days, but=_but(answers))


def _but(answers: Sequence[Answer]) -> str:
    return say("answer.but", why=say(f"answer.because_{answers[0].why}"))


def _of_group(report: ReportData, answers: Sequence[Answer]) -> str:
    """Say what one group comes to; of many assets, how many moved."""
    if len(answers) > MOST_NAMED:
        moving = sum(answer.verdict == "detected" for answer in answers)
        key = "many" if moving else "many_none"
        days = _days_of(answers[0].group)
        return say(f"answer.{key}", moving=moving, assets=len(answers), days=days)
    if all(answer.single for answer in answers):
        return _clause(report, answers[0].verdict, answers)
    parts = []
    for verdict in dict.fromkeys(answer.verdict for answer in answers):
        alike = [answer for answer in answers if answer.verdict == verdict]
        parts.append(_clause(report, verdict, alike))
    return "; ".join(parts)


def finding(report: ReportData) -> Finding:
    """Return the answer of a study in one sentence, with what it comes to.

    Parameters
    ----------
    report : ReportData
        The study.
    """
    answers = report.answers.groups
    if not answers:
        return Finding(_nothing(report), None)
    groups = list(dict.fromkeys(answer.group for answer in answers))
    clauses = [
        _of_group(report, [answer for answer in answers if answer.group == group])
        for group in groups[:MOST_NAMED]
    ]
    while len(clauses) > 1 and len("; ".join(clauses)) > MOST_LETTERS:
        clauses.pop()
    return Finding(capital("; ".join(clauses)), common_verdict(answers))


def _nothing(report: ReportData) -> str:
    """Say why nothing was measured."""
    results = report.results
    left = left_out(results)
    if report.waiting:
        days = [item.day for item in left if item.day is not None]
        return say("answer.pending", date=date(pd.Timestamp(min(days))))
    kinds = _kinds(left)
    number = len(results.events)
    reason = _reason(*kinds[0][:2], number) if len(kinds) == 1 else ""
    return say_of("answer.nothing", number, events=counted(number, "event"), reason=reason)


KINDS = {
    "series ended": "ends",
    "before the prices": "begins",
    "few returns": "too_few",  # the table of what was left out says how many there are
}
"""Causes that a title has words of its own for."""


def _kinds(left: Iterable[LeftOut]) -> list[tuple[str, str, int]]:
    """Return why nothing was measured, the day that it names, and of how many events."""
    events: dict[tuple[str, str], set[str]] = {}
    for item in (item for item in left if item.cause != "no variance"):
        name, day = KINDS.get(item.cause, item.reason), str(item.day or "")
        events.setdefault((name, day), set()).add(item.event_id)
    ordered = sorted(events.items(), key=lambda item: (-len(item[1]), item[0]))
    return [(name, day, len(members)) for (name, day), members in ordered]


def _reason(name: str, day: str, number: int) -> str:
    """Say why events were not measured, as it follows their number."""
    if name in KINDS.values():
        return say_of(f"answer.{name}", number, date=date(pd.Timestamp(day)) if day else "")
    return ": " + ISO.sub(lambda match: date(pd.Timestamp(match[0])), name)


def why_nothing(report: ReportData) -> str:
    """Say what becomes of events none of which was measured."""
    if report.waiting:
        return say("answer.still_to_come", events=counted(len(report.results.events), "event"))
    kinds = _kinds(left_out(report.results))
    if len(kinds) == 1:
        return say("answer.each_left")
    parts = [
        say("answer.of_kind", events=counted(n, "event"), reason=_reason(name, day, n))
        for name, day, n in kinds[:MOST_NAMED]
    ]
    return say("answer.each_kind", kinds="; ".join(parts))


def verdict_lines(report: ReportData, answers: Iterable[Answer]) -> list[VerdictLine]:
    """Return one line for each answer.

    Parameters
    ----------
    report : ReportData
        The study.
    answers : iterable of Answer
        Which ones.
    """
    results = report.results
    several = len({answer.group for answer in report.answers.groups}) > 1
    lines = []
    for answer in answers:
        name = asset_name(results, answer.asset)
        label = labelled(results, answer.group, answer.asset) if several else name
        shown = ""
        if answer.single:
            shown = "".join(_ordinary(single) for single in _single(report, answer))
        elif np.isfinite(answer.shown) and not answer.low <= 0 <= answer.high:
            shown = say("answer.excludes")
        elif np.isfinite(answer.shown):
            key = "answer.shown" if several else "answer.mean_shown"
            shown = say(key, size=size(answer.shown, 1))
        interval = interval_words(results, answer.low, answer.high)
        lines.append(VerdictLine(label, moved_by(answer.mean), interval, shown, answer.verdict))
    return lines


def event_finding(report: ReportData, event_id: str) -> Finding:
    """Return the answer of one event in one sentence, with what it comes to.

    Parameters
    ----------
    report : ReportData
        The study.
    event_id : str
        The event.
    """
    answers = report.answers.event(event_id)
    if not answers:
        return Finding(say("answer.event_none"), None)
    text = _moves(report, answers[:MOST_NAMED], "answer.event_single")
    reasons = dict.fromkeys(answer.why for answer in answers if answer.why)
    if reasons:
        rows = report.rows("alignment", event_id)
        others = {name for row in rows for name in row.shares_session_with}
        reason = next(iter(reasons))
        key = "shared_one" if reason == "shared" and len(others) == 1 else reason
        why = say(f"answer.event_{key}", others=counted(len(others), "other_event"))
        text = f"{text}. {why}"
    return Finding(capital(text), common_verdict(answers))
