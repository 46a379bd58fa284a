"""What several test files share: the embedded study, run once, and its report."""

import os
import shutil

import pytest

import eventstudy as es

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(scope="session")
def example():
    return es.load_example()


@pytest.fixture(scope="session")
def results(example):
    return example.run()


@pytest.fixture(scope="session")
def report(results, tmp_path_factory):
    """Folder of the embedded study's report."""
    return es.write_report(results, tmp_path_factory.mktemp("report")).parent


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
        launched = playwright.chromium.launch(executable_path=path, args=flags)
        yield launched
        launched.close()
