"""Every output path of the command line: inputs and strangers' files are never replaced."""

import json
import shutil
import stat

import pytest
from command import call
from rerun_study import Small

import eventstudy as es
from eventstudy.errors import OutputError
from eventstudy.report.ownership import MANIFEST, MARK, former


def cli(folder, *arguments, code=0):
    """What a command writes when it is called in a folder; it must end with a code."""
    done = call(*arguments, cwd=folder)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A study with its report, made by the command line."""
    own = Small(tmp_path_factory.mktemp("made"))
    own.sessions = 240
    own.write()
    cli(own.folder, "run", "--quick", "--standalone", "one.html")
    return own.folder


@pytest.fixture
def study(made, tmp_path):
    """A copy of it that a test may harm."""
    return shutil.copytree(made, tmp_path / "study")


def as_version_01(study):
    """Take from a report what version 0.1 did not write."""
    home = study / "reports"
    (home / MARK).unlink()
    (home / MANIFEST).write_text(json.dumps({"files": former(home)}), "utf-8")
    shutil.rmtree(study / ".eventstudy")
    return home


def test_a_report_of_version_01_is_planned_added_to_and_forced(study):
    home = as_version_01(study)
    assert "the report of version 0.1 that is there is adopted" in cli(study, "plan", "--quick")
    assert not (home / MARK).exists()  # a plan writes nothing
    cli(study, "add", "--date", "2021-11-03", "--time", "12:00", "--title", "Said", "--id", "new")
    cli(study, "run", "--quick", "--force", "one")
    assert (home / MARK).is_file()
    assert (home / "events" / "new.html").is_file()
    assert "Nothing to do" in cli(study, "run", "--quick")
    cli(study, "verify", "--sample", "1")


def test_a_lost_manifest_is_work_for_plan_and_run(study):
    (study / "reports" / MANIFEST).unlink()
    assert "manifest.json is missing" in cli(study, "plan", "--quick", "--exit-code", code=10)
    cli(study, "run", "--quick")
    assert "All is as it should be" in cli(study, "verify", "--sample", "0")


def test_files_in_the_way_are_listed_and_replaced_only_with_adopt(study):
    home, names = study / "web", ["index.html", "data/car.csv", "events/one.html"]

    def contents():
        return {(home / name).read_text("utf-8") for name in names}

    for name in names:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("mine", "utf-8")
    (home / "thesis.txt").write_text("mine", "utf-8")
    for command in ("plan", "run"):
        said = cli(study, command, "--quick", "--output", "web", code=4)
        assert f"would be replaced: {', '.join(names)}. Name another folder" in said
    assert contents() == {"mine"}
    planned = cli(study, "plan", "--quick", "--output", "web", "--adopt")
    assert contents() == {"mine"}
    said = cli(study, "run", "--quick", "--output", "web", "--adopt")
    for name in names:
        assert f"{name} is not of this report" in planned
        assert f"{name} is not of this report and is replaced (--adopt)" in said
    assert "mine" not in contents()
    assert (home / "thesis.txt").read_text("utf-8") == "mine"


def test_a_second_study_with_the_same_folder_is_refused(study):
    shutil.copy(study / "study.toml", study / "other.toml")
    said = cli(study, "run", "--quick", "other.toml", code=4)
    assert "it holds the report of another study" in said
    assert "`reports` in study.toml" in said
    cli(study, "run", "--quick", "other.toml", "--output", "others")
    assert "Nothing to do" in cli(study, "run", "--quick")


@pytest.mark.parametrize("name", ["events.csv", "study.toml", "AAA.csv", "link", "mine.html"])
def test_one_file_replaces_no_input_and_no_strangers_file(study, name):
    (study / "mine.html").write_text("<!doctype html>mine", "utf-8")
    (study / "link").symlink_to("events.csv")
    before = (study / name).read_bytes()
    said = cli(study, "run", "--quick", "--standalone", name, code=4)
    if name == "mine.html":
        assert "is there already and is not a report in one file" in said
        assert "--overwrite" in said
        cli(study, "run", "--quick", "--standalone", name, "--overwrite")
        assert (study / name).read_bytes() != before
    else:
        assert "is an input of this study and would be overwritten" in said
        cli(study, "run", "--quick", "--standalone", name, "--overwrite", code=4)
        assert (study / name).read_bytes() == before


def test_one_file_is_written_again(study):
    before = (study / "one.html").read_bytes()
    (study / "one.html").chmod(0o640)
    cli(study, "run", "--quick", "--standalone", "one.html")
    assert (study / "one.html").read_bytes() == before
    with pytest.raises(OutputError, match="is not a report in one file"):
        es.write_standalone(study / "reports", study / "reports" / "index.html")
    mode = stat.S_IMODE((study / "reports" / "index.html").stat().st_mode)
    es.write_standalone(study / "reports", study / "two.html")
    assert stat.S_IMODE((study / "two.html").stat().st_mode) == mode  # both follow the umask


def test_the_library_does_not_replace_the_report_of_a_study(study):
    results = es.run_study(
        es.Study.read(study / "study.toml").events, es.Study.read(study / "study.toml").prices
    )
    with pytest.raises(OutputError, match="the report of another study"):
        es.write_report(results, study / "reports")


def test_no_path_of_the_machine_is_in_the_report_or_its_keys(study):
    for path in (study / "reports").rglob("*"):
        assert not path.is_file() or str(study).encode() not in path.read_bytes(), path


def test_init_and_schedule_write_through_no_link(study):
    (study / "new").mkdir()
    (study / "new" / "events.csv").symlink_to(study / "precious")
    assert "already there" in cli(study, "init", "new", code=2)
    arguments = ("schedule", "--systemd", "--output", "timers")
    names = [line.split("/")[-1] for line in cli(study, *arguments).splitlines()]
    unit = study / "timers" / names[0].removeprefix("wrote ")
    cli(study, *arguments)  # the same again
    unit.unlink()
    unit.symlink_to(study / "precious")
    assert "already there and different" in cli(study, *arguments, code=2)
    assert not (study / "precious").exists()


@pytest.mark.parametrize("name", [".gitattributes", "frozen.json", "sample-IMOEX", "link"])
def test_freezing_prices_replaces_no_file_of_the_users(tmp_path, name):
    cli(tmp_path, "init", "own", "--example")
    study, prices = tmp_path / "own", tmp_path / "own" / "prices"
    cli(study, "prices", "freeze", "--offline")
    (stored,) = prices.glob("sample-IMOEX-*.csv")
    shutil.rmtree(prices)
    prices.mkdir()
    path = prices / {"sample-IMOEX": stored.name, "link": "frozen.json"}.get(name, name)
    if name == "link":
        (tmp_path / "precious").write_text("mine", "utf-8")
        path.symlink_to(tmp_path / "precious")
    else:
        path.write_text('{"mine": true}', "utf-8")
    before = path.read_text("utf-8")
    said = cli(study, "prices", "freeze", "--offline", code=4)
    assert f"{path.name}: is there, and is not a file that `eventstudy prices freeze` wrote" in said
    assert path.read_text("utf-8") == before
    if name == ".gitattributes":
        path.write_text("*.csv eol=lf\n* -text\n", "utf-8")
    else:
        path.unlink()
    cli(study, "prices", "freeze", "--offline")
    assert cli(study, "prices", "freeze", "--offline").startswith("Kept in prices")
    assert name != ".gitattributes" or path.read_text("utf-8").startswith("*.csv eol")
