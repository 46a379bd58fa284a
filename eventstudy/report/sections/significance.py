"""Tests over the episodes of each group: the one that leads, its companions, those refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eventstudy.inference import TESTS
from eventstudy.report.report_data import Material, Section
from eventstudy.results.significance import HEADLINE
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import size as size_of


def _trust(material: Material, now: Any) -> str:
    """Say how the headline test behaves on ordinary days; empty when that was not measured."""
    if material.calibration is None:
        return ""
    size = material.calibration.size
    own = size[(size["group"] == now.group) & (size["asset"] == now.asset)]
    own = own[(own["start"] == now.start) & (own["end"] == now.end)]
    own = own[(own["test"] == now.headline) & (own["samples"] > 0)]
    if own.empty:
        return ""
    row = next(own.itertuples())
    known = row.mde == row.mde  # NaN beyond the effects that were tried
    found = say("tests.trust_mde", mde=size_of(row.mde)) if known else say("tests.trust_none")
    return say("tests.trust", size=size_of(row.size, 1), found=found)


def _context(material: Material, _event: str) -> Mapping[str, object]:
    results = material.results
    named = results.significance_tests or ()
    labels = {name: test.label for name, test in TESTS.items()}
    labels |= {test.name: test.label for test in named}
    frame, lead = material.tests, results.windows.lead
    blocks = []
    for now in material.situations.itertuples():
        rows = frame[(frame["group"] == now.group) & (frame["asset"] == now.asset)]
        rows = rows[(rows["start"] == now.start) & (rows["end"] == now.end)]
        refused = rows[~rows["valid"]]
        reasons = {
            str(reason): [labels[name] for name in own["test"]]
            for reason, own in refused.groupby("reason", sort=False)
        }
        blocks.append(
            {
                "now": now,
                "label": labels.get(now.headline, ""),
                "trust": _trust(material, now),
                "rows": list(rows[rows["valid"]].itertuples()),
                "refused": reasons,
                "leads": bool((rows["role"] == HEADLINE).any()),
            }
        )
    first = [b for b in blocks if (b["now"].start, b["now"].end) == lead]
    rest = [b for b in blocks if (b["now"].start, b["now"].end) != lead]
    return {"first": first, "rest": rest, "labels": labels, "lead": lead}


SECTION = Section("tests", say("tests.title"), _context)
