"""Files that were harmed in one place: no traceback, and no reading that differs without a word."""

import datetime as dt
import os
import random

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import InputError, PriceError

SEEDS = range(int(os.environ.get("HARMED_FILES", "50")))
"""Files of a kind; `make bench` tries 500."""
DAYS = pd.bdate_range("2021-01-04", periods=40)
LEVELS = np.round(100 * np.exp(np.cumsum(np.random.default_rng(9).normal(0, 0.01, 40))), 2)


def us(day, level):
    """A line of an American broker."""
    return f'{day:%m/%d/%Y},"{level * 30:,.2f}"'


def de(day, level):
    """A line of a German sheet."""
    return f"{day:%d.%m.%Y};" + f"{level:.2f}".replace(".", ",")


def plain(day, level):
    """A line in the plain form."""
    return f"{day:%Y-%m-%d},{level:.2f}"


FORMS = {
    "plain": ("date,close", plain, 1),
    "American": ("Date,Last", us, 30),
    "German": ("Datum;Schluss", de, 1),
}


def swapped(rng, lines):
    """Two rows change places."""
    one, two = rng.sample(range(1, len(lines)), 2)
    lines[one], lines[two] = lines[two], lines[one]


def doubled(rng, lines):
    """A row occurs twice."""
    lines.append(lines[rng.randrange(1, len(lines))])


def lost(rng, lines):
    """A cell loses its text."""
    at = rng.randrange(1, len(lines))
    mark = ";" if ";" in lines[at] else ","
    day, _, level = lines[at].partition(mark)
    lines[at] = rng.choice([f"{day}{mark}", f"{mark}{level}"])


def typed(rng, lines):
    """A character is typed into a row, or another in its place."""
    at = rng.randrange(1, len(lines))
    place = rng.randrange(len(lines[at]))
    lines[at] = (
        lines[at][:place] + rng.choice("x 7\"';,.-\t") + lines[at][place + rng.choice((0, 1)) :]
    )


def cut(rng, lines):
    """The file ends within a row."""
    at = rng.randrange(2, len(lines))
    lines[at:] = [lines[at][: rng.randrange(1, len(lines[at]))]]


def noted(rng, lines):
    """Somebody wrote a note above, below or between."""
    lines.insert(rng.choice((0, len(lines), rng.randrange(1, len(lines)))), "Source: a vendor")


def reversed_day(rng, lines):
    """Day and month of one row change places."""
    at = rng.randrange(1, len(lines))
    for mark in "/.-":
        parts = lines[at].split(mark)
        if len(parts) >= 3 and parts[0][-2:].isdecimal():
            lines[at] = mark.join([parts[1], parts[0], *parts[2:]])
            return


def missing(rng, lines):
    """A cell says that there is nothing."""
    at = rng.randrange(1, len(lines))
    mark = ";" if ";" in lines[at] else ","
    lines[at] = f"{lines[at].split(mark)[0]}{mark}{rng.choice(['N/A', '-', 'null', '#N/A'])}"


HARMS = (swapped, doubled, lost, typed, cut, noted, reversed_day, missing)


def truth(scale):
    """What a file holds."""
    return dict(zip(DAYS, np.round(LEVELS * scale, 2), strict=True))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("form", FORMS)
def test_harmed_prices_are_refused_read_right_or_differ_where_they_were_harmed(
    tmp_path, form, seed
):
    rng = random.Random(f"{form} {seed}")
    header, line, scale = FORMS[form]
    lines = [header, *(line(day, level) for day, level in zip(DAYS, LEVELS, strict=True))]
    before = list(lines)
    harm = HARMS[seed % len(HARMS)]
    harm(rng, lines)
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n", "utf-8")
    try:
        loaded = es.load_prices({"A": "csv:a.csv"}, folder=tmp_path)
    except (PriceError, InputError):
        return
    series, expected = loaded.series("A"), truth(scale)
    wrong = [d for d in series.index if not np.isclose(series[d], expected.get(d, np.nan))]
    lacking = [d for d in expected if d not in series.index]
    harmed = [at for at, own in enumerate(before) if at >= len(lines) or lines[at] != own]
    words = " ".join(loaded.provenance["A"].notes)
    assert len(wrong) <= 1, (harm.__name__, lines[harmed[0]], series[wrong])
    assert len(lacking) <= 1 or harm is cut or words, (harm.__name__, lacking)
    if wrong and harm is not typed:
        assert harm is cut or (harm is reversed_day and words), (harm.__name__, wrong)


def event_lines(rng, form):
    """A list of events in one manner of writing."""
    days = sorted(dt.date(2022, 1, 1) + dt.timedelta(rng.randrange(300)) for _ in range(8))
    if form == "plain":
        rows = [f"e{at},{day},{14 + at % 3}:00,Title {at}" for at, day in enumerate(days)]
        return ["event_id,date,time,title", *rows], days
    rows = [f"e{at};{day:%d.%m.%Y};{14 + at % 3}:00;Title {at}" for at, day in enumerate(days)]
    return ["event_id;date;time;title", *rows], days


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("form", ["plain", "German"])
def test_harmed_events_are_refused_or_read_right(tmp_path, form, seed):
    rng = random.Random(f"events {form} {seed}")
    lines, days = event_lines(rng, form)
    harm = (swapped, doubled, lost, typed, cut, noted)[seed % 6]
    harm(rng, lines)
    (tmp_path / "events.csv").write_text("\n".join(lines) + "\n", "utf-8")
    try:
        events = es.read_events(tmp_path / "events.csv", timezone="UTC")
    except InputError:
        return
    expected = {f"e{at}": day for at, day in enumerate(days)}
    wrong = [e for e in events if expected.get(e.event_id) != e.date]
    assert len(wrong) <= (harm in (typed, lost)), (harm.__name__, wrong)
    said = any("left out" in note for note in events.understood)
    assert len(events) >= len(days) - said - (harm is cut) * len(days)


STUDY = """\
title = "t"
events = "events.csv"
timezone = "UTC"
[windows]
estimation = [-30, -6]
event = [-2, 2]
[options]
min_estimation = 20
[assets.A]
source = "csv"
symbol = "a.csv"
date_format = "%Y-%m-%d"
"""


@pytest.mark.parametrize("seed", SEEDS)
def test_harmed_study_files_are_refused_or_read(tmp_path, seed):
    rng = random.Random(f"study {seed}")
    text = list(STUDY)
    for _ in range(rng.choice((1, 2, 5))):
        at = rng.randrange(len(text))
        text[at] = rng.choice(['"', "=", "[", "]", "\n", " ", "x", "0", "", "#", text[at] * 2])
    (tmp_path / "study.toml").write_text("".join(text), "utf-8")
    (tmp_path / "events.csv").write_text("event_id,date,title\na,2021-02-20,t\n", "utf-8")
    lines = ["date,close", *(plain(d, v) for d, v in zip(DAYS, LEVELS, strict=True))]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n", "utf-8")
    try:
        study = es.Study.read(tmp_path / "study.toml")
        assert len(study.events) == 1
        assert len(study.prices.series(next(iter(study.model)))) == len(DAYS)
    except (es.EventStudyError, OSError):
        return
