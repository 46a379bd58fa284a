"""The keys of a report as they are stored with it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from eventstudy.files import STORED_LIMIT, read_file_bytes
from eventstudy.parsing import parse_json

KEYS = "data/keys.json"
FORMAT = 1
BARS = "bars of "
"""What the name of an asset begins with where its bars are meant, and not its daily prices."""
PRINT = 4
"""Digits of the print of a price: enough to name the sessions that were revised."""

as_text = json.JSONEncoder(ensure_ascii=False, default=str, separators=(",", ":")).encode


def digest(*parts: object) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of values."""
    return digest_of_text(as_text(parts))


def digest_of_text(text: str) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of a text, such as `as_text` makes."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Dependencies(NamedTuple):
    """What an observation depends on beside its event, the settings and the engine.

    Parameters
    ----------
    first, last : str
        Sessions between which prices matter to it.
    prices : str
        Digest of these prices, of the asset and of what it is compared with.
    near : str
        Digest of other events that matter to it.
    findings : str
        Digest of what the checks of the prices found in its windows.
    facts : str
        Digest of what is said of its series.
    lacking : int
        Sessions of its primary window that are still to come; -1 = day 0 itself is.
    due : str
        When they will be there, in words; empty when none is to come.
    """

    first: str = ""
    last: str = ""
    prices: str = ""
    near: str = ""
    findings: str = ""
    facts: str = ""
    lacking: int = 0
    due: str = ""


class EventKey(NamedTuple):
    """An event: digest of its row, a print of each filled cell, and what it depends on.

    That is the name of its `Dependencies` by asset; those without an asset are of its claims.
    """

    row: str
    fields: dict[str, int]
    depends_on: dict[str, str]


class Series(NamedTuple):
    """A series of prices: what is said of it, and a print of each session's price."""

    facts: dict[str, str]
    prints: str


BEFORE = {"options.engine": '"statsmodels"'}
"""Settings that older keys do not hold, and what they were."""
RECORDS = {"series": Series, "depends_on": Dependencies, "events": EventKey}
"""Fields of `Keys` that hold records by name, and what kind of record."""
STORED_AS = {"depends_on": "places"}
"""Fields of `Keys` that have another name in the file."""
PLACEBO_RUNS = "placebo runs"
"""The setting of `Keys` that says whether the study is run at placebo dates."""


@dataclass(frozen=True)
class Keys:
    """What a report depends on.

    Parameters
    ----------
    engine : dict of str
        Versions of the engine and of its libraries.
    settings : dict of str
        Settings by their place in study.toml.
    columns : list of str
        Columns of the events.
    sessions : list of str
        All sessions within reach.
    series : dict of Series
        Prices of these sessions, by series.
    missing : dict of str
        Series that could not be had, and why.
    made_of : dict of list
        Series that the returns of each asset are made of: its own, factors, benchmark.
    depends_on : dict of Dependencies
        What observations depend on, by asset and possible days 0.
    events : dict of EventKey
        Events by id, in order.
    """

    engine: dict[str, str]
    settings: dict[str, str]
    columns: list[str]
    sessions: list[str]
    series: dict[str, Series]
    missing: dict[str, str]
    made_of: dict[str, list[str]]
    depends_on: dict[str, Dependencies]
    events: dict[str, EventKey]

    @property
    def placebo_runs(self) -> bool:
        """Whether the report holds what runs the study at placebo dates."""
        return self.settings.get(PLACEBO_RUNS) != "false"

    def due(self, event_id: str, asset: str) -> str:
        """Return when the window of an event on an asset will be complete; empty when it is."""
        name = self.events[event_id].depends_on.get(asset)
        return self.depends_on[name].due if name else ""

    def to_json(self) -> str:
        """Return the keys as JSON, one event a line."""
        lines = [f'"format":{FORMAT}']
        for field, value in vars(self).items():
            name = STORED_AS.get(field, field)
            if field in RECORDS:
                rows = (f"{json.dumps(key)}:{as_text(record)}" for key, record in value.items())
                lines.append(f'"{name}":{{\n' + ",\n".join(rows) + "}")
            else:
                lines.append(f'"{name}":{as_text(value)}')
        return "{" + ",\n".join(lines) + "}\n"

    @classmethod
    def from_json(cls, text: str) -> Keys:
        """Return keys from what `to_json` wrote.

        Raises
        ------
        ValueError
            When they are damaged, or of another version.
        """
        try:
            content = parse_json(text)
            if content.pop("format") != FORMAT:
                raise ValueError("another format")
            for field, kind in RECORDS.items():
                records = content.pop(STORED_AS.get(field, field))
                content[field] = {key: kind(*record) for key, record in records.items()}
            content["settings"] = {**BEFORE, **content["settings"]}
            return cls(**content)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"not keys: {error}") from error


def read_keys(folder: Path) -> Keys | None:
    """Return the keys stored with a report; None when it has none that can be read."""
    try:
        return Keys.from_json(read_file_bytes(folder / KEYS, STORED_LIMIT).decode())
    except (OSError, ValueError):
        return None
