"""A report brought up to date step by step is the report made at once, and nothing else moves."""

import csv
import shutil

import numpy as np
import pandas as pd
import pytest
from rerun_study import SESSIONS, Small

from eventstudy.errors import UnknownNameError
from eventstudy.words.numbers import date


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


def planned(small, **how):
    """What would be done; it is not done."""
    return small.state("reports", **how).plan


def reasons(found, action="make"):
    """The reasons by event, of the events that something is done for."""
    names = found.events(action)
    return {name: set(found.changed[name]) for name in names}


def test_at_first_all_is_new_and_then_there_is_nothing_to_do(tmp_path):
    own = Small(tmp_path)
    first = own.make_pages(quick=True)
    assert reasons(first) == {name: {"new"} for name in ("one", "two", "three", "four", "five")}
    assert {step.asset for step in first.steps if step.event_id == "one"} == {"AAA", "BBB"}
    assert [step.asset for step in first.steps if step.event_id == "two"] == ["AAA"]
    assert not planned(own).work


def in_another_form(small, *forms):
    """Write the same study in other words."""
    order, quoting = [3, 1, 4, 0, 2] if "order" in forms else None, csv.QUOTE_MINIMAL
    small.write(order=order, quoting=csv.QUOTE_ALL if "quotes" in forms else quoting)
    path, study = small.folder / "events.csv", small.folder / "study.toml"
    text = path.read_text("utf-8")
    if "columns" in forms:
        rows = [line.split(",") for line in text.splitlines()]
        text = "\n".join(",".join(reversed(row)) for row in rows) + "\n"
    text = text.replace("\n", "\r\n") if "line ends" in forms else text
    path.write_bytes((b"\xef\xbb\xbf" if "mark" in forms else b"") + text.encode())
    if "study" in forms:
        study.write_text("# a note\n" + study.read_text("utf-8").replace(" = ", "="), "utf-8")


def test_another_form_of_the_same_is_no_work(small):
    forms = ("order", "quotes", "mark", "line ends", "columns", "study")
    for form in forms:
        in_another_form(small, form)
        assert not planned(small).work, form
    in_another_form(small, *forms)
    assert not planned(small).work
    small.run("clean")
    assert small.files() == small.files("clean")


def test_a_trading_day_outside_all_windows_is_no_work(small):
    small.sessions += 5
    small.write()
    assert not small.run().work
    small.run("clean")
    assert small.files() == small.files("clean")


def test_an_edit_names_its_fields_and_its_page(small):
    small.events[3] |= {"title": "Another", "mood": "good"}
    small.write()
    assert reasons(planned(small)) == {"four": {"edited: title, column mood"}}


def test_a_session_that_is_shared_is_remade_for_all_who_share_it(small):
    small.events.append(small.event("six", 190))
    small.write()
    found = reasons(planned(small))
    assert found == {"six": {"new"}, "four": {"other events near it changed"}}


def test_a_session_left_out_of_an_estimation_window_remakes_its_page(small):
    small.events.append(small.event("six", 180))
    small.write()
    found = reasons(planned(small))
    near = {"other events near it changed"}
    assert found == {"six": {"new"}, "four": near, "five": near}


def test_revised_prices_name_the_sessions_and_the_events_that_they_reach(small):
    day = SESSIONS[150]
    small.prices.loc[day, "BBB"] += 0.01
    small.write()
    found = planned(small)
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
    small.make_pages(quick=True)
    before = small.pages()
    small.prices.loc[earlier[3], "AAA"] += 0.01
    small.write()
    found = small.make_pages(quick=True)
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
    found = planned(small)
    assert len(found.events("make")) == 5
    assert found.study == ("setting windows.event: [-2, 2] → [-1, 2]",)
    assert reasons(found)["one"] == {"settings changed: windows.event"}


def test_another_engine_makes_all(small, monkeypatch):
    from eventstudy.reruns import fingerprints as keys

    now = keys.engine_versions()
    monkeypatch.setattr(keys, "engine_versions", lambda: {**now, "engine": "999"})
    found = planned(small)
    assert found.events("make") == ["one", "two", "three", "four", "five"]
    assert reasons(found)["one"] == set()  # said once, for all
    assert found.study == (f"another engine: {now['engine']} → 999",)


