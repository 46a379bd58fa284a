"""Events: what is read, what is refused and how that is said, what is written back."""

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from waiting import LIMIT

from eventstudy.errors import EventsError, InvalidArgumentError, Problem, UnknownNameError
from eventstudy.events.assets import check_assets
from eventstudy.events.cells import COLUMNS, Claim
from eventstudy.events.events import Events, write_events
from eventstudy.events.reading import read_events
from eventstudy.events.table_faults import REQUIRED

REPOSITORY_EVENTS = Path(__file__).parents[2] / "events.csv"
GOOD = {"event_id": "talks", "date": "2022-01-13", "title": "Talks"}


def csv_row(cells) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"


def table(*rows: dict[str, str]) -> str:
    """CSV text with every column that a row names; each row is good but for what it says."""
    names = list(dict.fromkeys([*REQUIRED, *(name for row in rows for name in row)]))
    full = [GOOD | {"event_id": f"e{place}"} | row for place, row in enumerate(rows)]
    return csv_row(names) + "".join(csv_row(row.get(n, "") for n in names) for row in full)


def save(folder: Path, content: str | bytes) -> Path:
    path = folder / "events.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def problems(folder: Path, content: str | bytes, timezone: str | None = None) -> list[Problem]:
    path = save(folder, content)
    with pytest.raises(EventsError) as caught:
        read_events(path, timezone=timezone)
    assert all(problem.file == str(path) for problem in caught.value.problems)
    assert all(problem.message and problem.cure for problem in caught.value.problems)
    assert "pydantic" not in str(caught.value)
    return list(caught.value.problems)


def only(folder: Path, content: str | bytes, timezone: str | None = None) -> Problem:
    (problem,) = problems(folder, content, timezone)
    return problem


# ---- what is read


def test_repository_events_are_read_and_written_back_byte_for_byte(tmp_path):
    events = read_events(REPOSITORY_EVENTS, timezone="Europe/Moscow")
    write_events(events, tmp_path / "copy.csv")
    assert len(events) == 109
    assert (tmp_path / "copy.csv").read_bytes() == REPOSITORY_EVENTS.read_bytes()


def test_a_full_row_becomes_an_event(tmp_path):
    row = {
        "time": "15:08:30",
        "not_before": "15:00",
        "known_by": "16:00",
        "timezone": "Europe/Berlin",
        "tags": "talks; nato ;",
        "assets": "RUBUSD;IMOEX",
        "claims": "IMOEX:-2.2%@2022-01-13; RUBUSD : +0.42 % @ 2022-01-14;X:−1%@2022-01-14",
        "tone": "-2",
        "confounders": " rate rise ",
    }
    (event,) = read_events(save(tmp_path, table(row)), timezone="Europe/Moscow")
    assert event.date == dt.date(2022, 1, 13)
    assert (event.time, event.not_before) == (dt.time(15, 8, 30), dt.time(15))
    assert event.known_by == dt.time(16)
    assert event.timezone == "Europe/Berlin"
    assert event.tags == ("talks", "nato")
    assert event.assets == ("RUBUSD", "IMOEX")
    assert event.claims == (
        Claim("IMOEX", -0.022, dt.date(2022, 1, 13), "IMOEX:-2.2%@2022-01-13"),
        Claim("RUBUSD", 0.0042, dt.date(2022, 1, 14), "RUBUSD : +0.42 % @ 2022-01-14"),
        Claim("X", -0.01, dt.date(2022, 1, 14), "X:−1%@2022-01-14"),
    )
    assert event.confounders == " rate rise "
    assert dict(event.attributes) == {"tone": "-2"}
    assert (event.speaker, event.line) == ("", 2)


def test_default_zone_is_used_by_rows_without_one_and_absent_zone_is_empty(tmp_path):
    path = save(tmp_path, table({"timezone": ""}, {"timezone": "UTC"}))
    assert [e.timezone for e in read_events(path, timezone="Europe/Moscow")] == [
        "Europe/Moscow",
        "UTC",
    ]
    assert [e.timezone for e in read_events(path)] == ["", "UTC"]


def test_header_alone_is_no_event(tmp_path):
    events = read_events(save(tmp_path, "event_id,date,title\n"))
    assert len(events) == 0
    assert list(events.frame.columns) == list(REQUIRED)
    assert events.frame.empty


