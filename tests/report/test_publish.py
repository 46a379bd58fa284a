"""A report is whole at every moment: kills, signals, full disks, and many runs at once."""

import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command import call
from kills import moments
from waiting import LIMIT, begun, line_of, reaped, until

import eventstudy as es
from eventstudy.report.ownership import MANIFEST, MARK
from eventstudy.report.publish import STRANGERS, put
from eventstudy.report.report_data import ReportData
from eventstudy.report.site import Site

COMMAND = [sys.executable, "-m", "eventstudy"]
ROOT = Path(es.__file__).parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
STUDY = '[assets.IMOEX]\nsource = "sample"\nsymbol = "IMOEX"\n'
EVENTS = "event_id,date,title\nfirst,2022-01-13,One\nsecond,2021-09-15,Two\n"


def faults(folder):
    """Files that are not what the manifest says; a report without any has none."""
    files = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
    assert "index.html" in files
    wrong = []
    for name, digest in files.items():
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            wrong.append(name)
    present = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    return wrong + sorted(present - set(files) - {MANIFEST, MARK})


def small(seed):
    """Two stocks with an event each; another seed changes the first one's prices."""
    sessions = pd.bdate_range("2022-01-03", periods=330, name="session")
    rng = np.random.default_rng(3)
    moves = rng.normal(0, 0.01, (330, 2))
    moves[:, 0] += np.random.default_rng(seed).normal(0, 0.001, 330)
    prices = pd.DataFrame(50 * np.exp(moves.cumsum(axis=0)), sessions, ["AAA", "BBB"])
    events = pd.DataFrame(
        {
            "event_id": ["one", "two"],
            "date": sessions[[300, 315]],
            "title": ["One", "Two"],
            "assets": ["AAA", "BBB"],
        }
    )
    return es.run_study(events, prices)


@pytest.fixture(scope="module")
def sites():
    """The files of the reports of two seeds, made once."""
    return {seed: list(Site(ReportData(small(seed))).files()) for seed in (1, 2)}


def told(pipe, _):
    os.write(pipe, b".")


