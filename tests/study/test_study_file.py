"""Study files: what they say is what runs, and what is wrong is listed with line and cure."""

import copy
import datetime as dt
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from study_folder import EVENTS, STUDY, changed, folder, problems

import eventstudy as es
from eventstudy.errors import StudyFileError
from eventstudy.settings import AssetWords

__all__ = ["folder"]  # the fixture

ROOT = Path(__file__).parents[2]


def only(folder, *changes, kind=es.StudyFileError):
    """The one problem of a study with changes."""
    found = problems(changed(folder, *changes), kind)
    assert len(found) == 1, found
    return next(iter(found.values()))


def line_of(path, text):
    """One-based number of the only line that begins with a text."""
    lines = path.read_text("utf-8").split("\n")
    (number,) = [n for n, line in enumerate(lines, 1) if line.startswith(text)]
    return number


# --- valid ----------------------------------------------------------------------------------


def test_root_study_says_what_the_design_says():
    study = es.Study.read(ROOT / "study.toml")
    assert study.windows.estimation == (-270, -21)
    assert study.windows.event == (-5, 5)
    assert study.windows.car == ((0, 0), (0, 1))
    assert study.windows.primary == (0, 1)
    assert study.options == es.Options(returns="log", exclude_from_estimation=(0, 1))
    assert list(study.groups.items()) == [
        ("statements", es.Group(without_tag="scheduled")),
        ("comparison", es.Group(tag="scheduled")),
    ]
    assert study.model == {
        "RUBUSD": es.models.MarketModel("EMFX"),
        "IMOEX": es.models.ConstantMean(),
    }
    assert study.request == {
        "RUBUSD": {"source": "ecb", "symbol": "RUB/USD"},
        "IMOEX": {"source": "sample", "symbol": "IMOEX"},
        "EMFX": {"source": "ecb", "symbol": "basket/USD: ZAR MXN BRL INR IDR KRW"},
    }
    ruble = AssetWords(
        "Ruble, US dollars per ruble", "the ruble strengthened", "the ruble weakened"
    )
    assert study.about.asset("RUBUSD") == ruble
    assert study.about.asset("IMOEX").down == "the index fell"
    assert study.about.title == "Statements around the January 2022 security talks"
    assert study.tests is None
    zones = [row["timezone"] or "Europe/Moscow" for _, row in study.events.frame.iterrows()]
    assert [event.timezone for event in study.events] == zones
    assert study.reports == ROOT / "reports"


def test_example_is_the_root_study(example):
    root = es.Study.read(ROOT / "study.toml")
    assert example.events.records == root.events.records
    assert example.reports == Path("reports")
    names = ("request", "model", "windows", "options", "groups", "tests", "about")
    for name in names:
        assert getattr(example, name) == getattr(root, name), name


