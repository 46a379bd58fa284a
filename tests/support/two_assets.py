"""Two assets with a common shock, and a study of them."""

import numpy as np
import pandas as pd

import eventstudy as es


def series(sessions=4000, seed=0, assets=("AAA", "BBB")):
    rng = np.random.default_rng(seed)
    index = pd.bdate_range("2005-01-03", periods=sessions)
    common = rng.normal(0, 0.007, (sessions, 1))
    returns = common + rng.normal(0, 0.007, (sessions, len(assets)))
    return pd.DataFrame(100 * np.exp(returns.cumsum(axis=0)), index=index, columns=list(assets))


def study(prices, places, **options):
    events = pd.DataFrame(
        {
            "event_id": [f"e{place}" for place in places],
            "date": prices.index[list(places)],
            "title": "t",
        }
    )
    return es.run_study(events, prices, options=es.Options(returns="log", **options))
