"""What visible texts must not say, and what the page of checks must list."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from pages import Page
from two_assets import series

import eventstudy as es
from eventstudy.checks import CHECKS, MINUTE_CHECKS
from eventstudy.report.concerns import concerns
from eventstudy.report.report_data import ReportData
from eventstudy.settings import StudyTitle

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


FILES = ("study.toml", "events.csv", "--quick", "eventstudy run", "eventstudy show", "verify")
"""What a reader of a study that was made in Python has not."""


def test_a_study_made_from_tables_is_spoken_of_in_terms_of_the_library(tmp_path):
    prices = series(700)
    days = prices.index[range(300, 600, 100)]
    events = pd.DataFrame({"event_id": ["a", "b", "c"], "date": days, "title": "t"})
    results = es.run_study(es.read_events(events), prices)
    es.write_report(results, tmp_path / "tables")
    for path in (tmp_path / "tables").rglob("*.html"):
        text = Page(path.read_text("utf-8")).text
        assert [word for word in FILES if word in text] == [], path
    index = Page((tmp_path / "tables" / "index.html").read_text("utf-8")).text
    assert "calibration=es.calibrate(results)" in index
    assert "robustness=es.specification_curve(results)" in index


def test_what_is_advised_in_terms_of_the_library_helps():
    prices = series(700)
    days = prices.index[range(300, 600, 100)]
    events = pd.DataFrame({"event_id": ["a", "b", "c"], "date": days, "title": "t"})
    results = es.run_study(es.read_events(events), prices)
    advised = "dataclasses.replace(results, about=StudyTitle(selection="
    assert any(advised in concern.cure for concern in concerns(ReportData(results)))
    chosen = replace(results, about=StudyTitle(selection="All of 2021"))
    assert not any(advised in concern.cure for concern in concerns(ReportData(chosen)))


def test_a_study_file_is_spoken_of_by_those_who_have_one(report):
    index = Page((report / "index.html").read_text("utf-8")).text
    assert "eventstudy run study.toml" in index
    assert "give es.write_report" not in index
