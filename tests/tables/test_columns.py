"""What is understood of columns: dates, numbers, times, encodings, delimiters; what is asked."""

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.errors import lines_text
from eventstudy.tables.columns import Column
from eventstudy.tables.dates import date_column, readings
from eventstudy.tables.delimited import cut
from eventstudy.tables.encodings import decoded
from eventstudy.tables.numbers import decimal_marks, number_form, parsed
from eventstudy.tables.times import TimeRead, read_time
from eventstudy.tables.understood import TableError, wrapped


def column(*cells):
    """A column of cells with their lines."""
    return Column("f.csv", "x", list(enumerate(cells, 2)))


DATES = [
    (("13.01.2022", "09.03.2022"), ("2022-01-13", "2022-03-09"), "proved by line 2"),
    (("1/2/2022", "1/26/2022"), ("2022-01-02", "2022-01-26"), "proved by line 3"),
    (("2/1/2022", "26/1/2022"), ("2022-01-02", "2022-01-26"), "proved by line 3"),
    (("03.04.2022",), ("2022-04-03",), "as dates with points are"),
    (("05/05/2022",), ("2022-05-05",), "no line can be read otherwise"),
    (("20220113", "20220224"), ("2022-01-13", "2022-02-24"), ""),
    (("24feb2022", "1mar2022"), ("2022-02-24", "2022-03-01"), ""),
    (("Jan 13, 2022", "March 1st, 2022"), ("2022-01-13", "2022-03-01"), ""),
    (("13 января 2022 г.", "1 мая 2022"), ("2022-01-13", "2022-05-01"), ""),
    (("4. Mai 2022", "13 février 2022"), ("2022-05-04", "2022-02-13"), ""),
    (("Thu, 13 Jan 2022", "Friday 14 Jan 2022"), ("2022-01-13", "2022-01-14"), ""),
    (("2022-01-13T01:34:50Z", "2022-03-01 10:00"), ("2022-01-13", "2022-03-01"), ""),
    (("44574", "44616"), ("2022-01-13", "2022-02-24"), "Excel"),
    (("1/13/22", "2/1/22"), ("2022-01-13", "2022-02-01"), "two digits"),
]


@pytest.mark.parametrize(("cells", "days", "told"), DATES)
def test_dates_are_read_in_the_one_order_that_fits_and_it_is_said(cells, days, told):
    read = date_column(column(*cells))
    assert [str(day) for day in read.dates] == list(days)
    assert told in " ".join(map(str, read.notes))


UNCLEAR = [
    ("1/2/2022", "3/4/2022"),
    ("22700", "22710"),
    ("22700", "44574"),
    ("01/02/03",),
    ("13/01/2022", "01/26/2022"),
    ("2022-01-13", "soon"),
    ("2022-02-30",),
]


@pytest.mark.parametrize("cells", UNCLEAR)
def test_dates_that_are_not_clear_are_refused_once(cells):
    with pytest.raises(TableError) as caught:
        date_column(column(*cells))
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].cure


FORMS = [
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%Y%m%d",
    "%d %B %Y",
    "%B %d, %Y",
    "%d%b%Y",
]


@given(
    st.lists(st.dates(dt.date(1990, 1, 1), dt.date(2040, 1, 1)), min_size=1, max_size=30),
    st.sampled_from(FORMS),
)
def test_no_column_of_dates_is_misread(days, form):
    cells = column(*(day.strftime(form) for day in days))
    try:
        read = date_column(cells)
    except TableError as error:
        assert form in ("%d/%m/%Y", "%m/%d/%Y")
        assert 'date_format = "%d/%m/%Y"' in str(error)  # noqa: PT017
    else:
        assert read.dates == days


@given(st.dates(dt.date(1990, 1, 1), dt.date(2040, 1, 1)))
def test_the_truth_is_among_the_readings(day):
    for form in FORMS:
        assert day in readings(day.strftime(form)).values()


NUMBERS = [
    ("3,783.22", ".", 3783.22),
    ("1.771,33", ",", 1771.33),
    ("1 234,50", ",", 1234.5),
    ("1'234.50", ".", 1234.5),
    ("$12.5", ".", 12.5),
    ("12,5 €", ",", 12.5),
    ("(1.5)", ".", -1.5),
    ("−0,4 %", ",", -0.004),
    ("1e5", ".", 1e5),
    (".5", ".", 0.5),
    ("1,234,567", ".", 1234567.0),
]


@pytest.mark.parametrize(("text", "mark", "value"), NUMBERS)
def test_a_number_is_read_with_its_mark(text, mark, value):
    assert parsed(text, mark) == pytest.approx(value)


