"""The lines that a message proposes are written, and the file is read."""

import json
import re
from contextlib import suppress

import pytest
from price_files import (
    COMPUSTAT,
    DAYS,
    LEVELS,
    LONG,
    NEWEST,
    PAIRS,
    STACKED,
    de,
    load,
    sheet,
    text,
    us,
)

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
    "one share under two names": "symbol,date,close\n"
    + "".join(f"{'FB' if d.day < 9 else 'META'},{d:%Y-%m-%d},{v}\n" for d, v in SOME),
    "growth": text(
        "date,close", lambda d, _: f"{d:%Y-%m-%d},{1 + (-1) ** d.day * (d.day + d.month) / 1000}"
    ),
    "growth in another form": text(
        "date;value", lambda d, _: f"{d:%Y-%m-%d};{1 + (-1) ** d.day * (d.day + d.month) / 1000}"
    ),
    "a page of many": text(
        "history\n\nTRADEDATE;SECID;CLOSE", lambda d, v: f"{d:%Y-%m-%d};SBER;{v}", SOME
    )
    + "\nhistory.cursor\n\nINDEX;TOTAL;PAGESIZE\n0;783;100\n",
    "another delimiter": (
        text("date;close", lambda d, v: f"{d:%Y-%m-%d};{v}", SOME),
        {"delimiter": "|"},
    ),
    "another decimal mark": (
        text("Date;Close", lambda d, v: f"{d:%d.%m.%Y};{de(v)}", PAIRS),
        {"decimal": "."},
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


REFUSED = {
    "hours": (
        text("date,close", lambda d, v: f"{d:%Y-%m-%d} 10:00,{v}\n{d:%Y-%m-%d} 11:00,{v}"),
        "prices within the day: keep the last of each day",
    ),
    "months": (
        text("date,close", lambda d, v: f"{d:%b %Y},{v}", PAIRS[::20]),
        "3 dates name no day, but a month, a week or a year",
    ),
    "a web page": ("<!DOCTYPE html><table><tr><td>date</td></tr></table>", "is a web page or XML"),
    "prices as returns": (
        (text("date,close", lambda d, v: f"{d:%Y-%m-%d},{v}"), {"kind": "returns"}),
        "look like prices, not returns (found 'returns'). Leave the option kind out",
    ),
    "another order": (
        (text("date,close", lambda d, v: f"{d:%Y-%m-%d},{v}"), {"order": "newest-first"}),
        "prices.csv:3: date: the row is not in the order newest-first",
    ),
    "no number of rows": (
        (text("date;close", lambda d, v: f"{d:%Y-%m-%d};{v}"), {"footer": "99"}),
        "is not how many rows are below the table (found '99'). Leave the option footer out",
    ),
    "no order": (
        (text("date;close", lambda d, v: f"{d:%Y-%m-%d};{v}"), {"order": "x"}),
        "is no order (found 'x'). Leave the option order out",
    ),
    "no mark of thousands": (
        (text("date;close", lambda d, v: f"{d:%Y-%m-%d};{v}"), {"thousands": "x"}),
        "cannot stand between thousands (found 'x'). Leave the option thousands out",
    ),
    "another mark of thousands": (
        (text("date;close", lambda d, v: f"{d:%Y-%m-%d};{us(v)}"), {"thousands": "none"}),
        "60 cells are no number",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_option_makes_daily_prices_is_told_for_what_it_is(tmp_path, name):
    given, told = REFUSED[name]
    content, options = given if isinstance(given, tuple) else (given, {})
    with pytest.raises(es.EventStudyError) as caught:
        load(tmp_path, "prices.csv", content, **options)
    assert told in str(caught.value)
    assert str(caught.value).startswith("A: 1 problem:")
    if "Leave the option" in told:
        assert len(load(tmp_path, "prices.csv", content).series("A")) == len(DAYS)


def test_every_option_of_a_form_reads_what_is_worked_out_without_it(tmp_path):
    lines = text("Date;Close", lambda d, v: f"{d:%d.%m.%Y};{us(v)}", NEWEST)
    content = f"A vendor\n{lines}06.04.2021;gone\nSource: a vendor\n"
    options = {
        "delimiter": ";",
        "decimal": ".",
        "thousands": ",",
        "date_format": "%d.%m.%Y",
        "header": "2",
        "footer": "1",
        "missing": "gone; lost",
        "encoding": "utf-8",
    }
    read = load(tmp_path, "a.csv", content, **options)
    assert list(read.series("A").index) == list(DAYS)
    assert list(read.series("A")) == list(LEVELS)
    assert "1 cell holds nothing, as missing says." in read.provenance["A"].notes
    worked_out = load(tmp_path, "a.csv", content, missing="gone", order="")
    notes = " ".join(worked_out.provenance["A"].notes)
    for name in ("delimiter", "thousands", "date_format", "header", "footer"):
        assert f'({name} = "{options[name]}")' in notes, name
    assert list(worked_out.series("A")) == list(LEVELS)
    newest = load(tmp_path, "a.csv", lines, order="newest-first")
    assert list(newest.series("A")) == list(LEVELS)


def test_rows_that_fill_a_page_are_noticed_and_json_is_told_by_its_text(tmp_path):
    rows = [
        ["TQBR", f"2021-{1 + at // 28:02d}-{1 + at % 28:02d}", "SBER", at + 1] for at in range(100)
    ]
    history = {"columns": ["BOARDID", "TRADEDATE", "SECID", "CLOSE"], "data": rows}
    read = load(tmp_path, "a.csv", json.dumps({"history": history}))
    assert len(read.series("A")) == 100
    assert any("100 rows are one page of MOEX ISS" in note for note in read.provenance["A"].notes)
    cursor = {"columns": ["INDEX", "TOTAL", "PAGESIZE"], "data": [[0, 783, 100]]}
    with pytest.raises(es.EventStudyError, match="rows 1 to 100 of 783"):
        load(tmp_path, "a.csv", json.dumps({"history": history, "history.cursor": cursor}))


def test_a_message_says_nothing_twice(tmp_path):
    for name, given in UNCLEAR.items():
        content, options = given if isinstance(given, tuple) else (given, {})
        if callable(content):
            continue
        with pytest.raises(es.EventStudyError) as caught:
            load(tmp_path, "a.csv", content, **options)
        sentences = re.split(r"(?<=[a-z\")])\. ", str(caught.value))
        assert len(set(sentences)) == len(sentences), name
