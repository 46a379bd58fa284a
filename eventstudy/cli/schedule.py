"""The command that prints a ready file for a scheduler."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from eventstudy.cli.base import Command
from eventstudy.cli.options import STUDY, option
from eventstudy.cli.terminal import plain, tell
from eventstudy.files import read_file_bytes


@click.command(cls=Command)
@STUDY
@option("schedule", "--cron", "kind", flag_value="cron")
@option("schedule", "--systemd", "kind", flag_value="systemd")
@option("schedule", "--github-actions", "kind", flag_value="github-actions")
@option("schedule", "--at", default="07:30")
@option("schedule", "--timezone")
@option("schedule", "--days", default="mon-fri")
@option("schedule", "--notify-cmd", default="")
@option("schedule", "--output", type=click.Path(path_type=Path, file_okay=False))
def schedule(
    study: Path,
    kind: str | None,
    at: str,
    timezone: str | None,
    days: str,
    notify_cmd: str,
    output: Path | None,
) -> None:
    """Print a ready file for cron, systemd or GitHub Actions.

    It has STUDY (default: study.toml) run by the scheduler that this machine has. Nothing is
    installed: the file says in its first lines where it belongs. It names this machine's
    paths, states its time zone, and knows which exit codes are no failures.
    """
    import datetime as dt

    from eventstudy.reruns.history.notify import parse_command
    from eventstudy.reruns.schedule import SCHEDULERS, Job, parse_days, parse_time
    from eventstudy.study.outline import read_outline
    from eventstudy.timezones import checked_zone

    if kind is None:
        raise click.UsageError("Choose --cron, --systemd or --github-actions.")
    if notify_cmd:
        parse_command(notify_cmd)
    outline = read_outline(study)
    job = Job(
        _program(),
        study.absolute(),
        outline.reports.absolute(),
        outline.title,
        parse_time(at),
        checked_zone(timezone or outline.timezone or "UTC"),
        parse_days(days),
        notify_cmd,
    )
    now = dt.datetime.now().astimezone()
    files = dict(SCHEDULERS[kind](job, now.date(), now.utcoffset() or dt.timedelta()))
    if output is None:
        tell("\n".join(files.values()), newline=False)
    else:
        _write(files, output)


def _program() -> tuple[str, ...]:
    """Return how this program is called, with absolute paths."""
    program = Path(sys.argv[0]).absolute()
    if program.stem == "eventstudy" and program.is_file() and os.access(program, os.X_OK):
        return (str(program),)
    return (str(Path(sys.executable).absolute()), "-m", "eventstudy")


def _write(files: dict[str, str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    there = [name for name in files if os.path.lexists(folder / name)]
    other = [name for name in there if _bytes(folder / name) != files[name].encode()]
    if other:
        listed = ", ".join(plain(str(folder / name)) for name in other)
        raise click.UsageError(f"{listed} already there and different; delete it first.")
    for name, text in files.items():
        if name not in there:
            with (folder / name).open("xb") as file:
                file.write(text.encode())
        tell(f"wrote {folder / name}")


def _bytes(path: Path) -> bytes | None:
    """Return what a file holds; None when it cannot be read."""
    try:
        return read_file_bytes(path)
    except OSError:
        return None
