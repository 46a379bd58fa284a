"""What a window of minutes is: edges, ordinary days, bounds, nights, paths, several events."""

import datetime as dt
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from minute_bars import events_at, golden_bars, loaded, walk, weekdays

import eventstudy as es
from eventstudy.errors import EventsError, InvalidArgumentError, UnknownNameError
from eventstudy.minutes.ranks import half_width, rank_move
from eventstudy.minutes.tests import rank_sum

DAYS = weekdays(66)
EVENT = DAYS[-1]


@pytest.fixture(scope="module")
def minute_frame():
    return walk(DAYS)


def one(frame, stamps, windows=None, options=None, **columns):
    windows = windows or es.MinuteWindows(10, 20, also=())
    return es.run_minutes(
        events_at(stamps, **columns), loaded(frame), windows=windows, options=options
    )


def planted(frame, moment, move):
    """The same bars, with a move from a moment on that day on."""
    late = frame.index >= pd.Timestamp(moment, tz="Europe/Moscow")
    changed = frame.copy()
    changed.loc[late, "close"] *= np.exp(move)
    changed.attrs = frame.attrs
    return changed


def test_a_planted_move_is_measured_and_ranked_first(minute_frame):
    frame = planted(minute_frame, f"{EVENT} 12:05", 0.02)
    (row,) = one(frame, {"e": (EVENT, "12:00")}).car().itertuples()
    (quiet,) = one(minute_frame, {"e": (EVENT, "12:00")}).car().itertuples()
    assert row.car == pytest.approx(quiet.car + 0.02)
    assert (row.n, row.p) == (60, pytest.approx(1 / 61))
    assert row.smallest_p == pytest.approx(1 / 61)
    assert row.valid
    assert row.ci_low > 0


def test_a_minute_later_is_not_known(minute_frame):
    """A stamp s is the minute [s, s + 1): a move in the bar of 12:20 lies outside [-10, +20]."""
    inside = planted(minute_frame, f"{EVENT} 12:19", 0.02)
    outside = planted(minute_frame, f"{EVENT} 12:20", 0.02)
    stamps = {"e": (EVENT, "12:00")}
    quiet = one(minute_frame, stamps).car()["car"].iloc[0]
    assert one(inside, stamps).car()["car"].iloc[0] == pytest.approx(quiet + 0.02)
    assert one(outside, stamps).car()["car"].iloc[0] == pytest.approx(quiet)


def test_edges_snap_outwards_and_are_shown():
    frame = walk(DAYS, minutes=10)
    (row,) = one(frame, {"e": (EVENT, "12:04")}).car().itertuples()
    assert (f"{row.start:%H:%M}", f"{row.end:%H:%M}") == ("11:50", "12:30")
    closes = frame["close"]
    first = closes.loc[f"{EVENT} 11:40+03:00"]
    last = closes.loc[f"{EVENT} 12:20+03:00"]
    assert row.car == pytest.approx(np.log(last / first))


def test_bars_too_long_for_a_window_are_refused_and_whole_bars_are_not():
    frame = walk(DAYS, minutes=30, end="18:30")
    windows = es.MinuteWindows(10, 20, also=((0, 30), (30, 60)))
    results = one(frame, {"e": (EVENT, "12:00")}, windows)
    assert set(results.car()["before"]) == {0, 30}
    (row,) = results.left_out.itertuples()
    assert row.reason == "bars too long for the window"
    assert "90 minutes or more" in row.cure
    longer = es.MinuteWindows(45, 45, also=())
    assert len(one(frame, {"e": (EVENT, "12:10")}, longer).car()) == 1


def test_the_cure_of_a_window_that_leaves_works(minute_frame):
    early = one(minute_frame, {"e": (EVENT, "10:03")}).left_out.iloc[0]
    assert (early.reason, early.cure[:25]) == (
        "window leaves the session",
        "Write before = 2 or less;",
    )
    assert len(one(minute_frame, {"e": (EVENT, "10:03")}, es.MinuteWindows(2, 20, also=())).car())
    late = one(minute_frame, {"e": (EVENT, "18:30")}).left_out.iloc[0]
    assert "after = 10 or less" in late.cure
    assert len(one(minute_frame, {"e": (EVENT, "18:30")}, es.MinuteWindows(10, 10, also=())).car())


