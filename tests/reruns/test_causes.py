"""Why figures differ between two versions: because of the method, of the data, or of both."""

import gzip
import hashlib
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import command
import forked
import pytest
from rerun_study import SESSIONS, Small

import eventstudy as es
from eventstudy import settings
from eventstudy.reruns.causes import causes_between, causes_by_results
from eventstudy.reruns.fingerprint_file import Keys
from eventstudy.reruns.fingerprints import keys_of
from eventstudy.reruns.history.diff import compare
from eventstudy.reruns.kept_engine import kept_engine
from eventstudy.reruns.plan import plan
from eventstudy.versions import ENGINE

PLACE = Path(es.__file__).parent.parent
DAYS = {"one": 120, "two": 140, "three": 142, "four": 191, "five": 219}
"""Day 0 of each event; the third is said after the close, the fourth at an unknown time."""
ASSETS = {"one": "AB", "two": "A", "three": "AB", "four": "AB", "five": "B"}


def reached(day, asset, estimation=80):
    """Events on an asset whose windows hold a session, or the price that its return begins with."""
    return {
        name
        for name, day0 in DAYS.items()
        if asset in ASSETS[name] and day0 - estimation - 2 <= day <= day0 + 5
    }


@pytest.fixture
def small(tmp_path):
    own = Small(tmp_path / "study")
    own.sessions = 240
    own.write()
    return own


def keys(small):
    return keys_of(small.study, placebo_runs=False)


def by_another_engine(state, engine="1"):
    """The same keys as an earlier engine wrote them, whose digests were others throughout."""
    depends_on = {
        name: row._replace(prices="x", near="x", findings="x", facts="x", due=row.due and "x")
        for name, row in state.depends_on.items()
    }
    events = {name: row._replace(row="x") for name, row in state.events.items()}
    versions = {**state.engine, "engine": engine}
    return replace(state, engine=versions, depends_on=depends_on, events=events)


def told(causes):
    """Events by what changed for them."""
    kinds = {}
    for name, cause in causes.events.items():
        kinds.setdefault(cause, set()).add(name)
    return kinds


BOTH = ("method", "data")

# --- keys as they are stored ------------------------------------------------------------------


@pytest.mark.parametrize("placebo_runs", [True, False])
def test_keys_are_read_as_they_were_written_under_the_names_of_the_file(small, placebo_runs):
    state = keys_of(small.study, placebo_runs=placebo_runs)
    stored = json.loads(state.to_json())
    assert set(stored["places"]) == set(state.depends_on)
    assert "depends_on" not in stored
    assert Keys.from_json(state.to_json()) == state
    assert state.placebo_runs is placebo_runs


def test_keys_say_when_the_window_of_an_event_will_be_complete(small):
    state = keys(small)
    ((asset, name),) = state.events["five"].depends_on.items()
    due = "pending until 2022-05-05"
    waiting = state.depends_on[name]._replace(due=due)
    later = replace(state, depends_on={**state.depends_on, name: waiting})
    assert (state.due("five", asset), later.due("five", asset)) == ("", due)
    assert later.due("one", asset) == later.due("five", "nowhere") == ""


# --- two states of a study --------------------------------------------------------------------


def test_nothing_changed(small):
    state = keys(small)
    causes = causes_between(state, state)
    assert (causes.cause, causes.data, causes.method, causes.events) == ((), (), (), {})
    assert causes_between(None, state).cause == ()  # a first report


def test_another_engine_alone_is_the_method_whatever_its_digests(small):
    state = keys(small)
    old = by_another_engine(state)
    causes = causes_between(old, state)
    assert causes.cause == ("method",)
    assert causes.data == ()
    assert causes.method_words == [f"another engine: 1 → {state.engine['engine']}"]
    assert told(causes) == {("method",): set(DAYS)}
    found = plan(old, state)
    assert found.study == (f"another engine: 1 → {state.engine['engine']}",)
    assert {step.reasons for step in found.steps} == {()}
    assert found.events("make") == list(DAYS)


