"""Abnormal returns and their cumulations, with exact prediction-error covariance.

Everything here works on arrays: rows are episodes (all events that share one day 0 on
one asset), columns are sessions in event time. Returns are fractions.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

import numpy as np

from eventstudy.settings import Window

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from eventstudy.arrays import Array, Dates, Ints, Mask
    from eventstudy.executors import Forks

T = TypeVar("T")

UNROLLED = 8
"""Columns from which numpy adds the last axis in another order than one after the other."""
PARTS = 8
"""Sets of episodes that are kept, such as those of one level that are complete over a window."""


@dataclass(frozen=True)
class AbnormalReturns:
    """Abnormal returns of all episodes of a study.

    Parameters
    ----------
    assets : ndarray of str, shape (episodes,)
        Asset of each episode.
    day0 : ndarray of datetime64[D], shape (episodes,)
        Its session 0.
    position : ndarray of int, shape (episodes,)
        Row of day 0 among the sessions of its asset.
    offset : ndarray of int, shape (episodes,)
        Sessions from day 0 to the latest possible one; 0 = certain, -1 = unbounded.
    tau : ndarray of int, shape (days,)
        Event time of the columns of the event window.
    dates, returns, normal, benchmark, status : ndarray, shape (episodes, days)
        Sessions, returns, normal returns, benchmark returns, why a return is missing.
    scale : ndarray, shape (episodes, days)
        Variance of the error of each day over s2; 1 = the same.
    leverage : ndarray, shape (episodes, days, k)
        H with prediction-error covariance s2 * (diag(scale) + HH').
    estimation_window : ndarray of int, shape (episodes, 2)
        First and last session of its estimation window, relative to day 0.
    estimation_dates, residuals : ndarray, shape (episodes, L1)
        Sessions of the estimation window and abnormal returns there; NaN = left out. Where
        windows differ in length, their last days stand in the last column.
    gap : ndarray, shape (episodes, sessions between the windows)
        Abnormal returns between estimation and event window.
    s2, df : ndarray, shape (episodes,)
        Residual variance and its degrees of freedom.
    coefficients, coefficient_se : ndarray, shape (episodes, 1 + factors)
        α and the slope on each factor of the asset's model, and their standard errors; NaN
        where the model has none, and beyond its factors.
    missing, excluded : ndarray of int, shape (episodes,)
        Estimation days without a return, and those that belong to other episodes.
    reasons : ndarray of str, shape (episodes,)
        Why an episode has no abnormal returns at all; empty where it has.
    unestimated : ndarray of str, shape (episodes,)
        Why an episode has abnormal returns but no variance, hence no standard errors; empty
        where it has, or has neither.
    """

    assets: NDArray[np.str_]
    day0: Dates
    position: Ints
    offset: Ints
    tau: Ints
    dates: Dates
    returns: Array
    normal: Array
    benchmark: Array
    status: NDArray[np.int8]
    scale: Array
    leverage: Array
    estimation_window: Ints
    estimation_dates: Dates
    residuals: Array
    gap: Array
    s2: Array
    df: Array
    coefficients: Array
    coefficient_se: Array
    missing: Ints
    excluded: Ints
    reasons: NDArray[np.str_]
    unestimated: NDArray[np.str_]

    holds_days: ClassVar[bool] = True
    """Whether what happened on each day can be had, or only sums and a number for each episode."""

    @property
    def ar(self) -> Array:
        """Abnormal returns, shape (episodes, days)."""
        return self.returns - self.normal

    @property
    def measured(self) -> Mask:
        """Whether an episode has abnormal returns, shape (episodes,)."""
        measured: Mask = self.reasons == ""
        return measured

    @property
    def observed(self) -> Ints:
        """Number of returns in each estimation window, shape (episodes,)."""
        count: Ints = np.isfinite(self.residuals).sum(axis=1)
        return count

    def ar_se(self) -> Array:
        """Return standard errors of the abnormal returns, shape (episodes, days)."""
        total = _row_totals(self.leverage**2)
        total += self.scale
        total *= self.s2[:, None]
        return np.sqrt(total, out=total)

    def days(self, window: Window) -> Ints:
        """Rows of the days of a window among the sessions of each asset, shape (episodes, days).

        Beyond the sessions where a window reaches beyond them.
        """
        return self.position[:, None] + np.arange(window[0], window[1] + 1)

    @property
    def estimation_day_numbers(self) -> Ints:
        """Sessions of the estimation window as days since 1970, shape (episodes, L1)."""
        return self.estimation_dates.astype("datetime64[D]").astype(np.intp)

    @property
    def day0_numbers(self) -> Ints:
        """Day 0 of each episode as days since 1970, shape (episodes,)."""
        return self.day0.astype("datetime64[D]").astype(np.intp)

    @property
    def first_estimation_days(self) -> Ints:
        """First session of each estimation window as days since 1970, shape (episodes,)."""
        days = self.estimation_day_numbers
        latest = np.iinfo(days.dtype).max
        first: Ints = np.where(np.isnat(self.estimation_dates), latest, days).min(axis=1)
        return first

    @property
    def estimation_length(self) -> int:
        """Sessions of an estimation window, L1."""
        return int(self.residuals.shape[1])

    @property
    def estimation_days(self) -> Ints:
        """Rows of the estimation window among the sessions of each asset, shape (episodes, L1).

        Negative before the first session.
        """
        ends = (self.position + self.estimation_window[:, 1])[:, None]
        return np.asarray(ends + np.arange(1 - self.residuals.shape[1], 1))

    def columns(self, window: Window) -> slice:
        """Columns of a window in event time."""
        first = int(self.tau[0])
        return slice(window[0] - first, window[1] - first + 1)

    def car(self, window: Window) -> Array:
        """Cumulative abnormal returns; NaN when a day of the window is missing."""
        total: Array = self.ar[:, self.columns(window)].sum(axis=1)
        return total

    def car_se(self, window: Window) -> Array:
        """Return standard errors of the CARs, sqrt(1'V1): with the covariance between days."""
        columns = self.columns(window)
        summed = self.leverage[:, columns].sum(axis=1)
        factor: Array = self.scale[:, columns].sum(axis=1) + (summed**2).sum(axis=-1)
        return np.sqrt(self.s2 * factor)

    def covariance(self, episode: int) -> Array:
        """Covariance of the abnormal returns of one episode, shape (days, days)."""
        half = self.leverage[episode]
        v: Array = self.s2[episode] * (np.diag(self.scale[episode]) + half @ half.T)
        return v

    def bhar(self, window: Window, kind: Literal["simple", "log"]) -> Array:
        """Buy-and-hold abnormal returns (Barber and Lyon 1997), as simple returns."""
        columns = self.columns(window)
        return _hold(self.returns[:, columns], kind) - _hold(self.benchmark[:, columns], kind)

    def covers_day0(self, window: Window) -> Mask:
        """Whether a window holds every possible day 0, or ends before any of them.

        An episode whose day 0 is uncertain never enters an average over a window that
        may miss the statement, such as [0, 0].
        """
        before = window[1] < 0
        holds = (window[0] <= 0) & (self.offset >= 0) & (window[1] >= self.offset)
        certain = self.offset == 0
        covered: Mask = before | holds | certain
        return covered

    @cached_property
    def _made(self) -> dict[Hashable, Any]:
        """What was made of these episodes, by name."""
        return {}

    def once(self, name: Hashable, make: Callable[[], T]) -> T:
        """Return what a function makes of these episodes; it is called once for each name.

        Parameters
        ----------
        name : hashable
            What is made, such as ``("mean correlation", "calendar")``.
        make : callable
            Makes it of these episodes and nothing else.
        """
        if name not in self._made:
            self._made[name] = make()
        made: T = self._made[name]
        return made

    def keep(self, name: Hashable, made: object) -> None:
        """Keep what was made of these episodes under a name, for `once`."""
        self._made[name] = made

    def has(self, name: Hashable) -> bool:
        """Whether `once` keeps something under this name."""
        return name in self._made

    def take(self, name: Hashable) -> Any:
        """Return what is kept under a name, and keep it no longer."""
        return self._made.pop(name)

    def forget(self) -> None:
        """Keep nothing of what was made of these episodes: parts of them refer back to them."""
        self._made.clear()

    @property
    def whole(self) -> tuple[AbnormalReturns, Ints] | None:
        """Episodes of which these are a good part, and their positions there; None = none."""
        return None

    def standardised(self, window: Window) -> Array:
        """Return abnormal returns over their standard errors, shape (episodes, days)."""
        columns = self.columns(window)
        sar: Array = self.ar[:, columns] / self.ar_se()[:, columns]
        return sar

    def total_standardised(self, window: Window) -> float:
        """Return the sum over episodes and days of `standardised`."""
        return float(self.standardised(window).sum())

    def over(self, window: Window) -> Array:
        """Return abnormal returns of the days of a window, shape (episodes, days)."""
        return self.ar[:, self.columns(window)]

    def part(self, index: Ints) -> AbnormalReturns:
        """Return the episodes with these positions: the same object for the same ones.

        What `once` keeps of it then serves all windows and tests. The last few are kept.
        """
        parts = self.once("parts", OrderedDict[bytes, tuple["Ints", AbnormalReturns]])
        known = (key for key, (rows, _) in parts.items() if rows is index)
        key = next(known, b"") or digest_of(index)
        if key not in parts:
            parts[key] = index, self.rows(index)
        parts.move_to_end(key)
        while len(parts) > PARTS:
            parts.popitem(last=False)
        return parts[key][1]

    def stretches(self) -> list[slice]:
        """Return successive episodes that a process takes at once: here all of them."""
        return [slice(0, len(self.position))]

    def blocks(self, episodes: slice | None = None) -> Iterator[AbnormalReturns]:  # noqa: ARG002
        """Yield successive episodes, all or some, to be taken together: here all of them."""
        yield self

    def pieces(self, episodes: slice) -> Iterator[AbnormalReturns]:  # noqa: ARG002
        """Yield as `blocks` does, for what needs few days of each episode: here all of them."""
        yield self

    @property
    def copies(self) -> Forks | None:
        """Copies of this process that make what is made of many episodes; None = none do."""
        return None

    @contextmanager
    def across(self, executor: Executor | None) -> Iterator[None]:  # noqa: ARG002
        """Let copies of this process make what is made of many episodes: here none do."""
        yield

    @property
    def asset_codes(self) -> Ints:
        """A number for the asset of each episode, shape (episodes,): the same for the same one."""
        return self.once("codes", lambda: np.unique(self.assets, return_inverse=True)[1])

    def rows_by_asset(self) -> dict[str, Ints]:
        """Return the rows of the episodes of each asset, in the order of the assets."""
        codes = self.asset_codes
        order = np.argsort(codes, kind="stable")
        groups = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1) if len(order) else []
        groups.sort(key=lambda rows: int(rows[0]))
        return {str(self.assets[rows[0]]): rows for rows in groups}

    def with_reasons(self, reasons: NDArray[np.str_]) -> AbnormalReturns:
        """Return the same episodes with other reasons."""
        return replace(self, reasons=reasons)

    def rows(self, index: Ints) -> AbnormalReturns:
        """Return the episodes with these positions; itself when these are all of them in order."""
        if len(index) == len(self.day0) and (index == np.arange(len(index))).all():
            return self
        chosen = {
            f.name: getattr(self, f.name) if f.name == "tau" else getattr(self, f.name)[index]
            for f in fields(self)
        }
        return AbnormalReturns(**chosen)


def _row_totals(values: Array) -> Array:
    """Sum over the last axis, with its bits: column by column where there are few of them."""
    columns = values.shape[-1]
    if not 0 < columns < UNROLLED:
        return np.asarray(values.sum(axis=-1))
    total: Array = values[..., 0].copy()
    for column in range(1, columns):
        total += values[..., column]
    return total


def digest_of(index: Ints) -> bytes:
    """Return what stands for positions as a key: those of millions of episodes are long."""
    return sha256(np.ascontiguousarray(index, dtype=np.int64).data).digest()


def _hold(returns: Array, kind: Literal["simple", "log"]) -> Array:
    if kind == "log":
        total: Array = np.expm1(returns.sum(axis=1))
        return total
    product: Array = (1.0 + returns).prod(axis=1) - 1.0
    return product
