"""`eventstudy add`: one event more, and not one other byte of events.csv."""

import csv
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import forked
import pytest
from any_text import plain
from hypothesis import example, given, settings
from hypothesis import strategies as st
from waiting import CTRL_C, LIMIT, on_terminal, until

import eventstudy as es
from eventstudy.errors import EventsError, InvalidArgumentError, NewEventError
from eventstudy.events.append import Target, append_event
from eventstudy.events.ids import default_id

PLACE = Path(es.__file__).parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PLACE), "PYTHONWARNINGS": "error", "COLUMNS": "200"}
STUDY = """\
title = "A study"
timezone = "Europe/Moscow"
[assets.IMOEX]
source = "sample"
symbol = "IMOEX"
"""
EVENTS = """\
event_id,date,time,title,speaker,tags,assets,claims,tone
early-2022-01-12,2022-01-12,17:29,A remark,Sergei Ryabkov,talks,,,-1
ryabkov-2022-01-13,2022-01-13,,Another,Sergei Ryabkov,,IMOEX,,0
"""
LAST = ("--date", "2022-01-13", "--title", "Third, or so", "--speaker", "Sergei Ryabkov")


def run(*arguments, cwd):
    """Run `add` in a forked process."""
    return forked.run("add", *arguments, cwd=cwd)


@pytest.fixture
def study(tmp_path):
    (tmp_path / "study.toml").write_text(STUDY, "utf-8")
    (tmp_path / "events.csv").write_text(EVENTS, "utf-8")
    return tmp_path