def test_versions_are_the_method_and_texts_are_not(small):
    state = keys(small)
    old = replace(state, engine={**state.engine, "numpy": "1.0", "texts and looks": "0"})
    causes = causes_between(old, state)
    assert causes.method_words == [f"another version of numpy: 1.0 → {state.engine['numpy']}"]
    looks = replace(state, engine={**state.engine, "texts and looks": "0"})
    assert causes_between(looks, state).cause == ()
    assert plan(looks, state).study == ("other texts and looks",)
    assert plan(looks, state).events("make") == list(DAYS)


@pytest.mark.parametrize("engine", ["same", "another"])
def test_a_revised_price_is_the_data_of_the_events_that_it_reaches(small, engine):
    before = keys(small)
    day = 150
    small.prices.loc[SESSIONS[day], "BBB"] += 0.5
    small.write()
    after = keys(small)
    old = by_another_engine(before) if engine == "another" else before
    causes = causes_between(old, after)
    touched = reached(day, "B")
    assert touched == {"four", "five"}
    assert causes.data == (f"prices revised: BBB {SESSIONS[day]:%Y-%m-%d}",)
    if engine == "same":
        assert told(causes) == {("data",): touched}
    else:
        assert told(causes) == {BOTH: touched, ("method",): set(DAYS) - touched}
    assert causes.of("four", "AAA") == (("method",) if engine == "another" else ())
    assert "data" in causes.of_asset("BBB")
    assert "data" not in causes.of_asset("AAA")
    assert "data" in causes.of_asset("all assets")


def test_events_added_removed_and_edited_are_data(small):
    before = keys(small)
    small.events[3] |= {"title": "Another"}
    small.events.pop(1)
    small.events.append(small.event("six", 235, assets="BBB"))
    small.write()
    causes = causes_between(before, keys(small))
    assert causes.data == (
        "1 event added",
        "1 event removed",
        "1 event edited",
        f"BBB: 16 sessions more, to {SESSIONS[239]:%Y-%m-%d}",  # 223 = 219 + 4 was the last
    )
    assert {"two", "four", "six"} <= told(causes)[("data",)]
    assert causes.cause == ("data",)
    other = causes_between(by_another_engine(before), keys(small))
    assert other.cause == BOTH
    assert {"six", "two"} <= told(other)[("data",)]  # one is new, one is gone
    assert "four" in told(other)[BOTH]


def test_under_another_engine_near_events_count_where_one_was_dated_otherwise(small):
    before = keys(small)
    small.events[1] |= {"date": f"{SESSIONS[145]:%Y-%m-%d}"}  # on AAA alone
    small.write()
    causes = causes_between(by_another_engine(before), keys(small))
    assert causes.of("five", "BBB") == ("method",)
    assert causes.of("four", "BBB") == ("method",)
    assert causes.of("four", "AAA") == BOTH  # 145 is left out of its estimation window
    assert causes.of("two", "AAA") == BOTH


def test_a_window_that_becomes_complete_is_data_under_another_engine_too(tmp_path):
    small = Small(tmp_path)
    before = keys(small)  # the last event is on the last session but one
    small.sessions += 1
    small.write()
    after = keys(small)
    assert told(causes_between(before, after)) == {("data",): {"five"}}
    causes = causes_between(by_another_engine(before), after)
    assert told(causes) == {BOTH: {"five"}, ("method",): set(DAYS) - {"five"}}