@pytest.mark.parametrize("text", ["007", "null", "1e5", "NA", "nan", "None", "TRUE", "=1+1"])
def test_text_stays_text(tmp_path, text):
    events = read_events(save(tmp_path, table({"title": text, "tone": text})))
    (event,) = events
    assert (event.title, event.attributes["tone"]) == (text, text)
    assert events.frame.loc[0, "tone"] == text


def test_frame_has_all_columns_as_written(tmp_path):
    rows = ({"tone": "1.50", "tags": " a;b ", "time": "09:05"}, {"time": "09:05:00"})
    frame = read_events(save(tmp_path, table(*rows)), timezone="UTC").frame
    assert list(frame.columns) == ["event_id", "date", "title", "tone", "tags", "time"]
    assert frame["time"].tolist() == ["09:05", "09:05:00"]
    assert frame.loc[1, "tone"] == ""
    assert frame.loc[0, "tags"] == " a;b "
    assert frame.dtypes.astype(str).isin(["str", "object"]).all()


def test_cell_of_100_kilobytes_is_read(tmp_path):
    long = "ж" * 51_200
    assert read_events(save(tmp_path, table({"statement": long})))["e0"].statement == long


def test_lines_count_line_feeds_inside_cells_and_blank_lines(tmp_path):
    text = 'event_id,date,title\na,2022-01-13,"two\nlines"\n\nb,2022-01-14,x\n'
    assert [event.line for event in read_events(save(tmp_path, text))] == [2, 5]


def test_reading_events_does_not_load_pandas():
    code = "import sys, eventstudy.events.events; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=LIMIT).returncode == 0


# ---- the collection


@pytest.fixture
def three(tmp_path) -> Events:
    rows = (
        {"event_id": "a", "tags": "x;y", "speaker": "S", "tone": "1"},
        {"event_id": "b"},
        {"event_id": "c", "tags": "y", "speaker": "T", "tone": "2"},
    )
    return read_events(save(tmp_path, table(*rows)))


def test_values_of_columns(three):
    assert three.values("tags") == [("x", "y"), (), ("y",)]
    assert three.values("speaker") == [("S",), ("",), ("T",)]
    assert three.values("tone") == [("1",), ("",), ("2",)]
    assert len(three.values("confounders")) == 3


def test_unknown_names_are_refused_with_the_nearest(three):
    with pytest.raises(UnknownNameError, match="'speaker'"):
        three.values("speakr")
    with pytest.raises(UnknownNameError, match="'zz'"):
        three["zz"]
    with pytest.raises(UnknownNameError, match="'zz'"):
        three.select(["a", "zz"])


def test_collection_is_in_file_order(three):
    assert tuple(three.event_ids) == ("a", "b", "c")
    assert [event.event_id for event in three] == ["a", "b", "c"]
    assert three["b"].event_id == "b"


def test_selection_keeps_order_and_text(three, tmp_path):
    part = three.select(["c", "a"])
    write_events(part, tmp_path / "part.csv")
    lines = (tmp_path / "events.csv").read_text("utf-8").splitlines(keepends=True)
    assert tuple(part.event_ids) == ("a", "c")
    assert part.frame["event_id"].tolist() == ["a", "c"]
    assert (tmp_path / "part.csv").read_text("utf-8") == lines[0] + lines[1] + lines[3]


def test_unknown_assets_are_named_with_the_nearest(tmp_path):
    rows = ({}, {"assets": "IMOEX;RUBUSB", "claims": "IMOX:1%@2022-01-13"})
    events = read_events(save(tmp_path, table(*rows)))
    first, second = check_assets(events, ["IMOEX", "RUBUSD"])
    assert (first.file, first.line, first.field) == (events.source, 3, "assets")
    assert (first.value, "'RUBUSD'" in first.cure) == ("RUBUSB", True)
    assert (second.line, second.field, second.value) == (3, "claims", "IMOX")
    assert "'IMOEX'" in second.cure
    assert check_assets(events, ["IMOEX", "RUBUSB", "IMOX"]) == []


# ---- cells that are refused: column, value, part of the cure

