"""A report brought up to date step by step is the report made at once, and nothing else moves."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from kills import KILLS
from rerun_study import SESSIONS, Small
from waiting import LIMIT

from eventstudy.errors import UnknownNameError

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
    max_examples=6,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(edits=st.lists(EDIT, min_size=2, max_size=5), quick=st.booleans())
def test_any_sequence_of_edits_ends_as_a_clean_run_does(tmp_path_factory, edits, quick):
    small = Small(tmp_path_factory.mktemp("study"))
    small.run(quick=quick)
    for edit in edits:
        note(str(edit))
        quick = quick != (edit[0] == "quick")
        apply(small, edit)
        before = small.pages()
        found = small.run(quick=quick)
        touched = {name for name, data in small.pages().items() if before.get(name) != data}
        assert touched <= set(found.events("make"))
        assert not small.run(quick=quick).work
    small.run("clean", quick=quick)
    ours, clean = small.files(), small.files("clean")
    assert [name for name in clean if ours.get(name) != clean[name]] == []
    assert ours.keys() == clean.keys()
    shutil.rmtree(small.folder)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Folder of a study whose windows are all complete, with its report."""
    study = Small(tmp_path_factory.mktemp("made"))
    study.sessions = 240
    study.write()
    study.run()
    return study.folder


@pytest.fixture
def small(made, tmp_path):
    """A copy of it that may be changed."""
    study = Small(tmp_path)
    study.sessions = 240
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return study


def reasons(found, action="make"):
    """The reasons by event, of the events that something is done for."""
    names = found.events(action)
    return {name: set(found.changed[name]) for name in names}


def test_at_first_all_is_new_and_then_there_is_nothing_to_do(tmp_path):
    own = Small(tmp_path)
    first = own.run()
    assert reasons(first) == {name: {"new"} for name in ("one", "two", "three", "four", "five")}
    assert {step.asset for step in first.steps if step.event_id == "one"} == {"AAA", "BBB"}
    assert [step.asset for step in first.steps if step.event_id == "two"] == ["AAA"]
    assert not own.run().work


@pytest.mark.parametrize("form", ["order", "quotes", "mark", "line ends", "columns", "study"])
def test_another_form_of_the_same_is_no_work(small, form):
    path = small.folder / "events.csv"
    text = path.read_text("utf-8")
    if form == "order":
        small.write(order=[3, 1, 4, 0, 2])
    elif form == "quotes":
        small.write(quoting=csv.QUOTE_ALL)
    elif form == "mark":
        path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    elif form == "line ends":
        path.write_bytes(text.replace("\n", "\r\n").encode())
    elif form == "columns":
        rows = [line.split(",") for line in text.splitlines()]
        path.write_text("\n".join(",".join(reversed(row)) for row in rows) + "\n", "utf-8")
    else:
        study = small.folder / "study.toml"
        study.write_text("# a note\n" + study.read_text("utf-8").replace(" = ", "="), "utf-8")
    assert not small.state("reports").plan.work
    small.run("clean")
    assert small.files() == small.files("clean")


def test_a_trading_day_outside_all_windows_is_no_work(small):
    small.sessions += 5
    small.write()
    assert not small.run().work
    small.run("clean")
    assert small.files() == small.files("clean")


def test_an_edit_names_its_fields_and_touches_its_page(small):
    small.events[3] |= {"title": "Another", "mood": "good"}
    small.write()
    assert reasons(small.run()) == {"four": {"edited: title, column mood"}}


def test_a_session_that_is_shared_is_remade_for_all_who_share_it(small):
    small.events.append(small.event("six", 190))
    small.write()
    found = reasons(small.run())
    assert found == {"six": {"new"}, "four": {"other events near it changed"}}


def test_a_session_left_out_of_an_estimation_window_remakes_its_page(small):
    small.events.append(small.event("six", 180))
    small.write()
    found = reasons(small.run())
    near = {"other events near it changed"}
    assert found == {"six": {"new"}, "four": near, "five": near}


