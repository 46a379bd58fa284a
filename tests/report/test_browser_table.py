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
HEADS = "() => [...document.querySelectorAll('#events-table th')].map((th) => th.textContent)"


def shown(page, name=None):
    """The rows that are seen, or one column of them."""
    rows = page.evaluate(ROWS)
    column = page.evaluate(HEADS).index(name) if name else None
    return rows if name is None else [row[column] for row in rows]


def number(text):
    return float(text.replace("\N{NO-BREAK SPACE}%", "").replace("−", "-").replace("<", ""))


def press(page, name):
    page.locator("#events-table th button", has_text=re.compile(f"^{name}$")).click()


@pytest.mark.parametrize("name", ["CAR", "p"])
def test_sorting_orders_all_rows(browser, report, results, name):
    with opened(browser, report, "index.html") as page:
        head = page.locator("#events-table th", has_text=re.compile(f"^{name}$"))
        for direction in ("ascending", "descending"):
            press(page, name)
            assert head.get_attribute("aria-sort") == direction
            found = [number(text) for text in shown(page, name) if text != "—"]
            assert len(found) == len(results.alignment)
            assert found == sorted(found, reverse=direction == "descending")


def test_missing_numbers_stay_last_in_either_order(browser, report, results):
    """The abnormal return of a day 0 that is uncertain is not given."""
    unsure = int((~results.alignment["certain"]).sum())
    assert 0 < unsure < len(results.alignment)
    with opened(browser, report, "index.html") as page:
        for _ in range(2):
            press(page, "AR")
            assert [text == "—" for text in shown(page, "AR")].index(True) == len(
                results.alignment
            ) - unsure


def test_dates_are_ordered_as_dates(browser, report):
    with opened(browser, report, "index.html") as page:
        press(page, "Date")
        dates = shown(page, "Date")
        assert dates == sorted(dates)


def test_filter_leaves_matching_rows_and_counts_them(browser, report, results):
    with opened(browser, report, "index.html") as page:
        page.fill("#filter", "ryabkov")
        total = len(results.alignment)
        rows = page.locator("#events-table tbody tr:visible").all_text_contents()
        assert 0 < len(rows) < total
        assert all("ryabkov" in text.lower() for text in rows)
        hidden = page.locator("#events-table tbody tr:not(:visible)").all_text_contents()
        assert len(hidden) == total - len(rows)
        assert not [text for text in hidden if "ryabkov" in text.lower()]
        assert page.text_content("#count") == f"{len(rows)} of {total} rows"
        page.fill("#filter", "ryabkov imoex")
        assert page.text_content("#count") == f"{len(rows) // 2} of {total} rows"
        page.click("#clear")
        assert page.text_content("#count") == ""
        assert page.locator("#events-table tbody tr:visible").count() == total


@pytest.mark.parametrize(
    ("choice", "value", "column"),
    [
        ("speaker", "Sergei Ryabkov", "Speaker"),
        ("side", "NATO", "Side"),
        ("tag", "monetary", "Tags"),
        ("asset", "IMOEX", "Asset"),
    ],
)
def test_a_choice_leaves_its_rows(browser, report, results, choice, value, column):
    events = {
        "speaker": lambda event: [event.speaker],
        "side": lambda event: [event.affiliation],
        "tag": lambda event: event.tags,
        "asset": lambda _: [value],
    }
    each = 1 if choice == "asset" else len(results.assets)
    expected = each * sum(value in events[choice](event) for event in results.events)
    with opened(browser, report, "index.html") as page:
        page.select_option(f'[data-choice="{choice}"]', value)
        found = shown(page, column)
        assert len(found) == expected > 0
        assert all(value in text.split(", ") for text in found)


def test_the_address_holds_what_is_seen(browser, report):
    with opened(browser, report, "index.html") as page:
        page.fill("#filter", "talks")
        page.select_option('[data-choice="speaker"]', "Sergei Ryabkov")
        press(page, "CAR")
        press(page, "CAR")
        rows, address = shown(page), page.evaluate(ADDRESS)
        assert "#events?" in address
        page.goto("about:blank")
        page.goto(address)
        assert shown(page) == rows
        assert page.input_value("#filter") == "talks"
        press(page, "Date")
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
        row = page.locator("#events-table tbody tr").nth(120)
        row.locator("a").first.click()
        address, text = page.evaluate(ADDRESS), row.text_content()
        page.goto("about:blank")
        page.goto(address)
        found = page.locator("#events-table tr:target")
        assert found.text_content() == text
        page.wait_for_function(
            """() => { const { top } = document.querySelector("tr:target").getBoundingClientRect();
              return 40 < top && top < innerHeight; }"""
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
        for place in range(page.locator("figure.chart details").count()):
            fold = page.locator("figure.chart details").nth(place)
            fold.locator("summary").click()
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
        page.keyboard.press("Tab")  # the table, which scrolls
        heads = page.evaluate(HEADS)
        for name in heads[: heads.index("CAR") + 1]:
            page.keyboard.press("Tab")
            assert page.evaluate("() => document.activeElement.textContent") == name
        page.keyboard.press("Enter")
        cars = [number(text) for text in shown(page, "CAR")]
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
