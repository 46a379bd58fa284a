"""`eventstudy plan`: what a run would do, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventstudy.cli.base import Command
from eventstudy.cli.logged import paths_of
from eventstudy.cli.options import AS_JSON, OFFLINE, STUDY, option
from eventstudy.cli.run import ADOPT, OUTPUT, QUICK, Asked, compared, lacking_of, lines_of
from eventstudy.cli.terminal import complain, print_json, print_table, tell
from eventstudy.words.numbers import count

if TYPE_CHECKING:
    from eventstudy.reruns.plan import Plan

WORK = 10
SHARED = "(the page is made for another asset)"
SHOWN = 40
"""Lines of a plan that are printed; all are in the JSON."""


@click.command(cls=Command)
@STUDY
@OUTPUT
@ADOPT
@QUICK
@option("plan", "--exit-code", is_flag=True)
@OFFLINE
@AS_JSON
def plan(study: Path, output: Path | None, *, exit_code: bool, **flags: Any) -> None:
    """Say what `eventstudy run` would do for STUDY (default: study.toml), and why.

    Nothing is written. The options are those of `run`.
    """
    from eventstudy.reruns.causes import Causes
    from eventstudy.reruns.up_to_date import current

    asked, folder = Asked(**flags), paths_of(study, output).report
    if current(study, folder, quick=asked.quick, offline=asked.offline) is not None:
        planned, lacking, state = _kept(folder), {}, None
    else:
        _, state = compared(study, folder, asked)
        planned, lacking = state.plan, lacking_of(state.study)
    if asked.as_json:
        causes = state.causes if state else Causes()
        print_json({**_as_records(planned), "cause": causes.cause, "causes": causes.events})
    else:
        _show(planned)
        for line in lines_of(lacking):
            complain(line)
    if exit_code and planned.work:
        raise SystemExit(WORK)


def _kept(folder: Path) -> Plan:
    """Return the plan of a report that is up to date."""
    from eventstudy.reruns.fingerprint_file import read_keys
    from eventstudy.reruns.plan import plan as compare

    keys = read_keys(folder)
    assert keys is not None, "a report that is up to date has keys"
    return compare(keys, keys)


def _as_records(plan: Plan) -> dict[str, object]:
    return {
        "work": plan.work,
        "study": list(plan.study),
        "pages": {action: len(plan.events(action)) for action in ("make", "keep", "remove")},
        "steps": [asdict(step) for step in plan.steps],
    }


def _show(plan: Plan) -> None:
    """Print a plan: what changed for all, then event by event what is made or removed."""
    if plan.work:
        made, kept, gone = (len(plan.events(action)) for action in ("make", "keep", "remove"))
        parts = [f"{count(made, 'page')} to make", f"{kept} stay"]
        parts += [f"{gone} to remove"] if gone else []
        tell(f"{', '.join(parts)}. Index, averages and data are made again.")
    else:
        tell("Nothing to do: the report is up to date.")
    for reason in plan.study:
        tell(f"  {reason}")
    named = {step.event_id for step in plan.steps if step.action != "keep" and step.reasons}
    work = [step for step in plan.steps if step.event_id in named]
    if silent := len(plan.events("make")) - len(named.intersection(plan.events("make"))):
        tell(f"  {count(silent, 'page')} made again for what concerns all")
    if work:
        tell()
        rows = [
            (s.event_id, s.asset, s.action, ", ".join(s.reasons) or SHARED) for s in work[:SHOWN]
        ]
        _table(("Event", "Asset", "What", "Why"), rows)
        if work[SHOWN:]:
            tell(f"and {len(work) - SHOWN} more; --json lists all")
    waiting = [step for step in plan.steps if step.pending]
    if waiting:
        tell()
        dues = [(step.event_id, step.asset, step.pending) for step in waiting[:SHOWN]]
        _table(("Waiting", "Asset", ""), dues)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print_table({name: {"overflow": "fold"} for name in heads}, rows)
