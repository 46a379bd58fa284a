"""The frames that a report is made of, each computed once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import pandas as pd

from eventstudy.analysis.claims import CheckedClaim, check_claims
from eventstudy.analysis.claims import frame as claims_frame
from eventstudy.analysis.event_specifications import EventChoices, event_choices
from eventstudy.analysis.statement_days import StatementDays, campaigns
from eventstudy.checks import CHECKS, Objection, Studied, objections
from eventstudy.checks import frame as objections_frame
from eventstudy.prices.quality.findings import frame_of
from eventstudy.report.answers import Answers
from eventstudy.report.event_rows import EventRows
from eventstudy.report.lately import Lately
from eventstudy.report.minute_rows import MinuteRows
from eventstudy.results.scaled_cars import scaled_car_frame
from eventstudy.results.significance import with_leading
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import date

if TYPE_CHECKING:
    from eventstudy.events.events import Event

T = TypeVar("T")
MOST_BEFORE = 5
"""Days before an event over which it is looked for signs of it."""
WORKBOOK = "data/results.xlsx"
OF_ROWS = ("answers", "joint_of")
"""What holds rows of frames, of classes that pandas makes for each."""


@dataclass(frozen=True)
class ReportData(Studied):
    """Everything that the sections of a report draw on; the checks look at the same frames.

    Parameters
    ----------
    results : EventStudyResults
        The study.
    calibration : Calibration, optional
        Size and power of its tests at placebo dates.
    robustness : SpecificationCurve, optional
        Its effect under other specifications.
    """

    _lately: Lately = field(default_factory=Lately, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: frames that were made; what holds rows of them is made again."""
        return {name: value for name, value in vars(self).items() if name not in OF_ROWS}

    def shared(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what events of one session share; pages are made in order of date.

        Parameters
        ----------
        key : hashable
            What it belongs to, such as an asset and its day 0.
        make : callable
            Makes it, when it is not among the last few.
        """
        return self._lately.get(key, make)

    @cached_property
    def events(self) -> dict[str, Event]:
        """Events by id."""
        return {event.event_id: event for event in self.results.events}

    @cached_property
    def car(self) -> pd.DataFrame:
        """CARs of all observations and windows."""
        return self.results.car()

    @cached_property
    def minute_rows(self) -> MinuteRows | None:
        """What was measured in minutes, by event; None without bars."""
        return None if self.results.minutes is None else MinuteRows(self.results.minutes)

    @cached_property
    def answers(self) -> Answers:
        """What the study says of each group and asset, and of each event."""
        return Answers(self, self.car, self.ranked)

    @cached_property
    def ewma_sq(self) -> pd.DataFrame:
        """Volatility-scaled ranks of all event days."""
        return self.results.ewma_sq

    @cached_property
    def ranked(self) -> pd.DataFrame:
        """Rank of every CAR among ordinary days in the same volatility."""
        return self.results.scaled_car

    @cached_property
    def days_before(self) -> pd.DataFrame:
        """Rank of the CAR over the days before each event, as in `ranked`; up to five days."""
        first = max(self.results.windows.event[0], -MOST_BEFORE)
        if first >= 0:
            return self.ranked.iloc[:0]
        return scaled_car_frame(self.results, [(first, -1)])

    @cached_property
    def positions(self) -> dict[str, list[tuple[int, str]]]:
        """Of each asset, days 0 by position, ascending, with their events."""
        positions: dict[str, list[tuple[int, str]]] = {}
        for event_id, days in self.days0.items():
            for asset, day0 in days:
                positions.setdefault(asset, []).append((day0, event_id))
        return {asset: sorted(days) for asset, days in positions.items()}

    @cached_property
    def joint(self) -> pd.DataFrame:
        """Tests of all series of an event together."""
        return self.results.joint()

    @cached_property
    def joint_of(self) -> dict[str, list[Any]]:
        """Rows of `joint` that concern each event."""
        rows: dict[str, list[Any]] = {}
        for row in self.joint.itertuples():
            for event_id in row.event_ids:
                rows.setdefault(event_id, []).append(row)
        return rows

    @cached_property
    def statement_weeks(self) -> list[StatementDays]:
        """Statement sessions of each asset against the others of the same weeks."""
        return campaigns(self.results, compared=not self.results.pooled)  # shown by asset

    @cached_property
    def claims(self) -> list[CheckedClaim]:
        """Claimed against measured moves."""
        return check_claims(self.results)

    @cached_property
    def objections(self) -> tuple[Objection, ...]:
        """What a careful referee would object to."""
        return objections(self)

    @cached_property
    def objections_here(self) -> dict[str, list[Objection]]:
        """Of each event, the objections that its own observations give rise to."""
        local = {check.name for check in CHECKS if check.local}
        by_event: dict[str, list[Objection]] = {}
        for objection in self.objections:
            if objection.check in local and objection.where.event_id:
                by_event.setdefault(objection.where.event_id, []).append(objection)
        return by_event

    @cached_property
    def days0(self) -> dict[str, list[tuple[str, int]]]:
        """Of each event, the assets on which it has a day 0, and its position there."""
        ids = list(self.results.events.event_ids)
        days0: dict[str, list[tuple[str, int]]] = {event_id: [] for event_id in ids}
        alignments = self.results.alignments
        for item in alignments.where(alignments.accepted):
            days0[ids[item.event]].append((item.asset, item.day0))
        return days0

    @cached_property
    def _rows(self) -> dict[str, EventRows]:
        return {}

    @cached_property
    def choices(self) -> EventChoices | None:
        """Every event under every specification; None for studies of many firms."""
        return event_choices(self.results) if self.few_series else None

    def measured(self, event_id: str) -> list[str]:
        """Return the assets on which an event was measured, in their order."""
        results = self.results
        concerned = [row.asset for row in self.rows("alignment", event_id)]
        return [asset for asset in concerned if results.episode(event_id, asset) is not None]

    def rows(self, table: str, event_id: str, **values: object) -> list[Any]:
        """Return the rows of an event in a table of this class or of the results.

        Parameters
        ----------
        table : str
            Name of an attribute with a column event_id, such as "car" or "alignment".
        event_id : str
            The event.
        **values : object
            What columns must hold, such as ``asset="RUBUSD"``.
        """
        if table not in self._rows:
            owner = self if hasattr(type(self), table) else self.results
            self._rows[table] = EventRows(getattr(owner, table))
        return [
            row
            for row in self._rows[table].of(event_id)
            if all(getattr(row, column) == value for column, value in values.items())
        ]

    @property
    def workbook_name(self) -> str:
        """Name of the file of all tables; empty where XlsxWriter is not installed."""
        return WORKBOOK if find_spec("xlsxwriter") else ""

    @cached_property
    def waiting(self) -> bool:
        """Whether every event is still to come; no price is used yet."""
        left = self.results.left_out
        none = not len(self.results.abnormal.assets)
        return bool(none and len(left) and left["pending"].astype(bool).all())

    @property
    def until(self) -> str:
        """Say how far the prices reach."""
        results = self.results
        sessions = [d.calendar.sessions for d in results.data.values() if len(d.returns)]
        if not sessions or self.waiting:
            return ""
        last = max(pd.Timestamp(days[-1]) for days in sessions)
        return say("page.until", date=date(last))

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables that are written beside the report, by name."""
        results = self.results
        optional = {
            "multiplicity": self.family,
            "pre_event": self.before,
            "calibration": self.calibration.size if self.calibration else None,
            "power": self.calibration.power if self.calibration else None,
            "coverage": self.calibration.coverage if self.calibration else None,
            "robustness": self.robustness.frame if self.robustness else None,
        }
        return {
            "alignment": results.alignment,
            "ar": results.ar,
            "car": self.car,
            "mean_car": with_leading(self.mean_car, self.tests),
            "aar": results.aar(),
            "caar": self.caar,
            "tests": self.tests,
            "situations": self.situations,
            "ewma_sq": self.ewma_sq,
            "estimation": results.estimation,
            "claims": claims_frame(results),
            "left_out": results.left_out,
            "scaled_car": self.ranked,
            "joint": self.joint,
            "objections": objections_frame(self.objections),
            **{name: table for name, table in optional.items() if table is not None},
            "quality": frame_of(results.quality),
            **(results.minutes.tables() if results.minutes is not None else {}),
        }


def left_window(row: Any) -> tuple[int, int] | None:
    """Return the window that a row of `EventStudyResults.left_out` is about; None = all."""
    return None if pd.isna(row.start) else (int(row.start), int(row.end))


Context: TypeAlias = Mapping[str, Any] | None
"""What the template of a section is given; None where the section does not apply."""


@dataclass(frozen=True)
class Section:
    """One section of a page.

    Parameters
    ----------
    name : str
        Name of its template and its anchor.
    context : callable
        Makes what its template needs from the report's data and, on an event page, the event's
        id; None when the section does not apply.
    """

    name: str
    context: Callable[[ReportData, str], Context]

    @property
    def title(self) -> str:
        """Its heading."""
        return say(f"{self.name.replace('-', '_')}.title")
