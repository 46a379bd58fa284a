"""Tables taken away: read back with readers that are not ours."""

import io
import zipfile

import pandas as pd
import pytest
from two_assets import series, study

import eventstudy as es


@pytest.fixture(scope="module")
def small():
    return study(series(900, assets=("AAA",)), [500, 600, 700])


def test_a_workbook_has_a_sheet_for_each_table_with_the_same_numbers(small, tmp_path):
    path = small.to_excel(tmp_path / "results.xlsx")
    sheets = pd.read_excel(path, sheet_name=None, engine="calamine")
    assert next(iter(sheets)) == "notes"
    assert {"car", "mean_car", "alignment", "tests", "left_out"} <= set(sheets)
    car = small.car()
    assert list(sheets["car"].columns) == list(car.columns)
    pd.testing.assert_series_equal(sheets["car"]["car"], car["car"], rtol=1e-12)
    assert (pd.to_datetime(sheets["car"]["day0"]) == car["day0"]).all()


def test_the_same_results_give_the_same_workbook(small, tmp_path):
    first, second = (small.to_excel(tmp_path / name) for name in ("a.xlsx", "b.xlsx"))
    assert first.read_bytes() == second.read_bytes()


def test_no_text_of_a_workbook_is_a_formula(tmp_path):
    prices = series(900, assets=("=1+1",))
    path = study(prices, [500, 600]).to_excel(tmp_path / "results.xlsx")
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/")]
        assert sheets
        assert not [name for name in sheets if b"<f>" in book.read(name)]


def test_another_ending_is_told_what_to_write(small, tmp_path):
    with pytest.raises(es.EventStudyError, match=r"Write results\.xlsx"):
        small.to_excel(tmp_path / "results.csv")


def test_parquet_files_hold_the_tables(small, tmp_path):
    folder = small.to_parquet(tmp_path / "tables")
    car = pd.read_parquet(folder / "car.parquet")
    pd.testing.assert_frame_equal(car, small.car(), check_dtype=False)


def test_a_citation_names_the_study_its_events_and_prices(example, results):
    text = results.cite()
    assert f"“{example.about.title}”" in text
    assert "109 events, 12 Feb 2021 to 24 Feb 2022" in text
    assert "Moscow Exchange" in text
    assert results.cite("bibtex").startswith("@misc{")
    with pytest.raises(es.EventStudyError, match="'text' or 'bibtex'"):
        results.cite("apa")


def test_moments_of_bars_keep_their_zone(results, tmp_path):
    """A workbook knows no zones: there they are texts; tables of minutes can be taken away, too."""
    path = results.to_excel(tmp_path / "results.xlsx")
    sheet = pd.read_excel(path, sheet_name="minutes_onset", engine="calamine")
    row = sheet[(sheet.event_id == "ryabkov-rtvi-sanctions-2022-01-13") & (sheet.asset == "SBER")]
    assert row.bar_end.item() == "2022-01-13T14:20:00+03:00"
    folder = results.to_parquet(tmp_path / "tables")
    onsets = pd.read_parquet(folder / "minutes_onset.parquet")
    assert onsets.bar_end.max() == results.minutes.onsets.bar_end.max()
