"""Windows of event time in words."""

from __future__ import annotations

from eventstudy.words.catalogue import say
from eventstudy.words.numbers import signed


def window_phrase(window: tuple[int, int]) -> str:
    """Return a window as an adverbial, such as "on the day and the next"."""
    return _said(window, "on_day", "on_two", "on_days", "over")


def window_name(window: tuple[int, int]) -> str:
    """Return a window as a noun, such as "the day and the next"."""
    return _said(window, "the_day", "the_two", "the_days", "days")


def _said(window: tuple[int, int], day: str, two: str, days: str, other: str) -> str:
    """Return the text of a window: of day 0, of two days, of more from day 0 on, of any other."""
    start, end = window
    key = {(0, 0): day, (0, 1): two}.get((start, end), days if start == 0 else other)
    return say(f"answer.{key}", start=signed(start), end=signed(end), days=end)


def ordinary_spans(window: tuple[int, int]) -> str:
    """Return what a window is compared with, such as "ordinary two-day spans"."""
    days = window[1] - window[0] + 1
    return say(f"spans.ordinary_{days}" if days < 3 else "spans.ordinary", days=days)
