"""Nothing in a user's files steers the terminal: real processes, and every character there is."""

import json
import sys
import unicodedata

import forked
import pytest
import small_study
from rich.panel import Panel
from rich.text import Text
from small_study import PLACE

from eventstudy.cli.terminal import console, plain, print_json, tell

STEERING = "".join(
    chr(code)
    for first, last in (
        (0x00, 0x08),
        (0x0B, 0x1F),
        (0x7F, 0x9F),
        (0x202A, 0x202E),
        (0x2066, 0x2069),
        (0x200E, 0x200F),
        (0x2028, 0x2029),
        (0xE0000, 0xE007F),
    )
    for code in range(first, last + 1)
)
READ = "line\nand\ttab, café, Ω, Рябков, 中文, 5\u00a0%, \u202f−2.2, می\u200cخواهم, 👩\u200d💻"


def run(*arguments, cwd):
    """Run the command line; what it writes is taken as bytes."""
    return forked.run(*arguments, cwd=cwd, encoding=None)


@pytest.fixture
def study(tmp_path):
    """A small study that has not been run."""
    return small_study.write(tmp_path)


def steers(content):
    """Characters of an output that could steer a terminal."""
    return {c for c in content.decode("utf-8") if c in STEERING}


def test_every_steering_character_becomes_an_escape_and_text_stays():
    for character in STEERING:
        assert plain(f"a{character}b") == f"a{ascii(character)[1:-1]}b"
    assert plain(READ) == READ
    assert plain(plain(STEERING)) == plain(STEERING)


def test_no_control_or_format_character_of_unicode_is_left_out():
    kept = {"\n", "\t", "\u200c", "\u200d"}
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            assert (plain(chr(code)) == chr(code)) == (chr(code) in kept), hex(code)


def test_say_tables_and_json_hold_none(capsys):
    tell(STEERING, bold=True, colour="red")
    console().print(Panel(Text(STEERING)))
    content = {STEERING: [READ]}
    print_json(content)
    out, _ = capsys.readouterr()
    assert steers(out.encode("utf-8", "surrogatepass")) <= {"\x1b"}  # styles of our own
    assert "\x1b" not in out.replace("\x1b[1m", "").replace("\x1b[31m", "").replace("\x1b[0m", "")
    assert json.loads(out[out.index("{\n") :]) == content


def test_what_reads_a_users_text_is_printed_without_steering(study):
    steering = "\u009b31mred\u009d0;x\u009c\u007f"
    (study / "events.csv").write_text(
        f"event_id,date,time,timezone,title\nearly,2021-03-1{steering},12:00,Nowhere,Said\n",
        "utf-8",
    )
    found = run("check", cwd=study)
    assert found.returncode == 4
    assert not steers(found.stdout + found.stderr)
    assert not steers(run("check", "--json", cwd=study).stdout)


def test_errors_of_prices_and_names_are_printed_without_steering(study):
    found = run("show", "no\u009b31msuch", cwd=study)
    assert found.returncode == 2
    assert not steers(found.stdout + found.stderr)
    name = "b\u009b31m\u007f.csv"
    (study / "study.toml").write_text(
        (study / "study.toml").read_text().replace('"a.csv"', f"'{name.replace(chr(127), '')}'"),
        "utf-8",
    )
    for arguments in (["check"], ["run", "--quick"], ["plan"], ["prices", "list"]):
        found = run(*arguments, cwd=study)
        assert b"Traceback" not in found.stderr
        assert not steers(found.stdout + found.stderr), arguments
    found = run("check", "--\u009b31m", cwd=study)
    assert found.returncode == 2
    assert not steers(found.stdout + found.stderr)


def test_commands_print_through_the_one_place():
    for path in sorted((PLACE / "eventstudy" / "cli").glob("*.py")):
        text = path.read_text("utf-8")
        if path.name != "terminal.py":
            for way in ("click.echo(", "click.secho(", "Console(", "sys.stdout.write(", " print("):
                assert way not in text, f"{path.name} prints with {way}"
