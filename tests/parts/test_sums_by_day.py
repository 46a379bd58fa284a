"""What sums by day are made of: unit residuals where their days are, and numbered days."""

import numpy as np
import pytest
from parts_study import ASKED, events, market

import eventstudy as es
from eventstudy.arrays import distinct
from eventstudy.inference.known_residuals import known_residuals
from eventstudy.inference.packed_residuals import unit_in_place


@pytest.mark.parametrize("gaps", [0.0, 0.03])
def test_unit_residuals_lie_where_their_days_are(gaps):
    frame = market(20, 1_200, gaps)
    study = es.run_study(events(frame, 50, 15), frame, **ASKED)
    for block in study.abnormal.blocks():
        days = known_residuals(block)
        unit, usable, known, count = unit_in_place(block, 30)
        again, usable_again = days.unit(30)
        np.testing.assert_allclose(unit, again, rtol=0, atol=1e-13)
        np.testing.assert_array_equal(known, days.known)
        np.testing.assert_array_equal(count, days.count)
        np.testing.assert_array_equal(usable, usable_again)


@pytest.mark.parametrize(
    "numbers", [[], [7], [5, 3, 5], [-2, 0, -2, 1], [10**9, -(10**9), 3], list(range(50, 0, -1))]
)
def test_numbers_are_told_apart_as_numpy_does(numbers):
    given = np.array(numbers, dtype=np.intp)
    for made, wanted in zip(distinct(given), np.unique(given, return_inverse=True), strict=True):
        np.testing.assert_array_equal(made, wanted)
