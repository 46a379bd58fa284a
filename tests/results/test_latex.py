"""The table for a journal is LaTeX whatever names hold: read by its grammar, without LaTeX."""

import re

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eventstudy.results.summary import Summary, SummaryTables, tex

COMMANDS = {"begin", "end", "centering", "caption", "toprule", "midrule", "bottomrule", "par"}
COMMANDS |= {"medskip", "footnotesize", "textbackslash", "textasciitilde", "textasciicircum"}
COMMANDS |= {"ldots", "leq", "textless", "textgreater", "textbar"}
TOKENS = re.compile(r"\\(?:[a-zA-Z]+|.)|\$|[{}&%#_~^]|\n|[^\\${}&%#_~^\n]+", re.DOTALL)
HOSTILE = "\\&%$#_{}~^<>|[]*\"'` \n\tabΩ−…≤é"


def tokens(text):
    """Cut LaTeX into commands, signs and text; nothing is left over."""
    found = TOKENS.findall(text)
    assert "".join(found) == text
    return found


def check(latex):
    """Read a document's piece by the grammar of LaTeX; return the rows of its table, as cells."""
    braces, math, environments, rows, cells = 0, False, [], [], [""]
    columns, inside, words = 0, False, tokens(latex)
    for place, token in enumerate(words):
        follows = "".join(words[place + 1 :]).lstrip()
        if token == "{":
            braces += 1
        elif token == "}":
            braces -= 1
            assert braces >= 0
        elif token == "$":
            math = not math
        elif token in ("^", "_"):
            assert math, f"{token} outside of mathematics"
        elif token in ("%", "#", "~"):
            pytest.fail(f"{token} is a command here")
        elif token == "&":
            assert inside
            assert not braces, "a column ends inside a group"
            cells.append("")
            continue
        elif token == "\\\\":
            assert inside
            assert not math
            assert not braces
            assert follows[:1] not in ("[", "*"), "taken for an argument of the end of the row"
            rows.append(cells)
            cells = [""]
            continue
        elif re.fullmatch(r"\\[a-zA-Z]+", token):
            name = token[1:]
            assert name in COMMANDS, token
            if name in ("midrule", "toprule"):
                assert not follows.startswith("["), "taken for the width of the rule"
            if name in ("begin", "end"):
                kind = re.match(r"\{(\w+)\}(?:\{(\w+)\})?", follows)
                environments.append(kind[1]) if name == "begin" else None
                if name == "end":
                    assert environments.pop() == kind[1]
                inside = environments[-1:] == ["tabular"]
                columns = len(kind[2]) if kind[2] else columns
        elif token.startswith("\\"):
            assert token[1] in "&%$#_{}", token
        elif token == "\n":
            ends = words[place + 1 : place + 2] == ["\n"]
            assert not ends or not braces, "a paragraph ends inside a group"
        cells[-1] += " " if token == "\n" else token
    assert braces == 0
    assert not math
    assert not environments
    assert rows
    assert all(len(row) == columns for row in rows), (columns, rows)
    return rows


def summary(title, names, stars=0.001):
    """A summary of means of two windows, of series and groups with these names."""
    rows = [
        {"asset": asset, "group": group, "start": 0, "end": end, "caar": -0.0123, "n": 7}
        | {"ci_low": -0.02, "ci_high": 0.01 * end, "p_test": stars, "test": "bmp"}
        for asset, group in names
        for end in (0, 1)
    ]
    tables = SummaryTables(title, 0.95, (), pd.DataFrame(rows), pd.DataFrame(), ())
    return Summary("text", tables)


HOSTILE_TEXT = st.text(HOSTILE, max_size=8)
NAMES = st.lists(st.tuples(HOSTILE_TEXT, HOSTILE_TEXT), min_size=1, max_size=3)


@given(HOSTILE_TEXT, NAMES, st.sampled_from([0.001, 0.03, 0.07, 0.5, float("nan")]))
@example("A & B: 50 % of $1_000 #1 {x} ~ ^ \\", [("[A]", "*"), ("[B]", "")], 0.001)
@example("two\n\nparagraphs", [("a\n\nb", "\\\\[2pt]"), ("*", "x")], 0.03)
@settings(max_examples=80, deadline=None)
def test_a_table_is_latex_whatever_titles_and_names_hold(title, names, p):
    distinct = list(dict.fromkeys(names))
    rows = check(summary(title, distinct, p).as_latex())
    assert len(rows) == 1 + 3 * len(distinct)


def test_the_table_holds_the_names_as_they_are():
    rows = check(summary("t", [("A & B_1", "50 %"), ("[C]", "#2")]).as_latex())
    first, second = (cell.split("midrule ")[-1].strip() for cell in rows[1][:2])
    assert (first, second) == (r"A \& B\_1", r"50 \%")
    assert rows[4][0].strip() == r"{}[C]"
    assert rows[1][2].strip() == "$-$1.23$^{***}$"


SIGNS = {"&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}"}
SIGNS |= {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"}


@pytest.mark.parametrize("sign", SIGNS)
def test_every_sign_of_latex_is_escaped_once(sign):
    assert tex(f"a{sign}b") == f"a{SIGNS[sign]}b"


@pytest.mark.parametrize(
    "broken",
    [
        "\\begin{table}\n\\end{tabular}",
        "\\begin{tabular}{ll}\na \\\\\n\\end{tabular}",
        "\\begin{tabular}{l}\na_b \\\\\n\\end{tabular}",
        "\\begin{tabular}{l}\na \\\\\n[b] \\\\\n\\end{tabular}",
        "\\begin{tabular}{l}\n{a \\\\\n\\end{tabular}",
        "\\begin{tabular}{l}\n\\caption{a\n\nb} \\\\\n\\end{tabular}",
        "\\begin{tabular}{l}\n100 % \\\\\n\\end{tabular}",
    ],
)
def test_the_reader_of_latex_finds_what_is_broken(broken):
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        check(broken)
