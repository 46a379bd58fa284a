"""Words in figures stand where nothing else is; marks of narrow axes do not touch."""

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.plots.mean_path import mean_path_data
from eventstudy.plots.minutes_day import _numbers
from eventstudy.plots.named_price import OFFSETS, PANELS
from eventstudy.plots.room import CHARACTER, LINE, WIDTH, Room
from eventstudy.report.sections.each import marks

DAYS = np.arange(100.0)


def covered(room, centre, lines):
    """How many points of a line lie in the box of words, without what is kept clear."""
    half = np.array([CHARACTER * max(map(len, lines)), LINE * len(lines)]) / 2
    return int(((room.line > centre - half) & (room.line < centre + half)).all(axis=1).sum())


@pytest.mark.parametrize("shape", ["peak", "trough", "rise", "fall"])
def test_a_name_stands_off_the_line(shape):
    price = {
        "peak": 50 - np.abs(DAYS - 50),
        "trough": np.abs(DAYS - 50),
        "rise": DAYS / 2,
        "fall": 50 - DAYS / 2,
    }[shape]
    room = Room(DAYS, price, (0.0, 99.0), (-25.0, 75.0), 190)
    mark = np.array(room.pixels(50.0, price[50]))
    lines = ["a name of", "three", "lines"]
    before = Room(DAYS, price, (0.0, 99.0), (-25.0, 75.0), 190)
    centre = mark + OFFSETS[room.best(mark, OFFSETS, lines)]
    assert covered(before, centre, lines) == 0
    assert 0 < centre[0] < WIDTH
    assert 0 < centre[1] < 190


def test_names_of_neighbouring_days_stand_off_one_another():
    room = Room(DAYS, np.zeros(100), (0.0, 99.0), (-1.0, 1.0), 190)
    for day in (48.0, 50.0, 52.0, 54.0):
        mark = np.array(room.pixels(day, 0.0))
        room.best(mark, OFFSETS, ["14 Sep -0.35 %"])
    boxes = np.array(room.taken)
    for place, box in enumerate(boxes):
        for other in boxes[place + 1 :]:
            apart = (box[2:] <= other[:2]).any() or (other[2:] <= box[:2]).any()
            assert apart


def test_a_line_of_two_points_is_kept_clear_all_along():
    room = Room(np.array([0.0, 99.0]), np.zeros(2), (0.0, 99.0), (-1.0, 1.0), 190)
    assert np.diff(np.sort(room.line[:, 0])).max() <= 4


@pytest.mark.parametrize(
    ("clocks", "numbers"),
    [
        (["12:00", "14:00"], ["1", "2"]),
        (["12:00", "12:20", "14:00"], ["1", "2<br> ", "3"]),
        (["12:00", "12:20", "12:40"], ["1", "2<br> ", "3<br> <br> "]),
    ],
)
def test_numbers_of_marks_that_would_touch_stand_one_above_the_other(clocks, numbers):
    times = [f"2022-01-13T{clock}" for clock in clocks]
    assert _numbers(times, ["2022-01-13T10:00", "2022-01-13T20:00"]) == numbers


@pytest.mark.parametrize(("low", "high"), [(-0.016, 0.011), (-0.3, 0.1), (0.0, 0.02)])
def test_every_second_mark_of_an_axis_stays_on_paper_and_zero_is_one(low, high):
    shown = marks(low, high)
    kept = [text for _, text, major in shown if major]
    assert "0" in kept
    assert len(kept) <= len(shown) // 2 + 1
    assert len(kept) <= 4


def test_every_named_day_of_a_price_has_its_words_inside_the_range():
    price = pd.Series(100 + np.sin(np.arange(600) / 9), pd.bdate_range("2020-01-01", periods=600))
    days = price.index[[300, 420]]
    events = pd.DataFrame({"event_id": ["a", "b"], "date": days, "title": ["First", "Second"]})
    results = es.run_study(events, price.to_frame("X"), model=es.models.ConstantMean())
    figure = es.plots.named_price(results, "X")
    low, high = figure.layout.yaxis.range
    assert low < price.iloc[275:435].min() < price.iloc[275:435].max() < high
    assert {note.text for note in figure.layout.annotations} == {"First", "Second"}


