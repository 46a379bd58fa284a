"""A finished report as a PDF, printed by a Chrome or Chromium that is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from eventstudy.errors import OutputError
from eventstudy.files import replacing

BROWSER = "EVENTSTUDY_BROWSER"
"""Variable that names the browser to print with."""
NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    "msedge",
)
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
LIMIT = 300
"""Seconds that printing may take."""
PDF, OURS = b"%PDF-", b"\n% printed by eventstudy\n"
"""How a PDF begins, and the comment with which one of a report ends: readers pass over it."""


def find_browser() -> Path | None:
    """Return the browser to print with: what EVENTSTUDY_BROWSER names, else one that is there."""
    named = os.environ.get(BROWSER)
    if named:
        place = shutil.which(named)
        return Path(place) if place else None
    on_path = (shutil.which(name) for name in NAMES)
    places = (place for place in PLACES if Path(place).is_file())
    return next((Path(place) for place in (*filter(None, on_path), *places)), None)


def check_pdf(target: Path, *, overwrite: bool = False) -> Path:
    """Look for a browser, and at what is in the place of a PDF.

    Parameters
    ----------
    target : Path
        The file to be.
    overwrite : bool
        Whether a file that is no printed report is replaced.

    Returns
    -------
    Path
        The browser.

    Raises
    ------
    OutputError
        When there is no browser, or another file of that name.
    """
    browser = find_browser()
    if browser is None:
        named = os.environ.get(BROWSER)
        message = (
            f"{BROWSER} names {named!r}, which is not there" if named else "no browser to print"
        )
        cure = f"Install Chrome or Chromium (Debian: apt-get install chromium), or set {BROWSER}."
        raise OutputError.of(str(target), message, cure)
    if target.is_dir():
        raise OutputError.of(str(target), "is a folder", "Name a file, such as report.pdf.")
    if target.exists() and not overwrite:
        content = target.read_bytes()
        if not content.startswith(PDF) or not content.endswith(OURS):
            message = "is there already and is not a printed report"
            raise OutputError.of(str(target), message, "Name another file, or use --overwrite.")
    return browser


def write_pdf(folder: str | Path, target: str | Path, *, overwrite: bool = False) -> Path:
    """Print the index page of a report that `write_report` has written.

    Parameters
    ----------
    folder : str or Path
        Folder of the report.
    target : str or Path
        The file; it is replaced only when it is complete.
    overwrite : bool
        Whether a file of that name that is no printed report is replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputError
        When there is no browser, it prints nothing, or there is another file of that name.
    """
    page, target = Path(folder).resolve() / "index.html", Path(target).resolve()
    browser = check_pdf(target, overwrite=overwrite)
    if not page.is_file():
        raise OutputError.of(str(page), "is not there", "Write the report first.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="eventstudy-") as home:
        printed = Path(home) / "report.pdf"
        said = _print(browser, page, printed, Path(home))
        content = printed.read_bytes() if printed.is_file() else b""
    if not content.startswith(PDF):
        last = said.strip().splitlines()[-1:] or ["it said nothing"]
        raise OutputError.of(
            str(target), f"{browser} printed nothing: {last[0]}", "Try another browser."
        )
    with replacing(target) as file:
        file.write(content + OURS)
    return target


def _print(browser: Path, page: Path, printed: Path, home: Path) -> str:
    """Have a browser print a page; return what it said."""
    options = ["--headless=new", "--disable-gpu", "--no-first-run", "--disable-extensions"]
    options += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    options += ["--no-pdf-header-footer", f"--user-data-dir={home / 'profile'}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--no-sandbox")  # it has none for root
    command = [str(browser), *options, f"--print-to-pdf={printed}", page.as_uri()]
    try:
        done = subprocess.run(command, capture_output=True, timeout=LIMIT, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return f"not done after {LIMIT} seconds"
    except OSError as error:
        return str(error)
    return done.stderr.decode("utf-8", "replace")
