"""Folders that cannot be written, old locales, no HOME, closed streams: in real processes.

Where the beginning or the end of an interpreter is in question, there is a new one; else they are
forked.
"""

import fcntl
import os
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner
from forked import run as run_forked
from small_study import COMMAND, EVENTS, STUDY, run, run_several, write

from eventstudy.cli import cli
from eventstudy.events import append as event_append
from eventstudy.reruns.history.log import read_log

BARE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
ADD = ("add", "--date", "2021-05-05", "--title", "Café Ω", "--id", "later")
ADDED = "later,2021-05-05,,,Café Ω\n"
READING = {
    "plan --quick": 0,
    "check": 0,
    "show early": 0,
    "runs": 0,
    "diff last last": 0,
    "prices list": 0,
    "schedule --cron": 0,
}
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A study with texts beyond ASCII, and its report."""
    folder = write(tmp_path_factory.mktemp("done"))
    (folder / "study.toml").write_text(STUDY.replace("A study", "Étude Ω Рябков"), "utf-8")
    (folder / "events.csv").write_text(EVENTS.replace("It was", "“Рябков”"), "utf-8")
    found = run("run", "--quick", cwd=folder)
    assert found.returncode == 0, found.stderr
    return folder


@pytest.fixture
def study(done, tmp_path):
    """A copy of it that may be changed."""
    return shutil.copytree(done, tmp_path / "study", symlinks=True)


def in_shell(redirection, *arguments, cwd, **environment):
    """Run the command line with its streams as a shell redirects them."""
    command = ["sh", "-c", f'"$@" {redirection}', "sh", *COMMAND]
    return run(*arguments, cwd=cwd, command=command, **environment)


def published(folder):
    """Whether the last run that was logged changed the report."""
    return read_log(folder / ".eventstudy").runs[-1].published


# --- folders ----------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", ["run --quick --force", "verify"])
def test_a_folder_in_the_place_of_the_lock_is_a_sentence(study, arguments):
    lock = study / ".eventstudy" / "study.toml.lock"
    lock.unlink(missing_ok=True)
    lock.mkdir()
    found = run_forked(*arguments.split(), cwd=study)
    assert found.returncode == 1
    assert found.stderr == (
        f"error: {lock}: Is a directory. The study cannot be locked against other runs. Make its "
        "folder writable, or move away what is in the place of that file.\n"
    )


def test_what_is_in_the_place_of_the_log_costs_the_log_alone(study):
    log = study / ".eventstudy" / "runs.jsonl"
    log.unlink()
    log.mkdir()
    (study / "reports" / "index.html").unlink()
    found = run_forked("run", "--quick", cwd=study)
    assert found.returncode == 0
    assert f"the log of runs in {log.parent} cannot be written" in found.stderr
    assert "Traceback" not in found.stderr
    assert (study / "reports" / "index.html").exists()


@pytest.mark.slow
@pytest.mark.parametrize("known", [True, False])
def test_in_a_folder_that_is_read_only_what_reads_works_and_what_writes_says_why(study, known):
    if not known:
        shutil.rmtree(study / ".eventstudy")
    folders = [study, *(path for path in study.rglob("*") if path.is_dir())]
    reading = [arguments.split() for arguments in READING]
    asked = [["run", "--quick", "--force"], ["verify"], list(ADD), *reading]
    for path in folders:
        path.chmod(0o555)
    try:
        done = [run_forked(*arguments, cwd=study, privileged=False) for arguments in asked]
    finally:
        for path in folders:
            path.chmod(0o755)
    said = [(each.returncode, each.stderr) for each in done]
    for code, told in said[:2]:
        assert code == 1
        assert told.startswith(f"error: {study / '.eventstudy'}")
        assert "Permission denied. The study cannot be locked" in told
        assert told.count("\n") == 1
    code, told = said[2]
    assert (code, told.count("\n")) == (1, 1)
    assert "events.csv" in told
    assert "Permission denied" in told
    for (code, told), (arguments, usual) in zip(said[3:], READING.items(), strict=True):
        assert code == (2 if "diff" in arguments and not known else usual), told


def test_an_event_waits_for_another_writer_but_not_for_ever(study, monkeypatch):
    monkeypatch.setattr(event_append, "PATIENCE", 0.05)
    monkeypatch.chdir(study)
    before = (study / "events.csv").read_bytes()
    handle = os.open(study, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        found = CliRunner().invoke(cli, ADD, catch_exceptions=False)
    finally:
        os.close(handle)
    assert found.exit_code == 6
    assert f"another process has been writing in {study} for" in found.stderr
    assert (study / "events.csv").read_bytes() == before


# --- locale and arguments ---------------------------------------------------------------------


@pytest.mark.slow
def test_the_locale_c_reads_and_writes_utf8(study):
    results = study / "reports" / "data" / "results.json"
    before = results.read_bytes()
    reading = [arguments.split() for arguments in READING]
    *read, made, added = run_several(
        *reading, ["run", "--quick", "--force"], ADD, cwd=study, **BARE
    )
    for (code, told), usual in zip(read, READING.values(), strict=True):
        assert code == usual, told
        assert "Traceback" not in told
    assert made == added == (0, "")
    assert published(study)
    assert results.read_bytes() == before
    assert (study / "events.csv").read_text("utf-8").endswith(f"\n{ADDED}")


NOT_UTF8 = [
    [b"\xe9"],
    [b"check", b"--\xe9"],
    [b"show", b"\xe9"],
    [b"diff", b"\xe9"],
    [b"verify", b"--sample", b"\xe9"],
    [b"prices", b"refresh", b"\xe9"],
    [b"run", b"--keep", b"\xe9"],
    [b"schedule", b"--cron", b"--notify-cmd", b"\xe9"],
    [b"add", b"--date", b"2021-05-05", b"--title", b"Caf\xe9"],
]


@pytest.mark.parametrize("environment", [{}, BARE], ids=["utf-8", "c"])
def test_arguments_that_are_not_utf8_are_a_sentence(study, environment):
    done = run_several(*NOT_UTF8, cwd=study, **environment)
    for arguments, (code, told) in zip(NOT_UTF8, done, strict=True):
        assert code == 2, arguments
        assert r"\udce9" in told, arguments
        assert "Traceback" not in told, arguments
    assert (study / "events.csv").read_text("utf-8").endswith("“Рябков” said\n")


# --- home -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("home", [None, "/dev/null"])
def test_no_home_is_needed(study, home):
    asked = (["run", "--quick", "--force"], ["prices", "list"])
    without = {"HOME": home, "XDG_CACHE_HOME": None}
    if home:
        assert run_several(*asked, cwd=study, **without) == [(0, "")] * 2
    else:
        done = [run_forked(*arguments, cwd=study, **without) for arguments in asked]
        assert [(each.returncode, each.stderr) for each in done] == [(0, "")] * 2
    assert published(study)
    assert not (study / "~").exists()


def test_where_no_prices_can_be_stored_the_folder_is_named(study):
    text = STUDY.replace('source = "csv"\nsymbol = "a.csv"\n', 'source = "moex"\nsymbol = "SBER"\n')
    (study / "study.toml").write_text(text.replace('clock = "17:30 Europe/London"\n', ""), "utf-8")
    without = dict.fromkeys(("XDG_CACHE_HOME", "EVENTSTUDY_CACHE"))
    found = run_forked("prices", "refresh", cwd=study, HOME="/dev/null", **without)
    assert found.returncode == 5
    assert "cannot be written: Not a directory (/dev/null/" in found.stderr
    assert "EVENTSTUDY_CACHE" in found.stderr
    assert "Traceback" not in found.stderr


# --- streams ----------------------------------------------------------------------------------


REDIRECTED = {
    ">&-": {"closed": (1,)},
    "2>&-": {"closed": (2,)},
    "<&- >&- 2>&-": {"closed": (0, 1, 2)},
    "2>/dev/full": {"err": "/dev/full"},
    ">/dev/full": {"out": "/dev/full"},
}
"""Standard streams as a shell redirects them, and as a forked process gets them."""


def run_redirected(redirection, *arguments, cwd):
    """Run the command line with such streams in a forked process."""
    how = dict(REDIRECTED[redirection])
    with ExitStack() as stack:
        for name in {"out", "err"} & how.keys():
            how[name] = stack.enter_context(open(how[name], "wb"))  # noqa: PTH123  a device
        return run_forked(*arguments, cwd=cwd, **how)


@pytest.mark.slow
@pytest.mark.parametrize(
    "redirection", [">&-", "2>&-", "<&- >&- 2>&-", pytest.param("2>/dev/full", marks=FULL)]
)
def test_closed_streams_change_neither_what_is_done_nor_the_exit_code(study, redirection):
    """Without any stream interpreters are new throughout, so that all is imported without one."""
    begin = in_shell if redirection == "<&- >&- 2>&-" else run_redirected
    for arguments in ("run --quick --force --json", "show early"):
        found = begin(redirection, *arguments.split(), cwd=study)
        assert (found.returncode, found.stderr) == (0, ""), arguments
        assert published(study)
    assert in_shell(redirection, "--help", cwd=study).returncode == 0
    for unbuffered in (None, "1"):
        wrong = in_shell(redirection, "no-such-command", cwd=study, PYTHONUNBUFFERED=unbuffered)
        assert wrong.returncode == 2
    before = (study / "events.csv").read_text("utf-8")
    assert in_shell(redirection, *ADD, cwd=study).returncode == 0
    assert (study / "events.csv").read_text("utf-8") == before + ADDED


@pytest.mark.slow
@FULL
def test_what_cannot_be_said_is_1_and_the_report_is_there(study):
    told = "error: output: No space left on device\n"
    asked = (("run --quick --force", run_redirected), ("runs", in_shell), ("--help", in_shell))
    for arguments, begin in asked:
        found = begin(">/dev/full", *arguments.split(), cwd=study)
        assert (found.returncode, found.stderr) == (1, told), arguments
        assert published(study)
    assert in_shell(">/dev/full", *ADD, cwd=study).returncode == 1
    assert (study / "events.csv").read_text("utf-8").endswith(ADDED)


def test_a_reader_that_has_left_is_1_and_the_report_is_there(study):
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as nobody:  # noqa: PTH123  a number
        left = run_forked("run", "--quick", "--force", cwd=study, out=nobody)
    assert (left.returncode, left.stderr) == (1, "")
    assert published(study)


def test_without_input_an_event_that_is_not_whole_is_2(study):
    found = in_shell("<&-", "add", cwd=study)
    assert found.returncode == 2
    assert "--date and --title needed" in found.stderr


THREADS = """\
import os, sys
import eventstudy.cli
early = "numpy" not in sys.modules
sys.argv = ["eventstudy", "--version"]
eventstudy.cli.main()
names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
print(early, "numpy" in sys.modules, *(os.environ.get(name) for name in names))
"""


@pytest.mark.parametrize(
    ("given", "told"),
    [({}, "True False 1 1 1"), ({"OMP_NUM_THREADS": "3"}, "True False None 3 None")],
)
def test_linear_algebra_has_one_thread_unless_the_user_says_otherwise(tmp_path, given, told):
    """The variables are set before numpy is imported, else they would have no effect."""
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    environment = dict.fromkeys(names) | given
    command = [sys.executable, "-c", THREADS]
    found = run(cwd=tmp_path, command=command, **environment)
    assert found.stdout.splitlines()[-1] == told, found.stderr
