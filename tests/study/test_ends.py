"""A window is pending only until a day that is not past; the end that is named is the file's."""

import datetime as dt
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from command import call
from rerun_study import SESSIONS, Small

import eventstudy as es
from eventstudy.design.reach import waits_for_files
from eventstudy.moment import GIVEN, now, today, tomorrow
from eventstudy.prices.maintenance import freeze
from eventstudy.words.numbers import date

FIRST, LAST = "2020-06-01", "2022-04-14"
HEAD = 'timezone = "America/New_York"\n[windows]\nestimation = [-140, -21]\nevent = [-5, 5]\n'
CURE = "give a newer file, or write ended = true"


@pytest.fixture
def folder(tmp_path):
    """A file that ends on 14 April 2022; events on 16 March and on 4 May, 14 sessions later."""
    sessions = pd.bdate_range(FIRST, LAST, name="date")
    moves = np.random.default_rng(1).normal(0, 0.01, len(sessions))
    prices = pd.Series(100 * np.exp(moves.cumsum()), sessions, name="close")
    prices.to_csv(tmp_path / "prices.csv")
    events = "event_id,date,time,title\na1,2022-03-16,12:00,One\na2,2022-05-04,12:00,Two\n"
    (tmp_path / "events.csv").write_text(events, "utf-8")
    return tmp_path


def read(folder, more=""):
    text = f'{HEAD}[assets.ACME]\nsource = "csv"\nsymbol = "prices.csv"\n'
    text += f'clock = "16:00 America/New_York"\n{more}\n'
    (folder / "study.toml").write_text(text, "utf-8")
    return es.Study.read(folder / "study.toml")


def at(monkeypatch, day):
    moment = dt.datetime.fromisoformat(f"{day}T09:00:00+00:00")
    monkeypatch.setenv(GIVEN, str(int(moment.timestamp())))


def ends(found):
    return [own for own in found if own.kind == "ended-series"]


def test_the_moment_is_read_in_one_place(monkeypatch):
    at(monkeypatch, "2022-05-06")
    assert (now(), today()) == (dt.datetime(2022, 5, 6, 9, tzinfo=dt.UTC), dt.date(2022, 5, 6))
    assert tomorrow() == now()  # what holds at a given moment holds at no other
    monkeypatch.delenv(GIVEN)
    assert abs(now() - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)
    assert dt.timedelta() < tomorrow() - now() <= dt.timedelta(days=1)


def test_a_file_that_ended_years_ago_is_not_waited_for(folder, monkeypatch, tmp_path):
    at(monkeypatch, "2026-11-26")
    study = read(folder)
    results = study.run()
    (left,) = results.left_out.to_dict("records")
    assert (left["event_id"], left["pending"]) == ("a2", False)
    assert left["reason"] == f"series ends {LAST}; {CURE}"
    (finding,) = ends(results.quality)
    assert finding.text == f"ends {LAST}: 1 event after it; {CURE}"
    assert finding.dates == (dt.date(2022, 4, 14),)
    assert study.quality() == results.quality
    es.write_report(results, tmp_path / "reports")
    content = json.loads((tmp_path / "reports" / "data" / "results.json").read_text("utf-8"))
    rows = len((folder / "prices.csv").read_text("utf-8").splitlines()) - 1
    assert (content["series"]["ACME"]["rows"], content["series"]["ACME"]["last"]) == (rows, LAST)
    hits = [own["sentence"] for own in content["objections"] if own["check"] == "prices"]
    assert [hit for hit in hits if " ends " in hit] == [f"ACME: {finding.text}."]
    assert "2022-03-2" not in json.dumps([content["left_out"], content["quality"]])


def test_a_window_that_reaches_beyond_the_end_is_not_pending_either(folder, monkeypatch):
    at(monkeypatch, "2026-11-26")
    (folder / "events.csv").write_text(
        "event_id,date,time,title\na1,2022-04-14,12:00,On the last day\n", "utf-8"
    )
    results = read(folder).run()
    (left,) = results.left_out.to_dict("records")
    assert (left["start"], left["end"], left["pending"]) == (0, 1, False)
    assert left["reason"] == f"series ends {LAST}; {CURE}"
    (finding,) = ends(results.quality)
    assert finding.text == f"ends {LAST}: 1 event whose event window reaches beyond it; {CURE}"


