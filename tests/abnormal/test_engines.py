"""Two engines, one definition of each model: both give the same numbers, or it is said."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from golden_data import oracle_prices
from model_samples import SESSIONS, made_events

import eventstudy as es
from eventstudy.abnormal import engine, engine_sample
from eventstudy.models.solvers import COLLINEAR, moments_solver, statsmodels_solver

M = es.models
DAYS = range(280, 660, 5)
WINDOWS = es.Windows(estimation=(-260, -11), event=(-5, 5))


def factors(k, rng):
    """k correlated factor returns, and a market that they share."""
    common = rng.normal(0, 0.01, (len(SESSIONS), 1))
    return common + rng.normal(0.0002, 0.006, (len(SESSIONS), k))


def ordinary(x, rng):
    return 0.0003 + x.sum(axis=1) + rng.normal(0, 0.012, len(x))


def with_gaps(x, rng):
    y = ordinary(x, rng)
    y[rng.random(len(y)) < 0.05] = np.nan
    return y


def pegged(x, rng):
    """A currency that moves by 1e-6 a day, and was devalued once by half."""
    y = rng.normal(0, 1e-6, len(x))
    y[300] = -0.5
    return y


def rounded(x, rng):
    """An exchange rate near 1 that is quoted with four decimals."""
    price = np.round(np.exp(np.cumsum(0.3 * ordinary(x, rng))), 4)
    return np.concatenate([[np.nan], price[1:] / price[:-1] - 1])


def constant(x, rng):
    """No change at all in the estimation windows of the first events."""
    y = ordinary(x, rng)
    y[:330] = 0.0
    return y


def reproduced(x, rng):
    """A sum of its factors, but for the rounding of prices to eight digits."""
    return x.sum(axis=1) + rng.normal(0, 1e-8, len(x))


SERIES = [ordinary, with_gaps, pegged, rounded, constant, reproduced]


def study(y, x, chosen, model=None, **options):
    """The same events and returns by one engine."""
    names = [f"F{place}" for place in range(x.shape[1])]
    columns = dict(zip(names, x.T, strict=True)) | {"AAA": y}
    returns = es.Returns(pd.DataFrame(columns, index=SESSIONS).iloc[1:])
    model = model or (M.MultiFactor(*names) if names else M.ConstantMean())
    return es.run_study(
        made_events(DAYS),
        returns,
        model={"AAA": model},
        windows=WINDOWS,
        options=es.Options(engine=chosen, max_shift=10, **options),
    )


def assert_alike(one, two, tolerance=1e-10):
    """AR over σ, t, and errors relative to themselves differ by less."""
    assert list(one.reasons) == list(two.reasons)
    sigma, error = np.sqrt(two.s2)[:, None], two.ar_se()
    np.testing.assert_allclose(one.ar / sigma, two.ar / sigma, rtol=0, atol=tolerance)
    np.testing.assert_allclose(one.ar_se(), error, rtol=tolerance)
    np.testing.assert_allclose(one.ar / one.ar_se(), two.ar / error, rtol=tolerance, atol=tolerance)
    for window in ((0, 0), (0, 1), (-5, 5)):
        np.testing.assert_allclose(one.car_se(window), two.car_se(window), rtol=tolerance)
    np.testing.assert_allclose(one.df, two.df)


@pytest.mark.parametrize(
    ("series", "k"),
    [(series, k) for series in SERIES for k in range(series is reproduced, 7)],
    ids=lambda own: getattr(own, "__name__", own),
)
def test_moments_are_statsmodels(series, k):
    rng = np.random.default_rng(k)
    x = factors(k, rng)
    y = series(x, rng)
    one, two = (study(y, x, chosen) for chosen in ("moments", "statsmodels"))
    assert one.disagreements == ()
    assert np.isfinite(two.abnormal.s2).any()
    assert_alike(one.abnormal, two.abnormal)


FACTORS = ["SP500", "MTUM", "QUAL", "SIZE", "USMV", "VLUE"]
FLOATING = [f"{name}/USD" for name in ("ZAR", "MXN", "BRL", "INR", "IDR", "KRW")]


def stocks():
    """Stocks of the reference cases on their market and five correlated styles."""
    return oracle_prices()[["AAPL", "GE", "XOM", *FACTORS]], FACTORS


def currencies():
    """Rates of the ECB with four decimals and more: the euro's peg of the krone, too."""
    names = ["RUB/USD", "DKK/EUR", *FLOATING]
    frame = es.load_prices({name: f"ecb:{name}" for name in names}).frame
    return frame.loc["2016":"2021"], FLOATING


