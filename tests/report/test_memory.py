"""A report of any number of pages holds no more of them: what is alive is counted."""

import gc
import sys

import pandas as pd
import pytest
from two_assets import series, study

from eventstudy.checks import base
from eventstudy.inference import timeline
from eventstudy.plots.minutes_day import MinutesDay
from eventstudy.report import data_files, lately
from eventstudy.report.minute_rows import MinuteRows
from eventstudy.report.report_data import ReportData
from eventstudy.report.site import Site

WARM, MADE = 4, 10


def alive(kind):
    gc.collect()
    return sum(isinstance(thing, kind) for thing in gc.get_objects())


def references(things):
    """How many hold each of them, counted alike."""
    return {sys.getrefcount(thing) for thing in things}


@pytest.fixture(scope="module")
def measured():
    """Of two assets, events a month apart, every one measured."""
    return study(series(1500), range(600, 600 + 21 * (WARM + MADE), 21))


def test_no_page_and_nothing_that_a_page_shows_is_held(measured, monkeypatch):
    monkeypatch.setattr(lately, "HELD", 2)
    site = Site(ReportData(measured))
    first, rest = site.in_order[:WARM], site.in_order[WARM:]
    pages = [site.event(event) for event in first]
    shown = alive(pd.Series)
    pages += [site.event(event) for event in rest]
    assert alive(pd.Series) - shown < MADE  # one a page would be as many
    assert references(pages) == references([f"{len(pages)} pages"])


def test_days_of_minutes_are_let_go(results, monkeypatch):
    monkeypatch.setattr(lately, "HELD", 2)
    rows, before = MinuteRows(results.minutes), alive(MinutesDay)
    ids = results.events.event_ids
    days = [bool(rows.day(name, rows.minutes.assets[0])) for name in ids]
    assert sum(days) > 2
    assert alive(MinutesDay) - before <= 2


def test_blocks_are_of_a_size_whatever_the_study(monkeypatch):
    monkeypatch.setattr(timeline, "AT_ONCE", 1_000)
    sizes = [block.stop - block.start for block in timeline.blocks(4_999, 70)]
    assert (max(sizes), sum(sizes)) == (14, 4_999)
    assert [block.stop for block in timeline.blocks(3, 1_000_000)] == [1, 2, 3]


@pytest.mark.parametrize("sessions", [1500, 4000])  # dates are dealt out anew; the calendar shifted
def test_blocks_change_no_number(sessions, monkeypatch):
    def numbers():
        results = study(series(sessions), range(sessions - 150, sessions - 20, 10))
        frames = [results.multiplicity(), results.tests()]
        return [frame.to_csv() for frame in frames] + [
            ReportData(results).residuals.cusum.tobytes()
        ]

    whole = numbers()
    monkeypatch.setattr(timeline, "AT_ONCE", 1_000)
    monkeypatch.setattr(base, "AT_ONCE", 5)
    assert numbers() == whole


def test_rows_of_json_are_written_some_at_a_time(measured, monkeypatch):
    frame = measured.car()
    whole = "".join(data_files._records(frame))
    monkeypatch.setattr(data_files, "ROWS", 3)
    pieces = list(data_files._records(frame))
    assert "".join(pieces) == whole
    assert len(pieces) > len(frame) / 3
