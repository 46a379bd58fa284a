"""The summary as text, HTML and LaTeX; attributes beside CARs; what is pickled; old spellings."""

import inspect
import pickle
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from two_assets import series

import eventstudy as es

PLACES = (400, 460, 520, 580, 640, 700)


@pytest.fixture(scope="module")
def two_groups():
    """A study with a move planted in one group, and names that HTML and LaTeX would take."""
    prices = series(800, assets=("A & B", "C_1<i>"))
    for place in PLACES[:3]:
        prices.iloc[place:, 0] *= 0.85
    events = pd.DataFrame(
        {
            "event_id": [f"e{place}" for place in PLACES],
            "date": prices.index[list(PLACES)],
            "title": "t",
            "speaker": ["Ann", "Bob"] * 3,
            "tags": ["bad"] * 3 + ["good"] * 3,
            "surprise": ["1.5", "", "-2", "0", "3", "4"],
            "place": ["here", "there", "", "", "", "7"],
            "car": ["a"] * 6,
        }
    )
    groups = {name: es.Group(tag=name) for name in ("bad", "good")}
    return es.run_study(events, prices, groups=groups)


def test_the_summary_is_its_text_and_knows_its_tables(two_groups):
    summary = two_groups.summary()
    assert type(str(summary)) is str
    assert str(summary) == summary.as_text() == repr(summary)
    assert "Mean cumulative abnormal returns" in summary
    again = pickle.loads(pickle.dumps(summary))
    assert (again, again.as_latex()) == (summary, summary.as_latex())


def test_means_carry_the_p_of_the_test_that_leads(two_groups):
    tests = two_groups.tests()
    leading = tests[(tests["role"] == "headline") & tests["valid"]]
    (line,) = [
        own
        for own in two_groups.summary().splitlines()
        if own.startswith("A & B") and "good" in own and "[0, 0]" in own and "%" in own
    ]
    chosen = leading[(leading["group"] == "good") & (leading["asset"] == "A & B")]
    (p,) = chosen.loc[chosen["end"] == 0, "p"]
    assert line.split()[-1] == f"{p:.3f}"


def test_latex_has_stars_where_the_test_that_leads_rejects(two_groups):
    latex = two_groups.summary().as_latex()
    rows = [line for line in latex.splitlines() if line.endswith(r"\\")]
    assert {row.count("&") - row.count(r"\&") for row in rows} == {1 + len(two_groups.windows.car)}
    assert r"A \& B & bad" in latex
    assert r"C\_1\textless{}i\textgreater{}" in latex
    tests = two_groups.tests()
    leading = tests[(tests["role"] == "headline") & tests["valid"]]
    expected = sum((p <= 0.10) + (p <= 0.05) + (p <= 0.01) for p in leading["p"])
    assert sum(len(found) for found in re.findall(r"\^\{(\*+)\}", latex)) == expected > 0
    begun, ended = (re.findall(rf"\\{word}\{{(\w+)\}}", latex) for word in ("begin", "end"))
    assert begun == ended[::-1] == ["table", "tabular"]


def test_html_shows_every_mean_and_escapes_names(two_groups):
    cells = []

    class Cells(HTMLParser):
        def handle_data(self, data):
            cells.append(data)

    Cells().feed(two_groups.summary().as_html())
    assert "C_1<i>" in cells
    assert cells.count("bad") >= 2 * len(two_groups.windows.car)


def test_attributes_stand_beside_cars(two_groups):
    frame = two_groups.car(attributes=True)
    plain = two_groups.car()
    pd.testing.assert_frame_equal(frame[list(plain.columns)], plain)
    first = frame.drop_duplicates("event_id").set_index("event_id")
    assert first["surprise"].dtype == float
    np.testing.assert_array_equal(first["surprise"], [1.5, np.nan, -2, 0, 3, 4])
    assert list(first["place"]) == ["here", "there", "", "", "", "7"]
    assert list(first["event_car"]) == ["a"] * 6  # "car" is taken
    assert list(first["date"]) == list(two_groups.prices.frame.index[list(PLACES)])
    assert list(first["tags"]) == [("bad",)] * 3 + [("good",)] * 3


def test_a_pickle_holds_what_was_measured_and_not_what_is_made_again(two_groups):
    two_groups.tests()  # looks at every other place of the series
    assert "history" in two_groups.__dict__
    again = pickle.loads(pickle.dumps(two_groups))
    assert "history" not in again.__dict__
    pd.testing.assert_frame_equal(again.tests(), two_groups.tests())


def test_old_spellings_are_kept_with_a_warning(two_groups):
    for name in ("ewma_sq", "scaled_car"):
        frame = getattr(two_groups, name)
        with pytest.warns(FutureWarning, match=rf"write results\.{name} in place"):
            called = frame()
        assert type(called) is type(frame.head()) is pd.DataFrame
        pd.testing.assert_frame_equal(called, pd.DataFrame(frame))


@pytest.mark.parametrize("kind", ["EventStudyResults", "EventTimeResults", "MinuteResults"])
def test_frames_without_an_argument_are_properties_and_the_others_methods(kind):
    """A method whose only parameter is `self` would be a property where it returns a frame."""
    held = getattr(es, kind)
    frames = 0
    for name in dir(held):
        member = inspect.getattr_static(held, name)
        if name.startswith("_") or not inspect.isfunction(member):
            continue
        returned = inspect.signature(member).return_annotation
        if returned == "pd.DataFrame":
            frames += 1
            assert len(inspect.signature(member).parameters) > 1, name
    assert frames > 3
