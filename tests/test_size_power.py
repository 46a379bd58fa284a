"""The size and power harness: it tells invalid tests from valid ones, and its page is current."""

import json
import math
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.usefixtures("benchmarks")


@pytest.fixture
def benchmarks(monkeypatch):
    """The harness on six years of its series, so that it begins in a moment."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from sizepower import series

    some = series.stocks().loc["2005":"2010"]
    monkeypatch.setattr(series, "stocks", lambda: some)
    series.every_day.cache_clear()
    yield
    series.every_day.cache_clear()


def test_one_date_without_a_benchmark_makes_bmp_reject_and_adjusted_bmp_not():
    """Twenty correlated stocks on one date are one draw: the harness must see it."""
    from sizepower import many

    design = next(d for d in many.designs() if d.key == "B2")
    counts = many.run(design, 0, 60, only=["var1_shock0"])
    shares = {
        test: counts["var1_shock0", test, "rejected"] / counts["var1_shock0", test, "computed"]
        for test in ("bmp", "adj_bmp", "adj_bmp" + many.CALENDAR)
    }
    assert shares["bmp"] > 0.30
    assert shares["adj_bmp"] < 0.15
    assert shares["adj_bmp"] == shares["adj_bmp" + many.CALENDAR]  # all pairs share the date


def test_samples_do_not_depend_on_how_they_are_divided():
    from sizepower import many

    design = next(d for d in many.designs() if d.key == "B2")
    parts = [many.run(design, first, first + 2, only=["var1_shock0"]) for first in (0, 2)]
    assert sum(parts, Counter()) == +many.run(design, 0, 4, only=["var1_shock0"])


def test_a_difference_counts_the_error_of_both_sides():
    from sizepower.verdicts import Cell

    cell = Cell("A1", "case", 8.0, 5.0, 2000, 2000)
    error = 100 * math.sqrt((0.08 * 0.92 + 0.05 * 0.95) / 2000)
    assert cell.distance == pytest.approx((3.0 - 0.05) / error)  # the reference has one digit
    assert not cell.within
    assert Cell("A1", "case", 100.0, 100.0, 2000, 2000).within


def test_page_says_what_was_measured():
    from sizepower import page

    known = json.loads((ROOT / "benchmarks" / "size_power.json").read_text("utf-8"))
    lines, cells, gates, _ = page.text_of(known)
    text = page.PAGE.read_text("utf-8")
    measured = text.split(page.BEGIN)[1].split(page.END)[0].strip()
    assert measured == "\n".join(lines).strip(), "run benchmarks/size_power.py --page"
    assert len(cells) > 900
    assert {gate.situation for gate in gates} == {
        "one episode of one series",
        "a few separate dates",
        "many separate dates",
        "one date, a few series",
        "one date, many assets",
        "several dates, several assets each",
        "overlapping windows",
    }
