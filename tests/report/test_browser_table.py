"""The table of events in a real browser: sorting, filters, addresses, files, keyboard."""

import csv
import io
import re

import pytest
from browsing import EVENT, opened

pytestmark = pytest.mark.browser

ROWS = """() => [...document.querySelectorAll("#events-table tbody tr")]
  .filter((row) => !row.hidden)
  .map((row) => [...row.cells].map((cell) => cell.textContent.trim()))"""
ADDRESS = "() => location.href"
DAY, CAR, P = 2, 3, 4
"""Columns of the first asset: its move of the day, its move over the window, and the p of that."""


def shown(page, column=None):
    """The rows that are left by the filters, or one column of them."""
    rows = page.evaluate(ROWS)
    return rows if column is None else [row[column] for row in rows]


def number(text):
    return float(text.replace("\N{NARROW NO-BREAK SPACE}%", "").replace("−", "-").replace("<", ""))


def press(page, column):
    page.locator("#events-table thead tr:last-child th").nth(column).locator("button").click()


@pytest.mark.parametrize("column", [CAR, P])
def test_sorting_orders_all_rows(browser, report, results, column):
    with opened(browser, report, "index.html") as page:
        head = page.locator("#events-table thead tr:last-child th").nth(column)
        for direction in ("ascending", "descending"):
            press(page, column)
            assert head.get_attribute("aria-sort") == direction
            values = [number(text) for text in shown(page, column) if text != "—"]
            assert len(values) == len(results.events)
            assert values == sorted(values, reverse=direction == "descending")


def test_missing_numbers_stay_last_in_either_order(browser, report, results):
    """The move of day 0 is not given where day 0 is uncertain."""
    of_asset = results.alignment[results.alignment["asset"] == results.assets[0]]
    unsure = int((~of_asset["certain"]).sum())
    assert 0 < unsure < len(of_asset)
    with opened(browser, report, "index.html") as page:
        for _ in range(2):
            press(page, DAY)
            marks = [text == "?" for text in shown(page, DAY)]
            assert marks.index(True) == len(of_asset) - unsure


def test_dates_are_ordered_as_dates(browser, report):
    with opened(browser, report, "index.html") as page:
        press(page, 0)
        dates = shown(page, 0)
        assert dates == sorted(dates)


def test_fifteen_rows_are_open_and_the_others_on_demand(browser, report, results):
    rows = "#events-table tbody tr:visible"
    with opened(browser, report, "index.html") as page:
        assert page.locator(rows).count() == 15
        page.click("#all-events")
        assert page.locator(rows).count() == len(results.events)
        assert not page.locator("#all-events").is_visible()


def test_filter_leaves_matching_rows_and_counts_them(browser, report, results):
    with opened(browser, report, "index.html") as page:
        page.fill("#filter", "ryabkov")
        total = len(results.events)
        rows = page.locator("#events-table tbody tr:visible").all_text_contents()
        assert 0 < len(rows) < total
        assert all("ryabkov" in text.lower() for text in rows)
        hidden = page.locator("#events-table tbody tr:not(:visible)").all_text_contents()
        assert len(hidden) == total - len(rows)
        assert not [text for text in hidden if "ryabkov" in text.lower()]
        assert page.text_content("#count") == f"{len(rows)} of {total} rows"
        page.click("#clear")
        assert page.text_content("#count") == ""
        assert page.locator("#events-table tbody tr:visible").count() == total


@pytest.mark.parametrize(
    ("choice", "value"),
    [("speaker", "Sergei Ryabkov"), ("side", "NATO"), ("tag", "monetary")],
)
def test_a_choice_leaves_its_rows(browser, report, results, choice, value):
    of_event = {
        "speaker": lambda event: [event.speaker],
        "side": lambda event: [event.affiliation],
        "tag": lambda event: event.tags,
    }
    titles = {event.title for event in results.events if value in of_event[choice](event)}
    with opened(browser, report, "index.html") as page:
        page.select_option(f'[data-choice="{choice}"]', value)
        links = page.locator("#events-table tbody tr:visible td.ev a").all_text_contents()
        assert set(links) == titles != set()


def test_what_stands_out_is_left_alone(browser, report, results):
    car = results.at_primary(results.car())
    out = set(car.loc[car["p_rank"] <= 0.05, "event_id"])
    with opened(browser, report, "index.html") as page:
        page.check("#only-out")
        rows = page.locator("#events-table tbody tr:visible td.ev a")
        links = rows.evaluate_all("(all) => all.map((a) => a.getAttribute('href'))")
        assert {link.removeprefix("events/").removesuffix(".html") for link in links} == out


