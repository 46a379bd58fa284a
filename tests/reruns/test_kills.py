"""A run that is killed, at whatever moment, leaves a whole report, which the next one repairs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from kills import KILLS
from waiting import LIMIT

RUNS = KILLS * 2 // 3
"""A run has half a second; the exchange at its end is killed KILLS times in `test_publish.py`."""


@pytest.mark.slow
def test_kills_at_all_moments_of_a_run(tmp_path):
    """From reading to logging; the report is always whole, and the next run repairs."""
    program = Path(__file__).parents[1] / "support" / "killed_runs.py"
    done = subprocess.run(
        [sys.executable, "-W", "error", program, "5", str(RUNS)],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=5 * LIMIT,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["before"] + seen["after"] == RUNS
    assert min(seen["before"], seen["after"], seen["repaired"]) > 0
    assert seen["left"] == []
