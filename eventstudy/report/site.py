"""A study as a folder of pages that opens from disk."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from concurrent.futures import Executor
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from eventstudy.analysis.calibration import Calibration
from eventstudy.analysis.specification_curve import SpecificationCurve
from eventstudy.events.events import Event
from eventstudy.executors import Here, Sent, carried, in_order
from eventstudy.progress import Progress, shown
from eventstudy.report.data_files import csv_text, order_js, results_json
from eventstudy.report.formats import FILTERS, FUNCTIONS, css_text, unbroken
from eventstudy.report.ownership import standing_of
from eventstudy.report.publish import page_name, put
from eventstudy.report.report_data import ReportData
from eventstudy.report.schema import schema_json
from eventstudy.report.sections import EVENT_PARTS, PAGES, PARTS, SECTIONS
from eventstudy.report.sections.opening import opening
from eventstudy.report.security_policy import FOLDER, policy, sha256_source
from eventstudy.results import EventStudyResults
from eventstudy.results.export import workbook
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import date

ASSETS = files("eventstudy.report") / "assets"


STYLES = ("report.css", "event.css", "minutes.css")
"""One file of a report: what all pages have, then what those of events have, then minutes."""
ORDER = "data/order.js"
INDEX = "index.html"
TOGETHER = 8
"""Pages of a task: those of one session share their charts, and follow one another."""


@cache
def _environment() -> Environment:
    """Return what holds the templates; to compile them takes half a second, once in a process."""
    environment = Environment(
        loader=PackageLoader("eventstudy.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(FILTERS)
    environment.globals.update(FUNCTIONS)
    return environment


class Site:
    """Renders the pages and files of a report.

    Parameters
    ----------
    report : ReportData
        What it shows.
    """

    def __init__(self, report: ReportData) -> None:
        self.report = report
        self.environment = _environment()

    def __reduce__(self) -> tuple[type[Site], tuple[ReportData]]:
        """Return what is sent to another process: the report; templates are compiled there."""
        return Site, (self.report,)

    @cached_property
    def assets(self) -> dict[str, tuple[str, bytes]]:
        """Style, script and plotly.js: a name with the content's hash, and the content."""
        from plotly.offline import get_plotlyjs

        content = {
            "css": ("report", ".css", b"".join((ASSETS / name).read_bytes() for name in STYLES)),
            "js": ("report", ".js", (ASSETS / "report.js").read_bytes()),
            "plotly": ("plotly", ".min.js", get_plotlyjs().encode()),
        }
        return {
            key: (f"{stem}-{hashlib.sha256(data).hexdigest()[:12]}{ending}", data)
            for key, (stem, ending, data) in content.items()
        }

    @cached_property
    def boot(self) -> str:
        """The script that sets light or dark before anything is painted."""
        return (ASSETS / "boot.js").read_text("utf-8")

    def _sections(self, kind: str, event_id: str) -> list[dict[str, Any]]:
        """Return the sections of a kind of page that apply, or say that there is nothing."""
        sections: list[dict[str, Any]] = []
        for section in SECTIONS[kind]:
            shown: dict[str, Any] = {
                "name": section.name,
                "title": section.title,
                "empty": "",
                "body": "",
            }
            content = section.context(self.report, event_id)
            if content is not None:
                template = self.environment.get_template(f"sections/{section.name}.html.j2")
                body = Markup(unbroken(template.render(content)))  # noqa: S704  autoescaped
                heading = content.get("heading", section.title)
                sections.append(shown | {"body": body, "heading": heading})
            elif kind == "index":
                sections.append(shown | {"empty": say(f"empty.{section.name}")})
        return sections

    def _page(
        self, kind: str, root: str, parts: list[dict[str, Any]], footer: str, **context: Any
    ) -> str:
        return self.environment.get_template(f"{kind}.html.j2").render(
            title=self.report.results.about.title,
            parts=parts,
            root=root,
            policy=policy(f"{sha256_source(self.boot)} {FOLDER}", FOLDER),
            boot=Markup(self.boot),  # noqa: S704  a file of this package
            files={key: name for key, (name, _) in self.assets.items()},
            footer_title=css_text(self.report.results.about.title),
            footer_date=css_text(footer),
            **context,
        )

    def index(self) -> str:
        """Return the index page."""
        sections = self._sections("index", "")
        starts = [place for place, section in enumerate(sections) if section["name"] in PARTS]
        parts: list[dict[str, Any]] = [
            {
                "title": say(f"parts.{PARTS[sections[start]['name']]}"),
                "sections": sections[start:end],
                "further": end is None,
            }
            for start, end in zip(starts, [*starts[1:], None], strict=True)
        ]
        further = self._sections("further", "")
        return self._page("index", "", parts, self.report.until, further=further)

    def event(self, event: Event) -> str:
        """Return the page of one event; nothing on it depends on events that are not near it."""
        head, event_id = opening(self.report, event.event_id), event.event_id
        folds = self._sections("statistics", event_id)
        above = self._sections("above", event_id)
        parts = self._event_parts(event_id, above, folded=bool(folds))
        footer = date(event.date)  # how far the prices reach would change with every session
        shown = {"event": event, "opening": head, "above": above, "folds": folds}
        return self._page("event", "../", parts, footer, **shown)

    def _event_parts(
        self, event_id: str, above: list[dict[str, Any]], *, folded: bool
    ) -> list[dict[str, Any]]:
        """Return the parts of an event's page with their sections, those that apply."""
        parts: list[dict[str, Any]] = [
            {"title": say(f"parts.{name}"), "sections": [], "further": False}
            for name in EVENT_PARTS.values()
        ]
        parts[0]["sections"].append({"name": "answer", "title": say("answer.title"), "body": ""})
        parts[0]["sections"] += above
        sections = {section["name"]: section for section in self._sections("event", event_id)}
        place = -1
        for name in PAGES["event"]:
            place += name in EVENT_PARTS
            parts[place]["sections"] += [sections[name]] if name in sections else []
        if folded:
            statistics = {"name": "statistics", "title": say("statistics.title"), "body": ""}
            parts[-1]["sections"].append(statistics)
        return [part for part in parts if part["sections"]]

    @cached_property
    def in_order(self) -> list[Event]:
        """Events by time."""
        return list(self.report.results.events.in_order())

    @cached_property
    def by_page(self) -> dict[str, Event]:
        """Events by the names of their pages."""
        return {page_name(event.event_id): event for event in self.in_order}

    @property
    def count(self) -> int:
        """Number of files of the whole report, but for the manifest."""
        held = bool(self.report.workbook_name)
        return len(self.assets) + len(self.report.tables) + 4 + held + len(self.report.events)

    def files(
        self, kept: Collection[str] = (), executor: Executor | None = None
    ) -> Iterator[tuple[str, bytes]]:
        """Yield the files of the report one by one, the index last.

        Parameters
        ----------
        kept : collection of str
            Names of event pages that are as they were, and are not made.
        executor : Executor, optional
            What makes the index, the workbook and the pages of events; they come in the same
            order.
        """
        for name, data in self.assets.values():
            yield f"assets/{name}", data
        for name, table in self.report.tables.items():
            yield f"data/{name}.csv", csv_text(table).encode()
        yield "data/results.json", results_json(self.report)
        yield "data/results.schema.json", schema_json().encode()
        yield ORDER, order_js(self.in_order).encode()
        book = [self.report.workbook_name] if self.report.workbook_name else []
        pages = [name for name in self.by_page if name not in kept]
        made = self.made([INDEX, *book, *pages], executor)
        index = next(made)  # it takes the longest
        yield from made
        yield index

    def made(self, names: list[str], executor: Executor | None) -> Iterator[tuple[str, bytes]]:
        """Yield files that take long in their order: pages together, each of the others a task."""
        pages = [name for name in names if name in self.by_page]
        if executor is not None and pages:
            self.file(pages[0])  # what pages share is made once, and carried
        tasks = [[name] for name in names if name not in self.by_page]
        tasks += [pages[first : first + TOGETHER] for first in range(0, len(pages), TOGETHER)]
        site = carried(executor, self)
        for done in in_order(executor, _files, [(site, task) for task in tasks]):
            yield from done

    def file(self, name: str) -> bytes:
        """Return one of the files that take long."""
        if name == INDEX:
            return self.index().encode()
        if name == self.report.workbook_name:
            return workbook(self.report.tables)
        return self.event(self.by_page[name]).encode()


