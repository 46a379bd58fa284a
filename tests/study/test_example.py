"""The embedded study: its data, and what it can and cannot say."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import eventstudy as es
from eventstudy.analysis.claims import check_claims, frame
from eventstudy.analysis.statement_days import campaigns, compare

ROOT = Path(__file__).parents[2]
PACKAGED = Path(es.__file__).parent / "example"


@pytest.mark.parametrize("name", ["events.csv", "study.toml"])
def test_packaged_files_are_the_root_files(name):
    assert (PACKAGED / name).read_bytes() == (ROOT / name).read_bytes()


def test_design_of_the_embedded_study(example):
    assert len(example.events) == 109
    assert example.windows == es.Windows((-270, -21), (-5, 5), ((0, 0), (0, 1)), (0, 1))
    assert example.options.returns == "log"
    assert example.options.exclude_from_estimation == (0, 1)
    assert list(example.groups) == ["statements", "comparison"]
    assert example.model == {
        "RUBUSD": es.models.MarketModel("EMFX"),
        "IMOEX": es.models.ConstantMean(),
    }


def test_every_observation_of_the_embedded_study_is_measured(results):
    """Both series end after the last window [0, +1]; nothing is left out of the primary one."""
    assert len(results.estimation) == 218
    left = results.left_out
    assert left.empty or not (left["start"].isna() | (left["end"] == 1)).any()


def test_the_index_fell_by_4_05_per_cent_on_13_january():
    close = es.load_example().prices.series("IMOEX")
    assert close["2022-01-12"] == 3829.95
    assert close["2022-01-13"] == 3674.73
    assert round(100 * (close["2022-01-13"] / close["2022-01-12"] - 1), 2) == -4.05


def test_interview_before_15_08_has_one_day0_on_both_series(results):
    own = results.alignment.set_index(["event_id", "asset"])
    for asset in ("RUBUSD", "IMOEX"):
        row = own.loc["ryabkov-rtvi-impasse-2022-01-13", asset]
        assert (str(row["day0"].date()), row["certain"]) == ("2022-01-13", True)


def test_statement_of_a_holiday_waits_for_the_next_session(results):
    """23 February 2022: no session in Moscow, an ECB rate as on any other Wednesday."""
    own = results.alignment.set_index(["event_id", "asset"])
    moscow = own.loc["putin-video-2022-02-23", "IMOEX"]
    assert (str(moscow["day0"].date()), moscow["certain"]) == ("2022-02-24", True)
    assert "no session on Wed 23 Feb 2022" in moscow["rule"]
    assert str(own.loc["putin-video-2022-02-23", "RUBUSD"]["day0"].date()) == "2022-02-23"


def test_most_statements_have_no_certain_day0(results):
    """62 and 70 of 100: those with both bounds of their time are certain."""
    frame_ = results.alignment
    statements = [e.event_id for e in results.events if "scheduled" not in e.tags]
    frame_ = frame_[frame_["event_id"].isin(statements)]
    unsure = (~frame_["certain"]).groupby(frame_["asset"]).sum().to_dict()
    assert unsure == {"IMOEX": 62, "RUBUSD": 70}


def test_volatility_makes_the_textbook_t_reject_three_times_as_often(results):
    """Of the IMOEX episodes with a statement, the constant-sigma t calls 15 unusual, the rank 5."""
    from eventstudy.report.sentences import unusual_days
    from eventstudy.results import levels

    found = {
        level.asset: unusual_days(results, level)
        for level in levels(results)
        if level.group == "statements"
    }
    assert (found["IMOEX"].by_t, found["IMOEX"].by_rank) == (15, 5)
    assert found["IMOEX"].turbulent == 38
    assert found["IMOEX"].median_ratio > 1.5


# --- campaign -----------------------------------------------------------------------------


def test_campaign_of_the_index(results):
    found = {own.asset: own for own in campaigns(results)}["IMOEX"]
    assert (found.sessions, found.with_statement) == (56, 41)
    assert str(found.largest.date()) == "2022-02-24"
    assert found.before.n + found.before.n_other == 54
    assert found.before.p_mean > 0.5  # dates alone cannot tell statements from the crisis
    returns = np.log(es.load_example().prices.series("IMOEX")).diff()
    days = pd.DatetimeIndex(results.alignment.query("asset == 'IMOEX'")["day0"].unique())
    scheduled = {e.event_id for e in results.events if "scheduled" in e.tags}
    own = results.alignment.query("asset == 'IMOEX'")
    days = pd.DatetimeIndex(own[~own["event_id"].isin(scheduled)]["day0"].unique())
    span = returns["2021-12-07":"2022-02-22"]
    inside, other = span[span.index.isin(days)], span[~span.index.isin(days)]
    assert found.before.mean == pytest.approx(inside.mean(), rel=1e-12)
    expected = stats.ttest_ind(inside, other, equal_var=False).pvalue
    assert found.before.p_mean == pytest.approx(expected, rel=1e-9)


def test_too_few_sessions_are_not_compared():
    returns = np.arange(9.0)
    assert compare(returns, returns < 4) is None
    assert compare(np.arange(10.0), np.arange(10) < 5) is not None


# --- claims --------------------------------------------------------------------------------


def test_no_close_supports_the_claims_of_14_january(results):
    claims = {claim.asset: claim for claim in check_claims(results)}
    assert set(claims) == {"IMOEX", "RUBUSD"}
    index = claims["IMOEX"]
    assert index.claimed == -0.022
    assert index.around[1].simple == pytest.approx(3674.73 / 3829.95 - 1, rel=1e-12)
    assert index.around[1].log == pytest.approx(np.log(3674.73 / 3829.95), rel=1e-12)
    assert index.supporting is None
    assert "No close of this source supports" in index.words
    assert index.clock == "18:50 Europe/Moscow"
    assert claims["RUBUSD"].supporting is None
    assert claims["RUBUSD"].clock == "14:15 Europe/Berlin"


def small(claim: str):
    sessions = pd.bdate_range("2020-01-01", periods=400)
    rng = np.random.default_rng(1)
    price = pd.Series(100 * np.exp(rng.normal(0, 0.01, 400).cumsum()), sessions, name="AAA")
    price.iloc[350] = price.iloc[349] * (1 - 0.0224)
    row = {"event_id": "e", "date": sessions[350], "title": "t", "claims": claim}
    return es.run_study(pd.DataFrame([row]), price.to_frame()), sessions


@pytest.mark.parametrize(
    ("claim", "step", "supported"),
    [
        ("-2.2%", 0, True),
        ("-2.24%", 0, True),
        ("-2.3%", 0, True),  # the log return, -2.265 %, rounds to it
        ("-2.4%", 0, False),
        ("-2%", 0, True),
        ("-2.2%", 1, True),  # the session before the one it names
        ("-2.2%", 3, False),
    ],
)
def test_a_claim_is_supported_when_a_return_rounds_to_it(claim, step, supported):
    _, sessions = small("")
    results, _ = small(f"AAA:{claim}@{sessions[350 + step]:%Y-%m-%d}")
    (found,) = check_claims(results)
    assert (found.supporting is not None) is supported
    if supported:
        assert found.supporting == sessions[350]
    assert len(frame(results)) == 1


def test_claim_on_a_day_without_a_session_shows_its_neighbours():
    _, sessions = small("")
    friday = next(s for s in sessions[351:] if s.weekday() == 4)
    results, _ = small(f"AAA:+1.0%@{friday + pd.Timedelta(days=1):%Y-%m-%d}")
    (found,) = check_claims(results)
    assert found.around[1].session is None
    assert found.around[0].session == friday
    assert found.around[2].session == friday + pd.Timedelta(days=3)
    assert "has no session on" in found.words