def test_study_of_the_users_own_runs_from_any_folder(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    study = es.Study.read("own study/study.toml")
    assert study.reports == Path("own study/reports")
    results = study.run()
    alignment = results.alignment.set_index("event_id")
    days = alignment["day0"].dt.strftime("%Y-%m-%d").to_dict()
    assert days == {"early": "2021-03-10", "late": "2021-04-15", "weekend": "2021-05-17"}
    assert "17:30 Europe/London" in alignment.loc["early", "rule"]
    cars = results.car().set_index(["event_id", "start", "end"])["car"]
    assert cars["early", 0, 0] == pytest.approx(0.05, abs=0.005)
    assert abs(cars["weekend", 0, 0]) < 0.005
    assert set(results.tests()["test"]) == {"bmp", "corrado-rank"}
    assert results.about.title == "A study"
    assert "banks" in set(results.mean_car()["group"])
    market = results.regression("early", "AAA").params
    assert market["MKT"] == pytest.approx(1, abs=0.05)
    assert results.options.confidence == 0.9
    again = es.run_study(
        study.events,
        study.prices,
        model=study.model,
        windows=study.windows,
        tests=["bmp", "corrado-rank"],
        options=study.options,
        groups=study.groups,
    )
    pd.testing.assert_frame_equal(again.tests(), results.tests())


def test_moving_the_clock_moves_day0(folder):
    changed(folder, ("17:30 Europe/London", "17:00 Europe/London"))
    alignment = es.Study.read(folder / "study.toml").run().alignment.set_index("event_id")
    assert str(alignment.loc["early", "day0"].date()) == "2021-03-11"


def test_least_a_study_can_say(folder):
    path = folder / "study.toml"
    path.write_text('[assets.AAA]\nsource = "csv"\nsymbol = "prices/aaa.csv"\n', "utf-8")
    (folder / "events.csv").write_text("event_id,date,title\na,2021-03-10,first\n", "utf-8")
    study = es.Study.read(path)
    assert study.windows == es.Windows()
    assert study.options == es.Options()
    assert study.model == {"AAA": es.models.ConstantMean()}
    assert study.about.asset("AAA").up == "AAA rose"


def test_empty_exclude_from_estimation_excludes_nothing(folder):
    path = changed(folder, ("primary = ", "exclude_from_estimation = []\nprimary = "))
    assert es.Study.read(path).options.exclude_from_estimation is None


@pytest.mark.parametrize("value", ["false", "none"])
def test_how_the_days_of_other_events_are_kept_is_said(folder, value):
    given = value if value == "false" else f'"{value}"'
    path = changed(folder, ("primary = ", f"exclude_from_estimation = {given}\nprimary = "))
    (problem,) = problems(path).values()
    assert problem.value == value
    assert problem.cure == "Write such as [0, 1], or [] to keep the days of other events."


# --- invalid: places and cures --------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "field", "message", "cure", "line"),
    [
        ("title = ", "titel = ", "titel", "unknown key", "'title'", "titel"),
        ("[windows]", "[windos]", "windos", "unknown key", "'windows'", "[windos]"),
        ("primary =", "primery =", "windows.primery", "unknown key", "'primary'", "primery"),
        ("confidence", "confidense", "options.confidense", "unknown key", "'confid", "confidense"),
        ("label", "lable", "assets.AAA.lable", "unknown key", "'label'", "lable"),
        ("clock", "clok", "assets.AAA.clok", "unknown key", "'clock'", "clok"),
        ("path =", "pth =", "factors.MKT.pth", "unknown key", "'path'", "pth"),
        ("factors = [", "factor = [", "assets.AAA.model.factor", "unknown key", "factors", "model"),
        ('"A study"', "7", "title", "must be text", "quotation marks", "title"),
        ('"events.csv"', "true", "events", "must be text", "quotation marks", "events ="),
        ('"simple"', '"sample"', "returns", "one of simple, log", "", "returns"),
        ('"UTC"', '"Europe/Moskow"', "timezone", "not a known", "Europe/Moscow", "timezone"),
        ("[-150, -11]", "[-11, -150]", "windows.estimation", "must not end", "[-150, -11]", "esti"),
        ("[-5, 5]", "[5, -5]", "windows.event", "must not end before", "[-5, 5]", "event = "),
        ("[-5, 5]", '"all"', "windows.event", "two whole numbers", "[-5, 5]", "event = "),
        ("[-150, -11]", "[-30, -11]", "windows.estimation", "than 60", "tion = 20", "estimation"),
        ("[-150, -11]", "[-150, 0]", "windows.estimation", "reaches into", "End it", "estimation"),
        ("  [0, 0],", "  [1, 0],", "windows.car", "must not end before", "[0, 1]", "car ="),
        ("  [0, 0],", "  [0, 9],", "windows.car", "beyond the event window", "Widen", "car ="),
        ("[-5, 5]", "[2, 5]", "windows.event", "must contain day 0", "Widen", "event = ["),
        ("y = [0, 1]", "y = [0, 2]", "windows.primary", "not among car", "Add it", "primary"),
        ("[-150, -11]", "[-9e9, -11]", "windows.estimation", "two whole", "-270", "estimation"),
        (
            "[-150, -11]",
            "90",
            "windows.estimation",
            "two whole",
            "[-110, -21], which is 90",
            "esti",
        ),
        ("[-150, -11]", "[-99999, -11]", "windows.estimation", "further", "Shorten", "estimation"),
        ("market-model", "marketmodel", "assets.AAA.model", "unknown model", "market-mo", "model"),
        ('["MKT"]', '["MKT", "AAA"]', "assets.AAA.model", "its own factor", "another", "model"),
        ('["MKT"]', "[]", "assets.AAA.model", "takes 1 factor", "", "model"),
        ('["MKT"]', '["MKTT"]', "assets.AAA.model", "no prices", "'MKT'? Add [factors", "model"),
        ('["MKT"]', '"MKT"', "assets.AAA.model.factors", "a list of names", '["MKT"]', "model"),
        ('"bmp"', '"bpm"', "tests", "unknown test", "Did you mean 'bmp'?", "tests"),
        ('"bmp"', "3", "tests", "a list of names", '["NAME"]', "tests"),
        ("sector", "secter", "groups.banks", "no column 'secter'", "'sector'", "banks"),
        ("sector", "tagg", "groups.banks", "no column 'tagg'", "'tag'", "banks"),
        ('{ sector = "bank" }', "[]", "groups.banks", "is not a rule", "tag", "banks"),
        ("17:30 Europe/London", "noon", "assets.AAA.clock", "not a clock", "", "clock"),
        ("confidence = 0.9", "confidence = 90", "options.confidence", "such as 0.95", "", "confid"),
        (
            "confidence = 0.9",
            "max_shift = 1.5",
            "options.max_shift",
            "a number",
            "120",
            "max_shift",
        ),
        (
            "confidence = 0.9",
            'benchmark = "MKTT"',
            "options.benchmark",
            "no series",
            "'MKT'",
            "ben",
        ),
        ("[factors.MKT]", "[factors.AAA]", "factors.AAA", "is an asset already", "Del", "[factors"),
        ('"A study"', r'"\u001b[31mred"', "title", "cannot be seen", "Delete", "title"),
    ],
)
def test_a_problem_has_its_file_line_field_and_cure(folder, old, new, field, message, cure, line):
    count = STUDY.count(old)
    place = STUDY.index(old)
    assert count >= 1
    path = folder / "study.toml"
    path.write_text(STUDY[:place] + new + STUDY[place + len(old) :], "utf-8")
    problem = problems(path)[field]
    assert message in problem.message
    assert cure in problem.cure
    assert problem.file == str(path)
    assert problem.line == line_of(path, line)


