"""The command line as people meet it: real processes, files, pipes, signals and a terminal.

Processes are forked where the beginning of an interpreter is not what is looked at.
"""

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_study
from forked import forked, run
from small_study import COMMAND, PLACE
from waiting import LIMIT, begun, on_terminal, until

import eventstudy as es

HOSTILE = "[red]rise[/red] à la café of <b>5 %</b> [link=file:x]and[/link] {x} [/]"
WARNED = {"PYTHONWARNINGS": "error", "PYTHONIOENCODING": None}
BARE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

STUDY = """\
title = "A study"
[windows]
estimation = [-150, -11]
[assets."[b]A[/b]"]
source = "csv"
symbol = "aaa.csv"
clock = "17:30 Europe/London"
"""
EVENTS = f"""\
event_id,date,time,timezone,title,statement
early,2021-03-10,17:29,Europe/London,{HOSTILE},"Ω says: “café”"
late,2021-04-14,17:30,Europe/London,at the close,
"""


def run_new(*arguments, cwd, **environment):
    """Run the command line in a new interpreter; warnings of Python are errors there too."""
    return small_study.run(*arguments, cwd=cwd, **WARNED, **environment)


def begin(*arguments, cwd):
    """Start the command line in a new interpreter."""
    return begun(
        [*COMMAND, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(PLACE), "PYTHONWARNINGS": "error"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def strict(text):
    """Read JSON; NaN and infinity, which JSON does not have, are refused."""

    def refuse(name):
        raise ValueError(f"{name} is not JSON")

    return json.loads(text, parse_constant=refuse)


def content(folder):
    """Every file of a folder, with its bytes and when it was changed."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def write(folder):
    """Write a small study; an event is worth 5 % on 10 March 2021."""
    sessions = pd.bdate_range("2020-01-01", periods=420)
    returns = np.random.default_rng(3).normal(0, 0.001, len(sessions))
    returns[sessions.get_loc("2021-03-10")] += 0.05
    prices = pd.Series(100 * (1 + returns).cumprod(), sessions, name="close")
    prices.to_csv(folder / "aaa.csv", index_label="date")
    (folder / "study.toml").write_text(STUDY, "utf-8")
    (folder / "events.csv").write_text(EVENTS, "utf-8")
    return folder


@pytest.fixture
def study(tmp_path):
    """A small study that has not been run."""
    return write(tmp_path)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A small study with its report: the folder, and what `run` said."""
    folder = write(tmp_path_factory.mktemp("done"))
    return folder, run_new("run", cwd=folder)


@pytest.fixture(scope="module", autouse=True)
def running(tmp_path_factory):
    """The embedded study as `init` writes it, running beside the tests that come first."""
    folder = tmp_path_factory.mktemp("start") / "my-study"
    first = run_new("init", str(folder), "--example", cwd=folder.parent)
    with begin("run", "--json", cwd=folder) as process:
        yield folder, first, process


@pytest.fixture(scope="module")
def started(running):
    """The folder of the embedded study, and what `init` and `run` said there."""
    folder, first, process = running
    out, err = process.communicate(timeout=LIMIT)
    return folder, [first, subprocess.CompletedProcess("run", process.returncode, out, err)]


# --- what works -----------------------------------------------------------------------------


def test_help_names_every_command_and_version_the_version(tmp_path):
    told = run_new("--help", cwd=tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    for command in ("add", "check", "diff", "init", "run", "runs", "schedule", "show"):
        assert re.search(rf"^  {command} +[A-Z]", told.stdout, re.MULTILINE), command
    version = run("--version", cwd=tmp_path)
    assert version.stdout == f"eventstudy, version {es.__version__}\n"
    for command in ("add", "check", "diff", "init", "run", "runs", "schedule", "show"):
        own = run(command, "-h", cwd=tmp_path)
        assert (own.returncode, own.stdout.splitlines()[0][:6]) == (0, "Usage:"), command


def test_init_refuses_when_one_file_is_there(tmp_path):
    (tmp_path / "events.csv").write_text("mine", "utf-8")
    refused = run("init", str(tmp_path), cwd=tmp_path)
    assert refused.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["events.csv"]
    assert (tmp_path / "events.csv").read_text("utf-8") == "mine"


def test_run_prints_the_path_of_the_report_and_no_bar_in_a_pipe(done):
    folder, said = done
    assert (said.returncode, said.stderr) == (0, "")
    index = folder / "reports" / "index.html"
    assert said.stdout.splitlines()[-1] == f"Report: {index.resolve()}"
    assert index.is_file()
    assert said.stdout.startswith("2 events on 1 asset; nothing left out.")
    assert "\x1b" not in said.stdout


def test_show_says_day0_and_car_and_shows_text_as_it_is(done):
    folder, _ = done
    shown = run("show", "early", cwd=folder)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert HOSTILE in shown.stdout
    assert "Ω says: “café”" in shown.stdout
    assert shown.stdout.count("[b]A[/b]") >= 3  # day 0, and one row for each window
    assert "Wed 10 Mar 2021" in shown.stdout
    assert "17:30 Europe/London" in shown.stdout
    cars = pd.read_csv(folder / "reports" / "data" / "car.csv")
    car = cars.set_index(["event_id", "start", "end"]).loc[("early", 0, 0), "car"]
    assert f"+{100 * car:.2f}" in shown.stdout
    assert 0.045 < car < 0.055


def test_show_and_check_as_json(done):
    """In any locale: JSON never needs more than ASCII."""
    folder, _ = done
    shown = strict(run("show", "early", "--json", cwd=folder, PYTHONIOENCODING="latin-1").stdout)
    assert (shown["event_id"], shown["title"]) == ("early", HOSTILE)
    assert [(row["start"], row["end"]) for row in shown["car"]] == [(0, 0), (0, 1)]
    (day,) = shown["alignment"]
    assert day["day0"].startswith("2021-03-10")
    assert day["certain"] is True
    checked = strict(run("check", "--json", cwd=folder).stdout)
    findings = checked.pop("findings")
    assert checked == {
        "valid": True,
        "events": 2,
        "assets": ["[b]A[/b]"],
        "left_out": [],
        "unread": "",
    }
    assert {found["asset"] for found in findings} == {"[b]A[/b]"}


# --- exit codes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--colour"], "--colour"),
        (["runn"], "runn"),
        ([], "Usage:"),
        (["show"], "EVENT_ID"),
        (["show", "earli"], "Did you mean 'early'?"),
        (["run", "a.toml", "b.toml"], "b.toml"),
        (["init", "study.toml"], "study.toml"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_usage_errors_are_2(done, arguments, said):
    folder, _ = done
    refused = run(*arguments, cwd=folder)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr


def test_invalid_files_are_4_and_the_last_report_stays(done):
    folder, _ = done
    before = content(folder / "reports")
    toml = STUDY.replace("title", "titel").replace("-150, -11", "-11, -150")
    (folder / "study.toml").write_text(toml + '"\\u001b[31m" = 1\n', "utf-8")
    events = EVENTS.replace("2021-04-14", "2021-04-31").replace("at the close", "\x1b[31mred")
    (folder / "events.csv").write_text(events, "utf-8")
    try:
        refused = run("run", cwd=folder)
        listed = run("check", "--json", cwd=folder)
    finally:
        (folder / "study.toml").write_text(STUDY, "utf-8")
        (folder / "events.csv").write_text(EVENTS, "utf-8")
    assert (refused.returncode, refused.stdout) == (4, "")
    for place in ("study.toml:1: titel", "study.toml:3: windows.estimation", "events.csv:3: date"):
        assert place in refused.stderr
    assert refused.stderr.startswith("5 problems:\n")
    assert "\x1b" not in refused.stderr
    assert content(folder / "reports") == before
    assert listed.returncode == 4
    found = strict(listed.stdout)
    assert found["valid"] is False
    assert [problem["line"] for problem in found["problems"][:2]] == [1, 3]


def test_only_events_wrong_is_4(study):
    (study / "events.csv").write_text(EVENTS.replace("2021-04-14", "soon"), "utf-8")
    refused = run("check", cwd=study)
    assert (refused.returncode, refused.stdout) == (4, "")
    assert refused.stderr.startswith("1 problem:\n  events.csv:3: date:")


def test_no_study_file_is_4(tmp_path):
    refused = run("run", cwd=tmp_path)
    assert refused.returncode == 4
    assert "eventstudy init" in refused.stderr


def test_no_prices_is_5_and_the_last_report_stays(done):
    folder, _ = done
    before = content(folder / "reports")
    (folder / "aaa.csv").rename(folder / "aab.csv")
    try:
        failed = run("run", cwd=folder)
    finally:
        (folder / "aab.csv").rename(folder / "aaa.csv")
    assert (failed.returncode, failed.stdout) == (5, "")
    assert failed.stderr.startswith("prices: ")
    assert "Did you mean 'aab.csv'?" in failed.stderr
    assert content(folder / "reports") == before


def test_report_that_cannot_be_written_is_1_without_traceback(study):
    (study / "taken").write_text("mine", "utf-8")
    failed = run("run", "--output", "taken", cwd=study)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert re.fullmatch(r"error: taken[^\n]*: [A-Z][^\n]+\n", failed.stderr)
    assert (study / "taken").read_text("utf-8") == "mine"


# --- pipes, locales, terminals --------------------------------------------------------------


def test_a_locale_without_the_characters_shows_escapes(done):
    """Python turns the locale C into UTF-8 unless it is told not to."""
    folder, _ = done
    row = ("--dry-run", "--date", "2021-05-05", "--title", "Ω says")
    assert ",Ω says," in run_new("add", *row, cwd=folder, LC_ALL="C").stdout
    shown = run_new("show", "early", cwd=folder, **BARE)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "\\u03a9 says" in shown.stdout
    assert "[red]rise[/red] \\xe0 la caf\\xe9 of" in shown.stdout


def test_reader_that_leaves_early_is_no_traceback(done):
    """Of what is printed before a command begins, to the end of the interpreter; and of a table."""
    folder, _ = done
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody:
        new = subprocess.run(
            [*COMMAND, "--help"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(PLACE), "PYTHONWARNINGS": "error"},
            stdout=nobody,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=LIMIT,
        )
        shown = run("show", "early", cwd=folder, out=nobody)
    for left in (new, shown):
        assert (left.returncode, left.stderr) == (1, "")


def test_on_a_terminal_one_bar_shows_the_progress_of_the_whole_run(study):
    def begin(command, **more):
        return forked(*command, **more)

    command = ("run", "--standalone", "one.html")
    code, text = on_terminal(command, begin=begin, cwd=study, TERM="xterm")
    assert code == 0
    assert "reading prices and comparing" in text
    lines = re.findall(
        r"(placebo dates|specifications|pages|one file)  \[[=.]{24}\] +(\d+) %", text
    )
    shares = [int(share) for _, share in lines]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 100)
    assert [*dict.fromkeys(name for name, _ in lines)][-2:] == ["pages", "one file"]
    assert "Report: " in text


# --- the embedded study ---------------------------------------------------------------------


@pytest.mark.slow
def test_init_check_run(started):
    folder, (first, ran) = started
    checked = run("check", cwd=folder)
    assert [own.returncode for own in (first, checked, ran)] == [0, 0, 0]
    assert first.stderr + checked.stderr + ran.stderr == ""
    assert "109 events, 2 assets (RUBUSD, IMOEX)" in checked.stdout
    summary = strict(ran.stdout)
    assert (summary["events"], summary["assets"]) == (109, ["RUBUSD", "IMOEX"])
    index = Path(summary["report"])
    assert index == (folder / "reports" / "index.html").resolve()
    assert "security talks" in index.read_text("utf-8")
    assert len(list((folder / "reports" / "events").glob("*.html"))) == 109


def test_init_never_overwrites(started):
    folder, _ = started
    before = content(folder)
    again = run("init", cwd=folder)
    assert again.returncode == 2
    assert "study.toml, events.csv already there" in again.stderr
    assert content(folder) == before


@pytest.mark.slow
@pytest.mark.parametrize("after", ["beginning", "writing"])
def test_interrupted_is_130(started, after):
    """Once it says who works, before all imports; and once the first file of a report is there."""
    folder, _ = started
    output = folder / f"interrupted-{after}"
    there = {
        "beginning": ".eventstudy/study.toml.running",
        "writing": f".{output.name}-building-*/assets/*",
    }
    start = begin if after == "beginning" else forked
    how = ("run", "--output", str(output))
    if after == "writing":
        how += ("--quick",)  # a sixth of a run comes before its first file, else a half
    with start(*how, cwd=folder) as process:
        until(lambda: list(folder.glob(there[after])), f"{there[after]} of a run", of=process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=LIMIT)
    said = (out, err) if start is begin else (out.decode(), err.decode())
    assert (process.returncode, said[0], said[1].strip()) == (130, "", "interrupted")
    assert not (output / "index.html").exists()
    assert not list(folder.glob(f".{output.name}-*"))
