"""The record of a measured study: what every table of results is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from eventstudy.abnormal.placebo_days import PlaceboDays
from eventstudy.arguments import pair, told_class
from eventstudy.design.groups import group_members
from eventstudy.errors import InvalidArgumentError, UnknownNameError, refuse_unknown
from eventstudy.settings import Group, Options, StudyTitle, Window, Windows

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.abnormal.engine import Disagreement
    from eventstudy.arrays import Array, Ints, Mask
    from eventstudy.design.alignment import Alignments
    from eventstudy.design.membership import EpisodeRows, Members
    from eventstudy.design.windows import AssetReturns
    from eventstudy.events.events import Events
    from eventstudy.inference import SignificanceTest
    from eventstudy.minutes.results import MinuteResults
    from eventstudy.models import NormalReturnModel
    from eventstudy.prices import Prices, Returns


class Observation(NamedTuple):
    """One event on one asset that was measured, and the row of its episode."""

    event_id: str
    asset: str
    row: int


@told_class
@dataclass(frozen=True, repr=False)
class MeasuredStudy:
    """A study whose abnormal returns are measured. Its fields are those of `EventStudyResults`.

    Parameters
    ----------
    events : Events
        What was said.
    prices : Prices or Returns
        What was traded.
    models : mapping of str to NormalReturnModel
        Normal-return model of each asset.
    windows : Windows
        Windows in event time.
    options : Options
        Settings.
    groups : mapping of str to Group
        Groups of events by name; empty = all events together.
    significance_tests : tuple of SignificanceTest, or None
        Tests of the user's choice; None = those that the situation asks for.
    alignments : Alignments
        Where each event falls on each asset.
    data : mapping of str to AssetReturns
        Returns of each asset over its sessions.
    members : Members
        Positions of the events of each episode.
    episode_of : EpisodeRows
        Row of the episode of an event (by position) on an asset.
    abnormal : AbnormalReturns
        Abnormal returns, a row for each episode.
    pooled : bool
        Whether averages go across assets.
    missing : mapping of str to str
        Assets without prices, and why.
    about : StudyTitle
        Titles and words for reports.
    disagreements : tuple of Disagreement
        Where the engine moments differed from statsmodels, which took its place there;
        `options.engine` says which engine was used.
    minutes : MinuteResults or None
        The same statements measured in minutes; None when the study has no bars.
    """

    events: Events
    prices: Prices | Returns
    models: Mapping[str, NormalReturnModel]
    windows: Windows
    options: Options
    groups: Mapping[str, Group]
    significance_tests: tuple[SignificanceTest, ...] | None
    alignments: Alignments
    data: Mapping[str, AssetReturns]
    members: Members
    episode_of: EpisodeRows
    abnormal: AbnormalReturns
    pooled: bool
    missing: Mapping[str, str] = field(default_factory=dict)
    about: StudyTitle = field(default_factory=StudyTitle)
    disagreements: tuple[Disagreement, ...] = ()
    minutes: MinuteResults | None = None

    dated: ClassVar[bool] = True
    """Whether sessions are calendar dates; see `eventstudy.results.event_time`."""

    def needs_dates(self, what: str) -> None:
        """Refuse what is made of calendar dates where there are none: here there are."""

    def __getstate__(self) -> dict[str, object]:
        """Return what is pickled: what was measured, without what can be made from it again."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    @cached_property
    def history(self) -> PlaceboDays:
        """The series behind the study, for tests that compare with other days."""
        abnormal = self.abnormal
        rows, nobody = abnormal.rows_by_asset(), np.empty(0, dtype=np.intp)
        events = {asset: abnormal.position[rows.get(asset, nobody)] for asset in self.data}
        return PlaceboDays(self.data, self.models, self.windows, self.options, events)

    @property
    def assets(self) -> list[str]:
        """Names of the assets studied."""
        return list(self.data)

    @cached_property
    def crowded(self) -> Mask:
        """Whether each episode stands for several events, shape (episodes,)."""
        crowded: Mask = self.members.sizes > 1
        return crowded

    @cached_property
    def measured(self) -> Mask:
        """Whether each episode was measured, shape (episodes,)."""
        return self.abnormal.measured

    @cached_property
    def measured_rows(self) -> Ints:
        """Rows of the episodes that were measured."""
        return np.flatnonzero(self.measured)

    def simple(self, values: Array) -> Array:
        """Return measured returns as simple ones: −0.39 in logarithms is a fall of 32.3 %.

        Parameters
        ----------
        values : ndarray
            Returns, CARs or their bounds, as fractions of the kind that the study measures.
        """
        return np.expm1(values) if self.options.returns == "log" else values

    def session(self, asset: str, position: int) -> np.datetime64:
        """Return a session of an asset by its position; NaT for a negative one."""
        nothing = np.datetime64("NaT", "D")
        sessions = self._returns(asset).calendar.sessions
        if position >= len(sessions):
            raise InvalidArgumentError(
                f"position is {position}; {asset} has {len(sessions)} sessions, from 0"
            )
        return sessions[position] if position >= 0 else nothing

    def _shown(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a table of dates as it is shown; see `eventstudy.results.event_time`."""
        return frame

    def _returns(self, asset: str) -> AssetReturns:
        """Return the returns of an asset; UnknownNameError where there is none of that name."""
        refuse_unknown(asset, self.data, f"no asset {asset!r} in the study")
        return self.data[asset]

    def days0(self, event_id: str, asset: str) -> tuple[np.datetime64, np.datetime64]:
        """Return day 0 of an event on an asset, and the latest that it may be; NaT = none yet."""
        self._returns(asset)
        event = self.events.place(event_id)
        try:
            aligned = self.alignments.of(event, asset)
        except KeyError:
            message = f"{event_id} does not concern {asset}; its column assets names others"
            raise UnknownNameError(message) from None
        return self.session(asset, aligned.day0), self.session(asset, aligned.latest)

    @cached_property
    def observations(self) -> tuple[Observation, ...]:
        """Observations that were measured, by event and asset."""
        ids = self.events.event_ids
        return tuple(
            Observation(ids[event], asset, row)
            for (event, asset), row in self.episode_of.items()
            if self.measured[row]
        )

    @cached_property
    def group_members(self) -> Mapping[str, Mask]:
        """Of each group, whether each event belongs to it; one of all events without groups."""
        return group_members(self.events, self.groups)

    def holds(self, member: Mask) -> Mask:
        """Whether each episode has an event among these, shape (episodes,).

        Parameters
        ----------
        member : ndarray of bool, shape (events,)
            Which events.
        """
        marks = np.asarray(member)
        if marks.shape != (len(self.events),) or marks.dtype != bool:
            raise InvalidArgumentError(
                f"member is {member!r:.60}; write an array of True and False, one for each of the "
                f"{len(self.events)} events, such as results.group_members[results.headline]"
            )
        return self.members.any_of(marks)

    @cached_property
    def headline(self) -> str:
        """Name of the group that leads: the first with a measured episode, else the first."""
        for name, member in self.group_members.items():
            if (self.holds(member) & self.measured).any():
                return name
        return next(iter(self.group_members))

    def check_window(self, window: Window) -> None:
        """Refuse a window that reaches beyond the event window.

        Raises
        ------
        InvalidArgumentError
            It says which windows there are.
        """
        first, last = self.windows.event
        window = pair("window", window, "(0, 1)")
        if not first <= window[0] <= window[1] <= last:
            raise InvalidArgumentError(
                f"window is {window!r}; it must lie inside the event window {(first, last)}, start "
                f"first, such as {self.windows.lead}. Widen event to look further"
            )

    def at_primary(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of a frame at the primary window."""
        if not {"start", "end"} <= set(getattr(frame, "columns", ())):
            raise InvalidArgumentError(
                f"frame is {frame!r:.60}; write a table of windows, such as results.car()"
            )
        start, end = self.windows.lead
        return only(frame, start=start, end=end)

    def episode(self, event_id: str, asset: str) -> int | None:
        """Row of the episode of an event on an asset; None when it was left out.

        Raises
        ------
        UnknownNameError
            When there is no such event or asset in the study.
        """
        self._returns(asset)
        row = self.episode_of.get((self.events.place(event_id), asset))
        return None if row is None or self.abnormal.reasons[row] else row


def only(frame: pd.DataFrame, **values: object) -> pd.DataFrame:
    """Return the rows of a frame whose columns hold these values.

    Parameters
    ----------
    frame : DataFrame
        A table of results.
    **values : object
        The value of each column, such as ``asset="RUBUSD"``.
    """
    chosen = np.ones(len(frame), dtype=bool)
    for column, value in values.items():
        chosen &= (frame[column] == value).to_numpy(dtype=bool, na_value=False)
    return frame[chosen]
