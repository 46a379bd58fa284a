"""What axe says of the pages, each drawn as a whole, in either theme."""

import pytest
from browsing import (
    CHART_INK,
    COLOURS,
    EVENT,
    INK,
    THEME,
    axe_faults,
    draw_all,
    leave_one_of_a_kind,
    opened,
    wait_for_ink,
)
from two_assets import series, study

import eventstudy as es

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def doubtful(tmp_path_factory):
    """Folder of a report with its calibration and specification curve."""
    results = study(series(1500), [1000, 1060, 1120])
    calibration = es.calibrate(results, samples=40, effects=(0.02, 0.04))
    curve = es.specification_curve(results, samples=60)
    folder = tmp_path_factory.mktemp("doubtful")
    return es.write_report(results, folder, calibration=calibration, robustness=curve).parent


def draw_in_light(page, number):
    assert page.evaluate(THEME) == "light"
    assert draw_all(page) == number
    assert page.evaluate(CHART_INK) == [INK["light"]]


def turn_dark(page):
    """Turn a page dark by its button, and leave one of each kind in it."""
    page.click("#theme")
    assert page.evaluate(THEME) == "dark"
    wait_for_ink(page, "dark")
    leave_one_of_a_kind(page)


@pytest.mark.parametrize(("name", "number"), [("index.html", 23), (EVENT, 16)])
def test_every_chart_is_drawn_and_axe_finds_no_fault(browser, report, name, number):
    """All of the page in light; in the dark, what depends on colours."""
    with opened(browser, report, name, bypass_csp=True) as page:
        draw_in_light(page, number)
        assert axe_faults(page) == []
        turn_dark(page)
        assert axe_faults(page, COLOURS) == []


def test_axe_finds_no_fault_where_tests_were_calibrated(browser, doubtful):
    """One of each kind in the dark; in light, what depends on colours."""
    with opened(browser, doubtful, "index.html", bypass_csp=True) as page:
        draw_in_light(page, 17)
        turn_dark(page)
        assert axe_faults(page) == []
        page.evaluate("() => { document.documentElement.dataset.theme = 'light'; }")
        assert axe_faults(page, COLOURS) == []
