"""Windows in minutes: size, power, speed. `python benchmarks/minutes.py [--data FOLDER] [--page]`.

The synthetic design was written down before it was run. On USD/RUB windows of whole bars at these
hours ([0, +30], [0, +60], [-30, +60]) had been tried once before; no setting was changed after it.

* **Real half-hour bars.** USD/RUB, 2 January 2020 to 8 June 2021 (`usdrub_30m_2020_2021.csv`:
  start, open, high, low, close, labels with their offset). Market FX, clock Europe/Moscow.
  Stamps on the hour from 10:00 to 18:00, windows of whole bars [0, +30] and [-30, +60]; each
  day against the 60 ordinary days before it, at least 40. EUR/USD half-hour bars
  (`eurusd_30m.csv`, stamps from 3:00 to 15:00 New York) and SBER, GAZP five-minute bars
  (`sber_5m.csv`, `gazp_5m.csv`, [-10, +20], stamps from 10:30 to 17:30) are shown and not
  gated: they have 36 and 41 test days.
* **Synthetic minute bars.** 2,560 sessions of 520 minutes, seed 20261126. Variance of a day:
  GARCH(1,1), .05 + .10 e² + .85 σ² with normal e; of a minute: times .5 + 1.5(2u - 1)² over its
  mean, u from 0 to 1 over the day; minute returns t(5). Stamps every hour from 10:30 to 17:30,
  window [-10, +20].
* Gates: size at 5 % within 4 to 6 %, of each volatility tercile within 3 to 7 %, ± 2 standard
  errors clustered by day.
* Power: decisions of the Bank of Russia at 13:30 Moscow on USD/RUB, of the Federal Reserve at
  14:00 and payrolls at 8:30 New York on EUR/USD; windows [0, +30] and [0, +60]; the 60 nearest
  ordinary days on both sides, for the first dates have fewer before them.

The files are the user's (none of them is in this repository); without them the synthetic part
is run.
"""

import argparse
import resource
import time
from pathlib import Path

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.bars.sessions import parts_of

PAGE = Path(__file__).parents[1] / "docs" / "size_power.md"
BEGIN, END = "<!-- minutes: begin -->", "<!-- minutes: end -->"
SEED, DAYS, MINUTES = 20261126, 2560, 520
HALF_HOUR = ((0, 30), (30, 60))
CBR = {
    "2020-02-07": "cut .25, expected",
    "2020-03-20": "unchanged",
    "2020-04-24": "cut .50",
    "2020-06-19": "cut 1.00",
    "2020-07-24": "cut .25",
    "2020-09-18": "unchanged",
    "2020-10-23": "unchanged",
    "2020-12-18": "unchanged",
    "2021-02-12": "unchanged",
    "2021-03-19": "raised .25, a surprise",
    "2021-04-23": "raised .50",
}
DOLLAR = {
    ("2021-12-15", "14:00"): "Federal Reserve",
    ("2022-01-26", "14:00"): "Federal Reserve",
    ("2021-12-03", "08:30"): "payrolls",
    ("2022-01-07", "08:30"): "payrolls",
    ("2022-02-04", "08:30"): "payrolls",
}


def synthetic(days=DAYS, seed=SEED):
    """Minute bars with a daily pattern and volatility clustering."""
    import datetime as dt

    parts = parts_of("XMOS", dt.date(2009, 1, 1), dt.date(2021, 12, 30)).trading
    start = parts.start[parts.name == "main"][-days:]
    rng = np.random.default_rng(seed)
    variance = np.empty(days)
    variance[0] = 1.0
    for day in range(1, days):
        shock = rng.normal() ** 2 * variance[day - 1]
        variance[day] = 0.05 + 0.10 * shock + 0.85 * variance[day - 1]
    clock = np.linspace(0, 1, MINUTES)
    pattern = 0.5 + 1.5 * (2 * clock - 1) ** 2
    scale = np.sqrt(variance[:, None] * pattern / pattern.mean() / MINUTES) * 0.01
    steps = rng.standard_t(5, (days, MINUTES)) / np.sqrt(5 / 3) * scale
    begin = (start[:, None] + 60 * np.arange(MINUTES)).ravel()
    index = pd.DatetimeIndex(begin.astype("datetime64[s]")).tz_localize("UTC")
    volume = rng.integers(1, 1000, len(begin)).astype(float)
    frame = pd.DataFrame({"close": 100 * np.exp(steps.ravel().cumsum()), "volume": volume}, index)
    return {"source": frame, "market": "XMOS", "label": "start", "minutes": 1}


