"""`plan`, `run` and `verify`: what they say, what they make, what they import."""

import csv
import hashlib
import json
import os
import subprocess
import sys

import pytest
from command import call
from rerun_study import SESSIONS, Small
from waiting import LIMIT

from eventstudy.report.ownership import MANIFEST, damaged, former

pytestmark = pytest.mark.slow
COMMAND = [sys.executable, "-m", "eventstudy"]
ENVIRONMENT = {**os.environ, "PYTHONWARNINGS": "error", "COLUMNS": "160", "EVENTSTUDY_CACHE": "no"}
HEAVY = ("pandas", "numpy", "scipy", "statsmodels", "plotly", "jinja2")
WHICH = f"""
import sys
from eventstudy.cli import main
code = 0
try:
    main()
except SystemExit as end:
    code = end.code
print(sorted(set({HEAVY!r}) & {{*sys.modules}}))
sys.exit(code)
"""


def cli(folder, *arguments, code=0):
    """What a command writes; it must end with a code."""
    done = call(*arguments, cwd=folder, EVENTSTUDY_CACHE="no", COLUMNS="160")
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def imported(folder, *arguments):
    """Heavy libraries that a command has imported when it ends, and what it said."""
    command = [sys.executable, "-c", WHICH, *arguments]
    done = subprocess.run(
        command,
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=LIMIT,
    )
    *said, names = done.stdout.splitlines()
    return names, "\n".join(said)


def planned(folder, *options):
    return json.loads(cli(folder, "plan", "--quick", "--json", *options))


def snapshot(folder):
    """Contents of all files below a folder, and when each was written."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A study with its report, made by the command line."""
    own = Small(tmp_path_factory.mktemp("made"))
    own.sessions = 240
    own.write()
    cli(own.folder, "run", "--quick")
    return own


@pytest.fixture
def own(made):
    """The same, brought back to how it was, with its report."""
    yield made
    fresh = Small(made.folder)
    fresh.sessions = 240
    fresh.write()
    vars(made).update(vars(fresh))
    cli(made.folder, "run", "--quick")


def test_a_first_plan_writes_nothing_and_names_every_event_and_asset(tmp_path):
    own = Small(tmp_path)
    before = snapshot(tmp_path)
    text = cli(tmp_path, "plan", "--quick", "--exit-code", code=10)
    assert snapshot(tmp_path) == before
    assert "5 pages to make, 0 stay. Index, averages and data are made again." in text
    rows = [line.split() for line in text.splitlines() if line.strip().endswith("new")]
    assert sorted(row[:2] for row in rows) == sorted(
        [event["event_id"], asset]
        for event in own.events
        for asset in (event["assets"].split("; ") if event["assets"] else ("AAA", "BBB"))
    )
    due = f"pending until {SESSIONS[220]:%Y-%m-%d}"
    assert [line.split()[:2] for line in text.splitlines() if due in line] == [["five", "BBB"]]


@pytest.mark.parametrize("form", ["same", "order", "quotes", "study"])
def test_a_run_with_nothing_to_do_imports_no_heavy_library(own, form):
    if form in ("order", "quotes"):
        order = [3, 1, 4, 0, 2] if form == "order" else None
        own.write(order=order, quoting=csv.QUOTE_ALL if form == "quotes" else 0)
    elif form == "study":
        study = own.folder / "study.toml"
        study.write_text("# a note\n" + study.read_text("utf-8").replace(" = ", "="), "utf-8")
    before = snapshot(own.folder / "reports")
    names, said = imported(own.folder, "run", "--quick")
    assert names == "[]"
    assert "Nothing to do: the report is up to date." in said
    names, said = imported(own.folder, "plan", "--quick", "--exit-code")
    assert names == "[]"
    assert said == "Nothing to do: the report is up to date."
    assert snapshot(own.folder / "reports") == before


def test_a_new_session_outside_all_windows_is_no_work_and_draws_nothing(own):
    own.sessions += 5
    own.write()
    before = snapshot(own.folder / "reports")
    names, said = imported(own.folder, "run", "--quick")
    assert names == "['numpy', 'pandas']"  # the prices are read, and nothing is computed
    assert "Nothing to do" in said
    assert snapshot(own.folder / "reports") == before
    assert imported(own.folder, "run", "--quick")[0] == "[]"  # and once is enough


def test_a_copy_of_the_study_where_one_stands_is_not_taken_for_it(own, tmp_path):
    own.write()
    cli(own.folder, "run", "--quick")
    for path in own.folder.glob("*.*"):
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    own.events[0]["title"] = "Edited"
    own.write()
    study = os.path.relpath(own.folder / "study.toml", tmp_path)
    assert "edited: title" in cli(tmp_path, "plan", "--quick", study)


