"""The tables of coverages and of clustered sizes for docs/size_power.md."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan
from typing import Any

from sizepower.bands import INTERVALS, TESTS, Measured, measured
from sizepower.clustered import ALL, CLASSES, TERCILES, WILD

TITLES = {
    INTERVALS: "### Coverage of what is printed as a 95 % interval",
    TESTS: "### Sizes of the tests that lead, clustered by date",
}
HEADS = {ALL: "all", "low": "low", "mid": "mid", "high": "high", WILD: "sd > 1.5 s"}


def _shown(row: Measured, name: str) -> str:
    """Rate and error of a class; bold where it misses its band by more than two errors."""
    value = row.rates.get(name)
    if value is None:
        return "·"
    text = f"{value.share:.1f} ± {value.error:.1f}"
    if isnan(value.error):  # one cluster
        text = f"{value.share:.1f}"
    return f"**{text}**" if name in row.failing else text


def _band(row: Measured) -> str:
    """Bands of all samples, of terciles and of wild event days, where they differ."""
    named = {name: row.bands[name] for name in (ALL, TERCILES[0], WILD) if name in row.bands}
    texts = [f"{low:g}–{high:g}" for low, high in named.values()]
    return "; ".join(dict.fromkeys(texts))


def _counts(row: Measured) -> str:
    """Return samples and clusters of all, and samples of wild event days."""
    total, wild = row.rates[ALL], row.rates.get(WILD)
    text = f"{total.samples} / {total.clusters}"
    return text + (f", {wild.samples} wild" if wild else "")


def _table(rows: list[Measured], kind: str) -> list[str]:
    what = "interval" if kind == INTERVALS else "situation: test"
    head = ["design", what, *HEADS.values(), "n / clusters", "band", ""]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        words = f"{row.measure} {row.remark}".strip()
        cells = [row.design, words, *(_shown(row, name) for name in CLASSES)]
        cells += [_counts(row), _band(row), row.verdict]
        lines.append("| " + " | ".join(cells) + " |")
    return [*lines, ""]


def summary(rows: list[Measured]) -> list[str]:
    """Say how many bands are met."""
    banded = [row for row in rows if row.bands]
    if not banded:
        return []
    failing = [row for row in banded if row.failing]
    near = [row for row in banded if row.outside and not row.failing]
    return [
        f"Clustered by date: **{len(banded) - len(failing)} of {len(banded)}** coverages and sizes "
        f"meet their bands in every class, {len(near)} of them only within 2 standard errors.",
        "",
    ]


def lines_of(known: Mapping[str, Any]) -> tuple[list[str], list[Measured]]:
    """Return both tables, and the rows that they show."""
    rows = measured(known)
    lines: list[str] = []
    for kind, title in TITLES.items():
        some = [row for row in rows if row.table == kind]
        if some:
            lines += [title, "", *_table(some, kind)]
    return lines, rows
