"""The windows, the options and the exchange calendars of a study file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from eventstudy.errors import UnknownNameError, nearest
from eventstudy.models import NormalReturnModel
from eventstudy.prices.quality.calendars import check_calendar
from eventstudy.settings import Options, Windows, check_estimation
from eventstudy.study.known_keys import NUMBERS, OPTIONS, WINDOWS
from eventstudy.study.reader import FAR, Reader, message_and_cure


def read_windows(reader: Reader, table: dict[str, Any]) -> Windows:
    """Return the windows of [windows]; the default ones where they cannot be used."""
    reader.known("windows", table, WINDOWS)
    given = {key: table[key] for key in WINDOWS[:4] if key in table}
    sound = True
    if "car" in given and not _listed(given["car"]):
        pair = given.pop("car")
        whole = isinstance(pair, list) and [type(day) for day in pair] == [int, int]
        cure = f"Write [{pair}]." if whole else "Write such as [[0, 0], [0, 1]]."
        reader.report("windows.car", "must be a list of windows", cure, pair)
        sound = False
    for key, value in given.items():
        pairs = value if key == "car" and isinstance(value, list) else [value]
        wrong = [pair for pair in pairs if not reader.is_window(f"windows.{key}", pair)]
        sound = sound and not wrong
    fields = {key: f"windows.{key}" for key in WINDOWS}
    return (reader.build(fields, lambda: Windows(**given)) if sound else None) or Windows()


def _listed(value: object) -> bool:
    """Whether a value is a list of lists."""
    return isinstance(value, list) and all(isinstance(pair, list) for pair in value)


def read_options(
    reader: Reader, content: dict[str, Any], windows: dict[str, Any], series: list[str]
) -> Options:
    """Return the options of [options], of [windows] and of the top."""
    table = reader.table(content, "options")
    reader.known("options", table, OPTIONS)
    given: dict[str, Any] = {}
    for key in NUMBERS:
        value = table.get(key, 0)
        if type(value) not in (int, float) or (type(value) is float and key != "confidence"):
            reader.report(f"options.{key}", "must be a number", "Write such as 120.", value)
        elif abs(value) > FAR:
            reader.report(f"options.{key}", f"is beyond {FAR}", "Write a smaller one.", value)
        elif key in table:
            given[key] = value
    for key in OPTIONS[3:-1]:
        if key in table:
            value = table[key]
            plain = str(value) if type(value) is dt.date else value
            given[key] = reader.text("options", {key: plain}, key)
    if "inverted" in table:
        given["inverted"] = tuple(reader.names("options.inverted", table["inverted"]))
    given |= {"returns": reader.text("", content, "returns", "simple")}
    _check_names(reader, given, series)
    days = windows.get("exclude_from_estimation", [0, 1])
    if days == [] or reader.is_window("windows.exclude_from_estimation", days):
        given["exclude_from_estimation"] = days or None
    fields = {key: f"options.{key}" for key in OPTIONS} | {"returns": "returns"}
    return reader.build(fields, lambda: Options(**given)) or Options()


def _check_names(reader: Reader, given: dict[str, Any], series: list[str]) -> None:
    """Report options that name a series which the study does not have."""
    named = [("benchmark", given["benchmark"])] if "benchmark" in given else []
    named += [("inverted", name) for name in given.get("inverted", ())]
    for key, name in named:
        if name not in series:
            reader.report(f"options.{key}", "names no series", nearest(name, series), name)


def check_lengths(
    reader: Reader, windows: Windows, options: Options, models: Mapping[str, NormalReturnModel]
) -> None:
    """Report an estimation window that is too short for a model or for what is asked.

    Nothing is said where windows or options have problems of their own.
    """
    if any(
        problem.field.partition(".")[0] in ("windows", "options") for problem in reader.problems
    ):
        return
    fields = {"min_estimation": "options.min_estimation"}
    fields |= {name: f"windows.{name}" for name in ("estimation", "exclude_from_estimation")}

    def check() -> None:
        for asset, model in models.items():
            check_estimation(windows, options, f"the {model.name} of {asset}", model.fewest)

    reader.build(fields, check)


def read_calendars(reader: Reader, content: dict[str, Any]) -> dict[str, str]:
    """Return the exchange calendar of each series that names one; report unknown names."""
    by_series: dict[str, str] = {}
    for kind in ("assets", "factors"):
        series = content.get(kind)
        for name, table in series.items() if isinstance(series, dict) else ():
            if not isinstance(table, dict) or "calendar" not in table:
                continue
            where = f"{kind}.{name}"
            calendar = reader.text(where, table, "calendar")
            try:
                if calendar:
                    check_calendar(calendar)
                    by_series[name] = calendar
            except UnknownNameError as error:
                reader.report(f"{where}.calendar", *message_and_cure(error))
    return by_series
