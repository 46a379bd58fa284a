"""`eventstudy verify`: whether a report is what its inputs give."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from pathlib import Path

import click

from eventstudy.cli.base import INTERNAL, Command
from eventstudy.cli.logged import paths_of
from eventstudy.cli.options import AS_JSON, OFFLINE, STUDY, option
from eventstudy.cli.run import OUTPUT, run_placebo
from eventstudy.cli.terminal import busy, complain, print_json, tell
from eventstudy.words.numbers import count


@click.command(cls=Command)
@STUDY
@OUTPUT
@option("verify", "--sample", default="5", metavar="N")
@option("verify", "--seed", type=int)
@OFFLINE
@AS_JSON
def verify(
    study: Path, output: Path | None, sample: str, seed: int | None, *, offline: bool, as_json: bool
) -> None:
    """Check the report of STUDY (default: study.toml): every digest, and a sample made again.

    Every file of the report and of the kept versions is hashed again. Then the study is
    computed anew, without anything that was kept, and the data and a sample of the pages are
    compared byte for byte. Nothing is written. The exit code is 1 when anything is wrong.
    """
    if sample != "all" and not re.fullmatch("[0-9]{1,9}", sample):
        raise click.BadParameter(f"{sample!r} is neither a number nor all", param_hint="--sample")
    from eventstudy.kept import KEPT
    from eventstudy.reruns.lock import locked
    from eventstudy.reruns.verify import recompute, rehash
    from eventstudy.study.study_file import Study

    folder = paths_of(study, output).report
    opened = replace(Study.read(study), offline=offline)
    with locked(study.absolute()), busy("hashing and computing again"):
        verified = rehash(folder, study.parent / KEPT)
        if verified.files:
            number = None if sample == "all" else int(sample)
            verified = recompute(verified, opened, folder, run_placebo, number, seed)
    if as_json:
        print_json(asdict(verified))
    else:
        tell(f"{count(verified.files, 'digest')} computed again.")
        if verified.why_not:
            tell(f"Nothing was made again: {verified.why_not}.")
        else:
            tell(f"{count(len(verified.recomputed), 'file')} made again and compared.")
        for name, fault in verified.faults.items():
            complain(f"{name}: {fault}")
        if not verified.faults:
            tell("All is as it should be.")
    if verified.faults:
        raise SystemExit(INTERNAL)
