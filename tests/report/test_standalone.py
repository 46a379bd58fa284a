"""The report as one file, in a real browser and alone in its folder."""

import base64
import hashlib
import io
import json
import re
import zipfile

import pytest
from browsing import EVENT, draw_all, opened
from pages import Page

import eventstudy as es

EVENT_ID = EVENT.removeprefix("events/").removesuffix(".html")


@pytest.fixture(scope="module")
def alone(report, tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone")
    es.write_standalone(report, folder / "study.html")
    return folder


@pytest.fixture(scope="module")
def source(alone):
    return (alone / "study.html").read_text("utf-8")


def test_there_is_one_file_and_no_other(alone):
    assert [path.name for path in alone.iterdir()] == ["study.html"]


def each_tag_once(source):
    """Return a page of every tag that a page has, each of its 760,000 as often as it differs."""
    held = r"(<(script|style|title|textarea)\b[^>]*>).*?(</\2>)"  # no HTML is in there
    bare = re.sub(held, r"\1\3", source, flags=re.DOTALL)
    tags = set(re.findall(r"<[a-zA-Z][^>]*>(?:</\w+>)?", bare))
    assert not [tag for tag in tags if tag.count('"') % 2]  # none ends within a value
    return Page("".join(sorted(tags)))


def test_it_loads_nothing(source):
    page = each_tag_once(source)
    assert len(page.links) > 109
    assert [load for load in page.loads if load != "data:,"] == []
    assert not page.handlers
    inside = [
        link for link in page.links if not re.match(r"#|https?://|data:application/zip", link)
    ]
    assert not inside


def test_every_script_is_named_by_its_hash(source):
    (policy,) = re.findall(r'Security-Policy" content="([^"]*)"', source)
    policy = policy.replace("&#39;", "'")
    scripts = re.findall(r"<script>(.*?)</script>", source, re.DOTALL)
    assert len(scripts) == 3
    allowed = re.search(r"script-src ([^;]*);", policy)[1].split()
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    assert sorted(allowed) == sorted(f"'sha256-{own}'" for own in hashes)
    assert "'self'" not in policy
    assert "file:" not in policy


def test_all_data_are_inside(source, report):
    (held,) = re.findall(r'href="data:application/zip;base64,([^"]*)"', source)
    archive = zipfile.ZipFile(io.BytesIO(base64.b64decode(held)))
    names = {f"data/{path.name}" for path in (report / "data").iterdir()} - {"data/order.js"}
    assert set(archive.namelist()) == names
    assert archive.testzip() is None
    for name in names:
        assert archive.read(name) == (report / name).read_bytes()


def test_the_same_report_gives_the_same_file(report, source, tmp_path):
    assert es.write_standalone(report, tmp_path / "again.html").read_text("utf-8") == source


def test_a_folder_without_a_report_is_said(tmp_path):
    with pytest.raises(es.EventStudyError, match="holds no report"):
        es.write_standalone(tmp_path, tmp_path / "study.html")
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def page(browser, alone):
    """The file, opened once."""
    with opened(browser, alone, "study.html", color_scheme="light") as page:
        yield page


@pytest.mark.browser
def test_pages_are_walked_without_leaving_the_file(page, results):
    """In the light, and from the page of an event on in the dark."""
    event = results.events[EVENT_ID]
    assert page.title() == results.about.title
    assert draw_all(page)
    page.click("#all-events")
    page.locator("#events-table a", has_text=event.title).first.click()
    page.locator("h1", has_text=event.title).wait_for()
    assert event.title in page.title()
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
    assert draw_all(page)
    page.click('nav.contents a[href$="/day0"]')
    page.wait_for_url(f"**/study.html#event/{EVENT_ID}/day0")
    assert page.locator("h1").inner_text().startswith(event.title)
    page.click('a[rel="next"]')
    page.wait_for_function(
        "(t) => !document.querySelector('h1').textContent.startsWith(t)", arg=event.title
    )
    page.go_back()
    page.wait_for_function(
        "(t) => document.querySelector('h1').textContent.startsWith(t)", arg=event.title
    )
    page.click(".neighbours a:not([rel])")
    page.locator("#events-table").wait_for()


@pytest.mark.browser
def test_an_address_opens_its_event_in_the_readers_theme(page, results):
    page.emulate_media(color_scheme="dark")
    page.goto(f"{page.url.split('#')[0]}#event/{EVENT_ID}")
    page.reload()
    assert page.locator("h1").inner_text().startswith(results.events[EVENT_ID].title)
    assert page.evaluate("() => document.documentElement.dataset.theme") == "dark"


@pytest.mark.browser
def test_hostile_texts_run_nothing(browser, hostile, tmp_path):
    es.write_standalone(hostile, tmp_path / "study.html")
    order = json.loads(
        (hostile / "data" / "order.js").read_text("utf-8")[len("const ORDER = ") : -2]
    )
    with opened(browser, tmp_path, "study.html") as page:
        for event_id, title in order:
            page.evaluate("(id) => { location.hash = `#event/${id}`; }", event_id)
            page.wait_for_function(
                "(t) => document.querySelector('h1').textContent.startsWith(t)", arg=title
            )
            assert page.evaluate("() => window.hacked") is None
