"""What is added up over blocks of episodes is what all of them together give."""

from dataclasses import fields

import numpy as np
import pytest
from synthetic import episodes

import eventstudy as es
from eventstudy.inference import correlation
from eventstudy.inference.base import CrossSection, declared
from eventstudy.inference.battery import wild
from eventstudy.inference.correlation import (
    Correlation,
    mean_correlation,
    shared_day_correlation,
)
from eventstudy.inference.correlation_sums import totals_by_day
from eventstudy.inference.ranks import medians
from eventstudy.inference.sums import collect

DATES, ASSETS, INSIDE = 4, 9, 60


def several_dates(gaps=0.0, apart=400, seed=3):
    """Assets that correlate by .4, each with an event on the same dates."""
    rng = np.random.default_rng(seed)
    n = DATES * ASSETS
    date_of = np.repeat(np.arange(DATES), ASSETS)
    common = rng.standard_normal((DATES, INSIDE))[date_of]
    residuals = 0.02 * (np.sqrt(0.4) * common + np.sqrt(0.6) * rng.standard_normal((n, INSIDE)))
    residuals[rng.random(residuals.shape) < gaps] = np.nan
    starts, shocks = apart * date_of, rng.normal(0, 0.02, (n, 2))
    known = np.isfinite(residuals)
    made = episodes(np.where(known, residuals, 0.0), shocks, starts=starts)
    made.residuals[~known] = np.nan
    return made


def by_sums(monkeypatch, abnormal, pairing, pairs=0):
    monkeypatch.setattr(correlation, "MOST_PAIRS", pairs)
    return correlation.correlation(abnormal, pairing)


def one_by_one(abnormal, pairing):
    """The mean correlation over all pairs by `numpy.corrcoef`, event time or same dates."""
    r = np.corrcoef(abnormal.residuals)
    if pairing == "same-date":
        r = np.where(abnormal.day0[:, None] == abnormal.day0, r, 0.0)
    n = len(r)
    return (r.sum() - n) / (n * (n - 1))


@pytest.mark.parametrize("pairing", ["same-date", "event-time"])
@pytest.mark.parametrize("rows", [128, 7])
def test_sums_by_day_are_exact_where_all_have_the_same_days(monkeypatch, pairing, rows):
    monkeypatch.setattr("eventstudy.inference.day_totals.ROWS", rows)
    abnormal = several_dates()
    expected = one_by_one(abnormal, pairing)
    made = by_sums(monkeypatch, abnormal, pairing)
    assert not made.estimated
    assert made.mean == pytest.approx(expected, rel=1e-12)


def on_near_dates(apart):
    """Assets that correlate by .4, each with one event; the next date is some sessions later."""
    rng = np.random.default_rng(4)
    date_of, n, days = np.repeat(np.arange(DATES), ASSETS), DATES * ASSETS, INSIDE + 40
    common, starts = rng.standard_normal(days), apart * date_of
    inside = starts[:, None] + np.arange(INSIDE)
    shocks = np.sqrt(0.6) * rng.standard_normal((n, INSIDE))
    residuals = 0.02 * (np.sqrt(0.4) * common[inside] + shocks)
    return episodes(residuals, rng.normal(0, 0.02, (n, 4)), starts=starts)


@pytest.mark.parametrize(("apart", "digits"), [(0, 1e-12), (2, 0.05), (3, 0.05)])
def test_windows_that_share_days_are_correlated_by_dates(monkeypatch, apart, digits):
    """One date: exactly; windows that overlap in part: each residual has its own scale."""
    abnormal, windows = on_near_dates(apart), [(0, 0), (0, 3), (1, 2)]
    pairs = shared_day_correlation(abnormal, windows)
    monkeypatch.setattr(correlation, "MOST_PAIRS", 10)
    monkeypatch.setattr(correlation, "_between", None)  # no pair meets
    sums = shared_day_correlation(on_near_dates(apart), windows)
    assert [each.unknown for each in sums] == [0, 0, 0]
    assert [each.mean for each in sums] == pytest.approx([each.mean for each in pairs], rel=digits)
    assert not any(each.estimated for each in pairs)
    assert [each.estimated for each in sums] == [
        False,
        apart > 0,
        False,
    ]  # others share all days or none


def test_an_asset_is_not_paired_with_itself():
    """Nine assets on four near dates: estimation windows share days, windows of one day do not."""
    abnormal = on_near_dates(2)
    abnormal.assets[:] = np.tile([f"A{asset}" for asset in range(ASSETS)], DATES)
    totals = totals_by_day(abnormal, "dates", lambda a: (days_of(a), days_of(a)), least=1)
    residuals = abnormal.residuals
    shared = [np.corrcoef(residuals[i, 2:], residuals[ASSETS + j, :-2])[0, 1]
              for i in range(ASSETS) for j in range(ASSETS) if i != j]  # fmt: skip
    alone = np.mean([residuals[i, 2:] @ residuals[ASSETS + i, :-2] for i in range(ASSETS)])
    assert abs(alone) < 0.02  # the same asset has other residuals here: what is taken off is one
    whole = np.mean([*shared, *[0.4] * ASSETS])
    taken = (whole * ASSETS**2 - ASSETS) / (ASSETS**2 - ASSETS)
    assert totals.between(0, 1, ASSETS) == pytest.approx(taken, abs=0.05)


