"""How a text is encoded: by its mark, as UTF-8, else by the words that an encoding makes of it."""

from __future__ import annotations

import re
from typing import NamedTuple

from eventstudy.tables.understood import TableError, Understood, option_line

MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
EIGHT_BITS = ("cp1252", "cp1251", "cp1250", "cp1253", "cp1254", "koi8-r", "cp866", "mac-roman")
"""Encodings that are tried, each with one byte a letter."""
WINDOWS = 5
"""How many of these are the code pages of Windows, which agree on signs."""
NEAR = 0.02
"""Shares of sensible words that differ by less are alike."""
LEAST = 0.8
"""Part of letters beyond ASCII in sensible words below which no encoding is believed."""
FEWER = 0.75
"""Part of the letters of the best encoding below which another one makes signs of letters."""

_WORD = re.compile(r"[^\W\d_]+[^\s\w,;.:|()\"'/%+-]*[^\W\d_]*")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_GREEK = re.compile(r"[\u0370-\u03ff]")
_SIGNS = "€£§°±²³«»–—‘’“”„…№\u00a0\u202f"
_ACCENTED = "άέήίόύώΆΈΉΊΌΎΏ"
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")


class Decoded(NamedTuple):
    """A text, the name of its encoding, and what is to be said of it."""

    text: str
    encoding: str
    notes: tuple[Understood, ...]


def decoded(source: str, content: bytes, encoding: str = "") -> Decoded:
    """Return the text of a content.

    Parameters
    ----------
    source : str
        Path of the file, for errors.
    content : bytes
        What the file holds.
    encoding : str
        Its encoding; empty = worked out from the whole content.

    Returns
    -------
    Decoded

    Raises
    ------
    TableError
        When there is no such encoding, it does not fit, or two fit equally well.
    """
    if encoding:
        return Decoded(_as_asked(source, content, encoding), encoding, ())
    for mark, name in MARKS:
        if content.startswith(mark):
            text = _as_asked(source, content[len(mark) :], name)
            return Decoded(text, name, _said(name) if name != "utf-8" else ())
    if name := _two_bytes(content):
        return Decoded(_as_asked(source, content, name), name, _said(name))
    try:
        return Decoded(content.decode("utf-8"), "utf-8", ())
    except UnicodeDecodeError:
        text, name = _eight_bits(source, content)
        return Decoded(text, name, _said(name))


def _said(name: str) -> tuple[Understood, ...]:
    option = option_line("encoding", name)
    return (Understood("encoding", f"the text is encoded as {name}", option),)


def _as_asked(source: str, content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except LookupError:
        cure = 'Write one such as "utf-8", "cp1251" or "utf-16".'
        raise _error(source, encoding, "there is no such encoding", cure) from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"the text is not {encoding}: line {line}"
        cure = "Leave the option encoding out: it is worked out, and said."
        raise _error(source, encoding, message, cure) from None


def _error(source: str, value: str, message: str, cure: str) -> TableError:
    return TableError.of(source, message, cure, field="encoding", value=value)


def _two_bytes(content: bytes) -> str:
    """Return UTF-16 without a mark, which leaves every other byte of Latin text empty."""
    part = content[:4096]
    even, odd = part[::2].count(0), part[1::2].count(0)
    if len(part) < 4 or max(even, odd) < len(part) * 0.2 or min(even, odd) > len(part) * 0.02:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _eight_bits(source: str, content: bytes) -> tuple[str, str]:
    """Return the text in the encoding that makes the most sensible words of it."""
    tried: list[tuple[float, int, str, str]] = []
    for place, name in enumerate(EIGHT_BITS):
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        sensible, beyond = _sensible_letters(text)
        if beyond or place < WINDOWS:
            tried.append((sensible / beyond if beyond else 1.0, sensible, name, text))
    best = max((share for share, *_ in tried), default=0.0)
    likely = [trial for trial in tried if trial[0] > best - NEAR]
    most = max((count for _, count, *_ in likely), default=0)
    good = [(name, text) for _, count, name, text in likely if count >= FEWER * most]
    different = {text: name for name, text in reversed(good)}
    if best < LEAST or not good:
        cure = "Save it as UTF-8, or name its encoding with the option encoding."
        raise _error(source, "", "the encoding of the text cannot be told", cure)
    if len(different) > 1:
        names = list(different.values())[::-1]
        lines = " or ".join(
            f"{option_line('encoding', name)} ({_sample(text)})" for text, name in different.items()
        )
        message = f"the text may be encoded as {' or as '.join(names)}"
        raise _error(source, "", message, f"Write {lines}.")
    return good[0][1], good[0][0]


def _sensible_letters(text: str) -> tuple[int, int]:
    """Count characters beyond ASCII: those in sensible words, and all but usual signs."""
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    beyond = sum(not letter.isascii() and letter not in _SIGNS for letter in text)
    sensible = sum(
        sum(not letter.isascii() for letter in word) for word in words if _sensible(word)
    )
    return sensible, beyond


def _sample(text: str) -> str:
    """Return the first word that has other letters than those of ASCII."""
    return next((word for word in _WORD.findall(text) if not word.isascii()), "")


def _sensible(word: str) -> bool:
    """Whether letters make a word: one script, one manner of case, and not accents alone."""
    letters = [letter for letter in word if letter.isalpha()]
    scripts = [pattern for pattern in (_CYRILLIC, _GREEK, _LATIN) if pattern.search(word)]
    if len(letters) != len(word) or len(scripts) != 1:
        return False
    if not all(scripts[0].fullmatch(letter) for letter in letters):
        return False
    if scripts[0] is _GREEK and word != word.upper():
        return sum(letter in _ACCENTED for letter in letters) == 1
    accented = sum(not letter.isascii() for letter in letters)
    if scripts[0] is _LATIN and len(word) > 1 and accented > 0.8 * len(letters):
        return False
    rest = word[1:]
    return rest == rest.lower() or word == word.upper()
