"""What the market did around the event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from eventstudy import plots
from eventstudy.inference.router import TURBULENT
from eventstudy.plots.observation import ar_data, car_data
from eventstudy.report.charts import Chart
from eventstudy.report.material import Material, Section
from eventstudy.report.words import direction
from eventstudy.results.text import p_value, window_words

MOST = 12
"""Assets shown on an event's page; those of an event on more are in the data files."""


def _only(frame: pd.DataFrame, asset: str) -> pd.DataFrame:
    return frame[frame["asset"] == asset]


def _days(material: Material, event: str, asset: str) -> list[dict[str, Any]]:
    """Candidate sessions for day 0 with their place among ordinary days."""
    results = material.results
    own = _only(material.of("alignment", event), asset).iloc[0]
    scaled = _only(material.of("scaled", event), asset)
    ar = _only(material.of("ar", event), asset).set_index("tau")
    rows = []
    for row in scaled.itertuples():
        if own.day0 <= row.session <= (own.day0 if own.certain else own.day0_latest):
            se = float(ar.loc[row.tau, "se"])
            rows.append({"row": row, "se": se, "said": direction(results, asset, row.ar)})
    return rows


def _detectable(se: float, df: float) -> float:
    """Smallest effect seen with 80 % power at the 5 % level, (t.975 + t.80) se."""
    from scipy import stats

    return float((stats.t.ppf(0.975, df) + stats.t.ppf(0.8, df)) * se)


def _verdict(material: Material, asset: str, row: Any) -> str:
    """Say in a sentence or two what the primary window shows, and how sure that is."""
    said = direction(material.results, asset, row.car)
    window = window_words(row.start, row.end)
    own = _only(material.of("ranked", row.event_id), asset)
    own = own[(own["start"] == row.start) & (own["end"] == row.end)]
    place = next(own.itertuples())
    words = (
        f"Over {window}, beyond what was normal, {said} (rank among ordinary days in the same "
        f"volatility: p {p_value(place.p)}, at least {p_value(place.smallest_p)} by construction)."
    )
    if place.p > 1 - material.results.options.confidence:
        words += (
            " Not detected as abnormal; an effect would have been detected in four cases of "
            f"five only if larger than {100 * place.mde:.1f} %."
        )
    else:
        words += f" An effect of {100 * place.mde:.1f} % would be seen in four cases of five."
    return words


def _charts(material: Material, event: str, asset: str) -> list[Chart]:
    """Return the charts of an observation; events with the same day 0 share them."""
    results = material.results
    own = _only(material.of("alignment", event), asset).iloc[0]
    key = (asset, own["day0"], own["day0_latest"])
    if key not in material.charts:
        material.charts[key] = [
            Chart(plots.around(results, event, asset), f"Price of {asset} around the event"),
            Chart(
                plots.ar(results, event, asset),
                f"Abnormal returns of {asset} around the event",
                ar_data(results, event, asset),
            ),
            Chart(
                plots.car_path(results, event, asset),
                f"Cumulative abnormal return of {asset} with its simultaneous band",
                car_data(results, event, asset),
            ),
        ]
    return material.charts[key]


def _context(material: Material, event: str) -> Mapping[str, object] | None:
    results = material.results
    car = material.of("car", event)
    estimation = material.of("estimation", event)
    lead = results.windows.lead
    measured = [asset for asset in results.assets if results.episode(event, asset) is not None]
    assets = []
    for asset in measured[:MOST]:
        own = car[car["asset"] == asset]
        first = own[(own["start"] == lead[0]) & (own["end"] == lead[1])]
        fit = _only(estimation, asset).iloc[0]
        assets.append(
            {
                "asset": asset,
                "label": results.about.asset(asset).label,
                "verdict": _verdict(material, asset, next(first.itertuples()))
                if len(first)
                else "",
                "rows": [
                    {"row": row, "detectable": _detectable(row.se, row.df)}
                    for row in own.itertuples()
                ],
                "days": _days(material, event, asset),
                "ratio": float(fit["sigma_ratio"]),
                "turbulent": float(fit["sigma_ratio"]) > TURBULENT,
                "charts": _charts(material, event, asset),
            }
        )
    more = len(measured) - len(assets)
    return {"assets": assets, "more": more} if assets else None


SECTION = Section("reaction", "What the market did", _context)
