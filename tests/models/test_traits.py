"""A model of somebody else's is treated by what it says of itself, not by its name."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from model_samples import made_events, market_and_asset

import eventstudy as es
from eventstudy.models.traits import has_regressors, is_least_squares, variance_changes

PRICES = 100 * np.exp(market_and_asset(7))


@dataclass(frozen=True)
class Levered(es.models.MarketModel):
    """The market model under a name that no list holds."""

    name: ClassVar[str] = "levered"


@dataclass(frozen=True)
class Opaque(es.models.MarketModel):
    """The same, but it does not say what it is."""

    name: ClassVar[str] = "opaque"
    least_squares: ClassVar[bool] = False


def run(model):
    return es.run_study(
        made_events([600]), PRICES, model={"AAA": model("MKT")}, tests=["exact-rank"]
    )


def test_every_model_says_what_it_is():
    said = {
        name: (is_least_squares(model), has_regressors(model), variance_changes(model))
        for name, model in {
            name: kind() if kind.takes[0] == 0 else kind("MKT") for name, kind in es.MODELS.items()
        }.items()
    }
    assert {name for name, own in said.items() if own[0]} == {
        "constant-mean",
        "market-adjusted",
        "market-model",
        "multi-factor",
    }
    assert {name for name, own in said.items() if own[0] != own[1]} == {"market-adjusted"}
    assert {name for name, own in said.items() if own[2]} == {"garch"}


def test_another_least_squares_model_has_every_diagnostic_and_test():
    theirs, ours = run(Levered), run(es.models.MarketModel)
    assert theirs.tests()["p"].tolist() == ours.tests()["p"].tolist()
    theirs, ours = (es.diagnose(one, "e0", "AAA").frame for one in (theirs, ours))
    columns = ["diagnostic", "statistic", "p"]
    pd.testing.assert_frame_equal(theirs[columns], ours[columns])
    assert ours["p"].notna().sum() >= 6


def test_a_model_that_is_none_is_refused_with_its_name():
    tests = run(Opaque).tests(include_invalid=True)
    assert "the model opaque is not fitted by ordinary least squares" in tests["reason"].iloc[0]
    assert np.isfinite(run(Levered).tests()["p"].iloc[0])
