"""Jumps of a simple ratio: an error where they look like splits, else a note."""

import numpy as np
import pytest
from clean_prices import only, panel, sessions_of, study_of, walk, write
from click.testing import CliRunner
from golden_data import stocks

import eventstudy as es
from eventstudy.cli import cli


@pytest.fixture
def clean():
    return walk(sessions_of("XMOS"))


@pytest.fixture
def folder(tmp_path, clean):
    events = f"event_id,date,title\none,{clean.index[500]:%Y-%m-%d},One\n"
    (tmp_path / "events.csv").write_text(events, "utf-8")
    return tmp_path


def with_split(series, at, ratio):
    """The same prices, those from a day on divided by the ratio of a split."""
    found = series.copy()
    found.iloc[at:] /= ratio
    return found


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (10, "10:1"),
        (2, "2:1"),
        (1.5, "3:2"),
        (2.5, "5:2"),
        (7, "7:1"),
        (100, "100:1"),
        (0.1, "1:10"),
        (0.5, "1:2"),
        (1 / 5000, "1:5000"),
    ],
)
def test_an_unadjusted_split_is_an_error(clean, ratio, words):
    finding = only(es.quality(panel(with_split(clean, 400, ratio))), "jump")
    assert (finding.severity, finding.dates) == ("error", (clean.index[400].date(),))
    assert f"looks like a split of {words} that the prices are not adjusted for: " in finding.text
    assert "Take prices that are adjusted for splits, or divide" in finding.text


def test_two_splits_are_one_finding_and_a_jump_another(clean):
    series = with_split(with_split(clean, 400, 10), 600, 1.5)
    series.iloc[800:] *= 0.6  # no ratio of a split
    split, jump = es.quality(panel(series))
    assert (split.severity, jump.severity, split.kind, jump.kind) == (
        *("error", "note"),
        *("jump", "jump"),
    )
    assert "looks like splits of 10:1, 3:2 that" in split.text
    assert jump.dates == (series.index[800].date(),)


def test_what_is_no_split(clean):
    """A crash between restless days, one that is not near a ratio, one on the last day.

    And moves by a fifth to a half, as results and bids make them: no split of 4:3 or 5:4, and
    no reverse split of 2:3, is common enough.
    """
    sigma = np.diff(np.log(clean.to_numpy())).std()
    crash = with_split(clean, 400, 2)
    crash.iloc[401:] *= np.exp(6 * sigma)
    others = [with_split(clean, 400, ratio) for ratio in (2.2, 1 / 1.5, 4 / 3, 3 / 4, 1.25, 0.8)]
    for series in (crash, *others, with_split(clean, len(clean) - 1, 2)):
        assert {own.severity for own in es.quality(panel(series))} == {"note"}
    spike = clean.copy()
    spike.iloc[400] *= 10
    assert only(es.quality(panel(spike)), "spike").severity == "warning"


def test_no_split_is_seen_where_prices_are_adjusted(example):
    """Twenty shares over 32 years, with 115 jumps; all of the ECB's rates; the Moscow index.

    That index fell by a third on 24 February 2022: to within 0.1 % a split of 3:2.
    """
    shares = stocks().select_dtypes("number")
    jumps = [own for own in es.quality(shares) if own.kind == "jump"]
    assert sum(own.count for own in jumps) > 100
    assert {own.severity for own in jumps} == {"note"}
    codes = "AUD BRL CAD CHF CZK GBP HUF INR JPY KRW MXN NOK PLN RUB SEK TRY USD ZAR"
    rates = es.load_prices({code: f"ecb:{code}/EUR" for code in codes.split() if code != "EUR"})
    assert not [own for own in es.quality(rates) if own.severity == "error"]
    assert not [own for own in es.quality(example.prices) if own.severity == "error"]


def test_errors_of_prices_lead_the_summary(clean):
    results = study_of(panel(with_split(clean, 540, 10)))
    assert results.quality[0].severity == "error"
    (line,) = [own for own in results.summary().splitlines() if "split" in own]
    assert line.startswith("Error in the prices of X: looks like a split of 10:1 that the prices")
    assert (
        f"{clean.index[540]:%Y-%m-%d} (−90" in line or f"{clean.index[540]:%Y-%m-%d} (−89" in line
    )
    assert "Error in the prices" not in study_of(panel(clean)).summary()


def test_check_shows_a_split_as_an_error_and_ends_as_ever(folder, clean):
    with_split(clean, 450, 10).to_csv(folder / "x.csv", index_label="date")
    write(folder, 'calendar = "XMOS"')
    done = CliRunner().invoke(cli, ["check", str(folder / "study.toml")])
    assert done.exit_code == 0, done.output
    assert "error: X: looks like a split of 10:1" in done.output
