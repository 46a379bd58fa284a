"""What analyses and pages give does not depend on who makes them."""

import os
import resource
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.resource_tracker import ensure_running

import numpy as np
import pandas as pd
import pytest
from parts_study import events, market
from small_study import EVENTS, write
from waiting import LIMIT

import eventstudy as es
from eventstudy.cli.stages import CURVE, MOST_JOBS, PAGES, PLACEBO, jobs_of
from eventstudy.errors import WorkerLostError
from eventstudy.executors import THREADS, Sent, cores, forks, in_order, processes
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


class Asked(ThreadPoolExecutor):
    """An executor that counts what it is given."""

    given = 0

    def submit(self, *arguments, **named):
        self.given += 1
        return super().submit(*arguments, **named)


@pytest.mark.parametrize(("model", "fitted"), [("robust", True), ("constant-mean", False)])
def test_a_study_file_hands_out_models_that_are_fitted_one_by_one(tmp_path, model, fitted):
    write(tmp_path)
    prices = pd.read_csv(tmp_path / "a.csv")
    noise = np.random.default_rng(4).normal(0, 0.001, len(prices))
    prices.assign(close=prices["close"] * np.exp(noise)).to_csv(tmp_path / "m.csv", index=False)
    factor = ', factors = ["M"]' if fitted else ""
    text = (tmp_path / "study.toml").read_text("utf-8")
    text += f'model = {{ name = "{model}"{factor} }}\n'
    text += '[factors.M]\nsource = "csv"\nsymbol = "m.csv"\n' if fitted else ""
    (tmp_path / "study.toml").write_text(text, "utf-8")
    said = pd.bdate_range("2021-01-05", periods=25, freq="5B")
    days = [f"d{n},{day:%Y-%m-%d},12:00,Europe/London,It was said" for n, day in enumerate(said)]
    header = EVENTS.splitlines()[0]
    (tmp_path / "events.csv").write_text("\n".join([header, *days]) + "\n", "utf-8")
    study = es.Study.read(tmp_path / "study.toml")
    with Asked(2) as pool:
        made = study.run(pool)
    assert (pool.given > 1) == fitted
    np.testing.assert_array_equal(made.abnormal.s2, study.run().abnormal.s2)


def test_processes_that_are_started_anew_take_what_is_sent(results):
    sent = Sent.of(replace(results))
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        made = list(in_order(pool, number_of_events, [sent] * 3, ahead=2))
    assert made == [len(results.events)] * 3


@pytest.mark.skipif(not forks(), reason="elsewhere processes are started anew")
def test_forks_need_nothing_sent_and_give_back_in_order():
    with processes(2) as pool:
        items = [lambda n=n: (n, os.getpid()) for n in range(20)]  # cannot be pickled
        made = list(in_order(pool, lambda item: item(), items, ahead=3))
        again = list(in_order(pool, lambda item: item, [1, 2]))
    assert [n for n, _ in made] == list(range(20))
    assert 1 <= len({pid for _, pid in made} - {os.getpid()}) <= 2
    assert again == [1, 2]
    with processes(1) as pool:
        assert pool is None


@pytest.mark.skipif(not forks(), reason="elsewhere processes are started anew")
def test_what_a_fork_raises_arrives_and_one_that_is_killed_is_said():
    def refuse(item):
        raise ValueError(item)

    with processes(2) as pool:
        with pytest.raises(ValueError, match="seven"):
            list(in_order(pool, refuse, ["seven", "eight"]))
        with pytest.raises(WorkerLostError, match="a process that worked on the study ended"):
            list(in_order(pool, lambda _: os.kill(os.getpid(), signal.SIGKILL), [1, 2]))


@pytest.mark.skipif(not forks(), reason="elsewhere processes are started anew")
def test_forks_end_by_signals_that_this_process_handles():
    """SIGTERM ends a fork, whatever it means to the process that it is a copy of."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        with processes(2) as pool, pytest.raises(WorkerLostError):
            list(in_order(pool, lambda _: os.kill(os.getpid(), signal.SIGTERM), [1, 2]))
    finally:
        signal.signal(signal.SIGTERM, before)


FORKED = """\
import os
import numpy as np
from eventstudy.executors import in_order, processes

def threads_after_work(_):
    before = len(os.listdir("/proc/self/task"))
    np.ones((600, 600)) @ np.ones((600, 600))
    return len(os.listdir("/proc/self/task")) - before

np.ones((600, 600)) @ np.ones((600, 600))
with processes(2) as pool:
    print(*in_order(pool, threads_after_work, [1, 2]))
"""


@pytest.mark.skipif(not forks(), reason="elsewhere processes are started anew")
def test_forks_have_one_thread_of_linear_algebra_whatever_this_process_has():
    environment = {name: value for name, value in os.environ.items() if name not in THREADS}
    found = subprocess.run(
        [sys.executable, "-c", FORKED],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
        timeout=LIMIT,
    )
    assert found.stdout.split() == ["0", "0"]


BESIDE = """
import numpy as np
from threading import Event, Thread
from threadpoolctl import threadpool_info, threadpool_limits
from eventstudy.executors import in_order, processes

def several():
    return [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]

threadpool_limits(2)
before, ended, begun, pause = several(), Event(), Event(), Event()

def busy():
    while several() != [1] * len(before):  # else a copy may be made in the midst of a product
        pause.wait(0.0005)
    while not ended.is_set():
        np.ones((200, 200)) @ np.ones((200, 200))
        begun.set()
        pause.wait(0.0005)

other = Thread(target=busy, daemon=True)
other.start()
with processes(2) as pool:
    assert begun.wait(LIMIT)
    for _ in range(10):
        assert list(in_order(pool, abs, [-1, 2, -3])) == [1, 2, 3]
    inside = several()
ended.set()
other.join(LIMIT)
print(set(before), set(inside), set(several()), other.is_alive())
"""


@pytest.mark.skipif(not forks(), reason="elsewhere processes are started anew")
def test_other_threads_go_on_with_linear_algebra_while_copies_are_made():
    """OpenBLAS ends its threads before a fork: a product of several waits for them for ever."""
    environment = {name: value for name, value in os.environ.items() if name not in THREADS}
    command = [sys.executable, "-c", BESIDE.replace("LIMIT", str(LIMIT / 2))]
    found = subprocess.run(
        command, check=True, capture_output=True, text=True, env=environment, timeout=LIMIT
    )
    assert found.stdout.strip() == "{2} {1} {2} False"


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


def test_a_run_takes_all_cores_for_work_above_a_second():
    worth = 1.0 if forks() else 6.0  # what it takes to begin one
    assert jobs_of(0, {PAGES: 0.5}) == 1
    assert jobs_of(0, {PLACEBO: 0.2 * worth, CURVE: 0.2 * worth, PAGES: worth}) == 1
    assert jobs_of(0, {PAGES: 2.0 * worth}) == min(cores(), 2)
    assert jobs_of(0, {PAGES: worth * (cores() + 1.0)}) == min(cores(), MOST_JOBS)
    assert jobs_of(3, {PAGES: 0.1}) == 3
