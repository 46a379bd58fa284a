"""`store_prices`: a frame, or long files in any order, are turned to parts by asset once."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arguments import path_of
from eventstudy.arrays import Array, Dates, Ints
from eventstudy.errors import InputError, InvalidArgumentError, OutputError, PriceDataError
from eventstudy.parts.folders import need_pyarrow, part_name, read_json, write_json
from eventstudy.parts.price_store import (
    CURE,
    DATE,
    DAYS,
    FORM,
    MARK,
    StoredPrices,
    digest_of,
    read_series,
)
from eventstudy.prices import Clock, Prices, Returns, as_prices
from eventstudy.prices.clock import clocks_by_asset

COLUMNS = ("asset", "date", "price")
ASSETS = 100
"""Series of a part: about as many observations, with 1,000 events, as a task should have."""
ROWS = 1_000_000
"""Rows of a file that are read at once."""


def store_prices(
    prices: Prices | Returns | pd.DataFrame | str | Path | Sequence[str | Path],
    folder: str | Path,
    *,
    clocks: Mapping[str, Clock | str | None] | None = None,
    part: int = ASSETS,
) -> StoredPrices:
    """Store prices by asset, as Parquet, for studies that do not fit into memory.

    Prices that come by date are turned here, once: a study then reads the assets of one part
    after the other.

    Parameters
    ----------
    prices : Prices, Returns, DataFrame, path or sequence of paths
        Prices in memory (sessions x assets); or CSV or Parquet files with the columns asset,
        date and price, one row for each, in any order: they are never in memory together.
    folder : str or Path
        Where to; it is made when it is not there. Prices that were stored there are replaced.
    clocks : mapping of str to Clock or str, optional
        When the prices of files are struck, ``"18:50 Europe/Moscow"``; `Prices` bring theirs.
    part : int
        Series of a part. A task of a run measures one part: some 100,000 observations.

    Returns
    -------
    StoredPrices
        What `run_study` takes as `prices`. It keeps clocks and which series have ended; of other
        provenance nothing.

    Raises
    ------
    PriceDataError
        When a price is not finite and greater than zero, a date cannot be read, or an asset has
        two prices on one date.
    InvalidArgumentError
        When pyarrow is not installed, or a part would hold nothing.
    OutputError
        When the folder holds something else.

    Examples
    --------
    >>> import tempfile
    >>> import eventstudy as es
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     stored = es.store_prices(es.load_example().prices, folder)
    ...     len(stored.assets), stored.parts
    (2, 1)
    """
    need_pyarrow()
    if isinstance(part, bool) or not isinstance(part, int) or part < 1:
        raise InvalidArgumentError(
            f"part is {part!r}; write a number of series from 1, such as 100"
        )
    home = _emptied(path_of("folder", folder).resolve())
    paths = _paths(prices)
    if paths:
        assets = _from_files(paths, home, part)
        struck = clocks_by_asset(clocks, assets)
        kind, ended = "prices", []
    else:
        panel = as_prices(prices)
        if clocks is not None:
            raise InvalidArgumentError(
                "clocks of a table belong to it: es.Prices(frame, clocks=...)"
            )
        assets, struck = list(panel.assets), dict(panel.clocks)
        kind = "returns" if isinstance(panel, Returns) else "prices"
        ended = _ended(panel)
        _from_panel(panel, home, part)
    starts = [*range(0, len(assets), part), len(assets)]
    texts = {name: str(clock) for name, clock in struck.items() if clock is not None}
    _write_days(home, assets, len(starts) - 1, texts)
    files = [*(home / f"{part_name(n)}.parquet" for n in range(len(starts) - 1)), home / DAYS]
    content = {"kind": kind, "assets": assets, "starts": starts, "clocks": texts, "ended": ended}
    write_json(home / MARK, {"format": FORM, **content, "digest": digest_of(files)})
    return StoredPrices.open(home)


def _paths(prices: object) -> list[Path]:
    """Return the files that were named; none where prices were given."""
    if isinstance(prices, str | Path):
        return [Path(prices)]
    if isinstance(prices, Sequence) and prices and all(isinstance(p, str | Path) for p in prices):
        return [Path(each) for each in prices]
    return []


def _ended(panel: Prices | Returns) -> list[str]:
    if isinstance(panel, Returns):
        return []
    return [name for name, origin in panel.provenance.items() if origin.ended]


def _emptied(home: Path) -> Path:
    """Return a folder to write to, without the parts of prices that were stored there."""
    home.mkdir(parents=True, exist_ok=True)
    if any(home.iterdir()):
        try:
            read_json(home / MARK, "stored prices", CURE, FORM)
        except InputError:
            cure = "Give an empty folder, or one that es.store_prices of this version wrote."
            problem = "holds other files than stored prices"
            raise OutputError.of(str(home), problem, cure) from None
    (home / MARK).unlink(missing_ok=True)  # what follows is no whole store until it is written
    for path in home.glob("part-*.parquet"):
        path.unlink()
    return home


def _from_panel(panel: Prices | Returns, home: Path, part: int) -> None:
    values = panel.frame.to_numpy()
    for number, first in enumerate(range(0, len(panel.assets), part)):
        rows = np.ascontiguousarray(values[:, first : first + part].T)
        _write_part(home, number, panel.assets[first : first + part], panel.days, rows)


def _write_part(home: Path, number: int, names: Sequence[str], days: Dates, values: Array) -> None:
    """Write the series of a part, a column each, over the dates on which one has a price."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    there = np.isfinite(values).any(axis=0)
    dates = pa.array(days[there].astype("datetime64[D]"))
    if not there.all():
        values = values[:, there]
    fields = [pa.field(DATE, pa.date32(), nullable=False)]
    fields += [pa.field(name, pa.float64(), nullable=False) for name in names]
    table = pa.table([dates, *map(pa.array, values)], schema=pa.schema(fields))
    path = home / f"{part_name(number)}.parquet"
    # prices do not shrink; where a series has none they do, at no cost to the others
    plain = {"use_dictionary": False, "write_statistics": False}
    pq.write_table(table, path, compression="lz4", row_group_size=len(dates) or 1, **plain)


