"""The engine of a study with a report: chosen at the first run, and kept as the study grows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from eventstudy.errors import EventStudyError
from eventstudy.files import STORED_LIMIT, read_file_bytes
from eventstudy.kept import KEPT, put_kept
from eventstudy.parsing import parse_json
from eventstudy.reruns.fingerprint_file import Keys
from eventstudy.settings import Engine, with_engine
from eventstudy.study.run import count_episodes
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


def _note(study: Path) -> Path:
    """Where the engine of a study is kept, beside its study.toml."""
    return study.absolute().parent / KEPT / f"{study.name}.engine.json"


def keep_engine(study: Study) -> None:
    """Keep the engine of a study beside it: a report that is lost shall not choose anew.

    Parameters
    ----------
    study : Study
        Its options name the engine, as `with_kept_engine` returns it.
    """
    put_kept(_note(study.path), json.dumps({"engine": study.options.engine}).encode())


def kept_engine(study: Path) -> Engine | None:
    """Return the engine that is kept beside a study.toml; None when there is none to be read.

    Parameters
    ----------
    study : Path
        The study.toml.
    """
    try:
        note = parse_json(read_file_bytes(_note(study), STORED_LIMIT).decode())
    except (OSError, ValueError, EventStudyError):
        return None
    engine = note.get("engine") if isinstance(note, dict) else None
    return next((name for name in ("statsmodels", "moments") if name == engine), None)


def with_kept_engine(study: Study, former: Keys | None) -> Study:
    """Return a study whose options name its engine: the one it had, unless another is asked.

    Parameters
    ----------
    study : Study
        The study.
    former : Keys or None
        Keys of the report that is there; None when there is none. Then the engine counts that is
        kept beside the study.
    """
    engine = study.options.engine
    if engine == "auto" and former is not None:
        engine = json.loads(former.settings[ENGINE])
    elif engine == "auto":
        engine = kept_engine(study.path) or engine_of(study)
    fixed = replace(study, options=replace(study.options, engine=engine))
    vars(fixed).update({name: vars(study)[name] for name in LOADED if name in vars(study)})
    return fixed
