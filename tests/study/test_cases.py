"""Small studies with one problem that people meet: what is said of each, and its cure."""

import re
import shlex

import numpy as np
import pandas as pd
import pytest
from command import call
from sheets import workbook

import eventstudy as es

STUDY = """\
title = "t"
events = "events.csv"
reports = "reports"
timezone = "America/New_York"
[windows]
estimation = [-140, -21]
event = [-5, 5]
car = [[0, 0], [0, 1]]
[assets.ACME]
source = "csv"
symbol = "prices.csv"
clock = "16:00 America/New_York"
model = { name = "constant-mean" }
"""
EVENTS = "event_id,date,title\na1,2022-03-16,Statement\na2,2022-05-04,Statement two\n"
SESSIONS = pd.bdate_range("2020-01-02", "2022-12-30")
LEVELS = 100 * np.exp(np.cumsum(np.random.default_rng(22).normal(0, 0.01, len(SESSIONS))))


def rows(day="%Y-%m-%d", level="{:.4f}", between=","):
    """Lines of a file of prices, in one manner of writing."""
    pairs = zip(SESSIONS, LEVELS, strict=True)
    return "".join(f"{d.strftime(day)}{between}{level.format(v)}\n" for d, v in pairs)


PLAIN = "date,close\n" + rows()


def german(value):
    """A number with points for thousands and a comma for decimals."""
    return f"{value * 17:,.2f}".translate(str.maketrans(",.", ".,"))


@pytest.fixture
def study(tmp_path):
    """A study without a problem."""
    (tmp_path / "study.toml").write_text(STUDY, "utf-8")
    (tmp_path / "events.csv").write_text(EVENTS, "utf-8")
    (tmp_path / "prices.csv").write_text(PLAIN, "utf-8")
    return tmp_path


def checked(study, **files):
    """What `check` says of a study with other files; how it ended, and all that it said."""
    for name, text in files.items():
        path = study / {"toml": "study.toml"}.get(name, f"{name}.csv")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = call("check", "study.toml", cwd=study)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def prices(study):
    """The prices that a study reads, by session."""
    return es.Study.read(study / "study.toml").prices.series("ACME")


def test_the_study_without_a_problem_is_silent(study):
    code, said = checked(study)
    assert code == 0
    assert "understood" not in said


# --- prices: read, and said -------------------------------------------------------------------

READ = {
    "Finam": (
        "<TICKER>;<PER>;<DATE>;<TIME>;<OPEN>;<CLOSE>;<VOL>\n"
        + "".join(
            f"ACME;D;{d:%Y%m%d};000000;{v:.4f};{v:.4f};100\n"
            for d, v in zip(SESSIONS, LEVELS, strict=True)
        ),
        1,
        ('delimiter = ";"', 'column = "<CLOSE>"'),
    ),
    "investing.com in Russian": (
        '"Дата","Цена","Откр.","Макс.","Мин.","Объём","Изм. %"\n'
        + "".join(
            f'"{d:%d.%m.%Y}","{german(v)}","1","1","1","1M","0,1%"\n'
            for d, v in reversed(list(zip(SESSIONS, LEVELS, strict=True)))
        ),
        17,
        ('date_format = "%d.%m.%Y"', 'decimal = ","', "thousands", "newest day comes first"),
    ),
}


@pytest.mark.parametrize("name", ["Finam", "investing.com in Russian"])
def test_prices_that_have_one_reading_are_read_and_said(study, name):
    text, scale, told = READ[name]
    code, said = checked(study, prices=text)
    assert code == 0, said
    for own in told:
        assert own in said
    np.testing.assert_allclose(prices(study), LEVELS * scale, rtol=1e-4)
    assert list(prices(study).index) == list(SESSIONS)


def test_a_german_sheet_is_read_with_and_without_its_options(study):
    lines = zip(SESSIONS, LEVELS, strict=True)
    numbers = (f"{d:%d.%m.%Y};" + f"{v:.4f}\n".replace(".", ",") for d, v in lines)
    text = "Дата;Курс\n" + "".join(numbers)
    for more in ("", 'delimiter = ";"\ndecimal = ","\n'):
        code, said = checked(study, prices=text, toml=STUDY + more)
        assert code == 0, said
        assert "day first, proved by line" in said
        np.testing.assert_allclose(prices(study), LEVELS, atol=1e-4)


