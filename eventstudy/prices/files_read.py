"""Which files the prices of a study are read from, and when they must be looked at again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from eventstudy.parsing import read_json
from eventstudy.prices.panel import Prices
from eventstudy.prices.requests import Request, SeriesRequest, read_requests
from eventstudy.prices.store.cache import FRESH, Cache
from eventstudy.prices.store.frozen import FOLDER, MANIFEST, Frozen

_SUFFIXES = (".json", ".csv", ".json.new")


def _requests(request: Request, folder: Path) -> tuple[dict[str, str], list[SeriesRequest]]:
    """Return the file names of stored series that a run refreshes, and all other requests."""
    frozen = Frozen.beside(folder)
    kept = frozen.stems if frozen else set()
    live: dict[str, str] = {}
    fixed: list[SeriesRequest] = []
    for name, wanted in read_requests(request, folder).items():
        if not isinstance(wanted, SeriesRequest):
            continue
        if wanted.live and wanted.key.stem not in kept:
            live[name] = wanted.key.stem
        else:
            fixed.append(wanted)
    return live, fixed


def fixed_files(request: Request, folder: Path) -> tuple[Path, ...]:
    """Return the files that prices are read from, without those that loading may refresh.

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
    files = [folder / FOLDER / MANIFEST]
    for wanted in _requests(request, folder)[1]:
        files += [folder / FOLDER / f"{wanted.key.stem}{suffix}" for suffix in _SUFFIXES]
        files += wanted.files()
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
        None when a series is missing, or was fetched again in the meantime.
    """
    if prices.missing:
        return None
    files: list[Path] = []
    due: list[dt.datetime] = []
    cache = Cache.default().path
    for name, stem in _requests(request, folder)[0].items():
        origin, stored_as = prices.provenance[name], [cache / f"{stem}{end}" for end in _SUFFIXES]
        files += stored_as
        try:
            stored = read_json(stored_as[0])["fetched_at"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if origin.fetched_at is None or stored != origin.fetched_at.isoformat():
            return None
        if not origin.ended and not origin.stale:
            due.append(origin.fetched_at + FRESH)
    return tuple(files), min(due, default=None)
