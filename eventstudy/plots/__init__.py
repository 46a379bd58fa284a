"""Figures of a study: results in, `plotly.graph_objects.Figure` out."""

from __future__ import annotations

from eventstudy.plots import asked as _asked
from eventstudy.plots.around import around as around
from eventstudy.plots.comparison import groups as groups
from eventstudy.plots.comparison import scatter as scatter
from eventstudy.plots.diagnostics import residuals as residuals
from eventstudy.plots.mean_path import mean_path as mean_path
from eventstudy.plots.minutes_claim import minutes_claim as minutes_claim
from eventstudy.plots.minutes_day import minutes_day as minutes_day
from eventstudy.plots.minutes_mean_path import minutes_mean_path as minutes_mean_path
from eventstudy.plots.minutes_windows import minutes_windows as minutes_windows
from eventstudy.plots.named_price import named_price as named_price
from eventstudy.plots.observation import ar as ar
from eventstudy.plots.observation import event as event
from eventstudy.plots.ordinary import ordinary as ordinary
from eventstudy.plots.overview import caar as caar
from eventstudy.plots.overview import forest as forest
from eventstudy.plots.overview import heatmap as heatmap
from eventstudy.plots.path import car_path as car_path
from eventstudy.plots.price import price as price
from eventstudy.plots.robustness import power as power
from eventstudy.plots.robustness import specification_curve as specification_curve

for _name, _figure in list(globals().items()):
    if callable(_figure) and not _name.startswith("_"):
        globals()[_name] = _asked.asked(_figure)
del _name, _figure
