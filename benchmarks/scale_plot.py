"""A plot of processor time by the number of observations, as SVG: no library is needed for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 800, 420, 70, 50, 20, 270
COLOURS = ("#1b6ca8", "#b3541e", "#5b7f3a", "#7a4f9a", "#8a8a8a")

Points = Mapping[str, Sequence[tuple[int, float]]]


def plot(points: Points) -> str:
    """Return lines of seconds by observations, both axes logarithmic."""
    sizes = [log10(size) for line in points.values() for size, _ in line]
    seconds = [log10(max(second, 1e-5)) for line in points.values() for _, second in line]
    xs = floor(min(sizes)), ceil(max(sizes))
    ys = floor(min(seconds)), ceil(max(seconds))

    def at(size: float, second: float) -> tuple[float, float]:
        x = LEFT + (log10(size) - xs[0]) / max(xs[1] - xs[0], 1) * (WIDTH - LEFT - RIGHT)
        y = (log10(max(second, 1e-5)) - ys[0]) / max(ys[1] - ys[0], 1)
        return x, HEIGHT - BOTTOM - y * (HEIGHT - BOTTOM - TOP)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for power in range(xs[0], xs[1] + 1):
        x, _ = at(10**power, 10 ** ys[0])
        parts.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#e4e4e4"/>')
        label = f"{10**power:,}"
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 30}" text-anchor="middle">{label}</text>')
    for power in range(ys[0], ys[1] + 1):
        _, y = at(10 ** xs[0], 10.0**power)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#e4e4e4"/>')
        label = f"{10.0**power:g} s"
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    middle = LEFT + (WIDTH - LEFT - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">observations</text>')
    for number, (title, line) in enumerate(points.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [at(*point) for point in line]
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in places]
        y = TOP + 20 + 22 * number
        words = escape(title.replace("`", ""))
        parts.append(f'<path d="M{WIDTH - RIGHT + 15} {y - 4}h18" stroke="{colour}" '
                     'stroke-width="2"/>')  # fmt: skip
        parts.append(f'<text x="{WIDTH - RIGHT + 40}" y="{y}">{words}</text>')
    return "\n".join([*parts, "</svg>", ""])