NEW_YORK = "America/New_York"
CELLS = [
    ("event_id", "", "", ""),
    ("event_id", "Rtvi 13", "rtvi-13", ""),
    ("event_id", "../up", "up", ""),
    ("event_id", "a..b", "a.b", ""),
    ("event_id", "-a", "a", ""),
    ("event_id", "x" * 65, "x" * 64, ""),
    ("event_id", "con", "con", "Windows"),
    ("event_id", "com1.txt", "com1", "Windows"),
    ("event_id", " a", "'a'", "blanks"),
    ("date", "", "", ""),
    ("date", "13/01/2022", "2022-01-13", ""),
    ("date", "2022-1-3", "2022-01-03", ""),
    ("date", "2022/01/13", "2022-01-13", ""),
    ("date", "13.01.2022", "2022-01-13", ""),
    ("date", "01.02.2022", "2022-02-01", ""),
    ("date", "13 Jan 2022", "2022-01-13", ""),
    ("date", "January 13, 2022", "2022-01-13", ""),
    ("date", "20220113", "2022-01-13", ""),
    ("date", "2022-13-01", "2022-01-13", ""),
    ("date", "2022-02-30", "", "no such date"),
    ("date", "2022-01-13T10:30", "10:30", ""),
    ("date", "2022-01-13 ", "'2022-01-13'", "blanks"),
    ("date", "1899-12-31", "", "1900"),
    ("date", "2201-01-01", "", "2200"),
    ("date", "２０２２-01-13", "YYYY-MM-DD", ""),
    ("date", "soon", "YYYY-MM-DD", ""),
    ("title", "", "", ""),
    ("title", "  ", "", ""),
    ("time", "24:00", "00:00", "24:00"),
    ("time", "9:5", "09:05", ""),
    ("time", "13.30", "13:30", ""),
    ("time", "1:30pm", "13:30", ""),
    ("time", "12:15 am", "00:15", ""),
    ("time", "1330", "13:30", ""),
    ("time", "13:60", "59", ""),
    ("time", "13:30Z", "13:30", ""),
    ("not_before", "25:00", "23", ""),
    ("known_by", " 13:30", "'13:30'", "blanks"),
    ("timezone", "MSK", "Europe/Moscow", "abbreviation"),
    ("timezone", "EST", NEW_YORK, "abbreviation"),
    ("timezone", "CET", "Europe/Berlin", "abbreviation"),
    ("timezone", "GMT", "UTC", "abbreviation"),
    ("timezone", "+03:00", "Europe/Moscow", "offset"),
    ("timezone", "UTC+3", "Europe/Moscow", "offset"),
    ("timezone", "Europe/Moskow", "Europe/Moscow", ""),
    ("timezone", "Moscow", "Europe/Moscow", ""),
    ("timezone", "../../etc/passwd", "", ""),
    ("timezone", "UTC ", "'UTC'", "blanks"),
]


@pytest.mark.parametrize(("column", "value", "cure", "message"), CELLS)
def test_cell_is_refused(tmp_path, column, value, cure, message):
    problem = only(tmp_path, table({}, {column: value}), timezone="UTC")
    assert (problem.line, problem.field, problem.value) == (3, column, value)
    assert cure in problem.cure
    assert message in problem.message


def test_ambiguous_date_is_refused_with_both_readings(tmp_path):
    problem = only(tmp_path, table({"date": "01/02/2022"}))
    assert "ambiguous" in problem.message
    assert "2022-02-01" in problem.cure
    assert "2022-01-02" in problem.cure


@pytest.mark.parametrize(
    ("claim", "cure"),
    [
        ("IMOEX:-2.2@2022-01-13", "IMOEX:-2.2%@2022-01-13"),
        ("IMOEX:-2.2%", "IMOEX:-2.2%@2022-01-13"),
        ("IMOEX:-2,2%@2022-01-13", "IMOEX:-2.2%@2022-01-13"),
        ("-2.2%@2022-01-13", "IMOEX:-2.2%@2022-01-13"),
        ("IMOEX:-2.2%@13/01/2022", "2022-01-13"),
        ("IMOEX:-2.2%@2022-02-30", "Correct"),
        ("IMOEX:1e5%@2022-01-13", "IMOEX:-2.2%@2022-01-13"),
    ],
)
def test_malformed_claim_is_refused_beside_good_ones(tmp_path, claim, cure):
    problem = only(tmp_path, table({"claims": f"RUBUSD:1%@2022-01-13;{claim}"}))
    assert (problem.line, problem.field, problem.value) == (2, "claims", claim)
    assert cure in problem.cure


