"""Prices, events and episodes whose truth is known, and agreement with a reference."""

import atexit
import math
import os

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.inference import CrossSection
from eventstudy.results import cross_section, levels

WORST: dict[str, float] = {}
"""Largest relative error seen, by test or model."""


def agree(name: str, ours, reference, rtol: float = 1e-9) -> None:
    """Assert that numbers equal those of a reference, and remember the largest error."""
    a, b = np.atleast_1d(np.asarray(ours, float)), np.atleast_1d(np.asarray(reference, float))
    np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-14, err_msg=name)
    error = float((np.abs(a - b) / np.maximum(np.abs(b), 1e-6)).max())
    WORST[name] = max(WORST.get(name, 0.0), error)


def _print_errors() -> None:
    for name in sorted(WORST):
        print(f"{name} {WORST[name]:.0e}")


if os.environ.get("EVENTSTUDY_ERRORS"):
    atexit.register(_print_errors)


def within_noise(rejected, size: float = 0.05, errors: float = 3.0) -> bool:
    """Whether a share of rejections is within Monte Carlo errors of a size."""
    share, n = float(np.mean(rejected)), len(rejected)
    return abs(share - size) <= errors * np.sqrt(size * (1 - size) / n)


def returns(names, days: int = 500, seed: int = 1, *, beta: float = 1.0, draw=None) -> es.Returns:
    """Returns of a market and of assets with this beta; errors normal, or by `draw`."""
    rng = np.random.default_rng(seed)
    market = rng.normal(0, 0.01, days)
    draw = draw or (lambda: rng.normal(0, 0.01, days))
    columns = {"MKT": market, **{name: beta * market + draw() for name in names}}
    return es.Returns(pd.DataFrame(columns, index=sessions(days)))


def sessions(days: int) -> pd.DatetimeIndex:
    """Business days."""
    return pd.bdate_range("2016-01-04", periods=days, name="session")


def events(days, **columns) -> pd.DataFrame:
    """One event for each position among the sessions."""
    dates = sessions(max(days) + 1)
    frame = pd.DataFrame(
        {
            "event_id": [f"e{place}" for place in range(len(days))],
            "date": [dates[day] for day in days],
            "title": "synthetic",
        }
    )
    return frame.assign(**columns)


def study(days, panel, *, model=None, car=((0, 0),), estimation=(-110, -11), **kwargs):
    """Run a study of events at these days with the market model."""
    frame = days if isinstance(days, pd.DataFrame) else events(days)
    reach = max(5, *(max(-a, b) for a, b in car))
    windows = es.Windows(estimation=estimation, event=(-min(reach, 10), reach), car=car)
    model = model or es.models.MarketModel("MKT")
    return es.run_study(frame, panel, model=model, windows=windows, **kwargs)


def section(results, window=(0, 0)) -> CrossSection:
    """Return the cross-section of the only level of a study."""
    (level,) = levels(results)
    return cross_section(results, level, window)


def episodes(
    residuals, shocks, *, day0=None, assets=None, gap=None, starts=None
) -> AbnormalReturns:
    """Episodes of the constant-mean model from raw estimation and event returns.

    `residuals` (N, L1) and `shocks` (N, D) are returns; event time begins at 0. Without
    dates of their own all episodes are of one date and asset i is named Si.
    """
    (n, inside), days = residuals.shape, shocks.shape[1]
    mean = residuals.mean(axis=1, keepdims=True)
    gap = np.zeros((n, 0)) if gap is None else gap
    first = np.full(n, 0) if starts is None else np.asarray(starts)
    begin = np.datetime64("2016-01-01") + first.astype("timedelta64[D]")
    axis = begin[:, None] + np.arange(inside + gap.shape[1] + days).astype("timedelta64[D]")
    zero = axis[:, -days] if day0 is None else np.asarray(day0)
    return AbnormalReturns(
        assets=np.array([f"S{i}" for i in range(n)]) if assets is None else np.asarray(assets),
        day0=zero,
        position=first + inside + gap.shape[1],
        offset=np.zeros(n, dtype=np.intp),
        tau=np.arange(days),
        dates=axis[:, -days:],
        returns=shocks,
        normal=np.repeat(mean, days, axis=1),
        benchmark=np.zeros_like(shocks),
        status=np.zeros(shocks.shape, dtype=np.int8),
        scale=np.ones(shocks.shape),
        leverage=np.full((n, days, 1), inside**-0.5),
        estimation_window=np.tile((-inside - gap.shape[1], -1 - gap.shape[1]), (n, 1)),
        estimation_dates=axis[:, :inside],
        residuals=residuals - mean,
        gap=gap - mean,
        s2=residuals.var(axis=1, ddof=1),
        df=np.full(n, inside - 1.0),
        coefficients=mean,
        coefficient_se=np.sqrt(residuals.var(axis=1, ddof=1, keepdims=True) / inside),
        missing=np.zeros(n, dtype=np.intp),
        excluded=np.zeros(n, dtype=np.intp),
        reasons=np.full(n, "", dtype=object),
        unestimated=np.full(n, "", dtype=object),
    )


def null_sample(n, seed, *, inside=120, days=1, rho=0.0, jump=1.0, **kwargs) -> CrossSection:
    """Normal episodes with equal correlation and an event variance `jump` times as large."""
    rng = np.random.default_rng(seed)

    def draw(count):
        common = rng.standard_normal((1, count))
        own = rng.standard_normal((n, count))
        return 0.01 * (np.sqrt(rho) * common + np.sqrt(1 - rho) * own)

    part = episodes(draw(inside), np.sqrt(jump) * draw(days), **kwargs)
    return CrossSection(part, (0, days - 1))


def running_z(residuals, after, days: int = 1):
    """Sums of `days` residuals over their volatility, day by day: the definition, in a loop.

    Returns those of the estimation days, and that of the last `days` of `after`. A missing
    residual leaves the variance as it is.
    """
    variance, made = float(np.nanmean(residuals**2)), []
    path = [*residuals.tolist(), *after.tolist()]
    for place in range(len(path) - days + 1):
        made.append(sum(path[place : place + days]) / math.sqrt(days * variance))
        if math.isfinite(path[place]):
            variance = 0.94 * variance + 0.06 * path[place] ** 2
    return np.array(made[: len(residuals) - days + 1]), made[-1]


approx = pytest.approx
