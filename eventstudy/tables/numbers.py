"""A column of numbers: its decimal and thousands marks, proved by the cells themselves."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from eventstudy.errors import Problem, lines_text
from eventstudy.tables.cell_kinds import CURRENCY, SPACES, is_missing, is_number
from eventstudy.tables.columns import Cell, Column
from eventstudy.tables.delimited import Row
from eventstudy.tables.understood import CellsError, TableError, Understood, option_line, shown
from eventstudy.words.numbers import plural

MARKS = (".", ",")
"""Decimal marks."""
THOUSANDS = (",", ".", " ", "'", "none")
"""What the option `thousands` may be."""

_GROUPED = re.compile(rf"[0-9]{{1,3}}(?:[.,'’{SPACES}][0-9]{{3}})+")
_AROUND = re.compile(rf"{CURRENCY}|[{SPACES}]+$|^[{SPACES}]+")
_EXPONENT = re.compile(r"(.*?)([eE][+-]?[0-9]+)?")
_EXACT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?", re.IGNORECASE)


class NumberForm(NamedTuple):
    """How numbers are written.

    Parameters
    ----------
    decimal : {".", ","}
        What stands before the decimals.
    proof : int or None
        Line of the first cell that can only be read so; None when none was needed.
    thousands : str
        The mark between thousands, ``"none"``; empty = any that is not the decimal one.
    """

    decimal: str
    proof: int | None
    thousands: str = ""


class Numbers(NamedTuple):
    """The numbers of a column, NaN where there is none, and what is to be said of them."""

    values: list[float]
    missing: list[int]
    percent: bool
    notes: tuple[Understood, ...]


def decimal_marks(text: str) -> str:
    """Return which decimal marks a number may have: ``"."``, ``","``, both or neither.

    ``1.771,33`` has a comma, ``1,234,567`` a point (its commas are of thousands), ``12.5`` a
    point; ``1.771`` may have either, and ``1771`` does not tell.
    """
    core = _AROUND.sub("", text.strip().strip("()").rstrip("%")).lstrip("+-−–").rstrip("KMBkmb%")
    points, commas = core.count("."), core.count(",")
    if points and commas:
        last = max(".,", key=core.rfind)
        return last if core.count(last) == 1 else ""
    mark, times = ("." if points else ","), points + commas
    if times > 1:
        return "," if mark == "." else "."
    if times == 0:
        return ".,"
    before, _, after = core.partition(mark)
    grouped = len(after) == 3 and 1 <= len(before) <= 3 and before.isdecimal() and before[0] != "0"
    return ".," if grouped else mark


def number_form(column: Column, decimal: str = "") -> NumberForm:
    """Return how the numbers of a column are written, proved by the whole of it.

    Parameters
    ----------
    column : Column
        Its cells; those that are no numbers are passed over.
    decimal : str
        The decimal mark; empty = worked out.

    Returns
    -------
    NumberForm

    Raises
    ------
    TableError
        When both marks fit and give different numbers, or cells prove different ones.
    """
    if decimal:
        return NumberForm(decimal, None)
    proofs: dict[str, Cell] = {}
    open_cells: list[Cell] = []
    for line, text in column.cells:
        if is_missing(text) or not is_number(text):
            continue
        marks = decimal_marks(text)
        if len(marks) == 1:
            proofs.setdefault(marks, (line, text))
        elif marks and ("." in text or "," in text):
            open_cells.append((line, text))
    if len(proofs) == 2:
        (first, one), (second, other) = proofs["."], proofs[","]
        message = (
            f"{one!r} on line {first} has a decimal point and {other!r} on line {second} "
            "a decimal comma"
        )
        cure = 'Correct one of them, or name the mark: decimal = "." or decimal = ",".'
        raise CellsError([column.problem(message, cure, max(first, second))])
    if proofs:
        mark, (line, _) = next(iter(proofs.items()))
        return NumberForm(mark, line)
    if open_cells:
        raise TableError([_two_readings(column.of(open_cells))])
    return NumberForm(".", None)


def _two_readings(column: Column) -> Problem:
    lines, texts = lines_text([line for line, _ in column.cells]), column.texts
    message = (
        f"{len(column):,} numbers like {shown(texts)} ({lines}) may have thousands or decimals"
    )
    choices = [
        f"{option_line('decimal', mark)} ({texts[0]} is {parsed(texts[0], mark):g})"
        for mark in MARKS
    ]
    return column.problem(message, f"Write {' or '.join(choices)}.")


def parsed(text: str, decimal: str, thousands: str = "") -> float:
    """Return the number that a cell holds; NaN when it holds none in this form.

    Parameters
    ----------
    text : str
        ``"3,783.22"``, ``"(1.5)"``, ``"−0,4 %"``, ``"$12"``; a percentage is given as its
        fraction, 0.4 % as 0.004.
    decimal : {".", ","}
        The decimal mark.
    thousands : str
        The only mark that may stand between thousands, or ``"none"``; empty = any.
    """
    plain = text.strip()
    negative = plain.startswith("(") and plain.endswith(")")
    percent = plain.rstrip(")").endswith("%")
    core = _AROUND.sub("", plain.strip("()").rstrip("%").strip()).strip()
    core = core.replace("\u2212", "-").replace("\u2013", "-")
    core, exponent = _EXPONENT.fullmatch(core).groups()  # type: ignore[union-attr]
    whole, mark, decimals = core.partition(decimal)
    if decimal in decimals:
        return math.nan
    sign = whole[:1] if whole[:1] in ("+", "-") else ""
    digits = whole.removeprefix(sign).strip()
    if not digits.isdecimal():
        if digits and not _GROUPED.fullmatch(digits):
            return math.nan
        marks = set(re.sub("[0-9]", "", digits))
        if len(marks) > 1 or (thousands and {_plain_mark(mark) for mark in marks} != {thousands}):
            return math.nan
        digits = re.sub("[^0-9]", "", digits)
    written = f"{sign}{digits}{'.' if mark else ''}{decimals}{exponent or ''}"
    if not _EXACT.fullmatch(written):
        return math.nan
    value = float(written)
    value = value / 100 if percent else value
    return -value if negative else value


def _plain_mark(mark: str) -> str:
    """Return a mark of thousands as the option has it: one blank, one apostrophe."""
    return {"’": "'", **dict.fromkeys(SPACES, " ")}.get(mark, mark)


def number_column(column: Column, form: NumberForm) -> Numbers:
    """Return the numbers of a column.

    Parameters
    ----------
    column : Column
        Its cells.
    form : NumberForm
        How they are written.

    Returns
    -------
    Numbers

    Raises
    ------
    TableError
        When a cell is no number in this form; all such cells are named in one problem.
    """
    values = [
        math.nan if is_missing(text) else parsed(text, form.decimal, form.thousands)
        for text in column.texts
    ]
    held = zip(column.cells, values, strict=True)
    wrong = [cell for cell, value in held if math.isnan(value) and not is_missing(cell[1])]
    if wrong:
        raise CellsError([_no_numbers(column.of(wrong), form)])
    missing = column.only(lambda text: is_missing(text) and text.strip())
    notes = list(_said(column.name, column.texts, form))
    if missing:
        examples = shown(missing.texts)
        count = f"{plural(len(missing), 'cell')} of {column.name!r}"
        marks = option_line("missing", "; ".join(examples.split(", ")))
        verb = "holds" if len(missing) == 1 else "hold"
        notes.append(Understood("missing", f"{count} ({examples}) {verb} no number", marks))
    percents = any("%" in text for text in column.texts)
    return Numbers(values, [line for line, _ in missing.cells], percents, tuple(notes))


def _said(column: str, texts: Sequence[str], form: NumberForm) -> Iterable[Understood]:
    other = "," if form.decimal == "." else "."
    grouped = [text for text in texts if re.search(r"[0-9][,.'’\s][0-9]{3}(?![0-9])", text)]
    grouped = [text for text in grouped if re.search(rf"[^0-9\-+(){form.decimal}%]", text)]
    follow = ""
    if form.decimal == ",":
        follow = f"a comma ({shown([text for text in texts if ',' in text][:1])})"
    elif any(other in text for text in texts):
        follow = "a point"
    if follow:
        proved = f", proved by line {form.proof}" if form.proof else ""
        text = f"decimals of {column!r} follow {follow}{proved}"
        yield Understood("decimal", text, option_line("decimal", form.decimal))
    if grouped:
        mark = re.search(rf"[0-9]([.,'’{SPACES}])[0-9]{{3}}", grouped[0].partition(form.decimal)[0])
        option = option_line("thousands", _plain_mark(mark[1])) if mark else ""
        text = f"numbers like {shown(grouped[:1])} have marks of thousands"
        yield Understood("thousands", text, option)


def _no_numbers(wrong: Column, form: NumberForm) -> Problem:
    noun = plural(len(wrong), "cell is", "cells are")
    mark, other = ("point", ",") if form.decimal == "." else ("comma", ".")
    cure = "Write the number, or leave the cell empty where there is none."
    if all(math.isfinite(parsed(text, other)) for text in wrong.texts):
        cure = f"Write {option_line('decimal', other)}."
    return wrong.problem(f"{noun} no number with a decimal {mark} {wrong.where}", cure)


def pooled(rows: Sequence[Row], columns: Iterable[int]) -> list[Cell]:
    """Return the cells of several columns, to prove a mark by all of them."""
    places = list(columns)
    return [
        (row.line, row.cells[position])
        for row in rows
        for position in places
        if position < len(row.cells) and is_number(row.cells[position])
    ]
