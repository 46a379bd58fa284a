"""Fetching from live sources: when to try again, how long to wait, when to give up."""

from __future__ import annotations

import datetime as dt
import queue
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from eventstudy.errors import (
    InvalidArgumentError,
    NoPricesError,
    NoSuchSymbolError,
    PriceDataError,
    PriceError,
    RateLimitedError,
    UnreachableError,
)
from eventstudy.prices.network.delivered_rows import checked
from eventstudy.prices.source import LiveSource, PriceSeries

T = TypeVar("T")

_CURES: tuple[tuple[type[PriceError], str], ...] = (
    (RateLimitedError, "Wait some minutes, and ask for fewer series at once"),
    (UnreachableError, "Check the connection, and try again later"),
    (NoSuchSymbolError, "Check the symbol"),
    (NoPricesError, "Check the symbol and the span"),
    (PriceDataError, "Nothing of it is used; try again later, or use another source"),
)


class Paced(Protocol):
    """A live source, of prices or of bars, as far as asking it goes."""

    name: str
    pause: float


class Pace:
    """Keeps requests to one source apart, whichever thread makes them."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, source: Paced, policy: Policy) -> None:
        """Sleep until the source may be asked again, and count this request."""
        with self._lock:
            now = policy.clock()
            due = max(now, self._next.get(source.name, now))
            self._next[source.name] = due + source.pause
        if due > now:
            policy.sleep(due - now)


@dataclass(frozen=True)
class Policy:
    """How often and how long a source is asked.

    Parameters
    ----------
    attempts : int
        Most attempts for one series.
    first_wait : float
        Longest wait after the first failed attempt, in seconds; it doubles each time. The
        wait itself is a random part of it, so that many users do not come back at once.
    longest_wait : float
        What the doubling stops at.
    deadline : float
        Seconds for one series, all attempts and waits together.
    attempt : float
        Seconds for one attempt.
    clock, sleep, random : callable
        Seconds that only grow; how to wait; a number from 0 to 1.
    pace : Pace
        Keeps requests to one source apart.
    """

    attempts: int = 4
    first_wait: float = 2.0
    longest_wait: float = 30.0
    deadline: float = 180.0
    attempt: float = 100.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random
    pace: Pace = field(default_factory=Pace)

    def wait(self, attempt: int, error: PriceError) -> float:
        """Return the seconds to wait after an attempt has failed."""
        most: float = min(self.longest_wait, self.first_wait * 2.0 ** (attempt - 1))
        jitter = self.random() * most
        return jitter + (error.retry_after or 0.0)


POLICY = Policy()
"""The policy of ordinary runs."""


def fetch(
    source: LiveSource,
    symbol: str,
    options: Mapping[str, object],
    start: dt.date,
    end: dt.date,
    policy: Policy = POLICY,
) -> PriceSeries:
    """Fetch a span of sessions, both ends included.

    Parameters
    ----------
    source : LiveSource
        Where from.
    symbol : str
        The source's name of the series.
    options : mapping of str to object
        The source's options.
    start, end : datetime.date
        First and last session wanted.
    policy : Policy
        How often and how long to ask.

    Returns
    -------
    PriceSeries
        Sessions ascending, unique and inside the span; closes finite and greater than zero.

    Raises
    ------
    PriceError
        One of its children. The text names the source, the symbol, how often it was asked
        and what to do.
    InvalidArgumentError
        When the span ends before it starts, or an option cannot be used.
    """
    source.check(symbol, options)
    if end < start:
        raise InvalidArgumentError(f"the span ends on {end}, before it starts on {start}")

    def ask() -> PriceSeries:
        return checked(source.fetch(symbol, options, start, end), start, end)

    return with_retries(source, symbol, ask, policy)


def with_retries(source: Paced, symbol: str, ask: Callable[[], T], policy: Policy) -> T:
    """Return what a source answers, which is asked again where that may help.

    Parameters
    ----------
    source : Paced
        Whom.
    symbol : str
        Its name of the series.
    ask : callable
        Asks once, and checks the answer.
    policy : Policy
        How often and how long to ask.

    Raises
    ------
    PriceError
        One of its children. The text names the source, the symbol, how often it was asked
        and what to do.
    """
    begun, attempt = policy.clock(), 0
    while True:
        attempt += 1
        policy.pace.wait(source, policy)
        left = policy.deadline - (policy.clock() - begun)
        try:
            return _attempt(source, ask, policy, left)
        except PriceError as error:
            wait = policy.wait(attempt, error)
            late = policy.clock() - begun + wait >= policy.deadline
            if not error.retryable or attempt >= policy.attempts or late:
                raise _explained(error, source, symbol, attempt, wait if late else 0.0) from error
            policy.sleep(wait)


def _attempt(source: Paced, ask: Callable[[], T], policy: Policy, left: float) -> T:
    """Ask once, in a thread that is abandoned when it does not answer in time."""
    answers: queue.SimpleQueue[T | BaseException] = queue.SimpleQueue()

    def answered() -> None:
        try:
            answers.put(ask())
        except BaseException as error:  # handed over and raised by the thread that waits
            answers.put(error)

    seconds = min(policy.attempt, left)
    if seconds <= 0:
        raise UnreachableError(f"its turn did not come within {policy.deadline:g} seconds")
    threading.Thread(target=answered, name=f"fetch {source.name}", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise UnreachableError(f"no complete answer within {seconds:g} seconds") from None
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _explained(
    error: PriceError, source: Paced, symbol: str, attempts: int, wait: float
) -> PriceError:
    """Return the error with the source, the symbol, the number of attempts and what to do."""
    times = "" if attempts == 1 else f" ({attempts} attempts)"
    cure = next((text for kind, text in _CURES if isinstance(error, kind)), "")
    if error.retry_after and wait:
        cure = f"It asks to wait {error.retry_after:.0f} seconds; try again then"
    explained = type(error)(f"{source.name} {symbol}: {error}{times}. {cure}")
    explained.retryable, explained.retry_after = error.retryable, error.retry_after
    return explained
