"""Bars of a session: where they come from, what is wrong with them, and when markets are open."""

from __future__ import annotations

from eventstudy.bars.bar_series import BarSeries as BarSeries
from eventstudy.bars.loading import load_bars as load_bars
from eventstudy.bars.releases import ClockCheck as ClockCheck
from eventstudy.bars.releases import check_clock as check_clock
from eventstudy.bars.series import Bars as Bars
from eventstudy.bars.sessions import MARKETS as MARKETS
from eventstudy.bars.sessions import sessions as sessions
