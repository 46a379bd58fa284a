"""What every page of a report depends on, as text that can be compared.

Keys come from content alone: the cells of the events, the prices that windows reach, the
settings, and the version of the engine with its libraries. Never from the time of a file.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields, is_dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventstudy.analysis.event_specifications import reach
from eventstudy.arrays import Array
from eventstudy.design.alignment import Concerned
from eventstudy.design.asset_returns import asset_returns
from eventstudy.design.estimation_windows import sessions_back
from eventstudy.design.price_findings import compared_with
from eventstudy.events.event_columns import by_column
from eventstudy.events.events import Event
from eventstudy.reruns.asset_keys import EARLIER, AssetKeys
from eventstudy.reruns.event_digests import row_digest, row_of
from eventstudy.reruns.fingerprint_file import (
    PLACEBO_RUNS,
    PRINT,
    Dependencies,
    EventKey,
    Keys,
    Series,
    digest,
)
from eventstudy.reruns.kept_engine import ENGINE, engine_of
from eventstudy.reruns.minute_keys import (
    bar_dependencies,
    bar_series,
    claimed_bars,
    minute_settings,
)
from eventstudy.settings import FEW_SERIES
from eventstudy.study.study_file import Study
from eventstudy.versions import engine_versions


def settings_of(study: Study, *, placebo_runs: bool) -> dict[str, str]:
    """Return the settings of a study by their place in study.toml, defaults filled in.

    Parameters
    ----------
    study : Study
        The study.
    placebo_runs : bool
        Whether the report holds what runs the study at placebo dates.
    """
    options = {name: value for name, value in _fields(study.options).items() if name != "calendars"}
    settings: dict[str, object] = {
        "title": study.about.title,
        "selection": study.about.selection,
        "start": study.start,
        "tests": None if study.tests is None else [_settings(item) for item in study.tests],
        "groups": list(study.groups),
        "assets": list(study.model),
        "series": list(study.request),
        PLACEBO_RUNS: placebo_runs,
        "other choices": few_series(study),
        **{f"windows.{name}": value for name, value in _fields(study.windows).items()},
        **{f"options.{name}": value for name, value in options.items()},
        ENGINE: engine_of(study),
        **{f"groups.{name}": asdict(item) for name, item in study.groups.items()},
        **{f"assets.{name}.model": _settings(item) for name, item in study.model.items()},
        **{f"calendar of {name}": item for name, item in study.options.calendars.items()},
    }
    for name in study.model:
        for key, value in asdict(study.about.asset(name)).items():
            settings[f"assets.{name}.{key}"] = value
    for name, table in study.request.items():
        kind = "assets" if name in study.model else "factors"
        settings |= {f"{kind}.{name}.{key}": value for key, value in table.items()}
    settings |= minute_settings(study)
    return {
        name: json.dumps(value, ensure_ascii=False, default=str) for name, value in settings.items()
    }


def few_series(study: Study) -> bool:
    """Whether the pages of a study show every event under other choices: not those of many firms.

    Parameters
    ----------
    study : Study
        The study; its prices are loaded.
    """
    return len({*study.model} & {*study.used.assets}) <= FEW_SERIES


def _fields(record: Any) -> dict[str, object]:
    return {item.name: getattr(record, item.name) for item in fields(record)}


def _settings(record: Any) -> object:
    """Return a model or a test by its name and its settings."""
    values = _fields(record) if is_dataclass(record) else {}
    return {"name": getattr(record, "name", str(record)), **values}


def keys_of(study: Study, *, placebo_runs: bool) -> Keys:
    """Return what the report of a study depends on.

    Parameters
    ----------
    study : Study
        The study; its prices are loaded when they are not yet.
    placebo_runs : bool
        Whether the report is to hold what runs the study at placebo dates.

    Returns
    -------
    Keys
    """
    events = list(study.ordered)
    back = reach(study.windows) if few_series(study) else -study.windows.estimation[0]
    back = max(back, sessions_back(study.ordered))
    depends_on: dict[str, Dependencies] = {}
    of_event: dict[str, dict[str, str]] = {event.event_id: {} for event in events}
    made_of: dict[str, list[str]] = {}
    for asset in assets_of(study, events, back):
        made_of[asset.name] = list(asset.names)
        _add_dependencies(asset, depends_on, of_event)
    for event_id, on in bar_dependencies(study).items():
        for name, dependencies in on.items():
            made_of[name] = [name]
            place = of_event[event_id][name] = f"{name} for {event_id}"
            depends_on[place] = dependencies
    for event in events:
        if claims := _claims(study, event):
            name = of_event[event.event_id][""] = f"claims of {event.event_id}"
            depends_on[name] = Dependencies(prices=claims)
    return Keys(
        engine_versions(),
        settings_of(study, placebo_runs=placebo_runs),
        list(study.ordered.columns),
        [str(day) for day in study.used.frame.index.to_numpy().astype("datetime64[D]")],
        {name: _series(study, name) for name in study.used.assets} | bar_series(study),
        dict(study.used.missing),
        made_of,
        depends_on,
        {event.event_id: _event(event, of_event[event.event_id]) for event in events},
    )


def assets_of(study: Study, events: Sequence[Event], back: int) -> Iterable[AssetKeys]:
    """Yield the assets of a study whose prices are there.

    Parameters
    ----------
    study : Study
        The study; its prices are loaded.
    events : sequence of Event
        Its events in order.
    back : int
        Sessions before day 0 that matter to an event.
    """
    findings, columns = study.quality(), by_column(study.ordered)
    on = Concerned(columns, tuple(study.model)).by_asset()
    for name, model in study.model.items():
        if not {name, *compared_with({name: model}, study.options)[name]} <= {*study.used.assets}:
            continue
        data = asset_returns(study.used, name, model, study.options)
        about = [events[index] for index in on[name].tolist()]
        asset = AssetKeys(study, name, data, about, columns.take(on[name]), (), back)
        yield replace(asset, findings=[f for f in findings if f.asset in asset.names])


def _add_dependencies(
    asset: AssetKeys, depends_on: dict[str, Dependencies], of_event: dict[str, dict[str, str]]
) -> None:
    """Add what the events of an asset depend on, each once."""
    sessions = asset.texts
    made: dict[tuple[int, int], str] = {}
    first, latest = (positions.tolist() for positions in asset.located)
    for event, low, high in zip(asset.events, first, latest, strict=True):
        if low == len(sessions):
            name = f"{asset.name} for {event.event_id}"
            depends_on[name] = asset.to_come(event)
        elif (low, high) not in made:
            name = made[low, high] = f"{asset.name} {sessions[low]}" + (
                "" if low == high else f"..{sessions[high]}" if high < len(sessions) else ".."
            )
            depends_on[name] = asset.dependencies(low, high)
        else:
            name = made[low, high]
        of_event[event.event_id][asset.name] = name


def _event(event: Event, depends_on: dict[str, str]) -> EventKey:
    row = row_of(event)
    fields_of = {name: zlib.crc32(value.encode()) for name, value in row.items()}
    return EventKey(row_digest(row), fields_of, depends_on)


def _claims(study: Study, event: Event) -> str:
    """Return the prices around the sessions that the claims of an event name, and their bars."""
    around: list[object] = [*claimed_bars(study, event)]
    for claim in event.claims:
        if claim.asset in study.used.assets:
            prices = study.used.series(claim.asset)
            position = int(prices.index.searchsorted(np.datetime64(claim.session)))
            near = prices.iloc[max(position - EARLIER - 1, 0) : position + EARLIER]
            origin = study.used.provenance[claim.asset].attribution
            around.append([origin, str(study.used.clocks[claim.asset])])
            around += zip(map(str, near.index), map(repr, near.tolist()), strict=True)
    return digest(around) if around else ""


def _series(study: Study, name: str) -> Series:
    """Return what the report says of a series, and a short print of each of its prices."""
    used = study.used
    facts = {key: str(value) for key, value in used.provenance[name].reported().items()}
    values = used.frame[name].to_numpy(dtype=float)
    return Series({**facts, "clock": str(used.clocks[name])}, prints_of(values))


def _crc_table() -> NDArray[np.uint32]:
    """Return the CRC-32 of each byte, as `zlib` steps through them."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(0xEDB88320), table >> 1)
    return table


CRC = _crc_table()
DIGITS = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


def prints_of(values: Array) -> str:
    """Return the last four hexadecimal digits of the CRC-32 of each price; dashes for none.

    As of ``zlib.crc32(value.tobytes())``, for all prices at once.
    """
    crc = np.full(len(values), 0xFFFFFFFF, dtype=np.uint32)
    for column in np.ascontiguousarray(values).view(np.uint8).reshape(-1, 8).T:
        crc = CRC[(crc ^ column) & np.uint32(0xFF)] ^ (crc >> np.uint32(8))
    crc ^= np.uint32(0xFFFFFFFF)
    shifts = np.arange(4 * (PRINT - 1), -1, -4, dtype=np.uint32)
    digits = DIGITS[(crc[:, None] >> shifts) & np.uint32(0xF)]
    digits[np.isnan(values)] = ord("-")
    return bytes(digits.tobytes()).decode("ascii")
