"""Everything that base R measured on 20 stocks, for every group, window and model."""

from functools import cache, partial

import numpy as np
import pandas as pd
import pytest
from golden_data import GROUPS, WINDOWS, base_r, events_of, stocks
from synthetic import agree

import eventstudy as es
from eventstudy.inference import (
    BMP,
    AdjustedBMP,
    AdjustedPatell,
    CorradoRank,
    SkewnessAdjustedT,
)

MODELS = ("market", "mean")
RTOL = 1e-9
NAMED = {"market": "market-model", "mean": "constant-mean"}


@cache
def measured(engine: str, model: str, group: str):
    """The study of a model and a group, computed once by each engine."""
    pairing = "event-time" if group == "STAGGERED" else "calendar"
    prices = stocks()
    own = es.models.MarketModel("SP500") if model == "market" else es.models.ConstantMean()
    return es.run_study(
        events_of(group),
        prices,
        model=dict.fromkeys(prices.columns[:20], own),
        windows=es.Windows(estimation=(-260, -11), event=(-10, 10), car=WINDOWS),
        tests=[
            "cross-sectional-t",
            "mackinlay-j1",
            "mackinlay-j2",
            "crude-dependence",
            "patell",
            "patell-scar",
            "bmp",
            AdjustedBMP(rbar=pairing),
            AdjustedPatell(rbar=pairing),
            "corrado-rank",
            "generalised-sign",
            "grank-t",
            "grank-z",
            "sign",
            "sign-exact",
            "wilcoxon",
            "wilcoxon-exact",
            "sign-flip",
            SkewnessAdjustedT(skewness="unbiased"),
        ],
        # base R used the return across the closure of September 2001 as a daily one
        options=es.Options(exclude_from_estimation=None, max_shift=10, engine=engine),
    )


@cache
def every_test(engine: str, model: str, group: str) -> pd.DataFrame:
    """All tests of that study."""
    return measured(engine, model, group).tests(include_invalid=True)


engines = pytest.mark.parametrize("engine", ["statsmodels", "moments"])


@pytest.fixture(params=["statsmodels", "moments"])
def study(request):
    """Results by model and group, by either engine."""
    return partial(measured, request.param)


def expected(table: str, model: str, group: str) -> pd.DataFrame:
    """Rows of base R for a model and group, one for each stock and so on."""
    frame = base_r(table)
    frame = frame[frame["model"] == model]
    if group != "STAGGERED":
        return frame[frame["event_id"] == group].reset_index(drop=True)
    return pd.DataFrame()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("group", GROUPS[:3])
def test_firm_parameters(study, model, group):
    results = study(model, group)
    for row in expected("firm_params", model, group).itertuples():
        fit = results.regression(group.lower(), row.firm)
        assert fit.nobs == row.n_est
        agree(NAMED[model], fit.params["const"], row.alpha)
        agree(NAMED[model], np.sqrt(fit.scale), row.sigma)
        agree(NAMED[model], fit.bse["const"], row.se_alpha)
        if model == "market":
            agree(NAMED[model], fit.params["SP500"], row.beta)
            agree(NAMED[model], fit.bse["SP500"], row.se_beta)
            agree(NAMED[model], fit.rsquared, row.r2)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("group", GROUPS[:3])
def test_abnormal_returns(study, model, group):
    ours = study(model, group).ar.set_index(["asset", "tau"])
    theirs = expected("ar", model, group)
    assert len(theirs) == len(ours) == 20 * 21
    ours = ours.loc[list(zip(theirs["firm"], theirs["rel_day"], strict=True))]
    assert (ours["session"].dt.strftime("%Y-%m-%d").to_numpy() == theirs["date"].to_numpy()).all()
    pairs = {"return": "ret", "normal": "expected", "ar": "ar", "se": "s_ar", "sar": "sar"}
    for own, other in pairs.items():
        agree(NAMED[model], ours[own], theirs[other])


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("group", GROUPS[:3])
def test_cumulative_abnormal_returns(study, model, group):
    ours = study(model, group).car().set_index(["asset", "start", "end"])
    theirs = expected("car", model, group)
    assert len(theirs) == len(ours) == 20 * 4
    keys = [(r.firm, *map(int, r.window.split(","))) for r in theirs.itertuples()]
    ours = ours.loc[keys]
    pairs = {"car": "car", "se": "s_car_exact", "t": "t_exact", "p": "p_exact", "df": "df"}
    for own, other in {**pairs, "bhar": "bhar"}.items():
        agree(NAMED[model], ours[own], theirs[other])


