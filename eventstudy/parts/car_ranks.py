"""The interval and rank of each CAR among ordinary days: made of a part when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.errors import OutputError
from eventstudy.freed_memory import freed_memory_kept
from eventstudy.inference.intervals import CarIntervals, car_intervals_over
from eventstudy.parts.folders import building, whole_parts
from eventstudy.parts.part_files import column

if TYPE_CHECKING:
    from eventstudy.parts.stored_returns import Columns
    from eventstudy.results import EventStudyResults
    from eventstudy.settings import Window

RANKS = "ranks.parquet"
"""Of each episode and window: what `CarIntervals` holds."""
NAMES = tuple(each.name for each in fields(CarIntervals))


@dataclass(frozen=True)
class RankTask:
    """One part whose CARs are to be ranked.

    Parameters
    ----------
    folder : Path
        Where ranks are written to.
    number : int
        The part.
    measure : callable
        Measures the part again.
    """

    folder: Path
    number: int
    measure: Callable[[], EventStudyResults]


def rank_part(task: RankTask) -> int:
    """Rank the CARs of one part and write what came out; return its number."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with freed_memory_kept():
        study = task.measure()
        windows = study.windows.car
        made = car_intervals_over(study.abnormal, windows, study.options.confidence)
        study.abnormal.forget()
        del study
    columns = {
        column(name, window): pa.array(getattr(each, name))
        for window, each in zip(windows, made, strict=True)
        for name in NAMES
    }
    with building(task.folder, task.number) as folder:
        pq.write_table(pa.table(columns), folder / RANKS, compression="none", use_dictionary=False)
    return task.number


def lacking(folder: Path, numbers: tuple[int, ...]) -> list[int]:
    """Return the parts whose CARs are not ranked yet.

    Parameters
    ----------
    folder : Path
        Where ranks are; it is made when it is not there.
    numbers : tuple of int
        All parts.

    Raises
    ------
    OutputError
        When it cannot be made.
    """
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        problem = f"cannot be made ({error.strerror}), and intervals of CARs are kept there"
        cure = "Copy the study to where you may write, or ask for car(intervals=False)."
        raise OutputError.of(str(folder), problem, cure) from None
    whole = whole_parts(folder)
    return [number for number in numbers if number not in whole]


def intervals_of(columns: Columns, window: Window) -> CarIntervals:
    """Return the intervals of the CARs of all episodes.

    Parameters
    ----------
    columns : Columns
        What `rank_part` wrote.
    window : (int, int)
        One of the CAR windows.
    """
    return CarIntervals(**{name: np.asarray(columns.of(column(name, window))) for name in NAMES})
