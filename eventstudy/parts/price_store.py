"""Prices by asset, in parts of Parquet: a run reads the assets of a part and never transposes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from eventstudy.arguments import explained_methods, path_of
from eventstudy.arrays import Array, Dates, Ints
from eventstudy.errors import InvalidArgumentError, refuse_unknown
from eventstudy.parts.folders import need_pyarrow, part_name, read_json
from eventstudy.prices import Clock, Prices, Returns

MARK, DAYS = "prices.json", "days.parquet"
"""What the parts are; all dates, and how many series of each clock have a price on them."""
DATE = " date"
"""Column of the dates of a part; the others are its series, NaN where one has no price."""
FORM = 2
"""To be raised when a store of before can no longer be read."""
CURE = "Make it with es.store_prices(frame or files, folder), in an empty folder."
HELD = 4
"""Sets of factors that a process keeps: each part of a study asks for the same ones."""


@explained_methods
@dataclass(frozen=True)
class StoredPrices:
    """Prices of many assets in a folder, some of them in each part.

    Parameters
    ----------
    folder : Path
        What `store_prices` wrote.
    kind : {"prices", "returns"}
        Prices, or returns as they are.
    assets : tuple of str
        Names of all series, in order.
    starts : tuple of int
        The first series of each part, and the number of all.
    clocks : mapping of str to str
        When the prices of a series are struck, where that is known.
    ended : tuple of str
        Series that are known to have ended.
    digest : str
        SHA-256 of everything that the folder holds.
    """

    folder: Path
    kind: str
    assets: tuple[str, ...]
    starts: tuple[int, ...]
    clocks: Mapping[str, str]
    ended: tuple[str, ...]
    digest: str

    @classmethod
    def open(cls, folder: str | Path) -> StoredPrices:
        """Return the prices that a folder holds.

        Parameters
        ----------
        folder : str or Path
            What `store_prices` wrote.

        Raises
        ------
        InputError
            When it holds no such prices.
        InvalidArgumentError
            When pyarrow is not installed.
        """
        need_pyarrow()
        home = path_of("folder", folder).resolve()
        content = read_json(home / MARK, "stored prices", CURE, FORM)
        return cls(
            home,
            content["kind"],
            tuple(content["assets"]),
            tuple(content["starts"]),
            content["clocks"],
            tuple(content["ended"]),
            content["digest"],
        )

    @property
    def parts(self) -> int:
        """Number of parts."""
        return len(self.starts) - 1

    def of_part(self, number: int) -> tuple[str, ...]:
        """Return the names of the series of a part.

        Raises
        ------
        InvalidArgumentError
            When there is no such part.
        """
        if number not in range(self.parts):
            raise InvalidArgumentError(
                f"there is no part {number!r:.60}: parts are numbered from 0 to {self.parts - 1}"
            )
        return self.assets[self.starts[number] : self.starts[number + 1]]

    def read(self, assets: Sequence[str]) -> Prices | Returns:
        """Return the prices of some assets, as a study in memory takes them.

        Parameters
        ----------
        assets : sequence of str
            Their names, and those of factors and benchmark.

        Returns
        -------
        Prices or Returns
            Which knows on which dates the other assets have prices.

        Raises
        ------
        UnknownNameError
            When one is not there.
        """
        names = list(dict.fromkeys([assets] if isinstance(assets, str) else assets))
        for name in names:
            refuse_unknown(name, self._places, f"no prices of {name!r} are stored")
        return self._panel({name: self._series([name])[name] for name in names})

    def panel(self, number: int, further: Sequence[str]) -> Prices | Returns:
        """Return the prices of a part, and some further series that explain them.

        Parameters
        ----------
        number : int
            The part.
        further : sequence of str
            Factors and benchmark.
        """
        inside = self.of_part(number)
        columns = _columns_of(self.folder, number, self.days, inside)
        others = tuple(name for name in further if name not in inside)
        return self._panel({**columns, **_factors(self, others)})

    def _series(self, names: Sequence[str]) -> dict[str, Array]:
        """Return some series over all dates."""
        series: dict[str, Array] = {}
        for name in names:
            part = int(np.searchsorted(self.starts, self._places[name], side="right")) - 1
            series |= _columns_of(self.folder, part, self.days, [name])
        return series

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.assets)}

    @cached_property
    def _calendar(self) -> tuple[Dates, dict[Clock | None, tuple[Ints, Ints]]]:
        """All dates, and how many series of each clock have a price there, and are listed."""
        import pyarrow.parquet as pq

        table = pq.read_table(self.folder / DAYS)
        texts = list(dict.fromkeys(self.clocks.get(name, "") for name in self.assets))
        counted = {
            Clock.parse(text) if text else None: (
                table[f"priced {place}"].to_numpy().astype(np.intp),
                table[f"listed {place}"].to_numpy().astype(np.intp),
            )
            for place, text in enumerate(texts)
        }
        return table["date"].to_numpy().astype("datetime64[D]"), counted

    @property
    def days(self) -> Dates:
        """All dates on which a series has a price."""
        return self._calendar[0]

    def _panel(self, columns: Mapping[str, Array]) -> Prices | Returns:
        """Return series as a panel over all dates, which knows of those that are not in it."""
        index = pd.DatetimeIndex(self.days.astype("datetime64[us]"), name="session")
        values = np.stack(list(columns.values()))
        frame = pd.DataFrame(values.T, index=index, columns=list(columns), copy=False)
        clocks = {name: self.clocks[name] for name in columns if name in self.clocks}
        made: Prices | Returns
        if self.kind == "returns":
            made = Returns(frame, clocks)
        else:
            made = Prices(frame, clocks)
            known = dict(made.provenance)
            for name in {*self.ended} & {*columns}:
                known[name] = replace(known[name], ended=True)
            object.__setattr__(made, "provenance", known)
        # all dates stay: where only other assets have a price, one of these may lack it
        if len(made.frame) != len(index):
            object.__setattr__(made, "frame", made.frame.reindex(index))
        object.__setattr__(made, "_activity", self._calendar[1])
        return made


def _columns_of(folder: Path, number: int, days: Dates, names: Sequence[str]) -> dict[str, Array]:
    """Return series of a part over all dates; NaN where there is no price.

    Parameters
    ----------
    folder : Path
        The stored prices.
    number : int
        The part.
    days : ndarray of datetime64
        All dates.
    names : sequence of str
        Some series of the part.
    """
    stored, dates, values = read_series(folder / f"{part_name(number)}.parquet", names)
    if len(dates) != len(days):
        rows = np.full((len(stored), len(days)), np.nan)
        rows[:, np.searchsorted(days, dates)] = values
        values = list(rows)
    return dict(zip(stored, values, strict=True))


def read_series(
    path: Path, names: Sequence[str] | None = None
) -> tuple[list[str], Dates, list[Array]]:
    """Return what a part holds.

    Parameters
    ----------
    path : Path
        The file of the part.
    names : sequence of str, optional
        Some of its series. Default: all.

    Returns
    -------
    names : list of str
    dates : ndarray of datetime64, shape (dates,)
        Those on which a series of the part has a price.
    values : list of ndarray, shape (dates,)
        Of each series; NaN where it has no price.
    """
    import pyarrow.parquet as pq

    wanted = None if names is None else [DATE, *names]
    table = pq.ParquetFile(path).read(columns=wanted, use_threads=False)
    # a name with a point is read along with what comes before it
    kept = [name for name in table.column_names if name != DATE and (not wanted or name in wanted)]
    dates = table[DATE].to_numpy().astype("datetime64[D]")
    return kept, dates, [table[name].to_numpy() for name in kept]


@lru_cache(maxsize=HELD)
def _held_factors(folder: Path, _digest: str, names: tuple[str, ...]) -> dict[str, Array]:
    return StoredPrices.open(folder)._series(names)


def _factors(stored: StoredPrices, names: tuple[str, ...]) -> dict[str, Array]:
    """Return series that explain others; a process reads them once."""
    return _held_factors(stored.folder, stored.digest, names) if names else {}


def digest_of(paths: Sequence[Path]) -> str:
    """Return the SHA-256 of some files, one after the other."""
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()
