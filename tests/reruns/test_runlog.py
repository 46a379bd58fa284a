"""The log of runs, kept versions, and what differs between two of them."""

import datetime as dt
import gzip
import json
import os
import random
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from waiting import LIMIT, begun, until

import eventstudy as es
from eventstudy.errors import UnknownNameError
from eventstudy.report.data_files import results_json
from eventstudy.report.report_data import ReportData
from eventstudy.reruns.history.diff import compare
from eventstudy.reruns.history.log import (
    Run,
    append_run,
    events_json,
    find_run,
    new_id,
    read_log,
    read_version,
    record,
)

COMMAND = [sys.executable, "-m", "eventstudy"]
PLACE = Path(es.__file__).parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PLACE), "PYTHONWARNINGS": "error"}
START = dt.datetime(2026, 11, 20, 5, tzinfo=dt.UTC)
STUDY = 'title = "A"\n[assets.IMOEX]\nsource = "sample"\nsymbol = "IMOEX"\n'


def a_run(day, **more):
    started = START + dt.timedelta(days=day)
    return Run(new_id(started), started.isoformat(), 1.5, **{"exit_code": 0, **more})


def published(day, **more):
    return a_run(day, changed={"a": ("new",)}, rendered=1, published=True, **more)


def files(car, events=("a",)):
    """Results of a version, as small as they can be."""
    content = {"car": [{"event_id": "a", "asset": "X", "start": 0, "end": 1, "car": car}]}
    return {
        "results.json": json.dumps(content).encode(),
        "events.json": events_json(["event_id", "title"], [(name, "t") for name in events]),
    }


def kept_names(folder):
    return sorted(own.name for own in (folder / "versions").iterdir())


# --- the log ----------------------------------------------------------------------------------

texts = st.text(max_size=12)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.builds(
            Run,
            texts,
            texts,
            st.floats(0, 1e6),
            st.integers(0, 130),
            st.dictionaries(texts, st.lists(texts, max_size=2).map(tuple), max_size=2),
            message=texts,
        ),
        max_size=4,
    )
)
def test_any_run_is_read_as_it_was_written(tmp_path_factory, runs):
    folder = tmp_path_factory.mktemp("log")
    for run in runs:
        append_run(folder, run)
    log = read_log(folder)
    assert (log.runs, log.torn) == (tuple(runs), 0)


def test_every_torn_line_is_counted_and_the_others_are_read(tmp_path):
    """The first run is cut at each of its bytes, as a kill would; the next one goes on."""
    append_run(tmp_path, published(0, message="é"))
    log = tmp_path / "runs.jsonl"
    whole = log.read_bytes()
    for cut in range(1, len(whole) - 1):
        log.write_bytes(whole[:cut])
        assert (len(read_log(tmp_path).runs), read_log(tmp_path).torn) == (0, 1)
        second = a_run(1)
        append_run(tmp_path, second)
        assert read_log(tmp_path) == replace(read_log(tmp_path), runs=(second,), torn=1)
        assert log.read_bytes().startswith(whole[:cut] + b"\n")


WRITER = """
import datetime as dt, pathlib, sys
from eventstudy.reruns.history.log import Run, append_run
while True:
    append_run(pathlib.Path(sys.argv[1]), Run("r" * 3000, "", 0.0, 0))
"""


def test_killed_writers_cost_at_most_their_own_line(tmp_path):
    """Real processes write at once and are killed at random moments."""
    seed = random.Random(4)
    for _ in range(3):
        before = len(read_log(tmp_path).runs)
        with ExitStack() as writers:  # on leaving it, one after the other is killed
            for _ in range(3):
                writers.callback(lambda: time.sleep(seed.random() / 20))
                command = [sys.executable, "-c", WRITER, str(tmp_path)]
                writers.enter_context(begun(command, env=ENVIRONMENT))
            until(
                lambda old=before: len(read_log(tmp_path).runs) > old, "a line in the log of runs"
            )
    log = read_log(tmp_path)
    assert len(log.runs) >= 3
    assert log.torn <= 9
    assert {len(run.run) for run in log.runs} == {3000}


# --- versions ---------------------------------------------------------------------------------


def test_the_last_versions_are_kept_and_none_twice(tmp_path):
    first = record(tmp_path, published(0), files(0.1), keep=2)
    again = record(tmp_path, published(1), files(0.1), keep=2)
    assert (first.version, again.version) == (first.run, first.run)
    second = record(tmp_path, published(2), files(0.2), keep=2)
    back = record(tmp_path, published(3), files(0.1), keep=2)
    assert back.version == first.run
    assert kept_names(tmp_path) == sorted([first.run, second.run])
    third = record(tmp_path, published(4), files(0.3), keep=2)
    assert kept_names(tmp_path) == sorted([first.run, third.run])
    with pytest.raises(UnknownNameError, match=f"{second.run} are not kept: kept are those of"):
        read_version(tmp_path, second)
    assert read_version(tmp_path, back)["car"][0]["car"] == 0.1
    assert read_version(tmp_path, third)["events"] == {"a": {"event_id": "a", "title": "t"}}


