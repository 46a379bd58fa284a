"""results.json says what its published schema says."""

import json
from pathlib import Path

import jsonschema
import pytest
from pages import hostile_study
from two_assets import series, study

import eventstudy as es
from eventstudy.report.data_files import results_json
from eventstudy.report.report_data import ReportData
from eventstudy.report.schema import OPTIONAL, TABLES, schema, schema_json


@pytest.fixture(scope="module")
def validator():
    jsonschema.Draft202012Validator.check_schema(schema())
    return jsonschema.Draft202012Validator(schema())


def faults(validator, content):
    return [f"{list(e.absolute_path)}: {e.message[:200]}" for e in validator.iter_errors(content)]


def doubted():
    results = study(series(700, assets=("AAA",)), [300, 420, 550])
    calibration = es.calibrate(results, samples=40, tests="all")
    return ReportData(results, calibration, es.specification_curve(results, samples=40))


def lost():
    """One event is far beyond the series, one window ends too early."""
    return ReportData(study(series(700, assets=("AAA",)), [300, 698]))


MADE = {"doubted": doubted, "hostile": lambda: ReportData(hostile_study()), "lost": lost}


@pytest.mark.parametrize("name", MADE)
def test_results_of_many_kinds_fit_the_schema(validator, name):
    assert not faults(validator, json.loads(results_json(MADE[name]())))


def test_results_of_the_embedded_study_fit_the_schema(validator, report):
    content = json.loads((report / "data" / "results.json").read_text("utf-8"))
    assert not faults(validator, content)
    assert set(TABLES) - set(OPTIONAL) <= set(content)


def test_the_schema_is_beside_the_results(report):
    written = json.loads((report / "data" / "results.schema.json").read_text("utf-8"))
    assert written == schema()


@pytest.mark.parametrize(
    "change", ["unknown column", "text for a number", "missing column", "table"]
)
def test_what_does_not_fit_is_found(validator, report, change):
    content = json.loads((report / "data" / "results.json").read_text("utf-8"))
    row = content["car"][0]
    if change == "unknown column":
        row["beta"] = 1.0
    elif change == "text for a number":
        row["car"] = "0.01"
    elif change == "missing column":
        del row["se"]
    else:
        content["cars"] = []
    assert len(faults(validator, content)) == 1


def test_every_column_is_described():
    for name, table in schema()["properties"].items():
        if name in TABLES:
            columns = table["items"]["properties"]
            assert all(column["description"] for column in columns.values()), name


def test_the_published_schema_is_this_one():
    published = Path(__file__).parents[2] / "docs" / "results.schema.json"
    assert published.read_text("utf-8") == schema_json()
