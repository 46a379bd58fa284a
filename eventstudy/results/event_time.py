"""Results of returns in event time: everything that is defined without calendar dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NoReturn

import numpy as np
import pandas as pd

from eventstudy.arguments import explained_methods
from eventstudy.errors import InvalidArgumentError
from eventstudy.prices import Finding
from eventstudy.prices.quality.findings import in_order
from eventstudy.results.findings import refitted, short_windows
from eventstudy.results.study_results import EventStudyResults
from eventstudy.settings import Window

DATES = ("session", "day0", "day0_latest", "first", "last")
"""Columns of dates; there are none in event time."""


def undated(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table without its dates: its columns stay, and hold NaT."""
    there = [name for name in DATES if name in frame]
    nothing = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[s]")
    return frame.assign(**dict.fromkeys(there, nothing))


@explained_methods
class EventTimeResults(EventStudyResults):
    """What `run_event_time` returns: `EventStudyResults` of events whose dates are not known.

    Columns of dates hold NaT. What is made of dates (tests over dates, runs at placebo dates,
    reports) is refused by name. Every event is an asset of its own; events are taken as
    independent of one another.
    """

    dated = False

    def needs_dates(self, what: str) -> None:
        """Refuse what is made of calendar dates.

        Raises
        ------
        InvalidArgumentError
            Always.
        """
        _refuse(what)

    def _shown(self, frame: pd.DataFrame) -> pd.DataFrame:
        return undated(frame)

    @cached_property
    def alignment(self) -> pd.DataFrame:
        """Day 0 of every event: its τ = 0. Columns as of `EventStudyResults.alignment`."""
        return super().alignment.assign(rule="event time: day 0 is τ = 0")

    def iter_ar(self, observations: int = 10_000) -> Iterator[pd.DataFrame]:
        """Yield the rows of `ar` in blocks; see `EventStudyResults.iter_ar`."""
        return map(undated, super().iter_ar(observations))

    @cached_property
    def quality(self) -> tuple[Finding, ...]:
        """What a reader must know about the estimation windows, the worst first."""
        again = [replace(finding, dates=()) for finding in refitted(self)]
        return in_order([*again, *short_windows(self.models, self.windows)[:1]], self.assets)

    def car(self, *, attributes: bool = False) -> pd.DataFrame:
        """Cumulative abnormal returns; see `EventStudyResults.car`."""
        frame = super().car(attributes=attributes)
        return frame.drop(columns="date") if attributes else frame

    def multiplicity(self, windows: Sequence[Window] | None = None) -> NoReturn:  # noqa: ARG002
        """Refuse: the whole calendar of events is moved over other dates."""
        _refuse("multiplicity, which moves the calendar of events,")

    def joint(self, window: Window | None = None) -> NoReturn:  # noqa: ARG002
        """Refuse: series are tested together that share a date."""
        _refuse("joint, which tests the series of one date together,")

    def session(self, asset: str, position: int) -> np.datetime64:  # noqa: ARG002
        """Return NaT: a day of event time has no date."""
        return np.datetime64("NaT", "D")

    def situations(self, by: str | None = None) -> pd.DataFrame:
        """Say what decides which tests are valid; see `EventStudyResults.situations`."""
        frame = super().situations(by).assign(dates=np.nan)
        for column in ("situation", "warnings"):
            words = frame[column].str.replace("separate dates", "events, taken as independent")
            frame[column] = words.str.replace("distinct dates", "events")
        return frame


def _refuse(what: str) -> NoReturn:
    raise InvalidArgumentError(
        f"{what} needs calendar dates, and returns in event time have none. With the dates of the "
        "events and returns by date, use es.run_study(events, es.Returns(frame))"
    )
