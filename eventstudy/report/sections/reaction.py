"""What the market did around the event."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy import plots
from eventstudy.inference.router import TURBULENT
from eventstudy.plots.observation import ar_data, ar_figure, car_data, car_figure
from eventstudy.plots.ordinary import ordinary_data, ordinary_figure
from eventstudy.report.charts import Chart
from eventstudy.report.formats import date
from eventstudy.report.report_data import Material, Section
from eventstudy.report.sentences import direction
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import p_value, window_words
from eventstudy.words.numbers import size as size_of

if TYPE_CHECKING:
    from eventstudy.results import EventStudyResults

MOST = 12
"""Assets shown on an event's page; those of an event on more are in the data files."""


def only(frame: pd.DataFrame, asset: str) -> pd.DataFrame:
    """Return the rows of an asset."""
    return frame[frame["asset"] == asset]


def candidates(material: Material, event: str, asset: str) -> list[Any]:
    """Return the rows of `EventStudyResults.ewma_sq` that may be day 0."""
    own = only(material.of("alignment", event), asset).iloc[0]
    latest = own.day0 if own.certain else own.day0_latest
    rows = only(material.of("scaled", event), asset).itertuples()
    return [row for row in rows if own.day0 <= row.session <= latest]


def _days(material: Material, event: str, asset: str) -> list[dict[str, Any]]:
    """Return the sessions that may be day 0, and what each would mean."""
    results = material.results
    errors = only(material.of("ar", event), asset).set_index("tau")["se"]
    found: list[dict[str, Any]] = []
    rows = candidates(material, event, asset)
    for row in rows:
        if len(rows) == 1:
            meaning = ""
        elif not found:
            meaning = say("reaction.if_first")
        else:
            meaning = say("reaction.if_later", before=date(found[-1]["row"].session))
        larger = round(row.p * (row.n + 1)) - 1 if row.n else 0
        found.append(
            {
                "row": row,
                "meaning": meaning,
                "se": float(errors.loc[row.tau]),
                "said": direction(results, asset, row.ar),
                "larger": say("reaction.larger", larger=larger, n=row.n),
            }
        )
    return found


def _verdict(material: Material, asset: str, row: Any) -> str:
    """Say in a sentence or two what the primary window shows, and how sure that is."""
    own = only(material.of("ranked", row.event_id), asset)
    own = own[(own["start"] == row.start) & (own["end"] == row.end)]
    place = next(own.itertuples())
    window, moved = window_words(row.start, row.end), direction(material.results, asset, row.car)
    if pd.isna(place.p):
        return say("reaction.only_moved", window=window, moved=moved)
    words = say(
        "reaction.verdict",
        window=window,
        moved=moved,
        p=p_value(place.p),
        least=p_value(place.smallest_p),
    )
    missed = place.p > 1 - material.results.options.confidence
    key = "reaction.not_detected" if missed else "reaction.detected"
    return f"{words} {say(key, mde=size_of(place.mde))}"


def _charts(material: Material, event: str, asset: str) -> list[Chart]:
    """Return the charts of an observation; events with the same day 0 share them."""
    own = only(material.of("alignment", event), asset).iloc[0]
    key = (asset, own["day0"], own["day0_latest"])
    found: list[Chart] = material.shared(key, partial(_made, material.results, event, asset))
    return found


def _made(results: EventStudyResults, event: str, asset: str) -> list[Chart]:
    bars, path = ar_data(results, event, asset), car_data(results, event, asset)
    days = ordinary_data(results, event, asset)
    figures = {
        "around": (plots.around(results, event, asset), None),
        "ar": (ar_figure(results, event, asset, bars), bars),
        "car": (car_figure(results, asset, path), path),
        "ordinary": (ordinary_figure(asset, days), days),
    }
    return [
        Chart(figure, say(f"reaction.label_{name}", asset=asset), table)
        for name, (figure, table) in figures.items()
    ]


def _asset(material: Material, event: str, asset: str) -> dict[str, Any]:
    results = material.results
    start, end = results.windows.lead
    car = only(material.of("car", event), asset)
    first = car[(car["start"] == start) & (car["end"] == end)]
    ratio = float(only(material.of("estimation", event), asset)["sigma_ratio"].iloc[0])
    key = "reaction.turbulent" if ratio > TURBULENT else "reaction.calm"
    volatility = say(key, ratio=f"{ratio:.2f}")
    lacking = str(results.abnormal.unestimated[results.row(event, asset)])
    if lacking:
        volatility = say("reaction.unestimated", reason=lacking)
    days = _days(material, event, asset)
    ranked = only(material.of("ranked", event), asset)
    mde = dict(zip(zip(ranked["start"], ranked["end"], strict=True), ranked["mde"], strict=True))
    return {
        "asset": asset,
        "label": results.about.asset(asset).label,
        "verdict": _verdict(material, asset, next(first.itertuples())) if len(first) else "",
        "rows": [{"row": row, "detectable": mde[row.start, row.end]} for row in car.itertuples()],
        "days": days,
        "heading": say("reaction.candidate" if len(days) == 1 else "reaction.candidates"),
        "volatility": volatility,
        "turbulent": ratio > TURBULENT or bool(lacking),
        "charts": _charts(material, event, asset),
    }


def _context(material: Material, event: str) -> Mapping[str, object] | None:
    measured = material.measured(event)
    assets = [_asset(material, event, asset) for asset in measured[:MOST]]
    more = len(measured) - len(assets)
    text = say("reaction.more", assets=counted(more, "asset")) if more else ""
    return {"assets": assets, "more": text} if assets else None


SECTION = Section("reaction", say("reaction.title"), _context)
