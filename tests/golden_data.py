"""Readers of the reference numbers in tests/golden."""

import json
from functools import cache
from pathlib import Path

import pandas as pd

GOLDEN = Path(__file__).parent / "golden"


@cache
def stocks() -> pd.DataFrame:
    """Closes of 20 stocks and the S&P 500, 1990-2022."""
    return pd.read_csv(GOLDEN / "sp500.csv.gz", index_col=0, parse_dates=True)


@cache
def oracle_prices() -> pd.DataFrame:
    """Inputs of expected.json."""
    return pd.read_csv(GOLDEN / "prices.csv.gz", index_col=0, parse_dates=True)


@cache
def oracle() -> dict:
    """Expected numbers of the independent oracle."""
    return json.loads((GOLDEN / "expected.json").read_text("utf-8"))


@cache
def base_r(name: str) -> pd.DataFrame:
    """A table made with base R."""
    return pd.read_csv(GOLDEN / "base_r" / f"{name}.csv", keep_default_na=True)