def test_the_address_holds_what_is_seen(browser, report):
    with opened(browser, report, "index.html") as page:
        page.fill("#filter", "talks")
        page.select_option('[data-choice="speaker"]', "Sergei Ryabkov")
        press(page, CAR)
        press(page, CAR)
        rows, address = shown(page), page.evaluate(ADDRESS)
        assert "#events?" in address
        page.goto("about:blank")
        page.goto(address)
        assert shown(page) == rows
        assert page.input_value("#filter") == "talks"
        press(page, 0)
        assert page.evaluate(ADDRESS) != address
        page.goto(address)  # the same page, another address
        page.wait_for_function("() => document.querySelector('#filter').value === 'talks'")
        assert shown(page) == rows


@pytest.mark.parametrize(
    "address", ["#events?sort=99", "#events?find=%3Cimg%20src=x%3E&speaker=nobody", "#events?%"]
)
def test_a_strange_address_does_no_harm(browser, report, address):
    with opened(browser, report, "index.html") as page:
        page.goto(page.url + address)
        page.reload()
        assert page.locator("#events-table tbody tr").count() > 0


def test_the_date_of_a_row_leads_to_the_row(browser, report):
    with opened(browser, report, "index.html") as page:
        page.click("#all-events")
        row = page.locator("#events-table tbody tr").nth(90)
        row.locator("a").first.click()
        address, text = page.evaluate(ADDRESS), row.text_content()
        page.goto("about:blank")
        page.goto(address)
        target = page.locator("#events-table tr.is-target")
        assert target.text_content() == text
        page.wait_for_function(
            """() => { const row = document.querySelector("tr.is-target").getBoundingClientRect();
              return 40 < row.top && row.top < innerHeight; }"""
        )


@pytest.mark.parametrize("name", ["index.html", EVENT])
def test_numbers_of_a_chart_are_saved_as_they_are_shown(browser, report, name):
    with opened(browser, report, name, accept_downloads=True) as page:
        fold = page.locator("figure.chart details").first
        fold.locator("summary").click()
        with page.expect_download() as waiting:
            fold.locator("button.download").click()
        text = waiting.value.path().read_text("utf-8-sig")
        assert waiting.value.suggested_filename.endswith(".csv")
        saved = list(csv.reader(io.StringIO(text)))
        seen = fold.locator("table").evaluate(
            "(t) => [...t.rows].map((row) => [...row.cells].map((cell) => cell.textContent.trim()))"
        )
        assert saved == [[c.replace("−", "-").replace("—", "") for c in row] for row in seen]
        assert len(saved) > 3


def test_saved_texts_are_no_formulas(browser, hostile):
    with opened(browser, hostile, "index.html", accept_downloads=True) as page:
        page.evaluate("() => document.querySelectorAll('details').forEach((d) => d.open = true)")
        for place in range(page.locator("figure.chart details").count()):
            fold = page.locator("figure.chart details").nth(place)
            with page.expect_download() as waiting:
                fold.locator("button.download").click()
            text = waiting.value.path().read_text("utf-8-sig")
            for cell in (cell for row in csv.reader(io.StringIO(text)) for cell in row):
                assert not re.match(r"[=+@\t\r]|-(?![\d.])", cell)


def test_keyboard_alone_reaches_content_and_sorts(browser, report):
    with opened(browser, report, "index.html") as page:
        page.keyboard.press("Tab")
        assert page.evaluate("() => document.activeElement.className") == "skip"
        box = page.locator(".skip").bounding_box()
        assert box["x"] >= 0
        page.locator("#clear").focus()
        heads = page.locator("#events-table thead tr:last-child th").all_text_contents()
        for name in heads[: CAR + 1]:
            page.keyboard.press("Tab")
            assert page.evaluate("() => document.activeElement.textContent") == name
        page.keyboard.press("Enter")
        cars = [number(text) for text in shown(page, CAR)]
        assert cars == sorted(cars)


def test_keyboard_walk_passes_every_control_and_shows_where_it_is(browser, report):
    """What can be clicked can be reached, in the order of the page, with a visible ring."""
    with opened(browser, report, EVENT) as page:
        every = page.evaluate(
            """() => [...document.querySelectorAll("a[href], button, summary, [tabindex]")]
              .filter((own) => own.checkVisibility() && !own.closest(".plot")).length"""
        )
        seen = []
        for _ in range(3 * every):
            page.keyboard.press("Tab")
            own = page.evaluate(
                """() => { const own = document.activeElement;
                  if (own === document.body) return null;
                  own.dataset.walked = "yes";
                  const style = getComputedStyle(own);
                  return [own.closest(".plot") !== null,
                    own.className === "skip" || style.outlineStyle !== "none"]; }"""
            )
            if own is None:
                break
            seen.append(own)
        assert all(ring for in_chart, ring in seen if not in_chart)
        missed = page.evaluate(
            """() => [...document.querySelectorAll("a[href], button, summary, [tabindex]")]
              .filter((own) => own.checkVisibility() && !own.closest(".plot"))
          .filter((own) => !own.dataset.walked)
              .map((own) => own.outerHTML)"""
        )
        assert not missed
