"""What moved, which way, how unusual it was, and what cannot be known."""

from __future__ import annotations

from typing import Any, NamedTuple

from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.report.sentences import (
    UNUSUAL,
    Unusual,
    mean_reaction,
    moved,
    unusual_days,
    unusual_words,
    weeks_words,
)
from eventstudy.results import Level, levels, only
from eventstudy.words.catalogue import counted, say, say_of
from eventstudy.words.numbers import window_words


def _uncertain(report: ReportData, asset: str) -> str:
    """Say how many statements have no certain day 0 on an asset."""
    aligned = only(report.results.alignment, asset=asset)
    aligned = aligned[aligned["day0"].notna()]
    unsure = int((~aligned["certain"]).sum())
    if not unsure:
        return ""
    return say_of("verdict.uncertain", unsure, unsure=unsure, events=counted(len(aligned), "event"))


class _Reaction(NamedTuple):
    """What is said of one level: its mean CAR at the primary window, and its unusual days."""

    level: Level
    mean: Any
    days: Unusual


def _reactions(report: ReportData) -> list[_Reaction]:
    results = report.results
    means = results.at_primary(report.mean_car)
    return [
        _Reaction(
            level,
            next(only(means, group=level.group, asset=level.asset).itertuples()),
            unusual_days(results, level),
        )
        for level in levels(results)
    ]


def _moves(report: ReportData, reactions: list[_Reaction]) -> str:
    """Say what moved, and which way."""
    results = report.results
    averaged = [r for r in reactions if r.mean.n and r.mean.caar == r.mean.caar]  # not NaN
    if not averaged:
        return ""
    moves = [moved(results, reaction.level, reaction.mean.caar) for reaction in averaged]
    counts = [reaction.mean.n for reaction in averaged]
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


def _counted_together(report: ReportData) -> str:
    """Say what is left once it is counted how many were looked at."""
    frame = report.family
    if frame is None or frame.empty:
        return ""
    rejected = int((frame["p_romano_wolf"] <= UNUSUAL).sum())
    cells = counted(len(frame), "cell")
    if rejected:
        return say_of("verdict.lead_adjusted_some", rejected, rejected=rejected, cells=cells)
    floor = float(frame["least_romano_wolf"].min()) > UNUSUAL
    return say(f"verdict.lead_adjusted_{'floor' if floor else 'none'}", cells=cells)


def _groups(reactions: list[_Reaction]) -> dict[str, list[_Reaction]]:
    """Reactions by group, in the order of the groups."""
    groups: dict[str, list[_Reaction]] = {}
    for reaction in reactions:
        groups.setdefault(reaction.level.group, []).append(reaction)
    return groups


def _lead(report: ReportData, reactions: list[_Reaction]) -> str:
    """Return the verdict in one paragraph."""
    if not reactions:
        return ""
    groups = _groups(reactions)
    headline = groups.pop(report.results.headline)
    sentences = [_moves(report, headline)]
    for name, others in groups.items():
        if moves := _moves(report, others):
            sentences.append(say("verdict.lead_group", group=name, moves=moves))
    measured = [reaction for reaction in headline if reaction.days.days]
    counts = [
        say("verdict.lead_count", rank=days.by_rank, days=days.days, asset=level.asset)
        for level, _, days in measured
    ]
    if counts:
        expected = UNUSUAL * sum(reaction.days.days for reaction in measured)
        words = {"counts": "; ".join(counts), "expected": f"{expected:.1f}"}
        number = measured[0].days.by_rank if len(measured) == 1 else len(measured)
        sentences.append(say_of("verdict.lead_unusual", number, **words))
    sentences += [_counted_together(report), say("verdict.lead_unknown"), _share(report)]
    return " ".join(filter(None, sentences))


def _share(report: ReportData) -> str:
    """Say how many sessions carry a statement, where most of an asset's do."""
    shares = [100 * weeks.share for weeks in report.statement_weeks if weeks.share > 0.5]
    if not shares:
        return ""
    low, high = f"{min(shares):.0f}", f"{max(shares):.0f}"
    return say("verdict.lead_share", share=f"{low} %" if low == high else f"{low}–{high} %")


def _figures(report: ReportData) -> list[tuple[int, str]]:
    """Return the figures at the top."""
    results = report.results
    left = results.left_out
    whole = left[left["start"].isna()]
    days = only(results.ar, tau=0)["session"].nunique()
    figures = [
        (len(results.events), "events"),
        (len(results.measured_rows), "episodes"),
        (len(results.assets), "assets"),
        (days, "sessions"),
        (int((~whole["pending"].astype(bool)).sum()), "left_out"),
    ]
    pending = int(whole["pending"].astype(bool).sum())
    if pending:
        figures.append((pending, "pending"))
    return [(value, say_of(f"verdict.kpi_{name}", value)) for value, name in figures]


def _context(report: ReportData, _event: str) -> Context:
    results = report.results
    weeks_of = {weeks.asset: weeks for weeks in report.statement_weeks}
    reactions = _reactions(report)
    several = len(_groups(reactions)) > 1
    assets = []
    for level, mean, days in reactions:
        first = level.group == results.headline
        weeks = weeks_of.get(level.asset) if first else None
        label = results.about.asset(level.asset).label
        assets.append(
            {
                "label": f"{label}: {level.group}" if several else label,
                "reaction": mean_reaction(results, level, mean),
                "unusual": unusual_words(days),
                "weeks": weeks_words(weeks) if weeks else "",
                "uncertain": _uncertain(report, level.asset) if first else "",
            }
        )
    return {
        "lead": _lead(report, reactions),
        "assets": assets,
        "figures": _figures(report),
        "selection": results.about.selection,
    }


SECTION = Section("verdict", _context)
