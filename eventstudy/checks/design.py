"""Checks of the design: direction, controls, selection, leaks, neighbours, claims."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from eventstudy.analysis.claims import check_claims
from eventstudy.checks.base import RARE, Check, Hit, Studied
from eventstudy.prices import Prices
from eventstudy.results import levels
from eventstudy.settings import length
from eventstudy.words.numbers import minus, percent

OPPOSITE = -0.2
"""Correlation of returns below which two series point opposite ways."""
MOST_PAIRED = 20
"""Assets among which pairs are compared."""
CURRENCIES = re.compile(
    "AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|IDR|ILS|INR|JPY|KRW|KZT|MXN|NOK|NZD|PLN|RUB|"
    "SEK|SGD|THB|TRY|UAH|USD|ZAR"
)
TONES = ("tone", "direction", "sign", "stance", "surprise")
"""Columns of the events that say which way a statement points."""
RUSSIAN = re.compile(r"\b(IMOEX|MOEX|MCFTR|RTSI?|RSX|ERUS|RGBI|RUB)", re.IGNORECASE)
REACTION = 4.0
"""Mean scaled move of a factor over events, in standard errors, beyond which it reacts."""
ENOUGH = 5
LEAK = 0.01
"""Rank p of the days before an event, beside a p of 0.001 by F."""
NEIGHBOUR, MARGIN = 4.0, 1.25
"""A day near the event with |z| of at least 4, and a quarter more than the event's own."""


def _opposite(study: Studied) -> Iterator[Hit]:
    data, options = study.results.data, study.results.options
    measured = study.observations
    together = study.results.pooled or len({item.event_id for item in measured}) < len(measured)
    if not together or not 2 <= len(data) <= MOST_PAIRED:
        return
    signs = {name: -1.0 if name in options.inverted else 1.0 for name in data}
    frame = study.results.prices.frame[list(data)].dropna()
    moves = np.log(frame).diff() if isinstance(study.results.prices, Prices) else frame
    table = moves.iloc[1:].corr()
    for one, two in combinations(data, 2):
        r = float(table.loc[one, two]) * signs[one] * signs[two]
        if r < OPPOSITE and len(moves) > 60:
            yield Hit({"one": one, "two": two, "r": minus(f"{r:.2f}")})


def _unlabelled(study: Studied) -> Iterator[Hit]:
    results = study.results
    for asset in results.assets:
        origin = results.prices.provenance[asset] if isinstance(results.prices, Prices) else None
        names = [asset, *([origin.symbol, origin.quote] if origin else [])]
        if asset not in results.about.assets and any(map(_is_pair, names)):
            yield Hit({"asset": asset}, asset=asset)


def _is_pair(name: str) -> bool:
    pair = re.match(r"^([A-Z]{3})\s?(?:/|per)?\s?([A-Z]{3})\b", name)
    return pair is not None and all(map(CURRENCIES.fullmatch, pair.groups()))


def _bad_control(study: Studied) -> Iterator[Hit]:
    prices = study.results.prices
    symbols = (
        {name: origin.symbol for name, origin in prices.provenance.items()}
        if isinstance(prices, Prices)
        else {}
    )
    for asset, model in study.results.models.items():
        studied = f"{asset} {symbols.get(asset, '')}"
        for factor in model.factors:
            other = f"{factor} {symbols.get(factor, '')}"
            basket = set(other.partition(":")[2].split())
            holds = basket & set(re.findall(r"[A-Z]{3}", studied))
            if holds or (RUSSIAN.search(studied) and RUSSIAN.search(other)) or asset == factor:
                yield Hit({"asset": asset, "factor": factor}, asset=asset)


