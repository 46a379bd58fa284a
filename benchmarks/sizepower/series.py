"""Real series, and the design of a study at every one of their days."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.abnormal.placebo_days import Placebo, PlaceboDays
from eventstudy.abnormal.stacked import stack
from eventstudy.inference import TestResult

GOLDEN = Path(__file__).parents[2] / "tests" / "golden"
LEVEL = 0.05
Tally = Counter[tuple[str, ...]]
"""Decisions of a design, by case and test."""
MARKET = "SP500"
RUBLE = "RUB/USD (ECB)"
MAX_SHIFT = 10
"""As the reference: September 2001 is one return."""


@cache
def reference() -> dict[str, Any]:
    """Rejections that the method reference has measured."""
    found: dict[str, Any] = json.loads((GOLDEN / "acceptance.json").read_text("utf-8"))
    return found


@cache
def stocks() -> pd.DataFrame:
    """Read the closes of 20 stocks and the S&P 500, 1990-2022."""
    return pd.read_csv(GOLDEN / "sp500.csv.gz", index_col=0, parse_dates=True)


@cache
def ruble() -> pd.DataFrame:
    """Load the ECB reference rate of the ruble in dollars, from its float to the last quotes."""
    frame = es.load_prices({"RUB": "ecb:RUB/USD"}).frame
    return frame.loc["2014-11-10":"2022-02-25"]


def windows_of(window: tuple[int, int], sessions: int) -> es.Windows:
    """Windows with so many estimation sessions that end ten before the window."""
    last = window[0] - 11
    return es.Windows(estimation=(last - sessions + 1, last), event=window, car=(window,))


def history_of(
    prices: pd.DataFrame, model: Any, windows: es.Windows, options: es.Options | None = None
) -> PlaceboDays:
    """Return the history of a study without events over these prices."""
    events = pd.DataFrame({"event_id": ["x"], "date": [prices.index[-50]], "title": ["none"]})
    if options is None:  # as in the reference, every estimation window is complete
        first, last = windows.estimation
        options = es.Options(max_shift=MAX_SHIFT, min_estimation=last - first + 1)
    study = es.run_study(events, prices, model=model, windows=windows, options=options)
    nothing = {asset: np.empty(0, dtype=np.intp) for asset in study.data}
    return PlaceboDays(study.data, study.models, windows, options, nothing)


def model_of(name: str) -> Any:
    """Return the model of a design."""
    return es.models.MarketModel(MARKET) if name == "market" else es.models.ConstantMean()


@cache
def every_day(model: str, window: tuple[int, int], sessions: int) -> tuple[AbnormalReturns, int]:
    """Return the design at every admissible day of 20 stocks, stock by stock, and their days."""
    prices = stocks() if model == "market" else stocks().drop(columns=MARKET)
    history = history_of(prices, model_of(model), windows_of(window, sessions))
    parts = [history.placebo(asset) for asset in history.data]
    days = parts[0].positions
    if any(not np.array_equal(part.positions, days) for part in parts):
        raise ValueError("the stocks differ in their admissible days")
    return stack([part.abnormal for part in parts]), len(days)


@cache
def one_series(
    name: str, window: tuple[int, int], sessions: int
) -> tuple[PlaceboDays, str, Placebo]:
    """Return the history of one series, its name there, and the design at every day."""
    if name == RUBLE:
        prices, model = ruble(), model_of("mean")
    elif name == MARKET:
        prices, model = stocks()[[MARKET]], model_of("mean")
    else:
        prices, model = stocks()[[name, MARKET]], model_of("market")
    history = history_of(prices, model, windows_of(window, sessions))
    asset = next(iter(history.data))
    return history, asset, history.placebo(asset)


def shocked(part: AbnormalReturns, shock: float, variance: float = 1.0) -> AbnormalReturns:
    """Multiply the variance of day 0 and then add a shock to its return."""
    column = part.columns((0, 0))
    returns = part.returns.copy()
    normal, ar = part.normal[:, column], part.ar[:, column]
    returns[:, column] = normal + ar * np.sqrt(variance) + shock
    return replace(part, returns=returns)


def tally(counts: Tally, found: TestResult, *labels: str) -> None:
    """Count a decision at 5 %, unless the test refused."""
    if found.computed:
        counts[*labels, "computed"] += 1
        counts[*labels, "rejected"] += int(found.p <= LEVEL)
