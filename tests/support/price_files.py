"""Files of prices as people have them, with made-up numbers."""

import datetime as dt
import io
import json

import numpy as np
import pandas as pd
from sheets import workbook

import eventstudy as es

DAYS = pd.bdate_range("2021-01-04", periods=60)
LEVELS = np.round(1500 * np.exp(np.cumsum(np.random.default_rng(40).normal(0, 0.01, 60))), 2)
PAIRS = list(zip(DAYS, LEVELS, strict=True))
NEWEST = PAIRS[::-1]


def text(header, line, pairs=PAIRS, end="\n"):
    """A header, and a line for each session."""
    return f"{header}{end}" + "".join(f"{line(day, level)}{end}" for day, level in pairs)


def us(value):
    """1,512.30."""
    return f"{value:,.2f}"


def de(value):
    """1.512,30."""
    return us(value).translate(str.maketrans(",.", ".,"))


def moex():
    """A page of MOEX ISS as CSV, in the encoding of Russian Windows."""
    head = "history\n\nBOARDID;TRADEDATE;SHORTNAME;SECID;NUMTRADES;VALUE;OPEN;LOW;HIGH;"
    head += "LEGALCLOSEPRICE;WAPRICE;CLOSE;VOLUME"
    body = text(head, lambda d, v: f"TQBR;{d:%Y-%m-%d};Сбербанк;SBER;9;1;{v};{v};{v};{v};{v};{v};5")
    return (body + "\nhistory.cursor\n\nINDEX;TOTAL;PAGESIZE\n0;60;100\n").encode("cp1251")


def moex_json():
    """The same as JSON."""
    rows = [["TQBR", f"{d:%Y-%m-%d}", "SBER", v, v] for d, v in PAIRS]
    columns = ["BOARDID", "TRADEDATE", "SECID", "OPEN", "CLOSE"]
    return json.dumps({"history": {"metadata": {}, "columns": columns, "data": rows}})


def parquet(frame):
    """A table as Parquet."""
    made = io.BytesIO()
    frame.to_parquet(made)
    return made.getvalue()


def stata(frame):
    """A table as Stata keeps it."""
    made = io.BytesIO()
    frame.to_stata(made, write_index=False)
    return made.getvalue()


def sheet(**sheets):
    """A workbook."""
    return workbook(**sheets)


FRAME = pd.DataFrame({"Date": DAYS, "Close": LEVELS})
SHEET = [["Made on 4 May"], ["Date", "Close"], *([d.date(), float(v)] for d, v in PAIRS)]

