"""Arguments as people write them, and wrong ones to every public function: no bare error."""

import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import InvalidArgumentError

SESSIONS = pd.bdate_range("2021-01-04", periods=300)
LEVELS = 100 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.01, 300)))
FRAME = pd.DataFrame({"A": LEVELS, "M": 10 * np.sqrt(LEVELS)}, SESSIONS)
EVENTS = es.Events.from_dates(["2021-10-04", "2021-11-04"])
WINDOWS = {"estimation": (-140, -21)}
MODEL = es.models.MarketModel("M")


def study(**given):
    """Run the small study."""
    return es.run_study(EVENTS, FRAME, **{"windows": WINDOWS, "model": MODEL, **given})


@pytest.fixture(scope="module")
def results():
    """The small study."""
    return study()


def test_tests_are_given_by_one_name_a_class_or_an_object():
    expected = study(tests=["bmp"]).tests(include_invalid=True)
    for given in ("bmp", es.inference.BMP, es.inference.BMP(), (es.inference.BMP(),)):
        made = study(tests=given).tests(include_invalid=True)
        pd.testing.assert_frame_equal(made, expected)


@pytest.mark.parametrize(
    "given",
    [
        es.models.MarketModel(["M"]),
        {"name": "market-model", "factors": ["M"]},
        {"name": "market-model", "factors": "M"},
        {"A": {"name": "market-model", "factors": ["M"]}},
        {"A": es.models.MarketModel("M")},
    ],
    ids=["list", "mapping", "text", "of each", "object of each"],
)
def test_a_model_is_given_in_any_manner(results, given):
    pd.testing.assert_frame_equal(study(model=given).car(), results.car())


def test_factors_are_given_as_a_list_or_one_by_one():
    made = es.models.MultiFactor(["A", "B"])
    assert made == es.models.MultiFactor("A", "B")
    assert made.factors == ("A", "B")
    assert es.models.Robust(["M"], method="lad") == es.models.Robust("M", method="lad")
    assert es.models.Garch(("M",)).factors == es.models.TradeToTrade(["M"]).factors == ("M",)
    for kind in (es.models.MarketAdjusted, es.models.ScholesWilliams, es.models.Dimson):
        assert kind(["M"]) == kind("M")


def test_settings_are_given_as_mappings():
    made = study(windows=es.Windows(**WINDOWS), options={"confidence": 0.9})
    assert made.options.confidence == 0.9
    assert study(groups={"all": {"tag": "x"}}).groups["all"] == es.Group(tag="x")
    named = study(model="constant-mean")
    pd.testing.assert_frame_equal(named.car(), study(model=es.models.ConstantMean).car())


WRITTEN = [
    (lambda: study(model="market-model"), 'Write model=es.models.MarketModel("MARKET")'),
    (lambda: study(factors=["M"]), "run_study takes no factors: they belong to the model"),
    (lambda: study(window=(0, 1)), "takes no window. Did you mean 'windows'?"),
    (lambda: study(model="markt-model"), "Did you mean 'market-model'?"),
    (lambda: study(tests="bpm"), "unknown test 'bpm'. Did you mean 'bmp'?"),
    (lambda: study(tests=[object()]), "is no test: it lacks"),
    (lambda: study(model=object()), "is no model: it lacks"),
    (lambda: study(estimation=(-140, -21)), "windows=es.Windows(estimation="),
    (lambda: es.run_study(EVENTS, FRAME, MODEL), "too many arguments without a name"),
    (lambda: es.Windows(estimation=250), "such as (-270, -21); found 250"),
    (lambda: es.Windows(estimation=(140, 21)), "Write (21, 140)"),
    (lambda: es.Windows(estimation=(21, 140)), "Write (-140, -21)"),
    (lambda: es.Windows(car=(0, 1)), "car is a list of windows. Write [(0, 1)]"),
    (lambda: es.Windows(estimaton=(-9, -1)), "Did you mean 'estimation'?"),
    (lambda: es.Options(confidense=0.9), "Did you mean 'confidence'?"),
    (es.models.MarketModel, "missing a required argument: 'market'"),
    (lambda: es.models.MarketModel(["A", "B"]), "es.models.MultiFactor takes several"),
    (lambda: es.models.MarketModel(5), 'write a name such as "MARKET"'),
    (lambda: es.Prices(FRAME, clocks="16:00 UTC"), "write a mapping such as"),
]


@pytest.mark.parametrize(("call", "told"), WRITTEN)
def test_what_cannot_be_taken_is_told_with_what_to_write(call, told):
    with pytest.raises(es.EventStudyError) as caught:
        call()
    assert told in str(caught.value)


