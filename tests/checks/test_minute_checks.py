"""Checks of windows in minutes: each planted fault raises its own objection, clean ones none."""

from dataclasses import replace
from types import SimpleNamespace

import planted
import pytest
from minute_faults import MINUTE_FAULTS, minutes

from eventstudy.checks import check_study
from eventstudy.checks.minutes import CHECKS


def raised(name):
    study = SimpleNamespace(results=SimpleNamespace(minutes=minutes(name)))
    return {check.name for check in CHECKS if list(check.find(study))}


@pytest.mark.parametrize("name", MINUTE_FAULTS)
def test_a_planted_fault_raises_its_own_objection_and_no_other(name):
    assert raised(name) == {name}


def test_clean_minutes_raise_none():
    assert raised("clean") == set()


def test_objections_of_minutes_are_among_those_of_the_study():
    results = replace(planted.study("clean"), minutes=minutes("few-ordinary-days"))
    (objection,) = check_study(results)
    assert objection.check == "few-ordinary-days"
    assert "2 windows of minutes on A" in objection.sentence
    assert "40 days" in objection.advice
