"""The summary of a study: text that is also a page of HTML and a journal's table in LaTeX."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from eventstudy.arguments import told_class
from eventstudy.words.numbers import interval, level, minus, missing, p_value, percent, window_words

STARS = ((0.01, "***"), (0.05, "**"), (0.10, "*"))
"""Of a p of the test that leads, at most; as journals write them."""
_TEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "−": r"$-$",
    "…": r"\ldots{}",
    "≤": r"$\leq$",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}
"""What LaTeX would take for commands."""


def stars(p: float) -> str:
    """Return the stars of a p; none without one."""
    return "" if missing(p) else next((sign for most, sign in STARS if p <= most), "")


def tex(text: object) -> str:
    """Return text as LaTeX prints it, in one paragraph."""
    plain = " ".join(str(text).split())
    return re.sub("|".join(map(re.escape, _TEX)), lambda sign: _TEX[sign[0]], plain)


def _first(text: object) -> str:
    """Return the first cell of a row: a bracket or a star would be taken by what ends the last."""
    cell = tex(text)
    return f"{{}}{cell}" if cell.startswith(("[", "*")) else cell


@dataclass(frozen=True)
class SummaryTables:
    """What a summary is made of.

    Parameters
    ----------
    title : str
        Title of the study.
    confidence : float
        Level of the intervals.
    design : tuple of str
        Windows, models and settings, a line each.
    means : DataFrame
        `EventStudyResults.mean_car` with the test that leads (`test`) and its p (`p_test`).
    tests : DataFrame
        `EventStudyResults.tests` over the primary window.
    left_out : tuple of (int, str)
        How many observations or windows were left out, by reason.
    """

    title: str
    confidence: float
    design: tuple[str, ...]
    means: pd.DataFrame
    tests: pd.DataFrame
    left_out: tuple[tuple[int, str], ...]


@told_class
class Summary(str):
    """The summary of a study. It is its text; `as_html` and `as_latex` are the same as tables.

    >>> import eventstudy as es
    >>> summary = es.load_example().run().summary()  # doctest: +SKIP
    >>> print(summary)  # doctest: +SKIP
    >>> Path("table.tex").write_text(summary.as_latex())  # doctest: +SKIP
    """

    __slots__ = ("tables",)
    tables: SummaryTables

    def __new__(cls, text: str, tables: SummaryTables) -> Summary:
        """Return a text that knows its tables."""
        made = super().__new__(cls, text)
        made.tables = tables
        return made

    def __getnewargs__(self) -> tuple[str, SummaryTables]:  # type: ignore[override]  # str's is one
        return str(self), self.tables

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return "".join(self)

    def as_text(self) -> str:
        """Return the summary as plain text."""
        return str(self)

    def as_html(self) -> str:
        """Return the summary as tables of HTML, without a style."""
        tables = self.tables
        lines = "".join(f"<li>{html.escape(line)}</li>" for line in tables.design)
        left = "".join(f"<li>{n}: {html.escape(why)}</li>" for n, why in tables.left_out)
        parts = [
            f"<h3>{html.escape(tables.title)}</h3><ul>{lines}</ul>",
            _html(_means(tables), f"Mean cumulative abnormal returns. {_notes(tables)}"),
            _html(_tests(tables), "Tests over the primary window"),
            f"<p>Left out (observations or windows):</p><ul>{left or '<li>0: nothing</li>'}</ul>",
        ]
        return f'<div class="eventstudy-summary">{"".join(parts)}</div>'

    def _repr_html_(self) -> str:
        return self.as_html()

    def as_latex(self) -> str:
        r"""Return the mean CARs as a table for a journal: stars, intervals in brackets, notes.

        Returns
        -------
        str
            An environment ``table`` with one column for each window; it needs
            ``\usepackage{booktabs}``.
        """
        tables = self.tables
        windows = list(dict.fromkeys(zip(tables.means["start"], tables.means["end"], strict=True)))
        heads = ["Series", "Group", *(window_words(int(a), int(b)) for a, b in windows)]
        body = list(_journal(tables, windows))
        lines = [
            r"\begin{table}[htbp]",
            r"\centering",
            rf"\caption{{{tex(tables.title)}: mean cumulative abnormal returns, per cent}}",
            rf"\begin{{tabular}}{{ll{'r' * len(windows)}}}",
            r"\toprule",
            " & ".join(map(tex, heads)) + r" \\",
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            r"\par\medskip\footnotesize",
            tex(_notes(tables)),
            r"\end{table}",
        ]
        return "\n".join(lines) + "\n"


def _journal(tables: SummaryTables, windows: list[tuple[int, int]]) -> Iterator[str]:
    """Yield three lines of each series and group: mean with stars, interval, N."""
    means = tables.means
    for (asset, group), rows in means.groupby(["asset", "group"], sort=False):
        cells: list[list[str]] = [[], [], []]
        for window in windows:
            over = rows[(rows["start"] == window[0]) & (rows["end"] == window[1])]
            for line, text in zip(cells, _cell(over), strict=True):
                line.append(text)
        names = ([_first(asset), tex(group)], ["", ""], ["", ""])
        for name, line in zip(names, cells, strict=True):
            yield " & ".join([*name, *line]) + r" \\"


def _cell(rows: pd.DataFrame) -> tuple[str, str, str]:
    """Return mean with stars, interval and N of one window."""
    for row in rows.itertuples():
        if missing(row.caar):
            break
        mean = tex(minus(f"{100 * row.caar:.2f}"))
        ends = ""
        if not missing(row.ci_low) and abs(row.ci_low) != float("inf"):
            ends = tex(minus(f"[{100 * row.ci_low:.2f}, {100 * row.ci_high:.2f}]"))
        sign = stars(row.p_test)
        return mean + (rf"$^{{{sign}}}$" if sign else ""), ends, f"$N = {row.n}$"
    return "---", "", ""


def _notes(tables: SummaryTables) -> str:
    """Say what stars, brackets and N stand for."""
    used = [name for name in dict.fromkeys(tables.means["test"]) if name]
    named = f" ({', '.join(used)})" if used else ""
    return (
        f"* p ≤ 0.10, ** p ≤ 0.05, *** p ≤ 0.01 by the test that leads{named}. In brackets: "
        f"{level(tables.confidence)} intervals. N: episodes."
    )


def mean_cells(row: Any, signs: str = "") -> list[str]:
    """Return series, group, window, N, mean, interval and p of a mean, with signs at its mean."""
    window, ends = window_words(row.start, row.end), interval(row.ci_low, row.ci_high)
    mean, p = percent(row.caar) + signs, p_value(row.p_test)
    return [str(row.asset), str(row.group), window, str(row.n), mean, ends, p]


def _means(tables: SummaryTables) -> list[list[str]]:
    heads = ["Series", "Group", "Window", "N", "Mean CAR", "Interval", "p", "Test"]
    rows = tables.means.itertuples()
    return [heads, *([*mean_cells(row, stars(row.p_test)), row.test] for row in rows)]


def _tests(tables: SummaryTables) -> list[list[str]]:
    heads = ["Series", "Group", "Test", "N", "Statistic", "p"]
    rows = []
    for row in tables.tests.itertuples():
        said: list[str] = [row.reason, ""]
        if row.valid:
            said = [minus(f"{row.statistic:.3f}"), p_value(row.p)]
        rows.append([str(row.asset), str(row.group), row.test, str(row.n), *said])
    return [heads, *rows]


def _html(rows: list[list[Any]], caption: str) -> str:
    """Return rows as a table, the first as its head."""
    head = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(text))}</td>" for text in row) + "</tr>"
        for row in rows[1:]
    )
    return (
        f"<table><caption>{html.escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
