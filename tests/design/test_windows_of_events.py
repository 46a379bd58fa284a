"""Estimation windows of single events: their numbers are those of a study with that window."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import eventstudy as es
from eventstudy.errors import EventsError

SESSIONS = pd.bdate_range("2020-01-06", periods=420)
RNG = np.random.default_rng(7)
CHANGES = RNG.normal(0, 0.01, (420, 3)) * np.where(np.arange(420) > 250, 2, 1)[:, None]
CHANGES[:, 1:] += 0.8 * CHANGES[:, :1]
PRICES = pd.DataFrame(100 * np.cumprod(1 + CHANGES, axis=0), SESSIONS, columns=["M", "A", "B"])
DAYS = [300, 330, 360, 390]
WINDOWS = es.Windows(estimation=(-200, -21), event=(-3, 3), car=[(0, 0), (0, 1)])
NAMED = [
    ("", ""),
    ("-250", "-60"),
    (str(SESSIONS[100].date()), str(SESSIONS[299].date())),
    ("-90", ""),
]
SPANS = [(-200, -21), (-250, -60), (100 - 360, 299 - 360), (-90, -21)]


def events(named=NAMED, **columns):
    """Events that name their estimation windows."""
    frame = pd.DataFrame(
        {"event_id": ["e0", "e1", "e2", "e3"], "date": SESSIONS[DAYS], "title": "t"}
    )
    first, last = zip(*named, strict=True)
    return frame.assign(estimation_start=first, estimation_end=last, **columns)


def study(table, windows=WINDOWS, model=None, **options):
    """Run the study on both assets."""
    options = es.Options(exclude_from_estimation=None, **options)
    model = model or es.models.MarketModel("M")
    return es.run_study(table, PRICES, model=model, windows=windows, options=options)


@pytest.fixture(scope="module")
def results():
    """The study, fitted one by one."""
    return study(events(), engine="statsmodels")


def test_an_event_has_the_numbers_of_a_study_with_its_window(results):
    for name, span in zip(results.events.event_ids, SPANS, strict=True):
        alone = study(
            events().drop(columns=["estimation_start", "estimation_end"]),
            es.Windows(estimation=span, event=(-3, 3), car=[(0, 0), (0, 1)]),
        )
        for table in ("car", "scaled_car", "ewma_sq", "ar", "residuals", "estimation"):
            made, expected = (getattr(each, table) for each in (results, alone))
            if table == "car":
                made, expected = made(), expected()
            rows = [
                each[each["event_id"] == name].reset_index(drop=True) for each in (made, expected)
            ]
            rows = [each.astype({"event_id": str, "asset": str}) for each in rows]
            pd.testing.assert_frame_equal(*map(pd.DataFrame, rows), rtol=1e-12)


def test_the_window_of_an_event_gives_the_regression_by_hand(results):
    day0, (first, last) = DAYS[2], SPANS[2]
    inside = slice(day0 + first, day0 + last + 1)
    fit = sm.OLS(CHANGES[inside, 1], sm.add_constant(CHANGES[inside, 0])).fit()
    row = results.car().query("event_id == 'e2' and asset == 'A' and end == 0").iloc[0]
    expected = CHANGES[day0, 1] - fit.predict([[1, CHANGES[day0, 0]]])[0]
    assert row["car"] == pytest.approx(expected, abs=1e-13)
    x = np.array([1, CHANGES[day0, 0]])
    error = np.sqrt(fit.mse_resid * (1 + x @ fit.normalized_cov_params @ x))
    assert row["se"] == pytest.approx(error, rel=1e-10)
    assert results.regression("e2", "A").params.iloc[1] == pytest.approx(fit.params[1], rel=1e-10)


def test_results_show_which_window_each_had(results):
    shown = results.estimation[results.estimation["asset"] == "A"]
    assert list(zip(shown["start"], shown["end"], strict=True)) == SPANS
    assert shown["first"].tolist()[2] == SESSIONS[100]
    assert shown["last"].tolist()[2] == SESSIONS[299]
    assert shown["n"].tolist() == [180, 191, 200, 70]
    assert "Another estimation window, named by its event: 6 episodes" in results.summary()


@pytest.mark.parametrize("model", [es.models.MarketModel("M"), es.models.ScholesWilliams("M")])
def test_both_engines_give_equal_numbers(model):
    one, other = (study(events(), model=model, engine=name) for name in ("statsmodels", "moments"))
    assert other.disagreements == ()
    for table in ("car", "mean_car", "tests"):
        pd.testing.assert_frame_equal(getattr(one, table)(), getattr(other, table)(), rtol=1e-9)


def test_a_date_before_the_first_price_counts_as_missing_days():
    named = [("2019-12-23", str(SESSIONS[279].date())), *NAMED[1:]]
    row = study(events(named)).estimation.iloc[0]
    assert (row["start"], row["missing"]) == (-310, 10 + 1)  # no return on the first session


def test_a_file_of_events_says_the_same_as_a_frame(results, tmp_path):
    es.write_events(es.read_events(events()), tmp_path / "e.csv")
    read = es.read_events(tmp_path / "e.csv")
    assert read["e1"].estimation_start == -250
    assert read["e2"].estimation_end == SESSIONS[299].date()
    pd.testing.assert_frame_equal(study(read).car(), results.car())


def test_whole_numbers_of_a_column_with_holes_are_read():
    numbers = events([("", ""), ("-250", "-60"), ("", ""), ("-90", "")])
    numbers = numbers.assign(**{n: pd.to_numeric(numbers[n]) for n in numbers.columns[-2:]})
    assert numbers["estimation_end"].dtype == float
    assert study(numbers).estimation["start"].tolist() == [
        -200,
        -200,
        -250,
        -250,
        -200,
        -200,
        -90,
        -90,
    ]


WRONG = [
    (("250", "-21"), "lies on or after day 0", "Write -250."),
    (("-21", "-250"), "is before estimation_start (-21)", "Exchange the two."),
    (("long", ""), "neither a number of sessions", "Write a whole number such as -250"),
    (("13.1.2020", ""), "is not a date written as YYYY-MM-DD", "Write 2020-01-13."),
    (("", "-2"), "reaches into the event window (-3, 3)", "End it before the event window."),
    (("-70", "-21"), "has 50 sessions", "min_estimation = 50"),
    (("2020-01-11", "2020-01-12"), "no session lies in the estimation window", ""),
]


@pytest.mark.parametrize(("named", "told", "cure"), WRONG)
def test_a_window_that_cannot_be_is_told_with_its_event(named, told, cure):
    with pytest.raises(EventsError) as caught:
        study(events([*NAMED[:3], named]))
    (problem,) = caught.value.problems
    assert problem.line == 5
    assert told in str(caught.value)
    assert cure in str(caught.value)


def test_events_that_share_a_day_share_a_window():
    table = events([("-250", "-60"), ("", ""), ("-90", ""), ("", "")])
    table["date"] = SESSIONS[[300, 300, 360, 390]]
    assert study(table).estimation["start"].tolist()[:4] == [-250] * 4
    table.loc[1, "estimation_start"] = "-251"
    with pytest.raises(EventsError, match=r"e0 and e1 share one day 0 .* name different ones"):
        study(table)
