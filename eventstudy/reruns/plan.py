"""What a run would do, event by event and asset by asset, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from eventstudy.report.publish import PAGES
from eventstudy.reruns.stored import PRINT, EventKey, Keys, Place

Action = Literal["make", "keep", "remove"]

INDEX_ONLY = ("groups", "selection", "tests")
"""Settings that no event's page shows."""
SHOWN = 5
"""Sessions and settings that a reason names one by one."""
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
        Why; empty when this observation gives no reason.
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
        return bool(self.study) or any(own != "keep" for own in self.actions.values())

    def events(self, action: Action) -> list[str]:
        """Return the events whose page is made, kept or removed."""
        return [event_id for event_id, own in self.actions.items() if own == action]

    @cached_property
    def changed(self) -> dict[str, tuple[str, ...]]:
        """The reasons for work by event id; what concerns all is under "study"."""
        found: dict[str, dict[str, None]] = {}
        for step in self.steps:
            if step.action != "keep":
                found.setdefault(step.event_id, {}).update(dict.fromkeys(step.reasons))
        named = {event_id: tuple(reasons) for event_id, reasons in found.items()}
        return {**({"study": self.study} if self.study else {}), **named}


@dataclass(frozen=True)
class _Comparison:
    """Two states of the keys of a report."""

    old: Keys
    new: Keys
    _revised: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)

    @cached_property
    def engine(self) -> list[str]:
        """Names of the versions that differ."""
        return _differing(self.old.engine, self.new.engine)

    @cached_property
    def settings(self) -> list[str]:
        """Names of the settings that differ."""
        return _differing(self.old.settings, self.new.settings)

    @cached_property
    def common(self) -> tuple[str, ...]:
        """What makes every page anew."""
        changed = [own for own in self.settings if own.partition(".")[0] not in INDEX_ONLY]
        kinds = {"settings changed": changed, "engine changed": self.engine}
        return tuple(f"{kind}: {_listed(names)}" for kind, names in kinds.items() if names)

    def of_all(self) -> Iterator[str]:
        """Yield settings and versions, as they were and as they are."""
        for name in self.settings:
            old, new = (own.settings.get(name, "none") for own in (self.old, self.new))
            yield f"setting {name}: {_short(old)} → {_short(new)}"
        for name in self.engine:
            old, new = (own.engine.get(name, "none") for own in (self.old, self.new))
            yield f"engine, {name}: {old} → {new}"

    def sessions(self, name: str) -> tuple[list[str], list[str]]:
        """Return the sessions of a series that were revised, and those that have come since."""
        if name not in self._revised:
            self._revised[name] = self._compared(name)
        return self._revised[name]

    def _compared(self, name: str) -> tuple[list[str], list[str]]:
        old, new = (dict(_prints(keys, name)) for keys in (self.old, self.new))
        last = max(old, default="")
        differ = [day for day in sorted({*old, *new}) if old.get(day) != new.get(day)]
        return [d for d in differ if d <= last], [d for d in differ if d > last]

    def revised(self, names: Sequence[str], first: str, last: str) -> list[str]:
        """Say which prices between two sessions were revised."""
        found = []
        for name in names:
            days = [day for day in self.sessions(name)[0] if first <= day <= last]
            if days:
                found.append(f"prices revised: {name} {_listed(days)}")
        return found

    def place(self, asset: str, old: Place, new: Place) -> Iterator[str]:
        """Yield why what an observation depends on is not what it was."""
        if old.lacking == -1 and new.lacking != -1:
            yield "its day 0 has come"
            return
        if old.prices != new.prices:
            revised = self.revised(self.new.made_of[asset], new.first, new.last)
            yield from revised
            if old.lacking and not new.lacking:
                yield "its window is now complete"
            elif old.last < new.last and not self.settings:
                yield "further sessions of its windows have come"
            elif not revised and not self.settings:
                yield "other sessions are within its reach"
        if old.near != new.near:
            yield "other events near it changed"
        if old.findings != new.findings:
            yield "what the checks find in its prices changed"
        if old.facts != new.facts:
            yield "what its source says of the series changed"
        if old.due != new.due and old.prices == new.prices:
            yield f"now {new.due}" if new.due else "nothing is pending any more"


