"""Every finding on bars is planted, and clean bars have none."""

import numpy as np
import pandas as pd
import pytest
from minute_bars import walk, weekdays

import eventstudy as es

DAYS = weekdays(5)


def clean():
    table = walk(DAYS, minutes=10)
    spread = 0.001
    return table.assign(
        open=table["close"], high=table["close"] * (1 + spread), low=table["close"] * (1 - spread)
    )


def kinds(table, closes=None, **options):
    request = {"source": table, "market": "XMOS", "label": "start", **options}
    bars = es.load_bars({"A": request})
    return {finding.kind: finding for finding in bars.quality(closes)}


def test_clean_bars_have_no_findings():
    assert kinds(clean()) == {}


def spoiled(table):
    table.iloc[7, table.columns.get_loc("high")] *= 0.99


def repeated(table):
    table.iloc[7:10, table.columns.get_loc("high")] = table["high"].max() + 1


def empty(table):
    table.iloc[7, table.columns.get_loc("volume")] = 0.0


PLANTED = {
    "spoiled-range": (spoiled, "error", f"{DAYS[0]} 11:10"),
    "repeated-high": (repeated, "warning", f"{DAYS[0]} 11:30"),
    "zero-volume": (empty, "note", f"{DAYS[0]} 11:10"),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_fault_is_named_with_its_moment(kind):
    spoil, severity, moment = PLANTED[kind]
    table = clean()
    spoil(table)
    findings = kinds(table)
    assert list(findings) == [kind]
    assert (findings[kind].severity, findings[kind].first) == (severity, moment)
    assert moment in findings[kind].text


def test_a_gap_and_a_lost_day():
    table = clean().drop(clean().index[20:26])
    assert "up to 60 minutes" in kinds(table)["gap"].text
    table = clean()[lambda one: one.index.strftime("%Y-%m-%d") != DAYS[2]]
    assert DAYS[2] in kinds(table)["no-session"].text


def test_bars_outside_sessions_and_clocks_that_missed_a_change():
    early = clean().iloc[:1].set_axis(clean().index[:1] - pd.Timedelta("5h"))
    assert kinds(pd.concat([early, clean()]))["outside"].count == 1
    shifted = clean()
    late = np.isin(shifted.index.strftime("%Y-%m-%d"), DAYS[3:])
    moved = shifted[late].set_axis(shifted.index[late] + pd.Timedelta("1h"))
    table = pd.concat([shifted[~late], moved])
    assert "an hour early or late" in kinds(table, market="XMOS-index")["clock-shift"].text


def test_the_last_bar_is_compared_with_the_daily_close():
    table = clean()
    closes = table["close"].groupby(table.index.strftime("%Y-%m-%d")).last()
    closes.index = pd.DatetimeIndex(closes.index)
    assert kinds(table, {"A": closes}) == {}
    closes.iloc[2] *= 1.01
    finding = kinds(table, {"A": closes})["close-differs"]
    assert (finding.count, finding.first) == (1, DAYS[2])


def test_a_bar_that_begins_in_an_auction_and_ends_in_trading_is_no_stranger():
    bars = es.load_bars({"SBER": "sample:SBER"})
    assert {finding.kind for finding in bars.quality()} == {"gap"}
