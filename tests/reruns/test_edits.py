"""After any edits the pages, made step by step, are those of a report that is made at once."""

import csv
import random
import shutil

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from rerun_study import SESSIONS, Small

from eventstudy.reruns.fingerprints import keys_of
from eventstudy.reruns.plan import plan

DAYS = st.integers(95, 235)
TIMES = st.sampled_from(["12:00", "18:00", "", "15:59", "16:00"])
ASSETS = st.sampled_from(["", "AAA", "BBB", "BBB;AAA"])
NAMES = st.sampled_from(["one", "two", "three", "four", "five", "six", "seven"])
CHANGES = {
    "title": ["Another title"],
    "event": [[-1, 3], [0, 2], [-2, 2]],
    "car": [[[0, 1]], [[0, 0], [0, 1], [0, 2]]],
    "estimation": [[-90, -11], [-75, -6]],
    "exclude": [[], [0, 0], [-1, 2]],
    "confidence": [0.9],
    "overlap": ["drop", "merge", "shorten", "joint"],
    "label": ["The share"],
    "tag": ["none", "x"],
    "returns": ["log"],
    "model": ["market-adjusted", "dimson", "market-model"],
    "timezone": ["Europe/Moscow"],
    "benchmark": ["MKT", ""],
}
SETTING = st.sampled_from([(name, own) for name, values in CHANGES.items() for own in values])
EDIT = st.one_of(
    st.tuples(st.just("add"), NAMES, DAYS, TIMES, ASSETS),
    st.tuples(st.just("delete"), NAMES),
    st.tuples(st.just("edit"), NAMES, st.just("title"), st.sampled_from(["New", "Newer"])),
    st.tuples(st.just("edit"), NAMES, st.just("mood"), st.sampled_from(["good", "", "bad"])),
    st.tuples(st.just("edit"), NAMES, st.just("time"), TIMES),
    st.tuples(st.just("edit"), NAMES, st.just("assets"), ASSETS),
    st.tuples(st.just("edit"), NAMES, st.just("speaker"), st.sampled_from(["A", "B", ""])),
    st.tuples(st.just("edit"), NAMES, st.just("confounders"), st.sampled_from(["a strike", ""])),
    st.tuples(
        st.just("bounds"), NAMES, st.sampled_from(["", "09:00"]), st.sampled_from(["", "15:00"])
    ),
    st.tuples(st.just("hole"), st.sampled_from(["AAA", "BBB", "MKT"]), st.integers(20, 210)),
    st.tuples(st.just("move"), NAMES, DAYS),
    st.tuples(st.just("claim"), NAMES, DAYS),
    st.tuples(st.just("reorder"), st.randoms(use_true_random=False)),
    st.tuples(st.just("revise"), st.sampled_from(["AAA", "BBB", "MKT"]), st.integers(0, 235)),
    st.tuples(st.just("sessions"), st.integers(1, 8)),
    st.tuples(st.just("setting"), SETTING),
    st.tuples(st.just("quick")),
)


def apply(small, edit):
    """Change the study; return whether runs at placebo dates are asked for from now on."""
    kind, *how = edit
    by_name = {event["event_id"]: event for event in small.events}
    if kind == "add" and how[0] not in by_name:
        small.events.append(small.event(how[0], how[1], time=how[2], assets=how[3]))
    elif kind == "delete" and how[0] in by_name and len(by_name) > 1:
        small.events.remove(by_name[how[0]])
    elif kind == "edit" and how[0] in by_name:
        by_name[how[0]][how[1]] = how[2]
        if how[1] == "time" and how[2]:
            by_name[how[0]] |= {"not_before": "", "known_by": ""}
    elif kind == "bounds" and how[0] in by_name:
        by_name[how[0]] |= {"time": "", "not_before": how[1], "known_by": how[2]}
    elif kind == "hole":
        small.holes[how[0]].add(how[1])
    elif kind == "move" and how[0] in by_name:
        by_name[how[0]]["date"] = f"{SESSIONS[how[1]]:%Y-%m-%d}"
    elif kind == "claim" and how[0] in by_name:
        by_name[how[0]]["claims"] = f"AAA:-1.2%@{SESSIONS[how[1]]:%Y-%m-%d}"
    elif kind == "revise":
        small.prices.loc[SESSIONS[how[1]], how[0]] *= 1.01
    elif kind == "sessions":
        small.sessions = min(small.sessions + how[0], len(SESSIONS))
    elif kind == "setting":
        small.settings[how[0][0]] = how[0][1]
    order = None
    if kind == "reorder":
        order = list(range(len(small.events)))
        how[0].shuffle(order)
    small.write(order=order, quoting=csv.QUOTE_ALL if kind == "reorder" else 0)


