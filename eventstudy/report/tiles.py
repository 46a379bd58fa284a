"""Four results beside the figure of screen one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.report.answer_words import moved_by, short_name
from eventstudy.report.answers import LEVEL, Answer
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import date, p_value
from eventstudy.words.windows import window_name

if TYPE_CHECKING:
    from eventstudy.report.report_data import ReportData

MOST = 3
"""Rows of a tile."""


@dataclass(frozen=True)
class Tile:
    """One result.

    Parameters
    ----------
    name : str
        What it is.
    rows : tuple of (str, str)
        A label, which may be empty, and a number.
    note : str
        What a reader must know about it.
    strips : tuple of (float, float, float, float)
        Low, middle and high end of the interval of each row, and zero, in per cent of the width.
    """

    name: str
    rows: tuple[tuple[str, str], ...]
    note: str = ""
    strips: tuple[tuple[float, float, float, float], ...] = ()


def _labels(report: ReportData, answers: Sequence[Answer]) -> list[str]:
    """Return the shortest names that tell these answers apart."""
    groups = {answer.group for answer in answers}
    assets = {answer.asset for answer in answers}
    if len(answers) == 1:
        return [""]
    if len(assets) == len(answers) or len(groups) == 1:
        return [short_name(report.results, answer.asset) for answer in answers]
    return [
        say("answer.label", group=a.group, asset=short_name(report.results, a.asset))
        for a in answers
    ]


def _strips(answers: Sequence[Answer]) -> tuple[tuple[float, float, float, float], ...]:
    """Place intervals on one scale, in per cent of its width."""
    ends = [(answer.low, answer.mean, answer.high) for answer in answers]
    if not ends or not np.isfinite(ends).all():
        return ()
    low, high = min(0.0, *(e[0] for e in ends)), max(0.0, *(e[2] for e in ends))
    width = (high - low) or 1.0
    zero = round(-100 * low / width, 1)
    places = [[round(100 * (end - low) / width, 1) for end in interval] for interval in ends]
    return tuple((first, middle, last, zero) for first, middle, last in places)


def _shown(report: ReportData) -> list[Answer]:
    """Return the answers that have room: those that lead."""
    return list(report.answers.leading[:MOST])


def _together(report: ReportData) -> Tile | None:
    """Say what is left when all are counted together."""
    frame = report.family
    if frame is None or frame.empty:
        answers = report.answers.groups
        if len(answers) == 1:
            return None  # there is nothing to count it with
        kept = sum(answer.counted <= LEVEL for answer in answers)
        rows = (("", say("tiles.of", count=f"{kept:,}", total=f"{len(answers):,}")),)
        return Tile(say("tiles.together_groups"), rows, say("tiles.together_groups_note"))
    if len(frame) == 1:
        return None  # there is nothing to count it with
    left = frame[frame["p_romano_wolf"] <= LEVEL]
    floor = float(frame["least_romano_wolf"].min()) > LEVEL
    key = "floor" if floor else "some" if len(left) else "none"
    name = say("tiles.together", total=len(frame))
    return Tile(name, (("", str(len(left))),), say(f"tiles.together_{key}"))


def _before(report: ReportData, answers: Sequence[Answer]) -> Tile | None:
    """Say whether the days before the one event were unusual."""
    rows: list[tuple[str, str, float]] = []
    for answer, label in zip(answers, _labels(report, answers), strict=True):
        if answer.strongest is not None:
            event_id, asset = answer.strongest.event_ids[0], answer.strongest.asset
            rows += [
                (label, say("tiles.p", p=p_value(row.p)), row.p)
                for row in report.rows("days_before", event_id, asset=asset)
                if row.p == row.p
            ]
    if not rows:
        return None
    unusual = any(p <= LEVEL for _, _, p in rows)
    note = say("tiles.before_unusual" if unusual else "tiles.before_calm")
    return Tile(say("tiles.before"), tuple(row[:2] for row in rows), note)


def _strongest(report: ReportData) -> Tile | None:
    """Name the strongest event."""
    answers = [answer for answer in _shown(report) if answer.strongest is not None]
    if not answers:
        return None
    answer = max(answers, key=lambda a: (a.strongest.p <= LEVEL, abs(a.strongest.move)))  # type: ignore[union-attr]
    strongest = answer.strongest
    assert strongest is not None
    events = [report.events[name].title for name in strongest.event_ids]
    more = say("answer.and_more", more=len(events) - 1) if events[1:] else ""
    name = short_name(report.results, strongest.asset)
    note = say("tiles.strongest_note", title=events[0] + more, date=date(strongest.day0))
    return Tile(say("tiles.strongest"), ((name, moved_by(strongest.move)),), note)


def _tiles(report: ReportData) -> Iterator[Tile | None]:
    answers = _shown(report)
    labels = _labels(report, answers)
    window = window_name(report.results.windows.lead)
    single = all(answer.single for answer in answers)
    means = tuple((n, moved_by(a.mean)) for n, a in zip(labels, answers, strict=True))
    key = "tiles.move" if single else "tiles.mean"
    yield Tile(say(key, window=window), means, "", _strips(answers))
    if single:
        told = [(n, _spans(report, a)) for n, a in zip(labels, answers, strict=True)]
        yield Tile(say("tiles.among"), tuple(told), "")
        yield _together(report)
        yield _before(report, answers)
        return
    counts = tuple(
        (n, say("tiles.of", count=f"{a.standing_out:,}", total=f"{a.ranked:,}"))
        for n, a in zip(labels, answers, strict=True)
    )
    chance = [max(round(answer.by_chance), 1) for answer in answers]
    low, high = min(chance), max(chance)
    key = "tiles.chance" if len(answers) > 1 else "tiles.chance_one"
    note = say(key, count=str(low) if low == high else f"{low}–{high}")
    yield Tile(say("tiles.stand_out"), counts, note)
    yield _together(report)
    yield _strongest(report)


def _spans(report: ReportData, answer: Answer) -> str:
    """Say how many ordinary spans moved as much as the one event."""
    if answer.strongest is None:
        return say("tiles.none")
    for told in report.answers.event(answer.strongest.event_ids[0]):
        if told.asset == answer.strongest.asset:
            return say("tiles.in", count=told.larger, total=told.ordinary)
    return say("tiles.none")


def tiles(report: ReportData) -> list[Tile]:
    """Return the results beside the figure; none without a measured event.

    Parameters
    ----------
    report : ReportData
        The study.
    """
    if not report.answers.groups:
        return []
    return [tile for tile in _tiles(report) if tile is not None]
