"""Prices that are weeks or months apart are no daily prices; those of seldom traded stocks are."""

import numpy as np
import pandas as pd
import pytest
from command import call as run

import eventstudy as es
from eventstudy.errors import PriceDataError
from eventstudy.models import MarketModel
from eventstudy.prices.quality.spacing import FEWEST, far_apart
from eventstudy.results.left_out import advice

STUDY = """\
title = "t"
timezone = "America/New_York"
[windows]
estimation = [-140, -21]
event = [-5, 5]
[assets.ACME]
source = "csv"
symbol = "prices.csv"
"""
EVENTS = pd.DataFrame(
    {"event_id": ["a", "b"], "date": ["2021-03-16", "2021-05-04"], "title": ["Said", "Said"]}
)


def walk(index, seed=3):
    moves = np.random.default_rng(seed).normal(0, 0.01, len(index))
    return pd.Series(100 * np.exp(moves.cumsum()), index, name="ACME")


def every(often, start="2018-01-01", end="2021-12-31"):
    return pd.date_range(start, end, freq=often)


def traded(share, seed=4):
    """Days on which a stock is traded that is on a part of the days only."""
    days = every("B")
    return days[np.random.default_rng(seed).random(len(days)) < share]


def holidays(days):
    """Fridays, in their place some Thursdays."""
    return days - pd.to_timedelta(np.where(days.day % 9 == 0, 1, 0), unit="D")


APART = {
    "fridays": (every("W-FRI"), "a week apart"),
    "fridays, some holidays": (holidays(every("W-FRI")), "a week apart"),
    "two weeks": (every("2W-FRI"), "14 days apart"),
    "ends of months": (every("ME"), "a month apart"),
    "last sessions of months": (every("BME"), "a month apart"),
    "quarters": (every("QE"), "92 days apart"),
}
BUSINESS = every("B")
DAILY = {
    "weekdays": BUSINESS,
    "every day": every("D"),
    "three days a week": BUSINESS[BUSINESS.day_of_week % 2 == 0],
    "traded on one day in five": traded(0.2),
    "traded on one day in ten": traded(0.1),
    "traded on one day in thirty": traded(1 / 30),
    "suspended for two years": BUSINESS[~BUSINESS.year.isin([2019, 2020])],
    "too few weeks": every("W-FRI")[:FEWEST],
    "one day": BUSINESS[:1],
}


@pytest.mark.parametrize(("days", "told"), APART.values(), ids=APART)
def test_weeks_and_months_are_told_from_days(days, told):
    said = far_apart(days.to_numpy())
    assert told in said
    assert "daily ones are needed" in said
    assert f"{len(days)} sessions" in said


@pytest.mark.parametrize("days", DAILY.values(), ids=DAILY)
def test_prices_with_gaps_are_still_daily(days):
    assert not far_apart(days.to_numpy())


def test_a_file_of_months_is_refused_in_every_command(tmp_path):
    walk(every("ME")).to_csv(tmp_path / "prices.csv", index_label="date", header=["close"])
    EVENTS.to_csv(tmp_path / "events.csv", index=False)
    (tmp_path / "study.toml").write_text(STUDY, "utf-8")
    for arguments in (["check"], ["run", "--quick"], ["plan"]):
        found = run(*arguments, cwd=tmp_path)
        assert found.returncode == 5, found.stdout
        assert "ACME: prices.csv: its prices are a month apart (48 sessions" in found.stderr
        assert "daily ones are needed" in found.stderr
        assert "max_shift" not in found.stdout + found.stderr
    found = run("check", cwd=tmp_path)
    assert "The prices were not checked. 2 of 2 events cannot be measured." in found.stderr


def test_a_frame_of_weeks_is_an_error_and_no_setting_is_advised():
    prices = walk(every("W-FRI", "2010-01-01")).to_frame()
    results = es.run_study(EVENTS, prices, windows=es.Windows(car=[(0, 0)]))
    (finding,) = [own for own in results.quality if own.kind == "not-daily"]
    assert (finding.asset, finding.severity) == ("ACME", "error")
    assert "a week apart" in finding.text
    assert results.mean_car().empty
    text = "\n".join(advice(results))
    assert "its prices are a week apart" in text
    assert "daily prices" in text
    assert "max_shift" not in text


def test_a_factor_of_weeks_is_an_error():
    prices = walk(every("B")).to_frame()
    prices["MKT"] = walk(every("W-FRI"), 5)
    model = MarketModel("MKT")
    results = es.run_study(EVENTS, prices[["ACME", "MKT"]], model={"ACME": model})
    assert [own.asset for own in results.quality if own.kind == "not-daily"] == ["MKT"]


def test_a_source_of_ones_own_is_judged_too():
    class Weekly:
        name, summary, examples, options = "weekly", "Fridays", ("X",), ()

        def load(self, symbol, options):  # noqa: ARG002
            return es.prices.PriceSeries(walk(every("W-FRI")), self.name, symbol)

    with pytest.raises(PriceDataError, match="X: its prices are a week apart"):
        es.load_prices({"A": {"source": Weekly(), "symbol": "X"}})
