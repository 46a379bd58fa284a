"""Ready files for the schedulers that machines have: cron, systemd, GitHub Actions."""

from __future__ import annotations

import datetime as dt
import json
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from eventstudy.errors import InvalidArgumentError, nearest
from eventstudy.events.cells import CLOCK, slug
from eventstudy.parsing import packaged_toml

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
YEAR = 366
_TEXTS: dict[str, str] = packaged_toml("reruns/schedules.toml")
"""The files, of which what is in braces is filled in."""


@dataclass(frozen=True)
class Job:
    """When a study is run, and how.

    Parameters
    ----------
    program : tuple of str
        The program with its first arguments; absolute.
    study : Path
        The study file; absolute.
    reports : Path
        Folder of its report.
    title : str
        Its title.
    at : time
        Time of day in the zone.
    timezone : str
        IANA name of the zone.
    days : tuple of int
        Days of the week, Monday is 0.
    notify : str
        Command that is told of changes and failures; empty for none.
    """

    program: tuple[str, ...]
    study: Path
    reports: Path
    title: str
    at: dt.time
    timezone: str
    days: tuple[int, ...]
    notify: str = ""

    def __post_init__(self) -> None:
        for text in (*self.program, str(self.study), str(self.reports), self.notify):
            if not text.isprintable():
                raise InvalidArgumentError(
                    f"{text!r} holds a character that no scheduler's file can hold. Rename it."
                )

    @property
    def name(self) -> str:
        """Name of the files: that of the study's folder, safe everywhere."""
        return f"eventstudy-{slug(self.study.parent.name) or 'study'}"

    @property
    def command(self) -> list[str]:
        """The command that brings the report up to date."""
        more = ["--notify-cmd", self.notify] if self.notify else []
        return [*self.program, "run", str(self.study), *more]

    @property
    def when(self) -> str:
        """When it runs, in words."""
        return f"{day_words(self.days)} at {self.at:%H:%M} {self.timezone}"


def parse_days(text: str) -> tuple[int, ...]:
    """Read days such as ``mon-fri``, ``mon,wed,fri`` or ``daily``.

    Raises
    ------
    InvalidArgumentError
        When a day is not known.
    """
    numbers: set[int] = set()
    for span in ("mon-sun" if text.strip().lower() == "daily" else text).lower().split(","):
        ends = [day.strip()[:3] for day in span.split("-")]
        unknown = [day for day in ends if day not in DAYS]
        if unknown or len(ends) > 2:
            cure = nearest(unknown[0] if unknown else span, DAYS)
            raise InvalidArgumentError(f"{span.strip()!r} is no day of the week. {cure}")
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        numbers |= {day % 7 for day in range(first, last + 1 + 7 * (last < first))}
    return tuple(sorted(numbers))


def parse_time(text: str) -> dt.time:
    """Read a time of day such as 07:30.

    Raises
    ------
    InvalidArgumentError
        When it is none.
    """
    if not CLOCK.fullmatch(text) or len(text) != 5:
        raise InvalidArgumentError(f"{text!r} is not a time written as HH:MM, such as 07:30")
    return dt.time.fromisoformat(text)


def day_words(days: Sequence[int], sign: str = " to ", join: str = ", ") -> str:
    """Return days as ``Mon to Fri``; three and more in a row are a range."""
    parts: list[str] = []
    for run in _runs(days):
        names = [DAYS[day].title() for day in run]
        parts += [f"{names[0]}{sign}{names[-1]}"] if len(run) > 2 else names
    return join.join(parts)


