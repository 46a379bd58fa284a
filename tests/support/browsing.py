"""Opening a page of a report in the browser."""

import re
from contextlib import contextmanager

from waiting import LIMIT

EVENT = "events/ryabkov-rtvi-sanctions-2022-01-13.html"
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


@contextmanager
def opened(browser, folder, name, **options):
    """A page of a report; on leaving, it has said nothing and loaded nothing from outside."""
    options = {"viewport": {"width": 1280, "height": 900}, **options}
    context = browser.new_context(**options)
    context.set_default_timeout(1000 * LIMIT)
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"page error: {error}"))
    page.on("dialog", lambda dialog: (said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    context.on("request", lambda request: asked.append(request.url))
    page.goto((folder / name).as_uri())
    try:
        yield page
        url = page.url
    finally:
        context.close()
    errors = [text for text in said if re.match("error|warning|page|dialog", text)]
    assert not errors
    assert asked
    outside = [own for own in asked if not own.startswith(folder.as_uri() + "/")]
    inside = ("data:", "blob:")  # made by the page itself
    assert not [own for own in outside if not own.startswith(inside)]
    assert url.split("#")[0] == (folder / name).as_uri()


def draw_all(page):
    number, left = page.evaluate(UNDRAWN)
    assert number
    assert not left
    return number
