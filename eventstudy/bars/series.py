"""Bars of several assets, each with its own length, market and provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from eventstudy.arguments import told_class
from eventstudy.bars.bar_series import BarSeries
from eventstudy.bars.quality import BarFinding, check_bars
from eventstudy.errors import InvalidArgumentError, UnknownNameError, nearest, refuse_unknown

_SHOWN = 10


@told_class
@dataclass(frozen=True, eq=False, repr=False)
class Bars:
    """Bars of several assets.

    Parameters
    ----------
    series : mapping of str to BarSeries
        The bars of each asset.
    missing : mapping of str to str
        Assets whose bars were asked for and could not be had, and why.

    Raises
    ------
    InvalidArgumentError
        When there is no series, or one is its own factor.
    UnknownNameError
        When a factor has no bars.
    """

    series: Mapping[str, BarSeries]
    missing: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.series:
            raise InvalidArgumentError('name at least one series: load_bars({"SBER": frame})')
        for asset, bars in self.series.items():
            if not isinstance(bars, BarSeries):
                raise InvalidArgumentError(
                    f"the bars of {asset!r} are {bars!r:.60}; write "
                    f"es.load_bars({{{asset!r}: frame}})"
                )
            if bars.factor == asset:
                raise InvalidArgumentError(f"{asset} is its own factor. Name another asset")
            if bars.factor and bars.factor not in {*self.series, *self.missing}:
                cure = nearest(bars.factor, [name for name in self.series if name != asset])
                raise UnknownNameError(f"factor {bars.factor!r} of {asset} has no bars. {cure}")

    @property
    def assets(self) -> tuple[str, ...]:
        """Names of the assets, in their order."""
        return tuple(self.series)

    @property
    def stale(self) -> dict[str, str]:
        """Assets whose source may have newer bars, and why they are not here."""
        return {name: bars.stale for name, bars in self.series.items() if bars.stale}

    def __getitem__(self, asset: str) -> BarSeries:
        refuse_unknown(asset, self.series, f"no bars of {asset!r}")
        return self.series[asset]

    def frame(self, asset: str) -> pd.DataFrame:
        """Return the bars of an asset as a table; see `BarSeries.frame`."""
        return self[asset].frame

    def quality(
        self, closes: Mapping[str, pd.Series[float]] | None = None
    ) -> tuple[BarFinding, ...]:
        """Return what a reader must know about the bars; see `eventstudy.bars.quality`.

        Parameters
        ----------
        closes : mapping of str to Series, optional
            Daily closes of assets, by date, that the last bars are compared with.
        """
        return check_bars(self.series, closes or {})

    def __repr__(self) -> str:
        lines = [f"Bars ({len(self.series)} assets)"]
        for asset, bars in list(self.series.items())[:_SHOWN]:
            lines.append(f"  {asset}: {bars.words}")
        if len(self.series) > _SHOWN:
            lines.append(f"  ... and {len(self.series) - _SHOWN} more")
        lines += [f"  {asset} is stale: {why}" for asset, why in self.stale.items()]
        lines += [f"  {asset} is missing: {why}" for asset, why in self.missing.items()]
        return "\n".join(lines)
