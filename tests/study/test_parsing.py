"""JSON and TOML that are nested too deeply, torn or huge: an error that says so, or a repair."""

import datetime as dt
import gzip
import json
import os
import re
import subprocess
import sys

import pytest
from command import call as run
from servers import LoopbackServer, body
from small_study import PLACE, write

import eventstudy as es
from eventstudy.errors import CacheError, PriceDataError, StudyFileError
from eventstudy.parsing import DEEPEST, parse_json, parse_toml
from eventstudy.prices.network.retries import Policy, fetch
from eventstudy.study.outline import read_outline

DEEP = "[" * 100_000
TOML = {
    "a dotted key of 32 kB": ".".join("a" * 16_000) + " = 1",
    "with blanks and quotation marks": " . ".join(['"a"', "'b'"] * 40) + " = 1",
    "a dotted table": "[" + ".".join("a" * 16_000) + "]",
    "a dotted list of tables": "[[" + ".".join("a" * 16_000) + "]]",
    "dotted in an inline table": "x = { y = 1, " + ".".join("a" * 16_000) + " = 1 }",
    "lists": "x = " + DEEP,
    "lists with items": "x = " + "[1, " * 10_000,
    "lists over lines": "x = " + "[\n" * 10_000,
    "inline tables": "x = " + "{a=" * 10_000,
    "digits": "x = " + "9" * 5000,
    "hexadecimal digits": "x = 0x" + "F" * 5000,
    "no number of 64 bits": "x = 9223372036854775808",
}
COMMANDS = ("check", "run --quick", "plan", "show early", "verify", "runs", "diff", "prices list")


@pytest.fixture
def study(tmp_path):
    """A small study that has not been run."""
    return write(tmp_path)


@pytest.mark.parametrize("text", TOML.values(), ids=TOML)
def test_toml_that_no_parser_can_follow_is_an_error_of_its_line(study, text):
    path = study / "study.toml"
    path.write_text(f'title = "A study"\n{text}\n[assets.A]\n')
    for read in (es.Study.read, read_outline):
        with pytest.raises(StudyFileError) as caught:
            read(path)
        (problem,) = caught.value.problems
        assert problem.file == str(path)
        assert problem.message.startswith("not valid TOML: ")
        assert len(str(problem)) < 300
        if "64 bits" not in problem.message:
            assert problem.line in range(2, 3 + DEEPEST)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("what", ["a dotted key of 32 kB", "lists"])
def test_every_command_says_it_of_study_toml(study, command, what):
    (study / "study.toml").write_text(f'title = "A study"\n{TOML[what]}\n[assets.A]\n')
    option = [] if command != "show early" else ["--study", "study.toml"]
    found = run(*command.split(), *option, cwd=study)
    assert found.returncode == 4, found.stderr
    assert f"study.toml:2: not valid TOML: nested more than {DEEPEST} levels deep" in found.stderr
    assert len(found.stderr) < 400


def test_toml_of_ordinary_depth_is_read():
    deep = ".".join("a" * DEEPEST)
    content = parse_toml(
        f'{deep} = 9223372036854775807\nb = [[1], ["{DEEP}"]] # {DEEP}\n'
        f'c = """\n{deep}.{deep}.\n{DEEP}"""\nd = \'{DEEP}\'\n[[e.f]]\n"g.h" = -1\n'
    )
    assert content["b"][1] == [DEEP]
    assert content["e"] == {"f": [{"g.h": -1}]}


@pytest.mark.parametrize(
    "text",
    [
        " " * 2**20,
        "." * 2**20,
        "a." * 2**19,
        "\na" * 2**19,
        ",'" * 2**19,
        '"' * 2**20,
        'x = """' + "\\" * 2**20,
        "a" * 2**20,
        "{" * 2**20,
        "x = 1" + " " * 2**20 + "[",
    ],
    ids=range(10),
)
def test_looking_at_a_mebibyte_takes_no_quadratic_time(text):
    """A minute is far more than a pass over it takes, and far less than its square."""
    script = "import sys; from eventstudy.parsing import _TOKENS; "
    script += "print(sum(1 for _ in _TOKENS.finditer(sys.stdin.read())))"
    found = subprocess.run(
        [sys.executable, "-c", script],
        input=text,
        text=True,
        timeout=60,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(PLACE)},
    )
    assert found.returncode == 0, found.stderr


