"""Bars in a study file: read, refused with what to write, run, kept up to date."""

import io
import json

import jsonschema
import pandas as pd
import pytest
from click.testing import CliRunner
from minute_bars import walk, weekdays

import eventstudy as es
from eventstudy.cli import cli
from eventstudy.errors import StudyFileError
from eventstudy.report.data_files import results_json
from eventstudy.report.report_data import ReportData
from eventstudy.report.schema import schema
from eventstudy.reruns.causes import causes_between
from eventstudy.reruns.comparison import Comparison
from eventstudy.reruns.fingerprints import keys_of
from eventstudy.results.export import workbook

DAYS = weekdays(66)
HEAD = """
title = "Minutes"
events = "events.csv"
timezone = "Europe/Moscow"

[assets.IMOEX]
source = "sample"
symbol = "IMOEX"
"""
BARS = """
[bars.A]
source = "csv"
path = "bars.csv"
market = "XMOS"
timezone = "Europe/Moscow"
label = "start"

[minutes]
also = []
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "study.toml").write_text(HEAD + BARS)
    rows = [
        "event_id,date,time,title",
        f"early,{DAYS[-3]},12:00,First",
        f"late,{DAYS[-1]},12:00,Second",
        f"night,{DAYS[-1]},02:00,Third",
    ]
    (tmp_path / "events.csv").write_text("\n".join(rows) + "\n")
    write(tmp_path, frame())
    return tmp_path


def frame():
    return walk(DAYS, minutes=10)


def write(folder, table):
    table.assign(time=table.index.strftime("%Y-%m-%d %H:%M")).to_csv(
        folder / "bars.csv", index=False
    )


def study(folder):
    return es.Study.read(folder / "study.toml")


def test_a_study_with_bars_is_measured_in_minutes_too(folder):
    read = study(folder)
    results = read.run()
    assert results.minutes.car()["event_id"].tolist() == ["early", "late"]
    assert results.minutes.overnight()["event_id"].tolist() == ["night"]
    content = json.loads(results_json(ReportData(results)))
    assert [row["car"] for row in content["minutes_car"]] == pytest.approx(
        results.minutes.car()["car"].tolist()
    )
    faults = jsonschema.Draft202012Validator(schema()).iter_errors(content)
    assert not [fault.message for fault in faults]
    assert content["minutes_bars"][0]["market"] == "XMOS"


def test_a_study_without_bars_is_what_it_was(folder):
    (folder / "study.toml").write_text(HEAD)
    results = study(folder).run()
    assert results.minutes is None
    assert not [name for name in ReportData(results).tables if name.startswith("minutes")]


FAULTS = {
    "no source": (BARS.replace('source = "csv"\n', ""), "bars.A.source", "is no source of bars"),
    "unknown source": (BARS.replace('"csv"', '"csw"'), "bars.A.source", "Did you mean 'csv'?"),
    "no market": (BARS.replace('market = "XMOS"\n', ""), "bars.A", 'Write market = "XMOS"'),
    "unknown market": (BARS.replace('"XMOS"', '"XMOZ"'), "bars.A.market", "XMOZ"),
    "unknown key": (BARS.replace("label", "labels"), "bars.A.labels", "Did you mean 'label'?"),
    "wrong label": (BARS.replace('"start"', '"open"'), "bars.A.label", 'write "start" or "end"'),
    "factor": (BARS.replace("[minutes]", 'factor = "B"\n[minutes]'), "bars.A.factor", "[bars.B]"),
    "window": (BARS.replace("also = []", "before = -5"), "minutes.before", "without signs"),
    "windows": (BARS.replace("also = []", "also = [5, 60]"), "minutes.also", "[[15, 45], [5, 60]]"),
    "days": (BARS.replace("also = []", 'days = "after"'), "minutes.days", "before or around"),
    "implied": (BARS + '[bars.B]\nimplied = "A / C"\nerror = 0.1\n', "bars.B.implied", "[bars.C]"),
    "formula": (BARS + '[bars.B]\nimplied = "A"\n', "bars.B.implied", "IMOEX / RTS"),
    "source": (
        BARS + '[bars.B]\nimplied = "1 / A"\nsource = "csv"\npath = "b"\n',
        "bars.B",
        "source",
    ),
    "proxy": (BARS.replace("[minutes]", 'proxy = "IMOEX"\n[minutes]'), "bars.A", "0.002"),
    "unknown option": (BARS.replace("also", "alsoo"), "minutes.alsoo", "Did you mean 'also'?"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_wrong_is_named_with_its_line_and_its_cure(folder, name):
    text, field, said = FAULTS[name]
    (folder / "study.toml").write_text(HEAD + text)
    with pytest.raises(StudyFileError) as raised:
        study(folder)
    (problem,) = raised.value.problems
    assert problem.field.startswith(field)
    assert problem.line is not None
    assert said in str(problem)


def test_events_may_name_an_asset_that_has_bars_alone(folder):
    head, *rows = (folder / "events.csv").read_text().splitlines()
    lines = [f"{head},assets", *(f"{row},A" for row in rows)]
    (folder / "events.csv").write_text("\n".join(lines) + "\n")
    assert study(folder).events["early"].assets == ("A",)


def test_later_bars_change_no_event_and_revised_ones_those_that_used_them(folder):
    before = keys_of(study(folder), placebo_runs=False)
    more = walk([*DAYS, "2021-12-20"], minutes=10)
    whole = pd.concat([frame(), more.loc["2021-12-20"]])
    write(folder, whole)
    after = keys_of(study(folder), placebo_runs=False)
    assert causes_between(before, after).observations == {}
    assert "prices of bars of A changed" in causes_between(before, after).data
    revised = whole.copy()
    revised.iloc[-110, 0] *= 1.001  # the day before the last, after the first event
    write(folder, revised)
    again = causes_between(after, keys_of(study(folder), placebo_runs=False))
    assert again.observations == {
        "late": {"bars of A": ("data",)},
        "night": {"bars of A": ("data",)},
    }


def test_the_bars_of_its_claims_change_an_event(folder):
    """Lows and highs, and bars of a proxy, are of no window; a claim is looked for in them."""
    text = HEAD + BARS.replace("[bars.A]", '[bars.A]\nproxy = "IMOEX"\nerror = 0.01', 1)
    plain = BARS.replace("[bars.A]", "[bars.B]").split("[minutes]")[0]
    (folder / "study.toml").write_text(text + plain.replace("bars.csv", "other.csv"))
    head, early, *rows = (folder / "events.csv").read_text().splitlines()
    rows = [f"{head},claims", f"{early},IMOEX:-1%@{DAYS[-3]}", *(f"{row}," for row in rows)]
    (folder / "events.csv").write_text("\n".join(rows) + "\n")
    write(folder, frame())
    (folder / "bars.csv").rename(folder / "other.csv")
    table = frame().assign(high=lambda bars: bars["close"] * 1.001)
    write(folder, table)
    before = keys_of(study(folder), placebo_runs=False)
    table.iloc[-150, table.columns.get_loc("high")] *= 1.01  # inside the claimed session
    write(folder, table)
    after = keys_of(study(folder), placebo_runs=False)
    moved = Comparison(before, after).moved("", before.events["early"], after.events["early"])
    assert list(moved) == ["prices around its claims changed"]
    assert causes_between(before, after).data == ("bars of A: ranges changed",)


def test_another_statement_changes_the_pages_that_name_it_and_those_whose_days_it_bars(folder):
    before = keys_of(study(folder), placebo_runs=False)
    lines = (folder / "events.csv").read_text()
    (folder / "events.csv").write_text(lines + f"beside,{DAYS[-1]},13:00,Fourth\n")
    after = keys_of(study(folder), placebo_runs=False)
    observations = causes_between(before, after).observations
    changed = {name for name, on in observations.items() if "bars of A" in on}
    assert changed - {"beside"} == {"late", "night"}  # of the same day; "early" lies before it


def test_a_workbook_has_moments_with_their_zone_as_text(folder):
    tables = ReportData(study(folder).run()).tables
    sheet = pd.read_excel(io.BytesIO(workbook(tables)), "minutes_car", engine="calamine")
    assert sheet["start"].tolist()[0] == f"{DAYS[-3]}T11:50:00+03:00"


def test_another_window_is_a_change_of_method(folder):
    before = keys_of(study(folder), placebo_runs=False)
    (folder / "study.toml").write_text(HEAD + BARS.replace("also = []", "after = 30"))
    causes = causes_between(before, keys_of(study(folder), placebo_runs=False))
    assert any("minutes.after: 20 → 30" in words for words in causes.method_words)


def test_the_command_line_tells_of_minutes(folder):
    path = str(folder / "study.toml")
    checked = CliRunner().invoke(cli, ["check", path])
    assert checked.exit_code == 0, checked.output
    assert "bars of 10 min" in checked.output
    shown = CliRunner().invoke(cli, ["show", "early", "--study", path])
    assert "Moves in minutes" in shown.output
    assert "ordinary days show anywhere between 11:00 and 12:20" in " ".join(shown.output.split())
    assert "in the window (11:50 to 12:20)" in " ".join(shown.output.split())
    as_json = CliRunner().invoke(cli, ["show", "night", "--study", path, "--json"])
    content = json.loads(as_json.stdout)
    assert content["minutes_overnight"][0]["kind"] == "overnight"
    assert content["minutes_onset"][0]["reason"] == "outside the session"
    assert content["minutes_shares"][0]["session"] == DAYS[-1]
    assert content["minutes_claims"] == []
    assert content["minutes_left_out"][0]["reason"] == "outside the session"


def test_the_last_bars_of_a_study_are_compared_with_its_daily_closes(folder):
    """The hourly bars of the index end with its official close on all 38 sessions."""
    bars = '\n[bars.IMOEX]\nsource = "sample"\nsymbol = "IMOEX"\n'
    (folder / "study.toml").write_text(HEAD + bars)
    read = study(folder)
    assert not [finding for finding in read.bar_quality() if finding.kind == "close-differs"]
    (folder / "study.toml").write_text(HEAD + bars.replace('"IMOEX"', '"SBER"'))
    (differs,) = (one for one in study(folder).bar_quality() if one.kind == "close-differs")
    assert "on 81 of 81 days" in differs.text