NAMES = {
    "csect_t": "cross-sectional-t",
    "mackinlay_J1_exact": "mackinlay-j1",
    "mackinlay_J2_exact": "mackinlay-j2",
    "cda_brown_warner_1985": "crude-dependence",
    "patell_sum_sar": "patell",
    "patell_scar": "patell-scar",
    "bmp_scar": "bmp",
    "kp_adj_bmp_scar": "adj-bmp",
    "adj_patell_scar": "adj-patell",
    "corrado_rank_B_est_plus_window": "corrado-rank",
    "gsign_cowan": "generalised-sign",
    "grank_t": "grank-t",
    "grank_z": "grank-z",
    "sign_z": "sign",
    "wilcoxon_z_no_cc": "wilcoxon",
    "skewness_corrected_t_hall": "skewness-adjusted-t",
}
EXACT = {
    "sign_exact_binom_p": "sign-exact",
    "wilcoxon_V_default_p": "wilcoxon-exact",
    "signflip_exact_p": "sign-flip",
}


@engines
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("window", WINDOWS)
def test_tests_over_stocks(engine, model, group, window):
    ours = every_test(engine, model, group).set_index(["test", "start", "end"])
    frame = base_r("tests")
    chosen = (frame["model"] == model) & (frame["group"] == group)
    chosen &= frame["window"] == f"{window[0]},{window[1]}"
    theirs = frame[chosen].set_index("test")
    assert set(NAMES) <= set(theirs.index)
    for name, own in NAMES.items():
        row, other = ours.loc[(own, *window)], theirs.loc[name]
        assert row["n"] == 20
        agree(own, row["statistic"], other["statistic"])
        agree(own, row["p"], other["p_two_sided"])
    for name, own in EXACT.items():
        row, other = ours.loc[(own, *window)], theirs.loc[name]
        agree(own, row["statistic"], other["statistic"])
        agree(own, row["p"], other["p_two_sided"])


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("group", GROUPS)
def test_tests_by_day_are_those_of_base_r_over_one_day(model, group):
    """By one engine: what is tested, and every test of a window, is compared by both."""
    results = measured("moments", model, group)
    days = results.tests(include_invalid=True, by_day=True)
    assert sorted(set(days["start"])) == list(range(-10, 11))
    assert (days["start"] == days["end"]).all()
    ours = days.set_index(["test", "start"])
    frame = base_r("tests")
    theirs = frame[(frame["model"] == model) & (frame["group"] == group)]
    theirs = theirs[theirs["window"] == "0,0"].set_index("test")
    for name, own in (NAMES | EXACT).items():
        row, other = ours.loc[(own, 0)], theirs.loc[name]
        agree(own, row["statistic"], other["statistic"])
        agree(own, row["p"], other["p_two_sided"])
    aar = base_r("aar")
    aar = aar[(aar["model"] == model) & (aar["group"] == group)].set_index("rel_day")
    for day in range(-10, 11):
        other = aar.loc[day, "csect_t"]
        np.testing.assert_allclose(ours.loc[("cross-sectional-t", day), "statistic"], other, 1e-8)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("group", GROUPS)
def test_corrado_with_ranks_over_the_event_window(study, model, group):
    from eventstudy.results import cross_section, levels

    results = study(model, group)
    frame = base_r("tests")
    (level,) = levels(results)
    for window in WINDOWS:
        chosen = (frame["model"] == model) & (frame["group"] == group)
        chosen &= frame["window"] == f"{window[0]},{window[1]}"
        other = frame[chosen].set_index("test").loc["corrado_rank_A_est_plus_max"]
        found = CorradoRank(ranks="event-window")(cross_section(results, level, window))
        np.testing.assert_allclose(found.statistic, other["statistic"], rtol=RTOL)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("group", GROUPS)
