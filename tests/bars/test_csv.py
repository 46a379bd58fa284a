"""Bars from files: the exports of four vendors, folders, and what cannot be read."""

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import PriceDataError

CLOSES = [287.97, 287.80, 286.37, 285.61]
ENDS = ["14:00", "14:10", "14:20", "14:30"]


def ten(minute):
    return f"{13 + minute // 60}:{minute % 60:02d}"


FILES = {
    "finam": (
        "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>\n"
        "SBER,10,20220113,135000,287,289,280,287.97,100\n"
        "SBER,10,20220113,140000,287,289,280,287.80,100\n"
        "SBER,10,20220113,141000,287,289,280,286.37,100\n"
        "SBER,10,20220113,142000,287,289,280,285.61,100\n",
        {"timezone": "Europe/Moscow", "label": "start"},
        "Finam",
    ),
    "finam with semicolons": (
        "<DATE>;<TIME>;<OPEN>;<HIGH>;<LOW>;<CLOSE>;<VOL>\n"
        "13/01/22;13:50;287,0;289,0;280,0;287,97;100\n"
        "13/01/22;14:00;287,0;289,0;280,0;287,80;100\n"
        "13/01/22;14:10;287,0;289,0;280,0;286,37;100\n"
        "13/01/22;14:20;287,0;289,0;280,0;285,61;100\n",
        {"timezone": "Europe/Moscow", "label": "start"},
        "Finam",
    ),
    "metatrader": (
        "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n"
        "2022.01.13\t12:50:00\t287\t289\t280\t287.97\t5\t0\t1\n"
        "2022.01.13\t13:00:00\t287\t289\t280\t287.80\t5\t0\t1\n"
        "2022.01.13\t13:10:00\t287\t289\t280\t286.37\t5\t0\t1\n"
        "2022.01.13\t13:20:00\t287\t289\t280\t285.61\t5\t0\t1\n",
        {"timezone": "Europe/Athens"},
        "MetaTrader",
    ),
    "tradingview": (
        "time,open,high,low,close,Volume\n"
        "1642071000,287,289,280,287.97,100\n"
        "1642071600,287,289,280,287.80,100\n"
        "1642072200,287,289,280,286.37,100\n"
        "1642072800,287,289,280,285.61,100\n",
        {},
        "TradingView",
    ),
    "tradingview with offsets": (
        "time,open,high,low,close,Volume\n"
        "2022-01-13T13:50:00+03:00,287,289,280,287.97,100\n"
        "2022-01-13T14:00:00+03:00,287,289,280,287.80,100\n"
        "2022-01-13T14:10:00+03:00,287,289,280,286.37,100\n"
        "2022-01-13T14:20:00+03:00,287,289,280,285.61,100\n",
        {},
        "TradingView",
    ),
    "dukascopy": (
        "Gmt time,Open,High,Low,Close,Volume\n"
        "13.01.2022 10:50:00.000,287,289,280,287.97,100\n"
        "13.01.2022 11:00:00.000,287,289,280,287.80,100\n"
        "13.01.2022 11:10:00.000,287,289,280,286.37,100\n"
        "13.01.2022 11:20:00.000,287,289,280,285.61,100\n",
        {},
        "Dukascopy",
    ),
    "dukascopy local": (
        "Local time,Open,High,Low,Close,Volume\n"
        "13.01.2022 13:50:00.000 GMT+0300,287,289,280,287.97,100\n"
        "13.01.2022 14:00:00.000 GMT+0300,287,289,280,287.80,100\n"
        "13.01.2022 14:10:00.000 GMT+0300,287,289,280,286.37,100\n"
        "13.01.2022 14:20:00.000 GMT+0300,287,289,280,285.61,100\n",
        {},
        "Dukascopy",
    ),
    "plain ends": (
        "end,close,volume\n2022-01-13T14:00,287.97,100\n2022-01-13T14:10,287.80,100\n"
        "2022-01-13T14:20,286.37,100\n2022-01-13T14:30,285.61,100\n",
        {"timezone": "Europe/Moscow"},
        "a table of bars",
    ),
    "columns in Russian": (
        "Время;Закрытие;Объём\n2022-01-13 13:50:00;287,97;100\n2022-01-13 14:00:00;287,80;100\n"
        "2022-01-13 14:10:00;286,37;100\n2022-01-13 14:20:00;285,61;100\n",
        {
            "timezone": "Europe/Moscow",
            "label": "start",
            "columns": {"time": "Время", "close": "Закрытие", "volume": "Объём"},
        },
        "a table of bars",
    ),
}


