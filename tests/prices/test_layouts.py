"""Layouts of files as people have them, with made-up numbers: each read, and what is said."""

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest
from price_files import (
    DAYS,
    LEVELS,
    LONG,
    ONE_LINE,
    PRICES,
    WIDE,
    load,
    parquet,
    sheet,
    stata,
    text,
)

import eventstudy as es
from eventstudy.events.importing import Wanted, read_list, refuse_bad
from eventstudy.tables.table import Form


def test_there_are_forty_layouts():
    assert len(PRICES) + len(ONE_LINE) + len(EVENTS) >= 40


@pytest.mark.parametrize("name", PRICES)
def test_a_layout_of_prices_is_read_without_an_option(tmp_path, name):
    if name == "stooq-polish.csv":
        read = load(tmp_path, name, PRICES[name](), column="Zamkniecie")
    else:
        read = load(tmp_path, name, PRICES[name]())
    series = read.series("A")
    assert list(series.index) == list(DAYS)
    np.testing.assert_allclose(series, LEVELS, rtol=1e-12)


@pytest.mark.parametrize("name", ONE_LINE)
def test_a_layout_of_several_readings_is_read_with_the_line_that_is_proposed(tmp_path, name):
    content, options = ONE_LINE[name]
    with pytest.raises(es.EventStudyError) as caught:
        load(tmp_path, name, content)
    key, value = next(iter(options.items()))
    assert f'{key} = "{value}"' in str(caught.value) or f'{key} = "...": ' in str(caught.value)
    series = load(tmp_path, name, content, **options).series("A")
    expected = pd.Series(LEVELS, DAYS)[series.index]
    np.testing.assert_allclose(series, expected, rtol=1e-12)
    assert len(series) == (content.count("\n") - 1 if name == "ambiguous.csv" else len(series))


def test_adjusted_closes_beside_plain_ones_are_told_apart(tmp_path):
    content = text(
        "Date,Last,Adj Close",
        lambda d, v: f"{d:%d.%m.%Y},{v},{v * (0.9 if d < DAYS[30] else 1):.6f}",
    )
    notes = load(tmp_path, "a.csv", content).provenance["A"].notes
    assert any(
        "'Last' is used, not 'Adj Close'" in note and "on 1 day, most by" in note for note in notes
    )


def test_adjusted_closes_of_a_plain_file_are_told_apart_too(tmp_path):
    loaded = load(tmp_path, "a.csv", PRICES["yahoo-web.csv"]())
    assert loaded.provenance["A"].notes == (
        "'Close' is used, not 'Adj Close': their daily changes are the same (column = \"Close\").",
    )


def test_a_symbol_is_the_column_of_a_wide_table_and_the_rows_of_a_long_one(tmp_path):
    for name, content, symbol in (("wide.csv", WIDE, "RUB"), ("long.csv", LONG, "AAA")):
        series = load(tmp_path, name, content, path=name, symbol=symbol).series("A")
        expected = pd.Series(LEVELS, DAYS)[series.index]
        np.testing.assert_allclose(series, expected, rtol=1e-12)
        assert len(series) >= 57


def test_weekend_sessions_are_counted_and_joined_when_asked(tmp_path):
    days = pd.date_range("2021-01-04", periods=14)
    content = "date;close\n" + "".join(f"{d:%Y-%m-%d};{100 + at}\n" for at, d in enumerate(days))
    kept = load(tmp_path, "a.csv", content)
    assert len(kept.series("A")) == 14
    assert "4 sessions on Saturdays and Sundays kept" in " ".join(kept.provenance["A"].notes)
    for setting in ("drop", "join"):
        read = load(tmp_path, "a.csv", content, weekends=setting)
        assert list(read.series("A")) == [100, 101, 102, 103, 104, 107, 108, 109, 110, 111]


def test_weekend_returns_are_compounded_into_the_next_session(tmp_path):
    days = pd.date_range("2021-01-04", periods=14)
    content = "date;ret\n" + "".join(
        f"{d:%Y-%m-%d};{0.01 if at % 2 else -0.01}\n" for at, d in enumerate(days)
    )
    joined = load(tmp_path, "a.csv", content, weekends="join", kind="returns").series("A")
    changes = joined.pct_change().dropna()
    assert len(changes) == 10
    monday = changes[pd.Timestamp("2021-01-11")]
    assert monday == pytest.approx(1.01 * 0.99 * 1.01 - 1)


