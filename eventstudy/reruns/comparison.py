"""Two states of what a report depends on, compared: what of the method, what of the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from eventstudy.reruns.fingerprint_file import (
    BARS,
    PLACEBO_RUNS,
    PRINT,
    Dependencies,
    EventKey,
    Keys,
)
from eventstudy.words.numbers import count

INDEX_ONLY = ("groups", "selection", "tests", PLACEBO_RUNS)
"""Settings that no event's page shows."""
WORDING = ("title", "selection")
ASSET_WORDING = ("label", "up", "down")
"""Settings, of the study and of an asset, that are words: no figure depends on them."""
LOOKS = "texts and looks"
"""What the engine's versions call the digest of texts, templates and style."""
ENGINE, VERSION, SETTING = "engine", "version", "setting"
DIGEST = "sha256"
TOLD = ("rows", "last", DIGEST)
"""Facts of a series that its prices tell already."""
NOTES = "notes"
"""The fact of a series whose wording is the engine's."""
DATED = {"date", "time", "not_before", "known_by", "timezone", "assets"}
"""Fields of an event by which its day 0 is found."""
SHOWN = 5
"""Sessions and settings that a reason names one by one."""


@dataclass(frozen=True)
class Change:
    """One value that differs; None where it is not there.

    Parameters
    ----------
    where : str
        What it belongs to.
    what : str
        Its name.
    old, new : object
        The values.
    """

    where: str
    what: str
    old: Any
    new: Any


def method_words(change: Change) -> str:
    """Say what of the method changed: the engine, a version or a setting."""
    if change.what == "options.engine":
        old, new = (str(value).strip('"') for value in (change.old, change.new))
        return f"another engine: {old} → {new}"
    if change.where == SETTING:
        return f"setting {change.what}: {shortened(change.old)} → {shortened(change.new)}"
    what = "another engine" if change.where == ENGINE else f"another version of {change.what}"
    return f"{what}: {change.old} → {change.new}"


def version_changes(old: Mapping[str, str], new: Mapping[str, str]) -> list[Change]:
    """Return the engine and the versions that differ; texts and looks are none of them.

    Parameters
    ----------
    old, new : mapping of str to str
        What `eventstudy.versions.engine_versions` returned, or a part of it.
    """
    return [
        Change(ENGINE if name == ENGINE else VERSION, name, *_pair(old, new, name))
        for name in differing(old, new)
        if name != LOOKS
    ]


def _pair(old: Mapping[str, str], new: Mapping[str, str], name: str) -> tuple[str, str]:
    return old.get(name, "none"), new.get(name, "none")


def wording(setting: str) -> bool:
    """Whether a setting is words on which no figure depends."""
    first, _, last = setting.partition(".")
    return setting in WORDING or (first == "assets" and last.endswith(ASSET_WORDING))


def shapes_events(change: Change) -> bool:
    """Whether a change of the method shapes how an event is measured, not averages alone."""
    return change.where != SETTING or change.what.partition(".")[0] not in INDEX_ONLY


