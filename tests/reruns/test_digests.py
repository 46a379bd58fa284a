"""What goes into the keys of many observations at once is what is said of one by one."""

import zlib

import numpy as np
import pytest
from rerun_study import Small

from eventstudy.design.price_findings import dates_in_windows
from eventstudy.reruns.asset_keys import AssetKeys
from eventstudy.reruns.fingerprint_file import digest
from eventstudy.reruns.fingerprints import assets_of, prints_of


def test_prints_of_prices_are_their_crc_one_by_one():
    values = np.concatenate(
        [[0.0, -0.0, 1e-300, np.inf, 74.5], np.random.default_rng(1).random(40)]
    )
    values[[3, 20]] = np.nan
    one_by_one = [
        "----" if np.isnan(value) else f"{zlib.crc32(value.tobytes()) & 0xFFFF:04x}"
        for value in values
    ]
    assert prints_of(values) == "".join(one_by_one)


@pytest.fixture(scope="module")
def asset(tmp_path_factory) -> AssetKeys:
    small = Small(tmp_path_factory.mktemp("digests"))
    small.holes["AAA"] |= {60, 61, 130}
    small.events += [
        small.event("six", 143),
        small.event("seven", 141, time="18:00", title="“Quoted”, said"),
    ]
    small.write()
    study = small.study
    return next(iter(assets_of(study, list(study.ordered), 90)))


def test_findings_of_an_event_are_those_with_a_date_in_its_windows(asset):
    sessions, windows = asset.data.calendar.sessions, asset.study.windows
    assert asset.name == "AAA"
    assert asset.findings
    said = set()
    for day0 in range(len(sessions)):
        inside = [
            (finding.asset, finding.kind, finding.severity, dates)
            for finding, dates in dates_in_windows(asset.findings, sessions, day0, windows)
        ]
        expected = digest(inside) if inside else ""
        assert asset.findings_of(day0) == expected
        said.add(expected)
    assert len(said) > 2


def test_events_near_one_another_are_digested_as_a_list_of_them(asset):
    """[0, +1]: those of the same session and of one before and after; their days 0 follow."""
    first = asset.located[0].tolist()
    by_day = {
        day: [
            (event.event_id, event.title, f"{event.date}")
            for event, place in zip(asset.events, first, strict=True)
            if place == day
        ]
        for day in range(min(first) - 1, max(first) + 2)
    }
    crowded = max(first, key=first.count)
    assert len(by_day[crowded]) > 1
    near = [*by_day[crowded], *by_day.get(crowded - 1, ()), *by_day.get(crowded + 1, ())]
    assert len(near) > len(by_day[crowded])
    assert asset.beside(crowded) == digest(near)
