"""The report as files: complete, self-contained, reproducible, and safe to open."""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from markupsafe import escape
from pages import HOSTILE, HOSTILE_ASSETS, Page, hostile_study
from plotly.offline import get_plotlyjs
from plotly.utils import PlotlyJSONEncoder
from waiting import LIMIT

import eventstudy as es
from eventstudy.analysis.claims import frame as claims_frame
from eventstudy.checks import frame as objections_frame
from eventstudy.errors import OutputError
from eventstudy.minutes.columns import COLUMNS as MINUTES
from eventstudy.plots import theme
from eventstudy.plots.traces import trace
from eventstudy.prices.quality.findings import frame_of
from eventstudy.report.charts import Chart
from eventstudy.report.data_files import csv_text
from eventstudy.report.formats import cell, cells
from eventstudy.report.ownership import MARK
from eventstudy.report.publish import put
from eventstudy.report.report_data import ReportData
from eventstudy.report.site import Site
from eventstudy.results.significance import with_leading

TABLES = {
    "aar": lambda results: results.aar(),
    "alignment": lambda results: results.alignment,
    "ar": lambda results: results.ar,
    "caar": lambda results: results.caar(),
    "car": lambda results: results.car(),
    "claims": claims_frame,
    "estimation": lambda results: results.estimation,
    "ewma_sq": lambda results: results.ewma_sq,
    "left_out": lambda results: results.left_out,
    "mean_car": lambda results: with_leading(results.mean_car(), results.tests()),
    "joint": lambda results: results.joint(),
    "multiplicity": lambda results: results.multiplicity(),
    "objections": lambda results: objections_frame(es.check_study(results)),
    "pre_event": lambda results: results.pre_event(),
    "scaled_car": lambda results: results.scaled_car,
    "situations": lambda results: results.situations(),
    "quality": lambda results: frame_of(results.quality),
    "tests": lambda results: results.tests(),
}


def parsed(folder):
    return {p: Page(p.read_text("utf-8")) for p in sorted(folder.rglob("*.html"))}


@pytest.fixture(scope="module")
def pages(report):
    return parsed(report)


@pytest.fixture(scope="module")
def hostile_pages(hostile):
    return parsed(hostile)


@pytest.fixture(scope="module")
def small():
    """Two events on one stock: quick to write; `small(1)` has the first event alone."""
    sessions = pd.bdate_range("2022-01-03", periods=330, name="session")
    prices = pd.DataFrame(
        {"AAA": 50 * np.exp(np.random.default_rng(3).normal(0, 0.01, 330).cumsum())}, sessions
    )
    events = pd.DataFrame(
        {"event_id": ["one", "two"], "date": sessions[[300, 315]], "title": ["One", "Two"]}
    )
    return lambda count: es.run_study(events.head(count), prices)


@pytest.fixture(scope="module")
def rendered(small):
    """The files of the report of one event, and of both."""
    return {count: list(Site(ReportData(small(count))).files()) for count in (1, 2)}


def names_in(folder):
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def manifest(folder):
    return json.loads((folder / "manifest.json").read_text("utf-8"))["files"]


def is_harmless(folder, path, page):
    """Whether a page loads only files of the report and runs only its own scripts."""
    for load in page.loads:
        if load != "data:,":
            target = (path.parent / load).resolve()
            assert target.is_file()
            assert target.is_relative_to(folder.resolve())
    assert not page.handlers
    assert not [style for style in page.styles if "url" in style or "import" in style]
    footer = (
        r"@page \{( @bottom-\w+ \{ content: [\w\\ \"().,]*; \})* \}"  # no other sheet is inside
    )
    assert all(re.fullmatch(footer, sheet.strip()) for sheet in page.sheets)
    kinds = {tag for tag, _ in page.tags}
    assert not kinds & {"iframe", "img", "object", "embed", "base", "form", "svg"}
    run = [own for tag, own in page.tags if tag == "script" and "src" in own]
    assert len(run) == (3 if path.parent.name == "events" else 2)
    held = [own for tag, own in page.tags if tag == "script" and "src" not in own]
    assert [own.get("type") for own in held].count(None) == 1  # light or dark, allowed by its hash
    assert {own.get("type") for own in held} <= {None, "application/json"}


