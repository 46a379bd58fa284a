"""Events: what must hold for any text, any notation and any bytes."""

import csv
import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from any_text import plain
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eventstudy.errors import EventsError
from eventstudy.events.events import Events, write_events
from eventstudy.events.reading import read_events

QUICK = settings(max_examples=80, deadline=None)

texts = st.text(plain, max_size=12)
cells = st.one_of(
    texts,
    st.text('a,";\t\n\r ', max_size=8),
    st.sampled_from(["007", "null", "1e5", "NA", "nan", "-0", "1,5", '"']),
)
titles = cells.filter(lambda text: text.strip())
ids = st.from_regex(r"[a-z0-9][a-z0-9_-]{4,12}", fullmatch=True)
dates = st.dates(
    min_value=pd.Timestamp("1900-01-01").date(), max_value=pd.Timestamp("2200-12-31").date()
)
rows = st.lists(
    st.tuples(ids, dates.map(str), titles, cells), max_size=5, unique_by=lambda row: row[0]
)
HEADER = ("event_id", "date", "title", "note")


def reread(content: bytes) -> tuple[Events, bytes]:
    """Events of a file, and the file that is written from them."""
    with tempfile.TemporaryDirectory() as folder:
        path, copy = Path(folder, "events.csv"), Path(folder, "copy.csv")
        path.write_bytes(content)
        events = read_events(path)
        write_events(events, copy)
        return events, copy.read_bytes()


def assert_ours(read: Callable[[], object]) -> None:
    """Nothing is raised, or EventsError alone, in our own words."""
    found: list[EventsError] = []
    try:
        read()
    except EventsError as refused:
        found.append(refused)
    for each in found:
        assert each.problems
        assert all(problem.message and problem.cure for problem in each.problems)
        assert "pydantic" not in str(each)


@st.composite
def written(draw) -> tuple[str, list[tuple[str, ...]]]:
    """A valid file in some notation, and the rows that it holds."""
    newline = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    content = draw(rows)
    text = draw(st.sampled_from(["", "\ufeff"])) + newline * draw(st.integers(0, 2))
    for row in [HEADER, *content]:
        quoting = draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]))
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\r\n", quoting=quoting).writerow(row)
        record = out.getvalue().removesuffix("\r\n")
        text += record + newline + draw(st.sampled_from(["", newline, f"  {newline}{newline}"]))
    whole = text.rpartition(record)[0] + record  # the last line may lack its newline
    return (whole if draw(st.booleans()) else text), content


@QUICK
@given(written())
def test_any_valid_file_is_written_back_byte_for_byte(case):
    text, content = case
    events, copy = reread(text.encode())
    assert copy == text.encode()
    assert [tuple(row) for row in events.frame.to_numpy()] == content


@QUICK
@given(written())
def test_text_is_kept_as_it_is(case):
    text, content = case
    events, _ = reread(text.encode())
    assert [(e.event_id, str(e.date), e.title, e.attributes["note"]) for e in events] == content


@QUICK
@given(rows)
def test_dataframe_written_and_read_is_the_same(content):
    given_frame = pd.DataFrame(content, columns=list(HEADER), dtype=object)
    events = read_events(given_frame)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "events.csv")
        write_events(events, path)
        back = read_events(path)
    pd.testing.assert_frame_equal(back.frame, events.frame)
    assert [e.title for e in back] == [e.title for e in events] == [row[2] for row in content]


HEAD = b"event_id,date,time,timezone,title,claims\n"
PIECES = [
    b",",
    b'"',
    b"\n",
    b"\r",
    b";",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"2022-01-13",
    b"e",
    b":",
]


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([b"", HEAD, b"\xff\xfe", HEAD.replace(b",", b";")]),
    st.one_of(st.binary(max_size=60), st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)),
)
@example(b"", b'"')
@example(b"", b'\0\n"\0')
@example(HEAD, b"e,2022-01-13,,,t,A:1%@9999-99-99\n")
@example(HEAD, b"e,0000-00-00,99:99,/,t,:%@\n")
def test_any_bytes_are_read_or_refused(start, content):
    assert_ours(lambda: reread(start + content))


@QUICK
@given(*[st.text(max_size=20)] * 4)
def test_any_cell_is_read_or_refused_in_our_own_words(date, time, zone, claims):
    row = {"event_id": "e", "date": date, "time": time, "timezone": zone, "title": "t"}
    assert_ours(lambda: read_events(pd.DataFrame([row | {"claims": claims}], dtype=object)))