def days_of(abnormal):
    return abnormal.day0.astype("datetime64[D]").astype(np.intp)


def test_dates_with_gaps_are_taken_pair_by_pair_while_they_are_few(monkeypatch):
    abnormal = several_dates(gaps=0.1)
    expected = mean_correlation(several_dates(gaps=0.1), "same-date")
    within = DATES * ASSETS * (ASSETS - 1) // 2
    made = by_sums(monkeypatch, abnormal, "same-date", pairs=within)
    assert made == Correlation(pytest.approx(expected, rel=1e-12), estimated=False)


@pytest.mark.parametrize(("pairing", "apart"), [("same-date", 400), ("calendar", 5)])
def test_too_many_pairs_with_different_days_are_estimated_and_named(monkeypatch, pairing, apart):
    exact = mean_correlation(several_dates(gaps=0.1, apart=apart), pairing)
    made = by_sums(monkeypatch, several_dates(gaps=0.1, apart=apart), pairing)
    assert made.estimated
    assert made.mean == pytest.approx(exact, rel=0.15)
    sample = CrossSection(several_dates(gaps=0.1, apart=apart), (0, 1))
    result = es.TESTS["adj-bmp"](rbar=pairing)(sample)
    assert result.details == {"rbar": made.mean, "rbar_estimated": 1.0}


def test_estimates_stay_away_from_small_studies():
    assert correlation.correlation(several_dates(gaps=0.1)) == Correlation(
        mean_correlation(several_dates(gaps=0.1)), estimated=False
    )


DECLARING = [name for name, test in es.TESTS.items() if hasattr(test, "sums")]


class InBlocks:
    """The same episodes, handed out a few at a time."""

    def __new__(cls, abnormal, size):
        class Cut(type(abnormal)):
            def blocks(self, episodes=None):  # noqa: ARG002
                for first in range(0, len(self.day0), size):
                    yield abnormal.rows(np.arange(first, min(first + size, len(self.day0))))

        return Cut(**{each.name: getattr(abnormal, each.name) for each in fields(abnormal)})


@pytest.mark.parametrize("name", DECLARING)
def test_what_a_test_declares_is_enough_and_adds_up(name):
    whole = several_dates(gaps=0.05)
    cut = InBlocks(whole, 5)
    expected, sample = es.TESTS[name]()(CrossSection(whole, (0, 1))), CrossSection(cut, (0, 1))
    collect(cut, *declared(es.TESTS[name](), sample))
    cut.__dict__["residuals"] = None  # all that is needed of them was declared
    result = es.TESTS[name]()(sample)
    assert not result.reason
    assert result.statistic == pytest.approx(expected.statistic, rel=1e-12)
    assert result.p == pytest.approx(expected.p, rel=1e-10)


def test_medians_are_numpys():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(40, 31))
    values[rng.random(values.shape) < 0.3] = np.nan
    values[0, :] = 2.0
    np.testing.assert_array_equal(medians(values), np.nanmedian(values, axis=1))


RESAMPLING = [
    es.TESTS["wild-bootstrap"](),
    es.TESTS["wild-cluster"](),
    es.TESTS["skewness-adjusted-t"](reference="bootstrap"),
]


@pytest.mark.parametrize("test", RESAMPLING, ids=lambda test: test.name)
def test_samples_drawn_in_blocks_are_those_drawn_at_once(monkeypatch, test):
    n = 30
    rng = np.random.default_rng(4)
    shocks = rng.normal(0.01, 0.02, (n, 1))
    day0 = np.datetime64("2020-01-01") + np.arange(n) // 2
    sample = CrossSection(episodes(rng.normal(0, 0.02, (n, 40)), shocks, day0=day0), (0, 0))
    whole = test(sample)
    monkeypatch.setattr(wild, "CELLS", 700 * n)
    assert test(sample).p == whole.p


@pytest.mark.parametrize("test", RESAMPLING, ids=lambda test: test.name)
def test_too_many_samples_are_refused_with_what_to_take_instead(monkeypatch, test):
    monkeypatch.setattr(wild, "MOST_EPISODES", DATES * ASSETS - 1)
    result = test(CrossSection(several_dates(), (0, 1)))
    assert np.isnan(result.p)
    assert "9,999 samples of 36 episodes are too many to draw; at most 35" in result.reason
    assert result.reason.endswith(("cross-sectional-t", "cluster-t", "its reference 't'"))
