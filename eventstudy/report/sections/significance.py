"""Tests over the episodes of each group: the one that leads, its companions, those refused."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.inference import TESTS
from eventstudy.report.material import Material, Section
from eventstudy.results.significance import HEADLINE


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
                "label": labels.get(now.headline, "No test"),
                "rows": list(rows[rows["valid"]].itertuples()),
                "refused": reasons,
                "leads": bool((rows["role"] == HEADLINE).any()),
            }
        )
    first = [b for b in blocks if (b["now"].start, b["now"].end) == lead]
    rest = [b for b in blocks if (b["now"].start, b["now"].end) != lead]
    return {"first": first, "rest": rest, "labels": labels, "lead": lead}


SECTION = Section("tests", "Tests", _context)
