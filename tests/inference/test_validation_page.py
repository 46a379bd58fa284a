"""docs/validation.md says of every test what it was checked against."""

import re
from pathlib import Path

import eventstudy as es

PAGE = (Path(__file__).parents[2] / "docs" / "validation.md").read_text("utf-8")


def rows():
    """First and other cells of the rows that name tests or models."""
    for line in PAGE.split("## Where known packages deviate")[0].splitlines():
        if line.startswith("| `"):
            name, *cells = (cell.strip() for cell in line.strip("|").split(" | "))
            for own in re.findall(r"`([a-z0-9-]+)`", name):
                yield own, cells


def test_every_test_is_on_the_page_once_with_its_reference_and_error():
    named = [name for name, _ in rows() if name not in es.MODELS]
    assert sorted(named) == sorted(es.TESTS)
    assert set(es.MODELS) <= {name for name, _ in rows()}
    for name, cells in rows():
        assert cells[0], name
        assert re.match(r"\d|held to", cells[1]), name


def test_every_file_that_the_page_names_is_there():
    root = Path(__file__).parents[2]
    for path in set(re.findall(r"tests/[\w/]+\.\w+", PAGE)):
        assert (root / path).is_file(), path
