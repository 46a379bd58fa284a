"""Files with very many faults, or very large: counted, not flooded, within time and memory."""

import csv
import datetime as dt
import json
import os
import subprocess
import sys

import pandas as pd
import pytest
from command import call as run
from small_study import PLACE, write

import eventstudy as es
from eventstudy.errors import (
    MOST_PROBLEMS,
    SHOWN,
    EventsError,
    PriceDataError,
    Problem,
    counted_kinds,
    overview,
)
from eventstudy.events.csv_table import MOST_EVENTS
from eventstudy.files import LONGEST_LINE, MOST_LINES

ROWS = 20_000
HEADER = "event_id,date,title\n"


def bad_events(path, rows=ROWS):
    lines = (f"e{i},13/01/2022,{'Said' if i % 2 else ''}\n" for i in range(rows))
    path.write_text(HEADER + "".join(lines), "utf-8")


def bad_prices(path, rows=ROWS):
    days = pd.date_range("1900-01-01", periods=rows).strftime("%Y-%m-%d")
    path.write_text("date,close\n" + "".join(f"{day},n/a\n" for day in days), "utf-8")


@pytest.fixture
def study(tmp_path):
    """A small study that has not been run."""
    return write(tmp_path)


def test_kinds_are_counted_whatever_their_numbers():
    made = [Problem("f", line, "a", "", f"is on line {line}", "") for line in range(30)]
    made += [Problem("f", 1, "a", "", "holds 5 cells", "")] * 2 + [Problem("f", 1, "", "", "x", "")]
    assert counted_kinds(made) == [
        ("a", "is on line …", 30),
        ("a", "holds 5 cells", 2),
        ("", "x", 1),
    ]
    lines = overview(made)
    assert lines == [
        "f:0: a: 30 × is on line 0, 1, 2 (lines 0–29). ",
        "f:1: a: 2 × holds 5 cells. ",
        "f:1: x. ",
        "`eventstudy check --faults FILE` writes each of them",
    ]


def test_a_kind_is_one_sentence_with_three_examples_whatever_the_columns():
    made = [
        Problem("e.csv", 2 + at, name, text, "has blanks", f"Write {text.strip()!r}.")
        for at, (name, text) in enumerate([("date", " a"), ("title", " b"), ("title", " c")] * 2)
    ]
    assert overview(made) == [
        "e.csv:2: date, title: 6 × has blanks (lines 2–7; found ' a', ' b', ' c'). "
        "Write 'a', 'b', 'c'."
    ]
    different = [
        Problem("e.csv", 2, "date", "1/2/22", "may be two", "Write 2022-01-02 (us) or 2022-02-01."),
        Problem("e.csv", 3, "date", "3/4/22", "may be two", "Write 2022-03-04 (us) or 2022-04-03."),
    ]
    assert overview(different) == [
        "e.csv:2: date: 2 × may be two (lines 2 and 3; found '1/2/22', '3/4/22'). "
        "Write 2022-01-02 (us) or 2022-02-01; Write 2022-03-04 (us) or 2022-04-03."
    ]


def test_more_than_twenty_kinds_are_counted():
    made = [Problem("f", 1, "a", "", f"is wrong in manner {chr(65 + at)}", "") for at in range(25)]
    lines = overview(made)
    assert len(lines) == SHOWN + 1
    assert lines[-1].startswith("... and 5 more kinds; `eventstudy check --faults FILE`")


def test_very_many_bad_events_are_counted_on_the_terminal_and_listed_in_a_file(study):
    bad_events(study / "events.csv")
    with pytest.raises(EventsError) as caught:
        es.read_events(study / "events.csv")
    assert len(caught.value.problems) == ROWS * 3 // 2
    found = run("check", "--faults", "faults.csv", cwd=study)
    assert found.returncode == 4
    assert found.stderr.startswith("30,000 problems:\n  events.csv:2: date: 20,000 × ")
    assert "title: 10,000 × is required and is empty (lines 2–20000)." in found.stderr
    assert found.stderr.count("events.csv:") == 2
    assert len(found.stderr) < 1000
    with (study / "faults.csv").open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    assert len(listed) == ROWS * 3 // 2
    assert listed[-1]["line"] == str(ROWS + 1)
    assert listed[0]["cure"] == "Write 2022-01-13."


@pytest.mark.parametrize("what", ["events", "prices"])
def test_neither_the_log_nor_json_is_flooded(study, what):
    harm, name = {"events": (bad_events, "events.csv"), "prices": (bad_prices, "a.csv")}[what]
    harm(study / name, rows=2_000)
    noted = [sys.executable, "-c", "import sys; open('noted','w').write(sys.stdin.read())"]
    told = run("run", "--quick", "--notify-cmd", " ".join(map(repr, noted)), cwd=study)
    code = 4 if what == "events" else 5
    assert (told.returncode, len(told.stderr) < 6000) == (code, True), told.stderr[-500:]
    assert len((study / "noted").read_text()) < 8000
    assert (study / ".eventstudy/runs.jsonl").stat().st_size < 8000
    for command in ("check --json", "run --json", "plan --json"):
        found = run(*command.split(), cwd=study)
        assert found.returncode == code
        assert len(found.stdout) + len(found.stderr) < 10_000
    if what == "events":
        content = json.loads(run("check", "--json", cwd=study).stdout)
        assert content["count"] == 3_000
        assert [kind["count"] for kind in content["kinds"]] == [2_000, 1_000]
        assert len(content["problems"]) == SHOWN


