"""The table of events in a real browser: sorting, filters, addresses, files, keyboard."""

import csv
import io

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


@pytest.fixture(scope="module")
def shared(browser, report):
    """The index, opened once."""
    with opened(browser, report, "index.html") as page:
        yield page


@pytest.fixture
def index(shared):
    """The index without a filter; how its rows are sorted is left from before."""
    shared.click("#clear")
    return shared


def load(page, address):
    """Open an address from nothing."""
    page.goto("about:blank")
    page.goto(address)


@pytest.fixture
def fresh(shared):
    """The index as it is when it is opened."""
    load(shared, shared.url.split("#")[0])
    return shared


@pytest.fixture(scope="module")
def event(browser, report):
    """The page of an event, opened once."""
    with opened(browser, report, EVENT) as page:
        yield page


def test_fifteen_rows_are_open_and_the_others_on_demand(fresh, results):
    rows = "#events-table tbody tr:visible"
    assert fresh.locator(rows).count() == 15
    fresh.click("#all-events")
    assert fresh.locator(rows).count() == len(results.events)
    assert not fresh.locator("#all-events").is_visible()


@pytest.mark.parametrize("column", [CAR, P])
def test_sorting_orders_all_rows(index, results, column):
    press(index, 0)
    head = index.locator("#events-table thead tr:last-child th").nth(column)
    for direction in ("ascending", "descending"):
        press(index, column)
        assert head.get_attribute("aria-sort") == direction
        values = [number(text) for text in shown(index, column) if text != "—"]
        assert len(values) == len(results.events)
        assert values == sorted(values, reverse=direction == "descending")


def test_missing_numbers_stay_last_in_either_order(index, results):
    """The move of day 0 is not given where day 0 is uncertain."""
    of_asset = results.alignment[results.alignment["asset"] == results.assets[0]]
    unsure = int((~of_asset["certain"]).sum())
    assert 0 < unsure < len(of_asset)
    for _ in range(2):
        press(index, DAY)
        marks = [text == "?" for text in shown(index, DAY)]
        assert marks.index(True) == len(of_asset) - unsure


def test_dates_are_ordered_as_dates(index):
    press(index, CAR)
    press(index, 0)
    dates = shown(index, 0)
    assert dates == sorted(dates)


def test_filter_leaves_matching_rows_and_counts_them(index, results):
    index.fill("#filter", "ryabkov")
    total = len(results.events)
    rows = index.locator("#events-table tbody tr:visible").all_text_contents()
    assert 0 < len(rows) < total
    assert all("ryabkov" in text.lower() for text in rows)
    hidden = index.locator("#events-table tbody tr:not(:visible)").all_text_contents()
    assert len(hidden) == total - len(rows)
    assert not [text for text in hidden if "ryabkov" in text.lower()]
    assert index.text_content("#count") == f"{len(rows)} of {total} rows"
    index.click("#clear")
    assert index.text_content("#count") == ""
    assert index.locator("#events-table tbody tr:visible").count() == total


@pytest.mark.parametrize(
    ("choice", "value"),
    [("speaker", "Sergei Ryabkov"), ("side", "NATO"), ("tag", "monetary")],
)
def test_a_choice_leaves_its_rows(index, results, choice, value):
    of_event = {
        "speaker": lambda event: [event.speaker],
        "side": lambda event: [event.affiliation],
        "tag": lambda event: event.tags,
    }
    titles = {event.title for event in results.events if value in of_event[choice](event)}
    index.select_option(f'[data-choice="{choice}"]', value)
    links = index.locator("#events-table tbody tr:visible td.ev a").all_text_contents()
    assert set(links) == titles != set()


def test_what_stands_out_is_left_alone(index, results):
    car = results.at_primary(results.car())
    out = set(car.loc[car["p_rank"] <= 0.05, "event_id"])
    index.check("#only-out")
    rows = index.locator("#events-table tbody tr:visible td.ev a")
    links = rows.evaluate_all("(all) => all.map((a) => a.getAttribute('href'))")
    assert {link.removeprefix("events/").removesuffix(".html") for link in links} == out


def test_the_address_holds_what_is_seen(index):
    index.fill("#filter", "talks")
    index.select_option('[data-choice="speaker"]', "Sergei Ryabkov")
    press(index, 0)
    press(index, CAR)
    press(index, CAR)
    rows, address = shown(index), index.evaluate(ADDRESS)
    assert "#events?" in address
    load(index, address)
    assert shown(index) == rows
    assert index.input_value("#filter") == "talks"
    press(index, 0)
    assert index.evaluate(ADDRESS) != address
    index.goto(address)  # the same page, another address
    index.wait_for_function("() => document.querySelector('#filter').value === 'talks'")
    assert shown(index) == rows


@pytest.mark.parametrize(
    "address", ["#events?sort=99", "#events?find=%3Cimg%20src=x%3E&speaker=nobody", "#events?%"]
)
def test_a_strange_address_does_no_harm(shared, address):
    load(shared, shared.url.split("#")[0] + address)
    assert shared.locator("#events-table tbody tr").count() > 0


def test_the_date_of_a_row_leads_to_the_row(fresh):
    fresh.click("#all-events")
    row = fresh.locator("#events-table tbody tr").nth(90)
    row.locator("a").first.click()
    address, text = fresh.evaluate(ADDRESS), row.text_content()
    load(fresh, address)
    target = fresh.locator("#events-table tr.is-target")
    assert target.text_content() == text
    fresh.wait_for_function(
        """() => { const row = document.querySelector("tr.is-target").getBoundingClientRect();
          return 40 < row.top && row.top < innerHeight; }"""
    )


def test_keyboard_walk_passes_every_control_and_shows_where_it_is(event):
    """What can be clicked can be reached, in the order of the page, with a visible ring."""
    every = event.evaluate(
        """() => [...document.querySelectorAll("a[href], button, summary, [tabindex]")]
          .filter((own) => own.checkVisibility() && !own.closest(".plot")).length"""
    )
    seen = []
    for _ in range(3 * every):
        event.keyboard.press("Tab")
        own = event.evaluate(
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
    missed = event.evaluate(
        """() => [...document.querySelectorAll("a[href], button, summary, [tabindex]")]
          .filter((own) => own.checkVisibility() && !own.closest(".plot"))
      .filter((own) => !own.dataset.walked)
          .map((own) => own.outerHTML)"""
    )
    assert not missed


@pytest.mark.parametrize("name", ["index", "event"])
def test_numbers_of_a_chart_are_saved_as_they_are_shown(request, name):
    page = request.getfixturevalue(name)
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
    fold.locator("summary").click()


def test_keyboard_alone_reaches_content_and_sorts(fresh):
    fresh.keyboard.press("Tab")
    assert fresh.evaluate("() => document.activeElement.className") == "skip"
    box = fresh.locator(".skip").bounding_box()
    assert box["x"] >= 0
    fresh.locator("#clear").focus()
    heads = fresh.locator("#events-table thead tr:last-child th").all_text_contents()
    for name in heads[: CAR + 1]:
        fresh.keyboard.press("Tab")
        assert fresh.evaluate("() => document.activeElement.textContent") == name
    fresh.keyboard.press("Enter")
    cars = [number(text) for text in shown(fresh, CAR)]
    assert cars == sorted(cars)