def test_bars_that_are_to_come_are_pending_and_days_without_bars_are_not(minute_frame):
    cut = minute_frame[minute_frame.index < f"{EVENT} 12:10+03:00"]
    cut.attrs = minute_frame.attrs
    stamps = {"soon": (EVENT, "12:00"), "before": ("2021-01-13", "12:00")}
    left = one(cut, stamps).left_out.set_index("event_id")
    assert left.loc["soon", "pending"]
    assert left.loc["before", "reason"] == "no bars on that day"
    assert not left.loc["before", "pending"]


def test_a_day_is_barred_by_a_statement_that_meets_the_clock_window(minute_frame):
    near, far = (DAYS[-3], "12:30"), (DAYS[-4], "12:31")
    stamps = {"e": (EVENT, "12:00"), "near": near, "far": far}
    row = one(minute_frame, stamps).car().set_index("event_id").loc["e"]
    assert (row.barred, row.n) == (1, 60)


def test_only_short_intervals_bar_a_day(minute_frame):
    stamps = {"e": (EVENT, "12:00"), "short": (DAYS[-3], None), "long": (DAYS[-4], None)}
    bounds = {"not_before": ["", "12:00", "11:00"], "known_by": ["", "12:30", "13:00"]}
    row = one(minute_frame, stamps, **bounds).car().set_index("event_id").loc["e"]
    assert (row.barred, row.n) == (1, 60)


def test_an_unknown_minute_is_measured_from_before_its_first_to_after_its_last(minute_frame):
    bounds = {"not_before": ["12:00"], "known_by": ["13:00"]}
    (row,) = one(minute_frame, {"e": (EVENT, None)}, **bounds).car().itertuples()
    assert row.kind == "interval"
    assert (f"{row.start:%H:%M}", f"{row.end:%H:%M}") == ("11:50", "13:20")


def test_known_by_alone_is_all_news_since_the_evening(minute_frame):
    results = one(minute_frame, {"e": (EVENT, None)}, known_by=["12:00"])
    (row,) = results.overnight().itertuples()
    closes = minute_frame["close"]
    before = closes.loc[f"{DAYS[-2]} 18:39+03:00"]
    after = closes.loc[f"{EVENT} 12:19+03:00"]
    assert row.label == "all news since the evening"
    assert row.car == pytest.approx(np.log(after / before))
    assert row.n == 60
    assert not len(results.car())


def test_no_bound_is_measured_by_the_day_only(minute_frame):
    results = one(minute_frame, {"e": (EVENT, None)})
    (row,) = results.left_out.itertuples()
    assert row.reason == "the minute is not known: by the day only"
    assert not len(results.overnight())


def test_a_night_is_compared_with_nights_and_scaled_by_their_number(minute_frame):
    monday = next(day for day in reversed(DAYS) if pd.Timestamp(day).day_of_week == 0)
    results = one(minute_frame, {"e": (monday, "02:10")})
    (row,) = results.overnight().itertuples()
    assert (row.kind, row.nights) == ("overnight", 3)
    closes = minute_frame["close"]
    friday = DAYS[DAYS.index(monday) - 1]
    expected = np.log(closes.loc[f"{monday} 10:04+03:00"] / closes.loc[f"{friday} 18:39+03:00"])
    assert row.car == pytest.approx(expected)
    assert row.n_like < row.n


def test_a_statement_in_clearing_is_measured_across_it():
    days = weekdays(50)
    both = pd.concat([walk(days, end="14:00"), walk(days, seed=2, start="14:05", end="18:45")])
    frame = both.sort_index()
    frame.attrs["request"] = {"market": "XMOS-derivatives", "label": "start", "minutes": 1}
    results = one(frame, {"e": (days[-1], "14:02")})
    assert results.left_out["reason"].iloc[0] == "auction or break"
    (row,) = results.overnight().itertuples()
    assert (row.kind, row.nights) == ("break", 1)
    assert (f"{row.start:%H:%M}", f"{row.end:%H:%M}") == ("14:00", "14:10")


def test_few_ordinary_days_are_shown_and_do_not_lead():
    frame = walk(DAYS[-20:])
    (row,) = one(frame, {"e": (EVENT, "12:00")}).car().itertuples()
    assert not row.valid
    assert "14 ordinary days, fewer than 40" in row.reason
    assert "it cannot reach .05" in row.reason
    results = one(frame, {"e": (EVENT, "12:00")})
    assert not results.tests()["valid"].any()
    assert results.situations()["headline"].tolist() == [""]


