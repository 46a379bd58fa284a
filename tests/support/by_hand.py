"""Histories of unequal length, and what a study does on them, written out with dates in pandas."""

from itertools import pairwise

import numpy as np
import pandas as pd

import eventstudy as es

SESSIONS = pd.bdate_range("2012-01-02", periods=2000, name="session")
WINDOWS = es.Windows(estimation=(-75, -6), event=(-5, 5), car=[(0, 1)])
MAX_SHIFT = 5


def prices(closed, days=2000, seed=1):
    """Prices of several assets; `closed` says on which positions each has no session."""
    rng = np.random.default_rng(seed)
    common = rng.normal(0, 0.006, (days, 1))
    returns = common + rng.normal(0, 0.008, (days, len(closed)))
    frame = pd.DataFrame(100 * np.exp(returns.cumsum(axis=0)), SESSIONS[:days], list(closed))
    for name, positions in closed.items():
        frame.iloc[list(positions), frame.columns.get_loc(name)] = np.nan
    return frame


def run(frame, episodes, **options):
    """Run a study in which each of (asset, position among the dates of the frame) is an event.

    A date without a price is no session of the asset: calendars are not checked.
    """
    events = pd.DataFrame(
        {
            "event_id": [f"{asset.lower()}-{position}" for asset, position in episodes],
            "date": [frame.index[position] for _, position in episodes],
            "title": "by hand",
            "assets": [asset for asset, _ in episodes],
        }
    )
    calendars = dict.fromkeys(frame.columns, "none")
    base = {"min_estimation": 60, "returns": "log", "max_shift": MAX_SHIFT, "calendars": calendars}
    options = base | options
    return es.run_study(events, frame, windows=WINDOWS, options=es.Options(**options))


def ordinary(series, days0, windows=((0, 1),), gap=0, *, estimation=70, only=None):
    """Scaled CARs of one asset with constant mean at each of its ordinary days.

    Rows are sessions, columns CAR windows. Days of the events themselves, [0, +1], are left
    out of every estimation window. `only` is a day that alone is looked at.
    """
    series = series.dropna()
    returns = np.log(series).diff()
    returns[series.index.to_series().diff() > pd.Timedelta(days=MAX_SHIFT)] = np.nan
    returns, at = returns.to_numpy(), [series.index.get_loc(day) for day in days0]
    last = max(end for _, end in windows)
    first = min(0, *(start for start, _ in windows))
    busy = {day + tau for day in at for tau in range(first, last + 1)}
    kept = returns.copy()
    kept[[day + tau for day in at for tau in (0, 1) if day + tau < len(kept)]] = np.nan
    made = {}
    for day in range(estimation + gap + 5, len(series) - last):
        if only not in (None, series.index[day]):
            continue
        if busy & set(range(day + first, day + last + 1)):
            continue
        if not np.isfinite(returns[day + first : day + last + 1]).all():
            continue
        z = scaled(returns, kept, day, (windows, gap, estimation))
        if z is not None:
            made[series.index[day]] = z
    return pd.DataFrame(made, index=list(windows)).T


def scaled(returns, kept, day, how):
    """Scaled CARs of one day by their definition; None with fewer than 60 estimation returns.

    The variance runs from its mean over the estimation window, 6 % of each later square in it.
    """
    windows, gap, estimation = how
    end = day - 5 - gap
    window = kept[end - estimation : end]
    if np.isfinite(window).sum() < 60:
        return None
    mean, made = np.nanmean(window), []
    for start, stop in windows:
        days = stop - start + 1
        path = np.append(window, returns[end : day + stop + 1]) - mean
        past = path[:-days][np.isfinite(path[:-days])]
        age = np.arange(len(past))[::-1]
        variance = 0.94 ** len(past) * np.nanmean((window - mean) ** 2)
        variance += 0.06 * (0.94**age @ past**2)
        made.append(path[-days:].sum() / np.sqrt(days * variance))
    return made


def first_sessions(series, dates):
    """Day 0 of a statement on each date: the first session from there, 5 days later at most."""
    sessions, near = series.dropna().index, pd.Timedelta(days=MAX_SHIFT)
    made = {}
    for date, at in zip(dates, sessions.searchsorted(dates), strict=True):
        later = sessions[at] if at < len(sessions) else None
        made[date] = later if later is not None and later - date <= near else None
    return made


def shifts(frame, episodes):
    """Day 0 of each episode when the calendar is moved, by move; None where there is none.

    The list that counts is all dates on which any asset of an episode has a price.
    """
    union = frame[list(dict(episodes))].dropna(how="all").index
    at = [union.get_loc(day) for _, day in episodes]
    day0 = {asset: first_sessions(frame[asset], union) for asset in dict(episodes)}
    made, union = {}, list(union)
    for move in range(-min(at), len(union) - max(at)):
        if not move:
            continue
        days, seen = [], set()
        for (asset, _), position in zip(episodes, at, strict=True):
            day = day0[asset][union[position + move]]
            days.append(None if (asset, day) in seen else day)
            seen.add((asset, day))
        made[move] = days
    return made, max(at) - min(at)


def separate(moves, span):
    """Moves that are a span apart, from the first on."""
    count, last = 0, None
    for move in sorted(moves):
        if last is None or move - last >= span:
            count, last = count + 1, move
    return count


def step_down(statistics, resampled):
    """Romano-Wolf p-values, step by step (Romano and Wolf 2005)."""
    order = sorted(range(len(statistics)), key=lambda cell: -abs(statistics[cell]))
    p, least = {}, 0.0
    for step, cell in enumerate(order):
        rest = np.abs(resampled[:, order[step:]])
        largest = np.where(np.isnan(rest), -np.inf, rest).max(axis=1)
        share = (1 + (largest >= abs(statistics[cell]) - 1e-12).sum()) / (len(resampled) + 1)
        p[cell] = least = max(least, share)
    return [p[cell] for cell in range(len(statistics))]


def ascending(days):
    """Whether days follow one another."""
    return all(a < b for a, b in pairwise(days))
