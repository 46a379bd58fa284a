"""What a run would do, event by event and asset by asset, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from eventstudy.report.publish import PAGES
from eventstudy.reruns.comparison import Comparison
from eventstudy.reruns.fingerprint_file import EventKey, Keys

Action = Literal["make", "keep", "remove"]

ALL = "*"
"""What `run --force` is given when no event is named."""


@dataclass(frozen=True)
class Step:
    """What is done for one event on one asset.

    Parameters
    ----------
    event_id : str
        The event.
    asset : str
        The asset; empty when the event concerns none that has prices.
    action : {"make", "keep", "remove"}
        Of the event's page.
    reasons : tuple of str
        Why; empty when this observation gives no reason. What makes the pages of all events
        anew, another engine, is said once: see `Plan.study`.
    pending : str
        When its window will be complete; empty when it is.
    """

    event_id: str
    asset: str
    action: Action
    reasons: tuple[str, ...] = ()
    pending: str = ""


@dataclass(frozen=True)
class Plan:
    """What a run would do.

    Parameters
    ----------
    steps : tuple of Step
        One for each event and asset, in order of time; events that are gone come last.
    study : tuple of str
        What changed for the study as a whole.
    """

    steps: tuple[Step, ...]
    study: tuple[str, ...] = ()

    @cached_property
    def actions(self) -> Mapping[str, Action]:
        """What is done with the page of each event."""
        return {step.event_id: step.action for step in self.steps}

    @property
    def work(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.study) or any(action != "keep" for action in self.actions.values())

    def events(self, action: Action) -> list[str]:
        """Return the events whose page is made, kept or removed."""
        return [event_id for event_id, made in self.actions.items() if made == action]

    @cached_property
    def changed(self) -> dict[str, tuple[str, ...]]:
        """The reasons for work by event id; what concerns all is under "study"."""
        by_event: dict[str, dict[str, None]] = {}
        for step in self.steps:
            if step.action != "keep":
                by_event.setdefault(step.event_id, {}).update(dict.fromkeys(step.reasons))
        named = {event_id: tuple(reasons) for event_id, reasons in by_event.items()}
        return {**({"study": self.study} if self.study else {}), **named}


def plan(
    old: Keys | None,
    new: Keys,
    faults: Mapping[str, str] | None = None,
    force: str = "",
    *,
    repair: str = "",
) -> Plan:
    """Return what brings a report up to date.

    Parameters
    ----------
    old : Keys or None
        Keys of the report that is there; None when there is none.
    new : Keys
        Keys of the study as it is now.
    faults : mapping of str to str, optional
        Files of the report that are missing or were changed.
    force : str
        An event to make again, ``"*"`` for all, empty for none.
    repair : str
        Why the report is made again whatever the keys say; empty when it need not be.

    Returns
    -------
    Plan
    """
    faults = faults or {}
    if old is None:
        steps = [step for name in new.events for step in _steps(new, name, "make", ("new",))]
        return Plan(tuple(steps), (repair,) if repair else ())
    both = Comparison(old, new)
    steps = []
    for name, event in new.events.items():
        before = old.events.get(name)
        whole = [*both.common]
        if name in (fault := _pages(faults)):
            whole.append(f"its page {fault[name]}")
        if force in (ALL, name):
            whole.append("forced")
        if before is None:
            whole.insert(0, "new")
        steps += _compared(both, name, before, event, tuple(whole))
    gone = [name for name in old.events if name not in new.events]
    steps += [step for name in gone for step in _steps(old, name, "remove", ("removed",))]
    why = [repair] if repair else []
    made = Plan(tuple(steps), (*why, *_of_study(both, faults, steps)))
    return made if made.work or old == new else Plan(made.steps, ("other inputs changed",))


def _pages(faults: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(PAGES).removesuffix(".html"): fault
        for name, fault in faults.items()
        if name.startswith(PAGES)
    }


def _steps(keys: Keys, name: str, action: Action, reasons: tuple[str, ...]) -> Iterator[Step]:
    """Yield a step for each asset of an event, all with the same reasons."""
    assets = [asset for asset in keys.events[name].depends_on if asset]
    for asset in assets or [""]:
        due = keys.due(name, asset) if action != "remove" else ""
        yield Step(name, asset, action, reasons, due)


def _compared(
    both: Comparison, name: str, before: EventKey | None, event: EventKey, whole: tuple[str, ...]
) -> list[Step]:
    """Return the steps of an event that is in the study now."""
    if before is None:
        return list(_steps(both.new, name, "make", whole))
    if edited := both.edited(name):
        whole = (f"edited: {', '.join(edited)}", *whole)
    reasons: dict[str, list[str]] = {}
    for asset in dict.fromkeys((*event.depends_on, *before.depends_on)):
        reasons[asset] = list(both.moved(asset, before, event))
    claims = reasons.pop("", [])
    if claims:
        whole = (*whole, *claims)
    if not whole and not any(reasons.values()) and not both.engine:
        return list(_steps(both.new, name, "keep", ()))
    steps = []
    for asset in reasons or {"": []}:
        due = both.new.due(name, asset)
        steps.append(Step(name, asset, "make", (*whole, *reasons.get(asset, ())), due))
    return steps


def _of_study(
    both: Comparison, faults: Mapping[str, str], steps: Collection[Step]
) -> Iterator[str]:
    """Yield what changed for the index and the data alone, or for all pages."""
    old, new = both.old, both.new
    yield from both.of_all()
    yield from both.of_series()
    if old.columns != new.columns:
        yield "the columns of the events changed"
    yield from (f"{name} {fault}" for name, fault in faults.items() if not name.startswith(PAGES))
    if list(old.events) != list(new.events) and not any(s.action != "keep" for s in steps):
        yield "the order of the events changed"
