"""What names of columns mean, in the languages that tables are written in."""

from __future__ import annotations

import re
import unicodedata

from eventstudy.parsing import packaged_toml

EVENTS: dict[str, str] = packaged_toml("tables/words.toml")["events"]
"""Names that stand for a standard column of events, in lower case with underscores."""
PRICES: dict[str, str] = packaged_toml("tables/words.toml")["prices"]
"""Names that stand for what a price table holds."""


def folded(name: str) -> str:
    """Return a name as it is compared: lower case, underscores for what separates words."""
    plain = unicodedata.normalize("NFC", name).casefold().strip().strip("<>*[]\"'")
    return re.sub(r"[\s\-–—]+", "_", plain).strip("_")


def _index(names: dict[str, str]) -> dict[str, str]:
    return {
        folded(synonym): standard
        for standard, synonyms in names.items()
        for synonym in synonyms.split()
    }


_EVENTS, _PRICES = _index(EVENTS), _index(PRICES)


def same_name(name: str, known: tuple[str, ...]) -> str:
    """Return the known column whose name differs only by case, blanks or plural; else empty."""
    plain = folded(name).replace("_", "")
    for column in known:
        bare = column.replace("_", "")
        if plain in (bare, f"{bare}s", bare.removesuffix("s")):
            return column
    return ""


def event_column(name: str) -> str:
    """Return the standard column of events that a name means; empty when none."""
    plain = folded(name)
    if plain not in EVENTS and plain not in _EVENTS:
        plain = re.sub(r"_?\([^()]*\)$", "", plain)  # "Time (ET)"
    return plain if plain in EVENTS else _EVENTS.get(plain, "")


def price_column(name: str) -> str:
    """Return what a column of a price table holds by its name; empty when that is not known."""
    plain = folded(name)
    return _PRICES.get(plain, "") or _PRICES.get(re.sub(r"_\(.*\)$|_[a-z]{3}$", "", plain), "")
