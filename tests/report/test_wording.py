"""What visible texts must not say, and what the page of checks must list."""

import re
from pathlib import Path

import pytest

from eventstudy.checks import CHECKS, MINUTE_CHECKS

ROOT = Path(__file__).parents[2]
VISIBLE = sorted(
    path
    for pattern in (
        "english.toml",
        "report/**/*.j2",
        "report/**/*.py",
        "results/*.py",
        "plots/*.py",
    )
    for path in (ROOT / "eventstudy").glob(pattern)
)
FORBIDDEN = re.compile(
    r"\bno (?:significant )?effect\b|\bnot significant\b|\binsignificant\b", re.I
)


@pytest.mark.parametrize("path", VISIBLE, ids=[str(p.relative_to(ROOT)) for p in VISIBLE])
def test_no_visible_text_takes_a_non_rejection_for_absence(path):
    assert not FORBIDDEN.search(path.read_text("utf-8"))


@pytest.mark.slow
def test_the_embedded_report_never_says_so(report):
    for page in report.rglob("*.html"):
        assert not FORBIDDEN.search(page.read_text("utf-8")), page.name


def test_the_page_of_checks_lists_every_check_and_no_other():
    text = (ROOT / "docs" / "checks.md").read_text("utf-8")
    rows = "\n".join(line for line in text.splitlines() if line.startswith("| "))
    names = set(re.findall(r"`([a-z0-9-]+)`", rows)) - {
        "alignment",
        "calendar",
        "dimson",
        "primary",
    }
    assert names == {check.name for check in (*CHECKS, *MINUTE_CHECKS)}


def test_the_page_of_checks_names_files_that_exist():
    text = (ROOT / "docs" / "checks.md").read_text("utf-8")
    for name in set(re.findall(r"`([a-z_/]+\.(?:py|toml))`", text)):
        assert (ROOT / name).exists() or (ROOT / "eventstudy" / name).exists(), name


@pytest.mark.slow
def test_the_event_page_shows_doubts_and_diagnostics_and_the_index_objections(report):
    index = (report / "index.html").read_text("utf-8")
    assert 'id="objections"' in index
    assert "no adjusted p can be below" in index
    page = (report / "events" / "ryabkov-rtvi-2022-01-13.html").read_text("utf-8")
    assert 'id="doubts"' in page
    assert 'id="diagnostics"' in page
    assert "ARCH-LM, 5 lags" in page
    assert "no adjusted p can be below" not in page
