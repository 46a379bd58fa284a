"""A large study in memory has the same bits in one process and in copies of it."""

import os
import signal
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from waiting import until

import eventstudy as es
from eventstudy.abnormal.placed_returns import SPAN, PlacedReturns
from eventstudy.errors import WorkerLostError
from eventstudy.executors import Forks, in_order, processes, shared_zeros
from eventstudy.inference import session_sums

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are copies on Linux")
ASSETS, DATES, APART = 600, 60, 21
TESTS = ("patell", "bmp", "adj-bmp", "generalised-sign", "corrado-rank", "crude-dependence")


@pytest.fixture(scope="module")
def large():
    """600 assets, some listed late, one price in a hundred missing, 60 dates; one event early."""
    rng = np.random.default_rng(5)
    index = pd.bdate_range("2015-01-05", periods=100 + APART * DATES + 30)
    market = rng.normal(0, 0.01, len(index))
    moves = market[:, None] * rng.uniform(0.5, 1.5, ASSETS) + rng.normal(
        0, 0.015, (len(index), ASSETS)
    )
    values = 50 * np.exp(moves.cumsum(axis=0))
    values[rng.random(values.shape) < 0.01] = np.nan
    values[:400, ::9] = np.nan
    frame = pd.DataFrame(values, index, [f"S{n:03d}" for n in range(ASSETS)])
    frame["MKT"] = np.exp(market.cumsum())
    days = index[[5, *(90 + APART * np.arange(DATES))]]
    ids = [f"e{n:02d}" for n in range(len(days))]
    return es.read_events(pd.DataFrame({"event_id": ids, "date": days, "title": "said"})), frame


def run(large, model, pool):
    events, frame = large
    return es.run_study(
        events,
        frame,
        model=model,
        windows=es.Windows(estimation=(-80, -11), event=(-3, 3), car=((0, 0), (0, 1), (-3, 3))),
        tests=TESTS,
        options=es.Options(exclude_from_estimation=None, average="across-assets"),
        executor=pool,
    )


@pytest.mark.parametrize(
    "model", [es.models.MarketModel("MKT"), es.models.MarketAdjusted("MKT")], ids=["slope", "none"]
)
def test_copies_give_the_same_bits(large, model):
    alone = run(large, model, None)
    with processes(2) as pool:
        assert isinstance(pool, Forks)
        made = run(large, model, pool)
        assert isinstance(made.abnormal, PlacedReturns)
        assert len(made.abnormal) > SPAN  # else nothing is handed out
        tests = made.tests(include_invalid=True, executor=pool)
    for name in ("constant", "slopes", "half", "s2", "df", "missing", "excluded", "position"):
        np.testing.assert_array_equal(
            getattr(made.abnormal, name), getattr(alone.abnormal, name), err_msg=name
        )
    assert (made.abnormal.reasons == alone.abnormal.reasons).all()
    assert (made.abnormal.unestimated == alone.abnormal.unestimated).all()
    assert set(alone.abnormal.reasons) | set(alone.abnormal.unestimated) > {""}  # some are short
    pd.testing.assert_frame_equal(tests, alone.tests(include_invalid=True), check_exact=True)
    pd.testing.assert_frame_equal(made.situations(), alone.situations(), check_exact=True)


def test_tests_of_the_usual_kind_are_kept_for_situations(large, monkeypatch):
    results = run(large, es.models.MarketModel("MKT"), None)
    with processes(2) as pool:
        tests = results.tests(executor=pool)
    assert results.abnormal.copies is None  # nothing is handed out after the call
    monkeypatch.setattr(Forks, "in_order", lambda *_: pytest.fail("work was handed out"))
    pd.testing.assert_frame_equal(results.tests(), tests, check_exact=True)
    assert len(results.situations()) == 3


def test_what_copies_write_into_a_shared_array_is_here():
    values = shared_zeros(Forks(2), (4, 3), np.int32)

    def write(row):
        values[row] = row
        return row

    assert list(in_order(Forks(2), write, range(4))) == [0, 1, 2, 3]
    assert values.tolist() == [[row] * 3 for row in range(4)]


def test_a_copy_hands_out_nothing_itself():
    def nested(number):
        return list(in_order(Forks(2), abs, [-number, number]))

    assert list(in_order(Forks(2), nested, [1, 2, 3])) == [[1, 1], [2, 2], [3, 3]]


def test_no_process_at_all_is_refused():
    refused = pytest.raises(es.EventStudyError, match="jobs is 0; write how many processes")
    with refused, es.processes(0):
        pass


def test_a_killed_copy_leaves_nothing_behind(large, monkeypatch, tmp_path):
    """A copy is killed when sums of some assets were added; the same call again is right."""
    results, by_products = run(large, es.models.MarketModel("MKT"), None), session_sums.by_products
    added, killed = tmp_path / "added", tmp_path / "killed"

    def planted(*arguments):
        wanted = by_products(*arguments)

        def of(assets):
            if assets.start and not killed.exists():
                until(added.exists, "sums of the first assets")
                killed.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return wanted.of(assets)

        def noted(parts):
            for part in parts:
                yield part
                added.touch()  # the next one is asked for

        return replace(wanted, of=of, join=lambda parts: wanted.join(noted(parts)))

    monkeypatch.setattr(session_sums, "by_products", planted)
    with processes(2) as pool:
        with pytest.raises(WorkerLostError):
            results.tests(executor=pool)
        again = results.tests(executor=pool)
    monkeypatch.undo()
    assert killed.exists()
    expected = run(large, es.models.MarketModel("MKT"), None).tests()
    pd.testing.assert_frame_equal(again, expected, check_exact=True)
