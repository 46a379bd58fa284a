"""One bar for a whole run: it never goes back, and tells how long it will take."""

import re

import pytest
from parts_study import ASKED, events, market

import eventstudy as es
from eventstudy.executors import processes
from eventstudy.progress import Bar, drawn, duration, on_terminal, one_bar, shown

STAGES = {"placebo dates": 2.0, "specifications": 3.0, "pages": 5.0}


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def told():
    lines, clock = [], Clock()
    return lines, clock, Bar(STAGES, lines.append, clock)


def percent(line):
    return int(re.search(r"(\d+) %", line)[1])


def test_the_bar_goes_on_from_stage_to_stage_and_never_back(told):
    lines, clock, bar = told
    for name in STAGES:
        say = bar.stage(name)
        for done in range(11):
            clock.now += 1
            say(done, 10)
    shares = [percent(line) for line in lines]
    assert shares == sorted(shares)
    assert (shares[0], shares[10], shares[21], shares[-1]) == (0, 20, 50, 100)
    assert [name for name in STAGES if any(line.startswith(name) for line in lines)] == [*STAGES]


def test_it_is_there_before_anything_is_done(told):
    lines, _, bar = told
    bar.begin()
    assert lines[0].startswith("placebo dates  [....")


def test_a_stage_that_is_passed_over_counts_as_done(told):
    """A calibration that was kept is not drawn again, and tells nothing."""
    lines, clock, bar = told
    bar.stage("specifications")(0, 10)
    clock.now += 1
    bar.stage("placebo dates")(1, 10)  # told late: the bar stays where it is
    assert [percent(line) for line in lines] == [20, 20]


@pytest.mark.parametrize(("done", "left"), [(1, "91 s"), (5, "11 s"), (9, "2 s")])
def test_what_is_left_takes_as_long_as_what_is_done(done, left):
    lines, clock = [], Clock()
    say = Bar({"pages": 1.0}, lines.append, clock).stage("pages")
    clock.now += 10
    say(done, 10)
    assert lines[0].endswith(f"  {left} left")


def test_nothing_is_estimated_from_the_first_seconds_and_nothing_left_at_the_end(told):
    lines, clock, bar = told
    clock.now += 1.5
    bar.stage("placebo dates")(1, 10)
    clock.now += 10
    bar.stage("pages")(10, 10)
    assert [("left" in line) for line in lines] == [False, False]


def test_a_line_is_shown_ten_times_a_second_at_most(told):
    lines, clock, bar = told
    say = bar.stage("pages")
    for done in range(1000):
        clock.now += 0.01
        say(done, 1000)
    assert 90 <= len(lines) <= 101


def test_the_line_is_taken_away_at_the_end_and_for_what_is_said(told):
    lines, _, bar = told
    bar.stage("pages")(1, 10)
    bar.clear()
    bar.stage("pages")(2, 10)
    assert [bool(line) for line in lines] == [True, False, True]


def test_a_time_is_told_in_seconds_below_two_minutes():
    assert [duration(seconds) for seconds in (0.2, 61, 119.5, 120, 601)] == [
        "1 s",
        "62 s",
        "120 s",
        "3 min",
        "11 min",
    ]


def test_the_end_alone_is_100_percent():
    assert percent(drawn(0.999)) == 99
    assert percent(drawn(1.0)) == 100
    assert len({len(drawn(share / 10)) for share in range(11)}) == 1


def test_where_nobody_looks_nothing_is_shown(capsys):
    with one_bar(STAGES) as bar:
        bar.stage("pages")(1, 2)
    with shown(True, "pages") as say:
        say(1, 2)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("given", [None, False])
def test_without_progress_nobody_is_told(given):
    with shown(given, "pages") as say:
        say(1, 2)


def test_a_function_that_is_given_is_the_one_that_is_told():
    told = []
    with shown(lambda *parts: told.append(parts), "pages") as say:
        say(1, 2)
    assert told == [(1, 2)]


def test_workers_count_samples_and_pages_as_they_arrive_in_one_line(tmp_path, capsys):
    """Two processes measure the samples and make the pages; this one tells how far they are."""
    frame = market(1, 400)
    results = es.run_study(events(frame, 4, 21), frame, **ASKED)
    clock, told = Clock(), {"placebo dates": [], "pages": []}
    bar = Bar(dict.fromkeys(told, 1.0), on_terminal, clock)

    def counted(name):
        say = bar.stage(name)

        def tell(done, total):
            clock.now += 1  # every line is shown
            told[name].append((done, total))
            say(done, total)

        return tell

    with processes(2) as pool:
        es.calibrate(results, samples=110, progress=counted("placebo dates"), executor=pool)
        report = tmp_path / "report"
        es.write_report(results, report, progress=counted("pages"), executor=pool)
    for name, parts in told.items():
        done, totals = zip(*parts, strict=True)
        assert list(done) == sorted(done)
        assert set(totals) == {done[-1]}
        assert len(set(done)) > 3, name
    assert told["placebo dates"][-1][1] % 110 == 0
    assert len(told["pages"]) >= len(list((report / "events").glob("*.html"))) == 4
    shown = capsys.readouterr().err
    assert "\n" not in shown
    lines = shown.split("\r\x1b[K")[1:]
    shares = [percent(line) for line in lines]
    assert shares == sorted(shares)
    assert shares[-1] == 100
    assert len(lines) == sum(map(len, told.values()))
