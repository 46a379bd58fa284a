"""A study that is measured part by part, and what its results are made into to compare bits."""

import hashlib

import numpy as np
import pandas as pd

import eventstudy as es

WINDOWS = es.Windows(estimation=(-130, -11), event=(-5, 5), car=[(0, 0), (0, 1), (-3, 3)])
ASKED = {
    "model": es.models.MarketModel("M"),
    "windows": WINDOWS,
    "options": es.Options(engine="moments", exclude_from_estimation=None),
}


def market(assets, sessions, gaps=0.0):
    """Return prices of a market and its assets."""
    rng = np.random.default_rng(7)
    moves = rng.normal(0, 0.01, (sessions, 1 + assets)) + rng.normal(0, 0.01, (sessions, 1))
    values = np.exp(moves.cumsum(axis=0))
    values[:, 1:][rng.random((sessions, assets)) < gaps] = np.nan
    names = ["M", *(f"A{number:02d}" for number in range(assets))]
    return pd.DataFrame(values, pd.bdate_range("2001-01-01", periods=sessions), names)


def events(frame, count, apart, **columns):
    """Return events so many sessions apart."""
    days = frame.index[140 + apart * np.arange(count)]
    rows = {"event_id": [f"e{number:04d}" for number in range(count)], "date": days, "title": "x"}
    return es.read_events(pd.DataFrame({**rows, **columns}))


def digest(results):
    """Return the SHA-256 of the bits of all tables of a study in parts."""
    total = hashlib.sha256()
    days = [block.astype({"event_id": str, "asset": str}) for block in results.iter_ar()]
    for table in (results.car(intervals=False), results.mean_car(), results.tests(), *days):
        total.update(pd.util.hash_pandas_object(table.astype(_plain(table))).to_numpy().tobytes())
    return total.hexdigest()


def _plain(table):
    return {name: str for name in table if table[name].dtype == object}


def rows_of(table, *by):
    """Return a table with its rows in an order of its own."""
    columns = {name: str for name in ("event_id", "asset") if name in table}
    return table.astype(columns).sort_values(list(by)).reset_index(drop=True)