def test_a_decimal_comma_between_commas_is_one_message_whose_cure_works(study):
    text = "date,close\n" + rows().replace(".", ",")
    code, said = checked(study, prices=text)
    assert code == 4
    assert "decimal comma in a file that commas separate" in said
    assert said.count("prices.csv:") == 1
    assert 'delimiter = ";" and decimal = ","' in said
    saved = "date;close\n" + re.sub(r",(\d+),", r";\1,", rows().replace(".", ","))
    code, said = checked(study, prices=saved, toml=STUDY + 'delimiter = ";"\ndecimal = ","\n')
    assert code == 0, said
    np.testing.assert_allclose(prices(study), LEVELS, atol=1e-4)


def returns_text(scale=1.0, form="{:.6f}"):
    """A file of returns."""
    values = np.diff(LEVELS) / LEVELS[:-1] * scale
    pairs = zip(SESSIONS[1:], values, strict=True)
    return "date,ret\n" + "".join(f"{d:%Y-%m-%d},{form.format(v)}\n" for d, v in pairs)


@pytest.mark.parametrize(
    ("scale", "form", "told"),
    [(1, "{:.8f}", "fractions"), (100, "{:.6f}", "per cent"), (100, "{:.6f}%", "per cent")],
)
def test_returns_are_told_from_prices_and_the_cure_measures_them(study, scale, form, told):
    code, said = checked(study, prices=returns_text(scale, form))
    assert code == 4
    assert "look like returns, not prices" in said
    cure = re.search(r'kind = "returns"', said)[0]
    code, said = checked(study, toml=STUDY + cure + "\n")
    assert code == 0, said
    assert told in said
    made = prices(study).pct_change().dropna()
    expected = np.diff(LEVELS) / LEVELS[:-1]
    np.testing.assert_allclose(made, expected, atol=2e-6)
    assert made.index[0] == SESSIONS[1]


def test_adjusted_closes_are_told_apart_on_event_days(study):
    jump = pd.Timestamp("2022-03-16")
    lines = (
        f"{d:%Y-%m-%d},{v:.4f},{v * (0.98 if d < jump else 1):.4f}\n"
        for d, v in zip(SESSIONS, LEVELS, strict=True)
    )
    code, said = checked(study, prices="Date,Close,Adj Close\n" + "".join(lines))
    assert code == 0, said
    assert "'Close' is used, not 'Adj Close': their changes differ on 1 day, most by 2.0%" in said
    assert "On 1 day of event windows adjusted closes move otherwise: 2022-03-16 (2.0%)." in said
    code, said = checked(study, events="event_id,date,title\na1,2022-05-04,x\n")
    assert "On no day of an event window do adjusted closes move otherwise." in said


def test_the_clock_of_a_file_that_has_none_is_asked_for_when_events_have_times(study):
    clock = 'clock = "16:00 America/New_York"\n'
    timed = "event_id,date,time,title\na1,2022-03-16,14:00,x\n"
    code, said = checked(study, events=timed, toml=STUDY.replace(clock, ""))
    assert code == 0
    assert "ACME: It has no clock" in said
    assert clock.strip() in said
    assert "no clock, so that" not in checked(study, toml=STUDY)[1]
    assert (
        "no clock, so that" not in checked(study, events=EVENTS, toml=STUDY.replace(clock, ""))[1]
    )


# --- events ------------------------------------------------------------------------------------


def test_events_with_semicolons_and_dotted_dates_are_read_and_said(study):
    text = "\ufeffevent_id;date;time;title\nr1;13.01.2022;17:30;Interview\nr2;09.03.2022;;Press\n"
    code, said = checked(study, events=text)
    assert code == 0, said
    assert "day first, proved by line 2" in said
    events = es.Study.read(study / "study.toml").events
    assert [str(event.date) for event in events] == ["2022-01-13", "2022-03-09"]


def test_a_line_that_names_the_delimiter_is_no_header(study):
    code, said = checked(study, events="sep=;\nevent_id;date;title\na1;2022-03-16;x\n")
    assert code == 0, said
    assert "sep=;" in said


def test_a_time_in_a_column_of_timestamps_is_not_lost(study):
    text = 'event_id,title,datetime,date\ntw1,"Evening",2022-03-17T01:34:50Z,2022-03-17\n'
    code, said = checked(study, events=text)
    assert code == 0, said
    assert "'datetime' fills 1 empty time" in said
    results = es.Study.read(study / "study.toml").run()
    day = results.alignment.iloc[0]
    assert (str(day["day0"])[:10], bool(day["certain"])) == ("2022-03-17", True)
    code, said = checked(study, events=text + "tw2,Morning,soon,2022-03-18\n")
    assert code == 4
    assert "it is not used" in said


