"""A run that is killed goes on from the parts that are whole; a lost worker changes no bit."""

import os
import signal
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from parts_study import ASKED, digest, events, market
from waiting import LIMIT, begun, until

import eventstudy as es

PROGRAM = """\
import sys
sys.path[:0] = [{support!r}, {place!r}]
from parts_study import ASKED, events, market
import eventstudy as es
es.run_study(events(market(24, 700), 25, 22), sys.argv[1], out=sys.argv[2], **ASKED)
"""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Stored prices, and the results of a run that nothing happened to."""
    home = tmp_path_factory.mktemp("undisturbed")
    frame = market(24, 700)
    stored = es.store_prices(frame, home / "prices", part=2)
    return stored, es.run_study(events(frame, 25, 22), stored, out=home / "out", **ASKED)


def parts(folder):
    """Parts that are whole, and which files they are."""
    return {path.name: path.stat().st_ino for path in (folder / "parts").glob("part-*")}


def test_a_run_that_is_killed_goes_on_from_whole_parts(undisturbed, tmp_path):
    stored, results = undisturbed
    out, place = tmp_path / "out", str(Path(es.__file__).parents[1])
    text = PROGRAM.format(support=str(Path(__file__).parents[1] / "support"), place=place)
    command = [sys.executable, "-c", text, str(stored.folder), str(out)]
    with begun(command, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}) as run:
        until(
            lambda: out.is_dir() and len(parts(out)) >= 3, "three whole parts", of=run, pause=0.001
        )
        os.kill(run.pid, signal.SIGKILL)
        assert run.wait(LIMIT) == -signal.SIGKILL
    before = parts(out)
    assert 3 <= len(before) < len(results.parts)
    with pytest.raises(es.EventStudyError, match="goes on from the parts that are whole"):
        es.open_results(out)
    said = events(market(24, 700), 25, 22)
    again = es.run_study(said, stored, out=out, **ASKED)
    after = parts(out)
    assert {name: after[name] for name in before} == before
    assert len(after) == len(results.parts)
    assert not list((out / "parts").glob(".part-*"))
    assert digest(again) == digest(results)


def test_threads_give_the_same_bits(undisturbed, tmp_path):
    stored, results = undisturbed
    with ThreadPoolExecutor(3) as pool:
        said = events(market(24, 700), 25, 22)
        made = es.run_study(said, stored, out=tmp_path / "out", executor=pool, **ASKED)
    assert digest(made) == digest(results)


def test_a_pool_that_lost_a_process_says_so_and_what_it_wrote_stays(undisturbed, tmp_path):
    stored, results = undisturbed
    said, out = events(market(24, 700), 25, 22), tmp_path / "out"
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        es.run_study(said, stored, out=tmp_path / "first", executor=pool, **ASKED)
        os.kill(pool.submit(os.getpid).result(LIMIT), signal.SIGKILL)
        with pytest.raises(es.EventStudyError, match="a process that worked on the study ended"):
            es.run_study(said, stored, out=out, executor=pool, **ASKED)
    assert digest(es.open_results(tmp_path / "first")) == digest(results)
    assert digest(es.run_study(said, stored, out=out, **ASKED)) == digest(results)


def test_what_is_no_executor_is_refused(undisturbed, tmp_path):
    stored, results = undisturbed
    with pytest.raises(es.EventStudyError, match="ProcessPoolExecutor"):
        es.run_study(results.events, stored, out=tmp_path / "out", executor=2, **ASKED)
