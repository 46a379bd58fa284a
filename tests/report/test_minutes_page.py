"""What pages say of minutes, against the tables of the package and counts made by hand."""

import re

import numpy as np
import pytest
from pages import Page
from two_assets import series, study

from eventstudy.report.report_data import ReportData
from eventstudy.report.sections import by_minute, claims_in_time, minutes
from eventstudy.words.numbers import p_value, percent

REMARK = "ryabkov-rtvi-sanctions-2022-01-13"
SPEECH = "lavrov-annual-presser-2022-01-14"  # at 11:00
UNKNOWN = "rau-osce-2022-01-13"
CLOSE, AT_1410, AT_1400, AT_1500, LAST = 3829.95, 3804.8, 3803.91, 3742.05, 3674.73
"""The index on 12 January, and on 13 January by the proxy and as observed (Moscow Exchange)."""


@pytest.fixture(scope="module")
def material(results):
    return ReportData(results)


def context(material, section, event):
    return section.SECTION.context(material, event)


def plain(text):
    return re.sub(r"\s+", " ", text)


def test_the_table_of_windows_has_the_one_p_of_each(material, results):
    car = results.minutes.car()
    rows = car[car["event_id"] == SPEECH]
    shown = context(material, minutes, SPEECH)["windows"]
    assert [row["p"] for row in shown] == [p_value(p) for p in rows["p"]]
    assert [row["move"] for row in shown] == [percent(float(np.expm1(m))) for m in rows["car"]]
    assert [row["out"] for row in shown] == (rows["valid"] & (rows["p"] <= 0.05)).tolist()


@pytest.mark.parametrize("asset", ["SBER", "GAZP", "IMOEX"])
def test_no_event_is_shown_on_a_trading_day_weeks_after_it(material, results, asset):
    """Statements before the first bars were shown on the first day that has some."""
    for event in results.events:
        session = material.minute_rows.session(event.event_id, asset)
        apart = 0 if session is None else (session.astype(object) - event.date).days
        assert 0 <= apart <= 4, event.event_id
    assert context(material, minutes, "cbr-key-rate-2021-02-12") is None


def test_the_pieces_of_the_day_add_up_to_the_close(material):
    for event in (REMARK, SPEECH):
        for pieces in material.minute_rows.shares(event).values():
            parts = [row.move for name, row in pieces.items() if name != "day"]
            assert sum(parts) == pytest.approx(pieces["day"].move, abs=1e-12)
    index = material.minute_rows.shares(REMARK)["IMOEX"]
    assert index["day"].move == pytest.approx(np.log(LAST / CLOSE), abs=1e-9)
    shown = dict(context(material, minutes, REMARK)["shares"]["rows"])
    assert shown["MOEX Russia Index"][-1][0] == percent(float(np.log(LAST / CLOSE)))


def test_what_was_said_beside_it_is_in_the_order_of_the_figure(material):
    others = context(material, minutes, REMARK)["others"]
    times = [one.at for one in others]
    wanted = ["known by 13:12", "known by 15:08", "known by 15:35", "known by 16:47"]
    assert times == [*wanted, "known by 17:14", "23:18"]
    assert len(others[0].said) == 2


def test_the_pieces_of_the_day_are_drawn_end_to_end(material):
    shown = context(material, minutes, REMARK)["cascades"]
    scale = {}
    for row in shown["rows"]:
        share = dict(zip(material.minute_rows.shares(REMARK), shown["rows"], strict=True))
        asset = next(name for name, drawn in share.items() if drawn is row)
        pieces = material.minute_rows.shares(REMARK)[asset]
        place = shown["zero"]
        for name, left, width in row.pieces:
            fell = pieces[name].move < 0
            assert (left + width if fell else left) == pytest.approx(place, abs=0.03)
            place = left if fell else left + width
            if width > 1:
                scale[asset, name] = width / abs(pieces[name].move)
        assert row.move == percent(pieces["day"].move)
    assert max(scale.values()) == pytest.approx(min(scale.values()), rel=0.01)


def test_an_event_without_a_bound_has_its_day_and_no_window(material):
    shown = context(material, minutes, UNKNOWN)
    assert shown["windows"] == []
    assert shown["answer"] == ""
    assert "measured by the day alone" in shown["why"][0]
    assert len(shown["charts"]) == 2


def test_the_story_of_the_claim_has_the_numbers_of_the_tables(material):
    shown = context(material, claims_in_time, REMARK)
    (index,) = [text for text in shown["told"] if text.startswith("MOEX Russia Index")]
    for price, clock in ((AT_1400, "14:00"), (AT_1500, "15:00")):
        assert re.search(rf"{re.escape(percent(price / CLOSE - 1))} (at|by) {clock}", index)
    assert f"MOEX Russia Index closed at {percent(LAST / CLOSE - 1)}." in index
    assert "14:40, 14:55–15:00" in index
    assert f"MOEX Russia Index was at {percent(AT_1410 / CLOSE - 1)}" in shown["began"][0]
    assert "(SBER, GAZP, 14:10)" in shown["began"][0]
    first = shown["together"][1]
    assert "Ruble from the last trade of the evening" in first
    assert "14:40, 14:55–15:00" in first
    assert any("14:14" in text and name == "SBER" for name, text in shown["notes"])


def test_what_was_not_observed_says_so_wherever_it_is_shown(material):
    shown = context(material, claims_in_time, REMARK)
    for text in shown["told"]:
        assert "proxy" in text or "nobody observed" in text
    kinds = {row["series"]: row["kind"] for row in shown["rows"]}
    assert kinds["INDEX"] == "proxy, ± 0.18 %"
    assert kinds["Ruble"] == "implied, ± 0.20 %"
    for chart in shown["charts"]:
        assert any(re.search(r"± 0\.(18|20)", t["name"]) for t in chart.figure["data"])


def test_the_index_counts_every_event_once(material, results):
    kinds = by_minute.measured_by(results.minutes)
    assert sorted(name for names in kinds.values() for name in names) == sorted(
        results.events.event_ids
    )
    assert SPEECH in kinds["window"]
    assert REMARK in kinds["span"]
    assert UNKNOWN in kinds["day"]
    shown = context(material, by_minute, "")
    assert [len(events) for _, events in shown["lists"]] == [len(k) for k in kinds.values()]


def test_the_day_by_the_minute_comes_before_the_figures_of_days(report):
    page = Page((report / "events" / f"{REMARK}.html").read_text("utf-8"))
    text = plain(page.text)
    places = [text.index(words) for words in ("The day by the minute", "before and after")]
    assert places == sorted(places)
    assert text.count("The day by the minute") == 2  # in the contents, and above the figures


def test_a_study_without_bars_has_no_section_of_minutes():
    data = ReportData(study(series(900), [500, 560]))
    assert context(data, by_minute, "") is None
    assert context(data, minutes, "e500") is None
    assert context(data, claims_in_time, "e500") is None
