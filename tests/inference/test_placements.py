"""Placebo dates of assets whose histories differ: counted and looked up in one list of dates."""

from dataclasses import dataclass, field, replace
from typing import ClassVar

import by_hand
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import eventstudy as es
from eventstudy.analysis.calibration import calibrate
from eventstudy.errors import InvalidArgumentError
from eventstudy.inference import TESTS, CrossSection
from eventstudy.inference.base import infeasible
from eventstudy.inference.placement import at_positions, placements
from eventstudy.inference.timeline import timeline

WINDOW = (0, 1)
LATE = 700
"""Sessions after which the first of eight firms is listed."""
FIRMS = {
    "F0": range(LATE),
    "F1": range(0),
    "F2": [*range(300, 340), *range(1215, 1219), 1415],
    "F3": range(0, 2000, 9),
    "F4": range(1950, 2000),
    "F5": range(40),
    "F6": range(1600, 1607),
    "F7": range(3, 2000, 11),
}
EPISODES = [
    ("F0", 1203),
    ("F1", 1206),
    ("F2", 1211),
    ("F3", 1217),
    ("F3", 1224),
    ("F4", 1203),
    ("F5", 1230),
    ("F6", 1217),
    ("F7", 1235),
    ("F1", 1235),
]


@dataclass(frozen=True)
class Spy:
    """A test that notes what it is given, and has no result."""

    name: ClassVar[str] = "spy"
    label: ClassVar[str] = "Spy"
    null: ClassVar[str] = "none"
    source: ClassVar[str] = "none"
    volatility: ClassVar[str] = "own"
    needs: ClassVar[str] = "nothing"
    seen: list[CrossSection] = field(default_factory=list)

    def __call__(self, sample):
        self.seen.append(sample)
        return infeasible(self, sample, "it only looks")


def calibrated(results, group="all events", **how):
    """What the tests of a calibration are given for a group, and what is said of the dates."""
    spy = Spy()
    size = calibrate(results, tests=[spy], effects=(0.01,), **how).size
    row = size[size["group"] == group].iloc[0]
    plain = spy.seen[::2][: int(how["samples"])]
    return [sample.abnormal for sample in plain], row["dates"]


def cross_section(results, window=WINDOW):
    part = results.abnormal
    return CrossSection(part, window, results.history)


def dates_of(chosen, placed):
    """Dates of placements, each a session of its own asset; shape (samples, episodes)."""
    sessions = [chosen.history.data[str(name)].calendar.sessions for name in chosen.abnormal.assets]
    columns = zip(sessions, placed.positions.T, strict=True)
    return np.stack([days[positions] for days, positions in columns], axis=1)


@pytest.fixture(scope="module")
def firms():
    frame = by_hand.prices(FIRMS)
    return frame, by_hand.run(frame, EPISODES)


def by_asset(frame, dated):
    """Ordinary days of each asset, by hand."""
    return {
        asset: by_hand.ordinary(frame[asset], sorted(day for name, day in dated if name == asset))
        for asset in dict(dated)
    }


@pytest.fixture(scope="module")
def ordinary(firms):
    return by_asset(firms[0], in_order(firms[1]))


def in_order(results):
    """Episodes in the order in which a study keeps them."""
    part = results.abnormal
    return [(str(a), pd.Timestamp(d)) for a, d in zip(part.assets, part.day0, strict=True)]


# --- calibrate ------------------------------------------------------------------------------


def test_the_first_firm_listed_late_is_calibrated_on_the_dates_that_were_chosen(firms, ordinary):
    """Every sample is the calendar moved as a whole, and each firm is measured on its own day."""
    frame, results = firms
    samples, words = calibrated(results, samples=60)
    moved, span = by_hand.shifts(frame, in_order(results))
    whole = {
        move: days
        for move, days in moved.items()
        if all(
            day in ordinary[asset].index
            for (asset, _), day in zip(in_order(results), days, strict=True)
        )
    }
    count = by_hand.separate(whole, span + 2)
    assert words == f"the calendar as a whole, shifted over {count} separate places"
    possible = {tuple(days) for days in whole.values()}
    returns = np.log(frame.apply(lambda column: column.dropna())).apply(
        lambda column: column.dropna().diff()
    )
    assert len(samples) == 60
    for part in samples:
        assert tuple(map(pd.Timestamp, part.day0)) in possible
        first = part.returns[:, part.columns((0, 0))][:, 0]
        direct = [
            returns[asset][pd.Timestamp(day)]
            for asset, day in zip(part.assets, part.day0, strict=True)
        ]
        np.testing.assert_allclose(first, direct, rtol=1e-12)