def test_every_expected_file_is_there_and_no_other(report, results):
    assets = [p.name for p in (report / "assets").iterdir()]
    assert sorted(re.sub("-[0-9a-f]{12}", "", name) for name in assets) == [
        "plotly.min.js",
        "report.css",
        "report.js",
    ]
    expected = {"index.html", "manifest.json", MARK, "data/results.json", "data/order.js"}
    expected |= {"data/results.schema.json", "data/results.xlsx"}
    expected |= {f"assets/{name}" for name in assets}
    expected |= {f"data/{name}.csv" for name in (*TABLES, *MINUTES)}
    expected |= {f"events/{event.event_id}.html" for event in results.events}
    assert names_in(report) == expected


def test_one_copy_of_plotly_from_the_installed_package(report, pages):
    copies = list((report / "assets").glob("plotly*"))
    assert [p.read_text("utf-8") for p in copies] == [get_plotlyjs()]
    for path, page in pages.items():
        sources = [own.get("src") for tag, own in page.tags if tag == "script"]
        found = [source for source in sources if source and "plotly" in source]
        assert [(path.parent / source).resolve() for source in found] == copies
    assert max(p.stat().st_size for p in pages) < 1_000_000


def test_pages_load_nothing_but_files_of_the_report(report, pages):
    assert len(pages) == 110
    for path, page in pages.items():
        is_harmless(report, path, page)
    style = next((report / "assets").glob("*.css")).read_text("utf-8")
    assert "url(" not in style
    assert "@import" not in style


def test_every_page_carries_the_policy_that_forbids_other_hosts(pages):
    for page in pages.values():
        policies = [
            own["content"]
            for tag, own in page.tags
            if tag == "meta" and own.get("http-equiv") == "Content-Security-Policy"
        ]
        assert len(policies) == 1
        allowed = r"default-src 'none'; script-src 'sha256-[\w+/]{43}=' 'self' file:;"
        assert re.match(allowed, policies[0])
        assert "unsafe-eval" not in policies[0]
        assert "http" not in policies[0]


def test_every_internal_link_resolves_to_a_file_and_an_anchor(pages):
    ids = {path.resolve(): set(page.ids) for path, page in pages.items()}
    seen = 0
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https"):
                continue
            assert not parts.scheme
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path.resolve()
            assert target.is_file(), f"{path.name}: {link}"
            if parts.fragment:
                assert parts.fragment in ids[target], f"{path.name}: {link}"
            seen += 1
    assert seen > 110 * 5


def test_no_page_repeats_an_id(pages):
    for path, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), path.name


def test_every_event_is_linked_from_the_index(report, pages, results):
    links = set(pages[report / "index.html"].links)
    assert {f"events/{event.event_id}.html" for event in results.events} <= links


def test_no_nan_reaches_a_reader(pages):
    for path, page in pages.items():
        assert not re.search(r"\b(nan|NaN|NaT|None)\b", page.text), path.name


def test_manifest_lists_every_file_with_its_sha256(report):
    listed = manifest(report)
    assert set(listed) == names_in(report) - {"manifest.json", MARK}
    for name, digest in listed.items():
        assert hashlib.sha256((report / name).read_bytes()).hexdigest() == digest, name


def test_same_results_give_the_same_bytes(small, rendered, tmp_path):
    es.write_report(small(2), tmp_path / "a")
    put(tmp_path / "b", rendered[2], int)
    assert names_in(tmp_path / "a") == names_in(tmp_path / "b")
    for name in names_in(tmp_path / "a") - {MARK}:  # its id is random
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_another_process_with_another_hash_seed_gives_the_same_bytes(hostile, tmp_path):
    code = "import sys, eventstudy as es, pages\n"
    code += "es.write_report(pages.hostile_study(), sys.argv[1])"
    root = Path(__file__).parents[2]
    path = os.pathsep.join([str(root), str(root / "tests" / "support")])
    own = os.environ.get("PYTHONHASHSEED", "")
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "2" if own == "1" else "1"}
    subprocess.run(
        [sys.executable, "-c", code, tmp_path], env=environment, check=True, timeout=LIMIT
    )
    assert manifest(tmp_path) == manifest(hostile)


