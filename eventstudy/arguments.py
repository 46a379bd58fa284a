"""Arguments as people write them: taken where they are clear, else told what to write."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from numbers import Real
from pathlib import Path
from types import FunctionType
from typing import Any, ParamSpec, TypeVar

from eventstudy.argument_kinds import refuse_kinds
from eventstudy.errors import EventStudyError, InvalidArgumentError, nearest, refuse_unknown
from eventstudy.parsing import packaged_toml

P = ParamSpec("P")
T = TypeVar("T")
Function = Callable[..., object]

MISSPELT = 0.75
"""Likeness from which a name that belongs elsewhere is taken for one of the function's."""
ELSEWHERE: Mapping[str, str] = packaged_toml("arguments.toml")["elsewhere"]
"""Where arguments belong that are given to the wrong function."""


def explained(function: Callable[P, T], *, kinds: bool = True) -> Callable[P, T]:
    """Return a function that says what to write when it is called with other arguments.

    Parameters
    ----------
    function : callable
        The function.
    kinds : bool
        Whether arguments of another kind than annotated are refused too; False for what takes
        them in several manners and says itself what it cannot take.

    Raises
    ------
    InvalidArgumentError
        In place of Python's TypeError: an argument that does not exist, one too many, one that
        is lacking.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        _explain(function, signature, args, kwargs, kinds=kinds)
        return function(*args, **kwargs)

    return call


def told(function: Callable[P, T]) -> Callable[P, T]:
    """Return a function that says what to write when arguments made it fail.

    As `explained`, but arguments are looked at only when the function has raised one of Python's
    errors: for what is called once for each observation.

    Parameters
    ----------
    function : callable
        The function.

    Raises
    ------
    InvalidArgumentError
        In place of Python's error, where the arguments are the reason.
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except (TypeError, AttributeError, LookupError, ValueError) as error:
            if isinstance(error, EventStudyError):
                raise
            _explain(function, inspect.signature(function), args, kwargs)
            raise

    return call


def _explain(
    function: Function,
    signature: inspect.Signature,
    args: tuple[object, ...],
    kwargs: Mapping[str, object],
    *,
    kinds: bool = True,
) -> None:
    """Raise what is wrong with the arguments of a call, if anything is."""
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise InvalidArgumentError(_wrong_call(function, signature, kwargs, error)) from None
    if kinds:
        refuse_kinds(_label(function), signature, bound.arguments)


def told_class(kind: type[T]) -> type[T]:
    """Return a class whose constructor and public methods are `told`."""
    if kind.__init__ is not object.__init__:
        kind.__init__ = told(kind.__init__)  # type: ignore[method-assign]
    for name, method in list(vars(kind).items()):
        if name.startswith("_"):
            continue
        if isinstance(method, FunctionType):
            setattr(kind, name, told(method))
        elif isinstance(method, classmethod):
            setattr(kind, name, classmethod(told(method.__func__)))
    return kind


def explained_class(kind: type[T], *, kinds: bool = True) -> type[T]:
    """Return a class whose constructor is `explained`."""
    kind.__init__ = explained(kind.__init__, kinds=kinds)  # type: ignore[method-assign]
    return kind


def tolerant_class(kind: type[T]) -> type[T]:
    """Return a class whose constructor takes arguments in several manners, and is `explained`."""
    return explained_class(kind, kinds=False)


def explained_methods(kind: type[T]) -> type[T]:
    """Return a class whose public methods are `explained`."""
    for name, method in list(vars(kind).items()):
        if isinstance(method, FunctionType) and not name.startswith("_"):
            setattr(kind, name, explained(method))
    return kind


def _label(function: Function) -> str:
    name = function.__name__
    return function.__qualname__.split(".")[-2] if name == "__init__" else name


def _wrong_call(
    function: Function, signature: inspect.Signature, given: Mapping[str, object], error: TypeError
) -> str:
    """Say which argument is wrong, and where it belongs."""
    names = [name for name in signature.parameters if name not in ("self", "cls")]
    label = _label(function)
    for name in given:
        if name not in signature.parameters:
            if name in ELSEWHERE and not get_close_matches(name, names, n=1, cutoff=MISSPELT):
                return f"{label} takes no {name}: {ELSEWHERE[name]}"
            return f"{label} takes no {name}. {nearest(name, names)}"
    if "too many positional" in str(error):
        return f"{label}: too many arguments without a name. Its arguments: {', '.join(names)}"
    return f"{label}: {error}. Its arguments: {', '.join(names)}"


