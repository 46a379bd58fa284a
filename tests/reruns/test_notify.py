"""The command that is told of a run: a real program, told what happened, never in the way."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import LIMIT, line_of

import eventstudy as es
from eventstudy.errors import InvalidArgumentError
from eventstudy.reruns.history.log import Run
from eventstudy.reruns.history.notify import is_news, notify, parse_command, summary

PLACE = Path(es.__file__).parent.parent
CHANGED = Run(
    "20261123-050000-3f9a",
    "2026-11-23T05:00:00+00:00",
    2.5,
    0,
    {"é": ("new",)},
    1,
    2,
    {},
    "",
    True,
    cause=("method", "data"),
    causes={"é": ("data",)},
)
NOTHING = Run("b", "", 0.1, 0)


def ended(code):
    return Run("c", "", 0.1, code, message="why")


def content(run=CHANGED):
    return summary(run, title="A “study”", study=Path("study.toml"), report=Path("index.html"))


def test_the_command_gets_the_summary_and_the_exit_code(tmp_path):
    out = tmp_path / "two words"
    code = (
        "import os, sys; number = os.environ['EVENTSTUDY_EXIT_CODE']\n"
        "open(sys.argv[1], 'w', encoding='utf-8').write(sys.stdin.read() + number)"
    )
    assert notify([sys.executable, "-c", code, str(out)], content()) == ""
    told, _, number = out.read_text("utf-8").rpartition("\n")
    assert number == "0"
    assert json.loads(told) == {
        "schema": 1,
        "title": "A “study”",
        "study": str(Path("study.toml").absolute()),
        "report": str(Path("index.html").absolute()),
        "run": CHANGED.run,
        "started": CHANGED.started,
        "seconds": 2.5,
        "exit_code": 0,
        "published": True,
        "changed": {"é": ["new"]},
        "cause": ["method", "data"],
        "causes": {"é": ["data"]},
        "rendered": 1,
        "kept": 2,
        "versions": {},
        "message": "",
    }


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["false"], "false ended with 1"),
        (["/nowhere/x"], "/nowhere/x cannot be started: No such file or directory"),
        (["true"], ""),  # which reads nothing of what it is sent
        ([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"], "ended with -9"),
        (["a\0b"], "cannot be started"),
    ],
)
def test_a_command_that_fails_is_said_and_nothing_is_raised(command, words):
    told = notify(command, content(Run("x", "", 0.0, 5, message="x" * 200_000)))
    assert words in told
    assert bool(told) == bool(words)


def test_a_command_that_hangs_is_ended_with_what_it_started(tmp_path):
    """Its child holds a pipe open; when nobody holds it any more, the child is gone."""
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    script = tmp_path / "hang.sh"
    script.write_text("sleep 600 &\nsleep 600\n", "utf-8")
    code = (
        "import sys; from eventstudy.reruns.history.notify import notify\n"
        "print(notify(['sh', sys.argv[1]], {'exit_code': 1}, timeout=0.5))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(script)],
        pass_fds=[writing],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PLACE)},
        timeout=LIMIT,
    )
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        assert done.stdout == "sh was ended: it took longer than 0.5 seconds\n"
        assert line_of(pipe, "all that hold the pipe to end") == b""


def test_its_output_stays_apart_from_that_of_the_run():
    code = (
        "from eventstudy.reruns.history.notify import notify\n"
        "print('mine', notify(['echo', 'yours'], {'exit_code': 0}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PLACE)},
        timeout=LIMIT,
    )
    assert (done.stdout, done.stderr) == ("mine \n", "yours\n")


@pytest.mark.parametrize(
    ("run", "before", "news"),
    [
        (CHANGED, None, True),
        (NOTHING, None, False),
        (NOTHING, CHANGED, False),
        (ended(1), None, True),
        (ended(4), ended(4), True),
        (ended(5), None, True),
        (ended(130), None, True),
        (ended(6), None, False),  # another run is at work
        (ended(3), NOTHING, True),
        (ended(3), ended(3), False),  # said once
        (NOTHING, ended(3), True),  # the series is there again
    ],
)
def test_what_is_news(run, before, news):
    assert is_news(run, before) is news


def test_commands_are_split_as_a_shell_splits():
    assert parse_command("mail -s 'two words' me") == ["mail", "-s", "two words", "me"]
    for wrong in ("", "  ", "mail 'x"):
        with pytest.raises(InvalidArgumentError):
            parse_command(wrong)
