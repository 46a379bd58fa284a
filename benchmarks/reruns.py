"""Reruns at scale: nothing to do, one new event in 2,000, and a plan of 100,000.

    python benchmarks/reruns.py [EVENTS OF THE FULL RUN]

Ratios are measured in turn within one run; figures go into docs/performance.md with their date.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import exchange_calendars
import numpy as np
import pandas as pd
from run import compare, process

from eventstudy.report.ownership import MANIFEST, MARK, Mark
from eventstudy.reruns.fingerprint_file import KEYS
from eventstudy.reruns.fingerprints import keys_of
from eventstudy.study.study_file import Study

ROOT = Path(__file__).parent.parent
YEARS = pd.bdate_range("2000-01-03", periods=5500, name="date")
SESSIONS = YEARS[YEARS.isin(exchange_calendars.get_calendar("XNYS", start=YEARS[0]).sessions)]
HEAD = "event_id,date,time,title,speaker,assets\n"


def write_study(folder: Path, events: int, firms: int) -> None:
    """Write a study of many events on firms with one market, all in CSV files."""
    rng = np.random.default_rng(1)
    names = [f"F{place:03d}" for place in range(firms)]
    (folder / "prices").mkdir(parents=True)
    for name in [*names, "MKT"]:
        levels = np.round(100 * np.exp(rng.normal(0, 0.01, len(SESSIONS)).cumsum()), 4)
        pd.Series(levels, SESSIONS, name="close").to_csv(folder / "prices" / f"{name}.csv")
    days = SESSIONS[rng.integers(300, 5200, events)].strftime("%Y-%m-%d")
    rows = (
        f"e{place:06d},{day},{8 + place % 12:02d}:{place % 60:02d},Earnings {place},"
        f"Speaker {place % 500},{names[place % firms]}\n"
        for place, day in enumerate(days)
    )
    (folder / "events.csv").write_text(HEAD + "".join(rows), "utf-8")
    series = 'source = "csv"\nsymbol = "prices/{0}.csv"\nclock = "16:00 America/New_York"\n'
    model = 'model = { name = "market-model", factors = ["MKT"] }\n'
    assets = (f"[assets.{name}]\n{series.format(name)}{model}" for name in names)
    (folder / "study.toml").write_text(
        f'timezone = "America/New_York"\n{"".join(assets)}[factors.MKT]\n{series.format("MKT")}',
        "utf-8",
    )


def command(folder: Path, *arguments: str) -> str:
    """Run a command of the program in a folder and return what it wrote."""
    words = [sys.executable, "-m", "eventstudy", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        words, cwd=folder, env=environment, check=True, capture_output=True, encoding="utf-8"
    ).stdout


def nothing_to_do(folder: Path) -> None:
    """Compare a run with nothing to do with the import of pandas."""
    for name in ("study.toml", "events.csv"):
        shutil.copy(ROOT / name, folder)
    study = str(folder / "study.toml")
    command(folder, "run", study)
    compare(
        "run of the embedded study, nothing to do / python -c 'import pandas'",
        process("-m", "eventstudy", "run", study),
        process("-c", "import pandas"),
        9,
    )


def hundred_thousand(folder: Path, events: int = 100_000) -> None:
    """Time the plan of a study whose report has all events but one."""
    write_study(folder, events, 50)
    study = Study.read(folder / "study.toml")
    keys = keys_of(study, placebo_runs=False).to_json()
    # the pages themselves would take hours to make, and no plan reads what is in them
    report = folder / "reports"
    (report / KEYS).parent.mkdir(parents=True)
    (report / KEYS).write_text(keys, "utf-8")
    content = json.dumps({"files": {"index.html": hashlib.sha256(b"").hexdigest()}}).encode()
    (report / MANIFEST).write_bytes(content)
    (report / "index.html").write_bytes(b"")
    mark = Mark.new(report, folder / "study.toml")
    mark = replace(mark, manifest=hashlib.sha256(content).hexdigest())
    (report / MARK).write_bytes(mark.to_json())
    with (folder / "events.csv").open("a", encoding="utf-8") as file:
        file.write(f"new,{SESSIONS[5000]:%Y-%m-%d},12:00,New,Speaker 1,F001\n")
    found = json.loads(command(folder, "plan", "--quick", "--json"))
    print(f"plan of {events} events and a new one: {found['pages']}")
    compare(
        f"plan of {events} events / reading them",
        lambda: command(folder, "plan", "--quick") and None,
        process("-c", f"import eventstudy; eventstudy.read_events({str(folder / 'events.csv')!r}, "
                      "timezone='America/New_York')"),
        3,
    )  # fmt: skip


def one_more(folder: Path, events: int) -> None:
    """Run a whole study, then again with one more event: time, and files that were touched."""
    write_study(folder, events, 50)
    start = time.perf_counter()
    command(folder, "run", "--quick")
    whole = time.perf_counter() - start
    report = folder / "reports"

    def stamps() -> dict[Path, tuple[int, int]]:
        found = (path for path in report.rglob("*") if path.is_file())
        return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}

    before = stamps()
    with (folder / "events.csv").open("a", encoding="utf-8") as file:
        file.write(f"new,{SESSIONS[5220]:%Y-%m-%d},12:00,New,Speaker 1,F001\n")
    start = time.perf_counter()
    command(folder, "run", "--quick")
    again = time.perf_counter() - start
    names = [
        path.relative_to(report).parts for path, own in stamps().items() if before.get(path) != own
    ]
    pages = sorted(name[1] for name in names if name[0] == "events")
    others = sorted({name[0] for name in names} - {"events"})
    print(f"one more event in {events}: {again:.1f} s where all took {whole:.1f} s")
    print(f"pages touched: {', '.join(pages)}; beside them: {', '.join(others)}")


def main() -> None:
    """Measure and print."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory() as folder:
        for place, measure in enumerate((nothing_to_do, hundred_thousand)):
            (own := Path(folder) / str(place)).mkdir()
            measure(own)
        one_more(Path(folder) / "more", events)


if __name__ == "__main__":
    main()