def test_statistics_on_sums_of_daily_sars(study, model, group):
    from eventstudy.results import cross_section, levels

    rbar = "event-time" if group == "STAGGERED" else "calendar"
    made = {
        "bmp_sum_sar": BMP(scale="sum-sar"),
        "kp_adj_bmp_sum_sar": AdjustedBMP(rbar, "sum-sar"),
        "adj_patell_sum_sar": AdjustedPatell(rbar, "sum-sar"),
    }
    results = study(model, group)
    frame = base_r("tests")
    (level,) = levels(results)
    for window in WINDOWS:
        chosen = (frame["model"] == model) & (frame["group"] == group)
        chosen &= frame["window"] == f"{window[0]},{window[1]}"
        theirs = frame[chosen].set_index("test")
        for name, test in made.items():
            found = test(cross_section(results, level, window))
            np.testing.assert_allclose(found.statistic, theirs.loc[name, "statistic"], rtol=RTOL)
            np.testing.assert_allclose(found.p, theirs.loc[name, "p_two_sided"], rtol=RTOL)


@engines
def test_average_car_and_mean_correlation(engine):
    for row in base_r("group_info").itertuples():
        frame = every_test(engine, row.model, row.group)
        ours = frame[frame["test"] == "adj-bmp"]["rbar"].iloc[0]
        np.testing.assert_allclose(ours, row.rbar, rtol=RTOL)
    frame = base_r("tests")
    for (model, group), rows in frame[frame["test"] == "caar"].groupby(["model", "group"]):
        ours = measured(engine, model, group).mean_car().set_index(["start", "end"])
        for row in rows.itertuples():
            start, end = map(int, row.window.split(","))
            np.testing.assert_allclose(ours.loc[(start, end), "caar"], row.statistic, rtol=RTOL)


def test_average_abnormal_returns(study):
    frame = base_r("aar")
    for (model, group), theirs in frame.groupby(["model", "group"]):
        if group not in GROUPS:
            continue
        ours = study(model, group).aar().set_index("tau").loc[theirs["rel_day"]]
        np.testing.assert_allclose(ours["aar"], theirs["aar"], rtol=RTOL, atol=1e-15)
        np.testing.assert_allclose(ours["aar"] / ours["se"], theirs["csect_t"], rtol=1e-8)


def test_dates_of_base_r_are_ours(study):
    """Weekends and holidays: the next trading day, as in base R's event map."""
    results = study("market", "STAGGERED")
    day0 = base_r("event_map")["day0_next"]
    for place, row in enumerate(results.alignment.itertuples()):
        assert str(row.day0.date()) == day0.iloc[place % 12]
        assert row.certain


def test_default_max_shift_leaves_out_september_2001():
    """Six days without a session are a closure unless the user says otherwise."""
    results = es.run_study(events_of("STAGGERED"), stocks(), model=es.models.MarketModel("SP500"))
    left = results.left_out
    assert set(left["event_id"]) >= {"aapl", "msft"}
    assert left[left["event_id"] == "aapl"]["reason"].iloc[0].startswith("closure")


def test_twelve_dates_times_twenty_stocks_is_one_call():
    """All events on all stocks at once; each date by itself is base R's group of that date."""
    dates = base_r("event_map")
    events = pd.DataFrame(
        {
            "event_id": dates["event_id"].str.lower(),
            "date": dates["event_date"],
            "title": "one of twelve",
        }
    )
    results = es.run_study(
        events,
        stocks(),
        model=es.models.MarketModel("SP500"),
        windows=es.Windows(estimation=(-260, -11), event=(-10, 10), car=WINDOWS),
        tests=["cross-sectional-t", "patell", "adj-bmp", "generalised-sign"],
        options=es.Options(exclude_from_estimation=None, max_shift=10),
    )
    assert results.left_out.empty
    assert (results.mean_car()["n"] == 240).all()
    ours = results.tests(by="event_id", include_invalid=True)
    ours = ours.set_index(["group", "test", "start", "end"])
    frame = base_r("tests")
    theirs = frame[(frame["model"] == "market") & frame["group"].isin(GROUPS[:3])]
    theirs = theirs.set_index(["group", "test", "window"])
    for group in GROUPS[:3]:
        for name in ("csect_t", "patell_sum_sar", "kp_adj_bmp_scar", "gsign_cowan"):
            for window in WINDOWS:
                own = ours.loc[(group.lower(), NAMES[name], *window), "statistic"]
                other = theirs.loc[(group, name, f"{window[0]},{window[1]}"), "statistic"]
                np.testing.assert_allclose(own, other, rtol=RTOL)