def test_asset_without_source(folder):
    problem = only(
        folder, ('source = "csv"\nsymbol = "prices/aaa.csv"\nclock = "17:30 Europe/London"\n', "")
    )
    assert (problem.field, problem.message) == ("assets.AAA", "names no price source")
    assert problem.line == line_of(folder / "study.toml", "[assets.AAA]")


def test_factor_without_source_is_said_once(folder):
    problem = only(folder, ('source = "csv"\npath = "prices"\n', 'path = "prices"\n'))
    assert (problem.field, problem.message) == ("factors.MKT", "names no price source")


def test_unknown_source_is_found_before_prices_load(folder):
    problem = only(folder, ('source = "csv"\nsymbol', 'source = "cvs"\nsymbol'))
    assert (problem.field, problem.value) == ("assets.AAA.source", "cvs")
    assert problem.cure == "Did you mean 'csv'?"
    assert problem.line == line_of(folder / "study.toml", 'source = "cvs"')


def test_option_that_only_the_source_can_judge_is_a_problem_of_the_study_file(folder):
    study = es.Study.read(changed(folder, ('path = "prices"', 'path = "prices"\ndelimiter = "x"')))
    with pytest.raises(es.StudyFileError, match="MKT: option 'delimiter' is 'x'"):
        _ = study.prices


def test_no_asset(folder):
    (folder / "study.toml").write_text('timezone = "UTC"\n', "utf-8")
    (folder / "events.csv").write_text("event_id,date,title\na,2021-03-10,first\n", "utf-8")
    found = problems(folder / "study.toml")
    assert list(found) == ["assets"]
    assert "[assets." in found["assets"].cure


