"""Contracts of futures: no move is measured across a roll; several contracts are one series."""

import numpy as np
import pandas as pd
import pytest
from minute_bars import events_at, walk, weekdays

import eventstudy as es
from eventstudy.errors import InvalidArgumentError, PriceDataError

DAYS = weekdays(66, "2021-12-22")
EXPIRY = "2021-12-16"
ROLL = "2021-12-09"  # the fifth trading day before
LATE = DAYS[-1]
WINDOWS = es.MinuteWindows(10, 20, also=())
HOURS = {"start": "10:00", "end": "14:00", "minutes": 10, "market": "XMOS-derivatives"}


def future(level=1.0, seed=1, volume=10.0):
    frame = walk(DAYS, seed=seed, **HOURS)
    return frame.assign(close=frame["close"] * level, volume=volume)


def request(**options):
    return {"market": "XMOS-derivatives", "label": "start", "minutes": 10, **options}


def joined(**options):
    """The second contract costs three hundredths more, and takes over the trade in a week."""
    near, far = future(), future(1.03, volume=3.0)
    contracts = {EXPIRY: near[: f"{EXPIRY} 23:00"], "2022-03-17": far}
    return es.load_bars({"A": request(contracts=contracts, **options)})


def spliced():
    """One series of a vendor, which goes over on the day after the expiry."""
    near, far = future(), future(1.03)
    return pd.concat([near[: f"{EXPIRY} 23:00"], far["2021-12-17":]])


def test_contracts_follow_one_another_five_trading_days_before_the_expiry():
    bars = joined()["A"]
    frame = bars.frame
    near = future()["close"]
    begin = frame.set_index("begin")
    assert begin.loc["2021-12-08 13:50+03:00", "close"] == near.loc["2021-12-08 13:50+03:00"]
    after = near.loc[f"{ROLL} 10:00+03:00"] * 1.03
    assert begin.loc[f"{ROLL} 10:00+03:00", "close"] == pytest.approx(after)
    assert begin.loc[f"{ROLL} 10:00+03:00", "volume"] == 13.0  # of both
    assert begin.loc["2021-12-17 10:00+03:00", "volume"] == 3.0
    assert len(bars) == len(DAYS) * 24
    assert "2 contracts as one series" in bars.notes[-1]
    (roll,) = joined().quality()
    assert (roll.kind, roll.first) == ("roll", "2021-12-08 19:05")  # the evening belongs to the 9th


def test_the_day_of_a_roll_can_be_said():
    bars = joined(rolls=["2021-12-14"])["A"]
    close = bars.frame.set_index("begin")["close"]
    assert close["2021-12-13 13:50+03:00"] == future()["close"]["2021-12-13 13:50+03:00"]
    with pytest.raises(InvalidArgumentError, match="2 days for 2 contracts; write 1"):
        joined(rolls=["2021-12-13", "2021-12-14"])


def test_a_night_across_a_roll_is_refused_and_bars_no_volatility():
    results = es.run_minutes(events_at({"e": (ROLL, "02:00")}), joined(), windows=WINDOWS)
    assert not len(results.overnight())
    reasons = results.left_out["reason"].tolist()
    assert "overnight: the next contract begins inside the window" in reasons
    after = es.run_minutes(events_at({"e": (LATE, "02:00")}), joined(), windows=WINDOWS)
    (night,) = after.overnight().itertuples()
    plain = es.load_bars({"A": request(source=future())})
    alone = es.run_minutes(events_at({"e": (LATE, "02:00")}), plain, windows=WINDOWS)
    (same,) = alone.overnight().itertuples()
    assert night.car == pytest.approx(same.car)
    assert (night.n, same.n) == (60, 60)  # an earlier night stands for that of the roll
    assert night.sd < 0.0305 / np.sqrt(night.n)  # three hundredths would be there


def test_a_roll_that_is_not_said_is_a_jump_of_a_night():
    """What the finding is for: the same night counts when nobody says that a contract begins."""
    bars = es.load_bars({"A": request(source=spliced())})
    (found,) = (one for one in bars.quality() if one.kind.startswith(("roll", "possible")))
    assert (found.kind, found.severity, found.first) == ("possible-roll", "warning", "2021-12-17")
    assert 'Write rolls = ["DATE"]' in found.text
    said = es.load_bars({"A": request(source=spliced(), rolls=["2021-12-17"])})
    assert [one.kind for one in said.quality() if "roll" in one.kind] == ["roll"]
    events = events_at({"e": ("2021-12-17", "02:00")})
    assert len(es.run_minutes(events, bars, windows=WINDOWS).overnight()) == 1
    assert len(es.run_minutes(events, said, windows=WINDOWS).overnight()) == 0


def test_futures_of_which_nothing_is_said_are_asked_about():
    plain = es.load_bars({"A": request(source=future())})
    assert [one.kind for one in plain.quality() if "roll" in one.kind] == ["rolls-not-said"]
    alone = es.load_bars({"A": request(source=future(), rolls=[])})
    assert not [one for one in alone.quality() if "roll" in one.kind]
    packaged = es.load_bars({"RTS": "sample:RTS-future"})  # a day of one contract
    assert not [one for one in packaged.quality() if "roll" in one.kind]


