"""What is written of a part: a row for each episode, the days of each, and sums for tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.arrays import Array, Ints
from eventstudy.inference import TESTS, CrossSection, SignificanceTest
from eventstudy.inference.base import declared
from eventstudy.inference.sums import collected
from eventstudy.inference.volatility import SIGMA_RATIO
from eventstudy.parts.day_sums import DateSums
from eventstudy.parts.folders import building
from eventstudy.parts.level_sums import Key, LevelSums, part_sums
from eventstudy.results import EventStudyResults
from eventstudy.settings import Kind, Window

EPISODES, OBSERVATIONS, SUMS = "episodes.parquet", "observations.parquet", "sums.npz"
"""One row an episode; the days of each that was measured; what tests add up."""
ROWS = 2_000
"""Episodes whose days are made and written at once."""
ALWAYS = ("generalised-sign",)
"""Tests whose numbers by episode are kept whether or not they are named."""
SIZES = ("values", "counts", "squares", "members", "dates")


def column(what: str, window: Window) -> str:
    """Return the name of a column of a window."""
    return f"{what} {window[0]} {window[1]}"


def write_part(folder: Path, number: int, study: EventStudyResults, places: Ints) -> None:
    """Write what was measured of a part; it is there whole or not at all.

    Parameters
    ----------
    folder : Path
        Folder of the parts.
    number : int
        Number of the part.
    study : EventStudyResults
        The assets of the part.
    places : ndarray of int, shape (events of the part,)
        Place of each event among all events.
    """
    import pyarrow.parquet as pq

    named = study.significance_tests or ()
    kept = (*(TESTS[name]() for name in ALWAYS), *named)
    with building(folder, number) as made:
        pq.write_table(_episodes(study, places, kept), made / EPISODES, compression="zstd")
        _write_days(made / OBSERVATIONS, study.abnormal, study.measured_rows)
        _write_sums(made / SUMS, dict(part_sums(study, named)))


def _by_rows(abnormal: AbnormalReturns, make: Callable[[AbnormalReturns], Array]) -> Array:
    """Make a number for each episode, of some thousand at once."""
    rows = np.arange(len(abnormal.position))
    pieces = [make(abnormal.rows(rows[i : i + ROWS])) for i in range(0, len(rows), ROWS)]
    return np.concatenate(pieces) if pieces else np.zeros(0)


def _episodes(study: EventStudyResults, places: Ints, tests: Sequence[SignificanceTest]) -> Any:
    """Return the table with a row for each episode."""
    import pyarrow as pa

    abnormal = study.abnormal
    codes = np.unique(abnormal.assets, return_inverse=True)
    events = places[study.members.events].astype(np.int32)
    columns: dict[str, Any] = {
        "asset": pa.DictionaryArray.from_arrays(codes[1].astype(np.int32), codes[0].tolist()),
        "day0": pa.array(abnormal.day0.astype("datetime64[D]")),
        "events": pa.ListArray.from_arrays(study.members.starts.astype(np.int32), events),
        "reason": pa.array(abnormal.reasons.tolist(), pa.string()).dictionary_encode(),
        "unestimated": pa.array(abnormal.unestimated.tolist(), pa.string()).dictionary_encode(),
        "measured": pa.array(study.measured),
    }
    for name in ("position", "offset", "missing", "excluded", "observed"):
        columns[name] = pa.array(np.asarray(getattr(abnormal, name)).astype(np.int32))
    columns |= {"s2": pa.array(abnormal.s2), "df": pa.array(abnormal.df.astype(float))}
    for window in study.windows.car:
        columns[column("car", window)] = pa.array(abnormal.car(window))
        columns[column("se", window)] = pa.array(abnormal.car_se(window))
        columns[column("sar", window)] = pa.array(_by_rows(abnormal, _total_sar(window)))
        held = _by_rows(abnormal, _held(window, study.options.returns))
        columns[column("bhar", window)] = pa.array(held)
    for name, values in _by_episode(study, tests):
        columns[name] = pa.array(values)
    return pa.table(columns)


def _total_sar(window: Window) -> Callable[[AbnormalReturns], Array]:
    def make(part: AbnormalReturns) -> Array:
        total: Array = part.standardised(window).sum(axis=1)
        return total

    return make


def _held(window: Window, kind: Kind) -> Callable[[AbnormalReturns], Array]:
    return lambda part: part.bhar(window, kind)


def _by_episode(
    study: EventStudyResults, tests: Sequence[SignificanceTest]
) -> Iterator[tuple[str, Array]]:
    """Yield what tests make of each episode, by the name of the sum."""
    wanted = {repr(SIGMA_RATIO.name): SIGMA_RATIO}
    for window in study.windows.car:
        sample = CrossSection(study.abnormal, window, study.history)
        sums = (each for test in tests for each in declared(test, sample))
        wanted |= {repr(each.name): each for each in sums if each.by_episode}
    for name, each in wanted.items():
        values = collected(study.abnormal, each)
        if values.ndim == 1:
            yield name, values.astype(float)


def _write_days(path: Path, abnormal: AbnormalReturns, measured: Ints) -> None:
    """Write sessions, returns, normal returns and errors of the episodes that were measured."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    days = len(abnormal.tau)
    numbers = {name: pa.list_(pa.float64(), days) for name in ("return", "normal", "se")}
    schema = pa.schema({"episode": pa.int32(), "session": pa.list_(pa.int32(), days), **numbers})
    plain = {"use_dictionary": ["session.list.element"], "write_statistics": False}
    packed = {"session.list.element": "zstd"}
    with pq.ParquetWriter(path, schema, compression=packed, **plain) as file:
        for first in range(0, len(measured), ROWS):
            rows = measured[first : first + ROWS]
            part = abnormal.rows(rows)
            sessions = part.dates.astype("datetime64[D]").astype(np.int64).astype(np.int32)
            values = (part.returns, part.normal, part.ar_se())
            lists = [_lists(sessions, days), *(_lists(each, days) for each in values)]
            file.write_table(pa.table([pa.array(rows.astype(np.int32)), *lists], schema=schema))


