"""A new model, test, check, plot, section or source: one file, one line, rows that are made."""

import shutil
from pathlib import Path

import forked
import pytest

ROOT = Path(__file__).parents[2]

MODEL = '''\
"""A constant and a trend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from eventstudy.models.least_squares import Design, LeastSquares

if TYPE_CHECKING:
    from eventstudy.arrays import Array


@dataclass(frozen=True)
class Steady(LeastSquares):
    """R = μ + e, once more.

    Checked against: itself | 0
    """

    name: ClassVar[str] = "steady"
    takes: ClassVar[tuple[int, int | None]] = (0, 0)
    factors: ClassVar[tuple[str, ...]] = ()
    fewest: ClassVar[int] = 2

    def declare(self, factors: Array) -> Design:
        """Declare a constant."""
        shape = factors.shape[:-1]
        return Design(("const",), np.ones((*shape, 1)), np.zeros(shape))

    def formula(self) -> str:
        """Return the model in symbols."""
        return "R = μ + e"
'''
TEST = '''\
"""The largest standardised CAR."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from eventstudy.inference.base import TestResult, outcome

if TYPE_CHECKING:
    from eventstudy.inference.base import CrossSection, Needs, Volatility


@dataclass(frozen=True)
class First:
    """t of the first CAR.

    Checked against: a look | 0
    """

    name: ClassVar[str] = "first"
    volatility: ClassVar[Volatility] = "constant"
    needs: ClassVar[Needs] = "nothing"
    label: ClassVar[str] = "First"
    null: ClassVar[str] = "the first is zero"
    source: ClassVar[str] = "nobody"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        return outcome(self, sample, sample.scar[0], sample.df[0])
'''
CHECK = '''\
"""Checks of nothing in particular."""

from __future__ import annotations

from collections.abc import Iterator

from eventstudy.checks.base import Check, Hit, Studied


def _always(study: Studied) -> Iterator[Hit]:
    yield Hit({"n": str(len(study.results.events))})


CHECKS = (Check("always", "note", "16", _always),)
'''
PLOT = '''\
"""How many events there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

if TYPE_CHECKING:
    from eventstudy.results import EventStudyResults


def tally(results: EventStudyResults) -> go.Figure:
    """Return a bar as high as there are events."""
    return go.Figure(go.Bar(y=[len(results.events)]))
'''
SECTION = '''\
"""How many events there are."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.report.report_data import ReportData, Section


def _context(report: ReportData, _event: str) -> Mapping[str, object]:
    return {"total": len(report.results.events)}


SECTION = Section("tally", _context)
'''
SOURCE = '''\
"""A price that rises."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from eventstudy.prices.clock import Clock
from eventstudy.prices.source import PriceSeries


class Rising:
    """A price that rises by one a day."""

    name = "rising"
    summary = "a price that rises by one a day"
    examples: tuple[str, ...] = ("UP",)
    options: tuple[str, ...] = ()

    def load(self, symbol: str, options: Mapping[str, object]) -> PriceSeries:
        """Return the series."""
        days = pd.bdate_range("2020-01-01", periods=300)
        table = pd.Series(range(100, 400), days, dtype=float)
        return PriceSeries(table, self.name, symbol, Clock("18:00", "UTC"))

    def files(self, symbol: str, options: Mapping[str, object]) -> tuple[Path, ...]:
        """Return the files that it reads: none."""
        return ()


RISING = Rising()
'''
TEXTS = """
[tally]
title = "How many"
words = "{count} were looked at."
"""
SENTENCES = """
[checks.always]
sentence = "There are {n} events."
advice = "Count them."
"""
TEMPLATE = '<p>{{ say("tally.words", count=total) }}</p>\n'
USED = """
import pandas as pd
import eventstudy as es
prices = es.load_prices({"UP": "rising:UP"})
events = pd.DataFrame({"event_id": ["one"], "date": ["2021-01-04"], "title": ["one"]})
events = events.assign(time="10:00", timezone="UTC")
results = es.run_study(
    events, prices, model=es.models.make_model("steady"), tests=["first"],
    windows=es.Windows(estimation=(-130, -11), event=(-1, 1), car=[(0, 0)]),
)
assert set(results.tests()["test"]) == {"first"}
assert "always" in {item.check for item in es.check_study(results)}
assert es.plots.tally(results).data[0].y[0] == 1
page = es.write_report(results, "report").read_text("utf-8")
assert 'id="tally"' in page and "1 were looked at." in page
"""


def put(copy, name, text, *, before=None, after=None):
    """Write a file, or a line of one: before or after another."""
    path = copy / name
    if before is None and after is None:
        path.write_text(text, "utf-8")
        return
    lines = path.read_text("utf-8")
    mark = before or after
    assert lines.count(mark) >= 1, (name, mark)
    new = f"{text}{mark}" if before else f"{mark}{text}"
    path.write_text(lines.replace(mark, new, 1), "utf-8")


def model(copy):
    put(copy, "eventstudy/models/steady.py", MODEL)
    line = "from eventstudy.models.steady import Steady as Steady\n"
    put(copy, "eventstudy/models/__init__.py", line, before="# isort: on")
    return {"eventstudy/models/steady.py", "eventstudy/models/__init__.py", "docs/validation.md"}


