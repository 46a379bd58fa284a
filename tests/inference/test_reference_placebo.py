"""Placebo tests against studies run one by one at every ordinary day of a small series."""

import itertools

import numpy as np
import pandas as pd
import pytest
from synthetic import agree, events, returns, running_z, section, sessions

import eventstudy as es
from eventstudy.inference import TESTS, CrossSection, PlaceboDates, PlaceboEwma, PlaceboMatched
from eventstudy.inference.placebo import scaled_z, textbook_t
from eventstudy.settings import Windows

DAYS = 330
REAL = [200, 208, 260]
WINDOW = (0, 1)
INSIDE = 70
SETTINGS = {
    "windows": Windows(estimation=(-75, -6), event=(-5, 5), car=[WINDOW]),
    "options": es.Options(min_estimation=60, average="by-asset"),
}


def waves(seed=3):
    """Returns of one asset whose volatility doubles and halves, and of its market."""
    rng = np.random.default_rng(seed)
    scale = 0.01 * np.exp(0.6 * np.sin(np.arange(DAYS) / 30))
    return returns(["AAA"], DAYS, draw=lambda: scale * rng.standard_normal(DAYS))


def run(days, panel):
    return es.run_study(events(days), panel, model=es.models.MarketModel("MKT"), **SETTINGS)


def measured(results, event, day):
    """CAR, t, scaled CAR and volatility of the eve of one observation, by hand from its AR."""
    car = results.car().set_index("event_id").loc[event]
    fit = results.regression(event, "AAA")
    residuals = fit.resid.reindex(sessions(DAYS)[day - 75 : day - 5]).to_numpy()
    ar = results.ar[results.ar["event_id"] == event].set_index("tau")["ar"]
    z = running_z(residuals, ar.loc[:1].to_numpy(), 2)[1]
    return {"car": car["car"], "t": car["t"], "z": z, "eve": car["car"] / z / np.sqrt(2)}


@pytest.fixture(scope="module")
def real():
    return run(REAL, waves())


@pytest.fixture(scope="module")
def ordinary():
    """The study run anew at every day none of whose CAR days is one of a real event."""
    panel, found = waves(), {}
    taken = {day + tau for day in REAL for tau in (0, 1)}
    for day in range(75, DAYS - 1):
        if not taken & {day, day + 1}:
            found[day] = measured(run([*REAL, day], panel), "e3", day)
    return pd.DataFrame(found).T


def one(results, row):
    part = section(results, WINDOW)
    return part.rows(np.array([row]))


@pytest.mark.slow
def test_placebo_days_are_all_ordinary_days(real, ordinary):
    assert real.history.placebo("AAA").positions.tolist() == ordinary.index.tolist()
    assert len(ordinary) == 330 - 1 - 75 - 3 * 3


@pytest.mark.parametrize(("measure", "column"), [(textbook_t, "t"), (scaled_z, "z")])
def test_ordinary_days_are_measured_as_studies_run_one_by_one(real, ordinary, measure, column):
    """From sums over windows, without any residual; one by one they are fitted by statsmodels."""
    values = real.history.measured("AAA", WINDOW, measure)
    np.testing.assert_allclose(values, ordinary[column], rtol=0, atol=1e-12)


@pytest.mark.parametrize(("name", "column"), [("placebo-dates", "t"), ("placebo-ewma", "z")])
@pytest.mark.parametrize("row", [0, 1, 2])
def test_placebo_p_of_one_episode_counts_studies_run_one_by_one(real, ordinary, name, column, row):
    own = measured(real, f"e{row}", REAL[row])[column]
    found = TESTS[name]()(one(real, row))
    agree(name, found.statistic, own, rtol=1e-8)
    n = len(ordinary)
    agree(name, found.p, (1 + (ordinary[column].abs() >= abs(own)).sum()) / (n + 1))
    agree(name, found.details["smallest_p"], 1 / (n + 1))


@pytest.mark.parametrize("row", [0, 1, 2])
def test_matched_placebo_days_have_nearly_the_volatility_of_the_event(real, ordinary, row):
    own = measured(real, f"e{row}", REAL[row])
    near = ordinary[ordinary["eve"].between(own["eve"] / 1.25, own["eve"] * 1.25)]
    assert 39 <= len(near) < len(ordinary) / 1.5
    found = PlaceboMatched()(one(real, row))
    larger = (near["car"].abs() >= abs(own["car"])).sum()
    agree("placebo-matched", found.p, (1 + larger) / (len(near) + 1))
    assert found.details["placebo_days"] == len(near)


