"""A study part by part: what is not whole yet is measured, and what is written is opened."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from eventstudy.arguments import path_of
from eventstudy.arrays import Ints
from eventstudy.design.asset_returns import models_by_asset, without_missing
from eventstudy.design.reach import with_ends
from eventstudy.errors import InputError, InvalidArgumentError, OutputError
from eventstudy.events.events import Events
from eventstudy.executors import in_order
from eventstudy.freed_memory import freed_memory_kept
from eventstudy.parts.asked import Asked
from eventstudy.parts.event_files import (
    digest_of_events,
    read_all_events,
    read_part_events,
    write_part_events,
)
from eventstudy.parts.folders import read_json, sweep, whole_parts, write_json
from eventstudy.parts.part_files import write_part
from eventstudy.parts.price_store import MARK as STORED
from eventstudy.parts.price_store import StoredPrices
from eventstudy.parts.stored_results import StoredResults
from eventstudy.prices import Prices, Returns
from eventstudy.results import EventStudyResults
from eventstudy.settings import Average
from eventstudy.study.measure import Design, checked_models, measured_study, pooled
from eventstudy.versions import ENGINE, __version__

MARK, EVENTS, PARTS = "study.json", "events", "parts"
FORM = 3
"""To be raised when a folder of before can no longer be read."""
"""What the study asks; its events; what was measured."""
CURE = 'Measure it with es.run_study(events, prices, out="FOLDER").'


@dataclass(frozen=True)
class PartTask:
    """One part that is to be measured: paths and numbers, whatever the size of the study.

    Parameters
    ----------
    folder, prices : str
        Folder of the study, and that of the stored prices.
    stored : str
        Digest of the stored prices.
    events : str
        File of the events of the part.
    number : int
        The part.
    asked : Asked
        What is asked.
    checked : bool
        Whether a sample is fitted with statsmodels too.
    """

    folder: str
    prices: str
    stored: str
    events: str
    number: int
    asked: Asked
    checked: bool = False


def measure_part(task: PartTask) -> int:
    """Measure and write one part; return its number."""
    with freed_memory_kept():
        study, places = _measured(task)
        write_part(Path(task.folder) / PARTS, task.number, study, places)
        study.abnormal.forget()
        del study
    return task.number


def _measured(task: PartTask) -> tuple[EventStudyResults, Ints]:
    """Measure one part; return it with the places of its events among all."""
    stored, asked = _prices(task), task.asked
    events, places = read_part_events(task.events)
    inside = stored.of_part(task.number)
    wanted = asked.of(inside)
    panel = stored.panel(task.number, _explaining(asked, inside))
    models = models_by_asset(wanted, panel, asked.options)
    models = {asset: model for asset, model in models.items() if asset in inside}
    models, missing = without_missing(models, panel, asked.options)
    if isinstance(panel, Prices):
        panel = with_ends(events, panel, models, asked.windows, asked.options)
    design = Design(asked.windows, asked.options, asked.groups, asked.tests)
    study = measured_study(events, panel, models, design, missing=missing, checked=task.checked)
    return study, places


def _prices(task: PartTask) -> StoredPrices:
    """Return the stored prices of a part.

    Raises
    ------
    InputError
        When they are not there, or are others than those that are to be measured.
    """
    mark = Path(task.prices) / STORED
    prices = _opened(task.prices, mark.stat().st_mtime_ns if mark.exists() else 0)
    if prices.digest != task.stored:
        problem = "holds other prices than those of the study"
        cure = "Store the former ones there again, or run the study on the new ones, elsewhere."
        raise InputError.of(task.prices, problem, cure)
    return prices


@lru_cache(maxsize=2)
def _opened(folder: str, _changed: int) -> StoredPrices:
    return StoredPrices.open(folder)


def _explaining(asked: Asked, assets: tuple[str, ...]) -> list[str]:
    """Return the series that the assets of a part are compared with."""
    models = asked.of(assets)
    several = list(models.values()) if isinstance(models, Mapping) else [models]
    names = dict.fromkeys(name for model in several for name in model.factors)
    return [*names, *((asked.options.benchmark,) if asked.options.benchmark else ())]


def run_in_parts(
    events: Events, prices: StoredPrices, asked: Asked, out: str | Path, executor: Executor | None
) -> StoredResults:
    """Measure a study part by part; go on from the parts that are whole.

    Parameters
    ----------
    events : Events
        What was said.
    prices : StoredPrices
        Prices by asset.
    asked : Asked
        What is asked.
    out : str or Path
        Folder of the study.
    executor : Executor or None
        What measures the parts; None = this process, one after the other.

    Returns
    -------
    StoredResults

    Raises
    ------
    OutputError
        When the folder holds another study, or something else.
    """
    home = Path(out).resolve()
    assets, asked = _checked(events, prices, asked)
    numbers = _numbers(prices, assets)
    digest = _digest(events, prices, asked)
    _claimed(home, digest)
    if not (home / MARK).exists():
        write_json(home / MARK, {"format": FORM, "digest": digest, "parts": numbers})
    (home / PARTS).mkdir(parents=True, exist_ok=True)
    (home / EVENTS).mkdir(exist_ok=True)
    content: dict[str, object] = {
        "prices": str(prices.folder),
        "stored": prices.digest,
        "assets": list(assets),
        "parts": numbers,
    }
    files = write_part_events(
        home / EVENTS, events, [(number, prices.of_part(number)) for number in numbers]
    )
    content |= {"parts": numbers, "events": files, "asked": asked.as_json(), "version": __version__}
    write_json(home / MARK, {"format": FORM, "digest": digest, **content})
    sweep(home / PARTS)
    whole = whole_parts(home / PARTS)
    tasks = [
        PartTask(
            str(home),
            str(prices.folder),
            prices.digest,
            str(home / EVENTS / files[place]),
            number,
            asked,
            number == numbers[0],
        )
        for place, number in enumerate(numbers)
        if number not in whole
    ]
    for _ in in_order(executor, measure_part, tasks, ahead=max(len(tasks), 1)):
        pass
    return open_results(home)


def open_results(folder: str | Path) -> StoredResults:
    """Open what ``run_study(..., out=folder)`` wrote.

    Parameters
    ----------
    folder : str or Path
        Folder of the study.

    Returns
    -------
    StoredResults

    Raises
    ------
    InputError
        When it holds no study, or one whose parts are not all whole.
    """
    home = path_of("folder", folder).resolve()
    content = read_json(home / MARK, "a study in parts", CURE, FORM)
    numbers = content["parts"]
    whole = whole_parts(home / PARTS) if (home / PARTS).is_dir() else set()
    lacking = set(numbers) - whole
    if lacking:
        problem = f"is not whole: {len(lacking)} of {len(numbers)} parts are still to be measured"
        cure = "Run the same study again: it goes on from the parts that are whole."
        raise InputError.of(str(home), problem, cure)
    sweep(home / PARTS)
    asked, files = Asked.from_json(content["asked"]), content["events"]
    events = read_all_events(home / EVENTS, sorted(set(files)))
    paths = (str(home), content["prices"], content["stored"])
    again = {
        number: MeasuredAgain(PartTask(*paths, str(home / EVENTS / file), number, asked))
        for number, file in zip(numbers, files, strict=True)
    }
    return StoredResults(home, events, asked, tuple(content["assets"]), tuple(numbers), again)


@dataclass(frozen=True)
class MeasuredAgain:
    """Measures a part that is whole once more.

    Parameters
    ----------
    task : PartTask
        The part.
    """

    task: PartTask

    @property
    def assets(self) -> tuple[str, ...]:
        """Series of the part."""
        return _prices(self.task).of_part(self.task.number)

    def __call__(self) -> EventStudyResults:
        """Return the part as it is in memory."""
        return _measured(self.task)[0]


def _checked(events: Events, prices: StoredPrices, asked: Asked) -> tuple[tuple[str, ...], Asked]:
    """Return the assets of the study, and what is asked with nothing left to be chosen.

    Raises
    ------
    InvalidArgumentError
        When windows are to be shortened: by how much, no part knows.
    """
    options = asked.options
    if options.overlap == "shorten":
        raise InvalidArgumentError(
            'overlap is "shorten", which no part of a study can decide by itself. Write the '
            'shorter CAR windows in windows, or use overlap="merge", "drop" or "joint"'
        )
    names = pd.DataFrame(np.zeros((1, len(prices.assets))), pd.DatetimeIndex(["2000-01-03"]))
    panel = Returns(names.set_axis(list(prices.assets), axis=1))
    models = checked_models(events, panel, asked.model, asked.windows, options)
    across = pooled(len(models), options)
    average: Average = "across-assets" if across else "by-asset"
    engine = "moments" if options.engine == "auto" else options.engine
    model = models if isinstance(asked.model, Mapping) and "name" not in asked.model else None
    chosen = replace(options, average=average, engine=engine)
    one = model or next(iter(models.values()))
    return tuple(models), replace(asked, model=one, options=chosen)


def _numbers(prices: StoredPrices, assets: tuple[str, ...]) -> list[int]:
    """Return the parts that hold an asset to be studied."""
    studied = set(assets)
    return [n for n in range(prices.parts) if studied & set(prices.of_part(n))]


def _digest(events: Events, prices: StoredPrices, asked: Asked) -> str:
    """Return the digest of all that the parts depend on."""
    content = [ENGINE, prices.digest, digest_of_events(events), asked.as_json()]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _claimed(home: Path, digest: str) -> None:
    """Refuse a folder that holds another study, or other files."""
    if not home.is_dir() or not any(home.iterdir()):
        home.mkdir(parents=True, exist_ok=True)
        return
    cure = "Give another folder, or delete it."
    try:
        known = read_json(home / MARK, "a study in parts", cure, FORM)
    except InputError as error:
        raise OutputError(error.problems) from None
    if known.get("digest") != digest:
        problem = "holds another study: its events, prices, settings or version are not these"
        raise OutputError.of(str(home), problem, cure)