def significance_test(copy):
    put(copy, "eventstudy/inference/battery/first.py", TEST)
    line = "from eventstudy.inference.battery.first import First as First\n"
    put(copy, "eventstudy/inference/__init__.py", line, before="# isort: on")
    new = {"eventstudy/inference/battery/first.py", "eventstudy/inference/__init__.py"}
    return new | {"docs/validation.md"}


def check(copy):
    put(copy, "eventstudy/checks/nothing.py", CHECK)
    put(copy, "eventstudy/checks/__init__.py", ', "nothing"', after='"series"')
    put(copy, "eventstudy/english.toml", SENTENCES, before="\n[checks.one-date]")
    new = {"eventstudy/checks/nothing.py", "eventstudy/checks/__init__.py"}
    return new | {"eventstudy/english.toml", "docs/checks.md"}


def plot(copy):
    put(copy, "eventstudy/plots/tally.py", PLOT)
    line = "from eventstudy.plots.tally import tally as tally\n"
    put(
        copy,
        "eventstudy/plots/__init__.py",
        line,
        after="import specification_curve as specification_curve\n",
    )
    return {"eventstudy/plots/tally.py", "eventstudy/plots/__init__.py"}


def section(copy):
    template = "eventstudy/report/templates/sections/tally.html.j2"
    put(copy, "eventstudy/report/sections/tally.py", SECTION)
    put(copy, template, TEMPLATE)
    put(copy, "eventstudy/report/pages.toml", "tally ", before="tests ")
    put(copy, "eventstudy/english.toml", TEXTS, before="\n[left_out]")
    new = {"eventstudy/report/sections/tally.py", "eventstudy/report/pages.toml"}
    return new | {template, "eventstudy/english.toml"}


def source(copy):
    put(copy, "eventstudy/prices/sources/rising.py", SOURCE)
    line = "from eventstudy.prices.sources.rising import RISING as RISING\n"
    put(copy, "eventstudy/prices/sources/registry.py", line, before="# isort: on")
    return {"eventstudy/prices/sources/rising.py", "eventstudy/prices/sources/registry.py"}


KINDS = (model, significance_test, check, plot, section, source)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of what an addition can touch."""
    copy = tmp_path_factory.mktemp("project")
    for name in ("eventstudy", "docs", "tools"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.fixture
def copy(project, tmp_path):
    return shutil.copytree(project, tmp_path / "copy")


def python(copy, *arguments):
    """Run Python with the package of a copy; the libraries are imported already."""
    return forked.run(*arguments, cwd=copy, program="python", PYTHONPATH=str(copy))


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_tables_of_the_docs_are_as_the_registers_say():
    ran = python(ROOT, "tools/registers", "--check")
    assert ran.returncode == 0, ran.stderr


@pytest.mark.slow
def test_each_of_six_kinds_is_one_file_and_one_line_and_works(copy):
    for kind in KINDS:
        before = contents(copy)
        touched = kind(copy) | (set() if kind is check else {"docs/registers.md"})
        ran = python(copy, "tools/registers")
        assert ran.returncode == 0, ran.stderr
        after = contents(copy)
        assert {name for name in after if before.get(name) != after[name]} == touched
        lines = [
            len(set(after[name].splitlines()) - set(before[name].splitlines()))
            for name in touched
            if name.endswith(("__init__.py", "registry.py", "pages.toml"))
        ]
        assert lines == [1]
    ran = python(copy, "-c", USED)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize(
    ("kind", "file", "piece", "said"),
    [
        (
            model,
            "eventstudy/models/steady.py",
            "    fewest: ClassVar[int] = 2\n",
            "eventstudy/models/steady.py: write in class Steady:\n    fewest: ClassVar[int] = 3",
        ),
        (
            model,
            "eventstudy/models/steady.py",
            "    Checked against: itself | 0\n",
            "eventstudy/models/steady.py:16: the docstring of Steady does not say",
        ),
        (
            significance_test,
            "eventstudy/inference/battery/first.py",
            '    null: ClassVar[str] = "the first is zero"\n',
            "eventstudy/inference/battery/first.py: write in class First:\n    null: ",
        ),
        (
            check,
            "eventstudy/english.toml",
            SENTENCES,
            "eventstudy/english.toml: no [checks.always]; add it with sentence = ",
        ),
        (
            plot,
            "eventstudy/plots/tally.py",
            "def tally",
            "cannot import name 'tally' from 'eventstudy.plots.tally'",
        ),
        (
            section,
            "eventstudy/english.toml",
            'title = "How many"\n',
            'eventstudy/english.toml: no text "tally.title"; add under [tally]: title = ',
        ),
        (
            source,
            "eventstudy/prices/sources/rising.py",
            '    examples: tuple[str, ...] = ("UP",)\n',
            "eventstudy/prices/sources/rising.py: write in class Rising:\n    examples: ",
        ),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_is_missing_is_said_with_its_file_and_the_line_to_write(copy, kind, file, piece, said):
    kind(copy)
    text = (copy / file).read_text("utf-8")
    assert text.count(piece) == 1
    (copy / file).write_text(
        text.replace(piece, "" if piece != "def tally" else "def tallied"), "utf-8"
    )
    ran = python(copy, "tools/registers")
    assert ran.returncode
    assert said in ran.stderr
