"""Everything that results in memory have, stored ones have with the same values, or refuse."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from parts_study import ASKED, events, market

import eventstudy as es

GROUPS = {"even": es.Group(tag="even"), "odd": es.Group(without_tag="even")}
ONE = {"event_id": "e0003", "asset": "A07"}
CALLS = {
    "car": [{}, {"attributes": True}],
    "mean_car": [{}, {"by": "group"}],
    "situations": [{}],
    "pre_event": [{}, {"window": (-2, -1)}],
    "covariance": [ONE],
    "days0": [ONE],
    "row": [ONE],
    "episode": [ONE],
    "session": [{"asset": "A12", "position": 99}, {"asset": "A12", "position": -1}],
    "simple": [{"values": np.array([0.1])}],
    "holds": [{"member": np.arange(30) == 4}],
    "check_window": [{"window": (0, 1)}],
    "needs_dates": [{"what": "dates"}],
}
"""Methods, and arguments whose values are those in memory."""
VALUES = [
    *("assets", "windows", "groups", "significance_tests", "models", "pooled", "crowded", "about"),
    *("measured", "measured_rows", "observations", "group_members", "headline", "dated", "missing"),
    *("minutes", "disagreements", "left_out", "alignment", "estimation", "scaled_car", "members"),
    "episode_of",
]
"""Properties whose values are those in memory."""
REFUSED = {
    "abnormal": None,
    "alignments": None,
    "data": None,
    "history": None,
    "prices": None,
    "quality": None,
    "residuals": None,
    "ewma_sq": None,
    "aar": None,
    "caar": None,
    "joint": None,
    "multiplicity": None,
    "summary": None,
    "to_excel": None,
    "to_parquet": None,
    "ar": "iter_ar",
    "cite": "Write it by hand",
}
"""What is refused, and a word of what to do; None = to measure some assets in memory."""
OTHERS = {"iter_ar", "tests", "options", "regression", "at_primary", "events"}
"""What is looked at in a test of its own."""


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """A study without gaps, whose sums over days are exact: in memory, and in parts."""
    home = tmp_path_factory.mktemp("study")
    frame = market(13, 700)
    said = events(frame, 30, 18, tags=["even", ""] * 15)
    asked = {**ASKED, "groups": GROUPS}
    stored = es.store_prices(frame, home / "prices", part=5)
    return es.run_study(said, frame, **asked), es.run_study(said, stored, out=home / "out", **asked)


def plain(value):
    """Return what a method or a property gave so that two of them can be compared."""
    if isinstance(value, pd.DataFrame):
        return pd.DataFrame(value)
    if hasattr(value, "starts"):
        return value.starts.tolist(), value.events.tolist()
    if hasattr(value, "rows") and hasattr(value, "events"):
        return list(value.items())
    if isinstance(value, dict | list | tuple | np.ndarray):
        return repr([*(value.items() if isinstance(value, dict) else value)])
    return value


def same(made, wanted):
    """Say that two values are the same; means and correlations to the rounding of sums."""
    made, wanted = plain(made), plain(wanted)
    if not isinstance(wanted, pd.DataFrame):
        assert made == wanted or made != made
        return
    assert list(made) == list(wanted)
    exact = not {"caar", "rbar"} & set(wanted)
    pd.testing.assert_frame_equal(made, wanted, check_exact=exact, rtol=1e-9)


def test_each_public_name_of_results_in_memory_is_looked_at():
    names = {name for name in dir(es.EventStudyResults) if not name.startswith("_")}
    names |= set(es.EventStudyResults.__dataclass_fields__)
    assert names == set(CALLS) | set(VALUES) | set(REFUSED) | OTHERS


@pytest.mark.parametrize("name", CALLS)
def test_methods_give_what_they_give_in_memory(both, name):
    memory, parts = both
    for given in CALLS[name]:
        same(getattr(parts, name)(**given), getattr(memory, name)(**given))


@pytest.mark.parametrize("name", VALUES)
def test_properties_are_those_in_memory(both, name):
    memory, parts = both
    same(getattr(parts, name), getattr(memory, name))


@pytest.mark.parametrize("name", REFUSED)
def test_the_others_say_why_not_and_what_to_do(both, name):
    with pytest.raises(es.EventStudyError, match=REFUSED[name] or "of_asset") as refused:
        getattr(both[1], name)
    assert name in str(refused.value)


def test_what_is_advised_can_be_had(both):
    memory, parts = both
    few = parts.of_asset("A07")
    wanted = memory.residuals
    wanted = wanted[wanted["asset"] == "A07"].reset_index(drop=True)
    made = few.residuals
    made = made[made["asset"] == "A07"].reset_index(drop=True)
    pd.testing.assert_frame_equal(made.astype(wanted.dtypes), wanted, check_exact=True)
    assert parts.regression(**ONE).params.tolist() == memory.regression(**ONE).params.tolist()
    with pytest.raises(es.EventStudyError, match="no asset 'A99' in the study"):
        parts.of_asset("A99")


def test_intervals_are_kept_and_can_be_left(both, monkeypatch):
    memory, parts = both
    parts.car()
    opened = es.open_results(parts.folder)
    monkeypatch.setattr(type(opened), "_measured", None)  # nothing is measured again
    pd.testing.assert_frame_equal(opened.car(), memory.car(), check_exact=True)
    bare = opened.car(intervals=False)
    lacking = set(memory.car()) - set(bare)
    assert lacking == {"ci_low", "ci_high", "ci_basis", "p_rank"}
    pd.testing.assert_frame_equal(bare, memory.car()[bare.columns], check_exact=True)


def test_levels_that_no_sums_are_of_are_refused(both):
    for name in ("mean_car", "tests", "situations"):
        with pytest.raises(es.EventStudyError, match="groups that were named"):
            getattr(both[1], name)("title")
    with pytest.raises(es.EventStudyError, match="name single days"):
        both[1].tests(by_day=True)
    with pytest.raises(es.EventStudyError, match="from 1"):
        both[1].iter_ar(0)


def test_days_come_in_blocks_of_so_many_observations(both):
    whole, blocks = list(both[1].iter_ar()), list(both[1].iter_ar(40))
    assert max(len(block) for block in blocks) == 40 * 11
    made, wanted = (
        pd.concat(each, ignore_index=True).astype({"event_id": str, "asset": str})
        for each in (blocks, whole)
    )
    pd.testing.assert_frame_equal(made, wanted, check_exact=True)


@pytest.mark.parametrize(("count", "apart"), [(1, 5), (20, 4)], ids=["one event", "overlapping"])
def test_means_of_one_series_are_those_in_memory(tmp_path, count, apart):
    frame = market(3, 400)
    options = replace(ASKED["options"], average="by-asset")
    asked = {**ASKED, "options": options}
    said = events(frame, count, apart)
    stored = es.store_prices(frame, tmp_path / "prices", part=2)
    parts = es.run_study(said, stored, out=tmp_path / "out", **asked)
    memory = es.run_study(said, frame, **asked)
    wanted = memory.mean_car()
    assert wanted["caar"].notna().all()
    pd.testing.assert_frame_equal(parts.mean_car(), wanted, check_exact=True)


def test_where_windows_of_several_series_share_days_the_mean_is_there_without_its_interval(
    tmp_path,
):
    frame = market(4, 400)
    said = events(frame, 2, 3, assets=["A00;A01", "A02;A03"])
    asked = {**ASKED, "options": replace(ASKED["options"], average="across-assets")}
    stored = es.store_prices(frame, tmp_path / "prices", part=2)
    made = es.run_study(said, stored, out=tmp_path / "out", **asked).mean_car()
    wanted = es.run_study(said, frame, **asked).mean_car()
    long = made["start"] == -3
    assert made.loc[long, "ci_basis"].tolist() == ["none: needs the study in memory"]
    assert made.loc[long, ["ci_low", "ci_high"]].isna().all(axis=None)
    for name in ("caar", "se", "t", "p", "median", "abhar", "positive", "ci_low_t"):
        np.testing.assert_allclose(made[name], wanted[name], rtol=1e-12, err_msg=name)


def test_prices_that_were_replaced_are_not_measured(tmp_path):
    frame = market(3, 400)
    stored = es.store_prices(frame, tmp_path / "prices", part=2)
    parts = es.run_study(events(frame, 3, 40), stored, out=tmp_path / "out", **ASKED)
    es.store_prices(frame * 2.0, tmp_path / "prices", part=2)
    with pytest.raises(es.EventStudyError, match="other prices than those of the study"):
        parts.car()
    assert len(parts.car(intervals=False)) == 27
