"""The cases of expected.json: an independent oracle on the same prices."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from golden_data import oracle, oracle_prices, windows_of
from synthetic import WORST

import eventstudy as es
from eventstudy import settings
from eventstudy.prices import log_returns, simple_returns


@pytest.fixture(autouse=True, params=["statsmodels", "moments"])
def engine(request, monkeypatch):
    """Every case is fitted by either engine."""
    monkeypatch.setattr(settings, "ONE_BY_ONE", 200 if request.param == "statsmodels" else 0)
    return request.param


def close(ours, expected, case, name=""):
    """|a - b| <= rtol max(|b|, 1e-6), the rule of the reference; remembered under a name."""
    a, b = np.asarray(ours, dtype=float), np.asarray(expected, dtype=float)
    assert a.shape == b.shape
    error = np.abs(a - b) / np.maximum(np.abs(b), 1e-6)
    assert (error <= case["rtol"]).all(), (a, b)
    if name:
        WORST[name] = max(WORST.get(name, 0.0), float(error.max()))


def model_of(spec):
    if "factors" in spec:
        return es.models.MultiFactor(*spec["factors"])
    kinds = {
        "market": es.models.MarketModel("SP500"),
        "mean": es.models.ConstantMean(),
        "adj": es.models.MarketAdjusted("SP500"),
    }
    return kinds[spec.get("model", "market")]


NAMES = {
    "t_cross": "cross-sectional-t",
    "cda": "crude-dependence",
    "patell": "patell",
    "patell_scar": "patell-scar",
    "adj_patell": "adj-patell",
    "bmp": "bmp",
    "adj_bmp": "adj-bmp",
    "corrado": "corrado-rank",
    "gsign": "generalised-sign",
    "skew_hall": "skewness-adjusted-t",
    "cz_rank": "corrado-zivney-rank",
    "cz_sign": "corrado-zivney-sign",
    "grank_t": "grank-t",
    "grank_z": "grank-z",
    "sign": "sign",
    "wilcoxon": "wilcoxon",
}
TESTS = [*NAMES.values(), "sign-exact", "wilcoxon-exact", "portfolio-t", "portfolio-sq"]
"""Those that the oracle has; placebo tests of years of days would take most of the time."""


@cache
def many(name, _):
    """The study of a case of many events, by one engine: several tests look at it."""
    spec = oracle()[name]["spec"]
    return run(spec, spec["events"])


def run(spec, pairs, **options):
    events = pd.DataFrame(
        {
            "event_id": [f"{ticker.lower()}-{date}" for ticker, date in pairs],
            "date": [date for _, date in pairs],
            "title": "reference case",
            "assets": [ticker for ticker, _ in pairs],
        }
    )
    model = model_of(spec)
    return es.run_study(
        events,
        oracle_prices(),
        model={ticker: model for ticker, _ in pairs},
        windows=windows_of(spec),
        tests=TESTS,
        options=es.Options(exclude_from_estimation=None, **options),
    )


def test_returns_and_quote_inversion():
    case = oracle()["G01_returns"]
    spec, expected = case["spec"], case["expected"]
    prices = oracle_prices()[spec["series"]].to_numpy()[: spec["n"] + 1]
    close(simple_returns(prices)[1:], expected["simple"], case)
    close(log_returns(prices)[1:], expected["log"], case)
    close(simple_returns(1 / prices)[1:], expected["simple_of_inverse"], case)
    close(log_returns(1 / prices)[1:], expected["log_of_inverse"], case)


SINGLE = [name for name in oracle() if name.startswith(("G02", "G03"))]


@pytest.mark.parametrize("name", SINGLE)
def test_one_event(name):
    case = oracle()[name]
    spec, expected = case["spec"], case["expected"]
    results = run(spec, [(spec["series"], spec["date"])])
    event = f"{spec['series'].lower()}-{spec['date']}"
    low, high = spec["window"]
    ar = results.ar[results.ar["tau"].between(low, high)]
    car = results.car().iloc[0]
    close(ar["ar"], expected["ar"], case)
    close(ar["se"], expected["se_daily"], case)
    close(results.estimation["sigma"].iloc[0] ** 2, expected["s2"], case)
    for name_ in ("car", "se", "t", "df", "p"):
        close(car[name_], expected[name_], case, model_of(spec).name)
    if "V" in expected:
        v = results.covariance(event, spec["series"]).loc[low:high, low:high]
        close(v, expected["V"], case)
    if spec.get("model") != "adj":
        close(results.regression(event, spec["series"]).params, expected["params"], case)


def test_every_case_of_a_single_event_was_found():
    assert len(SINGLE) >= 5
    assert any(name.startswith("G03") for name in SINGLE)


MANY = [name for name in oracle() if name.startswith(("G10", "G11"))]


def joint_of_five(case, results):
    """Hotelling's F and the average effect of five stocks on one date."""
    from eventstudy.inference import CrossSection, JointF, PortfolioT

    expected, part = case["expected"]["mvrm5"], results.abnormal
    rows = [list(part.assets).index(asset) for asset in expected["assets"]]
    chosen = CrossSection(part.rows(np.array(rows)), tuple(case["spec"]["window"]))
    close(chosen.car, expected["gamma"], case)
    close(part.car_se(chosen.window)[rows], expected["se"], case)
    found = JointF()(chosen)
    close([found.details["T2"], found.statistic], [expected["T2"], expected["F"]], case)
    close([found.details["df1"], found.df], [expected["df1"], expected["df2"]], case)
    close(found.p, expected["p"], case)
    average = PortfolioT()(chosen)
    close([average.statistic, average.p], [expected["t_avg"], expected["p_avg"]], case)


