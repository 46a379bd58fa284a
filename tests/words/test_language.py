"""Every visible text of the report is in the catalogue, and every text there is used."""

import ast
import datetime as dt
import re
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest
from waiting import LIMIT

import eventstudy
from eventstudy.errors import UnknownNameError
from eventstudy.report.formats import say_html
from eventstudy.words import numbers
from eventstudy.words.catalogue import counted, say, template

PACKAGE = Path(eventstudy.__file__).parent
TEMPLATES = sorted((PACKAGE / "report" / "templates").rglob("*.j2"))
CATALOGUE = tomllib.loads((PACKAGE / "english.toml").read_text("utf-8"))
JINJA = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
SHOWN = {"aria-label", "title", "placeholder", "alt", "data-text"}


class Words(HTMLParser):
    """The letters that a template writes by itself."""

    def __init__(self, source):
        super().__init__()
        self.found, self.silent = [], 0
        self.feed(JINJA.sub("", source))

    def handle_starttag(self, tag, attrs):
        self.silent += tag in ("script", "style")
        self.found += [value for name, value in attrs if name in SHOWN and value]

    def handle_endtag(self, tag):
        self.silent -= tag in ("script", "style")

    def handle_data(self, data):
        if not self.silent:
            self.found.append(data)


def keys(table, before=""):
    for name, value in table.items():
        if isinstance(value, dict):
            yield from keys(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


ENTRIES = dict(keys(CATALOGUE))
SOURCES = "\n".join(
    path.read_text("utf-8") for path in (*PACKAGE.rglob("*.py"), *TEMPLATES) if path.is_file()
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_a_word_of_its_own(path):
    words = " ".join(Words(path.read_text("utf-8")).found)
    words = re.sub(r"\b(N|F|t|p|SHA-256)\b", "", words)  # symbols, the same in every language
    assert not re.findall(r"[^\W\d_]{2,}", words)


def constants(node):
    """Constant texts of an expression that are not put in by `say`, nor only a format."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say"):
        for name, value in ast.iter_fields(node):
            if name != "format_spec" and not isinstance(node, ast.Subscript):
                for child in value if isinstance(value, list) else [value]:
                    yield from constants(child) if isinstance(child, ast.AST) else ()


def shown_in_figures(tree):
    """What traces and figures are given as titles, names and hovers, and titles made before."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "title":
            yield node.value
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in ("trace", "line_trace", "mark_trace", "drawing", "make_subplots"):
                yield from (
                    keyword.value
                    for keyword in node.keywords
                    if keyword.arg in ("title", "name", "hover", "hovertemplate", "subplot_titles")
                )


@pytest.mark.parametrize("path", sorted((PACKAGE / "plots").glob("*.py")), ids=lambda p: p.name)
def test_no_figure_holds_a_word_of_its_own(path):
    tree = ast.parse(path.read_text("utf-8"))
    words = " ".join(text for node in shown_in_figures(tree) for text in constants(node))
    words = re.sub(r"%\{.*?\}|<.*?>", "", words)
    words = re.sub(r"\b(AR|CAR|CAAR|SAR)\b", "", words)  # symbols, the same in every language
    assert not re.findall(r"[^\W\d_]{2,}", words)


def test_every_text_is_used():
    unused = []
    for key in ENTRIES:
        table, _, name = key.rpartition(".")
        if table == "nouns":
            used = f'"{name}"' in SOURCES
        else:  # a name that is put together is written with its table
            used = f'"{key}"' in SOURCES or f"'{key}'" in SOURCES or f'"{name}"' in SOURCES
            used = used or any(
                f'"{part}.{{' in SOURCES or f'"{part}." ~' in SOURCES
                for part in (table, table.split(".")[0])
            )
            used = used or re.search(rf'f"{re.escape(table)}\.\w*\{{', SOURCES) is not None
        if not used:
            unused.append(key)
    assert not unused


def test_every_text_that_is_named_exists():
    named = set(re.findall(r'\bsay(?:_html)?\(\s*"([a-z_0-9.-]+)"', SOURCES))
    assert len(named) > 100
    assert not {key for key in named if key not in ENTRIES and not key.endswith(".")}


@pytest.mark.parametrize("key", [k for k, v in ENTRIES.items() if isinstance(v, str)])
def test_a_text_is_one_line_and_its_places_are_names(key):
    text = template(key)
    assert "\n" not in text
    places = set(re.findall(r"\{(.*?)\}", text))
    assert all(re.fullmatch(r"[a-z_0-9]+", place) for place in places)
    values = {place: f"‹{place}›" for place in places}
    assert all(value in say(key, **values) for value in values.values())


def test_values_are_escaped_and_the_text_is_not():
    found = say_html("provenance.missing", name="<b>", why='"&')
    assert found == "<strong>&lt;b&gt; is missing:</strong> &#34;&amp;"


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 events"), (1, "1 event"), (2000, "2,000 events")]
)
def test_counts_carry_their_noun(number, words):
    assert counted(number, "event") == words


def test_a_missing_value_is_an_error():
    with pytest.raises(KeyError, match="why"):
        say("provenance.missing", name="x")


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("verdict.nowhere", '[verdict]: nowhere = "…"'),
        ("nowhere.title", '[nowhere]: title = "…"'),
        ("checks.nowhere.title", '[checks.nowhere]: title = "…"'),
        ("page.title.more", '[page.title]: more = "…"'),
        ("nouns.nowhere", '[nouns]: nowhere = ["one", "many"]'),
    ],
)
def test_a_missing_text_names_the_file_and_the_line_to_write(key, line):
    with pytest.raises(UnknownNameError) as caught:
        template(key)
    assert str(caught.value) == f'eventstudy/english.toml: no text "{key}"; add under {line}'


