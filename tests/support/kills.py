"""When processes are killed: at moments spread evenly over what they do, not by luck."""

import os

KILLS = int(os.environ.get("KILLS", "60"))
"""Kills of a test; `make bench` asks for 300."""


def moments(rng, kills=KILLS):
    """Return fractions in [0, 1): one somewhere in each of as many equal parts, in no order."""
    spread = [(part + rng.random()) / kills for part in range(kills)]
    rng.shuffle(spread)
    return spread
