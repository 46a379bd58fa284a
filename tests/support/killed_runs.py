"""A program that kills `eventstudy run` at random moments, and looks at what is left.

    python tests/support/killed_runs.py SEED KILLS      in an empty folder

Each run is a process of its own, forked from this one, which has imported everything and has
no other thread. Written to standard output: what was seen, as JSON.
"""

import json
import os
import random
import signal
import sys
import time
from itertools import cycle
from pathlib import Path

from kills import moments
from waiting import reaped, until

from eventstudy.cli import main
from eventstudy.report.ownership import MARK, damaged, former
from eventstudy.reruns.fingerprint_file import read_keys
from eventstudy.reruns.fingerprints import keys_of
from eventstudy.reruns.plan import plan
from eventstudy.study.study_file import Study

STUDY = """\
[windows]
estimation = [-80, -11]
event = [-1, 1]
[options]
min_estimation = 60
[assets.IMOEX]
source = "sample"
symbol = "IMOEX"
"""
HEAD = "event_id,date,title\nstays,2021-09-15,Stays\n"
MANIFEST = Path("reports/manifest.json")


def run():
    """Run the study in this process; return the exit code."""
    sys.argv = ["eventstudy", "run", "--quick", "study.toml"]
    try:
        main()
    except SystemExit as end:
        return end.code or 0
    return 0


def begin():
    """Start a run in a process of its own."""
    child = os.fork()
    if not child:
        code = 1
        try:
            code = run()
        finally:
            os._exit(code)
    return child


def finish():
    """Run to the end; return how long it took."""
    start = time.perf_counter()
    assert reaped(begin(), "a run to end") == 0
    return time.perf_counter() - start


def edit(number):
    """Another title: the page of one event, the index and the data are no longer theirs."""
    row = f"moves,2022-01-13,Title {number}\n"
    Path("events.csv").write_text(HEAD + row, "utf-8")


def title():
    """Which edit the published report is of."""
    page = Path("reports/events/moves.html").read_text("utf-8")
    assert page.endswith("</html>")
    return int(page.partition("Title ")[2].partition("<")[0].split()[0])


def work():
    study = Study.read("study.toml")
    old = read_keys(Path("reports"))
    assert old is not None
    return plan(old, keys_of(study, placebo_runs=False)).work


def look(number):
    """Whether the report is that of the edit; it is whole in either case."""
    home = Path("reports")
    files = former(home)
    assert {"index.html", "events/stays.html", "data/keys.json"} <= set(files)
    assert not damaged(home, files)
    found = sorted(p.relative_to(home).as_posix() for p in home.rglob("*") if p.is_file())
    assert found == sorted([*files, "manifest.json", MARK])
    published = title() == number
    assert work() != published
    return published


def wait(stamp, once, moment, rng):
    """Wait for some part of a run, or until the manifest is another file and a moment longer."""
    end = time.perf_counter() + once * 1.05 * moment
    if stamp:
        until(lambda: MANIFEST.stat().st_ino != stamp, "another manifest", pause=0.0005)
        end = time.perf_counter() + rng.uniform(0, 0.01)
    time.sleep(max(end - time.perf_counter(), 0))


def not_its_makers(path):
    """Whether the process of a temporary folder's number is gone; numbers are used again."""
    try:
        os.kill(int(path.name.split("-")[2]), 0)
    except ProcessLookupError:
        return True
    return False


def story(rng, kills):
    """Edit, run, kill, look; so many times."""
    Path("study.toml").write_text(STUDY, "utf-8")
    edit(0)
    assert run() == 0  # here, so that all libraries are imported
    edit(1)
    once, number = finish(), 1
    seen = {"before": 0, "after": 0, "repaired": 0}
    spread = cycle(moments(rng, kills))
    while seen["before"] + seen["after"] < kills:
        number += 1
        edit(number)
        stamp = MANIFEST.stat().st_ino
        child = begin()
        wait(number % 5 == 0 and stamp, once, next(spread), rng)
        os.kill(child, signal.SIGKILL)
        ended = reaped(child, "a run that was killed")
        published = look(number)
        if ended:  # it may have been faster than the kill
            seen["after" if published else "before"] += 1
        if number % 10 == 0:
            once = finish()
            assert look(number)
            seen["repaired"] += 1
    edit(number + 1)  # a run that writes sweeps; the last kill may have left nothing to do
    finish()
    left = [path.name for path in Path().glob(".reports-building-*") if not_its_makers(path)]
    return {**seen, "left": left}


told = os.dup(1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
os.write(told, json.dumps(story(random.Random(int(sys.argv[1])), int(sys.argv[2]))).encode())
