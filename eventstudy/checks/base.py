"""What a check is, what it looks at, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from eventstudy.inference.residuals import ResidualTests, residual_tests
from eventstudy.inference.volatility import scaled_days
from eventstudy.models.traits import has_regressors
from eventstudy.results.significance import HEADLINE
from eventstudy.settings import FEW_SERIES
from eventstudy.words.catalogue import say

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.analysis.calibration import Calibration
    from eventstudy.analysis.specification_curve import SpecificationCurve
    from eventstudy.arrays import Array, Dates, Ints, Mask
    from eventstudy.inference.volatility import ScaledDays
    from eventstudy.results import EventStudyResults


Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
RARE = 0.001
"""A diagnostic of a single window speaks up below this p, so that few do so by chance."""
LEVEL = 0.05
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
    """

    values: Mapping[str, object] = field(default_factory=dict)
    event_id: str = ""
    asset: str = ""


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
                say(f"checks.{self.name}.sentence", **hit.values),
                say(f"checks.{self.name}.advice", **hit.values),
                Where(hit.event_id, hit.asset),
            )
            for hit in self.find(study)
        ]


@dataclass(frozen=True)
class Observation:
    """One event on one asset that was measured, and the row of its episode."""

    event_id: str
    asset: str
    row: int


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
    made : mapping of str to DataFrame
        Frames that were made before, by name: "family", "before", "caar", "mean_car",
        "tests", "situations", "ranked".
    """

    results: EventStudyResults
    calibration: Calibration | None = None
    robustness: SpecificationCurve | None = None
    made: Mapping[str, Any] = field(default_factory=dict)

    def _frame(self, name: str, make: Callable[[], Any]) -> Any:
        return self.made[name] if name in self.made else make()

    @cached_property
    def family(self) -> pd.DataFrame | None:
        """All cells with adjusted p-values; None for studies of many assets."""
        few = len(self.results.assets) <= FEW_SERIES
        return self._frame("family", self.results.multiplicity) if few else None

    @cached_property
    def before(self) -> pd.DataFrame | None:
        """Tests of the days before each event; None when the event window has none."""
        if self.results.windows.event[0] >= 0:
            return None
        found: pd.DataFrame | None = self._frame("before", self.results.pre_event)
        return found

    @cached_property
    def situations(self) -> pd.DataFrame:
        """What decides which tests are valid, at the primary window."""
        return self.at_lead(self._frame("situations", self.results.situations))

    @cached_property
    def all_tests(self) -> pd.DataFrame:
        """Tests of all windows."""
        found: pd.DataFrame = self._frame("tests", self.results.tests)
        return found

    @cached_property
    def tests(self) -> pd.DataFrame:
        """Tests at the primary window."""
        return self.at_lead(self.all_tests)

    @cached_property
    def headlines(self) -> pd.DataFrame:
        """Tests that lead, at the primary window."""
        return self.tests[(self.tests["role"] == HEADLINE) & self.tests["valid"]]

    @cached_property
    def mean_car(self) -> pd.DataFrame:
        """Mean CARs at the primary window."""
        return self.at_lead(self._frame("mean_car", self.results.mean_car))

    @cached_property
    def caar(self) -> pd.DataFrame:
        """CAAR paths."""
        found: pd.DataFrame = self._frame("caar", self.results.caar)
        return found

    def at_lead(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows of a frame at the primary window."""
        start, end = self.results.windows.lead
        return frame[(frame["start"] == start) & (frame["end"] == end)]

    @cached_property
    def sound(self) -> Ints:
        """Rows of the episodes that were measured with a variance."""
        part = self.results.abnormal
        measured = np.array([not reason for reason in part.reasons], dtype=bool)
        return np.flatnonzero(measured & np.isfinite(part.s2))

    @cached_property
    def observations(self) -> list[Observation]:
        """Observations that were measured with a variance."""
        ids, sound = self.results.events.event_ids, {*self.sound.tolist()}
        return [
            Observation(ids[event], asset, row)
            for (event, asset), row in self.results.episode_of.items()
            if row in sound
        ]

    @cached_property
    def scaled(self) -> ScaledDays:
        """Volatility-scaled event days of the rows in `sound`."""
        return scaled_days(self.results.abnormal.rows(self.sound))

    @cached_property
    def residuals(self) -> ResidualTests:
        """Diagnostics of the estimation windows of the rows in `sound`."""
        part = self.results.abnormal.rows(self.sound)
        k = np.maximum(part.observed - part.df, 0)
        found = [
            residual_tests(
                part.residuals[own], self.regressors(self.sound[own]) if plain else None, int(k_own)
            )
            for own, plain, k_own in self._alike(k)
        ]
        order = np.concatenate([own for own, _, _ in self._alike(k)])
        back = np.argsort(order)
        return ResidualTests(
            **{
                name: np.concatenate([getattr(one, name) for one in found])[back]
                for name in ResidualTests.__dataclass_fields__
            }
        )

    def _alike(self, k: Array) -> list[tuple[Ints, bool, int]]:
        """Rows in `sound` by the kind of their model and its number of parameters."""
        assets = self.results.abnormal.assets[self.sound]
        plain = np.array([has_regressors(self.results.models[str(asset)]) for asset in assets])
        kinds = sorted(set(zip(plain.tolist(), k.tolist(), strict=True))) or [(False, 0.0)]
        return [(np.flatnonzero((plain == own) & (k == n)), own, int(n)) for own, n in kinds]

    def regressors(self, rows: Ints) -> Array:
        """Return a constant and the factors of estimation windows of equally many factors."""
        part = self.results.abnormal
        stacked = []
        for row in rows:
            data = self.results.data[str(part.assets[row])]
            factors = data.factors[part.estimation_days[row]]
            stacked.append(np.column_stack([np.ones(len(factors)), factors]))
        return np.stack(stacked)

    @cached_property
    def splits(self) -> dict[str, Dates]:
        """Sessions of each asset whose return is that of a split of shares."""
        kind = self.results.options.returns
        found = {}
        for asset, data in self.results.data.items():
            moved = data.returns if kind == "log" else np.log1p(data.returns)
            away = np.abs(np.abs(moved)[:, None] - np.log(SPLITS)).min(axis=1)
            marked = (away < 0.03) & (np.abs(moved) > 0.6)
            found[asset] = data.calendar.sessions[marked].astype("datetime64[D]")
        return found

    def flagged(self, mask: Mask, values: Callable[[int], Mapping[str, object]]) -> Iterator[Hit]:
        """Yield a hit for each observation whose row in `sound` is marked."""
        place = {int(row): at for at, row in enumerate(self.sound)}
        for own in self.observations:
            at = place[own.row]
            if mask[at]:
                given = {"asset": own.asset, **values(at)}
                yield Hit(given, own.event_id, own.asset)


def share(value: float) -> str:
    """Return a share in whole per cent."""
    return f"{100 * value:.0f} %"


def real_asset(study: Studied, name: str) -> str:
    """Return the name of an asset; empty for an average over several."""
    return name if name in study.results.data else ""