def test_revised_prices_name_the_sessions_and_the_events_that_they_reach(small):
    day = SESSIONS[150]
    small.prices.loc[day, "BBB"] += 0.01
    small.write()
    found = small.run()
    word = f"prices revised: BBB {day:%Y-%m-%d}"
    assert reasons(found) == {"four": {word}, "five": {word}}
    assert found.study == (word,)
    of_four = {step.asset: step.reasons for step in found.steps if step.event_id == "four"}
    assert of_four == {"AAA": (), "BBB": (word,)}


def test_a_revision_outside_all_windows_makes_the_index_alone(small):
    """Pages show every event under other choices too, which reach back some 530 sessions."""
    earlier = pd.bdate_range(end="2021-01-01", periods=600, name="date")
    walk = np.random.default_rng(4).normal(0, 0.01, (600, 3)).cumsum(axis=0)
    more = pd.DataFrame(np.round(100 * np.exp(walk), 4), earlier, small.prices.columns)
    small.prices, small.sessions = pd.concat([more, small.prices]), small.sessions + 600
    small.write()
    small.run()
    before = small.pages()
    small.prices.loc[earlier[3], "AAA"] += 0.01
    small.write()
    found = small.run()
    assert (found.events("make"), found.work) == ([], True)
    assert found.study == (f"prices revised: AAA {earlier[3]:%Y-%m-%d}",)
    assert small.pages() == before


def test_a_setting_of_pages_makes_all_and_one_of_the_index_none(small):
    before = small.files()["index.html"]
    small.settings["tag"] = "none"
    small.write()
    found = small.run()
    assert found.events("make") == []
    assert found.study[0].startswith('setting groups.tagged: {"tag": "x"')
    assert small.files()["index.html"] != before
    small.settings["event"] = [-1, 2]
    small.write()
    found = small.run()
    assert len(found.events("make")) == 5
    assert found.study == ("setting windows.event: [-2, 2] → [-1, 2]",)
    assert reasons(found)["one"] == {"settings changed: windows.event"}


def test_another_engine_makes_all(small, monkeypatch):
    from eventstudy.reruns import fingerprints as keys

    now = keys.engine_versions()
    monkeypatch.setattr(keys, "engine_versions", lambda: {**now, "engine": "999"})
    found = small.run()
    assert found.events("make") == ["one", "two", "three", "four", "five"]
    assert reasons(found)["one"] == set()  # said once, for all
    assert found.study == (f"another engine: {now['engine']} → 999",)


def test_a_window_is_pending_until_it_is_complete(tmp_path):
    own = Small(tmp_path)  # the last event is on the last session but one that there is
    own.run()
    due = f"pending until {SESSIONS[220]:%Y-%m-%d}"
    assert {step.pending for step in own.state("reports").plan.steps} == {"", due}
    assert f"{due} (1 more session)" in own.files()["events/five.html"].decode()
    own.sessions += 1
    own.write()
    found = own.run()
    assert reasons(found) == {"five": {"its window is now complete"}}
    assert "pending" not in own.files()["events/five.html"].decode()
    own.sessions += 1  # a further session of the path that is drawn
    own.write()
    assert reasons(own.run()) == {"five": {"further sessions of its windows have come"}}


def test_a_day_whose_second_session_is_still_to_come_has_a_page(tmp_path):
    own = Small(tmp_path)  # at an unknown time of the last session that there is
    own.events[-1]["time"] = ""
    own.write()
    own.run()
    assert "or one whose price is not there yet" in own.files()["events/five.html"].decode()
    own.sessions += 1
    own.write()
    assert reasons(own.run())["five"] == {"further sessions of its windows have come"}


def test_an_event_to_come_is_accepted_dated_and_finished_later(small):
    small.events.append(small.event("later", 260))
    small.write()
    found = small.run()
    due = f"pending until {SESSIONS[261]:%Y-%m-%d}"
    assert reasons(found) == {"later": {"new"}}
    assert {step.pending for step in found.steps if step.event_id == "later"} == {due}
    assert due in small.files()["events/later.html"].decode()
    small.sessions = 255
    small.write()
    assert not small.run().work
    small.sessions = 290
    small.write()
    assert reasons(small.run()) == {"later": {"its day 0 has come"}}
    small.run("clean")
    assert small.files() == small.files("clean")


