"""`docs/architecture.md` shows the house as it is."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")


def rows(heading):
    """Cells of the table under a heading, without its head."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines[2:]]


def test_every_folder_of_the_package_is_named_once():
    folders = {
        f"{path.parent.relative_to(ROOT).as_posix()}/"
        for path in (ROOT / "eventstudy").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    } - {"eventstudy/"}
    assert sorted(row[0].strip("`") for row in rows("Rooms")) == sorted(folders)


def test_every_wish_leads_to_what_is_there():
    wishes = rows("Where do I change …")
    assert len(wishes) >= 20
    assert not [path for _, path in wishes if not (ROOT / path.strip("`")).exists()]


def test_every_file_on_the_ground_is_named():
    ground = {path.name for path in (ROOT / "eventstudy").glob("*.py") if path.name[:2] != "__"}
    assert ground == set(re.findall(r"`(\w+\.py)`", PAGE.split("On the ground")[1].split("##")[0]))


LOOK_UPS = {"searchsorted", "get_indexer", "get_loc"}
BY_DATE = {
    "abnormal/placebo_days.py": "the first day from which placebo days are taken, a setting",
    "analysis/claims.py": "a session that a claim of somebody else names",
    "bars/rolls.py": "the trading day on which a contract of futures expires",
    "inference/timeline.py": "days 0 of several assets in the union of their sessions",
    "plots/named_price.py": "the stretch of a chart around sessions that it is given to name",
    "parts/day_sums.py": "days 0 of two parts of a study among those of both",
    "parts/price_store.py": "dates of one part of stored prices among those of all parts",
    "minutes/day_paths.py": "the parts of the trading day of a statement's minute",
    "minutes/lookup.py": "the trading day of a part of a session, for its volatility",
    "plots/price.py": "the stretch of a chart, from its first mark to its last",
    "reruns/asset_keys.py": "sessions of an asset among those of its factors, and among findings",
    "reruns/fingerprints.py": "the session that a claim names",
}
"""Files above `design` that look up a date among sessions, and which: none looks up day 0."""


def looks_up_a_session(call):
    """Whether a call searches in sessions or an index of dates, or for days of an estimation."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    words = {
        getattr(node, "attr", getattr(node, "id", ""))
        for argument in (call.func, *call.args)
        for node in ast.walk(argument)
    }
    dates = {"sessions", "market", "index", "estimation_dates", "dates", "day0", "days0"}
    return name in LOOK_UPS and bool(words & (dates | {"calendar"}))


def test_no_day_0_is_looked_up_by_its_date_above_the_design():
    """`AbnormalReturns.position` says where it is; a date would be found by its neighbour, too."""
    package = ROOT / "eventstudy"
    places = set()
    for path in sorted(package.glob("*/**/*.py")):
        if path.relative_to(package).parts[0] not in ("design", "prices", "events"):
            calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
            if any(map(looks_up_a_session, calls)):
                places.add(path.relative_to(package).as_posix())
    assert places == set(BY_DATE)


def test_tests_mirror_the_rooms():
    rooms = {path.parent.name for path in (ROOT / "eventstudy").glob("*/__init__.py")}
    guarded = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    assert guarded <= rooms | {"repo"}
    assert rooms - guarded == {"example"}  # data, by tests/study


def test_no_test_file_imports_another():
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = (
                [getattr(node, "module", None) or ""] if isinstance(node, ast.ImportFrom) else []
            )
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if name.startswith(("test_", "conftest"))], path


SAY_NOTHING = {"own", "found"}


def test_no_local_is_called_by_a_name_that_says_nothing():
    """`row`, `positions`, `abnormal`, not `own` or `found`."""
    named = {
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "eventstudy").rglob("*.py")
        for function in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef | ast.Lambda)
        for node in ast.walk(function)
        if (isinstance(node, ast.Name) and node.id in SAY_NOTHING)
        or (isinstance(node, ast.arg) and node.arg in SAY_NOTHING)
    }
    assert not named
