"""Alignments, members and episodes as arrays: what loops over events and assets would give."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import eventstudy as es
from eventstudy.design.alignment import Alignments, Concerned, align, align_all
from eventstudy.design.membership import Members, membership
from eventstudy.design.overlap import leaders, merged
from eventstudy.design.sessions import Calendar
from eventstudy.design.windows import group_episodes
from eventstudy.events.event_columns import by_column

ASSETS = ["A", "B", "C"]
SESSIONS = {
    "A": pd.bdate_range("2021-01-04", periods=12),
    "B": pd.bdate_range("2021-01-04", periods=8),
    "C": pd.bdate_range("2021-01-06", periods=12)[::2],
}
CLOCKS = {"A": "18:50 Europe/Moscow", "B": None, "C": "14:00-15:00 Europe/Moscow"}
calendars = [
    Calendar(
        name,
        SESSIONS[name].to_numpy().astype("datetime64[D]"),
        None if CLOCKS[name] is None else es.Clock.parse(CLOCKS[name]),
        ended=name == "A",
    )
    for name in ASSETS
]
named = st.sampled_from(["", "A", "B", "C;A", "A;B;A", "B;C;A"])
statements = st.lists(
    st.tuples(st.integers(0, 20), st.sampled_from(["", "12:00", "14:30", "20:00"]), named),
    min_size=1,
    max_size=12,
)


def events_of(drawn):
    days = [str(pd.Timestamp("2021-01-01") + pd.Timedelta(day, "D"))[:10] for day, *_ in drawn]
    rows = [
        (f"e{row}", day, time, "t", assets)
        for row, (day, (_, time, assets)) in enumerate(zip(days, drawn, strict=True))
    ]
    frame = pd.DataFrame(rows, columns=["event_id", "date", "time", "title", "assets"])
    return es.read_events(frame, timezone="Europe/Moscow")


@settings(max_examples=60, deadline=None)
@given(statements)
def test_alignments_are_those_of_each_event_on_each_asset_that_it_names(drawn):
    events = events_of(drawn)
    days = align_all(events, calendars, 5)
    alignments = Alignments(events, days)
    by_hand = [
        (row, asset)
        for row, event in enumerate(events)
        for asset in dict.fromkeys(event.assets) or ASSETS
    ]
    assert [(item.event, item.asset) for item in alignments] == by_hand
    for (row, asset), item in zip(by_hand, alignments, strict=True):
        alone = align(events.records[row], calendars[ASSETS.index(asset)], 5)
        told = ("day0", "latest", "certain", "partly", "shift_days", "eve", "rule", "reason")
        assert [getattr(item, name) for name in told] == [getattr(alone, name) for name in told]
        assert alignments.of(row, asset).reason == alone.reason
    assert alignments.accepted.tolist() == [not item.reason for item in alignments]
    assert alignments.partly.tolist() == [item.partly for item in alignments]
    lost = [(item.event, item.asset) for item in alignments if item.reason]
    where = alignments.where(~alignments.accepted)
    assert [(item.event, item.asset) for item in where] == lost


@settings(max_examples=60, deadline=None)
@given(statements)
def test_episodes_stand_for_the_events_of_their_day(drawn):
    events = events_of(drawn)
    days = align_all(events, calendars, 5)
    members, episode_of = membership({a: each.members for a, each in group_episodes(days).items()})
    by_hand, row_of = [], {}
    for asset in ASSETS:
        day0 = {
            int(i): int(p) for i, p in zip(days[asset].index, days[asset].position, strict=True)
        }
        for position in sorted({p for p in day0.values() if p >= 0}):
            together = tuple(event for event, p in day0.items() if p == position)
            row_of |= {(event, asset): len(by_hand) for event in together}
            by_hand.append(together)
    assert list(members) == by_hand
    assert dict(episode_of) == row_of
    assert list(episode_of) == sorted(row_of, key=lambda key: (key[0], ASSETS.index(key[1])))
    assert episode_of.get((len(drawn), "A")) is None
    assert (0, "D") not in episode_of
    assert members.sizes.tolist() == [len(each) for each in by_hand]
    member = np.arange(len(drawn)) % 2 == 0
    assert members.any_of(member).tolist() == [any(member[list(each)]) for each in by_hand]
    odd = np.arange(len(by_hand)) % 2 == 1
    where = [(event, asset, row) for (event, asset), row in episode_of.items() if odd[row]]
    assert list(episode_of.where(odd)) == where
    rows = np.flatnonzero(odd)[::-1]
    assert list(members.take(rows)) == [by_hand[row] for row in rows]


@settings(max_examples=60, deadline=None)
@given(statements, st.integers(0, 4))
def test_merged_episodes_stand_for_the_events_of_their_run(drawn, end):
    episodes = group_episodes(align_all(events_of(drawn), calendars, 5))["A"]
    leads = leaders(episodes.positions, (0, end))
    by_hand = [
        sum((episodes.members[row] for row in np.flatnonzero(leads == lead)), ())
        for lead in np.unique(leads)
    ]
    assert list(merged(episodes, (0, end)).members) == by_hand


def test_nobody_is_a_member_of_an_ordinary_day():
    nobody = Members.nobody(3)
    assert list(nobody) == [(), (), ()]
    assert nobody == Members.nobody(3) != Members.nobody(2)
    assert not nobody.any_of(np.zeros(0, dtype=bool)).any()
    assert nobody[1:] == ((), ())
    with pytest.raises(IndexError):
        nobody[3]


def test_events_of_assets_that_are_not_studied_concern_nobody():
    events = events_of([(1, "", "D"), (2, "", ""), (3, "", "B;D")])
    concerned = Concerned(by_column(events), ["A", "B"]).by_asset()
    assert {asset: rows.tolist() for asset, rows in concerned.items()} == {"A": [1], "B": [1, 2]}
