"""The commands on stored prices: list, refresh, verify, freeze."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventstudy.cli.base import (
    AS_JSON,
    INCOMPLETE,
    INTERNAL,
    NO_PRICES,
    OFFLINE,
    STUDY_OPTION,
    Command,
    busy,
    complain,
    console,
    plain,
    print_json,
    tell,
)
from eventstudy.words.numbers import count

if TYPE_CHECKING:
    from eventstudy.prices.maintenance import Holding, Refreshed
    from eventstudy.study.study_file import Study


@click.group()
def prices() -> None:
    """List, refresh, verify and freeze the prices of a study."""


def _study(path: Path) -> Study:
    import eventstudy

    study: Study = eventstudy.Study.read(path)
    return study


@prices.command("list", cls=Command)
@STUDY_OPTION
@AS_JSON
def list_(path: Path, *, as_json: bool) -> None:
    """List the series of a study and what is stored of each; nobody is asked."""
    from eventstudy.prices.maintenance import holdings

    study = _study(path)
    found = holdings(study.request, path.parent)
    if as_json:
        print_json([asdict(own) for own in found])
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("Series", "Source", "Stored", "From", "To", "Sessions", "Fetched (UTC)", "Size"):
        table.add_column(name, justify="right" if name in ("Sessions", "Size") else "left")
    for own in found:
        table.add_row(*(Text(plain(cell)) for cell in _cells(own)))
    console().print(table)
    for own in found:
        if own.fault:
            complain(f"{own.asset}: {own.fault}")


def _cells(own: Holding) -> list[str]:
    fetched = f"{own.fetched_at:%Y-%m-%d %H:%M}" if own.fetched_at else ""
    return [
        own.asset,
        f"{own.source} {own.symbol}",
        own.where + (", damaged" if own.fault else ""),
        str(own.first or ""),
        str(own.last or ""),
        f"{own.rows:,}" if own.rows else "",
        fetched + (", due" if own.due and fetched else ""),
        f"{own.size / 1024:,.0f} KiB" if own.size else "",
    ]


@prices.command(cls=Command)
@click.argument("assets", nargs=-1, metavar="[SERIES]...")
@STUDY_OPTION
@AS_JSON
def refresh(assets: tuple[str, ...], path: Path, *, as_json: bool) -> None:
    """Ask live sources again for SERIES (default: all of the study).

    A frozen study goes on with its own prices until it is frozen again. The exit code is 3
    when some series could not be refreshed, and 5 when none could.
    """
    from eventstudy.prices.maintenance import refresh as refresh_

    study = _study(path)
    found = []
    with busy("asking the sources"):
        for own in refresh_(study.request, path.parent, assets, start=study.start):
            found.append(own)
            if not as_json:
                _tell(own)
    if as_json:
        print_json([asdict(own) for own in found])
    elif not found:
        tell("No series of this study comes from a live source: nothing to refresh.")
    failed = [own for own in found if own.failed]
    if failed:
        raise SystemExit(NO_PRICES if len(failed) == len(found) else INCOMPLETE)


def _tell(own: Refreshed) -> None:
    if own.failed:
        complain(f"prices: {own.asset}: {own.failed}")
    elif own.rows:
        added = f"{count(own.added, 'session')} added, {own.rows:,} until {own.last}"
        tell(f"{own.asset}: {added}")
    for note in own.notes:
        tell(f"{'  ' if own.rows else own.asset + ': '}{note}")


@prices.command(cls=Command)
@STUDY_OPTION
@AS_JSON
def verify(path: Path, *, as_json: bool) -> None:
    """Compute every SHA-256 again: of the cache, and of the prices kept beside a study.

    The exit code is 1 when anything is damaged. A study is not needed.
    """
    from eventstudy.prices.maintenance import verify as verify_

    named = path != Path("study.toml") or path.exists()
    request: Any = _study(path).request if named else {}
    found = verify_(request, path.parent)
    damaged = {name: fault for name, fault in found.items() if fault}
    if as_json:
        print_json({"checked": len(found), "damaged": damaged})
    else:
        tell(f"{len(found)} stored series checked, {len(damaged)} damaged.")
        for name, fault in damaged.items():
            complain(f"{name}: {fault}")
    if damaged:
        raise SystemExit(INTERNAL)


@prices.command(cls=Command)
@STUDY_OPTION
@OFFLINE
@AS_JSON
def freeze(path: Path, *, offline: bool, as_json: bool) -> None:
    """Keep the prices of a study beside it, so that it gives the same numbers anywhere."""
    from eventstudy.prices.maintenance import freeze as freeze_

    study = _study(path)
    with busy("asking the sources"):
        kept = freeze_(study.request, path.parent, start=study.start, offline=offline)
    if as_json:
        print_json(asdict(kept))
    else:
        tell(f"Kept in {path.parent / 'prices'}: {', '.join(kept.kept) or 'nothing'}.")
        if kept.files:
            tell(f"Your own files, which stay where they are: {', '.join(kept.files)}.")
        tell(
            "To share the study, copy its folder: `eventstudy run` then asks no source. "
            "For newer prices, freeze it again."
        )
    for asset in kept.outside:
        complain(f"{asset}: its file lies outside the folder of the study; copy it too.")
    for asset, why in kept.stale.items():
        complain(f"prices: {asset} is stale: {why}")
    if kept.stale:
        raise SystemExit(INCOMPLETE)
