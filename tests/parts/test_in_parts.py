"""A study in parts gives what the same study gives in memory."""

import numpy as np
import pandas as pd
import pytest
from parts_study import ASKED, digest, events, market, rows_of

import eventstudy as es
from eventstudy.parts.day_sums import date_sums

NAMED = ("cross-sectional-t", "patell", "bmp", "generalised-sign", "wilcoxon", "crude-dependence")
GROUPS = {"even": es.Group(tag="even"), "odd": es.Group(without_tag="even")}


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The study in memory, and in parts of five series."""
    home = tmp_path_factory.mktemp("study")
    frame = market(13, 700, gaps=0.01)
    said = events(frame, 30, 18, tags=["even", ""] * 15)
    asked = {**ASKED, "tests": NAMED, "groups": GROUPS}
    stored = es.store_prices(frame, home / "prices", part=5)
    return es.run_study(said, frame, **asked), es.run_study(said, stored, out=home / "out", **asked)


def test_every_car_has_its_bits(both):
    memory, parts = both
    pd.testing.assert_frame_equal(parts.car(), memory.car(), check_exact=True)


def test_every_day_has_its_bits(both):
    memory, parts = both
    keys = ("event_id", "asset", "tau")
    made = rows_of(pd.concat(list(parts.iter_ar())), *keys)
    pd.testing.assert_frame_equal(made, rows_of(memory.ar, *keys), check_exact=True)


def test_what_is_left_out_is_said_in_the_same_words(both):
    memory, parts = both
    keys = ("event_id", "asset", "start", "end")
    assert len(memory.left_out)
    pd.testing.assert_frame_equal(rows_of(parts.left_out, *keys), rows_of(memory.left_out, *keys))


def test_named_tests_and_means_are_those_in_memory(both):
    memory, parts = both
    wanted, made = (each.tests(include_invalid=True) for each in (memory, parts))
    assert made["test"].tolist() == wanted["test"].tolist()
    assert wanted.loc[wanted["p"].notna(), "test"].nunique() == len(NAMED)
    np.testing.assert_allclose(made["p"], wanted["p"], rtol=1e-9)
    np.testing.assert_allclose(made["statistic"], wanted["statistic"], rtol=1e-9)
    for column in ("caar", "se", "t", "p", "n", "left_out", "abhar", "ci_low_t"):
        np.testing.assert_allclose(
            parts.mean_car()[column], memory.mean_car()[column], rtol=1e-12, err_msg=column
        )
    columns = ["situation", "headline", "n", "dates", "assets", "overlapping", "sigma_ratio"]
    pd.testing.assert_frame_equal(parts.situations()[columns], memory.situations()[columns])


def test_what_needs_the_days_of_all_says_so_and_how_to_have_it(both, tmp_path):
    _, parts = both
    for name in ("summary", "caar", "ewma_sq", "residuals"):
        with pytest.raises(es.EventStudyError, match="in question in memory"):
            getattr(parts, name)
    stored = es.StoredPrices.open(parts.folder.parent / "prices")
    few = es.run_study(parts.events, stored.read(["A01", "M"]), **ASKED)
    wanted = parts.car()
    wanted = wanted[wanted["asset"] == "A01"].reset_index(drop=True)
    pd.testing.assert_frame_equal(few.car()[wanted.columns], wanted, check_exact=True)
    with pytest.raises(es.EventStudyError, match="name a folder"):
        es.run_study(parts.events, stored, **ASKED)
    with pytest.raises(es.EventStudyError, match="prices that are stored by asset"):
        es.run_study(parts.events, stored.read(["A01", "M"]), out=tmp_path, **ASKED)


def test_the_router_s_own_tests_are_had_or_say_why_not(both, tmp_path):
    memory, parts = both
    prices = parts.folder.parent / "prices"
    made = es.run_study(parts.events, prices, out=tmp_path / "out", **ASKED).tests()
    wanted = es.run_study(memory.events, memory.prices, **ASKED).tests()
    assert made["test"].tolist() == wanted["test"].tolist()
    lead = made[made["role"] == "headline"]
    assert lead["valid"].all()
    refused = made[made["p"].isna() & wanted["p"].notna()]
    assert len(refused)
    assert refused["reason"].str.contains("which a study in parts does not hold").all()


def test_how_the_prices_are_cut_changes_no_car_and_no_test_by_more_than_rounding(both, tmp_path):
    memory, parts = both
    stored = es.store_prices(memory.prices, tmp_path / "prices", part=100)
    asked = {**ASKED, "tests": NAMED, "groups": GROUPS}
    whole = es.run_study(memory.events, stored, out=tmp_path / "out", **asked)
    assert (len(parts.parts), len(whole.parts)) == (3, 1)
    made, wanted = (each.car(intervals=False) for each in (whole, parts))
    pd.testing.assert_frame_equal(made, wanted, check_exact=True)
    np.testing.assert_allclose(whole.tests()["p"], parts.tests()["p"], rtol=1e-9)


def test_events_that_name_assets_are_measured_on_these(tmp_path):
    frame = market(8, 400)
    names = ["A00", "A07;A03", "A05"]
    said = events(frame, 3, 60, assets=names, time="12:00", timezone="Europe/London")
    stored = es.store_prices(frame, tmp_path / "prices", part=3)
    parts = es.run_study(said, stored, out=tmp_path / "out", **ASKED)
    memory = es.run_study(said, frame, **ASKED)
    pd.testing.assert_frame_equal(parts.car(), memory.car(), check_exact=True)
    assert [event.assets for event in parts.events] == [event.assets for event in said]
    with pytest.raises(es.EventStudyError, match="A99"):
        es.run_study(events(frame, 1, 60, assets=["A99"]), stored, out=tmp_path / "none", **ASKED)


def test_a_run_that_is_done_is_opened_and_another_study_is_not_written_over_it(both):
    memory, parts = both
    prices = parts.folder.parent / "prices"
    files = {path: path.stat().st_ino for path in (parts.folder / "parts").rglob("*.parquet")}
    asked = {**ASKED, "tests": NAMED, "groups": GROUPS}
    again = es.run_study(memory.events, prices, out=parts.folder, **asked)
    assert files == {p: p.stat().st_ino for p in (parts.folder / "parts").rglob("*.parquet")}
    assert digest(again) == digest(es.open_results(parts.folder))
    with pytest.raises(es.EventStudyError, match="holds another study"):
        es.run_study(memory.events, prices, out=parts.folder, **ASKED)


def test_a_folder_in_the_form_of_before_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "study.json").write_text('{"format": 1, "digest": "", "parts": []}', "utf-8")
    with pytest.raises(es.EventStudyError, match=r"this version writes.*run_study\(events"):
        es.open_results(tmp_path)


def test_mean_correlation_of_a_date_is_that_of_all_its_pairs():
    frame = market(6, 400)
    results = es.run_study(events(frame, 2, 200), frame, **ASKED)
    sums = date_sums(results.abnormal, results.prices.rows_of)
    half = date_sums(results.abnormal.rows(np.arange(0, 12, 2)), results.prices.rows_of)
    assert sums.plus(half, -1.0).plus(half).correlation(12).mean == pytest.approx(
        sums.correlation(12).mean, abs=1e-14
    )
    residuals = results.abnormal.residuals
    total = 0.0
    for day in np.unique(results.abnormal.day0):
        pairs = np.corrcoef(residuals[results.abnormal.day0 == day])
        total += pairs.sum() - len(pairs)
    made = sums.correlation(12)
    assert made.mean == pytest.approx(total / (12 * 11), abs=1e-13)
    assert not made.estimated
