"""Coverages and sizes with their bands: what must hold, by which measure of which design."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eventstudy.inference.battery.generalised_rank import GrankT
from eventstudy.inference.router import choose
from sizepower import common, crowded, ranks, simulated, single, spaced
from sizepower.clustered import ALL, CLASSES, TERCILES, WILD, Rate, rate

Known = Mapping[str, Any]
Band = tuple[float, float]
Bands = Mapping[str, Band]

INTERVALS, TESTS = "intervals", "tests"


def bands(everything: Band, terciles: Band | None = None, wild: Band | None = None) -> Bands:
    """Return the band of each class that has one."""
    made = {ALL: everything}
    if terciles is not None:
        made |= dict.fromkeys(TERCILES, terciles)
    return made | ({WILD: wild} if wild is not None else {})


NONE: Bands = {}
JOINT_MEAN = bands((93, 98.5), (93, 98.5), (93, 98.5))
ONE_CAR = bands((93, 97), (91, 98))
PATH = bands((92, 97), (90, 98))
SHARED = bands((93, 98), (90, 99))
SIZE = bands((4, 6.5), (3, 8))


@dataclass(frozen=True)
class Measured:
    """Coverage of an interval or size of a test in one design, by class.

    Parameters
    ----------
    table : {"intervals", "tests"}
        Where it is listed.
    design, measure : str
        The design; the interval or test, and what it rests on or the situation.
    rates : mapping of str to Rate
        Of each class in which anything was counted.
    bands : mapping of str to (float, float)
        In per cent; a class without one is shown for comparison.
    remark : str
        More about it; such as which tests led.
    """

    table: str
    design: str
    measure: str
    rates: Mapping[str, Rate]
    bands: Bands
    remark: str = ""

    @property
    def outside(self) -> list[str]:
        """Classes whose rate lies outside its band, by however little."""
        return [name for name, band in self._banded() if self.rates[name].distance(band) > 0]

    @property
    def failing(self) -> list[str]:
        """Classes whose rate lies outside its band by more than two standard errors."""
        return [name for name, band in self._banded() if not self.rates[name].within(band)]

    def _banded(self) -> Iterator[tuple[str, Band]]:
        return ((name, band) for name, band in self.bands.items() if name in self.rates)

    @property
    def verdict(self) -> str:
        """Whether the bands are met; empty where there are none."""
        if not self.bands:
            return ""
        if self.failing:
            return f"**FAILS** ({', '.join(self.failing)})"
        return f"within 2 s.e. ({', '.join(self.outside)})" if self.outside else "holds"


def _rows(
    known: Known, section: str, design: Any, wanted: Mapping[str, tuple[str, str, Bands]]
) -> Iterator[Measured]:
    """Yield the measures of a design that were counted; `wanted` gives table, words, bands."""
    cells = known.get(section, {}).get("cells", {}).get(design.key, {})
    for measure, (table, words, its_bands) in wanted.items():
        rates = {name: rate(cells, measure, name) for name in CLASSES}
        counted = {name: value for name, value in rates.items() if value is not None}
        if counted:
            remark = _leading(cells) if measure == spaced.LEAD else ""
            yield Measured(table, design.key, words, counted, its_bands, remark)


def _leading(cells: Mapping[str, list[int]]) -> str:
    """Which tests led, and in how many samples."""
    prefix, total = f"{spaced.LEAD}, ", rate(cells, spaced.LEAD)
    names = [label.split("|")[0] for label in cells if label.endswith(f"|{ALL}")]
    shares = {name.removeprefix(prefix): rate(cells, name) for name in names if prefix in name}
    if len(shares) == 1 or total is None:
        return next(iter(shares), "")
    return ", ".join(
        f"{name} {100 * value.samples / total.samples:.0f} %"
        for name, value in shares.items()
        if value is not None
    )


def measured(known: Known) -> list[Measured]:
    """Return coverages and sizes of all designs, in the order of the page."""
    return [
        *_crowded(known),
        *_single(known),
        *_spaced(known),
        *_common(known),
        *_ranks(known),
        *_simulated(known),
    ]


def _crowded(known: Known) -> Iterator[Measured]:
    for design in crowded.designs():
        choice = choose(crowded.situation(design))
        lead, deputy = choice.headline.name, crowded.deputy(choice)
        wanted = {
            crowded.MEAN: (INTERVALS, "mean CAR, event days", JOINT_MEAN),
            crowded.TEXTBOOK: (INTERVALS, "mean CAR, textbook", NONE),
            crowded.PATH: (INTERVALS, "band of the mean path", JOINT_MEAN),
            lead: (TESTS, f"overlapping windows: {lead}", SIZE),
            deputy: (TESTS, f"overlapping, calendar not moved: {deputy}", SIZE),
        }
        yield from _rows(known, "crowded", design, wanted)


def _single(known: Known) -> Iterator[Measured]:
    wanted = {
        single.CAR: (INTERVALS, "one CAR, ordinary days", ONE_CAR),
        single.TEXTBOOK: (INTERVALS, "one CAR, textbook", NONE),
        single.PATH: (INTERVALS, "band of one path", PATH),
    }
    for design in single.designs():
        yield from _rows(known, "single", design, wanted)


def _spaced(known: Known) -> Iterator[Measured]:
    wanted = {
        spaced.MEAN: (INTERVALS, "mean CAR, between episodes", SHARED),
        spaced.TEXTBOOK: (INTERVALS, "mean CAR, textbook", NONE),
        spaced.PATH: (INTERVALS, "band of the mean path", PATH),
        spaced.LEAD: (TESTS, "many separate dates: headline", SIZE),
        spaced.SEPARATE: (TESTS, "bmp without the factor, for comparison", NONE),
    }
    for design in spaced.designs():
        yield from _rows(known, "spaced", design, wanted)


def _common(known: Known) -> Iterator[Measured]:
    for design in common.designs():
        one = design.dates == 1
        where = "one date, many assets" if one else "several dates, several assets each"
        wanted = {
            common.MEAN: (INTERVALS, "mean CAR, correlated episodes", SHARED),
            common.TEXTBOOK: (INTERVALS, "mean CAR, textbook", NONE),
            common.LEAD: (TESTS, f"{where}: headline", SIZE),
        } | {name: (TESTS, f"{name}, for comparison", NONE) for name in common.BESIDE}
        yield from _rows(known, "common", design, wanted)


def _ranks(known: Known) -> Iterator[Measured]:
    for design in ranks.designs():
        words = f"{GrankT.name}, refused" if design.refused else GrankT.name
        wanted = {GrankT.name: (TESTS, words, NONE if design.refused else bands((4, 6.5)))}
        yield from _rows(known, "ranks", design, wanted)


def _simulated(known: Known) -> Iterator[Measured]:
    used, unused = simulated.FACTORS[True], simulated.FACTORS[False]
    wanted = {
        f"{simulated.CAR}, {used}": (INTERVALS, f"one CAR, {used}", bands((93, 97))),
        f"{simulated.CAR}, {unused}": (INTERVALS, f"one CAR, {unused}", NONE),
        f"{simulated.RANK_SUM}, {used}": (
            TESTS,
            f"a few separate dates: {simulated.RANK_SUM}",
            bands((4, 6.5)),
        ),
        f"{simulated.RANK_SUM}, {unused}": (TESTS, f"{simulated.RANK_SUM}, {unused}", NONE),
    }
    for design in simulated.designs():
        yield from _rows(known, "simulated", design, wanted)
