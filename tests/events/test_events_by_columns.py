"""Large tables of events: read by columns, they are what their rows are, one by one."""

import csv
import datetime as dt
import io
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from eventstudy.errors import EventsError
from eventstudy.events import csv_columns, frame_table, reading, suspicious
from eventstudy.events.csv_table import FORBIDDEN, split
from eventstudy.events.event_columns import by_column, columns_of
from eventstudy.events.event_views import ColumnEvents
from eventstudy.events.events import Events, write_events
from eventstudy.events.reading import read_events
from eventstudy.events.record_columns import SEEN
from eventstudy.events.table_faults import REQUIRED

READERS = pytest.mark.parametrize("reader", ["pyarrow", "csv"])
SHARED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
HEADER = ["event_id", "date", "time", "not_before", "known_by", "timezone", "title"]
HEADER += ["tags", "assets", "claims", "estimation_start", "estimation_end", "note"]
CLOCKS = ["", "", "09:30", "23:59:59", "02:30", "9:30", "24:00", " 09:30", "before open"]
CELLS = {
    "event_id": ["a", "b.c", "con", "com1.x", "a..b", "A b", "", "é", "x" * 65, "con2", ".a"],
    "date": ["2022-01-13", "2022-03-13", "2022-11-06", "2022-02-30", "13.1.2022", "", "1850-01-01"],
    "time": CLOCKS,
    "not_before": CLOCKS,
    "known_by": CLOCKS,
    "timezone": ["", "America/New_York", "UTC", "Mars/Base", "EST", " UTC", "Europe/Moscow"],
    "title": ["t", 'said "so"', "a, b", " ", "", "zero\u200bwidth", "\xa0", "\x85", "два\nline"],
    "tags": ["", "x;y", ";"],
    "assets": ["", "A", "A; B", "B;A;A"],
    "claims": ["", "A:1%@2022-01-13", "A:1%", "A:1%@2022-01-13;A:2%@2022-01-13"],
    "estimation_start": ["", "-250", "-20", "2020-01-06", "250", "-1.5", "13.1.2020", " -250"],
    "estimation_end": ["", "-21", "-300", "-21.0", "2020-12-30", "2019-12-30", "0", "−30", "end"],
    "note": ["", "n", "bell\x07", "\u2028", "2022-01-13T10:00"],
}
good = {name: [CELLS[name][0]] for name in HEADER} | {
    "time": ["", "09:30"],
    "timezone": ["UTC", "America/New_York"],
    "title": ["t", 'said "so"', "a, b"],
    "assets": ["", "A; B"],
}


@st.composite
def tables(draw) -> list[list[str]]:
    """Rows of which most are right, and some have one or more odd cells."""
    rows = []
    for number in range(draw(st.integers(1, 6))):
        row = {name: draw(st.sampled_from(good[name])) for name in HEADER}
        row["event_id"] = f"e{number}"
        for name in draw(st.lists(st.sampled_from(HEADER), max_size=3)):
            row[name] = draw(st.sampled_from(CELLS[name]))
        rows.append(list(row.values()))
    return rows


@pytest.fixture
def large(monkeypatch):
    """Every table counts as large."""

    def read_as_large(reader: str = "pyarrow") -> None:
        monkeypatch.setattr(reading, "MANY_LINES", 0)
        monkeypatch.setattr(frame_table, "MANY_ROWS", 0)
        if reader == "csv":
            monkeypatch.setitem(sys.modules, "pyarrow", None)

    return read_as_large


def outcome(read) -> tuple[object, ...]:
    """All that is read, or all that is wrong, in order."""
    try:
        events = read()
    except EventsError as error:
        return ("refused", *error.problems)
    return (
        tuple(events),
        tuple(events.rows),
        [row.raw for row in events.rows],
        (events.head, events.columns, events.event_ids, events.understood),
        [events.values(name) for name in (*events.columns, "speaker", "tags")],
        [(tuple(e), tuple(e.rows), e.head) for e in (events.in_order(), events.select(["e0"]))]
        if "e0" in events.event_ids
        else (),
    )


def text_of(rows: list[list[str]], ends: str = "\n") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=ends).writerows(rows)
    return out.getvalue().encode()


@READERS
@SHARED
@given(tables(), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "America/New_York"]))
def test_a_file_by_columns_is_its_rows_one_by_one(
    tmp_path, large, monkeypatch, reader, rows, ends, zone
):
    path = tmp_path / "events.csv"
    path.write_bytes(text_of([HEADER, *rows], ends))
    with monkeypatch.context():
        monkeypatch.setattr(reading, "MANY_LINES", sys.maxsize)
        by_row = outcome(lambda: read_events(path, timezone=zone or None))
    large(reader)
    assert outcome(lambda: read_events(path, timezone=zone or None)) == by_row


