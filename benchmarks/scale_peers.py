"""Two other packages on the data of benchmarks/scale.py, each in an environment of its own.

    python benchmarks/scale_peers.py PACKAGE OBSERVATIONS

is run by the Python of that environment, and prints its figures.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from scale_data import market


def eventstudy(prices: pd.DataFrame, days: np.ndarray) -> int:
    """Run `eventstudy` 0.1a12: one `Single` an observation, `Multiple` over all."""
    from eventstudy import Multiple, Single

    returns = prices.pct_change().iloc[1:]
    columns = {name: returns[name].to_numpy() for name in returns}
    Single._save_parameter("returns", {"date": returns.index.to_numpy(), **columns})
    singles = [
        Single.market_model(
            security_ticker=stock,
            market_ticker="MKT",
            event_date=returns.index[day - 1].to_datetime64(),
            event_window=(-10, 10),
            estimation_size=250,
            buffer_size=0,
        )
        for stock in returns.columns[1:]
        for day in days
    ]
    Multiple(singles).results()
    return len(singles)


def easy_es(prices: pd.DataFrame, days: np.ndarray) -> int:
    """Run `easy-es`: long frames of returns, factors and events."""
    from easy_es import EventStudy

    returns = prices.pct_change().iloc[1:]
    long = returns.drop(columns="MKT").rename_axis("Date").reset_index()
    long = long.melt("Date", var_name="ticker", value_name="Ret").assign(Volume=1.0)
    long["Date"] = long["Date"].dt.date.astype(object)  # it does not convert dates itself
    factors = pd.DataFrame({"Date": returns.index.date, "Mkt-RF": returns["MKT"].to_numpy()})
    study = EventStudy(estimation_days=250, gap_days=0, min_estimation_days=100)
    study.add_returns(ret_df=long)
    study.add_factors(factors.assign(RF=0.0, SMB=0.0, HML=0.0))
    stocks, dates = list(returns.columns[1:]), prices.index[days].date
    events = [(stock, date) for stock in stocks for date in dates]
    measured = study.run_study(pd.DataFrame(events, columns=["ticker", "event_date"]))
    return int(measured["event_id"].nunique())


PEERS: dict[str, Callable[[pd.DataFrame, np.ndarray], int]] = {
    "eventstudy": eventstudy,
    "easy-es": easy_es,
}


def main(name: str, observations: int) -> None:
    """Measure one package."""
    PEERS[name](*market(20))  # imports
    prices, days = market(observations)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    count = PEERS[name](prices, days)
    steps = {"all": (time.perf_counter() - wall, time.process_time() - cpu)}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures = {"steps": steps, "peak": peak / 1024, "growth": (peak - before) / 1024}
    print(json.dumps({**figures, "measured": count}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
