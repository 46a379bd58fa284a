"""A small study on disk that has not been run, and the command line in its folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from waiting import LIMIT

import eventstudy as es

PLACE = Path(es.__file__).parent.parent
COMMAND = [sys.executable, "-m", "eventstudy"]
STUDY = """\
title = "A study"
[windows]
estimation = [-150, -11]
[assets.A]
source = "csv"
symbol = "a.csv"
clock = "17:30 Europe/London"
"""
EVENTS = "event_id,date,time,timezone,title\nearly,2021-03-10,12:00,Europe/London,It was said\n"


def write(folder):
    """Write its files."""
    sessions = pd.bdate_range("2020-01-01", periods=420)
    returns = np.random.default_rng(3).normal(0, 0.001, len(sessions))
    prices = pd.Series(100 * (1 + returns).cumprod(), sessions, name="close")
    prices.to_csv(folder / "a.csv", index_label="date")
    (folder / "study.toml").write_text(STUDY, "utf-8")
    (folder / "events.csv").write_text(EVENTS, "utf-8")
    return folder


def run(*arguments, cwd, command=COMMAND, encoding="utf-8", **environment):
    """Run the command line; None in place of a variable takes it away."""
    given = {**os.environ, "PYTHONPATH": str(PLACE), "COLUMNS": "200", **environment}
    return subprocess.run(
        [*command, *arguments],
        cwd=cwd,
        env={name: value for name, value in given.items() if value is not None},
        capture_output=True,
        encoding=encoding,
        timeout=LIMIT,
        stdin=subprocess.DEVNULL,
    )


SEVERAL = """\
import sys
from itertools import groupby
from eventstudy.cli import main
for is_end, command in groupby(sys.argv[1:], "/".__eq__):
    if is_end:
        continue
    sys.argv, code = ["eventstudy", *command], 0
    try:
        main()
    except SystemExit as end:
        code = end.code
    print(code, end="\\x1e", file=sys.stderr, flush=True)
"""


def run_several(*commands, cwd, **environment):
    """Run commands in turn in one new interpreter: the exit code of each, and what it complained.

    That is, what an interpreter does with its surroundings and arguments, without its beginning
    for each of them.
    """
    words = [word for command in commands for word in ("/", *command)]
    done = run(*words, cwd=cwd, command=[sys.executable, "-c", SEVERAL], **environment)
    assert done.returncode == 0, done.stderr
    *told, rest = re.split(r"(\d+)\x1e", done.stderr)
    assert (rest, len(told)) == ("", 2 * len(commands))
    return [(int(code), said) for said, code in zip(told[::2], told[1::2], strict=True)]
