"""The version of the package, part of every key by which results are kept."""

__version__ = "0.1.0"
