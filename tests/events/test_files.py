"""Inputs are looked at before they are read: real pipes, devices, sockets and processes."""

import json
import os
import socket
from pathlib import Path

import pytest
from command import call
from small_study import run, write
from waiting import limited

import eventstudy as es
from eventstudy.errors import EventsError, InputError, PriceDataError, StudyFileError
from eventstudy.files import FileKindError, read_file_bytes
from eventstudy.reruns.fingerprint_file import read_keys
from eventstudy.reruns.history.log import Run, append_run, read_log
from eventstudy.reruns.up_to_date import digests


@pytest.fixture
def study(tmp_path):
    """A small study that has not been run; who waits for what is in its place is ended."""
    with limited("what is no regular file"):
        yield write(tmp_path)


def pipe(path):
    """Put a named pipe that nobody writes to where a file was."""
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def test_regular_files_and_links_to_them_are_read(tmp_path):
    (tmp_path / "file").write_bytes(b"\r\n\x00\xff")
    (tmp_path / "link").symlink_to("file")
    assert read_file_bytes(tmp_path / "file") == b"\r\n\x00\xff"
    assert read_file_bytes(str(tmp_path / "link")) == b"\r\n\x00\xff"


def test_what_is_no_regular_file_is_named_with_its_path_and_cure(tmp_path):
    pipe(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        kinds = {
            tmp_path: "folder",
            tmp_path / "pipe": "named pipe",
            tmp_path / "link": "named pipe",
            tmp_path / "socket": "socket",
            Path("/dev/zero"): "device",
        }
        for path, kind in kinds.items():
            with pytest.raises(FileKindError, match=kind) as caught:
                read_file_bytes(path)
            (problem,) = caught.value.problems
            assert problem.file == str(path)
            assert problem.cure


def test_a_file_at_the_limit_is_read_and_one_byte_more_is_not(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 2**20)
    assert len(read_file_bytes(path, 2**20)) == 2**20
    path.write_bytes(b"x" * (2**20 + 1))
    with pytest.raises(FileKindError, match="larger than 1 MB"):
        read_file_bytes(path, 2**20)


def test_a_missing_file_stays_a_missing_file(tmp_path):
    for path in (tmp_path / "none", ""):
        with pytest.raises(FileNotFoundError) as caught:
            read_file_bytes(path)
        assert not isinstance(caught.value, InputError)


@pytest.mark.parametrize("name", ["a\0b", "\0"])
def test_nul_in_a_path_is_typed(name):
    for read, error in (
        (read_file_bytes, FileKindError),
        (es.read_events, EventsError),
        (es.Study.read, StudyFileError),
    ):
        with pytest.raises(error, match="NUL"):
            read(name)
    assert set(digests([Path(name)]).values()) == {""}


@pytest.mark.parametrize("arguments", ["check", "run --quick", "plan", "show early", "verify"])
def test_events_that_are_a_pipe_are_refused_at_once(study, arguments):
    pipe(study / "events.csv")
    found = call(*arguments.split(), cwd=study)
    assert found.returncode == 4, found.stderr
    assert "events.csv: is not a regular file but a named pipe" in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize("arguments", ["check", "run --quick", "prices list"])
def test_a_study_that_is_a_pipe_is_refused_at_once(study, arguments):
    pipe(study / "study.toml")
    option = ["--study"] if arguments == "prices list" else []
    found = call(*arguments.split(), *option, "study.toml", cwd=study)
    assert found.returncode == 4, found.stderr
    assert "study.toml: is not a regular file but a named pipe" in found.stderr


def test_add_refuses_pipes_and_writes_nothing(study):
    for name in ("events.csv", "study.toml"):
        pipe(study / name)
        found = call("add", "--date", "2021-05-05", "--title", "Said", cwd=study)
        assert found.returncode == 4, found.stderr
        assert f"{name}: is not a regular file but a named pipe" in found.stderr


def test_prices_that_are_a_pipe_or_a_device_are_refused_at_once(study):
    pipe(study / "a.csv")
    with pytest.raises(PriceDataError, match=r"a\.csv: is not a regular file but a named pipe"):
        es.load_prices({"A": f"csv:{study / 'a.csv'}"})
    with pytest.raises(PriceDataError, match="a device"):
        es.load_prices({"A": "csv:/dev/zero"})
    found = call("run", "--quick", cwd=study)
    assert found.returncode == 5, found.stderr
    assert "named pipe" in found.stderr


@pytest.mark.parametrize("key", ["events", "reports", "title"])
def test_nul_in_the_study_file_is_a_problem_of_its_key(study, key):
    text = (study / "study.toml").read_text().replace('title = "A study"\n', "")
    (study / "study.toml").write_text(f'{key} = "a\\u0000b"\n{text}')
    for arguments in (["run", "--quick"], ["add", "--date", "2021-05-05", "--title", "Said"]):
        found = call(*arguments, cwd=study)
        assert found.returncode == 4, found.stderr
        assert f" {key}: holds a" in found.stderr
        assert "Traceback" not in found.stderr


def test_stored_files_that_are_pipes_are_not_waited_for(study):
    assert call("run", "--quick", cwd=study).returncode == 0
    for name in ("data/keys.json", "manifest.json"):
        pipe(study / "reports" / name)
    pipe(study / ".eventstudy" / "study.toml.current.json")
    assert read_keys(study / "reports") is None
    found = call("run", "--quick", cwd=study)
    assert found.returncode == 0, found.stderr
    assert (study / "reports/manifest.json").is_file()
    pipe(study / ".eventstudy" / "runs.jsonl")
    found = call("runs", cwd=study)
    assert found.returncode == 4, found.stderr
    assert "runs.jsonl: is not a regular file but a named pipe" in found.stderr
    found = call("diff", cwd=study)
    assert found.returncode == 4, found.stderr


@pytest.mark.parametrize("arguments", ["run --quick", "verify"])
def test_a_file_where_notes_are_kept_is_a_sentence(study, arguments):
    (study / ".eventstudy").touch()
    found = call(*arguments.split(), cwd=study)
    assert found.returncode == 4, found.stderr
    assert ".eventstudy: is not a folder" in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize("flag", ["--title", "--speaker", "--tag", "--set", "--id"])
def test_an_argument_that_is_not_utf8_is_a_usage_error_and_nothing_is_written(study, flag):
    before = (study / "events.csv").read_bytes()
    value = "title=Caf\udce9" if flag == "--set" else "Caf\udce9"  # as Python reads b"Caf\xe9"
    found = call("add", "--date", "2021-05-05", flag, value, cwd=study)
    assert found.returncode == 2, found.stderr
    assert flag in found.stderr
    assert r"Caf\udce9' is not UTF-8" in found.stderr
    assert "Traceback" not in found.stderr
    assert (study / "events.csv").read_bytes() == before


def test_other_text_that_is_not_utf8_is_a_usage_error_too(study):
    found = run("run", "--quick", "--force", b"caf\xe9", cwd=study)
    assert found.returncode == 2, found.stderr
    assert "is not UTF-8" in found.stderr


def test_a_message_that_is_not_utf8_is_logged(tmp_path):
    append_run(tmp_path, Run("r", "2021-01-01T00:00:00+00:00", 0.0, 1, message="caf\udce9.toml"))
    (logged,) = read_log(tmp_path).runs
    assert "caf" in logged.message


@pytest.mark.parametrize("fault", ["gone", "malformed", "never fetched"])
def test_check_ends_with_5_where_no_prices_can_be_read(study, fault):
    path, text = study / "study.toml", (study / "study.toml").read_text()
    if fault == "gone":
        (study / "a.csv").unlink()
    elif fault == "malformed":
        (study / "a.csv").write_text("date,close\n2020-01-01,-1\n")
    else:
        live = 'source = "yahoo"\nsymbol = "SPY"\n'
        path.write_text(text[: text.index("source")] + live)
    found = call("check", cwd=study, XDG_CACHE_HOME=str(study / "cache"))
    assert found.returncode == 5, found.stderr
    assert "are valid: 1 event, 1 asset (A)." in found.stdout
    assert found.stderr.startswith("prices: ")
    assert "The prices were not checked." in found.stderr
    machine = call("check", "--json", cwd=study, XDG_CACHE_HOME=str(study / "cache"))
    content = json.loads(machine.stdout)
    assert (machine.returncode, content["valid"]) == (5, True)
    assert content["unread"]


def test_check_ends_with_4_before_5_and_with_0_where_all_can_be_read(study):
    assert call("check", cwd=study).returncode == 0
    (study / "a.csv").unlink()
    (study / "events.csv").write_text("event_id,date,title\nearly,2021-13-10,Said\n")
    assert call("check", cwd=study).returncode == 4
