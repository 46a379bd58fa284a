"""What figures of minutes are drawn from: results in minutes, names, times of a market's clock."""

from __future__ import annotations

import numpy as np

from eventstudy.arrays import Dates, Ints
from eventstudy.bars.clocks import local_seconds
from eventstudy.errors import InvalidArgumentError
from eventstudy.minutes.results import MinuteResults
from eventstudy.plots.theme import titled
from eventstudy.results import EventStudyResults
from eventstudy.words.catalogue import say


def minutes_of(results: EventStudyResults | MinuteResults) -> MinuteResults:
    """Return the results in minutes of a study, or what already is one.

    Raises
    ------
    InvalidArgumentError
        When the study has no bars.
    """
    minutes = results if isinstance(results, MinuteResults) else getattr(results, "minutes", None)
    if minutes is None:
        raise InvalidArgumentError(
            f"{type(results).__name__} holds nothing in minutes. Pass what es.run_minutes returns, "
            'or run a study whose study.toml has tables such as [bars.SBER] with source = "moex"'
        )
    return minutes


def label_of(results: EventStudyResults | MinuteResults, asset: str) -> str:
    """Return what an asset is called: its label in the study, else its name."""
    about = getattr(results, "about", None)
    return asset if about is None else str(about.asset(asset).label)


def short_label(results: EventStudyResults | MinuteResults, asset: str) -> str:
    """Return what an asset or a series is called in a sentence: its label up to the first comma."""
    return label_of(results, asset).split(",")[0]


def clock_times(moments: Ints, zone: str) -> Dates:
    """Return what the clock of a zone shows at moments."""
    times: Dates = (
        local_seconds(np.asarray(moments), zone).astype("datetime64[s]").astype("datetime64[m]")
    )
    return times


def clock_time(moment: int, zone: str) -> str:
    """Return what the clock of a zone shows at a moment, as plotly reads it."""
    return str(clock_times(np.array([moment]), zone)[0])


def hour(moment: int, zone: str) -> str:
    """Return the hour and minute that the clock of a zone shows at a moment."""
    return clock_time(moment, zone)[11:16]


def clock_axis(span: list[str]) -> dict[str, object]:
    """Return the axis of a market's clock from a time to another."""
    ticks = {"tickformat": "%H:%M", "nticks": 6, "tickangle": 0}
    return titled(say("plots.minutes.clock"), type="date", range=span, **ticks)
