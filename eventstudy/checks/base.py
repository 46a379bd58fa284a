"""What a check is, what it looks at, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from eventstudy.arguments import told_class
from eventstudy.arrays import Array, Dates, Ints, Mask
from eventstudy.inference.residuals import ResidualTests, residual_tests
from eventstudy.inference.volatility import ScaledDays, scaled_days
from eventstudy.models.traits import has_regressors
from eventstudy.results import EventStudyResults
from eventstudy.results.measured_study import Observation
from eventstudy.results.significance import HEADLINE
from eventstudy.settings import FEW_SERIES
from eventstudy.words.catalogue import say, say_of

if TYPE_CHECKING:
    from eventstudy.analysis.calibration import Calibration
    from eventstudy.analysis.specification_curve import SpecificationCurve


Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
RARE = 0.001
"""A diagnostic of a single window speaks up below this p, so that few do so by chance."""
LEVEL = 0.05
AT_ONCE = 1_000
"""Estimation windows whose residuals are looked at together: 2 MB of them, whatever the study."""
SPLITS = (2.0, 3.0, 4.0, 5.0, 10.0, 20.0)
"""Ratios in which shares are split."""


@dataclass(frozen=True)
class Where:
    """What an objection is about.

    Parameters
    ----------
    event_id, asset : str
        An observation, an event or an asset; both empty = the whole study.
    """

    event_id: str = ""
    asset: str = ""


@told_class
@dataclass(frozen=True)
class Objection:
    """What a careful referee would object to.

    Parameters
    ----------
    check : str
        Name of the check.
    severity : {"error", "warning", "note"}
        "error": a number must not be used as it stands; "warning": it may mislead; "note": a
        limit that a reader must know.
    sentence : str
        The objection, with its numbers.
    advice : str
        What to do about it.
    where : Where
        What it is about.
    """

    check: str
    severity: Severity
    sentence: str
    advice: str
    where: Where


@dataclass(frozen=True)
class Hit:
    """One place where a check objects.

    Parameters
    ----------
    values : mapping of str to object
        What its sentence and advice are filled with.
    event_id, asset : str
        As in `Where`.
    of : int
        What the verb of its sentence goes with; of one, sentence_one is said.
    """

    values: Mapping[str, object] = field(default_factory=dict)
    event_id: str = ""
    asset: str = ""
    of: int = 0


@dataclass(frozen=True)
class Check:
    """One check over the results of a study; its texts are in english.toml, [checks.NAME].

    Parameters
    ----------
    name : str
        Its name.
    severity : {"error", "warning", "note"}
        As in `Objection`.
    point : str
        Which point of a careful report (1 to 16), or which typical error, it is about.
    find : callable
        From what was studied to the places where it objects.
    local : bool
        Whether what it finds about an event depends on that event's own observations only,
        so that the event's page may show it.
    """

    name: str
    severity: Severity
    point: str
    find: Callable[[Studied], Iterable[Hit]]
    local: bool = False

    def __call__(self, study: Studied) -> list[Objection]:
        """Return its objections to a study."""
        return [
            Objection(
                self.name,
                self.severity,
                say_of(f"checks.{self.name}.sentence", hit.of, **hit.values),
                say(f"checks.{self.name}.advice", **hit.values),
                Where(hit.event_id, hit.asset),
            )
            for hit in self.find(study)
        ]


@dataclass(frozen=True)
class Studied:
    """What the checks look at: results, and what else is known about them.

    Parameters
    ----------
    results : EventStudyResults
        The study.
    calibration : Calibration, optional
        Size and power of its tests.
    robustness : SpecificationCurve, optional
        Its effect under other specifications.
    """

    results: EventStudyResults
    calibration: Calibration | None = None
    robustness: SpecificationCurve | None = None

    @property
    def few_series(self) -> bool:
        """Whether the study is one of a few series, not of many firms."""
        return len(self.results.assets) <= FEW_SERIES

    @cached_property
    def family(self) -> pd.DataFrame | None:
        """All cells with adjusted p-values; None for studies of many assets."""
        return self.results.multiplicity() if self.few_series else None

    @cached_property
    def before(self) -> pd.DataFrame | None:
        """Tests of the days before each event; None when the event window has none."""
        return self.results.pre_event() if self.results.windows.event[0] < 0 else None

    @cached_property
    def mean_car(self) -> pd.DataFrame:
        """Mean CARs by group and window."""
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
    def situations(self) -> pd.DataFrame:
        """What decides which tests are valid, by group and window."""
        return self.results.situations()

    @cached_property
    def primary_situations(self) -> pd.DataFrame:
        """What decides which tests are valid, at the primary window."""
        return self.results.at_primary(self.situations)

    @cached_property
    def primary_tests(self) -> pd.DataFrame:
        """Tests at the primary window."""
        return self.results.at_primary(self.tests)

    @cached_property
    def headlines(self) -> pd.DataFrame:
        """Tests that lead."""
        return self.tests[(self.tests["role"] == HEADLINE) & self.tests["valid"]]

    @cached_property
    def sound(self) -> Ints:
        """Rows of the episodes that were measured with a variance."""
        return np.flatnonzero(self.results.measured & np.isfinite(self.results.abnormal.s2))

    @cached_property
    def observations(self) -> list[Observation]:
        """Observations that were measured with a variance."""
        sound = {*self.sound.tolist()}
        return [item for item in self.results.observations if item.row in sound]

    @cached_property
    def scaled(self) -> ScaledDays:
        """Volatility-scaled event days of the rows in `sound`."""
        return scaled_days(self.results.abnormal.rows(self.sound))

    @cached_property
    def residuals(self) -> ResidualTests:
        """Diagnostics of the estimation windows of the rows in `sound`."""
        abnormal = self.results.abnormal
        alike = self._alike(np.maximum(abnormal.observed - abnormal.df, 0)[self.sound])
        tests = []
        for rows, plain, count in alike:
            regressors = self.regressors(self.sound[rows]) if plain else None
            residuals = abnormal.rows(self.sound[rows]).residuals
            tests.append(residual_tests(residuals, regressors, count))
        back = np.argsort(np.concatenate([rows for rows, _, _ in alike]))
        names = ResidualTests.__dataclass_fields__
        joined = {name: [getattr(test, name) for test in tests] for name in names}
        return ResidualTests(**{name: np.concatenate(joined[name])[back] for name in names})

    def _alike(self, k: Array) -> list[tuple[Ints, bool, int]]:
        """Rows in `sound` by the kind of their model and its number of parameters, some at once."""
        assets = self.results.abnormal.assets[self.sound]
        plain = np.array([has_regressors(self.results.models[str(asset)]) for asset in assets])
        kinds = sorted(set(zip(plain.tolist(), k.tolist(), strict=True))) or [(False, 0.0)]
        alike = [(np.flatnonzero((plain == kind) & (k == n)), kind, int(n)) for kind, n in kinds]
        return [
            (rows[first : first + AT_ONCE], kind, n)
            for rows, kind, n in alike
            for first in range(0, max(len(rows), 1), AT_ONCE)
        ]

    def regressors(self, rows: Ints) -> Array:
        """Return a constant and the factors of estimation windows of equally many factors."""
        part = self.results.abnormal.rows(rows)
        stacked = []
        for asset, days in zip(part.assets.tolist(), part.estimation_days, strict=True):
            factors = self.results.data[str(asset)].factors[days]
            stacked.append(np.column_stack([np.ones(len(factors)), factors]))
        return np.stack(stacked)

    @cached_property
    def splits(self) -> dict[str, Dates]:
        """Sessions of each asset whose return is that of a split of shares."""
        kind = self.results.options.returns
        splits = {}
        for asset, data in self.results.data.items():
            moved = data.returns if kind == "log" else np.log1p(data.returns)
            away = np.abs(np.abs(moved)[:, None] - np.log(SPLITS)).min(axis=1)
            marked = (away < 0.03) & (np.abs(moved) > 0.6)
            splits[asset] = data.calendar.sessions[marked].astype("datetime64[D]")
        return splits

    def flagged(self, mask: Mask, values: Callable[[int], Mapping[str, object]]) -> Iterator[Hit]:
        """Yield a hit for each observation whose index in `sound` is marked."""
        index_of = {row: index for index, row in enumerate(self.sound.tolist())}
        for event_id, asset, row in self.observations:
            index = index_of[row]
            if mask[index]:
                yield Hit({"asset": asset, **values(index)}, event_id, asset)

    def of_level(self, row: Any, **values: object) -> Hit:
        """Return a hit on a level: its group and asset are said, beside other values."""
        return Hit({"group": row.group, "asset": row.asset, **values}, asset=self.series(row.asset))

    def series(self, asset: str) -> str:
        """Return the name of an asset; empty for an average over several."""
        return asset if asset in self.results.data else ""