def test_factors_of_the_library_are_fractions(tmp_path):
    path = tmp_path / "ff.csv"
    path.write_text(
        "This file was created using the CRSP database.\nThe 1-month rate is from a vendor.\n\n"
        ",Mkt-RF,SMB,HML,RF\n19260701,    0.10,   -0.25,   -0.27,   0.009\n"
        "19260702,    0.45,   -0.33,   -0.06,   0.009\n19260706,  -99.99,  0.30,  -0.39,  0.009\n"
        "\nCopyright 2024 Kenneth R. French\n"
    )
    frame = es.read_factors(path).frame
    assert list(frame) == ["Mkt-RF", "SMB", "HML", "RF"]
    assert frame.loc["1926-07-02"].tolist() == pytest.approx([0.0045, -0.0033, -0.0006, 0.00009])
    assert np.isnan(frame.loc["1926-07-06", "Mkt-RF"])
    with pytest.raises(es.EventStudyError, match="no column 'rf'"):
        es.read_factors(path, rf="rf")


def test_prices_and_factor_returns_are_measured_together(tmp_path):
    days = pd.bdate_range("2020-01-02", periods=400)
    drawn = np.random.default_rng(5).normal(0, 0.01, (2, 400))
    prices = pd.DataFrame({"close": 100 * np.cumprod(1 + drawn[0] + drawn[1])}, days)
    prices.to_csv(tmp_path / "p.csv", index_label="date")
    factor = pd.DataFrame({"Mkt-RF": 100 * drawn[0]}, days)
    factor.to_csv(tmp_path / "f.csv", index_label="date")
    loaded = es.load_prices(
        {"A": "csv:p.csv", "M": {"source": "csv", "symbol": "f.csv", "kind": "returns"}},
        folder=tmp_path,
    )
    made = loaded.series("M").pct_change().dropna()
    np.testing.assert_allclose(made, drawn[0], atol=1e-12)
    events = pd.DataFrame({"event_id": ["e"], "date": ["2021-05-03"], "title": ["t"]})
    results = es.run_study(es.read_events(events), loaded, model=es.models.MarketModel("M"))
    assert float(results.car()["se"].iloc[0]) > 0


# --- events --------------------------------------------------------------------------------------