def test_lines_count_past_texts_of_several_lines_and_carriage_returns(folder):
    text = 'selection = """\n[windows]\nevent = 3\n"""\r\n' + STUDY.replace("[-5, 5]", "[5, -5]")
    path = folder / "study.toml"
    path.write_bytes(text.encode())
    (problem,) = problems(path).values()
    assert problem.line == line_of(path, "event = [5")


# --- invalid: the file itself ---------------------------------------------------------------


def test_not_toml(folder):
    problem = only(folder, ("tests = [", "tests = [["))
    assert problem.message.startswith("not valid TOML")
    (folder / "study.toml").write_text("title = 'a'\nevents = = 3\n", "utf-8")
    (problem,) = problems(folder / "study.toml").values()
    assert problem.line == 2


@pytest.mark.parametrize("text", ["a = " + "[" * 9000, "a = " + "9" * 9000], ids=["deep", "long"])
def test_toml_that_python_gives_up_on(folder, text):
    (folder / "study.toml").write_text(text, "utf-8")
    (problem,) = problems(folder / "study.toml").values()
    assert problem.message.startswith("not valid TOML")


def test_not_utf8(folder):
    path = folder / "study.toml"
    path.write_bytes('timezone = "UTC"\ntitle = "café"\n'.encode("latin-1"))
    (problem,) = problems(path).values()
    assert (problem.line, problem.message) == (2, "not UTF-8 at byte 29")


def test_byte_order_mark_is_no_problem(folder):
    (folder / "study.toml").write_bytes(b"\xef\xbb\xbf" + STUDY.encode())
    assert es.Study.read(folder / "study.toml").about.title == "A study"


@pytest.mark.parametrize("name", ["nothing.toml", ".", "a\0b"])
def test_no_such_file(folder, name):
    (problem,) = problems(folder / name).values()
    assert "eventstudy init" in problem.cure


# --- invalid: events, and both at once ------------------------------------------------------


def test_unknown_asset_in_the_events(folder):
    (folder / "events.csv").write_text(EVENTS.replace("close,AAA,mine", "close,AAB,mine"), "utf-8")
    (problem,) = problems(folder / "study.toml", es.EventsError).values()
    assert (problem.file, problem.line) == (str(folder / "events.csv"), 3)
    assert (problem.field, problem.value) == ("assets", "AAB")
    assert problem.cure == "Did you mean 'AAA'?"


def test_missing_events(folder):
    (folder / "events.csv").unlink()
    (problem,) = problems(folder / "study.toml", es.EventsError).values()
    assert problem.file == str(folder / "events.csv")


def test_all_problems_of_both_files_are_listed_at_once(folder):
    path = changed(
        folder,
        ("title =", "titel ="),
        ('"UTC"', '"Mars/Base"'),
        ('["bmp", "corrado-rank"]', '["bpm", "corado-rank"]'),
        ("[-150, -11]", "[-11, -150]"),
        ("[-5, 5]", "[5, -5]"),
        ('symbol = "prices/aaa.csv"', "symbol = 3"),
        ('["MKT"]', '["MKTT"]'),
        ("confidence = 0.9", "confidence = true"),
    )
    events = EVENTS.replace("2021-03-10", "10.3.2021").replace("2021-04-14", "2021-04-31")
    (folder / "events.csv").write_text(events, "utf-8")
    with pytest.raises(es.StudyFileError) as caught:
        es.Study.read(path)
    found = caught.value.problems
    own = [problem.field for problem in found if problem.file == str(path)]
    assert own == [
        "titel",
        "timezone",
        "tests",
        "tests",
        "windows.estimation",
        "windows.event",
        "assets.AAA.symbol",
        "assets.AAA.model",
        "options.confidence",
    ]
    rest = [(p.line, p.field) for p in found if p.file == str(folder / "events.csv")]
    assert rest == [(2, "date"), (3, "date")]
    assert str(caught.value).startswith("11 problems:")


# --- values of any kind anywhere ------------------------------------------------------------