def test_faults_of_prices_are_in_the_file_and_in_the_error(study):
    bad_prices(study / "a.csv", 50)
    with pytest.raises(PriceDataError, match="close: 50 × not a number") as caught:
        es.load_prices({"A": "csv:a.csv"}, folder=study)
    assert len(caught.value.problems) == 50
    assert run("check", "--faults", "faults.csv", cwd=study).returncode == 5
    assert len((study / "faults.csv").read_text().splitlines()) == 51
    (study / "a.csv").write_text("date,close\n2021-01-04,1\n")
    assert run("check", "--faults", "faults.csv", cwd=study).returncode == 0
    assert (study / "faults.csv").read_text() == "file,line,field,value,message,cure\n"


@pytest.mark.parametrize("name", ["events.csv", "a.csv", "study.toml"])
def test_a_list_of_faults_replaces_no_other_file(study, name):
    before = (study / name).read_bytes()
    found = run("check", "--faults", name, cwd=study)
    assert found.returncode == 2, found.stderr
    assert f"{name} is there already and no list of faults" in found.stderr
    assert (study / name).read_bytes() == before
    assert not list(study.glob(".*.tmp"))


def test_a_file_is_read_no_further_after_very_many_problems(tmp_path):
    days = [str(dt.date(1900, 1, 1) + dt.timedelta(i)) for i in range(1000)]
    rows = "".join(f"{day},1\n" for day in days) * (MOST_PROBLEMS // 1000 + 5)
    (tmp_path / "p.csv").write_text("date,close\n" + rows)
    with pytest.raises(PriceDataError, match="date: 200,000 × the date is already on") as caught:
        es.load_prices({"A": "csv:p.csv"}, folder=tmp_path)
    assert len(caught.value.problems) == MOST_PROBLEMS + 1
    assert "read no further" in caught.value.problems[-1].message


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (HEADER + "".join(f"e{i},2022-01-13,x\n" for i in range(MOST_EVENTS + 1)), "1,000,000 ev"),
        (HEADER + "\n" * MOST_LINES, "more than 2,000,000 lines"),
        (HEADER + "a," * LONGEST_LINE, "a line of more than 1,048,576 characters"),
    ],
    ids=["events", "lines", "line"],
)
def test_events_that_are_too_many_are_refused_with_a_sentence(tmp_path, content, told):
    (tmp_path / "events.csv").write_text(content)
    with pytest.raises(EventsError, match=told) as caught:
        es.read_events(tmp_path / "events.csv")
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("year", ["0022", "1599", "2201", "9999"])
def test_a_year_that_no_price_has_is_a_fault(tmp_path, year):
    (tmp_path / "p.csv").write_text(f"date,close\n{year}-01-03,1\n1600-01-03,1\n2200-01-03,1\n")
    with pytest.raises(PriceDataError, match=rf"p\.csv:2: date: the year .*'{year}-01-03'"):
        es.load_prices({"A": "csv:p.csv"}, folder=tmp_path)


READ = """
import resource, sys
import eventstudy as es
try:
    read = {"events": es.read_events, "prices": lambda path: es.load_prices({"A": f"csv:{path}"})}
    read[sys.argv[1]](sys.argv[2])
except es.errors.EventStudyError as error:
    print(type(error).__name__, file=sys.stderr)
if sys.platform == "linux":  # getrusage would count what the process was forked from
    own = dict(line.split(":", 1) for line in open("/proc/self/status"))
    print(int(own["VmHWM"].split()[0]) // 1024)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 2**20)
"""


def wide_prices():
    for day in pd.date_range("1800-01-01", periods=35_000).strftime("%Y-%m-%d"):
        yield f"{day},1.5{',123.4567' * 200}\n"


def long_events():
    for i in range(100_000):
        yield f'e{i},2022-01-13,Title {i},"{"A long statement, said. " * 25}"\n'


LARGE = {
    "prices": ("date,close" + "".join(f",c{i}" for i in range(200)) + "\n", wide_prices),
    "events": ("event_id,date,title,statement\n", long_events),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", LARGE)
def test_a_file_near_the_limit_is_read_in_half_a_gigabyte(tmp_path, what):
    head, rows = LARGE[what]
    path = tmp_path / f"{what}.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(head)
        file.writelines(rows())
    assert 60e6 < path.stat().st_size < 64 * 2**20
    found = subprocess.run(
        [sys.executable, "-c", READ, what, str(path)],
        env={**os.environ, "PYTHONPATH": str(PLACE)},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert (found.returncode, found.stderr) == (0, ""), found.stderr
    assert int(found.stdout) < 500
