"""What tests add up over episodes: declared first, then made in one pass over their days.

The residuals of many episodes are not stored. A test says what it needs of them (`BlockSum`);
`collect` makes the days of one block of episodes after the other, hands each block to all that
ask, and keeps the results for other windows and tests.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from itertools import chain, islice
from operator import add, call
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.arrays import Array
from eventstudy.executors import in_order, shared_zeros

if TYPE_CHECKING:
    from concurrent.futures import Executor

T = TypeVar("T")
R = TypeVar("R")


def added(parts: Iterable[T]) -> T:
    """Add what the blocks gave, in their order."""
    return reduce(add, parts)


def joined(parts: Iterable[Any]) -> Any:
    """Put the numbers of the episodes of all blocks after one another."""
    held = list(parts)
    return held[0] if len(held) == 1 else np.concatenate(held)


@dataclass(frozen=True)
class BlockSum(Generic[T]):
    """Something that is made of the days of episodes, block by block.

    Parameters
    ----------
    name : hashable
        What it is, with all that it depends on beside the episodes.
    of : callable
        Makes it of a block of episodes, or of one of the items of `over`.
    join : callable
        Makes one of what the blocks gave; `added` unless said otherwise.
    by_episode : bool
        Whether it is an array with a row for each episode, whatever the others are: a part of
        the episodes takes its rows.
    of_study : bool
        Whether it is made of the whole study, and kept there, whatever part of it asks.
    in_turn : bool
        Whether one process must see all blocks, one after the other.
    wide : bool
        Whether it needs few days of each episode, so that thousands are made at once.
    over : sequence, optional
        What it is made of where that is not the blocks of all episodes.
    """

    name: Hashable
    of: Callable[[Any], Any]
    join: Callable[[Iterable[Any]], T] = added
    by_episode: bool = False
    of_study: bool = False
    in_turn: bool = False
    wide: bool = False
    over: Sequence[Any] | None = None

    @property
    def shared(self) -> bool:
        """Whether a part of a study has it from the study."""
        return self.by_episode or self.of_study


def column(name: Hashable, of: Callable[[AbnormalReturns], Array]) -> BlockSum[Array]:
    """Return what has a row for each episode."""
    return BlockSum(name, of, joined, by_episode=True)


def wide_column(name: Hashable, of: Callable[..., Array]) -> BlockSum[Array]:
    """Return what `PlacedReturns.column` makes, to be made together with other sums."""
    return BlockSum(("column", name), of, joined, by_episode=True, wide=True)


def collect(abnormal: AbnormalReturns, *wanted: BlockSum[Any]) -> None:
    """Make all that is wanted of the days of episodes in one pass, and keep it.

    Parameters
    ----------
    abnormal : AbnormalReturns
        Episodes; what was made of them before is not made again.
    *wanted : BlockSum
        What tests declare.
    """
    whole = abnormal.whole
    if whole is not None:
        collect(whole[0], *(each for each in wanted if each.shared))
        wanted = tuple(each for each in wanted if not each.shared)
    missing = {each.name: each for each in wanted if not abnormal.has(each.name)}
    if not missing:
        return
    apart = [each for each in missing.values() if each.over is not None]
    of_blocks = [each for each in missing.values() if each.over is None]
    copies, in_turn = abnormal.copies, any(each.in_turn for each in of_blocks)
    columns = {} if copies is None or in_turn else _columns(abnormal, of_blocks, copies)
    tasks = [partial(each.of, item) for each in apart for item in each.over or ()]
    stretches = abnormal.stretches() if of_blocks else []
    blocks = [partial(_of_blocks, abnormal, of_blocks, columns, some) for some in stretches]
    made = in_order(copies, call, tasks if in_turn else [*tasks, *blocks])
    for each in apart:
        abnormal.keep(each.name, each.join(islice(made, len(each.over or ()))))
    of_stretches = [*made, *map(call, blocks if in_turn else [])]
    for each, parts in zip(of_blocks, zip(*of_stretches, strict=True), strict=False):
        if each.name not in columns:
            abnormal.keep(each.name, each.join(list(chain.from_iterable(parts))))
    for name, values in columns.items():
        abnormal.keep(name, values)


Columns = dict[Hashable, NDArray[Any]]
"""What has a row for each episode, by name, in memory that copies of this process write to."""


def _columns(
    abnormal: AbnormalReturns, wanted: Sequence[BlockSum[Any]], copies: Executor
) -> Columns:
    """Return columns that are still to be made, of the kind that one episode has."""
    one = next(iter(abnormal.blocks(slice(0, 1))))
    made = {each.name: each.of(one) for each in wanted if each.by_episode}
    size = len(abnormal.position)
    return {
        name: shared_zeros(copies, (size, *first.shape[1:]), first.dtype)
        for name, first in made.items()
    }


def _of_blocks(
    abnormal: AbnormalReturns, wanted: Sequence[BlockSum[Any]], columns: Columns, episodes: slice
) -> list[list[Any]]:
    """Return what is wanted of the blocks of some successive episodes; write columns."""
    made: dict[Hashable, list[Any]] = {each.name: [] for each in wanted}
    wide = [each for each in wanted if each.wide]
    narrow = [each for each in wanted if not each.wide]
    for those, blocks in ((narrow, abnormal.blocks), (wide, abnormal.pieces)):
        for block in blocks(episodes) if those else ():
            for each in those:
                made[each.name].append(each.of(block))
    for name, values in columns.items():
        np.copyto(values[episodes], joined(made[name]), casting="safe")
        made[name] = []
    return [made[each.name] for each in wanted]


def not_made() -> Any:
    """Say that something is not kept which `collect` has made."""
    raise AssertionError("collect makes what it takes")


def collected(abnormal: AbnormalReturns, wanted: BlockSum[T]) -> T:
    """Return something that is made of the days of episodes; it is made, and kept, once.

    What has a row for each episode is kept with the study, and a part takes its rows.
    """
    collect(abnormal, wanted)
    if abnormal.whole is not None and wanted.by_episode:
        study, rows = abnormal.whole
        column: Any = study.once(wanted.name, not_made)
        taken: T = column[rows]
        return taken
    made: T = abnormal.once(wanted.name, not_made)
    return made


def by_blocks(abnormal: AbnormalReturns, make: Callable[[AbnormalReturns], R]) -> R:
    """Make a record of arrays with a row for each episode, block by block; it is not kept.

    Parameters
    ----------
    abnormal : AbnormalReturns
        Episodes.
    make : callable
        Makes a dataclass of arrays of a block of them.
    """
    return joined_records([make(block) for block in abnormal.blocks()])


def joined_records(parts: Sequence[R]) -> R:
    """Put the columns of records of several blocks after one another.

    Parameters
    ----------
    parts : sequence
        Dataclasses of arrays, one for each block.
    """
    if len(parts) == 1:
        return parts[0]
    columns = {
        name: np.concatenate([vars(part)[name] for part in parts]) for name in vars(parts[0])
    }
    return type(parts[0])(**columns)


def column_totals(values: Array) -> Array:
    """Sum of each column over the rows that have a value, and how many have, shape (2, columns)."""
    known = np.isfinite(values)
    return np.stack([np.where(known, values, 0.0).sum(axis=0), known.sum(axis=0)])


def means_of(totals: Array) -> Array:
    """Mean of each column from `column_totals`; NaN where no row has a value."""
    total, count = totals
    mean: Array = np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)
    return mean
