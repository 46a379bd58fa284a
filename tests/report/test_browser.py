"""The report in a real browser: charts, themes and widths."""

import pandas as pd
import pytest
from browsing import CHART_INK, EVENT, INK, THEME, draw_all, opened, wait_for_ink
from two_assets import series

import eventstudy as es

pytestmark = pytest.mark.browser

PAGES = ("index.html", EVENT)
TWO_FRAMES = """() => new Promise((resolve) =>
  setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(resolve)), 150))"""
FITS = "(width) => innerWidth === width && document.documentElement.scrollWidth <= width"


@pytest.fixture(scope="module", params=PAGES)
def dark(request, browser, report):
    """A page in the dark with its charts drawn, and the number of them."""
    with opened(browser, report, request.param, color_scheme="dark") as page:
        yield page, draw_all(page)


@pytest.fixture(scope="module", params=PAGES)
def phone(request, browser, report):
    """A page with its charts drawn on a narrow screen."""
    viewport = {"width": 390 if request.param == "index.html" else 360, "height": 800}
    with opened(browser, report, request.param, viewport=viewport) as page:
        draw_all(page)
        yield page


def test_every_chart_is_drawn_in_the_dark_of_the_reader(dark):
    page, number = dark
    assert page.evaluate(THEME) == "dark"
    assert number == (16 if "/events/" in page.url else 23)
    assert page.evaluate(CHART_INK) == [INK["dark"]]


def test_print_from_the_dark_theme_is_dark_on_white(dark):
    page, _ = dark
    page.emulate_media(media="print")
    assert page.evaluate(CHART_INK) == ["rgb(0, 0, 0)"]
    ground = "() => getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    page.emulate_media(media="screen")


@pytest.mark.parametrize("dark", ["index.html"], indirect=True)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_mean_and_the_strongest_have_the_colours_of_their_keys(dark, theme):
    page, _ = dark
    page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
    strokes = page.evaluate(
        """() => [...document.querySelectorAll("#first-figure .js-line")]
             .map((line) => getComputedStyle(line).stroke)"""
    )
    for key in ("mean", "strong"):
        colour = f"() => getComputedStyle(document.querySelector('.key-{key}')).backgroundColor"
        assert page.evaluate(colour) in strokes, key


@pytest.mark.parametrize("dark", [EVENT], indirect=True)
def test_theme_button_switches_page_and_charts_and_is_remembered(dark):
    page, _ = dark
    for theme in ("light", "dark", "light"):
        page.click("#theme")
        assert page.evaluate(THEME) == theme
        wait_for_ink(page, theme)
    page.reload()
    assert page.evaluate(THEME) == "light"


def test_titles_of_charts_fit_a_narrow_screen(phone):
    beyond = phone.evaluate(
        """() => [...document.querySelectorAll(".plot")].map((plot) =>
          plot.querySelector(".gtitle").getBoundingClientRect().right
            - plot.getBoundingClientRect().right)"""
    )
    assert max(beyond) <= 0


def test_no_width_makes_the_page_scroll_sideways(phone):
    for width in (360, 768, 1440, 2560, 360):
        phone.set_viewport_size({"width": width, "height": 800})
        phone.evaluate(TWO_FRAMES)
        phone.wait_for_function(FITS, arg=width)


def test_events_can_be_searched_where_nothing_was_measured(browser, tmp_path):
    prices = series(300)
    days = ["2099-01-07", "2099-02-04"]
    events = pd.DataFrame({"event_id": ["a", "b"], "date": days, "title": ["First", "Second"]})
    es.write_report(es.run_study(events, prices), tmp_path / "report")
    with opened(browser, tmp_path / "report", "index.html") as page:
        page.fill("#filter", "second")
        assert page.locator("#events-table tbody tr:visible").count() == 1


def test_the_badge_is_white_on_blue_when_the_dark_is_printed(browser, tmp_path):
    prices = series(700)
    prices.iloc[500:, 0] *= 0.8
    events = pd.DataFrame({"event_id": ["a"], "date": prices.index[[500]], "title": ["Fall"]})
    es.write_report(es.run_study(events, prices[["AAA"]]), tmp_path / "report")
    ink = "() => getComputedStyle(document.querySelector('.badge.detected')).color"
    with opened(browser, tmp_path / "report", "index.html", color_scheme="dark") as page:
        assert page.evaluate(ink) == "rgb(16, 34, 47)"
        page.emulate_media(media="print")
        assert page.evaluate(ink) == "rgb(255, 255, 255)"