@SHARED
@given(tables(), st.sampled_from([object, "str", "category"]))
def test_a_frame_by_columns_is_its_rows_one_by_one(large, monkeypatch, rows, dtype):
    frame = pd.DataFrame(rows, columns=HEADER, dtype=object).astype(dtype)
    monkeypatch.setattr(frame_table, "MANY_ROWS", sys.maxsize)
    by_row = outcome(lambda: read_events(frame))
    large()
    assert outcome(lambda: read_events(frame)) == by_row


PIECES = st.sampled_from(["a", ",", '"', "\n", "\r\n", "\r", "\0", " ", '"a"', '""', "\ufeff", "é"])


@READERS
@SHARED
@given(st.lists(PIECES, max_size=25).map("".join))
@example('"a"b,a,a\n')
@example('a,a,"a""\n')
@example(' \n\n"",a,a')
@example('a,"\r\n\n"","," "\n')
def test_a_text_that_is_cut_into_columns_is_what_its_records_are(large, reader, text):
    large(reader)
    content = (",".join(REQUIRED) + "\n" + text).encode()
    table = csv_columns.columns_table("events.csv", content)
    if table is not None:
        records = split("events.csv", content)
        assert list(table.rows) == list(records.rows)
        assert not records.problems
        assert (table.head, table.header) == (records.head, records.header)


@READERS
def test_ordinary_large_files_are_read_by_columns(tmp_path, large, reader):
    large(reader)
    rows = [[f"e{i}", "2022-01-13", 'a "b", c\nd', "x"] for i in range(50)]
    content = "\ufeff".encode() + text_of([["event_id", "date", "title", "note"], *rows], "\r\n")
    (tmp_path / "events.csv").write_bytes(content + b"\r\n\r\n")
    events = read_events(tmp_path / "events.csv")
    assert isinstance(events, ColumnEvents)
    assert [event.title for event in events] == ['a "b", c\nd'] * 50
    write_events(events, tmp_path / "copy.csv")
    assert (tmp_path / "copy.csv").read_bytes() == content + b"\r\n\r\n"


def test_times_of_a_further_column_are_filled_in_a_large_file_too(tmp_path, large):
    rows = [["a", "2022-01-13", "t", "2022-01-13T10:00:00Z"], ["b", "2022-01-14", "t", ""]]
    content = text_of([["event_id", "date", "title", "timestamp"], *rows])
    (tmp_path / "events.csv").write_bytes(content)
    by_row = outcome(lambda: read_events(tmp_path / "events.csv"))
    large()
    assert outcome(lambda: read_events(tmp_path / "events.csv")) == by_row
    assert by_row[0][0].time == dt.time(10)


def test_moments_and_missing_cells_of_a_frame_are_written_as_by_rows(large):
    days = pd.to_datetime(["2022-01-13", "2022-01-14 09:30", None], format="mixed")
    frame = pd.DataFrame({"event_id": ["a", "b", None], "date": days, "title": ["t", np.nan, 1.5]})
    by_row = outcome(lambda: read_events(frame))
    large()
    assert outcome(lambda: read_events(frame)) == by_row
    assert by_row[0] == "refused"


@pytest.mark.parametrize("most", [3, 4, 5, 6, 100])
def test_very_many_problems_end_the_reading_at_the_same_line(tmp_path, large, monkeypatch, most):
    monkeypatch.setattr(reading, "MOST_PROBLEMS", most)
    monkeypatch.setattr(suspicious, "MOST_PROBLEMS", most)
    wrong = [["e", "2022-1-1", ""], ["f", "2022-01-01", "t"], ["e", "2022-1-1", ""], ["f", "", "t"]]
    (tmp_path / "events.csv").write_bytes(text_of([REQUIRED, *wrong]))
    by_row = outcome(lambda: read_events(tmp_path / "events.csv"))
    large()
    assert outcome(lambda: read_events(tmp_path / "events.csv")) == by_row
    assert ("read no further" in str(by_row)) == (most < 6)


def test_bytes_of_hidden_characters_are_not_passed_over():
    every = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))
    for hidden in set(FORBIDDEN.findall(every)):
        assert hidden.encode().translate(None, SEEN), hidden


def test_columns_are_those_of_the_events(large):
    rows = [
        ["a", "2022-01-13", "09:30", "", "", "UTC", "t", "", "A; B", "", "", "", ""],
        ["b", "2022-01-14", "", "08:00", "", "", "t", "", "", "", "", "", ""],
    ]
    frame = pd.DataFrame(rows, columns=HEADER)
    large()
    events = read_events(frame, timezone="Europe/Moscow")
    ours, plain = by_column(events), columns_of(tuple(events))
    assert isinstance(events, ColumnEvents)
    assert isinstance(events.select(["b"]), Events)
    for columns in (ours, plain):
        assert columns.dates.astype(str).tolist() == ["2022-01-13", "2022-01-14"]
        assert (columns.clocks // 60_000_000).tolist() == [[570, -1], [-1, 480], [-1, -1]]
        assert [columns.zones[code] for code in columns.zone] == ["UTC", "Europe/Moscow"]
        assert [columns.asset_lists[c] for c in columns.concerned] == [("A", "B"), ()]
        assert columns.untimed.tolist() == [False, False]
