"""What the scaled rank of minutes is worth on ordinary days: size, coverage, detectable moves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.arguments import told_class
from eventstudy.arrays import Array, Dates
from eventstudy.bars.bar_series import BarSeries
from eventstudy.bars.clocks import utc_seconds
from eventstudy.errors import InvalidArgumentError
from eventstudy.minutes.lookup import Lookup
from eventstudy.minutes.ranks import half_width, share_as_large
from eventstudy.minutes.settings import MinuteOptions, MinuteWindows, Span

LEVEL = 0.05
TERCILES = ("low", "mid", "high")


@told_class
@dataclass(frozen=True, eq=False)
class MinuteCalibration:
    """Rates of the scaled rank at stamps of ordinary days.

    Parameters
    ----------
    placements : DataFrame
        One row for each day and stamp: day, clock (minutes since midnight), sigma (volatility
        expected of the day), move, p, p_rank (unscaled), half (half-width of the 95 % interval),
        covered (whether it holds zero), needed_up, needed_down (moves that would have been
        rejected, beside the noise of the day), tercile (of sigma).
    window : (int, int)
        Minutes before and after.
    """

    placements: pd.DataFrame
    window: Span

    @property
    def size(self) -> pd.DataFrame:
        """How often ordinary days are rejected at 5 %: by (all, hour, tercile), level, test, rate,
        se (clustered by day), n, days.
        """  # noqa: D205  one sentence
        return self._rates({"scaled rank": "p", "rank": "p_rank"})

    @property
    def coverage(self) -> pd.DataFrame:
        """How often the 95 % interval holds the zero of ordinary days; columns as `size`."""
        return self._rates({"interval": "covered"})

    @property
    def detectable(self) -> pd.DataFrame:
        """Moves seen in four cases of five: by, level, move (a fraction), n."""
        rows = []
        for by, level, chosen in self._levels():
            values = self.placements.loc[chosen, ["needed_up", "needed_down"]].to_numpy()
            rows.append((by, level, float(np.quantile(values, 0.8)), int(chosen.sum())))
        return pd.DataFrame(rows, columns=["by", "level", "move", "n"])

    def _levels(self) -> Iterable[tuple[str, str, Array]]:
        table = self.placements
        yield "all", "all", np.ones(len(table), dtype=bool)
        hours = (table["clock"] // 60).to_numpy()
        for hour in np.unique(hours):
            yield "hour", f"{hour:02d}", hours == hour
        for name in TERCILES:
            yield "tercile", name, (table["tercile"] == name).to_numpy()

    def _rates(self, tests: dict[str, str]) -> pd.DataFrame:
        rows = []
        for by, level, chosen in self._levels():
            for test, column in tests.items():
                part = self.placements.loc[chosen]
                hit = part[column].to_numpy(dtype=float)
                if column != "covered":
                    hit = (hit <= LEVEL + 1e-12).astype(float)
                rate, se, days = clustered(hit, part["day"].to_numpy())
                rows.append((by, level, test, rate, se, len(part), days))
        names = ["by", "level", "test", "rate", "se", "n", "days"]
        return pd.DataFrame(rows, columns=names)


def clustered(hits: Array, days: Dates) -> tuple[float, float, int]:
    """Return a rate, its standard error clustered by day, and the number of days.

    Parameters
    ----------
    hits : ndarray of float, shape (n,)
        0 or 1.
    days : ndarray, shape (n,)
        The day of each.
    """
    if not len(hits):
        return np.nan, np.nan, 0
    rate = float(hits.mean())
    _, label = np.unique(days, return_inverse=True)
    sums = np.bincount(label, hits - rate)
    count = len(sums)
    spread = float(np.sqrt((sums**2).sum() * count / max(count - 1, 1)) / len(hits))
    return rate, spread, count


def calibrate_minutes(
    bars: BarSeries,
    *,
    windows: MinuteWindows | None = None,
    options: MinuteOptions | None = None,
    every: int = 60,
    since: int = 0,
    until: int = 24 * 60,
) -> MinuteCalibration:
    """Place the primary window at ordinary days and stamps, and see how often it is rejected.

    Every day is compared with the `MinuteOptions.ordinary` days before it, as a statement of that
    day would be; days with fewer than `MinuteOptions.least` are passed over.

    Parameters
    ----------
    bars : BarSeries
        Bars of one asset, such as ``load_bars(...)["SBER"]``.
    windows : MinuteWindows, optional
        The primary window is placed.
    options : MinuteOptions, optional
        Ordinary days.
    every : int
        Minutes between two stamps.
    since, until : int
        Minutes since midnight of the first and the last stamp, on the clock of the market.

    Returns
    -------
    MinuteCalibration

    Raises
    ------
    InvalidArgumentError
        When no day has enough ordinary days before it, or no stamp lies between the two times.
    """
    if every < 1 or not 0 <= since < until <= 24 * 60:
        raise InvalidArgumentError(
            f"every, since and until are {every}, {since}, {until}; write minutes such as 60, 600, "
            "1080: one or more, and two times of a day, the earlier first"
        )
    windows, options = windows or MinuteWindows(), options or MinuteOptions()
    lookup = Lookup(bars, windows.stale_seconds(bars.length))
    frames = [
        _at_clock(lookup, clock, windows.lead, options) for clock in range(since, until, every)
    ]
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        raise InvalidArgumentError(
            f"no day has {options.least} ordinary days before it. Load more bars, or write "
            "MinuteOptions(least=...)"
        )
    table = pd.concat(frames, ignore_index=True)
    cuts = table.groupby("day")["sigma"].first().quantile([1 / 3, 2 / 3])
    place = np.searchsorted(cuts.to_numpy(), table["sigma"].to_numpy())
    return MinuteCalibration(table.assign(tercile=np.array(TERCILES)[place]), windows.lead)


def _at_clock(lookup: Lookup, clock: int, span: Span, options: MinuteOptions) -> pd.DataFrame:
    """Return the placements at one time of day."""
    zone, stamp = lookup.bars.zone, clock * 60
    days = lookup.days
    start = utc_seconds(days, stamp - span[0] * 60, zone)
    end = utc_seconds(days, stamp + span[1] * 60, zone)
    spans = lookup.measure(*lookup.snapped(start, end))
    sigma, move = lookup.sigma(spans.part), lookup.returns(spans)
    good = np.isfinite(move) & np.isfinite(sigma)
    move, sigma = move[good], sigma[good]
    rows = [_placement(move, sigma, place, options) for place in range(options.least, len(move))]
    table = pd.DataFrame(rows, columns=_PLACEMENT)
    kept = slice(options.least, len(move))
    table = table.assign(day=days[good][kept], clock=clock, sigma=sigma[kept], move=move[kept])
    return table[["day", "clock", "sigma", "move", *_PLACEMENT]]


_PLACEMENT = ["p", "p_rank", "half", "covered", "needed_up", "needed_down"]


def _placement(
    move: Array, sigma: Array, place: int, options: MinuteOptions
) -> tuple[float, float, float, bool, float, float]:
    """Return what becomes of one day among the ordinary days before it."""
    before = slice(max(place - options.ordinary, 0), place)
    sizes, scaled = np.abs(move[before]), np.abs(move[before] / sigma[before])
    here, there = abs(move[place]), abs(move[place] / sigma[place])
    half = half_width(scaled, 1 - LEVEL) * sigma[place]
    p, p_rank = share_as_large(there, scaled), share_as_large(here, sizes)
    return p, p_rank, half, bool(here < half), half - move[place], half + move[place]
