"""A cluster of two processes on 20,000 observations, of which one is killed, changes no bit."""

import os
import signal
from threading import Thread

import dask
import pytest
from distributed import Client, LocalCluster
from parts_study import ASKED, digest, events, market
from waiting import LIMIT, until

import eventstudy as es


@pytest.fixture(scope="module")
def cluster():
    """A client of two workers with a thread each, on this machine, without a dashboard."""
    limits = {
        "distributed.scheduler.allowed-failures": 10,
        "distributed.comm.timeouts.connect": f"{LIMIT}s",  # 30 s were short on a busy machine
        "distributed.comm.timeouts.tcp": f"{LIMIT}s",
    }
    with (
        dask.config.set(limits),
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        ) as workers,
        Client(workers, timeout=LIMIT) as client,
    ):
        client.wait_for_workers(2, timeout=LIMIT)
        yield client


@pytest.mark.slow
def test_a_killed_worker_changes_no_bit(cluster, tmp_path):
    frame = market(40, 1_200)
    said = events(frame, 500, 2)
    stored = es.store_prices(frame, tmp_path / "prices", part=2)
    serial = es.run_study(said, stored, out=tmp_path / "serial", **ASKED)
    assert len(serial.car(intervals=False)) == 3 * 40 * 500
    pids = cluster.run(os.getpid)
    tasks = {"whole": 0}

    def kill_one():
        until(
            lambda: len(list((tmp_path / "out" / "parts").glob("part-*"))) >= 2,
            "two whole parts",
            pause=0.002,
        )
        os.kill(next(iter(pids.values())), signal.SIGKILL)
        tasks["whole"] = len(list((tmp_path / "out" / "parts").glob("part-*")))

    killer = Thread(target=kill_one)
    killer.start()
    made = es.run_study(
        said, stored, out=tmp_path / "out", executor=cluster.get_executor(), **ASKED
    )
    killer.join(LIMIT)
    assert not killer.is_alive()
    assert 2 <= tasks["whole"] < len(serial.parts)
    assert digest(made) == digest(serial)