def _files(task: tuple[Sent | Here, list[str]]) -> list[tuple[str, bytes]]:
    """Make some files of a report."""
    sent, names = task
    site: Site = sent.get()
    return [(name, site.file(name)) for name in names]


def write_report(
    results: EventStudyResults,
    folder: str | Path,
    *,
    calibration: Calibration | None = None,
    robustness: SpecificationCurve | None = None,
    progress: Progress = None,
    adopt: bool = False,
    executor: Executor | None = None,
) -> Path:
    """Write a study as a folder of HTML pages that opens from disk.

    Everything is made in a temporary folder beside it, which then takes the place of the
    former report in one step: a run that is interrupted leaves the former one as it was, and
    files that did not change stay the same files.

    Parameters
    ----------
    results : EventStudyResults
        The study.
    folder : str or Path
        Where to; files of a former report that are no longer part of it are removed, other
        files are left alone.
    calibration : Calibration, optional
        What `eventstudy.calibrate` returns for these results.
    robustness : SpecificationCurve, optional
        What `eventstudy.specification_curve` returns for them. A section whose input is not
        given says so in a sentence.
    progress : callable or bool, optional
        Called with the number of files written and the number there will be; True shows a bar, on
        a terminal and in a notebook.
    adopt : bool
        Whether files in the way that no such report wrote may be replaced.
    executor : concurrent.futures.Executor, optional
        What makes the pages of events; processes gain, threads do not. The same bytes with any.

    Returns
    -------
    Path
        The index page.

    Raises
    ------
    OutputError
        When files that no such report wrote, or the report of a study file, are in the way.
    """
    results.needs_dates("write_report")
    folder = Path(folder)
    standing_of(folder, adopt=adopt)
    site = Site(ReportData(results, calibration, robustness))
    with shown(progress, "pages") as say:
        put(folder, site.files((), executor), lambda done: say(done, site.count), adopt=adopt)
    return folder / "index.html"
