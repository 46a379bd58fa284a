"""The end of a run: logged, kept, told; and never in the way of how it ended."""

import datetime as dt
import json
import sys
from dataclasses import replace

import pandas as pd
import pytest

from eventstudy.events.reading import read_events
from eventstudy.reruns.history.finish import StudyPaths
from eventstudy.reruns.history.finish import conclude as log
from eventstudy.reruns.history.log import find_run, new_run, read_log, read_version

START = dt.datetime(2026, 11, 23, 7, 30, tzinfo=dt.timezone(dt.timedelta(hours=3)))
TELL = "import sys; open(sys.argv[1], 'a', encoding='utf-8').write(sys.stdin.read())"


def a_run(**facts):
    return replace(new_run(START), **{"seconds": 2.5, "versions": {}, **facts})


def events_of(**columns):
    return read_events(pd.DataFrame({"date": ["2022-01-13"], **columns}))


def changed():
    return a_run(changed={"a": ("new",)}, rendered=1, published=True)


def conclude(run, paths, command=(), **how):
    return log(run, paths, **how).tell(command)


@pytest.fixture
def paths(tmp_path):
    data = tmp_path / "reports" / "data"
    data.mkdir(parents=True)
    (data / "results.json").write_text('{"title": "A"}\n', "utf-8")
    (tmp_path / "reports" / "manifest.json").write_text("{}\n", "utf-8")
    return StudyPaths(tmp_path / "study.toml", tmp_path / "reports", "A")


def test_what_a_run_did_is_logged_kept_and_told(paths, tmp_path):
    events = events_of(event_id=["a"], title=["é"])
    command = [sys.executable, "-c", TELL, str(tmp_path / "told")]
    assert conclude(changed(), paths, events=events, command=command) == []
    assert conclude(a_run(), paths, command=command) == []  # nothing to do: nobody is told
    log = read_log(tmp_path / ".eventstudy")
    assert [run.exit_code for run in log.runs] == [0, 0]
    first = log.runs[0]
    assert first.run.startswith("20261123-043000-")  # UTC
    assert (first.started, first.seconds) == ("2026-11-23T04:30:00+00:00", 2.5)
    kept = read_version(tmp_path / ".eventstudy", find_run(log, "last"))
    assert kept == {
        "title": "A",
        "events": {"a": {"date": "2022-01-13", "event_id": "a", "title": "é"}},
    }
    assert log.runs[1].version == first.run
    (told,) = (tmp_path / "told").read_text("utf-8").splitlines()
    assert json.loads(told)["run"] == first.run
    assert json.loads(told)["report"] == str(tmp_path / "reports" / "index.html")


def test_a_log_that_cannot_be_written_is_said_and_the_command_still_told(paths, tmp_path):
    (tmp_path / ".eventstudy").write_text("in the way", "utf-8")
    command = [sys.executable, "-c", TELL, str(tmp_path / "told")]
    (wrong,) = conclude(changed(), paths, command=command)
    assert wrong.startswith("the log of runs in")
    assert json.loads((tmp_path / "told").read_text("utf-8"))["changed"] == {"a": ["new"]}


def test_a_command_that_fails_is_said(paths):
    assert conclude(a_run(exit_code=5), paths, command=["false"]) == [
        "--notify-cmd: false ended with 1"
    ]


def test_what_a_killed_run_left_is_kept_by_the_next(paths, tmp_path):
    events = events_of(event_id=["a"], title=["A"])
    assert conclude(changed(), paths, events=events) == []
    (paths.report / "data" / "results.json").write_text('{"title": "B"}', "utf-8")  # and killed
    assert conclude(a_run(), paths, events=events) == []
    log = read_log(tmp_path / ".eventstudy")
    assert log.runs[0].version != log.runs[1].version == log.runs[1].run
    assert read_version(tmp_path / ".eventstudy", find_run(log, log.runs[1].run))["title"] == "B"


def test_only_the_last_versions_are_kept(paths, tmp_path):
    for number in range(4):
        text = json.dumps({"title": str(number)})
        (paths.report / "data" / "results.json").write_text(text, "utf-8")
        assert conclude(changed(), paths, keep=2) == []
    assert len(list((tmp_path / ".eventstudy" / "versions").iterdir())) == 2
