"""`eventstudy schedule`: what it prints is run by a real shell, and read by what will read it."""

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import forked
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from waiting import LIMIT

import eventstudy as es
from eventstudy.errors import InvalidArgumentError
from eventstudy.reruns.schedule import (
    SCHEDULERS,
    Job,
    cron_time,
    day_words,
    offsets,
    parse_days,
    shift,
)

PLACE = Path(es.__file__).parent.parent
STUDY = """\
title = "Study of 50 % \\"and\\" \\\\ more"
timezone = "Europe/Moscow"
[assets.IMOEX]
source = "sample"
symbol = "IMOEX"
"""
EVENTS = "event_id,date,time,title\na,2022-01-13,12:00,x\nb,2021-09-15,12:00,y\n"
NAMES = [
    "plain",
    "two words",
    "it's",
    'a "quote"',
    "100 %",
    "%d%%",
    "$HOME and `x`",
    "back\\slash",
    "Größe 日本 🚀",
    "; false #",
    "-x",
    "${{ github.token }}",
]
NOTIFY = "mail -s '5 % \"off\"' $USER"
DAY = dt.date(2026, 11, 23)
UTC = dt.timedelta()
LIST = "import json, sys; from pathlib import Path; Path(__file__).with_name('said').write_text"


def program(folder, code, options=""):
    """A program named eventstudy, as pip makes one."""
    path = folder / "eventstudy"
    path.write_text(f"#!{sys.executable}{options}\n{code}\n", "utf-8")
    path.chmod(0o755)
    return path


def real(folder):
    """The program itself, as pip installs it."""
    code = (
        f"import sys; sys.path.insert(0, {str(PLACE)!r})\nfrom eventstudy.cli import main; main()"
    )
    return program(folder, code)


def listing(folder, code=0):
    """A program that notes its arguments and ends with a code."""
    return program(folder, f"{LIST}(json.dumps(sys.argv[1:])); sys.exit({code})", " -IS")


def said(path):
    return json.loads(path.with_name("said").read_text("utf-8"))


