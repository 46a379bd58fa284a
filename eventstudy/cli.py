"""The command line: arguments in, library call, path out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import eventstudy
from eventstudy.errors import EventStudyError, InputError, PriceError

if TYPE_CHECKING:
    from eventstudy.errors import Problem
    from eventstudy.results import EventStudyResults
    from eventstudy.study_file import Study

INTERNAL, USAGE, INVALID, NO_PRICES, INTERRUPTED = 1, 2, 4, 5, 130

STUDY = click.argument(
    "study", type=click.Path(path_type=Path), default=Path("study.toml"), required=False
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Write JSON for machines.")


def _say_problems(problems: tuple[Problem, ...], *, as_json: bool) -> None:
    if as_json:
        _print_json({"valid": False, "problems": [vars(problem) for problem in problems]})
        return
    click.echo(f"{_count(len(problems), 'problem')}:", err=True)
    for problem in problems:
        _complain(f"  {problem}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _complain(text: str) -> None:
    """Write to standard error; what could steer a terminal is shown as an escape."""
    click.echo(_printable(text), err=True)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


def _print_json(content: object) -> None:
    import json

    plain = sys.stdout.encoding.lower() != "utf-8"
    click.echo(json.dumps(content, indent=1, ensure_ascii=plain, allow_nan=False, default=str))


class _Command(click.Command):
    """A command whose expected errors become a message and an exit code."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(context)
        except InputError as error:
            _say_problems(error.problems, as_json=bool(context.params.get("as_json")))
            raise SystemExit(INVALID) from None
        except PriceError as error:
            _complain(f"prices: {error}")
            raise SystemExit(NO_PRICES) from None
        except EventStudyError as error:
            _complain(f"error: {error}")
            raise SystemExit(USAGE) from None
        except BrokenPipeError:
            raise
        except OSError as error:
            _complain(f"error: {error.filename or 'output'}: {error.strerror or error}")
            raise SystemExit(INTERNAL) from None


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96})
@click.version_option(eventstudy.__version__, prog_name="eventstudy")
def cli() -> None:
    """Measure what markets made of dated statements, and how sure one can be.

    A study is a file, study.toml, and the events.csv that it names.
    """


def _busy(message: str) -> AbstractContextManager[object]:
    """Show that work is going on, on a terminal."""
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console

    return Console(stderr=True).status(message)


def _with_bar(write: Callable[[Callable[[int, int], None] | None], Path]) -> Path:
    """Write a report, with a progress bar on a terminal."""
    if not sys.stderr.isatty():
        return write(None)
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("writing the report"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")
        return write(lambda done, total: bar.update(task, completed=done, total=total))


@cli.command(cls=_Command)
@STUDY
@click.option("--output", type=click.Path(path_type=Path), help="Folder to write to.")
@AS_JSON
def run(study: Path, output: Path | None, *, as_json: bool) -> None:
    """Run STUDY (default: study.toml) and write its report."""
    found = eventstudy.Study.read(study)
    with _busy("reading prices and measuring abnormal returns"):
        results = found.run()
    folder = output or found.reports
    index = _with_bar(lambda say: eventstudy.write_report(results, folder, progress=say))
    left = results.left_out
    if as_json:
        _print_json(_run_summary(results, index))
        return
    whole = int(left["start"].isna().sum())
    click.echo(
        f"{_count(len(results.events), 'event')} on {_count(len(results.assets), 'asset')}; "
        f"{_count(whole, 'observation')} left out, each with its reason in the report."
    )
    if results.quality:
        count = _count(len(results.quality), "finding")
        click.echo(f'{count} on the prices, under "Data quality" in the report.')
    click.echo(f"Report: {index.resolve()}")


def _run_summary(results: EventStudyResults, index: Path) -> dict[str, object]:
    left = results.left_out
    return {
        "report": str(index.resolve()),
        "events": len(results.events),
        "assets": results.assets,
        "episodes": int(sum(not reason for reason in results.abnormal.reasons)),
        "left_out": int(left["start"].isna().sum()),
        "pending": int(left["pending"].sum()),
        "findings": len(results.quality),
    }


@cli.command(cls=_Command)
@STUDY
@AS_JSON
def check(study: Path, *, as_json: bool) -> None:
    """Check STUDY, its events and its prices.

    Every problem is listed with its file and line, and what a reader must know about the
    prices: missing sessions, repeated prices, jumps, gaps inside windows.
    """
    found = eventstudy.Study.read(study)
    if not as_json:
        click.echo(
            f"{study} and its events are valid: {_count(len(found.events), 'event')}, "
            f"{_count(len(found.model), 'asset')} ({', '.join(found.model)})."
        )
    with _busy("checking prices"):
        findings = found.quality()
    if as_json:
        _print_json(
            {
                "valid": True,
                "events": len(found.events),
                "assets": list(found.model),
                "findings": [vars(finding) for finding in findings],
            }
        )
        return
    from eventstudy.prices.quality import lines_of

    click.echo(f"{_count(len(findings), 'finding')} on the prices{':' if findings else '.'}")
    for line in lines_of(findings):
        click.echo(f"  {_printable(line)}")


@cli.command(cls=_Command)
@click.argument(
    "folder", type=click.Path(path_type=Path, file_okay=False), default=Path(), required=False
)
def init(folder: Path) -> None:
    """Start a study in FOLDER: a study.toml and an events.csv to replace with your own."""
    from importlib.resources import files

    names = ("study.toml", "events.csv")
    present = [name for name in names if (folder / name).exists()]
    if present:
        raise click.UsageError(
            f"{', '.join(str(folder / name) for name in present)} already there; "
            "choose another folder."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes((files("eventstudy.example") / name).read_bytes())
        click.echo(f"wrote {folder / name}")
    click.echo(f"Now: eventstudy run {folder / 'study.toml'}")


@cli.command(cls=_Command)
@click.argument("event_id")
@click.option(
    "--study",
    "path",
    type=click.Path(path_type=Path),
    default=Path("study.toml"),
    help="The study.",
)
@AS_JSON
def show(event_id: str, path: Path, *, as_json: bool) -> None:
    """Show one event of a study in the terminal."""
    study: Study = eventstudy.Study.read(path)
    study.events[event_id]  # an unknown event is said before any work is done
    with _busy("measuring"):
        results = study.run()
    from eventstudy.show import as_records, as_text

    if as_json:
        _print_json(as_records(results, event_id))
    else:
        from rich.console import Console

        Console(highlight=False).print(as_text(results, event_id))


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # an old locale shows an escape, never fails
            stream.reconfigure(errors="backslashreplace")
    try:
        cli(standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        os._exit(INTERRUPTED)  # sys.exit may end as a signal: Python recalls a ^C inside exec()
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
