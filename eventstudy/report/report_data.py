"""The frames that a report is made of, each computed once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy.analysis.claims import check_claims
from eventstudy.analysis.claims import frame as claims_frame
from eventstudy.analysis.event_specifications import EventChoices, event_choices
from eventstudy.analysis.statement_days import campaigns
from eventstudy.checks import CHECKS, Studied, objections
from eventstudy.checks import frame as objections_frame
from eventstudy.prices.quality.findings import frame_of
from eventstudy.settings import FEW_SERIES

if TYPE_CHECKING:
    from eventstudy.analysis.calibration import Calibration
    from eventstudy.analysis.claims import CheckedClaim
    from eventstudy.analysis.specification_curve import SpecificationCurve
    from eventstudy.analysis.statement_days import StatementDays
    from eventstudy.checks import Objection
    from eventstudy.events.events import Event
    from eventstudy.results import EventStudyResults

HELD = 24
"""Things kept for the pages of events that share a session."""


@dataclass(frozen=True)
class Material:
    """Everything that the sections of a report draw on.

    Parameters
    ----------
    results : EventStudyResults
        The study.
    calibration : Calibration, optional
        Size and power of its tests at placebo dates.
    robustness : SpecificationCurve, optional
        Its effect under other specifications.
    with_choices : bool
        Whether the page of every event shows it under every specification.
    """

    results: EventStudyResults
    calibration: Calibration | None = None
    robustness: SpecificationCurve | None = None
    with_choices: bool = False
    _held: dict[Any, Any] = field(default_factory=dict, repr=False)

    def shared(self, key: object, make: Callable[[], Any]) -> Any:
        """Return what events of one session share; pages are made in order of date.

        Parameters
        ----------
        key : object
            What it belongs to, such as an asset and its day 0.
        make : callable
            Makes it, when it is not among the last few.
        """
        if key not in self._held:
            while len(self._held) >= HELD:
                self._held.pop(next(iter(self._held)))
            self._held[key] = make()
        return self._held[key]

    @cached_property
    def events(self) -> dict[str, Event]:
        """Events by id."""
        return {event.event_id: event for event in self.results.events}

    @cached_property
    def car(self) -> pd.DataFrame:
        """CARs of all observations and windows."""
        return self.results.car()

    @cached_property
    def scaled(self) -> pd.DataFrame:
        """Volatility-scaled ranks of all event days."""
        return self.results.ewma_sq()

    @cached_property
    def mean_car(self) -> pd.DataFrame:
        """Mean CARs by group."""
        return self.results.mean_car()

    @cached_property
    def caar(self) -> pd.DataFrame:
        """CAAR paths by group."""
        return self.results.caar()

    @cached_property
    def tests(self) -> pd.DataFrame:
        """Tests by group and window."""
        return self.results.tests()

    @cached_property
    def ranked(self) -> pd.DataFrame:
        """Rank of every CAR among ordinary days in the same volatility."""
        return self.results.scaled_car()

    @cached_property
    def family(self) -> pd.DataFrame | None:
        """All cells with adjusted p-values; None for studies of many assets."""
        few = len(self.results.assets) <= FEW_SERIES
        return self.results.multiplicity() if few else None

    @cached_property
    def joint(self) -> pd.DataFrame:
        """Tests of all series of an event together."""
        return self.results.joint()

    @cached_property
    def joint_of(self) -> dict[str, list[Any]]:
        """Rows of `joint` that concern each event."""
        found: dict[str, list[Any]] = {}
        for row in self.joint.itertuples():
            for event_id in row.event_ids.split("; "):
                found.setdefault(event_id, []).append(row)
        return found

    @cached_property
    def before(self) -> pd.DataFrame | None:
        """Tests of the days before each event; None when the event window has none."""
        return self.results.pre_event() if self.results.windows.event[0] < 0 else None

    @cached_property
    def situations(self) -> pd.DataFrame:
        """What decides which tests are valid."""
        return self.results.situations()

    @cached_property
    def campaigns(self) -> list[StatementDays]:
        """Statement sessions against the others."""
        return campaigns(self.results)

    @cached_property
    def claims(self) -> list[CheckedClaim]:
        """Claimed against measured moves."""
        return check_claims(self.results)

    @cached_property
    def studied(self) -> Studied:
        """What the checks look at, with the frames that are made already."""
        made = {
            name: getattr(self, name)
            for name in ("family", "before", "situations", "tests", "mean_car", "caar")
        }
        return Studied(self.results, self.calibration, self.robustness, made)

    @cached_property
    def objections(self) -> tuple[Objection, ...]:
        """What a careful referee would object to."""
        return objections(self.studied)

    @cached_property
    def doubts(self) -> dict[str, list[Objection]]:
        """Of each event, the objections that its own observations give rise to."""
        local = {check.name for check in CHECKS if check.local}
        found: dict[str, list[Objection]] = {}
        for own in self.objections:
            if own.check in local and own.where.event_id:
                found.setdefault(own.where.event_id, []).append(own)
        return found

    @cached_property
    def days0(self) -> dict[str, list[tuple[str, int]]]:
        """Of each event, the assets on which it has a day 0, and its position there."""
        ids = list(self.results.events.event_ids)
        found: dict[str, list[tuple[str, int]]] = {event_id: [] for event_id in ids}
        for item in self.results.alignments:
            if item.day0 >= 0:
                found[ids[item.event]].append((item.asset, item.day0))
        return found

    @cached_property
    def _places(self) -> dict[str, dict[str, Any]]:
        return {}

    @cached_property
    def choices(self) -> EventChoices | None:
        """Every event under every specification; only where that was asked for."""
        few = len(self.results.assets) <= FEW_SERIES
        return event_choices(self.results) if self.with_choices and few else None

    def measured(self, event_id: str) -> list[str]:
        """Return the assets on which an event was measured, in their order."""
        results = self.results
        concerned = self.of("alignment", event_id)["asset"]
        return [asset for asset in concerned if results.episode(event_id, asset) is not None]

    def of(self, table: str, event_id: str) -> pd.DataFrame:
        """Return the rows of an event in a table of this class or of the results.

        Parameters
        ----------
        table : str
            Name of an attribute with a column event_id, such as "car" or "alignment".
        event_id : str
            The event.
        """
        own = getattr(self if hasattr(type(self), table) else self.results, table)
        if table not in self._places:
            self._places[table] = own.groupby("event_id", sort=False).indices if len(own) else {}
        return own.iloc[self._places[table].get(event_id, [])]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables that are written beside the report, by name."""
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
            "mean_car": self.mean_car,
            "aar": results.aar(),
            "caar": self.caar,
            "tests": self.tests,
            "situations": self.situations,
            "ewma_sq": self.scaled,
            "estimation": results.estimation,
            "claims": claims_frame(results),
            "left_out": results.left_out,
            "scaled_car": self.ranked,
            "joint": self.joint,
            "objections": objections_frame(self.objections),
            **{name: table for name, table in optional.items() if table is not None},
            "quality": frame_of(results.quality),
        }


def left_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows of `EventStudyResults.left_out` with their window, None = all windows."""
    return [
        {**row, "window": None if pd.isna(row["start"]) else (int(row["start"]), int(row["end"]))}
        for row in frame.to_dict("records")
    ]


@dataclass(frozen=True)
class Section:
    """One section of a page.

    Parameters
    ----------
    name : str
        Name of its template and its anchor.
    title : str
        Its heading.
    context : callable
        Makes what its template needs from the material and, on an event page, the event's
        id; None when the section does not apply.
    """

    name: str
    title: str
    context: Callable[[Material, str], Mapping[str, object] | None]
