"""Why an estimation window is too short, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.settings import Windows, length

if TYPE_CHECKING:
    from eventstudy.design.windows import WindowReturns


def shortage(observed: int, wanted: int, needed: int, missing: int, excluded: int) -> str:
    """Say that an estimation window has too few returns."""
    lost = [f"{missing} have no return or no factor"] if missing else []
    lost += [f"{excluded} belong to other episodes"] if excluded else []
    head = f"only {observed} of {wanted} estimation returns (at least {needed} are needed)"
    return f"{head}: {', '.join(lost)}" if lost else head


def shortages(cut: WindowReturns, windows: Windows, needed: int) -> list[str]:
    """Say for each episode why its estimation window is too short; empty when it is not."""
    wanted = length(windows.estimation)
    counts = (wanted - cut.missing - cut.excluded).tolist()
    lost = zip(counts, cut.missing.tolist(), cut.excluded.tolist(), strict=True)
    return ["" if n >= needed else shortage(n, wanted, needed, *days) for n, *days in lost]