CELLS = [
    ("date", "22700", "22700 is that of Excel for 1962-02-23 or of Stata for 2022-02-24"),
    ("date", "44574", "44574 is that of Excel for 2022-01-13"),
    ("time", "14:00-14:30", "Empty it; write 14:00 in not_before and 14:30 in known_by"),
    ("time", "AMC", "write in not_before when the exchange closes"),
]


@pytest.mark.parametrize(("column", "cell", "told"), CELLS)
def test_a_cell_is_told_for_what_it_is(study, column, cell, told):
    day, time = (cell, "") if column == "date" else ("2022-03-16", cell)
    code, said = checked(study, events=f"event_id,date,time,title\na,{day},{time},x\n")
    assert code == 4
    assert told in said
    assert "zone of -14:30" not in said


def test_the_bounds_that_are_proposed_for_a_range_are_read(study):
    text = "event_id,date,not_before,known_by,title\na,2022-03-16,14:00,14:30,x\n"
    code, said = checked(study, events=text)
    assert code == 0, said


ASSETS = [
    ('"ACME, OTHER"', "Separate them with semicolons: ACME; OTHER."),
    ("ACME OTHER", "Separate them with semicolons: ACME; OTHER."),
    ("acme", "Write ACME."),
    ("BRK.B", "Known: ACME, OTHER."),
]


@pytest.mark.parametrize(("cell", "told"), ASSETS)
def test_several_assets_in_one_cell_are_told_apart(study, cell, told):
    other = STUDY.split("[assets.ACME]")[1].join(["[assets.OTHER]", ""])
    code, said = checked(
        study, events=f"event_id,date,title,assets\na,2022-03-16,x,{cell}\n", toml=STUDY + other
    )
    assert code == 4
    assert told in said
    if cure := re.search(r"(?:semicolons: |Write )(.*?)\.(?: |$)", told):
        text = f"event_id,date,title,assets\na,2022-03-16,x,{cure[1]}\n"
        code, said = checked(study, events=text)
        assert code == 0, said


LISTS = {
    "Date,Event,Category,Description\n2022-02-24,Invasion,Conflict,War\n": (
        "Date is date, Event is title",
        'title = "Event"',
        (),
    ),
    "Дата;Время;Спикер;Заголовок\n13.01.2022;17:30;Рябков;Интервью\n": (
        "Дата is date, Время is time, Спикер is speaker, Заголовок is title",
        "separated by semicolons",
        (),
    ),
    "Date,MP1,Unscheduled\n1/26/2022,-0.01,0\n3/16/2022,0.02,0\n": (
        "Date is date",
        "such as fomc-2022-01-26",
        ("--set", "title=FOMC decision"),
    ),
}


@pytest.mark.parametrize("text", LISTS)
def test_a_list_of_others_is_said_column_by_column_and_imported_with_one_command(study, text):
    told, also, flags = LISTS[text]
    code, said = checked(study, events=text)
    assert code == 4
    assert told in said
    assert also in said
    assert "Did you mean 'Event'" not in said
    command = shlex.split(re.search(r"`eventstudy (import .*?)`", said)[1])
    done = call(*[{"COLUMN": "MP1"}.get(word, word) for word in command], cwd=study)
    assert done.returncode == 0, done.stderr
    code, said = checked(study)
    assert code == 0, said
    done = call("import", "events.csv", "--output", "new.csv", *flags, cwd=study)
    assert done.returncode == 0, done.stderr
    assert len(es.read_events(study / "new.csv", timezone="UTC")) == text.count("\n") - 1


@pytest.mark.parametrize("text", LISTS)
def test_the_table_that_is_proposed_for_a_list_is_read(study, text):
    code, said = checked(study, events=text)
    table = re.search(r"events = \{ path.* \} \}", said)[0].replace('"COLUMN"', '"MP1"')
    code, said = checked(study, toml=STUDY.replace('events = "events.csv"', table))
    assert code == 0, said


DATES = "event_id,date,time,title\na,1/26/2022,2:00 p.m.,x\nb,3/4/2022,2:30 PM,y\n"


def test_dates_and_times_in_one_other_manner_are_one_message_each_whose_line_works(study):
    code, said = checked(study, events=DATES)
    assert code == 4
    assert "2 dates like 1/26/2022, 3/4/2022" in said
    assert "month first, proved by line 2" in said
    assert "2 times like 2:00 p.m., 2:30 PM" in said
    line = re.search(r"events = \{ .*? \}", said)[0]
    code, said = checked(study, toml=STUDY.replace('events = "events.csv"', line))
    assert code == 0, said
    events = es.Study.read(study / "study.toml").events
    assert [str(event.date) for event in events] == ["2022-01-26", "2022-03-04"]
    assert [str(event.time) for event in events] == ["14:00:00", "14:30:00"]


