"""Why figures of two versions of a report differ: because of the method, the data, or both.

The method is the engine, the versions of the package and its libraries, and the settings; the
data are the events and the prices.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from eventstudy.reruns.comparison import (
    NOTES,
    SETTING,
    Change,
    Comparison,
    differing,
    method_words,
    shapes_events,
    version_changes,
)
from eventstudy.reruns.fingerprint_file import Keys
from eventstudy.words.numbers import count

Cause = Literal["method", "data"]
METHOD: Cause = "method"
DATA: Cause = "data"
SETTINGS = ("windows", "options", "models")
"""Settings that the results of a version hold themselves."""
ENGINES = {"options": {"engine": "statsmodels"}}
"""Settings that older results do not hold, and what they were."""
COARSE = (
    "The kept results do not say which prices each event was measured on: where a series "
    "changed, the data are said to have changed for every event on it."
)


@dataclass(frozen=True)
class Causes:
    """What changed between two versions of a report, and for which observations.

    Parameters
    ----------
    method : tuple of Change
        The engine, versions and settings that differ and shape figures.
    data : tuple of str
        What differs of events and prices, in words.
    observations : mapping of str to mapping of str to tuple of {"method", "data"}
        By event id and asset; only those for which something changed.
    assets : collection of str
        All assets of the two versions.
    note : str
        What cannot be said; empty when everything can.
    """

    method: tuple[Change, ...] = ()
    data: tuple[str, ...] = ()
    observations: Mapping[str, Mapping[str, tuple[Cause, ...]]] = field(default_factory=dict)
    assets: Collection[str] = ()
    note: str = ""

    @property
    def cause(self) -> tuple[Cause, ...]:
        """What changed at all: "method", "data", both or nothing."""
        return _ordered(METHOD if self.method else None, DATA if self.data else None)

    @property
    def method_words(self) -> list[str]:
        """What differs of the method, in the words of `eventstudy plan`."""
        return [method_words(change) for change in self.method]

    @property
    def events(self) -> dict[str, tuple[Cause, ...]]:
        """What changed by event id, over all its assets."""
        return {
            name: _ordered(*(cause for causes in assets.values() for cause in causes))
            for name, assets in self.observations.items()
        }

    def of(self, event_id: str, asset: str) -> tuple[Cause, ...]:
        """Return what changed for an event on an asset."""
        return self.observations.get(event_id, {}).get(asset, ())

    def of_asset(self, asset: str) -> tuple[Cause, ...]:
        """Return what changed for figures over many events of an asset, or of all of them."""
        names = [asset] if asset in self.assets else self.assets
        of_events = {cause for name in names for cause in self._of_assets.get(name, ())}
        averages = any(not shapes_events(change) for change in self.method)
        return _ordered(*of_events, METHOD if averages else None)

    @cached_property
    def _of_assets(self) -> dict[str, set[Cause]]:
        """What changed for any event of each asset."""
        changed: dict[str, set[Cause]] = {}
        for assets in self.observations.values():
            for name, causes in assets.items():
                changed.setdefault(name, set()).update(causes)
        return changed

    def as_records(self) -> dict[str, Any]:
        """Return the causes as plain values: `cause`, `method`, `data`, `causes` by event."""
        return {
            "cause": list(self.cause),
            "method": self.method_words,
            "data": list(self.data),
            "causes": {name: list(causes) for name, causes in self.events.items()},
            "note": self.note,
        }


def _ordered(*causes: str | None) -> tuple[Cause, ...]:
    return tuple(cause for cause in (METHOD, DATA) if cause in causes)


def causes_between(old: Keys | None, new: Keys) -> Causes:
    """Return what changed between two states of the keys of a report.

    Parameters
    ----------
    old : Keys or None
        The keys as they were; None for a first report, of which nothing can have changed.
    new : Keys
        The keys as they are.

    Returns
    -------
    Causes
    """
    if old is None:
        return Causes()
    both = Comparison(old, new)
    observations = {}
    for name in dict.fromkeys((*new.events, *old.events)):
        assets = dict(_of_event(both, name))
        if changed := {asset: causes for asset, causes in assets.items() if causes}:
            observations[name] = changed
    every = {**old.made_of, **new.made_of}
    return Causes(tuple(both.method), tuple(_data(both)), observations, every)


def _of_event(both: Comparison, name: str) -> Iterator[tuple[str, tuple[Cause, ...]]]:
    """Yield each asset of an event, and what changed for it."""
    before, event = both.old.events.get(name), both.new.events.get(name)
    if before is None or event is None:
        only = event or before
        assert only is not None, "an event is in one of the two"
        yield from ((asset, (DATA,)) for asset in only.depends_on if asset)
        return
    edited = both.edited(name)
    for asset in dict.fromkeys((*event.depends_on, *before.depends_on)):
        if asset:
            method = any(_concerns(both, change, asset) for change in both.method)
            data = edited or any(True for _ in both.moved(asset, before, event))
            yield asset, _ordered(METHOD if method else None, DATA if data else None)


def _concerns(both: Comparison, change: Change, asset: str) -> bool:
    """Whether a change of the method shapes how an event is measured on an asset."""
    kind, _, rest = change.what.partition(".")
    if change.where != SETTING or kind not in ("assets", "factors") or not rest:
        return shapes_events(change)
    names = {asset, *both.old.made_of.get(asset, ()), *both.new.made_of.get(asset, ())}
    return any(rest.startswith(f"{name}.") for name in names)


def _data(both: Comparison) -> Iterator[str]:
    """Yield what differs of events and prices, in words."""
    old, new = both.old.events, both.new.events
    edited = {name: both.edited(name) for name in new if name in old}
    yield from _event_words(old, new, edited)
    yield from both.of_series(data_only=True)


def _event_words(
    old: Collection[str], new: Collection[str], edited: Mapping[str, Collection[str]]
) -> Iterator[str]:
    """Yield how many events were added, removed and edited."""
    counts = {
        "added": sum(name not in old for name in new),
        "removed": sum(name not in new for name in old),
        "edited": sum(map(bool, edited.values())),
    }
    for what, number in counts.items():
        if number:
            yield f"{count(number, 'event')} {what}"


def causes_by_results(old: Mapping[str, Any], new: Mapping[str, Any]) -> Causes:
    """Return what changed between two kept versions, as far as their results tell.

    Versions that an earlier program kept have no keys.

    Parameters
    ----------
    old, new : mapping
        What `history.log.read_version` returns.

    Returns
    -------
    Causes
    """
    method = (*_versions(old, new), *_settings(old, new))
    with_cells = "events" in old and "events" in new
    before, after = (dict(one["events"]) if with_cells else {} for one in (old, new))
    series = _series_changed(old, new)
    observations: dict[str, dict[str, tuple[Cause, ...]]] = {}
    for name, asset in _observations(old, new):
        edited = before.get(name) != after.get(name)
        data = edited or any(item in series for item in _made_of(old, new, asset))
        if changed := _ordered(METHOD if method else None, DATA if data else None):
            observations.setdefault(name, {})[asset] = changed
    cells = {name: differing(before[name], after[name]) for name in after if name in before}
    prices = (f"prices of {name} changed" for name in series)
    data_words = [*_event_words(before, after, cells), *prices]
    assets = {asset for _, asset in _observations(old, new)}
    note = COARSE if series and method else ""
    return Causes(method, tuple(data_words), observations, assets, note)


def _versions(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Return the engine and versions that differ, of those that both versions tell."""
    one, two = ({**(run.get("versions") or {}), **run.get("made_by", {})} for run in (old, new))
    return version_changes(
        {name: version for name, version in one.items() if name in two},
        {name: version for name, version in two.items() if name in one},
    )