def test_the_scaled_rank_knows_a_turbulent_day():
    """Volatility is four times as large on the last ten days: the raw rank is fooled, it is not."""
    frame = walk(DAYS)
    turbulent = frame.index >= pd.Timestamp(DAYS[-10], tz="Europe/Moscow")
    steps = np.log(frame["close"]).diff().fillna(0.0) * np.where(turbulent, 4.0, 1.0)
    frame["close"] = 100 * np.exp(steps.cumsum())
    moved = planted(frame, f"{EVENT} 12:05", 0.009)
    (row,) = one(moved, {"e": (EVENT, "12:00")}).car().itertuples()
    assert row.p_rank <= 0.05
    assert row.p > row.p_rank


def test_the_interval_is_the_rank_turned_round():
    rng = np.random.default_rng(3)
    moves, sigmas = rng.normal(0, 1, 60) * 0.01, rng.uniform(0.5, 2, 60)
    ranked = rank_move(0.0, 1.3, moves, sigmas, 0.95)
    for move in np.linspace(-0.05, 0.05, 201):
        at = rank_move(move, 1.3, moves, sigmas, 0.95)
        outside = at.ci_low > 0 or at.ci_high < 0
        assert outside == (at.p <= 0.05) or move == pytest.approx(ranked.ci_high)


def test_an_interval_needs_enough_days():
    assert half_width(np.arange(1.0, 19.0), 0.95) == np.inf
    assert half_width(np.arange(1.0, 20.0), 0.95) == 19.0


def test_residuals_of_a_factor_recover_its_slope():
    factor = walk(DAYS, seed=5)
    apart = walk(DAYS, seed=6, sigma=0.002)
    asset = apart.copy()
    asset["close"] = apart["close"] * (factor["close"] / 100) ** 1.5
    late = asset.index >= pd.Timestamp(f"{EVENT} 12:05", tz="Europe/Moscow")
    asset.loc[late, "close"] *= np.exp(0.004)
    request = factor.attrs["request"]
    bars = es.load_bars(
        {"A": {"source": asset, "factor": "F", **request}, "F": {"source": factor, **request}}
    )
    windows = es.MinuteWindows(10, 20, also=())
    results = es.run_minutes(events_at({"e": (EVENT, "12:00")}), bars, windows=windows)
    row = results.car().set_index("asset").loc["A"]
    assert row.beta == pytest.approx(1.5, abs=0.1)
    assert row.residual == pytest.approx(0.004, abs=0.0015)
    assert row.p_residual == pytest.approx(1 / 61)
    assert np.isnan(results.car().set_index("asset").loc["F", "residual"])


def test_volume_and_variance_are_multiples_of_the_same_clock(minute_frame):
    frame = minute_frame.copy()
    frame.attrs = minute_frame.attrs
    frame.loc[f"{EVENT} 11:50+03:00" : f"{EVENT} 12:19+03:00", "volume"] = 30.0
    (row,) = one(frame, {"e": (EVENT, "12:00")}).car().itertuples()
    assert row.volume == 900.0
    assert row.log_volume == pytest.approx(np.log(3))
    assert row.p_volume == pytest.approx(1 / 61)
    inside = np.log(frame["close"]).loc[f"{EVENT} 11:49+03:00" : f"{EVENT} 12:19+03:00"].diff()
    assert row.rv == pytest.approx((inside**2).sum())


def test_the_band_holds_whole_paths(minute_frame):
    """Of the 60 ordinary paths that make the band, three leave it anywhere: 3/61 < .05."""
    results = one(minute_frame, {"e": (EVENT, "12:00")})
    path = results.path_record("e", "A")
    leaves = (np.abs(path.ordinary[:, 1:]) > path.band * path.spread[1:] * (1 + 1e-12)).any(axis=1)
    assert leaves.sum() == 2  # and the one that makes its edge
    frame = results.path("e", "A")
    assert frame["minute"].tolist() == [float(m) for m in range(-10, 121, 5)]
    assert frame["car"].iloc[6] == pytest.approx(results.car()["car"].iloc[0])
    assert (frame["band_high"] == -frame["band_low"]).all()


def test_a_path_ends_with_its_part_of_the_session(minute_frame):
    path = one(minute_frame, {"e": (EVENT, "18:00")}).path("e", "A")
    assert path["minute"].iloc[-1] == 40


