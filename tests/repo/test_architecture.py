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


def test_tests_mirror_the_rooms():
    rooms = {path.parent.name for path in (ROOT / "eventstudy").glob("*/__init__.py")}
    guarded = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    assert guarded <= rooms | {"repo"}
    unguarded = {"abnormal", "plots", "example"}  # by tests/study and tests/report
    assert rooms - guarded == unguarded


def test_no_test_file_imports_another():
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = (
                [getattr(node, "module", None) or ""] if isinstance(node, ast.ImportFrom) else []
            )
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if name.startswith(("test_", "conftest"))], path
