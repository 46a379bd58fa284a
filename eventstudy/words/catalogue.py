"""What a reader of the report sees, in one place: english.toml.

A translation is one more such file. Numbers are put in already written; the reasons that the
engine gives for what it did are part of its results, and come from there.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from eventstudy.errors import UnknownNameError
from eventstudy.parsing import packaged_toml
from eventstudy.words.numbers import plural

CATALOGUE = "english.toml"
"""The file of all texts, in the package."""


@cache
def template(key: str) -> Any:
    """Return an entry as it is written.

    Parameters
    ----------
    key : str
        Table and name, such as "verdict.title".

    Raises
    ------
    UnknownNameError
        When there is no such entry; it says which line to add to which file.
    """
    entry: Any = packaged_toml(CATALOGUE)
    for name in key.split("."):
        if not isinstance(entry, dict) or name not in entry:
            raise UnknownNameError(_missing(key))
        entry = entry[name]
    return entry.replace("\n", " ") if isinstance(entry, str) else entry


def _missing(key: str) -> str:
    """Say where a text that is not there has to be written."""
    table, _, name = key.rpartition(".")
    form = '["one", "many"]' if table == "nouns" else '"…"'
    return f'eventstudy/{CATALOGUE}: no text "{key}"; add under [{table}]: {name} = {form}'


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


def say_how(key: str, file: str, /, **values: object) -> str:
    """Return a text on what to do: in terms of the study file or, without one, of the library.

    Parameters
    ----------
    key : str
        Table and name; what the library calls it is in the same table under ``python``.
    file : str
        Name of the study file; empty = the study was made in Python.
    **values : object
        What the places in braces stand for.
    """
    table, _, name = key.rpartition(".")
    python = not file and name in packaged_toml(CATALOGUE)["python"].get(table, {})
    return say(f"python.{key}" if python else key, **values)


def say_of(key: str, number: int, /, **values: object) -> str:
    """Return a text whose verb goes with a number: that of its key and "_one" of one.

    Parameters
    ----------
    key : str
        Table and name, such as "doubts.unsure_fact".
    number : int
        What the verb goes with.
    **values : object
        What the places in braces stand for.
    """
    return say(f"{key}_one" if number == 1 else key, **values)


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
    return plural(number, one, many)