@pytest.mark.parametrize(
    "text", ["1,23,456", "1.234.5", "12 34", "1,2345.6", "x", "", "1_000", "--1"]
)
def test_what_is_no_number_is_none(text):
    assert math.isnan(parsed(text, "."))


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("1.771", ".,"),
        ("1.771,33", ","),
        ("12.5", "."),
        ("0.123", "."),
        ("1234.567", "."),
        ("7", ".,"),
    ],
)
def test_a_cell_proves_its_mark_or_does_not(text, marks):
    assert sorted(decimal_marks(text)) == sorted(marks)


def test_a_column_that_proves_nothing_is_asked_and_one_that_contradicts_is_refused():
    with pytest.raises(TableError, match=r'decimal = "\." \(1.771 is 1.771\) or decimal = ","'):
        number_form(column("1.771", "2.334"))
    with pytest.raises(TableError, match="line 2 has a decimal point and '3,4' on line 3"):
        number_form(column("1.5", "3,4"))
    assert number_form(column("1.771", "12,5")).decimal == ","


@given(
    st.lists(st.integers(1, 10**8), min_size=1, max_size=20),
    st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", "."), ("", "."), ("", ",")]),
)
def test_no_column_of_numbers_is_misread(cents, marks):
    thousands, decimal = marks
    texts = [
        f"{value // 100:,}".replace(",", thousands) + f"{decimal}{value % 100:02d}"
        for value in cents
    ]
    form = number_form(column(*texts))
    assert form.decimal == decimal
    assert [parsed(text, decimal) for text in texts] == pytest.approx([v / 100 for v in cents])


TIMES = [
    ("2:00 p.m. ET", TimeRead("14:00", zone="America/New_York")),
    ("14h30", TimeRead("14:30")),
    ("14:30 Uhr", TimeRead("14:30")),
    ("8.30 am", TimeRead("08:30")),
    ("12:00 AM", TimeRead("00:00")),
    ("0.5833333333", TimeRead("14:00")),
    ("1430", TimeRead("14:30")),
    ("14:30 CET", TimeRead("14:30", zone="Europe/Berlin")),
    ("14:00+03:00", TimeRead("14:00", zone="+03:00")),
    ("14:00-14:30", TimeRead("", "14:00", "14:30", "", "range")),
    ("2 - 2:30 pm", TimeRead("", "14:00", "14:30", "", "range")),
    ("TBD", TimeRead()),
]


@pytest.mark.parametrize(("text", "read"), TIMES)
def test_a_time_is_read_as_it_is_meant(text, read):
    assert read_time(text) == read


@pytest.mark.parametrize("text", ["25:00", "13:00 pm", "14", "14:00 CST", "15:00-14:00", "noonish"])
def test_a_time_that_is_not_clear_is_refused_with_the_reason(text):
    assert text in read_time(text)


TEXTS = [
    ("Дата;Цена закрытия\n", "cp1251"),
    ("Дата;Курс\n", "koi8-r"),
    ("Дата;Курс\n", "cp866"),
    ("Datum;Eröffnung;Prüfung\n", "cp1252"),
    ("Data;Zamknięcie;Łódź\n", "cp1250"),
    ("Дата;Событие\n", "utf-16"),
    ("Date;Clôture\n", "utf-8"),
]


@pytest.mark.parametrize(("text", "encoding"), TEXTS)
def test_an_encoding_is_told_by_its_words(text, encoding):
    assert decoded("f.csv", text.encode(encoding)).text == text


def test_an_encoding_of_two_readings_is_asked_with_a_word_of_each():
    with pytest.raises(TableError, match=r"cp1252. \(Zamkniêcie\).*cp1250. \(Zamknięcie\)"):
        decoded("f.csv", "Data;Zamknięcie\n".encode("cp1250"))


def test_a_delimiter_is_told_from_the_whole_text():
    assert cut("f", "a;b\n1,5;2\n2,5;3\n").delimiter == ";"
    assert cut("f", 'a,b\n"1;2",2\n"3;4",3\n').delimiter == ","
    assert cut("f", "sep=|\na|b\n1|2\n").delimiter == "|"
    with pytest.raises(TableError, match=r'delimiter = ";" or delimiter = ","'):
        cut("f", "a;b,c;d\n1;2,3;4\n5;6,7;8\n")
    with pytest.raises(TableError, match="f:2: a quotation mark"):
        cut("f", 'a,b\n"1,2\n3,4\n')


@given(st.text("ab c", min_size=1, max_size=200), st.integers(20, 60))
def test_a_paragraph_breaks_at_words_only(text, width):
    lines = wrapped(text, width).split("\n")
    assert " ".join(lines).split() == text.split()
    assert all(len(line) <= width or " " not in line.strip() for line in lines)


def test_lines_are_named():
    assert lines_text([3]) == "line 3"
    assert lines_text([3, 9, 12]) == "lines 3, 9 and 12"
    assert lines_text([2, 3, 4, 903], "row") == "rows 2–903"
