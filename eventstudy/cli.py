"""The command line: arguments in, library call, path out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
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
    count = len(problems)
    click.echo(f"{count} problem{'s' if count != 1 else ''}:", err=True)
    for problem in problems:
        click.echo(f"  {problem}", err=True)


def _print_json(content: object) -> None:
    import json

    click.echo(json.dumps(content, indent=1, ensure_ascii=False, default=str))


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
            click.echo(f"prices: {error}", err=True)
            raise SystemExit(NO_PRICES) from None
        except EventStudyError as error:
            click.echo(f"error: {error}", err=True)
            raise SystemExit(USAGE) from None


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
        f"{len(results.events)} events on {len(results.assets)} assets; {whole} observations "
        f"left out, each with its reason in the report."
    )
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
    }


@cli.command(cls=_Command)
@STUDY
@AS_JSON
def check(study: Path, *, as_json: bool) -> None:
    """Check STUDY and its events; list every problem with its file and line."""
    found = eventstudy.Study.read(study)
    if as_json:
        _print_json({"valid": True, "events": len(found.events), "assets": list(found.model)})
        return
    click.echo(
        f"{study} and its events are valid: {len(found.events)} events, "
        f"{len(found.model)} assets ({', '.join(found.model)})."
    )


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
    try:
        cli(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
