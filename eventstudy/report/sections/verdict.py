"""What moved, which way, how unusual it was, and what cannot be known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eventstudy.report.report_data import Material, Section
from eventstudy.report.sentences import (
    UNUSUAL,
    campaign_words,
    mean_reaction,
    moved,
    unusual_days,
    unusual_words,
)
from eventstudy.results import levels
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import window_words


def _uncertain(material: Material, asset: str) -> str:
    """Say how many statements have no certain day 0 on an asset."""
    frame = material.results.alignment
    own = frame[(frame["asset"] == asset) & frame["day0"].notna()]
    unsure = int((~own["certain"]).sum())
    if not unsure:
        return ""
    return say("verdict.uncertain", unsure=unsure, events=counted(len(own), "event"))


def _moves(material: Material, found: list[dict[str, Any]]) -> str:
    """Say what moved, and which way."""
    results = material.results
    measured = [own for own in found if own["row"].n and own["row"].caar == own["row"].caar]
    if not measured:
        return ""
    moves = [moved(results, own["level"], own["row"].caar) for own in measured]
    counts = [own["row"].n for own in measured]
    most = max(counts)
    key = "verdict.lead_average" if most > 1 else "verdict.lead_moved_one"
    if min(counts) < most:
        key = "verdict.lead_averages"
        moves = [
            say("verdict.lead_of", moved=move, episodes=counted(n, "episode"))
            for move, n in zip(moves, counts, strict=True)
        ]
    return say(
        key,
        window=window_words(*results.windows.lead),
        episodes=counted(most, "episode"),
        moves=", ".join([*moves[:-2], " and ".join(moves[-2:])]),
    )


def _counted_together(material: Material) -> str:
    """Say what is left once it is counted how many were looked at."""
    frame = material.family
    if frame is None or frame.empty:
        return ""
    rejected = int((frame["p_romano_wolf"] <= UNUSUAL).sum())
    cells = counted(len(frame), "cell")
    if rejected:
        return say("verdict.lead_adjusted_some", rejected=rejected, cells=cells)
    floor = float(frame["least_romano_wolf"].min()) > UNUSUAL
    return say(f"verdict.lead_adjusted_{'floor' if floor else 'none'}", cells=cells)


def _others(material: Material, found: list[dict[str, Any]], first: str) -> list[str]:
    """Say of every further group what moved."""
    groups = dict.fromkeys(own["level"].group for own in found)
    moves = {
        name: _moves(material, [own for own in found if own["level"].group == name])
        for name in groups
        if name != first
    }
    return [
        say("verdict.lead_group", group=name, moves=text) for name, text in moves.items() if text
    ]


def _lead(material: Material, every: list[dict[str, Any]]) -> str:
    """Return the verdict in one paragraph."""
    if not every:
        return ""
    first = every[0]["level"].group
    found = [own for own in every if own["level"].group == first]
    measured = [own for own in found if own["days"].days]
    counts = [
        say(
            "verdict.lead_count",
            rank=own["days"].by_rank,
            days=own["days"].days,
            asset=own["level"].asset,
        )
        for own in measured
    ]
    expected = UNUSUAL * sum(own["days"].days for own in measured)
    sentences = [_moves(material, found), *_others(material, every, first)]
    if counts:
        words = {"counts": "; ".join(counts), "expected": f"{expected:.1f}"}
        sentences.append(say("verdict.lead_unusual", **words))
    sentences.append(_counted_together(material))
    shares = [own.share for own in material.campaigns if own.share > 0.5]
    sentences.append(say("verdict.lead_unknown"))
    if shares:
        share = f"{100 * min(shares):.0f} %"
        if round(100 * min(shares)) != round(100 * max(shares)):
            share = f"{100 * min(shares):.0f}–{100 * max(shares):.0f} %"
        sentences.append(say("verdict.lead_share", share=share))
    return " ".join(filter(None, sentences))


def _figures(material: Material) -> list[tuple[int, str]]:
    """Return the figures at the top."""
    results = material.results
    left = results.left_out
    whole = left[left["start"].isna()]
    days = results.ar.loc[results.ar["tau"] == 0, "session"].nunique()
    figures = [
        (len(results.events), "events"),
        (sum(not reason for reason in results.abnormal.reasons), "episodes"),
        (len(results.assets), "assets"),
        (days, "sessions"),
        (int((~whole["pending"].astype(bool)).sum()), "left_out"),
    ]
    pending = int(whole["pending"].astype(bool).sum())
    if pending:
        figures.append((pending, "pending"))
    return [(value, say(f"verdict.kpi_{name}")) for value, name in figures]


def _context(material: Material, _event: str) -> Mapping[str, object]:
    results = material.results
    by_asset = {found.asset: found for found in material.campaigns}
    start, end = results.windows.lead
    means = material.mean_car
    means = means[(means["start"] == start) & (means["end"] == end)]
    found: list[dict[str, Any]] = []
    every = list(levels(results))
    several = len({level.group for level in every}) > 1
    for level in every:
        own = means[(means["group"] == level.group) & (means["asset"] == level.asset)]
        days = unusual_days(results, level)
        found.append({"level": level, "row": next(own.itertuples()), "days": days})
    assets = []
    for own in found:
        level, first = own["level"], own["level"].group == every[0].group
        campaign = by_asset.get(level.asset) if first else None
        label = results.about.asset(level.asset).label
        reaction = mean_reaction(results, level, own["row"])
        assets.append(
            {
                "label": f"{label}: {level.group}" if several else label,
                "reaction": reaction,
                "unusual": unusual_words(own["days"]),
                "campaign": campaign_words(campaign) if campaign else "",
                "uncertain": _uncertain(material, level.asset) if first else "",
            }
        )
    return {
        "lead": _lead(material, found),
        "assets": assets,
        "figures": _figures(material),
        "selection": results.about.selection,
    }


SECTION = Section("verdict", say("verdict.title"), _context)
