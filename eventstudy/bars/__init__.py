"""Bars of a session: where they come from, what is wrong with them, and when markets are open."""

from __future__ import annotations

from eventstudy.bars.bar_series import BarSeries
from eventstudy.bars.loading import load_bars
from eventstudy.bars.releases import ClockCheck, check_clock
from eventstudy.bars.series import Bars
from eventstudy.bars.sessions import MARKETS, sessions

__all__ = ["MARKETS", "BarSeries", "Bars", "ClockCheck", "check_clock", "load_bars", "sessions"]
