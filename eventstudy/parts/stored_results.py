"""Results of a study in parts: tables from a number for each episode, and from sums."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.abnormal.placebo_days import PlaceboDays
from eventstudy.arguments import explained_methods
from eventstudy.design.membership import EpisodeRows, Members
from eventstudy.errors import InMemoryOnlyError
from eventstudy.inference.intervals import t_interval
from eventstudy.parts.asked import Asked
from eventstudy.parts.folders import part_name
from eventstudy.parts.level_sums import EVERY, LEADING, Key, LevelSums, key_of
from eventstudy.parts.part_files import OBSERVATIONS, SUMS, read_sums
from eventstudy.parts.stored_returns import IN_MEMORY, Columns, Nothing, StoredReturns
from eventstudy.results import EventStudyResults, averages, significance, tables
from eventstudy.results.levels import entering, levels
from eventstudy.results.measured_study import MeasuredStudy
from eventstudy.settings import Window

if TYPE_CHECKING:
    from eventstudy.events.events import Events

LATER = (
    *("aar", "caar", "alignment", "ar", "estimation", "residuals", "quality", "ewma_sq"),
    *("scaled_car", "multiplicity", "joint", "pre_event", "covariance", "regression", "summary"),
    *("to_excel", "to_parquet", "abnormal", "prices"),
)
"""What results in memory have besides."""


class _StoredStudy(MeasuredStudy):
    """A measured study of which no series is held."""

    @cached_property
    def history(self) -> PlaceboDays:
        """Nothing to compare with."""
        nothing = Nothing(tuple(self.data))
        return PlaceboDays(nothing, nothing, self.windows, self.options, nothing)


@explained_methods
@dataclass(frozen=True, eq=False, repr=False)
class StoredResults:
    """Results of a study that was measured part by part.

    `car`, `mean_car`, `tests`, `situations`, `left_out` and `iter_ar` are as those of
    `EventStudyResults`. All else needs the days of all episodes together, and says so: the assets
    in question can be measured in memory.

    Parameters
    ----------
    folder : Path
        Folder of the study.
    events : Events
        What was said.
    asked : Asked
        Models, windows, options, groups and tests.
    assets : tuple of str
        Assets of the study.
    parts : tuple of int
        Numbers of the parts.
    measure : callable
        Measures a part again, for what is not kept of it.
    """

    folder: Path
    events: Events
    asked: Asked
    assets: tuple[str, ...]
    parts: tuple[int, ...]
    measure: Callable[[int], EventStudyResults] = field(repr=False)

    def __repr__(self) -> str:
        return (
            f"<StoredResults: {len(self.events)} events on {len(self.assets)} assets in "
            f"{len(self.parts)} parts, {self.folder}>"
        )

    def __getattr__(self, name: str) -> Any:
        if name in LATER:
            raise InMemoryOnlyError(f"{name} {IN_MEMORY}")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def car(self) -> pd.DataFrame:
        """Cumulative abnormal returns, one row for each observation and CAR window.

        Returns
        -------
        DataFrame
            As `EventStudyResults.car`, in its order, without the interval and the rank among
            ordinary days (ci_low, ci_high, ci_basis, p_rank), which need the days of each.
        """
        study = self._study
        episode_of = study.episode_of
        there = study.measured[episode_of.rows]
        rows = episode_of.rows[there]
        ids = np.array(study.events.event_ids, dtype=object)[episode_of.events[there]]
        abnormal = study.abnormal.rows(rows)
        frames = [self._cars(ids, abnormal, window) for window in study.windows.car]
        frame = pd.concat(frames).sort_index(kind="stable")
        return frame[np.isfinite(frame["car"])].reset_index(drop=True)

    def _cars(self, ids: Any, abnormal: Any, window: Window) -> pd.DataFrame:
        from scipy import stats

        car, se, df = abnormal.car(window), abnormal.car_se(window), abnormal.df
        t = car / se
        low, high = t_interval(car, se, self.asked.options.confidence, df)
        return pd.DataFrame(
            {
                "event_id": pd.Series(ids, dtype=object),
                "asset": abnormal.assets,
                "start": window[0],
                "end": window[1],
                "car": car,
                "se": se,
                "t": t,
                "df": df,
                "p": 2 * stats.t.sf(np.abs(t), df),
                "ci_low_t": low,
                "ci_high_t": high,
                "scar": t,
                "bhar": abnormal.bhar(window, self.asked.options.returns),
                "day0": tables.dated(abnormal.day0),
                "covers_day0": abnormal.covers_day0(window),
            }
        )

    def mean_car(self) -> pd.DataFrame:
        """Mean CAR over episodes, for each group and CAR window; see `EventStudyResults.mean_car`.

        A level whose windows overlap within one series needs the study in memory: its row has
        counts alone, and `ci_basis` says so.
        """
        return averages.mean_car_frame(self._summed, None)

    def tests(self, *, include_invalid: bool = False) -> pd.DataFrame:
        """Significance tests, one row for each group, window and test.

        Parameters
        ----------
        include_invalid : bool
            As for `EventStudyResults.tests`.

        Returns
        -------
        DataFrame
            As there. A test that needs the days of all episodes together has that as its reason;
            one that adds something up over them has it when it was named to `run_study`.
        """
        tested = significance.run_tests(self._summed, include_invalid=include_invalid)
        return significance.tests_frame(tested)

    def situations(self) -> pd.DataFrame:
        """Say what decides which tests are valid; see `EventStudyResults.situations`."""
        return significance.situations_frame(significance.run_tests(self._summed))

    @cached_property
    def left_out(self) -> pd.DataFrame:
        """Every observation or window that was not studied, and why.

        As `EventStudyResults.left_out`. The parts are measured again, one after the other, from the
        stored prices.
        """
        frames = [self.measure(number).left_out for number in self.parts]
        frame = pd.concat(frames, ignore_index=True)
        whole = frame["start"].isna()
        return pd.concat([frame[whole], frame[~whole]], ignore_index=True)

    def iter_ar(self) -> Iterator[pd.DataFrame]:
        """Yield abnormal returns in long form, part by part.

        Yields
        ------
        DataFrame
            event_id, asset, tau, session, return, normal, ar, se, sar, as
            `EventStudyResults.ar`; by event and asset within a part.
        """
        import pyarrow as pa
        from pyarrow import ipc

        ids = np.array(self.events.event_ids, dtype=object)
        first = self.asked.windows.event[0]
        for number in self.parts:
            folder = self._parts_folder / part_name(number)
            with pa.memory_map(str(folder / OBSERVATIONS)) as file:
                days = ipc.open_file(file).read_all()
            yield _days_of(days, self._one(number), ids, first)

    def _one(self, number: int) -> tuple[Members, EpisodeRows, Any]:
        """Return the members of the episodes of a part, their rows by event, and their assets."""
        columns = Columns(self._parts_folder, (number,), self.assets)
        members, episodes = _membership(columns)
        return members, episodes, np.array(self.assets, dtype=object)[columns.of("asset")]

    @property
    def _parts_folder(self) -> Path:
        return self.folder / "parts"

    @cached_property
    def _columns(self) -> Columns:
        return Columns(self._parts_folder, self.parts, self.assets)

    @cached_property
    def _study(self) -> _StoredStudy:
        """The study as tables are made of it."""
        members, episode_of = _membership(self._columns)
        windows, options = self.asked.windows, self.asked.options
        nothing: Any = Nothing(self.assets)
        return _StoredStudy(
            events=self.events,
            prices=nothing,
            models=nothing,
            windows=windows,
            options=options,
            groups=self.asked.groups,
            significance_tests=self.asked.tests,
            alignments=nothing,
            data=nothing,
            members=members,
            episode_of=episode_of,
            abnormal=StoredReturns.of(
                self._columns, np.arange(windows.event[0], windows.event[1] + 1)
            ),
            pooled=options.average == "across-assets",
        )

    @cached_property
    def _summed(self) -> _StoredStudy:
        """The study, with the sums of each level and window."""
        study, sums = self._study, self._sums
        abnormal: Any = study.abnormal
        for level in levels(study):
            for window in study.windows.car:
                chosen = entering(study, level, window)
                which = LEADING if len(chosen.overlapping) else EVERY
                key = key_of(level, window, which, pooled=study.pooled)
                if key in sums and sums[key].n == len(chosen.rows):
                    abnormal.tag(chosen.rows, sums[key])
        abnormal.once("parts", dict).clear()
        return study

    @cached_property
    def _sums(self) -> dict[Key, LevelSums]:
        """Sums of all parts, added in their order.

        A part in which nothing overlaps has no sums of those that lead: there all do.
        """
        total: dict[Key, LevelSums] = {}
        for number in self.parts:
            made = dict(read_sums(self._parts_folder / part_name(number) / SUMS))
            for key in [key for key in made if key[3] == EVERY]:
                lead, former = (*key[:3], LEADING), total.get(key)
                if lead in made or lead in total:
                    before, more = total.get(lead, former), made.get(lead, made[key])
                    total[lead] = more if before is None else before.plus(more)
                total[key] = made[key] if former is None else former.plus(made[key])
        return total


def _membership(columns: Columns) -> tuple[Members, EpisodeRows]:
    """Return the events of each episode, and the row of each event on an asset."""
    starts, events, before = [np.zeros(1, dtype=np.intp)], [], 0
    for table in columns.tables("events"):
        lists = table["events"].combine_chunks()
        offsets = lists.offsets.to_numpy().astype(np.intp)
        events.append(lists.flatten().to_numpy().astype(np.intp))
        starts.append(offsets[1:] - offsets[0] + before)
        before += len(events[-1])
    members = Members(np.concatenate(starts), np.concatenate(events))
    rows = np.repeat(np.arange(len(members)), members.sizes)
    asset = columns.of("asset")[rows].astype(np.intp)
    return members, EpisodeRows(columns.assets, members.events, asset, rows)


def _days_of(
    days: Any, one: tuple[Members, EpisodeRows, Any], ids: Any, first: int
) -> pd.DataFrame:
    """Return the days of the observations of a part in long form."""
    _, episode_of, assets = one
    place = np.full(len(assets), -1, dtype=np.intp)
    place[days["episode"].to_numpy()] = np.arange(len(days))
    at = place[episode_of.rows]
    there = at >= 0
    at, events, rows = at[there], episode_of.events[there], episode_of.rows[there]
    values = {}
    for name in ("session", "return", "normal", "se"):
        lists = days[name].combine_chunks()
        values[name] = lists.flatten().to_numpy().reshape(len(days), -1)[at]
    length = values["se"].shape[1]
    ar = values["return"] - values["normal"]
    frame = pd.DataFrame(
        {
            "event_id": tables.repeated(ids[events], length),
            "asset": tables.repeated(assets[rows], length),
            "tau": np.tile(np.arange(first, first + length), len(at)),
            "session": tables.dated(values["session"].ravel().astype("datetime64[D]")),
            "return": values["return"].ravel(),
            "normal": values["normal"].ravel(),
            "ar": ar.ravel(),
            "se": values["se"].ravel(),
            "sar": (ar / values["se"]).ravel(),
        }
    )
    return frame[np.isfinite(frame["ar"])].reset_index(drop=True)
