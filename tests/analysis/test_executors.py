"""What analyses and pages give does not depend on who makes them."""

import resource
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing.resource_tracker import ensure_running

import numpy as np
import pandas as pd
import pytest
from parts_study import events, market

import eventstudy as es
from eventstudy.cli.stages import CURVE, MOST_JOBS, PAGES, PLACEBO, jobs_of
from eventstudy.executors import Sent, cores, in_order, processes
from eventstudy.report.report_data import ReportData
from eventstudy.report.site import Site


@pytest.fixture
def pool():
    """Two workers; what they are given is pickled for them as for processes."""
    with ThreadPoolExecutor(2) as workers:
        yield workers


def test_calibration_is_the_same_with_any_executor(results, pool):
    alone = es.calibrate(results, samples=110)
    assert es.calibrate(results, samples=110, executor=pool).to_json() == alone.to_json()


def test_specifications_are_the_same_with_any_executor(results, pool):
    grid = es.Grid(models=(es.models.ConstantMean(),), estimation=(60, 120), gaps=(10,))
    alone = es.specification_curve(results, grid=grid, samples=99)
    made = es.specification_curve(results, grid=grid, samples=99, executor=pool)
    pd.testing.assert_frame_equal(made.frame, alone.frame, check_exact=True)
    pd.testing.assert_frame_equal(made.summary, alone.summary, check_exact=True)


def test_pages_come_in_order_and_are_the_same_bytes(results, pool):
    site = Site(ReportData(results))
    names = [f"events/{event.event_id}.html" for event in site.in_order]
    kept = set(names[10:])
    made = [file for file in site.files(kept, pool) if file[0].startswith("events/")]
    assert [name for name, _ in made] == names[:10]
    assert made == [
        (name, site.event(e).encode()) for name, e in zip(names, site.in_order[:10], strict=False)
    ]


@pytest.mark.parametrize("name", ["garch", "robust", "scholes-williams", "market-model"])
def test_models_are_the_same_in_processes(name):
    frame, few = market(2, 400), {"options": es.Options(engine="moments")}
    said = events(frame, 11, 23)
    asked = {"model": {"name": name, "factors": ["M"]}, **few}
    alone = es.run_study(said, frame, **asked)
    with ThreadPoolExecutor(2) as pool:
        made = es.run_study(said, frame, executor=pool, **asked)
    for column in ("s2", "residuals", "normal"):
        np.testing.assert_array_equal(
            getattr(made.abnormal, column), getattr(alone.abnormal, column)
        )


def test_processes_are_started_anew_and_take_what_is_sent(results):
    sent = Sent.of(replace(results))
    with processes(2) as pool:
        made = list(in_order(pool, number_of_events, [sent] * 3, ahead=2))
    assert made == [len(results.events)] * 3
    with processes(1) as pool:
        assert pool is None


def test_without_semaphores_one_process_does_it_and_it_is_said():
    ensure_running()
    before, said = resource.getrlimit(resource.RLIMIT_FSIZE), []
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))  # none can be written
        with processes(2, said.append) as pool:
            assert pool is None
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert len(said) == 1
    assert "--jobs 1" in said[0]


def number_of_events(sent):
    return len(sent.get().events)


def test_a_run_takes_a_core_for_each_six_seconds_of_work():
    assert jobs_of(0, {PAGES: 0.5}) == 1
    assert jobs_of(0, {PLACEBO: 2.0, CURVE: 2.5, PAGES: 6.0}) == 1
    assert jobs_of(0, {PAGES: 12.0}) == min(cores(), 2)
    assert jobs_of(0, {PAGES: 6.0 * cores() + 1.0}) == min(cores(), MOST_JOBS)
    assert jobs_of(3, {PAGES: 0.1}) == 3