@pytest.mark.parametrize("name", MANY)
def test_many_events(name, engine):
    case = oracle()[name]
    spec, expected = case["spec"], case["expected"]
    results = many(name, engine)
    tests = results.tests(include_invalid=True).set_index("test")
    for other, own in NAMES.items():
        close([tests.loc[own, "statistic"], tests.loc[own, "p"]], expected[other], case, own)
    close(tests.loc["adj-bmp", "rbar"], expected["rbar_calendar"], case)
    for other, own in {"wilcoxon_exact": "wilcoxon-exact", "sign_exact": "sign-exact"}.items():
        close(tests.loc[own, "p"], expected[other], case, own)
    if expected.get("portfolio_t"):
        portfolio = tests.loc["portfolio-t"]
        found = portfolio[["car", "se", "statistic", "df", "p"]]
        five = [expected["portfolio_t"][k] for k in ("car", "se", "t", "df", "p")]
        close(found, five, case, "portfolio-t")
        close(tests.loc["portfolio-sq", "p"], expected["portfolio_sq"]["p"], case, "portfolio-sq")
    if expected.get("mvrm5"):
        joint_of_five(case, results)
    car = results.car().set_index("asset").loc[[ticker for ticker, _ in spec["events"]]]
    close(car["car"], expected["CAR"], case)
    close(car["scar"], expected["SCAR"], case)
    mean = results.mean_car().iloc[0]
    close(mean["caar"], expected["caar"], case)
    assert mean["positive"] == expected["n_pos"]
    low, high = spec["window"]
    aar = results.aar()
    close(aar[aar["tau"].between(low, high)]["aar"], expected["aar"], case)


@pytest.mark.parametrize("name", MANY)
def test_johnson_transform_is_offered(name, engine):
    from eventstudy.inference import SkewnessAdjustedT
    from eventstudy.results import cross_section, levels

    case = oracle()[name]
    results = many(name, engine)
    (level,) = levels(results)
    chosen = cross_section(results, level, tuple(case["spec"]["window"]))
    found = SkewnessAdjustedT(transform="johnson")(chosen)
    close([found.statistic, found.p], case["expected"]["skew_johnson"], case)


@pytest.mark.parametrize("name", [name for name in MANY if "G10" in name])
def test_event_time_correlation_is_offered(name, engine):
    from eventstudy.inference.correlation import mean_correlation

    case = oracle()[name]
    results = many(name, engine)
    ours = mean_correlation(results.abnormal, "event-time")
    close(ours, case["expected"]["rbar_event_time"], case)
