"""All events in one table that can be sorted and filtered."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from eventstudy.report.material import Material, Section


def _context(material: Material, _event: str) -> Mapping[str, object]:
    results = material.results
    start, end = results.windows.lead
    car = material.car
    car = car[(car["start"] == start) & (car["end"] == end)].set_index(["event_id", "asset"])
    rank = material.scaled[material.scaled["tau"] == 0].set_index(["event_id", "asset"])["p"]
    left = results.left_out
    left = left[left["start"].isna() | ((left["start"] == start) & (left["end"] == end))]
    reasons = left.groupby(["event_id", "asset"])["reason"].first()
    rows = []
    for own in results.alignment.itertuples():
        key = (own.event_id, own.asset)
        event = material.events[own.event_id]
        measured = key in car.index
        rows.append(
            {
                "event": event,
                "asset": own.asset,
                "day0": own.day0,
                "latest": own.day0_latest if not own.certain else pd.NaT,
                "certain": own.certain,
                "shared": len(own.shares_session_with.split("; "))
                if own.shares_session_with
                else 0,
                "car": car.loc[key, "car"] if measured else float("nan"),
                "t": car.loc[key, "t"] if measured else float("nan"),
                "rank_p": rank.get(key, float("nan")),
                "reason": reasons.get(key, ""),
            }
        )
    return {"rows": rows, "lead": (start, end)}


SECTION = Section("events", "All events", _context)
