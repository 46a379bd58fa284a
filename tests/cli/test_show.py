"""`eventstudy show` says what state an event is in, and why."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from forked import run

STUDY = """\
title = "P"
timezone = "Europe/London"
[windows]
estimation = [-150, -11]
[assets.AAA]
source = "csv"
symbol = "aaa.csv"
clock = "17:30 Europe/London"
"""
EVENTS = """\
event_id,date,time,title
done,2022-06-10,12:00,Done
partly,2022-09-16,12:00,On the last session
future,2023-03-01,12:00,Later
old,2019-03-01,12:00,Before all prices
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    sessions = pd.bdate_range("2021-01-01", "2022-09-16")
    returns = np.random.default_rng(3).normal(0, 0.01, len(sessions))
    prices = pd.Series(100 * (1 + returns).cumprod(), sessions, name="close")
    prices.to_csv(folder / "aaa.csv", index_label="date")
    (folder / "study.toml").write_text(STUDY, "utf-8")
    (folder / "events.csv").write_text(EVENTS, "utf-8")
    return folder


def show(event_id, cwd, *options):
    return run("show", event_id, *options, cwd=cwd)


@pytest.mark.parametrize(
    ("event_id", "words", "table"),
    [
        ("done", ["first price struck after it is that of Fri 10 Jun 2022"], True),
        ("partly", ["AAA over [0, +1]: pending until about 2022-09-19 (1 more"], True),
        ("future", ["AAA: pending until about"], False),
        ("old", ["AAA: left out, before the first price (2021-01-01)"], False),
    ],
)
def test_the_state_of_an_event_with_its_reason(study, event_id, words, table):
    told = show(event_id, study)
    assert (told.returncode, told.stderr) == (0, "")
    for own in words:
        assert own in told.stdout
    assert ("Beyond a normal day" in told.stdout) is table


def test_the_answer_comes_first_with_its_badge_and_the_rank_p(study):
    """The sentence counts the ordinary spans that the p is made of, and JSON has the same."""
    record = json.loads(show("done", study, "--json").stdout)
    (answer,) = record["answer"]["assets"]
    (car,) = [row for row in record["car"] if row["end"] == 1]
    assert answer["p"] == car["p_rank"] == (answer["larger"] + 1) / (answer["ordinary"] + 1)
    lines = show("done", study).stdout.splitlines()
    assert lines[0].startswith("10 Jun 2022, 12:00 Europe/London")
    assert lines[1] == f"Done  [{answer['verdict']}]"
    assert lines[2] == record["answer"]["sentence"]
    assert f"{answer['larger']} of {answer['ordinary']} ordinary spans" in lines[2]
    assert lines[3].endswith(f"AAA p {answer['p']:.3f}")


def test_no_line_of_its_table_ends_between_a_number_and_its_per_cent_sign(study):
    table = run("show", "done", cwd=study, COLUMNS="80").stdout
    assert "… │" in table
    assert not re.search(r"│ +% +│", table)


def test_an_unknown_event_is_2_with_the_nearest(study):
    told = show("futur", study)
    assert (told.returncode, told.stdout) == (2, "")
    assert "Did you mean 'future'?" in told.stderr