def study(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(STUDY, "utf-8")
    (folder / "events.csv").write_text(EVENTS, "utf-8")
    return folder / "study.toml"


def schedule(path, *arguments, cwd):
    return subprocess.run(
        [str(path), "schedule", *arguments],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONWARNINGS": "error", "COLUMNS": "200"},
        timeout=LIMIT,
    )


def as_cron_runs_it(text, home):
    """Run the last line of a crontab as cron does: its own %, its shell, its environment."""
    line = text.splitlines()[-1]
    command = line.split(" ", 5)[5]
    assert not re.search(r"(?<!\\)%", command)
    environment = {"HOME": str(home), "LOGNAME": "me", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        ["/bin/sh", "-c", command.replace("\\%", "%")],
        cwd=home,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=LIMIT,
    )


def job(folder, path, notify=""):
    toml = study(folder)
    days = (0, 1, 2, 3, 4)
    place = (str(path),), toml, folder / "reports", "Of 5 % \\ \n more"
    return Job(*place, dt.time(7, 30), "Europe/Moscow", days, notify)


def text_of(kind, *arguments):
    return "\n".join(SCHEDULERS[kind](*arguments).__next__()[1:])


# --- cron -------------------------------------------------------------------------------------


def test_the_cron_line_makes_a_report(tmp_path):
    """The command prints it; a shell with cron's environment runs it, twice."""
    path, folder = real(tmp_path), tmp_path / "it's 50 % ready"
    study(folder)
    tell = ("--notify-cmd", "touch 'told 50 %'")
    printed = schedule(path, "--cron", "--at", "06:05", *tell, cwd=folder)
    assert (printed.returncode, printed.stderr) == (0, "")
    assert "\nCRON_TZ=Europe/Moscow\n5 6 * * 1-5 " in printed.stdout
    done = as_cron_runs_it(printed.stdout, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "Study of 50 %" in (folder / "reports" / "index.html").read_text("utf-8")
    assert (tmp_path / "told 50 %").exists()
    (folder / "events.csv").write_text("wrong", "utf-8")
    failed = as_cron_runs_it(printed.stdout, tmp_path)
    assert (failed.returncode, failed.stdout) == (4, "")
    assert "events.csv:1" in failed.stderr


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("notify", ["", NOTIFY])
def test_any_path_reaches_the_program_through_cron(tmp_path, name, notify):
    folder = tmp_path / name
    folder.mkdir()
    path = listing(folder)
    done = as_cron_runs_it(text_of("cron", job(folder, path, notify), DAY, UTC), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    more = ["--notify-cmd", notify] if notify else []
    assert said(path) == ["run", str(folder / "study.toml"), *more]


def test_crontab_has_only_comments_one_zone_and_one_line(tmp_path):
    lines = text_of("cron", job(tmp_path, "/x"), DAY, dt.timedelta(hours=-5)).splitlines()
    others = [line for line in lines if not line.startswith("#")]
    assert others[0] == "CRON_TZ=Europe/Moscow"
    assert others[1].startswith("30 7 * * 1-5 ")
    assert len(others) == 2
    assert "#   30 23 * * 0-4 " in "\n".join(lines)  # 07:30 in Moscow is the evening before


# --- systemd ----------------------------------------------------------------------------------


def units(folder, *arguments):
    for name, text in SCHEDULERS["systemd"](*arguments):
        (folder / name).write_text(text, "utf-8")
    return sorted(folder.glob("*.service")) + sorted(folder.glob("*.timer"))


def settings_of(text):
    """Strictly: comments, sections, and Key=value, nothing else, no key twice."""
    found, section = {}, ""
    for line in text.splitlines():
        if head := re.fullmatch(r"\[(Unit|Service|Timer|Install)\]", line):
            section = head[1]
        elif line and not line.startswith("#"):
            key, sign, value = line.partition("=")
            assert sign
            assert section
            assert re.fullmatch("[A-Za-z]+", key)
            assert (section, key) not in found
            assert not line.endswith("\\")
            found[section, key] = value
    return found


def words_of(line):
    """Cut ExecStart as systemd.service(5) says: quoted words, two escapes, %% for %."""
    words = re.findall(r'"((?:[^"\\]|\\["\\])*)"(?: |$)', line)
    assert " ".join(f'"{word}"' for word in words) == line
    assert not any(re.search(r"%(?!%)", word.replace("%%", "")) for word in words)
    return [re.sub(r"\\(.)", r"\1", word).replace("%%", "%") for word in words]


@pytest.mark.parametrize("name", NAMES)
def test_any_path_reaches_the_program_through_systemd(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    path = listing(folder)
    service, timer = units(tmp_path, job(folder, path, NOTIFY), DAY, UTC)
    found = settings_of(service.read_text("utf-8"))
    first, *rest = words_of(found["Service", "ExecStart"])
    assert first[0] == ":"  # without it $ would be a variable
    assert subprocess.run([first[1:], *rest], timeout=LIMIT).returncode == 0
    assert said(path) == ["run", str(folder / "study.toml"), "--notify-cmd", NOTIFY]
    assert found["Service", "SuccessExitStatus"] == "3 6"
    assert found["Service", "Type"] == "oneshot"
    assert found["Unit", "Description"] == "Event study: Of 5 %% / more"
    times = settings_of(timer.read_text("utf-8"))
    assert times["Timer", "OnCalendar"] == "Mon..Fri *-*-* 07:30:00 Europe/Moscow"
    assert service.stem == timer.stem  # that is how a timer finds its service


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze here")
@pytest.mark.parametrize("name", [name for name in NAMES if "${{" not in name])
def test_systemd_itself_finds_nothing_wrong(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    _, timer = units(tmp_path, job(folder, listing(folder), NOTIFY), DAY, UTC)
    for path in (timer, timer.with_suffix(".service")):
        done = subprocess.run(
            ["systemd-analyze", "verify", str(path)],
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT,
        )
        own = [line for line in done.stderr.splitlines() if path.stem in line]
        assert (done.returncode, own) == (0, [])
    calendar = settings_of(timer.read_text("utf-8"))["Timer", "OnCalendar"]
    told = subprocess.run(
        ["systemd-analyze", "calendar", calendar],
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT,
    )
    assert told.returncode == 0, told.stderr


# --- GitHub Actions ---------------------------------------------------------------------------


def workflow(*arguments):
    found = yaml.safe_load(text_of("github-actions", *arguments))
    steps = {step.get("name", step.get("uses")): step for step in found["jobs"]["report"]["steps"]}
    return found, steps


@pytest.mark.parametrize("name", [name for name in NAMES if "${{" not in name])
@pytest.mark.parametrize(
    ("code", "passed"), [(0, 0), (3, 0), (6, 0), (1, 1), (4, 4), (5, 5), (130, 130)]
)
def test_the_step_runs_and_knows_the_exit_codes(tmp_path, name, code, passed):
    folder = tmp_path / name
    folder.mkdir()
    (tmp_path / ".git").mkdir()
    path = listing(tmp_path, code)
    _, steps = workflow(job(folder, path, NOTIFY), DAY, UTC)
    step = steps["Bring the report up to date"]
    environment = {**step["env"], "PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", step["run"]], env=environment, cwd=tmp_path, timeout=LIMIT
    )
    assert done.returncode == passed
    assert said(path) == ["run", f"{name}/study.toml", "--notify-cmd", NOTIFY]
    assert steps["actions/upload-artifact@v4"]["with"]["path"] == f"{name}/reports"


def test_no_expression_of_a_path_is_evaluated(tmp_path):
    folder = tmp_path / "${{ github.token }}"
    (tmp_path / "${{ github.token }}").mkdir()
    (tmp_path / ".git").mkdir()
    _, steps = workflow(job(folder, "/x"), DAY, UTC)
    kept = steps["Bring the report up to date"]["env"]["STUDY"]
    assert re.findall(r"\$\{\{(.*?)\}\}", kept)[0] == " '${{' "


def test_workflow_without_a_command_to_tell(tmp_path):
    path = listing(tmp_path)
    found, steps = workflow(job(tmp_path, path), DAY, UTC)
    step = steps["Bring the report up to date"]
    environment = {**step["env"], "PATH": f"{tmp_path}:/usr/bin:/bin"}
    assert (
        subprocess.run(
            ["/bin/sh", "-e", "-c", step["run"]], env=environment, timeout=LIMIT
        ).returncode
        == 0
    )
    assert said(path) == ["run", "study.toml"]
    assert found[True] == {"workflow_dispatch": None, "schedule": [{"cron": "30 4 * * 1-5"}]}
    assert found["concurrency"]["cancel-in-progress"] is False


def test_summer_time_is_listed(tmp_path):
    own = job(tmp_path, "/x")
    berlin = Job(*(*vars(own).values(),)[:5], "Europe/Berlin", own.days)
    text = text_of("github-actions", berlin, DAY, UTC)
    assert '    - cron: "30 6 * * 1-5" # UTC' in text
    assert '    # from 2027-03-28:\n    # - cron: "30 5 * * 1-5"\n' in text
    assert '    # from 2027-10-31:\n    # - cron: "30 6 * * 1-5"\n' in text


# --- days and times ---------------------------------------------------------------------------

clocks = st.times().map(lambda own: own.replace(second=0, microsecond=0))
weeks = st.sets(st.integers(0, 6), min_size=1)


@settings(max_examples=100, deadline=None)
@given(clocks, weeks, st.sampled_from(["Asia/Kolkata", "America/New_York", "Pacific/Auckland"]))
def test_a_shifted_time_is_the_same_instant_on_the_same_days(at, days, zone):
    """Counted out over a week of real dates; UTC knows no summer time."""
    offset = offsets(zone, DAY)[0][1]
    moved, others = shift(at, sorted(days), -offset)
    week = [DAY + dt.timedelta(days=day) for day in range(7)]
    instants = {
        dt.datetime.combine(date, at, ZoneInfo(zone)).astimezone(dt.UTC)
        for date in week
        if date.weekday() in days
    }
    assert {(own.time(), own.weekday()) for own in instants} == {(moved, day) for day in others}


@given(clocks, weeks)
def test_cron_fields_name_the_days(at, days):
    minute, hour, _, _, field = cron_time(at, sorted(days)).split()
    found = set()
    for part in ("0-6" if field == "*" else field).split(","):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    assert (int(minute), int(hour)) == (at.minute, at.hour)
    assert found == {(day + 1) % 7 for day in days}
    assert set(parse_days(day_words(sorted(days), "-", ","))) == days


@pytest.mark.parametrize(
    ("text", "days"),
    [("daily", range(7)), ("fri-mon", [0, 4, 5, 6]), ("Mon, wednesday", [0, 2]), ("sun", [6])],
)
def test_days(text, days):
    assert parse_days(text) == tuple(days)


def test_unknown_day():
    with pytest.raises(
        InvalidArgumentError, match=r"'mon-fry' is no day of the week. Did you mean 'fri'"
    ):
        parse_days("mon-fry")


# --- the command ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Choose --cron, --systemd or --github-actions"),
        (["--cron", "--at", "7:30"], "written as HH:MM"),
        (["--cron", "--days", "weekly"], "no day of the week"),
        (["--cron", "--timezone", "MSK"], "Write Europe/Moscow"),
        (["--cron", "--notify-cmd", "mail 'x"], "cannot be split"),
        (["--cron", "--notify-cmd", "a\nb"], "no scheduler's file can hold"),
    ],
)
def test_usage_errors_are_2(tmp_path, arguments, words):
    study(tmp_path)
    refused = forked.run("schedule", *arguments, cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert words in refused.stderr


def test_files_are_written_and_others_are_not_overwritten(tmp_path):
    path, toml, out = real(tmp_path), study(tmp_path / "home"), tmp_path / "out"
    for _ in range(2):
        done = schedule(path, str(toml), "--systemd", "--output", str(out), cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    names = ["eventstudy-home.service", "eventstudy-home.timer"]
    assert sorted(own.name for own in out.iterdir()) == names
    (out / names[1]).write_text("mine", "utf-8")
    done = schedule(path, str(toml), "--systemd", "--output", str(out), cwd=tmp_path)
    assert (done.returncode, (out / names[1]).read_text("utf-8")) == (2, "mine")


def test_light_imports(tmp_path):
    heavy = {"pandas", "numpy", "scipy", "statsmodels", "plotly", "rich", "jinja2"}
    code = (
        "import sys; from eventstudy.cli import cli\n"
        f"cli(['schedule', {str(study(tmp_path))!r}, '--cron'], standalone_mode=False)\n"
        f"print(sorted({heavy!r} & {{*sys.modules}}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=PLACE, timeout=LIMIT
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
