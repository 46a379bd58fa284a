"""Abnormal returns as places in the series and fits: what a day holds is made when asked for."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.abnormal.placed_days import PlacedDays, car_column, error_column, totals_column
from eventstudy.abnormal.placed_fits import PlacedFits
from eventstudy.abnormal.series import Series
from eventstudy.arrays import Array, Ints, Mask
from eventstudy.design.windows import AssetReturns, status_of
from eventstudy.executors import Forks, copies, in_order, ranges
from eventstudy.settings import Window, Windows, length

KEPT = 2_000
"""Episodes up to which what was made of all days is kept, and what a part takes of a study."""
ROWS = 128
"""Episodes whose days are made at once: they stay in the processor's cache."""
SPAN = 16 * KEPT
"""Episodes that a process takes at once: a multiple of both."""

COLUMNS = (
    *("code", "cell", "position", "offset", "constant", "slopes", "half", "s2", "df"),
    *("missing", "excluded", "reasons", "unestimated"),
)
"""What is held of each episode."""


class PlacedReturns(PlacedDays, AbnormalReturns):
    """Abnormal returns of a study of many episodes, held as positions and fits.

    Every array of `AbnormalReturns` is there, and made when it is asked for: of up to 2,000
    episodes once, of more each time. What needs the days of all episodes takes them block by
    block (`blocks`), or as a column of one number an episode that is kept (`column`). A part of a
    study holds rows of it, and takes a column when one is asked for.
    """

    source: Mapping[str, AssetReturns]
    spans: Windows
    code: Ints

    @classmethod
    def of(
        cls,
        series: Series,
        source: Mapping[str, AssetReturns],
        windows: Windows,
        places: tuple[Ints, Ints, Ints],
        placed: PlacedFits,
    ) -> PlacedReturns:
        """Return the abnormal returns of fitted episodes.

        Parameters
        ----------
        series : Series
            Returns of all assets.
        source : mapping of str to AssetReturns
            The same by asset.
        windows : Windows
            Windows in event time.
        places : tuple of three ndarrays of int, shape (episodes,)
            Asset of each, position of day 0 among its sessions, and `AbnormalReturns.offset`.
        placed : PlacedFits
            Fits of all episodes.
        """
        code, position, offset = places
        return cls._with(
            series=series,
            source=source,
            spans=windows,
            tau=np.arange(windows.event[0], windows.event[1] + 1),
            code=code,
            cell=series.start[code] + position,
            position=position,
            offset=offset,
            **vars(placed.fits),
            missing=placed.missing,
            excluded=placed.excluded,
            reasons=placed.reasons,
            unestimated=placed.unestimated,
        )

    @classmethod
    def _with(cls, **values: Any) -> PlacedReturns:
        made = object.__new__(cls)
        vars(made).update(values)
        return made

    def __new__(cls, **columns: Any) -> AbnormalReturns:  # type: ignore[misc]
        """Return stored abnormal returns: what `dataclasses.replace` makes of placed ones."""
        return AbnormalReturns(**columns)

    def __reduce__(self) -> tuple[Callable[[], PlacedReturns], tuple[()]]:
        """Return what is pickled: what is held, without what can be made from it again."""
        held = {name: getattr(self, name) for name in (*COLUMNS, *_SHARED)}
        return partial(PlacedReturns._with, **held), ()

    def __getattr__(self, name: str) -> Any:
        """Make an array that is not held."""
        if name in COLUMNS and "_whole" in vars(self):
            study, index = vars(self)["_whole"]
            taken = getattr(study, name)[index]
            if len(index) <= KEPT:
                vars(self)[name] = taken
            return taken
        if name not in _MADE:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        make, one_a_row = _MADE[name]
        value = make(self)
        if one_a_row or len(self) <= KEPT:
            vars(self)[name] = value
        return value

    def __len__(self) -> int:
        """Return the number of episodes."""
        whole = vars(self).get("_whole")
        return len(self.cell) if whole is None else len(whole[1])

    def _taken(self, index: Ints | slice) -> PlacedReturns:
        """Return some episodes with their columns, for a block."""
        shared = {name: vars(self)[name] for name in _SHARED}
        study, rows = vars(self).get("_whole", (self, None))
        places = index if rows is None else rows[index]
        columns = {name: getattr(study, name)[places] for name in COLUMNS}
        return self._with(**shared, **columns, _taken_of=(self, index))

    def rows(self, index: Ints) -> PlacedReturns:
        """Return the episodes with these positions; itself when these are all of them in order."""
        if len(index) == len(self) and (index == np.arange(len(index))).all():
            return self
        study, rows = vars(self).get("_whole", (self, None))
        shared = {name: vars(self)[name] for name in _SHARED}
        return self._with(**shared, _whole=(study, index if rows is None else rows[index]))

    def stretches(self) -> list[slice]:
        """Return successive episodes that a process takes at once; of none, one of none."""
        return ranges(len(self), SPAN) or [slice(0, 0)]

    def blocks(self, episodes: slice | None = None) -> Iterator[AbnormalReturns]:
        """Yield successive episodes whose days fit into the cache; of none, one block of none."""
        chosen = episodes or slice(0, len(self))
        for first in range(chosen.start, max(chosen.stop, chosen.start + 1), ROWS):
            yield self._taken(slice(first, min(first + ROWS, chosen.stop)))

    def pieces(self, episodes: slice) -> Iterator[PlacedReturns]:
        """Yield as `blocks` does, some thousand episodes, for what needs few days of each."""
        for first in range(episodes.start, episodes.stop, KEPT):
            yield self._taken(slice(first, min(first + KEPT, episodes.stop)))

    @property
    def copies(self) -> Forks | None:
        """Copies of this process that make what is made of many episodes; None = none do."""
        study = vars(self).get("_whole", (self,))[0]
        made: Forks | None = vars(study).get("_copies")
        return made

    @contextmanager
    def across(self, executor: Executor | None) -> Iterator[None]:
        """Let copies of this process (`Forks`) make what is made of many episodes meanwhile."""
        vars(self)["_copies"] = copies(executor) if len(self) > SPAN else None
        try:
            yield
        finally:
            del vars(self)["_copies"]

    def with_reasons(self, reasons: NDArray[np.str_]) -> PlacedReturns:
        """Return the same episodes with other reasons."""
        held = {name: getattr(self, name) for name in (*COLUMNS, *_SHARED)}
        return self._with(**{**held, "reasons": reasons})

    def column(self, name: Hashable, make: Callable[[PlacedReturns], Array]) -> Array:
        """Return a number for each episode, made of some thousand at once and kept.

        A part takes it from the study that it is a part of, where that is not much larger.

        Parameters
        ----------
        name : hashable
            What it is.
        make : callable
            Makes it of episodes, one number for each, whatever the others are.
        """
        key = ("column", name)
        if self.whole is not None:
            whole, index = self.whole
            return np.asarray(whole.column(name, make)[index])
        if len(self) <= KEPT:
            return self.once(key, lambda: make(self))

        def of(span: slice) -> Array:
            return np.concatenate([make(piece) for piece in self.pieces(span)])

        return self.once(
            key, lambda: np.concatenate(list(in_order(self.copies, of, self.stretches())))
        )

    def shared_column(self, name: Hashable, make: Callable[[PlacedReturns], Array]) -> Array:
        """Return `column` of a block: made of some thousand episodes of which these are some.

        What has few days costs by the call, not by the day: blocks are too small for it.
        """
        if "_taken_of" not in vars(self):
            return make(self)
        study, index = vars(self)["_taken_of"]
        return np.asarray(study.column(name, make)[index])

    @property
    def whole(self) -> tuple[PlacedReturns, Ints] | None:
        """Episodes of which these are at least half, and their positions there; None = none."""
        whole: tuple[PlacedReturns, Ints] | None = vars(self).get("_whole")
        if whole is None or 2 * len(self) < len(whole[0]):
            return None
        return whole

    def total_standardised(self, window: Window) -> float:
        """Return the sum over episodes and days of `standardised`."""
        return float(self.column(*totals_column(window)).sum())

    @cached_property
    def observed(self) -> Ints:
        """Number of returns in each estimation window, shape (episodes,)."""
        size = length(self.spans.estimation)
        estimated = np.isfinite(self.s2)
        return np.where(estimated, size - self.missing - self.excluded, 0)

    @property
    def estimation_day_numbers(self) -> Ints:
        """Sessions of the estimation window as days since 1970, shape (episodes, L1)."""
        return np.asarray(self.cells(self.series.days, self.spans.estimation))

    @property
    def first_estimation_days(self) -> Ints:
        """First session of each estimation window as days since 1970, shape (episodes,)."""
        first = np.maximum(self.cell + self.spans.estimation[0], self.series.start[self.code])
        days: Ints = self.series.days[first].astype(np.intp)
        return days

    @property
    def estimation_length(self) -> int:
        """Sessions of an estimation window, L1."""
        return length(self.spans.estimation)

    @property
    def estimation_days(self) -> Ints:
        """Rows of the estimation window among the sessions of each asset, shape (episodes, L1)."""
        return self.days(self.spans.estimation)

    @property
    def asset_codes(self) -> Ints:
        """A number for the asset of each episode, shape (episodes,)."""
        return self.code

    def regressors(self, window: Window) -> Array:
        """Return ones and factors on the days of a window; of the event window made once."""
        make = partial(super().regressors, window)
        if window != self.spans.event or len(self) > KEPT:
            return make()
        return self.once("regressors of the event window", make)

    def car(self, window: Window) -> Array:
        """Cumulative abnormal returns; NaN when a day of the window is missing."""
        return self.column(*car_column(window))

    def car_se(self, window: Window) -> Array:
        """Return standard errors of the CARs, sqrt(1'V1): with the covariance between days."""
        return self.column(*error_column(window))


