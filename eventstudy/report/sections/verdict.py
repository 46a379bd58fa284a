"""What moved, which way, how unusual it was, and what cannot be known."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.report.material import Material, Section
from eventstudy.report.words import (
    campaign_words,
    headline_levels,
    mean_reaction,
    unusual_days,
    unusual_words,
)
from eventstudy.results.text import plural


def _uncertain(material: Material, asset: str) -> str:
    """Say how many statements have no certain day 0 on an asset."""
    frame = material.results.alignment
    own = frame[(frame["asset"] == asset) & frame["day0"].notna()]
    unsure = int((~own["certain"]).sum())
    if not unsure:
        return ""
    return (
        f"{unsure} of {plural(len(own), 'event')} have no certain day 0 here: their time is not "
        "known well enough, so both candidate sessions are shown and no one-day number leads."
    )


def _context(material: Material, _event: str) -> Mapping[str, object]:
    results = material.results
    by_asset = {found.asset: found for found in material.campaigns}
    assets = []
    start, end = results.windows.lead
    means = material.mean_car
    means = means[(means["start"] == start) & (means["end"] == end)]
    for level in headline_levels(results):
        own = means[(means["group"] == level.group) & (means["asset"] == level.asset)]
        found = by_asset.get(level.asset)
        found_days = unusual_days(results, level)
        assets.append(
            {
                "label": results.about.asset(level.asset).label,
                "reaction": mean_reaction(
                    results, level, next(own.itertuples()), found_days.median_ratio
                ),
                "unusual": unusual_words(found_days),
                "campaign": campaign_words(found) if found else "",
                "uncertain": "" if results.pooled else _uncertain(material, level.asset),
            }
        )
    left = results.left_out
    figures = [
        (len(results.events), "events"),
        (sum(not reason for reason in results.abnormal.reasons), "episodes"),
        (len(results.assets), "assets"),
        (int(left["start"].isna().sum()), "observations left out"),
    ]
    return {"assets": assets, "figures": figures, "selection": results.about.selection}


SECTION = Section("verdict", "Verdict", _context)
