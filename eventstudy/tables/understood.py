"""What was understood of a file: sentences, each with the option that would say the same."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import NamedTuple

from eventstudy.errors import EXAMPLES, InputError


class Understood(NamedTuple):
    """One thing that was understood of a file.

    Parameters
    ----------
    about : str
        What it concerns: ``"delimiter"``, ``"date_format"``, ``"footer"``.
    text : str
        A sentence without its full stop.
    option : str
        The option that says the same, as it is written; empty when none is needed.
    """

    about: str
    text: str
    option: str = ""

    def __str__(self) -> str:
        said = f"{self.text[:1].upper()}{self.text[1:]}"
        return f"{said} ({self.option})." if self.option else f"{said}."


class TableError(InputError):
    """A table cannot be read, or can be read in two ways; the text has the lines to write."""


class CellsError(TableError):
    """Some cells of a table are wrong; how it is written is clear."""


def toml_text(text: str) -> str:
    r"""Return a text as TOML has it, in quotation marks: a tab is ``"\t"``."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    return f'"{plain}"'


def option_line(name: str, value: str) -> str:
    """Return an option as it is written in study.toml."""
    return f"{name} = {toml_text(value)}"


def shown(texts: Iterable[str]) -> str:
    """Return up to three different texts as examples."""
    different = list(dict.fromkeys(texts))[:EXAMPLES]
    return ", ".join(text if len(text) <= 40 else f"{text[:37]}..." for text in different)


def wrapped(text: str, width: int, indent: str = "") -> str:
    """Return a paragraph whose lines break at words; what is longer than a line stays whole.

    A number and its per cent sign stay together.
    """
    joined = text.replace(" %", "\u00a0%")
    filled = textwrap.fill(
        joined,
        max(width, 20),
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return filled.replace("\u00a0%", " %")
