"""Work in several processes: handed out in blocks that the data set, taken back in their order.

Nothing here decides how work is cut: blocks come from the data, so the same study gives the same
bits with any executor and any number of workers. A lost task is not tried again: an executor that
retries (dask) does, and a pool of processes says that one of them ended.
"""

from __future__ import annotations

import gc
import math
import os
import pickle
import signal
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from mmap import mmap
from threading import Thread, current_thread, get_ident, main_thread
from typing import TYPE_CHECKING, Any, TypeVar

from eventstudy.errors import InvalidArgumentError, WorkerLostError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from threadpoolctl import threadpool_limits

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 64
"""Tasks that are handed out before the first of them is taken back: results are held so long."""
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""What says how many threads linear algebra uses; processes side by side use one each."""


def in_order(
    executor: Executor | None, work: Callable[[T], R], items: Iterable[T], ahead: int = AHEAD
) -> Iterator[R]:
    """Yield what some work gives for each item, in the order of the items.

    Parameters
    ----------
    executor : Executor or None
        What does the work; None = this process.
    work : callable
        A function of a module, so that other processes can import it.
    items : iterable
        What it is given, one at a time.
    ahead : int
        Items that are handed out at once.

    Yields
    ------
    object
        The result of each item.

    Raises
    ------
    WorkerLostError
        When a process of the executor ended, and the executor does not try again.
    """
    if executor is None:
        yield from map(work, items)
    elif isinstance(executor, Forks):
        yield from executor.in_order(work, list(items), ahead)
    else:
        check_executor(executor)
        yield from _in_order(executor, work, items, ahead)


def _in_order(
    executor: Executor, work: Callable[[T], R], items: Iterable[T], ahead: int
) -> Iterator[R]:
    """Hand out items, so many at once, and take what is made of them back in their order."""
    waiting: deque[Future[R]] = deque()
    try:
        for item in items:
            waiting.append(executor.submit(work, item))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenExecutor as error:
        raise WorkerLostError(
            f"a process that worked on the study ended ({error}). Look whether memory ran out "
            "(fewer processes need less) or the script starts work outside of "
            '`if __name__ == "__main__":`. Run it again: what is whole is not made again.'
        ) from error
    finally:
        for future in waiting:
            future.cancel()


def check_executor(executor: object) -> None:
    """Refuse what cannot be given work.

    Raises
    ------
    InvalidArgumentError
        When it is no executor.
    """
    if not hasattr(executor, "submit"):
        raise InvalidArgumentError(
            f"executor is {executor!r:.60}; give a concurrent.futures.Executor, such as "
            "ProcessPoolExecutor(2), or client.get_executor() of dask.distributed"
        )


@dataclass(frozen=True)
class Sent:
    """Something that many tasks need: pickled once, and made again once in each process.

    Parameters
    ----------
    content : bytes
        What `pickle` made of it.
    """

    content: bytes

    @classmethod
    def of(cls, thing: object) -> Sent:
        """Return something as it is sent."""
        return cls(pickle.dumps(thing, protocol=5))

    def get(self) -> Any:
        """Return it as it arrived; every thread has one of its own."""
        return _arrived(self.content, get_ident())


@dataclass(frozen=True)
class Here:
    """The same as `Sent` of what stays in this process.

    Parameters
    ----------
    thing : object
        What many tasks need.
    """

    thing: Any

    def get(self) -> Any:
        """Return it."""
        return self.thing


def carried(executor: Executor | None, thing: object) -> Sent | Here:
    """Return something as tasks carry it: pickled, where a process has to be sent it."""
    here = executor is None or isinstance(executor, Forks)
    return Here(thing) if here else Sent.of(thing)


@lru_cache(maxsize=4)
def _arrived(content: bytes, _thread: int) -> Any:
    return pickle.loads(content)  # noqa: S301  sent by the process that runs the study


def cores() -> int:
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _begin() -> None:
    """Begin a process of the pool: ^C is for the one that started it, with which it ends."""
    from multiprocessing import parent_process

    gc.freeze()  # what a copy has inherited is not looked at, and stays shared
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    _limit_threads()  # a copy has those of the run
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()


def _limit_threads() -> threadpool_limits:
    """Let linear algebra use the threads that the environment says; until it is taken back."""
    from threadpoolctl import threadpool_limits

    threads = os.environ.get(THREADS[0], "1")
    return threadpool_limits(int(threads) if threads.isdecimal() else 1)


SIGNALS = {signal.SIGINT, signal.SIGTERM}
"""What ends a run; held back while a pool is made."""


@contextmanager
def _held_back() -> Iterator[None]:
    """Hold signals back: half a pool could not be ended, and a process that begins knows none."""
    if not hasattr(signal, "pthread_sigmask") or current_thread() is not main_thread():
        yield
        return
    arrived: list[int] = []
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # processes inherit it
    before = {each: signal.getsignal(each) or signal.SIG_DFL for each in SIGNALS}
    for each in SIGNALS:
        signal.signal(each, lambda number, _: arrived.append(number))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for each, handler in before.items():
            signal.signal(each, handler)
    for number in arrived[:1]:
        signal.raise_signal(number)


class Forks(Executor):
    """Processes that are copies of this one, made anew for each piece of work.

    They have what this process has imported and holds: to begin takes 0.02 s where a new one
    imports for seconds, and tasks may refer to anything, as nothing is sent to them. Only what
    they make comes back. Linux alone, and only for a process whose own threads are idle.

    Parameters
    ----------
    jobs : int
        Processes.
    """

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    def in_order(self, work: Callable[[T], R], items: list[T], ahead: int) -> Iterator[R]:
        """Yield what some work gives for each item, in the order of the items."""
        if len(items) < 2 or inherited:  # the latter: in a process of the pool
            yield from map(work, items)
            return
        place = len(inherited)
        inherited.append((work, items))
        try:
            with _held_back():
                pool = _pool(min(self.jobs, len(items)), "fork")
        finally:
            inherited.pop()
        try:
            yield from _in_order(pool, partial(_of_inherited, place), range(len(items)), ahead)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


inherited: list[tuple[Callable[[Any], Any], list[Any]]] = []
"""Work and items that a process begins with as a copy of this one."""


def _of_inherited(place: int, item: int) -> Any:
    work, items = inherited[place]
    return work(items[item])


def shared_zeros(executor: Executor | None, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    """Return an array of zeros; what copies of this process write is in it here too.

    Parameters
    ----------
    executor : Executor or None
        What does the work.
    shape : tuple of int
        Its shape.
    dtype : dtype
        Its type.
    """
    import numpy as np

    if not isinstance(executor, Forks):
        return np.zeros(shape, dtype)
    count = math.prod(shape)
    memory = mmap(-1, max(count * np.dtype(dtype).itemsize, 1))  # shared with what is forked
    return np.frombuffer(memory, dtype, count).reshape(shape)


def copies(executor: Executor | None) -> Forks | None:
    """Return what does the work if it has all that this process holds, as `Forks` do.

    Others would have to be sent a whole panel of prices, which takes longer than they save.
    """
    return executor if isinstance(executor, Forks) else None


def ranges(count: int, step: int) -> list[slice]:
    """Cut so many places into successive ones of a step, which the data set."""
    return [slice(first, min(first + step, count)) for first in range(0, count, step)]


def forks() -> bool:
    """Whether processes of a pool are copies of this one; elsewhere they are started anew."""
    return sys.platform == "linux"


@contextmanager
def processes(jobs: int, say: Callable[[str], object] = warnings.warn) -> Iterator[Executor | None]:
    """Yield an executor of so many processes, with one thread of linear algebra each.

    On Linux they are copies of this process, made anew for each piece of work: to begin takes
    0.02 s, nothing is sent to them, and large studies in memory are measured and tested in them.
    Elsewhere they are started anew. Linear algebra of this process has one thread meanwhile, too:
    OpenBLAS ends its threads before a process is copied, and a product of several threads, in
    another thread of this process, would wait for them for ever.

    Parameters
    ----------
    jobs : int
        Processes; of one there is no executor.
    say : callable
        Is told where the system has no way for processes to wait for one another: there is no
        executor then.

    Yields
    ------
    Executor or None
        For every argument `executor`.

    Raises
    ------
    InvalidArgumentError
        When `jobs` is not positive.

    Examples
    --------
    >>> with processes(2) as pool:
    ...     list(in_order(pool, abs, [-1, 2, -3]))
    [1, 2, 3]
    """
    if jobs < 1:
        raise InvalidArgumentError(f"jobs is {jobs!r}; write how many processes, such as 2")
    if jobs < 2:
        yield None
        return
    before = {name: os.environ.get(name) for name in THREADS}
    for name in THREADS:
        os.environ.setdefault(name, "1")  # a process that is started reads it before numpy
    pool, limited = None, _limit_threads()
    try:
        try:
            pool = _executor(jobs)
        except (OSError, ImportError, NotImplementedError) as error:
            say(
                "one process does all the work: this system has no semaphores for several "
                f"({error}). Mount /dev/shm to have them, or ask for one process (--jobs 1)"
            )
        yield pool
    finally:
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
        if sys.exc_info()[0] is KeyboardInterrupt:
            gc.collect()  # locks are given back: whoever ends at once after ^C does not do it
        limited.restore_original_limits()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)


def _executor(jobs: int) -> Executor:
    """Return what makes processes here."""
    if forks():
        from multiprocessing import get_context

        get_context("fork").Lock()  # OSError where there is no semaphore
        return Forks(jobs)
    from multiprocessing.resource_tracker import ensure_running

    ensure_running()  # when it begins, it lets the signals in again that are held back
    with _held_back():
        return _pool(jobs, "spawn")


def _pool(jobs: int, begun: str) -> Executor:
    """Return a pool whose processes have begun."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(jobs, get_context(begun), _begin)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # idle threads of pyarrow, not ours
        for _ in range(jobs):
            pool.submit(os.getpid)  # starts a process, or all of them
    return pool
