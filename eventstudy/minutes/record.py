"""The record of statements measured in minutes: what every table is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eventstudy.arguments import told_class
from eventstudy.errors import UnknownNameError, refuse_unknown
from eventstudy.minutes.paths import Path, path_of

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.bars.series import Bars
    from eventstudy.events.events import Events
    from eventstudy.minutes.gaps import Gap
    from eventstudy.minutes.lookup import Lookup
    from eventstudy.minutes.residuals import Residual
    from eventstudy.minutes.settings import MinuteOptions, MinuteWindows, Span
    from eventstudy.minutes.statements import Statement
    from eventstudy.minutes.windows import Window
    from eventstudy.settings import Group


@dataclass(frozen=True, eq=False)
class MeasuredAsset:
    """All statements on one asset, measured.

    Parameters
    ----------
    asset : str
        The asset.
    lookup : Lookup
        Its bars.
    statements : mapping of str to Statement
        When each event may have been made.
    windows : tuple of Window
        Windows of statements with a known minute or two bounds, and those measured by the day.
    gaps : tuple of Gap
        Statements of the night, of breaks, and those known from above alone.
    residuals : mapping of (str, (int, int)) to Residual
        Moves less the factor's, by event and window.
    """

    asset: str
    lookup: Lookup
    statements: Mapping[str, Statement]
    windows: tuple[Window, ...]
    gaps: tuple[Gap, ...]
    residuals: Mapping[tuple[str, Span], Residual]


@told_class
@dataclass(frozen=True, eq=False, repr=False)
class MinuteRecord:
    """Statements measured in minutes. Its fields are those of `MinuteResults`.

    Parameters
    ----------
    events : Events
        What was said.
    bars : Bars
        What was traded.
    windows : MinuteWindows
        Windows in minutes.
    options : MinuteOptions
        Ordinary days, and rarer settings.
    groups : mapping of str to Group
        Groups of events.
    measured : mapping of str to MeasuredAsset
        What was measured on each asset.
    closes : mapping of str to Series
        Daily closes of assets, by date, that days in minutes add up to.
    labels : mapping of str to str
        What assets and series are called in sentences; their names where there is none.
    """

    events: Events
    bars: Bars
    windows: MinuteWindows
    options: MinuteOptions
    groups: Mapping[str, Group]
    measured: Mapping[str, MeasuredAsset]
    closes: Mapping[str, pd.Series[float]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    _paths: dict[tuple[str, str], Path] = field(default_factory=dict)

    def called(self, name: str) -> str:
        """Return what a series is called: its label up to the first comma, else its name."""
        return self.labels.get(name, name).split(",")[0]

    @property
    def assets(self) -> list[str]:
        """Names of the assets with bars."""
        return list(self.measured)

    def path_record(self, event_id: str, asset: str) -> Path:
        """Return a path as arrays, made once; raises as `path` does."""
        key = event_id, asset
        if key not in self._paths:
            window = self.window(event_id, asset)
            measured = self.measured[asset]
            statement = measured.statements[event_id]
            self._paths[key] = path_of(measured.lookup, statement, window, self.options)
        return self._paths[key]

    def measured_on(self, asset: str) -> MeasuredAsset:
        """Return all statements on an asset, measured.

        Raises
        ------
        UnknownNameError
            When it has no bars, or none that were observed.
        """
        if asset in self.bars.series and asset not in self.measured:
            raise UnknownNameError(
                f"{asset} is {self.bars[asset].standing.kind}, not observed: it is for claims. "
                f"Name one of {', '.join(self.assets)}"
            )
        refuse_unknown(asset, self.measured, f"no bars of {asset!r}")
        return self.measured[asset]

    def concerned_by(self, event_id: str, asset: str) -> MeasuredAsset:
        """Return all statements on an asset; raise when an event is not among them."""
        measured = self.measured_on(asset)
        self.events.place(event_id)
        if event_id not in measured.statements:
            raise UnknownNameError(
                f"{event_id} does not concern {asset}: its cell assets says which"
            )
        return measured

    def window(self, event_id: str, asset: str, span: Span | None = None) -> Window:
        """Return a measured window.

        Parameters
        ----------
        event_id, asset : str
            The observation.
        span : (int, int), optional
            Minutes before and after. Default: the primary one.

        Raises
        ------
        UnknownNameError
            When there is none; the reason is named.
        """
        self.measured_on(asset)
        self.events.place(event_id)
        wanted = self.windows.lead if span is None else tuple(span)
        for window in self.measured[asset].windows:
            if window.event_id == event_id and window.span == wanted:
                if not window.reason:
                    return window
                raise UnknownNameError(f"{event_id} on {asset} was left out: {window.reason}")
        raise UnknownNameError(f"{event_id} on {asset} has no window of {wanted} minutes")

    def gap(self, event_id: str, asset: str) -> Gap | None:
        """Return the move across a night or a break that belongs to a statement; None = none.

        Raises
        ------
        UnknownNameError
            When there is no such event or asset.
        """
        gaps = self.measured_on(asset).gaps
        self.events.place(event_id)
        return next((gap for gap in gaps if gap.event_id == event_id), None)