def test_placebo_dates_come_back_as_they_went_in(firms):
    _, results = firms
    chosen = cross_section(results)
    placed = placements(chosen, 40, np.random.default_rng(1))
    assert placed.kind == "shifted"
    samples = at_positions(chosen, placed.positions)
    np.testing.assert_array_equal(samples.positions(), placed.positions)
    part = samples.days.rows(samples.rows.ravel())
    np.testing.assert_array_equal(part.assets, np.tile(results.abnormal.assets, 40))


def test_episodes_in_any_order_come_back_in_that_order(firms):
    _, results = firms
    mixed = cross_section(results).rows(np.array([7, 0, 4, 9, 3, 1, 8, 5, 2, 6]))
    placed = placements(mixed, 5, np.random.default_rng(1))
    for positions in placed.positions:
        part = at_positions(mixed, positions[None]).sample(0).abnormal
        np.testing.assert_array_equal(part.position, positions)
        np.testing.assert_array_equal(part.assets, mixed.abnormal.assets)


def test_a_day_that_is_not_ordinary_is_refused_and_no_other_takes_its_place(firms):
    _, results = firms
    chosen = cross_section(results)
    positions = placements(chosen, 1, np.random.default_rng(1)).positions
    sessions = results.history.data["F0"].calendar.sessions
    event = int(results.abnormal.position[0])
    for wrong, date in ((event, results.abnormal.day0[0]), (1, sessions[1]), (-1, sessions[-1])):
        positions[0, 0] = wrong
        with pytest.raises(
            InvalidArgumentError, match=f"{date} is none of the ordinary days of F0"
        ):
            at_positions(chosen, positions)


@pytest.mark.parametrize("reverse", [False, True])
def test_the_order_of_the_firms_does_not_change_the_dates(firms, reverse):
    frame, results = firms
    names = list(FIRMS)[::-1] if reverse else [*list(FIRMS)[3:], *list(FIRMS)[:3]]
    other = by_hand.run(frame[names], EPISODES)
    days = [
        dict(
            zip(
                in_order(study),
                dates_of(
                    cross_section(study),
                    placements(cross_section(study), 30, np.random.default_rng(2)),
                ).T.tolist(),
                strict=True,
            )
        )
        for study in (results, other)
    ]
    assert days[0] == days[1]
    assert list(days[0]) != list(days[1])