def load(path, **options):
    return es.load_bars({"A": {"source": "csv", "path": str(path), "market": "XMOS", **options}})


@pytest.mark.parametrize("name", FILES)
def test_an_export_is_read_by_the_end_of_its_bars(name, tmp_path):
    text, options, whose = FILES[name]
    file = tmp_path / "bars.csv"
    file.write_text(text, "utf-8")
    bars = load(file, **options)["A"]
    assert bars.close.tolist() == CLOSES
    ends = pd.DatetimeIndex(bars.end.astype("datetime64[s]")).tz_localize("UTC")
    assert ends.tz_convert("Europe/Moscow").strftime("%H:%M").tolist() == ENDS
    assert any(whose in note for note in bars.notes)


def test_a_folder_is_one_series_and_what_two_files_share_is_kept_once(tmp_path):
    text, options, _ = FILES["finam"]
    head, *rows = text.splitlines()
    (tmp_path / "a.csv").write_text("\n".join([head, *rows[:3]]))
    (tmp_path / "b.csv").write_text("\n".join([head, *rows[2:]]))
    assert load(tmp_path, **options)["A"].close.tolist() == CLOSES
    (tmp_path / "b.csv").write_text("\n".join([head, rows[2].replace("286.37", "286.38")]))
    with pytest.raises(PriceDataError, match="carry the label of another bar"):
        load(tmp_path, **options)


FAULTS = {
    "no zone": (FILES["plain ends"][0], {}, "timezone: the labels name no time zone"),
    "a zone that is none": (FILES["plain ends"][0], {"timezone": "MSK"}, "Write Europe/Moscow"),
    "text in a close": (
        FILES["plain ends"][0].replace("286.37", "n/a"),
        {"timezone": "Europe/Moscow"},
        r"bars.csv:4: close: is no number for close \(found 'n/a'\)",
    ),
    "text in a time": (
        FILES["plain ends"][0].replace("2022-01-13T14:20", "later"),
        {"timezone": "Europe/Moscow"},
        r"bars.csv:4: end: is no date and time \(found 'later'\)",
    ),
    "no close": ("time,price2\n2022-01-13 10:00,1\n", {}, "there is no column of closes"),
    "no time": ("when,close\n2022-01-13 10:00,1\n", {}, "there is no column of times"),
    "empty": ("", {}, "the file is empty"),
    "header alone": ("time,close\n", {"timezone": "UTC"}, "holds no bar"),
    "ragged": ("time,close\n1642071000,1\n1642071600,1,2,3\n", {}, "is no table"),
    "day or month": (
        "<DATE>;<TIME>;<CLOSE>\n01/02/22;10:00;1\n01/02/22;10:10;2\n",
        {"timezone": "Europe/Moscow", "label": "start"},
        r"can be read in 2 ways: %d/%m/%y, %m/%d/%y",
    ),
    "a column that is not there": (
        FILES["plain ends"][0],
        {"columns": {"close": "Last"}},
        "there is no column 'Last'",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_file_that_cannot_be_read_says_where_and_what_to_write(name, tmp_path):
    text, options, said = FAULTS[name]
    file = tmp_path / "bars.csv"
    file.write_text(text, "utf-8")
    with pytest.raises(PriceDataError, match=said):
        load(file, **options)


def test_the_advice_on_two_readings_works(tmp_path):
    text, options, _ = FAULTS["day or month"]
    file = tmp_path / "bars.csv"
    file.write_text(text, "utf-8")
    assert str(load(file, date_format="%d/%m/%y", **options)["A"].first) == "2022-02-01"


def test_hours_that_clocks_show_twice_are_refused(tmp_path):
    labels = pd.date_range("2021-10-31 02:00", periods=3, freq="20min")
    file = tmp_path / "bars.csv"
    pd.DataFrame({"time": labels, "close": 1.0}).to_csv(file, index=False)
    with pytest.raises(PriceDataError, match="skip or show twice"):
        load(file, timezone="Europe/Berlin", label="start")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(PriceDataError, match=r"no\.csv"):
        load(tmp_path / "no.csv")
    (tmp_path / "none").mkdir()
    with pytest.raises(PriceDataError, match=r"holds no \.csv"):
        load(tmp_path / "none")


def test_every_digit_of_a_price_is_read(tmp_path):
    closes = np.random.default_rng(1).uniform(1, 2, 200)
    labels = pd.date_range("2022-01-13 10:00", periods=200, freq="1min")
    file = tmp_path / "bars.csv"
    pd.DataFrame({"time": labels, "close": closes}).to_csv(file, index=False)
    bars = load(file, timezone="Europe/Moscow", label="start")["A"]
    assert (bars.close == closes).all()
