"""Which test leads where, which are refused and why, and what readers are warned of."""

import numpy as np
import pandas as pd
import pytest
from synthetic import events, returns, study

import eventstudy as es
from eventstudy.inference import router
from eventstudy.inference.router import Situation, choose, refusal, warnings

TEN = tuple(f"S{i}" for i in range(10))
APART = {"options": es.Options(min_estimation=60, average="across-assets")}
WIDE = [130 + 115 * place for place in range(12)]
"""So far apart that their estimation windows share no day."""
SPREAD = [130, 160, 190, 220, 250, 280, 310, 340, 370, 400, 430, 460]


def roles(results, window=(0, 0), role=None):
    tests = results.tests()
    tests = tests[(tests["start"] == window[0]) & (tests["end"] == window[1])]
    return tests["test"][tests["role"] == role].tolist()


def situation(results, window=(0, 0)):
    frame = results.situations()
    (row,) = frame[(frame["start"] == window[0]) & (frame["end"] == window[1])].itertuples()
    return row


def correlated(names, days=1500, share=0.012):
    """Assets whose abnormal returns share a part."""
    rng = np.random.default_rng(5)
    common = rng.normal(0, share, days)
    return returns(names, days, draw=lambda: common + rng.normal(0, 0.01, days))


def one_each(days, names):
    """One event for each asset in turn."""
    return events(days, assets=list(names)[: len(days)])


