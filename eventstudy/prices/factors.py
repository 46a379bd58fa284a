"""Files of factor returns in the form of Kenneth French's library."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from eventstudy.arguments import path_of
from eventstudy.errors import InvalidArgumentError, UnclearPricesError, nearest
from eventstudy.prices.returns import Returns
from eventstudy.prices.sources.price_tables import dates_at
from eventstudy.prices.sources.returns_read import CODES, PERCENT_WORDS, in_percent
from eventstudy.tables.cell_kinds import is_number
from eventstudy.tables.columns import Column
from eventstudy.tables.dates import date_column
from eventstudy.tables.numbers import number_column, number_form, pooled
from eventstudy.tables.table import Table, read_table
from eventstudy.tables.understood import TableError


def read_factors(path: str | Path, *, rf: str = "RF", unit: str = "") -> Returns:
    """Read factor returns.

    Parameters
    ----------
    path : str or Path
        A table with a column of days and a column for each factor, as the daily files of
        Kenneth French's library have it: words above the header and below the table are
        passed over, -99.99 and -999 are no return.
    rf : str
        Name of the column of the riskless return; it is kept among the others.
    unit : {"", "percent", "fractions"}
        What the numbers are; empty = told from the size of the factors (not of `rf`).

    Returns
    -------
    Returns : eventstudy.Returns
        Fractions, sessions x factors. The returns of assets in excess of the riskless one are
        ``assets.sub(factors.frame["RF"], axis=0)``.

    Raises
    ------
    UnclearPricesError
        When the table can be read in two ways, or its unit cannot be told.
    InvalidArgumentError
        When there is no column of that name, or no such unit.
    OSError
        When there is no such file.

    Examples
    --------
    >>> factors = es.read_factors("F-F_Research_Data_Factors_daily.csv")  # doctest: +SKIP
    >>> factors.frame[["Mkt-RF", "RF"]].head()  # doctest: +SKIP
    """
    path = path_of("path", path)
    if unit not in ("", "percent", "fractions"):
        raise InvalidArgumentError(f'unit is {unit!r}; write "percent" or "fractions"')
    try:
        frame = _frame(read_table(path))
    except TableError as error:
        raise UnclearPricesError.of_file(error.problems) from None
    if rf and rf not in frame:
        raise InvalidArgumentError(
            f'{path} has no column {rf!r}. {nearest(rf, list(frame))} Without one, write rf=""'
        )
    factors = frame.drop(columns=rf) if rf else frame
    percent = {"percent": True, "fractions": False}.get(
        unit, in_percent(pd.Series(factors.to_numpy().ravel()))
    )
    if percent is None:
        raise InvalidArgumentError(
            f'the returns of {path} may be {PERCENT_WORDS}; write unit="percent" or "fractions"'
        )
    return Returns(frame / 100 if percent else frame)


def _frame(table: Table) -> pd.DataFrame:
    """Return the numbers of a table by day."""
    days_at = dates_at(table, "")
    dates = date_column(table.column(days_at))
    others = [position for position in range(len(table.header)) if position != days_at]
    numeric = [position for position in others if table.column(position).share(is_number) == 1]
    form = number_form(Column(table.source, "", pooled(table.rows, numeric)), table.form.decimal)
    columns = {
        table.header[position]: number_column(table.column(position), form)[0]
        for position in numeric
    }
    frame = pd.DataFrame(columns, index=pd.DatetimeIndex(dates.dates))
    return frame.mask(frame.isin(CODES))
