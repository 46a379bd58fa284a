"""Pages as a browser prints them: every chart is there, and nothing lies over anything."""

import re
import zlib
from itertools import combinations
from typing import NamedTuple

import pytest
from browsing import EVENT, opened
from paper import MARK, boxes

pytestmark = pytest.mark.browser

PAGES = ("index.html", EVENT)
UNDRAWN = """() => [...document.querySelectorAll('figure.chart:not([data-drawn=done])')]
  .filter((figure) => figure.checkVisibility()).length"""
KINDS = {"figure": "main figure", "plot": ".plot", "text": "main :is(p, li, h2, td:first-child)"}


class Prints(NamedTuple):
    """A page that was never scrolled, printed, printed again, and without its charts."""

    undrawn: tuple[int, int]
    first: bytes
    second: bytes
    bare: bytes


@pytest.fixture(scope="module", params=PAGES)
def prints(request, browser, report):
    """In the second one of the index every figure and text is marked."""
    css = request.param == "index.html"
    viewport = {"width": 1280, "height": 800 if css else 900}
    with opened(browser, report, request.param, viewport=viewport) as page:
        before = page.evaluate(UNDRAWN)
        first = page.pdf(prefer_css_page_size=css)
        undrawn = before, page.evaluate(UNDRAWN)
        if css:
            page.evaluate(MARK, KINDS)
        second = page.pdf(prefer_css_page_size=css)
        page.add_style_tag(content=".plot { display: none; }")
        return Prints(undrawn, first, second, page.pdf(prefer_css_page_size=css))


def ink_on_paper(pdf):
    """Bytes of drawing commands in a PDF."""
    assert pdf.startswith(b"%PDF-")
    size = 0
    for body in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S):
        try:
            size += len(re.findall(rb"\b[lc]\n", zlib.decompress(body)))
        except zlib.error:
            continue
    return size


def test_print_holds_charts_that_were_never_scrolled_to(prints):
    before, after = prints.undrawn
    assert before
    assert after == 0
    first, second, bare = map(ink_on_paper, prints[1:])
    assert second > bare + 100
    assert first == pytest.approx(second, rel=0.02)


@pytest.mark.parametrize("prints", ["index.html"], indirect=True)
def test_on_paper_nothing_overlaps_and_no_page_is_empty(prints):
    places, pages = boxes(prints.second)
    figures = [box for box in places if box.kind == "figure"]
    assert len(figures) > 6
    for one, other in combinations(figures, 2):
        apart = one.page != other.page
        apart |= one.right <= other.left + 1 or other.right <= one.left + 1
        apart |= one.top <= other.bottom + 1 or other.top <= one.bottom + 1
        assert apart, (one, other)
    for plot in (box for box in places if box.kind == "plot"):
        assert plot.right <= 595  # the width of A4
    for page in range(pages - 1):
        lowest = min(box.bottom for box in places if box.page == page)
        assert lowest < 842 * 2 / 3, f"page {page + 1} is less than a third full"
    (first,) = {box.page for box in figures[:4]}
    assert first == 0  # page one stands alone: the answer and each event
