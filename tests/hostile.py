"""A small study whose every text tries to run in the reader's browser."""

import numpy as np
import pandas as pd

import eventstudy as es

ATTACKS = (
    "<script>window.hacked=1</script>",
    "</script><script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    '" onmouseover="window.hacked=1',
    "javascript:window.hacked=1",
    'https://example.org/"><script>window.hacked=1</script>',
    "{{ 7*7 }}{% raw %}",
    "😀 שלום ‘quotes’ & <b>bold</b>",
    "<svg onload=window.hacked=1>" + "x" * 100_000,
)


def hostile_results():
    """Results of a study of nine hostile events on one invented asset."""
    rng = np.random.default_rng(3)
    sessions = pd.bdate_range("2021-01-01", periods=500)
    name = "A<i>&amp;"
    prices = pd.DataFrame({name: 100 * np.exp(rng.normal(0, 0.01, 500).cumsum())}, index=sessions)
    events = pd.DataFrame(
        {
            "event_id": [f"hostile-{place}" for place in range(len(ATTACKS))],
            "date": sessions[380 : 380 + 10 * len(ATTACKS) : 10],
            "title": ATTACKS,
            "speaker": ATTACKS,
            "statement": ATTACKS,
            "source": ATTACKS,
            "confounders": ATTACKS,
            "tags": [text.replace(";", ",") for text in ATTACKS],
            "<script>window.hacked=1</script>": ATTACKS,
        }
    )
    return es.run_study(events, prices, groups={"<u>all</u>": es.Group()})
