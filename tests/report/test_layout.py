"""What a reader sees of the index, and in how little space: on a screen and a phone."""

import re

import pytest
from browsing import opened

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


DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
REMEMBER = "() => document.querySelectorAll('details').forEach((f) => { f.dataset.was = f.open; })"
RESTORE = """() => {
  for (const fold of document.querySelectorAll("details")) fold.open = fold.dataset.was === "true";
  window.scrollTo({ top: 0, behavior: "instant" });
}"""


@pytest.fixture(scope="module")
def shared(browser, report):
    """The index, loaded once."""
    with opened(browser, report, "index.html", viewport=DESKTOP) as page:
        page.evaluate(REMEMBER)
        yield page


@pytest.fixture
def index(shared):
    """The index with its folds as they are at first."""
    shared.set_viewport_size(DESKTOP)
    shared.wait_for_function("(width) => innerWidth === width", arg=DESKTOP["width"])
    shared.evaluate(RESTORE)
    return shared


@pytest.mark.parametrize(("screen", "whole"), [(DESKTOP, True), (PHONE, False)])
def test_the_first_figure_is_above_the_fold(browser, report, screen, whole):
    """On a desktop all of it, on a phone where it begins."""
    with opened(browser, report, "index.html", viewport=screen) as page:
        page.wait_for_selector("#first-figure figure[data-drawn=done]")
        top, bottom = page.evaluate(FIRST)
    assert 0 < top < bottom
    assert (bottom if whole else top) <= screen["height"]


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
        index.wait_for_function("(width) => innerWidth === width", arg=width)
        assert index.evaluate(WIDE) == []


def test_no_number_is_cut_on_a_phone(browser, report):
    with opened(browser, report, "index.html", viewport=PHONE) as page:
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
def test_every_figure_of_the_first_screen_is_saved(index, kind, begins):
    for place in ("#first-figure", "#each"):
        button = index.locator(f"{place} button.save[data-kind={kind}]").first
        with index.expect_download() as waiting:
            button.click()
        assert waiting.value.suggested_filename.endswith(f".{kind}")
        assert waiting.value.path().read_bytes().startswith(begins)
