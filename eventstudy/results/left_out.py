"""What was not studied, why, and which setting of the study changes that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.arrays import Ints, Mask
from eventstudy.design.alignment import Alignment
from eventstudy.design.windows import AFTER, BEFORE, CLOSURE, HOLE, NO_FACTOR, AssetReturns
from eventstudy.models.base import degrees_of_freedom
from eventstudy.prices import Prices
from eventstudy.prices.quality.series_checks import shown
from eventstudy.prices.quality.spacing import far_apart
from eventstudy.results.measured_study import MeasuredStudy
from eventstudy.settings import SHORT, Window, least_returns, length
from eventstudy.words.numbers import count, plural

Cause = Literal[
    "pending",
    "series ended",
    "before the prices",
    "closure",
    "not daily",
    "hole",
    "few returns",
    "no variance",
    "overlap",
    "no fit",
    "no factor",
    "no return",
    "no prices",
]

CURES: dict[str, str] = {
    "series ended": "a source whose prices go on",
    "before the prices": "prices that begin earlier",
    "closure": "a factor with prices on both sides of the closure, or a model without it",
    "not daily": "daily prices",
    "hole": "a price on that session, or an asset's calendar that knows it as a holiday",
    "few returns": "prices that begin earlier",
    "no variance": "prices that begin earlier",
    "no fit": "another model of the asset",
    "no factor": "prices of the factor on that session, or a model without it",
    "no return": "a price on that session",
}
"""What changes it where no setting of the study does."""

MOST_NAMED = 3
"""Observations that a line names."""


@dataclass(frozen=True)
class Setting:
    """A setting of the study, and the value that would have an observation measured.

    Parameters
    ----------
    name : str
        A field of `Options`.
    value : int or str
        Its value.
    """

    name: str
    value: int | str

    def __str__(self) -> str:
        shown = f'"{self.value}"' if isinstance(self.value, str) else self.value
        return f"{self.name} = {shown} under [options]"


@dataclass(frozen=True)
class LeftOut:
    """An observation, or one window of it, that was not studied.

    Parameters
    ----------
    event_id, asset : str
        The observation.
    window : (int, int) or None
        CAR window; None = all of them.
    cause : str
        Kind of reason.
    reason : str
        Why, in words.
    setting : Setting or None
        What to set to have it measured; None when no setting does that.
    returns : int
        Estimation returns that there are, where they are too few.
    day : date or None
        On which a pending event has its prices, or the prices end or begin.
    """

    event_id: str
    asset: str
    window: Window | None
    cause: Cause
    reason: str
    setting: Setting | None = None
    returns: int = 0
    day: dt.date | None = None

    @property
    def pending(self) -> bool:
        """Whether later prices may complete it."""
        return self.cause == "pending"

    @property
    def cure(self) -> str:
        """What to do about it, in words; empty when there is nothing but to wait."""
        return str(self.setting) if self.setting else CURES.get(self.cause, "")


def _gap(study: MeasuredStudy, asset: str, position: int) -> int:
    """Calendar days between a session of an asset and the one before it."""
    days = study.data[asset].calendar.sessions[position - 1 : position + 1]
    return int(np.diff(days.astype("datetime64[D]")).astype(int)[0])


def _not_aligned(study: MeasuredStudy, item: Alignment, event: str) -> LeftOut:
    """Say why an event has no day 0; of a pending one, when its primary window is complete."""
    calendar = study.data[item.asset].calendar
    if item.eve is not None:
        needed = 1 + max(study.windows.lead[1], 0)
        reason, day = calendar.due(item.eve, needed), calendar.coming_day(item.eve, needed)
        return LeftOut(event, item.asset, None, "pending", reason, day=day)
    position = int(item.days0.first[item.row])
    if position == len(calendar.sessions):
        day = calendar.sessions[-1].item()
        return LeftOut(event, item.asset, None, "series ended", item.reason, day=day)
    if position == 0:
        day = calendar.sessions[0].item()
        return LeftOut(event, item.asset, None, "before the prices", item.reason, day=day)
    days = max(item.shift_days, _gap(study, item.asset, position))
    return LeftOut(event, item.asset, None, "closure", item.reason, Setting("max_shift", days))


def _not_measured(study: MeasuredStudy, event_id: str, asset: str, row: int) -> LeftOut | None:
    """Say why an episode has no abnormal returns, or no variance; None when it has both."""
    abnormal = study.abnormal
    if not abnormal.reasons[row] and not abnormal.unestimated[row]:
        return None
    reason, fewest = str(abnormal.reasons[row]), study.models[asset].fewest
    estimated = np.isfinite(abnormal.rows(np.array([row])).normal).any()
    if reason and study.options.overlap == "drop" and estimated:
        return LeftOut(event_id, asset, None, "overlap", reason, Setting("overlap", "joint"))
    first, last = abnormal.estimation_window[row].tolist()
    windows = replace(study.windows, estimation=(first, last))
    returns = length(windows.estimation) - int(abnormal.missing[row] + abnormal.excluded[row])
    needed = least_returns(windows, study.options, fewest)
    if abnormal.unestimated[row] or (reason and returns < needed and fewest):
        cause: Cause = "few returns" if reason else "no variance"
        enough = returns >= max(fewest, 2)
        setting = Setting("min_estimation", returns) if enough else None
        text = reason or str(abnormal.unestimated[row])
        return LeftOut(event_id, asset, None, cause, text, setting, returns)
    return LeftOut(event_id, asset, None, "no fit", reason)


def _missing_day(study: MeasuredStudy, episode: AbnormalReturns, column: int) -> tuple[Cause, str]:
    """Say why a day of an episode has no abnormal return; `episode`: it alone."""
    data = study.data[str(episode.assets[0])]
    calendar, status = data.calendar, episode.status[0]
    code = status[column]
    if code == AFTER:
        last = calendar.sessions[-1]
        if calendar.ended:
            return "series ended", calendar.ends()
        lacking = int((status == AFTER)[: column + 1].sum())
        more = count(lacking, "more session")
        return "pending", f"{calendar.due(last.item(), lacking)} ({more})"
    if code == BEFORE:
        return "before the prices", calendar.starts()
    day = episode.dates[0, column]
    before = calendar.sessions[max(int(episode.position[0] + episode.tau[column]) - 1, 0)]
    if code == HOLE:
        return "hole", _after_hole(study, data, before, day)
    if code == CLOSURE:
        return "closure", f"closure: the return of {day} is over {before} to {day}"
    shown_day = str(day) if study.dated else f"τ = {episode.tau[column]}"
    if code == NO_FACTOR:
        return "no factor", f"no factor return on {shown_day}"
    return "no return", f"no return on {shown_day}"


def _after_hole(
    study: MeasuredStudy, data: AssetReturns, before: np.datetime64, day: np.datetime64
) -> str:
    """Say which sessions without a price make a return one over several sessions."""
    lost = data.holes[(data.holes > before) & (data.holes < day)]
    what = "price" if isinstance(study.prices, Prices) else "return"
    several = {1: "two"}.get(len(lost), str(len(lost) + 1))
    return f"no {what} on {shown(lost)}: the return of {day} is over {several} sessions"


def _bridge(study: MeasuredStudy, asset: str, days: Ints) -> Setting | None:
    """Return the `max_shift` by which returns on these sessions exist; None when none does that."""
    if isinstance(study.prices, Prices):
        both = study.data[asset].calendar.sessions[np.union1d(days, days - 1)]
        frame = study.prices.frame[list(study.models[asset].factors)]
        if frame.reindex(pd.DatetimeIndex(both)).isna().to_numpy().any():
            return None
    return Setting("max_shift", max(_gap(study, asset, day) for day in days.tolist()))


def _incomplete(study: MeasuredStudy, event_id: str, row: int, lacking: Mask) -> Iterator[LeftOut]:
    """Yield the CAR windows of a measured episode that lack a day; `lacking`: (days,)."""
    episode = study.abnormal.rows(np.array([row]))
    asset = str(episode.assets[0])
    for window in study.windows.car:
        columns = episode.columns(window)
        missing = np.flatnonzero(lacking[columns]) + columns.start
        if not len(missing):
            continue
        cause, reason = _missing_day(study, episode, int(missing[-1]))
        closures = (episode.status[0, missing] == CLOSURE).all()
        days = episode.position[0] + episode.tau[missing]
        setting = _bridge(study, asset, days) if closures else None
        yield LeftOut(event_id, asset, window, cause, reason, setting)


def left_out(study: MeasuredStudy) -> list[LeftOut]:
    """Return what was not studied, and what was measured without a variance.

    Parameters
    ----------
    study : MeasuredStudy
        A study; of one that was not fitted (`Study.outlook`) what can be known beforehand.

    Returns
    -------
    list of LeftOut
        Whole observations first, then windows.
    """
    ids = study.events.event_ids
    lost = study.alignments.where(~study.alignments.accepted)
    whole = [_not_aligned(study, item, ids[item.event]) for item in lost]
    without = ~np.isfinite(study.abnormal.ar)
    windows: list[LeftOut] = []
    odd = (study.abnormal.reasons != "") | (study.abnormal.unestimated != "") | without.any(axis=1)
    for event, asset, row in study.episode_of.where(odd):
        lacking = _not_measured(study, ids[event], asset, row)
        whole += [lacking] if lacking else []
        if study.measured[row] and without[row].any():
            windows += _incomplete(study, ids[event], row, without[row])
    whole += [
        LeftOut(event.event_id, asset, None, "no prices", f"no prices: {why}")
        for event in (study.events if study.missing else ())
        for asset, why in study.missing.items()
        if asset in (event.assets or study.missing)
    ]
    coarse = {name: far_apart(data.calendar.sessions) for name, data in study.data.items()}
    return [_as_coarse(item, coarse.get(item.asset, "")) for item in whole + windows]


def _as_coarse(item: LeftOut, why: str) -> LeftOut:
    """Return why an observation is left out; no setting is a cure for prices of weeks."""
    if not why or item.cause not in ("closure", "few returns"):
        return item
    return replace(item, cause="not daily", reason=why, setting=None, returns=0)


def left_out_frame(study: MeasuredStudy) -> pd.DataFrame:
    """Every observation or window not studied, and why; see `EventStudyResults.left_out`."""
    columns = ["event_id", "asset", "start", "end", "reason", "pending", "cure"]
    records = [
        (i.event_id, i.asset, *(i.window or (None, None)), i.reason, i.pending, i.cure)
        for i in left_out(study)
        if i.cause != "no variance"
    ]
    frame = pd.DataFrame(records, columns=columns)
    return frame.astype({"start": "Int64", "end": "Int64", "pending": bool})


def _worst(group: Sequence[LeftOut]) -> LeftOut:
    """Return the item whose setting has all others measured too."""
    if group[0].setting and group[0].setting.name == "max_shift":
        return max(group, key=lambda item: int(item.setting.value) if item.setting else 0)
    return min(group, key=lambda item: item.returns)


def _named(group: Sequence[LeftOut]) -> str:
    names = list(dict.fromkeys(f"{item.event_id} on {item.asset}" for item in group))
    more = f" and {len(names) - MOST_NAMED} more" if names[MOST_NAMED:] else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _counted(group: Sequence[LeftOut]) -> str:
    if group[0].window is None:
        number, noun = len({(item.event_id, item.asset) for item in group}), "observation"
    else:
        number, noun = len(group), "CAR window"
    return plural(number, noun)


def _effect(study: MeasuredStudy, group: Sequence[LeftOut], worst: LeftOut) -> str:
    """Say what a setting does, and what it costs."""
    assert worst.setting is not None
    if worst.setting.name == "max_shift":
        cost = f"a return over up to {worst.setting.value} days then counts as that of one session"
    elif worst.setting.name == "min_estimation":
        left = min(degrees_of_freedom(study.models[item.asset], item.returns) for item in group)
        cost = f"{count(left, 'degree')} of freedom at the least"
    else:
        cost = "averages then use joint dummies"
    what = "gives them standard errors" if worst.cause == "no variance" else "has them measured"
    return f"{worst.setting} {what}; {cost}"


def advice(study: MeasuredStudy) -> list[str]:
    """Return what was left out, grouped by reason, with the setting that changes it.

    Parameters
    ----------
    study : MeasuredStudy
        As for `left_out`.

    Returns
    -------
    list of str
        Lines for a terminal; those that begin with blanks belong to the line before. Empty
        when nothing was left out.
    """
    groups: dict[tuple[bool, Cause, str, bool], list[LeftOut]] = {}
    for item in left_out(study):
        name = item.setting.name if item.setting else ""
        key = (item.window is not None, item.cause, name, item.returns >= SHORT)
        groups.setdefault(key, []).append(item)
    lines = []
    for group in groups.values():
        worst = _worst(group)
        what = "without standard errors" if worst.cause == "no variance" else "left out"
        others = len({item.reason for item in group}) > 1
        reason = worst.reason + ("; the others alike" if others else "")
        lines.append(f"{_counted(group)} {what} ({_named(group)}): {reason}")
        if worst.setting:
            lines.append(f"  {_effect(study, group, worst)}")
        elif worst.cure:
            lines.append(f"  no setting changes that, but {worst.cure}")
    return lines
