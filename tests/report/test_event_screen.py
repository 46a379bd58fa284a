"""Pages of events in a real browser: the first screen, tables, phone, folds."""

import re

import numpy as np
import pandas as pd
import pytest
from browsing import EVENT, axe_faults, draw_all, leave_one_of_a_kind, opened
from two_assets import series

import eventstudy as es

pytestmark = pytest.mark.browser

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
KINDS = ("alone", "several", "partly", "late", "early", "unsure", "claimed")
FIRST = """() => {
  const box = document.querySelector("#first-figure figure").getBoundingClientRect();
  return [box.top, box.bottom];
}"""
OPEN = "() => document.querySelectorAll('main details').forEach((fold) => { fold.open = true; })"
WIDER = """() => [...document.querySelectorAll("main table")]
  .filter((table) => table.getBoundingClientRect().right
    > table.parentElement.getBoundingClientRect().right + 1)
  .map((table) => table.outerHTML.slice(0, 200))"""
CUT = """() => {
  const cut = [];
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    if (!/\\d/.test(text.data) || text.parentElement.closest("script, svg")) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const box of range.getClientRects()) {
      if (box.width && (box.right > innerWidth + 0.5 || box.left < -0.5)) cut.push(text.data);
    }
  }
  return cut;
}"""
BROKEN = """() => [...document.querySelectorAll("main .n")]
  .filter((number) => new Set([...number.getClientRects()].map((box) => box.top)).size > 1)
  .map((number) => number.textContent)"""


@pytest.fixture(scope="module")
def kinds(tmp_path_factory):
    """Folder of a report whose events are of many kinds."""
    prices = series(900, assets=("AAA", "BBB", "CCC", "DDD"))
    prices.iloc[500:, 0] *= 0.8
    days = prices.index[[500, 560, 899, 600, 100, 640, 700]].tolist()
    days[3], days[4] = prices.index[-1] + pd.offsets.BDay(4), prices.index[5]
    events = pd.DataFrame(
        {
            "event_id": KINDS,
            "date": days,
            "title": [f"A {kind} event with a title of some length" for kind in KINDS],
            "speaker": "Somebody",
            "source": "A newspaper of the day after, https://example.org/a/long/address/of/it",
            "assets": ["AAA", "", "AAA", "AAA", "AAA", "BBB", "AAA"],
            "confounders": ["", "", "", "", "", "", "Rates were set"],
            "claims": ["", "", "", "", "", "", f"AAA:-3.1%@{days[6]:%Y-%m-%d}"],
        }
    )
    clocks = {asset: es.Clock("17:30", "Europe/London") for asset in prices}
    folder = tmp_path_factory.mktemp("kinds")
    panel = es.Prices(prices, clocks=clocks)
    known = es.read_events(events, timezone="Europe/London")
    return es.write_report(es.run_study(known, panel), folder).parent


@pytest.fixture(scope="module", params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def event(request, browser, report):
    """The page of an event on a screen of either size, as it is when it is opened."""
    with opened(browser, report, EVENT, viewport=request.param) as page:
        yield page


def test_the_first_figure_is_above_the_fold(event):
    top, bottom = event.evaluate(FIRST)
    height = event.viewport_size["height"]
    assert 0 < top < bottom
    assert (bottom if event.viewport_size == DESKTOP else top) <= height


@pytest.mark.parametrize("event", [DESKTOP], indirect=True)
def test_words_of_the_field_are_not_on_the_first_screen(event):
    words = r"episode|cell\b|sup-t|constant|joint dumm|Romano|least p|\[0, \+1\]|eve\b|struck|CAR\b"
    text = " ".join(event.locator("#answer, #first-figure, #windows dl").all_inner_texts())
    assert not re.findall(words, text)
    assert np.all([f"p {p}" in text for p in ("0.004", "0.009")])


def test_no_table_is_wider_than_its_box_and_no_number_is_cut(event):
    event.evaluate(OPEN)
    draw_all(event)
    for width in (1280, 1440, 1920) if event.viewport_size == DESKTOP else (390,):
        event.set_viewport_size({"width": width, "height": 844})
        event.wait_for_function("(width) => innerWidth === width", arg=width)
        assert event.evaluate(WIDER) == []
        assert event.evaluate(CUT) == []
        assert event.evaluate(BROKEN) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_event_has_a_page_that_fits_and_has_no_fault(browser, kinds, kind):
    where = f"events/{kind}.html"
    with opened(browser, kinds, where, viewport=DESKTOP, bypass_csp=True) as page:
        if kind not in ("late", "early"):
            assert page.evaluate(FIRST)[1] <= DESKTOP["height"]
        page.evaluate(OPEN)
        assert page.evaluate(WIDER) == []
        page.set_viewport_size(PHONE)
        page.wait_for_function("() => innerWidth === 390")
        page.wait_for_function("() => document.documentElement.scrollWidth <= 390")  # figures too
        assert page.evaluate(CUT) == []
        page.set_viewport_size(DESKTOP)
        page.wait_for_function("() => innerWidth === 1280")
        leave_one_of_a_kind(page)
        assert axe_faults(page) == []


def test_a_certain_day_is_folded_and_an_uncertain_one_open(browser, report, kinds):
    fold = "#day0 details"
    with opened(browser, report, "events/rau-osce-2022-01-13.html") as page:
        assert page.locator(fold).evaluate("(fold) => fold.open")
    with opened(browser, kinds, "events/alone.html") as page:
        page.wait_for_selector("#first-figure")
        unsure = page.locator(fold).evaluate("(fold) => fold.open")
        assert unsure  # without a time, prices of half past five may come before it
