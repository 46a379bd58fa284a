"""Sums over windows without differences of longer sums, and least squares from them."""

import math

import numpy as np
import pytest

from eventstudy.models.moments import fit_moments, products
from eventstudy.models.window_sums import block_sums, gathered_products

SIZE = 50


def pegged():
    """Two series of 1e-6 a day; one of them was devalued by half once."""
    values = np.random.default_rng(1).normal(0, 1e-6, (2, 8 * SIZE))
    values[1, 130] = -0.5
    return values


def gathered(values, first, size):
    """Sums of each row: the first of what is gathered."""
    return [gathered_products(row[None], first, size)[0] for row in values]


@pytest.mark.parametrize("summed", [block_sums, gathered])
def test_no_sum_loses_digits_to_a_large_value_before_it(summed):
    values, first = pegged(), np.arange(0, 7 * SIZE)
    for row, series in enumerate(values):
        exact = [math.fsum(series[begin : begin + SIZE]) for begin in first.tolist()]
        size = [math.fsum(np.abs(series[begin : begin + SIZE])) for begin in first.tolist()]
        error = np.abs(summed(values, first, SIZE)[row] - exact)
        assert (error <= 1e-14 * np.array(size)).all()


def test_running_sums_would_lose_them():
    series, first = pegged()[1], np.arange(140, 300)
    total = np.concatenate([[0], np.cumsum(series)])
    exact = np.array([math.fsum(series[begin : begin + SIZE]) for begin in first.tolist()])
    size = SIZE * 1e-6
    assert np.abs(total[first + SIZE] - total[first] - exact).max() > 1e-14 * size


def block_products(values, first, size):
    return block_sums(products(values[0], values[1:]), first, size)


@pytest.mark.parametrize("summed", [block_products, gathered_products])
@pytest.mark.parametrize("k", [0, 1, 3])
def test_fits_from_sums_are_numpys_least_squares(k, summed):
    rng = np.random.default_rng(k)
    x = rng.normal(0, 0.01, (k, 4 * SIZE))
    y = 0.001 + x.sum(axis=0) + rng.normal(0, 0.02, 4 * SIZE)
    centre = np.array([0.002, *(0.001 * np.ones(k))])
    first = np.array([0, 7, 100])
    sums = summed(np.vstack([y, x]) - centre[:, None], first, SIZE)
    count = np.full(len(first), SIZE)
    fits, hard = fit_moments(sums, count, np.tile(centre[:, None], 3), constant=True)
    assert not hard.any()
    for row, begin in enumerate(first.tolist()):
        rows = slice(begin, begin + SIZE)
        design = np.column_stack([np.ones(SIZE), *x[:, rows]])
        params, rss, *_ = np.linalg.lstsq(design, y[rows], rcond=None)
        np.testing.assert_allclose([fits.constant[row], *fits.slopes[row]], params, rtol=1e-11)
        np.testing.assert_allclose(fits.s2[row] * fits.df[row], rss[0], rtol=1e-12)
        inverse = fits.half[row] @ fits.half[row].T
        np.testing.assert_allclose(inverse, np.linalg.inv(design.T @ design), rtol=1e-9)


@pytest.mark.parametrize("kind", ["constant", "reproduced", "collinear", "one jump"])
def test_what_sums_cannot_tell_is_said(kind):
    rng = np.random.default_rng(2)
    x = rng.normal(0, 0.01, (2, SIZE))
    y = rng.normal(0, 0.01, SIZE)
    centre = np.zeros((3, 1))
    if kind == "constant":
        y[:] = 0.25
    elif kind == "reproduced":
        y = x.sum(axis=0)
    elif kind == "collinear":
        x[1] = 2 * x[0]
    else:  # the mean of the asset is far from that of the window
        centre[0] = 1.0
    sums = gathered_products(np.vstack([y, x]) - centre, np.array([0]), SIZE)
    _, hard = fit_moments(sums, np.array([SIZE]), centre, constant=True)
    assert hard.all()
