"""The command that adds an event to events.csv."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventstudy.cli.base import USAGE, Command, say_problems
from eventstudy.cli.options import AS_JSON, STUDY_OPTION, option, pair, utf8
from eventstudy.cli.terminal import ask, complain, print_json, tell
from eventstudy.errors import NewEventError
from eventstudy.parsing import packaged_toml

if TYPE_CHECKING:
    from eventstudy.events.append import Appended, Target

HELP: dict[str, str] = packaged_toml("cli/columns.toml")["help"]
"""The standard columns in the order in which a prompt asks for them, and what to say of each."""

SEVERAL = {"tags": "tag", "assets": "asset", "claims": "claim"}
NEEDED = ("date", "title")


def _pair(context: click.Context, parameter: click.Parameter, given: Any) -> dict[str, str]:  # noqa: ARG001
    """Read COLUMN=VALUE."""
    cells: dict[str, str] = {}
    for text in given:
        name, value = pair(text, "COLUMN=VALUE, such as tone=-1")
        if name in cells:
            raise click.BadParameter(f"the column {name} is given twice.")
        cells[name] = value
    return cells


def _text(context: click.Context, parameter: click.Parameter, value: Any) -> str | None:  # noqa: ARG001
    """Return the value of a flag as the text of its column; None where it is not given."""
    if value in (None, ()):
        return None
    return utf8(";".join(value) if parameter.name in SEVERAL else value, parameter.opts[0])


def _flags(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command one flag for each standard column."""
    for name in reversed(("event_id", *(column for column in HELP if column != "event_id"))):
        several = name in SEVERAL
        flag = {"event_id": "id"}.get(name, SEVERAL.get(name, name)).replace("_", "-")
        text = HELP[name]
        if name == "event_id":
            text += " Default: the surname and the date."
        if several:
            text = text.replace(", separated by semicolons", "").rstrip(".") + ". May be repeated."
        made = click.option(f"--{flag}", name, multiple=several, help=text, callback=_text)
        command = made(command)
    return command


@click.command(cls=Command)
@_flags
@option("add", "--set", "further", multiple=True, metavar="COLUMN=VALUE", callback=_pair)
@STUDY_OPTION
@option("add", "--dry-run", is_flag=True)
@AS_JSON
def add(
    path: Path, further: dict[str, str], *, dry_run: bool, as_json: bool, **texts: str | None
) -> None:
    """Add an event to the events of a study.

    A date and a title are needed. On a terminal, when one of them is not given, every field is
    asked for. The event is checked by the rules of `eventstudy check` first; every byte that is
    in the file stays as it is.
    """
    from eventstudy.events.append import Target, append_event
    from eventstudy.events.ids import default_id
    from eventstudy.study.outline import read_outline

    outline = read_outline(path)
    if outline.listed:
        raise click.UsageError(
            f"the events of {path} are a list that others keep, {outline.events}, which is read on "
            "every run: nothing is added to it. Add the event there; or run `eventstudy import "
            f'{outline.events} --output events.csv` and write events = "events.csv".'
        )
    given = {name: text for name, text in texts.items() if text is not None}
    cells = _joined(given, further)
    target = Target.read(outline.events, outline.timezone, outline.assets)
    target.check_columns(list(cells))
    lacking = [name for name in NEEDED if not cells.get(name)]
    asked = bool(lacking) and sys.stdin.isatty()
    if lacking and not asked:
        flags = " and ".join(f"--{name}" for name in lacking)
        raise click.UsageError(f"{flags} needed: what was said, and when.")
    if asked:
        _ask(target, cells, outline.timezone)
    cells.setdefault("event_id", default_id(cells, target.events.event_ids))
    if asked and not dry_run and not click.confirm("\nAdd this event?", default=True, err=True):
        return complain("Nothing was written.")
    try:
        appended = append_event(target, cells, dry_run=dry_run)
    except NewEventError as error:
        say_problems(error.problems, as_json=as_json)
        raise SystemExit(USAGE) from None
    return _tell(appended, dry_run=dry_run, as_json=as_json)


def _joined(cells: dict[str, str], further: dict[str, str]) -> dict[str, str]:
    """Return what was given, by column."""
    twice = [name for name in further if name in cells]
    if twice:
        raise click.UsageError(f"{', '.join(twice)} given twice: by a flag and by --set.")
    return {**cells, **further}


def _tell(appended: Appended, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "event_id": appended.event_id,
                "file": str(appended.path),
                "line": appended.line,
                "text": appended.text,
                "written": not dry_run,
            }
        )
    elif dry_run:
        tell(appended.text)
        complain(f"This would be line {appended.line} of {appended.path}. Nothing was written.")
    else:
        tell(f"Added {appended.event_id} to {appended.path}, line {appended.line}.")
        tell("`eventstudy run` brings the report up to date.")


def _ask(target: Target, cells: dict[str, str], zone: str) -> None:
    """Ask for every field that was not given; those of the file's own columns as well."""
    from eventstudy.events.ids import default_id

    with suppress(ImportError):
        import readline  # noqa: F401  long lines, arrow keys, pasted text of several lines
    columns = target.events.columns
    standard = [name for name in HELP if name in columns and name != "event_id"]
    further = [name for name in columns if name not in HELP]
    tell(f"A new event for {target.path}. Enter leaves a field empty.", err=True)
    answered = list(cells)
    for name in (*standard, *further, "event_id"):
        timed = any(cells.get(field) for field in ("time", "not_before", "known_by"))
        implied = name in ("not_before", "known_by") and bool(cells.get("time"))
        if cells.get(name) or implied or (name == "timezone" and not timed):
            continue
        default = {"timezone": zone}.get(name, "")
        if name == "event_id":
            default = default_id(cells, target.events.event_ids)
        _ask_one(target, cells, [*answered, name], default)
        answered.append(name)


def _ask_one(target: Target, cells: dict[str, str], names: list[str], default: str) -> None:
    """Ask for the last of some fields until what they hold together is right."""
    from eventstudy.events.append import field_problem

    name = names[-1]
    err = not sys.stdout.isatty()  # on standard error lines are not edited, and end at 4,096 bytes
    tell(err=True)
    tell(HELP.get(name, "A further column of your file."), dim=True, err=True)
    while True:
        cells[name] = ask(name, default, err=err)
        wrong = field_problem(target, cells, names)
        if not wrong:
            return
        tell(f"  {wrong[0].upper()}{wrong[1:]}", colour="yellow", err=True)