def test_a_missing_noun_is_told_in_the_same_way():
    with pytest.raises(UnknownNameError, match=r"add under \[nouns\]: nowhere"):
        counted(2, "nowhere")


# --- numbers ----------------------------------------------------------------------------------


def test_numbers_are_written_with_a_true_minus_sign_and_none_as_a_dash():
    assert numbers.number(-1234.5, 1) == "−1,234.5"
    assert numbers.percent(-0.0274) == "−2.74 %"
    assert numbers.percent(0.001, 1) == "+0.1 %"
    assert (numbers.size(0.0274), numbers.size(0.0274, 1)) == ("2.74 %", "2.7 %")
    assert (numbers.share(0.445), numbers.level(0.995)) == ("44 %", "99.5 %")
    nan = float("nan")
    for write in (numbers.number, numbers.percent, numbers.size, numbers.share, numbers.p_value):
        assert write(nan) == "—"
    assert numbers.percent(None) == "—"


def test_intervals_have_two_bounds_or_say_so():
    assert numbers.interval(-0.01, 0.02) == "−1.00 % … +2.00 %"
    assert numbers.interval(float("-inf"), 0.02) == "no bound"
    assert numbers.interval(float("nan"), 0.02) == "—"


def test_p_values_are_bounded_below():
    assert (numbers.p_value(0.0009), numbers.p_value(0.001)) == ("<0.001", "0.001")


def test_a_noun_follows_its_count():
    assert [numbers.plural(n, "run") for n in (0, 1, 2000)] == ["0 runs", "1 run", "2,000 runs"]
    assert [numbers.count(n, "run") for n in (0, 1, 2000)] == ["0 runs", "1 run", "2000 runs"]
    assert numbers.plural(2, "day later", "days later") == "2 days later"


def test_days_and_windows_of_event_time_carry_their_sign():
    assert numbers.window_words(-250, 0) == "[−250, 0]"
    assert numbers.window_words(0, 1) == "[0, +1]"


def test_dates_name_their_month():
    day = dt.date(2022, 1, 13)
    assert (numbers.date(day), numbers.weekday_date(day)) == ("13 Jan 2022", "Thu 13 Jan 2022")


def test_numbers_are_written_without_any_library():
    code = (
        "import sys; before = {*sys.modules}; import eventstudy.words.numbers;"
        "print(*sorted({name.split('.')[0] for name in {*sys.modules} - before}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=LIMIT
    )
    assert "eventstudy" in done.stdout
    assert not {"numpy", "pandas", "rich", "pydantic"} & {*done.stdout.split()}
