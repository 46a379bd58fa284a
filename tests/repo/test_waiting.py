"""Nothing in the tests hangs: a wait, a test and all of them together have limits."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import waiting
from waiting import LIMIT, begun, until

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
HANGS = """\
import threading

def test_hangs():
    threading.Event().wait()

def test_comes_after():
    pass
"""


def test_a_wait_ends_and_says_what_it_waited_for(monkeypatch):
    monkeypatch.setattr(waiting, "LIMIT", 0.01)
    with pytest.raises(AssertionError, match=r"waited 0\.01 seconds for the moon"):
        until(lambda: False, "the moon")
    assert until(lambda: "there", "what is there") == "there"
    with begun(["sh", "-c", "exit 7"]) as process:
        process.wait(LIMIT)
        with pytest.raises(AssertionError, match="ended with 7, waiting for the moon"):
            until(lambda: False, "the moon", of=process)


@pytest.mark.parametrize("path", sorted(TESTS.rglob("*.py")), ids=lambda path: path.stem)
def test_every_wait_for_a_process_or_a_thread_has_a_limit(path):
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(call, ast.Call):
            continue
        name, where = ast.unparse(call.func), f"{path.name}:{call.lineno}"
        limited = "timeout" in {keyword.arg for keyword in call.keywords}
        if name == "subprocess.run":
            assert limited, f"{where}: write timeout=LIMIT"
        elif name in ("subprocess.Popen", "os.waitpid", "os.wait"):
            assert path.name == "waiting.py", f"{where}: use `begun` or `reaped`"
        elif name.endswith((".wait", ".communicate", ".join")):
            assert limited or call.args, f"{where}: for how long?"


def test_a_test_that_hangs_is_ended_and_named_and_the_others_go_on(tmp_path):
    (tmp_path / "test_own.py").write_text(HANGS, "utf-8")
    settings = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path)]
    command = [sys.executable, "-m", "pytest", *settings, "-n1", "-o", "faulthandler_timeout=2"]
    done = subprocess.run(
        [*command, "test_own.py"], cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT
    )
    assert done.returncode == 1
    assert "crashed while running 'test_own.py::test_hangs'" in done.stdout
    assert "1 failed, 1 passed" in done.stdout
    assert "Timeout (0:00:02)!" in done.stderr
    assert "in test_hangs" in done.stderr


def test_a_wait_says_what_it_waited_for_before_its_test_is_ended():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["tool"]["pytest"]["ini_options"]["faulthandler_timeout"] > 5 * LIMIT


@pytest.mark.parametrize(
    ("script", "code", "said"),
    [
        ("sleep 1000 & wait", 124, "sh was ended: it took longer than 1 seconds\n"),
        ("exit 7", 7, ""),
        ("kill -9 $$", 137, ""),
    ],
)
def test_all_together_are_ended_with_all_that_they_started(script, code, said):
    """Its output is read to the end: until nobody is left who could write."""
    seconds = "1" if said else str(LIMIT)
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "limit"), seconds, "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert (done.returncode, done.stderr) == (code, said)