def test_stale_page_goes_and_a_strangers_file_stays(rendered, tmp_path):
    put(tmp_path, rendered[2], int)
    stranger = tmp_path / "events" / "my-notes.html"
    stranger.write_text("mine", "utf-8")
    assert (tmp_path / "events" / "two.html").exists()
    put(tmp_path, rendered[1], int)
    assert not (tmp_path / "events" / "two.html").exists()
    assert stranger.read_text("utf-8") == "mine"
    assert "events/two.html" not in manifest(tmp_path)


def test_a_forged_manifest_removes_nothing_outside_the_folder(small, rendered, tmp_path):
    outside = tmp_path / "precious.txt"
    outside.write_text("mine", "utf-8")
    folder = tmp_path / "report"
    folder.mkdir()
    put(folder, rendered[1], int)
    digest = hashlib.sha256(b"mine").hexdigest()
    forged = {"files": {**manifest(folder), "../precious.txt": digest, str(outside): digest}}
    (folder / "manifest.json").write_text(json.dumps(forged), "utf-8")
    with pytest.raises(OutputError, match=r"manifest\.json was changed: which files"):
        es.write_report(small(2), folder)
    put(folder, rendered[2], int, adopt=True)
    assert outside.read_text("utf-8") == "mine"


def test_no_half_written_file_is_left(report):
    assert not [p for p in report.rglob("*") if p.name.startswith(".")]


@pytest.mark.parametrize("name", TABLES)
def test_csv_reads_back_as_the_table_of_the_results(report, results, name):
    expected = TABLES[name](results)
    found = pd.read_csv(report / "data" / f"{name}.csv", dtype=str, keep_default_na=False)
    assert list(found.columns) == list(expected.columns)
    assert len(found) == len(expected)
    assert len(found) or name == "left_out"
    for column in expected:
        own, read = expected[column], found[column]
        if pd.api.types.is_float_dtype(own):
            numbers = [float(text) if text else np.nan for text in read]
            np.testing.assert_array_equal(numbers, own.to_numpy(dtype=float))
        elif pd.api.types.is_datetime64_any_dtype(own):
            days = ["" if pd.isna(day) else f"{day:%Y-%m-%d}" for day in own]
            assert list(read) == days
        else:
            values = ["; ".join(value) if isinstance(value, tuple) else value for value in own]
            assert list(read) == ["" if pd.isna(value) else str(value) for value in values]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_quotes_text_that_a_spreadsheet_would_run(sign):
    frame = pd.DataFrame({"text": [f"{sign}1+1", f"a{sign}b"], "number": [-1.5, 2.0]})
    written = csv_text(frame)
    assert f"'{sign}1+1" in written
    assert f"'a{sign}" not in written
    assert ",-1.5\n" in written


def test_a_list_of_names_is_one_text_in_a_file():
    frame = pd.DataFrame({"event_ids": [("=a", "b"), ("c",), ()]})
    assert csv_text(frame).splitlines()[1:] == ["'=a; b", "c", '""']


def test_no_cell_of_the_hostile_report_is_a_formula(hostile):
    assert HOSTILE_ASSETS[0].startswith("=")
    for path in (hostile / "data").glob("*.csv"):
        texts = pd.read_csv(path, dtype=str, keep_default_na=False).to_numpy().ravel()
        risky = [t for t in texts if t[:1] in ("=", "+", "@", "\t", "\r")]
        risky += [t for t in texts if t[:1] == "-" and not re.fullmatch(r"-[0-9.e-]+", t)]
        assert not risky, path.name
    cars = pd.read_csv(hostile / "data" / "car.csv")
    assert set(cars["asset"]) == {"'" + HOSTILE_ASSETS[0], HOSTILE_ASSETS[1]}


def refuse(constant):
    raise ValueError(f"{constant} is not JSON")


def test_results_json_is_strict_json_and_holds_the_cars(report, results):
    text = (report / "data" / "results.json").read_text("utf-8")
    content = json.loads(text, parse_constant=refuse)
    expected = results.car()
    assert len(content["car"]) == len(expected)
    for found, row in zip(content["car"], expected.to_dict("records"), strict=True):
        assert set(found) == set(row)
        for name, value in row.items():
            if isinstance(value, pd.Timestamp):
                assert found[name] == f"{value:%Y-%m-%d}"
            elif pd.isna(value):
                assert found[name] is None
            else:
                assert found[name] == value


