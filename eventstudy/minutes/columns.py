"""Columns of the tables of minutes that are written beside a report."""

from __future__ import annotations

import tomllib
from importlib.resources import files

_TEXT = (files("eventstudy.minutes") / "columns.toml").read_text("utf-8")
COLUMNS = {table: names.split() for table, names in tomllib.loads(_TEXT).items()}
"""Names in their order."""
