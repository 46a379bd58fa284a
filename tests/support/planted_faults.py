"""The faults: each changes one thing of the clean plan."""

from dataclasses import replace

import numpy as np
from planted_plan import (
    CLOCK,
    COUNT,
    DAYS,
    FIRST,
    LAST,
    PLACES,
    REACTION,
    SESSIONS,
    firms,
    keep,
    quiet,
    rng_of_faults,
)

import eventstudy as es


def direction(plan):
    """A second series, quoted the other way round, averaged with the first."""
    keep(plan, 20)
    plan.returns["RATE"] = -plan.returns["FIRM"] + rng_of_faults().normal(0, 0.004, DAYS)
    plan.clocks["RATE"] = CLOCK
    plan.models["RATE"] = es.models.MarketModel("MKT")
    plan.options["average"] = "across-assets"


def quote_direction(plan):
    """A pair of currencies without a word on what its rise means."""
    plan.symbols["FIRM"] = "USD/GBP"
    plan.about = replace(plan.about, assets={})


def bad_control(plan):
    """An index of the same market as the factor."""
    for own in (plan.returns, plan.clocks, plan.models):
        own["IMOEX2"] = own.pop("FIRM")
    plan.returns["RSX"] = plan.returns.pop("MKT")
    plan.clocks["RSX"] = plan.clocks.pop("MKT")
    plan.models["IMOEX2"] = es.models.MarketModel("RSX")


def factor_reacts(plan):
    """The market moves on event days too."""
    plan.returns["MKT"][plan.places] += 0.015
    plan.returns["FIRM"][plan.places] += 0.012


def selection(plan):
    """Nothing said of how the events were chosen."""
    plan.about = replace(plan.about, selection="")