def names_of(what: str, given: Iterable[object]) -> tuple[str, ...]:
    """Return names that were given one by one, or as one list.

    Raises
    ------
    InvalidArgumentError
        When one is no text.
    """
    values = list(given)
    if len(values) == 1 and isinstance(values[0], list | tuple | set | frozenset):
        values = list(values[0])
    wrong = [value for value in values if not isinstance(value, str) or not value]
    if wrong:
        raise InvalidArgumentError(f'{what} is {wrong[0]!r}; write a name such as "MARKET"')
    return tuple(map(str, values))


def one_name(what: str, given: object) -> str:
    """Return a name that was given alone, or as a list of one.

    Raises
    ------
    InvalidArgumentError
        When it is no text, or there are several.
    """
    names = names_of(f"the factor of {what}", [given])
    if len(names) != 1:
        raise InvalidArgumentError(
            f"{what} takes one factor; found {list(names)}. es.models.MultiFactor takes several"
        )
    return names[0]


def pair(name: str, value: object, such: str) -> tuple[int, int]:
    """Return a window of two whole numbers.

    Parameters
    ----------
    name, such : str
        Its name, and a window to write.
    value : object
        What was given.

    Raises
    ------
    InvalidArgumentError
        When it is no window.
    """
    listed = isinstance(value, Iterable) and not isinstance(value, str)
    days: list[Any] = list(value) if listed else [value]  # type: ignore[call-overload]
    whole = [type(d) is not bool and isinstance(d, Real) and float(d) % 1 == 0 for d in days]
    if len(days) != 2 or not all(whole):
        given = tuple(days) if listed else value
        raise InvalidArgumentError(
            f"{name} must be two whole numbers of sessions relative to day 0, "
            f"such as {such}; found {given!r}"
        )
    start, end = int(days[0]), int(days[1])
    if start > end:
        raise InvalidArgumentError(
            f"{name} must not end before it starts; found ({start}, {end}). Write ({end}, {start})."
        )
    return start, end


def pairs(value: object) -> tuple[tuple[int, int], ...]:
    """Return the different windows of a list of them.

    Raises
    ------
    InvalidArgumentError
        When it is no list of windows.
    """
    if not isinstance(value, Iterable) or isinstance(value, str | Mapping):
        raise InvalidArgumentError(f"car is a list of windows; found {value!r}. Write [(0, 1)]")
    windows = list(value)
    if len(windows) == 2 and all(isinstance(day, int) for day in windows):
        raise InvalidArgumentError(
            f"car is a list of windows. Write [({windows[0]}, {windows[1]})]"
        )
    return tuple(dict.fromkeys(pair("a window of car", each, "(0, 1)") for each in windows))


def settings(name: str, given: object, kind: type[T]) -> T:
    """Return settings from an object, from a mapping of their names, or the default ones.

    Raises
    ------
    InvalidArgumentError
        When it is something else.
    """
    if given is None:
        return kind()
    if isinstance(given, kind):
        return given
    if isinstance(given, Mapping) and all(isinstance(key, str) for key in given):
        return kind(**given)
    raise InvalidArgumentError(
        f"{name} is {given!r:.60}; write es.{kind.__name__}(...), or a mapping of its settings"
    )


def each_of(name: str, given: object, kind: type[T]) -> dict[str, T]:
    """Return settings by name from a mapping of them, of names to mappings, or None.

    Raises
    ------
    InvalidArgumentError
        When it is no mapping.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        such = f'{{"NAME": es.{kind.__name__}(...)}}'
        raise InvalidArgumentError(f"{name} is {given!r:.60}; write a mapping such as {such}")
    return {str(key): settings(f"{name}[{key!r}]", each, kind) for key, each in given.items()}


def path_of(name: str, given: object) -> Path:
    """Return a path; a number would be a file that is open already.

    Raises
    ------
    InvalidArgumentError
        When it is no text and no path.
    """
    if isinstance(given, str | Path) and str(given):
        return Path(given)
    raise InvalidArgumentError(f'{name} is {given!r:.60}; write a path, such as "reports"')


def lacking(what: str, given: object, members: Mapping[str, str]) -> None:
    """Refuse an object that lacks members which its kind must have.

    Parameters
    ----------
    what : str
        What it is given as.
    given : object
        The object.
    members : mapping of str to str
        Names of the members, and how each is written.

    Raises
    ------
    InvalidArgumentError
        It names the lines to write.
    """
    missing = [line for member, line in members.items() if not hasattr(given, member)]
    if missing:
        shown = given.__name__ if isinstance(given, type) else f"{given!r:.60}"
        raise InvalidArgumentError(f"{shown} is no {what}: it lacks\n    " + "\n    ".join(missing))


def known(what: str, name: str, there: Mapping[str, Any]) -> Any:
    """Return the entry of a register by its name.

    Raises
    ------
    UnknownNameError
        When there is none; it names the nearest.
    """
    refuse_unknown(name, there, f"unknown {what} {name!r}")
    return there[name]
