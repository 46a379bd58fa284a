"""What a message on a cell says is written, and the file is read again."""

import re

import pytest

import eventstudy as es
from eventstudy.events.assets import check_assets

COLUMNS = ("event_id", "date", "time", "not_before", "known_by", "timezone", "title", "assets")
COLUMNS += ("claims",)
RIGHT = {"event_id": "a1", "date": "2022-01-26", "title": "x"}

CELLS = [
    *(
        ("date", text)
        for text in ("2022-13-01", "12/28/2022", "3/4/2022", "26.01.2022", "26jan2022")
    ),
    *(("date", text) for text in ("26jan2022", "20220126", "January 26, 2022", "soon", "")),
    *(
        ("date", text)
        for text in ("2022-01-26 14:00", "2022-01-26T14:00:00Z", "44574", "22700", " 2022-01-26")
    ),
    *(("time", text) for text in ("2:00 PM", "14:00 ET", "14:00+03:00", "24:00", "14:00-14:30")),
    *(("time", text) for text in ("14:00 CST", " 14:00", "14h30", "0.5", "1400", "2pm to 3pm ET")),
    *(("timezone", text) for text in ("EST", "Moscow", "UTC+3", "Europe/Mosow")),
    *(("event_id", text) for text in ("Fed 1", "a..b", "con", "Рябков", "-x")),
    *(("assets", text) for text in ("acme", "ACME, BETA", "ACME/BETA", "ACM")),
    *(("claims", text) for text in ("ACME:-2,2%@2022-01-13", "ACME -2.2%")),
    ("title", ""),
]
CURES = {
    r"Write (\S+) here, and (\S+) in the column time.* name the zone of Z": ("date", "time", "UTC"),
    r"Write (\S+) here, and (\S+) in the column time": ("date", "time"),
    r"Write (\S+) and name the zone of (\S+) in the column timezone": ("time", "zone"),
    r"Write (\S+), and (\S+) in the column timezone": ("time", "timezone"),
    r"write (\S+) in not_before and (\S+) in known_by, with timezone (\S+)\.": (
        *("not_before", "known_by", "timezone"),
    ),
    r"write (\S+) in not_before and (\S+) in known_by": ("not_before", "known_by"),
    r"Write 00:00 with the date of the (next) day": ("next",),
    r"Separate them with semicolons: (.*)\.$": ("cell",),
    r"Remove the blanks: '(.*)'": ("cell",),
    r"Did you mean '(.*)'\?": ("cell",),
    r"Write it as YYYY-MM-DD, such as (\S+)\.": ("cell",),
    r"Write it as (\S+)\.": ("cell",),
    r"Write (\S+) \(day first\) or (\S+) \(month first\)": ("cell", "other"),
    r"Write (\S+?)[.,](?: |$)": ("cell",),
    r"(Format) the column as yyyy-mm-dd": ("format",),
    r"(Fill) it in": ("fill",),
}
"""How what a cure says is written: the first that fits, and what its parts are."""


def read(folder, row):
    """Read a file of one row, whose assets are those of a study."""
    cells = [f'"{row.get(name, "")}"' for name in COLUMNS]
    (folder / "events.csv").write_text(",".join(COLUMNS) + "\n" + ",".join(cells) + "\n", "utf-8")
    events = es.read_events(folder / "events.csv", timezone="America/New_York")
    if wrong := check_assets(events, ["ACME", "BETA", "IMOEX"]):
        raise es.EventsError(wrong)
    return events


def cured(row, name, problem):
    """Return the rows that a message proposes."""
    hits = ((re.search(pattern, problem.cure), parts) for pattern, parts in CURES.items())
    match, parts = next((hit for hit in hits if hit[0]), (None, ()))
    assert match, problem.cure
    row = {**row, name: ""}
    for part, text in zip(parts, (*match.groups(), *[""] * len(parts)), strict=False):
        if part == "cell":
            row[name] = text
        elif part == "other":
            return [row, {**row, name: text}]
        elif part in COLUMNS:
            row[part] = text
        elif part in ("zone", "UTC"):
            row["timezone"] = {"+03:00": "Europe/Moscow", "CST": "America/Chicago"}.get(text, "UTC")
        elif part == "next":
            row |= {"date": "2022-01-27", "time": "00:00"}
        elif part == "format":
            row[name] = re.findall(r"for (\S+)", problem.message)[-1]
        elif part == "fill":
            row[name] = RIGHT[name]
    return [row]


@pytest.mark.parametrize(("name", "cell"), CELLS, ids=[f"{n} {c!r}" for n, c in CELLS])
def test_what_a_message_says_is_written_and_read(tmp_path, name, cell):
    row = {**RIGHT, name: cell, **({"time": "14:00"} if name == "timezone" else {})}
    with pytest.raises(es.EventsError) as caught:
        read(tmp_path, row)
    (problem,) = caught.value.problems
    assert (problem.line, problem.field) == (2, name)
    for other in cured(row, name, problem):
        assert len(read(tmp_path, other)) == 1
