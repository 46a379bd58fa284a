"""Collecting the members of a register, and saying what one lacks by file and line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def classes(module: Mapping[str, object], lines: Mapping[str, str]) -> dict[str, Any]:
    """Return the classes with a registry name that a module imports, by that name.

    Parameters
    ----------
    module : mapping of str to object
        Names of the module, in the order of its imports.
    lines : mapping of str to str
        What each class must have, and how it is written.

    Returns
    -------
    dict of str to class

    Raises
    ------
    TypeError
        When one lacks what it must have; its file and the lines to write are named.
    """
    kinds = [kind for kind in module.values() if isinstance(kind, type)]
    named = {
        name: kind for kind in kinds if isinstance(name := vars(kind).get("name"), str) and name
    }
    for kind in named.values():
        refuse_incomplete(kind, kind, lines)
    return named


def refuse_incomplete(member: object, kind: type, lines: Mapping[str, str]) -> None:
    """Refuse a member of a register that lacks what its kind must have.

    Parameters
    ----------
    member : object
        The member: a class, or an instance of `kind`.
    kind : type
        The class to name.
    lines : mapping of str to str
        What it must have, and how it is written.

    Raises
    ------
    TypeError
        Names the file, the class, and the lines to write.
    """
    fields = getattr(kind, "__dataclass_fields__", {})
    if missing := [
        line for name, line in lines.items() if not hasattr(member, name) and name not in fields
    ]:
        written = "\n    ".join(missing)
        file = f"{kind.__module__.replace('.', '/')}.py"
        raise TypeError(f"{file}: write in class {kind.__name__}:\n    {written}")
