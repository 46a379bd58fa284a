"""Lists of events as they are published, with made-up rows: one command each."""

import datetime as dt

import pytest
from command import call
from sheets import workbook

import eventstudy as es

FOMC = "FOMC decision"
NEW_YORK = ("--timezone", "America/New_York")
LISTS = {
    "monetary surprises": (
        "Date,MP1,Unscheduled\n1/26/2022,-0.01,0\n3/16/2022,0.02,0\n",
        ("--time", "14:00", "--set", f"title={FOMC}", "--tag", "fomc", *NEW_YORK),
        [
            ("2022-01-26", "14:00", "", FOMC),
            ("2022-03-16", "14:00", "", FOMC),
        ],
    ),
    "FOMC statements": (
        "FOMC Meeting,Statement release time,Wide window,Tight window\n"
        '"January 26, 2022",2:00 pm ET,0.01,0.02\n"March 16, 2022",2:00 pm ET,-0.02,0\n',
        ("--time", "Statement release time", "--set", f"title={FOMC}", *NEW_YORK),
        [
            ("2022-01-26", "14:00", "", FOMC),
            ("2022-03-16", "14:00", "", FOMC),
        ],
    ),
    "Wikipedia": (
        'Date,Event,Category,Description\n24 February 2022,Invasion,Conflict,"War, sanctions"\n'
        "1 June 2022,Embargo,Sanctions,Oil ban\n",
        (),
        [("2022-02-24", "", "", "Invasion"), ("2022-06-01", "", "", "Embargo")],
    ),
    "a Russian sheet": (
        "Дата;Время;Спикер;Заголовок\n13.01.2022;17:30;Рябков;Интервью\n".encode("cp1251"),
        ("--timezone", "Europe/Moscow"),
        [("2022-01-13", "17:30", "", "Интервью")],
    ),
    "I/B/E/S": (
        "TICKER,CUSIP,CNAME,PENDS,ANNDATS,ANNTIMS,VALUE\n"
        "AAPL,03783310,APPLE INC,20211231,20220127,16:30:00,2.1\n",
        ("--assets", "TICKER", "--set", "title=Earnings", *NEW_YORK),
        [("2022-01-27", "16:30", "AAPL", "Earnings")],
    ),
    "Compustat": (
        "gvkey,datadate,fyearq,fqtr,tic,conm,rdq\n"
        "001690,31dec2021,2022,1,AAPL,APPLE INC,27jan2022\n",
        ("--date", "rdq", "--assets", "tic", "--set", "title=Earnings"),
        [("2022-01-27", "", "AAPL", "Earnings")],
    ),
    "Yahoo earnings": (
        "Earnings Date,EPS Estimate,Reported EPS,Surprise(%)\n"
        "2022-01-27 16:30:00-05:00,1.89,2.1,11.1\n2022-04-28 16:30:00-04:00,1.43,1.52,6.4\n",
        ("--set", "title=Earnings", "--set", "assets=AAPL", *NEW_YORK),
        [("2022-01-27", "16:30", "AAPL", "Earnings"), ("2022-04-28", "16:30", "AAPL", "Earnings")],
    ),
    "earnings calendar": (
        "Symbol,Company,Event Name,Earnings Call Time,Report Date\n"
        "AAPL,Apple,Q1,AMC,1/27/2022\nMSFT,Microsoft,Q2,BMO,1/25/2022\nT,AT&T,Q4,TAS,1/26/2022\n",
        ("--time", "Earnings Call Time", *NEW_YORK),
        [
            ("2022-01-27", "16:00-", "AAPL", "Q1"),
            ("2022-01-25", "-09:30", "MSFT", "Q2"),
            ("2022-01-26", "", "T", "Q4"),
        ],
    ),
    "economic calendar": (
        "id,date,time,zone,currency,importance,event,actual,forecast,previous\n"
        "323,26/01/2022,14:00,united states,USD,high,Fed Interest Rate Decision,0.25%,0.25%,\n"
        "324,27/01/2022,All Day,united states,USD,,Holiday,,,\n",
        ("--id", "id", "--set", "timezone=America/New_York"),
        [
            ("2022-01-26", "14:00", "", "Fed Interest Rate Decision"),
            ("2022-01-27", "", "", "Holiday"),
        ],
    ),
    "tweets": (
        "id,text,isRetweet,device,favorites,retweets,date\n"
        '1,"Tariffs, big ones!",f,iPhone,1,2,2019-05-05 16:08:00\n',
        ("--title", "text", "--id", "id", *NEW_YORK),
        [("2019-05-05", "16:08", "", "Tariffs, big ones!")],
    ),
    "ECB speeches": (
        "date|speakers|title|subtitle|contents\n"
        "2022-02-24|Christine Lagarde|On the war|Speech|Text, with commas; and more\n",
        ("--speaker", "speakers"),
        [("2022-02-24", "", "", "On the war")],
    ),
    "GDELT": (
        "GLOBALEVENTID\tSQLDATE\tActor1Name\tEventCode\tSOURCEURL\n"
        "1027\t20220224\tRUSSIA\t190\thttps://example.org/a\n",
        ("--date", "SQLDATE", "--title", "Actor1Name", "--id", "GLOBALEVENTID"),
        [("2022-02-24", "", "", "RUSSIA")],
    ),
    "mergers.xlsx": (
        lambda: workbook(
            Request=[
                ["Deals announced in 2022", "", ""],
                ["", "", ""],
                ["Date Announced", "Target Name", "Target Ticker"],
                [dt.date(2022, 1, 18), "Activision", "ATVI"],
                [dt.date(2022, 5, 26), "VMware", "VMW"],
            ]
        ),
        ("--date", "Date Announced", "--title", "Target Name", "--assets", "Target Ticker"),
        [("2022-01-18", "", "ATVI", "Activision"), ("2022-05-26", "", "VMW", "VMware")],
    ),
}
"""Header names as they are published; what is said of the list; date, time, assets and title."""


def test_there_are_thirteen():
    assert len(LISTS) == 13


@pytest.mark.parametrize("name", LISTS)
def test_a_published_list_is_one_command(tmp_path, name):
    content, flags, expected = LISTS[name]
    content = content() if callable(content) else content
    file = name if name.endswith(".xlsx") else "list.csv"
    (tmp_path / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    done = call("import", file, *flags, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    made = [
        (str(event.date), clock(event), ";".join(event.assets), event.title)
        for event in es.read_events(tmp_path / "events.csv", timezone="UTC")
    ]
    assert made == expected


def clock(event):
    """The time of an event, or its bounds with a dash between them."""
    if event.not_before or event.known_by:
        bounds = (event.not_before, event.known_by)
        return "-".join(f"{bound:%H:%M}" if bound else "" for bound in bounds)
    return f"{event.time:%H:%M}" if event.time else ""
