"""`run_study`, in memory or part by part, and what can be said before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, overload

from eventstudy.arguments import each_of, path_of, settings
from eventstudy.design.alignment import align_all
from eventstudy.design.asset_returns import ReturnsByAsset
from eventstudy.design.price_findings import compared_with, study_quality
from eventstudy.errors import InvalidArgumentError
from eventstudy.events.events import Events
from eventstudy.events.reading import read_events
from eventstudy.inference import SignificanceTest, make_tests
from eventstudy.models import ConstantMean, NormalReturnModel
from eventstudy.prices import Finding, Prices, Returns, as_prices
from eventstudy.prices.quality.findings import in_order
from eventstudy.results import EventStudyResults
from eventstudy.results.findings import short_windows
from eventstudy.settings import Group, Options, Windows
from eventstudy.study.measure import Design, count_of, episodes_of, measured_study, prepared

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd

    from eventstudy.design.asset_returns import Models
    from eventstudy.parts.price_store import StoredPrices
    from eventstudy.parts.stored_results import StoredResults


@overload
def run_study(
    events: Events | pd.DataFrame | str | Path,
    prices: Prices | Returns | pd.DataFrame,
    *,
    model: Models | None = ...,
    windows: Windows | Mapping[str, object] | None = ...,
    tests: str | SignificanceTest | Sequence[str | SignificanceTest] | None = ...,
    options: Options | Mapping[str, object] | None = ...,
    groups: Mapping[str, Group | Mapping[str, object]] | None = ...,
    out: None = ...,
    executor: Executor | None = ...,
) -> EventStudyResults: ...
@overload
def run_study(
    events: Events | pd.DataFrame | str | Path,
    prices: StoredPrices | str | Path,
    *,
    model: Models | None = ...,
    windows: Windows | Mapping[str, object] | None = ...,
    tests: str | SignificanceTest | Sequence[str | SignificanceTest] | None = ...,
    options: Options | Mapping[str, object] | None = ...,
    groups: Mapping[str, Group | Mapping[str, object]] | None = ...,
    out: str | Path,
    executor: Executor | None = ...,
) -> StoredResults: ...
def run_study(
    events: Events | pd.DataFrame | str | Path,
    prices: Prices | Returns | pd.DataFrame | StoredPrices | str | Path,
    *,
    model: Models | None = None,
    windows: Windows | Mapping[str, object] | None = None,
    tests: str | SignificanceTest | Sequence[str | SignificanceTest] | None = None,
    options: Options | Mapping[str, object] | None = None,
    groups: Mapping[str, Group | Mapping[str, object]] | None = None,
    out: str | Path | None = None,
    executor: Executor | None = None,
) -> EventStudyResults | StoredResults:
    """Measure and test the abnormal returns of assets around events.

    Parameters
    ----------
    events : Events, DataFrame or path
        What `read_events` returns, or a frame or file that it accepts; Parquet too.
    prices : Prices, Returns, DataFrame or StoredPrices
        Prices (sessions x assets), or returns as they are; or what `store_prices` returned, or
        its folder. A column that is a factor of a
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

    out : str or Path, optional
        Folder for a study that does not fit into memory, of stored prices: they are measured and
        written part by part, and a run that was cut off goes on from the parts that are whole.
    executor : concurrent.futures.Executor, optional
        What measures the parts; in memory, what fits models that are fitted one by one (GARCH,
        robust, Scholes-Williams). Processes gain, threads do not. The numbers are the same, bit
        by bit, with any executor and any number of workers.

    Returns
    -------
    EventStudyResults
        With `out`, `StoredResults`: what `open_results` returns.

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
    events = events if isinstance(events, Events) else _read(events)
    windows, options = settings("windows", windows, Windows), settings("options", options, Options)
    chosen = None if tests is None else make_tests(tests)
    named = each_of("groups", groups, Group)
    model = ConstantMean() if model is None else model
    stored = _stored(prices, out)
    if stored is not None:
        from eventstudy.parts.asked import Asked
        from eventstudy.study.in_parts import run_in_parts

        asked = Asked(model, windows, options, named, chosen)
        return run_in_parts(events, stored, asked, path_of("out", out), executor)
    panel, models, missing = prepared(events, as_prices(prices), model, windows, options)
    design = Design(windows, options, named, chosen)
    return measured_study(events, panel, models, design, missing=missing, executor=executor)


def _read(events: pd.DataFrame | str | Path) -> Events:
    """Read events from a frame, a CSV file or a Parquet file."""
    if isinstance(events, str | Path) and Path(events).suffix.lower() in (".parquet", ".pq"):
        from eventstudy.parts.folders import need_pyarrow

        need_pyarrow()
        import pandas

        return read_events(pandas.read_parquet(events))
    return read_events(events)


def _stored(prices: object, out: str | Path | None) -> StoredPrices | None:
    """Return stored prices where a study is measured in parts; None where it is in memory."""
    from eventstudy.parts.price_store import StoredPrices

    if not isinstance(prices, StoredPrices | str | Path):
        if out is not None:
            raise InvalidArgumentError(
                "out is for prices that are stored by asset. Write "
                "prices=es.store_prices(frame or files, folder), or leave out the argument out"
            )
        return None
    stored = prices if isinstance(prices, StoredPrices) else StoredPrices.open(prices)
    if out is None:
        raise InvalidArgumentError(
            'prices are stored in parts: name a folder for what is measured, such as out="study". '
            "In memory some assets are measured with prices=stored.read([...])"
        )
    return stored


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
    panel, models, _ = prepared(
        events, as_prices(prices), model or ConstantMean(), windows, options
    )
    data = ReturnsByAsset(panel, models, options)
    factors = compared_with(models, options)
    days0 = align_all(events, data.calendars(), options.max_shift)
    findings = study_quality(panel, data, factors, days0, windows, options)
    return in_order([*findings, *short_windows(models, windows)], panel.assets)


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
    panel, models, _ = prepared(events, prices, models, windows, options)
    calendars = ReturnsByAsset(panel, models, options).calendars()
    days0 = align_all(events, calendars, options.max_shift)
    return count_of(episodes_of(days0, windows, options))