def test_a_series_that_is_said_to_have_ended_needs_no_cure(folder, monkeypatch):
    at(monkeypatch, "2022-04-15")
    results = read(folder, "ended = true").run()
    assert results.left_out["reason"].tolist() == [f"series ends {LAST}"]
    assert ends(results.quality)[0].text == f"ends {LAST}: 1 event after it"


@pytest.mark.parametrize(
    ("day", "reason", "pending"),
    [
        ("2022-04-14", "pending until 2022-05-05", True),
        ("2022-05-05", "pending until 2022-05-05", True),  # its price comes this evening
        ("2022-05-06", "pending, overdue since 2022-05-05", True),
        ("2022-05-14", "pending, overdue since 2022-05-05", True),  # 30 days after the last row
        ("2022-05-15", f"series ends {LAST}; {CURE}", False),
    ],
)
def test_from_pending_to_ended(folder, monkeypatch, day, reason, pending):
    at(monkeypatch, day)
    results = read(folder).run()
    (left,) = results.left_out.to_dict("records")
    assert (left["reason"], left["pending"]) == (reason, pending)
    assert bool(ends(results.quality)) is not pending


def test_the_day_can_be_given_without_the_environment(folder):
    read(folder)
    request = {"ACME": {"source": "csv", "symbol": "prices.csv", "clock": "16:00 America/New_York"}}
    events = es.read_events(folder / "events.csv", timezone="America/New_York")
    for day, reason in (
        (dt.date(2022, 4, 20), "pending until 2022-05-05"),
        (dt.date(2026, 11, 26), f"series ends {LAST}; {CURE}"),
    ):
        prices = es.load_prices(request, folder=folder, today=day)
        assert prices.provenance["ACME"].read == day
        assert "read" not in prices.provenance["ACME"].reported()
        assert es.run_study(events, prices).left_out["reason"].tolist()[-1] == reason


def test_an_event_to_come_on_a_file_that_goes_on_is_pending(folder, monkeypatch):
    at(monkeypatch, "2022-04-15")
    (folder / "events.csv").write_text(
        "event_id,date,time,title\na1,2022-03-16,12:00,One\nfed,2022-12-14,14:00,Rate\n", "utf-8"
    )
    study = read(folder)
    results = study.run()
    assert results.left_out["reason"].tolist() == ["pending until 2022-12-15"]
    assert ends(results.quality) == []
    # and does not lengthen the series: a new session outside all windows changes nothing
    assert str(study.used.provenance["ACME"].last) == "2022-03-23"


def test_a_factor_that_goes_on_has_not_ended(folder, monkeypatch):
    at(monkeypatch, "2026-11-26")
    sessions = pd.bdate_range(FIRST, "2022-08-31", name="date")
    moves = np.random.default_rng(2).normal(0, 0.01, len(sessions))
    pd.Series(100 * np.exp(moves.cumsum()), sessions, name="close").to_csv(folder / "m.csv")
    more = 'model = { name = "market-model", factors = ["M"] }\n[factors.M]\nsource = "csv"\n'
    used = read(folder, f'{more}symbol = "m.csv"\nclock = "16:00 America/New_York"').used
    assert used.provenance["ACME"].ended
    assert not used.provenance["M"].ended


def test_two_columns_show_that_one_of_them_ended():
    """A DataFrame is not dated, but its other column goes on."""
    sessions = pd.bdate_range(FIRST, periods=600)
    moves = np.random.default_rng(3).normal(0, 0.01, (600, 2))
    frame = pd.DataFrame(100 * np.exp(moves.cumsum(axis=0)), sessions, ["A", "B"])
    frame.loc[sessions[500:], "A"] = np.nan
    events = pd.DataFrame([{"event_id": "e", "date": sessions[510], "title": "t"}])
    left = es.run_study(events, frame).left_out.set_index("asset")
    assert left.loc["A", "reason"] == f"series ends {sessions[499]:%Y-%m-%d}"
    assert es.run_study(events, frame[["A"]].dropna()).left_out["pending"].all()


def test_a_live_series_is_overdue_until_it_fell_silent(folder):
    """As seen from the moment of its last answer; a stale one, from today."""
    read(folder)
    prices = es.load_prices({"ACME": "csv:prices.csv"}, folder=folder)
    events = es.read_events(folder / "events.csv", timezone="America/New_York")
    for moment, words in (
        ("2022-05-03", "pending until about 2022-05-05"),
        ("2022-05-09", "pending, overdue since about 2022-05-05"),
        ("2022-05-16", f"series ends {LAST}"),
    ):
        asked = dt.datetime.fromisoformat(f"{moment}T12:00:00+00:00")
        origin = replace(prices.provenance["ACME"], source="yahoo", read=None, fetched_at=asked)
        live = es.Prices(prices.frame, {}, {"ACME": origin})
        assert es.run_study(events, live).left_out["reason"].tolist() == [words]


