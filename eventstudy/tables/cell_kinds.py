"""What a cell alone looks like: missing, a number, a date; without a word on its order."""

from __future__ import annotations

import re
from functools import lru_cache

from eventstudy.parsing import packaged_toml

MISSING = frozenset(packaged_toml("tables/words.toml")["missing"]["words"])
"""Cells that say that there is nothing, in lower case."""

CURRENCY = r"[$€£¥₽₹₩₺₴]|USD|EUR|RUB|GBP|CHF|руб\.?"
SPACES = "\u0020\u00a0\u202f\u2009"
NUMBER = re.compile(
    rf"\(?[+\-\u2212\u2013]?(?:{CURRENCY})?[{SPACES}]?[+\-\u2212]?"
    rf"(?:[0-9][0-9.,'’{SPACES}]*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?"
    rf"[{SPACES}]?(?:%|{CURRENCY}|[KMBkmbТтМм](?:лн|рд)?)?\)?"
)
DATE = re.compile(
    r"(?:[^\W\d_]{2,12}\.?,? ?)?(?:[0-9]{4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,2}"
    r"|[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ](?:[0-9]{4}|[0-9]{2})"
    r"|[0-9]{1,2}(?:st|nd|rd|th)?[. -]{0,2}[^\W\d_]{3,10}\.?,?[ -]?(?:[0-9]{4}|[0-9]{2})"
    r"|[^\W\d_]{3,10}\.? ?[0-9]{1,2}(?:st|nd|rd|th)?,? ?[0-9]{4}"
    r"|1[0-9]{9}(?:000)?|(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]))"
    r"(?: г\.?)?(?:[T ,]+[0-9]{1,2}[:.h][0-9]{2}.*)?",
    re.IGNORECASE,
)


@lru_cache(100_000)
def is_missing(text: str) -> bool:
    """Whether a cell says that there is nothing."""
    return text.strip().casefold() in MISSING


@lru_cache(100_000)
def is_number(text: str) -> bool:
    """Whether a cell is written as a number, in whatever manner."""
    return bool(NUMBER.fullmatch(text.strip()))


@lru_cache(100_000)
def is_date(text: str) -> bool:
    """Whether a cell is written as a date, with or without a time of day."""
    return bool(DATE.fullmatch(text.strip()))


def is_value(text: str) -> bool:
    """Whether a cell is a number or a date, so that its row is no header."""
    return is_number(text) or is_date(text)
