"""JSON and TOML; what is nested too deeply for a parser is refused with an error."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from functools import cache
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Any

from eventstudy.files import STORED_LIMIT, read_file_bytes

STUDY_LIMIT = 2**20
"""Size in bytes above which a study file is not read."""

DEEPEST = 32
"""Levels of tables and lists, or parts of a dotted key, beyond which TOML is not read."""
LARGEST = 2**63
"""Whole numbers of TOML are smaller than this, as its specification has it."""

_PART = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*"""
_TOKENS = re.compile(
    rf"""
    (?:^|(?<=[{{,]))(?:[ \t]*\[{{1,2}})?[ \t]*(?P<key>(?:{_PART}){{{DEEPEST}}})
    | "{{3}}(?:\\.|[^\\])*?"{{3}} | '{{3}}.*?'{{3}} | "(?:\\.|[^"\\\n])*" | '[^'\n]*' | \#[^\n]*
    | (?P<number>[0-9][0-9_]{{999,}}) | (?P<open>[\[{{]) | (?P<close>[\]}}])
    """,
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)
"""Long dotted keys, texts and comments, long numbers, brackets."""


def read_json(path: str | Path) -> Any:
    """Return what a JSON file says that the program wrote.

    Raises
    ------
    ValueError
        When it is no JSON.
    OSError
        When it cannot be read; see `read_file_bytes`.
    """
    return parse_json(read_file_bytes(path, STORED_LIMIT))


def parse_json(content: str | bytes) -> Any:
    """Return what JSON says.

    Raises
    ------
    ValueError
        When it is none, or nested too deeply to be followed.
    """
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


@cache
def packaged_csv(path: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a CSV file of the package, each by the names of its columns."""
    text = (files("eventstudy") / path).read_text("utf-8")
    return tuple(csv.DictReader(StringIO(text)))


@cache
def packaged_toml(path: str) -> dict[str, Any]:
    """Return what a TOML file of the package says, such as ``"tables/words.toml"``."""
    return tomllib.loads((files("eventstudy") / path).read_text("utf-8"))


def parse_toml(text: str) -> dict[str, Any]:
    """Return what TOML says.

    Raises
    ------
    ValueError
        When it is none, is nested more than 32 levels deep or holds a number beyond 64 bits;
        the text names the line as `tomllib` does.
    """
    depth = 0
    for token in _TOKENS.finditer(text):
        kind = token.lastgroup
        depth += (kind == "open") - (kind == "close")
        if kind == "key" or depth > DEEPEST:
            raise _fault(f"nested more than {DEEPEST} levels deep", text, token.end())
        if kind == "number":
            raise _fault("a number of more than 1,000 digits", text, token.start())
    content = tomllib.loads(text)
    waiting: list[object] = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict | list):
            waiting += value.values() if isinstance(value, dict) else value
        elif isinstance(value, int) and not -LARGEST <= value < LARGEST:
            raise ValueError(f"a whole number beyond 64 bits, {hex(value)[:12]}...")
    return content


def _fault(message: str, text: str, position: int) -> ValueError:
    line, column = text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
    return ValueError(f"{message} (at line {line}, column {column})")
