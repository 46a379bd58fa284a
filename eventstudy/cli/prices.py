"""The commands on stored prices: list, refresh, verify, freeze."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventstudy.cli.base import INCOMPLETE, INTERNAL, NO_PRICES, USAGE, Command
from eventstudy.cli.options import AS_JSON, OFFLINE, STUDY_OPTION, option
from eventstudy.cli.terminal import busy, complain, print_json, print_table, tell
from eventstudy.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventstudy.prices.maintenance import Holding, Refreshed
    from eventstudy.study.study_file import Study


@click.group(invoke_without_command=True)
@option("prices", "--prune", is_flag=True)
@click.pass_context
def prices(context: click.Context, *, prune: bool) -> None:
    """List, refresh, verify and freeze the prices of a study."""
    if prune:
        from eventstudy.bars.store import CAP, bar_cache

        removed, stays = bar_cache().prune()
        tell(
            f"{count(removed, 'file')} of bars removed; {stays / 2**20:,.1f} MB stay, of at most "
            f"{CAP / 2**20:,.0f}."
        )
    elif context.invoked_subcommand is None:
        tell(context.get_help())
        context.exit(USAGE)


def _study(path: Path) -> Study:
    from eventstudy.study.study_file import Study

    return Study.read(path)


@prices.command("list", cls=Command)
@STUDY_OPTION
@AS_JSON
def list_(path: Path, *, as_json: bool) -> None:
    """List the series of a study and what is stored of each; nobody is asked."""
    from eventstudy.bars.maintenance import bar_holdings
    from eventstudy.prices.maintenance import holdings

    study = _study(path)
    stored = [*holdings(study.request, path.parent), *bar_holdings(study.bar_request, path.parent)]
    if as_json:
        print_json([asdict(holding) for holding in stored])
        return
    names = ("Series", "Source", "Stored", "From", "To", "Sessions", "Fetched (UTC)", "Size")
    right = ("Sessions", "Size")
    columns = {name: {"justify": "right" if name in right else "left"} for name in names}
    print_table(columns, map(_cells, stored))
    if study.bar_request:
        from eventstudy.bars.store import CAP, bar_cache

        held = bar_cache().bytes() / 2**20
        tell(
            f"All stored bars: {held:,.1f} MB; `eventstudy prices --prune` leaves at most "
            f"{CAP / 2**20:,.0f}."
        )
    for holding in stored:
        if holding.fault:
            complain(f"{holding.asset}: {holding.fault}")


def _cells(holding: Holding) -> list[str]:
    fetched = f"{holding.fetched_at:%Y-%m-%d %H:%M}" if holding.fetched_at else ""
    return [
        holding.asset,
        f"{holding.source} {holding.symbol}",
        holding.where + (", damaged" if holding.fault else ""),
        str(holding.first or ""),
        str(holding.last or ""),
        f"{holding.rows:,}" if holding.rows else "",
        fetched + (", due" if holding.due and fetched else ""),
        f"{holding.size / 1024:,.0f} KiB" if holding.size else "",
    ]


@prices.command(cls=Command)
@click.argument("assets", nargs=-1, metavar="[SERIES]...")
@STUDY_OPTION
@AS_JSON
def refresh(assets: tuple[str, ...], path: Path, *, as_json: bool) -> None:
    """Ask live sources again for SERIES (default: all of the study), daily prices and bars.

    A frozen study goes on with its own prices until it is frozen again. The exit code is 3
    when some series could not be refreshed, and 5 when none could.
    """
    study = _study(path)
    refreshed = []
    with busy("asking the sources"):
        for series in _refreshing(study, path.parent, assets):
            refreshed.append(series)
            if not as_json:
                _tell(series)
    if as_json:
        print_json([asdict(series) for series in refreshed])
    elif not refreshed:
        tell("No series of this study comes from a live source: nothing to refresh.")
    failed = [series for series in refreshed if series.failed]
    if failed:
        raise SystemExit(NO_PRICES if len(failed) == len(refreshed) else INCOMPLETE)


def _refreshing(study: Study, folder: Path, assets: tuple[str, ...]) -> Iterator[Refreshed]:
    """Yield what becomes of each series: its daily prices, its bars, or both."""
    from eventstudy.bars.maintenance import refresh_bars
    from eventstudy.errors import refuse_unknown
    from eventstudy.prices.maintenance import refresh as refresh_

    known = (*study.request, *study.bar_request)
    for asset in assets:
        refuse_unknown(asset, known, f"no series {asset!r} in the study")
    daily = [asset for asset in assets if asset in study.request]
    bars = [asset for asset in assets if asset in study.bar_request]
    if daily or not assets:
        yield from refresh_(study.request, folder, daily, start=study.start)
    if bars or not assets:
        yield from refresh_bars(study.bar_request, folder, bars, start=study.start)


def _tell(series: Refreshed) -> None:
    if series.failed:
        complain(f"prices: {series.asset}: {series.failed}")
    elif series.rows:
        unit = "bar" if series.asset.startswith("bars of ") else "session"
        added = f"{count(series.added, unit)} added, {series.rows:,} until {series.last}"
        tell(f"{series.asset}: {added}")
    for note in series.notes:
        tell(f"{'  ' if series.rows else series.asset + ': '}{note}")


@prices.command(cls=Command)
@STUDY_OPTION
@AS_JSON
def verify(path: Path, *, as_json: bool) -> None:
    """Compute every SHA-256 again: of the cache, and of prices and bars kept beside a study.

    The exit code is 1 when anything is damaged. A study is not needed.
    """
    from eventstudy.bars.maintenance import verify_bars
    from eventstudy.prices.maintenance import verify as verify_

    named = path != Path("study.toml") or path.exists()
    study = _study(path) if named else None
    request: Any = study.request if study else {}
    faults = verify_(request, path.parent)
    faults |= verify_bars(study.bar_request if study else {}, path.parent)
    damaged = {name: fault for name, fault in faults.items() if fault}
    if as_json:
        print_json({"checked": len(faults), "damaged": damaged})
    else:
        tell(f"{len(faults)} stored series checked, {len(damaged)} damaged.")
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
    from eventstudy.bars.maintenance import gather_bars
    from eventstudy.prices.maintenance import freeze as freeze_

    study = _study(path)
    with busy("asking the sources"):
        gathered = gather_bars(study.bar_request, path.parent, start=study.start, offline=offline)
        kept = freeze_(study.request, path.parent, start=study.start, offline=offline)
        bars = gathered.keep(path.parent)
    files = (*kept.files, *(f"bars of {asset}" for asset in bars.files))
    if as_json:
        print_json({**asdict(kept), **({"bars": asdict(bars)} if study.bar_request else {})})
    else:
        tell(f"Kept in {path.parent / 'prices'}: {', '.join(kept.kept) or 'nothing'}.")
        if bars.kept:
            tell(f"Bars kept there: {', '.join(bars.kept)}.")
        if files:
            tell(f"Your own files, which stay where they are: {', '.join(files)}.")
        tell(
            "To share the study, copy its folder: `eventstudy run` then asks no source. "
            "For newer prices, freeze it again."
        )
    for asset in (*kept.outside, *bars.outside):
        complain(f"{asset}: its file lies outside the folder of the study; copy it too.")
    stale = {**kept.stale, **bars.stale}
    for asset, why in stale.items():
        complain(f"prices: {asset} is stale: {why}")
    if stale:
        raise SystemExit(INCOMPLETE)