@pytest.mark.parametrize("k", range(7))
@pytest.mark.parametrize("real", [stocks, currencies], ids=lambda real: real.__name__)
def test_moments_are_statsmodels_on_real_prices(real, k):
    frame, names = real()
    model = M.MultiFactor(*names[:k]) if k else M.ConstantMean()
    days = [f"{day:%Y-%m-%d}" for day in frame.index[290:-10:40]]
    events = pd.DataFrame({"event_id": days, "date": days, "title": "event"})
    assets = [name for name in frame if name not in names]
    one, two = (
        es.run_study(
            events,
            frame,
            model=dict.fromkeys(assets, model),
            windows=WINDOWS,
            options=es.Options(engine=chosen, max_shift=10),
        )
        for chosen in ("moments", "statsmodels")
    )
    assert one.disagreements == ()
    assert np.isfinite(two.abnormal.s2).sum() > 0.9 * len(assets) * len(days)
    assert_alike(one.abnormal, two.abnormal)


def problems(x, y):
    """The same windows for a solver."""
    usable = np.ones(y.shape, dtype=bool)
    usable[:, ::17] = False
    return y, x, usable


def near_collinear(apart, episodes=20, n=250):
    """A constant and two factors, of which one is the other and something `apart` as large."""
    rng = np.random.default_rng(5)
    first = rng.normal(0, 0.01, (episodes, n))
    second = first + apart * rng.normal(0, 0.01, (episodes, n))
    x = np.stack([np.ones_like(first), first, second], axis=-1)
    return x, first + rng.normal(0, 0.01, (episodes, n))


@pytest.mark.parametrize("apart", [1e-1, 1e-2, 1e-3, 1e-4])
def test_near_collinear_factors_are_solved_as_statsmodels_does(apart):
    """Variance inflation of 1e2 to 1e8: from 1e4 on X'X alone would lose the digits."""
    y, x, usable = problems(*near_collinear(apart))
    one, two = (solver(y, x, usable) for solver in (moments_solver, statsmodels_solver))
    assert one.reasons == two.reasons == ("",) * len(y)
    sigma = np.sqrt(two.s2)[:, None]
    np.testing.assert_allclose(one.residuals / sigma, two.residuals / sigma, rtol=0, atol=1e-10)
    np.testing.assert_allclose(one.s2, two.s2, rtol=1e-10)
    variances = (np.diagonal(solved.inverse, axis1=1, axis2=2) for solved in (one, two))
    np.testing.assert_allclose(*variances, rtol=1e-10)


def test_factors_beyond_any_method_are_statsmodels_own():
    """At a variance inflation of 1e12 methods differ: both engines solve by statsmodels."""
    y, x, usable = problems(*near_collinear(1e-6))
    one, two = (solver(y, x, usable) for solver in (moments_solver, statsmodels_solver))
    np.testing.assert_array_equal(one.params, two.params)
    np.testing.assert_array_equal(one.residuals, two.residuals)


def test_collinear_factors_are_refused_alike():
    y, x, usable = problems(*near_collinear(0.0))
    one, two = (solver(y, x, usable) for solver in (moments_solver, statsmodels_solver))
    assert one.reasons == two.reasons == (COLLINEAR,) * len(y)