def _batches(path: Path) -> Iterator[Any]:
    """Yield the rows of a file as tables of asset, date and price."""
    import pyarrow as pa
    import pyarrow.csv as csv
    import pyarrow.parquet as pq

    kinds = {"asset": pa.string(), "date": pa.date32(), "price": pa.float64()}
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            file = pq.ParquetFile(path)
            _check_columns(path, file.schema_arrow.names)
            for batch in file.iter_batches(ROWS, columns=list(COLUMNS)):
                yield pa.Table.from_batches([batch]).select(list(COLUMNS)).cast(pa.schema(kinds))
            return
        options = csv.ConvertOptions(column_types=kinds, include_columns=list(COLUMNS))
        with path.open("rb") as head:
            first = head.readline(65_536).decode("utf-8-sig", "replace")
        _check_columns(path, [name.strip().strip('"') for name in first.strip().split(",")])
        for batch in csv.open_csv(path, convert_options=options):
            yield pa.Table.from_batches([batch])
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise PriceDataError(
            f"{path}: {error}. Write dates as 2024-03-01, and prices as plain numbers"
        ) from error


def _check_columns(path: Path, names: Sequence[str]) -> None:
    lacking = [name for name in COLUMNS if name not in names]
    if lacking:
        raise PriceDataError(
            f"{path}: no column {', '.join(lacking)} among {', '.join(names[:12])}. A long file "
            "has the columns asset, date and price; read one of sessions x assets as a frame"
        )


def _from_files(paths: Sequence[Path], home: Path, part: int) -> list[str]:
    """Write the parts of long files in any order, holding one part at a time; return the assets."""
    import pyarrow.compute as pc

    names: set[str] = set()
    for path in paths:
        for table in _batches(path):
            names.update(name for name in pc.unique(table["asset"]).to_pylist() if name)
    assets = sorted(names)
    if not assets:
        raise PriceDataError(f"{paths[0]}: holds no price")
    with tempfile.TemporaryDirectory(prefix=".turning-", dir=home) as scratch:
        _spread(paths, Path(scratch), assets, part)
        for number, first in enumerate(range(0, len(assets), part)):
            _gathered(Path(scratch), home, number, part, assets[first : first + part])
            shutil.rmtree(Path(scratch) / str(number))
    return assets


