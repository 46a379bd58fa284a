"""A report whose every text tries to do harm, in a real browser."""

import csv
import io
import re

import pytest
from browsing import draw_all, opened
from pages import HOSTILE, HOSTILE_ASSETS

pytestmark = pytest.mark.browser

OVERFLOW = "() => document.documentElement.scrollWidth - window.innerWidth"
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


def test_saved_texts_are_no_formulas(browser, hostile):
    with opened(browser, hostile, "index.html") as page:
        buttons = page.locator("figure.chart details button.download").all()
        assert buttons
        for button in buttons:
            with page.expect_download() as waiting:
                button.evaluate("(button) => button.click()")  # its fold is closed
            text = waiting.value.path().read_text("utf-8-sig")
            for cell in (cell for row in csv.reader(io.StringIO(text)) for cell in row):
                assert not re.match(r"[=+@\t\r]|-(?![\d.])", cell)
