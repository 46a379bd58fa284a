"""Abnormal returns of which a number for each episode is stored, and sums; no day of any."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, TypeVar, cast

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns, digest_of
from eventstudy.arrays import Array, Ints, Mask
from eventstudy.errors import InMemoryOnlyError
from eventstudy.parts.folders import part_name
from eventstudy.parts.level_sums import LevelSums
from eventstudy.parts.part_files import column
from eventstudy.settings import Window

T = TypeVar("T")

HELD = 3 * 2**26
"""Bytes of columns that are kept in memory; others are read again."""
IN_MEMORY = (
    "needs the days of all episodes, which a study in parts does not hold together. Measure the "
    "assets in question in memory: results.of_asset(name) has those of one part, and "
    "es.run_study(events, stored.read([...]), ...) with stored = es.StoredPrices.open(folder) any"
)


@dataclass
class Columns:
    """Columns of the episodes of all parts, read when they are asked for.

    Parameters
    ----------
    folder : Path
        Folder of the parts.
    parts : tuple of int
        Their numbers, in order.
    assets : tuple of str
        Names of the assets, in order.
    file : str
        Name of the file of each part that the columns are in.
    """

    folder: Path
    parts: tuple[int, ...]
    assets: tuple[str, ...]
    file: str
    held: OrderedDict[str, Any] = field(default_factory=OrderedDict)

    def paths(self) -> Iterator[Path]:
        """Yield the file of each part."""
        for number in self.parts:
            yield self.folder / part_name(number) / self.file

    @cached_property
    def names(self) -> frozenset[str]:
        """Names of the columns."""
        import pyarrow.parquet as pq

        return frozenset(pq.read_schema(next(self.paths())).names)

    @cached_property
    def rows(self) -> int:
        """Number of episodes."""
        import pyarrow.parquet as pq

        return sum(pq.read_metadata(path).num_rows for path in self.paths())

    def of(self, name: str) -> Any:
        """Return a column of all episodes: numbers, dates, or codes of assets."""
        if name not in self.held:
            read = {"asset": _codes, "reason": _words, "unestimated": _words}.get(name, _numbers)
            self.held[name] = read(self, name)
        self.held.move_to_end(name)
        while len(self.held) > 1 and sum(each.nbytes for each in self.held.values()) > HELD:
            self.held.popitem(last=False)
        return self.held[name]

    def tables(self, *names: str) -> Iterator[Any]:
        """Yield some columns of each part, as tables."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        for path in self.paths():
            yield pq.read_table(path, columns=list(names), use_threads=False)
        pa.default_memory_pool().release_unused()  # it would keep hundreds of megabytes


def _numbers(columns: Columns, name: str) -> Any:
    values: Any = None
    first = 0
    for table in columns.tables(name):
        piece = table[name].combine_chunks().to_numpy(zero_copy_only=False)
        if values is None:
            values = np.empty(columns.rows, piece.dtype)
        values[first : first + len(piece)] = piece
        first += len(piece)
    return values


def _codes(columns: Columns, name: str) -> Any:
    place = {asset: at for at, asset in enumerate(columns.assets)}
    pieces = []
    for table in columns.tables(name):
        coded = table[name].unify_dictionaries().combine_chunks()
        of_word = np.array([place[word] for word in coded.dictionary.to_pylist()], dtype=np.int32)
        pieces.append(of_word[coded.indices.to_numpy()])
    return np.concatenate(pieces)


def _words(columns: Columns, name: str) -> Any:
    pieces = []
    for table in columns.tables(name):
        coded = table[name].unify_dictionaries().combine_chunks()
        words = np.array([*coded.dictionary.to_pylist(), ""], dtype=object)[:-1]
        pieces.append(words[coded.indices.to_numpy()])
    first = pieces[0][:1]
    if len(first) and all((piece == first).all() for piece in pieces):  # as a rule: no reason
        return np.broadcast_to(first, sum(map(len, pieces)))
    return np.concatenate(pieces)