def test_a_sum_of_ranks_is_exact():
    """Every combination of ranks is counted."""
    rng = np.random.default_rng(7)
    ordinary = [rng.normal(size=n) for n in (5, 6, 7)]
    scaled = np.array([1.2, 0.4, 2.0])
    ranks = [int((row < value).sum()) for row, value in zip(ordinary, scaled, strict=True)]
    totals = [sum(each) for each in itertools.product(range(6), range(7), range(8))]
    low = sum(total <= sum(ranks) for total in totals) / len(totals)
    high = sum(total >= sum(ranks) for total in totals) / len(totals)
    assert rank_sum("x", scaled, ordinary).p == pytest.approx(min(1.0, 2 * min(low, high)))


def test_dates_count_and_not_statements(minute_frame):
    stamps = {
        "a": (DAYS[-1], "11:00"),
        "b": (DAYS[-1], "11:10"),
        "c": (DAYS[-1], "15:00"),
        "d": (DAYS[-5], "15:00"),
    }
    results = one(minute_frame, stamps)
    (mean,) = results.mean_car().itertuples()
    assert (mean.n, mean.dates) == (3, 2)  # b is 10 minutes after a: one episode
    car = results.car().set_index("event_id")["car"]
    assert mean.caar == pytest.approx(((car["a"] + car["c"]) / 2 + car["d"]) / 2)
    (situation,) = results.situations().itertuples()
    assert (situation.overlapping, situation.headline) == (1, "rank-sum-minutes")
    assert results.alignment.set_index("event_id").loc["b", "episode"] == "a"
    tests = results.tests()
    assert tests["role"].tolist() == ["headline", "companion", "companion", "companion"]
    assert tests["test"].iloc[-1] == "variance-share-minutes"
    assert (tests["n"] == 2).all()


def test_mean_paths_and_their_steps(minute_frame):
    stamps = {"a": (DAYS[-1], "11:00"), "d": (DAYS[-5], "15:00")}
    results = one(minute_frame, stamps)
    caar, aar = results.caar(), results.aar()
    paths = [results.path(name, "A")["car"] for name in stamps]
    length = min(map(len, paths))
    expected = (paths[0][:length] + paths[1][:length]) / 2
    assert caar["caar"].tolist() == pytest.approx(expected.tolist())
    assert aar["aar"].iloc[1] == pytest.approx(caar["caar"].iloc[1] - caar["caar"].iloc[0])


def test_an_unrelated_asset_and_a_scaled_price_change_nothing(minute_frame):
    stamps = {"e": (EVENT, "12:00")}
    alone = one(minute_frame, stamps).car()
    doubled = minute_frame.assign(close=minute_frame["close"] * 7)
    request = minute_frame.attrs["request"]
    bars = es.load_bars(
        {"A": {"source": doubled, **request}, "B": {"source": walk(DAYS, seed=9), **request}}
    )
    windows = es.MinuteWindows(10, 20, also=())
    both = es.run_minutes(events_at(stamps), bars, windows=windows).car()
    same = ["car", "p", "rv", "scar", "n"]
    assert both.loc[0, same].tolist() == pytest.approx(alone.loc[0, same].tolist(), rel=1e-9)


def test_an_event_concerns_its_assets_only(minute_frame):
    results = one(minute_frame, {"e": (EVENT, "12:00")}, assets=["B"])
    assert not len(results.car())
    assert not len(results.left_out)


def test_the_clock_of_a_market_follows_summer_time():
    """13:30 in Frankfurt is one clock on either side of the last Sunday of October."""
    days = weekdays(61, "2021-11-12")
    labels = [
        pd.date_range(f"{day} 09:00", f"{day} 17:30", freq="5min", tz="Europe/Berlin")[:-1]
        for day in days
    ]
    index = labels[0].append(labels[1:]).tz_convert("UTC")
    steps = np.random.default_rng(1).normal(0, 1e-3, len(index))
    frame = pd.DataFrame({"close": 100 * np.exp(steps.cumsum())}, index=index)
    frame.attrs["request"] = {"market": "XETR", "label": "start"}
    events = events_at({"e": (days[-1], "13:30")}, timezone="Europe/Berlin")
    windows = es.MinuteWindows(10, 20, also=())
    results = es.run_minutes(events, loaded(frame), windows=windows)
    spans = results.window("e", "A").ordinary.spans
    clocks = pd.DatetimeIndex(spans.start.astype("datetime64[s]")).tz_localize("UTC")
    assert set(clocks.tz_convert("Europe/Berlin").strftime("%H:%M")) == {"13:20"}
    assert len(set(clocks.strftime("%H:%M"))) == 2


