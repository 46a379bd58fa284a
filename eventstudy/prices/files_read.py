"""Which files the prices of a study are read from, and until when they need no new look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, runtime_checkable

from eventstudy.parsing import read_json
from eventstudy.prices.live_source import LiveSource
from eventstudy.prices.loading import parsed
from eventstudy.prices.panel import Prices
from eventstudy.prices.sources.registry import Wanted
from eventstudy.prices.store.cache import FRESH, Cache
from eventstudy.prices.store.frozen import FOLDER, MANIFEST, Frozen

_SUFFIXES = (".json", ".csv", ".json.new")


@runtime_checkable
class FromFiles(Protocol):
    """A source whose prices are in files on this machine."""

    def files(self, symbol: str, options: Mapping[str, object]) -> tuple[Path, ...]:
        """Return the files of a symbol."""
        ...


Request = Mapping[str, str | Mapping[str, object]]


def _live(request: Request, folder: Path) -> dict[str, str]:
    """Return the names of the stored series that come from the network and are not frozen."""
    frozen = Frozen.beside(folder)
    kept = {own.get("stem") for own in frozen.series.values()} if frozen else set()
    wanted = {name: own for name, own in parsed(request, folder).items() if isinstance(own, Wanted)}
    return {
        name: own.key.stem
        for name, own in wanted.items()
        if isinstance(own.source, LiveSource) and own.key.stem not in kept
    }


def fixed_files(request: Request, folder: Path) -> tuple[Path, ...]:
    """Return the files that prices are read from, but for those that loading may refresh.

    Parameters
    ----------
    request : mapping
        As for `load_prices`.
    folder : Path
        Folder of the study.

    Returns
    -------
    tuple of Path
        Some of them need not be there.
    """
    live, files = _live(request, folder), [folder / FOLDER / MANIFEST]
    for name, own in parsed(request, folder).items():
        if not isinstance(own, Wanted) or name in live:
            continue
        stem = own.key.stem
        files += [folder / FOLDER / f"{stem}{suffix}" for suffix in _SUFFIXES]
        if isinstance(own.source, FromFiles):
            files += own.source.files(own.symbol, own.options)
    return tuple(files)


def live_files(
    request: Request, folder: Path, prices: Prices
) -> tuple[tuple[Path, ...], dt.datetime | None] | None:
    """Return the stored series that prices came from, and when a source is due to be asked.

    Parameters
    ----------
    request : mapping
        As for `load_prices`.
    folder : Path
        Folder of the study.
    prices : Prices
        What was loaded.

    Returns
    -------
    tuple or None
        None when that cannot be told: something is missing, or was fetched again meanwhile.
    """
    if prices.missing:
        return None
    files: list[Path] = []
    due: list[dt.datetime] = []
    shelf = Cache.default().shelf.folder
    for name, stem in _live(request, folder).items():
        origin, own = prices.provenance[name], [shelf / f"{stem}{suffix}" for suffix in _SUFFIXES]
        files += own
        try:
            stored = read_json(own[0])["fetched_at"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if origin.fetched_at is None or stored != origin.fetched_at.isoformat():
            return None
        if not origin.ended and not origin.stale:
            due.append(origin.fetched_at + FRESH)
    return tuple(files), min(due, default=None)
