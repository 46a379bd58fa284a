"""Every setting can be given in study.toml, is documented, and is missed where it is wrong."""

import datetime as dt
import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from study_folder import changed, folder, problems

import eventstudy as es
from eventstudy.study.known_keys import HOMES

__all__ = ["folder"]  # the fixture

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "study-file.md").read_text("utf-8")

GIVEN = {
    "returns": ("top", 'returns = "log"', "log"),
    "exclude_from_estimation": ("windows", "exclude_from_estimation = [-1, 3]", (-1, 3)),
    "max_shift": ("options", "max_shift = 9", 9),
    "min_estimation": ("options", "min_estimation = 77", 77),
    "average": ("options", 'average = "by-asset"', "by-asset"),
    "benchmark": ("options", 'benchmark = "MKT"', "MKT"),
    "confidence": ("options", "confidence = 0.8", 0.8),
    "inverted": ("options", 'inverted = ["AAA"]', ("AAA",)),
    "overlap": ("options", 'overlap = "merge"', "merge"),
    "placebo_since": ("options", "placebo_since = 2014-11-10", dt.date(2014, 11, 10)),
    "calendars": ("asset", 'calendar = "XLON"', {"AAA": "XLON"}),
    "engine": ("options", 'engine = "moments"', "moments"),
}
"""A line for each field of `Options`, where it is written, and what it gives."""
ANCHOR = {
    "top": ('returns = "simple"', "{line}"),
    "windows": ("primary = [0, 1]", "primary = [0, 1]\n{line}"),
    "options": ("confidence = 0.9", "{line}"),
    "asset": ('label = "The AAA share"', 'label = "The AAA share"\n{line}'),
}


def rows() -> dict[str, list[str]]:
    """Cells of the page's tables by key."""
    found = {}
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| `"):
            found.setdefault(cells[0].strip("`"), cells)
    return found


def test_every_field_is_tried_here():
    assert [own.name for own in fields(es.Options)] == list(GIVEN)


@pytest.mark.parametrize("name", GIVEN)
def test_every_option_can_be_set_in_the_study_file(folder, name):
    where, line, value = GIVEN[name]
    old, new = ANCHOR[where]
    study = es.Study.read(changed(folder, (old, new.format(line=line))))
    assert getattr(study.options, name) == value
    assert getattr(es.Options(), name) != value


@pytest.mark.parametrize("name", [own.name for own in fields(es.Options)])
def test_every_option_is_documented_with_its_default(name):
    documented = rows()
    owners = {cells[-1]: key for key, cells in documented.items()}
    assert f"`Options.{name}`" in owners
    cells = documented[owners[f"`Options.{name}`"]]
    default = getattr(es.Options(), name)
    shown = re.fullmatch(r"`(.+)`", cells[2])
    if shown:
        told = tomllib.loads(f"x = {shown[1]}")["x"]
        assert (tuple(told) if isinstance(told, list) else told) == default
    else:
        assert default in (None, (), {}, "simple")


@pytest.mark.parametrize("name", ["estimation", "event", "car"])
def test_the_documented_windows_are_the_defaults(name):
    told = tomllib.loads(f"x = {rows()[name][2].strip('`')}")["x"]
    default = getattr(es.Windows(), name)
    assert told == [list(own) if isinstance(own, tuple) else own for own in default]


def tables() -> dict[str, dict[str, list[str]]]:
    """Cells of the page by table and key."""
    found: dict[str, dict[str, list[str]]] = {}
    for name, text in re.findall(r"<!-- (\w+): made.*?-->\n(.*?)<!-- end", PAGE, re.DOTALL):
        lines = [line.strip("|").split(" | ") for line in text.splitlines()[2:]]
        found[name] = {cells[0].strip(" `"): [cell.strip() for cell in cells] for cells in lines}
    return found


HOME = {"top": "", "assets": "assets.NAME", "model": "assets.NAME.model", "bars": "bars.NAME"}