def test_every_malformed_claim_is_listed(tmp_path):
    found = problems(tmp_path, table({"claims": "A:1;B:2%;C:3%@2022-01-13"}))
    assert [problem.value for problem in found] == ["A:1", "B:2%"]


def test_second_claim_for_the_same_session_is_refused(tmp_path):
    claims = "IMOEX:1%@2022-01-13;IMOEX:2%@2022-01-14;IMOEX:3%@2022-01-13"
    problem = only(tmp_path, table({"claims": claims}))
    assert problem.value == "IMOEX:3%@2022-01-13"
    assert "second claim" in problem.message


@pytest.mark.parametrize("column", ["time", "not_before", "known_by"])
def test_clock_time_without_any_zone_is_refused(tmp_path, column):
    problem = only(tmp_path, table({column: "10:00"}))
    assert (problem.line, problem.field, problem.value) == (2, "timezone", "")
    assert "Europe/Moscow" in problem.cure


@pytest.mark.parametrize("column", ["time", "not_before", "known_by"])
def test_local_time_that_does_not_exist_is_refused(tmp_path, column):
    row = {column: "02:30", "timezone": "Europe/Berlin", "date": "2022-03-27"}
    problem = only(tmp_path, table(row))
    assert (problem.line, problem.field, problem.value) == (2, column, "02:30")
    assert "does not exist" in problem.message
    assert "UTC" in problem.cure


def test_local_time_that_happens_twice_is_refused_with_both_readings_in_utc(tmp_path):
    row = {"time": "01:30", "timezone": NEW_YORK, "date": "2022-11-06"}
    problem = only(tmp_path, table(row))
    assert (problem.field, problem.value) == ("time", "01:30")
    assert "twice" in problem.message
    assert "2022-11-06 05:30 or 2022-11-06 06:30" in problem.cure


@pytest.mark.parametrize(
    ("times", "column"),
    [
        ({"not_before": "16:00", "known_by": "15:00"}, "not_before"),
        ({"time": "14:00", "not_before": "15:00"}, "time"),
        ({"time": "16:30", "known_by": "16:00"}, "time"),
        ({"time": "00:00", "not_before": "15:00", "known_by": "16:00"}, "time"),
    ],
)
def test_bounds_that_contradict_are_refused(tmp_path, times, column):
    problem = only(tmp_path, table(times), timezone="UTC")
    assert (problem.line, problem.field, problem.value) == (2, column, times[column])


def test_bounds_that_touch_are_accepted(tmp_path):
    row = {"time": "15:00", "not_before": "15:00", "known_by": "15:00"}
    assert read_events(save(tmp_path, table(row)), timezone="UTC")["e0"].time == dt.time(15)


def test_repeated_id_names_the_first_line(tmp_path):
    problem = only(tmp_path, table({"event_id": "a"}, {"event_id": "b"}, {"event_id": "a"}))
    assert (problem.line, problem.field, problem.value) == (4, "event_id", "a")
    assert "line 2" in problem.message


@pytest.mark.parametrize("zone", ["MSK", "", "Europe/Moskow", "+03:00"])
def test_default_zone_is_checked_before_anything_is_read(tmp_path, zone):
    with pytest.raises(InvalidArgumentError, match="timezone"):
        read_events(tmp_path / "missing.csv", timezone=zone)


# ---- records and headers that are refused


def test_all_problems_are_listed_at_once_in_file_order(tmp_path):
    text = (
        "event_id,date,title,time,claims,claims\n"
        "ok,2022-01-13,t,,,\n"
        "BAD,13/01/2022,,9:5,,\n"
        "short,2022-01-13\n"
        "ok,2022-02-30,t,,,\n"
        'x,2022-01-13,t,,"a"b,\n'
        "y,2022-01-13,t,,,,,\n"
        'z,2022-01-14,"t\n\u202e",,,\n'
        'end,2022-01-13,"never closed\n'
    )
    found = [(problem.line, problem.field) for problem in problems(tmp_path, text)]
    assert found == [
        (1, "claims"),
        (3, "event_id"),
        (3, "date"),
        (3, "title"),
        (3, "time"),
        (4, ""),
        (5, "event_id"),
        (5, "date"),
        (6, ""),
        (7, ""),
        (9, "title"),
        (10, ""),
    ]


