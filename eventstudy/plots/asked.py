"""What is asked of a figure: names that are there, windows that were measured, dates if drawn."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from eventstudy.arguments import explained, known
from eventstudy.errors import InvalidArgumentError
from eventstudy.results.levels import ALL_ASSETS

P = ParamSpec("P")
T = TypeVar("T")

OF_DATES = frozenset({"around", "car_path", "event", "forest", "heatmap", "named_price"}) | {
    *("ordinary", "price", "residuals", "scatter")
}
"""Figures that show dates, or match series by date."""
OF_LEVELS = frozenset({"caar", "groups", "mean_path"})
"""Figures of averages, which may go across assets."""
OF_MINUTES = "minutes_"
"""Figures whose names begin so look up what they are asked for themselves: bars have assets of
their own, and results in minutes need no study."""


def asked(function: Callable[P, T]) -> Callable[P, T]:
    """Return a figure's function that says what to write when it is called with other arguments.

    Parameters
    ----------
    function : callable
        From results, or what an analysis returned, to a figure.

    Raises
    ------
    InvalidArgumentError
        For arguments that do not exist or are of another kind, a window outside of the event
        window, and a figure of dates in event time.
    UnknownNameError
        For events, assets and groups that do not exist.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        _check(function.__name__, signature.bind(*args, **kwargs).arguments)
        return function(*args, **kwargs)

    return explained(call)


def _check(figure: str, given: dict[str, Any]) -> None:
    """Refuse names that are not there; what has no results is drawn as it is."""
    if not isinstance(theme := given.get("theme", "light"), str):
        raise InvalidArgumentError(f"{figure}: theme is {theme!r}; write 'light' or 'dark'")
    results = given.get("results")
    if results is None or figure.startswith(OF_MINUTES):
        return
    if figure in OF_DATES:
        results.needs_dates(f"plots.{figure}")
    for name in ("asset", "asset_x", "asset_y"):
        if given.get(name) is not None:
            several = {ALL_ASSETS: None} if figure in OF_LEVELS else {}
            known("asset", given[name], {**dict.fromkeys(results.assets), **several})
    if "event_id" in given:
        results.events.place(given["event_id"])
    if "group" in given and hasattr(results, "group_members"):
        known("group", given["group"], results.group_members)
    if (named := given.get("named")) is not None:
        lacking = {"session", "name", "stands_out"} - set(getattr(named, "columns", ()))
        if lacking:
            raise InvalidArgumentError(
                f"{figure}: named lacks the columns {', '.join(sorted(lacking))}; write a "
                "DataFrame with session, name, stands_out"
            )
    if given.get("window") is not None and hasattr(results, "check_window"):
        results.check_window(tuple(given["window"]))
