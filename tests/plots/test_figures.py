"""Figures of `es.plots`: one look, named traces, axes that say what they show and in which unit."""

import inspect

import numpy as np
import plotly.graph_objects as go
import pytest
from two_assets import series, study

import eventstudy as es

LOOK = ["theme", "template"]


@pytest.fixture(scope="module")
def small():
    return study(series(900, assets=("AAA", "BBB")), [500, 560, 620, 700])


@pytest.fixture(scope="module")
def made(small):
    """Every public figure, with what it takes besides the look."""
    event, curve = "e500", es.specification_curve(small, samples=20)
    calibration = es.calibrate(small, samples=20, effects=(0.02,))
    takes = {
        "ar": (small, event, "AAA"),
        "around": (small, event, "AAA"),
        "caar": (small,),
        "car_path": (small, event, "AAA"),
        "event": (small, event),
        "forest": (small, "AAA"),
        "groups": (small, "title", "AAA"),
        "heatmap": (small, "AAA"),
        "ordinary": (small, event, "AAA"),
        "power": (calibration, small.headline, "AAA"),
        "price": (small, "AAA"),
        "residuals": (small, event, "AAA"),
        "scatter": (small, "AAA", "BBB"),
        "specification_curve": (curve, "AAA"),
    }
    public = {
        name: function
        for name, function in vars(es.plots).items()
        if inspect.isfunction(function) and function.__module__.startswith("eventstudy.plots.")
    }
    return {name: (function, takes[name]) for name, function in public.items() if name in takes}


def test_every_figure_takes_a_theme_and_a_template():
    for name, function in vars(es.plots).items():
        if inspect.isfunction(function):
            looks = [p for p in inspect.signature(function).parameters if p in LOOK]
            assert looks == LOOK, name


def test_traces_are_named_and_axes_have_titles(made):
    for name, (function, takes) in made.items():
        figure = function(*takes)
        assert isinstance(figure, go.Figure)
        assert all(trace.name for trace in figure.data), name
        for axis in (*figure.select_xaxes(), *figure.select_yaxes()):
            assert axis.title.text, name
        assert figure.layout.title.text, name


def test_a_theme_sets_ground_and_text_and_a_template_takes_their_place(made):
    for name, (function, takes) in made.items():
        dark, white = function(*takes, theme="dark"), function(*takes, template="simple_white")
        assert dark.layout.paper_bgcolor == "#1b2126", name
        assert dark.layout.font.color == "#e7eaed", name
        assert white.layout.paper_bgcolor is white.layout.font.color is None, name
        assert white.layout.template.layout.plot_bgcolor == "white", name


@pytest.mark.parametrize(
    ("look", "words"),
    [({"theme": "drak"}, "no theme 'drak'.*dark"), ({"template": "plotly_wite"}, "plotly_white")],
)
def test_a_look_that_is_not_there_is_said_with_the_nearest(small, look, words):
    with pytest.raises(es.EventStudyError, match=words):
        es.plots.car_path(small, "e500", "AAA", **look)


def test_the_bar_of_a_path_is_the_interval_that_holds(small):
    """Of the car table, as a simple return in per cent, as the axis says."""
    car = small.at_primary(small.car()).set_index(["event_id", "asset"]).loc["e500", "AAA"]
    (bar,) = [t for t in es.plots.car_path(small, "e500", "AAA").data if "interval" in t.name]
    expected = 100 * np.expm1([car["ci_low"], car["ci_high"]])
    np.testing.assert_allclose(bar.y, expected, rtol=1e-9)
