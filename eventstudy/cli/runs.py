"""The commands on former runs: their log, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventstudy.cli.base import INCOMPLETE, Command
from eventstudy.cli.options import AS_JSON, STUDY, STUDY_OPTION, option
from eventstudy.cli.terminal import complain, print_json, print_table, tell
from eventstudy.study.outline import read_outline
from eventstudy.words.numbers import NONE, minus, percent, window_words

if TYPE_CHECKING:
    from eventstudy.reruns.causes import Causes
    from eventstudy.reruns.comparison import Change
    from eventstudy.reruns.history.diff import Difference, Effect
    from eventstudy.reruns.history.log import Log, Run

COLOURS = {0: "", INCOMPLETE: "yellow"}
"""How runs are printed by their exit codes; the others are red."""
PLAIN: dict[str, Any] = {"box": None, "pad_edge": True, "padding": (0, 1), "collapse_padding": True}
"""The look of a table without lines."""
SHOWN = 12
"""Lines of one kind that are printed; all are in the JSON."""


@click.command(cls=Command)
@STUDY
@option("runs", "--last", type=click.IntRange(min=1), default=20)
@AS_JSON
def runs(study: Path, last: int, *, as_json: bool) -> None:
    """List the last runs of a study.

    STUDY is its file, study.toml unless another is named. The newest run is at the end.
    """
    log = _log(study)
    shown = log.runs[-last:]
    if as_json:
        print_json({"runs": [asdict(run) for run in shown], "torn": log.torn})
        return
    if not shown:
        tell("No run so far.")
        return
    columns: dict[str, dict[str, object]] = {
        "Run (UTC)": {"no_wrap": True},
        "Took": {"justify": "right", "no_wrap": True},
        "Exit": {"justify": "right"},
        "Pages": {"justify": "right"},
        "What changed": {},
    }
    styles = [COLOURS.get(run.exit_code, "red") for run in shown]
    print_table(columns, map(_cells, shown), styles)


def _cells(run: Run) -> tuple[str, ...]:
    pages = str(run.rendered) if run.published else ""
    return run.run, _duration(run.seconds), str(run.exit_code), pages, _changes(run)


def _log(study: Path) -> Log:
    from eventstudy.reruns.history.log import read_log

    log = read_log(read_outline(study).kept)
    if log.torn:
        lines = "A line of the log of runs is" if log.torn == 1 else f"{log.torn} lines are"
        complain(f"{lines} torn: a run was killed while it wrote. The others are whole.")
    return log


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def _changes(run: Run) -> str:
    """Return in words what a run did, or why it failed."""
    named = [f"{name}: {', '.join(reasons)}" for name, reasons in run.changed.items() if reasons]
    more = f"; {len(named) - 2} more" if len(named) > 2 else ""
    words = "; ".join(named[:2]) + more
    if run.exit_code not in COLOURS:
        return run.message or words
    if run.exit_code == INCOMPLETE and run.message:
        words = f"{words}. {run.message}" if words else run.message
    return words or "nothing"


@click.command(cls=Command)
@click.argument("old", metavar="[RUN", default="last~1", required=False)
@click.argument("new", metavar="RUN]", default="last", required=False)
@STUDY_OPTION
@AS_JSON
def diff(old: str, new: str, path: Path, *, as_json: bool) -> None:
    """Show what differs between the results of two runs, and first why.

    "method changed": the engine, a library or a setting; "data changed": events or prices.
    A RUN is an id that `eventstudy runs` lists, the beginning of one, or last, last~1, ...:
    the last run that changed the report, the one before it. Default: last~1 and last.
    """
    from eventstudy.reruns.history.log import find_run

    log = _log(path)
    pair = [find_run(log, name) for name in (old, new)]
    difference = _compared(read_outline(path).kept, log, *pair)
    if as_json:
        one, two = (run.run for run in pair)
        print_json({"old": one, "new": two, "same": difference.same, **difference.as_records()})
        return
    tell(f"From run {pair[0].run} to run {pair[1].run}:")
    if difference.same:
        tell("Nothing differs.")
        return
    _show(difference)


def _compared(kept: Path, log: Log, old: Run, new: Run) -> Difference:
    """Compare what two runs left; where their keys are not kept, by what the log says too."""
    from eventstudy.reruns.causes import with_logged
    from eventstudy.reruns.history.diff import causes_of, compare
    from eventstudy.reruns.history.log import made_by, read_version

    one, two = ({**read_version(kept, run), "made_by": made_by(log, run)} for run in (old, new))
    causes = causes_of(one, two)
    published = [run.run for run in log.runs if run.published]
    successive = (old.run, new.run) in pairwise(published)
    if "keys" not in one and successive and {*new.cause} == {*causes.cause}:
        causes = with_logged(causes, new.causes)
    return compare(one, two, causes)


def _causes(causes: Causes) -> None:
    """Say what changed of the method and of the data."""
    _list("Method changed", causes.method_words)
    _list("Data changed", causes.data)
    if causes.note:
        tell(f"\n{causes.note}")


def _show(difference: Difference) -> None:
    _causes(difference.causes)
    if not difference.figures:
        tell("\nNo figure differs.")
    _list("Events added", difference.added)
    _list("Events removed", difference.removed)
    _table("Events edited", ("Event", "Column"), difference.edited)
    _table("Title", ("", ""), [change for change in difference.settings if change.where == "title"])
    _table("Series of prices", ("Series", "Fact"), difference.series)
    _table("Day 0 moved", ("Observation", ""), difference.day0)
    _table("Left out", ("Observation", ""), difference.left_out)
    _effects("CAR", "Event", difference.effects)
    _effects("Mean CAR", "Group", difference.means)
    _table("Intervals", ("Of", ""), difference.intervals)
    _table("Crossed 5 %", ("What", "p of"), difference.verdicts)


def _head(title: str, number: int) -> None:
    tell()
    tell(f"{title} ({number})", bold=True)


def _more(items: Sequence[object]) -> None:
    if len(items) > SHOWN:
        tell(f"  and {len(items) - SHOWN} more; --json lists all")


def _list(title: str, names: Sequence[str]) -> None:
    if names:
        _head(title, len(names))
        for name in names[:SHOWN]:
            tell(f"  {name}")
        _more(names)


def _section(
    title: str,
    changes: Sequence[object],
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Sequence[str] = (),
) -> None:
    """Print changes, if any, as a table without lines; some columns stand right."""
    if not changes:
        return
    _head(title, len(changes))
    columns = {
        name: {"justify": "right" if name in right else "left", "overflow": "fold"}
        for name in names
    }
    print_table(columns, rows, header_style="dim", **PLAIN)
    _more(changes)


def _table(title: str, heads: tuple[str, str], changes: Sequence[Change]) -> None:
    rows = [
        [change.where, change.what, _short(change.old), _short(change.new), *_why(change)]
        for change in changes[:SHOWN]
    ]
    names = (*heads, "Old", "New", "Why")[: len(rows[0]) if rows else 0]
    shown = [column for column, name in enumerate(names) if name]
    cells = [[row[column] for column in shown] for row in rows]
    _section(title, changes, [names[column] for column in shown], cells)


def _why(change: Change | Effect) -> list[str]:
    """Say why a figure differs; nothing of what is no figure."""
    from eventstudy.reruns.history.diff import Effect, Figure

    if not isinstance(change, (Effect, Figure)):
        return []
    return [f"{' and '.join(change.cause)} changed" if change.cause else "cannot be told"]


def _short(value: Any) -> str:
    if value is None:
        return NONE
    if isinstance(value, list) and all(isinstance(bound, float) for bound in value):
        return " … ".join(map(_percent, value))
    if isinstance(value, float):
        return minus(f"{value:.4g}")
    text = str(value)
    if len(text) == 64 and all(sign in "0123456789abcdef" for sign in text):
        return text[:12]
    return text if len(text) <= 160 else f"{text[:159]}…"


def _effects(title: str, head: str, effects: Sequence[Effect]) -> None:
    rows = [
        [
            effect.name,
            effect.asset,
            window_words(effect.start, effect.end),
            _percent(effect.old),
            _percent(effect.new),
            _percent(effect.difference).replace("%", "pp"),
            *_why(effect),
        ]
        for effect in effects[:SHOWN]
    ]
    names = (head, "Asset", "Window", "Old", "New", "Difference", "Why")
    _section(title, effects, names, rows, right=("Old", "New", "Difference"))


def _percent(value: float | None) -> str:
    """Return a fraction in percent; two digits more where less than 0.01 % is at stake."""
    return percent(value, 2 if not value or abs(value) >= 5e-5 else 4)
