"""What is left out is said with the setting that changes it, and following the advice works."""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from command import call as run

import eventstudy as es
from eventstudy.results.left_out import advice, left_out

SESSIONS = pd.bdate_range("2019-01-01", periods=600, name="session")
CLOSED = slice(480, 500)
"""Sessions of a closure: from the one before to the one after are 29 calendar days."""

STUDY = """\
title = "t"
timezone = "UTC"
[windows]
estimation = [-140, -21]
event = [-3, 3]
car = [[0, 0], [0, 1]]
[assets.ACME]
source = "csv"
symbol = "prices.csv"
clock = "16:00 America/New_York"
model = {MODEL}
[factors.MKT]
source = "csv"
symbol = "market.csv"
clock = "16:00 America/New_York"
[options]
"""
CONSTANT = '{ name = "constant-mean" }'
ADJUSTED = '{ name = "market-adjusted", factors = ["MKT"] }'


def folder_of(tmp_path, days, *, options="", model=CONSTANT, first=0, closed=None):
    """A study on 600 sessions, from the first on, less those of a closure."""
    rng = np.random.default_rng(2)
    for name in ("prices", "market"):
        prices = pd.Series(100 * (1 + rng.normal(0, 0.01, 600)).cumprod(), SESSIONS, name="close")
        keep = np.ones(600, dtype=bool)
        if closed is not None:
            keep[closed] = False
        if name == "prices":
            keep[:first] = False
        prices[keep].to_csv(tmp_path / f"{name}.csv", index_label="date")
    dates = [day if isinstance(day, str) else str(SESSIONS[day].date()) for day in days]
    rows = [f"e{place},{date},an event" for place, date in enumerate(dates)]
    (tmp_path / "events.csv").write_text("\n".join(["event_id,date,title", *rows, ""]), "utf-8")
    text = STUDY.replace("{MODEL}", model) + options
    (tmp_path / "study.toml").write_text(text, "utf-8")
    return tmp_path


def advised(text):
    """The settings that a terminal names, as lines of study.toml."""
    return dict(re.findall(r'^ +(\w+) = ("?[\w-]+"?) under \[options\]', text, re.MULTILINE))


def follow(folder, settings):
    """Write settings into [options], in the place of what is there."""
    path = folder / "study.toml"
    text = path.read_text("utf-8")
    for name, value in settings.items():
        text = re.sub(rf"^{name} = .*\n", "", text, flags=re.MULTILINE) + f"{name} = {value}\n"
    path.write_text(text, "utf-8")


def measured(folder):
    """Whole observations and windows that a study lacks, and observations without errors."""
    results = es.Study.read(folder / "study.toml").run()
    return len(results.left_out), sum(map(bool, results.abnormal.unestimated))


