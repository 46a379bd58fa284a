"""The page docs/size_power.md: tables, comparison with the reference, gates."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sizepower import alone, coverage_page, few, many, own
from sizepower.bands import Measured
from sizepower.verdicts import Cell, Gate, comparisons, gates, share

PAGE = Path(__file__).parents[2] / "docs" / "size_power.md"
BEGIN, END = "<!-- measured: begin (benchmarks/size_power.py) -->", "<!-- measured: end -->"
Known = Mapping[str, Any]


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows), ""]


def _shown(cells: Mapping[str, list[int]], label: str, found: Cell | None) -> str:
    """Our share, then that of the reference; bold when they differ too much."""
    ours = share(cells.get(label))
    if ours is None:
        return "·"
    if found is None:
        return f"{ours:.1f}"
    text = f"{ours:.1f} ({found.reference:.1f})"
    return text if found.within or found.excuse else f"**{text}**"


def _many(known: Known, index: Mapping[tuple[str, str], Cell]) -> list[str]:
    lines = []
    for design in many.designs():
        cells = known["many"]["cells"].get(design.key, {})
        cases = list(many.reference()[design.key]["reject_pct"])
        tests = sorted({label.split("|")[1] for label in cells}, key=_place)
        rows = [
            [test, *(_shown(cells, f"{c}|{test}", index.get((design.key, f"{c}|{test}")))
                     for c in cases)]
            for test in tests
        ]  # fmt: skip
        head = ["test", *(_case(case) for case in cases)]
        lines += [f"#### {design.key}: {design.name} (S = {design.samples})", ""]
        lines += _table(head, rows)
    return lines


def _place(test: str) -> tuple[int, str]:
    names = list(many.NAMES)
    base = test.removesuffix(many.CALENDAR)
    return (names.index(base) if base in names else len(names), test)


def _case(case: str) -> str:
    variance, shock = many.parsed(case)
    return f"{100 * shock:g} %" + (", variance ×2" if variance > 1 else "")


def _alone(known: Known, index: Mapping[tuple[str, str], Cell]) -> list[str]:
    lines = []
    for case in alone.CASES:
        cells = known["alone"]["cells"].get(case.key, {})
        total = alone.overall(cells)
        tests = [test for test in alone.NAMES if f"0|{test}" in total]
        labels = ["0", *(f"0|{tercile}" for tercile in alone.TERCILES)]
        labels += [f"{shock:g}" for shock in alone.SHOCKS]
        rows = []
        for test in tests:
            row = [test]
            for label in labels:
                own_label = f"0|{test}|{label[2:]}" if "|" in label else f"{label}|{test}"
                row.append(_shown(total, own_label, index.get((case.key, own_label))))
            rows.append([*row, str(total[f"0|{test}"][1])])
        head = ["test", "size", *alone.TERCILES]
        head += [f"power {100 * shock:g} %" for shock in alone.SHOCKS]
        lines += [f"#### {case.key}", "", *_table([*head, "days"], rows)]
    return lines


def _few(known: Known, index: Mapping[tuple[str, str], Cell]) -> list[str]:
    lines = []
    shocks = [f"{shock:g}" for shock in few.SHOCKS]
    rows = []
    for case in few.cases():
        cells = known["few"]["cells"].get(case.key, {})
        for test in few.NAMES:
            labels = [f"{shock}|{test}" for shock in shocks]
            shown = [_shown(cells, label, index.get((case.key, label))) for label in labels]
            rows.append([case.key, test, *shown])
    head = ["events", "test", *(f"{100 * shock:g} %" for shock in few.SHOCKS)]
    return [*lines, *_table(head, rows)]


def _own(known: Known) -> list[str]:
    rows = []
    for case in own.CASES:
        cells = known["own"]["cells"].get(case.key, {})
        for test in own.JOINT if case.kind == "joint" else own.SHIFT:
            shown = [_shown(cells, f"{shock:g}|{test}", None) for shock in own.SHOCKS]
            rows.append([case.key, test, *shown])
    return _table(["design", "test", "size", "power 1 %"], rows)


def _gates(found: list[Gate]) -> list[str]:
    rows = [
        [gate.situation, gate.test, gate.where, f"{gate.size:.2f} ± {gate.error:.2f}",
         f"{gate.low:g}–{gate.high:g}", "holds" if gate.holds else "**FAILS**"]
        for gate in found
    ]  # fmt: skip
    head = ["situation (router)", "headline", "design", "size % ± s.e.", "band", ""]
    return _table(head, rows)


def _outside(cells: list[Cell]) -> list[str]:
    wrong = [cell for cell in cells if not cell.within]
    rows = [
        [cell.design, cell.label.replace("|", " · "), f"{cell.ours:.1f}", f"{cell.reference:.1f}",
         f"{cell.distance:+.1f}", cell.excuse or "**disagrees**"]
        for cell in wrong
    ]  # fmt: skip
    return _table(["design", "cell", "ours", "reference", "s.e.", ""], rows) if rows else []


def _summary(known: Known, cells: list[Cell], found: list[Gate]) -> list[str]:
    wrong = [cell for cell in cells if not cell.within and not cell.excuse]
    excused = [cell for cell in cells if cell.excuse]
    failed = [gate for gate in found if not gate.holds]
    dates = sorted({section["date"] for section in known.values()})
    return [
        f"Measured {' and '.join(dates)}, seed {many.SEED}. "
        f"**{len(cells) - len(excused) - len(wrong)} of {len(cells) - len(excused)}** comparable "
        f"cells lie within ±3 Monte Carlo standard errors of the difference; {len(excused)} more "
        f"differ by design. **{len(found) - len(failed)} of {len(found)}** gates hold.",
        "",
    ]


def text_of(known: Known) -> tuple[list[str], list[Cell], list[Gate], list[Measured]]:
    """Return the measured part of the page, its cells, its gates, its clustered rates."""
    cells, found = comparisons(known), gates(known)
    index = {(cell.design, cell.label): cell for cell in cells}
    tables, rows = coverage_page.lines_of(known)
    lines = [*_summary(known, cells, found), *coverage_page.summary(rows), *tables]
    lines += ["### Gates", "", *_gates(found), "### Cells outside ±3 s.e.", "", *_outside(cells)]
    sections = (
        ("many", "### Many episodes", lambda: _many(known, index)),
        (
            "alone",
            "### One event on one series, every admissible day",
            lambda: _alone(known, index),
        ),
        ("few", "### A few events on one series", lambda: _few(known, index)),
        ("own", "### A few series on one date; overlapping windows", lambda: _own(known)),
    )
    for section, title, made in sections:
        if section in known:
            lines += [title, "", *made()]
    return lines, cells, found, rows


def write(known: Known, *, keep: bool) -> tuple[str, bool]:
    """Write the page, and return a summary and whether anything is wrong."""
    lines, cells, found, rows = text_of(known)
    if keep:
        before, rest = PAGE.read_text("utf-8").split(BEGIN)
        after = rest.split(END)[1]
        measured = "\n".join(lines).rstrip()
        PAGE.write_text(f"{before}{BEGIN}\n{measured}\n{END}{after}", "utf-8")
    wrong = [cell for cell in cells if not cell.within and not cell.excuse]
    failed = [gate for gate in found if not gate.holds]
    parts = [lines[0]]
    parts += [f"cell: {c.design}: {c.label}: {c.ours:.1f} not {c.reference:.1f}" for c in wrong]
    parts += [f"gate: {g.test}, {g.where}: {g.size:.2f} not {g.low:g}-{g.high:g}" for g in failed]
    missed = [row for row in rows if row.failing]
    parts += [f"band: {r.measure}, {r.design}: {', '.join(r.failing)}" for r in missed]
    return "\n".join(parts), bool(wrong or failed or missed)
