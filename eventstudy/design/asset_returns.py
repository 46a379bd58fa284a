"""The returns of each asset and of what explains them, made from the prices of a study."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import numpy as np

from eventstudy.arrays import Array, Dates
from eventstudy.design.sessions import Calendar
from eventstudy.design.windows import AssetReturns
from eventstudy.errors import InvalidArgumentError, PriceError, refuse_unknown
from eventstudy.models import NormalReturnModel, as_model
from eventstudy.prices import Prices, Returns
from eventstudy.prices.quality.holes import after_holes, holes, returns_at
from eventstudy.settings import Options

Models: TypeAlias = NormalReturnModel | Mapping[str, NormalReturnModel]
HELD = 256
"""Assets up to which the returns of all are held."""
LAST = 16
"""Assets whose returns are held where there are more: those that were asked for last."""


def explaining(model: NormalReturnModel, options: Options) -> tuple[str, ...]:
    """Return the series that an asset's returns are compared with: factors and benchmark."""
    return (*model.factors, *((options.benchmark,) if options.benchmark else ()))


def models_by_asset(
    model: Models, panel: Prices | Returns, options: Options
) -> dict[str, NormalReturnModel]:
    """Return the model of each asset that is studied.

    Parameters
    ----------
    model : NormalReturnModel or mapping of str to NormalReturnModel
        One for every column that explains no other, or one for each asset.
    panel : Prices or Returns
        The prices of a study; columns that are missing count.
    options : Options
        Benchmark.

    Returns
    -------
    dict of str to NormalReturnModel

    Raises
    ------
    UnknownNameError
        When an asset, a factor or the benchmark is no column of the prices.
    InvalidArgumentError
        When there is no asset to study.
    """
    columns = [str(column) for column in panel.frame.columns]
    columns += panel.missing if isinstance(panel, Prices) else []
    if isinstance(model, Mapping) and not isinstance(model.get("name"), str):
        chosen = {asset: as_model(each) for asset, each in model.items()}
    else:
        model = as_model(model)
        used = {*model.factors, options.benchmark}
        chosen = {column: model for column in columns if column not in used}
    there = dict.fromkeys(columns)
    for asset, each in chosen.items():
        for name in (asset, *explaining(each, options)):
            what = "asset" if name == asset else "factor or benchmark"
            refuse_unknown(name, there, f"{what} {name!r} is not a column of the prices")
    if not chosen:
        raise InvalidArgumentError(
            "there is no asset to study: every column of the prices is a factor. "
            "Add the prices of an asset, or pass model={asset: model}."
        )
    return chosen


def without_missing(
    models: dict[str, NormalReturnModel], panel: Prices | Returns, options: Options
) -> tuple[dict[str, NormalReturnModel], dict[str, str]]:
    """Return the models whose prices are all there, and why the other assets are missing.

    Raises
    ------
    PriceError
        When no asset is left.
    """
    lost = panel.missing if isinstance(panel, Prices) else {}
    missing = {asset: lost[asset] for asset in models if asset in lost}
    for asset, model in models.items():
        for name in explaining(model, options):
            if name in lost and asset not in missing:
                missing[asset] = f"its factor or benchmark {name} is missing: {lost[name]}"
    kept = {asset: model for asset, model in models.items() if asset not in missing}
    if not kept:
        reasons = "\n  ".join(f"{asset}: {why}" for asset, why in missing.items())
        raise PriceError(f"no asset is left to study:\n  {reasons}")
    return kept, missing