def test_a_window_is_pending_until_it_is_complete(tmp_path):
    own = Small(tmp_path)  # the last event is on the last session but one that there is
    own.make_pages(quick=True)
    due = f"pending until {SESSIONS[220]:%Y-%m-%d}"
    assert {step.pending for step in own.state("reports").plan.steps} == {"", due}
    shown = f"pending until {date(SESSIONS[220])} (1 more session)"
    assert shown in own.files()["events/five.html"].decode()
    own.sessions += 1
    own.write()
    found = own.make_pages(quick=True)
    assert reasons(found) == {"five": {"its window is now complete"}}
    assert "pending" not in own.files()["events/five.html"].decode()
    own.sessions += 1  # a further session of the path that is drawn
    own.write()
    assert reasons(planned(own)) == {"five": {"further sessions of its windows have come"}}


def test_a_day_whose_second_session_is_still_to_come_has_a_page(tmp_path):
    own = Small(tmp_path)  # at an unknown time of the last session that there is
    own.events[-1]["time"] = ""
    own.write()
    own.make_pages(quick=True)
    assert "or one whose price is not there yet" in own.files()["events/five.html"].decode()
    own.sessions += 1
    own.write()
    assert reasons(planned(own))["five"] == {"further sessions of its windows have come"}


def test_an_event_to_come_is_accepted_dated_and_finished_later(small):
    small.events.append(small.event("later", 260))
    small.write()
    found = small.make_pages(quick=True)
    due = f"pending until {SESSIONS[261]:%Y-%m-%d}"
    assert reasons(found) == {"later": {"new"}}
    assert {step.pending for step in found.steps if step.event_id == "later"} == {due}
    shown = f"pending until {date(SESSIONS[261])}"
    assert shown in small.files()["events/later.html"].decode()
    small.sessions = 255
    small.write()
    assert not planned(small).work
    small.sessions = 290
    small.write()
    assert reasons(small.run()) == {"later": {"its day 0 has come"}}
    small.run("clean")
    assert small.files() == small.files("clean")


def test_a_removed_event_loses_its_page(small):
    small.events.pop(0)
    small.write()
    found = small.make_pages(quick=True)
    assert found.changed["one"] == ("removed",)
    assert "events/one.html" not in small.files()


def test_force_makes_one_page_or_all(small):
    assert reasons(planned(small, force="two")) == {"two": {"forced"}}
    assert len(planned(small, force="*").events("make")) == 5
    with pytest.raises(UnknownNameError, match=r"no event 'tow'. Did you mean 'two'"):
        planned(small, force="tow")


def harm(path, how):
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes().replace(b"two", b"tow") + b" ")


@pytest.mark.parametrize("how", ["changed", "missing"])
@pytest.mark.parametrize("name", ["events/two.html", "data/car.csv", "data/keys.json"])
def test_what_was_harmed_is_to_be_made_again(small, name, how):
    harm(small.folder / "reports" / name, how)
    found = planned(small)
    pages = {"events/two.html": 1, "data/car.csv": 0, "data/keys.json": 5}[name]
    assert (found.work, len(found.events("make"))) == (True, pages)
    word = "was changed" if how == "changed" else "is missing"
    if name == "data/keys.json":
        word = "the report that is there has no keys"
    assert word in str(found.changed)


@pytest.mark.parametrize(
    ("how", "names"),
    [
        ("changed", ["events/two.html", "data/car.csv"]),
        ("missing", ["events/two.html", "data/car.csv"]),
        ("missing", ["data/keys.json"]),
    ],
)
def test_what_was_harmed_is_made_as_it_was(small, names, how):
    before = small.files()
    for name in names:
        harm(small.folder / "reports" / name, how)
    small.run()
    assert small.files() == before


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
    small.make_pages(quick=quick)
    before = small.pages()
    steps = small.make_pages(quick=not quick)
    assert steps.work
    assert not steps.events("make")
    assert sorted(steps.events("keep")) == sorted(before)
    assert small.pages() == before
    site = small.site()
    assert {event.event_id: site.event(event).encode() for event in site.in_order} == before
    assert b"choices" in before["one"]