PRICES = {
    "yahoo-web.csv": lambda: text(
        "Date,Open,High,Low,Close,Adj Close,Volume",
        lambda d, v: f"{d:%Y-%m-%d},{v},{v},{v},{v},{v / 2:.4f},100",
    ),
    "yfinance.csv": lambda: (
        "Price,Close,High,Low,Open,Volume\nTicker,AAPL,AAPL,AAPL,AAPL,AAPL\n"
        + text("Date,,,,,", lambda d, v: f"{d:%Y-%m-%d},{v},{v + 9},{v - 9},{v + 1},100")
    ),
    "yfinance-index.csv": lambda: text(
        "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits",
        lambda d, v: f"{d:%Y-%m-%d} 00:00:00-05:00,1,1,1,{v},100,0.0,0.0",
    ),
    "stooq.csv": lambda: text(
        "Date,Open,High,Low,Close,Volume", lambda d, v: f"{d:%Y-%m-%d},1,1,1,{v},0"
    ),
    "stooq-ascii.txt": lambda: text(
        "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>",
        lambda d, v: f"AAPL.US,D,{d:%Y%m%d},000000,1,1,1,{v},1,0",
    ),
    "stooq-polish.csv": lambda: text(
        "Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen",
        lambda d, v: f"{d:%Y-%m-%d},1,1,1,{v},0",
    ),
    "finam.csv": lambda: text(
        "<TICKER>;<PER>;<DATE>;<TIME>;<OPEN>;<HIGH>;<LOW>;<CLOSE>;<VOL>",
        lambda d, v: f"SBER;D;{d:%Y%m%d};000000;1.0;1.0;1.0;{v};100",
    ),
    "finam-slashes.csv": lambda: text(
        "<DATE>;<TIME>;<CLOSE>", lambda d, v: f"{d:%d/%m/%y};00:00:00;{v}"
    ),
    "investing-en.csv": lambda: (
        "\ufeff"
        + text(
            '"Date","Price","Open","High","Low","Vol.","Change %"',
            lambda d, v: f'"{d:%m/%d/%Y}","{us(v)}","1","1","1","1.2M","0.1%"',
            NEWEST,
        )
    ),
    "investing-old.csv": lambda: text(
        '"Date","Price","Open","High","Low","Change %"',
        lambda d, v: f'"{d:%b %d, %Y}","{us(v)}","1","1","1","0.1%"',
        NEWEST,
    ),
    "investing-de.csv": lambda: text(
        '"Datum","Zuletzt","Eröffn.","Hoch","Tief","Vol.","+/- %"',
        lambda d, v: f'"{d:%d.%m.%Y}","{de(v)}","1,0","1,0","1,0","1,2M","0,1%"',
        NEWEST,
    ),
    "investing-ru.csv": lambda: text(
        '"Дата","Цена","Откр.","Макс.","Мин.","Объём","Изм. %"',
        lambda d, v: f'"{d:%d.%m.%Y}","{de(v)}","1,0","1,0","1,0","1,2M","0,1%"',
        NEWEST,
    ),
    "moex-iss.csv": moex,
    "moex-iss.json": moex_json,
    "ecb-portal.csv": lambda: text(
        '"DATE","TIME PERIOD","Dollar/Euro (EXR.D.USD.EUR.SP00.A)"',
        lambda d, v: f'"{d:%Y-%m-%d}","{d:%d %b %Y}","{v}"',
    ),
    "ecb-sdmx.csv": lambda: text(
        "KEY,FREQ,CURRENCY,TIME_PERIOD,OBS_VALUE,OBS_STATUS",
        lambda d, v: f"EXR.D.USD,D,USD,{d:%Y-%m-%d},{v},A",
    ),
    "bloomberg.csv": lambda: (
        "Security,SPX Index,\nStart Date,01/04/2021,\nEnd Date,03/26/2021,\nPeriod,D,\n"
        "Currency,USD,\n,,\n" + text("Date,PX_LAST,PX_VOLUME", lambda d, v: f"{d:%m/%d/%Y},{v},5")
    ),
    "refinitiv.csv": lambda: (
        "Price History\n.SPX\n\n"
        + text(
            "Exchange Date,Close,Net,%Chg,Open,Low,High,Volume",
            lambda d, v: f'{d:%d-%b-%Y},"{us(v)}",+1.0,+0.1%,1,1,1,"1,000"',
            NEWEST,
        )
    ),
    "nasdaq.csv": lambda: text(
        "Date,Close/Last,Volume,Open,High,Low",
        lambda d, v: f"{d:%m/%d/%Y},${v:.2f},100,$1.00,$1.00,$1.00",
        NEWEST,
    ),
    "broker.csv": lambda: text("Date,Last Price", lambda d, v: f'{d:%m/%d/%Y},"{us(v)}"', NEWEST),
    "fred.csv": lambda: (
        text("observation_date,SP500", lambda d, v: f"{d:%Y-%m-%d},{v}") + "2021-04-02,.\n"
    ),
    "google-sheets.csv": lambda: text(
        "Date,Close", lambda d, v: f"{d.month}/{d.day}/{d.year} 16:00:00,{v}"
    ),
    "tradingview.csv": lambda: text(
        "time,open,high,low,close", lambda d, v: f"{int(d.timestamp()) + 50400},1,1,1,{v}"
    ),
    "excel-russian.csv": lambda: text(
        "Дата;Цена закрытия", lambda d, v: f"{d:%d.%m.%Y};{de(v).replace('.', chr(160))}"
    ).encode("cp1251"),
    "excel-unicode.txt": lambda: text("Date\tClose", lambda d, v: f"{d:%d/%m/%Y}\t{v}").encode(
        "utf-16"
    ),
    "excel-sep.csv": lambda: (
        "sep=;\n" + text("Date;Close", lambda d, v: f"{d:%d.%m.%Y};{de(v)}", end="\r\n")
    ),
    "onvista.csv": lambda: text(
        "Datum;Eröffnung;Hoch;Tief;Schluss;Volumen",
        lambda d, v: f"{d:%d.%m.%Y};1,0;1,0;1,0;{de(v)};5",
    ).encode("cp1252"),
    "swiss.csv": lambda: text(
        "Datum;Schlusskurs", lambda d, v: f"{d:%d.%m.%Y};{us(v).replace(',', chr(39))}"
    ),
    "french.csv": lambda: text(
        "Date;Clôture", lambda d, v: f"{d:%d/%m/%Y};{de(v).replace('.', chr(8239))} €"
    ),
    "excel-days.csv": lambda: text(
        "Date,Close", lambda d, v: f"{(d.date() - dt.date(1899, 12, 30)).days},{v}"
    ),
    "notes-below.csv": lambda: (
        text("Date,Close", lambda d, v: f"{d:%Y-%m-%d},{v}") + "\nSource: a vendor\n"
    ),
    "n-a.csv": lambda: text("Date,Close", lambda d, v: f"{d:%Y-%m-%d},{v}") + "2021-04-02,#N/A\n",
    "sheet.xlsx": lambda: sheet(Data=SHEET),
    "two-sheets.xlsx": lambda: sheet(Notes=[["words"]], Data=SHEET),
    "frame.parquet": lambda: parquet(FRAME),
    "index.parquet": lambda: parquet(FRAME.set_index("Date")),
    "frame.dta": lambda: stata(FRAME),
    "records.json": lambda: FRAME.to_json(orient="records", date_format="iso"),
    "columns.json": lambda: FRAME.assign(Date=FRAME["Date"].astype(str)).to_json(orient="split"),
}
"""Files that are read without an option."""

