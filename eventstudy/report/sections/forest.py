"""CAR of every episode with its interval."""

from __future__ import annotations

from functools import partial

from eventstudy.plots.overview import draw_forest, forest_data, largest_cars
from eventstudy.report.charts import MOST_DRAWN, Chart, per_asset, reduced, titled
from eventstudy.report.report_data import Section
from eventstudy.results import EventStudyResults
from eventstudy.words.catalogue import say


def _chart(results: EventStudyResults, asset: str) -> Chart | None:
    episodes = forest_data(results, asset)
    if episodes.empty:
        return None
    table = largest_cars(titled(episodes), MOST_DRAWN)
    note = reduced(len(episodes), MOST_DRAWN, say("forest.how"))
    figure = draw_forest(results, asset, most=MOST_DRAWN)
    return Chart(figure, say("forest.label", asset=asset), table, note)


SECTION = Section("forest", partial(per_asset, _chart))
