"""A small study on disk that can be edited, and its report made in steps or at once."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from eventstudy.report.ownership import MARK
from eventstudy.report.publish import page_name, put
from eventstudy.report.report_data import ReportData
from eventstudy.report.site import Site
from eventstudy.reruns.fingerprint_file import KEYS
from eventstudy.reruns.update import compare, update
from eventstudy.study.study_file import Study

SESSIONS = pd.bdate_range("2021-01-04", periods=300, name="date")
FIRST = 220
"""Sessions that the price files hold at the beginning."""
SETTINGS = {
    "title": "A study",
    "event": [-2, 2],
    "car": [[0, 0], [0, 1]],
    "estimation": [-80, -11],
    "exclude": [0, 1],
    "confidence": 0.95,
    "overlap": "joint",
    "label": "Share A",
    "tag": "x",
    "returns": "simple",
    "model": "market-model",
    "timezone": "America/New_York",
    "benchmark": "",
}


def moves(seed=7):
    rng = np.random.default_rng(seed)
    market = rng.normal(0, 0.01, len(SESSIONS))
    own = rng.normal(0, 0.01, (len(SESSIONS), 2))
    return np.column_stack([market[:, None] * [1.0, 0.5] + own, market])


class Small:
    """Two shares and their market in CSV files, a few events, and a study.toml."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.prices = pd.DataFrame(
            np.round(100 * np.exp(moves().cumsum(axis=0)), 4), SESSIONS, ["AAA", "BBB", "MKT"]
        )
        self.sessions = FIRST
        self.holes = {name: set() for name in self.prices}
        self.settings = dict(SETTINGS)
        self.events = [
            self.event("one", 120),
            self.event("two", 140, assets="AAA"),
            self.event("three", 141, time="18:00", tags="x"),
            self.event("four", 190, time=""),
            self.event("five", 219, assets="BBB", tags="x"),
        ]
        self.write()

    @staticmethod
    def event(name, day, **cells):
        row = {"event_id": name, "date": f"{SESSIONS[day]:%Y-%m-%d}", "time": "12:00"}
        return {
            **row,
            "title": f"Title of {name}",
            "assets": "",
            "tags": "",
            "not_before": "",
            "known_by": "",
            "speaker": "",
            "confounders": "",
            "claims": "",
            "mood": "",
            **cells,
        }

    def write(self, *, quoting=0, order=None):
        """Write all files; the events in some order."""
        for name in self.prices:
            part = self.prices[name].iloc[: self.sessions]
            part = part.drop(SESSIONS[sorted(d for d in self.holes[name] if d < self.sessions)])
            part.rename("close").to_csv(self.folder / f"{name}.csv")
        rows = [self.events[place] for place in order] if order else self.events
        frame = pd.DataFrame(rows, columns=list(self.event("x", 0)))
        frame.to_csv(self.folder / "events.csv", index=False, quoting=quoting)
        own = {name: json.dumps(value) for name, value in self.settings.items()}
        (self.folder / "study.toml").write_text(
            f"title = {own['title']}\n"
            f"timezone = {own['timezone']}\nreturns = {own['returns']}\n"
            'selection = "All that there are."\n'
            "[windows]\n"
            f"estimation = {own['estimation']}\nevent = {own['event']}\ncar = {own['car']}\n"
            f"exclude_from_estimation = {own['exclude']}\n"
            "[options]\nmin_estimation = 60\n"
            f"confidence = {own['confidence']}\noverlap = {own['overlap']}\n"
            + (f"benchmark = {own['benchmark']}\n" if self.settings["benchmark"] else "")
            + f"[groups]\nall = {{}}\ntagged = {{ tag = {own['tag']} }}\n"
            f"[assets.AAA]\nlabel = {own['label']}\nsource = 'csv'\nsymbol = 'AAA.csv'\n"
            "clock = '16:00 America/New_York'\n"
            f"model = {{ name = {own['model']}, factors = ['MKT'] }}\n"
            "[assets.BBB]\nsource = 'csv'\nsymbol = 'BBB.csv'\nclock = '16:00 America/New_York'\n"
            "[factors.MKT]\nsource = 'csv'\nsymbol = 'MKT.csv'\nclock = '16:00 America/New_York'\n",
            "utf-8",
        )

    @property
    def study(self):
        return Study.read(self.folder / "study.toml")

    def state(self, report, *, quick=True, force=""):
        return compare(self.study, self.folder / report, quick=quick, force=force)

    def run(self, report="reports", *, quick=True, force=""):
        """Bring a report up to date; placebo runs are left out, but not every specification."""
        state = self.state(report, quick=quick, force=force)
        if state.plan.work:
            update(state, lambda _: {})
        return state.plan

    def site(self):
        """Return what renders the pages of the study as it is now."""
        return Site(ReportData(self.study.run()))

    def make_pages(self, *, quick):
        """Bring the pages and the keys of a report up to date; its index stays empty.

        Index, tables and data are made anew by every run, and take four fifths of it.
        """
        state = self.state("reports", quick=quick)
        if state.plan.work:
            site, digests = self.site(), state.standing.files
            events = map(site.report.events.__getitem__, state.plan.events("make"))
            made = [(page_name(event.event_id), site.event(event).encode()) for event in events]
            made += [("index.html", b""), (KEYS, state.keys.to_json().encode())]
            kept = {name: digests[name] for name in map(page_name, state.plan.events("keep"))}
            put(state.folder, made, lambda _: None, kept, study=state.study.path)
        return state.plan

    def make_index(self, *, quick):
        """Make what is missing of a report that has its pages."""
        state = self.state("reports", quick=quick)
        assert not state.plan.work
        update(state, lambda _: {})

    def files(self, report="reports"):
        home = self.folder / report
        paths = [path for path in home.rglob("*") if path.is_file() and path.name != MARK]
        return {path.relative_to(home).as_posix(): path.read_bytes() for path in sorted(paths)}

    def pages(self, report="reports"):
        own = {name: data for name, data in self.files(report).items() if name[:7] == "events/"}
        return {name[7:-5]: data for name, data in own.items()}