@pytest.mark.parametrize(
    ("test", "column"), [(PlaceboDates(), "t"), (PlaceboEwma(), "z"), (PlaceboMatched(), "car")]
)
def test_two_episodes_are_compared_with_all_pairs_of_days(real, ordinary, test, column):
    """4,999 seeded draws against every pair of ordinary days: within Monte Carlo noise."""
    rows = [0, 2]
    own = [measured(real, f"e{row}", REAL[row]) for row in rows]
    pools = [ordinary[column]] * 2
    if column == "car":
        factor = 1.25
        pools = [
            ordinary[ordinary["eve"].between(o["eve"] / factor, o["eve"] * factor)]["car"]
            for o in own
        ]
    mean = np.mean([o[column] for o in own])
    pairs = np.array(list(itertools.product(*pools))).mean(axis=1)
    share = (np.abs(pairs) >= abs(mean)).mean()
    found = test(section(real, WINDOW).rows(np.array(rows)))
    assert found.statistic == pytest.approx(mean, rel=1e-8)
    assert abs(found.p - share) < 4 * np.sqrt(share * (1 - share) / 4999) + 1 / 5000
    assert found.details["smallest_p"] == 1 / 5000


def by_hand(ordinary, days):
    """Every move of a calendar: the scaled CARs on ordinary days, where four in five are."""
    made = {}
    for move in range(-min(days), DAYS - max(days)):
        landed = [ordinary["z"].get(day + move, np.nan) for day in days]
        if move and np.isfinite(landed).mean() >= 0.8:
            made[move] = np.array(landed)
    return made


def test_shifted_calendar_counts_every_move_over_ordinary_days(real, ordinary):
    days = REAL[:2]
    found = TESTS["calendar-shift"]()(section(real, WINDOW).rows(np.array([0, 1])))
    mean = np.mean([measured(real, f"e{row}", REAL[row])["z"] for row in (0, 1)])
    agree("calendar-shift", found.statistic, mean, rtol=1e-8)
    moves = by_hand(ordinary, days)
    larger = sum(abs(z.mean()) >= abs(mean) for z in moves.values())
    separate, last = 0, -DAYS
    for move in moves:  # a calendar of two days, eight apart, with windows [0, +1]
        if move - last >= 10:
            separate, last = separate + 1, move
    agree("calendar-shift", found.details["smallest_p"], 1 / (separate + 1))
    agree("calendar-shift", found.p, max((1 + larger) / (len(moves) + 1), 1 / (separate + 1)))
    assert found.details["shifts"] == len(moves)
    assert separate >= 19


def test_shifted_calendar_never_falls_below_one_over_its_separate_places(ordinary):
    """An effect larger than any day's: p is the floor, not one over the number of shifts."""
    panel = waves()
    frame = panel.frame.copy()
    frame.iloc[[200, 208], 1] += 0.5
    found = TESTS["calendar-shift"]()(section(run([200, 208], es.Returns(frame)), WINDOW))
    assert found.p == found.details["smallest_p"] > 1 / 40
    assert found.details["shifts"] > 200
    assert len(ordinary) > 200


def test_a_calendar_as_long_as_its_series_has_no_shift_to_compare_with(real):
    found = TESTS["calendar-shift"]()(section(real, WINDOW))
    assert found.reason.startswith("the series has room for the calendar at only")
    assert np.isnan(found.p)


def test_too_few_ordinary_days_give_a_reason():
    results = run([100], es.Returns(waves().frame.iloc[:110]))
    found = PlaceboDates()(section(results, WINDOW))
    assert found.reason == "only 31 ordinary days can be compared with; needs 39"


@pytest.mark.parametrize("name", ["placebo-dates", "placebo-ewma", "placebo-matched"])
def test_placebo_tests_need_the_series(real, name):
    part = section(real, WINDOW)
    assert TESTS[name]()(CrossSection(part.abnormal, WINDOW)).reason == (
        "needs the series behind the study"
    )


def test_placebo_since_bounds_the_days():
    panel = waves()
    since = str(sessions(DAYS)[100].date())
    options = es.Options(min_estimation=60, placebo_since=since)
    model = es.models.MarketModel("MKT")
    results = es.run_study(
        events([260]), panel, model=model, windows=SETTINGS["windows"], options=options
    )
    assert results.history.placebo("AAA").positions.min() == 175
