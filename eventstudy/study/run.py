"""`run_study`: the order in which the rooms below do their work, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.abnormal.engine import Measurer, measure_all
from eventstudy.arguments import each_of, settings
from eventstudy.design.alignment import Alignments, align_all
from eventstudy.design.asset_returns import asset_returns, models_by_asset, without_missing
from eventstudy.design.estimation_windows import with_estimation_windows
from eventstudy.design.membership import membership
from eventstudy.design.overlap import left_out, merged, shortened
from eventstudy.design.price_findings import compared_with, study_quality
from eventstudy.design.reach import with_ends
from eventstudy.design.windows import Episodes, group_episodes
from eventstudy.errors import EventsError, Problem
from eventstudy.events.assets import check_assets
from eventstudy.events.events import Events
from eventstudy.events.reading import read_events
from eventstudy.inference import SignificanceTest, make_tests
from eventstudy.models import ConstantMean, NormalReturnModel
from eventstudy.prices import Finding, Prices, Returns, as_prices
from eventstudy.prices.quality.findings import in_order
from eventstudy.results import EventStudyResults
from eventstudy.results.findings import short_windows
from eventstudy.settings import (
    POOLED_FROM,
    Group,
    Options,
    Windows,
    check_estimation,
    with_engine,
)

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.design.asset_returns import Models
    from eventstudy.design.day0 import Days0
    from eventstudy.design.windows import AssetReturns


def run_study(
    events: Events | pd.DataFrame,
    prices: Prices | Returns | pd.DataFrame,
    *,
    model: Models | None = None,
    windows: Windows | Mapping[str, object] | None = None,
    tests: str | SignificanceTest | Sequence[str | SignificanceTest] | None = None,
    options: Options | Mapping[str, object] | None = None,
    groups: Mapping[str, Group | Mapping[str, object]] | None = None,
) -> EventStudyResults:
    """Measure and test the abnormal returns of assets around events.

    Parameters
    ----------
    events : Events or DataFrame
        What `read_events` returns, or a frame that it accepts.
    prices : Prices, Returns or DataFrame
        Prices (sessions x assets), or returns as they are. A column that is a factor of a
        model is not itself an asset of the study.
    model : NormalReturnModel, str or mapping, optional
        One model for all assets, or one for each asset to be studied: an object, a name, or a
        mapping such as ``{"name": "market-model", "factors": ["MKT"]}``. Default: constant mean.
    windows : Windows or mapping, optional
        Windows in event time.
    tests : str, SignificanceTest or sequence of them, optional
        Names in ``eventstudy.TESTS`` or test objects; None = the valid ones for the
        situation of each level and window, see `EventStudyResults.situations`.
    options : Options or mapping, optional
        Rarer settings.
    groups : mapping of str to Group or mapping, optional
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
    windows, options = settings("windows", windows, Windows), settings("options", options, Options)
    panel, models, missing = _prepared(events, prices, model or ConstantMean(), windows, options)
    data = {asset: asset_returns(panel, asset, models[asset], options) for asset in models}
    days0 = align_all(events, [series.calendar for series in data.values()], options.max_shift)
    grouped = _episodes(days0, windows, options)
    grouped = with_estimation_windows(events, grouped, data, models, windows, options)
    options = with_engine(options, _count(grouped))
    if options.overlap == "shorten":
        windows = shortened(windows, {name: group.positions for name, group in grouped.items()})
    measurers = {
        asset: Measurer(returns, models[asset], windows, options) for asset, returns in data.items()
    }
    abnormal, disagreements = measure_all(measurers, grouped)
    if options.overlap == "drop":
        abnormal = _without_followers(abnormal, data, grouped, windows)
    members, episode_of = membership({name: each.members for name, each in grouped.items()})
    return EventStudyResults(
        events=events,
        prices=panel,
        models=models,
        windows=windows,
        options=options,
        groups=each_of("groups", groups, Group),
        significance_tests=None if tests is None else make_tests(tests),
        alignments=Alignments(events, days0),
        data=data,
        members=members,
        episode_of=episode_of,
        abnormal=abnormal,
        pooled=_pooled(len(data), options),
        missing=missing,
        disagreements=disagreements,
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


def _prepared(
    events: Events,
    prices: Prices | Returns | pd.DataFrame,
    model: Models,
    windows: Windows,
    options: Options,
) -> tuple[Prices | Returns, dict[str, NormalReturnModel], dict[str, str]]:
    """Return checked prices, the models of the assets they hold, and why others are missing."""
    check_any(events)
    panel = as_prices(prices)
    models = models_by_asset(model, panel, options)
    for asset, each in models.items():
        check_estimation(windows, options, f"the {each.name} of {asset}", each.fewest)
    problems = [p for p in check_assets(events, list(models)) if p.field == "assets"]
    if problems:
        raise EventsError(problems)
    models, missing = without_missing(models, panel, options)
    if isinstance(panel, Prices):
        panel = with_ends(events, panel, models, windows, options)
    return panel, models, missing


def _episodes(
    days0: Mapping[str, Days0], windows: Windows, options: Options
) -> dict[str, Episodes]:
    """Group the events of each asset that share a session, and merge runs if asked to."""
    grouped = {asset: group_episodes(days) for asset, days in days0.items()}
    if options.overlap == "merge":
        return {asset: merged(episodes, windows.lead) for asset, episodes in grouped.items()}
    return grouped


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
    windows, options = windows or Windows(), options or Options()
    panel, models, _ = _prepared(events, prices, model or ConstantMean(), windows, options)
    data = {asset: asset_returns(panel, asset, models[asset], options) for asset in models}
    factors = compared_with(models, options)
    days0 = align_all(events, [series.calendar for series in data.values()], options.max_shift)
    findings = study_quality(panel, data, factors, days0, windows, options)
    return in_order([*findings, *short_windows(models, windows)], panel.assets)


def _count(grouped: Mapping[str, Episodes]) -> int:
    """Return the number of episodes, over all assets."""
    return sum(len(episodes.positions) for episodes in grouped.values())


def count_episodes(
    events: Events,
    prices: Prices | Returns,
    models: Mapping[str, NormalReturnModel],
    windows: Windows,
    options: Options,
) -> int:
    """Return how many episodes a study has; nothing is measured.

    Parameters
    ----------
    events, prices, models, windows, options
        As for `run_study`.
    """
    panel, models, _ = _prepared(events, prices, models, windows, options)
    data = {asset: asset_returns(panel, asset, models[asset], options) for asset in models}
    days0 = align_all(events, [returns.calendar for returns in data.values()], options.max_shift)
    return _count(_episodes(days0, windows, options))


def _without_followers(
    abnormal: AbnormalReturns,
    data: Mapping[str, AssetReturns],
    grouped: Mapping[str, Episodes],
    windows: Windows,
) -> AbnormalReturns:
    """Leave out the episodes that overlap an earlier one, and say so."""
    refused = [
        why
        for asset, episodes in grouped.items()
        for why in left_out(episodes, windows.lead, data[asset].calendar.sessions)
    ]
    reasons = [why or other for why, other in zip(abnormal.reasons, refused, strict=True)]
    return abnormal.with_reasons(np.array(reasons, dtype=object))


def _pooled(assets: int, options: Options) -> bool:
    """Whether averages go across assets; see `Options.average`."""
    if options.average != "auto":
        return options.average == "across-assets"
    return assets >= POOLED_FROM
