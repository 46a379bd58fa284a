"""A study as a file: `Study` and its reader of study.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.errors import (
    EventsError,
    EventStudyError,
    InputError,
    Problem,
    StudyFileError,
    nearest,
)
from eventstudy.events import Events, check_assets, read_events
from eventstudy.inference import make_tests
from eventstudy.models import ConstantMean, NormalReturnModel, make_model
from eventstudy.prices import Prices, load_prices
from eventstudy.settings import About, AssetText, Group, Options, Windows
from eventstudy.study import run_study

if TYPE_CHECKING:
    from eventstudy.inference import SignificanceTest
    from eventstudy.results import EventStudyResults

TOP = ("title", "events", "reports", "timezone", "returns", "selection", "tests")
TABLES = ("windows", "groups", "assets", "factors", "options")
WINDOWS = ("estimation", "event", "car", "primary", "exclude_from_estimation")
OPTIONS = ("max_shift", "min_estimation", "average", "benchmark", "confidence")
ASSET = ("label", "up", "down", "model")


@dataclass(frozen=True)
class Study:
    """A study as configuration: what study.toml says, and the events it names.

    Parameters
    ----------
    path : Path
        The study file.
    events : Events
        Its events.
    request : mapping
        Where the prices of each asset and factor come from, as `load_prices` takes it.
    model : mapping of str to NormalReturnModel
        Model of each asset.
    windows : Windows
        Windows in event time.
    options : Options
        Rarer settings.
    groups : mapping of str to Group
        Groups of events; the first is the headline.
    tests : tuple of SignificanceTest
        Tests to compute.
    about : About
        Title and words for reports.
    reports : Path
        Folder that reports are written to.
    """

    path: Path
    events: Events
    request: Mapping[str, Mapping[str, object]]
    model: Mapping[str, NormalReturnModel]
    windows: Windows = field(default_factory=Windows)
    options: Options = field(default_factory=Options)
    groups: Mapping[str, Group] = field(default_factory=dict)
    tests: tuple[SignificanceTest, ...] = ()
    about: About = field(default_factory=About)
    reports: Path = Path("reports")

    @classmethod
    def read(cls, path: str | Path) -> Study:
        """Read a study file and its events; every problem in either is listed at once.

        Parameters
        ----------
        path : str or Path
            The study.toml.

        Returns
        -------
        Study

        Raises
        ------
        StudyFileError, EventsError
            When the study file or the events are not valid.
        """
        return _read(Path(path))

    @cached_property
    def prices(self) -> Prices:
        """The prices of all assets and factors, loaded when first asked for."""
        return load_prices(self.request, folder=self.path.parent)

    def run(self) -> EventStudyResults:
        """Run the study; the same as `run_study` on its parts."""
        results = run_study(
            self.events,
            self.prices,
            model=self.model,
            windows=self.windows,
            tests=self.tests,
            options=self.options,
            groups=self.groups,
        )
        return replace(results, about=self.about)


class _Reader:
    """Reads tables of a study file and collects what is wrong with them."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.lines = text.splitlines()
        self.problems: list[Problem] = []

    def line(self, table: str, key: str) -> int | None:
        """Line of a key, or of the head of its table."""
        inside, head = not table, None
        for number, line in enumerate(self.lines, 1):
            stripped = line.strip()
            if stripped.startswith("["):
                inside = stripped.strip("[] ") == table
                head = number if inside else head
            elif inside and stripped.split("=")[0].strip() == key:
                return number
        return head

    def report(self, table: str, key: str, value: object, message: str, cure: str) -> None:
        """Note a problem."""
        where = ".".join(part for part in (table, key) if part)
        shown = "" if value is None else str(value)
        found = Problem(str(self.path), self.line(table, key), where, shown, message, cure)
        self.problems.append(found)

    def known(self, table: str, content: Mapping[str, object], keys: tuple[str, ...]) -> None:
        """Report keys that do not exist."""
        for key in content:
            if key not in keys:
                self.report(table, key, None, "unknown key", nearest(key, keys))

    def text(self, table: str, content: Mapping[str, Any], key: str, default: str = "") -> str:
        """Return a text value."""
        value = content.get(key, default)
        if not isinstance(value, str):
            self.report(table, key, value, "must be text", "Put it in quotation marks.")
            return default
        return value

    def table(self, content: Mapping[str, Any], key: str) -> dict[str, Any]:
        """Return a table."""
        value = content.get(key, {})
        if not isinstance(value, dict):
            self.report("", key, value, "must be a table", f"Write it as [{key}].")
            return {}
        return value

    def build(self, table: str, key: str, make: Any) -> Any:
        """Call a constructor; report what it objects to."""
        try:
            return make()
        except (EventStudyError, TypeError, ValueError) as error:
            self.report(table, key, None, str(error).rstrip("."), "Correct it.")
            return None


