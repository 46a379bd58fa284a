"""Reading the values of a study file one by one; all that is wrong with them is collected."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from eventstudy.errors import EventStudyError, Problem
from eventstudy.events.csv_table import FORBIDDEN
from eventstudy.study.known_keys import elsewhere, misspelt, suggestion
from eventstudy.study.outline import read_content

T = TypeVar("T")

FAR = 10_000
"""No window reaches further, and no option counts more, than this many sessions or days."""

HEAD = re.compile(r"""\[\[?((?:"[^"]*"|'[^']*'|[^\[\],="'])+)\]\]?\s*(?:#.*)?""")


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the dotted name of every table and key of a study file."""
    table, quoted = "", False
    for number, line in enumerate(text.split("\n"), 1):
        inside, stripped = quoted, line.strip()
        quoted ^= (line.count('"""') + line.count("'''")) % 2 == 1
        if inside or stripped.startswith("#"):
            continue
        head = HEAD.fullmatch(stripped)
        if not head and "=" not in stripped:
            continue
        names = (head[1] if head else stripped.split("=")[0]).split(".")
        name = ".".join(each.strip().strip("\"'") for each in names)
        table = name if head else table
        yield number, name if head else f"{table}.{name}".lstrip(".")


def message_and_cure(error: Exception) -> tuple[str, str]:
    """Split the text of an error into what is wrong and what to do."""
    text = str(error).rstrip(".")
    message, dot, cure = text.rpartition(". ")
    return (message, cure if cure.endswith("?") else f"{cure}.") if dot else (text, "Correct it.")


def _such(where: str, value: object) -> str:
    """Return a window to write; for a number of sessions, one of that length."""
    whole = isinstance(value, list) and all(type(v) in (int, float) and v == v // 1 for v in value)
    numbers = [int(v) for v in value] if whole and isinstance(value, list) else []
    if isinstance(value, str):
        numbers = [int(text) for text in re.findall(r"[-+]?[0-9]{1,5}", value)]
    if len(numbers) == 2 and -FAR <= numbers[0] <= numbers[1] <= FAR:
        return str(numbers)
    single = numbers[0] if len(numbers) == 1 else value
    asked = abs(single) if type(single) is int and 2 <= abs(single) <= FAR else 0
    if where == "windows.estimation":
        return f"[{-20 - (asked or 250)}, -21], which is {asked or 250} sessions"
    if where == "windows.event":
        half = asked // 2 or 5
        return f"[{-half}, {half}], which is {2 * half + 1} sessions"
    if where == "windows.exclude_from_estimation":
        return "[0, 1], or [] to keep the days of other events"
    return f"[0, {asked - 1}], which is {asked} sessions" if asked else "[0, 1]"


class Reader:
    """Reads values of a study file and collects what is wrong with them."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.places = list(_lines(text))
        self.problems: list[Problem] = []

    def line(self, where: str) -> int | None:
        """Line of a key or a table, else of the table that it belongs in."""
        while where:
            for number, name in self.places:
                if f"{name}.".startswith(f"{where}."):
                    return number
            where = where.rpartition(".")[0]
        return None

    def report(self, where: str, message: str, cure: str, value: object = None) -> None:
        """Note a problem of a key, given by its dotted name."""
        try:
            text = "" if value is None else str(value)
            shown = text.lower() if isinstance(value, bool) else text  # as TOML writes it
        except ValueError:  # Python does not write out whole numbers of thousands of digits
            shown = "a very long number"
        name = where if where.isprintable() else ascii(where)[1:-1]
        self.problems.append(Problem(str(self.path), self.line(where), name, shown, message, cure))

    def known(self, where: str, content: Mapping[str, object], keys: tuple[str, ...]) -> None:
        """Report keys that do not exist, or belong in another table."""
        for key in content:
            if key not in keys:
                other = None if misspelt(key, keys) else elsewhere(where, key)
                fault = other or ("unknown key", suggestion(where, key, keys))
                self.report(f"{where}.{key}".lstrip("."), *fault)

    def text(self, where: str, content: Mapping[str, Any], key: str, default: str = "") -> str:
        """Return a text; the default when there is none, or none that can be used."""
        value, name = content.get(key, default), f"{where}.{key}".lstrip(".")
        if not isinstance(value, str):
            self.report(name, "must be text", "Put it in quotation marks.", value)
        elif hit := FORBIDDEN.search(value):
            message = f"holds a character that cannot be seen, U+{ord(hit[0]):04X}"
            self.report(name, message, "Delete it.", value)
        else:
            return value
        return default

    def names(self, where: str, value: object) -> list[str]:
        """Return a list of names; empty when it is none."""
        if isinstance(value, list) and all(isinstance(v, str) and v.isprintable() for v in value):
            return value
        such = f'["{value}"]' if isinstance(value, str) and value.isprintable() else '["NAME"]'
        self.report(where, "must be a list of names", f"Write such as {such}.", value)
        return []

    def table(self, content: Mapping[str, Any], key: str) -> dict[str, Any]:
        """Return a table."""
        value = content.get(key, {})
        if not isinstance(value, dict):
            self.report(key, "must be a table", f"Write it as [{key}].", value)
            return {}
        return value

    def tables(self, content: Mapping[str, Any], key: str) -> dict[str, dict[str, Any]]:
        """Return the tables of a table, each with its name."""
        sound = {}
        for name, value in self.table(content, key).items():
            if not name.strip() or not name.isprintable():
                self.report(f"{key}.{name}", "is not a name", "Write letters and digits.", name)
            elif isinstance(value, dict):
                sound[name] = value
            else:
                cure = f'Write [{key}.{name}] with source = "..." and symbol = "...".'
                fault = elsewhere(key, name) or ("must be a table", cure)
                self.report(f"{key}.{name}", *fault, value)
        return sound

    def is_window(self, where: str, value: object) -> bool:
        """Whether a value is a window; what is wrong with it is noted."""
        if not isinstance(value, list) or [type(item) for item in value] != [int, int]:
            message = "must be two whole numbers of sessions relative to day 0"
            self.report(where, message, f"Write such as {_such(where, value)}.", value)
        elif max(map(abs, value)) > FAR:
            self.report(where, f"reaches further than {FAR} sessions", "Shorten it.", value)
        elif where == "windows.estimation" and min(value) > 0:
            days = [-max(value), -min(value)]
            cure = f"Write {days}: days before day 0 are negative."
            self.report(where, "lies after the event", cure, value)
        elif value[0] > value[1]:
            cure = f"Write [{value[1]}, {value[0]}]."
            self.report(where, "must not end before it starts", cure, value)
        else:
            return True
        return False

    def build(self, fields: Mapping[str, str], make: Callable[[], T]) -> T | None:
        """Call a constructor; report its error at the field that the error names first."""
        try:
            return make()
        except EventStudyError as error:
            message, cure = message_and_cure(error)
            lower = message.casefold()
            named = [key for key in fields if key in lower] or list(fields)[:1]
            self.report(fields[min(named, key=lower.find)], message, cure)
            return None


def parse(path: Path) -> tuple[Reader, dict[str, Any]]:
    """Return the content of a study file, and a reader of its values."""
    text, content = read_content(path)
    return Reader(path, text), content