@pytest.mark.parametrize(
    ("name", "value", "events"),
    [
        ("estimation", [-90, -11], set(DAYS)),
        ("event", [-2, 6], set(DAYS)),  # which reaches sessions that were there before
        ("confidence", 0.9, set(DAYS)),
        ("overlap", "drop", set(DAYS)),
        ("model", "market-adjusted", {"one", "two", "three", "four"}),  # of AAA
        ("tag", "none", set()),  # of a group: averages alone
    ],
)
def test_a_setting_is_the_method_of_the_events_that_it_concerns(small, name, value, events):
    before = keys(small)
    small.settings[name] = value
    small.write()
    causes = causes_between(before, keys(small))
    assert causes.cause == ("method",)
    assert causes.data == ()
    assert told(causes) == ({("method",): events} if events else {})
    assert causes.of_asset("AAA") == ("method",)
    assert causes.of_asset("BBB") == (() if name == "model" else ("method",))


@pytest.mark.parametrize(("name", "value"), [("title", "Another"), ("label", "The share")])
def test_words_change_no_figure(small, name, value):
    before = keys(small)
    small.settings[name] = value
    small.write()
    after = keys(small)
    assert causes_between(before, after).cause == ()
    assert plan(before, after).work


# --- from the first run to the last -------------------------------------------------------------

FORMER = """
import eventstudy.versions as version
version.ENGINE = 1
import eventstudy.prices.returns as returns
returns.simple_returns = returns.log_returns
from eventstudy.cli import main
main()
"""
"""An engine with a lower number, whose simple returns were those of logarithms."""


def former(*arguments, cwd, **environment):
    """Run a command of it: another program, in a process that has imported nothing of this one."""
    return forked.run("-c", FORMER, *arguments, cwd=cwd, program="python", **environment)


TELL = "import sys; open(sys.argv[1], 'a', encoding='utf-8').write(sys.stdin.read())"
REVISED = 150


def call(folder, *arguments, program=command.call):
    done = program(*arguments, cwd=folder, EVENTSTUDY_CACHE="no")
    assert done.returncode == 0, done.stderr
    return done.stdout


