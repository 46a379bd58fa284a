"""Frames that were methods once: properties, which may still be called, with a warning."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

import pandas as pd


class CallableFrame(pd.DataFrame):  # type: ignore[misc]  # pandas has no types here
    """A frame that may be called as it was when it was a method. What is made of it is plain."""

    _metadata: ClassVar[list[str]] = ["spelling"]  # a list: pandas adds to it when it unpickles

    @property
    def _constructor(self) -> Any:
        return pd.DataFrame  # what is cut out of it is plain

    def __call__(self) -> pd.DataFrame:
        """Return the frame, and say how it is written now."""
        name = getattr(self, "spelling", "")
        warnings.warn(
            f"results.{name} is a frame that takes no argument: write results.{name} "
            f"in place of results.{name}()",
            FutureWarning,
            stacklevel=2,
        )
        return pd.DataFrame(self)


def once_called(frame: pd.DataFrame, name: str) -> CallableFrame:
    """Return a frame that may still be called by its former spelling.

    Parameters
    ----------
    frame : DataFrame
        The table.
    name : str
        Name of the property that it is.
    """
    made = CallableFrame(frame)
    made.spelling = name  # pandas keeps what _metadata names
    return made