@pytest.mark.slow
def test_kills_at_all_moments_leave_a_whole_report(tmp_path, sites):
    """A child puts two reports in turn, over and over, until it is killed.

    They are rendered beforehand: every kill falls while files are written or exchanged. It is
    timed by the files that the child has written, so that a busy machine moves none of them.
    """
    folder, rng = tmp_path / "report", random.Random(17)
    results = [[(name, data[:250_000]) for name, data in site] for site in sites.values()]
    begin = time.perf_counter()
    for files in results:
        put(folder, files, int)
    once = (time.perf_counter() - begin) / 2
    seen = set()
    for moment in moments(rng):
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            try:
                while True:
                    for files in results:
                        put(folder, files, partial(told, writing))
            finally:
                os._exit(1)
        os.close(writing)
        with os.fdopen(reading, "rb", buffering=0) as written:
            for _ in range(round(3 * len(results[0]) * moment)):
                line_of(written, "a file to be written", size=1)
            time.sleep(once / 10 * rng.random())
            os.kill(child, signal.SIGKILL)
            assert reaped(child, "a child that was killed") == -signal.SIGKILL
        assert not faults(folder)
        seen.add((folder / "data" / "car.csv").read_text("utf-8"))
    assert len(seen) == 2  # the kills fell before and after publications
    put(folder, results[0], int)
    assert not faults(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_what_did_not_change_stays_the_same_file(tmp_path, sites):
    folder = tmp_path / "report"
    put(folder, sites[1], int)
    before = {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()}
    put(folder, sites[2], int)
    after = {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()}
    touched = {p.relative_to(folder).as_posix() for p in after if after[p] != before.get(p)}
    assert "events/one.html" in touched
    assert "events/two.html" not in touched
    assert not {name for name in touched if name.startswith("assets/")}
    pages = {name for name in touched if name.startswith("events/")}
    assert pages == {"events/one.html"}


def test_strangers_files_are_carried_over(tmp_path, sites):
    folder = tmp_path / "report"
    put(folder, sites[1], int)
    notes = folder / "notes" / "mine.txt"
    notes.parent.mkdir()
    notes.write_text("mine", "utf-8")
    (folder / "link").symlink_to("nowhere")
    inode = notes.stat().st_ino
    put(folder, sites[2], int)
    assert notes.read_text("utf-8") == "mine"
    assert notes.stat().st_ino == inode
    assert (folder / "link").is_symlink()
    assert set(faults(folder)) == {"notes/mine.txt"}


@pytest.mark.parametrize("kind", ["many strangers", "a link", "here"])
def test_a_folder_that_is_not_the_reports_own_is_never_exchanged(
    tmp_path, monkeypatch, kind, sites
):
    folder = tmp_path / "report"
    folder.mkdir()
    if kind == "many strangers":
        for place in range(STRANGERS + 1):
            (folder / f"{place}.txt").write_text("mine", "utf-8")
    elif kind == "a link":
        folder.rename(tmp_path / "elsewhere")
        folder.symlink_to("elsewhere")
    else:
        monkeypatch.chdir(folder)
    inode = folder.stat().st_ino
    for seed in (1, 2):
        put(folder, sites[seed], int)
        assert folder.stat().st_ino == inode
        assert not [name for name in faults(folder) if not name.endswith(".txt")]


def test_a_full_disk_leaves_the_last_report(tmp_path, sites):
    """No file may grow beyond a megabyte: plotly.js does not fit."""
    folder = tmp_path / "report"
    put(folder, sites[1], int)
    before = (folder / "manifest.json").read_bytes()
    child = os.fork()
    if not child:
        code = 1
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
            put(folder, sites[2], int)
        except OSError:
            code = 42
        finally:
            os._exit(code)
    assert reaped(child, "a child whose disk is full") == 42
    assert (folder / "manifest.json").read_bytes() == before
    assert not faults(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def write_study(folder):
    (folder / "study.toml").write_text(STUDY, "utf-8")
    (folder / "events.csv").write_text(EVENTS, "utf-8")


@pytest.fixture
def study(tmp_path):
    write_study(tmp_path)
    return tmp_path


def start(folder, *arguments):
    return begun(
        [*COMMAND, "run", "--quick", *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def fork_run(folder):
    """Begin a run in a process that has imported everything; return its number."""
    child = os.fork()
    if not child:
        code = 1
        try:
            done = call("run", "--quick", cwd=folder)
            (folder / f"{os.getpid()}.said").write_text(done.stderr, "utf-8")
            code = done.returncode
        finally:
            os._exit(code)
    return child


@pytest.mark.slow
def test_of_twenty_runs_at_once_one_works_and_the_others_say_so(study):
    """The first one is held until the others have ended, however late they start."""
    note = study / ".eventstudy" / "study.toml.running"

    def held():
        """Stop whoever has the lock; say who it is when it still has it."""
        with suppress(OSError, ValueError):  # it is free again, or the note is half written
            holder = json.loads(note.read_text("utf-8"))["pid"]
            os.kill(holder, signal.SIGSTOP)
            if note.exists():
                return holder
            os.kill(holder, signal.SIGCONT)
        return None

    runs = {fork_run(study): "" for _ in range(20)}
    try:
        holder = until(held, "one of twenty runs to hold the lock", pause=0.0005)
        for child in runs:
            if child != holder:
                assert reaped(child, "a run that was refused") == 6
                runs[child] = (study / f"{child}.said").read_text("utf-8")
                assert f"another run is at work on {study / 'study.toml'}" in runs[child]
        os.kill(holder, signal.SIGCONT)
        assert reaped(holder, "the run that was first") == 0
    finally:
        for child in runs:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
    # who was refused before the first had written its number could not name it
    told = set(runs.values()) - {""}
    who = f"another run is at work on {study / 'study.toml'}: process {holder}, since"
    assert any(who in errors for errors in told)
    assert all(who in errors or "process" not in errors for errors in told)
    assert not faults(study / "reports")


def test_the_one_that_waits_is_told_who_works(study):
    from eventstudy.reruns.lock import locked

    with locked(study / "study.toml"), start(study) as second:
        _, errors = second.communicate(timeout=LIMIT)
    assert second.returncode == 6
    assert f"process {os.getpid()}, since 20" in errors
    assert not (study / "reports").exists()


def test_the_lock_is_free_after_a_kill(study):
    child = os.fork()
    if not child:
        from eventstudy.reruns.lock import locked

        with locked(study / "study.toml"):
            (study / "held").touch()
            time.sleep(LIMIT)
        os._exit(0)
    until((study / "held").exists, "a child to hold the lock")
    os.kill(child, signal.SIGKILL)
    assert reaped(child, "a child that was killed") == -signal.SIGKILL
    assert call("run", "--quick", cwd=study).returncode == 0


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Folder of a study with its report; a test works on a copy of it."""
    folder = tmp_path_factory.mktemp("ran")
    write_study(folder)
    assert call("run", "--quick", cwd=folder).returncode == 0
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_the_last_report(ran, tmp_path, number):
    study = shutil.copytree(ran, tmp_path / "study")
    before = (study / "reports" / "manifest.json").read_bytes()
    (study / "events.csv").write_text(EVENTS + "third,2021-11-10,Three\n", "utf-8")
    with start(study) as second:
        stage = ".reports-building-*"
        until(lambda: list(study.glob(stage)), "a report to be built", of=second, pause=0.002)
        second.send_signal(number)
        second.communicate(timeout=LIMIT)
    assert second.returncode == 130
    assert (study / "reports" / "manifest.json").read_bytes() == before
    assert not faults(study / "reports")
    assert not list(study.glob(".reports-building-*"))