def test_results_read_as_text(minute_frame):
    results = one(minute_frame, {"e": (EVENT, "12:00"), "n": (EVENT, None)})
    text = results.summary()
    assert "1 measured by the minute" in text
    assert "[−10, +20] min" in text
    assert "1  the minute is not known: by the day only" in text
    assert "<table" in results._repr_html_()
    assert repr(results) in results._repr_html_()
    assert set(results.tables()) >= {"minutes_car", "minutes_tests", "minutes_left_out"}


def test_what_is_not_there_is_named(minute_frame):
    results = one(minute_frame, {"e": (EVENT, "10:03")})
    with pytest.raises(UnknownNameError, match="window leaves the session"):
        results.path("e", "A")
    with pytest.raises(UnknownNameError, match="no bars of 'B'"):
        results.path("e", "B")
    with pytest.raises(UnknownNameError, match="no event 'x'"):
        results.path("x", "A")
    with pytest.raises(EventsError, match="there is no event"):
        es.run_minutes(results.events.select([]), golden_bars())
    with pytest.raises(InvalidArgumentError, match=r"write es\.MinuteWindows"):
        es.run_minutes(results.events, golden_bars(), windows=(10, 20))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: es.MinuteWindows(-10, 20), "without signs"),
        (lambda: es.MinuteWindows(0, 0), "0 minutes in all"),
        (lambda: es.MinuteWindows(10.5, 20), "whole minutes"),
        (lambda: es.MinuteWindows(10, 20, also=((5,),)), "a window of also"),
        (lambda: es.MinuteWindows(10, 20, stale=0), "stale is 0"),
        (lambda: es.MinuteOptions(ordinary=1), "ordinary is 1"),
        (lambda: es.MinuteOptions(ordinary=30), "least is 40"),
        (lambda: es.MinuteOptions(days="after"), "before or around"),
        (lambda: es.MinuteOptions(confidence=95), "a fraction such as 0.95"),
    ],
)
def test_settings_that_cannot_be_are_refused(make, said):
    with pytest.raises(InvalidArgumentError, match=said):
        make()


def test_the_primary_window_is_not_among_the_others():
    windows = es.MinuteWindows(5, 60)
    assert windows.all == ((5, 60), (15, 45))


def test_calibration_counts_rejections_by_hand():
    """Rates are shares of placements, their errors by day; terciles are of days."""
    frame = walk(weekdays(70))
    bars = loaded(frame)["A"]
    options = es.MinuteOptions(ordinary=40, least=40)
    windows = es.MinuteWindows(10, 20, also=())
    done = es.calibrate_minutes(bars, windows=windows, options=options, since=660, until=900)
    table = done.placements
    assert set(table["clock"]) == {660, 720, 780, 840}
    assert len(table) == 4 * (70 - 40 - 5)
    size = done.size.query("test == 'scaled rank'").set_index("level")
    assert size.loc["all", "rate"] == pytest.approx((table["p"] <= 0.05).mean())
    assert size.loc["all", "days"] == 25
    coverage = done.coverage.set_index("level")
    assert coverage.loc["all", "rate"] == pytest.approx(1 - size.loc["all", "rate"])
    assert (done.detectable["move"] > 0).all()
    day = table["day"].iloc[-1]
    stamp = {"e": (f"{day:%Y-%m-%d}", "14:00")}
    (row,) = one(frame, stamp, windows, options).car().itertuples()
    at = table[(table["day"] == day) & (table["clock"] == 840)].iloc[0]
    assert (row.p, row.car) == (pytest.approx(at["p"]), pytest.approx(at["move"]))
    with pytest.raises(InvalidArgumentError, match="no day has 60"):
        es.calibrate_minutes(bars, options=es.MinuteOptions(ordinary=70, least=60), until=60)