def test_dates_of_two_readings_are_asked_with_both_lines(study):
    code, said = checked(study, events="event_id,date,title\na,1/2/2022,x\nb,3/4/2022,y\n")
    assert code == 4
    options = re.findall(r'date_format = "[^"]*"', said)
    assert sorted(options) == ['date_format = "%d/%m/%Y"', 'date_format = "%m/%d/%Y"']
    lines = sorted(re.findall(r"events = \{ .*? \}", said))
    for line, day in zip(lines, ("2022-02-01", "2022-01-02"), strict=True):
        assert checked(study, toml=STUDY.replace('events = "events.csv"', line))[0] == 0
        assert str(es.Study.read(study / "study.toml").events["a"].date) == day


SYNONYMS = [
    ("ticker", "assets", "ACME"),
    ("tz", "timezone", "UTC"),
    ("speaker_name", "speaker", "X"),
]


@pytest.mark.parametrize(("name", "meant", "cell"), SYNONYMS)
def test_a_synonym_is_no_attribute_by_accident(study, name, meant, cell):
    text = f"event_id,date,title,{name}\na,2022-03-16,x,{cell}\n"
    code, said = checked(study, events=text)
    assert code == 4
    assert f"Rename it to {meant}." in said
    code, said = checked(study, events=text.replace(name, meant))
    assert code == 0, said


@pytest.mark.parametrize("header", ["Event_ID,Date,TITLE", "event id,date,titles"])
def test_a_name_that_differs_by_case_blanks_or_plural_is_taken_and_said(study, header):
    code, said = checked(study, events=f"{header}\na,2022-03-16,x\n")
    assert code == 0, said
    assert "is event_id" in said


# --- the study file ------------------------------------------------------------------------------


def test_a_market_model_without_a_market_is_told_what_it_needs(study):
    code, said = checked(study, toml=STUDY.replace("constant-mean", "market-model"))
    assert code == 4
    assert 'factors = ["MARKET"]' in said
    assert "[factors.MARKET]" in said


WINDOWS = {
    "estimation = 250": "[-270, -21]",
    'estimation = "250"': "[-270, -21]",
    "estimation = [-140.0, -21.0]": "[-140, -21]",
    'estimation = "-140..-21"': "[-140, -21]",
    "estimation = [140, 21]": "[-140, -21]",
    "estimation = [21, 140]": "[-140, -21]",
    "estimation = [-21, -140]": "[-140, -21]",
    "event = 11": "[-5, 5]",
    'event = "-5..5"': "[-5, 5]",
    "event = [5, -5]": "[-5, 5]",
    "car = [0, 1]": "[[0, 1]]",
    "car = 3": "[[0, 0], [0, 1]]",
    "car = [[0, 0], [1, 0]]": "[0, 1]",
    "primary = 2": "[0, 1]",
    "exclude_from_estimation = 2": "[0, 1]",
}


@pytest.mark.parametrize("line", WINDOWS)
def test_a_window_written_otherwise_is_told_with_one_that_is_read(study, line):
    key = line.split(" = ")[0]
    rest = re.sub(rf"^{key} = .*\n", "", STUDY, flags=re.M)
    code, said = checked(study, toml=rest.replace("[windows]\n", f"[windows]\n{line}\n"))
    assert code == 4
    cure = re.search(r"Write (?:such as )?(\[[-0-9, \[\]]*\])", said)[1]
    assert cure == WINDOWS[line]
    cure = f"[{cure}]" if line.startswith("car = [[") else cure
    code, said = checked(study, toml=rest.replace("[windows]\n", f"[windows]\n{key} = {cure}\n"))
    assert code == 0, said


@pytest.mark.parametrize("model", ["constant-mean", "market-model"])
def test_a_model_that_is_only_named_is_told_how_it_is_written(study, model):
    spec = 'model = { name = "constant-mean" }'
    code, said = checked(study, toml=STUDY.replace(spec, f'model = "{model}"'))
    assert code == 4
    line = re.search(r"Write (model = \{.*?\})\.", said)[1]
    assert f'name = "{model}"' in line
    code, said = checked(study, toml=STUDY.replace(spec, line))
    assert (code == 0) == (model == "constant-mean"), said
    assert model == "constant-mean" or "[factors.FACTOR]" in said


TOLERANT = {
    "event_id , date , title\na1,2022-03-16,x\n": "Blanks around names of columns",
    "event_id, date, title\na1, 2022-03-16, x\n": "Blanks around names of columns",
    "event_id|date|title\na1|2022-03-16|x\n": "vertical bars",
    "sep=,\nevent_id,date,title\na1,2022-03-16,x\n": "names the delimiter",
}


