"""What was understood of the files of a study, and what follows from it on event days."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.design.alignment import align_all
from eventstudy.design.asset_returns import asset_returns
from eventstudy.prices.sources.csv_file import CSV_FILE
from eventstudy.prices.sources.price_tables import closes_apart
from eventstudy.words.numbers import plural

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.study.study_file import Study

SHOWN = 3
"""Days that a sentence names."""


def understood(study: Study) -> list[tuple[str, str]]:
    """Return what was understood of each file that is not in the plain form.

    Parameters
    ----------
    study : Study
        Its prices are loaded.

    Returns
    -------
    list of (str, str)
        The file or the asset, and a sentence.
    """
    notes = [(study.events.source, note) for note in study.events.understood]
    for name, origin in study.prices.provenance.items():
        if origin.source == CSV_FILE.name:
            notes += [(name, text) for text in (*origin.notes, *_on_event_days(study, name))]
    return [*notes, *((name, text) for name in study.model for text in _without_clock(study, name))]


def _without_clock(study: Study, name: str) -> list[str]:
    """Ask for the clock of a file that has none, where an event has a time of day."""
    timed = any(event.time or event.not_before or event.known_by for event in study.events)
    origin = study.prices.provenance.get(name)
    if not timed or origin is None or origin.source != CSV_FILE.name or study.prices.clocks[name]:
        return []
    return [
        "It has no clock, so that its sessions are dates alone and the times of events tell "
        'nothing: write when its prices are struck, such as clock = "16:00 America/New_York".'
    ]


def _on_event_days(study: Study, name: str) -> list[str]:
    """Say on which days of event windows adjusted closes moved otherwise than those used."""
    request = study.request[name]
    symbol, folder = str(request.get("symbol", "")), {"folder": str(study.path.parent)}
    paths = CSV_FILE.files(symbol, {**request, **folder})
    apart = closes_apart(Path(paths[0]), request) if len(paths) == 1 else None
    if apart is None or name not in study.model:
        return []
    days = apart[apart.index.isin(event_days(study, name))]
    if not len(days):
        return ["On no day of an event window do adjusted closes move otherwise."]
    first = [f"{day:%Y-%m-%d} ({value:.1%})" for day, value in days.head(SHOWN).items()]
    more = ", ..." if len(days) > SHOWN else ""
    noun = plural(len(days), "day")
    return [f"On {noun} of event windows adjusted closes move otherwise: {', '.join(first)}{more}."]


def event_days(study: Study, asset: str) -> pd.DatetimeIndex:
    """Return the sessions of an asset that lie in the event window of any of its events."""
    returns = asset_returns(study.prices, asset, study.model[asset], study.options)
    days0 = align_all(study.ordered, [returns.calendar], study.options.max_shift)[asset]
    sessions = study.prices.series(asset).index
    start, end = study.windows.event
    places = {
        at
        for day0 in days0.first[days0.accepted]
        for at in range(max(0, day0 + start), min(len(sessions), day0 + end + 1))
    }
    return sessions[sorted(places)]
