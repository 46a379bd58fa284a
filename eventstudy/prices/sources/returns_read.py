"""Returns in a file: told from prices, fractions from percent, and made into an index."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy.errors import lines_text
from eventstudy.tables.headers import price_column
from eventstudy.tables.table import Table
from eventstudy.tables.understood import CellsError, TableError, Understood, option_line, shown

KINDS = ("prices", "returns", "percent-returns", "log-returns")
"""What a column may hold, the option `kind`."""
WEEKENDS = ("keep", "drop", "join")
"""What is done with sessions on Saturdays and Sundays, the option `weekends`."""
FRACTIONS, PERCENT = 0.06, 0.12
"""Median size of daily returns up to which they are fractions, and from which they are percent."""
PERCENT_WORDS = "fractions or per cent"
START = 100.0
"""Level of an index on the day before its first return."""
CODES = (-99.99, -999.0)
"""Numbers that stand for a missing return in the library of Kenneth French."""
FEWEST = 20
"""Values from which growth is told from prices."""
BACK = 1.2
"""Variance of changes by that of values, from which values come back: 2 for independent ones."""
SHARE = 0.2
"""Part of values that are zero or less, from which a series looks like returns."""


def looks_like_returns(values: pd.Series[float]) -> bool:
    """Whether numbers are around zero, as returns are and prices are not."""
    there = values.dropna()
    return len(there) > 2 and float(min((there <= 0).mean(), (there > 0).mean())) >= SHARE


def in_percent(values: pd.Series[float]) -> bool | None:
    """Whether returns are percent: told from their size; None when that does not tell."""
    there = values.dropna().abs()
    there = there[there > 0]
    if values.min() < -1:
        return True
    median = float(there.median()) if len(there) else 0.0
    if FRACTIONS < median < PERCENT:
        return None
    return median >= PERCENT


def refuse_no_prices(
    table: Table, values: pd.Series[float], lines: pd.Series[int], position: int
) -> None:
    """Raise an error when values are no prices; say so when they look like returns."""
    wrong = values[values <= 0]
    name = table.header[position]
    by_name = price_column(name) == "return" and bool((values.abs() < 1).mean() > 0.9)
    if not len(wrong) and not by_name:
        if values.notna().any():
            return
        raise CellsError.of(table.source, "no price at all", "Add prices.", field=name)
    where = sorted(int(lines[day]) for day in wrong.index) or [table.line]
    examples = shown(f"{value:g}" for value in (wrong if len(wrong) else values))
    if by_name or looks_like_returns(values):
        message = (
            f"these look like returns, not prices: {len(wrong):,} of {len(values):,} are zero or "
            f"less ({lines_text(where, table.unit)}: {examples})"
        )
        cure = f"Write {option_line('kind', 'returns')} (es.Returns takes a DataFrame of them)."
    else:
        noun = "1 price is" if len(wrong) == 1 else f"{len(wrong):,} prices are"
        message = f"{noun} not greater than zero ({lines_text(where, table.unit)}: {examples})"
        cure = "Correct them, or leave the cell empty on a day without a price."
        raise CellsError.of(table.source, message, cure, where[0], field=name)
    raise TableError.of(table.source, message, cure, where[0], field=name)


def refuse_growth(source: str, name: str, values: pd.Series[float]) -> None:
    """Raise an error when values are rather growth, 1 plus a return, than prices.

    Prices go on from where they were; growth comes back to one the next day: its changes vary
    twice as much as itself, those of prices hardly at all.
    """
    there = values.dropna()
    if len(there) < FEWEST or not there.between(0.3, 3).all() or there.nunique() < FEWEST:
        return
    near_one = abs(float(there.median()) - 1) < FRACTIONS
    if near_one and float(there.diff().var()) > BACK * float(there.var()):
        message = "these look like growth (1 plus a return), not prices: all are near to 1"
        cure = (
            f"Subtract 1 and write {option_line('kind', 'returns')}, or write "
            f"{option_line('kind', 'prices')} when they are prices."
        )
        raise TableError.of(source, message, cure, field=name, value=f"{there.iloc[0]:g}")


def weekend_rows(
    values: pd.Series[float], setting: str, kind: str
) -> tuple[pd.Series[float], tuple[Understood, ...]]:
    """Keep, drop or join sessions on Saturdays and Sundays, and count them.

    Dropping a price joins its return with that of the next session: ``"drop"`` and ``"join"``
    are the same there. Returns that are dropped are lost; joined ones are compounded.
    """
    weekend = values.index.day_of_week.to_numpy() >= 5
    count = int(weekend.sum())
    if setting not in ("", *WEEKENDS):
        cure = f"write {' or '.join(option_line('weekends', known) for known in WEEKENDS)}."
        raise TableError.of("", "is no such setting", cure, field="weekends", value=setting)
    if not count:
        return values, ()
    noun = f"{count:,} session{'s' * (count != 1)} on Saturdays and Sundays"
    if setting in ("", "keep"):
        option = 'weekends = "keep", "drop" or "join"'
        return values, (Understood("weekends", f"{noun} kept", option),)
    if setting == "join" and kind.endswith("returns"):
        groups = np.concatenate([[0], np.cumsum(~weekend)[:-1]])
        factor = (1 + values).groupby(groups).prod() - 1
        joined = pd.Series(factor.to_numpy()[: int((~weekend).sum())], index=values.index[~weekend])
        return joined, (Understood("weekends", f"{noun} joined with the next session"),)
    words = "joined with the next session" if setting == "join" else "left out"
    return values[~weekend], (Understood("weekends", f"{noun} {words}"),)


def as_index(
    source: str, returns: pd.Series[float], kind: str, *, percent: bool
) -> tuple[pd.Series[float], tuple[Understood, ...]]:
    """Return an index whose changes are these returns.

    Parameters
    ----------
    source : str
        The file, for errors.
    returns : Series
        Returns by session; those of cells with a per cent sign are fractions already.
    kind : str
        One of `KINDS` that are returns.
    percent : bool
        Whether cells have a per cent sign.

    Returns
    -------
    index : Series
        ``100 × Π (1 + r)``, and 100 on the weekday before the first return.
    notes : tuple of Understood
    """
    coded = returns.isin(CODES)
    returns = returns.mask(coded).dropna()
    if returns.empty:
        raise TableError.of(source, "no return at all", "Add returns.")
    if len(returns) > 2 and (returns > 0).all():
        message = "all are greater than zero: these look like prices, not returns"
        cure = "Leave the option kind out."
        raise TableError.of(source, message, cure, field="kind", value=kind)
    scale, told = _scale(source, returns, kind, percent=percent)
    fractions = returns * scale
    growth = np.exp(fractions) if kind == "log-returns" else 1 + fractions
    if (growth <= 0).any():
        day = f"{growth[growth <= 0].index[0]:%Y-%m-%d}"
        message = f"the return of {day} is -100 % or less"
        raise TableError.of(source, message, "Correct it.")
    first = returns.index[0] - pd.offsets.BDay(1)
    level = np.concatenate([[START], START * np.cumprod(growth.to_numpy(dtype=float))])
    made = pd.Series(level, index=pd.DatetimeIndex([first, *returns.index]))
    text = f"{told}; an index is made of them, {START:g} on {first:%Y-%m-%d}"
    notes = [Understood("kind", text, option_line("kind", kind))]
    if coded.any():
        notes.append(
            Understood("missing", f"{int(coded.sum()):,} returns of -99.99 or -999 are none")
        )
    return made, tuple(notes)


def _scale(
    source: str, returns: pd.Series[float], kind: str, *, percent: bool
) -> tuple[float, str]:
    if percent:
        return 1.0, "returns in per cent, told by their signs"
    if kind == "percent-returns":
        return 0.01, "returns in per cent"
    told = in_percent(returns)
    size = f"{returns.abs().median():.3g}"
    if told is None:
        message = f"returns of {size} in the median may be {PERCENT_WORDS}"
        cure = f"Write {option_line('kind', 'percent-returns')}, or divide them by 100."
        raise TableError.of(source, message, cure, field="kind", value=kind)
    words = "per cent" if told else "fractions"
    said = f"returns are {words}, told by their size ({size} in the median)"
    return 0.01 if told else 1.0, said
