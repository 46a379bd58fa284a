"""Normal-return models beyond least squares: reference numbers, known truths, no look-ahead."""

import numpy as np

from eventstudy.models.garch import conditional_variance, filtered


def simulated_garch(n, omega, a, b, rng):
    """Returns with GARCH(1,1) errors, and their true conditional variance (one day more)."""
    h, e = np.empty(n + 1), np.empty(n)
    h[0] = omega / (1 - a - b)
    for day in range(n):
        e[day] = np.sqrt(h[day]) * rng.standard_normal()
        h[day + 1] = omega + a * e[day] ** 2 + b * h[day]
    return e, h


# --- GARCH: conditional variance --------------------------------------------------------


def test_conditional_variance_is_arch_s_own():
    from arch import arch_model

    e, _ = simulated_garch(500, 2e-6, 0.1, 0.85, np.random.default_rng(1))
    inside, ahead, converged = conditional_variance(e, np.full(7, np.nan))
    own = arch_model(100 * e, mean="Zero", rescale=False).fit(disp="off")
    assert converged
    np.testing.assert_allclose(inside, own.conditional_volatility**2 / 1e4, rtol=2e-3)
    forecast = own.forecast(horizon=7).variance.to_numpy()[0] / 1e4
    np.testing.assert_allclose(ahead, forecast, rtol=2e-3)
    exact = filtered(100 * e, *own.params, _start(100 * e))[:-1]
    np.testing.assert_allclose(exact, own.conditional_volatility**2, rtol=1e-12)


def _start(e):
    weights = 0.94 ** np.arange(75)
    return (weights * e[:75] ** 2).sum() / weights.sum()


def test_conditional_variance_recovers_the_true_forecast():
    e, h = simulated_garch(20_000, 2e-6, 0.1, 0.85, np.random.default_rng(2))
    inside, ahead, converged = conditional_variance(e[:-50], e[-50:])
    assert converged
    np.testing.assert_allclose(ahead, h[-51:-1], rtol=0.06)
    np.testing.assert_allclose(inside[200:], h[200:-51], rtol=0.12)


def test_a_day_s_variance_never_sees_its_own_residual_or_a_later_one():
    e, _ = simulated_garch(400, 2e-6, 0.1, 0.85, np.random.default_rng(3))
    _, calm, _ = conditional_variance(e[:300], e[300:])
    shocked = e.copy()
    shocked[350] += 0.2
    _, loud, _ = conditional_variance(shocked[:300], shocked[300:])
    np.testing.assert_array_equal(loud[:51], calm[:51])
    assert loud[51] > 2 * calm[51]


def test_a_missing_residual_leaves_the_variance_at_its_expectation():
    h = filtered(np.array([0.01, np.nan, np.nan]), 1e-6, 0.1, 0.8, 1e-4)
    assert np.isclose(h[2], 1e-6 + 0.9 * h[1], rtol=1e-12)
    assert np.isclose(h[3], 1e-6 + 0.9 * h[2], rtol=1e-12)


def test_constant_residuals_have_no_conditional_variance():
    for e in (np.zeros(250), np.full(250, 0.01), np.full(250, np.nan), np.empty(0)):
        inside, ahead, converged = conditional_variance(e, np.zeros(3))
        assert not converged
        assert np.isnan(inside).all()
        assert np.isnan(ahead).all()