def test_a_study_file_of_megabytes_is_refused(study):
    (study / "study.toml").write_text(" " * (2**20 + 1))
    with pytest.raises(StudyFileError, match="larger than 1 MB"):
        es.Study.read(study / "study.toml")


def test_json_that_no_parser_can_follow_is_a_value_error():
    for text in (DEEP, '{"a":' * 100_000, DEEP.encode()):
        with pytest.raises(ValueError, match="nested too deeply"):
            parse_json(text)
    assert parse_json(b'{"a": [1]}') == {"a": [1]}


STORED = ("data/keys.json", "data/summary.json", "data/results.json")


@pytest.mark.parametrize(
    "content", [DEEP, "null", "[1]", '{"files": 1'], ids=["deep", "null", "list", "torn"]
)
def test_stored_json_that_cannot_be_read_is_made_again(study, content):
    assert run("run", "--quick", cwd=study).returncode == 0
    reports, kept = study / "reports", study / ".eventstudy"
    before = {name: (reports / name).read_bytes() for name in STORED}
    for path in (*(reports / name for name in STORED), kept / "study.toml.current.json"):
        path.write_text(content)
        found = run("run", "--quick", cwd=study)
        assert found.returncode == 0, found.stderr
        assert {name: (reports / name).read_bytes() for name in STORED} == before
    (reports / "manifest.json").write_text(content)
    found = run("plan", cwd=study)
    assert (found.returncode, "Traceback" in found.stderr) == (0, False), found.stderr


def test_a_deep_line_of_the_log_counts_as_torn_and_deep_versions_are_told(study):
    assert run("run", "--quick", cwd=study).returncode == 0
    text = (study / "events.csv").read_text()
    (study / "events.csv").write_text(text.replace("It was said", "It was not"))
    assert run("run", "--quick", cwd=study).returncode == 0
    assert run("diff", cwd=study).returncode == 0
    with (study / ".eventstudy/runs.jsonl").open("a") as log:
        log.write(DEEP + "\n")
    found = run("runs", "--json", cwd=study)
    assert found.returncode == 0, found.stderr
    assert len(json.loads(found.stdout)["runs"]) == 2
    for content in (gzip.compress(DEEP.encode()), b"\x1f\x8b\x08\x00no gzip"):
        for path in study.glob(".eventstudy/versions/*/results.json.gz"):
            path.write_bytes(content)
        found = run("diff", cwd=study)
        assert found.returncode == 2, found.stderr
        assert re.search(r"the results of run \S+ cannot be read", found.stderr)
        found = run("verify", cwd=study)
        assert (found.returncode, "Traceback" in found.stderr) == (1, False), found.stderr


def test_a_calibration_that_cannot_be_read_is_made_again(study):
    results = es.Study.read(study / "study.toml").run()
    first = es.calibrate(results, samples=20, cache=study)
    (kept,) = study.glob("calibration-*.json")
    for content in (DEEP, "null", "{}"):
        kept.write_text(content)
        assert es.calibrate(results, samples=20, cache=study).to_json() == first.to_json()
        assert kept.read_text() == first.to_json()


def test_a_deep_manifest_of_frozen_prices_is_a_cache_error(study):
    (study / "prices").mkdir()
    (study / "prices/frozen.json").write_text(DEEP)
    with pytest.raises(CacheError, match="nested too deeply"):
        es.load_prices({"A": "csv:a.csv"}, folder=study)


@pytest.mark.parametrize(("name", "symbol"), [("yahoo", "AAPL"), ("moex", "SBER")])
def test_a_deep_answer_of_a_source_is_typed(name, symbol):
    with LoopbackServer() as server:
        server.put_moex("SBER", {dt.date(2022, 1, 13): 1.0})
        server.put_yahoo("AAPL", {dt.date(2022, 1, 13): 1.0})
        for text in (DEEP, '{"chart":' + "[" * 800 + "]" * 800 + "}"):
            server.inject(name, body(text.encode()), always=True)
            day = dt.date(2022, 1, 13)
            with pytest.raises((PriceDataError, es.errors.UnreachableError)):
                fetch(getattr(server, name)(), symbol, {}, day, day, Policy(attempts=1))
