"""The price sources by name.

A new source is one file in this folder with one instance in it, imported here in one line. The
order of the lines is the order in which sources are named to a user.
"""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.parsing import packaged_toml
from eventstudy.prices.source import LiveSource, Source
from eventstudy.register import refuse_incomplete

# isort: off
from eventstudy.prices.sources.ecb import ECB as ECB
from eventstudy.prices.sources.sample import SAMPLE as SAMPLE
from eventstudy.prices.sources.csv_file import CSV_FILE as CSV_FILE
from eventstudy.prices.sources.yahoo import YAHOO as YAHOO
from eventstudy.prices.sources.moex import MOEX as MOEX
from eventstudy.prices.sources.cbr import CBR as CBR
# isort: on

_LINES: Mapping[str, dict[str, str]] = packaged_toml("register.toml")


def named(module: Mapping[str, object]) -> dict[str, Source | LiveSource]:
    """Return the sources that a module imports, by name.

    Parameters
    ----------
    module : mapping of str to object
        Its names; an instance of a class that is written in this folder is a source.

    Returns
    -------
    dict of str to Source or LiveSource

    Raises
    ------
    TypeError
        When one lacks what every source has; its file and the lines to write are named.
    """
    folder = __name__.rpartition(".")[0]
    instances = [one for one in module.values() if type(one).__module__.startswith(f"{folder}.")]
    sources: dict[str, Source | LiveSource] = {}
    for source in instances:
        besides = _LINES["live" if hasattr(source, "fetch") else "local"]
        refuse_incomplete(source, type(source), _LINES["sources"] | besides)
        assert isinstance(source, Source | LiveSource)
        sources[source.name] = source
    return sources


SOURCES: Mapping[str, Source | LiveSource] = named(globals())
"""Price sources by name."""
