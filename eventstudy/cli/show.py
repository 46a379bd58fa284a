"""`eventstudy show`: one event of a study in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventstudy.cli.base import AS_JSON, OFFLINE, STUDY_OPTION, Command, busy, console, print_json
from eventstudy.cli.run import exit_if_incomplete, lacking_of
from eventstudy.words.numbers import (
    NONE,
    count,
    interval,
    minus,
    missing,
    p_value,
    percent,
    weekday_date,
    window_words,
)

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Group

    from eventstudy.minutes.results import MinuteResults
    from eventstudy.results import EventStudyResults


@click.command(cls=Command)
@click.argument("event_id")
@STUDY_OPTION
@OFFLINE
@AS_JSON
def show(event_id: str, path: Path, *, offline: bool, as_json: bool) -> None:
    """Show one event of a study in the terminal."""
    from eventstudy.study.study_file import Study

    study = replace(Study.read(path), offline=offline)
    study.events[event_id]  # an unknown event is said before any work is done
    with busy("measuring"):
        results = study.run()
    if as_json:
        print_json(as_records(results, event_id))
    else:
        console(wide=False).print(as_text(results, event_id))
    exit_if_incomplete(lacking_of(study))


def _rows(frame: pd.DataFrame, event_id: str) -> pd.DataFrame:
    return frame[frame["event_id"] == event_id]


def _plain(value: Any) -> Any:
    """Return a value for JSON: lists of names as text, nothing for a bound that is infinite."""
    import pandas as pd

    from eventstudy.report.data_files import joined

    value = joined(value)
    if isinstance(value, pd.Timestamp):
        return None if pd.isna(value) else value.isoformat()
    return None if pd.isna(value) or value in (float("inf"), float("-inf")) else value


def as_records(results: EventStudyResults, event_id: str) -> dict[str, Any]:
    """Return what is known of an event as plain values.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    event_id : str
        The event.

    Returns
    -------
    dict
        event_id, title, and the event's rows of alignment, car, ewma_sq and left_out; of a study
        with bars, those of minutes_car, minutes_overnight and minutes_left_out.
    """
    tables = {
        "alignment": results.alignment,
        "car": results.car(),
        "ewma_sq": results.ewma_sq(),
        "left_out": results.left_out,
    }
    if (minutes := results.minutes) is not None:
        tables |= {
            "minutes_car": minutes.car(),
            "minutes_overnight": minutes.overnight(),
            "minutes_left_out": minutes.left_out,
        }
    return {
        "event_id": event_id,
        "title": results.events[event_id].title,
        **{
            name: [
                {key: _plain(value) for key, value in record.items()}
                for record in _rows(table, event_id).to_dict("records")
            ]
            for name, table in tables.items()
        },
    }


def _car_table(results: EventStudyResults, event_id: str) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Cumulative abnormal returns", title_justify="left")
    for name in ("Asset", "Window", "CAR", "Interval", "Rank p", "t", "p of t"):
        table.add_column(name, justify="left" if name in ("Asset", "Window") else "right")
    for row in _rows(results.car(), event_id).itertuples():
        note = "" if row.covers_day0 else " (may miss the statement)"
        table.add_row(
            Text(row.asset),
            window_words(row.start, row.end) + note,
            percent(row.car),
            interval(row.ci_low, row.ci_high),
            p_value(row.p_rank),
            NONE if missing(row.t) else minus(f"{row.t:.2f}"),
            p_value(row.p),
        )
    return table


def _minute_lines(minutes: MinuteResults, event_id: str) -> Iterator[Any]:
    """Yield what was measured of an event in minutes, and what was not."""
    import pandas as pd
    from rich.table import Table
    from rich.text import Text

    from eventstudy.minutes.settings import window_label

    table = Table(title="Moves in minutes", title_justify="left")
    for name in ("Asset", "From", "To", "Move", "Interval", "Rank p", "Least p"):
        table.add_column(name, justify="left" if name == "Asset" else "right")
    rows = [
        *_rows(minutes.car(), event_id).itertuples(),
        *_rows(minutes.overnight(), event_id).itertuples(),
    ]
    for row in rows:
        table.add_row(
            Text(row.asset),
            f"{row.start:%Y-%m-%d %H:%M}",
            f"{row.end:%Y-%m-%d %H:%M}",
            percent(row.car),
            interval(row.ci_low, row.ci_high),
            p_value(row.p),
            p_value(row.smallest_p),
        )
    if rows:
        yield table
    yield from (Text(f"{row.asset}: {row.reason}", style="yellow") for row in rows if row.reason)
    for row in _rows(minutes.left_out, event_id).itertuples():
        window = "" if pd.isna(row.before) else f" {window_label((row.before, row.after))}"
        yield Text(f"{row.asset}{window}: {row.reason}. {row.cure}", style="yellow")


def as_text(results: EventStudyResults, event_id: str) -> Group:
    """Return an event as something that rich can print.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    event_id : str
        The event.

    Returns
    -------
    rich.console.Group
    """
    import pandas as pd
    from rich.console import Group
    from rich.panel import Panel
    from rich.text import Text

    from eventstudy.analysis.claims import check_claims

    event = results.events[event_id]
    who = " · ".join(text for text in (weekday_date(event.date), event.speaker) if text)
    parts: list[Any] = [
        Panel(
            Text(f"{event.title}\n{event.statement}".strip()), title=Text(who), title_align="left"
        )
    ]
    for row in _rows(results.alignment, event_id).itertuples():
        parts.append(Text.assemble((row.asset, "bold"), f": {row.rule}."))
        if row.shares_session_with:
            others = count(len(row.shares_session_with), "other event")
            parts.append(Text(f"  {others} share this session."))
    if len(_rows(results.car(), event_id)):
        parts.append(_car_table(results, event_id))
    for row in _rows(results.left_out, event_id).itertuples():
        window = "" if pd.isna(row.start) else f" over {window_words(row.start, row.end)}"
        state = "" if row.pending else "left out, "
        cure = f" (what changes that: {row.cure})" if row.cure else ""
        parts.append(Text(f"{row.asset}{window}: {state}{row.reason}{cure}", style="yellow"))
    if results.minutes is not None:
        parts += _minute_lines(results.minutes, event_id)
    parts += [Text(f"{claim.asset}: {claim.words}") for claim in check_claims(results, event_id)]
    if event.confounders:
        parts.append(Text(f"What else happened that day: {event.confounders}", style="yellow"))
    return Group(*parts)
