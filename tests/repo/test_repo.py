"""Promises of the repository itself: light imports, lock file, wheel, notebooks."""

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from waiting import LIMIT

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.md"))
FIGURES = {"01_quickstart": 2, "02_minutes": 6}
"""Figures that each notebook shows, at the least."""


def modules_after(statement: str) -> set[str]:
    """Names of the modules that a statement imports in a fresh interpreter."""
    code = f"{statement}; import sys; print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=LIMIT
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("statement", ["import eventstudy", "import eventstudy.cli"])
def test_light_imports_stay_light(statement):
    heavy = {"pandas", "numpy", "scipy", "statsmodels", "plotly", "pydantic", "jinja2", "rich"}
    assert not heavy & modules_after(statement)


def test_reading_events_needs_no_pandas():
    statement = (
        f"import eventstudy as es; es.read_events({str(ROOT / 'events.csv')!r}, timezone='UTC')"
    )
    assert not {"pandas", "numpy", "scipy", "statsmodels"} & modules_after(statement)


def test_every_public_name_exists():
    import eventstudy as es

    for name in es.__all__:
        assert getattr(es, name) is not None
    assert set(es.__all__) <= set(dir(es))


def pins(name):
    """Versions by package of a lock, each with its markers; it names hashes and no host."""
    text = (ROOT / name).read_text("utf-8")
    assert "://" not in text
    lines = re.findall(r"^([a-zA-Z0-9_.-]+==\S+)( ;.*)? \\$", text, re.MULTILINE)
    assert text.count("--hash=sha256:") >= len(lines) > 40
    return {"".join(line) for line in lines}


def test_locks_name_hashes_and_no_host():
    running, testing = pins("requirements.lock"), pins("requirements-test.lock")
    assert running < testing  # `make test` adds to what `make report` installed
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    tools = project["optional-dependencies"]["test"]
    for wanted, lock in ((project["dependencies"], running), (tools, testing - running)):
        names = {re.split(r"[<>=!~ ]", item)[0].lower() for item in wanted}
        assert names <= {pin.split("==")[0].lower() for pin in lock}


def test_no_file_names_a_machine():
    files = subprocess.run(
        ["git", "ls-files"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=LIMIT,
    )
    private = re.compile("/(?:" + "wor" + "k|ro" + "ot)/|/ho" + r"me/\w+/")
    for name in files.stdout.splitlines():
        path = ROOT / name
        if not path.is_file() or path.suffix in {".gz", ".png"}:
            continue
        assert not private.search(path.read_text("utf-8")), name


def test_makefile_has_at_most_six_verbs():
    text = (ROOT / "Makefile").read_text("utf-8")
    verbs = re.findall(r"^([a-z]+):", text, re.MULTILINE)
    assert {"report", "test"} <= set(verbs)
    assert len(verbs) <= 6


@pytest.mark.slow
def test_the_wheel_holds_the_embedded_study_and_runs_outside_the_repository(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=LIMIT)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "site")
    for needed in (
        "eventstudy/py.typed",
        "eventstudy/example/events.csv",
        "eventstudy/example/study.toml",
        "eventstudy/prices/data/imoex_close.csv",
        "eventstudy/report/assets/report.css",
        "eventstudy/report/templates/base.html.j2",
    ):
        assert needed in names
    code = (
        "import eventstudy as es, json; s = es.load_example(); r = s.run(); "
        "print(json.dumps([es.__file__, len(s.events), len(r.car())]))"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert done.returncode == 0, done.stderr
    where, events, rows = json.loads(done.stdout)
    assert Path(where).is_relative_to(tmp_path)
    assert (events, rows) == (109, 436)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
@pytest.mark.filterwarnings("default::DeprecationWarning")
def test_notebook_runs(path):
    import jupytext
    from nbclient import NotebookClient

    notebook = jupytext.read(path)
    kernel = notebook.metadata.get("kernelspec", {}).get("name", "python3")
    NotebookClient(notebook, timeout=LIMIT, startup_timeout=LIMIT, kernel_name=kernel).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    plots = [
        output
        for cell in code
        for output in cell.outputs
        if "application/vnd.plotly.v1+json" in output.get("data", {})
    ]
    assert len(plots) >= FIGURES[path.stem]
    warned = [o["text"] for cell in code for o in cell.outputs if o.get("name") == "stderr"]
    assert warned == []  # a reader would see them in red
    shown = [
        output.get("data", {}).get("text/plain", "") for cell in code for output in cell.outputs
    ]
    bars = [text for text in shown if text.startswith("placebo dates  [")]
    expected = [f"placebo dates  [{'=' * 24}] 100 %"]
    assert bars == (expected if path.stem == "01_quickstart" else [])


def test_there_are_notebooks():
    assert NOTEBOOKS
