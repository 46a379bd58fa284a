"""Windows in a reader's words: that day and the next, ordinary two-day spans."""

from __future__ import annotations

from eventstudy.words.catalogue import say
from eventstudy.words.numbers import signed


def window_span(start: int, end: int) -> str:
    """Return a window as one would say it, such as "that day and the next"."""
    if start == 0 and end < 2:
        return say("spans.day" if end == 0 else "spans.day_and_next")
    if start == 0:
        return say("spans.day_and_more", more=end)
    return say("spans.between", start=signed(start), end=signed(end))


def ordinary_spans(start: int, end: int) -> str:
    """Return what a window is compared with, such as "ordinary two-day spans"."""
    days = end - start + 1
    return say(f"spans.ordinary_{days}" if days < 3 else "spans.ordinary", days=days)
