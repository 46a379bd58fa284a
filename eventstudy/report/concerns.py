"""What a reader should doubt, by how much it would change: the fact, what follows, what to do.

The checks object to single points in the words of the field; these few are in plain words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.router import TURBULENT
from eventstudy.report.answer_words import asset_name, moved_by
from eventstudy.report.answers import CROWDED, Answer, simple
from eventstudy.results import ALL_ASSETS, only
from eventstudy.words.catalogue import counted, say, say_how, say_of
from eventstudy.words.numbers import date, share

if TYPE_CHECKING:
    from eventstudy.report.report_data import ReportData

FEW = 10
"""Fewer market days than this are few."""
MOST = 2
"""Answers of which it is asked whether one day carries them."""
HALVED = 0.5
"""A mean that shrinks by more than this without one day is carried by it."""


@dataclass(frozen=True)
class Concern:
    """One doubt.

    Parameters
    ----------
    fact, effect, cure : str
        What is so, what it does to the answer, and what to do about it.
    """

    fact: str
    effect: str
    cure: str


def concern(key: str, number: int = 0, file: str = "study.toml", /, **values: object) -> Concern:
    """Return a doubt by the key of its texts; a number is what the verb of its fact goes with.

    What to do about it is said in terms of the study file, or of the library without one.
    """
    fact, effect = say_of(f"{key}_fact", number, **values), say(f"{key}_effect", **values)
    return Concern(fact, effect, say_how(f"{key}_cure", file, **values))


def _concern(report: ReportData, name: str, number: int = 0, /, **values: object) -> Concern:
    return concern(f"concerns.{name}", number, report.results.about.file, **values)


def _crowded(report: ReportData, answers: list[Answer]) -> Iterator[Concern]:
    crowded = [answer for answer in answers if answer.share > CROWDED]
    weeks = {weeks.asset: weeks for weeks in report.statement_weeks} if crowded else {}
    for answer in crowded[:1]:
        if answer.asset in weeks:
            compared = weeks[answer.asset]
            yield _concern(report, "crowded", days=compared.with_statement, of=compared.sessions)
        else:
            yield _concern(report, "crowded_share", share=share(answer.share))


def _alone(report: ReportData, answer: Answer) -> Iterator[Concern]:
    """Say that one day carries a mean."""
    if answer.asset == ALL_ASSETS or answer.n < 3 or answer.strongest is None:
        return
    car = only(report.results.at_primary(report.car), asset=answer.asset)
    car = car.drop_duplicates("day0").set_index("day0")["car"]
    days = {np.datetime64(d, "D") for d in report.results.abnormal.day0[answer.rows]}
    car = car[[np.datetime64(day, "D") in days for day in car.index.to_numpy()]]
    mean = float(car.mean())
    largest = car.abs().idxmax()
    rest = float(car.drop(largest).mean())
    if mean and (rest * mean < 0 or abs(rest) < HALVED * abs(mean)):
        yield _concern(
            report,
            "alone",
            date=date(largest),
            asset=asset_name(report.results, answer.asset),
            mean=moved_by(simple(report.results, mean)),
            rest=moved_by(simple(report.results, rest)),
        )


def _of_dates(report: ReportData) -> Iterator[Concern]:
    """Say what the days of the events leave open."""
    results = report.results
    aligned = results.alignment[results.alignment["day0"].notna()]
    unsure = set(aligned.loc[~aligned["certain"], "event_id"])
    total = aligned["event_id"].nunique()
    if unsure:
        title = report.events[min(unsure)].title
        yield _concern(
            report, "unsure", len(unsure), count=f"{len(unsure):,}", of=f"{total:,}", title=title
        )
    shared = aligned[aligned["shares_session_with"].map(len) > 0]["event_id"].nunique()
    if shared:
        yield _concern(report, "shared", shared, count=f"{shared:,}", of=f"{total:,}")
    other = [event for event in results.events if event.confounders]
    if other:
        yield _concern(report, "news", events=counted(len(other), "event"), title=other[0].title)


def _of_sample(report: ReportData, answers: list[Answer]) -> Iterator[Concern]:
    """Say what the number of days and their volatility do."""
    situations = report.primary_situations
    ratios = situations["sigma_ratio"].astype(float)
    if (ratios > TURBULENT).any():
        row = situations.loc[ratios.idxmax()]
        name = asset_name(report.results, str(row["asset"]))
        yield _concern(report, "turbulent", asset=name, ratio=f"{ratios.max():.1f}")
    few = [answer for answer in answers if 1 < len(answer.rows) < FEW]
    if few:
        yield _concern(report, "few", days=counted(len(few[0].rows), "market_day"))
    left = report.results.left_out
    whole = left[left["start"].isna() & ~left["pending"].astype(bool)]
    if len(whole):
        total = len(report.results.alignment)
        yield _concern(report, "left", count=counted(len(whole), "observation"), of=f"{total:,}")


def _gravest(report: ReportData) -> Iterator[Concern]:
    answers = list(report.answers.groups)
    if not answers:
        return
    yield from _crowded(report, answers)
    if any(answer.why == "test" for answer in answers):
        yield _concern(report, "test")
    for answer in report.answers.leading[:MOST]:
        yield from _alone(report, answer)
    yield from _of_dates(report)
    yield from _of_sample(report, answers)
    if not report.results.about.selection:
        yield _concern(report, "selection")
    yield _concern(report, "daily")


def concerns(report: ReportData) -> list[Concern]:
    """Return what a reader should doubt, the gravest first; none where nothing was measured.

    Parameters
    ----------
    report : ReportData
        The study.
    """
    return report.shared("concerns", lambda: list(_gravest(report)))