def _lists(values: Any, days: int) -> Any:
    import pyarrow as pa

    return pa.FixedSizeListArray.from_arrays(pa.array(np.ascontiguousarray(values).ravel()), days)


def _write_sums(path: Path, sums: dict[Key, LevelSums]) -> None:
    """Write the sums of a part as arrays, and what they are as JSON."""
    arrays: dict[str, Any] = {}
    described = []
    for place, (key, made) in enumerate(sums.items()):
        arrays[f"{place} ends"] = made.ends
        for name in SIZES:
            arrays[f"{place} {name}"] = getattr(made.sums, name)
        for at, values in enumerate(made.tests.values()):
            arrays[f"{place} test {at}"] = values
        described.append(
            {
                "key": list(key),
                "n": made.n,
                "square": float(made.square).hex(),
                "enough": made.enough,
                "tests": list(made.tests),
            }
        )
    text = np.frombuffer(json.dumps(described).encode(), dtype=np.uint8)
    with path.open("wb") as file:
        np.savez(file, described=text, **arrays)


def read_sums(path: Path) -> Iterator[tuple[Key, LevelSums]]:
    """Yield the sums that a part wrote, as `write_part` had them."""
    with np.load(path, allow_pickle=False) as stored:
        for place, each in enumerate(json.loads(stored["described"].tobytes())):
            tests = {name: stored[f"{place} test {at}"] for at, name in enumerate(each["tests"])}
            sums = DateSums(**{name: stored[f"{place} {name}"] for name in SIZES})
            group, asset, window, which = each["key"]
            yield (
                (group, asset, window, which),
                LevelSums(
                    n=each["n"],
                    square=float.fromhex(each["square"]),
                    ends=stored[f"{place} ends"],
                    enough=each["enough"],
                    tests=tests,
                    sums=sums,
                ),
            )