# --- a model and a test of one's own -----------------------------------------------------------

PAGE = (Path(__file__).parents[2] / "docs" / "own-models.md").read_text("utf-8")


def test_the_model_and_the_test_of_the_page_are_run():
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    prices = FRAME.rename(columns={"M": "MARKET"})
    names = {"events": EVENTS, "prices": prices, "windows": WINDOWS, "__name__": "page"}
    model, test = (
        block.replace("prices, model", "prices, windows=windows, model") for block in blocks
    )
    exec(model, names)
    made = names["results"]
    changes = prices.pct_change()
    first = made.ar[made.ar["tau"] == 0].iloc[0]
    day0 = SESSIONS.get_loc(first["session"])
    window = changes.iloc[day0 - 140 : day0 - 20]
    beta = (window["A"] * window["MARKET"]).sum() / (window["MARKET"] ** 2).sum()
    expected = changes["A"].iloc[day0] - beta * changes["MARKET"].iloc[day0]
    assert first["ar"] == pytest.approx(expected, abs=1e-14)
    exec(test, names)
    table = names["results"].tests(include_invalid=True)
    at = (table["test"] == "median-z") & (table["start"] == 0) & (table["end"] == 0)
    car = made.car()
    scar = car.loc[(car["start"] == 0) & (car["end"] == 0), "scar"]
    error = np.sqrt(np.pi / 2 / 2)
    assert table.loc[at, "statistic"].iloc[0] == pytest.approx(scar.median() / error, rel=1e-12)


@dataclass(frozen=True)
class Rubbish:
    """A model whose `fit` returns what is no fit."""

    given: object = None
    name: ClassVar[str] = "rubbish"
    factors: ClassVar[tuple[str, ...]] = ()
    fewest: ClassVar[int] = 2

    def fit(self, _sample, _solver):
        """Return what was given."""
        return self.given

    def formula(self):
        """Return the model in symbols."""
        return "R = ?"


@pytest.mark.parametrize("given", [None, 0.5, {"normal": 1}, np.zeros(3)])
def test_a_model_whose_fit_returns_rubbish_is_told_what_is_missing(given):
    with pytest.raises(InvalidArgumentError) as caught:
        study(model={"A": Rubbish(given)})
    assert "Rubbish.fit of model 'rubbish' returned" in str(caught.value)
    assert "normal: shape (2, 26), found none" in str(caught.value)
    assert "residuals: shape (2, 120), found none" in str(caught.value)


# --- every public function -------------------------------------------------------------------

WRONG = [None, 5, -1.5, "nonsense", "", [], {}, (), object(), float("nan"), [None], {"x": 1}, True]
FUNCTIONS = [name for name in es.__all__ if inspect.isfunction(getattr(es, name))]
LONG = ("calibrate", "specification_curve", "event_choices", "write_report", "write_standalone")
"""Functions of which other arguments are given only with results that are wrong."""


@pytest.fixture
def right(tmp_path, monkeypatch, results):
    """Arguments of each function with which it runs."""
    monkeypatch.chdir(tmp_path)
    FRAME.to_csv("p.csv", index_label="date")
    es.write_events(EVENTS, "e.csv")
    request = {"A": {"source": "csv", "symbol": "p.csv", "column": "A"}}
    return {
        "run_study": {"events": EVENTS, "prices": FRAME},
        "read_events": {"source": "e.csv"},
        "load_prices": {"request": request},
        "read_factors": {"path": "p.csv", "rf": ""},
        "write_events": {"events": EVENTS, "path": "x.csv"},
        "write_report": {"results": results, "folder": "report"},
        "write_standalone": {"results": results, "path": "report.html"},
        "quality": {"prices": FRAME},
        "load_example": {},
        "processes": {"jobs": 1},
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_wrong_arguments_to_a_public_function_raise_no_bare_error(right, results, name):
    function, given = getattr(es, name), right.get(name, {"results": results})
    for calls in ({"zzz": 1}, {"no_such_argument": None}):
        with pytest.raises(InvalidArgumentError, match=f"{name} takes no"):
            function(**given, **calls)
    if given:
        with pytest.raises(InvalidArgumentError, match="missing a required argument"):
            function()
    names = list(given)[:1] if name in LONG else list(inspect.signature(function).parameters)
    for argument in names:
        for wrong in WRONG:
            try:
                function(**{**given, argument: wrong})
            except (es.EventStudyError, OSError):
                continue
