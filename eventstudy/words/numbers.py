"""How numbers are written, wherever one is shown: signs, per cent, counts, windows, dates.

Only the standard library is needed: the commands that read a log import no pandas for it.
"""

from __future__ import annotations

import datetime as dt
import math

NONE = "—"
"""What is written where there is no number."""


def missing(value: float | None) -> bool:
    """Whether there is no number: None or NaN."""
    return value is None or value != value


def minus(text: str) -> str:
    """Return a written number with a true minus sign in place of each hyphen."""
    return text.replace("-", "−")


def number(value: float, digits: int = 3) -> str:
    """Return a number such as −1,234.500; an em dash for none."""
    return NONE if missing(value) else minus(f"{value:,.{digits}f}")


def percent(value: float | None, digits: int = 2) -> str:
    """Return a fraction as a percentage with its sign, such as −2.74 %; an em dash for none."""
    if value is None or missing(value):
        return NONE
    return minus(f"{100 * value:+.{digits}f} %")


def size(value: float, digits: int = 2) -> str:
    """Return a fraction in per cent without a plus sign, such as 2.74 %; an em dash for none."""
    return NONE if missing(value) else f"{100 * value:.{digits}f} %"


def share(value: float) -> str:
    """Return a fraction as whole per cent, such as 45 %; an em dash for none."""
    return size(value, 0)


def level(value: float) -> str:
    """Return a level of confidence, such as 95 % or 99.5 %."""
    return f"{100 * value:g} %"


def interval(low: float, high: float) -> str:
    """Return an interval of fractions in per cent; an em dash where there is none."""
    if missing(low) or missing(high):
        return NONE
    if math.isinf(low) or math.isinf(high):
        return "no bound"
    return f"{percent(low)} … {percent(high)}"


def p_value(value: float) -> str:
    """Return a p-value with three decimals, or as a bound; an em dash for none."""
    if missing(value):
        return NONE
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def noun(number: int, one: str, many: str = "") -> str:
    """Return a noun in the number that a count asks for; `many` where it is not `one` with an s."""
    return one if number == 1 else many or f"{one}s"


def plural(number: int, one: str, many: str = "") -> str:
    """Return a count with its noun, such as 1 event or 2,000 events."""
    return f"{number:,} {noun(number, one, many)}"


def count(number: int, one: str, many: str = "") -> str:
    """Return a count with its noun, its digits not grouped, such as 2000 events."""
    return f"{number} {noun(number, one, many)}"


def signed(day: int) -> str:
    """Return a day of event time, such as −1, 0 or +1."""
    return minus(f"{day:+d}") if day else "0"


def window_words(start: int, end: int) -> str:
    """Return a window of event time such as [0, +1]."""
    return f"[{signed(start)}, {signed(end)}]"


def date(day: dt.date) -> str:
    """Return a date such as 13 Jan 2022."""
    return f"{day.day} {day:%b %Y}"


def short_date(day: dt.date) -> str:
    """Return a date without its year, such as 3 Jan."""
    return f"{day.day} {day:%b}"


def weekday_date(day: dt.date) -> str:
    """Return a date such as Thu 13 Jan 2022."""
    return f"{day:%a} {day.day} {day:%b %Y}"