FEW = [
    "cross-sectional-t", "bmp", "placebo-ewma", "grank-t", "wilcoxon-exact", "sign-flip",
    "wild-bootstrap",
]  # fmt: skip
CASES = {
    "one episode of one series": (
        lambda: study([300], returns(["AAA"]), **APART),
        "ewma-sq",
        ["prediction-error-t", "garch-sq", "exact-rank", "sample-quantile", "placebo-dates",
         "placebo-matched", "chow"],
    ),
    "one date, a few series": (
        lambda: study([300], returns(TEN[:3]), **APART),
        "joint-ewma",
        ["joint-f", "portfolio-t", "portfolio-sq"],
    ),
    "a few separate dates": (
        lambda: study(SPREAD[:5], returns(["AAA"]), **APART),
        "rank-sum-ewma",
        FEW,
    ),
    "many separate dates": (
        lambda: study(one_each(SPREAD, [*TEN, "T0", "T1"]), returns([*TEN, "T0", "T1"]), **APART),
        "bmp",
        ["grank-t", "cross-sectional-t", "rank-sum-ewma", "corrado-rank", "generalised-sign",
         "wilcoxon"],
    ),
    "one date, many assets": (
        lambda: study([300], correlated(TEN), **APART),
        "adj-bmp",
        ["portfolio-ewma-sq", "corrado-rank", "portfolio-sq", "grank-t", "portfolio-t"],
    ),
    "several dates, several assets each": (
        lambda: study(WIDE, correlated(TEN[:4]), **APART),
        "adj-bmp",
        ["grank-t", "corrado-zivney-rank", "date-bmp", "cluster-t", "wild-cluster"],
    ),
    "overlapping windows": (
        lambda: study([300, 301, 303], returns(["AAA"], 900), car=((0, 2),), **APART),
        "calendar-shift",
        ["union-ewma", "driscoll-kraay"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", CASES)
def test_each_situation_has_its_headline_and_companions(kind):
    made, headline, companions = CASES[kind]
    results = made()
    window = results.windows.car[0]
    now = situation(results, window)
    assert (now.situation, now.headline) == (kind, headline)
    assert now.why == choose(Situation(now.n, now.dates, now.assets, now.overlapping)).reason
    assert roles(results, window, "headline") == [headline]
    assert roles(results, window, "companion") == companions
    tests = results.tests().set_index("test")
    assert tests.loc[headline, "valid"]


def test_every_kind_of_situation_is_among_the_cases():
    assert set(CASES) == {*router._CHOICES, "several dates, several assets each"}


@pytest.mark.parametrize(
    ("dates", "more"),
    [
        (5, []),
        (6, ["wild-cluster"]),
        (9, ["wild-cluster"]),
        (10, ["date-bmp", "cluster-t", "wild-cluster"]),
    ],
)
def test_tests_over_dates_join_when_there_are_enough_of_them(dates, more):
    choice = choose(Situation(n=3 * dates, dates=dates, assets=3))
    assert [t.name for t in choice.companions] == ["grank-t", "corrado-zivney-rank", *more]


def test_rank_of_correlated_assets_on_one_date_is_corrected():
    (grank,) = [
        t for t in choose(Situation(n=20, dates=1, assets=20)).companions if t.name == "grank-t"
    ]
    assert grank.correct == "sqrt(1-rbar)"


# --- refusals -----------------------------------------------------------------------------


def test_one_date_refuses_tests_that_take_episodes_or_dates_to_be_independent():
    results = study([300], correlated(TEN), **APART)
    refused = results.tests()
    refused = refused[refused["role"] == "classical"].set_index("test")
    assert set(refused.index) == {
        "cross-sectional-t", "patell", "bmp", "generalised-sign", "wilcoxon",
    }  # fmt: skip
    reason = "all 10 episodes share one date: that is one draw, not 10"
    assert set(refused["reason"]) == {reason}
    assert refused[["statistic", "p"]].isna().all().all()
    assert not refused["valid"].any()


def test_shared_dates_refuse_them_when_the_assets_correlate_and_only_then():
    close = study(WIDE, correlated(TEN[:4]), **APART)
    reasons = close.tests().set_index("test")["reason"]
    assert reasons["bmp"].startswith("48 episodes share 12 dates and correlate (mean 0.03")
    assert reasons["bmp"].endswith("times that of independent ones")
    apart = Situation(n=48, dates=12, assets=4, rbar=0.0005)
    assert refusal(es.inference.BMP(), apart) == ""
    assert refusal(es.inference.BMP(), Situation(48, 12, 4, rbar=0.01)) != ""


def test_overlapping_windows_refuse_whatever_needs_separate_ones():
    results = study([300, 301, 303], returns(["AAA"], 900), car=((0, 2),), **APART)
    tests = results.tests().set_index("test")
    for name in ("bmp", "cross-sectional-t", "patell", "corrado-rank", "crude-dependence"):
        assert tests.loc[name, "reason"].startswith("3 of 3 windows overlap another one")


@pytest.mark.parametrize("kind", ["one date, many assets", "several dates, several assets each",
                                  "overlapping windows"])  # fmt: skip
def test_include_invalid_computes_the_refused_and_leaves_them_marked(kind):
    results = CASES[kind][0]()
    plain = results.tests().set_index("test")
    forced = results.tests(include_invalid=True).set_index("test")
    refused = plain[plain["role"] == "classical"].index
    assert len(refused) >= 4
    assert np.isfinite(forced.loc[refused, "p"]).all()
    assert not forced.loc[refused, "valid"].any()
    assert (forced.loc[refused, "reason"] == plain.loc[refused, "reason"]).all()
    kept = plain.index.difference(refused)
    np.testing.assert_array_equal(forced.loc[kept, "p"], plain.loc[kept, "p"])


@pytest.mark.parametrize("kind", CASES)
def test_situations_are_the_same_whichever_tests_were_computed_before(kind):
    plain, forced = CASES[kind][0](), CASES[kind][0]()
    plain.tests()
    forced.tests(include_invalid=True)
    pd.testing.assert_frame_equal(forced.situations(), plain.situations(), check_exact=True)


def test_one_episode_refuses_nothing():
    for test in es.inference.make_tests(list(es.TESTS)):
        assert refusal(test, Situation(n=1, dates=1, assets=1)) == ""


def test_separate_dates_refuse_nothing():
    for test in es.inference.make_tests(list(es.TESTS)):
        assert refusal(test, Situation(n=12, dates=12, assets=12)) == ""


# --- roles of named tests, and a headline that cannot be computed ----------------------------


def test_named_tests_keep_their_role_whether_valid_or_not():
    results = study([300], correlated(TEN), tests=["bmp", "adj-bmp", "patell"], **APART)
    tests = results.tests().set_index("test")
    assert tests["role"].to_dict() == {"bmp": "named", "adj-bmp": "headline", "patell": "named"}
    assert tests["valid"].to_dict() == {"bmp": False, "adj-bmp": True, "patell": False}
    none = study([300], correlated(TEN), tests=["bmp"], **APART)
    assert none.tests()["role"].tolist() == ["named"]


def test_a_headline_that_cannot_be_computed_hands_over_to_a_valid_companion():
    """A window longer than any run of ordinary days: the scaled rank has nothing to rank among."""
    results = study([300], returns(["AAA"]), car=((0, 120),), **APART)
    now = situation(results, (0, 120))
    assert now.headline == "prediction-error-t"
    assert now.why == (
        "Volatility-scaled rank (EWMA) would lead, but there is no ordinary day to compare with"
    )
    tests = results.tests()
    assert tests["test"].iloc[0] == "prediction-error-t"
    assert tests["role"].iloc[0] == "headline"
    assert tests.set_index("test").loc["ewma-sq", "role"] == "companion"
    assert (tests["role"] == "headline").sum() == 1


@pytest.mark.parametrize(("days", "lead"), [([130, 131], ""), (range(110, 128, 2), "union-ewma")])
def test_only_the_union_of_days_leads_in_place_of_the_shifted_calendar(days, lead):
    """On a short series it cannot be computed; two windows have four days, and five are needed."""
    results = study(list(days), returns(["AAA"], 140), car=((0, 2),), **APART)
    now = situation(results, (0, 2))
    assert now.headline == lead
    assert now.why.startswith("Shifted calendar, volatility-scaled would lead, but the series")
    tests = results.tests().set_index("test")
    assert not tests.loc["calendar-shift", "valid"]
    assert tests.loc["driscoll-kraay", "reason"].startswith("needs at least 20 distinct dates")
    assert ("it is approximate" in now.why) == bool(lead)
    assert (tests["role"] == "headline").sum() == 1


def test_driscoll_kraay_does_not_lead_where_it_can_be_computed():
    """Of two assets there is no union of days; forty dates are enough for Driscoll and Kraay."""
    days = [d for start in range(110, 430, 8) for d in (start, start + 2)]
    frame = returns(["AAA", "BBB"], 440)
    results = study(days, frame, car=((0, 2),), **APART)
    now = situation(results, (0, 2))
    tests = results.tests().set_index("test")
    assert tests.loc["driscoll-kraay", "valid"]
    assert now.headline == ""
    assert "the others do not hold their size here" in now.why


def test_the_portfolio_leads_on_one_date_in_turbulent_weeks():
    """Volatility trebles two weeks before the date: the portfolio's own is what counts."""
    frame = correlated(TEN).frame.copy()
    frame.iloc[285:] *= 3
    results = study([300], es.Returns(frame), **APART)
    now = situation(results, results.windows.car[0])
    assert now.headline == "portfolio-ewma-sq"
    assert "turbulent" in now.why
    assert results.tests()["test"].iloc[0] == "portfolio-ewma-sq"


def test_grank_t_is_refused_below_ten_episodes():
    few = study(SPREAD[:5], returns(["AAA"], 900), **APART).tests().set_index("test")
    assert few.loc["grank-t", "reason"].startswith("with fewer than 10 episodes it rejects far too")
    many = study(SPREAD, returns(["AAA"], 900), **APART).tests().set_index("test")
    assert many.loc["grank-t", "valid"]
    alone = Situation(n=1, dates=1, assets=1)
    assert refusal(es.inference.GrankT(), alone) == ""


def test_event_days_wilder_than_the_estimation_window_are_said():
    """Eight windows in ten weeks, whose days have four times the spread of the days before."""
    frame = returns(["AAA"], 900).frame.copy()
    days = [400, 402, 406, 409, 411, 416, 420, 423]
    events_at = sorted({d + k for d in days for k in range(3)})
    frame.iloc[events_at, 1] *= 4
    results = study(days, es.Returns(frame), car=((0, 2),), **APART)
    now = situation(results, (0, 2))
    ratio = now.event_sd_ratio
    assert 2 < ratio < 7
    assert f"The event days were {ratio:.1f} times as volatile" in now.warnings
    row = results.mean_car().iloc[0]
    assert (row["ci_high"] - row["ci_low"]) > 2 * (row["ci_high_t"] - row["ci_low_t"])


# --- warnings -----------------------------------------------------------------------------


def scaled(factor):
    """A series whose volatility changes by this factor on the eve of the event."""
    panel = returns(["AAA"], beta=0.0)
    frame = panel.frame.copy()
    frame.iloc[260:, 1] *= factor
    return es.Returns(frame)


@pytest.mark.parametrize(("factor", "word"), [(3, "often"), (0.3, "seldom"), (1, None)])
def test_volatility_unlike_that_of_the_estimation_window_is_warned_of(factor, word):
    results = study([300], scaled(factor), estimation=(-140, -41), **APART)
    now = situation(results)
    if word is None:
        assert 0.67 <= now.sigma_ratio <= 1.5
        assert "Volatility" not in now.warnings
    else:
        assert not 0.67 <= now.sigma_ratio <= 1.5
        assert now.warnings.startswith(f"Volatility before the events was {now.sigma_ratio:.1f}")
        assert f"reject too {word}" in now.warnings


@pytest.mark.parametrize(("ratio", "warned"), [(0.66, 1), (0.67, 0), (1.5, 0), (1.51, 1)])
def test_the_limits_of_volatility_are_those_of_the_methods(ratio, warned):
    assert len(warnings(Situation(n=1, dates=1, assets=1, sigma_ratio=ratio))) == warned


@pytest.mark.parametrize(
    ("dates", "text"), [(1, "Only one date"), (9, "Only 9 distinct"), (10, "")]
)
def test_few_dates_are_warned_of(dates, text):
    found = " ".join(warnings(Situation(n=20, dates=dates, assets=20, rbar=0.0)))
    assert found.startswith(text)
    assert bool(found) is bool(text)


def test_a_high_mean_correlation_is_warned_of():
    now = situation(study([300], correlated(TEN), **APART))
    assert now.rbar > 0.3
    assert f"correlate before the events (mean {now.rbar:.2f})" in now.warnings
    assert "correlate" not in situation(study([300], returns(TEN), **APART)).warnings


def test_several_statements_on_one_day_are_warned_of():
    now = situation(study([300, 300, 340], returns(["AAA"]), **APART))
    assert (now.n, now.crowded) == (2, 1)
    assert "1 of 2 sessions carry several statements" in now.warnings
