"""Opening a page of a report in the browser."""

import re
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from waiting import LIMIT

EVENT = "events/ryabkov-rtvi-sanctions-2022-01-13.html"
INK = {"light": "rgb(28, 33, 38)", "dark": "rgb(231, 234, 237)"}
THEME = "() => document.documentElement.dataset.theme"
CHART_INK = """() => [...new Set([...document.querySelectorAll(".plot .xtick text, .plot .gtitle")]
  .map((text) => getComputedStyle(text).fill))]"""
WINDOW = {"width": 1280, "height": 900}
UNDRAWN = """async () => {
  const left = () => figures.filter((figure) => figure.dataset.drawn !== "done").length;
  const figures = [...document.querySelectorAll("figure.chart")];
  for (const fold of document.querySelectorAll("details:has(figure.chart)")) fold.open = true;
  for (const figure of figures) {
    figure.scrollIntoView({ behavior: "instant" });
    for (let i = 0; i < 30000 && figure.dataset.drawn !== "done"; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  window.scrollTo({ top: 0, behavior: "instant" });
  return [figures.length, left()];
}"""

ALIKE = """() => {
  const shapes = new Map();
  const shape = (node) => {
    const look = ["class", "role", "style"].map((name) => node.getAttribute(name) ?? "").join();
    const text = node.childElementCount ? "" : Boolean(node.textContent.trim());
    shapes.set(node, `${node.tagName} ${look} ${text}(${[...node.children].map(shape)})`);
    return shapes.get(node);
  };
  const visit = (node) => {
    const seen = new Set();
    [...node.children].forEach((child, place) => {
      const kind = `${shapes.get(child)} ${place % 2}`; // every other row has another ground
      if (seen.has(kind)) child.remove(); else visit(child);
      seen.add(kind);
    });
  };
  shape(document.body);
  visit(document.body);
}"""
COLOURS = ("color-contrast", "link-in-text-block")
"""Rules of axe that depend on the theme."""


class Tab:
    """A page of a browser, what it has said and what it has asked for."""

    def __init__(self, browser, options):
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(1000 * LIMIT)
        self.page = self.context.new_page()
        self.said, self.asked = [], []
        self.page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(f"page error: {error}"))
        self.page.on("dialog", self._dismiss)
        self.context.on("request", lambda request: self.asked.append(request.url))

    def _dismiss(self, dialog):
        self.said.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def show(self, url, viewport, scheme):
        """Open a page as a tab would that was never used."""
        self.said.clear()
        self.asked.clear()
        self.page.set_viewport_size(viewport)
        self.page.emulate_media(media="null", color_scheme=scheme)
        self.page.goto(url)

    def leave(self):
        """Forget the page that was open, and what it has stored."""
        self.page.evaluate("() => localStorage.clear()")
        self.page.goto("about:blank")


IDLE = {}
"""Tabs that are not used now, by browser and options: a script that one has run is compiled."""


@contextmanager
def opened(browser, folder, name, *, viewport=None, color_scheme="light", **options):
    """A page of a report; on leaving, it has said nothing and loaded nothing from outside."""
    idle = IDLE.setdefault((browser, *sorted(options.items())), [])
    tab = idle.pop() if idle else Tab(browser, options)
    try:
        tab.show((folder / name).as_uri(), viewport or WINDOW, color_scheme)
        yield tab.page
        url, said, asked = tab.page.url, list(tab.said), list(tab.asked)
        tab.leave()
    except BaseException:
        tab.context.close()
        raise
    idle.append(tab)
    errors = [text for text in said if re.match("error|warning|page|dialog", text)]
    assert not errors
    assert asked
    outside = [load for load in asked if not load.startswith(folder.as_uri() + "/")]
    inside = ("data:", "blob:", "about:")  # made by the page itself
    assert not [load for load in outside if not load.startswith(inside)]
    assert url.split("#")[0] == (folder / name).as_uri()


def draw_all(page):
    number, left = page.evaluate(UNDRAWN)
    assert number
    assert not left
    return number


def wait_for_ink(page, theme):
    """Wait until every text of a chart has the colour of a theme."""
    page.wait_for_function(f"(ink) => ({CHART_INK})().join() === ink", arg=INK[theme])


def leave_one_of_a_kind(page):
    """Leave of neighbours with the same classes, roles and styles all through one in a page.

    Rows of a table and points of a chart; axe takes its time for each.
    """
    page.evaluate(ALIKE)


def axe_faults(page, rules=()):
    """What axe finds by all of its rules, or by some."""
    options = {"resultTypes": ["violations"], "preload": False}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    return [
        f"{fault['id']}: {node['html'][:200]}"
        for fault in Axe().run(page, options=options).response["violations"]
        for node in fault["nodes"]
    ]