@pytest.mark.slow
@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(edits=st.lists(EDIT, min_size=2, max_size=5), quick=st.booleans())
def test_any_sequence_of_edits_ends_with_the_pages_of_a_clean_run(tmp_path_factory, edits, quick):
    small = Small(tmp_path_factory.mktemp("study"))
    small.make_pages(quick=quick)
    for edit in edits:
        note(str(edit))
        quick = quick != (edit[0] == "quick")
        apply(small, edit)
        before = small.pages()
        planned = small.make_pages(quick=quick)
        touched = {name for name, data in small.pages().items() if before.get(name) != data}
        assert touched <= set(planned.events("make"))
        assert not small.state("reports", quick=quick).plan.work
    site, pages = small.site(), small.pages()
    assert pages.keys() == site.report.events.keys()
    for event in site.in_order:
        assert pages[event.event_id] == site.event(event).encode(), event.event_id
    shutil.rmtree(small.folder)


EDITS = [
    [("add", "six", 200, "18:00", "BBB;AAA"), ("delete", "one"), ("quick",)],
    [("edit", "two", "title", "New"), ("edit", "three", "mood", "bad"), ("sessions", 8)],
    [("edit", "two", "time", ""), ("edit", "three", "assets", "BBB"), ("revise", "AAA", 180)],
    [("bounds", "four", "09:00", "15:00"), ("edit", "two", "speaker", "A"), ("hole", "MKT", 150)],
    [("move", "two", 230), ("claim", "three", 142), ("edit", "four", "confounders", "a strike")],
    [("reorder", random.Random(1)), ("setting", ("overlap", "drop"))],
]
"""Some of every kind, in steps."""


def test_after_edits_of_every_kind_all_files_are_those_of_a_clean_run(tmp_path):
    small, quick = Small(tmp_path), True
    small.make_pages(quick=quick)
    for edits in EDITS:
        for edit in edits:
            quick = quick != (edit[0] == "quick")
            apply(small, edit)
        small.make_pages(quick=quick)
    small.make_index(quick=quick)
    assert not small.run(quick=quick).work
    small.run("clean", quick=quick)
    ours, clean = small.files(), small.files("clean")
    assert [name for name in clean if ours.get(name) != clean[name]] == []
    assert ours.keys() == clean.keys()


@pytest.mark.slow
def test_a_page_that_is_kept_could_not_have_changed(tmp_path):
    """One price at a time is revised: every page that changes was to be made.

    The pages show every specification, with windows of up to 500 returns.
    """
    small = Small(tmp_path)
    small.sessions = 260
    small.write()
    prices, former, site = small.prices, keys_of(small.study, placebo_runs=True), small.site()
    before = {event.event_id: site.event(event) for event in site.in_order}
    rng, kept = np.random.default_rng(3), 0
    for day in (31, 39, 59, 119, 141, 190, 217, 221, 224, 229):
        name = ("AAA", "BBB", "MKT")[rng.integers(3)]
        small.prices = prices.copy()
        small.prices.loc[SESSIONS[day], name] *= 1.001
        small.write()
        planned, site = plan(former, keys_of(small.study, placebo_runs=True)), small.site()
        for event in planned.events("keep"):
            assert site.event(site.report.events[event]) == before[event], (event, day)
            kept += 1
    assert kept > 10
