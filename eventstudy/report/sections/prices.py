"""Prices with the day 0 of every event."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from eventstudy.plots.price import draw_price, marked_sessions
from eventstudy.report.charts import Chart, per_asset, titled
from eventstudy.report.report_data import Section
from eventstudy.words.catalogue import say

if TYPE_CHECKING:
    from eventstudy.results import EventStudyResults


def _chart(results: EventStudyResults, asset: str) -> Chart:
    label = say("prices.label", asset=results.about.asset(asset).label)
    return Chart(draw_price(results, asset), label, titled(marked_sessions(results, asset)))


SECTION = Section("prices", partial(per_asset, _chart))