def size_rows(name, bars, spans, stamps, gated):
    """Rows of the table of sizes, and what is outside its gates."""
    rows, wrong = [], []
    for span in spans:
        done = es.calibrate_minutes(
            bars,
            windows=es.MinuteWindows(*span, also=()),
            every=60,
            since=stamps[0],
            until=stamps[1],
        )
        size = done.size[done.size["test"] == "scaled rank"].set_index("level")
        raw = done.size[done.size["test"] == "rank"].set_index("level").loc["all"]
        seen = done.detectable.set_index("level").loc["all", "move"]
        cells = []
        for level, (low, high) in {
            "all": (0.04, 0.06),
            "low": (0.03, 0.07),
            "mid": (0.03, 0.07),
            "high": (0.03, 0.07),
        }.items():
            rate, se = size.loc[level, "rate"], size.loc[level, "se"]
            cells.append(f"{100 * rate:.1f} ± {100 * se:.1f}")
            if gated and not low - 2 * se <= rate <= high + 2 * se:
                wrong.append(f"{name} {span} {level}: {100 * rate:.1f} ± {100 * se:.1f}")
        window = f"[−{span[0]}, +{span[1]}]".replace("−0", "0")
        hours = size[size["by"] == "hour"]["rate"]
        rows.append(
            f"| {name} | {window} | {int(size.loc['all', 'days'])} | {int(size.loc['all', 'n'])} | "
            f"{' | '.join(cells)} | {100 * hours.min():.1f}–{100 * hours.max():.1f} | "
            f"{100 * raw['rate']:.1f} | {100 * (1 - size.loc['all', 'rate']):.1f} | "
            f"{100 * seen:.2f} % |"
        )
    return rows, wrong


def power_rows(asset, bars, stamps, zone):
    """Rows of the table of single announcements."""
    rows = []
    options = es.MinuteOptions(days="around")
    windows = es.MinuteWindows(0, 30, also=((0, 60),))
    table = [
        {"event_id": f"e{number}", "date": date, "time": clock, "title": what}
        for number, ((date, clock), what) in enumerate(stamps.items())
    ]
    events = es.read_events(pd.DataFrame(table), timezone=zone)
    car = es.run_minutes(events, es.Bars({asset: bars}), windows=windows, options=options).car()
    for row in car.itertuples():
        event = events[row.event_id]
        window = f"[0, +{row.after}]"
        found = "yes" if row.p <= 0.05 else "**no**"
        rows.append(
            f"| {asset} | {event.date} {event.time:%H:%M} | {event.title} | {window} | "
            f"{100 * row.car:+.2f} % | {row.p:.3f} | {row.p_rank:.3f} | {row.p_rv:.3f} | {row.n} | "
            f"{found} |"
        )
    return rows, len(stamps)


def loaded(folder, name, **options):
    """Return the bars of a file."""
    return es.load_bars({"A": {"source": "csv", "path": str(folder / name), **options}})["A"]


def measured(folder):
    """Return the section of the page, and what is outside its gates."""
    sizes, wrong, power = [], [], []
    synthetic_bars = es.load_bars({"A": synthetic()})["A"]
    for rows, bad in [
        size_rows("synthetic minute bars", synthetic_bars, ((10, 20),), (630, 1080), gated=True)
    ]:
        sizes += rows
        wrong += bad
    if folder:
        rub = loaded(folder, "usdrub_30m_2020_2021.csv", market="FX", clock="Europe/Moscow")
        eur = loaded(folder, "eurusd_30m.csv", market="FX")
        for rows, bad in [
            size_rows("USD/RUB, half-hour bars", rub, HALF_HOUR, (600, 1140), gated=True),
            size_rows("EUR/USD, half-hour bars (shown)", eur, HALF_HOUR, (180, 960), gated=False),
        ]:
            sizes += rows
            wrong += bad
        for name in ("sber", "gazp"):
            bars = loaded(folder, f"{name}_5m.csv", market="XMOS")
            rows, _ = size_rows(
                f"{name.upper()}, five-minute bars (shown)",
                bars,
                ((10, 20),),
                (630, 1080),
                gated=False,
            )
            sizes += rows
        stamps = {(date, "13:30"): f"Bank of Russia: {what}" for date, what in CBR.items()}
        power += power_rows("USD/RUB", rub, stamps, "Europe/Moscow")[0]
        power += power_rows("EUR/USD", eur, DOLLAR, "America/New_York")[0]
    return text_of(sizes, wrong, power), wrong