def test_runs_that_publish_nothing_keep_what_is_there(tmp_path):
    first = record(tmp_path, published(0), files(0.1))
    (tmp_path / "versions" / "being-written").mkdir()
    failed = record(tmp_path, a_run(1, exit_code=6, message="another run"))
    assert failed.version == first.version
    assert kept_names(tmp_path) == sorted([first.run, "being-written"])


def test_keep_nothing(tmp_path):
    record(tmp_path, published(0), files(0.1))
    run = record(tmp_path, published(1), files(0.2), keep=0)
    assert (run.version, kept_names(tmp_path)) == ("", [])
    with pytest.raises(UnknownNameError, match="none are kept"):
        read_version(tmp_path, run)


def test_a_damaged_version_is_said(tmp_path):
    run = record(tmp_path, published(0), files(0.1))
    path = tmp_path / "versions" / run.run / "results.json.gz"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(UnknownNameError, match="cannot be read"):
        read_version(tmp_path, run)


def test_runs_are_found_by_id_beginning_and_place(tmp_path):
    runs = [published(0), a_run(1), published(2)]
    for run in runs:
        append_run(tmp_path, run)
    log = read_log(tmp_path)
    assert find_run(log, "last") == find_run(log, "last~0") == runs[2]
    assert find_run(log, "last~1") == runs[0]  # the one between changed nothing
    assert find_run(log, "20261121") == runs[1]
    assert find_run(log, runs[0].run) == runs[0]
    listed = ", ".join(run.run for run in reversed(runs))
    for name, words in [
        ("2026", f"several runs begin with '2026': {listed}"),
        ("x", f"no run 'x'. Runs: {listed}"),
        ("", "no run ''"),
        ("last~2", "2 runs changed"),
        ("last~", "no run 'last~'"),
    ]:
        with pytest.raises(UnknownNameError) as caught:
            find_run(log, name)
        assert words in str(caught.value)


# --- what differs -----------------------------------------------------------------------------


def of(study):
    """Everything that a version of a real study holds."""
    results = study.run()
    events = study.events
    found = json.loads(results_json(ReportData(results, None, None)))
    rows = [row.cells for row in events.rows]
    return {**found, "events": json.loads(events_json(events.columns, rows))}


@pytest.fixture(scope="module")
def small():
    """Six events of the embedded study on the index alone."""
    example = es.load_example()
    ids = [name for name in example.events.event_ids if "2022-01-1" in name][:6]
    return replace(
        example,
        events=example.events.select(ids),
        request={"IMOEX": example.request["IMOEX"]},
        model={"IMOEX": example.model["IMOEX"]},
    )


@pytest.fixture(scope="module")
def base(small):
    return of(small)


def test_a_version_does_not_differ_from_itself(base):
    assert compare(base, base).same
    assert not any(compare(base, base).as_records().values())


def test_a_removed_event(small, base):
    ids = small.events.event_ids
    fewer = of(replace(small, events=small.events.select(ids[1:])))
    found, back = compare(base, fewer), compare(fewer, base)
    assert (found.added, found.removed) == ([], [ids[0]])
    assert (back.added, back.removed) == ([ids[0]], [])
    assert ids[0] not in {own.name for own in found.effects}
    assert not any([found.settings, found.versions, found.series, found.edited])


def test_an_edited_cell_a_moved_day_and_its_effect(small, base):
    name = small.events.event_ids[0]
    cells = dict(zip(small.events.columns, small.events.rows[0].cells, strict=True))
    frame = small.events.frame
    frame.loc[0, ["date", "title"]] = "2022-01-18", "Another title"
    moved = of(replace(small, events=es.read_events(frame, timezone="Europe/Moscow")))
    found = compare(base, moved)
    edits = {(own.where, own.what, own.old, own.new) for own in found.edited}
    assert edits == {
        (name, "date", cells["date"], "2022-01-18"),
        (name, "title", cells["title"], "Another title"),
    }
    (day,) = found.day0
    assert day.where == f"{name} · IMOEX"
    assert (day.old, day.new) == ("2022-01-11", "2022-01-19")  # said after the close
    before, after = (
        {(r["start"], r["end"]): r["car"] for r in one["car"] if r["event_id"] == name}
        for one in (base, moved)
    )
    own = {(e.start, e.end): e for e in found.effects if e.name == name}
    assert own.keys() == before.keys() == {(0, 0), (0, 1)}
    for window, effect in own.items():
        assert (effect.old, effect.new) == (before[window], after[window])
        assert effect.difference == pytest.approx(after[window] - before[window], abs=1e-15)


def test_a_setting_and_a_model(small, base):
    windows = replace(small.windows, estimation=(-200, -21))
    changed = replace(small, windows=windows, options=replace(small.options, confidence=0.9))
    found = compare(base, of(changed))
    assert {(own.where, own.what): (own.old, own.new) for own in found.settings} == {
        ("windows", "estimation"): ([-270, -21], [-200, -21]),
        ("options", "confidence"): (0.95, 0.9),
    }
    assert len(found.effects) == len(base["car"])
    sizes = [abs(own.difference) for own in found.effects]
    assert sizes == sorted(sizes, reverse=True)


