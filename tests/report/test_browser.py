"""The report in a real browser: charts, themes, widths, keyboard, print, safety."""

import re
import zlib

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import EVENT, draw_all, opened
from pages import HOSTILE, HOSTILE_ASSETS
from two_assets import series, study

import eventstudy as es

pytestmark = pytest.mark.browser

PAGES = ("index.html", EVENT)
INK = {"light": "rgb(28, 33, 38)", "dark": "rgb(231, 234, 237)"}
TWO_FRAMES = """() => new Promise((resolve) =>
  setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(resolve)), 150))"""
OVERFLOW = "() => document.documentElement.scrollWidth - window.innerWidth"
FITS = "(width) => innerWidth === width && document.documentElement.scrollWidth <= width"
CHART_INK = """() => [...new Set([...document.querySelectorAll(".plot .xtick text, .plot .gtitle")]
  .map((text) => getComputedStyle(text).fill))]"""
HOVER = """async () => {
  const found = [];
  for (const plot of document.querySelectorAll(".plot.js-plotly-plot")) {
    for (let curve = 0; curve < plot.data.length; curve++) {
      if (plot.data[curve].type !== "scatter" || !plot.data[curve].hovertemplate) continue;
      for (let point = 0; point < (plot.data[curve].mode === "markers" ? 7 : 1); point++) {
        Plotly.Fx.hover(plot, [{ curveNumber: curve, pointNumber: point }]);
        await new Promise((resolve) => setTimeout(resolve, 90));
        found.push(plot.querySelector(".hoverlayer").textContent);
      }
    }
  }
  return found.join(" ");
}"""


def wait_for_ink(page, theme):
    """Wait until every text of a chart has the colour of a theme."""
    page.wait_for_function(f"(ink) => ({CHART_INK})().join() === ink", arg=INK[theme])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_every_chart_is_drawn_in_the_readers_theme(browser, report, name, scheme):
    with opened(browser, report, name, color_scheme=scheme) as page:
        assert page.evaluate("() => document.documentElement.dataset.theme") == scheme
        assert draw_all(page) == (23 if name == "index.html" else 16)
        assert page.evaluate(CHART_INK) == [INK[scheme]]


@pytest.mark.parametrize("name", PAGES)
def test_no_width_makes_the_page_scroll_sideways(browser, report, name):
    with opened(browser, report, name, viewport={"width": 360, "height": 800}) as page:
        draw_all(page)
        for width in (360, 768, 1440, 2560, 360):
            page.set_viewport_size({"width": width, "height": 800})
            page.evaluate(TWO_FRAMES)
            page.wait_for_function(FITS, arg=width)


def test_titles_of_charts_fit_a_narrow_screen(browser, report):
    with opened(browser, report, "index.html", viewport={"width": 390, "height": 800}) as page:
        draw_all(page)
        beyond = page.evaluate(
            """() => [...document.querySelectorAll(".plot")].map((plot) =>
              plot.querySelector(".gtitle").getBoundingClientRect().right
                - plot.getBoundingClientRect().right)"""
        )
        assert max(beyond) <= 0


def test_theme_button_switches_page_and_charts_and_is_remembered(browser, report):
    with opened(browser, report, EVENT, color_scheme="light") as page:
        draw_all(page)
        for theme in ("dark", "light", "dark"):
            page.click("#theme")
            assert page.evaluate("() => document.documentElement.dataset.theme") == theme
            wait_for_ink(page, theme)
        page.reload()
        assert page.evaluate("() => document.documentElement.dataset.theme") == "dark"


@pytest.fixture(scope="module")
def doubtful(tmp_path_factory):
    """Folder of a report with its calibration and specification curve."""
    results = study(series(1500), [1000, 1060, 1120])
    calibration = es.calibrate(results, samples=40, effects=(0.02, 0.04))
    curve = es.specification_curve(results, samples=60)
    folder = tmp_path_factory.mktemp("doubtful")
    return es.write_report(results, folder, calibration=calibration, robustness=curve).parent


@pytest.mark.parametrize(
    ("folder", "name"),
    [*(("report", page) for page in PAGES), ("doubtful", "index.html")],
)
def test_axe_finds_no_fault_in_either_theme(browser, request, folder, name):
    where = request.getfixturevalue(folder)
    with opened(browser, where, name, bypass_csp=True, color_scheme="light") as page:
        draw_all(page)
        for theme in ("light", "dark"):
            assert page.evaluate("() => document.documentElement.dataset.theme") == theme
            wait_for_ink(page, theme)
            found = Axe().run(page, options={"resultTypes": ["violations"], "preload": False})
            faults = [
                f"{fault['id']}: {node['html'][:200]}"
                for fault in found.response["violations"]
                for node in fault["nodes"]
            ]
            assert not faults, theme
            page.click("#theme")


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


@pytest.mark.parametrize("name", PAGES)
def test_print_holds_charts_that_were_never_scrolled_to(browser, report, name):
    with opened(browser, report, name) as page:
        undrawn = """() => [...document.querySelectorAll('figure.chart:not([data-drawn=done])')]
          .filter((figure) => figure.checkVisibility()).length"""
        assert page.evaluate(undrawn)
        first = ink_on_paper(page.pdf())
        assert page.evaluate(undrawn) == 0
        second = ink_on_paper(page.pdf())
        page.add_style_tag(content=".plot { visibility: hidden; }")
        bare = ink_on_paper(page.pdf())
        assert second > bare + 100
        assert first == pytest.approx(second, rel=0.02)


def test_print_from_the_dark_theme_is_dark_on_white(browser, report):
    with opened(browser, report, EVENT, color_scheme="dark") as page:
        draw_all(page)
        page.emulate_media(media="print")
        assert page.evaluate(CHART_INK) == ["rgb(0, 0, 0)"]
        ground = "() => getComputedStyle(document.body).backgroundColor"
        assert page.evaluate(ground) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("name", ["index.html", "events/evil-1.html", "events/evil-4.html"])
def test_hostile_events_run_nothing(browser, hostile, name):
    with opened(browser, hostile, name) as page:
        draw_all(page)
        shown = page.evaluate(HOVER)
        page.evaluate("() => document.querySelectorAll('details').forEach((d) => d.open = true)")
        page.hover("h1")
        assert page.evaluate("() => typeof window.hacked") == "undefined"
        assert page.locator("main img, main svg[onload], main script[src]").count() == 0
        titles = page.locator(".gtitle").all_text_contents()
        assert any(HOSTILE_ASSETS[1] in title for title in titles)
        if name == "index.html":
            assert HOSTILE[2] in shown
            assert HOSTILE[0] in shown
            assert page.evaluate(OVERFLOW) <= 0


def test_long_texts_do_not_widen_a_page(browser, hostile):
    viewport = {"width": 390, "height": 800}
    with opened(browser, hostile, "events/evil-0.html", viewport=viewport) as page:
        assert page.evaluate(OVERFLOW) <= 0