WIDE = text(
    "Date,USD,JPY,RUB,", lambda d, v: f"{d:%Y-%m-%d},1.1,130.5,{'N/A' if d.day == 9 else v},"
)
LONG = "symbol,date,close\n" + "".join(
    f"{name},{d:%Y-%m-%d},{level}\n" for d, v in PAIRS for name, level in (("AAA", v), ("BBB", 5))
)
STACKED = "Price,Close,Close,Open,Open\nTicker,AAA,BBB,AAA,BBB\n" + text(
    "Date,,,,", lambda d, v: f"{d:%Y-%m-%d},{v},5,6,7"
)
COMPUSTAT = "gvkey,datadate,tic,cshtrd,prccd\n" + "".join(
    f"{key},{d:%d%b%Y},{name},9,{level}\n"
    for key, name, scale in ((1, "AAA", 1), (2, "BBB", 2))
    for d, level in ((d, v * scale) for d, v in PAIRS)
)

ONE_LINE = {
    "eurofxref-hist.csv": (WIDE, {"column": "RUB"}),
    "long.csv": (LONG, {"ticker": "AAA"}),
    "yfinance-two.csv": (STACKED, {"column": "Close AAA"}),
    "compustat.csv": (COMPUSTAT, {"ticker": "AAA"}),
    "ambiguous.csv": (
        text("Date,Close", lambda d, v: f"{d:%d/%m/%Y},{v}", PAIRS[1:6]),
        {"date_format": "%d/%m/%Y"},
    ),
    "excel-or-stata.csv": (
        text("date,close", lambda d, v: f"{(d.date() - dt.date(1960, 1, 1)).days},{v}"),
        {"date_format": "stata"},
    ),
}
"""Files that are read with one line, which the error proposes."""


def load(folder, name, content, **options):
    """Write a file and read it as prices."""
    data = content if isinstance(content, bytes) else content.encode()
    (folder / name).write_bytes(data)
    request = {"source": "csv", "symbol": name, **options}
    return es.load_prices({"A": request}, folder=folder)
