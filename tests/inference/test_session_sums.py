"""Sums of unit residuals by day from products of matrices are those of residuals one by one."""

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.inference import correlation_sums, packed_residuals, session_sums
from eventstudy.inference.correlation_sums import DaySumsOf, sums_by_day
from eventstudy.inference.day_totals import DayTotals
from eventstudy.inference.volatility import DECAY, sigma_ratio

DAYS = pd.bdate_range("2010-01-04", periods=420)
DATES = (140, 147, 200, 260, 321, 400)
MODELS = {
    "market": es.models.MarketModel("MKT"),
    "factors": es.models.MultiFactor(["MKT", "SMB"]),
    "mean": es.models.ConstantMean(),
    "adjusted": es.models.MarketAdjusted("MKT"),
}


@pytest.fixture(scope="module")
def frame():
    """Returns with gaps; one asset is listed late, one has the sessions of another country."""
    rng = np.random.default_rng(8)
    factors = rng.normal(0, 0.01, (len(DAYS), 2))
    returns = factors[:, :1] + rng.normal(0, 0.015, (len(DAYS), 9))
    table = pd.DataFrame(np.hstack([factors, returns]), DAYS, ["MKT", "SMB", *"ABCDEFGHI"])
    table[list("ABCDEFGHI")] = table[list("ABCDEFGHI")].mask(rng.random((len(DAYS), 9)) < 0.03)
    table.loc[DAYS[:90], "H"] = np.nan
    table.loc[DAYS[::6], "I"] = np.nan
    table.loc[DAYS[list(DATES)], list("ABCDEFGHI")] = 0.03
    return table


def measured(frame, model="market", engine="moments"):
    events = pd.DataFrame(
        {"event_id": [f"e{day}" for day in DATES], "date": DAYS[list(DATES)], "title": "t"}
    )
    return es.run_study(
        events,
        es.Returns(frame.drop(columns="SMB") if model in ("market", "adjusted") else frame),
        model=dict.fromkeys("ABCDEFGHI", MODELS[model]),
        windows=es.Windows(estimation=(-120, -6), event=(-3, 3), car=((0, 0),)),
        tests=["bmp"],
        options=es.Options(engine=engine, max_shift=10, min_estimation=60),
    ).abnormal


def by_date(abnormal):
    day0 = abnormal.day0.astype("datetime64[D]").astype(np.intp)
    return day0, day0


def one_by_one(abnormal):
    """Σ_t (S² - Σ v²) over Σ_t (K² - K) of each date, from residuals that statsmodels left."""
    means = {}
    for day in np.unique(abnormal.day0):
        rows = np.flatnonzero((abnormal.day0 == day) & np.isfinite(abnormal.s2))
        unit = []
        for row in rows:
            known = np.isfinite(abnormal.residuals[row])
            days = abnormal.estimation_dates[row, known].astype("datetime64[D]")
            values = pd.Series(abnormal.residuals[row, known], days)
            unit.append((values - values.mean()) / values.std(ddof=0))
        table = pd.concat(unit, axis=1, sort=True)
        count = table.notna().sum(axis=1)
        products = (table.sum(axis=1) ** 2 - (table**2).sum(axis=1)).sum()
        means[day.astype("datetime64[D]").astype(int)] = products / (count**2 - count).sum()
    return means


@pytest.mark.parametrize("model", ["market", "factors", "mean"])
@pytest.mark.parametrize(("cells", "dates"), [(200_000, 16), (900, 2)])
def test_sums_by_products_are_those_of_residuals(monkeypatch, frame, model, cells, dates):
    monkeypatch.setattr(session_sums, "CELLS", cells)
    monkeypatch.setattr(session_sums, "DATES", dates)
    monkeypatch.setattr(session_sums, "SPARSE", 1_000)
    abnormal = measured(frame, model)
    calls = counted(monkeypatch)
    sums = sums_by_day(abnormal, "by date", by_date)
    expected = one_by_one(measured(frame, model, "statsmodels"))
    assert calls == [len(abnormal)]
    assert sums.group.tolist() == list(expected)
    np.testing.assert_allclose(sums.mean, list(expected.values()), rtol=0, atol=1e-13)


def counted(monkeypatch):
    """Note how many episodes are added by products."""
    calls, by_products = [], session_sums.by_products

    def noted(name, study, *rest):
        calls.append(len(study))
        return by_products(name, study, *rest)

    monkeypatch.setattr(session_sums, "by_products", noted)
    return calls


def test_few_episodes_and_models_without_a_constant_are_added_one_by_one(monkeypatch, frame):
    calls = counted(monkeypatch)
    for model, sparse in (("market", 1), ("adjusted", 1_000)):
        monkeypatch.setattr(session_sums, "SPARSE", sparse)
        sums = sums_by_day(measured(frame, model), "by date", by_date)
        expected = one_by_one(measured(frame, model, "statsmodels"))
        np.testing.assert_allclose(sums.mean, list(expected.values()), rtol=0, atol=1e-13)
    assert not calls