COLUMNS = "| bars | window | days | n | scaled rank | calm | between | turbulent | hours | rank "
COLUMNS += "| covers | seen |"
HEAD = f"""{BEGIN}
## Windows in minutes

Made by `python benchmarks/minutes.py --data FOLDER --page`, which says the designs; seed {SEED},
{DAYS:,} synthetic days. Percent of ordinary days rejected at 5 % by the scaled rank, ± its standard
error clustered by day; *hours*: the smallest and the largest rate of a clock hour; *rank*: the
unscaled one; *covers*: intervals of 95 % that hold zero; *seen*: the move that is seen in four
cases of five.
The real bars are not in this repository: USD/RUB and EUR/USD are exports of TradingView, the shares
bars of the Moscow Exchange.

{COLUMNS}
|{"---|" * 12}
"""
POWER = f"""
### What is detected
Announcements at known minutes, by the move after them; *p of variance* ranks the realised variance
of the window among the same clock on ordinary days. A decision that was expected moves nothing, and
is then not detected; neither is a move that is small beside ordinary half hours of that clock.

| series | stamp | what | window | move | scaled rank p | rank p | p of variance | days | p ≤ .05 |
|{"---|" * 10}
"""


def text_of(sizes, wrong, power):
    """Return the section between the markers."""
    gates = "Gates (4–6 %, terciles 3–7 %, ± 2 s.e.; rows marked *shown* have too few days): "
    text = HEAD + "\n".join(sizes) + f"\n\n{gates}{'; '.join(wrong) if wrong else 'all met.'}\n"
    return text + (POWER + "\n".join(power) + "\n" if power else "") + END


def speed(count=1_000_000, windows=1_000):
    """Load a million minute bars and measure a thousand windows."""
    days = -(-count // MINUTES)
    request = synthetic(days)
    request["source"] = request["source"].iloc[:count]
    rng = np.random.default_rng(1)
    dates = np.unique(request["source"].index.tz_convert("Europe/Moscow").strftime("%Y-%m-%d"))
    rows = [
        {"event_id": f"e{i}", "date": str(rng.choice(dates[100:])), "title": "e"}
        | {"time": f"{rng.integers(11, 18)}:{rng.integers(0, 60):02d}"}
        for i in range(windows)
    ]
    events = es.read_events(pd.DataFrame(rows), timezone="Europe/Moscow")
    before = time.process_time()
    bars = es.load_bars({"A": request})
    middle = time.process_time()
    results = es.run_minutes(events, bars, windows=es.MinuteWindows(10, 20, also=()))
    car = results.car()
    after = time.process_time()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{len(bars['A']):,} bars loaded in {middle - before:.2f} s of a core, {len(car)} of "
        f"{windows} windows measured in {after - middle:.2f} s; {memory:.0f} MB at the most"
    )


def main():
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of the bars")
    parser.add_argument("--page", action="store_true", help="write docs/size_power.md")
    parser.add_argument("--speed", action="store_true", help="measure speed alone")
    given = parser.parse_args()
    if given.speed:
        return speed()
    text, wrong = measured(given.data)
    if given.page:
        page = PAGE.read_text("utf-8")
        head, _, rest = page.partition(BEGIN)
        tail = rest.partition(END)[2] if rest else "\n"
        PAGE.write_text(
            f"{head.rstrip()}\n\n{text}{tail}" if not rest else f"{head}{text}{tail}", "utf-8"
        )
    print(text)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
