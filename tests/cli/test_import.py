"""`eventstudy import`: what is written, what is refused, and what stays as it is."""

import json
import os

import pytest
from command import call
from small_study import COMMAND, PLACE, write
from waiting import on_terminal

import eventstudy as es

LIST = (
    "Decision date,Time,Headline,Surprise\n"
    "1/27/2021,2:00 p.m. ET,Holds,-0.01\n"
    "3/17/2021,2:00 p.m. ET,Holds again,0.02\n"
)


@pytest.fixture
def study(tmp_path):
    """A small study and a list of events in another form."""
    write(tmp_path)
    (tmp_path / "list.csv").write_text(LIST, "utf-8")
    return tmp_path


def run_import(study, *arguments):
    """Import the list."""
    return call("import", "list.csv", *arguments, cwd=study)


def test_events_are_added_to_those_of_the_study_and_every_byte_stays(study):
    before = (study / "events.csv").read_bytes()
    done = run_import(study, "--tag", "fomc")
    assert done.returncode == 0, done.stderr
    assert "month first, proved by line 2" in " ".join(done.stdout.split())
    assert "Added 2 events" in done.stdout
    assert done.stdout.rstrip().endswith("Now: eventstudy run study.toml")
    events = es.read_events(study / "events.csv")
    assert (study / "events.csv").read_bytes() != before
    assert events.event_ids == ("early", "holds-2021-01-27", "holds-again-2021-03-17")
    assert events["holds-2021-01-27"].timezone == "America/New_York"
    assert events["holds-2021-01-27"].tags == ("fomc",)
    assert events["holds-2021-01-27"].attributes["Surprise"] == "-0.01"


def test_without_further_columns_the_file_only_grows(study):
    before = (study / "events.csv").read_bytes()
    lines = [line.rsplit(",", 1)[0] for line in LIST.splitlines()]
    (study / "list.csv").write_text("\n".join(lines) + "\n", "utf-8")
    assert run_import(study).returncode == 0
    assert (study / "events.csv").read_bytes().startswith(before)


def test_a_second_import_adds_nothing_and_says_so(study):
    run_import(study)
    before = (study / "events.csv").read_bytes()
    done = run_import(study)
    assert done.returncode == 0
    assert "2 events are in events.csv already." in done.stdout
    assert (study / "events.csv").read_bytes() == before


def test_a_dry_run_writes_nothing(study):
    before = (study / "events.csv").read_bytes()
    done = run_import(study, "--dry-run")
    assert "this would add 2 events" in done.stdout
    assert (study / "events.csv").read_bytes() == before


BAD = LIST + "soon,2:00 p.m.,Unclear,0\n5/5/2021,when it suits,Late,0\n,,Nothing,1\n"


def test_nothing_is_written_until_every_row_is_right(study):
    (study / "list.csv").write_text(BAD, "utf-8")
    before = (study / "events.csv").read_bytes()
    done = run_import(study)
    assert done.returncode == 4
    assert "list.csv:4" in done.stderr
    assert "'soon' is no date" in done.stderr
    assert "'when it suits' is no time of day" in done.stderr
    assert "--skip-bad FILE" in done.stderr
    assert (study / "events.csv").read_bytes() == before


def test_a_row_that_repeats_another_and_an_id_that_is_there_twice_are_not_taken(study):
    (study / "list.csv").write_text(LIST + LIST.splitlines()[1] + "\n", "utf-8")
    done = run_import(study)
    assert done.returncode == 4
    assert "the row repeats line 2" in done.stderr
    (study / "list.csv").write_text("id,Date,Event\nx,2021-01-05,A\nx,2021-01-06,B\n", "utf-8")
    done = run_import(study)
    assert done.returncode == 4
    assert "ids that occur more than once: x" in done.stderr


def test_bad_rows_are_left_out_and_listed_when_asked(study):
    (study / "list.csv").write_text(BAD, "utf-8")
    done = run_import(study, "--skip-bad", "bad.csv")
    assert done.returncode == 0, done.stderr
    assert len(es.read_events(study / "events.csv")) == 3
    listed = (study / "bad.csv").read_text("utf-8").splitlines()
    assert listed[0] == "line,reason,Decision date,Time,Headline,Surprise"
    assert [line.split(",")[0] for line in listed[1:]] == ["4", "5", "6"]
    assert "3 rows left out, listed in bad.csv" in done.stdout


def test_dates_of_two_readings_end_with_the_lines_to_write(study):
    (study / "list.csv").write_text("Date,Event\n3/4/2021,One\n5/6/2021,Two\n", "utf-8")
    done = run_import(study)
    assert done.returncode == 4
    assert '--date-format "%d/%m/%Y" (3/4/2021 is 2021-04-03)' in done.stderr
    assert '--date-format "%m/%d/%Y" (3/4/2021 is 2021-03-04)' in done.stderr
    done = run_import(study, "--date-format", "%m/%d/%Y")
    assert done.returncode == 0, done.stderr
    dates = [str(event.date) for event in es.read_events(study / "events.csv")]
    assert dates == ["2021-03-10", "2021-03-04", "2021-05-06"]


