"""What is written of a part: a row for each episode, the days of each, and sums for tests."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.abnormal.engine import Disagreement
from eventstudy.arrays import distinct
from eventstudy.inference import TESTS, CrossSection
from eventstudy.inference.base import declared
from eventstudy.inference.sums import collected
from eventstudy.inference.volatility import SIGMA_RATIO
from eventstudy.parts.day_sums import DateSums
from eventstudy.parts.folders import building
from eventstudy.parts.level_sums import LevelSums, part_sums

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array, Ints
    from eventstudy.inference import SignificanceTest
    from eventstudy.inference.sums import BlockSum
    from eventstudy.parts.level_sums import Key
    from eventstudy.results import EventStudyResults
    from eventstudy.settings import Window

EPISODES, OBSERVATIONS, SUMS = "episodes.parquet", "observations.arrow", "sums.npz"
"""One row an episode; the days of each that was measured; what tests add up."""
DIFFERED = "disagreements.json"
"""Where a sample that was fitted with statsmodels too differed; not there where nothing did."""
ROWS = 2_000
"""Episodes whose days are made and written at once."""
ALWAYS = ("generalised-sign",)
"""Tests whose numbers by episode are kept whether or not they are named."""
MEASURED = ("return", "normal", "se")
"""Of each day: its return, its normal return, the standard error of their difference."""
WORDS = ("asset", "day0", "reason", "unestimated")
"""Columns of few different values."""
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
    import pyarrow as pa
    import pyarrow.parquet as pq

    named = study.significance_tests or ()
    wanted = _by_episode(study, (*(TESTS[name]() for name in ALWAYS), *named))
    sums = dict(part_sums(study, named, wanted.values()))
    with building(folder, number) as made:
        _write_sums(made / SUMS, sums)
        _write_disagreements(made / DIFFERED, study)
        columns = _episodes(study, places) | _write_days(made / OBSERVATIONS, study)
        for name, each in wanted.items():
            values = collected(study.abnormal, each)
            if values.ndim == 1:
                columns[name] = pa.array(values.astype(float))
        table = pa.table(columns)
        plain = {name: "none" if table[name].type == pa.float64() else "zstd" for name in columns}
        pq.write_table(table, made / EPISODES, compression=plain, use_dictionary=list(WORDS))


def _episodes(study: EventStudyResults, places: Ints) -> dict[str, Any]:
    """Return columns with a row for each episode."""
    import pyarrow as pa

    abnormal = study.abnormal
    names, codes = _assets(abnormal)
    events = places[study.members.events].astype(np.int32)
    columns: dict[str, Any] = {
        "asset": pa.DictionaryArray.from_arrays(codes, names),
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
    return columns


def _assets(abnormal: AbnormalReturns) -> tuple[list[str], Any]:
    """Return the names of the assets that have episodes, ascending, and the place of each there."""
    codes, place = distinct(abnormal.asset_codes)
    first = np.zeros(len(codes), dtype=np.intp)
    first[place[::-1]] = np.arange(len(place))[::-1]
    names = abnormal.assets[first]
    order = np.argsort(names)
    among = np.empty(len(order), dtype=np.int32)
    among[order] = np.arange(len(order))
    return names[order].tolist(), among[place]


def _by_episode(
    study: EventStudyResults, tests: Sequence[SignificanceTest]
) -> dict[str, BlockSum[Any]]:
    """Return what tests make of each episode, by the name of the sum."""
    wanted: dict[str, BlockSum[Any]] = {repr(SIGMA_RATIO.name): SIGMA_RATIO}
    for window in study.windows.car:
        sample = CrossSection(study.abnormal, window, study.history)
        sums = (each for test in tests for each in declared(test, sample))
        wanted |= {repr(each.name): each for each in sums if each.by_episode}
    return wanted


def _write_days(path: Path, study: EventStudyResults) -> dict[str, Any]:
    """Write sessions, returns, normal returns and errors of the episodes that were measured.

    Returns
    -------
    dict of str to array
        Of each window: the sum of standardised abnormal returns and the buy-and-hold return of
        every episode, which are made of the same days.
    """
    import pyarrow as pa
    from pyarrow import ipc

    days = len(study.abnormal.tau)
    made: dict[str, list[Array]] = defaultdict(list)
    schema = pa.schema(
        [
            pa.field("episode", pa.int32(), nullable=False),
            pa.field("session", _list(pa.int32(), days), nullable=False),
            *(pa.field(x, _list(pa.float64(), days), nullable=False) for x in MEASURED),
        ]
    )
    with ipc.new_file(path, schema) as file:  # Parquet would count the days of each list
        for first in range(0, len(study.measured), ROWS):
            rows = np.arange(first, min(first + ROWS, len(study.measured)))
            part = study.abnormal.rows(rows)
            error = part.ar_se()
            sar = part.ar / error
            for window in study.windows.car:
                made[column("sar", window)].append(sar[:, part.columns(window)].sum(axis=1))
                made[column("bhar", window)].append(part.bhar(window, study.options.returns))
            if len(measured := np.flatnonzero(study.measured[rows])):
                file.write_table(_days(part, error, measured, first, schema))
    return {name: pa.array(np.concatenate(pieces)) for name, pieces in made.items()}


def _list(kind: Any, days: int) -> Any:
    import pyarrow as pa

    return pa.list_(pa.field("element", kind, nullable=False), days)


def _days(part: AbnormalReturns, error: Array, rows: Ints, first: int, schema: Any) -> Any:
    """Return the days of some of the episodes that begin with the first, with their errors."""
    import pyarrow as pa

    sessions = part.dates.astype("datetime64[D]").astype(np.int64).astype(np.int32)
    columns: list[Any] = [sessions, part.returns, part.normal, error]
    lists = [
        pa.FixedSizeListArray.from_arrays(
            pa.array((each if len(rows) == len(each) else each[rows]).ravel()), type=kind.type
        )
        for each, kind in zip(columns, list(schema)[1:], strict=True)
    ]
    return pa.table([pa.array((rows + first).astype(np.int32)), *lists], schema=schema)


def _write_sums(path: Path, sums: dict[Key, LevelSums]) -> None:
    """Write the sums of a part as arrays, and what they are as JSON; shared ones once."""
    arrays: dict[str, Any] = {}
    described, dated = [], list({id(made.sums): made.sums for made in sums.values()}.values())
    for place, each in enumerate(dated):
        arrays |= {f"dates {place} {name}": getattr(each, name) for name in SIZES}
    for place, (key, made) in enumerate(sums.items()):
        arrays[f"{place} ends"] = made.ends
        for at, values in enumerate(made.tests.values()):
            arrays[f"{place} test {at}"] = values
        described.append(
            {
                "key": list(key),
                "n": made.n,
                "square": float(made.square).hex(),
                "enough": made.enough,
                "tests": list(made.tests),
                "dates": next(at for at, each in enumerate(dated) if each is made.sums),
            }
        )
    text = np.frombuffer(json.dumps(described).encode(), dtype=np.uint8)
    with path.open("wb") as file:
        np.savez(file, described=text, **arrays)


def _write_disagreements(path: Path, study: EventStudyResults) -> None:
    """Write where the engine differed from statsmodels."""
    if study.disagreements:
        rows = [{**vars(each), "day0": str(each.day0)} for each in study.disagreements]
        path.write_text(json.dumps(rows), "utf-8")


def read_disagreements(folder: Path) -> Iterator[Disagreement]:
    """Yield where the engine differed from statsmodels in a part."""
    if (folder / DIFFERED).exists():
        for each in json.loads((folder / DIFFERED).read_text("utf-8")):
            yield Disagreement(**{**each, "day0": np.datetime64(each["day0"], "D")})


def read_sums(path: Path) -> Iterator[tuple[Key, LevelSums]]:
    """Yield the sums that a part wrote, as `write_part` had them."""
    with np.load(path, allow_pickle=False) as stored:
        described = json.loads(stored["described"].tobytes())
        dated = {
            at: DateSums(**{name: stored[f"dates {at} {name}"] for name in SIZES})
            for at in {each["dates"] for each in described}
        }
        for place, each in enumerate(described):
            tests = {name: stored[f"{place} test {at}"] for at, name in enumerate(each["tests"])}
            sums = LevelSums(
                n=each["n"],
                square=float.fromhex(each["square"]),
                ends=stored[f"{place} ends"],
                enough=each["enough"],
                tests=tests,
                sums=dated[each["dates"]],
            )
            group, asset, window, which = each["key"]
            yield (group, asset, window, which), sums