def as_kept_by_an_earlier_program(folder):
    """Take away what only the present program keeps of the runs so far."""
    kept = folder / ".eventstudy"
    for version in (kept / "versions").iterdir():
        (version / "keys.json.gz").unlink(missing_ok=True)
        content = hashlib.sha256()
        for path in sorted(version.glob("*.gz")):
            digest = hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest()
            content.update(f"{path.name.removesuffix('.gz')}:{digest}\n".encode())
        (version / "sha256").write_text(content.hexdigest(), "ascii")
    lines = [json.loads(line) for line in (kept / "runs.jsonl").read_text("utf-8").splitlines()]
    for line in lines:
        for name in ("cause", "causes"):
            line.pop(name, None)
    (kept / "runs.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Another engine; then a price and an event; then both at once: folder, plan of the first."""
    folder = tmp_path_factory.mktemp("story")
    small = Small(folder)
    small.sessions = 240
    small.write()
    run = ("run", "--quick", "--notify-cmd", f"'{sys.executable}' -c \"{TELL}\" told")
    call(folder, *run, program=former)
    as_kept_by_an_earlier_program(folder)
    planned = call(folder, "plan", "--quick")
    machine = json.loads(call(folder, "plan", "--quick", "--json"))
    call(folder, *run)
    small.prices.loc[SESSIONS[REVISED], "BBB"] += 0.5
    small.events[0] |= {"title": "Edited"}
    small.write()
    call(folder, *run)
    small.prices.loc[SESSIONS[REVISED], "BBB"] -= 0.5
    small.write()
    call(folder, *run, program=former)
    return folder, planned, machine


def test_plan_says_another_engine_once(story):
    _, text, machine = story
    assert text.count(f"another engine: 1 → {ENGINE}") == text.count("engine") == 1
    assert "5 pages to make, 0 stay" in text
    assert "5 pages made again for what concerns all" in text
    assert "Why" not in text  # no event has a reason of its own
    assert machine["study"] == [f"another engine: 1 → {ENGINE}"]
    assert machine["pages"]["make"] == 5
    assert {(step["action"], *step["reasons"]) for step in machine["steps"]} == {("make",)}
    assert machine["cause"] == ["method"]
    assert machine["causes"] == {name: ["method"] for name in DAYS}


TOUCHED = reached(REVISED, "B")
CAUSES = {
    "last~2": ["method"],
    "last~1": ["data"],
    "last": ["method", "data"],
}
BY_EVENT = {
    "last~2": {name: ["method"] for name in DAYS},
    "last~1": {name: ["data"] for name in {"one", *TOUCHED}},
    "last": {name: ["method", *["data"] * (name in TOUCHED)] for name in DAYS},
}


def test_the_command_that_is_told_gets_the_causes(story):
    folder, _, _ = story
    lines = [json.loads(line) for line in (folder / "told").read_text("utf-8").splitlines()]
    assert [line["cause"] for line in lines] == [[], *CAUSES.values()]
    assert [line["causes"] for line in lines] == [{}, *BY_EVENT.values()]
    assert all(line["schema"] == 1 for line in lines)
    runs = json.loads(call(folder, "runs", "--json"))["runs"]
    assert [run.get("cause", []) for run in runs] == [[], *CAUSES.values()]


@pytest.mark.parametrize(
    ("old", "new"), [("last~3", "last~2"), ("last~2", "last~1"), ("last~1", "last")]
)
def test_diff_says_first_why_and_then_of_each_figure(story, old, new):
    folder, _, _ = story
    found = json.loads(call(folder, "diff", old, new, "--json"))
    assert found["cause"] == CAUSES[new]
    assert found["causes"] == BY_EVENT[new]
    numbers = {"last~2": [f"1 → {ENGINE}"], "last~1": [], "last": [f"{ENGINE} → 1"]}[new]
    assert found["method"] == [f"another engine: {pair}" for pair in numbers]
    day = f"prices revised: BBB {SESSIONS[REVISED]:%Y-%m-%d}"
    assert found["data"] == {"last~2": [], "last~1": ["1 event edited", day], "last": [day]}[new]
    assert found["effects"]
    for effect in found["effects"]:
        data = effect["name"] in TOUCHED and effect["asset"] == "BBB"
        expected = {"last~2": ["method"], "last~1": ["data"], "last": ["method", *["data"] * data]}
        assert data or new != "last~1"
        assert effect["cause"] == expected[new]
    for mean in found["means"]:
        both = ["method", *["data"] * (mean["asset"] == "BBB")]
        assert mean["cause"] == {"last~2": ["method"], "last~1": ["data"], "last": both}[new]
    assert all(row["cause"] for row in found["intervals"])


def test_all_figures_of_another_engine_are_there_and_those_of_the_data_alone(story):
    folder, _, _ = story
    windows = 2
    observations = sum(map(len, ASSETS.values()))
    engine = json.loads(call(folder, "diff", "last~3", "last~2", "--json"))
    assert len(engine["effects"]) == windows * observations
    assert len(engine["intervals"]) >= windows * observations
    data = json.loads(call(folder, "diff", "last~2", "last~1", "--json"))
    assert {(row["name"], row["asset"]) for row in data["effects"]} == {
        (name, "BBB") for name in TOUCHED
    }


def test_diff_as_text_begins_with_the_cause(story):
    folder, _, _ = story
    text = call(folder, "diff", "last~3", "last~2")
    assert text.splitlines()[1:4] == ["", "Method changed (1)", f"  another engine: 1 → {ENGINE}"]
    assert "Data changed" not in text
    rows = [line for line in text.splitlines() if line.split()[:1] == ["two"]]
    assert rows
    assert all(line.rstrip().endswith(" method changed") for line in rows)
    text = call(folder, "diff", "last~2", "last~1")
    assert text.splitlines()[1:3] == ["", "Data changed (2)"]
    assert "Method changed" not in text
    assert " data changed" in text
    text = call(folder, "diff")
    assert text.index("Method changed (1)") < text.index("Data changed (1)") < text.index("CAR (")
    cells = {tuple(line.split()[:2]): line.rstrip() for line in text.splitlines()}
    assert cells["two", "AAA"].endswith("pp method changed")
    assert cells["five", "BBB"].endswith("pp method and data changed")


def test_versions_of_an_earlier_program_can_be_read_and_checked(story):
    folder, _, _ = story
    versions = sorted((folder / ".eventstudy" / "versions").iterdir())
    assert [(path / "keys.json.gz").exists() for path in versions] == [False, True, True, True]
    said = json.loads(call(folder, "verify", "--sample", "0", "--json"))
    assert said["faults"] == {}


def test_an_earlier_version_and_later_data_are_told_apart_by_what_the_run_noted(story, tmp_path):
    """The version before is of an earlier program; on the same day a price was revised."""
    folder = tmp_path / "study"
    shutil.copytree(story[0], folder)
    as_kept_by_an_earlier_program(folder)
    small = Small(folder)
    small.sessions = 240
    small.events[0] |= {"title": "Edited"}
    small.prices.loc[SESSIONS[REVISED], "BBB"] += 0.5
    small.write()
    call(folder, "run", "--quick")
    found = json.loads(call(folder, "diff", "--json"))
    assert found["cause"] == ["method", "data"]
    assert found["method"] == [f"another engine: 1 → {ENGINE}"]
    assert found["causes"] == {name: ["method", *["data"] * (name in TOUCHED)] for name in DAYS}
    assert found["note"] == ""
    same = json.loads(call(folder, "diff", "last~2", "last", "--json"))
    assert same["same"]  # the same engine, the same data
    coarse = json.loads(call(folder, "diff", "last~4", "last", "--json"))
    assert coarse["cause"] == ["method", "data"]
    on_series = {name for name, assets in ASSETS.items() if "B" in assets}
    assert coarse["causes"] == {name: ["method", *["data"] * (name in on_series)] for name in DAYS}
    assert coarse["note"] in call(folder, "diff", "last~4", "last")
    assert coarse["note"].startswith("The kept results do not say which prices")


# --- versions without keys ------------------------------------------------------------------------


def kept(engine, car, sha="1", title="t", **more):
    """What an earlier program kept of two events on two assets."""
    rows = [
        {"event_id": name, "asset": asset, "start": 0, "end": 1, "car": car}
        for name in ("a", "b")
        for asset in ("X", "Y")
    ]
    return {
        "car": rows,
        "alignment": [{"event_id": row["event_id"], "asset": row["asset"]} for row in rows],
        "events": {"a": {"title": title}, "b": {"title": "t"}},
        "series": {"X": {"sha256": sha, "notes": engine}, "Y": {"sha256": "9"}},
        "options": {"overlap": "joint"},
        "made_by": {"engine": engine, "numpy": "2"},
        **more,
    }


def test_results_alone_tell_the_method_when_no_series_changed():
    found = compare(kept("1", 0.1), kept("2", 0.2))
    assert found.causes.cause == ("method",)
    assert {effect.cause for effect in found.effects} == {("method",)}
    assert found.causes.note == ""


def test_results_alone_tell_the_row_that_was_edited():
    causes = causes_by_results(kept("1", 0.1), kept("1", 0.2, title="u"))
    assert causes.events == {"a": ("data",)}
    assert causes.data == ("1 event edited",)
    both = causes_by_results(kept("1", 0.1), kept("2", 0.2, title="u"))
    assert both.events == {"a": BOTH, "b": ("method",)}


def test_results_alone_take_a_series_that_changed_for_all_its_events_and_say_so():
    causes = causes_by_results(kept("1", 0.1), kept("2", 0.2, sha="2"))
    assert causes.events == {"a": BOTH, "b": BOTH}
    assert causes.note.startswith("The kept results do not say which prices")
    assert causes.data == ("prices of X changed",)


def test_results_alone_name_the_setting_and_what_is_not_known_is_not_said():
    changed = kept("1", 0.2, options={"overlap": "auto"})
    causes = causes_by_results(kept("1", 0.1), changed)
    assert causes.method_words == ["setting options.overlap: joint → auto"]
    before = kept("1", 0.1, made_by={})
    assert causes_by_results(before, kept("2", 0.2)).cause == ()
    (effect, *_) = compare(before, kept("2", 0.2)).effects
    assert effect.cause == ()


def test_an_interval_that_moved_alone_is_listed():
    old, new = kept("1", 0.1), kept("2", 0.1)
    for version, low in ((old, -0.1), (new, -0.3)):
        version["car"] = [{**row, "ci_low": low, "ci_high": 0.4} for row in version["car"]]
    found = compare(old, new)
    assert found.effects == []
    assert [(row.old, row.new, row.cause) for row in found.intervals] == [
        ([-0.1, 0.4], [-0.3, 0.4], ("method",))
    ] * 4
    assert found.intervals[0].where == "a · X [0, +1]"


# --- what fits the models ---------------------------------------------------------------------


def engine_in(small):
    """The engine in the keys of the report, and in its results."""
    files = small.files()
    setting = json.loads(files["data/keys.json"])["settings"]["options.engine"]
    return json.loads(setting), json.loads(files["data/results.json"])["options"]["engine"]


def asked_for(small, engine):
    """Write the engine into study.toml."""
    path = small.folder / "study.toml"
    path.write_text(path.read_text("utf-8").replace("[options]", f"[options]\nengine = {engine!r}"))


def test_a_report_keeps_its_engine_as_the_study_grows(small, monkeypatch):
    small.run()
    assert engine_in(small) == ("statsmodels", "statsmodels")
    monkeypatch.setattr(settings, "ONE_BY_ONE", 8)  # its 8 episodes are as many as there may be
    small.events.append(small.event("six", 160))
    small.write()
    found = small.run()
    assert found.events("keep") == ["one", "two", "three"]  # the others come after it
    assert not [words for words in found.study if "engine" in words]
    assert engine_in(small) == ("statsmodels", "statsmodels")
    shutil.rmtree(small.folder / "reports")
    small.run()  # a report that was lost is that of the same engine
    assert engine_in(small) == ("statsmodels", "statsmodels")
    note = small.folder / ".eventstudy" / "study.toml.engine.json"
    for lost in (b"{", b'["moments"]', b'{"engine": "numba"}', None):
        note.write_bytes(lost) if lost else note.unlink()
        assert kept_engine(small.folder / "study.toml") is None
    assert small.run("elsewhere").work  # a first run: ten episodes, fitted at once
    text = (small.folder / "elsewhere" / "data" / "results.json").read_text("utf-8")
    assert json.loads(text)["options"]["engine"] == "moments"
    assert kept_engine(small.folder / "study.toml") == "moments"


def test_another_engine_is_said_and_makes_every_page_again(small):
    small.run()
    asked_for(small, "moments")
    found = small.state("reports").plan
    assert found.study == ("another engine: statsmodels → moments",)
    assert found.events("make") == list(DAYS)
    small.run()
    assert engine_in(small) == ("moments", "moments")
    assert not small.state("reports").plan.work
    small.write()  # study.toml names no engine any more
    assert not small.state("reports").plan.work


def test_keys_and_results_that_name_no_engine_are_of_statsmodels(small):
    state = keys(small)
    content = json.loads(state.to_json())
    del content["settings"]["options.engine"]
    assert Keys.from_json(json.dumps(content)) == state
    base = {"options": {"overlap": "auto"}}
    named = {"options": {"overlap": "auto", "engine": "statsmodels"}}
    assert causes_by_results(base, named).cause == ()
    other = {"options": {"overlap": "auto", "engine": "moments"}}
    assert causes_by_results(base, other).method_words == ["another engine: statsmodels → moments"]