class StoredReturns(AbnormalReturns):
    """Episodes of a study in parts. What needs their days says that it needs them in memory."""

    holds_days: ClassVar[bool] = False
    columns_: Columns
    index: Ints | None
    sums: LevelSums | None
    tagged: dict[bytes, LevelSums]

    @classmethod
    def of(cls, columns: Columns, tau: Ints) -> StoredReturns:
        """Return all episodes of a study.

        Parameters
        ----------
        columns : Columns
            Where their numbers are.
        tau : ndarray of int
            Event time of the days of the event window.
        """
        return cls._with(columns_=columns, tau=tau, index=None, sums=None, tagged={})

    @classmethod
    def _with(cls, **values: Any) -> StoredReturns:
        made = object.__new__(cls)
        vars(made).update(values)
        return made

    def __getattr__(self, name: str) -> Any:
        """Read a number of each episode; days are not there."""
        if name in ("position", "offset", "missing", "excluded", "observed", "s2", "df", "day0"):
            return self._column(name)
        if name in ("reasons", "unestimated"):
            return self._column(name.removesuffix("s"))
        if name == "assets":
            return np.array(self.columns_.assets, dtype=object)[self.asset_codes]
        if name in AbnormalReturns.__dataclass_fields__:
            raise InMemoryOnlyError(f"{name} {IN_MEMORY}")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _column(self, name: str) -> Any:
        values = self.columns_.of(name)
        return values if self.index is None else values[self.index]

    @property
    def measured(self) -> Mask:
        """Whether an episode has abnormal returns, shape (episodes,)."""
        measured: Mask = self._column("measured")
        return measured

    @property
    def observed(self) -> Ints:
        """Number of returns in each estimation window, shape (episodes,)."""
        observed: Ints = self._column("observed")
        return observed

    @property
    def asset_codes(self) -> Ints:
        """A number for the asset of each episode, shape (episodes,)."""
        codes: Ints = self._column("asset")
        return codes

    def car(self, window: Window) -> Array:
        """Cumulative abnormal returns; NaN when a day of the window is missing."""
        return self._of_window("car", window)

    def car_se(self, window: Window) -> Array:
        """Return standard errors of the CARs."""
        return self._of_window("se", window)

    def bhar(self, window: Window, kind: str) -> Array:  # noqa: ARG002  stored as it was asked
        """Buy-and-hold abnormal returns."""
        return self._of_window("bhar", window)

    def total_standardised(self, window: Window) -> float:
        """Return the sum over episodes and days of `standardised`."""
        return float(self._of_window("sar", window).sum())

    def _of_window(self, what: str, window: Window) -> Array:
        name = column(what, window)
        if name not in self.columns_.names:
            raise InMemoryOnlyError(f"the window {window} is not stored: a path {IN_MEMORY}")
        values: Array = self._column(name)
        return values

    def has(self, name: Hashable) -> bool:
        """Whether `once` keeps or has stored something under this name."""
        return super().has(name) or repr(name) in self.columns_.names or self._summed(name)

    def _summed(self, name: Hashable) -> bool:
        return self.sums is not None and repr(name) in self.sums.tests

    def once(self, name: Hashable, make: Callable[[], T]) -> T:
        """Return what is stored or can be made of these episodes."""
        if super().has(name):
            return super().once(name, make)
        if repr(name) in self.columns_.names:
            stored: Any = self._column(repr(name))
            return cast("T", stored)
        known: Callable[[], T] | None = self._of_sums(name)
        return super().once(name, known or make)

    def _of_sums(self, name: Hashable) -> Callable[[], Any] | None:
        """Return what makes a number from the sums of these episodes; None where nothing does."""
        sums, n = self.sums, len(self)
        if sums is None:
            return None
        if self._summed(name):
            return lambda: sums.tests[repr(name)]
        kind = name[0] if isinstance(name, tuple) else name
        if name == ("mean correlation", "same-date"):
            return lambda: sums.sums.correlation(n)
        if kind == "same series":
            return lambda: (sums.square - n) / (n * (n - 1)) if n > 1 else float("nan")
        return (lambda: sums.apart) if kind == "apart" else None

    def blocks(self, episodes: slice | None = None) -> Iterator[AbnormalReturns]:  # noqa: ARG002
        """Refuse: there are no days."""
        raise InMemoryOnlyError(f"this {IN_MEMORY}")

    def standardised(self, window: Window) -> Array:
        """Refuse: there are no days."""
        raise InMemoryOnlyError(f"the abnormal returns of {window} day by day: this {IN_MEMORY}")

    def __len__(self) -> int:
        return len(self.columns_.of("position") if self.index is None else self.index)

    def rows(self, index: Ints) -> StoredReturns:
        """Return the episodes with these positions; itself when these are all of them in order."""
        if len(index) == len(self) and (index == np.arange(len(index))).all():
            sums = self.tagged.get(digest_of(index)) if self.index is None else None
            return self if sums is None else self._with(**{**self._held(), "sums": sums})
        whole = index if self.index is None else self.index[index]
        sums = self.tagged.get(digest_of(whole))
        if sums is None and self.sums is not None:
            out = np.ones(len(self), dtype=bool)
            out[index] = False
            sums = None if np.isfinite(self.s2[out]).any() else self.sums
        return self._with(**{**self._held(), "index": whole, "sums": sums})

    def _held(self) -> dict[str, Any]:
        names = ("columns_", "tau", "index", "sums", "tagged")
        return {name: vars(self)[name] for name in names}

    def tag(self, rows: Ints, sums: LevelSums) -> None:
        """Say what the sums of some episodes are."""
        self.tagged[digest_of(rows)] = sums


class Nothing(Mapping[str, Any]):
    """Series that are not held: who asks for one is told so.

    Parameters
    ----------
    names : tuple of str
        Their names.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def __getitem__(self, name: str) -> Any:
        raise InMemoryOnlyError(f"the series of {name} {IN_MEMORY}")

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)