def test_hostile_pages_hold_no_tag_handler_or_load_of_the_events(hostile, hostile_pages):
    assert len(hostile_pages) == 1 + len(HOSTILE)
    for path, page in hostile_pages.items():
        is_harmless(hostile, path, page)
        links = [link for link in page.links if ":" in link]
        assert all(link.startswith("https://example.org/") for link in links)


def test_hostile_texts_are_shown_as_they_are(hostile, hostile_pages):
    index = hostile_pages[hostile / "index.html"].text
    for place, text in enumerate(HOSTILE):
        page = hostile_pages[hostile / "events" / f"evil-{place}.html"].text
        assert text in index
        assert page.count(text) > 5, text
        assert HOSTILE[0] in page, "the name of the further column"
        for asset in HOSTILE_ASSETS:
            assert asset in page
    assert HOSTILE[1] in index, "the name of the group"
    assert "7*7" in index
    assert "49 }}" not in index


def test_long_cell_is_whole(hostile, hostile_pages):
    page = hostile_pages[hostile / "events" / "evil-0.html"].text
    assert HOSTILE[0] + "x" * 100_000 in page


def test_a_chart_is_written_as_plotly_writes_its_figure():
    days = pd.Series(pd.date_range("2022-01-13", periods=3, unit="s"))
    numbers = [[1, 200, -3], [40_000, 2, 3], [2**40, 0, 1], [0.5, np.nan, -np.inf], []]
    traces = [trace("scatter", x=days, y=np.array(values)) for values in numbers]
    traces += [trace("scatter", x=days.dt.strftime("%a"), y=[1, np.nan, np.float64(2)])]
    traces += [trace("bar", x=pd.DatetimeIndex(days), y=pd.Series([1.0, 2, 3]), name="<é>")]
    traces += [trace("heatmap", z=np.arange(6.0).reshape(2, 3), x=[0, 1, 2])]
    symbols = np.where([True, False], "circle", "square")
    traces += [trace("scatter", y=np.arange(2), marker={"symbol": symbols, "size": [7, 9]})]
    drawn = theme.drawing(
        traces, title="<b> & more", shapes=[theme.zero()], yaxis={"range": (0, 1)}
    )
    reference = go.Figure(drawn).to_dict()
    reference["layout"].pop("template")
    assert json.loads(Chart(drawn, "label").data) == json.loads(
        json.dumps(reference, cls=PlotlyJSONEncoder)
    )


def test_a_column_is_written_as_its_cells_are():
    frame = pd.DataFrame(
        {
            "day": pd.to_datetime(["2022-01-13", None, "1999-12-31"]),
            "value": [-0.5, np.nan, 1e-7],
            "count": [1, -2, 3],
            "sure": [True, False, True],
            "text": ["<b>&", "", "a"],
            "anything": [("a", "b"), None, 2.5],
            "whole": pd.array([1, None, 2], dtype="Int64"),
        }
    )
    written = zip(*(cells(frame[name]) for name in frame), strict=True)
    for texts, row in zip(written, frame.itertuples(index=False), strict=True):
        assert list(texts) == [escape(cell(value)) for value in row]


def test_chart_numbers_cannot_close_their_script(hostile_pages):
    for page in hostile_pages.values():
        held = [own for tag, own in page.tags if tag == "script" and "src" not in own]
        assert len(held) > 2
    for path in hostile_pages:
        for body in re.findall(r'class="figure">(.*?)</script>', path.read_text("utf-8"), re.S):
            assert not set(body) & set("<>&")
            json.loads(body)


def test_hostile_study_is_the_same_each_time(hostile):
    """What the browser tests open is what this file examines."""
    frame = hostile_study().car()
    assert list(frame["asset"].unique()) == list(HOSTILE_ASSETS)
    assert len(pd.read_csv(hostile / "data" / "car.csv")) == len(frame)


def test_an_interrupted_report_leaves_the_former_one(small, rendered, tmp_path):
    put(tmp_path, rendered[2], int)
    before = {p.relative_to(tmp_path): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    left = tmp_path.parent / f".{tmp_path.name}-building-4194304-0123abcd"
    left.mkdir()  # no process has that number

    def interrupt(done, total):
        if done == total - 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        es.write_report(small(1), tmp_path, progress=interrupt)
    after = {p.relative_to(tmp_path): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert before == after
    assert not list(tmp_path.parent.glob(f".{tmp_path.name}*"))
