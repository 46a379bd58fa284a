"""The engine of a study with a report: chosen at the first run, and kept as the study grows."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from eventstudy.settings import with_engine
from eventstudy.study.run import count_episodes

if TYPE_CHECKING:
    from eventstudy.reruns.fingerprint_file import Keys
    from eventstudy.settings import Engine
    from eventstudy.study.study_file import Study

ENGINE = "options.engine"
"""The setting of `Keys` that says which engine made a report; never "auto"."""
LOADED = ("prices", "used", "ordered", "bars", "minutes")
"""What a study has loaded or made, and no engine changes."""


def engine_of(study: Study) -> Engine:
    """Return what fits the models of a study: as its options say, or by its episodes.

    Parameters
    ----------
    study : Study
        The study; its prices are loaded when they are not yet, and nothing is measured.
    """
    if study.options.engine != "auto":
        return study.options.engine
    episodes = count_episodes(study.ordered, study.used, study.model, study.windows, study.options)
    return with_engine(study.options, episodes).engine


def with_kept_engine(study: Study, former: Keys | None) -> Study:
    """Return a study whose options name its engine: that of its report, unless another is asked.

    Parameters
    ----------
    study : Study
        The study.
    former : Keys or None
        Keys of the report that is there; None when there is none.
    """
    engine = study.options.engine
    if engine == "auto":
        engine = engine_of(study) if former is None else json.loads(former.settings[ENGINE])
    fixed = replace(study, options=replace(study.options, engine=engine))
    vars(fixed).update({name: vars(study)[name] for name in LOADED if name in vars(study)})
    return fixed
