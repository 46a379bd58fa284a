"""A study in parts as its tables are made: what is held, and what a part measured again has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from eventstudy.abnormal.placebo_days import PlaceboDays
from eventstudy.design.membership import EpisodeRows, Members
from eventstudy.errors import InMemoryOnlyError, UnknownNameError, nearest, refuse_unknown
from eventstudy.parts.asked import Asked
from eventstudy.parts.day_sums import DateSums
from eventstudy.parts.folders import part_name
from eventstudy.parts.level_sums import EVERY, LEADING, Key, LevelSums, key_of
from eventstudy.parts.part_files import EPISODES, SUMS, read_disagreements, read_sums
from eventstudy.parts.stored_returns import IN_MEMORY, Columns, Nothing, StoredReturns
from eventstudy.results.levels import entering, levels
from eventstudy.results.measured_study import MeasuredStudy

if TYPE_CHECKING:
    from eventstudy.abnormal.engine import Disagreement
    from eventstudy.events.events import Events
    from eventstudy.models import NormalReturnModel
    from eventstudy.results import EventStudyResults

HELD = (
    *("windows", "options", "groups", "significance_tests", "members", "episode_of", "pooled"),
    *("crowded", "measured", "measured_rows", "simple", "observations", "group_members", "holds"),
    *("headline", "check_window", "at_primary", "dated", "needs_dates", "episode", "missing"),
    *("about", "minutes"),
)
"""What results in memory have of the design of a study: these have the same."""
LATER = (
    *("abnormal", "alignments", "aar", "caar", "data", "history", "residuals", "quality"),
    *("ewma_sq", "multiplicity", "joint", "summary", "to_excel", "to_parquet", "prices"),
)
"""What results in memory have besides."""
OTHERWISE = {
    "ar": "ar has a row for each day of each observation. Take it part by part: "
    "for days in results.iter_ar()",
    "cite": "cite names where prices are from, and stored prices do not say. Write it by hand: "
    "the title, the number of events, where the prices are from, and es.__version__",
}
"""What has another reason, and what to do."""


class Again(Protocol):
    """Measures a part again, from the stored prices."""

    @property
    def assets(self) -> tuple[str, ...]:
        """Assets of the part."""
        ...

    def __call__(self) -> EventStudyResults:
        """Return the part as it is in memory."""
        ...


class _WithoutSeries(MeasuredStudy):
    """A measured study of which no series is held."""

    @cached_property
    def history(self) -> PlaceboDays:
        """Nothing to compare with."""
        nothing = Nothing(tuple(self.data))
        return PlaceboDays(nothing, nothing, self.windows, self.options, nothing)

    def _returns(self, asset: str) -> Any:
        """Refuse an asset that is not studied; the returns of the others are not held."""
        refuse_unknown(asset, self.data, f"no asset {asset!r} in the study")


@dataclass(frozen=True, eq=False, repr=False)
class StoredStudy:
    """A study that was measured part by part; its fields are those of `StoredResults`.

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
    again : mapping of int to callable
        Measures a part again, for what is not kept of it.
    """

    folder: Path
    events: Events
    asked: Asked
    assets: tuple[str, ...]
    parts: tuple[int, ...]
    again: Mapping[int, Again] = field(repr=False)

    def __getattr__(self, name: str) -> Any:
        if name in HELD:
            return getattr(self._study, name)
        if name in OTHERWISE:
            raise InMemoryOnlyError(OTHERWISE[name])
        if name in LATER:
            raise InMemoryOnlyError(f"{name} {IN_MEMORY}")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *HELD})

    @cached_property
    def models(self) -> Mapping[str, NormalReturnModel]:
        """Normal-return model of each asset."""
        model = self.asked.model
        return {name: model[name] if isinstance(model, Mapping) else model for name in self.assets}

    @cached_property
    def disagreements(self) -> tuple[Disagreement, ...]:
        """Where the engine moments differed from statsmodels; see `EventStudyResults`."""
        folders = (self._parts_folder / part_name(number) for number in self.parts)
        return tuple(each for folder in folders for each in read_disagreements(folder))

    def of_asset(self, asset: str) -> EventStudyResults:
        """Measure the part that holds an asset again: its results, in memory.

        Parameters
        ----------
        asset : str
            An asset of the study.

        Returns
        -------
        EventStudyResults
            Of the assets of its part, with everything that results in memory have. The part
            that was asked for last is kept.

        Raises
        ------
        UnknownNameError
            When it is not in the study.
        """
        for number in self.parts:
            if asset in self.again[number].assets and asset in self.assets:
                return self._measured(number)
        raise UnknownNameError(
            f"no asset {asset!r} in the study. {nearest(asset, list(self.assets))}"
        )

    def _measured(self, number: int) -> EventStudyResults:
        """Return a part as it is in memory."""
        if number not in self._kept:
            self._kept.clear()
            self._kept[number] = self.again[number]()
        return self._kept[number]

    @cached_property
    def _kept(self) -> dict[int, EventStudyResults]:
        """The part that was measured again last."""
        return {}

    @property
    def _parts_folder(self) -> Path:
        return self.folder / "parts"

    @cached_property
    def _columns(self) -> Columns:
        return Columns(self._parts_folder, self.parts, self.assets, EPISODES)

    @cached_property
    def _study(self) -> _WithoutSeries:
        """The study as tables are made of it."""
        members, episode_of = membership(self._columns)
        windows, options = self.asked.windows, self.asked.options
        nothing: Any = Nothing(self.assets)
        return _WithoutSeries(
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
    def _summed(self) -> _WithoutSeries:
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
        abnormal.forget()  # what was chosen is kept by those that have sums
        return study

    @cached_property
    def _sums(self) -> dict[Key, LevelSums]:
        """Sums of all parts, added in their order.

        A part in which nothing overlaps has no sums of those that lead: there all do.
        """
        total: dict[Key, LevelSums] = {}
        for number in self.parts:
            made = dict(read_sums(self._parts_folder / part_name(number) / SUMS))
            before = dict(total)
            dated: dict[tuple[int, int], DateSums] = {}  # its terms live until the part is added
            for key in [key for key in made if key[3] == EVERY]:
                lead, former = (*key[:3], LEADING), before.get(key)
                if lead in made or lead in before:
                    leading, more = before.get(lead, former), made.get(lead, made[key])
                    total[lead] = more if leading is None else leading.plus(more, dated)
                total[key] = made[key] if former is None else former.plus(made[key], dated)
        return total


class StoredRows(EpisodeRows):
    """`EpisodeRows` that are made when one is asked for: tests need none.

    Parameters
    ----------
    columns : Columns
        Where the assets of the episodes are.
    members : Members
        The events of each episode.
    """

    def __init__(self, columns: Columns, members: Members) -> None:
        self.assets, self._made_of = columns.assets, (columns, members)

    def __getattr__(self, name: str) -> Any:
        if name not in ("events", "asset", "rows"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        columns, members = self._made_of
        rows = np.repeat(np.arange(len(members)), members.sizes)
        super().__init__(self.assets, members.events, columns.of("asset")[rows], rows)
        return vars(self)[name]


def membership(columns: Columns) -> tuple[Members, EpisodeRows]:
    """Return the events of each episode, and the row of each event on an asset."""
    starts, events, before = [np.zeros(1, dtype=np.int32)], [], 0
    for table in columns.tables("events"):
        lists = table["events"].combine_chunks()
        offsets = lists.offsets.to_numpy()
        events.append(lists.flatten().to_numpy().astype(np.int32))  # positions among all events
        starts.append(offsets[1:] - offsets[0] + np.int32(before))
        before += len(events[-1])
    kind: Any = np.int32 if before < np.iinfo(np.int32).max else np.int64
    members = Members(np.concatenate(starts, dtype=kind), np.concatenate(events))
    return members, StoredRows(columns, members)
