"""A finished report as one file: every page, script, style and table inside it."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from markupsafe import Markup

from eventstudy.errors import InvalidArgumentError, OutputError
from eventstudy.files import STORED_LIMIT, read_file_bytes, replacing
from eventstudy.parsing import parse_json
from eventstudy.progress import Progress, Say, shown
from eventstudy.report.ownership import former
from eventstudy.report.publish import page_name
from eventstudy.report.security_policy import policy, sha256_source
from eventstudy.report.site import ORDER
from eventstudy.words.catalogue import say

_MAIN = re.compile(r'<main id="main">\n(.*)</main>', re.DOTALL)
_CONTENTS = re.compile(r'<div class="parts">.*?</div>', re.DOTALL)
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_META = re.compile(r'<meta http-equiv="Content-Security-Policy" content="[^"]*">')
_FILES = re.compile(r'<p class="files">.*?</p>', re.DOTALL)
_ROW = re.compile(r'<p class="files get">.*?</p>', re.DOTALL)
_DATA = re.compile(r'<a (?:class="button" )?href="(?:\.\./)?data/[^"]*">([^<]*)</a>')
_STYLE = re.compile(r'<link rel="stylesheet"[^>]*>')
_BOOT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_ORDER_OF_PAGES = '<script type="application/json" id="order">'
_EPOCH = (1980, 1, 1, 0, 0, 0)


def _archive(folder: Path, names: list[str]) -> bytes:
    """Return the data files as a zip; the same files give the same bytes."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), (folder / name).read_bytes(), 8)
    return held.getvalue()


def _event_links(text: str, event_id: str) -> str:
    """Lead the links of a page to addresses within the one file; ids are safe as file names."""
    if event_id:
        text = re.sub(r'href="#([^"]+)"', rf'href="#event/{event_id}/\1"', text)
        text = re.sub(r'href="\.\./index\.html(#[^"]*)?"', _to_index, text)
        text = re.sub(r'href="([a-z0-9][a-z0-9._-]*)\.html"', r'href="#event/\1"', text)
    else:
        text = re.sub(r'href="events/([a-z0-9][a-z0-9._-]*)\.html"', r'href="#event/\1"', text)
    return _DATA.sub(r"\1", text)


def _to_index(match: re.Match[str]) -> str:
    return f'href="{match[1] or "#answer"}"'


def _held(page: str, event_id: str) -> str:
    """Return a page as a template that the script of the file shows when it is asked for."""
    parts = [_part(pattern, page, event_id) for pattern in (_MAIN, _CONTENTS, _TITLE)]
    main, contents, title = (_event_links(part, event_id) for part in parts)
    return (
        f'<template data-page="{event_id}" data-title="{title}">{contents}'
        f'<div class="held-main">{main}</div></template>\n'
    )


def _part(pattern: re.Pattern[str], page: str, name: str) -> str:
    match = pattern.search(page)
    if match is None:
        raise InvalidArgumentError(
            f"{name or 'index.html'} is not a page of a report of this version. "
            "Run the study again, then ask for one file."
        )
    return match[1] if pattern.groups else match[0]


def _files(folder: Path) -> list[str]:
    """Return the names of the files of a report."""
    names = sorted(former(folder))
    if not names:
        raise InvalidArgumentError(f"{folder} holds no report. Write one there first.")
    return names


def _asset(folder: Path, names: list[str], start: str, ending: str) -> str:
    name = next(n for n in names if n.startswith(f"assets/{start}-") and n.endswith(ending))
    return (folder / name).read_text("utf-8")


def _head(index: str, style: str, scripts: list[str]) -> str:
    """Return the index page down to its content, with its style and policy inside."""
    top = index[: index.index('<main id="main">')]
    allowed = policy(" ".join(map(sha256_source, scripts)))
    meta = Markup('<meta http-equiv="Content-Security-Policy" content="{}">').format(allowed)
    top = _META.sub(lambda _: meta, top)
    return _event_links(_STYLE.sub(lambda _: f"<style>\n{style}</style>", top), "")


