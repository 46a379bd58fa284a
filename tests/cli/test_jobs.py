"""Several processes at one report: the same bytes, and none that outlives what started it."""

import os
import signal
import subprocess
from functools import partial

import forked
import psutil
import pytest
from small_study import COMMAND, EVENTS, PLACE, run, write
from waiting import LIMIT, begun, until

DAYS = [f"2021-0{month}-{day:02}" for month in (1, 2, 3, 4, 5) for day in (5, 13, 21)]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PLACE), "COLUMNS": "200", "EVENTSTUDY_JOBS": "2"}


@pytest.fixture
def folder(tmp_path):
    """A study of fifteen events."""
    write(tmp_path)
    rows = [f"on-{day},{day},12:00,Europe/London,It was said" for day in DAYS]
    text = "\n".join([EVENTS.splitlines()[0], *rows])
    (tmp_path / "events.csv").write_text(text + "\n", "utf-8")
    return tmp_path


def written(folder):
    """Every file of a report, but the mark with its random id."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def workers(process):
    """Processes that a run has started."""
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def gone(processes):
    """Whether all have ended; one that nobody has asked for its exit code has ended, too."""
    alive = [each for each in processes if each.is_running()]
    return all(each.status() == psutil.STATUS_ZOMBIE for each in alive)


def test_two_processes_write_the_bytes_of_one(folder):
    closed = ["/bin/sh", "-c", 'exec "$@" <&-', "sh", *COMMAND]  # standard input is closed
    for jobs, begin in (("1", forked.run), ("2", partial(run, command=closed))):
        done = begin("run", "--quick", "--jobs", jobs, "--output", f"of-{jobs}", cwd=folder)
        assert (done.returncode, done.stderr) == (0, "")
    one, two = written(folder / "of-1"), written(folder / "of-2")
    assert one.pop("eventstudy.json")
    assert two.pop("eventstudy.json")
    assert len(one) > len(DAYS)
    assert one == two


@pytest.mark.slow
def test_no_process_outlives_a_run_that_is_ended(folder):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    command = [*COMMAND, "run", "--output", "out"]
    for signalled in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with begun(
            command, cwd=folder, env=ENVIRONMENT, start_new_session=True, **pipes
        ) as process:
            started = until(lambda: workers(process), "a process at work", of=process)
            if signalled == signal.SIGINT:
                os.killpg(process.pid, signalled)  # as a terminal does, to all of them
            else:
                process.send_signal(signalled)
            _, err = process.communicate(timeout=LIMIT)
        until(partial(gone, started), "the processes of a run to end")
        if signalled == signal.SIGKILL:
            assert process.returncode == -signalled
        else:
            assert (process.returncode, err.strip()) == (130, "interrupted")
        assert not (folder / "out" / "index.html").exists()
    again = forked.run("run", "--quick", "--output", "out", cwd=folder)
    assert (again.returncode, again.stderr) == (0, "")


@pytest.mark.parametrize("jobs", ["0", "-1", "1.5", "many", "100000"])
def test_a_number_of_processes_that_is_none_is_refused(folder, jobs):
    asked = forked.run("run", "--jobs", jobs, cwd=folder)
    told = forked.run("run", cwd=folder, EVENTSTUDY_JOBS=jobs)
    for done in (asked, told):
        assert done.returncode == 2
        assert jobs in done.stderr
        assert "--jobs" in done.stderr
    assert not (folder / "reports").exists()


def test_a_script_that_guards_nothing_runs_its_study_once(folder):
    """A process of a pool reads the script of the user anew."""
    script = folder / "report.py"
    script.write_text("from eventstudy.cli import main\nmain()\n", "utf-8")
    command = [COMMAND[0], str(script)]
    done = run("run", "--quick", "--jobs", "2", command=command, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / "reports" / "index.html").exists()
