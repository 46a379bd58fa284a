"""Claimed moves against measured ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.arguments import explained
from eventstudy.prices import Prices
from eventstudy.words.numbers import date, percent

if TYPE_CHECKING:
    from eventstudy.events.cells import Claim
    from eventstudy.results import EventStudyResults

AROUND = (-1, 0, 1)
"""Sessions around the one that a claim names."""


@dataclass(frozen=True)
class Measured:
    """Returns of one session as its source has them.

    Parameters
    ----------
    session : Timestamp or None
        The session; None when the series has none there.
    simple, log : float
        Its simple and log return as fractions.
    """

    session: pd.Timestamp | None
    simple: float
    log: float


@dataclass(frozen=True)
class CheckedClaim:
    """A claimed move beside the returns of the session that it names.

    Parameters
    ----------
    event_id, asset : str
        Who claims what.
    claimed : float
        The claimed move as a fraction.
    session : Timestamp
        The session that the claim names.
    around : tuple of Measured
        The session before, the session itself, the one after.
    clock : str
        When the source's prices are struck.
    source : str
        Where the prices are from.
    supporting : Timestamp or None
        The session whose return rounds to the claim; None when none does.
    words : str
        The finding in a sentence.
    """

    event_id: str
    asset: str
    claimed: float
    session: pd.Timestamp
    around: tuple[Measured, ...]
    clock: str
    source: str
    supporting: pd.Timestamp | None
    words: str


def _returns(results: EventStudyResults, asset: str) -> pd.DataFrame:
    """Return simple and log returns of an asset over its own sessions."""
    series = results.prices.series(asset)
    simple = series.pct_change(fill_method=None) if isinstance(results.prices, Prices) else series
    frame: pd.DataFrame = pd.DataFrame({"simple": simple, "log": np.log1p(simple)})
    return frame


def _around(returns: pd.DataFrame, session: pd.Timestamp) -> tuple[Measured, ...]:
    after = int(returns.index.searchsorted(session))
    missing = after == len(returns) or returns.index[after] != session
    moves = []
    for step in AROUND:
        # without such a session, the day before and the day after it are after - 1 and after
        day = after + step - (1 if missing and step > 0 else 0)
        if (missing and step == 0) or not 0 <= day < len(returns):
            moves.append(Measured(None, float("nan"), float("nan")))
        else:
            row = returns.iloc[day]
            moves.append(Measured(returns.index[day], float(row["simple"]), float(row["log"])))
    return tuple(moves)


def _words(claim: Claim, around: tuple[Measured, ...], supporting: Measured | None) -> str:
    day = date(claim.session)
    if supporting is not None and supporting.session is not None:
        return (
            f"The claimed {percent(claim.change)} agrees with the return of "
            f"{date(supporting.session)} ({percent(supporting.simple)})."
        )
    named = around[1]
    if named.session is None:
        measured = f"this source has no session on {day}"
    else:
        measured = f"on {day} it measures {percent(named.simple)}"
    return (
        f"No close of this source supports the claimed {percent(claim.change)}: {measured}, "
        "and neither neighbouring session agrees."
    )


def _check(results: EventStudyResults, event_id: str, claim: Claim) -> CheckedClaim:
    asset, session = claim.asset, pd.Timestamp(claim.session)
    around = _around(_returns(results, asset), session)
    tolerance = claim.rounding
    agreeing = [
        day
        for day in (around[1], around[0], around[2])
        if min(abs(day.simple - claim.change), abs(day.log - claim.change)) <= tolerance
    ]
    supporting = agreeing[0] if agreeing else None
    clock = results.prices.clocks.get(asset)
    prices = results.prices
    source = prices.provenance[asset].attribution if isinstance(prices, Prices) else "returns given"
    return CheckedClaim(
        event_id=event_id,
        asset=asset,
        claimed=claim.change,
        session=session,
        around=around,
        clock=str(clock) if clock else "no clock",
        source=source,
        supporting=supporting.session if supporting else None,
        words=_words(claim, around, supporting),
    )


@explained
def check_claims(results: EventStudyResults, event_id: str | None = None) -> list[CheckedClaim]:
    """Compare every claimed move with the returns of the session that it names.

    Parameters
    ----------
    results : EventStudyResults
        A study whose events carry claims; claims on assets that are not in the study are
        passed over.
    event_id : str, optional
        Only the claims of this event.

    Returns
    -------
    list of CheckedClaim
        A claim is supported when the simple or log return of its session, or of the one
        before or after, rounds to it.
    """
    return [
        _check(results, event.event_id, claim)
        for event in results.events
        if event_id in (None, event.event_id)
        for claim in event.claims
        if claim.asset in results.data
    ]


@explained
def frame(results: EventStudyResults) -> pd.DataFrame:
    """Return all checked claims as a table.

    Parameters
    ----------
    results : EventStudyResults
        A study.

    Returns
    -------
    DataFrame
        event_id, asset, session, claimed, simple and log returns of the session, of the
        one before and of the one after, clock, source, supporting session, words.
    """
    records = []
    for claim in check_claims(results):
        before, named, after = claim.around
        records.append(
            {
                **vars(claim),
                "simple": named.simple,
                "log": named.log,
                "simple_before": before.simple,
                "log_before": before.log,
                "simple_after": after.simple,
                "log_after": after.log,
            }
        )
    columns = ["event_id", "asset", "session", "claimed", "simple", "log", "simple_before"]
    columns += ["log_before", "simple_after", "log_after", "clock", "source", "supporting", "words"]
    return pd.DataFrame(records, columns=columns)