def _differing(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    return [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if names[SHOWN:] else ""
    return f"{', '.join(names[:SHOWN])}{more}"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _prints(keys: Keys, name: str) -> Iterator[tuple[str, str]]:
    """Yield each session of a series with the print of its price."""
    if name not in keys.series:
        return
    prints = keys.series[name].prints
    for place, day in enumerate(keys.sessions):
        cell = prints[PRINT * place : PRINT * (place + 1)]
        if cell != "-" * PRINT:
            yield day, cell


def plan(
    old: Keys | None,
    new: Keys,
    faults: Mapping[str, str] | None = None,
    force: str = "",
    *,
    keyless: bool = False,
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
    keyless : bool
        Whether there is a report, but without keys that can be read.

    Returns
    -------
    Plan
    """
    faults = faults or {}
    if old is None:
        steps = [step for name in new.events for step in _steps(new, name, "make", ("new",))]
        return Plan(tuple(steps), ("the report that is there has no keys",) if keyless else ())
    both = _Comparison(old, new)
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
    found = Plan(tuple(steps), tuple(_of_study(both, faults, steps)))
    return found if found.work or old == new else Plan(found.steps, ("other inputs changed",))


def _pages(faults: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(PAGES).removesuffix(".html"): fault
        for name, fault in faults.items()
        if name.startswith(PAGES)
    }


def _steps(keys: Keys, name: str, action: Action, reasons: tuple[str, ...]) -> Iterator[Step]:
    """Yield a step for each asset of an event, all with the same reasons."""
    assets = [asset for asset in keys.events[name].places if asset]
    for asset in assets or [""]:
        place = keys.events[name].places.get(asset)
        due = keys.places[place].due if place and action != "remove" else ""
        yield Step(name, asset, action, reasons, due)


def _compared(
    both: _Comparison, name: str, before: EventKey | None, event: EventKey, whole: tuple[str, ...]
) -> list[Step]:
    """Return the steps of an event that is in the study now."""
    if before is None:
        return list(_steps(both.new, name, "make", whole))
    if before.row != event.row:
        fields = dict.fromkeys((*event.fields, *before.fields))
        edited = [own for own in fields if event.fields.get(own) != before.fields.get(own)]
        whole = (f"edited: {', '.join(edited)}", *whole)
    reasons: dict[str, list[str]] = {}
    for asset in dict.fromkeys((*event.places, *before.places)):
        reasons[asset] = list(_moved(both, asset, before, event))
    claims = reasons.pop("", [])
    if claims:
        whole = (*whole, *claims)
    if not whole and not any(reasons.values()):
        return list(_steps(both.new, name, "keep", ()))
    found = []
    for asset in reasons or {"": []}:
        place = event.places.get(asset)
        due = both.new.places[place].due if place else ""
        found.append(Step(name, asset, "make", (*whole, *reasons.get(asset, ())), due))
    return found


def _moved(both: _Comparison, asset: str, before: EventKey, event: EventKey) -> Iterator[str]:
    """Yield why an observation is not what it was."""
    if asset not in event.places:
        yield f"no longer on {asset}" if asset else "claims removed"
        return
    if asset not in before.places:
        yield f"new on {asset}" if asset else "claims added"
        return
    old, new = both.old.places[before.places[asset]], both.new.places[event.places[asset]]
    if old == new:
        return
    if not asset:
        yield "prices around its claims changed"
    else:
        yield from both.place(asset, old, new)


def _of_study(
    both: _Comparison, faults: Mapping[str, str], steps: Collection[Step]
) -> Iterator[str]:
    """Yield what changed for the index and the data alone, or for all pages."""
    old, new = both.old, both.new
    yield from both.of_all()
    for name in dict.fromkeys((*old.missing, *new.missing)):
        if old.missing.get(name) != new.missing.get(name):
            yield f"{name}: {new.missing.get(name, 'is no longer missing')}"
    for name in dict.fromkeys((*old.series, *new.series)):
        yield from _of_series(both, name)
    if old.columns != new.columns:
        yield "the columns of the events changed"
    yield from (f"{name} {fault}" for name, fault in faults.items() if not name.startswith(PAGES))
    if list(old.events) != list(new.events) and not any(s.action != "keep" for s in steps):
        yield "the order of the events changed"


def _of_series(both: _Comparison, name: str) -> Iterator[str]:
    """Yield what changed about a series."""
    if name not in both.old.series or name not in both.new.series:
        yield f"series {name} {'removed' if name in both.old.series else 'added'}"
        return
    old, new = both.old.series[name], both.new.series[name]
    if old == new:
        return
    revised = both.revised([name], "", "9999")
    yield from revised
    if come := both.sessions(name)[1]:
        yield f"{name}: {len(come)} session{'s' * (len(come) > 1)} more, to {come[-1]}"
    told = [
        key
        for key in dict.fromkeys((*old.facts, *new.facts))
        if old.facts.get(key) != new.facts.get(key) and key not in ("rows", "last", "sha256")
    ]
    if told:
        yield f"{name}: {', '.join(told)} changed"
    if not (revised or come or told):
        yield f"prices of {name} changed"
