"""Every normal-return model, and simulated samples and prices to fit them on."""

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.models import MODELS, make_model
from eventstudy.models.base import WindowSample
from eventstudy.models.solvers import statsmodels_solver

L1, GAP, EVENT = 250, 10, 11
M = es.models


def made(name):
    """A model with as few factors as it takes, but one where it takes any."""
    most = MODELS[name].takes[1]
    return make_model(name, () if most == 0 else ("MKT",))


EVERY = [made(name) for name in MODELS]
EVERY += [M.Robust("MKT", method=method) for method in ("lad", "theil-sen")]
EVERY += [M.Garch(), M.TradeToTrade(), M.Robust(), M.Dimson("MKT", lags=2, leads=0)]
each_model = pytest.mark.parametrize("model", EVERY, ids=lambda model: model.formula())


def sample_of(returns, factors, gap=GAP):
    """Cut rows of returns (episodes, sessions) and factors into a sample of daily returns."""
    ones = np.ones(returns.shape)
    return WindowSample(
        returns[:, :L1],
        factors[:, :L1],
        factors[:, L1:],
        gap=returns[:, L1 : L1 + gap],
        span=ones[:, :L1],
        span_after=ones[:, L1:],
    )


def simulated(episodes=1, seed=0, k=1):
    """Returns with beta one and their factors, normal errors of one per cent."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(0, 0.01, (episodes, L1 + GAP + EVENT, k))
    return factors.sum(axis=-1) + rng.normal(0.0005, 0.01, factors.shape[:2]), factors


def fitted(model, returns, factors):
    """Fit with as many factors as the model has."""
    return model.fit(sample_of(returns, factors[..., : len(model.factors)]), statsmodels_solver)


SESSIONS = pd.bdate_range("2020-01-01", periods=700, name="session")


def made_events(days):
    """One event on each of these sessions."""
    return pd.DataFrame(
        {
            "event_id": [f"e{place}" for place in range(len(days))],
            "date": [SESSIONS[day] for day in days],
            "title": "an event",
        }
    )


def market_and_asset(seed=0, alpha=0.0, sd=0.01):
    """Log prices of a market and of an asset with beta 1.2."""
    rng = np.random.default_rng(seed)
    market = rng.normal(0, 0.01, len(SESSIONS))
    asset = alpha + 1.2 * market + rng.normal(0, sd, len(SESSIONS))
    return pd.DataFrame({"MKT": market, "AAA": asset}, index=SESSIONS).cumsum()
