"""What agrees with the reference, and which tests hold the size that a headline needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

from eventstudy.inference.router import Situation, choose
from sizepower import alone, few, many, own

Known = Mapping[str, Any]
ROUNDING = 0.05
"""The reference has one digit."""
BAND, TERCILE_BAND = (3.5, 6.5), (3.0, 7.0)
NO_SIGNS = (
    "by design: all 2^5 signs are enumerated, and no p below 2/32 exists; the reference "
    "rejects through simulation noise"
)


@dataclass(frozen=True)
class Cell:
    """One rejection rate of ours and of the reference, in per cent.

    Parameters
    ----------
    design, label : str
        The design; case and test.
    ours, reference : float
        Rejections in per cent.
    counted, samples : int
        Samples behind either.
    excuse : str
        Why the two are not the same thing; empty where they are.
    """

    design: str
    label: str
    ours: float
    reference: float
    counted: int
    samples: float
    excuse: str = ""

    @property
    def distance(self) -> float:
        """Difference in standard errors, both sides' error counted, rounding allowed for."""
        variance = sum(
            p * (100 - p) / n
            for p, n in ((self.ours, self.counted), (self.reference, self.samples))
        )
        gap = self.ours - self.reference
        gap = max(abs(gap) - ROUNDING, 0.0) * (1 if gap > 0 else -1)
        return gap / sqrt(variance) if variance else (0.0 if gap == 0 else inf)

    @property
    def within(self) -> bool:
        """Whether they agree within ±3 standard errors."""
        return abs(self.distance) <= 3


@dataclass(frozen=True)
class Gate:
    """The size of a test that the router lets lead, in per cent, and the band for it."""

    situation: str
    test: str
    where: str
    size: float
    error: float
    band: tuple[float, float]

    @property
    def low(self) -> float:
        """Lower end of the band."""
        return self.band[0]

    @property
    def high(self) -> float:
        """Upper end of the band."""
        return self.band[1]

    @property
    def holds(self) -> bool:
        """Whether the size lies in the band."""
        return self.low <= self.size <= self.high


def share(counts: list[int] | None) -> float | None:
    """Return the rejections in per cent; None where the test was never computed."""
    if not counts or not counts[1]:
        return None
    return 100 * counts[0] / counts[1]


def _cell(
    key: str, label: str, counts: list[int] | None, reference: float, samples: float, excuse: str
) -> Iterator[Cell]:
    ours = share(counts)
    if ours is not None and counts is not None:
        yield Cell(key, label, ours, reference, counts[1], samples, excuse)


def comparisons(known: Known) -> list[Cell]:
    """Return all cells that both sides have."""
    return [*_many(known), *_alone(known), *_few(known)]


def _many(known: Known) -> Iterator[Cell]:
    for design in many.designs() if "many" in known else ():
        cells = known["many"]["cells"].get(design.key, {})
        for case, tests in many.reference()[design.key]["reject_pct"].items():
            for test, value in tests.items():
                label = f"{case}|{test}"
                excuse = NO_SIGNS if test == "wild_cluster" and design.dates == 5 else ""
                yield from _cell(design.key, label, cells.get(label), value, design.samples, excuse)


def _alone(known: Known) -> Iterator[Cell]:
    for case in alone.CASES if "alone" in known else ():
        cells, entry = alone.overall(known["alone"]["cells"].get(case.key, {})), case.reference
        for test, value in entry.get("size", {}).items():
            days = entry["n_garch"] if test.startswith("GARCH") else entry["n"]
            yield from _cell(case.key, f"0|{test}", cells.get(f"0|{test}"), value, days, "")
            for tercile, own_value in zip(alone.TERCILES, entry["by_vol"][test], strict=True):
                label = f"0|{test}|{tercile}"
                yield from _cell(case.key, label, cells.get(label), own_value, days / 3, "")
            for shock, own_value in entry["power"][test].items():
                label = f"{float(shock):g}|{test}"
                yield from _cell(case.key, label, cells.get(label), own_value, days, "")


def _few(known: Known) -> Iterator[Cell]:
    for case in few.cases() if "few" in known else ():
        cells = known["few"]["cells"].get(case.key, {})
        for shock, tests in case.reference.items():
            for test, value in tests.items():
                label = f"{float(shock):g}|{test}"
                yield from _cell(case.key, label, cells.get(label), value, few.SAMPLES, "")


def _gate(
    situation: Situation, where: str, counts: list[int] | None, band: tuple[float, float]
) -> Iterator[Gate]:
    size = share(counts)
    if size is not None and counts is not None:
        error = sqrt(size * (100 - size) / counts[1])
        lead = choose(situation).headline.name
        yield Gate(situation.kind, lead, where, size, error, band)


def _column(names: Mapping[str, str], situation: Situation) -> str:
    """Name in the tables of the test that leads in a situation."""
    lead = choose(situation).headline.name
    return next((name for name, known in names.items() if known == lead), lead)


def gates(known: Known) -> list[Gate]:
    """Return the size of every test that leads, in its situation, variance unchanged."""
    found: list[Gate] = []
    for design in many.designs() if "many" in known else ():
        now = Situation(design.n, design.dates, 20, rbar=0.0)
        name = _column(many.NAMES, now)
        cells = known["many"]["cells"].get(design.key, {})
        found += _gate(now, f"{design.key} {design.name}", cells.get(f"var1_shock0|{name}"), BAND)
    for case in alone.CASES if "alone" in known else ():
        found += _alone_gates(known, case)
    for case in few.cases() if "few" in known else ():
        if case.variance == 1:
            now = Situation(case.n, case.n, 1)
            cells = known["few"]["cells"].get(case.key, {})
            label = f"0|{_column(few.NAMES, now)}"
            found += _gate(now, case.key, cells.get(label), BAND)
    for case in own.CASES if "own" in known else ():
        together = case.kind == "joint"
        now = Situation(case.n, 1, case.n) if together else Situation(case.n, case.n, 1, case.n)
        cells = known["own"]["cells"].get(case.key, {})
        found += _gate(now, case.key, cells.get(f"0|{choose(now).headline.name}"), BAND)
    return found


def _alone_gates(known: Known, case: alone.Alone) -> Iterator[Gate]:
    now = Situation(1, 1, 1)
    cells = alone.overall(known["alone"]["cells"].get(case.key, {}))
    label = f"0|{_column(alone.NAMES, now)}"
    yield from _gate(now, case.key, cells.get(label), BAND)
    for tercile in alone.TERCILES:
        where = f"{case.key}, {tercile} volatility"
        yield from _gate(now, where, cells.get(f"{label}|{tercile}"), TERCILE_BAND)