NEW_YORK = "America/New_York"
EVENTS = {
    "fomc-list.csv": (
        "Date,MP1,Unscheduled\n1/26/2022,-0.01,0\n3/16/2022,0.02,0\n",
        {"fixed": {"title": "FOMC", "time": "14:00"}, "timezone": NEW_YORK},
        [("2022-01-26", "14:00", "FOMC"), ("2022-03-16", "14:00", "FOMC")],
    ),
    "fomc-times.csv": (
        'Decision date,Time,Event\n"January 26, 2022",2:00 p.m. ET,Holds\n'
        '"March 16, 2022",2:00 p.m. ET,Raises\n',
        {"columns": {"date": "Decision date"}, "timezone": NEW_YORK},
        [("2022-01-26", "14:00", "Holds"), ("2022-03-16", "14:00", "Raises")],
    ),
    "wikipedia.csv": (
        "Date,Event\n24 February 2022,Invasion\n1 June 2022,Embargo\n",
        {},
        [("2022-02-24", "", "Invasion"), ("2022-06-01", "", "Embargo")],
    ),
    "german.csv": (
        "Datum;Uhrzeit;Ereignis\n13.01.2022;14:30 Uhr;Rede\n4. Mai 2022;;Sitzung\n".encode(
            "cp1252"
        ),
        {"timezone": "Europe/Berlin"},
        [("2022-01-13", "14:30", "Rede"), ("2022-05-04", "", "Sitzung")],
    ),
    "russian.csv": (
        "Дата;Время;Спикер;Заголовок\n13.01.2022;17:30;Рябков;Интервью РТВИ\n".encode("cp1251"),
        {"timezone": "Europe/Moscow"},
        [("2022-01-13", "17:30", "Интервью РТВИ")],
    ),
    "ibes.csv": (
        "OFTIC,ANNDATS,ANNTIMS,Headline\nAAPL,27jan2022,16:30:00,Q1\n",
        {"timezone": NEW_YORK},
        [("2022-01-27", "16:30", "Q1")],
    ),
    "tweets.json": (
        json.dumps([{"created_at": "2022-03-17T01:34:50Z", "text": "a", "title": "Tweet"}]),
        {"timezone": NEW_YORK},
        [("2022-03-17", "01:34:50", "Tweet")],
    ),
    "sanctions.csv": (
        "List of measures\n\nDay,Measure\n23/02/2022,First\n25/02/2022,Second\n\nSource: us\n",
        {"columns": {"title": "Measure"}},
        [("2022-02-23", "", "First"), ("2022-02-25", "", "Second")],
    ),
    "compact.txt": (
        "date\ttitle\n20220113\tTalks\n20220224\tInvasion\n",
        {},
        [("2022-01-13", "", "Talks"), ("2022-02-24", "", "Invasion")],
    ),
    "fomc.xlsx": (
        lambda: sheet(
            FOMC=[
                ["FOMC decisions", "", ""],
                ["Date", "Time", "Headline"],
                [dt.date(2022, 1, 26), dt.time(14, 0), "Holds"],
                [dt.date(2022, 3, 16), dt.time(14, 0), "Raises"],
            ]
        ),
        {"timezone": NEW_YORK},
        [("2022-01-26", "14:00", "Holds"), ("2022-03-16", "14:00", "Raises")],
    ),
    "events.dta": (
        lambda: stata(
            pd.DataFrame({"date": pd.to_datetime(["2022-01-13"]), "title": ["Talks"], "t": [2.0]})
        ),
        {},
        [("2022-01-13", "", "Talks")],
    ),
    "events.parquet": (
        lambda: parquet(pd.DataFrame({"date": ["2022-01-13"], "title": ["Talks"]})),
        {},
        [("2022-01-13", "", "Talks")],
    ),
    "utf-16.csv": (
        "Date;Event\n13.01.2022;Переговоры\n".encode("utf-16"),
        {},
        [("2022-01-13", "", "Переговоры")],
    ),
}


def imported(folder, name, content, **said):
    """Write a list and read it."""
    content = content() if callable(content) else content
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    form = Form(**said.pop("form", {}))
    made = read_list(folder / name, Wanted(form=form, **said))
    refuse_bad(made)
    return made, [made.cells(row) for row in made.rows]


@pytest.mark.parametrize("name", EVENTS)
def test_a_layout_of_events_is_imported(tmp_path, name):
    content, said, expected = EVENTS[name]
    _, rows = imported(tmp_path, name, content, **said)
    found = [(row["date"], row.get("time", ""), row["title"]) for row in rows]
    assert found == expected
    assert all(row["event_id"] for row in rows)


def test_amc_and_bmo_are_bounds_by_the_hours_of_the_exchange(tmp_path):
    content = "Symbol,Date,Time,Event\nAAPL,2022-01-27,AMC,Q1\nMSFT,2022-01-25,bmo,Q2\n"
    content += "X,2022-01-26,TBD,Q3\n"
    _, rows = imported(tmp_path, "a.csv", content, timezone=NEW_YORK)
    bounds = [(r["assets"], r["not_before"], r["known_by"], r.get("time", "")) for r in rows]
    assert bounds == [("AAPL", "16:00", "", ""), ("MSFT", "", "09:30", ""), ("X", "", "", "")]


def test_ids_do_not_depend_on_the_order_of_the_rows(tmp_path):
    lines = [
        "2022-01-13,Лавров,Ответ США",
        "2022-01-13,Лавров,Гарантии безопасности",
        "2022-01-14,Müller,Rede",
    ]
    found = []
    for at, order in enumerate((lines, lines[::-1])):
        content = "Date,Speaker,Title\n" + "\n".join(order) + "\n"
        _, rows = imported(tmp_path, f"{at}.csv", content)
        found.append({row["title"]: row["event_id"] for row in rows})
    assert found[0] == found[1]
    assert found[0]["Rede"] == "muller-2022-01-14"
    assert len(set(found[0].values())) == 3