def test_a_part_takes_off_the_episodes_that_it_lacks(monkeypatch, frame):
    monkeypatch.setattr(session_sums, "SPARSE", 1_000)
    abnormal, stored = measured(frame), measured(frame, engine="statsmodels")
    part = np.flatnonzero(np.arange(len(abnormal)) % 7)
    calls = counted(monkeypatch)
    sums = sums_by_day(abnormal.part(part), "by date", by_date)
    assert calls == [len(abnormal)]
    np.testing.assert_allclose(
        sums.mean, list(one_by_one(stored.rows(part)).values()), rtol=0, atol=1e-13
    )


@pytest.mark.parametrize("shared", [1, 3, 1_000])
def test_what_several_parts_lack_is_added_up_once(monkeypatch, frame, shared):
    """Three parts: what each lacks alone, what two of them lack, and what all of them lack."""
    monkeypatch.setattr(session_sums, "SPARSE", 1_000)
    monkeypatch.setattr(correlation_sums, "SHARED", shared)
    abnormal, stored = measured(frame), measured(frame, engine="statsmodels")
    row = np.arange(len(abnormal))
    kept = [row % 7 > 0, (row % 7 > 0) & (row % 11 > 2), (row % 5 > 0) & (row % 7 > 0)]
    parts = [abnormal.part(np.flatnonzero(those)) for those in kept]
    sums, added, add = DaySumsOf(abnormal, "by date", by_date), [], DayTotals.add

    def noted(totals, block, rows, **how):
        added.extend(rows.tolist())
        add(totals, block, rows, **how)

    monkeypatch.setattr(DayTotals, "add", noted)
    sums.lessen(parts)
    lacking = np.flatnonzero(~np.logical_and.reduce(kept))
    assert sorted(set(added)) == lacking.tolist()
    once, times = len(lacking), sum(int((~those).sum()) for those in kept)
    assert once <= len(added) <= times
    assert (len(added) == once) == (shared == 1)
    assert (len(added) == times) == (shared == 1_000)
    before = len(added)
    for part, those in zip(parts, kept, strict=True):
        expected = list(one_by_one(stored.rows(np.flatnonzero(those))).values())
        means = sums_by_day(part, "by date", by_date).mean
        np.testing.assert_allclose(means, expected, rtol=0, atol=1e-13)
    assert len(added) == before  # nothing is made again
    assert not sums.to_lessen(parts)


@pytest.mark.parametrize("sparse", [1_000, 1])  # products of matrices; one by one
@pytest.mark.parametrize("method", ["more", "add"])
def test_sums_that_were_interrupted_are_begun_anew(monkeypatch, frame, sparse, method):
    monkeypatch.setattr(session_sums, "SPARSE", sparse)
    monkeypatch.setattr(session_sums, "ASSETS", 2)
    abnormal = measured(frame)
    part = abnormal.part(np.flatnonzero(np.arange(len(abnormal)) % 7))
    before, calls = getattr(DayTotals, method), []

    def cut_off(*arguments, **how):
        calls.append(arguments)
        if len(calls) == 1:
            before(*arguments, **how)
            raise KeyboardInterrupt
        before(*arguments, **how)

    monkeypatch.setattr(DayTotals, method, cut_off)
    with pytest.raises(KeyboardInterrupt):
        sums_by_day(part, "by date", by_date)
    again = sums_by_day(part, "by date", by_date)
    clean = measured(frame)
    fresh = sums_by_day(clean.part(np.flatnonzero(np.arange(len(clean)) % 7)), "by date", by_date)
    np.testing.assert_array_equal(again.mean, fresh.mean)
    np.testing.assert_array_equal(again.pairs, fresh.pairs)


@pytest.mark.parametrize("beside", [1, 0])
def test_volatility_of_the_eve_skips_days_without_a_return(monkeypatch, frame, beside):
    """σ² of each day from the day before, as in RiskMetrics: a loop over the days."""
    monkeypatch.setattr(packed_residuals, "BESIDE", beside)
    made, stored = measured(frame), measured(frame, engine="statsmodels")
    for row in np.flatnonzero(np.isfinite(stored.s2)):
        inside = stored.residuals[row][np.isfinite(stored.residuals[row])]
        variance = np.mean(inside**2)
        for shock in [*inside, *stored.gap[row], *stored.ar[row, :3]]:
            if np.isfinite(shock):
                variance = DECAY * variance + (1 - DECAY) * shock**2
        ratio = sigma_ratio(made)[row]
        assert ratio == pytest.approx(np.sqrt(variance / stored.s2[row]), rel=1e-12)
