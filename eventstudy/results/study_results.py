"""The results of a study: its tables, as text, and as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from eventstudy.arguments import explained_methods
from eventstudy.results import export, significance, text
from eventstudy.results.study_tables import StudyTables
from eventstudy.results.summary import Summary


@explained_methods
class EventStudyResults(StudyTables):
    """What `run_study` returns. Returns are fractions; windows include both ends.

    Frames are made when they are asked for. An *observation* is one event on one asset; an
    *episode* is all events that share one day 0 on one asset, and so share one return:
    averages and tests over events use episodes. Frames that take no argument are properties, the
    others methods. `missing` says of which assets no prices
    could be had, and why.
    """

    def summary(self) -> Summary:
        """Return the study as text: design, averages by group, tests, what was left out.

        Returns
        -------
        Summary
            A text with `as_text`, `as_html` and `as_latex` (a table for a journal).
        """
        return text.summary(self, self._means(), self.tests(), self.left_out, self.quality)

    def _means(self) -> pd.DataFrame:
        """Mean CARs with the test that leads and its p."""
        return significance.with_leading(self.mean_car(), self.tests())

    def to_excel(self, path: str | Path) -> Path:
        """Write all tables into one Excel workbook: a sheet each, and one of notes.

        Parameters
        ----------
        path : str or Path
            The file; it is replaced only when it is complete.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        InvalidArgumentError
            When its name does not end in .xlsx.
        """
        return export.write_excel(self, path)

    def to_parquet(self, folder: str | Path) -> Path:
        """Write every table as a Parquet file, TABLE.parquet; lists of names stay lists.

        Parameters
        ----------
        folder : str or Path
            Where to; it is made when it is not there.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        InvalidArgumentError
            When pyarrow is not installed.
        """
        return export.write_parquet(self, folder)

    def cite(self, kind: str = "text") -> str:
        """Return how to cite the study: its title, events, prices and the version it was made with.

        Parameters
        ----------
        kind : {"text", "bibtex"}
            How it is written.
        """
        return export.citation(self, kind)

    def __repr__(self) -> str:
        return text.one_line(self, self.left_out)

    def __rich__(self) -> Any:
        return text.rich_table(self, self._means(), self.left_out)

    def _repr_html_(self) -> str:
        return text.html_table(self, self._means(), self.left_out)
