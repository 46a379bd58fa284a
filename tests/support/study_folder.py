"""A study file with events and prices whose truth is known, and what a wrong one is told."""

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

STUDY = """\
title = "A study"
events = "events.csv"
returns = "simple"
timezone = "UTC"
tests = ["bmp", "corrado-rank"]

[windows]
estimation = [-150, -11]
event = [-5, 5]
car = [
  [0, 0],
  [0, 1],
]
primary = [0, 1]

[groups]
banks = { sector = "bank" }

[assets.AAA]
label = "The AAA share"
source = "csv"
symbol = "prices/aaa.csv"
clock = "17:30 Europe/London"
model = { name = "market-model", factors = ["MKT"] }

[factors.MKT]
source = "csv"
path = "prices"
symbol = "mkt"

[options]
confidence = 0.9
"""
EVENTS = """\
event_id,date,time,timezone,title,assets,sector
early,2021-03-10,17:29,Europe/London,before the close,AAA,bank
late,2021-04-14,17:30,Europe/London,at the close,AAA,mine
weekend,2021-05-15,,,on a Saturday,,bank
"""
SESSIONS = pd.bdate_range("2020-01-01", periods=420)


@pytest.fixture
def folder(tmp_path):
    """A study of the user's own, with prices whose truth is known."""
    place = tmp_path / "own study"
    (place / "prices").mkdir(parents=True)
    rng = np.random.default_rng(3)
    market = rng.normal(0, 0.01, len(SESSIONS))
    own = market + rng.normal(0, 0.001, len(SESSIONS))
    own[SESSIONS.get_loc("2021-03-10")] += 0.05
    for name, column, returns in (("aaa", "close", own), ("mkt", "level", market)):
        prices = pd.Series(100 * (1 + returns).cumprod(), SESSIONS, name=column)
        prices.to_csv(place / "prices" / f"{name}.csv", index_label="date")
    (place / "study.toml").write_text(STUDY, "utf-8")
    (place / "events.csv").write_text(EVENTS, "utf-8")
    return place


def problems(path, kind=es.StudyFileError):
    """Read a study that is wrong; return its problems by field."""
    with pytest.raises(kind) as caught:
        es.Study.read(path)
    assert all(problem.message and problem.cure for problem in caught.value.problems)
    said = str(caught.value)
    assert all(problem.file in said and problem.field in said for problem in caught.value.problems)
    return {problem.field: problem for problem in caught.value.problems}


def changed(folder, *changes):
    """Write the study with pieces of its text replaced; return its path and its lines."""
    text = STUDY
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / "study.toml").write_text(text, "utf-8")
    return folder / "study.toml"