def test_a_frozen_study_says_the_same_at_any_time(folder, monkeypatch):
    at(monkeypatch, "2022-05-06")
    study = read(folder)
    freeze(study.request, folder)
    first = study.run()
    for day in ("2022-05-07", "2026-11-26"):
        at(monkeypatch, day)
        again = read(folder).run()
        pd.testing.assert_frame_equal(again.left_out, first.left_out)
        assert again.quality == first.quality
    manifest = folder / "prices" / "frozen.json"
    content = json.loads(manifest.read_text("utf-8"))
    assert content.pop("day") == "2022-05-06"
    manifest.write_text(json.dumps(content), "utf-8")  # as former versions wrote it
    assert read(folder).run().left_out["reason"].tolist() == ["pending until 2022-05-05"]


def two_events(folder):
    """The first and the last event of the small study: a page that stays and one that waits."""
    own = Small(folder)
    own.events = [own.events[0], own.events[-1]]
    own.write()
    return own


def test_pages_are_made_again_when_a_price_is_overdue(tmp_path, monkeypatch):
    """In steps as at once; only the page that says so."""
    own = two_events(tmp_path)  # the last one is on the last session but one of its window
    due = SESSIONS[220]
    at(monkeypatch, f"{due:%Y-%m-%d}")
    own.run()
    assert f"pending until {date(due)}" in own.files()["events/five.html"].decode()
    at(monkeypatch, f"{due + pd.Timedelta(days=1):%Y-%m-%d}")
    work = {step.event_id: step.reasons for step in own.run().steps if step.reasons}
    assert set(work) == {"five"}
    assert f"pending, overdue since {date(due)}" in own.files()["events/five.html"].decode()
    own.run("clean")
    assert own.files() == own.files("clean")
    at(monkeypatch, "2026-11-26")
    own.run()
    own.run("other")
    assert own.files() == own.files("other")
    assert "series ends" in own.files()["events/five.html"].decode()


def test_an_overdue_day_of_another_window_is_work_too(tmp_path, monkeypatch):
    """The primary window is complete; one session of [0, +2] is lacking, and then overdue."""
    own = two_events(tmp_path)
    own.settings |= {"car": [[0, 0], [0, 1], [0, 2]]}
    own.sessions = 221
    own.write()
    due = SESSIONS[221]
    at(monkeypatch, f"{due:%Y-%m-%d}")
    own.run()
    assert f"pending until {date(due)}" in own.files()["events/five.html"].decode()
    at(monkeypatch, f"{due + pd.Timedelta(days=1):%Y-%m-%d}")
    own.run()
    assert f"pending, overdue since {date(due)}" in own.files()["events/five.html"].decode()
    own.run("clean")
    assert own.files() == own.files("clean")


def test_whether_a_report_depends_on_the_day(tmp_path, monkeypatch):
    own = Small(tmp_path)

    def waits():
        study = own.study
        parts = (study.used, study.model, study.windows, study.options)
        return waits_for_files(study.events, *parts)

    at(monkeypatch, f"{SESSIONS[219]:%Y-%m-%d}")
    assert waits()
    own.sessions = 230
    own.write()
    assert not waits()
    own.sessions = 220
    own.write()
    at(monkeypatch, "2026-11-26")
    assert not waits()  # it has ended: no later day says anything else


@pytest.mark.slow
def test_the_whole_way_on_the_command_line(folder):
    read(folder)
    now_is = {GIVEN: None, "EVENTSTUDY_CACHE": str(folder / "none"), "COLUMNS": "200"}

    def said(*arguments):
        done = call(*arguments, "study.toml", cwd=folder, **now_is)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert f"ACME: ends {LAST}: 1 event after it; {CURE}" in said("check")
    said("run", "--offline", "--quick")
    text = (folder / "reports" / "data" / "results.json").read_text("utf-8")
    assert "pending until" not in text
    assert "overdue" not in text
    assert "Nothing to do" in said("run", "--offline", "--quick")
