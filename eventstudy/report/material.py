"""The frames that a report is made of, each computed once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy.campaign import campaigns
from eventstudy.claims import check_claims
from eventstudy.claims import frame as claims_frame
from eventstudy.prices.quality import frame_of

if TYPE_CHECKING:
    from eventstudy.campaign import Campaign
    from eventstudy.claims import CheckedClaim
    from eventstudy.events import Event
    from eventstudy.report.charts import Chart
    from eventstudy.results import EventStudyResults


@dataclass(frozen=True)
class Material:
    """Everything that the sections of a report draw on.

    Parameters
    ----------
    results : EventStudyResults
        The study.
    charts : dict
        Charts that several pages share, by asset and day 0.
    """

    results: EventStudyResults
    charts: dict[Any, list[Chart]] = field(default_factory=dict)

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
    def campaigns(self) -> list[Campaign]:
        """Statement sessions against the others."""
        return campaigns(self.results)

    @cached_property
    def claims(self) -> list[CheckedClaim]:
        """Claimed against measured moves."""
        return check_claims(self.results)

    @cached_property
    def days0(self) -> dict[str, list[tuple[str, int]]]:
        """Of each event, the assets on which it has a day 0, and its position there."""
        ids = list(self.results.events.event_ids)
        found: dict[str, list[tuple[str, int]]] = {event_id: [] for event_id in ids}
        for item in self.results.alignments:
            if item.day0 >= 0:
                found[ids[item.event]].append((item.asset, item.day0))
        return found

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables that are written beside the report, by name."""
        results = self.results
        return {
            "alignment": results.alignment,
            "ar": results.ar,
            "car": self.car,
            "mean_car": self.mean_car,
            "aar": results.aar(),
            "caar": self.caar,
            "tests": self.tests,
            "ewma_sq": self.scaled,
            "estimation": results.estimation,
            "claims": claims_frame(results),
            "left_out": results.left_out,
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
