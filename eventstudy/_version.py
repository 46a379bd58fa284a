"""The versions of the package and of its engine, part of every key by which results are kept."""

__version__ = "0.1.0"
ENGINE = 2
"""To be raised whenever the same inputs give other numbers or other pages."""
