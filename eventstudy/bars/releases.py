"""Is the clock of a series right? Prices jump when a scheduled release comes out, and not before.

Labels in another zone, or those of the end taken for those of the start, move every window by the
same amount: the bars themselves look as they should. A known release tells.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.arrays import Array, Ints, Mask
from eventstudy.bars.bar_series import BarSeries
from eventstudy.bars.clocks import SECONDS
from eventstudy.bars.rolls import moments_said
from eventstudy.errors import InvalidArgumentError
from eventstudy.words.numbers import plural

SHIFTS = tuple(range(-12 * 60, 12 * 60 + 1, 60))
"""Minutes by which a clock may be off: zones are whole hours apart."""
LEVEL = 0.05
_USUAL = 10
"""Other days of a clock time below which a bar has no rank."""


@dataclass(frozen=True, eq=False)
class ClockCheck:
    """What known releases say of the clock of a series.

    Parameters
    ----------
    verdict : {"right", "off", "cannot tell"}
        Whether prices react at the releases, at another hour, or at none.
    shift : int
        Minutes after the releases at which they react; 0 when that is right or not known.
    shifts : DataFrame
        For each shift: shift (minutes), releases (that have a bar there), p (of the ranks of
        these bars among those of their clock time, Fisher's combination), p_all (times the number
        of shifts).
    releases : DataFrame
        For each release with bars: release, bar (the one that holds it), rank (among bars of the
        same clock time on other days), largest (begin of the largest bar of the day).
    text : str
        The same in words, with what to do.
    """

    verdict: str
    shift: int
    shifts: pd.DataFrame
    releases: pd.DataFrame
    text: str


def check_clock(bars: BarSeries, releases: Iterable[object] | None = None) -> ClockCheck:
    """Say whether prices react when known releases came out: an hour's fault is found.

    The bar that holds a release, its range over the median of its day, is ranked among bars of the
    same clock time on days without one. Under no reaction ranks are uniform; -2 times the sum of
    their logarithms is chi-squared with two degrees of freedom for each (Fisher 1932). That is
    counted for every whole hour from -12 to +12, and multiplied by their number.

    Parameters
    ----------
    bars : BarSeries
        Bars of an hour or less.
    releases : iterable of str, date or Timestamp, optional
        Moments such as ``"2021-03-19 13:30"``, on the clock of the series unless they name a zone.
        Default: those that the series was loaded with (`releases` of `load_bars`).

    Returns
    -------
    ClockCheck

    Raises
    ------
    InvalidArgumentError
        When there is no release, or bars are longer than an hour.

    Examples
    --------
    >>> import eventstudy as es
    >>> bars = es.load_bars({"SBER": "sample:SBER"})["SBER"]
    >>> es.check_clock(bars, ["2021-12-17 13:30"]).verdict
    'cannot tell'
    """
    said = bars.releases
    if releases is not None:
        said = moments_said("releases", releases, bars.zone)
    if not said:
        raise InvalidArgumentError(
            'there is no release; write releases = ["2021-03-19 13:30"], moments at which a rate '
            "decision or a statistic came out"
        )
    if bars.length > SECONDS["h"]:
        raise InvalidArgumentError(
            f"bars are {bars.length // 60} minutes long; an hour's fault shows in bars of an hour "
            "or less"
        )
    sizes, day = _sizes(bars)
    moments = np.array(said)
    apart = ~np.isin(day, day[np.searchsorted(bars.begin, moments, side="right") - 1])
    ranks = {shift: _ranks(bars, sizes, moments + 60 * shift, apart) for shift in SHIFTS}
    shifts = _shift_table(ranks)
    told = _told(bars, shifts, int(np.isfinite(ranks[0]).sum()), len(said))
    return ClockCheck(*told[:2], shifts, _release_table(bars, sizes, day, said, ranks[0]), told[2])


def _sizes(bars: BarSeries) -> tuple[Array, Ints]:
    """Return the size of each bar over the median one of its trading day, and that day.

    The size is the range between high and low; without them the move since the bar before in the
    same part of the session, NaN for its first bar.
    """
    trading = bars.parts.trading
    part = trading.at(bars.end - 1)
    if bars.high is not None and bars.low is not None:
        sizes = np.log(bars.high / bars.low)
        same = part >= 0
    else:
        sizes = np.abs(np.diff(np.log(bars.close), prepend=np.nan))
        same = np.r_[False, part[1:] == part[:-1]] & (part >= 0)
    table = pd.DataFrame({"size": np.where(same, sizes, np.nan)})
    day = np.full(len(bars), -1, dtype=np.int64)
    if len(trading.session):
        sessions = trading.session.astype("datetime64[D]").astype(np.int64)
        day = np.where(part >= 0, sessions[np.maximum(part, 0)], -1)
    usual = table.groupby(day)["size"].transform("median").to_numpy()
    return table["size"].to_numpy() / np.where(usual > 0, usual, np.nan), day


def _ranks(bars: BarSeries, sizes: Array, moments: Ints, apart: Mask) -> Array:
    """Return the rank of the bar that holds each moment among those of its clock; NaN for none.

    Parameters
    ----------
    bars : BarSeries
        The bars.
    sizes : ndarray of float, shape (bars,)
        Their sizes.
    moments : ndarray of int, shape (releases,)
        Seconds since 1970 UTC.
    apart : ndarray of bool, shape (bars,)
        Bars of days without a release.
    """
    place = np.maximum(np.searchsorted(bars.begin, moments, side="right") - 1, 0)
    inside = (bars.begin[place] <= moments) & (moments < bars.end[place])
    clock = bars.local_begin % SECONDS["d"]
    ranks = np.full(len(moments), np.nan)
    for number in np.flatnonzero(inside & np.isfinite(sizes[place])):
        here = place[number]
        others = sizes[apart & (clock == clock[here])]
        others = others[np.isfinite(others)]
        if len(others) >= _USUAL:
            ranks[number] = (1 + (others >= sizes[here]).sum()) / (len(others) + 1)
    return ranks


def _shift_table(ranks: dict[int, Array]) -> pd.DataFrame:
    from scipy import stats

    rows = []
    for shift, rank in ranks.items():
        known = rank[np.isfinite(rank)]
        p = float(stats.chi2.sf(-2 * np.log(known).sum(), 2 * len(known))) if len(known) else np.nan
        rows.append((shift, len(known), p))
    table = pd.DataFrame(rows, columns=["shift", "releases", "p"])
    return table.assign(p_all=np.minimum(1.0, table["p"] * table["p"].notna().sum()))


def _release_table(
    bars: BarSeries, sizes: Array, day: Ints, said: Iterable[int], ranks: Array
) -> pd.DataFrame:
    """Return a row for each release with bars: where the largest bar of its day lies."""
    rows = []
    for moment, rank in zip(said, ranks, strict=True):
        if not np.isfinite(rank):
            continue
        place = int(np.searchsorted(bars.begin, moment, side="right")) - 1
        others = np.where(day == day[place], np.nan_to_num(sizes, nan=-1.0), -2.0)
        largest = bars.begin[int(np.argmax(others))]
        rows.append([*(_there(one, bars) for one in (moment, bars.begin[place])), rank])
        rows[-1].append(_there(largest, bars))
    return pd.DataFrame(rows, columns=["release", "bar", "rank", "largest"])


def _there(moment: int, bars: BarSeries) -> pd.Timestamp:
    return pd.Timestamp(int(moment), unit="s", tz="UTC").tz_convert(bars.zone)


def _told(bars: BarSeries, shifts: pd.DataFrame, known: int, said: int) -> tuple[str, int, str]:
    """Return verdict, shift and words."""
    counted = shifts.dropna(subset="p").sort_values("p", kind="stable")
    of = f"{known} of {plural(said, 'release')} can be ranked"
    cure = "Give more releases that moved this market, or bars of more days"
    if not len(counted):
        return "cannot tell", 0, f"none of {plural(said, 'release')} can be ranked. {cure}"
    least = float(counted["p_all"].iloc[0])
    if least > LEVEL:
        return "cannot tell", 0, f"{of}: prices react at no hour (least p {least:.2g}). {cure}"
    seen = set(shifts.loc[shifts["p_all"] <= LEVEL, "shift"])
    off = int(counted["shift"].iloc[0])
    while off - 60 in seen:  # a reaction lasts: what counts is when it begins
        off -= 60
    if off == 0:
        return "right", 0, f"{of}: prices react when they come out (p {least:.2g})"
    late = "after" if off > 0 else "before"
    other = ", or label" if abs(off) * 60 == bars.length else ""
    return (
        "off",
        off,
        f"{of}: prices react {abs(off)} minutes {late} them (p {least:.2g}), so the labels are in "
        f"another zone. Correct timezone{other}",
    )