def _parse(path: Path) -> tuple[_Reader, dict[str, Any]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        cure = "Give the path of a study file, or make one with `eventstudy init`."
        reason = error.strerror or "cannot be read"
        raise StudyFileError([Problem(str(path), None, "", "", reason, cure)]) from error
    except UnicodeDecodeError as error:
        cure = "Save it as UTF-8."
        problem = Problem(str(path), None, "", "", f"not UTF-8 at byte {error.start}", cure)
        raise StudyFileError([problem]) from error
    try:
        return _Reader(path, text), tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = Problem(str(path), None, "", "", f"not valid TOML: {error}", "Correct that line.")
        raise StudyFileError([problem]) from error


def _windows(reader: _Reader, content: dict[str, Any]) -> Windows:
    table = reader.table(content, "windows")
    reader.known("windows", table, WINDOWS)
    given = {key: table[key] for key in WINDOWS[:4] if key in table}
    made = reader.build("windows", next(iter(given), ""), lambda: Windows(**given))
    return made or Windows()


def _options(reader: _Reader, content: dict[str, Any]) -> Options:
    table = reader.table(content, "options")
    reader.known("options", table, OPTIONS)
    given = {key: table[key] for key in OPTIONS if key in table}
    if "returns" in content:
        given["returns"] = content["returns"]
    windows = reader.table(content, "windows")
    if "exclude_from_estimation" in windows:
        given["exclude_from_estimation"] = windows["exclude_from_estimation"] or None
    key = next(iter(given), "")
    table_name = "options" if key in table else ""
    return reader.build(table_name, key, lambda: Options(**given)) or Options()


def _groups(reader: _Reader, content: dict[str, Any], columns: tuple[str, ...]) -> dict[str, Group]:
    groups = {}
    for name, rule in reader.table(content, "groups").items():
        if not isinstance(rule, dict) or not all(isinstance(v, str) for v in rule.values()):
            cure = 'Write a rule such as { tag = "scheduled" } or { speaker = "Name" }.'
            reader.report("groups", name, rule, "is not a rule", cure)
            continue
        where = {k: v for k, v in rule.items() if k not in ("tag", "without_tag")}
        for column in where:
            if columns and column not in columns:
                message = f"the events have no column {column!r}"
                reader.report("groups", name, None, message, nearest(column, columns))
        groups[name] = Group(rule.get("tag"), rule.get("without_tag"), where)
    return groups


def _model(reader: _Reader, asset: str, content: dict[str, Any]) -> NormalReturnModel:
    spec = content.get("model", {"name": "constant-mean"})
    place = f"assets.{asset}"
    if not isinstance(spec, dict) or not isinstance(spec.get("name"), str):
        cure = 'Write model = { name = "market-model", factors = ["FACTOR"] }.'
        reader.report(place, "model", spec, "is not a model", cure)
        return ConstantMean()
    for key in spec:
        if key not in ("name", "factors"):
            reader.report(place, "model", key, "unknown key", nearest(key, ("name", "factors")))
    factors = tuple(spec.get("factors", ()))
    return reader.build(place, "model", lambda: make_model(spec["name"], factors)) or ConstantMean()


def _series(reader: _Reader, kind: str, content: dict[str, Any]) -> dict[str, dict[str, object]]:
    """Return where each series of a kind (assets or factors) comes from."""
    request = {}
    for name, table in reader.table(content, kind).items():
        if not isinstance(table, dict) or "source" not in table:
            cure = f'Write [{kind}.{name}] with source = "..." and symbol = "...".'
            reader.report(f"{kind}.{name}", "", None, "names no price source", cure)
            continue
        request[name] = {key: value for key, value in table.items() if key not in ASSET}
    return request


def _asset_text(reader: _Reader, name: str, table: dict[str, Any]) -> AssetText:
    place = f"assets.{name}"
    label = reader.text(place, table, "label", name)
    up = reader.text(place, table, "up", f"{label} rose")
    down = reader.text(place, table, "down", f"{label} fell")
    return AssetText(label, up, down)


def _check_factors(
    reader: _Reader, models: Mapping[str, NormalReturnModel], known: list[str]
) -> None:
    for asset, model in models.items():
        for factor in model.factors:
            if factor not in known:
                message = f"factor {factor!r} has no prices"
                cure = f"{nearest(factor, known)} Add [factors.{factor}] with its source."
                reader.report(f"assets.{asset}", "model", None, message, cure)


def _events(reader: _Reader, content: dict[str, Any], assets: list[str]) -> Events | None:
    """Read the events; their problems join those of the study file."""
    name = reader.text("", content, "events", "events.csv")
    zone = reader.text("", content, "timezone") or None
    try:
        events = read_events(reader.path.parent / name, timezone=zone)
    except InputError as error:
        reader.problems += error.problems
        return None
    except EventStudyError as error:
        reader.report("", "timezone", zone, str(error).rstrip("."), "Correct it.")
        return None
    reader.problems += check_assets(events, assets)
    return events


def _read(path: Path) -> Study:
    reader, content = _parse(path)
    reader.known("", content, (*TOP, *TABLES))
    assets = reader.table(content, "assets")
    if not assets:
        cure = "Add a table such as [assets.IMOEX] with its source."
        reader.report("", "assets", None, "no asset", cure)
    assets = {name: table for name, table in assets.items() if isinstance(table, dict)}
    models = {name: _model(reader, name, table) for name, table in assets.items()}
    request = {**_series(reader, "assets", content), **_series(reader, "factors", content)}
    _check_factors(reader, models, list(request))
    tests = content.get("tests")
    windows, options = _windows(reader, content), _options(reader, content)
    chosen = reader.build("", "tests", lambda: make_tests(tests)) or ()
    own = len(reader.problems)
    events = _events(reader, content, list(assets))
    groups = _groups(reader, content, events.columns if events else ())
    about = About(
        reader.text("", content, "title", "Event study"),
        reader.text("", content, "selection").strip(),
        {name: _asset_text(reader, name, table) for name, table in assets.items()},
    )
    reports = path.parent / reader.text("", content, "reports", "reports")
    if reader.problems or events is None:
        raise _error(reader.problems, own)
    return Study(path, events, request, models, windows, options, groups, chosen, about, reports)


def _error(problems: list[Problem], own: int) -> InputError:
    return StudyFileError(problems) if own else EventsError(problems)


def load_example() -> Study:
    """Return the embedded study: statements of 2021-22, the ruble and the Moscow index.

    Works offline and from an installed wheel.

    Returns
    -------
    Study
    """
    from importlib.resources import as_file, files

    with as_file(files("eventstudy.example")) as folder:
        return replace(_read(folder / "study.toml"), reports=Path("reports"))
