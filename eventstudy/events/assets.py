"""Names of assets in events: known ones, several in one cell, and what to say of others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from eventstudy.errors import Problem, nearest

if TYPE_CHECKING:
    from eventstudy.events.events import Events

SEPARATORS = re.compile(r"\s*[,|/&\n]\s*|\s+")


def check_assets(events: Events, known: Sequence[str]) -> list[Problem]:
    """Return a problem for each name in assets and claims that is not a known asset."""
    problems = []
    there = set(known)
    for event in events.beyond(there):
        named = [("assets", asset) for asset in dict.fromkeys(event.assets)]
        named += [("claims", asset) for asset in dict.fromkeys(c.asset for c in event.claims)]
        for column, asset in named:
            if asset not in there:
                message, cure = _unknown(asset, known)
                problems.append(Problem(events.source, event.line, column, asset, message, cure))
    return problems


def _unknown(asset: str, known: Sequence[str]) -> tuple[str, str]:
    """Say what is wrong with a name, and what to write."""
    folded = {asset_name.casefold(): asset_name for asset_name in known}
    parts = [part for part in SEPARATORS.split(asset) if part]
    if len(parts) > 1 and any(part.casefold() in folded for part in parts):
        names = "; ".join(folded.get(part.casefold(), part) for part in parts)
        return "are several names in one", f"Separate them with semicolons: {names}."
    if asset.casefold() in folded:
        return "unknown asset", f"Write {folded[asset.casefold()]}."
    return "unknown asset", nearest(asset, known)