def _spread(paths: Sequence[Path], scratch: Path, assets: list[str], part: int) -> None:
    """Append the rows of each part to files of its own."""
    import pyarrow as pa
    import pyarrow.compute as pc

    place = pa.array(assets)
    for number in range(-(-len(assets) // part)):
        (scratch / str(number)).mkdir()
    count = 0
    for path in paths:
        for table in _batches(path):
            kept = table.filter(pc.is_valid(table["price"]))
            code = pc.index_in(kept["asset"], place).to_numpy()
            if pc.any(pc.is_null(kept["date"])).as_py() or np.isnan(code.astype(float)).any():
                raise PriceDataError(f"{path}: a price has no asset, or no date. Fill it in")
            days = kept["date"].to_numpy().astype("datetime64[D]").astype(np.int32)
            _append(scratch, count, code.astype(np.int32), days, kept["price"].to_numpy(), part)
            count += 1


def _append(scratch: Path, count: int, code: Any, days: Any, values: Any, part: int) -> None:
    order = np.argsort(code // part, kind="stable")
    of_part = (code // part)[order]
    for number in np.unique(of_part).tolist():
        rows = order[slice(*np.searchsorted(of_part, [number, number + 1]).tolist())]
        rows_of = {"code": code[rows], "days": days[rows], "values": values[rows]}
        np.savez(scratch / str(number) / f"{count}.npz", **rows_of)


def _gathered(scratch: Path, home: Path, number: int, part: int, names: list[str]) -> None:
    """Sort the rows of a part, check them, and write them."""
    pieces = []
    for path in sorted((scratch / str(number)).iterdir(), key=lambda path: int(path.stem)):
        with np.load(path) as piece:
            pieces.append([piece[name] for name in ("code", "days", "values")])
    code, days, values = (np.concatenate(each) for each in zip(*pieces, strict=True))
    code -= number * part
    order = np.lexsort((days, code))
    code, days, values = code[order], days[order].astype("datetime64[D]"), values[order]
    _check_sorted(names, code, days, values)
    dates, at = np.unique(days, return_inverse=True)
    rows = np.full((len(names), len(dates)), np.nan)
    rows[code, at] = values
    _write_part(home, number, names, dates, rows)


def _check_sorted(names: list[str], code: Any, days: Any, values: Any) -> None:
    """Refuse what is no price, and two prices of one date."""
    twice = np.flatnonzero((code[1:] == code[:-1]) & (days[1:] == days[:-1]))
    if len(twice):
        at = twice[0]
        raise PriceDataError(f"two prices of {names[code[at]]} on {days[at]}. Keep one")
    wrong = np.flatnonzero(~(np.isfinite(values) & (values > 0)))
    if len(wrong):
        at = wrong[0]
        raise PriceDataError(
            f"{values[at]} of {names[code[at]]} on {days[at]} is no price: a price is finite and "
            "greater than zero. Leave the row out where there was none"
        )


def _write_days(home: Path, assets: list[str], parts: int, clocks: Mapping[str, str]) -> None:
    """Count how many series of each clock have a price on each date, and how many are listed."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = list(dict.fromkeys(clocks.get(name, "") for name in assets))
    kinds = {name: texts.index(clocks.get(name, "")) for name in assets}
    every = (_counts(home / f"{part_name(n)}.parquet", kinds, len(texts)) for n in range(parts))
    counted = [each for each in every if each[1].shape[1]]
    first = min(begin for begin, _, _ in counted)
    last = max(begin + priced.shape[1] for begin, priced, _ in counted)
    priced = np.zeros((len(texts), last - first), dtype=np.int32)
    steps = np.zeros((len(texts), last - first + 1), dtype=np.int32)
    for begin, prices, changes in counted:
        at = begin - first
        priced[:, at : at + prices.shape[1]] += prices
        steps[:, at : at + changes.shape[1]] += changes
    there = np.flatnonzero(priced.sum(axis=0))
    listed = np.cumsum(steps, axis=1, dtype=np.int32)
    columns = {"date": pa.array((there + first).astype("datetime64[D]"))}
    for place in range(len(texts)):
        columns[f"priced {place}"] = pa.array(priced[place, there])
        columns[f"listed {place}"] = pa.array(listed[place, there])
    pq.write_table(pa.table(columns), home / DAYS)


def _counts(path: Path, kinds: Mapping[str, int], clocks: int) -> tuple[int, Ints, Ints]:
    """Return the first day of a part, prices by day, and listings that begin or end, by clock."""
    names, days, values = read_series(path)
    place = days.astype(np.intp)
    begin, size = (int(place[0]), int(place[-1] - place[0]) + 1) if len(place) else (0, 0)
    priced = np.zeros((clocks, size), dtype=np.intp)
    changes = np.zeros((clocks, size + 1), dtype=np.intp)
    for name, series in zip(names, values, strict=True):
        there = place[np.isfinite(series)] - begin
        if len(there):
            priced[kinds[name], there] += 1
            changes[kinds[name], there[0]] += 1
            changes[kinds[name], there[-1] + 1] -= 1
    return begin, priced, changes