def test_a_window_has_the_same_bits_whatever_is_solved_with_it():
    x, y = near_collinear(0.5)
    y, x, usable = problems(x, y)
    whole = moments_solver(y, x, usable)
    for row in range(len(y)):
        alone = moments_solver(y[[row]], x[[row]], usable[[row]])
        np.testing.assert_array_equal(alone.params[0], whole.params[row])
        np.testing.assert_array_equal(alone.s2[0], whole.s2[row])


def test_blocks_change_no_bit(monkeypatch):
    rng = np.random.default_rng(3)
    x = factors(2, rng)
    y = with_gaps(x, rng)
    whole = study(y, x, "moments").abnormal
    monkeypatch.setattr(engine, "BLOCK", 7)
    parts = study(y, x, "moments").abnormal
    for name in ("ar", "s2", "leverage", "residuals", "coefficients", "excluded"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))


# --- which engine ------------------------------------------------------------------------


def test_auto_is_statsmodels_up_to_200_episodes_and_says_what_was_used():
    rng = np.random.default_rng(1)
    x = factors(1, rng)
    y = ordinary(x, rng)
    assert study(y, x, "auto").options.engine == "statsmodels"
    frame = made_events(range(280, 680, 2))
    returns = es.Returns(pd.DataFrame({"AAA": y, "F0": x[:, 0]}, index=SESSIONS).iloc[1:])
    used = [
        es.run_study(
            events,
            returns,
            model={"AAA": M.MarketModel("F0")},
            windows=WINDOWS,
            options=es.Options(exclude_from_estimation=None),
        ).options.engine
        for events in (frame, pd.concat([frame, made_events([281]).assign(event_id="more")]))
    ]
    assert used == ["statsmodels", "moments"]


def test_an_unknown_engine_is_refused():
    with pytest.raises(es.EventStudyError, match="engine is 'numba'; it must be one of auto"):
        es.Options(engine="numba")


def test_the_regression_is_statsmodels_under_either_engine():
    rng = np.random.default_rng(2)
    x = factors(2, rng)
    y = ordinary(x, rng)
    one, two = (
        study(y, x, chosen).regression("e0", "AAA") for chosen in ("moments", "statsmodels")
    )
    assert one.params.equals(two.params)


# --- trust by measurement ----------------------------------------------------------------


class Coarse(M.MarketModel):
    """A market model whose batched fit is wrong on one episode."""

    def fit(self, sample, solver):
        fits = super().fit(sample, solver)
        if solver is moments_solver and len(fits.s2) > 30:
            fits.normal[30] += 1e-7
        return fits


def test_a_batched_fit_that_differs_gives_way_to_statsmodels_and_is_named(monkeypatch):
    rng = np.random.default_rng(4)
    x = factors(1, rng)
    y = ordinary(x, rng)
    monkeypatch.setattr(engine_sample, "SAMPLE", len(DAYS))
    results = study(y, x, "moments", Coarse("F0"))
    expected = study(y, x, "statsmodels", Coarse("F0"))
    np.testing.assert_array_equal(results.abnormal.ar, expected.abnormal.ar)
    (found,) = [item for item in results.quality if item.kind == "engine"]
    assert "on e30" in found.text
    assert found.asset == "AAA"
    assert found.dates == (SESSIONS[DAYS[30]].date(),)
    assert not [item for item in expected.quality if item.kind == "engine"]


def test_the_sample_is_the_same_at_every_run_and_covers_all_assets():
    sizes = {"A": 3, "B": 0, "C": 500, "D": 497}
    grouped = {
        name: engine.Episodes(name, np.arange(size), ((),) * size, np.zeros(size, dtype=int))
        for name, size in sizes.items()
    }
    first, again = engine_sample.sampled(grouped), engine_sample.sampled(grouped)
    assert sum(len(rows) for rows in first.values()) == 64
    for name, rows in first.items():
        assert rows.tolist() == again[name].tolist()
        assert not len(rows) or (rows.min() >= 0 and rows.max() < sizes[name])
    assert len(first["C"]) > 10 < len(first["D"])


# --- what is not stored ------------------------------------------------------------------