def asset_returns(
    panel: Prices | Returns,
    asset: str,
    model: NormalReturnModel,
    options: Options,
    made: dict[str, tuple[Dates, Array]] | None = None,
) -> AssetReturns:
    """Return the returns of an asset and its factors over the asset's own sessions.

    Parameters
    ----------
    panel : Prices or Returns
        Prices of the asset, the model's factors and the benchmark.
    asset : str
        Name of the asset.
    model : NormalReturnModel
        Its model.
    options : Options
        Kind of return, longest gap, benchmark.
    made : dict of str to (sessions, returns), optional
        Returns of what the last asset was compared with, for one that has the same sessions.

    Returns
    -------
    AssetReturns
    """
    calendar = Calendar.of(panel, asset, options.calendars)
    sessions = calendar.sessions
    compared = explaining(model, options)
    missing = holes(panel, asset, calendar.exchange, compared, options.max_shift)
    keeps_spans = getattr(model, "keeps_spans", False) and isinstance(panel, Prices)
    lost = np.zeros(len(sessions), dtype=bool) if keeps_spans else after_holes(sessions, missing)

    def returns_of(column: str) -> Array:
        kept = None if made is None else made.get(column)
        if kept is not None and kept[0] is sessions:
            returns = kept[1].copy()
        else:
            returns = returns_at(panel, column, sessions, options.returns, options.max_shift)
            if made is not None and column in compared:
                made[column] = sessions, returns.copy()
        returns[lost] = np.nan
        return returns

    factors = [returns_of(name) for name in model.factors]
    return AssetReturns(
        calendar=calendar,
        returns=returns_of(asset),
        factors=np.stack(factors, axis=1) if factors else np.empty((len(sessions), 0)),
        benchmark=returns_of(options.benchmark) if options.benchmark else None,
        max_gap=options.max_shift,
        span=_span(panel, sessions, model, missing) if keeps_spans else None,
        holes=missing,
    )


def _span(
    panel: Prices | Returns, sessions: Dates, model: NormalReturnModel, missing: Dates
) -> Array:
    """Sessions of the market that each return covers.

    Those of the first factor; without one, those on which the asset has a price, or should.
    """
    if model.factors:
        market = ~np.isnan(panel.values(model.factors[0]))
        covered = np.diff(np.cumsum(market)[panel.rows_of(sessions)]).astype(float)
    else:
        skipped = np.bincount(np.searchsorted(sessions, missing), minlength=len(sessions))
        covered = 1.0 + skipped[1:]
    return np.concatenate([[np.nan], np.where(covered > 0, covered, np.nan)])


class ReturnsByAsset(Mapping[str, AssetReturns]):
    """The returns of each asset of a study, made when they are asked for.

    Those of up to `HELD` assets are made once. Those of thousands would be as large as twice their
    prices, and a study asks for one asset after the other.

    Parameters
    ----------
    panel : Prices or Returns
        All series.
    models : mapping of str to NormalReturnModel
        Model of each asset.
    options : Options
        As for `asset_returns`.
    """

    def __init__(
        self, panel: Prices | Returns, models: Mapping[str, NormalReturnModel], options: Options
    ) -> None:
        self.panel, self.models, self.options = panel, models, options
        self._held: OrderedDict[str, AssetReturns] = OrderedDict()
        self._compared: dict[str, tuple[Dates, Array]] = {}

    def __getitem__(self, asset: str) -> AssetReturns:
        if asset not in self._held:
            model = self.models[asset]
            made = asset_returns(self.panel, asset, model, self.options, self._compared)
            if len(self._held) >= (HELD if len(self) <= HELD else min(LAST, HELD)):
                self._held.popitem(last=False)
            self._held[asset] = made
        return self._held[asset]

    def __iter__(self) -> Iterator[str]:
        return iter(self.models)

    def __len__(self) -> int:
        return len(self.models)

    def __contains__(self, asset: object) -> bool:
        return asset in self.models

    def __getstate__(self) -> dict[str, object]:
        """Return what is pickled: not what can be made again."""
        return {**vars(self), "_held": OrderedDict(), "_compared": {}}

    def calendars(self) -> list[Calendar]:
        """Return the calendar of each asset."""
        if len(self) <= HELD:
            return [self[asset].calendar for asset in self]
        return [Calendar.of(self.panel, asset, self.options.calendars) for asset in self]

    def sizes(self) -> list[int]:
        """Return how many sessions each asset has."""
        sizes = dict(zip(self.panel.assets, self.panel.sizes.tolist(), strict=True))
        return [sizes[asset] for asset in self]


def days_of(data: Mapping[str, AssetReturns]) -> Dates:
    """Return days among which the sessions of all assets are, ascending."""
    if isinstance(data, ReturnsByAsset):
        return data.panel.days
    return np.unique(np.concatenate([returns.calendar.sessions for returns in data.values()]))


def sizes_of(data: Mapping[str, AssetReturns]) -> list[int]:
    """Return how many sessions each asset has; no returns are made for it."""
    if isinstance(data, ReturnsByAsset):
        return data.sizes()
    return [len(returns.returns) for returns in data.values()]