def _download(folder: Path, names: list[str]) -> str:
    """Return a link that holds all data files."""
    data = [n for n in names if n.startswith("data/") and n != ORDER]
    return Markup(
        '<p class="files get"><a class="button" download="eventstudy-data.zip" '
        'href="data:application/zip;base64,{}">{}</a></p>'
    ).format(base64.b64encode(_archive(folder, data)).decode(), say("provenance.whole"))


def _chunks(folder: Path, say: Say) -> Iterator[str]:
    """Yield the file piece by piece: no two event pages are in memory at once."""
    names = _files(folder)
    index = (folder / "index.html").read_text("utf-8")
    plotly = _asset(folder, names, "plotly", ".js")
    script = _asset(folder, names, "report", ".js")
    style = _asset(folder, names, "report", ".css")
    yield _head(index, style, [_part(_BOOT, index, ""), plotly, script])
    foot = index.index("</main>")
    yield '<main id="main">' + index[foot : index.index("<script src=", foot)]
    link = _download(folder, names)
    yield _held(_ROW.sub(lambda _: link, _FILES.sub("", index)), "")
    order = (folder / ORDER).read_text("utf-8").removeprefix("const ORDER = ").rstrip(";\n")
    events = [event_id for event_id, _ in parse_json(order)]
    for done, event_id in enumerate(events, 1):
        yield _held((folder / page_name(event_id)).read_text("utf-8"), event_id)
        say(done, len(events))
    safe = order.replace("<", "\\u003c")
    yield f"{_ORDER_OF_PAGES}{safe}</script>\n"
    yield f"<script>{plotly}</script>\n<script>{script}</script>\n</body>\n</html>\n"


def check_target(target: Path, inputs: Iterable[Path] = (), *, overwrite: bool = False) -> None:
    """Look at what is in the place of a report in one file.

    Parameters
    ----------
    target : Path
        The file to be.
    inputs : iterable of Path
        What the report is made from.
    overwrite : bool
        Whether a file that is no such report is replaced.

    Raises
    ------
    OutputError
        When it is an input, a folder, or a file that is no such report and not to be replaced.
    """
    if not target.exists():
        return
    message, cure = "", "Name another file."
    if any(path.exists() and path.samefile(target) for path in inputs):
        message = "is an input of this study and would be overwritten"
    elif not target.is_file():
        message = "is no regular file"
    elif not overwrite and not _is_standalone(target):
        message = "is there already and is not a report in one file"
        cure += " To replace this one, use --overwrite (in Python: overwrite=True)."
    if message:
        raise OutputError.of(str(target), message, cure)


def _is_standalone(path: Path) -> bool:
    content = read_file_bytes(path, STORED_LIMIT)
    return content.startswith(b"<!doctype html>") and _ORDER_OF_PAGES.encode() in content


def write_standalone(
    folder: str | Path, target: str | Path, *, progress: Progress = None, overwrite: bool = False
) -> Path:
    """Write a report that `write_report` has written into one file that needs no other.

    Its Content-Security-Policy names every script by its hash. Pages of events are shown at
    addresses such as ``#event/some-id``; all data files are inside as one zip.

    Parameters
    ----------
    folder : str or Path
        Folder of the report.
    target : str or Path
        The file; it is replaced only when it is complete.
    progress : callable or bool, optional
        Called with the number of event pages written and their total; True shows a bar, on a
        terminal and in a notebook.
    overwrite : bool
        Whether a file of that name that is no such report is replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InvalidArgumentError
        When the folder holds no report, or one of another version.
    OutputError
        When there is another file of that name.
    """
    folder, target = Path(folder), Path(target).resolve()
    check_target(target, overwrite=overwrite)
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as file, shown(progress, "one file") as say:
        for chunk in _chunks(folder, say):
            file.write(chunk.encode())
    return target
