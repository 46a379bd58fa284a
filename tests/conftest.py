"""What several test files share: the embedded study, run once, and its report."""

import gc
import os
import shutil
import signal

os.environ["SOURCE_DATE_EPOCH"] = "946684800"
"""The present of all tests, 1 January 2000: none of their files is one that should go on by now."""
for library in ("OPENBLAS", "OMP", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"
"""Tests run side by side: threads of each for matrices of 200 rows cost eight times what they give.
It must be said before numpy is imported."""
os.environ.setdefault("EVENTSTUDY_JOBS", "1")
"""Tests run side by side already; those of several processes name their number."""

for setting in ("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"):
    os.environ.pop(setting, None)
"""Processes of tests start as they do for most people: what cannot be written waits in a buffer,
and modules are compiled once, not by every process."""

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings
from pages import hostile_study
from waiting import LIMIT

import eventstudy as es

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # A shell starts what is to run in its background deaf to ^C, and so would be what the tests
    # start; one of them waits for a process that was interrupted.
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")  # how fast an example is says how busy the machine is

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(scope="session")
def example():
    return es.load_example()


@pytest.fixture(scope="session")
def results(example):
    return example.run()


def made_once(tmp_path_factory, name, make):
    """Return a folder that the first of several test processes makes for all."""
    home = tmp_path_factory.getbasetemp()
    home = home.parent if "PYTEST_XDIST_WORKER" in os.environ else home
    with FileLock(home / f"{name}.lock", timeout=LIMIT):
        if not (home / f"{name}.made").exists():
            make(home / name)
            (home / f"{name}.made").touch()
    return home / name


@pytest.fixture(scope="session")
def report(request, tmp_path_factory):
    """Folder of the embedded study's report; no test writes in it."""

    def make(folder):
        es.write_report(request.getfixturevalue("results"), folder)

    return made_once(tmp_path_factory, "report", make)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory):
    """Folder of the report of the hostile study."""
    return made_once(
        tmp_path_factory, "hostile", lambda folder: es.write_report(hostile_study(), folder)
    )


@pytest.fixture(scope="session")
def browser():
    """A real Chrome or Chromium; without one the tests fail, they are never skipped."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("EVENTSTUDY_BROWSER") or next(
        filter(None, map(shutil.which, BROWSERS)), None
    )
    if path is None:
        pytest.fail("no Chrome or Chromium found. Run: sudo apt-get install chromium")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    flags += ["--disable-component-update", "--disable-sync", "--no-first-run"]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=path, args=flags, timeout=1000 * LIMIT
        )
        yield launched
        launched.close()


def pytest_collection_finish():
    """Let the collector of garbage pass over all that is there before the first test.

    That are a million objects which stay to the end; each pass over them took a third of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)  # as the command line does


def pytest_terminal_summary(terminalreporter):
    """Say what guards which room: a folder of tests for each folder of the package."""
    rooms = {}
    for outcome in ("", "passed", "failed", "error"):  # "" are fixtures: set up, torn down
        for report in terminalreporter.getreports(outcome):
            room = report.nodeid.removeprefix("tests/").split("/")[0]
            row = rooms.setdefault(room, [0, 0, 0.0])
            row[0] += report.when == "call"
            row[1] += outcome in ("failed", "error")
            row[2] += getattr(report, "duration", 0.0)  # a file that could not be read has none
    if rooms:
        terminalreporter.section("rooms")
    for room, (tests, failed, seconds) in sorted(rooms.items()):
        wrong = f", {failed} failed" if failed else ""
        terminalreporter.line(f"tests/{room}: {tests} tests, {seconds:.0f} s of one core{wrong}")
