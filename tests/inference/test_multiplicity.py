"""Adjusted p-values, and the family of a study on other dates."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from golden_data import GOLDEN, oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from two_assets import series, study

from eventstudy.inference.multiplicity import benjamini_hochberg, holm, romano_wolf

CASE = oracle()["G16_multiplicity"]


def test_holm_and_benjamini_hochberg_are_the_references():
    p = np.array(CASE["spec"]["p"])
    np.testing.assert_allclose(holm(p), CASE["expected"]["holm"], rtol=CASE["rtol"])
    np.testing.assert_allclose(benjamini_hochberg(p), CASE["expected"]["bh"], rtol=CASE["rtol"])


def test_romano_wolf_is_the_reference():
    drawn = pd.read_csv(GOLDEN / "rw_boot.csv").to_numpy()
    for blocks in ([drawn], np.array_split(drawn, 7)):
        adjusted = romano_wolf(np.array(CASE["spec"]["t"]), blocks)
        np.testing.assert_allclose(adjusted, CASE["expected"]["romano_wolf"], rtol=CASE["rtol"])


P = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def by_definition(p):
    """Holm and Benjamini-Hochberg: the largest of the steps so far, the least of those to come."""
    order = sorted(range(len(p)), key=p.__getitem__)
    steps = [(len(p) - i) * p[cell] for i, cell in enumerate(order)]
    shares = [len(p) * p[cell] / (i + 1) for i, cell in enumerate(order)]
    made = np.empty((2, len(p)))
    for i, cell in enumerate(order):
        made[:, cell] = min(1, max(steps[: i + 1])), min(1, *shares[i:])
    return made


@pytest.mark.parametrize("p", [[0.5], [0.04, 0.01, 0.03, 0.04, 0.9, 0.0, 1.0]])
def test_the_definitions_are_those_of_statsmodels(p):
    from statsmodels.stats.multitest import multipletests

    for row, name in zip(by_definition(p), ("holm", "fdr_bh"), strict=True):
        np.testing.assert_allclose(row, multipletests(p, method=name)[1], atol=1e-15)


@given(P)
@settings(max_examples=60, deadline=None)
def test_adjusting_keeps_the_order_and_never_helps(p):
    expected = by_definition(p)
    p = np.array(p)
    for adjust, row in zip((holm, benjamini_hochberg), expected, strict=True):
        found = adjust(p)
        np.testing.assert_allclose(found, row, atol=1e-12)
        assert (found >= p - 1e-15).all()
        assert all(a <= b + 1e-15 for a, b in pairwise(found[np.argsort(p, kind="stable")]))


def test_a_missing_p_does_not_count():
    np.testing.assert_allclose(holm(np.array([0.01, np.nan, 0.02])), [0.02, np.nan, 0.02])


def test_family_is_every_episode_on_every_asset():
    results = study(series(), [3000, 3004, 3010])
    frame = results.multiplicity()
    assert len(frame) == 6
    assert set(frame["asset"]) == {"AAA", "BBB"}
    assert (frame["p_romano_wolf"] >= frame["p"] - 1e-12).all()
    assert "the whole calendar at" in frame["resampling"].iloc[0]
    assert len(results.multiplicity([(0, 0), (0, 1)])) == 12


def test_a_planted_jump_survives_the_adjustment_and_the_others_do_not():
    prices = series()
    prices.iloc[3004:, 0] *= 1.15
    frame = study(prices, [3000, 3004, 3010]).multiplicity()
    jump = (frame["event_ids"].str[0] == "e3004") & (frame["asset"] == "AAA")
    assert frame.loc[jump, "p_romano_wolf"].item() <= 0.02
    assert (frame.loc[~jump, "p_romano_wolf"] > 0.05).sum() >= 4


@pytest.mark.slow
def test_family_wise_error_is_held():
    """40 calendars without any effect: at most 5 % (+ 3 s.e.) have an adjusted p of 5 %."""
    rejected = []
    prices = series(1600, seed=4)
    rng = np.random.default_rng(1)
    for start in rng.choice(np.arange(700, 1500), 40, replace=False):
        frame = study(prices, start + np.array([0, 2, 7, 11])).multiplicity()
        rejected.append((frame["p_romano_wolf"] <= 0.05).any())
    assert np.mean(rejected) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 40)


def test_short_series_cannot_reject_by_construction():
    """40 dates among 100 ordinary days: a date is dealt an event's day in two draws of seven."""
    prices = series(430)
    frame = study(prices, range(340, 420, 2)).multiplicity()
    assert "dealt out anew" in frame["resampling"].iloc[0]
    assert frame["least_romano_wolf"].iloc[0] > 0.05
    assert (frame["p_romano_wolf"] >= frame["least_romano_wolf"]).all()
    assert (frame["least_holm"] == np.minimum(80 / 251, 1)).all() or frame["least_holm"].gt(
        0.05
    ).all()


def test_least_p_is_that_of_one_cell_alone():
    frame = study(series(), [3000, 3050]).multiplicity()
    n = 250 - 1  # sums of two successive returns
    floor = 1 / (n + 1)
    assert frame["least_holm"].iloc[0] == pytest.approx(4 * floor)
    assert frame["p"].min() >= floor


def test_an_asset_that_has_ended_is_resampled_with_the_others():
    """Dates are counted by the sessions of all assets, when the first has ended before the last."""
    whole = series(1500)
    cut = whole.copy()
    cut.iloc[1400:, 0] = np.nan
    places = [1300, 1450]
    frame = study(cut, places).multiplicity()
    assert set(zip(frame["event_ids"], frame["asset"], strict=True)) == {
        (("e1300",), "AAA"),
        (("e1300",), "BBB"),
        (("e1450",), "BBB"),
    }
    assert frame["p_romano_wolf"].between(0, 1).all()
    other = study(cut[["BBB", "AAA"]], places).multiplicity()  # counted by the longer one
    keys = ["event_ids", "asset"]
    np.testing.assert_allclose(
        frame.set_index(keys)["p"],
        other.set_index(keys)["p"].loc[list(zip(*map(frame.get, keys), strict=True))],
    )


def test_the_embedded_study_says_that_its_index_is_too_short(results):
    frame = results.multiplicity()
    assert len(frame) == 100
    assert (frame["least_romano_wolf"] > 0.05).all()