def test_every_key_of_the_reader_is_documented_and_no_other():
    for name, keys in tables().items():
        assert tuple(keys) == HOMES[HOME.get(name, name)], name
    assert {*HOMES["factors.NAME"]} < {*tables()["assets"]}


TYPES = {
    "text": str,
    "text or table": str,
    "date": dt.date,
    "list of dates and times": list,
    "list of texts": list,
    "list of times": list,
    "list of windows": list,
    "two whole numbers": list,
    "two whole numbers, or `[]`": list,
    "table": dict,
    "table of texts": dict,
    "whole number": int,
    "number": float,
    "true or false": bool,
}
"""Types of the page, and what TOML makes of them."""
EXAMPLES = [
    (table, key)
    for table, keys in tables().items()
    for key, cells in keys.items()
    if cells[3] and (table, key) not in {("assets", "path"), ("assets", "ticker")}
]


@pytest.fixture
def example(tmp_path):
    """The study of the page, with its files."""
    days = [d for n in range(700) if (d := dt.date(2020, 6, 1) + dt.timedelta(n)).weekday() < 5]
    for name, scale in (("prices.csv", 3), ("market.csv", 2)):
        lines = (f"{day},{100 + (at * scale) % 17 + at / 50}\n" for at, day in enumerate(days))
        (tmp_path / name).write_text("date,close\n" + "".join(lines))
    (tmp_path / "events.csv").write_text("event_id,date,title\na,2022-01-26,x\n")
    (tmp_path / "list.csv").write_text("Decision date;Event\n26.01.2022;x\nSource: us\nMade up\n")
    return tmp_path


@pytest.mark.parametrize(("table", "key"), EXAMPLES)
def test_every_example_of_the_page_has_its_type_and_is_read(example, table, key):
    cells = tables()[table][key]
    line = cells[3].strip("`")
    value = tomllib.loads(line)[key]
    assert isinstance(value, TYPES[cells[1]])
    page = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1]
    content = tomllib.loads(page)
    if table == "events":
        path = {"path": "list.csv", "columns": {"title": "Event", "date": "Decision date"}}
        content["events"] = path | ({} if key in ("path", "header", "sheet") else {key: value})
    elif table in ("assets", "model"):
        asset = content["assets"]["ACME"]
        live = {"price": "yahoo", "engine": "moex", "market": "moex", "board": "moex"}
        if key in live:
            asset |= {"source": live[key], "symbol": "X"}
            del asset["clock"]
        models = {"lags": "dimson", "leads": "dimson", "method": "robust"}
        model = asset["model"]
        model["name"] = models.get(key, model["name"])
        (asset if table == "assets" else model)[key] = value
    elif table == "bars":
        content["bars"] = bars_of(key, value)
    else:
        where = content if table == "top" else content.setdefault(table, {})
        where[key] = value
    (example / "study.toml").write_text(written(content))
    study = es.Study.read(example / "study.toml")
    assert len(study.events) == 1
    if study.request["ACME"]["source"] == "csv":
        assert len(study.prices.series("ACME")) > 400


def bars_of(key, value):
    """Tables of bars in which a key has an example of the page."""
    if key == "implied":  # of others, in place of a source
        samples = {"IMOEX": "SBER", "RTS": "GAZP"}
        others = {name: {"source": "sample", "symbol": of} for name, of in samples.items()}
        return {**others, "ACME": {"implied": value, "error": 0.002}}
    source = {"engine": "moex", "board": "moex", "minutes": "moex"}.get(key, "csv")
    table = {"source": source, "symbol": "bars.csv" if source == "csv" else "SBER"}
    table |= {"market": "XNYS"} | ({"error": 0.002} if key == "proxy" else {})
    return {"ACME": {**table, key: value}, "MARKET": {"source": "sample", "symbol": "SBER"}}


def written(content: dict[str, object]) -> str:
    """A study file of a content, each table in one line."""
    return "".join(f"{key} = {inline(value)}\n" for key, value in content.items())


