"""Prices, the clocks that say when they are struck, and the sources that they come from.

A new source is one file in `sources` with one instance in it, and one line in its registry.
"""

from __future__ import annotations

from eventstudy.prices.clock import Clock as Clock
from eventstudy.prices.loading import load_prices as load_prices
from eventstudy.prices.panel import Prices as Prices
from eventstudy.prices.panel import as_prices as as_prices
from eventstudy.prices.provenance import Provenance as Provenance
from eventstudy.prices.quality.findings import quality as quality
from eventstudy.prices.quality.series_checks import Finding as Finding
from eventstudy.prices.returns import Returns as Returns
from eventstudy.prices.returns import closures as closures
from eventstudy.prices.returns import log_returns as log_returns
from eventstudy.prices.returns import session_returns as session_returns
from eventstudy.prices.returns import simple_returns as simple_returns
from eventstudy.prices.source import LiveSource as LiveSource
from eventstudy.prices.source import PriceSeries as PriceSeries
from eventstudy.prices.source import Source as Source
from eventstudy.prices.sources.registry import SOURCES as SOURCES
