"""How sure: the test that leads, how often it cries wolf, and other defensible choices."""

from __future__ import annotations

from eventstudy.inference import TESTS
from eventstudy.report.answer_words import asset_name, capital, labelled, listed
from eventstudy.report.answers import Answer
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.results import only
from eventstudy.words.catalogue import counted, say, say_how
from eventstudy.words.numbers import p_value, size

MOST = 4
"""Groups and assets in a sentence; all are in the full sections."""


def _name(report: ReportData, group: str, asset: str) -> str:
    several = len({answer.group for answer in report.answers.groups}) > 1
    named = labelled(report.results, group, asset)
    return named if several else asset_name(report.results, asset)


def _equals(p: float) -> str:
    """Return "= 0.056", or "< 0.001"."""
    text = p_value(p)
    return f"< {text[1:]}" if text.startswith("<") else f"= {text}"


def _leads(report: ReportData) -> tuple[str, str]:
    """Return the p of the tests that lead, and what they are."""
    parts: list[str] = []
    names: dict[str, None] = {}
    answers = report.answers.groups
    for answer in answers[:MOST]:
        name = _name(report, answer.group, answer.asset)
        if answer.test:
            parts.append(say("sure.p", name=name, p=_equals(answer.p)))
            names[TESTS[answer.test].label if answer.test in TESTS else answer.test] = None
        else:
            parts.append(say("sure.no_test", name=name))
    text = "; ".join(parts)
    if len(answers) > MOST:
        text += " " + say("sure.more", count=len(answers) - MOST)
    return capital(text), say("sure.tests", tests=listed(list(names))) if names else ""


def _why(answers: tuple[Answer, ...], report: ReportData) -> str:
    """Say why no test leads, where none does."""
    for answer in answers:
        if not answer.test:
            rows = only(report.primary_situations, group=answer.group, asset=answer.asset)
            return " ".join(str(why) for why in rows["why"].head(1))
    return ""


def _wolf(report: ReportData) -> tuple[str, str]:
    """Say how often the tests that lead reject where nothing happened, and intervals hold."""
    if report.calibration is None:
        return say_how("sure.not_measured", report.results.about.file), ""
    start, end = report.results.windows.lead
    parts = []
    for answer in report.answers.groups[:MOST]:
        level = {"group": answer.group, "asset": answer.asset, "start": start, "end": end}
        rows = only(report.calibration.size, **level, test=answer.test)
        for row in rows[rows["samples"] > 0].itertuples():
            name = _name(report, answer.group, answer.asset)
            sized = {"size": size(row.size, 1), "error": f"{200 * row.mc_se:.1f}"}
            parts.append(say("sure.size", name=name, **sized))
    held = []
    for row in report.calibration.coverage.itertuples():
        if row.samples and row.interval.startswith("mean"):
            name = _name(report, row.group, row.asset)
            held.append(say("sure.held", name=name, coverage=size(row.coverage, 1)))
    text = say("sure.sizes", sizes="; ".join(parts)) if parts else say("sure.no_size")
    return text, say("sure.coverages", coverages="; ".join(held[:MOST])) if held else ""


def _choices(report: ReportData) -> tuple[str, str]:
    """Say how many other choices have the same sign."""
    if report.robustness is None:
        return say_how("sure.not_tried", report.results.about.file), ""
    parts = []
    for row in report.robustness.summary.itertuples():
        if row.specifications:
            same = round(row.same_sign * row.specifications)
            name = asset_name(report.results, row.asset)
            parts.append(say("sure.same", name=name, same=same, all=row.specifications))
    return (say("sure.sign", parts="; ".join(parts)) if parts else say("sure.none_tried")), ""


def _refused(report: ReportData) -> str:
    """Say in a sentence which classical tests are not valid here."""
    rows = report.primary_tests
    refused = rows.loc[~rows["valid"].astype(bool), "test"].unique()
    return say("sure.refused", tests=counted(len(refused), "test")) if len(refused) else ""


def _context(report: ReportData, _event: str) -> Context:
    answers = report.answers.groups
    if not answers:
        return None
    leads, tests = _leads(report)
    return {
        "rows": [
            ("leads", "tests", leads, " ".join(filter(None, (tests, _why(answers, report))))),
            ("wolf", "calibration", *_wolf(report)),
            ("choices", "robustness", *_choices(report)),
        ],
        "refused": _refused(report),
    }


SECTION = Section("sure", _context)
