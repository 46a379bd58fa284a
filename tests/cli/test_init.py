"""`eventstudy init`: made-up files, files of the user's, and what is asked on a terminal."""

import datetime as dt
import os

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from command import call
from sheets import workbook
from small_study import COMMAND, PLACE
from waiting import on_terminal

import eventstudy as es
from eventstudy.cli.import_events import asked_columns
from eventstudy.cli.init_files import CLOCKS, SUFFIXES, clock_of
from eventstudy.events.importing import Wanted
from eventstudy.prices import Clock
from eventstudy.tables.table import Row, Table

SESSIONS = pd.bdate_range("2020-01-02", "2022-12-30")
LEVELS = 3000 * np.exp(np.cumsum(np.random.default_rng(3).normal(0, 0.01, len(SESSIONS))))
NEW_YORK = "16:00 America/New_York"


@pytest.fixture
def files(tmp_path):
    """A list of events as a workbook, a broker's prices, a German market, and a wide table."""
    pairs = list(zip(SESSIONS, LEVELS, strict=True))
    broker = "".join(f'{d:%m/%d/%Y},"{v:,.2f}"\n' for d, v in pairs[::-1])
    (tmp_path / "broker.csv").write_text("Date,Last\n" + broker)
    market = "".join(f"{d:%d.%m.%Y};" + f"{v * 2:.2f}\n".replace(".", ",") for d, v in pairs)
    (tmp_path / "market.csv").write_text("Datum;Schluss\n" + market)
    wide = "".join(f"{d:%Y-%m-%d},{v:.2f},{v / 2:.2f}\n" for d, v in pairs)
    (tmp_path / "wide.csv").write_text("date,AAA,BBB\n" + wide)
    rows = [
        ["FOMC decisions", "", ""],
        ["Decision date", "Time", "Headline"],
        [dt.date(2022, 1, 26), dt.time(14, 0), "Holds"],
        [dt.date(2022, 3, 16), dt.time(14, 0), "Raises"],
    ]
    (tmp_path / "fomc.xlsx").write_bytes(workbook(FOMC=rows))
    return tmp_path


def said(done):
    """All that a command said, on one line."""
    return " ".join((done.stdout + done.stderr).split())


