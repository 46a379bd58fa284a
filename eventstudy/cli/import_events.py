"""The command that makes or extends events.csv from a list that somebody keeps."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventstudy.cli.base import INVALID, Command, say_problems
from eventstudy.cli.options import AS_JSON, FILE_PATH, PATH, option, pair, utf8
from eventstudy.cli.terminal import ask, complain, print_json, tell, tell_notes
from eventstudy.parsing import packaged_toml
from eventstudy.words.numbers import count

if TYPE_CHECKING:
    from eventstudy.events.import_write import Written
    from eventstudy.events.importing import Imported, Wanted
    from eventstudy.tables.table import Table
    from eventstudy.tables.understood import TableError

_FLAGS = packaged_toml("cli/columns.toml")["import"]
COLUMN_FLAGS: list[str] = _FLAGS["columns"]
"""Standard columns whose column of the list a flag names."""
FORM_FLAGS: dict[str, str] = _FLAGS["form"]
CELLS = f"{__name__}.given"


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value:
        kept = context.meta.setdefault(CELLS, {})
        kept[parameter.name] = utf8(value, parameter.opts[0])


def _flags(command: Callable[..., None]) -> Callable[..., None]:
    """Give the command a flag for each column and each thing that is said of a file."""
    for name, text in reversed(FORM_FLAGS.items()):
        flag = f"--{name.replace('_', '-')}"
        command = click.option(flag, name, help=text, expose_value=False, callback=_keep)(command)
    for name in reversed(COLUMN_FLAGS):
        flag = "--id" if name == "event_id" else f"--{name.replace('_', '-')}"
        text = f"Column of the list that holds the {name.replace('_', ' ')}."
        if name == "time":
            text = "Column of times, or one time for all rows, such as 14:00."
        command = click.option(
            flag, name, metavar="COLUMN", help=text, expose_value=False, callback=_keep
        )(command)
    return command


@click.command("import", cls=Command)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@_flags
@option("import", "--timezone", default="")
@option("import", "--tag", "tags", multiple=True)
@option("import", "--set", "fixed", multiple=True, metavar="COLUMN=TEXT")
@option("import", "--study", type=PATH, default=None)
@option("import", "--output", type=FILE_PATH)
@option("import", "--skip-bad", metavar="FILE", type=FILE_PATH)
@option("import", "--link", is_flag=True)
@option("import", "--dry-run", is_flag=True)
@AS_JSON
@click.pass_context
def import_events(context: click.Context, /, file: Path, **given: Any) -> None:
    """Make or extend an events.csv from FILE, a list of events in any form.

    FILE may be CSV with any delimiter and encoding, Excel, ODS, JSON, Parquet or Stata. What was
    understood of it is printed; where two readings are possible, the lines to write are. Nothing
    is written until every row is right. Without --study or --output the study is study.toml here
    if it is there, else the file is events.csv.
    """
    from eventstudy.cli.import_linked import link
    from eventstudy.events.import_write import merged, write
    from eventstudy.events.importing import read_list
    from eventstudy.tables.table import read_table
    from eventstudy.tables.understood import TableError

    wanted, target, study = _wanted(context, given)
    if file.resolve() == target.resolve() and not given["link"]:
        raise click.UsageError(
            f"{file} is the events file of the study itself: write --link, and the study reads it "
            "as it is; or --output NEW.csv."
        )
    try:
        if sys.stdin.isatty() and not given["as_json"]:
            wanted = asked_columns(read_table(file, wanted.form), wanted)
        made = read_list(file, wanted)
    except TableError as error:
        raise _with_flags(error) from None
    if not given["as_json"]:
        say_understood_list(made)
    if made.bad and given["skip_bad"] is None:
        refuse(made, as_json=given["as_json"])
    if given["link"]:
        return link(study or Path("study.toml"), file, wanted, dry_run=given["dry_run"])
    planned = merged(made, target, wanted.timezone)
    if not given["dry_run"]:
        if given["skip_bad"] is not None:
            _list_bad(made, given["skip_bad"])
        write(planned, wanted.timezone, wanted.assets)
    _say_done(made, planned, given)
    quiet = given["dry_run"] or given["as_json"] or given["output"] is not None
    if study is not None and planned.added and not quiet:
        tell(f"Now: eventstudy run {study}")
    return None


def _wanted(context: click.Context, given: dict[str, Any]) -> tuple[Wanted, Path, Path | None]:
    """Return what the flags say, the events file, and the study."""
    from eventstudy.events.importing import Wanted
    from eventstudy.prices.quality.hours import exchange_hours
    from eventstudy.study.outline import read_outline
    from eventstudy.tables.table import Form
    from eventstudy.timezones import zone_fault

    said: dict[str, str] = context.meta.get(CELLS, {})
    form = Form(**{name: text for name, text in said.items() if name in FORM_FLAGS})
    columns = {name: text for name, text in said.items() if name in COLUMN_FLAGS}
    fixed = dict(pair(text, "COLUMN=TEXT, such as title=FOMC") for text in given["fixed"])
    if columns.get("time", "")[:1].isdigit():
        fixed["time"] = columns.pop("time")
    study = given["study"]
    if study is None and Path("study.toml").is_file():
        study = Path("study.toml")
    outline = read_outline(study) if study is not None else None
    zone = given["timezone"] or (outline.timezone if outline else "")
    if zone and (fault := zone_fault(zone)):
        raise click.BadParameter(f"{zone!r} {fault.message}. {fault.cure}", param_hint="--timezone")
    target = given["output"] or (outline.events if outline else Path("events.csv"))
    if outline and outline.listed and not given["link"] and given["output"] is None:
        raise click.UsageError(
            f"the events of {study} are a list that others keep, {outline.events}; "
            "nothing is added to it. Write --output NEW.csv, or --link to read another list."
        )
    assets = outline.assets if outline else ()
    wanted = Wanted(columns, form, zone, tuple(given["tags"]), assets, fixed, hours=exchange_hours)
    if outline and outline.zone_differs(zone):
        wanted = replace(wanted, fixed={**fixed, "timezone": zone})
    return wanted, target, study


def _with_flags(error: TableError) -> TableError:
    """Return an error whose options are written as flags of this command."""
    from eventstudy.tables.understood import TableError

    def flag(match: re.Match[str]) -> str:
        return f"--{match[1].replace('_', '-')} {match[2]}"

    option = re.compile(rf'\b({"|".join(FORM_FLAGS)}) = ("(?:[^"\\]|\\.)*")')
    problems = [replace(problem, cure=option.sub(flag, problem.cure)) for problem in error.problems]
    return TableError(problems)


ASKED: dict[str, str] = _FLAGS["asked"]
"""Columns that are asked for, and what an empty answer means."""


def asked_columns(table: Table, wanted: Wanted) -> Wanted:
    """Ask which column is which, with what the header proposes."""
    from eventstudy.events.import_columns import proposals, title_left

    proposed = proposals(table, set())
    proposed |= {} if "title" in proposed else title_left(table, proposed)
    columns, fixed = dict(wanted.columns), dict(wanted.fixed)
    tell(f"{table.source}: columns {', '.join(table.header)}.", err=True)
    for name, empty in ASKED.items():
        if name in columns or name in fixed:
            continue
        default = table.header[proposed[name]] if name in proposed else ""
        answer = _column(name, empty, default, table.header)
        if answer.startswith("="):
            fixed[name] = answer[1:].strip()
        elif answer:
            columns[name] = answer
    return replace(wanted, columns=columns, fixed=fixed)


def _column(name: str, empty: str, default: str, header: Sequence[str]) -> str:
    """Ask for one column until the answer is one, or a text for all events alike."""
    shown = f" ({empty})" if empty and not default else ""
    while True:
        answer = ask(f"Column of the {name}{shown}", default)
        if answer in header or (answer.startswith("=") and answer[1:].strip()):
            return answer
        if not answer and name not in ("date", "title"):
            return answer
        if answer:
            complain(f"  There is no column {answer!r}.")
        else:
            alike = ', or "=FOMC decision" for all alike' if name == "title" else ""
            complain(f"  Every event needs a {name}: write one of the columns{alike}.")


def say_understood_list(made: Imported) -> None:
    """Say what was understood of a list."""
    tell(f"{made.source}: {count(len(made.rows), 'event')} understood.")
    tell_notes(made.notes)


def refuse(made: Imported, *, as_json: bool) -> None:
    """End when rows could not be read; each kind is said once, and how to leave them out."""
    from eventstudy.errors import InputError
    from eventstudy.events.importing import refuse_bad

    try:
        refuse_bad(made)
    except InputError as error:
        say_problems(error.problems, as_json=as_json)
    if not as_json:
        complain(
            f"Nothing was written. {count(len(made.bad), 'row')} could not be read; "
            "--skip-bad FILE leaves them out and lists them."
        )
    raise SystemExit(INVALID)


def _list_bad(made: Imported, path: Path) -> None:
    """Write the rows that were left out to a file, with the reason of each."""
    from eventstudy.events.csv_table import csv_line
    from eventstudy.files import read_file_bytes, replacing

    head = csv_line(("line", "reason", *made.header))
    if path.exists() and not read_file_bytes(path).startswith(b"line,reason,"):
        raise click.UsageError(f"{path} is there already and no list of rows; name another.")
    lines = [csv_line((str(row.line), row.problem.message, *row.cells)) for row in made.bad]
    with replacing(path) as file:
        file.write((head + "".join(lines)).encode())


def _say_done(made: Imported, planned: Written, given: dict[str, Any]) -> None:
    written = not given["dry_run"]
    if given["as_json"]:
        return print_json(
            {
                "file": str(planned.path),
                "added": list(planned.added),
                "present": list(planned.present),
                "understood": [str(note) for note in made.notes],
                "bad": [{"line": row.line, "reason": row.problem.message} for row in made.bad],
                "written": written,
            }
        )
    if planned.present:
        noun = count(len(planned.present), "event")
        tell(f"{noun} {'is' if len(planned.present) == 1 else 'are'} in {planned.path} already.")
    if given["skip_bad"] is not None and made.bad:
        tell(f"{count(len(made.bad), 'row')} left out, listed in {given['skip_bad']}.")
    verb = "Added" if written else "Nothing was written; this would add"
    tell(f"{verb} {count(len(planned.added), 'event')} to {planned.path}{_some(planned.added)}.")
    return None


def _some(ids: Sequence[str]) -> str:
    listed = ", ".join(ids[:3])
    return f": {listed}{', ...' if len(ids) > 3 else ''}" if ids else ""
