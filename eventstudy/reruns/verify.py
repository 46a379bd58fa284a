"""Whether a report is what its inputs give: every digest again, and a sample made again."""

from __future__ import annotations

import gzip
import hashlib
import random
import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path

from eventstudy.files import STORED_LIMIT, read_file_bytes
from eventstudy.report.ownership import MANIFEST, damaged, former, manifest_fault, read_mark
from eventstudy.report.publish import page_name
from eventstudy.reruns.fingerprint_file import read_keys
from eventstudy.reruns.history.log import DIGEST, VERSIONS
from eventstudy.reruns.update import RunPlacebo, compare, files_of
from eventstudy.study.study_file import Study

NEED_PLACEBO_RUNS = (
    *("index.html", "data/results.json", "data/calibration.csv", "data/power.csv"),
    *("data/coverage.csv", "data/robustness.csv", "data/objections.csv"),
)
"""Files that hold what runs the study at placebo dates."""


@dataclass(frozen=True)
class Verified:
    """What was checked, and what is wrong.

    Parameters
    ----------
    files : int
        Files of the report and of kept versions whose digest was computed.
    recomputed : tuple of str
        Files that were made again and compared.
    faults : dict of str
        What is wrong with each file.
    why_not : str
        Why nothing was made again; empty when it was.
    """

    files: int = 0
    recomputed: tuple[str, ...] = ()
    faults: dict[str, str] = field(default_factory=dict)
    why_not: str = ""


def rehash(folder: Path, kept: Path) -> Verified:
    """Compute the digests of a report and of the kept versions of its results again.

    Parameters
    ----------
    folder : Path
        Folder of the report.
    kept : Path
        What the program keeps of the study.

    Returns
    -------
    Verified
    """
    files = former(folder)
    mark = read_mark(folder)
    fault = manifest_fault(folder, mark) if mark else ""
    if not files:
        why = fault or "there is no report that can be read"
        return Verified(faults={str(folder / MANIFEST): why})
    faults = damaged(folder, files) | ({MANIFEST: fault} if fault else {})
    versions = sorted((kept / VERSIONS).glob(f"*/{DIGEST}"))
    for path in versions:
        if fault := _version_fault(path):
            faults[f"version {path.parent.name}"] = fault
    return Verified(len(files) + len(versions), faults=faults)


def _version_fault(path: Path) -> str:
    content = hashlib.sha256()
    try:
        for file in sorted(path.parent.glob("*.gz")):
            unpacked = gzip.decompress(read_file_bytes(file, STORED_LIMIT))
            name = file.name.removesuffix(".gz")
            content.update(f"{name}:{hashlib.sha256(unpacked).hexdigest()}\n".encode())
        same = read_file_bytes(path, STORED_LIMIT).decode("ascii").strip() == content.hexdigest()
    except (OSError, EOFError, ValueError, zlib.error) as error:
        return f"cannot be read: {error}"
    return "" if same else "was changed"


def recompute(
    verified: Verified,
    study: Study,
    folder: Path,
    run_placebo: RunPlacebo,
    sample: int | None = 5,
    seed: int | None = None,
) -> Verified:
    """Make a sample of the pages, and the data, again, and compare every byte.

    Parameters
    ----------
    verified : Verified
        What `rehash` returned.
    study : Study
        The study.
    folder : Path
        Folder of its report.
    run_placebo : callable
        Runs the study at placebo dates; called when everything is made again.
    sample : int or None
        Event pages to make; None = all, with the index and the runs at placebo dates.
    seed : int, optional
        Seed of the choice; by default another one each time.

    Returns
    -------
    Verified
    """
    keys = read_keys(folder)
    if keys is None:
        return replace(verified, why_not="the report has no keys; `eventstudy run` makes them")
    state = compare(study, folder, quick=not keys.placebo_runs)
    if state.keys != keys:
        why = "the report is not that of the inputs as they are now; see `eventstudy plan`"
        return replace(verified, why_not=why)
    pages = [page_name(event_id) for event_id in keys.events]
    chosen = pages if sample is None else random.Random(seed).sample(pages, min(sample, len(pages)))  # noqa: S311
    at_placebo = run_placebo if sample is None else lambda _: {}
    skipped = () if sample is None or not keys.placebo_runs else NEED_PLACEBO_RUNS
    faults, made = dict(verified.faults), []
    for name, content in files_of(state, at_placebo, set(pages) - set(chosen)):
        if name in skipped:
            continue
        made.append(name)
        try:
            same = read_file_bytes(folder / name, STORED_LIMIT) == content
        except OSError:
            same = False
        if not same:
            faults.setdefault(name, "is not what its inputs give")
    return replace(verified, recomputed=tuple(made), faults=faults)
