"""Prices kept beside a study, so that it gives the same numbers anywhere, at any time."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eventstudy.errors import CacheError, OutputError, Problem
from eventstudy.files import read_file_bytes
from eventstudy.parsing import read_json
from eventstudy.prices.store.folder import SeriesFolder, unwritable
from eventstudy.prices.store.stored_series import FORMAT, Key, StoredSeries

FOLDER = "prices"
MANIFEST = "frozen.json"
ATTRIBUTES, KEEP_LINES = ".gitattributes", b"* -text"
"""Git must not touch the ends of lines."""


@dataclass(frozen=True)
class Frozen:
    """The prices that were kept beside a study.

    Parameters
    ----------
    store : SeriesFolder
        Their folder.
    series : mapping
        What the manifest says of each asset.
    day : date or None
        Day on which they were; None in manifests of former versions.
    """

    store: SeriesFolder
    series: Mapping[str, Mapping[str, Any]]
    day: dt.date | None = None

    @classmethod
    def beside(cls, folder: Path) -> Frozen | None:
        """Return the prices kept beside a study in a folder; None when it is not frozen.

        Raises
        ------
        CacheError
            When the manifest is damaged.
        """
        return cls.of(SeriesFolder(folder / FOLDER))

    @classmethod
    def of(cls, store: SeriesFolder) -> Frozen | None:
        """Return what a folder of kept series holds, as for `beside`."""
        try:
            content = read_json(store.path / MANIFEST)
            series = {asset: dict(facts) for asset, facts in content["series"].items()}
            day = dt.date.fromisoformat(content["day"]) if "day" in content else None
            if content["format"] != FORMAT:
                raise ValueError("another format")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise CacheError(f"{_name(store)}/{MANIFEST} is damaged: {error}. {_CURE}") from error
        return cls(store, series, day)

    def read(self, key: Key) -> StoredSeries | None:
        """Return a kept series; None when the study does not keep it.

        Raises
        ------
        CacheError
            When it is damaged or gone.
        """
        if key.stem not in self.stems:
            return None
        try:
            stored = self.store.read(key)
        except CacheError as error:
            raise CacheError(f"{_name(self.store)}/{error}. {_CURE}") from error
        if stored is None:
            raise CacheError(f"{_name(self.store)}/{key.stem}.csv is gone. {_CURE}")
        return stored

    @property
    def stems(self) -> set[str]:
        """Names of the files of the series that were copied."""
        return {facts["stem"] for facts in self.series.values() if "stem" in facts}


_CURE = "Restore it from a copy of the study, or run `eventstudy prices freeze` again"


def _name(store: SeriesFolder) -> str:
    """Return a folder of kept series as it lies beside the study."""
    return FOLDER if store.path.name == FOLDER else f"{FOLDER}/{store.path.name}"


def keep(
    store: SeriesFolder,
    copies: Mapping[str, StoredSeries],
    files: Mapping[str, Mapping[str, str]],
    day: dt.date,
) -> Frozen:
    """Keep series beside a study.

    Parameters
    ----------
    store : SeriesFolder
        Where they are kept: the folder `prices` beside the study, or one inside it.
    copies : mapping of str to StoredSeries
        Series to copy, by asset.
    files : mapping of str to mapping
        Source, symbol and sha256 of the user's own files, which stay where they are.
    day : date
        The present day: what is not there on it is not waited for.

    Returns
    -------
    Frozen

    Raises
    ------
    CacheError
        When the folder cannot be written.
    OutputError
        When a file of the user's is in the way.
    """
    _refuse_users(store, [stored.key.stem for stored in copies.values()])
    series: dict[str, dict[str, Any]] = {}
    for asset, stored in copies.items():
        store.write(stored)
        key = stored.key
        series[asset] = {"stem": key.stem, "source": key.source, "symbol": key.symbol}
    series |= {asset: dict(facts) for asset, facts in files.items()}
    content = {"format": FORMAT, "day": str(day), "series": dict(sorted(series.items()))}
    try:
        store.path.mkdir(parents=True, exist_ok=True)
        if not (store.path / ATTRIBUTES).exists():
            store.put(ATTRIBUTES, KEEP_LINES + b"\n")
        store.put(MANIFEST, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())
    except OSError as error:
        raise unwritable(error) from error
    return Frozen(store, series, day)


def _refuse_users(store: SeriesFolder, stems: Iterable[str]) -> None:
    """Raise OutputError when a file of the user's has the name of one that would be written."""
    cures = {}
    manifest, attributes = store.path / MANIFEST, store.path / ATTRIBUTES
    if manifest.is_symlink() or _is_other_json(manifest):
        cures[manifest] = "Move it away or rename it."
    if attributes.exists() and KEEP_LINES not in read_file_bytes(attributes).splitlines():
        cures[attributes] = f"Add the line {KEEP_LINES.decode()} at its end, or move it away."
    for stem in stems:
        for path in (store.path / f"{stem}.csv", store.path / f"{stem}.json"):
            if path.is_symlink() or (path.exists() and not _has_sidecar(store, stem)):
                cures[path] = "Move it away or rename it."
    if cures:
        message = "is there, and is not a file that `eventstudy prices freeze` wrote"
        raise OutputError(
            Problem(str(path), None, "", "", message, cure) for path, cure in cures.items()
        )


def _is_other_json(path: Path) -> bool:
    """Whether a file is valid JSON, but no manifest; a damaged manifest is no valid JSON."""
    try:
        content = read_json(path)
    except (OSError, ValueError):
        return False
    return not isinstance(content, dict) or "series" not in content


def _has_sidecar(store: SeriesFolder, stem: str) -> bool:
    try:
        content = read_json(store.path / f"{stem}.json")
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and "sha256" in content