@pytest.mark.parametrize("text", TOLERANT)
def test_blanks_and_bars_between_cells_are_read_and_said(study, text):
    code, said = checked(study, events=text)
    assert code == 0, said
    assert TOLERANT[text] in said
    event = es.Study.read(study / "study.toml").events["a1"]
    assert (str(event.date), event.title) == ("2022-03-16", "x")


TIMES = [("0.583333", "14:00"), ("14:00:00.000", "14:00"), ("14h30", "14:30")]


@pytest.mark.parametrize(("cell", "clock"), TIMES)
def test_a_time_in_one_cell_is_told_as_it_is_written_here(study, cell, clock):
    text = "event_id,date,time,title\na,2022-03-16,{},x\n"
    code, said = checked(study, events=text.format(cell))
    assert code == 4
    assert f"Write {clock}." in said
    assert checked(study, events=text.format(clock))[0] == 0


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("Wednesday, March 16, 2022", "2022-03-16"),
        ("16. März 2022", "2022-03-16"),
        ("2022-16-03", "2022-03-16"),
        ("16mar2022", "2022-03-16"),
    ],
)
def test_one_date_in_another_manner_is_told_as_it_is_written_here(study, cell, day):
    text = 'event_id,date,title\na,"{}",x\nb,2022-04-05,y\nc,2022-04-06,z\n'
    code, said = checked(study, events=text.format(cell))
    assert code == 4
    assert f"Write {day}." in said
    assert checked(study, events=text.format(day))[0] == 0


def test_a_list_of_timestamps_without_a_date_is_read_with_the_line_that_is_proposed(study):
    code, said = checked(study, events="event_id,title,datetime\na,x,2022-03-16T18:00:00Z\n")
    assert code == 4
    line = re.search(r"events = \{ path.* \} \}", said)[0]
    code, said = checked(study, toml=STUDY.replace('events = "events.csv"', line))
    assert code == 0, said
    event = es.Study.read(study / "study.toml").events["a"]
    assert (str(event.date), str(event.time), event.timezone) == ("2022-03-16", "18:00:00", "UTC")


@pytest.mark.parametrize("offset", ["-05:00", "-0500", "+00:00", "Z"])
def test_a_timestamp_with_an_offset_is_no_range_of_times(study, offset):
    text = f"event_id,title,datetime,date\na,x,2022-01-27 16:30:00{offset},2022-01-27\n"
    code, said = checked(study, events=text)
    assert code == 0, said
    event = es.Study.read(study / "study.toml").events["a"]
    hour = 16 if offset.startswith("-") else 11 if event.timezone == "America/New_York" else 16
    assert (event.time.hour, event.time.minute) == (hour, 30)


def test_before_and_after_the_session_are_bounds_by_the_hours_of_that_day(study):
    rows = "event_id,date,time,title\na,2021-11-26,AMC,x\nb,2022-03-16,BMO,y\nc,2022-03-17,AMC,z\n"
    toml = STUDY.replace('"events.csv"', '{ path = "events.csv" }')
    code, said = checked(study, events=rows, toml=toml)
    assert code == 0, said
    events = es.Study.read(study / "study.toml").events
    assert str(events["a"].not_before) == "13:00:00"  # the day after Thanksgiving
    assert str(events["b"].known_by) == "09:30:00"
    assert str(events["c"].not_before) == "16:00:00"


NO_CSV = {
    "two.xlsx": (
        lambda: workbook(
            E=[["event_id", "date", "title"], ["a1", "2022-03-16", "x"]], G=[[1], [2]]
        ),
        "2 sheets hold a table",
    ),
    "events.json": (lambda: b"[]", "the JSON holds no table"),
    "events.xls": (lambda: b"<html><table><tr><td>date</td></tr></table>", "is a web page or XML"),
    "events.parquet": (lambda: b"PAR1xxxx", "cannot be read as .parquet"),
    "note.csv": (lambda: b"My events\n", "Begin the file with the line event_id,date,title."),
}


@pytest.mark.parametrize("name", NO_CSV)
def test_what_is_no_list_of_events_is_told_for_what_it_is(study, name):
    content, told = NO_CSV[name]
    (study / name).write_bytes(content())
    code, said = checked(study, toml=STUDY.replace("events.csv", name))
    assert code == 4
    assert told in said
    assert "not UTF-8" not in said
    if lines := re.findall(r"events = \{ .*? \}", said):
        code, said = checked(study, toml=STUDY.replace('events = "events.csv"', lines[0]))
        assert code == 0, said
