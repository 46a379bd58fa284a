"""Counts of one: a text whose verb goes with a count has a form for one, and it is said."""

import re
import tomllib
from importlib.resources import files

import pytest

from eventstudy.words.catalogue import say_of

PLURAL = "stand|have|share|carry|remain|do|belong|lose"
"""Verbs whose form of one is another."""
COUNT = re.compile(
    r"\{(\w+)\}(?: of (?:the |these )?\{\w+\}(?: [\w-]+){0,3}?)? (" + PLURAL + r")\b"
)
NEVER_ONE = {
    "around.shared": "of one it is around.shared_one",
    "answer.event_shared": "of one it is answer.event_shared_one",
    "checks.shared-session.sentence": "events that share are two at the least",
    "events.times_means": "events that share are two at the least",
    "choices.summary": "a share in per cent",
    "checks.specifications.sentence": "a share in per cent",
    "checks.fat-tails.sentence": "its verb goes with the residuals",
    "estimation.missing": "of one it is estimation.missing_one",
    "estimation.excluded": "of one it is estimation.excluded_one",
}
"""Texts that are said of two or more alone."""


def texts(table, prefix=""):
    for name, entry in table.items():
        if isinstance(entry, dict):
            yield from texts(entry, f"{prefix}{name}.")
        elif isinstance(entry, str):
            yield f"{prefix}{name}", entry.replace("\n", " ")


@pytest.fixture(scope="module")
def catalogue():
    text = files("eventstudy").joinpath("english.toml").read_text("utf-8")
    return dict(texts(tomllib.loads(text)))


def test_a_verb_that_goes_with_a_count_has_a_form_for_one(catalogue):
    plural = {key for key, text in catalogue.items() if COUNT.search(text)}
    without = {key for key in plural if f"{key}_one" not in catalogue and not key.endswith("_one")}
    assert without - NEVER_ONE.keys() == set()


def test_the_form_for_one_has_the_same_places(catalogue):
    places = re.compile(r"\{(\w+)")
    for key, text in catalogue.items():
        many = key.removesuffix("_one")
        if key != many and many in catalogue and many != "method.normal":  # one model, several
            assert set(places.findall(text)) <= set(places.findall(catalogue[many])), key


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "0 of 5 events have no certain market day."),
        (1, "1 of 5 events has no certain market day."),
        (3, "3 of 5 events have no certain market day."),
    ],
)
def test_the_verb_goes_with_the_number(number, said):
    assert say_of("concerns.unsure_fact", number, count=number, of=5) == said