def test_13_january_2022():
    """Facts of the packaged bars: Sberbank −1.66 %, Gazprom −2.60 % from 14:10 to 15:00, and after.

    Beyond the worst of that clock window in the 40 sessions before.
    """
    bars = es.load_bars({"SBER": "sample:SBER", "GAZP": "sample:GAZP"})
    stamps = {"fall": ("2022-01-13", "14:10"), "after": ("2022-01-13", "15:10")}
    options = es.MinuteOptions(ordinary=40, least=40)
    moves = {}
    for name, after in (("fall", 50), ("after", 80)):
        windows = es.MinuteWindows(0, after, also=())
        events = events_at({name: stamps[name]})
        results = es.run_minutes(events, bars, windows=windows, options=options)
        for row in results.car().itertuples():
            moves[name, row.asset] = round(100 * row.car, 2)
            if name == "fall":
                ordinary = results.window(name, row.asset).ordinary.move
                assert len(ordinary) == 40
                assert row.car < ordinary.min()
                assert row.p_rank == pytest.approx(1 / 41)
    assert moves == {
        ("fall", "SBER"): -1.66,
        ("fall", "GAZP"): -2.60,
        ("after", "SBER"): -0.12,
        ("after", "GAZP"): 1.02,
    }


def test_seconds_of_a_stamp_are_cut_off(minute_frame):
    at, late = {"e": (EVENT, "12:00")}, {"e": (EVENT, "12:00:59")}
    assert one(minute_frame, at).car().equals(one(minute_frame, late).car())


def test_days_of_daily_results_and_of_minutes_have_the_same_methods():
    names = ("alignment", "ar", "car", "left_out", "quality", "aar", "caar", "mean_car", "tests")
    for name in (*names, "situations", "summary"):
        assert hasattr(es.MinuteResults, name)
        assert hasattr(es.EventStudyResults, name)
    assert dt.date.fromisoformat(EVENT) == dt.date(2021, 12, 17)


def test_a_night_ends_with_a_bar():
    """Bars of ten minutes: five minutes after the opening is the end of the first bar."""
    frame = walk(DAYS, minutes=10)
    (row,) = one(frame, {"e": (EVENT, "02:10")}).overnight().itertuples()
    assert f"{row.end:%H:%M}" == "10:10"
    assert row.price_after == frame["close"].loc[f"{EVENT} 10:00+03:00"]


def test_the_example_of_the_page_runs(capsys):
    page = (Path(__file__).parents[2] / "docs" / "minutes.md").read_text("utf-8")
    example = page.split("## An example")[1].split("```python\n")[1].split("```")[0]
    exec(example, {})
    printed = capsys.readouterr().out
    assert "-0.016607" in printed
    assert "2022-01-13 15:00:00+03:00" in printed


def test_the_part_of_the_days_variance_that_fell_into_the_window(minute_frame):
    """Steps of the window are five times as large: its part is that of squares, by hand."""
    steps = np.log(minute_frame["close"]).diff().fillna(0.0)
    stamps = {"a": (DAYS[-1], "12:00"), "b": (DAYS[-9], "15:00")}
    for day, time in stamps.values():
        stamp = pd.Timestamp(f"{day} {time}", tz="Europe/Moscow")
        steps[stamp - pd.Timedelta(minutes=10) : stamp + pd.Timedelta(minutes=19)] *= 5
    frame = pd.DataFrame({"close": 100 * np.exp(steps.cumsum())})
    frame.attrs = minute_frame.attrs
    results = one(frame, stamps)
    row = results.car().set_index("event_id").loc["a"]
    day = np.log(frame["close"]).loc[EVENT].diff() ** 2
    inside = day.loc[f"{EVENT} 11:50+03:00" : f"{EVENT} 12:19+03:00"].sum()
    assert row.rv_share == pytest.approx(inside / day.sum())
    assert row.rv_usual == pytest.approx(30 / 520, rel=0.15)
    assert row.p_rv_share == pytest.approx(1 / 61)
    tested = results.tests().set_index("test").loc["variance-share-minutes"]
    assert tested.p == pytest.approx(2 / (61 * 58))  # beyond all of their 60 and 57 days
    assert tested.null == "the windows hold their usual part of the day's variance"


def test_a_day_that_is_not_over_has_no_part_of_its_variance(minute_frame):
    cut = minute_frame[minute_frame.index < f"{EVENT} 15:00+03:00"]
    cut.attrs = minute_frame.attrs
    results = one(cut, {"e": (EVENT, "12:00"), "f": (DAYS[-9], "12:00")})
    shares = results.car().set_index("event_id")["rv_share"]
    assert np.isnan(shares["e"])
    assert 0 < shares["f"] < 1
    assert "variance-share-minutes" not in set(results.tests()["test"])
