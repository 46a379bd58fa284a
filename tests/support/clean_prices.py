"""Clean prices on the sessions of an exchange, and studies of them."""

import datetime as dt

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.prices.quality.calendars import trading_calendar

FIRST, LAST = dt.date(2018, 1, 9), dt.date(2021, 12, 30)
MOSCOW = "18:50 Europe/Moscow"


def sessions_of(name, first=FIRST, last=LAST):
    days = trading_calendar(name, first, last).sessions
    return pd.DatetimeIndex(days[(days >= np.datetime64(first)) & (days <= np.datetime64(last))])


def walk(index, seed=5, sigma=0.01):
    moves = np.random.default_rng(seed).normal(0, sigma, len(index))
    return pd.Series(100 * np.exp(moves.cumsum()), index=index, name="X")


def panel(series, clock=MOSCOW):
    return es.Prices(series.to_frame("X"), {"X": clock})


def only(found, kind):
    """The single finding there is, of this kind."""
    assert [own.kind for own in found] == [kind]
    (finding,) = found
    assert finding.count >= 1
    assert finding.text
    return finding


def study_of(prices, at=(500, 560), model=None, **options):
    series = prices.series("X")
    events = pd.DataFrame(
        {
            "event_id": [f"e{place}" for place in at],
            "date": series.index[list(at)],
            "title": "said",
        }
    )
    return es.run_study(events, prices, model=model, options=es.Options(**options))


def write(folder, more):
    text = f'[assets.X]\nsource = "csv"\nsymbol = "x.csv"\n{more}\n'
    (folder / "study.toml").write_text(text, "utf-8")
    return es.Study.read(folder / "study.toml")
