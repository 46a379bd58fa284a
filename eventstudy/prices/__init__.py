"""Prices, the clocks that say when they are struck, and the sources that they come from.

A new source is one file in `sources` with one instance in it, and one line in its registry.
"""

from __future__ import annotations

from eventstudy.prices.clock import Clock
from eventstudy.prices.loading import load_prices
from eventstudy.prices.panel import Prices, as_prices
from eventstudy.prices.provenance import Provenance
from eventstudy.prices.quality.findings import quality
from eventstudy.prices.quality.series_checks import Finding
from eventstudy.prices.returns import (
    Returns,
    closures,
    log_returns,
    session_returns,
    simple_returns,
)
from eventstudy.prices.source import LiveSource, PriceSeries, Source
from eventstudy.prices.sources.registry import SOURCES

__all__ = [
    "SOURCES",
    "Clock",
    "Finding",
    "LiveSource",
    "PriceSeries",
    "Prices",
    "Provenance",
    "Returns",
    "Source",
    "as_prices",
    "closures",
    "load_prices",
    "log_returns",
    "quality",
    "session_returns",
    "simple_returns",
]