@pytest.mark.parametrize(("width", "height"), PANELS)
@pytest.mark.parametrize("jump", [0.06, -0.06])
@pytest.mark.parametrize("seed", range(4))
def test_the_name_of_one_event_stands_off_the_price_at_every_width(width, height, jump, seed):
    moves = np.random.default_rng(seed).normal(np.sign(jump) / 1000, 0.01, 500)
    moves[400] += jump
    price = pd.Series(100 * np.exp(moves.cumsum()), pd.bdate_range("2020-01-01", periods=500))
    named = pd.DataFrame(
        {
            "session": price.index[[400]],
            "name": ["The chairman resigns after a long dispute with the supervisors −5.86 %"],
            "stands_out": [True],
        }
    )
    events = pd.DataFrame({"event_id": ["a"], "date": named["session"], "title": ["t"]})
    results = es.run_study(events, price.to_frame("X"), model=es.models.ConstantMean())
    figure = es.plots.named_price(results, "X", named)
    (note,) = figure.layout.annotations
    lines = note.text.split("<br>")
    assert lines[-1] == "−5.86\N{NARROW NO-BREAK SPACE}%"
    shown = price.iloc[375:415]
    days = shown.index.to_numpy().astype("datetime64[D]").astype(float)
    ends = tuple(figure.layout.yaxis.range)
    room = Room(days, shown.to_numpy(), (days[0], days[-1]), ends, height, width)
    mark = np.array(room.pixels(days[25], price.iloc[400]))
    offset = np.array([note.ax, note.ay])
    assert covered(room, mark + offset, lines) == 0
    half = np.array([CHARACTER * max(map(len, lines)), LINE * len(lines)]) / 2
    assert room.crossings(mark, offset[None], half)[0] == 0


def test_the_name_of_the_strongest_fits_the_days_beside_the_window():
    price = pd.Series(100 + np.sin(np.arange(600) / 9), pd.bdate_range("2020-01-01", periods=600))
    days = price.index[range(300, 420, 20)]
    events = pd.DataFrame({"event_id": [f"e{n}" for n in range(6)], "date": days, "title": "t"})
    results = es.run_study(events, price.to_frame("X"), model=es.models.ConstantMean())
    figure = es.plots.mean_path(results, "all events", "X", "4 Feb: S0071 reports for the quarter")
    note = next(note for note in figure.layout.annotations if "S0071" in note.text)
    lines = note.text.split("<br>")
    assert CHARACTER * max(map(len, lines)) <= 270 * 3.9 / 10 + CHARACTER  # of a phone's panel


def test_a_mean_over_assets_is_drawn_where_two_of_its_paths_overlap():
    rng = np.random.default_rng(2)
    names = [f"S{n}" for n in range(8)]
    days = pd.bdate_range("2020-01-01", periods=700)
    prices = pd.DataFrame(100 * np.exp(rng.normal(0, 0.01, (700, 8)).cumsum(axis=0)), days, names)
    rows = [(name, 300 + 60 * k + 3 * n) for n, name in enumerate(names) for k in range(5)]
    rows.append(("S0", 309))  # its path shares days with that of the first
    events = pd.DataFrame(
        {
            "event_id": [f"e{place}" for place in range(len(rows))],
            "date": [days[place] for _, place in rows],
            "title": "t",
            "assets": [name for name, _ in rows],
        }
    )
    results = es.run_study(events, prices, model=es.models.ConstantMean())
    data = mean_path_data(results, "all events", "all")
    assert data.mean["mean"].notna().all()
    assert len(data.episodes) == len(rows)
