"""`eventstudy run` from the first report to the last: logged, kept, told, and compared."""

import json
import signal
import sys
from pathlib import Path

import pytest
from command import call as run
from forked import forked
from waiting import LIMIT, until

STUDY = """\
title = "A study"
timezone = "Europe/Moscow"
[assets.IMOEX]
source = "sample"
symbol = "IMOEX"
"""
EVENTS = """\
event_id,date,time,title
first,2022-01-13,12:00,One
second,2021-09-15,12:00,Two
"""
TELL = "import sys; open(sys.argv[1], 'a', encoding='utf-8').write(sys.stdin.read())"


def logged(folder):
    return json.loads(run("runs", "--json", cwd=folder).stdout)["runs"]


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Run, run again, add an event and run, break the study and run: folder, results, told."""
    folder = tmp_path_factory.mktemp("story")
    (folder / "study.toml").write_text(STUDY, "utf-8")
    (folder / "events.csv").write_text(EVENTS, "utf-8")
    command = f"'{sys.executable}' -c \"{TELL}\" told"
    options = ("run", "--quick", "--notify-cmd", command)
    done = [run(*options, cwd=folder), run(*options, cwd=folder)]
    row = ("--date", "2021-11-10", "--time", "12:00", "--title", "Three", "--id", "third")
    done += [run("add", *row, cwd=folder), run(*options, cwd=folder)]
    events = (folder / "events.csv").read_text("utf-8")
    (folder / "events.csv").write_text(events + "broken\n", "utf-8")
    done.append(run(*options, cwd=folder))
    (folder / "events.csv").write_text(events, "utf-8")
    return folder, done


def test_every_run_is_in_the_log(story):
    folder, done = story
    assert [own.returncode for own in done] == [0, 0, 0, 0, 4]
    runs = logged(folder)
    assert [own["exit_code"] for own in runs] == [0, 0, 0, 4]
    assert [own["published"] for own in runs] == [True, False, True, False]
    assert runs[0]["changed"] == {"first": ["new"], "second": ["new"]}
    assert runs[1]["changed"] == {}
    assert runs[2]["changed"]["third"] == ["new"]
    assert (runs[1]["rendered"], runs[1]["kept"]) == (0, 2)
    assert "events.csv:5" in runs[3]["message"]
    versions = [own["version"] for own in runs]
    assert versions == [runs[0]["run"], runs[0]["run"], runs[2]["run"], runs[2]["run"]]


def test_changes_and_failures_are_told_and_nothing_else(story):
    folder, _ = story
    told = [json.loads(line) for line in (folder / "told").read_text("utf-8").splitlines()]
    assert [own["exit_code"] for own in told] == [0, 0, 4]
    assert {own["title"] for own in told} == {"A study"}
    assert told[1]["changed"]["third"] == ["new"]
    assert Path(told[1]["report"]) == folder / "reports" / "index.html"
    assert "events.csv:5" in told[2]["message"]


def test_diff_shows_the_event_that_came(story):
    folder, _ = story
    found = json.loads(run("diff", "--json", cwd=folder).stdout)
    assert (found["added"], found["removed"], found["edited"]) == (["third"], [], [])
    assert found["settings"] == found["series"] == []


def test_a_command_that_fails_changes_nothing_but_standard_error(story, tmp_path):
    folder, _ = story
    done = run(
        "run", "--quick", "--output", str(tmp_path / "out"), "--notify-cmd", "false", cwd=folder
    )
    assert done.returncode == 0
    assert done.stderr == "--notify-cmd: false ended with 1\n"


def test_a_command_that_cannot_be_split_is_refused_before_any_work(story):
    folder, _ = story
    before = logged(folder)
    done = run("run", "--notify-cmd", "mail 'x", cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be split" in done.stderr
    assert logged(folder) == before


def test_an_interrupted_run_is_logged(story):
    folder, _ = story
    with forked("run", "--quick", "--force", cwd=folder) as process:
        stage = ".reports-building-*"
        until(lambda: list(folder.glob(stage)), "a run to write its report", of=process)
        process.send_signal(signal.SIGINT)
        process.wait(LIMIT)
    assert process.returncode == 130
    last = logged(folder)[-1]
    assert (last["exit_code"], last["message"]) == (130, "interrupted")


def test_no_study_leaves_nothing_behind(tmp_path):
    assert run("run", cwd=tmp_path).returncode == 4
    assert list(tmp_path.iterdir()) == []


def test_run_writes_one_file_beside_the_report_when_asked(tmp_path):
    (tmp_path / "study.toml").write_text(STUDY, "utf-8")
    (tmp_path / "events.csv").write_text(EVENTS, "utf-8")
    done = run("run", "--quick", "--json", "--standalone", "out/one.html", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    one = tmp_path / "out" / "one.html"
    assert json.loads(done.stdout)["standalone"] == str(one.resolve())
    assert 'data-page="first"' in one.read_text("utf-8")
    assert [path.name for path in one.parent.iterdir()] == ["one.html"]


def test_without_a_certain_day0_the_report_is_written_all_the_same(tmp_path):
    (tmp_path / "study.toml").write_text(STUDY, "utf-8")
    (tmp_path / "events.csv").write_text("event_id,date,title\none,2022-01-13,One\n", "utf-8")
    done = run("run", cwd=tmp_path)
    assert done.returncode == 0
    assert "robustness left out: there is no episode with a certain day 0" in done.stderr
    assert (tmp_path / "reports" / "index.html").exists()
