"""What differs between two versions of the results of a study."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from eventstudy.reruns.causes import Cause, Causes, causes_between, causes_by_results
from eventstudy.reruns.comparison import Change
from eventstudy.words.numbers import NONE, window_words

LEVEL = 0.05
"""A p-value that crosses it is named."""

SETTINGS = ("title", "windows", "options", "models")
WINDOW = ("event_id", "asset", "start", "end")
AVERAGE = ("group", "asset", "start", "end")
INTERVAL = ("ci_low", "ci_high")
VERDICTS = {
    "scaled_car": (WINDOW, "p"),
    "multiplicity": (("asset", "day0", "start", "end"), "p_romano_wolf"),
    "tests": (("group", "asset", "test", "start", "end"), "p"),
}
"""Tables whose p-values lead a report: their keys, and the column."""


@dataclass(frozen=True)
class Figure(Change):
    """A figure of the report that differs, and why.

    Parameters
    ----------
    cause : tuple of {"method", "data"}
        What changed between the versions for this figure; empty when that is not known.
    """

    cause: tuple[Cause, ...] = ()


@dataclass(frozen=True)
class Effect:
    """A cumulative abnormal return or a mean of them that differs.

    Parameters
    ----------
    name : str
        The event, or the group of a mean.
    asset : str
        The asset.
    start, end : int
        The window in sessions relative to day 0, both ends included.
    old, new : float or None
        Fractions; None where it could not be measured.
    cause : tuple of {"method", "data"}
        What changed between the versions for it; empty when that is not known.
    """

    name: str
    asset: str
    start: int
    end: int
    old: float | None
    new: float | None
    cause: tuple[Cause, ...] = ()

    @property
    def difference(self) -> float | None:
        """New less old, as a fraction; None when one of them is not there."""
        return None if self.old is None or self.new is None else self.new - self.old


@dataclass(frozen=True)
class Difference:
    """What differs between two versions.

    Parameters
    ----------
    settings, versions, series : list of Change
        Settings; versions of libraries; facts and digests of price series.
    added, removed : list of str
        Ids of events.
    edited : list of Change
        Cells of events that are in both.
    day0 : list of Figure
        Observations whose day 0 moved.
    left_out : list of Figure
        Observations or windows that are left out in one only, or for another reason.
    effects, means : list of Effect
        CARs of events that are in both; mean CARs.
    intervals : list of Figure
        Intervals of CARs and mean CARs, as pairs of fractions.
    verdicts : list of Figure
        P-values that lead the report and crossed 5 %.
    causes : Causes
        What made them differ: the method, the data, or both.
    """

    settings: list[Change] = field(default_factory=list)
    versions: list[Change] = field(default_factory=list)
    series: list[Change] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    edited: list[Change] = field(default_factory=list)
    day0: list[Figure] = field(default_factory=list)
    left_out: list[Figure] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    means: list[Effect] = field(default_factory=list)
    intervals: list[Figure] = field(default_factory=list)
    verdicts: list[Figure] = field(default_factory=list)
    causes: Causes = field(default_factory=Causes)

    @property
    def same(self) -> bool:
        """Whether nothing differs, neither in the results nor in what they depend on."""
        return not any(self.as_records().values())

    @property
    def figures(self) -> bool:
        """Whether any figure differs."""
        return any(
            (self.day0, self.left_out, self.effects, self.means, self.intervals, self.verdicts)
        )

    def as_records(self) -> dict[str, Any]:
        """Return the differences as plain values, first their causes; effects with theirs."""
        records = asdict(replace(self, causes=Causes()))
        del records["causes"]
        for name in ("effects", "means"):
            for effect, record in zip(getattr(self, name), records[name], strict=True):
                record["difference"] = effect.difference
        return {**self.causes.as_records(), **records}


def compare(
    old: Mapping[str, Any], new: Mapping[str, Any], causes: Causes | None = None
) -> Difference:
    """Compare two versions of the results of a study.

    Parameters
    ----------
    old, new : mapping
        The contents of ``results.json``, with the cells of events by id under ``events``, and
        what the version depends on under ``keys``, where that was kept.
    causes : Causes, optional
        Why figures differ. Default: as far as the two versions tell.

    Returns
    -------
    Difference
    """
    causes = causes or causes_of(old, new)
    before, after = _events(old), _events(new)
    both = before.keys() & after.keys()
    moved = _rows(old, new, "alignment", ("event_id", "asset"))
    return Difference(
        settings=[c for name in SETTINGS for c in _flat(name, old.get(name), new.get(name))],
        versions=list(_flat("versions", old.get("versions"), new.get("versions"))),
        series=[*_series(old, new), *_flat("missing", old.get("missing"), new.get("missing"))],
        added=[name for name in after if name not in both],
        removed=[name for name in before if name not in both],
        edited=[
            c for name in after if name in both for c in _flat(name, before[name], after[name])
        ],
        day0=[
            Figure(_words(key), "day 0", _days(one), _days(two), causes.of(*key))
            for key, one, two in moved
            if one and two and _days(one) != _days(two)
        ],
        left_out=list(_left_out(old, new, both, causes)),
        effects=[
            replace(effect, cause=causes.of(effect.name, effect.asset))
            for effect in _effects(old, new, "car", WINDOW)
            if effect.name in both
        ],
        means=[
            replace(effect, cause=causes.of_asset(effect.asset))
            for effect in _effects(old, new, "mean_car", AVERAGE)
        ],
        intervals=[*_intervals(old, new, "car", causes), *_intervals(old, new, "mean_car", causes)],
        verdicts=[c for name in VERDICTS for c in _verdicts(old, new, name, causes)],
        causes=causes,
    )


def causes_of(old: Mapping[str, Any], new: Mapping[str, Any]) -> Causes:
    """Return why figures of two versions differ, as far as they tell.

    Parameters
    ----------
    old, new : mapping
        As for `compare`.
    """
    if "keys" in old and "keys" in new:
        return causes_between(old["keys"], new["keys"])
    return causes_by_results(old, new)


def _events(content: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the cells of events by id; ids alone where a version holds no cells."""
    if "events" in content:
        return dict(content["events"])
    return {row["event_id"]: {} for row in content.get("alignment", ())}


