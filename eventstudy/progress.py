"""How far a run is, in one line with an estimate: on a terminal and in a notebook."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

Say = Callable[[int, int], None]
"""Is told how much of a stage is done, and of how much."""
Progress = Say | bool | None
"""What a user gives: a function that is told, True for a bar, nothing for silence."""

WIDTH = 24
"""Signs of the bar itself."""
REFRESH = 0.1
"""Seconds between two lines."""
SETTLED = 2.0
"""Seconds from which the time that is left is told: before that it would jump."""
SOME = 0.05
"""Share of the whole from which it is told: what was loaded before counts as none of it."""


class Bar:
    """One bar for all stages of a run: it never goes back.

    Parameters
    ----------
    stages : mapping of str to float
        What is done one after the other, and how long each takes beside the others.
    show : callable
        Shows a line in the place of the one before; an empty one takes it away.
    clock : callable
        Seconds that have passed.

    Examples
    --------
    >>> bar = Bar({"placebo dates": 1, "pages": 3}, print, clock=iter([0, 0, 6]).__next__)
    >>> bar.stage("placebo dates")(200, 400)
    placebo dates  [===.....................]  12 %
    >>> bar.stage("pages")(1, 3)
    pages  [============............]  50 %  7 s left
    """

    def __init__(
        self,
        stages: Mapping[str, float],
        show: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        total = sum(stages.values())
        self._weights = {name: weight / total for name, weight in stages.items()}
        self._show, self._clock = show, clock
        self._begun = clock()
        self._shown = float("-inf")
        self._share = 0.0

    def begin(self) -> None:
        """Show the bar before anything is done."""
        self._tell(next(iter(self._weights)))

    def stage(self, name: str) -> Say:
        """Return what is told how far a stage is; the stages before it are then done."""
        names = list(self._weights)
        before = sum(self._weights[other] for other in names[: names.index(name)])

        def say(done: int, total: int) -> None:
            share = before + self._weights[name] * (done / total if total else 1.0)
            self._share = max(self._share, min(share, 1.0))
            self._tell(name)

        return say

    def clear(self) -> None:
        """Take the line away, so that something else can be said."""
        self._show("")
        self._shown = float("-inf")

    def _tell(self, name: str) -> None:
        now = self._clock()
        if now - self._shown >= REFRESH or self._share >= 1:
            self._shown = now
            self._show(f"{name}  {drawn(self._share)}{self._left(now - self._begun)}")

    def _left(self, passed: float) -> str:
        """Say how long it will go on as it went so far."""
        if passed < SETTLED or not SOME <= self._share < 1:
            return ""
        return f"  {duration(passed * (1 - self._share) / self._share)} left"


def drawn(share: float) -> str:
    """Return a bar with its percentage, rounded down: 100 % is the end."""
    filled = int(WIDTH * share + 1e-9)
    return f"[{'=' * filled}{'.' * (WIDTH - filled)}] {int(100 * share + 1e-9):3d} %"


def duration(seconds: float) -> str:
    """Return a time that is left, in seconds below two minutes.

    Examples
    --------
    >>> duration(7.2), duration(200)
    ('8 s', '4 min')
    """
    return f"{int(seconds) + 1} s" if seconds < 120 else f"{int(seconds / 60) + 1} min"


def on_terminal(line: str) -> None:
    """Show a line on the standard error in the place of the one before."""
    columns = shutil.get_terminal_size().columns
    sys.stderr.write(f"\r\x1b[K{line[: columns - 1]}")
    sys.stderr.flush()


def _in_notebook() -> Callable[[str], None] | None:
    """Return what shows a line in the output of a notebook's cell, where the last one stays.

    None elsewhere.
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if not hasattr(shell, "kernel"):
        return None
    import IPython.display

    display: Any = IPython.display.display
    handle: Any = None

    def show(line: str) -> None:
        nonlocal handle
        if not line:
            return
        content = {"text/plain": line}
        if handle is None:
            handle = display(content, raw=True, display_id=True)
        else:
            handle.update(content, raw=True)

    return show


def screen() -> Callable[[str], None] | None:
    """Return what shows lines here: a notebook's cell, a terminal; None where neither is."""
    if (show := _in_notebook()) is not None:
        return show
    terminal = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    return on_terminal if terminal else None


def silent(_done: int, _total: int) -> None:
    """Tell nobody how far a stage is."""


@contextmanager
def one_bar(stages: Mapping[str, float]) -> Iterator[Bar]:
    """Yield a bar that is taken away at the end; it shows nothing where nobody looks.

    Parameters
    ----------
    stages : mapping of str to float
        As for `Bar`.
    """
    bar = Bar(stages, screen() or (lambda _line: None))
    try:
        yield bar
    finally:
        bar.clear()


@contextmanager
def shown(progress: Progress, what: str) -> Iterator[Say]:
    """Yield what is told how far some work is.

    Parameters
    ----------
    progress : callable or bool, optional
        What the user gave.
    what : str
        What is done, in words.
    """
    if progress is True:
        with one_bar({what: 1.0}) as bar:
            yield bar.stage(what)
    else:
        yield progress if callable(progress) else silent
