"""Frames of other libraries as those of pandas: polars, pyarrow, and whatever narwhals knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


_BUILT_IN = ("builtins", "datetime", "pathlib", "numpy")


def pandas_of(value: object) -> pd.DataFrame | pd.Series | None:
    """Return a frame or series of any library as one of pandas.

    Parameters
    ----------
    value : object
        A DataFrame or Series of pandas, polars, pyarrow, modin or another library that narwhals
        knows; a lazy one is collected.

    Returns
    -------
    DataFrame, Series or None
        What was given when it is one of pandas; None when it is no frame.
    """
    import pandas as pd

    if isinstance(value, pd.DataFrame | pd.Series):
        return value
    module = type(value).__module__
    if not module.partition(".")[0].isidentifier() or module in _BUILT_IN:
        return None
    import narwhals as nw

    frame = nw.from_native(value, pass_through=True, allow_series=True)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, nw.DataFrame):
        return pd.DataFrame({name: frame[name].to_list() for name in frame.columns})
    if isinstance(frame, nw.Series):
        return pd.Series(frame.to_list(), name=frame.name or None)
    return None