def test_problems_in_a_row_come_in_the_order_of_its_columns(tmp_path):
    text = "title,claims,date,event_id\n,x,y,Z\n"
    assert [p.field for p in problems(tmp_path, text)] == ["title", "claims", "date", "event_id"]


def test_missing_columns_are_each_named_with_the_likely_one(tmp_path):
    problem = only(tmp_path, "Event_ID,datum,headline\na,2022-01-13,t\n")
    assert problem.line == 1
    assert "Event_ID is event_id, datum is date, headline is title" in problem.message
    assert 'columns = { event_id = "Event_ID", date = "datum", title = "headline" }' in problem.cure


def test_columns_without_name_or_with_the_same_name_are_refused(tmp_path):
    found = problems(tmp_path, "event_id,date,title,,tone,tone\n")
    assert [(p.line, p.field) for p in found] == [(1, ""), (1, "tone")]
    assert "column 4" in found[0].message
    assert "5 and 6" in found[1].message


def test_blanks_around_names_of_columns_are_left_out_and_said(tmp_path):
    (tmp_path / "events.csv").write_text("event_id, date,title\na, 2022-01-13, t\n")
    read = read_events(tmp_path / "events.csv")
    assert [(e.event_id, str(e.date), e.title) for e in read] == [("a", "2022-01-13", "t")]
    assert read.understood == ("Blanks around names of columns and cells are left out.",)
    problem = only(tmp_path, "event_id,date,title\na, 2022-01-13,t\n")
    assert (problem.line, problem.field, problem.value) == (2, "date", " 2022-01-13")


@pytest.mark.parametrize(
    ("row", "counts"), [("b,2022-01-13", "2 fields"), ("b,2022-01-13,a,b,c", "5 fields")]
)
def test_ragged_row_is_refused_with_its_counts(tmp_path, row, counts):
    problem = only(tmp_path, f"event_id,date,title\n{row}\nc,2022-01-13,t\n")
    assert (problem.line, problem.field) == (2, "")
    assert counts in problem.message
    assert "3" in problem.message


def test_row_of_commas_is_one_problem(tmp_path):
    problem = only(tmp_path, "event_id,date,title\n,,\n")
    assert (problem.line, problem.message) == (2, "the row is empty")