def mixed_tones(plan):
    """Events of two tones in one average."""
    plan.columns["tone"] = ["-1", "1"] * (COUNT // 2)


def leakage(plan):
    """The last event leaked five days before."""
    plan.returns["FIRM"][LAST - 5] = 0.8 * plan.returns["MKT"][LAST - 5] + 0.046


def neighbours(plan):
    """The session three days after the last event moved more."""
    plan.returns["FIRM"][LAST + 3] += 0.35


def claims(plan):
    """A claimed move that no session has."""
    day = SESSIONS[LAST].date()
    plan.columns["claims"] = [""] * (COUNT - 1) + [f"FIRM:-9.9%@{day}"]


def uncertain_day0(plan):
    """Hours unknown."""
    plan.columns["time"] = ""


def window_misses_day0(plan):
    """The hour of one event unknown, under a window of one day."""
    plan.columns["time"] = ["10:00"] * (COUNT - 1) + [""]
    plan.windows["car"] = [(0, 0)]


def no_clock(plan):
    """Date labels only."""
    plan.clocks = {}


def inside_averaging(plan):
    """A statement inside the averaging window of a fixing."""
    plan.clocks = dict.fromkeys(plan.clocks, "10:00-17:30 Europe/London")
    plan.columns["time"] = ["09:00"] * (COUNT - 1) + ["12:00"]


def shared_session(plan):
    """Two events on one session."""
    plan.places = np.append(plan.places, LAST)
    ids = [f"e{place}" for place in PLACES]
    plan.columns["event_id"] = [*ids, "twin"]


def confounders(plan):
    """Something else happened on the day of an event."""
    plan.columns["confounders"] = ["rate decision"] + [""] * (COUNT - 1)


def dense_calendar(plan):
    """An event on two sessions of three, by single days."""
    plan.returns["FIRM"][PLACES] -= REACTION
    plan.places = LAST - 34 + np.array([s for s in range(36) if s % 3])
    quiet(plan, 0.015)
    plan.windows["car"] = [(0, 0)]
    plan.options["exclude_from_estimation"] = (0, 0)


def single_event(plan):
    """One event."""
    keep(plan, 1)


def few_dates(plan):
    """Six events."""
    keep(plan, 6)


def few_episodes(plan):
    """Fourteen events."""
    keep(plan, 14)


def one_date(plan):
    """Twenty firms on one date."""
    keep(plan, 1)
    firms(plan, 20)


def correlated_assets(plan):
    """Eight firms that share a factor which the model lacks."""
    keep(plan, 10)
    firms(plan, 8, common=0.03)


def short_estimation(plan):
    """Seven days around each of the other events leave the estimation window."""
    plan.options["exclude_from_estimation"] = (-1, 5)


def closure_in_estimation(plan):
    """Ten sessions without prices, long before the events."""
    plan.edit = lambda prices: prices.drop(prices.index[3500:3510])


def volatility_regime(plan):
    """More than twice the volatility in the weeks before the last event."""
    plan.returns["FIRM"][LAST - 20 : LAST] += rng_of_faults().normal(0, 0.024, 20)
    plan.returns["FIRM"][LAST] += 0.15


def arch(plan):
    """Loud days come in threes, again and again."""
    rng = rng_of_faults()
    loud = np.arange(DAYS) % 14 < 4
    scale = np.where(loud, 0.018, 0.0065)
    e = scale * rng.choice([-1, 1], DAYS) * (1 + 0.25 * rng.uniform(-1, 1, DAYS))
    plan.returns["FIRM"] = 0.8 * plan.returns["MKT"] + e
    plan.returns["FIRM"][plan.places] += 0.12


def serial_correlation(plan):
    """Returns that take back a part of the day before."""
    e = rng_of_faults().normal(0, 0.01, DAYS + 1)
    plan.returns["FIRM"] = 0.8 * plan.returns["MKT"] + e[1:] - 0.42 * e[:-1]
    plan.returns["FIRM"][plan.places] += 0.08


def fat_tails(plan):
    """Large days now and then, in an otherwise calm window."""
    rng = rng_of_faults()
    e = rng.normal(0, 0.008, DAYS)
    e[30::23] = 0.034 * np.where(np.arange(len(e[30::23])) % 2, 1, -1)
    e[PLACES[:, None] + np.arange(-25, 6)] = rng.normal(0, 0.011, (COUNT, 31))
    plan.returns["FIRM"] = 0.8 * plan.returns["MKT"] + e
    plan.returns["FIRM"][PLACES] += 0.09


def mean_break(plan):
    """The mean shifts."""
    plan.returns["FIRM"][:3575] += 0.0026
    plan.returns["FIRM"][3575:] -= 0.0026


def earlier_crisis(plan):
    """The earlier half of the window of the only event was a crisis."""
    keep(plan, 1)
    residual = plan.returns["FIRM"] - 0.8 * plan.returns["MKT"]
    residual[LAST - 275 : LAST - 145] *= 2.1
    plan.returns["FIRM"] = 0.8 * plan.returns["MKT"] + residual


def influential_day(plan):
    """One day of −9 % in the estimation windows."""
    plan.returns["FIRM"][3600] = -0.09


def unstable_beta(plan):
    """The slope on the market changes."""
    market = plan.returns["MKT"]
    plan.returns["FIRM"][: LAST - 200] += 0.9 * market[: LAST - 200]


def contaminated_estimation(plan):
    """Days of other events stay in the estimation windows."""
    plan.options["exclude_from_estimation"] = None
    quiet(plan)


def left_out(plan):
    """Five events before the first price."""
    early = 20 + 3 * np.arange(5)
    plan.places = np.append(plan.places, early)


def not_detected(plan):
    """No reaction at all."""
    quiet(plan)


def cannot_reject(plan):
    """An exact test of four events."""
    keep(plan, 4)
    plan.tests = ["sign-exact"]


def family_cannot_reject(plan):
    """Hardly a place to move the calendar to."""
    plan.returns["FIRM"][PLACES] -= REACTION
    plan.places = LAST - 12 * np.arange(COUNT)[::-1]
    quiet(plan)
    plan.start = int(plan.places[0]) - 275


def multiplicity(plan):
    """One reaction among 24 that is unusual by itself only."""
    quiet(plan)
    days = PLACES[5] + np.arange(2)
    plan.returns["FIRM"][days] = 0.8 * plan.returns["MKT"][days] + np.array([0.023, 0.005])


def refused_test(plan):
    """A cross-sectional t on one date."""
    one_date(plan)
    plan.tests = ["adj-bmp", "cross-sectional-t"]


def fragile_test(plan):
    """Patell alone, where reactions differ."""
    plan.returns["FIRM"][PLACES] += np.where(np.arange(COUNT) % 2, 0.03, -0.012)
    plan.tests = ["patell"]


def normal_critical_values(plan):
    """Patell on six events."""
    keep(plan, 6)
    plan.tests = ["patell"]


def overlap_joined(plan):
    """An event on the session before each of the last three: more than one in five overlap."""
    plan.places = np.sort(np.append(plan.places, plan.places[-3:] - 1))


def window_picked(plan):
    """A reaction that is taken back at once, read over the one day that shows it."""
    plan.windows["car"] = [(0, 0), (0, 1), (-1, 1)]
    plan.windows["primary"] = (0, 0)
    plan.returns["FIRM"][PLACES + 1] -= REACTION


def pointwise_only(plan):
    """The average path begins with a step, within what eleven days may show."""
    quiet(plan)
    days = PLACES[:, None] + np.arange(-5, 6)
    firm = plan.returns["FIRM"]
    firm[days] -= (firm[days] - 0.8 * plan.returns["MKT"][days]).mean(axis=0)
    firm[PLACES - 5] += 0.0050


def stale_prices(plan):
    """Prices filled forward over two weeks."""

    def fill(prices):
        prices.loc[prices.index[3602:3612], "FIRM"] = prices["FIRM"].iloc[3601]
        return prices

    plan.edit = fill


def clock_difference(plan):
    """The market is struck hours after the share."""
    plan.clocks["MKT"] = "22:00 Europe/London"


def extra_sessions(plan):
    """Prices on days without a session of the exchange."""
    plan.options["calendars"] = {"FIRM": "XLON", "MKT": "none"}


def gap_in_window(plan):
    """A session of the market without a price, in an estimation window."""

    def lose(prices):
        prices.loc[prices.index[3600], "MKT"] = np.nan
        return prices

    plan.edit = lose


def split(plan):
    """Prices that are not adjusted for a split after the last event."""

    def halve(prices):
        prices.loc[prices.index[LAST + 4 :], "FIRM"] /= 2
        return prices

    plan.edit = halve


def specifications(plan):
    """A reaction that the days after take back: what is found depends on the window."""
    plan.options["exclude_from_estimation"] = (0, 3)
    for step in (2, 3):
        plan.returns["FIRM"][PLACES + step] -= 0.07


def calibration_size(plan):
    """Years before the study whose days follow one another: placebo dates are taken there."""
    from scipy.signal import lfilter

    n = FIRST - 280
    e = lfilter([0.6], [1, -0.8], rng_of_faults().normal(0, 0.01, n))
    plan.returns["FIRM"][:n] = 0.8 * plan.returns["MKT"][:n] + e
    plan.returns["FIRM"][PLACES] += 0.1
