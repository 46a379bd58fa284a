"""What several test files share: the embedded study, run once, and its report."""

import os
import shutil
import signal

os.environ["SOURCE_DATE_EPOCH"] = "946684800"
"""The present of all tests, 1 January 2000: none of their files is one that should go on by now."""
for library in ("OPENBLAS", "OMP", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"
"""Tests run side by side: threads of each for matrices of 200 rows cost eight times what they give.
It must be said before numpy is imported."""

import numpy as np
import pandas as pd
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings
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


HOSTILE = (
    "<script>window.hacked=1</script>",
    "</script><script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    "javascript:window.hacked=1",
    '"onmouseover="window.hacked=1" x="',
    "🚀 שלום עולם {{ 7*7 }} {% raw %}",
    "'><svg/onload=window.hacked=1>&lt;b&gt;",
)
"""Texts that do harm, or go missing, where a page does not quote them."""
HOSTILE_ASSETS = ("=1+1", "<img src=x onerror=window.hacked=1>")


def hostile_study():
    """Results whose every text tries to run in the reader's browser."""
    rng = np.random.default_rng(11)
    sessions = pd.bdate_range("2021-01-04", periods=400, name="session")
    returns = rng.normal(0, 0.01, (400, 2))
    prices = 100 * (1 + pd.DataFrame(returns, index=sessions, columns=HOSTILE_ASSETS)).cumprod()
    texts = list(HOSTILE)
    events = pd.DataFrame(
        {
            "event_id": [f"evil-{place}" for place in range(len(texts))],
            "date": [sessions[300 + 13 * place] for place in range(len(texts))],
            **dict.fromkeys(("title", "speaker", "affiliation", "confounders"), texts),
            "source": [f"{text} javascript:alert(1) https://example.org/{text}" for text in texts],
            "statement": [text + "x" * 100_000 * (text == texts[0]) for text in texts],
            "tags": [text.replace(";", " ") for text in texts],
            HOSTILE[0]: texts,
        }
    )
    return es.run_study(events, prices, groups={HOSTILE[1]: es.Group()})


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
