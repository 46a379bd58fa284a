"""What a reader sees of the index, and in how little space: screen, phone and paper."""

import re
from itertools import combinations

import pytest
from browsing import draw_all, opened
from paper import MARK, boxes

pytestmark = pytest.mark.browser

FIRST = """() => { const box = document.querySelector("#first-figure").getBoundingClientRect();
  return [box.top + scrollY, box.bottom + scrollY]; }"""
SCREENS = "() => document.documentElement.scrollHeight / innerHeight"
WORDS = "() => document.querySelector('main').innerText.split(/\\s+/).filter(Boolean).length"
OPEN = "() => document.querySelectorAll('details').forEach((fold) => { fold.open = true; })"
WIDE = """() => [...document.querySelectorAll("main table")].filter((table) => {
  const box = table.parentElement.getBoundingClientRect(), own = table.getBoundingClientRect();
  return table.checkVisibility()
    && (own.right > box.right + 1 || table.scrollWidth > table.clientWidth + 1);
}).map((table) => table.getAttribute("aria-label") ?? table.outerHTML.slice(0, 80))"""
CUT = """() => [...document.querySelectorAll(".n, .big, .value, .date, time")].filter((own) => {
  const box = own.getBoundingClientRect();
  return own.checkVisibility() && box.width && (box.left < 0 || box.right > innerWidth + 1
    || (getComputedStyle(own).display !== "inline" && own.scrollWidth > own.clientWidth + 1)
    || own.getClientRects().length > 1);
}).map((own) => own.textContent)"""
FIELD = (
    *("episode", "cell", "struck", "eve", "sigma", "σ", "sup-t", "family", "Romano", "Wolf"),
    *("least p", "dummies", "dummy", "size of", "null", "abnormal", "CAR", "CAAR", "estimation"),
    *("residual", "bootstrap", "placebo", "statistic", "t-value", "Welch", "Holm", "Bonferroni"),
    *("covariance", "day 0", "rank p", "joint", "regression", "AR"),
)
"""Thirty words of the field, which a reader of the first screen need not know."""


@pytest.fixture
def index(browser, report):
    with opened(browser, report, "index.html", viewport={"width": 1280, "height": 800}) as page:
        yield page


def test_the_first_figure_is_above_the_fold(index):
    index.wait_for_selector("#first-figure figure[data-drawn=done]")
    top, bottom = index.evaluate(FIRST)
    assert 0 < top < bottom <= 800
    index.set_viewport_size({"width": 390, "height": 844})
    assert index.evaluate(FIRST)[0] < 844


def test_the_index_is_short(index):
    assert index.evaluate(WORDS) <= 2700
    draw_closed = (
        "() => [...document.querySelectorAll('figure.chart')].forEach((f) => f.scrollIntoView())"
    )
    index.evaluate(draw_closed)
    assert index.evaluate(SCREENS) <= 12


def test_no_table_is_wider_than_its_box(index):
    index.evaluate(OPEN)
    for width in (1280, 1440, 1920):
        index.set_viewport_size({"width": width, "height": 800})
        assert index.evaluate(WIDE) == []


def test_no_number_is_cut_on_a_phone(browser, report):
    with opened(browser, report, "index.html", viewport={"width": 390, "height": 844}) as page:
        page.click("#all-events")
        assert page.evaluate(CUT) == []
        labels = page.evaluate(
            "() => document.querySelectorAll('#events-table td.n:not([data-label])').length"
        )
        assert labels == 0


def test_the_first_screen_has_no_word_of_the_field(index):
    text = index.inner_text("#answer")
    words = [word for word in FIELD if re.search(rf"(?<!\w){re.escape(word)}s?(?!\w)", text)]
    assert len(FIELD) >= 30
    assert words == []
    assert "[0" not in text


def test_a_link_opens_what_is_folded(index):
    assert not index.locator("#tests table").first.is_visible()
    index.click('.sure a[href="#tests"]')
    index.locator("#tests table").first.wait_for(state="visible")


@pytest.mark.parametrize(("kind", "begins"), [("svg", b"<svg"), ("png", b"\x89PNG")])
def test_every_figure_of_the_first_screen_is_saved(browser, report, kind, begins):
    with opened(browser, report, "index.html", accept_downloads=True) as page:
        for place in ("#first-figure", "#each"):
            button = page.locator(f"{place} button.save[data-kind={kind}]").first
            with page.expect_download() as waiting:
                button.click()
            assert waiting.value.suggested_filename.endswith(f".{kind}")
            assert waiting.value.path().read_bytes().startswith(begins)


def test_on_paper_nothing_overlaps_and_no_page_is_empty(index):
    draw_all(index)
    index.evaluate("() => document.querySelectorAll('details').forEach((d) => { d.open = false; })")
    kinds = {
        "figure": "main figure",
        "plot": ".plot",
        "text": "main :is(p, li, h2, td:first-child)",
    }
    index.evaluate(MARK, kinds)
    places, pages = boxes(index.pdf(prefer_css_page_size=True))
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
