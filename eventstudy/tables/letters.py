"""Words in Latin letters, alike on every machine: for ids."""

from __future__ import annotations

import unicodedata

_CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґўј",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "e",
            "zh",
            "z",
            "i",
            "y",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ts",
            "ch",
            "sh",
            "shch",
            "",
            "y",
            "",
            "e",
            "yu",
            "ya",
            "i",
            "i",
            "e",
            "g",
            "u",
            "j",
        ],
        strict=True,
    )
)
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        [
            "a",
            "v",
            "g",
            "d",
            "e",
            "z",
            "i",
            "th",
            "i",
            "k",
            "l",
            "m",
            "n",
            "x",
            "o",
            "p",
            "r",
            "s",
            "s",
            "t",
            "y",
            "f",
            "ch",
            "ps",
            "o",
        ],
        strict=True,
    )
)
_LATIN = {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th"}
_LATIN |= {"ı": "i", "ä": "ae", "ö": "oe", "ü": "ue"}
_LETTERS = _CYRILLIC | _GREEK | _LATIN


def latin(text: str) -> str:
    """Return a text in lower-case Latin letters.

    Cyrillic, Greek and European letters are written by a table of this module; other scripts
    by the package anyascii, where it is installed.

    Raises
    ------
    ImportError
        When a script needs the package and it is not there.
    """
    composed = unicodedata.normalize("NFC", text).casefold()
    return "".join(_one(letter) for letter in composed)


def _one(letter: str) -> str:
    if letter.isascii():
        return letter
    if letter in _LETTERS:
        return _LETTERS[letter]
    bare = unicodedata.normalize("NFD", letter)
    plain = "".join(_LETTERS.get(part, part) for part in bare if not unicodedata.combining(part))
    if plain.isascii() or not letter.isalpha():
        return plain if plain.isascii() else " "
    from anyascii import anyascii

    return f"{anyascii(letter).lower()} "
