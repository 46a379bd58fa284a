"""Windows of event time in words."""

from __future__ import annotations

from eventstudy.words.catalogue import say
from eventstudy.words.numbers import signed


def window_phrase(window: tuple[int, int]) -> str:
    """Return a window as an adverbial, such as "on the day and the next"."""
    start, end = window
    key = {(0, 0): "on_day", (0, 1): "on_two"}.get((start, end))
    if key is None:
        key = "on_days" if start == 0 else "over"
    return say(f"answer.{key}", start=signed(start), end=signed(end), days=end)


def window_name(window: tuple[int, int]) -> str:
    """Return a window as a noun, such as "the day and the next"."""
    key = {(0, 0): "the_day", (0, 1): "the_two"}.get(window)
    if key is None:
        key = "the_days" if window[0] == 0 else "days"
    return say(f"answer.{key}", start=signed(window[0]), end=signed(window[1]), days=window[1])


def ordinary_spans(window: tuple[int, int]) -> str:
    """Return what a window is compared with, such as "ordinary two-day spans"."""
    days = window[1] - window[0] + 1
    return say(f"spans.ordinary_{days}" if days < 3 else "spans.ordinary", days=days)
