"""Episodes of plain least squares, measured by sums over their windows: places and fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.abnormal.placed_fits import PlacedFits, Windowed, fit_assets
from eventstudy.abnormal.placed_returns import PlacedReturns
from eventstudy.abnormal.series import ASSETS, empty_series, put
from eventstudy.design.windows import event_days
from eventstudy.executors import copies, in_order, ranges
from eventstudy.models.least_squares import LeastSquares
from eventstudy.settings import least_returns, length

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Executor

    from eventstudy.arrays import Ints
    from eventstudy.design.windows import AssetReturns
    from eventstudy.models.base import NormalReturnModel
    from eventstudy.settings import Options, Windows


def place(
    data: Mapping[str, AssetReturns],
    models: Mapping[str, NormalReturnModel],
    windows: Windows,
    options: Options,
    places: tuple[Ints, Ints, Ints],
    events: Mapping[str, Ints],
    executor: Executor | None = None,
) -> tuple[Windowed, PlacedFits, PlacedReturns]:
    """Measure episodes by sums over their estimation windows.

    Parameters
    ----------
    data : mapping of str to AssetReturns
        Returns of each asset.
    models : mapping of str to NormalReturnModel
        Model of each; all are plain, see `eventstudy.models.traits.is_plain`.
    windows : Windows
        Windows in event time.
    options : Options
        Which days of events leave the estimation windows, and how many returns are needed.
    places : tuple of three ndarrays of int, shape (episodes,)
        Asset of each, ascending, position of day 0 among its sessions, and
        `AbnormalReturns.offset`.
    events : mapping of str to ndarray of int
        Day 0 of the events of each asset, whose days leave the estimation windows.
    executor : Executor, optional
        Copies of this process (`Forks`) do the work; another one is not asked.

    Returns
    -------
    windowed : Windowed
        The estimation windows.
    placed : PlacedFits
        Their fits.
    abnormal : PlacedReturns
        The abnormal returns.
    """
    plain = {asset: model for asset, model in models.items() if isinstance(model, LeastSquares)}
    fewest = np.array([model.fewest for model in models.values()])
    series = empty_series(data, list(plain.values()), windows, options, executor)
    code, position, _ = places
    windowed = Windowed(
        series=series,
        code=code,
        first=series.start[code] + position + windows.estimation[0],
        size=length(windows.estimation),
        needed=np.array([least_returns(windows, options, few) for few in fewest.tolist()]),
    )
    placed = PlacedFits.empty(len(code), len(series.factors), executor)

    def measured(assets: slice) -> tuple[bool, list[tuple[int, str, str]]]:
        offset_here = False
        for row, asset in enumerate(series.assets[assets], assets.start):
            returns, sessions = data[asset], int(series.sessions[row])
            design = plain[asset].declare(returns.factors)
            shared = event_days(events[asset], options.exclude_from_estimation, sessions)
            offset_here |= put(series, row, returns, design, shared)
        some = windowed if offset_here else windowed.without_offset()
        return offset_here, fit_assets(some, placed, fewest, assets)

    if copies(executor):
        data[series.assets[0]]  # what all assets share is made before the process is copied
    any_offset = False
    for offset_there, said in in_order(copies(executor), measured, ranges(len(fewest), ASSETS)):
        any_offset |= offset_there
        for row, *texts in said:
            placed.reasons[row], placed.unestimated[row] = texts
    windowed = windowed if any_offset else windowed.without_offset()
    return windowed, placed, PlacedReturns.of(windowed.series, data, windows, places, placed)
