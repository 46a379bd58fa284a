"""Title, events file, report folder and assets of a study file, without heavy libraries."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eventstudy.errors import Problem, StudyFileError
from eventstudy.files import FileKindError, read_file_bytes
from eventstudy.kept import KEPT
from eventstudy.parsing import STUDY_LIMIT, parse_toml
from eventstudy.timezones import zone_fault


@dataclass(frozen=True)
class Outline:
    """A study file in outline.

    Parameters
    ----------
    path : Path
        The study file.
    title : str
        Its title.
    events : Path
        Its events file.
    reports : Path
        Folder of its report.
    timezone : str
        IANA name of the zone of events that name none; empty when there is none.
    assets : tuple of str
        Names of its assets.
    listed : bool
        Whether its events are a list that others keep, the table [events].
    """

    path: Path
    title: str
    events: Path
    reports: Path
    timezone: str
    assets: tuple[str, ...]
    listed: bool = False

    def zone_differs(self, zone: str) -> bool:
        """Whether times in a zone need its name in this study's events."""
        return bool(zone) and zone != self.timezone

    @property
    def kept(self) -> Path:
        """Folder for what the program keeps of this study."""
        return self.path.parent / KEPT


def read_outline(path: str | Path) -> Outline:
    """Read the outline of a study file.

    `Study.read` checks the whole file; this checks only what it returns.

    Parameters
    ----------
    path : str or Path
        The study.toml.

    Returns
    -------
    Outline

    Raises
    ------
    StudyFileError
        When the file cannot be read, or says something else than these.
    """
    path = Path(path)
    _, content = read_content(path)
    problems: list[Problem] = []

    def text(key: str, default: str) -> str:
        value = content.get(key, default)
        if isinstance(value, str) and "\0" not in value:
            return value
        fault = "must be text", "Put it in quotation marks."
        if isinstance(value, str):
            fault = "holds a NUL character (U+0000)", "Delete it."
        problems.append(Problem(str(path), None, key, str(value)[:80], *fault))
        return default

    table = content.get("events")
    listed = isinstance(table, dict) and isinstance(table.get("path"), str)
    if isinstance(table, dict) and listed:
        content = {**content, "events": table["path"]}
    zone = text("timezone", "")
    if zone and (fault := zone_fault(zone)):
        problems.append(Problem(str(path), None, "timezone", zone, fault.message, fault.cure))
    assets = content.get("assets")
    if not isinstance(assets, dict) or not assets:
        cure = "Add a table such as [assets.IMOEX] with its source."
        problems.append(Problem(str(path), None, "assets", "", "no asset", cure))
        assets = {}
    outline = Outline(
        path,
        text("title", "Event study"),
        path.parent / text("events", "events.csv"),
        path.parent / text("reports", "reports"),
        zone,
        tuple(assets),
        listed,
    )
    if problems:
        raise StudyFileError(problems)
    return outline


def refused_study(error: FileKindError) -> StudyFileError:
    """Return the error of a study file that is no regular file."""
    also = "A study file is made with `eventstudy init`."
    return StudyFileError(
        [replace(problem, cure=f"{problem.cure} {also}") for problem in error.problems]
    )


def read_content(path: Path) -> tuple[str, dict[str, Any]]:
    """Return the text of a study file, and what it says.

    Raises
    ------
    StudyFileError
        When it cannot be read, or is no TOML.
    """

    def fault(message: str, cure: str, line: int | None = None) -> StudyFileError:
        return StudyFileError.of(str(path), message, cure, line)

    try:
        content = read_file_bytes(path, STUDY_LIMIT)
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise fault(f"not UTF-8 at byte {error.start}", "Save it as UTF-8.", line) from error
    except FileKindError as error:
        raise refused_study(error) from None
    except OSError as error:
        reason = error.strerror or str(error)
        cure = "Give the path of a study file, or make one with `eventstudy init`."
        raise fault(reason, cure) from error
    try:
        return text, parse_toml(text)
    except ValueError as error:
        line_named = re.search(r" \(at line (\d+), ", str(error))
        message = f"not valid TOML: {error}"
        raise fault(
            message, "Correct that line.", int(line_named[1]) if line_named else None
        ) from error
