"""Results of a study in parts: tables from a number for each episode, and from sums."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arguments import explained_methods
from eventstudy.design.membership import EpisodeRows
from eventstudy.errors import InMemoryOnlyError, InvalidArgumentError
from eventstudy.events.attributes import with_attributes
from eventstudy.executors import in_order
from eventstudy.parts.car_ranks import RANKS, RankTask, intervals_of, lacking, rank_part
from eventstudy.parts.folders import part_name
from eventstudy.parts.part_files import EPISODES, MEASURED, OBSERVATIONS
from eventstudy.parts.stored_returns import IN_MEMORY, Columns
from eventstudy.parts.stored_study import StoredStudy, membership
from eventstudy.results import EventStudyResults, averages, significance, tables
from eventstudy.results.frames import CallableFrame, once_called
from eventstudy.results.levels import levels
from eventstudy.settings import Window

LEVEL = ("group", "asset", "start", "end")
"""What a mean is of."""
DAYS = ("session", *MEASURED)
"""What is stored of each day of an episode."""


@explained_methods
@dataclass(frozen=True, eq=False, repr=False)
class StoredResults(StoredStudy):
    """Results of a study that was measured part by part.

    `car`, `mean_car`, `tests`, `situations`, `left_out` and `iter_ar` are as those of
    `EventStudyResults`, from what is stored. `alignment`, `estimation`, `scaled_car`, `pre_event`,
    `covariance`, `regression` and `row` are too: the parts are measured again for them, one after
    the other. All else needs the days of all episodes together, and says so: `of_asset` measures
    the part that holds an asset in memory.

    Parameters as for `StoredStudy`.
    """

    def __repr__(self) -> str:
        return (
            f"<StoredResults: {len(self.events)} events on {len(self.assets)} assets in "
            f"{len(self.parts)} parts, {self.folder}>"
        )

    def car(
        self, *, attributes: bool = False, intervals: bool = True, executor: Executor | None = None
    ) -> pd.DataFrame:
        """Cumulative abnormal returns, one row for each observation and CAR window.

        Parameters
        ----------
        attributes : bool
            As for `EventStudyResults.car`.
        intervals : bool
            Whether ci_low, ci_high, ci_basis and p_rank are there. They rank each CAR among the
            ordinary days of its own estimation window, which are not stored: when they are asked
            for first, the parts are measured again, and what came out is kept in the folder.
        executor : Executor, optional
            What measures these parts. Default: this process, one after the other.

        Returns
        -------
        DataFrame
            As `EventStudyResults.car`, in its order.
        """
        known: Callable[[Window], Any] = lambda _: None  # noqa: E731  nothing is known
        if intervals:
            columns = self._ranked(executor)
            study = self._study
            episode_of = study.episode_of
            rows = episode_of.rows[study.measured[episode_of.rows]]
            known = lambda window: intervals_of(columns, window).rows(rows)  # noqa: E731
        frame = tables.car_frame(self._study, known)
        return with_attributes(self.events, frame) if attributes else frame

    def _ranked(self, executor: Executor | None) -> Columns:
        """Return what is kept of the ranks of CARs; those of parts that lack them are made."""
        home = self.folder / "ranks"
        tasks = [RankTask(home, each, self.again[each]) for each in lacking(home, self.parts)]
        for _ in in_order(executor, rank_part, tasks, ahead=max(len(tasks), 1)):
            pass
        return Columns(home, self.parts, self.assets, RANKS)

    def mean_car(self, by: str | None = None) -> pd.DataFrame:
        """Mean CAR over episodes, for each group and CAR window; see `EventStudyResults.mean_car`.

        A level of one series whose windows overlap, or of a single episode, is taken from its
        part, which is measured again. Where windows of several series share a part of their days,
        the mean and its textbook error are there, and `ci_basis` says that the interval that holds
        needs the study in memory.

        Parameters
        ----------
        by : str, optional
            "group" for the groups of the study, which is the default: sums are of these.

        Raises
        ------
        InMemoryOnlyError
            When means by something else are asked for.
        """
        self._by_group(by)
        frame = averages.mean_car_frame(self._summed, None)
        lacking = frame["ci_basis"] == averages.IN_MEMORY
        if not lacking.any():
            return frame
        rows = frame.to_dict("records")
        homes = self._homes(set(zip(frame["group"][lacking], frame["asset"][lacking], strict=True)))
        for number in sorted(set(homes.values())):
            made = self._measured(number).mean_car().to_dict("records")
            of_part = {tuple(row[key] for key in LEVEL): row for row in made}
            for place, row in enumerate(rows):
                if homes.get((row["group"], row["asset"])) == number:
                    rows[place] = of_part[tuple(row[key] for key in LEVEL)]
        return pd.DataFrame(rows, columns=frame.columns)

    def _homes(self, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """Return the parts that hold all episodes of some levels, where one does."""
        ends = np.cumsum([len(table) for table in self._columns.tables("position")])
        homes = {}
        for level in levels(self._study):
            first, last = np.searchsorted(ends, level.rows[[0, -1]], side="right").tolist()
            if (level.group, level.asset) in wanted and first == last:
                homes[level.group, level.asset] = self.parts[first]
        return homes

    def tests(
        self, by: str | None = None, *, include_invalid: bool = False, by_day: bool = False
    ) -> pd.DataFrame:
        """Significance tests, one row for each group, window and test.

        Parameters
        ----------
        by : str, optional
            As for `mean_car`.
        include_invalid : bool
            As for `EventStudyResults.tests`.
        by_day : bool
            Single days need the study in memory.

        Returns
        -------
        DataFrame
            As there. A test that needs the days of all episodes together has that as its reason;
            one that adds something up over them has it when it was named to `run_study`.
        """
        self._by_group(by)
        if by_day:
            raise InMemoryOnlyError(
                f"a test of each day {IN_MEMORY}. Or name single days as CAR windows"
            )
        tested = significance.run_tests(self._summed, include_invalid=include_invalid)
        return significance.tests_frame(tested)

    def situations(self, by: str | None = None) -> pd.DataFrame:
        """Say what decides which tests are valid; see `EventStudyResults.situations`."""
        self._by_group(by)
        return significance.situations_frame(significance.run_tests(self._summed))

    def _by_group(self, by: str | None) -> None:
        """Refuse levels that no sums are of."""
        if by is None or (by == "group" and self.asked.groups):
            return
        raise InMemoryOnlyError(
            f"by is {by!r}: sums are of the groups that were named when the study was measured. "
            f'Name them, es.run_study(..., groups={{"name": es.Group(...)}}, out=another folder). '
            f"Else it {IN_MEMORY}"
        )

    @cached_property
    def left_out(self) -> pd.DataFrame:
        """Every observation or window that was not studied, and why.

        As `EventStudyResults.left_out`. The parts are measured again, one after the other, from the
        stored prices.
        """
        frame = self._of_parts(lambda part: part.left_out)
        whole = frame["start"].isna()
        return pd.concat([frame[whole], frame[~whole]], ignore_index=True)

    @cached_property
    def alignment(self) -> pd.DataFrame:
        """Where every event falls on every asset; see `EventStudyResults.alignment`."""
        return self._of_parts(lambda part: part.alignment)

    @cached_property
    def estimation(self) -> pd.DataFrame:
        """How normal returns were estimated; see `EventStudyResults.estimation`."""
        return self._of_parts(lambda part: part.estimation)

    @cached_property
    def scaled_car(self) -> CallableFrame:
        """Rank every CAR among ordinary days; see `EventStudyResults.scaled_car`."""
        frame = self._of_parts(lambda part: pd.DataFrame(part.scaled_car))
        windows = [(frame["start"] == a) & (frame["end"] == b) for a, b in self.asked.windows.car]
        return once_called(
            pd.concat([frame[at] for at in windows], ignore_index=True), "scaled_car"
        )

    def pre_event(self, window: Window | None = None) -> pd.DataFrame:
        """Test the days before each event together; see `EventStudyResults.pre_event`."""
        return self._of_parts(lambda part: part.pre_event(window))

    def _of_parts(self, make: Callable[[EventStudyResults], pd.DataFrame]) -> pd.DataFrame:
        """Return tables of observations of all parts as one, by event and asset."""
        frames = [make(self._measured(number)) for number in self.parts]
        frame = pd.concat([each for each in frames if len(each)] or frames[:1], ignore_index=True)
        event = pd.Index(self.events.event_ids).get_indexer(frame["event_id"])
        asset = pd.Index(self.assets).get_indexer(frame["asset"])
        return frame.iloc[np.lexsort((asset, event))].reset_index(drop=True)

    def covariance(self, event_id: str, asset: str) -> pd.DataFrame:
        """Exact covariance of the abnormal returns of an observation; see `EventStudyResults`."""
        return self.of_asset(asset).covariance(event_id, asset)

    def regression(self, event_id: str, asset: str) -> Any:
        """Return the regression behind an observation; see `EventStudyResults.regression`."""
        return self.of_asset(asset).regression(event_id, asset)

    def days0(self, event_id: str, asset: str) -> tuple[np.datetime64, np.datetime64]:
        """Return day 0 of an event on an asset, and the latest that it may be; NaT = none yet."""
        return self.of_asset(asset).days0(event_id, asset)

    def session(self, asset: str, position: int) -> np.datetime64:
        """Return a session of an asset by its position; NaT for a negative one."""
        return self.of_asset(asset).session(asset, position)

    def row(self, event_id: str, asset: str) -> int:
        """Row of the episode of a measured observation; else UnknownNameError with the reason."""
        row = self._study.episode(event_id, asset)
        return self.of_asset(asset).row(event_id, asset) if row is None else row

    def iter_ar(self, observations: int | None = None) -> Iterator[pd.DataFrame]:
        """Yield abnormal returns in long form, part by part.

        Parameters
        ----------
        observations : int, optional
            Observations of a block, at the most. Default: those of a part.

        Yields
        ------
        DataFrame
            event_id, asset, tau, session, return, normal, ar, se, sar, as
            `EventStudyResults.ar`; by event and asset within a part.
        """
        if observations is not None and observations < 1:
            raise InvalidArgumentError(
                f"observations is {observations!r}; write a whole number from 1, such as 10_000"
            )
        return self._days(observations)

    def _days(self, observations: int | None) -> Iterator[pd.DataFrame]:
        import pyarrow as pa
        from pyarrow import ipc

        ids = np.array(self.events.event_ids, dtype=object)
        first = self.asked.windows.event[0]
        for number in self.parts:
            folder = self._parts_folder / part_name(number)
            columns = Columns(self._parts_folder, (number,), self.assets, EPISODES)
            _, episode_of = membership(columns)
            assets = np.array(self.assets, dtype=object)[columns.of("asset")]
            with pa.memory_map(str(folder / OBSERVATIONS)) as file:
                days = ipc.open_file(file).read_all()
                yield from _days_of(days, episode_of, (ids, assets), first, observations)


def _days_of(
    days: Any, episode_of: EpisodeRows, names: tuple[Any, Any], first: int, size: int | None
) -> Iterator[pd.DataFrame]:
    """Yield the days of the observations of a part in long form, so many observations at once."""
    ids, assets = names
    place = np.full(len(assets), -1, dtype=np.intp)
    place[days["episode"].to_numpy()] = np.arange(len(days))
    every = place[episode_of.rows]
    there = np.flatnonzero(every >= 0)
    lists = {name: days[name].combine_chunks().flatten().to_numpy() for name in DAYS}
    values = {name: each.reshape(len(days), -1) for name, each in lists.items()}
    length = values["se"].shape[1]
    for begin in range(0, len(there), size or max(len(there), 1)):
        some = there[begin : begin + (size or len(there))]
        at, events, rows = every[some], episode_of.events[some], episode_of.rows[some]
        ar = values["return"][at] - values["normal"][at]
        se = values["se"][at]
        frame = pd.DataFrame(
            {
                "event_id": tables.repeated(ids[events], length),
                "asset": tables.repeated(assets[rows], length),
                "tau": np.tile(np.arange(first, first + length), len(at)),
                "session": tables.dated(values["session"][at].ravel().astype("datetime64[D]")),
                "return": values["return"][at].ravel(),
                "normal": values["normal"][at].ravel(),
                "ar": ar.ravel(),
                "se": se.ravel(),
                "sar": (ar / se).ravel(),
            }
        )
        yield frame[np.isfinite(frame["ar"])].reset_index(drop=True)