_SHARED = ("series", "source", "spans", "tau")


def residuals_or_zero(abnormal: PlacedReturns) -> tuple[Array, Mask]:
    """Return residuals, zero where there is none, and where there is one.

    Parameters
    ----------
    abnormal : PlacedReturns
        Some episodes.

    Returns
    -------
    values : ndarray, shape (episodes, L1)
    known : ndarray of bool, shape (episodes, L1)
    """
    window = abnormal.spans.estimation
    values = abnormal.cells(abnormal.series.returns, window)
    if abnormal.series.offset is not None:
        values -= abnormal.cells(abnormal.series.offset, window)
    values -= abnormal.constant[:, None]
    for slope, factor in zip(abnormal.slopes.T, abnormal.series.factors, strict=True):
        inside = abnormal.cells(factor, window)
        inside *= slope[:, None]
        values -= inside
    known = known_days(abnormal)
    if not known.all():
        values.ravel()[np.flatnonzero(~known)] = 0.0
    return values, known


def known_days(abnormal: PlacedReturns) -> Mask:
    """Return on which days of its estimation window each episode has a residual."""
    shape = len(abnormal), abnormal.estimation_length
    if (abnormal.observed == shape[1]).all():
        return np.ones(shape, dtype=bool)
    known: Mask = abnormal.cells(abnormal.series.free, abnormal.spans.estimation)
    known[~np.isfinite(abnormal.s2)] = False
    return known