@pytest.mark.parametrize(
    ("delimiter", "words"), [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")]
)
@pytest.mark.parametrize("quote", ["", '"'])
def test_another_delimiter_is_read_and_said(tmp_path, delimiter, words, quote):
    lines = (["event_id", "date", "title"], ["a", "2022-01-13", "one, two"])
    text = "".join(delimiter.join(quote + c + quote for c in line) + "\n" for line in lines)
    (tmp_path / "events.csv").write_text(text)
    read = read_events(tmp_path / "events.csv")
    assert [(e.event_id, str(e.date), e.title) for e in read] == [("a", "2022-01-13", "one, two")]
    assert [words in note for note in read.understood] == [True]


@pytest.mark.parametrize(
    "character",
    [
        *("\0", "\x1b", "\x0b", "\u202e", "\u2066", "\u2069", "\u200e", "\u061c"),
        *("\x7f", "\x80", "\x85", "\x9b", "\x9f", "\xad", "\u200b", "\u2028", "\u2029"),
        *("\u2060", "\u2064", "\ufeff", "\U000e0001", "\U000e0041", "\U000e007f"),
    ],
)
def test_invisible_character_is_refused_with_its_place(tmp_path, character):
    text = f'event_id,date,title,tone\na,2022-01-13,"first\nse{character}cond",1\n'
    problem = only(tmp_path, text)
    assert (problem.line, problem.field) == (3, "title")
    assert f"U+{ord(character):04X}" in problem.message
    assert "character 3 " in problem.message


def test_invisible_character_in_the_header_is_refused(tmp_path):
    problem = only(tmp_path, "event_id,date,title,to\u200fne\n")
    assert problem.line == 1
    assert "U+200F" in problem.message


def test_joiners_and_blanks_that_texts_need_are_accepted(tmp_path):
    title = "می\u200cخواهم, 👩\u200d💻, ❤\ufe0f, 5\u00a0%, \u202f−2, e\u0301"
    text = f"\ufeffevent_id,date,title\na,2022-01-13,{title}\n".replace(title, f'"{title}"')
    assert read_events(save(tmp_path, text))["a"].title == title


def test_every_invisible_character_of_a_row_is_told_by_its_cell(tmp_path):
    text = "event_id,date,title,tone\na,2022-01-13,x\u200b,1\xad\n"
    with pytest.raises(EventsError) as caught:
        read_events(save(tmp_path, text))
    told = {(own.line, own.field): own for own in caught.value.problems}
    assert set(told) == {(2, "title"), (2, "tone")}
    assert "U+200B (ZERO WIDTH SPACE) as character 15" in told[2, "title"].message
    assert "U+00AD (SOFT HYPHEN) as character 18" in told[2, "tone"].message
    assert all("Delete" in own.cure for own in told.values())


def test_tabs_and_line_breaks_inside_cells_are_accepted(tmp_path):
    text = 'event_id,date,title\na,2022-01-13,"x\ty\r\nz\rw\n"\n'
    assert read_events(save(tmp_path, text))["a"].title == "x\ty\r\nz\rw\n"


def test_quotation_mark_that_is_not_closed_is_reported_where_its_record_begins(tmp_path):
    text = 'event_id,date,title\na,2022-01-13,t\nb,2022-01-13,"never\n\nclosed\n'
    problem = only(tmp_path, text)
    assert problem.line == 3
    assert "never closed" in problem.message


def test_text_after_a_closing_quotation_mark_does_not_hide_the_next_row(tmp_path):
    text = 'event_id,date,title\na,2022-01-13,"x"y\nb,soon,t\n'
    assert [p.line for p in problems(tmp_path, text)] == [2, 3]


def test_cell_beyond_the_limit_is_refused(tmp_path):
    problem = only(tmp_path, f"event_id,date,title\na,2022-01-13,{'x' * 140_000}\n")
    assert problem.line == 2
    assert "longer than" in problem.message


# ---- files that are refused


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n \r\n"])
def test_empty_file_is_refused(tmp_path, content):
    problem = only(tmp_path, content)
    assert "empty" in problem.message
    assert ",".join(COLUMNS) in problem.cure


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_another_encoding_is_read_and_said(tmp_path, newline):
    start = b"event_id,date,title" + newline + b"a,2022-01-13,caf"
    (tmp_path / "events.csv").write_bytes(start + "é".encode("cp1252") + newline)
    read = read_events(tmp_path / "events.csv")
    assert read["a"].title == "café"
    assert read.understood == ('The text is encoded as cp1252 (encoding = "cp1252").',)


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_an_encoding_that_cannot_be_told_is_refused_with_byte_and_line(tmp_path, newline):
    start = b"event_id,date,title" + newline + b"a,2022-01-13,caf"
    problem = only(tmp_path, start + b"\xe9" + newline + b"b,2022-01-13,\x81\x8d\x90\xff" + newline)
    assert problem.line == 2
    assert f"offset {len(start)}" in problem.message
    assert "UTF-8" in problem.cure


def test_utf16_is_read_and_said(tmp_path):
    (tmp_path / "events.csv").write_bytes(table({}).encode("utf-16"))
    (tmp_path / "plain.csv").write_text(table({}))
    read = read_events(tmp_path / "events.csv")
    assert "utf-16" in " ".join(read.understood)
    assert read.event_ids == read_events(tmp_path / "plain.csv").event_ids


def test_a_file_that_is_too_large_is_refused_unread(tmp_path):
    path = tmp_path / "events.csv"
    for megabytes, words in ((512, "is larger than 512 MB"), (128, "128 MB, and not plain enough")):
        with path.open("wb") as handle:
            handle.truncate(megabytes * 2**20 + 1)
        with pytest.raises(EventsError, match=words):
            read_events(path)


def test_missing_file_folder_and_device_are_refused(tmp_path):
    for path, words in ((tmp_path / "no.csv", "no such file"), (tmp_path, "folder")):
        with pytest.raises(EventsError, match=words) as caught:
            read_events(path)
        assert caught.value.problems[0].file == str(path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(EventsError, match="regular file"):
        read_events(tmp_path / "pipe")
    with pytest.raises(EventsError, match="NUL"):
        read_events("a\0b.csv")


@pytest.mark.parametrize("address", ["http://localhost/e.csv", "HTTPS://h/e.csv", "file:///e.csv"])
def test_address_is_refused(address):
    for source in (address, Path(address)):
        with pytest.raises(EventsError, match="is an address"):
            read_events(source)


# ---- DataFrames


def frame(**columns) -> pd.DataFrame:
    return pd.DataFrame({"event_id": ["a", "b"], "date": "2022-01-13", "title": "t", **columns})


@pytest.mark.parametrize(
    "dates",
    [
        pd.to_datetime(["2022-01-13", "2022-01-14"]),
        pd.to_datetime(["2022-01-13", "2022-01-14"]).as_unit("ns"),
        [dt.date(2022, 1, 13), dt.date(2022, 1, 14)],
        [dt.datetime(2022, 1, 13), pd.Timestamp("2022-01-14")],
    ],
)
def test_dates_of_any_kind_become_iso_text(dates):
    events = read_events(frame(date=dates).set_index(pd.Index([7, 7])))
    assert events.frame["date"].tolist() == ["2022-01-13", "2022-01-14"]
    assert [event.line for event in events] == [2, 3]
    assert events.source == "DataFrame"


def test_cells_of_a_dataframe_become_text():
    given = frame(
        time=[dt.time(9, 5), dt.time(9, 5, 7)],
        whole=[1, 2],
        gap=[1.0, np.nan],
        small=np.array([0.1, 0.2], dtype="float32"),
        none=[None, "NA"],
        when=[pd.NaT, pd.Timestamp("2022-01-13")],
        flag=pd.array([True, pd.NA], dtype="boolean"),
    )
    table = read_events(given, timezone="UTC").frame
    assert table["time"].tolist() == ["09:05", "09:05:07"]
    assert table["whole"].tolist() == ["1", "2"]
    assert table["gap"].tolist() == ["1.0", ""]
    assert table["small"].tolist() == ["0.1", "0.2"]
    assert table["none"].tolist() == ["", "NA"]
    assert table["when"].tolist() == ["", "2022-01-13"]
    assert table["flag"].tolist() == ["True", ""]


@pytest.mark.parametrize(
    ("stamp", "cure"),
    [
        (pd.Timestamp("2022-01-13 10:30"), "column time"),
        (pd.Timestamp("2022-01-13", tz="Europe/Moscow"), "column timezone"),
    ],
)
def test_timestamp_with_time_or_zone_is_refused(stamp, cure):
    with pytest.raises(EventsError) as caught:
        read_events(frame(date=[dt.date(2022, 1, 13), stamp]))
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.field) == ("DataFrame", 3, "date")
    assert problem.value == str(stamp)
    assert cure in problem.cure


def test_problems_of_a_dataframe_are_those_of_a_file():
    bad = frame(title=["", "t"], date=["2022-01-13", "soon"])
    bad[3] = "x"
    with pytest.raises(EventsError) as caught:
        read_events(bad)
    assert [(p.line, p.field) for p in caught.value.problems] == [
        (1, ""),
        (2, "title"),
        (3, "date"),
    ]


def test_half_of_a_surrogate_pair_is_refused():
    with pytest.raises(EventsError, match="D800"):
        read_events(frame(title=pd.Series(["t", "\ud800"], dtype=object)))


def test_other_sources_are_refused():
    with pytest.raises(InvalidArgumentError, match="list"):
        read_events([GOOD])


def test_dataframe_is_written_as_plain_csv(tmp_path):
    write_events(read_events(frame(note=['a "b", c', "x\ry"])), tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes() == (
        b'event_id,date,title,note\na,2022-01-13,t,"a ""b"", c"\nb,2022-01-13,t,"x\ry"\n'
    )


# ---- writing


def test_writing_replaces_whole_and_leaves_nothing_else(tmp_path):
    path = save(tmp_path, table({}))
    path.chmod(0o640)
    events = read_events(path)
    path.write_text("something longer than the events\n" * 100)
    write_events(events, path)
    assert path.read_text("utf-8") == table({})
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_failed_write_leaves_no_file(tmp_path):
    events = read_events(save(tmp_path, table({})))
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        write_events(events, tmp_path / "folder")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["events.csv", "folder"]


def test_writing_through_a_link_keeps_the_link(tmp_path):
    path = save(tmp_path, table({}))
    events = read_events(path)
    (tmp_path / "link.csv").symlink_to(path)
    write_events(events.select([]), tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert len(read_events(path)) == 0