def test_a_roll_inside_a_session_is_never_inside_a_window():
    frame = future()
    late = frame.index >= pd.Timestamp(f"{LATE} 12:00", tz="Europe/Moscow")
    frame.loc[late, "close"] *= 1.03
    bars = es.load_bars({"A": request(source=frame, rolls=[f"{LATE} 12:00"])})
    stamps = {"across": (LATE, "12:00"), "before": (LATE, "11:00"), "after": (LATE, "12:30")}
    results = es.run_minutes(events_at(stamps), bars, windows=WINDOWS)
    (left,) = results.left_out.itertuples()
    assert (left.event_id, left.reason) == (
        "across",
        "the next contract begins inside the window",
    )
    assert set(results.car()["event_id"]) == {"before", "after"}
    path = results.path("before", "A")
    assert path.loc[path["minute"] > 60, "car"].isna().all()
    assert path.loc[path["minute"] <= 60, "car"].notna().all()
    lookup = results.measured["A"].lookup
    squares = np.log(future()["close"]).groupby(future().index.date).diff() ** 2
    whole = (lookup._squares[-1] - squares.sum()) + squares[f"{LATE} 12:00+03:00"]
    assert whole == pytest.approx(0, abs=1e-12)  # all but the step across the roll


def test_volumes_of_a_roll_week_are_not_compared_unless_they_are_of_all_contracts():
    events = events_at({"e": ("2021-12-20", "12:00")})
    said = es.load_bars({"A": request(source=spliced(), rolls=["2021-12-17"])})
    (row,) = es.run_minutes(events, said, windows=WINDOWS).car().itertuples()
    assert np.isnan(row.volume)
    assert np.isnan(row.log_volume)
    (both,) = es.run_minutes(events, joined(), windows=WINDOWS).car().itertuples()
    assert both.volume == 9.0  # three bars of three


def test_files_and_a_study_file_can_name_contracts(tmp_path):
    for name, frame in {"near": future(), "far": future(1.03)}.items():
        table = frame.tz_localize(None).rename_axis("time")
        table.to_csv(tmp_path / f"{name}.csv")
    (tmp_path / "events.csv").write_text(f"event_id,date,time,title\ne,{LATE},12:00,E\n")
    study = """
events = "events.csv"
timezone = "Europe/Moscow"
[assets.IMOEX]
source = "sample"
symbol = "IMOEX"
[bars.Si]
source = "csv"
market = "XMOS-derivatives"
timezone = "Europe/Moscow"
label = "start"
contracts = { "2021-12-16" = "near.csv", "2022-03-17" = "far.csv" }
rolls = [2021-12-14]
"""
    (tmp_path / "study.toml").write_text(study)
    bars = es.Study.read(tmp_path / "study.toml").bars["Si"]
    assert len(bars.rolls) == 1
    assert len(bars) == len(DAYS) * 24
    (tmp_path / "study.toml").write_text(study.replace("2021-12-14]", '"soon"]'))
    with pytest.raises(es.StudyFileError, match=r"bars\.Si.*'soon'; write a date"):
        es.Study.read(tmp_path / "study.toml")


@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        ({"contracts": {}}, InvalidArgumentError, "write the last day of each and its name"),
        ({"contracts": {"SiZ1": future()}}, InvalidArgumentError, "write a date such as"),
        ({"contracts": {EXPIRY: 3}}, InvalidArgumentError, "name no source: 3"),
        (
            {"source": "yahoo", "contracts": {EXPIRY: "ES=F"}},
            InvalidArgumentError,
            "'yahoo' has no contracts",
        ),
        (
            {"contracts": {"2021-12-18": future(), "2022-03-17": future()}},
            InvalidArgumentError,
            "2021-12-18, no trading day",
        ),
        (
            {"contracts": {EXPIRY: future(), "2022-03-17": future()[:"2021-12-01"]}},
            PriceDataError,
            "contract of 2022-03-17 has no bar from 2021-12-09",
        ),
        ({"source": future(), "rolls": "2021-12-16"}, InvalidArgumentError, "write a list"),
        ({"source": future(), "rolls": [16]}, InvalidArgumentError, "rolls holds 16"),
        (
            {"source": future(), "rolls": ["2021-12-18"]},
            InvalidArgumentError,
            "no trading day of XMOS-derivatives; write 2021-12-20",
        ),
        ({"source": future(), "releases": ["2021-12-17"]}, InvalidArgumentError, "without a time"),
        ({"source": future(), "releases": ["noon"]}, InvalidArgumentError, "holds 'noon'"),
    ],
)
def test_what_cannot_be_contracts_is_refused(options, kind, said):
    with pytest.raises(kind, match=said):
        es.load_bars({"A": request(**options)})