ARRAYS = (
    *("assets", "day0", "position", "offset", "tau", "dates", "returns", "normal", "benchmark"),
    *("status", "estimation_dates", "residuals", "gap", "s2", "df", "coefficients"),
    *("coefficient_se", "missing", "excluded", "observed", "estimation_days"),
)
MODELS = {
    "mean": {"AAA": M.ConstantMean(), "BBB": M.ConstantMean()},
    "adjusted": {"AAA": M.MarketAdjusted("F0"), "BBB": M.MarketAdjusted("F0")},
    "market": {"AAA": M.MarketModel("F0"), "BBB": M.MarketModel("F0")},
    "mixed": {"AAA": M.MultiFactor("F0", "F1"), "BBB": M.ConstantMean()},
}


def two_assets(models, chosen):
    """Two assets with gaps, one listed late, and events up to both ends of the series."""
    rng = np.random.default_rng(8)
    x = factors(2, rng)
    frame = pd.DataFrame(x, index=SESSIONS, columns=["F0", "F1"])
    frame["AAA"], frame["BBB"] = with_gaps(x, rng), with_gaps(x[:, :1], rng)
    frame.loc[SESSIONS[:200], "BBB"] = np.nan
    return es.run_study(
        made_events([3, *range(250, len(SESSIONS) - 2, 9), len(SESSIONS) - 2]),
        es.Returns(frame.iloc[1:]),
        model=models,
        windows=es.Windows(estimation=(-120, -8), event=(-5, 5), car=((0, 1),)),
        options=es.Options(engine=chosen, max_shift=10, benchmark="F0", min_estimation=80),
    ).abnormal


@pytest.mark.parametrize("models", MODELS.values(), ids=MODELS)
def test_arrays_that_are_made_when_asked_for_are_those_that_were_stored(models):
    made, stored = (two_assets(models, chosen) for chosen in ("moments", "statsmodels"))
    assert made.reasons.tolist() == stored.reasons.tolist()
    assert made.unestimated.tolist() == stored.unestimated.tolist()
    assert (made.reasons != "").any() or models["AAA"].fewest == 0
    for name in ARRAYS:
        one, two = getattr(made, name), getattr(stored, name)
        if one.dtype.kind == "f":
            np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-14, err_msg=name)
        else:
            np.testing.assert_array_equal(one, two, err_msg=name)
    for episode in np.flatnonzero(np.isfinite(stored.s2))[[0, -1]].tolist():
        np.testing.assert_allclose(
            made.covariance(episode), stored.covariance(episode), rtol=1e-9, atol=1e-16
        )
    np.testing.assert_allclose(made.standardised((-1, 2)), stored.standardised((-1, 2)), rtol=1e-9)


def test_a_part_takes_its_numbers_from_the_whole():
    whole = two_assets(MODELS["market"], "moments")
    rows = np.flatnonzero(np.isfinite(whole.car((0, 1))))
    part = whole.part(rows)
    alone = np.concatenate([whole.rows(rows[[row]]).car((0, 1)) for row in range(len(rows))])
    np.testing.assert_array_equal(part.car((0, 1)), alone)
    np.testing.assert_array_equal(part.residuals, whole.residuals[rows])


def test_abnormal_returns_of_which_something_is_replaced_are_stored():
    made = two_assets(MODELS["market"], "moments").rows(np.array([5, 6]))
    other = replace(made, returns=made.returns + 0.01)
    np.testing.assert_allclose(other.car((0, 1)), made.car((0, 1)) + 0.02, rtol=1e-12)
    np.testing.assert_array_equal(other.car_se((0, 1)), made.car_se((0, 1)))


def test_another_asset_changes_no_bit_of_the_first():
    alone, both = (
        two_assets(models, "moments") for models in ({"AAA": M.MarketModel("F0")}, MODELS["market"])
    )
    first = both.rows(np.flatnonzero(both.assets == "AAA"))
    for name in ("s2", "ar", "residuals"):
        np.testing.assert_array_equal(getattr(first, name), getattr(alone, name))
