"""What the commands are given: options that several have, and what each says of itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import click

from eventstudy.parsing import packaged_toml

C = TypeVar("C", bound=Callable[..., Any])
HELP: dict[str, dict[str, str]] = packaged_toml("cli/options.toml")
"""What is said of the options, by command and by flag."""


def option(command: str, flag: str, *names: str, **settings: Any) -> Callable[[C], C]:
    """Return an option of a command, with what options.toml says of it.

    Parameters
    ----------
    command : str
        The command, or "shared" for an option of several.
    flag : str
        The flag, such as "--output".
    *names : str
        The name of its argument where it is not that of the flag.
    **settings
        What else click is told of it.
    """
    return click.option(flag, *names, help=HELP[command][flag.lstrip("-")], **settings)


PATH, FILE_PATH = click.Path(path_type=Path), click.Path(path_type=Path, dir_okay=False)
"""Kinds of arguments: any path, and one that is no folder."""
STUDY = click.argument("study", type=PATH, default=Path("study.toml"), required=False)
STUDY_OPTION = option("shared", "--study", "path", type=PATH, default=Path("study.toml"))
OFFLINE = option("shared", "--offline", is_flag=True)
AS_JSON = option("shared", "--json", "as_json", is_flag=True)


def pair(text: str, form: str) -> tuple[str, str]:
    """Return the column and the text of what is given with --set, which has a form."""
    name, sign, value = utf8(text, "--set").partition("=")
    if not sign or not name:
        raise click.BadParameter(f"{text!r} is not {form}.")
    return name, value


def utf8(text: str, name: str) -> str:
    """Return a text from the command line; refuse one whose bytes are not UTF-8.

    The locale C knows no characters but those of ASCII; the bytes of others are UTF-8 there too.
    """
    if not any("\ud800" <= c <= "\udfff" for c in text):
        return text
    with suppress(UnicodeError):
        return os.fsencode(text).decode("utf-8")
    shown = ascii(text)[1:-1]
    raise click.BadParameter(
        f"'{shown}' is not UTF-8. Set the terminal to UTF-8, or write it without that character.",
        param_hint=f"'{name}'",
    )
