"""`run_study`, the only orchestrator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.abnormal.abnormal_returns import measure, stack
from eventstudy.design.alignment import align_all, alignments
from eventstudy.design.overlap import merged, objections, shortened
from eventstudy.design.price_findings import compared_with, study_quality
from eventstudy.design.reach import with_ends
from eventstudy.design.sessions import Calendar
from eventstudy.design.windows import AssetReturns, Episodes, cut, group_episodes
from eventstudy.errors import (
    EventsError,
    InvalidArgumentError,
    PriceError,
    Problem,
    UnknownNameError,
    nearest,
)
from eventstudy.events.events import Events, check_assets, read_events
from eventstudy.inference import SignificanceTest, make_tests
from eventstudy.models import ConstantMean, NormalReturnModel
from eventstudy.models.solvers import statsmodels_solver
from eventstudy.prices import Finding, Prices, Returns, as_prices
from eventstudy.prices.quality.findings import in_order
from eventstudy.prices.quality.holes import after_holes, holes, returns_at
from eventstudy.results import EventStudyResults
from eventstudy.results.findings import short_windows
from eventstudy.settings import POOLED_FROM, Group, Options, Windows, check_estimation

if TYPE_CHECKING:
    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array, Dates
    from eventstudy.design.day0 import Days0

    Models = NormalReturnModel | Mapping[str, NormalReturnModel]


def run_study(
    events: Events | pd.DataFrame,
    prices: Prices | Returns | pd.DataFrame,
    *,
    model: Models | None = None,
    windows: Windows | None = None,
    tests: Sequence[str | SignificanceTest] | None = None,
    options: Options | None = None,
    groups: Mapping[str, Group] | None = None,
) -> EventStudyResults:
    """Measure and test the abnormal returns of assets around events.

    Parameters
    ----------
    events : Events or DataFrame
        What `read_events` returns, or a frame that it accepts.
    prices : Prices, Returns or DataFrame
        Prices (sessions x assets), or returns as they are. A column that is a factor of a
        model is not itself an asset of the study.
    model : NormalReturnModel or mapping of str to NormalReturnModel, optional
        One model for all assets, or one for each asset to be studied. Default: constant mean.
    windows : Windows, optional
        Windows in event time.
    tests : sequence of str or SignificanceTest, optional
        Names in ``eventstudy.TESTS`` or test objects; None = the valid ones for the
        situation of each level and window, see `EventStudyResults.situations`.
    options : Options, optional
        Rarer settings.
    groups : mapping of str to Group, optional
        Groups of events that are averaged and tested apart; the first is the headline.

    Returns
    -------
    EventStudyResults

    Raises
    ------
    EventsError
        When there is no event, or the events are not valid or name unknown assets.
    UnknownNameError
        When a model names an unknown factor, or a mapping an unknown asset.
    InvalidArgumentError
        When there is no asset to study, or the estimation window is shorter than a model or
        `Options.min_estimation` needs.
    PriceError
        When the prices of every asset, or of a factor of every asset, are missing.
    """
    events = events if isinstance(events, Events) else read_events(events)
    check_any(events)
    panel = as_prices(prices)
    windows, options = windows or Windows(), options or Options()
    models = _models_by_asset(model or ConstantMean(), panel, options)
    _check_models(models, windows, options)
    problems = [p for p in check_assets(events, list(models)) if p.field == "assets"]
    if problems:
        raise EventsError(problems)
    models, missing = without_missing(models, panel, options)
    if isinstance(panel, Prices):
        panel = with_ends(events, panel, models, windows, options)
    data = {asset: asset_returns(panel, asset, models[asset], options) for asset in models}
    days0 = align_all(events.records, [own.calendar for own in data.values()], options.max_shift)
    grouped = _episodes(days0, windows, options)
    if options.overlap == "shorten":
        windows = shortened(windows, {name: own.positions for name, own in grouped.items()})
    parts, members, episode_of = _measure_all(data, grouped, models, windows, options)
    return EventStudyResults(
        events=events,
        prices=panel,
        models=models,
        windows=windows,
        options=options,
        groups=groups or {},
        significance_tests=None if tests is None else make_tests(tests),
        alignments=alignments(events.records, days0),
        data=data,
        members=members,
        episode_of=episode_of,
        abnormal=stack(parts),
        pooled=_pooled(len(data), options),
        missing=missing,
    )


def check_any(events: Events) -> None:
    """Refuse a study without events.

    Raises
    ------
    EventsError
        When there is none.
    """
    if not len(events):
        cure = "Add one with `eventstudy add`."
        raise EventsError([Problem(events.source, None, "", "", "holds no event yet", cure)])


def _check_models(
    models: Mapping[str, NormalReturnModel], windows: Windows, options: Options
) -> None:
    """Refuse an estimation window that is too short for a model or for what was asked."""
    for asset, model in models.items():
        check_estimation(windows, options, f"the {model.name} of {asset}", model.fewest)


def _episodes(
    days0: Mapping[str, Days0], windows: Windows, options: Options
) -> dict[str, Episodes]:
    """Group the events of each asset that share a session, and merge runs if asked to."""
    grouped = {asset: group_episodes(own) for asset, own in days0.items()}
    if options.overlap == "merge":
        return {asset: merged(own, windows.lead) for asset, own in grouped.items()}
    return grouped


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
        for name in (*model.factors, *([options.benchmark] if options.benchmark else [])):
            if name in lost and asset not in missing:
                missing[asset] = f"its factor or benchmark {name} is missing: {lost[name]}"
    kept = {asset: model for asset, model in models.items() if asset not in missing}
    if not kept:
        reasons = "\n  ".join(f"{asset}: {why}" for asset, why in missing.items())
        raise PriceError(f"no asset is left to study:\n  {reasons}")
    return kept, missing


def check_prices(
    events: Events,
    prices: Prices | Returns | pd.DataFrame,
    *,
    model: Models | None = None,
    windows: Windows | None = None,
    options: Options | None = None,
) -> tuple[Finding, ...]:
    """Return what a reader of a study must know about its prices; nothing is measured.

    The same as ``run_study(...).quality``, in a fraction of its time.

    Parameters
    ----------
    events : Events
        What `read_events` returns.
    prices : Prices, Returns or DataFrame
        Prices (sessions x assets), or returns as they are.
    model : NormalReturnModel or mapping of str to NormalReturnModel, optional
        As for `run_study`.
    windows : Windows, optional
        Windows in event time.
    options : Options, optional
        Rarer settings.

    Returns
    -------
    tuple of Finding
        The worst first.
    """
    check_any(events)
    panel, windows, options = as_prices(prices), windows or Windows(), options or Options()
    models = _models_by_asset(model or ConstantMean(), panel, options)
    _check_models(models, windows, options)
    models, _ = without_missing(models, panel, options)
    if isinstance(panel, Prices):
        panel = with_ends(events, panel, models, windows, options)
    data = {asset: asset_returns(panel, asset, models[asset], options) for asset in models}
    factors = compared_with(models, options)
    days0 = align_all(events.records, [own.calendar for own in data.values()], options.max_shift)
    found = study_quality(panel, data, factors, days0, windows, options)
    return in_order([*found, *short_windows(models, windows)], panel.assets)


def _measure_all(
    data: Mapping[str, AssetReturns],
    grouped: Mapping[str, Episodes],
    models: Mapping[str, NormalReturnModel],
    windows: Windows,
    options: Options,
) -> tuple[list[AbnormalReturns], tuple[tuple[int, ...], ...], dict[tuple[int, str], int]]:
    """Measure the episodes of every asset; say which events each row stands for."""
    parts: list[AbnormalReturns] = []
    members: list[tuple[int, ...]] = []
    episode_of: dict[tuple[int, str], int] = {}
    for asset, returns in data.items():
        episodes = grouped[asset]
        for own in episodes.members:
            episode_of |= {(event, asset): len(members) for event in own}
            members.append(own)
        pieces = cut(returns, episodes.positions, windows, options)
        model = models[asset]
        part = measure(episodes, pieces, model, windows, options, statsmodels_solver)
        if options.overlap == "drop":
            refused = objections(episodes, windows.lead, returns.calendar.sessions)
            both = [own or why for own, why in zip(part.reasons, refused, strict=True)]
            part = replace(part, reasons=np.array(both, dtype=object))
        parts.append(part)
    place = {asset: index for index, asset in enumerate(data)}
    ordered = sorted(episode_of, key=lambda key: (key[0], place[key[1]]))
    return parts, tuple(members), {key: episode_of[key] for key in ordered}


def _models_by_asset(
    model: Models, panel: Prices | Returns, options: Options
) -> dict[str, NormalReturnModel]:
    columns = [str(column) for column in panel.frame.columns]
    columns += panel.missing if isinstance(panel, Prices) else []
    if isinstance(model, Mapping):
        chosen = dict(model)
    else:
        used = {*model.factors, options.benchmark}
        chosen = {column: model for column in columns if column not in used}
    for asset, own in chosen.items():
        for name in (asset, *own.factors, *([options.benchmark] if options.benchmark else [])):
            if name not in columns:
                what = "asset" if name == asset else "factor or benchmark"
                raise UnknownNameError(
                    f"{what} {name!r} is not a column of the prices. {nearest(name, columns)}"
                )
    if not chosen:
        raise InvalidArgumentError(
            "there is no asset to study: every column of the prices is a factor. "
            "Add the prices of an asset, or pass model={asset: model}."
        )
    return chosen


def asset_returns(
    panel: Prices | Returns, asset: str, model: NormalReturnModel, options: Options
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

    Returns
    -------
    AssetReturns
    """
    calendar = Calendar.of(panel, asset, options.calendars)
    sessions = calendar.sessions
    compared = (*model.factors, *((options.benchmark,) if options.benchmark else ()))
    missing = holes(panel, asset, calendar.exchange, compared, options.max_shift)
    keeps_spans = isinstance(panel, Prices) and getattr(model, "keeps_spans", False)
    lost = np.zeros(len(sessions), dtype=bool) if keeps_spans else after_holes(sessions, missing)

    def returns_of(column: str) -> Array:
        returns = returns_at(panel, column, sessions, options.returns, options.max_shift)
        returns[lost] = np.nan
        return returns

    factors = [returns_of(name) for name in model.factors]
    return AssetReturns(
        calendar=calendar,
        returns=returns_of(asset),
        factors=np.stack(factors, axis=1) if factors else np.empty((len(sessions), 0)),
        benchmark=returns_of(options.benchmark) if options.benchmark else None,
        max_gap=options.max_shift,
        span=_span(panel, sessions, model, missing) if isinstance(panel, Prices) else None,
        holes=missing,
    )


def _span(panel: Prices, sessions: Dates, model: NormalReturnModel, missing: Dates) -> Array:
    """Sessions of the market that each return covers.

    Those of the first factor; without one, those on which the asset has a price, or should.
    """
    if model.factors:
        market = panel.series(model.factors[0]).index.to_numpy().astype("datetime64[D]")
        covered = np.diff(np.searchsorted(market, sessions, side="right")).astype(float)
    else:
        skipped = np.bincount(np.searchsorted(sessions, missing), minlength=len(sessions))
        covered = 1.0 + skipped[1:]
    return np.concatenate([[np.nan], np.where(covered > 0, covered, np.nan)])


def _pooled(assets: int, options: Options) -> bool:
    """Whether averages go across assets; see `Options.average`."""
    if options.average != "auto":
        return options.average == "across-assets"
    return assets >= POOLED_FROM