@dataclass(frozen=True)
class Comparison:
    """Two states of the keys of a report.

    Where the engine, a version or a setting differs, digests may differ although nothing of the
    data did. Then only what is seen in the data itself is said of it: cells of events, prices of
    sessions, facts of series.
    """

    old: Keys
    new: Keys
    _sessions: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)
    _differ: dict[str, bool] = field(default_factory=dict)

    @cached_property
    def engine(self) -> list[str]:
        """Names of the versions that differ."""
        return differing(self.old.engine, self.new.engine)

    @cached_property
    def settings(self) -> list[str]:
        """Names of the settings that differ."""
        return differing(self.old.settings, self.new.settings)

    @cached_property
    def common(self) -> tuple[str, ...]:
        """The settings that make the pages of all events anew, in words.

        Another engine does so too, and is said once for all pages. Runs at placebo dates are
        shown on the index alone.
        """
        changed = [name for name in self.settings if name.partition(".")[0] not in INDEX_ONLY]
        return (f"settings changed: {listed(changed)}",) if changed else ()

    @cached_property
    def method(self) -> list[Change]:
        """The engine, the versions and the settings that shape figures, as far as they differ."""
        settings = [
            Change(SETTING, name, *_pair(self.old.settings, self.new.settings, name))
            for name in self.settings
            if not wording(name)
        ]
        return [*version_changes(self.old.engine, self.new.engine), *settings]

    @cached_property
    def exact(self) -> bool:
        """Whether digests can be compared: the method of measuring an event is the same."""
        return not any(shapes_events(change) for change in self.method)

    @cached_property
    def _moved_on(self) -> set[str]:
        """Assets on which an event was added, removed or dated otherwise."""
        old, new = self.old.events, self.new.events
        other = [event for name, event in new.items() if name not in old]
        other += [event for name, event in old.items() if name not in new]
        for name in old.keys() & new.keys():
            if not DATED.isdisjoint(self.edited(name)):
                other += [old[name], new[name]]
        return {asset for event in other for asset in event.depends_on}

    @property
    def _same_reach(self) -> bool:
        """Whether further sessions are new ones: windows that reach further find more too."""
        return not any(setting.startswith("windows.") for setting in self.settings)

    def edited(self, name: str) -> list[str]:
        """Return the fields in which an event that is in both differs."""
        old, new = self.old.events[name], self.new.events[name]
        if old.row == new.row:
            return []
        return differing(new.fields, old.fields) or (["a cell"] if self.exact else [])

    def of_all(self) -> Iterator[str]:
        """Yield settings and versions, as they were and as they are."""
        for name in self.settings:
            pair = _pair(self.old.settings, self.new.settings, name)
            yield method_words(Change(SETTING, name, *pair))
        yield from map(method_words, version_changes(self.old.engine, self.new.engine))
        if LOOKS in self.engine:
            yield f"other {LOOKS}"

    def sessions(self, name: str) -> tuple[list[str], list[str]]:
        """Return the sessions of a series that were revised, and those that have come since."""
        if name not in self._sessions:
            self._sessions[name] = self._compared(name)
        return self._sessions[name]

    def _compared(self, name: str) -> tuple[list[str], list[str]]:
        old, new = (dict(_prints(keys, name)) for keys in (self.old, self.new))
        first, last = max(min(old, default=""), min(new, default="")), max(old, default="")
        differ = [d for d in sorted({*old, *new}) if d >= first and old.get(d) != new.get(d)]
        return [d for d in differ if d <= last], [d for d in differ if d > last]

    def revised(self, names: Sequence[str], first: str, last: str) -> list[str]:
        """Say which prices between two sessions were revised."""
        reasons = []
        for name in names:
            days = [day for day in self.sessions(name)[0] if first <= day <= last]
            if days:
                reasons.append(f"prices revised: {name} {listed(days)}")
        return reasons

    def _came(self, names: Sequence[str], last: str = "9999") -> bool:
        """Whether sessions have come, of any of some series, to a last one."""
        come = (day for name in names for day in self.sessions(name)[1])
        return self._same_reach and any(day <= last for day in come)

    def moved(self, asset: str, before: EventKey, event: EventKey) -> Iterator[str]:
        """Yield why an observation is not what it was; every reason is one of the data.

        Parameters
        ----------
        asset : str
            The asset; empty for the claims of the event.
        before, event : EventKey
            The event as it was and as it is.
        """
        if asset not in event.depends_on:
            yield f"no longer on {asset}" if asset else "claims removed"
            return
        if asset not in before.depends_on:
            yield f"new on {asset}" if asset else "claims added"
            return
        old = self.old.depends_on[before.depends_on[asset]]
        new = self.new.depends_on[event.depends_on[asset]]
        if old == new or (asset and not self._may_differ(asset)):
            return
        if asset.startswith(BARS):
            yield f"{asset} changed"
        elif asset:
            yield from self._of_prices(self.new.made_of[asset], old, new)
            yield from self._around(asset, old, new)
        elif self.exact or any(map(self._seen, self.new.series)):
            yield "prices around its claims changed"

    def _seen(self, name: str) -> bool:
        """Whether it is seen in a series that it differs."""
        bars = name.startswith(BARS) and self.facts(name)
        return bool(bars) or self.sessions(name) != ([], [])

    def _may_differ(self, asset: str) -> bool:
        """Whether the data of any event on an asset may differ."""
        if asset not in self._differ:
            names = self.new.made_of[asset]
            seen = any(self.sessions(name) != ([], []) or self.facts(name) for name in names)
            self._differ[asset] = self.exact or seen or asset in self._moved_on
        return self._differ[asset]

    def _of_prices(
        self, names: Sequence[str], old: Dependencies, new: Dependencies
    ) -> Iterator[str]:
        """Yield which prices of an observation are not what they were."""
        if old.prices == new.prices:
            return
        if old.lacking == -1 and new.lacking != -1 and (self.exact or self._came(names)):
            yield "its day 0 has come"
            return
        first = min(old.first or new.first, new.first or old.first)
        revised = self.revised(names, first, max(old.last, new.last))
        yield from revised
        if old.lacking > 0 and not new.lacking and (self.exact or self._came(names)):
            yield "its window is now complete"
        elif old.last < new.last and (self.exact or self._came(names, new.last)):
            yield "further sessions of its windows have come"
        elif not revised and self.exact:
            yield "other sessions are within its reach"

    def _around(self, asset: str, old: Dependencies, new: Dependencies) -> Iterator[str]:
        """Yield what else matters to an observation and is not what it was."""
        if old.lacking == -1 and new.lacking != -1:
            return
        if old.near != new.near and (self.exact or asset in self._moved_on):
            yield "other events near it changed"
        if old.findings != new.findings and self.exact:
            yield "what the checks find in its prices changed"
        seen = self.exact or any(map(self.facts, self.new.made_of[asset]))
        if old.facts != new.facts and seen:
            yield "what its source says of the series changed"
        if self.exact and old.due != new.due and old.prices == new.prices:
            yield f"now {new.due}" if new.due else "nothing is pending any more"

    def facts(self, name: str) -> list[str]:
        """Return what is said of a series and differs, beside its prices."""
        if name not in self.old.series or name not in self.new.series:
            return []
        old, new = self.old.series[name].facts, self.new.series[name].facts
        changed = [fact for fact in differing(old, new) if fact not in TOLD]
        return (
            changed if self.exact else [f for f in changed if f in old and f in new and f != NOTES]
        )

    def of_series(self, *, data_only: bool = False) -> Iterator[str]:
        """Yield what changed about the series of prices, and about those that are missing.

        Parameters
        ----------
        data_only : bool
            Whether to leave out what another choice of series or windows brings.
        """
        for name in dict.fromkeys((*self.old.missing, *self.new.missing)):
            if self.old.missing.get(name) != self.new.missing.get(name):
                yield f"{name}: {self.new.missing.get(name, 'is no longer missing')}"
        for name in dict.fromkeys((*self.old.series, *self.new.series)):
            if name in self.old.series and name in self.new.series:
                yield from self._of_one(name, come=self._same_reach or not data_only)
            elif "series" not in self.settings or not data_only:
                yield f"series {name} {'removed' if name in self.old.series else 'added'}"

    def _of_one(self, name: str, *, come: bool) -> Iterator[str]:
        """Yield what changed about a series; whether further sessions count."""
        old, new = self.old.series[name], self.new.series[name]
        if old == new:
            return
        revised = self.revised([name], "", "9999")
        yield from revised
        further = self.sessions(name)[1] if come else []
        if further:
            yield f"{name}: {count(len(further), 'session')} more, to {further[-1]}"
        if facts := self.facts(name):
            yield f"{name}: {', '.join(facts)} changed"
        unseen = old.facts.get(DIGEST) != new.facts.get(DIGEST) and not self.sessions(name)[1]
        if unseen and not (revised or facts):
            yield f"prices of {name} changed"


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the names whose values differ, or that one of two mappings lacks."""
    return [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]


def listed(names: Sequence[str]) -> str:
    """Return the first of some names, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if names[SHOWN:] else ""
    return f"{', '.join(names[:SHOWN])}{more}"


def shortened(value: object) -> str:
    """Return a value of a setting in at most 60 signs."""
    text = str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _prints(keys: Keys, name: str) -> Iterator[tuple[str, str]]:
    """Yield each session of a series with the print of its price."""
    if name not in keys.series:
        return
    prints = keys.series[name].prints
    for row, day in enumerate(keys.sessions):
        cell = prints[PRINT * row : PRINT * (row + 1)]
        if cell != "-" * PRINT:
            yield day, cell