def test_a_removed_event_loses_its_page(small):
    small.events.pop(0)
    small.write()
    found = small.run()
    assert found.changed["one"] == ("removed",)
    assert "events/one.html" not in small.files()


def test_force_makes_one_page_or_all(small):
    assert reasons(small.run(force="two")) == {"two": {"forced"}}
    assert len(small.run(force="*").events("make")) == 5
    with pytest.raises(UnknownNameError, match=r"no event 'tow'. Did you mean 'two'"):
        small.run(force="tow")


@pytest.mark.parametrize("harm", ["changed", "missing"])
@pytest.mark.parametrize("name", ["events/two.html", "data/car.csv", "data/keys.json"])
def test_what_was_harmed_is_made_again(small, name, harm):
    before = small.files()
    path = small.folder / "reports" / name
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes().replace(b"two", b"tow") + b" ")
    found = small.run()
    pages = {"events/two.html": 1, "data/car.csv": 0, "data/keys.json": 5}[name]
    assert len(found.events("make")) == pages
    assert small.files() == before
    word = "was changed" if harm == "changed" else "is missing"
    if name == "data/keys.json":
        word = "the report that is there has no keys"
    assert word in str(found.changed)


def test_one_new_event_touches_its_page_the_index_and_the_data(small):
    """Inodes and times tell; no other page is even written again."""
    small.settings["exclude"] = []
    small.write()
    small.run()
    home = small.folder / "reports"

    def stamps():
        paths = [path for path in home.rglob("*") if path.is_file()]
        return {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in paths}

    before = stamps()
    small.events.append(small.event("six", 230))
    small.write()
    assert small.run().events("make") == ["six"]
    after = stamps()
    touched = {p.relative_to(home).as_posix() for p in after if after[p] != before.get(p)}
    assert {name for name in touched if name.startswith("events/")} == {"events/six.html"}
    assert {name.partition("/")[0] for name in touched} == {
        "data",
        "events",
        "eventstudy.json",
        "index.html",
        "manifest.json",
    }


@pytest.mark.parametrize("quick", [True, False])
def test_pages_stay_when_runs_at_placebo_dates_come_or_go(tmp_path, quick):
    """They are shown on the index alone; other choices are on all pages of either kind of run."""
    small = Small(tmp_path)
    small.run(quick=quick)
    before = small.pages()
    steps = small.run(quick=not quick)
    assert steps.work
    assert not steps.events("make")
    assert sorted(steps.events("keep")) == sorted(before)
    assert small.pages() == before
    small.run("clean", quick=not quick)
    assert small.pages("clean") == before
    assert b"choices" in before["one"]


@pytest.mark.slow
def test_a_page_that_is_kept_could_not_have_changed(tmp_path):
    """One price at a time is revised: every page that changes was to be made.

    The pages show every specification, with windows of up to 500 returns.
    """
    own = Small(tmp_path)
    own.sessions = 260
    own.write()
    own.run(quick=False)
    rng = np.random.default_rng(3)
    for day in (31, 39, 59, 119, 141, 190, 217, 221, 224, 229):
        name = ("AAA", "BBB", "MKT")[rng.integers(3)]
        own.prices.loc[SESSIONS[day], name] *= 1.001
        own.write()
        found = own.state("reports", quick=False).plan
        before = own.pages()
        own.run(quick=False, force="*")
        changed = {page for page, data in own.pages().items() if before[page] != data}
        assert changed <= set(found.events("make"))


@pytest.mark.slow
def test_kills_at_all_moments_of_a_run(tmp_path):
    """From reading to logging; the report is always whole, and the next run repairs."""
    program = Path(__file__).parents[1] / "support" / "killed_runs.py"
    done = subprocess.run(
        [sys.executable, "-W", "error", program, "5", str(KILLS)],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=5 * LIMIT,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["before"] + seen["after"] == KILLS
    assert min(seen["before"], seen["after"], seen["repaired"]) > 0
    assert seen["left"] == []