def test_without_files_made_up_ones_are_written_that_are_valid_and_silent(tmp_path):
    done = call("init", "new", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == [
        *("events.csv", "prices.csv", "study.toml")
    ]
    text = (tmp_path / "new" / "study.toml").read_text("utf-8")
    assert 'source = "csv"' in text
    assert "docs/study-file.md" in text
    checked = call("check", "new/study.toml", cwd=tmp_path)
    assert checked.returncode == 0
    assert "3 events, 1 asset (SHARE)" in checked.stdout
    assert "0 findings on the prices." in checked.stdout
    assert "Nothing will be left out." in checked.stdout
    again = call("init", "new", cwd=tmp_path)
    assert again.returncode == 2
    assert "study.toml, new/events.csv already there" in said(again)


def test_the_embedded_study_is_written_when_asked(tmp_path):
    assert call("init", "new", "--example", cwd=tmp_path).returncode == 0
    assert len(es.read_events(tmp_path / "new" / "events.csv", timezone="UTC")) == 109


def test_a_workbook_and_the_prices_of_a_broker_are_a_study_in_one_command(files):
    flags = ("--events", "fomc.xlsx", "--prices", "SPX=broker.csv", "--clock", NEW_YORK)
    done = call("init", "fomc", *flags, cwd=files)
    assert done.returncode == 0, done.stderr
    assert "2 events understood" in done.stdout
    study = es.Study.read(files / "fomc" / "study.toml")
    assert study.events.event_ids == ("holds-2022-01-26", "raises-2022-03-16")
    assert study.events["holds-2022-01-26"].timezone == "America/New_York"
    np.testing.assert_allclose(study.prices.series("SPX"), LEVELS, atol=0.006)
    assert call("check", "fomc/study.toml", cwd=files).returncode == 0


def test_a_market_makes_a_market_model(files):
    flags = ("--prices", "SPX=broker.csv", "--market", "M=market.csv", "--clock", NEW_YORK)
    assert call("init", "new", *flags, cwd=files).returncode == 0
    toml = (files / "new" / "study.toml").read_text("utf-8")
    assert 'model = { name = "market-model", factors = ["M"] }' in toml
    assert "[factors.M]" in toml
    (files / "new" / "events.csv").write_text("event_id,date,title\na,2022-03-16,x\n")
    assert es.Study.read(files / "new" / "study.toml").model["SPX"] == es.models.MarketModel("M")


def test_a_name_picks_the_column_of_a_table_of_several(files):
    done = call("init", "new", "--prices", "BBB=wide.csv", cwd=files)
    assert done.returncode == 0, done.stderr
    assert "BBB gets no clock" in done.stderr
    (files / "new" / "events.csv").write_text("event_id,date,title\na,2022-03-16,x\n")
    study = es.Study.read(files / "new" / "study.toml")
    np.testing.assert_allclose(study.prices.series("BBB"), LEVELS / 2, atol=0.006)


WRONG = [
    (("--prices", "SPX=nothing.csv"), 2, "there is no file nothing.csv"),
    (("--prices", "SPX=wide.csv"), 4, 'such as column = "AAA"'),
    (("--events", "fomc.xlsx"), 2, "--prices SPX=spx.csv"),
    (("--events", "bad.csv", "--prices", "SPX=broker.csv"), 4, "'soon' is no date"),
    (("--prices", "SPX=broker.csv", "--timezone", "Nowhere"), 2, "is not a known time zone"),
]


@pytest.mark.parametrize(("flags", "code", "told"), WRONG)
def test_what_cannot_be_read_is_said_and_nothing_is_written(files, flags, code, told):
    (files / "bad.csv").write_text("Date,Event\n1/26/2022,a\nsoon,b\n")
    done = call("init", "new", *flags, cwd=files)
    assert done.returncode == code
    assert told in said(done)
    assert not (files / "new").exists()


def test_on_a_terminal_files_and_settings_are_asked_for_and_checked(files):
    answers = [
        ("File of prices", "SPX=nothing.csv"),
        ("File of prices", "SPX=wide.csv"),
        ("One of these lines", 'column = "AAA"'),
        ("When is a price of SPX struck", ""),
        ("File of prices", "MARKET=market.csv"),
        ("When is a price of MARKET struck", "at noon"),
        ("When is a price of MARKET struck", NEW_YORK),
        ("File of prices", ""),
        ("Time zone of the events", ""),
        ("File of events", "nothing.xlsx"),
        ("File of events", "fomc.xlsx"),
        ("Column of the date", ""),
        ("Column of the title", ""),
        ("Column of the time", ""),
        ("Column of the speaker", ""),
        ("Column of the assets", ""),
        ("The market among SPX, MARKET", "MARKET"),
        ("Sessions of the estimation window", "12"),
        ("Sessions of the estimation window", "120"),
    ]
    environment = {**os.environ, "PYTHONPATH": str(PLACE), "COLUMNS": "80"}
    code, seen = on_terminal([*COMMAND, "init", "new"], answers, cwd=files, env=environment)
    assert code == 0, seen
    assert "there is no file nothing.csv" in seen
    assert "nothing.xlsx: No such file" in seen
    assert "write a number from 60 on" in seen
    assert "2 events, 1 asset (SPX)" in seen
    assert "Nothing will be left out." in seen
    study = es.Study.read(files / "new" / "study.toml")
    assert study.windows.estimation == (-140, -21)
    assert study.model["SPX"] == es.models.MarketModel("MARKET")
    assert [str(event.time) for event in study.events] == ["14:00:00", "14:00:00"]
    np.testing.assert_allclose(study.prices.series("SPX"), LEVELS, atol=0.006)


def test_clocks_that_are_proposed_are_clocks():
    assert all(Clock.parse(text) for text in (*CLOCKS.values(), *SUFFIXES.values()))
    assert clock_of("^GSPC") == NEW_YORK
    assert clock_of("SAP.DE") == "17:35 Europe/Berlin"
    assert clock_of("ACME") == ""


@pytest.mark.parametrize(
    ("answers", "columns", "fixed", "told"),
    [
        (["", "", "", "", ""], {"title": "Meeting", "time": "Time (ET)"}, {}, "[Meeting]"),
        (["", "=Decision", "", "", ""], {"time": "Time (ET)"}, {"title": "Decision"}, ""),
        (["", "Met", "Rate", "", "", ""], {"title": "Rate", "time": "Time (ET)"}, {}, "no column"),
    ],
)
def test_a_list_whose_title_has_another_name_is_asked_for(answers, columns, fixed, told):
    rows = [("FOMC January", "2022-01-26", "14:00", "0.25"), ("FOMC", "2022-03-16", "14:00", "0.5")]
    header = ("Meeting", "Decision date", "Time (ET)", "Rate")
    table = Table("list.xlsx", header, 1, tuple(Row(n, row) for n, row in enumerate(rows, 2)))
    with CliRunner().isolation(input="\n".join(answers) + "\n") as streams:
        wanted = asked_columns(table, Wanted())
        seen = streams[2].getvalue().decode()
    assert wanted.columns == {"date": "Decision date", **columns}
    assert wanted.fixed == fixed
    assert told in seen


def test_a_title_is_asked_for_until_there_is_one():
    table = Table("list.csv", ("Date", "Rate"), 1, (Row(2, ("2022-01-26", "0.25")),))
    with CliRunner().isolation(input="\n\n=Rates\n\n\n\n") as streams:
        wanted = asked_columns(table, Wanted())
        seen = streams[2].getvalue().decode()
    assert wanted.fixed == {"title": "Rates"}
    assert 'Every event needs a title: write one of the columns, or "=FOMC decision"' in seen