HOSTILE = [
    3,
    -1,
    10**30,
    0.5,
    float("inf"),
    float("nan"),
    True,
    "",
    "x",
    "a\0b",
    "\x1b[31m",
    [],
    [1],
    [1, 2],
    ["x", 2],
    [[]],
    [[float("inf"), float("nan")]],
    {},
    {"x": 1},
    {"name": []},
    dt.date(2022, 1, 13),
    dt.time(1, 2),
    int("9" * 4000) ** 2,
]


def paths(content, before=()):
    """Every place of a study, tables and items of lists among them."""
    items = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in items:
        yield (*before, key)
        if isinstance(value, dict | list):
            yield from paths(value, (*before, key))


def toml(value) -> str:
    """A value as inline TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return hex(value) if value > 10**9 else str(value)
    if isinstance(value, str):
        return '"' + "".join(f"\\u{ord(c):04x}" for c in value) + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(k)} = {toml(v)}" for k, v in value.items()) + "}"
    return str(value)


FULL = tomllib.loads(STUDY)
FULL["windows"]["exclude_from_estimation"] = [0, 1]
FULL["reports"] = "reports"
FULL["selection"] = "chosen"
FULL["groups"]["tagged"] = {"tag": "a", "without_tag": "b"}
FULL["assets"]["AAA"] |= {"up": "rose", "down": "fell", "delimiter": ",", "ended": True}
FULL["options"] = {
    "max_shift": 5,
    "min_estimation": 120,
    "average": "auto",
    "benchmark": "MKT",
    "confidence": 0.9,
}


@pytest.mark.parametrize("place", list(paths(FULL)), ids=lambda p: ".".join(map(str, p)))
def test_no_value_anywhere_is_a_traceback(folder, place):
    """A study with any value at any place is read, or its problems are listed."""
    refused = []
    for hostile in HOSTILE:
        study = copy.deepcopy(FULL)
        owner = study
        for key in place[:-1]:
            owner = owner[key]
        owner[place[-1]] = hostile
        text = "".join(f"{toml(key)} = {toml(value)}\n" for key, value in study.items())
        (folder / "study.toml").write_text(text, "utf-8")
        try:
            es.Study.read(folder / "study.toml")
        except (es.StudyFileError, es.EventsError) as error:
            refused.append(error)
    assert len(refused) >= len(HOSTILE) // 2
    for problem in (problem for error in refused for problem in error.problems):
        assert problem.message
        assert problem.cure
        assert str(problem).isprintable()


@pytest.mark.parametrize("key", ["", " ", "a\u001b[31m", "x.y", 'q"', "é", "__proto__"])
def test_names_of_any_kind(folder, key):
    study = copy.deepcopy(FULL)
    for owner in (study, study["assets"], study["factors"], study["groups"], study["windows"]):
        owner[key] = {"source": "csv", "symbol": "prices/aaa.csv"}
    text = "".join(f"{toml(k)} = {toml(value)}\n" for k, value in study.items())
    (folder / "study.toml").write_text(text, "utf-8")
    found = problems(folder / "study.toml")
    assert all(str(problem).isprintable() for problem in found.values())


@pytest.mark.parametrize(
    ("clock", "zone"), [("16:00 EST", "America/New_York"), ("18:50 MSK", "Europe/Moscow")]
)
def test_clock_in_an_abbreviated_zone_is_refused_at_its_line(tmp_path, clock, zone):
    text = f'[windows]\nestimation = [-250, -21]\n[assets.A]\nsource = "csv"\nclock = "{clock}"\n'
    (tmp_path / "study.toml").write_text(f'{text}symbol = "a.csv"\n', "utf-8")
    (tmp_path / "events.csv").write_text("event_id,date,title\n", "utf-8")
    with pytest.raises(StudyFileError) as caught:
        es.Study.read(tmp_path / "study.toml")
    (problem,) = (own for own in caught.value.problems if own.field == "assets.A.clock")
    assert problem.line == 5
    assert "is an abbreviation" in problem.message
    assert zone in problem.cure
