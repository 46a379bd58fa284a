"""The tables [bars.NAME] and [minutes] of a study file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from eventstudy.bars.requests import IMPLIED, SOURCES, options_of, read_bar_request
from eventstudy.bars.standing import FORMULA
from eventstudy.errors import nearest
from eventstudy.minutes.settings import MinuteOptions, MinuteWindows
from eventstudy.study.known_keys import MINUTE_OPTIONS, MINUTE_WINDOWS, MINUTES, SERIES
from eventstudy.study.reader import Reader


def read_bars(reader: Reader, content: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return where the bars of each asset come from; what cannot be right is noted."""
    tables = reader.tables(content, "bars")
    for name, table in tables.items():
        where = f"bars.{name}"
        implied = IMPLIED in table and "source" not in table
        source = IMPLIED if implied else reader.text(where, table, "source")
        if not implied and source not in SOURCES:
            cure = nearest(source, SOURCES) if source else 'Write source = "moex" or another.'
            reader.report(f"{where}.source", "is no source of bars", cure, source)
            continue
        keys = options_of(source) if implied else (*SERIES, *options_of(source), IMPLIED)
        reader.known(where, table, keys)
        _parts(reader, where, table, tables)
        factor = table.get("factor")
        if isinstance(factor, str) and factor and factor not in tables:
            cure = f"{nearest(factor, [*tables])} Add [bars.{factor}] with its source."
            reader.report(f"{where}.factor", "has no bars", cure, factor)
        elif factor == name:
            reader.report(f"{where}.factor", "is the asset itself", "Name another.", factor)
        given = {key: value for key, value in table.items() if key in keys}
        names = {key: f"{where}.{key}" for key in given}
        reader.build(names, partial(_checked, name, given))
    return tables


def _parts(
    reader: Reader, where: str, table: Mapping[str, Any], tables: Mapping[str, object]
) -> None:
    """Note the series of an implied one that have no bars."""
    formula = table.get(IMPLIED)
    match = FORMULA.fullmatch(formula) if isinstance(formula, str) else None
    for name in (match[1], match[3]) if match else ():
        if name not in tables and name != "1":
            cure = f"{nearest(name, [*tables])} Add [bars.{name}] with its source."
            reader.report(f"{where}.{IMPLIED}", "names a series without bars", cure, name)


def _checked(name: str, given: Mapping[str, Any]) -> bool:
    return read_bar_request(name, given, Path()).traits_said


def read_minutes(reader: Reader, content: Mapping[str, Any]) -> tuple[MinuteWindows, MinuteOptions]:
    """Return the windows in minutes, and how they are compared; the default ones where wrong."""
    table = reader.table(content, "minutes")
    reader.known("minutes", table, MINUTES)
    names = {key: f"minutes.{key}" for key in MINUTES}
    given = dict(table)
    if "also" in given:
        also = given["also"]
        if isinstance(also, list) and all(isinstance(pair, list) for pair in also):
            given["also"] = tuple(tuple(pair) for pair in also)
        else:
            message = "must be a list of windows, minutes before and after"
            reader.report("minutes.also", message, "Write such as [[15, 45], [5, 60]].", also)
            del given["also"]
    windows = {key: value for key, value in given.items() if key in MINUTE_WINDOWS}
    options = {key: value for key, value in given.items() if key in MINUTE_OPTIONS}
    return (
        reader.build(names, lambda: MinuteWindows(**windows)) or MinuteWindows(),
        reader.build(names, lambda: MinuteOptions(**options)) or MinuteOptions(),
    )