def inline(value: object) -> str:
    """A value as TOML has it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {inline(each)}" for key, each in value.items()) + " }"
    if isinstance(value, dt.date):
        return value.isoformat()
    return json.dumps(value)


# --- keys in the wrong place -------------------------------------------------------------

WRONG = {
    "top": ("", 'events = "events.csv"', 'events = "events.csv"\n{line}'),
    "windows": ("windows.", "primary = [0, 1]", "primary = [0, 1]\n{line}"),
    "options": ("options.", "confidence = 0.9", "confidence = 0.9\n{line}"),
    "asset": ("assets.AAA.", 'label = "The AAA share"', 'label = "The AAA share"\n{line}'),
    "factor": ("factors.MKT.", 'path = "prices"', 'path = "prices"\n{line}'),
    "groups": ("groups.", 'banks = { sector = "bank" }', 'banks = {{ sector = "bank" }}\n{line}'),
}
WORDS = {
    "min_estimation = 100": ("options", "under [options]"),
    "max_shift = 9": ("options", "under [options]"),
    "confidence = 0.8": ("options", "under [options]"),
    'overlap = "drop"': ("options", "under [options]"),
    "exclude_from_estimation = [0, 1]": ("windows", "under [windows]"),
    "estimation = [-150, -11]": ("windows", "under [windows]"),
    "car = [[0, 0]]": ("windows", "under [windows]"),
    'returns = "log"': ("top", "at the top of the file"),
    'title = "x"': ("top", "at the top of the file"),
    'tests = ["bmp"]': ("top", "at the top of the file"),
    'label = "x"': ("asset", "under [assets.NAME]"),
    'clock = "17:30 Europe/London"': ("asset", "under [assets.NAME] or under [factors.NAME]"),
    'method = "lad"': ("model", "in model = { ... } of an asset"),
}


@pytest.mark.parametrize("where", WRONG)
@pytest.mark.parametrize("line", WORDS)
def test_a_key_in_the_wrong_table_is_told_where_it_belongs(folder, where, line):
    home, words = WORDS[line]
    if where == home or (line.startswith("clock") and where == "factor"):
        return
    prefix, old, new = WRONG[where]
    key = line.partition(" =")[0]
    problem = problems(changed(folder, (old, new.format(line=line))))[f"{prefix}{key}"]
    if where == "factor" and key == "clock":
        words = "under [assets.NAME]"
    assert problem.message.startswith("is no key of this table: it belongs")
    assert words in problem.message
    assert problem.cure == "Move it there."
    assert problem.line is not None


@pytest.mark.parametrize(
    ("where", "line", "cure"),
    [
        ("top", "min_estimaton = 100", "'min_estimation', which belongs under [options]"),
        ("top", "confidense = 0.9", "'confidence', which belongs under [options]"),
        ("windows", "max_shft = 9", "'max_shift', which belongs under [options]"),
        ("options", 'retruns = "log"', "'returns', which belongs at the top of the file"),
        ("options", "estimtion = [-150, -11]", "'estimation', which belongs under [windows]"),
        ("options", 'calendars = "XLON"', "'calendar', which belongs under [assets.NAME]"),
        ("asset", "exclude_from_estimaton = [0, 1]", "'exclude_from_estimation', which belongs"),
        ("asset", 'lables = "x"', "Did you mean 'label'?"),
        ("windows", "primery = [0, 1]", "Did you mean 'primary'?"),
        ("options", "maxshift = 9", "Did you mean 'max_shift'?"),
        ("options", "zzz = 9", "Known: max_shift"),
    ],
)
def test_a_misspelt_key_is_looked_for_in_all_tables(folder, where, line, cure):
    prefix, old, new = WRONG[where]
    key = line.partition(" =")[0]
    problem = problems(changed(folder, (old, new.format(line=line))))[f"{prefix}{key}"]
    assert problem.message == "unknown key"
    assert cure in problem.cure


def test_a_table_inside_another_is_told_that_it_is_none(folder):
    problem = problems(changed(folder, ("[options]", "[windows.options]")))["windows.options"]
    assert problem.message == "is a table of its own, not part of this one"
    assert problem.cure == "Write it as [options]."


def test_a_single_number_right_under_assets_is_told_where_it_belongs(folder):
    path = changed(folder, ("[assets.AAA]", "[assets]\nmin_estimation = 100\n[assets.AAA]"))
    problem = problems(path)["assets.min_estimation"]
    assert "under [options]" in problem.message


# --- lengths that need both tables --------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field", "message", "cure"),
    [
        (
            [("[-150, -11]", "[-30, -11]")],
            "windows.estimation",
            "20 sessions; fewer than 60",
            "= 20",
        ),
        (
            [("confidence = 0.9", "min_estimation = 141")],
            "options.min_estimation",
            "only 140 sessions",
            "min_estimation = 140 or less",
        ),
        (
            [("confidence = 0.9", "min_estimation = 2")],
            "options.min_estimation",
            "the market-model of AAA needs 3 returns",
            "min_estimation = 3 or more",
        ),
        (
            [("confidence = 0.9", "min_estimation = 1")],
            "options.min_estimation",
            "two",
            "2 or more",
        ),
    ],
)
def test_what_the_window_and_the_least_number_make_together(folder, changes, field, message, cure):
    path = changed(folder, *changes)
    found = problems(path)
    assert list(found) == [field]
    assert message in found[field].message
    assert cure in found[field].cure
    assert found[field].line is not None


def test_the_cure_of_a_short_window_can_be_written_as_it_stands(folder):
    path = changed(folder, ("[-150, -11]", "[-30, -11]"))
    (line,) = re.findall(r"min_estimation = \d+", problems(path)["windows.estimation"].cure)
    path.write_text(path.read_text("utf-8") + f"{line}\n", "utf-8")
    study = es.Study.read(path)
    assert study.options.min_estimation == 20
    assert study.run().estimation["n"].tolist() == [20]  # two lose days to other events


def test_the_library_says_the_same_of_a_short_window(folder):
    path = changed(folder, ("[-150, -11]", "[-30, -11]"))
    problem = problems(path)["windows.estimation"]
    study = es.Study.read(changed(folder))
    with pytest.raises(es.EventStudyError) as caught:
        es.run_study(study.events, study.prices, windows=es.Windows(estimation=(-30, -11)))
    written = problem.message.replace("[", "(").replace("]", ")")
    assert written in str(caught.value)
    assert problem.cure.rstrip(".") in str(caught.value)


def test_days_of_an_event_may_not_leave_its_own_estimation_window(folder):
    """(-20, 1) with a window to -11 took ten days of every event, and called them others'."""
    line = "exclude_from_estimation = [-20, 1]"
    path = changed(folder, ("primary = [0, 1]", f"primary = [0, 1]\n{line}"))
    (problem,) = problems(path).values()
    assert problem.field == "windows.exclude_from_estimation"
    assert "(-20, 1)" in problem.message
    assert "its own estimation window" in problem.message
    assert "Begin it at -10 or later, such as (-10, 1)" in problem.cure
    path.write_text(path.read_text("utf-8").replace("[-20, 1]", "[-10, 1]"), "utf-8")
    study = es.Study.read(path)
    options = es.Options(exclude_from_estimation=(-20, 1))
    with pytest.raises(es.EventStudyError, match=r"such as \(-10, 1\)"):
        es.run_study(study.events, study.prices, windows=study.windows, options=options)


@pytest.mark.parametrize("span", [(-10, 1), None])
def test_days_outside_the_estimation_window_may_be_excluded_from_that_of_others(folder, span):
    study = es.Study.read(changed(folder))
    options = es.Options(exclude_from_estimation=span)
    results = es.run_study(study.events, study.prices, windows=study.windows, options=options)
    assert results.options.exclude_from_estimation == span
    assert results.estimation["excluded"].iloc[0] == 0  # the first event has none before it
