"""Settings of a study: windows in event time, options, groups of events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from numbers import Integral
from typing import Literal, get_args

from eventstudy.arguments import explained_class, pair, pairs, tolerant_class
from eventstudy.errors import InvalidArgumentError

Window = tuple[int, int]
"""A pair of sessions relative to day 0, both included."""

Kind = Literal["simple", "log"]
Average = Literal["auto", "by-asset", "across-assets"]
Overlap = Literal["auto", "joint", "merge", "shorten", "drop"]
Engine = Literal["auto", "statsmodels", "moments"]
"""Values of `Options.returns`, `average`, `overlap` and `engine`."""

SHORT = 60
"""An estimation window of fewer sessions is used only when `Options.min_estimation` asks for it."""

FEW_SERIES = 6
"""Up to so many series, `plan`, reports and checks reckon with placebo runs on each of them."""

POOLED_FROM = 6
"""From so many series on, averages go across them unless asked otherwise."""

ONE_BY_ONE = 200
"""Up to so many episodes are fitted one by one with statsmodels, unless asked otherwise."""

ENOUGH = 120
"""Estimation returns that are enough, however long the window is."""


def length(window: Window) -> int:
    """Return the number of sessions in a window (both ends are included)."""
    return window[1] - window[0] + 1


@tolerant_class
@dataclass(frozen=True)
class Windows:
    """Windows in event time: sessions relative to day 0, both ends included.

    Parameters
    ----------
    estimation : (int, int)
        Sessions on which normal returns are estimated; ``(-270, -21)`` is 250 sessions.
    event : (int, int)
        Sessions of the abnormal-return path that is computed and drawn.
    car : sequence of (int, int)
        Windows over which abnormal returns are cumulated; each inside `event`.
    primary : (int, int), optional
        The window that leads; one of `car`. Default: (0, 1) when it is among `car`,
        else the first of `car`.

    Raises
    ------
    InvalidArgumentError
        When a window is reversed, the estimation window reaches into the event window, a CAR
        window leaves the event window, or `primary` is not among `car`. Whether the
        estimation window is long enough depends on `Options.min_estimation` and the model:
        `run_study` says so.
    """

    estimation: Window = (-270, -21)
    event: Window = (-5, 5)
    car: tuple[Window, ...] = ((0, 0), (0, 1))
    primary: Window | None = None

    def __post_init__(self) -> None:
        estimation = pair("estimation", self.estimation, "(-270, -21)")
        event = pair("event", self.event, "(-5, 5)")
        car = pairs(self.car)
        if not car:
            raise InvalidArgumentError("car must name at least one window, such as [(0, 1)]")
        usual = (0, 1) if (0, 1) in car else car[0]
        primary = usual if self.primary is None else pair("primary", self.primary, "(0, 1)")
        vars(self).update(estimation=estimation, event=event, car=car, primary=primary)
        _check_windows(estimation, event, car, primary)

    @property
    def lead(self) -> Window:
        """The primary window."""
        assert self.primary is not None
        return self.primary


def _check_windows(
    estimation: Window, event: Window, car: tuple[Window, ...], primary: Window
) -> None:
    if estimation[0] > event[1]:
        days = (-estimation[1], -estimation[0])
        raise InvalidArgumentError(
            f"estimation {estimation} lies after the event: days before day 0 are negative. "
            f"Write {days}."
        )
    if estimation[1] >= event[0]:
        raise InvalidArgumentError(
            f"estimation {estimation} reaches into the event window {event}: returns that may "
            "be abnormal would shape what is normal. End it before the event window."
        )
    if not event[0] <= 0 <= event[1]:
        raise InvalidArgumentError(f"the event window {event} must contain day 0. Widen it.")
    for window in car:
        if window[0] < event[0] or window[1] > event[1]:
            raise InvalidArgumentError(
                f"CAR window {window} reaches beyond the event window {event}. "
                "Widen event or shorten the CAR window."
            )
    if primary not in car:
        raise InvalidArgumentError(
            f"primary {primary} is not among car {list(car)}. Add it to car."
        )


@explained_class
@dataclass(frozen=True)
class Options:
    """Rarer settings of a study.

    Parameters
    ----------
    returns : {"simple", "log"}
        Kind of return computed from prices: fractions P_t/P_{t-1} - 1, or ln P_t - ln P_{t-1}.
    exclude_from_estimation : (int, int) or None
        These days of *other* episodes on the same asset leave an episode's estimation
        window, counted; None keeps them. They begin after the estimation window ends.
    max_shift : int
        Calendar days. Day 0 lies at most this long after the statement, and a longer gap
        between two sessions is a closure, the return across which is never used as daily.
    min_estimation : int, optional
        An observation with fewer estimation returns is left out, or with the market-adjusted
        model measured without standard errors. Default: half of the sessions of the
        estimation window, at most 120 (120 of 250, 60 of 120); windows shorter than 60
        sessions are then refused. A number is obeyed exactly, down to what leaves the model
        one degree of freedom.
    average : {"auto", "by-asset", "across-assets"}
        Whether averages and tests over events keep assets apart. "auto" averages across
        assets when there are more than five (the many-firm study); a few series are kept
        apart, because a currency and an index do not add up. An average that holds the
        episodes of one asset only goes by its name.
    benchmark : str, optional
        Column whose buy-and-hold return is subtracted for BHAR. Default: the normal return
        of the model.
    confidence : float
        Level of intervals and bands, as a fraction.
    inverted : tuple of str
        Assets whose rise means what the fall of the others means (rubles per dollar beside a
        Russian index): their signs are turned where several assets are averaged.
    overlap : {"auto", "joint", "merge", "shorten", "drop"}
        What becomes of episodes of one asset whose windows share days, decided by dates
        alone. "auto" asks in each average and test: where at most one episode in five
        overlaps, those leave it that overlap an earlier one that stays, counted and named
        (they are still measured); else as "joint". "joint" keeps all and averages with joint
        dummies. The others look at primary windows, once for the study: "merge" counts
        a run of them as one episode at its first day 0; "shorten" ends all CAR windows
        before the next episode begins; "drop" leaves out all but the first of a run.
    placebo_since : date or str, optional
        First session that a placebo run may use, estimation window included: the beginning
        of the regime that the events belong to, such as a free float. Default: all.
    calendars : mapping of str to str
        Exchange calendar that the sessions of a series are checked against, a name in
        exchange_calendars such as ``"XMOS"``, ``"TARGET"``, or ``"none"``: nothing is checked,
        no date counts as a missing price, no close is early. Default: that of the exchange
        that closes when the clock of the series strikes.
    engine : {"auto", "statsmodels", "moments"}
        What fits least-squares models: statsmodels one by one ("auto": up to 200 episodes), or
        blocks at once by moments, with a sample compared with statsmodels. The options of
        results hold the one that was used; a report keeps its engine as the study grows.

    Raises
    ------
    InvalidArgumentError
        When a value is outside its range.
    """

    returns: Kind = "simple"
    exclude_from_estimation: Window | None = (0, 1)
    max_shift: int = 5
    min_estimation: int | None = None
    average: Average = "auto"
    benchmark: str | None = None
    confidence: float = 0.95
    inverted: tuple[str, ...] = ()
    overlap: Overlap = "auto"
    placebo_since: dt.date | str | None = None
    calendars: Mapping[str, str] = field(default_factory=dict)
    engine: Engine = "auto"

    def __post_init__(self) -> None:
        given = self.exclude_from_estimation
        excluded = None if given is None else pair("exclude_from_estimation", given, "(0, 1)")
        vars(self).update(exclude_from_estimation=excluded, inverted=tuple(self.inverted))
        named = (("returns", Kind), ("overlap", Overlap), ("average", Average), ("engine", Engine))
        for name, kind in named:
            value = getattr(self, name)
            if not isinstance(value, str) or value not in get_args(kind):
                choices = ", ".join(get_args(kind))
                raise InvalidArgumentError(f"{name} is {value!r}; it must be one of {choices}")
        _check_least(self.min_estimation)
        if self.max_shift < 0:
            raise InvalidArgumentError(f"max_shift is {self.max_shift}; it must not be negative")
        if isinstance(self.placebo_since, str):
            object.__setattr__(self, "placebo_since", _date("placebo_since", self.placebo_since))
        if not 0 < self.confidence < 1:
            raise InvalidArgumentError(
                f"confidence is {self.confidence}; write a fraction such as 0.95"
            )


def _check_least(value: object) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 2:
        raise InvalidArgumentError(
            f"min_estimation is {value!r}; it must be a whole number of returns, and a variance "
            "needs two. Write 2 or more"
        )


def with_engine(options: Options, episodes: int) -> Options:
    """Return options with the engine that fits so many episodes, where it is "auto".

    Parameters
    ----------
    options : Options
        `Options.engine`.
    episodes : int
        Episodes of the study, over all assets.
    """
    if options.engine != "auto":
        return options
    return replace(options, engine="statsmodels" if episodes <= ONE_BY_ONE else "moments")


def least_returns(windows: Windows, options: Options, fewest: int) -> int:
    """Return the least number of estimation returns on which an observation is measured.

    Parameters
    ----------
    windows : Windows
        The estimation window.
    options : Options
        `Options.min_estimation`.
    fewest : int
        What leaves the model one degree of freedom.

    Returns
    -------
    int
        At least 2, for a variance.
    """
    half = min(ENOUGH, -(-length(windows.estimation) // 2))
    asked = half if options.min_estimation is None else options.min_estimation
    return max(asked, fewest, 2)


def _check_excluded(windows: Windows, options: Options) -> None:
    """Refuse to exclude days of an event from its own estimation window."""
    excluded, estimation = options.exclude_from_estimation, windows.estimation
    if excluded is None or excluded[0] > estimation[1] or excluded[1] < estimation[0]:
        return
    first = estimation[1] + 1
    raise InvalidArgumentError(
        f"exclude_from_estimation {excluded} reaches into the estimation window {estimation}: days "
        "of every event would leave its own estimation window, and count as those of other events. "
        f"Begin it at {first} or later, such as ({first}, {max(excluded[1], first)})"
    )


def check_estimation(windows: Windows, options: Options, model: str = "", fewest: int = 0) -> None:
    """Refuse an estimation window that cannot hold as many returns as are asked for.

    Parameters
    ----------
    windows : Windows
        The estimation window.
    options : Options
        `Options.min_estimation`.
    model : str
        The model and its asset, in words.
    fewest : int
        What leaves the model one degree of freedom; 0 = it needs no estimation window.

    Raises
    ------
    InvalidArgumentError
        When the window is shorter than 60 sessions and `min_estimation` is not set, when it
        has fewer sessions than are needed, `min_estimation` is less than the model needs, or
        `exclude_from_estimation` reaches into the window.
    """
    _check_excluded(windows, options)
    sessions, asked = length(windows.estimation), options.min_estimation
    if asked is not None and asked < fewest:
        raise InvalidArgumentError(
            f"min_estimation is {asked}, but {model} needs {fewest} returns for one degree of "
            f"freedom. Write min_estimation = {fewest} or more"
        )
    needed = least_returns(windows, options, fewest)
    if asked is not None and asked > sessions:
        raise InvalidArgumentError(
            f"min_estimation is {asked}, but estimation {windows.estimation} has only {sessions} "
            f"sessions: nothing could be measured. Write min_estimation = {sessions} or less, or "
            "start the estimation window earlier"
        )
    if needed > sessions:
        raise InvalidArgumentError(
            f"estimation {windows.estimation} has {sessions} sessions, but {model or 'a variance'} "
            f"needs {needed} returns for one degree of freedom. Start it earlier"
        )
    if asked is None and sessions < SHORT:
        raise InvalidArgumentError(
            f"estimation {windows.estimation} has {sessions} sessions; fewer than {SHORT} are used "
            f"only when that is asked for. Start it earlier, or write min_estimation = {sessions} "
            "(under [options] of study.toml; Options(min_estimation=...) in Python)"
        )


def _date(name: str, value: str) -> dt.date:
    try:
        return dt.date.fromisoformat(value)
    except ValueError as error:
        message = f"{name} is {value!r}; write a date such as 2014-11-10"
        raise InvalidArgumentError(message) from error


@explained_class
@dataclass(frozen=True)
class Group:
    """Which events belong to a group.

    Parameters
    ----------
    tag : str, optional
        Events that carry this tag.
    without_tag : str, optional
        Events that do not carry this tag.
    where : mapping of str to str
        Columns of the events and the value that each must have.
    """

    tag: str | None = None
    without_tag: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AssetWords:
    """How reports speak of an asset.

    Parameters
    ----------
    label : str
        Its name in words, with the quote direction.
    up, down : str
        What a positive and a negative return mean, such as "the ruble strengthened" and
        "the ruble weakened".
    """

    label: str
    up: str
    down: str


@dataclass(frozen=True)
class StudyTitle:
    """What a study is about, for reports.

    Parameters
    ----------
    title : str
        Title of the study.
    selection : str
        How its events were chosen, and what that means for what can be concluded.
    assets : mapping of str to AssetWords
        How to speak of each asset; the default is the asset's name, "rose" and "fell".
    file : str
        Name of the study file; empty = the study was made in Python, and reports say what to do
        in its terms.
    """

    title: str = "Event study"
    selection: str = ""
    assets: Mapping[str, AssetWords] = field(default_factory=dict)
    file: str = ""

    def asset(self, name: str) -> AssetWords:
        """How to speak of an asset."""
        return self.assets.get(name, AssetWords(name, f"{name} rose", f"{name} fell"))