def added(content, cells):
    """Add an event to a file: its bytes, its events, and the old ones."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "events.csv")
        path.write_bytes(content)
        target = Target.read(path)
        append_event(target, cells)
        assert [own.name for own in Path(folder).iterdir()] == ["events.csv"]
        return path.read_bytes(), es.read_events(path), target.events


# --- any file ---------------------------------------------------------------------------------

ids = st.from_regex(r"[a-z0-9][a-z0-9_-]{4,12}", fullmatch=True)
cells = st.one_of(st.text(plain, max_size=10), st.text('a,";\t\n\r ', max_size=6))
titles = cells.filter(lambda text: text.strip())
rows = st.lists(
    st.tuples(ids, st.just("2022-01-13"), titles, cells),
    min_size=1,
    max_size=5,
    unique_by=lambda row: row[0],
)
HEADER = ("event_id", "date", "title", "note")


@st.composite
def files(draw):
    """A valid file in some notation, its newline, and an event that is not in it."""
    newline = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    quoting = draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
    *content, new = draw(rows)
    text = draw(st.sampled_from(["", "\ufeff"])) + newline * draw(st.integers(0, 2))
    for row in [HEADER, *content]:
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\r\n", quoting=quoting).writerow(row)
        text += out.getvalue().removesuffix("\r\n") + newline
        text += draw(st.sampled_from(["", newline, f"  {newline}"]))
    if draw(st.booleans()):
        text = text.rstrip("\r\n ") if not content else text[: text.rindex(newline)]
    return text.encode(), newline, quoting, dict(zip(HEADER, new, strict=True))


@settings(max_examples=150, deadline=None)
@given(files())
@example((b"event_id,date,title,note", "\n", 0, dict.fromkeys(HEADER, "2022-01-13")))
def test_the_old_bytes_come_first_and_the_event_reads_back(case):
    old, newline, quoting, event = case
    new, events, before = added(old, event)
    assert new.startswith(old)
    assert events.records[:-1] == before.records
    assert events.rows[-1].cells == tuple(event[name] for name in HEADER)
    assert new.endswith((b"\r", b"\n")) == old.endswith((b"\r", b"\n"))
    tail = new[len(old) :].decode()
    if not old.endswith((b"\r", b"\n")) and newline.encode() in old:
        assert tail.startswith(newline)
    if quoting == csv.QUOTE_ALL:
        assert tail.strip("\r\n").startswith('"')


@pytest.mark.parametrize(
    ("old", "tail"),
    [
        ("event_id,date,title\n", "b,2022-01-13,T\n"),
        ("event_id,date,title", "\nb,2022-01-13,T"),
        ("event_id,date,title\r\na,2022-01-12,t\r\n", "b,2022-01-13,T\r\n"),
        ("\ufeffevent_id,date,title\r\na,2022-01-12,t", "\r\nb,2022-01-13,T"),
        ("event_id,date,title\ra,2022-01-12,t\r", "b,2022-01-13,T\r"),
        ('"event_id","date","title"\n"a","2022-01-12","t"\n', '"b","2022-01-13","T"\n'),
        ('event_id,date,title\n"a",2022-01-12,"t"\n', '"b",2022-01-13,"T"\n'),
        ('event_id,date,title\na,2022-01-12,"t, u"\n', "b,2022-01-13,T\n"),
        ("title,event_id,date\nt,a,2022-01-12\n\n \n", "T,b,2022-01-13\n"),
        ('event_id,date,title\na,2022-01-12,"t\nu"', "\nb,2022-01-13,T"),
        ('"event_id","date","title"\r\n', '"b","2022-01-13","T"\r\n'),
    ],
)
def test_the_manner_of_a_file_is_kept(old, tail):
    event = {"event_id": "b", "date": "2022-01-13", "title": "T"}
    assert added(old.encode(), event)[0] == (old + tail).encode()


# --- ids --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("speaker", "title", "taken", "expected"),
    [
        ("Sergei Ryabkov", "On RTVI", [], "ryabkov-2022-01-13"),
        ("Sergei Ryabkov", "On RTVI again", ["ryabkov-2022-01-13"], "ryabkov-rtvi-2022-01-13"),
        ("Ryabkov, Sergei", "x", ["ryabkov-2022-01-13"], "ryabkov-2-2022-01-13"),
        ("Sergei Lavrov and Antony Blinken", "x", [], "lavrov-2022-01-13"),
        ("US Senate Democrats (group)", "x", [], "democrats-2022-01-13"),
        ("Josep Borrell Fontellés", "x", [], "fontelles-2022-01-13"),
        ("", "Key rate held at 4.25%", [], "key-rate-held-2022-01-13"),
        ("Рябков", "Да", [], "ryabkov-2022-01-13"),
        ("X" * 90, "x", [], "x" * 53 + "-2022-01-13"),
    ],
)
def test_default_id(speaker, title, taken, expected):
    found = default_id({"speaker": speaker, "title": title, "date": "2022-01-13"}, taken)
    assert found == expected


# --- the command ------------------------------------------------------------------------------


def test_add_says_where_the_event_is_and_gives_it_an_id(study):
    done = run(*LAST, "--set", "tone=-2", "--tag", "a", "--tag", "b", cwd=study)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Added ryabkov-third-2022-01-13 to events.csv, line 4." in done.stdout
    row = 'ryabkov-third-2022-01-13,2022-01-13,,"Third, or so",Sergei Ryabkov,a;b,,,-2\n'
    assert (study / "events.csv").read_text("utf-8") == EVENTS + row


def test_dry_run_prints_the_line_and_writes_nothing(study):
    done = run(*LAST, "--dry-run", cwd=study)
    line = 'ryabkov-third-2022-01-13,2022-01-13,,"Third, or so",Sergei Ryabkov,,,,\n'
    assert (done.returncode, done.stdout) == (0, line)
    assert "Nothing was written" in done.stderr
    assert (study / "events.csv").read_text("utf-8") == EVENTS
    told = json.loads(run(*LAST, "--json", "--dry-run", cwd=study).stdout)
    assert told["text"] + "\n" == line
    assert (told["line"], told["written"]) == (4, False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--date", "2022-01-13"], "--title needed"),
        ([], "--date and --title needed"),
        ([*LAST, "--id", "early-2022-01-12"], "is the id of the event on line 2 already"),
        ([*LAST, "--date", "13/01/2022"], "Write 2022-01-13"),
        ([*LAST, "--time", "5pm"], "Write 17:00"),
        ([*LAST, "--asset", "IMEOX"], "Did you mean 'IMOEX'?"),
        ([*LAST, "--claim", "RUB:1%@2022-01-13"], "unknown asset"),
        ([*LAST, "--confounders", "x"], "no column confounders. It has: event_id, date"),
        ([*LAST, "--set", "tones=1"], "no column tones"),
        ([*LAST, "--set", "tone"], "COLUMN=VALUE"),
        ([*LAST, "--set", "title=x"], "title given twice"),
        ([*LAST, "--speaker", "a\u202eb"], "U+202E"),
        ([*LAST, "--id", "../x"], "cannot be a file name"),
    ],
)
def test_what_cannot_be_added_is_2_and_nothing_is_written(study, arguments, said):
    refused = run(*arguments, cwd=study)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr
    assert (study / "events.csv").read_text("utf-8") == EVENTS
    assert len(list(study.iterdir())) == 2


def test_a_file_that_is_wrong_already_is_4(study):
    wrong = EVENTS.replace("2022-01-12,17:29", "soon,25:00")
    (study / "events.csv").write_text(wrong, "utf-8")
    refused = run(*LAST, cwd=study)
    assert refused.returncode == 4
    assert refused.stderr.startswith("2 problems:\n  events.csv:2: date:")
    assert (study / "events.csv").read_text("utf-8") == wrong


def test_mode_and_symbolic_link_stay(study):
    path, real = study / "events.csv", study / "elsewhere.csv"
    path.rename(real)
    path.symlink_to(real)
    real.chmod(0o640)
    assert run(*LAST, cwd=study).returncode == 0
    assert path.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert len(es.read_events(real, timezone="UTC")) == 3


def test_many_at_once_are_all_there(study):
    row = ("add", "--date", "2022-01-14", "--title", "x", "--id")
    with ExitStack() as stack:
        all_of_them = [
            stack.enter_context(forked.forked(*row, f"e{place}", cwd=study)) for place in range(8)
        ]
        assert [process.wait(LIMIT) for process in all_of_them] == [0] * 8
    content = (study / "events.csv").read_text("utf-8")
    assert content.startswith(EVENTS)
    ids = [row.split(",")[0] for row in content.removeprefix(EVENTS).splitlines()]
    assert sorted(ids) == [f"e{place}" for place in range(8)]


def test_killed_at_any_moment_the_file_is_old_or_new(study):
    """Real kills; what is left beside the file is swept by the next one."""
    path, seed, before = study / "events.csv", random.Random(5), EVENTS

    def writing():
        return list(study.glob(".events.csv.*.tmp"))

    for place in range(15):
        row = ("add", "--date", "2022-01-14", "--title", "x", "--id", f"e{place}")
        with forked.forked(*row, cwd=study) as process:
            if place % 3:  # while it writes, or as soon as it ends
                until(lambda: writing() or process.poll() is not None, "a write", pause=0.0005)
            else:
                time.sleep(seed.uniform(0, 0.05))
        after = path.read_text("utf-8")
        assert after in (before, f"{before}e{place},2022-01-14,,x,,,,,\n")
        before = after
    assert run(*LAST, cwd=study).returncode == 0
    assert sorted(own.name for own in study.iterdir()) == ["events.csv", "study.toml"]


def test_light_imports():
    """It reads and writes without what only measuring needs."""
    code = (
        "import sys, pathlib, tempfile; from eventstudy.cli import cli\n"
        f"folder = pathlib.Path(tempfile.mkdtemp()); (folder/'study.toml').write_text({STUDY!r})\n"
        f"(folder/'events.csv').write_text({EVENTS!r})\n"
        f"cli(['add', '--study', str(folder/'study.toml'), *{LAST!r}], standalone_mode=False)\n"
        "print(sorted({'pandas','numpy','scipy','statsmodels','plotly','rich'} & {*sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert (done.stderr, done.stdout.splitlines()[-1]) == ("", "[]")


# --- the prompt -------------------------------------------------------------------------------


def talk(answers, cwd, *arguments):
    """Answer the questions of a prompt on a real terminal; return what was on it."""

    def begin(command, **more):
        return forked.forked("add", *command, **more)

    return on_terminal(arguments, answers, begin, cwd=cwd, TERM="xterm")


def test_prompt_asks_again_until_a_value_is_right(study):
    answers = [
        ("date", "13.01.2022"),
        ("date", "2022-01-13"),
        ("title", ""),
        ("title", "Third"),
        ("time", "5pm"),
        ("time", "17:00"),
        ("speaker", "Sergei Ryabkov"),
        ("tags", ""),
        ("assets", "RUB"),
        ("assets", "IMOEX"),
        ("claims", ""),
        ("tone", "1"),
        ("event_id", "early-2022-01-12"),
        ("event_id", ""),
        ("Add this event", ""),
    ]
    code, seen = talk(answers, study)
    assert code == 0
    for said in ("Write 2022-01-13.", "Is required and is empty", "Write 17:00.", "on line 2"):
        assert said in seen
    assert "'RUB' is no asset" in seen
    assert "event_id [ryabkov-third-2022-01-13]" in seen
    row = "ryabkov-third-2022-01-13,2022-01-13,17:00,Third,Sergei Ryabkov,,IMOEX,,1\n"
    assert (study / "events.csv").read_text("utf-8") == EVENTS + row


def test_prompt_asks_only_for_what_is_not_given_and_takes_no_for_an_answer(study):
    given = ["--title", "x", "--speaker", "y", "--time", "10:00", "--id", "z", "--set", "tone=1"]
    answers = [("date", "2022-01-13"), ("tags", ""), ("assets", ""), ("claims", "")]
    code, seen = talk([*answers, ("Add this event", "n")], study, *given)
    assert (code, "Nothing was written." in seen) == (0, True)
    assert "title:" not in seen
    assert (study / "events.csv").read_text("utf-8") == EVENTS


def test_a_long_statement_is_not_cut(study):
    """A terminal by itself takes 4,095 bytes of a line and drops the rest without a word."""
    given = ["--speaker", "y", "--time", "10:00", "--id", "z", "--set", "tone=1", "--tag", "t"]
    given += ["--asset", "IMOEX", "--claim", "IMOEX:1%@2022-01-13"]
    title = "word " * 1200 + "end"
    answers = [("date", "2022-01-13"), ("title", title), ("Add this event", "y")]
    code, _ = talk(answers, study, *given)
    assert code == 0
    assert f",{title},y," in (study / "events.csv").read_text("utf-8")


def test_interrupted_at_the_prompt_is_130(study):
    code, _ = talk([("date", "2022-01-13"), ("title", CTRL_C)], study)
    assert code == 130
    assert (study / "events.csv").read_text("utf-8") == EVENTS


# --- as a library -----------------------------------------------------------------------------


def test_errors_of_the_library(study):
    target = Target.read(study / "events.csv", "Europe/Moscow", ("IMOEX",))
    event = {"event_id": "ryabkov-2022-01-13", "date": "2022-01-13", "title": "x"}
    with pytest.raises(NewEventError, match="id of the event on line 3"):
        append_event(target, event)
    with pytest.raises(InvalidArgumentError, match="no column x"):
        append_event(target, {"x": "y"})
    (study / "events.csv").write_text(EVENTS + "broken\n", "utf-8")
    with pytest.raises(EventsError, match=r"events.csv:4"):
        append_event(target, {"event_id": "e", "date": "2022-01-13", "title": "x"})
