"""Checks of price series: what their findings mean for the study, splits, regimes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from eventstudy.checks.base import Check, Hit, Studied
from eventstudy.prices import Prices
from eventstudy.results import only
from eventstudy.words.catalogue import counted
from eventstudy.words.numbers import share

STALE = ("stale-run", "filled-day")
CLOCK = ("clock-difference",)
CHECKED = (*STALE, *CLOCK, "window-gap", "closure")
"""Kinds of findings that have a check of their own."""
ZEROS = 0.1
"""Share of estimation returns that are exactly zero."""


def _findings(study: Studied, kinds: Iterable[str]) -> Iterator[Hit]:
    wanted = set(kinds)
    for finding in study.results.quality:
        if finding.kind in wanted and finding.severity != "note":
            values = {"series": finding.asset or "several", "text": finding.text}
            yield Hit(values, asset=study.series(finding.asset))


def _stale(study: Studied) -> Iterator[Hit]:
    listed = list(_findings(study, STALE))
    yield from listed
    named = {hit.values["series"] for hit in listed}
    abnormal = study.results.abnormal
    for asset, data in study.results.data.items():
        rows = study.sound[abnormal.assets[study.sound] == asset]
        if not len(rows) or asset in named:
            continue
        days = abnormal.estimation_dates[rows]
        inside = np.isin(data.calendar.sessions, days[~np.isnat(days)])
        zero = float((data.returns[inside] == 0).mean())
        if zero > ZEROS:
            text = f"{share(zero)} of the estimation returns are exactly zero"
            yield Hit({"series": asset, "text": text}, asset=asset)


def _others(study: Studied) -> Iterator[Hit]:
    yield from _findings(study, {f.kind for f in study.results.quality} - set(CHECKED))


def _splits(study: Studied) -> Iterator[Hit]:
    abnormal = study.results.abnormal
    for event_id, asset, row in study.observations:
        days = study.splits[asset]
        if not len(days):
            continue
        episode = abnormal.rows(np.array([row]))
        estimation = episode.estimation_dates[0]
        first, last = estimation[~np.isnat(estimation)][0], np.nanmax(episode.dates[0])
        inside = days[(days >= first) & (days <= last)]
        if len(inside):
            yield Hit({"asset": asset, "day": inside[0]}, event_id, asset)


def _price_index(study: Studied) -> Iterator[Hit]:
    for asset in study.results.assets:
        if _named(study, asset, r"IMOEX|RTSI|\^?GSPC|STOXX50E?|FTSE"):
            yield Hit({"asset": asset}, asset=asset)


def _named(study: Studied, asset: str, pattern: str) -> bool:
    """Whether the name of a series, or the symbol of its source, is among some."""
    prices = study.results.prices
    symbol = prices.provenance[asset].symbol if isinstance(prices, Prices) else ""
    match = re.compile(rf"(?<![A-Z])(?:{pattern})(?![A-Z])", re.IGNORECASE)
    return bool(match.search(asset) or match.search(symbol))


MOSCOW = r"IMOEX2?|MOEX|MCFTR|RTSI|\w+\.ME"
RUBLE = r"RUB(?:USD|EUR|CNY)?|(?:USD|EUR|CNY)RUB|USD000UTSTOM|RUB=X"


@dataclass(frozen=True)
class Regime:
    """A stretch of time in which the prices of some series were not those of a free market.

    Parameters
    ----------
    name : str
        Name of its check.
    series : str
        Pattern of the series' names and symbols.
    first, last : date
        Its first and last day.
    """

    name: str
    series: str
    first: dt.date
    last: dt.date

    def find(self, study: Studied) -> Iterator[Hit]:
        """Find the assets with an estimation or event window that reaches into it."""
        abnormal = study.results.abnormal.rows(study.sound)
        low, high = np.datetime64(self.first, "D"), np.datetime64(self.last, "D")
        for asset in study.results.assets:
            rows = abnormal.assets == asset
            if not rows.any() or not _named(study, asset, self.series):
                continue
            dates = np.hstack([abnormal.estimation_dates[rows], abnormal.dates[rows]])
            touched = int(((dates >= low) & (dates <= high)).any(axis=1).sum())
            touched += self._left_out(study, asset)
            if touched:
                values = {"asset": asset, "episodes": counted(touched, "observation")}
                yield Hit(values, asset=asset)

    def _left_out(self, study: Studied, asset: str) -> int:
        """Events of these days that could not be measured."""
        left = study.results.left_out
        lost = set(only(left[left["start"].isna()], asset=asset)["event_id"])
        return sum(
            self.first <= event.date <= self.last
            for event in study.results.events
            if event.event_id in lost
        )


FOREVER = dt.date(9999, 12, 31)
REGIMES = (
    Regime("regime-moex-closed", MOSCOW, dt.date(2022, 2, 28), dt.date(2022, 3, 23)),
    Regime("regime-moex-restricted", MOSCOW, dt.date(2022, 3, 24), FOREVER),
    Regime("regime-capital-controls", RUBLE, dt.date(2022, 2, 28), FOREVER),
    Regime("regime-no-exchange-rate", RUBLE, dt.date(2024, 6, 13), FOREVER),
    Regime("regime-managed-float", RUBLE, dt.date(1999, 1, 1), dt.date(2014, 11, 9)),
)
"""Regimes of Russian markets that no statistic reveals; a new one is added here."""


def _ecb_ended(study: Studied) -> Iterator[Hit]:
    prices = study.results.prices
    if not isinstance(prices, Prices):
        return
    end = dt.date(2022, 3, 1)
    ended = [
        asset
        for asset in study.results.assets
        if prices.provenance[asset].source == "ecb" and "RUB" in prices.provenance[asset].symbol
    ]
    late = sum(event.date > end for event in study.results.events) if ended else 0
    for asset in ended:
        if late:
            yield Hit({"asset": asset, "events": counted(late, "event")}, asset=asset)


def _of_kinds(*kinds: str) -> Callable[[Studied], Iterable[Hit]]:
    return lambda study: _findings(study, kinds)


CHECKS = (
    Check("stale-prices", "warning", "15: forward-filled holidays", _stale),
    Check("clock-difference", "warning", "15: S&P close as same-day factor", _of_kinds(*CLOCK)),
    Check("prices", "warning", "2, 3", _others),
    Check("gap-in-window", "warning", "3; 15: multi-day gaps", _of_kinds("window-gap")),
    Check("split", "error", "15: splits and dividends", _splits, local=True),
    Check("price-index", "note", "15: dividends on ex-date", _price_index),
    *(Check(regime.name, "warning", "15", regime.find) for regime in REGIMES),
    Check("regime-ecb-ruble-ended", "warning", "15", _ecb_ended),
)
"""Checks of price series."""