def _runs(days: Sequence[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def shift(time: dt.time, days: Sequence[int], offset: dt.timedelta) -> tuple[dt.time, list[int]]:
    """Move a time of day and its weekdays by an offset, over midnight where need be."""
    moved = dt.datetime(2024, 1, 3, time.hour, time.minute) + offset
    return moved.time(), sorted((day + moved.day - 3) % 7 for day in days)


def cron_time(time: dt.time, days: Sequence[int]) -> str:
    """Return the five fields of cron; Sunday is 0 there, and 7 days are a star."""
    numbers = sorted((day + 1) % 7 for day in days)
    parts: list[str] = []
    for run in _runs(numbers):
        parts += [f"{run[0]}-{run[-1]}"] if len(run) > 2 else map(str, run)
    return f"{time.minute} {time.hour} * * {'*' if len(numbers) == 7 else ','.join(parts)}"


def offsets(zone: str, today: dt.date) -> list[tuple[dt.date, dt.timedelta]]:
    """Return the offsets from UTC of a zone over a year, each with its first day."""
    changes: list[tuple[dt.date, dt.timedelta]] = []
    for day in range(YEAR):
        date = today + dt.timedelta(days=day)
        noon = dt.datetime(date.year, date.month, date.day, 12, tzinfo=ZoneInfo(zone))
        offset = noon.utcoffset() or dt.timedelta()
        if not changes or offset != changes[-1][1]:
            changes.append((date, offset))
    return changes


def _comment(text: str) -> str:
    return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines())


def cron(job: Job, today: dt.date, local: dt.timedelta) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of a crontab.

    Parameters
    ----------
    job : Job
        What to run.
    today : date
        The day; offsets are those of the year that begins with it.
    local : timedelta
        Offset from UTC of this machine's clock.
    """
    offset = offsets(job.timezone, today)[0][1]
    here = cron_time(*shift(job.at, job.days, local - offset))
    head = _TEXTS["cron"].format(
        title=_plain(job.title), when=job.when, here=here, codes=_TEXTS["codes"]
    )
    line = shlex.join(job.command).replace("%", "\\%")  # a bare % is a line end to cron
    times = f"CRON_TZ={job.timezone}\n{cron_time(job.at, job.days)}"
    yield f"{job.name}.cron", f"{_comment(head)}{times} {line} >/dev/null\n"


def _systemd(word: str) -> str:
    """Quote a word for a unit file, where % is a specifier."""
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%") + '"'


def systemd(job: Job, today: dt.date, local: dt.timedelta) -> Iterator[tuple[str, str]]:  # noqa: ARG001
    """Yield the names and the texts of a service and a timer; arguments as those of `cron`."""
    title = _plain(job.title).replace("\\", "/").replace("%", "%%")  # \\ would join two lines
    first, *rest = job.command
    if re.search(r"""['"\\]""", first):  # systemd takes no program of such a name
        first, rest = "/bin/sh", ["-c", 'exec "$0" "$@"', *job.command]
    words = " ".join([_systemd(f":{first}"), *map(_systemd, rest)])
    head = _comment(_TEXTS["service_head"].format(name=job.name, codes=_TEXTS["codes"]))
    yield f"{job.name}.service", _TEXTS["service"].format(head=head, title=title, words=words)
    days = "" if len(job.days) == 7 else day_words(job.days, "..", ",") + " "
    head = _comment(f"~/.config/systemd/user/{job.name}.timer")
    fields = {"at": f"{job.at:%H:%M}", "zone": job.timezone, "when": job.when}
    yield f"{job.name}.timer", _TEXTS["timer"].format(head=head, title=title, days=days, **fields)


def _yaml(text: str) -> str:
    """Quote a text for YAML; ${{ would begin an expression."""
    return json.dumps(text.replace("${{", "${{ '${{' }}"), ensure_ascii=False)


def _repository(path: Path) -> Path:
    """Return the folder of the repository that holds a file, else the file's own."""
    return next((folder for folder in path.parents if (folder / ".git").exists()), path.parent)


def _times(job: Job, today: dt.date) -> str:
    """Return the schedule in UTC, with what summer time makes of it."""
    changes = offsets(job.timezone, today)
    lines = [cron_time(*shift(job.at, job.days, -offset)) for _, offset in changes]
    text = f'    - cron: "{lines[0]}" # UTC: {job.when}\n'
    if len(changes) > 1:
        text += "    # GitHub knows UTC alone: when the clocks change, so must this line.\n"
    for (date, _), line in zip(changes[1:], lines[1:], strict=True):
        text += f'    # from {date}:\n    # - cron: "{line}"\n'
    return text


def github(job: Job, today: dt.date, local: dt.timedelta) -> Iterator[tuple[str, str]]:  # noqa: ARG001
    """Yield the name and the text of a workflow; arguments as those of `cron`.

    Raises
    ------
    InvalidArgumentError
        When the report lies outside the repository of the study.
    """
    from eventstudy.versions import __version__

    root = _repository(job.study)
    if not job.reports.is_relative_to(root):
        raise InvalidArgumentError(f"the report in {job.reports} lies outside {root}. Move it.")
    kept = job.study.parent / ".eventstudy"
    study, kept_in, reports = (
        path.relative_to(root).as_posix() for path in (job.study, kept, job.reports)
    )
    yield (
        f"{job.name}.yml",
        _TEXTS["github"].format(
            head=_comment(_TEXTS["github_head"].format(name=job.name, codes=_TEXTS["codes"])),
            title=_yaml(f"Event study: {_plain(job.title)}"),
            times=_times(job, today),
            name=job.name,
            cached=_yaml("\n".join((".eventstudy-prices", kept_in, reports))),
            version=__version__,
            study=_yaml(study),
            notify=_yaml(job.notify),
            reports=_yaml(reports),
        ),
    )


def _plain(text: str) -> str:
    """Return a text on one line without what cannot be printed."""
    return re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in text)).strip()


SCHEDULERS: dict[str, Callable[[Job, dt.date, dt.timedelta], Iterator[tuple[str, str]]]] = {
    "cron": cron,
    "systemd": systemd,
    "github-actions": github,
}
