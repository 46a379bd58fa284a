"""Results in minutes as text."""

from __future__ import annotations

import html
from typing import Any

from eventstudy.minutes.record import MinuteRecord
from eventstudy.minutes.settings import window_label
from eventstudy.minutes.tables import car_frame, left_out_frame, overnight_frame
from eventstudy.minutes.tests import tests_frame
from eventstudy.words.numbers import interval, p_value, percent, plural

WIDTH = 96


def one_line(results: MinuteRecord) -> str:
    """Return the results in one line."""
    measured = car_frame(results)["event_id"].nunique()
    night = overnight_frame(results)["event_id"].nunique()
    return (
        f"MinuteResults: {plural(len(results.events), 'event')} on {', '.join(results.assets)}, "
        f"{measured} measured by the minute, {night} across a night or a break"
    )


def summary(results: MinuteRecord) -> str:
    """Return what was measured as text: windows, nights, tests, what was left out."""
    rule, thin = "=" * WIDTH, "-" * WIDTH
    lines = [one_line(results), rule]
    for asset, bars in results.bars.series.items():
        lines.append(
            f"{asset}: {len(bars):,} bars of {bars.length / 60:g} min, {bars.first} to "
            f"{bars.last}, {bars.market}; label: {bars.label}"
        )
    lines += [thin, *_car_lines(results), thin, *_night_lines(results), thin]
    lines += [*_test_lines(results), rule, "Left out (windows):"]
    reasons = left_out_frame(results).groupby("reason").size().sort_values(ascending=False)
    lines += [f"{count:>5}  {reason}" for reason, count in reasons.items()] or ["    0  nothing"]
    return "\n".join(lines)


def _car_lines(results: MinuteRecord) -> list[str]:
    head = f"{'event':<34}{'asset':<8}{'window':<16}{'move':>9}{'interval':>21}{'p':>8}"
    lines = [
        f"{str(row.event_id)[:33]:<34}{str(row.asset)[:7]:<8}"
        f"{window_label((row.before, row.after)):<16}{percent(row.car):>9}"
        f"{interval(row.ci_low, row.ci_high):>21}{p_value(row.p):>8}{_doubt(row)}"
        for row in car_frame(results).itertuples()
    ]
    return [head, *lines]


def _night_lines(results: MinuteRecord) -> list[str]:
    head = f"{'event':<34}{'asset':<8}{'span':<22}{'nights':>7}{'move':>9}{'p':>8}"
    lines = [
        f"{str(row.event_id)[:33]:<34}{str(row.asset)[:7]:<8}{row.kind:<22}"
        f"{row.nights:>7}{percent(row.car):>9}{p_value(row.p):>8}{_doubt(row)}"
        for row in overnight_frame(results).itertuples()
    ]
    return [head, *lines]


def _test_lines(results: MinuteRecord) -> list[str]:
    head = f"{'group':<22}{'asset':<8}{'window':<16}{'test':<24}{'dates':>6}{'p':>8}"
    lines = [
        f"{str(row.group)[:21]:<22}{str(row.asset)[:7]:<8}"
        f"{window_label((row.before, row.after)):<16}{row.test:<24}{row.n:>6}"
        f"{p_value(row.p):>8}{_doubt(row)}"
        for row in tests_frame(results, None).itertuples()
    ]
    return [head, *lines]


def _doubt(row: Any) -> str:
    """Return why a row does not lead, as it stands at the end of a line."""
    return "" if row.valid else f"  {row.reason}"


def html_table(results: MinuteRecord) -> str:
    """Return the windows as HTML for a notebook."""
    names = ["event_id", "asset", "before", "after", "car", "ci_low", "ci_high", "p", "n"]
    table = car_frame(results)[names].to_html(
        index=False, float_format=lambda value: f"{value:.4f}"
    )
    return f"<p>{html.escape(one_line(results))}</p>{table}"