def _settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Yield the settings that differ."""
    for kind in SETTINGS:
        one, two = (ENGINES.get(kind, {}) | (run.get(kind) or {}) for run in (old, new))
        for name in differing(one, two):
            yield Change(SETTING, f"{kind}.{name}", one.get(name), two.get(name))


def _series_changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the series whose prices or facts differ, in order."""
    one, two = old.get("series") or {}, new.get("series") or {}
    changed = []
    for name in differing(one, two):
        before, after = one.get(name) or {}, two.get(name) or {}
        facts = [fact for fact in differing(before, after) if fact in before and fact in after]
        if not before or not after or {*facts} - {NOTES}:
            changed.append(name)
    return changed


def _made_of(old: Mapping[str, Any], new: Mapping[str, Any], asset: str) -> Iterable[str]:
    """Return the series of an asset's returns; all there are where no version says which."""
    for version in (new, old):
        if keys := version.get("keys"):
            return (asset, *keys.made_of.get(asset, ()))
    return {**(old.get("series") or {}), **(new.get("series") or {})}


def _observations(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[tuple[str, str], None]:
    """Return event and asset of every observation of two versions."""
    rows = [
        row
        for version in (new, old)
        for table in ("alignment", "car")
        for row in version.get(table) or ()
    ]
    return dict.fromkeys((row["event_id"], row["asset"]) for row in rows)


def with_logged(causes: Causes, logged: Mapping[str, Collection[str]]) -> Causes:
    """Return causes with those that the run itself had noted for each event.

    Parameters
    ----------
    causes : Causes
        Those that the results tell.
    logged : mapping of str to collection of str
        What the run found when it compared the study with the report before it.
    """
    observations = {
        name: dict.fromkeys(assets, _ordered(*logged[name]))
        for name, assets in causes.observations.items()
        if name in logged
    }
    return replace(causes, observations=observations, note="")
