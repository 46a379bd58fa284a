"""The versions of the package and of its engine, part of every key by which results are kept."""

__version__ = "0.1.0"
ENGINE = 2
"""To be raised whenever the same inputs give other numbers or other pages.

2: `ci_low` and `ci_high` are the intervals that hold, overlapping windows are treated as "auto" by
default, averages go by asset, placebo dates are counted by the sessions of all assets,
the return over a session without a price is none, early closes strike early.
"""
