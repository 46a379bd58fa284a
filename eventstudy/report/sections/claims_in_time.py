"""Claimed moves by the minute: when they were true, how sure that is, and what came before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.minutes.claims.stretches import TimedClaim
from eventstudy.minutes.claims.table import claims_together, timed_claims
from eventstudy.minutes.claims.words import said_move, stretches_words
from eventstudy.minutes.clock_times import clock_words
from eventstudy.minutes.results import MinuteResults
from eventstudy.plots.minutes_claim import MinutesClaim, draw_minutes_claim, minutes_claim_data
from eventstudy.plots.minutes_source import label_of, short_label
from eventstudy.report.answer_words import listed
from eventstudy.report.charts import SHOWN, Chart
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import percent, size


def _context(report: ReportData, event: str) -> Context:
    minutes = report.results.minutes
    if minutes is None or not minutes.events[event].claims:
        return None
    timed = timed_claims(minutes, event)
    told = [one for one in timed if not one.reason]
    if not told:
        return None
    assets = list(dict.fromkeys(one.claim.asset for one in told))
    data = {asset: minutes_claim_data(minutes, event, asset) for asset in assets}
    return {
        "told": [_told(report, minutes, one, timed) for one in data.values()],
        "together": _together(report, minutes, event),
        "began": _began(report, minutes, event, data),
        "charts": [_chart(report, event, asset, one) for asset, one in data.items()],
        "notes": _notes(report, minutes, event, data),
        "rows": [_row(report, minutes, one) for one in timed],
    }


def _said(report: ReportData, timed: TimedClaim) -> str:
    """Return a claim, such as MOEX Russia Index −2.2 %."""
    asset = short_label(report.results, timed.claim.asset)
    return say("claims_in_time.said", asset=asset, move=said_move(timed))


def _source(report: ReportData, timed: TimedClaim) -> str:
    """Return by which bars a claim is told, with their name where it is not that of its asset."""
    series = short_label(report.results, timed.series)
    same = "_of_asset" if timed.series == timed.claim.asset and timed.kind != "observed" else ""
    key = f"claims_in_time.by_{timed.kind}{same}"
    return say(key, series=series, error=size(timed.error))


def _told(
    report: ReportData, minutes: MinuteResults, data: MinutesClaim, timed: Sequence[TimedClaim]
) -> str:
    """Return a paragraph on one claim: when it was true by which reading, and how it closed."""
    zone, first = minutes.bars[data.series].zone, data.claims[0]
    words = {"claim": _said(report, first), "by": _source(report, first)}
    sentences = [say("claims_in_time.claim", **words)]
    for one in data.claims:
        level = say(f"claims_in_time.level_{one.level.name}", price=f"{one.level.price:,.6g}")
        when = stretches_words(one.stretches, zone)
        key = "true" if when else "never"
        sentences.append(say(f"claims_in_time.{key}", level=level, when=when))
    sentences += _observed(report, minutes, first, timed)
    last = clock_words(int(data.path.end[-1]), zone)
    sentences.append(say("claims_in_time.ended", time=last, move=percent(first.closed)))
    return " ".join(sentences)


def _observed(
    report: ReportData, minutes: MinuteResults, proxy: TimedClaim, timed: Sequence[TimedClaim]
) -> Iterator[str]:
    """Yield what longer bars that were observed say of a claim that a proxy shows."""
    for one in timed:
        same = one.claim == proxy.claim and one.level.name == proxy.level.name
        if proxy.kind == "observed" or one.kind != "observed" or not same or one.reason:
            continue
        frame = minutes.bars.frame(one.series)
        of_day = frame[frame.index.date == one.claim.session]
        moves = (of_day["close"] / one.level.price - 1).to_numpy()
        beyond = np.flatnonzero(np.sign(one.claim.change) * (moves - one.claim.change) >= 0)
        hour = int(beyond[0]) if len(beyond) else -1
        if hour > 0:
            ends = of_day.index
            yield say(
                "claims_in_time.passed",
                before=f"{ends[hour - 1]:%H:%M}",
                was=percent(float(moves[hour - 1])),
                by=f"{ends[hour]:%H:%M}",
                move=percent(float(moves[hour])),
            )
        closed = percent(one.closed)
        series = short_label(report.results, one.series)
        yield say("claims_in_time.closed", series=series, move=closed)


def _together(report: ReportData, minutes: MinuteResults, event: str) -> list[str]:
    """Say when all claims were true together, by their levels; that there is none, if so."""
    sentences = []
    for record in claims_together(minutes, event):
        zone = minutes.bars[record.claims[0].series].zone
        claims = listed([_said(report, one) for one in record.claims])
        if not record.stretches:
            return [say("claims_in_time.none", claims=claims)]
        levels = [
            say(
                f"claims_in_time.from_{one.level.name}",
                asset=short_label(report.results, one.claim.asset),
            )
            for one in record.claims
        ]
        when = stretches_words(record.stretches, zone)
        sentences.append((record.stretches[0].first, listed(levels), when))
    if not sentences:
        return []
    head = say("claims_in_time.together", claims=claims)
    texts = [
        say("claims_in_time.reading", levels=at, when=when) for _, at, when in sorted(sentences)
    ]
    return [head, *texts]


def _began(
    report: ReportData, minutes: MinuteResults, event: str, data: Mapping[str, MinutesClaim]
) -> list[str]:
    """Say how much of each claimed move was there when the market began to move."""
    known = [minutes.onset(event, asset) for asset in minutes.assets]
    told = sorted((one for one in known if one.told), key=lambda one: one.bar)
    if not told:
        return []
    onset = told[0]
    zone = minutes.bars[onset.asset].zone
    texts = []
    for asset, one in data.items():
        place = int(np.searchsorted(one.path.end, onset.bar[0], side="right")) - 1
        if place >= 0:
            move = percent(float(one.path.close[place] / one.base - 1))
            name = short_label(report.results, asset)
            texts.append(say("claims_in_time.was_there", asset=name, move=move))
    if not texts:
        return []
    return [
        say(
            "claims_in_time.began",
            time=clock_words(onset.bar[0], zone),
            assets=", ".join(
                short_label(report.results, one.asset) for one in told if one.bar == onset.bar
            ),
            moves=listed(texts),
        )
    ]


def _notes(
    report: ReportData, minutes: MinuteResults, event: str, data: Mapping[str, MinutesClaim]
) -> list[tuple[str, str]]:
    """Return what a reader must know of the bars of claims, and of those that moved first."""
    first = [asset for asset in minutes.assets if minutes.onset(event, asset).told]
    names = dict.fromkeys([*(one.series for one in data.values()), *first])
    notes = [(name, "; ".join(minutes.bars[name].notes)) for name in names]
    return [(short_label(report.results, name), text) for name, text in notes if text]


def _chart(report: ReportData, event: str, asset: str, data: MinutesClaim) -> Chart:
    zone = report.results.minutes.bars[data.series].zone  # type: ignore[union-attr]  # it has bars
    table = pd.DataFrame(
        {
            "time": [clock_words(int(end), zone) for end in data.path.end],
            "price": data.path.close,
            "move": (data.path.close / data.base - 1).round(SHOWN),
            "error": data.path.error,
        }
    )
    label = say("claims_in_time.label", asset=label_of(report.results, asset))
    return Chart(draw_minutes_claim(report.results, event, asset, data), label, table)


def _row(report: ReportData, minutes: MinuteResults, timed: TimedClaim) -> Mapping[str, Any]:
    """Return a row of the table of readings: series, level, when."""
    zone = minutes.bars[timed.series].zone
    when = stretches_words(timed.stretches, zone) or say("claims_in_time.in_no_minute")
    return {
        "claim": _said(report, timed),
        "series": short_label(report.results, timed.series),
        "kind": say(f"claims_in_time.kind_{timed.kind}", error=size(timed.error)),
        "level": say(f"claims_in_time.short_{timed.level.name}"),
        "price": "" if timed.reason else f"{timed.level.price:,.6g}",
        "when": timed.reason or when,
        "range": "" if timed.reason else f"{percent(timed.low)} to {percent(timed.high)}",
    }


SECTION = Section("claims-in-time", _context)
