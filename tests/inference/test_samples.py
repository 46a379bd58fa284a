"""Many samples at once give what they give one after the other."""

from dataclasses import replace

import by_hand
import numpy as np
import pytest

import eventstudy as es
from eventstudy.abnormal.joint_dummies import mean_with_joint_dummies
from eventstudy.inference import CrossSection, make_tests
from eventstudy.inference.average import average
from eventstudy.inference.coverage import DRAWS, holds_zero, means_of
from eventstudy.inference.placement import at_positions, placements
from eventstudy.inference.samples import ManyAtOnce, with_effect
from eventstudy.inference.shared_estimation import same_series_correlation, shared_estimations
from eventstudy.models.solvers import moments_solver

WINDOW = (0, 1)
EFFECTS = (0.0, 0.004, 0.02)
PATH = [(-5, day) for day in range(-5, 6)]
CROWDED = [900, 901, 903, 906, 908, 909, 912, 915, 916]
APART = [300, 420, 560, 700, 1100, 1240]


def samples_of(dated, closed=(), samples=7):
    """Samples of a study whose events are (asset, position) among 2,000 dates."""
    names = sorted({asset for asset, _ in dated})
    frame = by_hand.prices(dict.fromkeys(names, closed))
    results = by_hand.run(frame, dated)
    chosen = CrossSection(results.abnormal, WINDOW, results.history)
    placed = placements(chosen, samples, np.random.default_rng(3))
    return at_positions(chosen, placed.positions)


@pytest.fixture(scope="module")
def designs():
    return {
        "crowded": samples_of([("A", day) for day in CROWDED], closed=(640, 641, 1500)),
        "apart": samples_of([("A", day) for day in APART]),
        "many": samples_of([("A", day) for day in range(300, 1900, 50)], samples=4),
        "two series": samples_of([(name, day) for name in "AB" for day in APART]),
        "one": samples_of([("A", 900)]),
    }


@pytest.mark.parametrize("design", ["crowded", "apart", "many", "two series", "one"])
@pytest.mark.parametrize("name", ["ewma-sq", "rank-sum-ewma", "calendar-shift", "union-ewma"])
def test_the_p_of_every_sample_is_that_of_the_test(designs, design, name):
    samples = designs[design]
    (test,) = make_tests([name])
    assert isinstance(test, ManyAtOnce)
    at_once = test.p_of_samples(samples, EFFECTS)
    for number, row in enumerate(at_once):
        sample = samples.sample(number)
        one = [
            test(replace(sample, abnormal=with_effect(sample.abnormal, WINDOW, effect))).p
            for effect in EFFECTS
        ]
        np.testing.assert_allclose(row, one, rtol=1e-12)


def test_there_is_a_p_to_compare_in_every_kind_of_design(designs):
    """The comparison above would hold for NaN alone."""
    leads = {
        "crowded": ("calendar-shift", "union-ewma"),
        "apart": ("rank-sum-ewma",),
        "many": ("rank-sum-ewma",),
        "two series": ("rank-sum-ewma",),
        "one": ("ewma-sq",),
    }
    for design, names in leads.items():
        for test in make_tests(names):
            p = test.p_of_samples(designs[design], EFFECTS)
            assert np.isfinite(p).all(), (design, test.name)
            assert (p[:, -1] <= p[:, 0]).mean() > 0.5  # an effect of 2 % is seen


@pytest.mark.parametrize("windows", [[WINDOW], PATH])
@pytest.mark.parametrize("design", ["crowded", "apart", "many", "two series"])
def test_intervals_are_those_of_the_average_of_each_sample(designs, design, windows):
    """`average` fits its joint dummies with statsmodels, one sample after the other."""
    samples, draws = designs[design], DRAWS if len(windows) > 1 else None
    means = means_of(samples, windows, draws)
    for number in range(len(samples.rows)):
        sample = samples.sample(number)
        one = average(sample.abnormal, windows, samples.history, draws=draws)
        np.testing.assert_allclose(means.mean[number], one.mean, rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(means.half[number], (one.high - one.low) / 2, rtol=1e-9)
        np.testing.assert_allclose(means.half_of_band[number], one.half, rtol=1e-9)
        np.testing.assert_allclose(means.event_sd_ratio[number], one.event_sd_ratio, rtol=1e-9)


@pytest.mark.parametrize("design", ["crowded", "apart", "one"])
def test_an_interval_holds_zero_where_its_ends_are_on_both_sides(designs, design):
    samples = designs[design]
    held = holds_zero(samples)
    for number in range(len(samples.rows)):
        sample = samples.sample(number).abnormal
        one = average(sample, [WINDOW], samples.history, draws=DRAWS)
        assert held.interval[number] == (one.low[0] <= 0 <= one.high[0])
        path = average(sample, PATH, samples.history, draws=DRAWS)
        assert held.path[number] == (np.abs(path.mean) <= path.half).all()


def test_a_sample_whose_path_ends_with_the_series_has_an_interval_and_no_band():
    """Day 1 998 has a day 1 and no day 5."""
    frame = by_hand.prices({"A": ()})
    results = by_hand.run(frame, [("A", 900), ("A", 1100)])
    chosen = CrossSection(results.abnormal, WINDOW, results.history)
    held = holds_zero(at_positions(chosen, np.array([[500, 1998], [500, 1200]])))
    assert np.isfinite(held.interval).all()
    assert np.isnan(held.path).tolist() == [True, False]


def test_calendars_of_different_length_do_not_disturb_one_another(designs):
    """Fitted beside a longer one, a calendar has the numbers that it has by itself."""
    samples = designs["crowded"]
    joint = means_of(samples, [WINDOW])
    history, sample = samples.history, samples.sample(3).abnormal
    estimation = np.unique(sample.estimation_days[np.isfinite(sample.residuals)])
    data, model = history.data["A"], history.models["A"]
    alone = mean_with_joint_dummies(
        data, model, sample.position, [WINDOW], estimation, moments_solver
    )
    assert joint.mean[3, 0] == pytest.approx(alone.mean[0], rel=1e-12)


def test_what_estimation_windows_share_is_that_of_each_sample(designs):
    samples = designs["many"]
    one_by_one = [
        same_series_correlation(samples.sample(number).abnormal, WINDOW, samples.history)
        for number in range(len(samples.rows))
    ]
    at_once = shared_estimations(samples, WINDOW)
    np.testing.assert_allclose(at_once, one_by_one, rtol=1e-9, atol=1e-15)
    assert len(set(one_by_one)) > 1


def test_a_day_that_several_samples_hold_is_measured_once(designs):
    samples = designs["one"].of(np.ones(7, dtype=bool))
    again = replace(samples, rows=np.repeat(samples.rows, 3, axis=0))
    (test,) = make_tests(["ewma-sq"])
    np.testing.assert_array_equal(
        test.p_of_samples(again, EFFECTS), np.repeat(test.p_of_samples(samples, EFFECTS), 3, axis=0)
    )
    assert len(again.days.day0) == len(np.unique(samples.rows))


def test_a_calibration_runs_other_tests_one_by_one():
    """A test of the user's knows one cross-section at a time."""
    frame = by_hand.prices({"A": ()})
    results = by_hand.run(frame, [("A", 900)])
    size = es.calibrate(results, tests=["ewma-sq", "prediction-error-t"], samples=40).size
    assert size["test"].tolist()[:2] == ["ewma-sq", "prediction-error-t"]
    assert size["samples"].eq(40).all()
