"""The lines that a message proposes are written, and the file is read."""

import re
from contextlib import suppress

import pytest
from price_files import COMPUSTAT, LONG, PAIRS, STACKED, load, sheet, text

import eventstudy as es

LINE = re.compile(r'\b(\w+) = "((?:[^"\\]|\\.)*)"')
SOME = PAIRS[1:9]

UNCLEAR = {
    "dates in two orders": text("Date,Close", lambda d, v: f"{d:%d/%m/%Y},{v}", PAIRS[1:7]),
    "short years in two orders": text("Date,Close", lambda d, v: f"{d:%d/%m/%y},{v}", PAIRS[1:7]),
    "days of two programs": text("date,close", lambda d, v: f"{22000 + d.day},{v}", SOME),
    "thousands or decimals": text(
        "date;close", lambda d, v: f"{d:%Y-%m-%d};1,{int(v) % 900 + 100}", SOME
    ),
    "several series": LONG,
    "several series of a vendor": COMPUSTAT,
    "two columns of closes": STACKED,
    "two columns of numbers": text("date;alpha;beta", lambda d, v: f"{d:%Y-%m-%d};{v};{v}", SOME),
    "two columns of dates": text(
        "trade date;session;close", lambda d, v: f"{d:%Y-%m-%d};{d:%Y-%m-%d};{v}", SOME
    ),
    "two delimiters": text("date;a,close;b", lambda d, v: f"{d:%Y-%m-%d};1,{v};2", SOME),
    "two encodings": (
        "date;close;note\n" + "".join(f"{d:%Y-%m-%d};{v};é\n" for d, v in SOME)
    ).encode("cp1252"),
    "returns": text("date,ret", lambda d, _: f"{d:%Y-%m-%d},{(-1) ** d.day * 0.01}", SOME),
    "an unknown kind": (text("date;ret", lambda d, _: f"{d:%Y-%m-%d};0.01", SOME), {"kind": "x"}),
    "returns of a doubtful size": (
        text("date;ret", lambda d, _: f"{d:%Y-%m-%d};{(-1) ** d.day * 0.09}", SOME),
        {"kind": "returns"},
    ),
    "an unknown setting of weekends": (
        text("date;close", lambda d, v: f"{d:%Y-%m-%d};{v}", SOME),
        {"weekends": "x"},
    ),
    "a sheet of two": lambda: sheet(
        A=[["Date", "Close"], *([d.date(), float(v)] for d, v in SOME)],
        B=[["Date", "Close"], *([d.date(), float(v)] for d, v in SOME)],
    ),
}


@pytest.mark.parametrize("name", UNCLEAR)
def test_every_line_that_is_proposed_is_read(tmp_path, name):
    given = UNCLEAR[name]
    content, options = given if isinstance(given, tuple) else (given, {})
    content = content() if callable(content) else content
    file = "a.xlsx" if "sheet" in name else "a.csv"
    with pytest.raises(es.EventStudyError) as caught:
        load(tmp_path, file, content, **options)
    lines = [(key, value) for key, value in LINE.findall(str(caught.value)) if value != "..."]
    assert lines, str(caught.value)
    for key, value in lines:
        plain = value.replace("\\t", "\t").replace('\\"', '"').replace("\\\\", "\\")
        if name == "two delimiters" or key == "kind":  # further questions may follow
            with suppress(es.EventStudyError):
                load(tmp_path, file, content, **{**options, key: plain})
        else:
            read = load(tmp_path, file, content, **{**options, key: plain})
            assert len(read.series("A")) > 1


def test_a_message_says_nothing_twice(tmp_path):
    for name, given in UNCLEAR.items():
        content, options = given if isinstance(given, tuple) else (given, {})
        if callable(content):
            continue
        with pytest.raises(es.EventStudyError) as caught:
            load(tmp_path, "a.csv", content, **options)
        sentences = re.split(r"(?<=[a-z\")])\. ", str(caught.value))
        assert len(set(sentences)) == len(sentences), name