def test_a_link_keeps_the_comments_and_the_list_is_read_each_time(study):
    text = "# what it is\n" + (study / "study.toml").read_text("utf-8") + "# the end\n"
    (study / "study.toml").write_text(text, "utf-8")
    done = run_import(study, "--link", "--tag", "fomc", "--timezone", "America/New_York")
    assert done.returncode == 0, done.stderr
    linked = (study / "study.toml").read_text("utf-8")
    assert [line for line in text.splitlines() if line not in linked.splitlines()] == []
    assert '[events]\npath = "list.csv"\n' in linked
    assert es.Study.read(study / "study.toml").events.event_ids == (
        "holds-2021-01-27",
        "holds-again-2021-03-17",
    )
    with (study / "list.csv").open("a") as file:
        file.write("4/28/2021,2:00 p.m. ET,Still,0\n")
    assert len(es.Study.read(study / "study.toml").events) == 3
    again = run_import(study, "--link", "--timezone", "America/New_York")
    assert again.returncode == 0, again.stderr
    assert (study / "study.toml").read_text("utf-8").count("[events]") == 1


def test_nothing_is_added_to_a_list_that_others_keep(study):
    run_import(study, "--link", "--timezone", "America/New_York")
    done = call("add", "--date", "2021-04-01", "--title", "x", cwd=study)
    assert done.returncode == 2
    assert "a list that others keep" in done.stderr
    assert (study / "list.csv").read_text("utf-8") == LIST


def test_a_linked_study_runs_and_is_up_to_date_until_the_list_changes(study):
    run_import(study, "--link", "--timezone", "America/New_York")
    first = call("run", "--quick", cwd=study)
    assert first.returncode == 0, first.stderr
    assert "month first" in " ".join(first.stdout.split())
    assert "Nothing to do" in call("run", "--quick", cwd=study).stdout
    changed = LIST.replace("Holds again", "Holds on")
    (study / "list.csv").write_text(changed, "utf-8")
    assert "Nothing to do" not in call("run", "--quick", cwd=study).stdout


def test_what_was_understood_is_there_for_machines(study):
    done = run_import(study, "--json", "--dry-run")
    told = json.loads(done.stdout)
    assert told["added"] == ["holds-2021-01-27", "holds-again-2021-03-17"]
    assert told["written"] is False
    assert any("month first" in note for note in told["understood"])


def test_three_commands_lead_from_two_files_to_a_report(tmp_path):
    write(tmp_path)
    made = tmp_path / "made"
    lines = (tmp_path / "a.csv").read_text().splitlines()[1:]
    rows = []
    for line in lines:
        day, level = line.split(",")
        year, month, number = day.split("-")
        rows.append(f'{month}/{number}/{year},"{float(level) * 30:,.2f}"')
    (tmp_path / "broker.csv").write_text("Date,Last\n" + "\n".join(rows[::-1]) + "\n")
    (tmp_path / "list.csv").write_text(LIST, "utf-8")
    clock = "16:00 America/New_York"
    first = call("init", "made", "--prices", "SPX=broker.csv", "--clock", clock, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    second = call("import", "list.csv", "--study", "made/study.toml", cwd=tmp_path)
    assert second.returncode == 0, second.stderr
    third = call("run", "--quick", "made/study.toml", cwd=tmp_path)
    assert third.returncode == 0, third.stderr
    assert (made / "reports" / "index.html").is_file()
    results = json.loads((made / "reports" / "data" / "results.json").read_text("utf-8"))
    assert "holds-2021-01-27" in json.dumps(results)


def test_on_a_terminal_columns_are_asked_for_with_proposals(study):
    answers = [
        ("Column of the date", ""),
        ("Column of the title", "Nothing"),
        ("Column of the title", "Surprise"),
        ("Column of the time", ""),
        ("Column of the speaker", ""),
        ("Column of the assets", ""),
    ]
    environment = {**os.environ, "PYTHONPATH": str(PLACE), "COLUMNS": "60"}
    command = [*COMMAND, "import", "list.csv", "--output", "asked.csv"]
    code, seen = on_terminal(command, answers, cwd=study, env=environment)
    assert code == 0, seen
    assert "There is no column 'Nothing'." in seen
    assert max(map(len, seen.splitlines())) <= 80
    titles = [event.title for event in es.read_events(study / "asked.csv")]
    assert titles == ["-0.01", "0.02"]


@pytest.mark.parametrize("flag", ["--date", "--title"])
def test_a_column_that_is_not_there_is_named_with_the_nearest(study, flag):
    done = run_import(study, flag, "Decison date")
    assert done.returncode == 4
    assert "Did you mean 'Decision date'?" in done.stderr


def test_a_sheet_needs_its_library_and_the_line_that_installs_it_is_said(study, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "python_calamine", None)
    (study / "list.xlsx").write_bytes(b"PK\x03\x04")
    done = call("import", "list.xlsx", cwd=study)
    assert done.returncode == 4
    assert 'pip install "market-eventstudy[files]"' in done.stderr


def test_estimation_windows_of_a_list_are_imported_and_wrong_ones_named(study):
    rows = [
        "Decision date,Headline,est_start,est_end",
        "1/27/2021,Holds,-120,-11",
        "3/17/2021,Up,,",
    ]
    (study / "list.csv").write_text("\n".join(rows) + "\n", "utf-8")
    done = run_import(study)
    assert done.returncode == 0, done.stderr
    made = es.read_events(study / "events.csv")["holds-2021-01-27"]
    assert (made.estimation_start, made.estimation_end) == (-120, -11)
    checked = call("check", "study.toml", cwd=study)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    (study / "list.csv").write_text("\n".join(rows).replace("-120", "120") + "\n", "utf-8")
    refused = run_import(study, "--output", "other.csv")
    assert refused.returncode == 4
    assert "lies on or after day 0" in " ".join(refused.stderr.split())
