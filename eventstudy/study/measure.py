"""A study in memory: the order in which the rooms below do their work, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.abnormal.engine import Measurers, measure_all
from eventstudy.design.alignment import Alignments, align_all
from eventstudy.design.asset_returns import ReturnsByAsset, models_by_asset, without_missing
from eventstudy.design.day0 import Days0
from eventstudy.design.estimation_windows import with_estimation_windows
from eventstudy.design.membership import membership
from eventstudy.design.overlap import left_out, merged, shortened
from eventstudy.design.reach import with_ends
from eventstudy.design.windows import AssetReturns, Episodes, group_episodes
from eventstudy.errors import EventsError
from eventstudy.events.assets import check_assets
from eventstudy.events.events import Events
from eventstudy.inference import SignificanceTest
from eventstudy.models import NormalReturnModel
from eventstudy.prices import Prices, Returns
from eventstudy.results import EventStudyResults
from eventstudy.settings import POOLED_FROM, Group, Options, Windows, check_estimation, with_engine

if TYPE_CHECKING:
    from eventstudy.design.asset_returns import Models


@dataclass(frozen=True)
class Design:
    """What a study asks, beside its events, prices and models.

    Parameters
    ----------
    windows : Windows
        Windows in event time.
    options : Options
        Rarer settings.
    groups : mapping of str to Group
        Groups of events.
    tests : tuple of SignificanceTest, or None
        Tests of the user's choice.
    """

    windows: Windows
    options: Options
    groups: Mapping[str, Group] = field(default_factory=dict)
    tests: tuple[SignificanceTest, ...] | None = None


def measured_study(
    events: Events,
    panel: Prices | Returns,
    models: Mapping[str, NormalReturnModel],
    design: Design,
    *,
    missing: Mapping[str, str] | None = None,
    executor: Executor | None = None,
    checked: bool = True,
) -> EventStudyResults:
    """Measure the abnormal returns of some assets around events.

    Parameters
    ----------
    events : Events
        What was said.
    panel : Prices or Returns
        Prices of the assets and of what explains them.
    models : mapping of str to NormalReturnModel
        Model of each asset.
    design : Design
        What is asked.
    missing : mapping of str to str, optional
        Assets without prices, and why.
    executor : Executor, optional
        What fits models that are fitted one by one.
    checked : bool
        Whether a sample is fitted with statsmodels too, where moments are the engine.
    """
    windows, options = design.windows, design.options
    data = ReturnsByAsset(panel, models, options)
    days0 = align_all(events, data.calendars(), options.max_shift)
    grouped = episodes_of(days0, windows, options)
    grouped = with_estimation_windows(events, grouped, data, models, windows, options)
    options = with_engine(options, count_of(grouped))
    if options.overlap == "shorten":
        windows = shortened(windows, {name: group.positions for name, group in grouped.items()})
    measurers = Measurers(data, models, windows, options)
    abnormal, disagreements = measure_all(measurers, grouped, executor, checked=checked)
    if options.overlap == "drop":
        abnormal = _without_followers(abnormal, data, grouped, windows)
    members, episode_of = membership({name: each.members for name, each in grouped.items()})
    return EventStudyResults(
        events=events,
        prices=panel,
        models=models,
        windows=windows,
        options=options,
        groups=design.groups,
        significance_tests=design.tests,
        alignments=Alignments(events, days0),
        data=data,
        members=members,
        episode_of=episode_of,
        abnormal=abnormal,
        pooled=pooled(len(data), options),
        missing=missing or {},
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
        raise EventsError.of(events.source, "holds no event yet", cure)


def checked_models(
    events: Events, panel: Prices | Returns, model: Models, windows: Windows, options: Options
) -> dict[str, NormalReturnModel]:
    """Return the model of each asset; refuse windows and events that do not fit them.

    Raises
    ------
    EventsError
        When there is no event, or one names an unknown asset.
    InvalidArgumentError
        When the estimation window is too short for a model.
    """
    check_any(events)
    models = models_by_asset(model, panel, options)
    for asset, each in models.items():
        check_estimation(windows, options, f"the {each.name} of {asset}", each.fewest)
    problems = [p for p in check_assets(events, list(models)) if p.field == "assets"]
    if problems:
        raise EventsError(problems)
    return models


def prepared(
    events: Events, panel: Prices | Returns, model: Models, windows: Windows, options: Options
) -> tuple[Prices | Returns, dict[str, NormalReturnModel], dict[str, str]]:
    """Return checked prices, the models of the assets they hold, and why others are missing."""
    models = checked_models(events, panel, model, windows, options)
    models, missing = without_missing(models, panel, options)
    if isinstance(panel, Prices):
        panel = with_ends(events, panel, models, windows, options)
    return panel, models, missing


def episodes_of(
    days0: Mapping[str, Days0], windows: Windows, options: Options
) -> dict[str, Episodes]:
    """Group the events of each asset that share a session, and merge runs if asked to."""
    grouped = group_episodes(days0)
    if options.overlap == "merge":
        return {asset: merged(episodes, windows.lead) for asset, episodes in grouped.items()}
    return grouped


def count_of(grouped: Mapping[str, Episodes]) -> int:
    """Return the number of episodes, over all assets."""
    return sum(len(episodes.positions) for episodes in grouped.values())


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


def pooled(assets: int, options: Options) -> bool:
    """Whether averages go across so many assets; see `Options.average`."""
    if options.average != "auto":
        return options.average == "across-assets"
    return assets >= POOLED_FROM
