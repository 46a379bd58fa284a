"""`eventstudy show`: one event of a study in the terminal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from eventstudy.cli.base import Command
from eventstudy.cli.options import AS_JSON, OFFLINE, STUDY_OPTION
from eventstudy.cli.run import exit_if_incomplete, lacking_of
from eventstudy.cli.terminal import busy, console, print_json


@click.command(cls=Command)
@click.argument("event_id")
@STUDY_OPTION
@OFFLINE
@AS_JSON
def show(event_id: str, path: Path, *, offline: bool, as_json: bool) -> None:
    """Show one event of a study in the terminal."""
    from eventstudy.cli.shown_event import as_records, as_text
    from eventstudy.report.report_data import ReportData
    from eventstudy.study.study_file import Study

    study = replace(Study.read(path), offline=offline)
    study.events[event_id]  # an unknown event is said before any work is done
    with busy("measuring"):
        results = study.run()
    if as_json:
        print_json(as_records(ReportData(results), event_id))
    else:
        console(wide=False).print(as_text(ReportData(results), event_id))
    exit_if_incomplete(lacking_of(study))