def test_dates_are_drawn_among_the_ordinary_days_of_their_own_firms():
    """One firm ends before the other is listed: no day is ordinary for both."""
    frame = by_hand.prices({"A": range(560, 2000), "B": range(540)})
    episodes = [("A", 500), ("A", 520), ("B", 1010), ("B", 1030)]
    results = by_hand.run(frame, episodes, average="across-assets")
    samples, words = calibrated(results, samples=400)
    assert words == "ordinary days drawn at random"
    days = by_asset(frame, in_order(results))
    drawn = {"A": [], "B": []}
    for part in samples:
        assert len(set(zip(part.assets, part.day0.tolist(), strict=True))) == 4
        for asset, day in zip(part.assets, part.day0, strict=True):
            drawn[asset].append(pd.Timestamp(day))
    for asset, dates in drawn.items():
        assert set(dates) <= set(days[asset].index)
        half = days[asset].index[len(days[asset]) // 2]
        share = np.mean([day < half for day in dates])
        assert abs(share - 0.5) < 4 * np.sqrt(0.25 / len(dates))


def test_a_calibration_of_another_engine_is_not_taken_from_the_cache(tmp_path, monkeypatch, firms):
    given = {"samples": 4, "effects": (0.01,), "tests": ["sign"], "cache": tmp_path}
    calibrate(firms[1], **given)
    monkeypatch.setattr("eventstudy.analysis.calibration.ENGINE", -1)
    calibrate(firms[1], **given)
    assert len(list(tmp_path.iterdir())) == 2


# --- holes ------------------------------------------------------------------------------------


def test_no_asset_is_taken_to_another_date_beyond_a_hole(firms):
    """The firm closed for eight weeks has no day 0 there but in the last five days."""
    frame, results = firms
    dates = timeline(results.abnormal.assets, results.abnormal.day0, results.history.data)
    union = pd.DatetimeIndex(dates.sessions)
    for row, name in enumerate(dates.names):
        sessions = frame[name].dropna().index
        theirs = list(by_hand.first_sessions(frame[name], union).values())
        ours = [None if at < 0 else sessions[at] for at in dates.day0[row]]
        assert ours == theirs
    closed = dates.day0[dates.names.index("F2"), 300:340]
    assert (closed[:36] == -1).all()
    assert (closed[37:] >= 0).all()
    assert (dates.day0[dates.names.index("F0"), : LATE - 3] == -1).all()
    assert (dates.day0[dates.names.index("F4"), 1950:] == -1).all()


def test_two_dates_that_lead_to_one_session_count_once():
    """The second asset trades on Mondays and Tuesdays alone; 2012-01-02 is a Monday."""
    closed = [day for day in range(2000) if by_hand.SESSIONS[day].day_of_week > 1]
    frame = by_hand.prices({"A": range(0), "B": closed})
    episodes = [("B", 900), ("B", 901), ("A", 902)]
    results = by_hand.run(frame, episodes, min_estimation=60, max_shift=7)
    dates = timeline(results.abnormal.assets, results.abnormal.day0, results.history.data)
    at = dates.columns + np.arange(-5, 1)[:, None]
    order = in_order(results)
    later, wednesday = (order.index(("B", frame.index[day])) for day in (901, 900))
    weekdays = [frame.index[day].day_name()[:3] for day in at[:, wednesday]]
    again = dict(zip(weekdays, dates.repeated(at)[:, later], strict=False))
    assert again == {"Mon": False, "Tue": False, "Wed": True, "Thu": True, "Fri": True}
    z = np.arange(2 * len(dates.sessions), dtype=float).reshape(2, -1)
    assert np.isnan(dates.take([z], at)).sum() == dates.repeated(at).sum() == 3


# --- shifted calendars --------------------------------------------------------------------------


def shifted_by_hand(frame, episodes, days):
    """Scaled CARs of every shift with four in five episodes on ordinary days; separate places."""
    moved, span = by_hand.shifts(frame, episodes)
    z = {}
    for move, landed in moved.items():
        row = [
            np.nan if day is None else days[asset][WINDOW].get(day, np.nan)
            for (asset, _), day in zip(episodes, landed, strict=True)
        ]
        if np.isfinite(row).mean() >= 0.8:
            z[move] = row
    return np.array(list(z.values())), by_hand.separate(z, span + 2)


def real_z(frame, episodes):
    """Scaled CARs of the episodes themselves."""
    made = []
    for asset, day in episodes:
        others = [date for name, date in episodes if name == asset and date != day]
        made.append(by_hand.ordinary(frame[asset], others, only=day)[WINDOW].iloc[0])
    return np.array(made)


def test_shifted_calendar_of_unequal_histories_is_the_count_by_dates(firms, ordinary):
    frame, results = firms
    episodes = in_order(results)
    z, places = shifted_by_hand(frame, episodes, ordinary)
    assert len(z) > 300
    assert np.isnan(z).any()
    result = TESTS["calendar-shift"]()(cross_section(results))
    mean = real_z(frame, episodes).mean()
    assert result.statistic == pytest.approx(mean, rel=1e-9)
    counted = np.isfinite(z).sum(axis=1)
    means = np.nansum(z, axis=1) / np.sqrt(counted * len(episodes))
    share = (1 + (np.abs(means) >= abs(mean)).sum()) / (len(z) + 1)
    assert result.details["shifts"] == len(z)
    assert result.details["separate"] == places
    assert result.p == pytest.approx(max(share, 1 / (places + 1)))


@pytest.mark.parametrize("turn", [1, 4, 7])
def test_the_order_of_the_firms_changes_no_shifted_calendar(firms, turn):
    frame, results = firms
    names = [*list(FIRMS)[turn:], *list(FIRMS)[:turn]]
    a, b = (
        TESTS["calendar-shift"]()(cross_section(study))
        for study in (results, by_hand.run(frame[names], EPISODES))
    )
    assert a.details == b.details
    assert (a.p, a.statistic) == (pytest.approx(b.p), pytest.approx(b.statistic))


# --- Romano-Wolf ----------------------------------------------------------------------------------


def test_romano_wolf_of_unequal_histories_is_the_step_down_by_dates(firms, ordinary):
    frame, results = firms
    episodes = in_order(results)
    z, places = shifted_by_hand(frame, episodes, ordinary)
    frame_of = results.multiplicity([WINDOW])
    assert frame_of["resampling"].iloc[0] == (
        f"the whole calendar at {len(z)} other places, {places} of them separate"
    )
    p = by_hand.step_down(real_z(frame, episodes), z)
    expected = np.maximum(p, 1 / (places + 1))
    keys = list(zip(frame_of["asset"], frame_of["day0"], strict=True))
    assert keys == episodes
    np.testing.assert_allclose(frame_of["p_romano_wolf"], expected, rtol=1e-12)


def test_dates_dealt_out_anew_agree_with_an_independent_deal_by_dates():
    """11 dates on two unequal series: no room to shift them. Within Monte Carlo error."""
    closed = {"A": range(40), "B": [*range(250, 262), *range(5, 360, 13)]}
    frame = by_hand.prices(closed, days=360)
    positions = [130, 150, 170, 190, 210, 221, 240, 270, 290, 310, 335]
    frame.iloc[221:, 0] *= 1.06
    episodes = [
        (asset, day) for asset in closed for day in positions if pd.notna(frame.iloc[day][asset])
    ]
    results = by_hand.run(frame, episodes)
    table = results.multiplicity([WINDOW])
    dated = in_order(results)
    days = by_asset(frame, in_order(results))
    z = real_z(frame, dated)
    values = {asset: table_of[WINDOW].to_dict() for asset, table_of in days.items()}
    for (asset, day), value in zip(dated, z, strict=True):
        values[asset][day] = value
    dates = sorted({day for _, day in dated})
    both = frame.dropna().index
    pool = sorted(
        {day for day in both if all(day in days[name].index for name in days)} | set(dates)
    )
    words = f"the {len(dates)} dates dealt out anew among themselves and {len(pool) - len(dates)}"
    assert table["resampling"].iloc[0].startswith(words)
    rng = np.random.default_rng(99)
    drawn = []
    day0 = {name: list(by_hand.first_sessions(frame[name], pool).values()) for name in closed}
    for _ in range(3000):
        dealt = dict(zip(dates, rng.permutation(len(pool))[: len(dates)], strict=True))
        row, seen = [], set()
        for asset, day in dated:
            landed = day0[asset][dealt[day]]
            row.append(np.nan if (asset, landed) in seen else values[asset].get(landed, np.nan))
            seen.add((asset, landed))
        drawn.append(row)
    p = np.maximum(by_hand.step_down(z, np.array(drawn)), len(dates) / len(pool))
    noise = 4 * np.sqrt(p * (1 - p) * (1 / 3000 + 1 / 4999)) + 1e-3
    assert (np.abs(table["p_romano_wolf"] - p) < noise).all()
    assert table["p_romano_wolf"].min() < 0.3


# --- specification curve ----------------------------------------------------------------------


def test_specification_curve_of_unequal_histories_is_the_count_by_dates():
    """One event on two assets, one listed late and with holes: ranked among all ordinary days."""
    closed = {"A": range(500), "B": [*range(600, 640), *range(7, 1000, 17)]}
    frame = by_hand.prices(closed, days=1000)
    results = by_hand.run(frame, [("A", 900), ("B", 901), ("B", 950)])
    grid = es.Grid(
        models=[es.models.ConstantMean()], estimation=(70,), gaps=(0, 6), windows=[WINDOW, (0, 2)]
    )
    for event, asset, day0 in (("a-900", "A", 900), ("b-950", "B", 950)):
        curve = es.specification_curve(results, event=event, grid=grid, samples=5000)
        assert curve.summary["dates"].tolist() == ["every ordinary day"]
        (day,) = by_hand.first_sessions(frame[asset], frame.index[[day0]]).values()
        others = [d for a, d in in_order(results) if a == asset and d != day]
        mine = [*others, day]
        tables = {
            gap: by_hand.ordinary(frame[asset], mine, (WINDOW, (0, 2)), gap) for gap in (0, 6)
        }
        days = tables[0].index.intersection(tables[6].index)
        assert curve.summary["placements"].tolist() == [len(days)]
        for row in curve.frame.itertuples():
            window = (row.start, row.end)
            real = by_hand.ordinary(frame[asset], others, (WINDOW, (0, 2)), row.gap, only=day)
            z = real[window].iloc[0]
            assert row.z == pytest.approx(z, rel=1e-9)
            larger = (tables[row.gap].loc[days, [window]].abs() >= abs(z)).sum().iloc[0]
            assert row.p == pytest.approx((1 + larger) / (len(days) + 1))


def test_a_series_too_young_for_any_specification_is_said_and_shown(tmp_path):
    frame = by_hand.prices({"A": range(0)}, days=130)
    events = pd.DataFrame({"event_id": ["one"], "date": [frame.index[126]], "title": ["t"]})
    windows = replace(by_hand.WINDOWS, estimation=(-110, -21))
    results = es.run_study(events, frame, windows=windows, options=es.Options(min_estimation=60))
    curve = es.specification_curve(results, samples=20)
    summary = curve.summary.iloc[0]
    assert (summary["specifications"], summary["placements"]) == (0, 0)
    assert summary["dates"] == "none: no specification can be measured"
    assert (curve.frame["reason"] != "").all()
    page = es.write_report(results, tmp_path, robustness=curve).read_text("utf-8")
    assert "none: no specification can be measured" in page


# --- any histories ----------------------------------------------------------------------------

DAYS = 420
hole = st.tuples(st.integers(0, DAYS), st.integers(1, 60))
history = st.tuples(
    st.integers(0, 150), st.integers(390, DAYS), st.lists(hole, max_size=3), st.integers(0, 9)
)


def without(spec):
    first, last, holes, every = spec
    gone = {*range(first), *range(last, DAYS)}
    for start, days in holes:
        gone |= set(range(start, min(start + days, DAYS)))
    return gone | (set(range(every, DAYS, 7 + every)) if every else set())


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    specs=st.lists(history, min_size=2, max_size=4),
    days=st.lists(st.integers(250, 385), min_size=1, max_size=4, unique=True),
    seed=st.integers(0, 99),
)
def test_any_histories_give_ordinary_days_of_their_own_counted_once(specs, days, seed):
    names = [f"F{number}" for number in range(len(specs))]
    frame = by_hand.prices({n: without(spec) for n, spec in zip(names, specs, strict=True)}, DAYS)
    episodes = [
        (name, day)
        for number, name in enumerate(names)
        for day in days[number % len(days) :]
        if pd.notna(frame[name].iloc[day])
    ]
    assume(len(episodes) > 1 and all(any(a == n for a, _ in episodes) for n in names))
    results = by_hand.run(frame, episodes)
    rows = np.flatnonzero(np.isfinite(results.abnormal.car(WINDOW)))
    assume(len(rows) > 1)
    chosen = cross_section(results).rows(rows)
    mixed = chosen.rows(np.random.default_rng(seed).permutation(len(rows)))
    dated = [
        (str(a), pd.Timestamp(d))
        for a, d in zip(chosen.abnormal.assets, chosen.abnormal.day0, strict=True)
    ]
    every = {
        name: by_hand.ordinary(frame[name], [d for a, d in in_order(results) if a == name])
        for name in dict(dated)
    }
    placed = placements(chosen, 20, np.random.default_rng(seed))
    again = placements(mixed, 20, np.random.default_rng(seed))
    assert placed.words == again.words
    assert sorted(placed.positions.T.tolist()) == sorted(again.positions.T.tolist())
    moved, span = by_hand.shifts(frame, dated)
    whole = {
        move: tuple(landed)
        for move, landed in moved.items()
        if all(day in every[asset].index for (asset, _), day in zip(dated, landed, strict=True))
    }
    room = len({day for _, day in dated}) > 1 and by_hand.separate(whole, span + 2) >= 19
    assert (placed.kind == "shifted") == room
    days = dates_of(chosen, placed)
    for sample in days:
        landed = tuple(map(pd.Timestamp, sample))
        assert len(set(zip(chosen.abnormal.assets, landed, strict=True))) == len(dated)
        if placed.kind == "shifted":
            assert landed in whole.values()
        for (asset, day), new in zip(dated, landed, strict=True):
            assert new in every[asset].index
            if placed.kind != "shifted":
                assert all(b == new for (_, a), b in zip(dated, landed, strict=True) if a == day)
    if len(days):
        samples = at_positions(chosen, placed.positions)
        np.testing.assert_array_equal(samples.positions(), placed.positions)
        np.testing.assert_array_equal(samples.days.day0[samples.rows], days)