def test_series_verdicts_and_reasons():
    def version(sha, p, reason, headline):
        window = {"asset": "X", "start": 0, "end": 1}
        row = {"event_id": "a", **window}
        test = {"group": "g", **window, "test": "bmp", "p": p, "role": headline}
        return {
            "series": {"X": {"source": "csv", "symbol": "x", "sha256": sha}},
            "alignment": [{"event_id": "a", "asset": "X", "day0": "2022-01-13"}],
            "left_out": [{**row, "reason": reason}] if reason else [],
            "scaled_car": [{**row, "p": p}],
            "tests": [test],
        }

    old = version("1" * 64, 0.0501, "pending until 2026-12-04", "headline")
    new = version("2" * 64, 0.05, "", "headline")
    found = compare(old, new)
    (series,), (reason,) = found.series, found.left_out
    assert (series.where, series.what, series.new) == ("X", "sha256", "2" * 64)
    assert (reason.old, reason.new) == ("pending until 2026-12-04", None)
    crossed = [(own.where, own.what) for own in found.verdicts]
    assert crossed == [("a · X [0, +1]", "scaled_car.p"), ("g · X · bmp [0, +1]", "tests.p")]
    companions = [version("1", p, "", "companion") for p in (0.06, 0.01)]
    assert [own.what for own in compare(*companions).verdicts] == ["scaled_car.p"]
    gone = compare(new, {**new, "series": {}})
    assert [(own.where, own.old, own.new) for own in gone.series] == [("X", "csv x", None)]


# --- the commands -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    (folder / "study.toml").write_text(STUDY, "utf-8")
    kept = folder / ".eventstudy"
    record(kept, published(0), files(0.01))
    record(kept, published(1), files(0.0125, ("a", "[b]new[/b]")))
    record(kept, a_run(2, exit_code=4, message="events.csv:3: date: \x1b[31mwrong"))
    with (kept / "runs.jsonl").open("ab") as file:
        file.write(b'{"run":"2026')
    return folder


def run(*arguments, cwd):
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=ENVIRONMENT,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT,
    )


def test_runs_as_a_table_and_as_json(study):
    told = run("runs", cwd=study)
    assert told.returncode == 0
    assert "torn" in told.stderr
    assert "\x1b" not in told.stdout
    lines = [line for line in told.stdout.splitlines() if line.strip().startswith("2026")]
    assert [line.split()[3] for line in lines] == ["0", "0", "4"]
    assert "events.csv:3: date: \\x1b[31mwrong" in lines[2]
    content = json.loads(run("runs", "--json", "--last", "2", cwd=study).stdout)
    assert content["torn"] == 1
    assert [own["exit_code"] for own in content["runs"]] == [0, 4]


def test_diff_as_text_and_as_json(study):
    told = run("diff", cwd=study)
    assert (told.returncode, told.stdout.count("[b]new[/b]")) == (0, 1)
    assert "+1.00 % +1.25 %   +0.25 pp" in told.stdout
    content = json.loads(run("diff", "20261120", "last", "--json", cwd=study).stdout)
    assert (content["same"], content["added"]) == (False, ["[b]new[/b]"])
    assert content["effects"][0]["difference"] == pytest.approx(0.0025)
    assert "Nothing differs." in run("diff", "last", "20261122", cwd=study).stdout


def test_an_unknown_run_is_2_with_the_list(study):
    told = run("diff", "2025", cwd=study)
    assert (told.returncode, told.stdout) == (2, "")
    for own in read_log(study / ".eventstudy").runs:
        assert own.run in told.stderr


def test_no_run_so_far(tmp_path):
    (tmp_path / "study.toml").write_text(STUDY, "utf-8")
    assert run("runs", cwd=tmp_path).stdout == "No run so far.\n"
    assert run("diff", cwd=tmp_path).returncode == 2


@pytest.mark.parametrize("arguments", [["runs"], ["diff"]])
def test_light_imports(study, arguments):
    heavy = {"pandas", "numpy", "scipy", "statsmodels", "plotly", "jinja2"}
    code = (
        f"import os, sys; os.chdir({str(study)!r}); from eventstudy.cli import cli\n"
        f"cli({arguments!r}, standalone_mode=False)\n"
        f"print(sorted({heavy!r} & {{*sys.modules}}))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert told.stdout.splitlines()[-1] == "[]", told.stderr


def test_kept_files_are_plain_gzip_with_the_same_bytes_every_time(tmp_path):
    folders = [tmp_path / "one", tmp_path / "two"]
    made = [record(folder, published(0), files(0.1)) for folder in folders]
    paths = [f / "versions" / r.run / "results.json.gz" for f, r in zip(folders, made, strict=True)]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert gzip.decompress(paths[0].read_bytes()) == files(0.1)["results.json"]
