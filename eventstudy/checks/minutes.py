"""Checks of windows in minutes: what their bars and their ordinary days cannot carry."""

from __future__ import annotations

from collections.abc import Iterator

from eventstudy.checks.base import Check, Hit, Studied
from eventstudy.minutes.episodes import episodes_of
from eventstudy.words.catalogue import counted


def _bars(study: Studied) -> Iterator[Hit]:
    if study.results.minutes is not None:
        for finding in study.results.minutes.quality:
            if finding.severity != "note":
                yield Hit({"series": finding.asset, "text": finding.text})


def _few_days(study: Studied) -> Iterator[Hit]:
    if study.results.minutes is None:
        return
    car = study.results.minutes.car()
    for asset, rows in car[~car["valid"].astype(bool)].groupby("asset", sort=False):
        least = study.results.minutes.options.least
        values = {"asset": asset, "windows": counted(len(rows), "window"), "least": least}
        yield Hit({**values, "days": counted(int(rows["n"].min()), "day")})


def _together(study: Studied) -> Iterator[Hit]:
    minutes = study.results.minutes
    if minutes is None:
        return
    for asset, measured in minutes.measured.items():
        episodes = {
            each for each in episodes_of(measured, minutes.windows.lead).values() if each[1:]
        }
        if episodes:
            statements = counted(sum(map(len, episodes)), "statement")
            yield Hit({"asset": asset, "statements": statements, "episodes": len(episodes)})


CHECKS = (
    Check("bars", "warning", "3: bars whose prices or labels are doubtful", _bars),
    Check("few-ordinary-days", "warning", "5: a rank among too few days", _few_days),
    Check("statements-in-one-window", "note", "9: what else was said in these minutes", _together),
)
"""Checks of windows in minutes."""
