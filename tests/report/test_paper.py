"""A report as a PDF: printed by a browser that is there, or the reason why not."""

import pytest
from two_assets import series, study

import eventstudy as es
from eventstudy.report.paper import write_pdf


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    es.write_report(study(series(900, assets=("AAA",)), [500, 600, 700]), folder)
    return folder


@pytest.mark.browser
def test_a_report_is_printed_and_printed_again(folder, tmp_path):
    target = tmp_path / "report.pdf"
    for _ in range(2):
        assert write_pdf(folder, target) == target
        assert target.read_bytes().startswith(b"%PDF-")


@pytest.mark.browser
@pytest.mark.parametrize("mine", [b"mine", b"%PDF-1.4 /Producer (Skia/PDF m140) %%EOF\n"])
def test_a_file_of_that_name_that_is_none_stays(folder, tmp_path, mine):
    """Not even what the same browser has printed for somebody else is replaced."""
    target = tmp_path / "report.pdf"
    target.write_bytes(mine)
    with pytest.raises(es.EventStudyError, match="is not a printed report"):
        write_pdf(folder, target)
    assert target.read_bytes() == mine


def test_without_a_browser_it_says_what_to_install(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("EVENTSTUDY_BROWSER", str(tmp_path / "nowhere"))
    with pytest.raises(es.EventStudyError, match="Install Chrome or Chromium"):
        write_pdf(folder, tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()
