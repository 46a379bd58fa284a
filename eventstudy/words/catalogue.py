"""What a reader of the report sees, in one place: english.toml.

A translation is one more such file. Numbers are put in already written; the reasons that the
engine gives for what it did are part of its results, and come from there.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _catalogue() -> dict[str, Any]:
    text = (files("eventstudy") / "english.toml").read_text("utf-8")
    return tomllib.loads(text)


def template(key: str) -> Any:
    """Return an entry as it is written.

    Parameters
    ----------
    key : str
        Table and name, such as "verdict.title".

    Raises
    ------
    KeyError
        When there is no such entry.
    """
    found: Any = _catalogue()
    for part in key.split("."):
        found = found[part]
    return found.replace("\n", " ") if isinstance(found, str) else found


def say(key: str, /, **values: object) -> str:
    """Return a text with its values put in.

    Parameters
    ----------
    key : str
        Table and name, such as "verdict.title".
    **values : object
        What the places in braces stand for.
    """
    return str(template(key)).format_map(values)


def counted(number: int, noun: str) -> str:
    """Return a count with its noun.

    Parameters
    ----------
    number : int
        How many.
    noun : str
        Name of a pair in the table ``nouns``.
    """
    one, many = template(f"nouns.{noun}")
    return f"{number:,} {one if number == 1 else many}"
