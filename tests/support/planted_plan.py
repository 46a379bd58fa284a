"""Small studies with one planted fault each, and a clean one.

The clean study: one share against its market, struck at one time; 24 separate dates whose
hours are known; normal returns; a reaction of 9 % to each event; a statement of how the
events were chosen. A fault changes one thing.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.prices import Prices
from eventstudy.prices.provenance import Provenance
from eventstudy.settings import AssetWords, StudyTitle

DAYS, FIRST, STEP, COUNT = 4300, 3700, 24, 24
CLOCK = "17:30 Europe/London"
SESSIONS = pd.bdate_range("1997-01-06", periods=DAYS, name="session")
PLACES = FIRST + STEP * np.arange(COUNT)
LAST = int(PLACES[-1])
SELECTION = "All announcements of the firm, listed before any return was seen."
REACTION = 0.09


@dataclass
class Plan:
    """What a study is made of; faults change it."""

    returns: dict = field(default_factory=dict)
    places: np.ndarray = field(default_factory=PLACES.copy)
    columns: dict = field(default_factory=dict)
    clocks: dict = field(default_factory=dict)
    symbols: dict = field(default_factory=dict)
    models: dict = field(default_factory=dict)
    windows: dict = field(default_factory=lambda: {"car": [(0, 1)], "event": (-5, 5)})
    options: dict = field(default_factory=dict)
    about: StudyTitle = field(
        default_factory=lambda: StudyTitle(
            "Planted", SELECTION, {"FIRM": AssetWords("The firm", "it rose", "it fell")}
        )
    )
    tests: list | None = None
    start: int = 0
    edit: object = None

    def run(self):
        levels = {name: 100 * np.exp(np.cumsum(own)) for name, own in self.returns.items()}
        prices = pd.DataFrame(levels, index=SESSIONS)
        events = pd.DataFrame(
            {
                "event_id": [f"e{place}" for place in self.places],
                "date": SESSIONS[self.places],
                "title": "planted",
                "time": "10:00",
                "timezone": "Europe/London",
            }
        ).assign(**self.columns)
        prices = prices.iloc[self.start :]
        if self.edit is not None:
            prices = self.edit(prices)
        provenance = {
            name: Provenance("planted", symbol, DAYS, SESSIONS[0], SESSIONS[-1], prices[name])
            for name, symbol in self.symbols.items()
        }
        panel = Prices(prices, self.clocks, provenance)
        calendars = dict.fromkeys(prices.columns, "none")
        options = es.Options(returns="log", **{"calendars": calendars, **self.options})
        results = es.run_study(
            es.read_events(events),
            panel,
            model=self.models,
            windows=es.Windows(**self.windows),
            options=options,
            tests=self.tests,
        )
        return replace(results, about=self.about)


def clean(seed=1):
    """A plan without a fault."""
    rng = np.random.default_rng(seed)
    market = rng.normal(0, 0.008, DAYS)
    firm = 0.8 * market + rng.normal(0, 0.01, DAYS)
    firm[PLACES] += REACTION
    return Plan(
        returns={"FIRM": firm, "MKT": market},
        clocks={"FIRM": CLOCK, "MKT": CLOCK},
        models={"FIRM": es.models.MarketModel("MKT")},
    )


def rng_of_faults():
    return np.random.default_rng(99)


def quiet(plan, size=0.006):
    """No reaction at all, and no unusual event day."""
    days = plan.places[:, None] + np.arange(2)
    own = rng_of_faults().uniform(-size, size, days.shape)
    plan.returns["FIRM"][days] = 0.8 * plan.returns["MKT"][days] + own


def keep(plan, count):
    plan.returns["FIRM"][plan.places[: COUNT - count]] -= REACTION
    plan.places = plan.places[COUNT - count :]


def firms(plan, count, common=0.0):
    rng = np.random.default_rng(11)
    shared = rng.normal(0, common, DAYS)
    for place in range(count):
        own = plan.returns["MKT"] + shared + rng.normal(0, 0.01, DAYS)
        own[plan.places] += REACTION + 0.005 * rng.normal(size=len(plan.places))
        name = f"F{place:02}"
        plan.returns[name], plan.clocks[name] = own, CLOCK
        plan.models[name] = es.models.MarketModel("MKT")
    for own in (plan.returns, plan.clocks, plan.models):
        own.pop("FIRM")
