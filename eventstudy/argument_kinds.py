"""Whether an argument is of a kind that its annotation names; what is not known is let through."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from numbers import Integral, Real
from pathlib import Path

from eventstudy.errors import InvalidArgumentError
from eventstudy.parsing import packaged_toml


def _whole(value: object) -> bool:
    return isinstance(value, Integral) and type(value).__name__ not in ("bool", "bool_")


def _items(value: object) -> list[object]:
    """Return the items of a list; none of what can be gone through once only."""
    once = isinstance(value, Iterator) or not isinstance(value, Iterable)
    return [] if once else list(value)  # type: ignore[call-overload]


def _listed(value: object) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)


def _window(value: object) -> bool:
    return _listed(value) and [_whole(day) for day in _items(value)] == [True, True]


KINDS: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    "None": ("nothing", lambda value: value is None),
    "str": ("a text", lambda value: isinstance(value, str)),
    "int": ("a whole number", _whole),
    "float": ("a number", lambda value: isinstance(value, Real) and not isinstance(value, bool)),
    "bool": ("True or False", lambda value: type(value).__name__ in ("bool", "bool_")),
    "Path": ("a path", lambda value: isinstance(value, Path)),
    "Mapping": ('a mapping such as {"NAME": ...}', lambda value: isinstance(value, Mapping)),
    "Spans": ('a mapping such as {"NAME": ...}', lambda value: isinstance(value, Mapping)),
    "Sequence": ("a list", _listed),
    "Iterable": ("a list", _listed),
    "tuple": ("a list", _listed),
    "list": ("a list", _listed),
    "Window": ("two whole numbers such as (0, 1)", _window),
    "Span": ("two whole numbers of minutes such as (10, 20)", _window),
    "Sequence[Window]": (
        "a list of windows such as [(0, 1)]",
        lambda value: _listed(value) and all(map(_window, _items(value))),
    ),
    "Sequence[str]": (
        'a list of names such as ["NAME"]',
        lambda value: _listed(value) and all(isinstance(v, str) for v in _items(value)),
    ),
}
"""How kinds are named to the user, and how a value is told to be one, by annotation."""
CLASSES: Mapping[str, str] = packaged_toml("arguments.toml")["classes"]
"""Classes that are told by their names, and where one is from."""
LISTS = re.compile(r"(?:Sequence|Iterable|tuple|list)\[(str|Window)(?:, \.\.\.)?\]")


def refuse_kinds(label: str, signature: inspect.Signature, arguments: Mapping[str, object]) -> None:
    """Refuse arguments that are of no kind which their annotations name.

    Parameters
    ----------
    label : str
        Name of the function or class, for the error.
    signature : Signature
        Its parameters.
    arguments : mapping of str to object
        What was given.

    Raises
    ------
    InvalidArgumentError
        It shows the value and says what to write.
    """
    for name, value in arguments.items():
        parameter = signature.parameters[name]
        several = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if several or value is parameter.default or not isinstance(parameter.annotation, str):
            continue
        kinds = _alternatives(parameter.annotation)
        if kinds and not any(_is(value, kind) for kind in kinds):
            words = [_words(kind) for kind in kinds if kind != "None"]
            raise InvalidArgumentError(
                f"{label}: {name} is {value!r:.60}; write {' or '.join(dict.fromkeys(words))}"
            )


@functools.cache
def _alternatives(annotation: str) -> tuple[str, ...]:
    """Return the kinds that an annotation names; none when one of them is not known here."""
    parts, depth = [""], 0
    for letter in annotation:
        depth += (letter in "[(") - (letter in "])")
        if letter == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    kinds = []
    for part in map(str.strip, parts):
        listed = LISTS.fullmatch(part)
        kind = f"Sequence[{listed[1]}]" if listed else part.partition("[")[0].rpartition(".")[2]
        if kind not in KINDS and kind not in CLASSES:
            return ()
        kinds.append(kind)
    return tuple(kinds)


def _is(value: object, kind: str) -> bool:
    if kind in CLASSES:
        return any(base.__name__ == kind for base in type(value).__mro__)
    return KINDS[kind][1](value)


def _words(kind: str) -> str:
    return CLASSES.get(kind) or KINDS[kind][0]