def _residuals(abnormal: PlacedReturns) -> Array:
    values, known = residuals_or_zero(abnormal)
    np.copyto(values, np.nan, where=~known)
    return values


def _gap(abnormal: PlacedReturns) -> Array:
    window = (abnormal.spans.estimation[1] + 1, abnormal.spans.event[0] - 1)
    if window[1] < window[0]:
        return np.empty((len(abnormal.cell), 0))
    return abnormal.over(window)


def _leverage(abnormal: PlacedReturns) -> Array:
    return np.asarray(abnormal.regressors(abnormal.spans.event) @ abnormal.half)


def _status(abnormal: PlacedReturns) -> NDArray[np.int8]:
    days = abnormal.days(abnormal.spans.event)
    status = np.empty(days.shape, dtype=np.int8)
    for code in np.unique(abnormal.code).tolist():
        rows = abnormal.code == code
        status[rows] = status_of(abnormal.source[abnormal.series.assets[code]], days[rows])
    return status


def _benchmark(abnormal: PlacedReturns) -> Array:
    if abnormal.series.benchmark is None:
        return abnormal.normal
    return abnormal.cells(abnormal.series.benchmark, abnormal.spans.event)


def _estimated(abnormal: PlacedReturns) -> Mask:
    """Whether a model estimates each coefficient, shape (episodes, 1 + factors)."""
    series, columns = abnormal.series, np.arange(abnormal.series.fixed.shape[1])
    count = np.where(series.constant, 1 + series.slopes, 0)
    estimated: Mask = (columns < count[:, None])[abnormal.code]
    return estimated


def _coefficients(abnormal: PlacedReturns) -> Array:
    values = np.full(abnormal.series.fixed.shape, np.nan)[abnormal.code]
    values[:, 0] = abnormal.constant
    values[:, 1 : 1 + abnormal.slopes.shape[1]] = abnormal.slopes
    return np.where(_estimated(abnormal), values, abnormal.series.fixed[abnormal.code])


def _coefficient_se(abnormal: PlacedReturns) -> Array:
    values = np.full(abnormal.series.fixed.shape, np.nan)[abnormal.code]
    variance = abnormal.s2[:, None] * (abnormal.half**2).sum(axis=-1)
    values[:, : variance.shape[1]] = np.sqrt(variance)
    return np.where(_estimated(abnormal), values, np.nan)


_MADE: dict[str, tuple[Callable[[PlacedReturns], Any], bool]] = {
    "assets": (lambda self: np.array(self.series.assets)[self.code], True),
    "day0": (lambda self: self.series.dates(self.series.days[self.cell]), True),
    "dates": (
        lambda self: self.series.dates(self.cells(self.series.days, self.spans.event)),
        False,
    ),
    "returns": (lambda self: self.cells(self.series.returns, self.spans.event), False),
    "normal": (lambda self: self.expected(self.spans.event), False),
    "benchmark": (_benchmark, False),
    "status": (_status, False),
    "scale": (lambda self: np.ones((len(self.cell), length(self.spans.event))), False),
    "leverage": (_leverage, False),
    "estimation_window": (
        lambda self: np.tile(self.spans.estimation, (len(self.cell), 1)).astype(np.intp),
        True,
    ),
    "estimation_dates": (
        lambda self: self.series.dates(self.cells(self.series.days, self.spans.estimation)),
        False,
    ),
    "residuals": (_residuals, False),
    "gap": (_gap, False),
    "coefficients": (_coefficients, False),
    "coefficient_se": (_coefficient_se, False),
}
"""How each array is made, and whether it holds one number an episode and is always kept."""