def _flat(where: str, old: Any, new: Any, what: str = "") -> Iterator[Change]:
    """Yield the values that differ in two nested mappings."""
    if old == new:
        return
    if isinstance(old, Mapping) or isinstance(new, Mapping):
        one, two = ({} if value is None else value for value in (old, new))
        if isinstance(one, Mapping) and isinstance(two, Mapping):
            for key in dict.fromkeys((*one, *two)):
                name = f"{what}.{key}" if what else str(key)
                yield from _flat(where, one.get(key), two.get(key), name)
            return
    yield Change(where, what, old, new)


def _series(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    one, two = old.get("series") or {}, new.get("series") or {}
    for name in dict.fromkeys((*one, *two)):
        if name in one and name in two:
            yield from _flat(name, one[name], two[name])
        else:
            words = [
                f"{series[name]['source']} {series[name]['symbol']}" if name in series else None
                for series in (one, two)
            ]
            yield Change(name, "series", *words)


def _rows(
    old: Mapping[str, Any], new: Mapping[str, Any], table: str, names: Sequence[str]
) -> Iterator[tuple[tuple[Any, ...], dict[str, Any] | None, dict[str, Any] | None]]:
    """Yield the rows of a table of both versions that share a key, in the new order."""
    one, two = (
        {tuple(row.get(name) for name in names): row for row in content.get(table) or ()}
        for content in (old, new)
    )
    for key in dict.fromkeys((*two, *one)):
        yield key, one.get(key), two.get(key)


def _effects(
    old: Mapping[str, Any], new: Mapping[str, Any], table: str, names: Sequence[str]
) -> Iterator[Effect]:
    """Yield the effects that differ, the largest differences first."""
    column = "car" if table == "car" else "caar"
    effects = []
    for (name, asset, start, end), one, two in _rows(old, new, table, names):
        before, after = ((row or {}).get(column) for row in (one, two))
        effect = Effect(name, asset, start, end, before, after)
        if effect.old != effect.new:
            effects.append(effect)
    yield from sorted(effects, key=lambda effect: -abs(effect.difference or 0.0))


def _left_out(
    old: Mapping[str, Any], new: Mapping[str, Any], both: Collection[str], causes: Causes
) -> Iterator[Figure]:
    """Yield the observations of events in both that are left out in one, or for another reason."""
    for key, one, two in _rows(old, new, "left_out", WINDOW):
        before, after = ((row or {}).get("reason") for row in (one, two))
        if key[0] in both and before != after:
            yield Figure(_words(key), "left out", before, after, causes.of(*key[:2]))


def _intervals(
    old: Mapping[str, Any], new: Mapping[str, Any], table: str, causes: Causes
) -> Iterator[Figure]:
    """Yield the intervals that differ, of rows that have one in both versions."""
    names = WINDOW if table == "car" else AVERAGE
    for key, one, two in _rows(old, new, table, names):
        before, after = ([(row or {}).get(name) for name in INTERVAL] for row in (one, two))
        if before != after and None not in (*before, *after):
            cause = causes.of(*key[:2]) if table == "car" else causes.of_asset(key[1])
            yield Figure(_words(key), "interval", before, after, cause)


def _verdicts(
    old: Mapping[str, Any], new: Mapping[str, Any], table: str, causes: Causes
) -> Iterator[Figure]:
    names, column = VERDICTS[table]
    for key, one, two in _rows(old, new, table, names):
        if not one or not two or one.get(column) is None or two.get(column) is None:
            continue
        if table == "tests" and "headline" not in (one.get("role"), two.get("role")):
            continue
        if (one[column] <= LEVEL) != (two[column] <= LEVEL):
            asset = key[names.index("asset")]
            single = table == "scaled_car"  # the others are over many events
            cause = causes.of(key[0], asset) if single else causes.of_asset(asset)
            yield Figure(_words(key), f"{table}.{column}", one[column], two[column], cause)


def _days(row: Mapping[str, Any]) -> str:
    first, last = row.get("day0"), row.get("day0_latest")
    return f"{first or NONE}" + (f" or {last}" if last and last != first else "")


def _words(key: Sequence[Any]) -> str:
    """Return a key as words; a window that is not given means all of them."""
    *names, start, end = key if len(key) > 3 else (*key, None, None)
    window = "" if start is None else f" {window_words(start, end)}"
    return " · ".join(str(name) for name in names) + window
