"""Standardised abnormal returns by episode and event day."""

from __future__ import annotations

from functools import partial

from eventstudy.plots.overview import draw_heatmap, heatmap_data, largest_days0
from eventstudy.report.charts import MOST_DRAWN, Chart, per_asset, reduced
from eventstudy.report.report_data import Section
from eventstudy.results import EventStudyResults
from eventstudy.words.catalogue import say


def _chart(results: EventStudyResults, asset: str) -> Chart | None:
    episodes = heatmap_data(results, asset)
    if episodes.empty:
        return None
    table = largest_days0(episodes, MOST_DRAWN)
    table.columns = [say("heatmap.day", tau=tau) for tau in table.columns]
    note = reduced(len(episodes), MOST_DRAWN, say("heatmap.how"))
    figure = draw_heatmap(results, asset, most=MOST_DRAWN)
    return Chart(figure, say("heatmap.label", asset=asset), table.reset_index(), note)


SECTION = Section("heatmap", partial(per_asset, _chart))