def _factor_reacts(study: Studied) -> Iterator[Hit]:
    part, window = study.results.abnormal, study.results.windows.lead
    for asset, model in study.results.models.items():
        data = study.results.data[asset]
        rows = study.sound[part.assets[study.sound] == asset]
        if len(rows) < ENOUGH or not model.factors:
            continue
        days = part.days(window)[rows]
        days = days[(days < len(data.factors)).all(axis=1)]
        for column, factor in enumerate(model.factors):
            returns = data.factors[:, column]
            ordinary = np.setdiff1d(np.arange(len(returns)), days)
            mean, sd = np.nanmean(returns[ordinary]), np.nanstd(returns[ordinary])
            moves = returns[days].sum(axis=1)
            z = (moves - length(window) * mean) / (sd * np.sqrt(length(window)))
            z = z[np.isfinite(z)]
            score = float(z.mean() * np.sqrt(len(z))) if len(z) >= ENOUGH else 0.0
            if abs(score) > REACTION:
                mean_move = percent(float(np.nanmean(moves)))
                values = {"asset": asset, "factor": factor, "move": mean_move}
                values["z"] = f"{abs(score):.1f}"
                yield Hit(values, asset=asset)


def _unfrozen(study: Studied) -> Iterator[Hit]:
    if not study.results.about.selection.strip():
        yield Hit()


def _mixed(study: Studied) -> Iterator[Hit]:
    results = study.results
    column = next((name for name in TONES if name in results.events.columns), None)
    if column is None:
        return
    tones = [value[0].strip() for value in results.events.values(column)]
    for level in levels(results):
        mixed = {tones[event] for row in level.rows for event in results.members[row]} - {""}
        if len(mixed) > 1:
            yield study.of_level(level, column=column, tones=", ".join(sorted(mixed)))


def _leak(study: Studied) -> Iterator[Hit]:
    if study.before is None:
        return
    leaks = study.before[(study.before["p"] < RARE) & (study.before["p_scaled"] <= LEAK)]
    for row in leaks.itertuples():
        values = {"asset": row.asset, "start": -row.start, "f": f"{row.f:.1f}"}
        yield Hit(values, row.event_id, row.asset)


def _neighbour(study: Studied) -> Iterator[Hit]:
    abnormal = study.results.abnormal.rows(study.sound)
    z = np.where(np.isfinite(study.scaled.z), np.abs(study.scaled.z), 0.0)
    for index, asset in enumerate(abnormal.assets):
        days = study.splits[str(asset)]
        if len(days):
            z[index, np.isin(abnormal.dates[index].astype("datetime64[D]"), days)] = 0.0
    inside = abnormal.columns(study.results.windows.lead)
    event = z[:, inside].max(axis=1)
    near = z.copy()
    near[:, inside] = 0.0
    near[:, np.abs(abnormal.tau) > 5] = 0.0
    largest, column = near.max(axis=1), near.argmax(axis=1)
    yield from study.flagged(
        (largest >= NEIGHBOUR) & (largest > MARGIN * event),
        lambda index: {
            "day": abnormal.dates[index, column[index]],
            "tau": minus(f"{abnormal.tau[column[index]]:+d}"),
            "z": f"{largest[index]:.1f}",
            "own": f"{event[index]:.1f}",
        },
    )


def _claims(study: Studied) -> Iterator[Hit]:
    for claim in check_claims(study.results):
        if claim.supporting is None:
            yield Hit({"asset": claim.asset, "words": claim.words}, claim.event_id, claim.asset)


CHECKS = (
    Check("direction", "error", "1; 15: averaging +USD/RUB with −IMOEX", _opposite),
    Check("quote-direction", "warning", "1; 15: RUB/USD against USD/RUB", _unlabelled),
    Check("bad-control", "error", "15: RTS or RSX as control", _bad_control),
    Check("factor-reacts", "warning", "15: bad control", _factor_reacts),
    Check("selection", "warning", "14; 15: choosing events because the market moved", _unfrozen),
    Check("mixed-tones", "warning", "13", _mixed),
    Check("leakage", "warning", "8", _leak, local=True),
    Check("neighbours", "warning", "8", _neighbour, local=True),
    Check("claims", "warning", "14", _claims, local=True),
)
"""Checks of the design."""