def test_plan_says_which_field_was_edited_and_run_does_what_it_says(own):
    own.events[3] |= {"title": "Another"}
    own.events.append(own.event("six", 230, assets="BBB"))
    own.write()
    found = planned(own.folder)
    assert found["work"]
    made = {s["event_id"]: s["reasons"] for s in found["steps"] if s["action"] == "make"}
    assert made["four"][0] == "edited: title"
    assert made["six"] == ["new"]
    assert found["pages"] == {"make": len(made), "keep": 6 - len(made), "remove": 0}
    said = json.loads(cli(own.folder, "run", "--quick", "--json"))
    assert said["changed"].keys() - {"study"} == made.keys()
    assert (said["rendered"], said["kept"]) == (len(made), 6 - len(made))
    assert not planned(own.folder)["work"]
    assert "Nothing to do" in cli(own.folder, "plan", "--quick", "--exit-code")


def test_plan_names_settings_old_and_new(own):
    own.settings["confidence"] = 0.9
    own.write()
    text = cli(own.folder, "plan", "--quick")
    assert "setting options.confidence: 0.95 → 0.9" in text
    assert "settings changed: options.confidence" in text


def test_plan_refuses_what_run_refuses(own):
    (own.folder / "events.csv").write_text("event_id,date,title\na,13/01/2022,T\n", "utf-8")
    assert "events.csv:2: date" in cli(own.folder, "plan", code=4)


def test_force_makes_one_page_or_all_and_refuses_an_unknown_one(own):
    assert "1 page made, 4 as they were." in cli(own.folder, "run", "--quick", "--force", "two")
    said = json.loads(cli(own.folder, "run", "--quick", "--json", "--force", "study.toml"))
    assert (said["rendered"], said["kept"]) == (5, 0)
    assert said["changed"]["one"] == ["forced"]
    text = cli(own.folder, "run", "--quick", "--force", "tow", code=2)
    assert "no event 'tow'. Did you mean 'two'?" in text


def flip(path):
    """Change one byte; size and name stay."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["events/two.html", "index.html", "data/car.csv", "manifest.json"])
def test_a_flipped_bit_is_found_by_verify_and_repaired_by_the_next_run(own, name):
    home = own.folder / "reports"
    before = own.files()
    flip(home / name)
    said = cli(own.folder, "verify", "--sample", "0", code=1)
    assert ("was changed" if name == MANIFEST else f"{name}: was changed") in said
    cli(own.folder, "run", "--quick")
    assert own.files() == before
    sample = "2" if name == MANIFEST else "0"  # to make pages again takes as long as a run
    assert "All is as it should be." in cli(own.folder, "verify", "--sample", sample)


def test_verify_finds_a_forged_page_by_making_it_again(own):
    """The manifest was forged too: no digest is wrong; the page is among the samples."""
    home = own.folder / "reports"
    page = home / "events" / "two.html"
    page.write_bytes(page.read_bytes().replace(b"Title of two", b"Another name"))
    manifest = json.loads((home / MANIFEST).read_text("utf-8"))
    manifest["files"]["events/two.html"] = hashlib.sha256(page.read_bytes()).hexdigest()
    (home / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    assert not damaged(home, former(home))
    text = cli(own.folder, "verify", "--sample", "all", code=1)
    assert "events/two.html: is not what its inputs give" in text
    cli(own.folder, "run", "--quick", "--force")


def test_verify_takes_samples_by_seed_and_writes_nothing(own):
    before = snapshot(own.folder / "reports")
    runs = [
        json.loads(cli(own.folder, "verify", "--json", "--sample", "2", "--seed", seed))
        for seed in ("1", "1")
    ]
    pages = [{own for own in run["recomputed"] if own.startswith("events/")} for run in runs]
    assert [len(found) for found in pages] == [2, 2]
    assert pages[0] == pages[1]
    assert all("data/results.json" in run["recomputed"] for run in runs)
    assert snapshot(own.folder / "reports") == before


def test_verify_says_that_the_inputs_are_others_now(own):
    own.events[0]["title"] = "Edited"
    own.write()
    text = cli(own.folder, "verify")
    assert "Nothing was made again: the report is not that of the inputs as they are now" in text


def test_verify_without_a_report(tmp_path):
    Small(tmp_path)
    assert "there is no report that can be read" in cli(tmp_path, "verify", code=1)
    assert "is neither a number nor all" in cli(tmp_path, "verify", "--sample", "x", code=2)


def test_verify_finds_a_harmed_version(own):
    versions = sorted((own.folder / ".eventstudy" / "versions").glob("*/results.json.gz"))
    content = versions[0].read_bytes()
    flip(versions[0])
    assert f"version {versions[0].parent.name}" in cli(own.folder, "verify", code=1)
    versions[0].write_bytes(content)


def test_show_prints_an_event_that_waits(own):
    own.events.append(own.event("later", 260))
    own.write()
    text = cli(own.folder, "show", "later", "--study", "study.toml")
    assert f"pending until {SESSIONS[261]:%Y-%m-%d}" in text