CASES = {
    "few returns": (
        {"days": [300, 340, 380, 420], "options": "min_estimation = 119\n"},
        "min_estimation = 114",
        "3 observations left out (e1 on ACME, e2 on ACME, e3 on ACME): only 114 of 120 estimation",
    ),
    "late series": (
        {"days": [300, 330], "first": 250, "options": "max_shift = 6\n"},
        "min_estimation = 29",
        "2 observations left out (e0 on ACME, e1 on ACME): only 29 of 120 estimation returns",
    ),
    "closure at day 0": (
        {"days": [f"{SESSIONS[482].date()}"], "closed": CLOSED},
        "max_shift = 29",
        "1 observation left out (e0 on ACME): closure: the first price after the statement",
    ),
    "closure with the statement at its end": (
        {"days": [f"{SESSIONS[499].date()}"], "closed": CLOSED},
        "max_shift = 29",
        "2 CAR windows left out (e0 on ACME): closure: the return of",
    ),
    "closure in a window": (
        {"days": [479, 479], "closed": CLOSED},
        "max_shift = 29",
        "2 CAR windows left out (e0 on ACME, e1 on ACME): closure: the return of",
    ),
    "overlap": (
        {"days": [300, 301, 302], "options": 'overlap = "drop"\n'},
        'overlap = "joint"',
        "1 observation left out (e1 on ACME): its window overlaps that of",
    ),
    "no variance": (
        {"days": [300], "first": 270, "model": ADJUSTED},
        "min_estimation = 9",
        "1 observation without standard errors (e0 on ACME): only 9 of 120 estimation returns",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_check_and_run_name_the_setting_and_following_it_works(tmp_path, name):
    arguments, setting, words = CASES[name]
    folder = folder_of(tmp_path, **arguments)
    assert measured(folder) != (0, 0)
    checked = run("check", cwd=folder)
    done = run("run", "--offline", "--quick", cwd=folder)
    again = run("run", "--offline", "--quick", cwd=folder)
    assert [end.returncode for end in (checked, done, again)] == [0, 0, 0]
    assert "Nothing to do" in again.stdout
    for said in (checked.stdout, done.stdout, again.stdout):
        assert words in said
        assert f"    {setting} under [options]" in said
    key, _, value = setting.partition(" = ")
    assert advised(checked.stdout) == advised(done.stdout) == {key: value}
    follow(folder, {key: value})
    assert measured(folder) == (0, 0)
    assert not advice(es.Study.read(folder / "study.toml").outlook())


def test_the_advice_is_there_for_machines_too(tmp_path):
    folder = folder_of(tmp_path, [300, 340], options="min_estimation = 119\n")
    checked = json.loads(run("check", "--json", cwd=folder).stdout)
    (own,) = checked["left_out"]
    assert (own["event_id"], own["asset"], own["window"]) == ("e1", "ACME", None)
    assert own["cure"] == "min_estimation = 118 under [options]"
    done = json.loads(run("run", "--offline", "--quick", "--json", cwd=folder).stdout)
    assert done["advice"][0].startswith("1 observation left out (e1 on ACME): only 118 of 120")
    assert done["advice"][1].startswith("  min_estimation = 118 under [options]")
    table = pd.read_csv(folder / "reports" / "data" / "left_out.csv", encoding="utf-8-sig")
    assert table["cure"].tolist() == [own["cure"]]


def test_what_no_setting_changes_is_said_so(tmp_path):
    """Before the first price, and after a series that has ended or is still to come."""
    ended = STUDY.replace('symbol = "prices.csv"\n', 'symbol = "prices.csv"\nended = true\n')
    folder = folder_of(tmp_path, ["2018-11-01", 300, "2022-01-03"])
    (folder / "study.toml").write_text(ended.replace("{MODEL}", CONSTANT), "utf-8")
    said = run("check", cwd=folder).stdout
    assert "1 observation left out (e0 on ACME): before the first price" in said
    assert "no setting changes that, but prices that begin earlier" in said
    assert "1 observation left out (e2 on ACME): series ends" in said
    assert "no setting changes that, but a source whose prices go on" in said
    assert not advised(said)


def test_one_return_is_too_few_for_any_setting(tmp_path):
    folder = folder_of(tmp_path, [300], first=277)  # one price before, one return in the window
    said = run("check", cwd=folder).stdout
    assert "only 2 of 120 estimation returns" in said
    assert advised(said) == {"min_estimation": "2"}
    folder = folder_of(tmp_path, [300], first=278)
    said = run("check", cwd=folder).stdout
    assert "only 1 of 120 estimation returns" in said
    assert not advised(said)
    assert "no setting changes that, but prices that begin earlier" in said


def test_a_closure_without_factor_prices_on_both_sides_is_not_bridged(tmp_path):
    model = '{ name = "market-model", factors = ["MKT"] }'
    folder = folder_of(tmp_path, [500], closed=CLOSED, model=model)
    assert advised(run("check", cwd=folder).stdout) == {"max_shift": "29"}
    market = pd.read_csv(folder / "market.csv")
    market[market["date"] != str(SESSIONS[479].date())].to_csv(folder / "market.csv", index=False)
    said = run("check", cwd=folder).stdout
    assert "CAR windows left out (e0 on ACME): closure: the return of" in said
    assert not advised(said)
    assert "a factor with prices on both sides of the closure" in said


def test_what_waits_for_prices_needs_no_advice(tmp_path):
    folder = folder_of(tmp_path, [599])
    said = run("check", cwd=folder).stdout
    assert re.search(r"1 CAR window left out \(e0 on ACME\): pending until", said)
    assert "under [options]" not in said
    assert "no setting" not in said


def test_a_short_window_is_warned_of_on_the_terminal(tmp_path):
    folder = folder_of(tmp_path, [300], options="min_estimation = 20\n")
    path = folder / "study.toml"
    path.write_text(path.read_text("utf-8").replace("[-140, -21]", "[-40, -21]"), "utf-8")
    words = "an estimation window of 20 sessions leaves the constant-mean at most 19 degrees"
    for arguments in (("check",), ("run", "--offline", "--quick")):
        assert words in run(*arguments, cwd=folder).stdout
    assert words in (folder / "reports" / "index.html").read_text("utf-8")


@pytest.mark.parametrize("seed", range(6))
def test_every_setting_that_is_named_does_what_it_says(seed):
    """Series with holes and closures, drawn at random: each item is measured once it is set."""
    rng = np.random.default_rng(seed)
    prices = pd.DataFrame(
        100 * (1 + rng.normal(0, 0.01, (600, 3))).cumprod(axis=0),
        SESSIONS,
        ["MKT", "AAA", "BBB"],
    )
    begin = int(rng.integers(1, 250))
    prices.loc[SESSIONS[:begin], "AAA"] = np.nan
    closed = int(rng.integers(300, 560))
    prices = prices.drop(SESSIONS[closed : closed + int(rng.integers(3, 12))])
    days = pd.date_range("2019-06-01", "2021-04-01", freq="D")
    dates = sorted(rng.choice(days, 25, replace=False))
    events = pd.DataFrame({"event_id": [f"e{n}" for n in range(25)], "date": dates, "title": "x"})
    chosen = es.Options(min_estimation=int(rng.integers(60, 121)))
    windows = es.Windows((-140, -21), (-3, 3), [(0, 0), (-3, 3)], (0, 0))
    model = {"AAA": es.models.MarketModel("MKT"), "BBB": es.models.MarketAdjusted("MKT")}

    def study(options):
        return es.run_study(events, prices, model=model, windows=windows, options=options)

    results = study(chosen)
    items = [own for own in left_out(results) if own.setting]
    assert items
    assert bool(advice(results)) == bool(left_out(results))
    for setting in {own.setting for own in items}:
        again = left_out(study(replace(chosen, **{setting.name: setting.value})))
        lacking = {(own.event_id, own.asset, own.window, own.cause) for own in again}
        for own in items:
            if own.setting == setting:
                assert (own.event_id, own.asset, own.window, own.cause) not in lacking


def test_the_outlook_of_a_study_is_what_its_run_leaves_out():
    study = es.load_example()
    seen, done = study.outlook(), study.run()
    pd.testing.assert_frame_equal(seen.left_out, done.left_out)
    pd.testing.assert_frame_equal(seen.alignment, done.alignment)
    assert seen.quality == done.quality == study.quality()
    with pytest.raises(es.EventStudyError, match="not fitted"):
        seen.regression(seen.events.event_ids[0], "IMOEX")


# --- no event at all --------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["event_id,date,title\n", "event_id,date,title", "\ufeffdate,title,event_id\r\n"]
)
def test_a_header_alone_is_no_study_yet(tmp_path, text):
    folder = folder_of(tmp_path, [300])
    assert run("run", "--offline", "--quick", cwd=folder).returncode == 0
    before = (folder / "reports" / "index.html").read_bytes()
    (folder / "events.csv").write_bytes(text.encode())
    for command in ("check", "run", "plan"):
        done = run(command, *(["--offline"] if command != "check" else []), cwd=folder)
        assert done.returncode == 4
        assert "events.csv: holds no event yet. Add one with `eventstudy add`." in done.stderr
        assert "Traceback" not in done.stderr
        assert not done.stdout
    assert (folder / "reports" / "index.html").read_bytes() == before
    told = json.loads(run("check", "--json", cwd=folder).stdout)
    assert told["problems"][0]["message"] == "holds no event yet"
    done = run("add", "--date", str(SESSIONS[300].date()), "--title", "first", cwd=folder)
    assert done.returncode == 0
    assert run("check", cwd=folder).returncode == 0


def test_a_study_without_events_is_refused_in_the_library_too(tmp_path):
    folder = folder_of(tmp_path, [300])
    prices = pd.DataFrame({"AAA": np.linspace(100, 110, 600)}, SESSIONS)
    empty = pd.DataFrame({"event_id": [], "date": [], "title": []})
    with pytest.raises(es.EventsError, match="holds no event yet"):
        es.run_study(empty, prices)
    study = es.Study.read(folder / "study.toml")
    nothing = replace(study, events=study.events.select([]))
    for ask in (nothing.run, nothing.quality, nothing.outlook, lambda: nothing.used):
        with pytest.raises(es.EventsError, match="holds no event yet"):
            ask()


def test_an_episode_that_is_dropped_is_not_cured_by_a_shorter_estimation_window(tmp_path):
    """Market-adjusted, without a variance: what leaves it out is that it overlaps."""
    folder = folder_of(tmp_path, [20, 21], options='overlap = "drop"\n', model=ADJUSTED)
    (row,) = es.Study.read(folder / "study.toml").run().left_out.to_dict("records")
    assert row["event_id"] == "e1"
    assert "overlaps" in row["reason"]
    assert row["cure"] == 'overlap = "joint" under [options]'
