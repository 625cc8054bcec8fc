"""The plot of a timeline, as SVG: time across, wait up; a mark for each request, and a lane for each statement.

Inline and without a script, it takes the page's colours, and stays as it is in a saved notebook and on the site. What
falls on one spot is drawn once, so however many requests there were, the plot stays small.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from migration_lab.load import Band, Outcome, Request
from migration_lab.views.pictures.drawing import escape

WIDTH, HEIGHT = 640, 190  # of the plot, without its lanes and axes
LEFT, RIGHT, TOP, BOTTOM = 52, 18, 10, 34
LANE = 24
MOST_LANES = 8
_SPOT = 4  # two marks of a kind that are closer than this are one
_LEAST = 1e-4  # seconds: what is faster is drawn here
_LETTER = 6.1  # the width of a letter in a lane, more or less

# By kind of request in the order of their coming, then for others. Marks are told apart by their shape alone: each is a
# piece of a path, which for dot and square is a line without length, whose ends are drawn all the same (SVG 2,
# "stroke-linecap").
SHAPES = ("dot", "triangle", "square", "diamond", "plus")
_PATHS = {
    "dot": "h0",
    "triangle": "m0-3l3 6h-6z",
    "square": "v0",
    "diamond": "m0-4l4 4-4 4-4-4z",
    "plus": "m-3 0h6m-3-3v6",
    "failed": "m-4-4l8 8m0-8l-8 8",
    "waiting": "m0 3v-8m-3 3l3-3 3 3",
}

STYLE = """<style>
.mlab svg.timeline { display: block; width: 100%; min-width: 520px; max-width: 860px; height: auto; }
.mlab svg.timeline text, .mlab svg.key text { fill: var(--ink); font-size: 11px; stroke: none;
  font-family: var(--jp-ui-font-family, system-ui, sans-serif); }
.mlab svg.key { width: 14px; height: 14px; vertical-align: -2px; }
.mlab svg .sql { font-family: var(--jp-code-font-family, monospace); font-size: 10px; }
.mlab svg .line { stroke: var(--line); stroke-width: 1; fill: none; }
.mlab svg .dot { stroke: var(--ink); stroke-width: 4; stroke-linecap: round; }
.mlab svg .triangle { fill: var(--jp-brand-color1, #1976d2); }
.mlab svg .square { stroke: var(--tilde); stroke-width: 4.5; stroke-linecap: square; }
.mlab svg .diamond { fill: var(--plus); }
.mlab svg .plus { fill: none; stroke: var(--ink); stroke-width: 1.4; }
.mlab svg .failed { fill: none; stroke: var(--minus); stroke-width: 2.2; }
.mlab svg .waiting { fill: none; stroke: var(--ink); stroke-width: 1.2; }
.mlab svg .band { fill: color-mix(in srgb, var(--ink) 9%, transparent); }
.mlab svg .bar { fill: color-mix(in srgb, var(--ink) 55%, transparent); stroke: var(--ink); stroke-width: 0.8; }
.mlab svg .ring { fill: none; stroke: var(--ink); stroke-width: 1.4; }
.mlab svg .halo { paint-order: stroke; stroke: var(--paper) !important; stroke-width: 3px; font-weight: 600; }
</style>"""


def duration(seconds: float) -> str:
    """A time for people: ``0.4 ms``, ``182 ms``, ``1.13 s``."""
    if seconds < 0.0995:
        return f"{seconds * 1000:.1f} ms" if seconds < 0.00995 else f"{seconds * 1000:.0f} ms"
    return (
        f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    )


def key(shape: str) -> str:
    """The mark of that shape, for a legend in words."""
    return (
        f'<svg class="key" viewBox="0 0 14 14" aria-hidden="true"><path class="{shape}" d="M7 7{_PATHS[shape]}"/></svg>'
    )


def shapes(outcome: Outcome) -> dict[str, str]:
    """The shape of each kind of request."""
    return {kind: SHAPES[min(place, len(SHAPES) - 1)] for place, kind in enumerate(outcome.kinds)}


@dataclass(frozen=True)
class Lane:
    """All bands of one name."""

    name: str
    bands: tuple[Band, ...]

    def seconds(self, now: float) -> float:
        """What they took together."""
        return sum((now if band.ended is None else band.ended) - band.began for band in self.bands)

    def words(self, now: float) -> str:
        """How often and how long, and how it ended."""
        times = f"{len(self.bands):,} times, " if len(self.bands) > 1 else ""
        failed = [band.error for band in self.bands if band.error]
        running = any(band.ended is None for band in self.bands)
        return f"{times}{duration(self.seconds(now))}{' so far' if running else ''}{' ✗ failed' if failed else ''}"


def lanes(outcome: Outcome) -> list[Lane]:
    """A lane for each name, by the begin of its first band."""
    by_name: dict[str, list[Band]] = {}
    for band in outcome.bands:
        by_name.setdefault(band.name, []).append(band)
    return [Lane(name, tuple(bands)) for name, bands in by_name.items()]


def drawn_lanes(outcome: Outcome) -> list[Lane]:
    """Those that took longest, where there are more than there is room for."""
    every = lanes(outcome)
    longest = sorted(every, key=lambda lane: -lane.seconds(outcome.seconds))[:MOST_LANES]
    return [lane for lane in every if lane in longest]


class Plot:
    """The plot of one outcome. ``svg`` is it."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome
        self._lanes = drawn_lanes(outcome)
        requests = (*outcome.requests, *outcome.waiting)
        ends = [outcome.seconds, *(band.ended or 0.0 for band in outcome.bands), *(one.began for one in requests)]
        self._end = max(1.0, *ends)
        waits = [max(one.took, _LEAST) for one in requests] or [_LEAST]
        self._low = math.floor(math.log10(min(waits)))
        # With room above the longest one for its words.
        self._high = max(math.ceil(math.log10(max(waits)) + 0.4), self._low + 2, -1)
        self._top = TOP + LANE * len(self._lanes)

    def svg(self, label: str) -> str:
        """The plot as an image with this label."""
        height = self._top + HEIGHT + BOTTOM
        return (
            f'<svg class="timeline" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(label)}">'
            f"{''.join(self._bands())}{''.join(self._axes())}{''.join(self._marks())}{self._longest()}</svg>"
        )

    def _x(self, moment: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * moment / self._end

    def _y(self, wait: float) -> float:
        share = (math.log10(max(wait, _LEAST)) - self._low) / (self._high - self._low)
        return self._top + HEIGHT * (1 - share)

    def _axes(self) -> Iterator[str]:
        bottom = self._top + HEIGHT
        for power in range(self._low, self._high + 1):
            y = self._y(10.0**power)
            yield f'<path class="line" d="M{LEFT} {y:.0f}H{WIDTH - RIGHT}"/>'
            yield f'<text x="{LEFT - 6}" y="{y + 4:.0f}" text-anchor="end">{_tick(power)}</text>'
        step = next(step for step in _steps() if self._end / step <= 8)
        for number in range(math.floor(self._end / step) + 1):
            x = self._x(number * step)
            yield f'<path class="line" d="M{x:.1f} {bottom}v4"/>'
            yield f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{number * step:g} s</text>'
        yield f'<text x="{WIDTH - RIGHT}" y="{bottom + 30}" text-anchor="end">when it was due →</text>'
        yield f'<text x="{LEFT}" y="{bottom + 30}">↑ how long it waited, each line ten times the one below</text>'

    def _bands(self) -> Iterator[str]:
        bottom = self._top + HEIGHT
        for place, lane in enumerate(self._lanes):
            y = TOP + LANE * place
            spans = list(self._spans(lane))
            for x, width in spans:
                yield f'<rect class="band" x="{x:.1f}" y="{y + 15}" width="{width:.1f}" height="{bottom - y - 15}"/>'
            bars = "".join(f"M{x:.1f} {y + 15}h{width:.1f}v5h-{width:.1f}z" for x, width in spans)
            yield f'<path class="bar" d="{bars}"/>'
            words = f" · {lane.words(self._outcome.seconds)}"
            room = int((WIDTH - LEFT - RIGHT) / _LETTER) - len(words)
            name = lane.name if len(lane.name) <= room else f"{lane.name[: room - 1]}…"
            length = _LETTER * (len(name) + len(words))
            x = max(LEFT, min(spans[0][0], WIDTH - RIGHT - length))
            yield (
                f'<text x="{x:.1f}" y="{y + 11}"><tspan class="sql">{escape(name)}</tspan>'
                f"<tspan>{escape(words)}</tspan></text>"
            )

    def _spans(self, lane: Lane) -> Iterator[tuple[float, float]]:
        """Where its bands are, from left to right; those that touch are one."""
        begin = end = -math.inf
        for band in sorted(lane.bands, key=lambda band: band.began):
            left = self._x(band.began)
            right = max(self._x(self._outcome.seconds if band.ended is None else band.ended), left + 1.5)
            if left > end + 0.5:
                if end > begin:
                    yield begin, end - begin
                begin = left
            end = max(end, right)
        yield begin, end - begin

    def _marks(self) -> Iterator[str]:
        shape = shapes(self._outcome)
        groups: dict[str, list[Request]] = {}
        for request in self._outcome.requests:
            groups.setdefault("failed" if request.error else shape[request.kind], []).append(request)
        groups["waiting"] = list(self._outcome.waiting)
        for name in (*SHAPES, "waiting", "failed"):  # failures on top
            spots = self._spots(groups.get(name, ()))
            path = "".join(f"M{x} {y}{_PATHS[name]}" for x, y in spots)
            if path:
                yield f'<path class="{name}" d="{path}"/>'

    def _spots(self, requests: Iterable[Request]) -> list[tuple[int, int]]:
        spots = ((self._x(one.began), self._y(one.took)) for one in requests)
        return sorted({(round(x / _SPOT) * _SPOT, round(y / _SPOT) * _SPOT) for x, y in spots})

    def _longest(self) -> str:
        longest = self._outcome.longest
        if longest is None:
            return ""
        x, y = self._x(longest.began), self._y(longest.took)
        side = "start" if x < WIDTH / 2 else "end"
        return (
            f'<circle class="ring" cx="{x:.1f}" cy="{y:.1f}" r="7"/>'
            f'<text class="halo" x="{x:.1f}" y="{y - 12:.1f}" text-anchor="{side}">'
            f"longest wait: {duration(longest.took)}</text>"
        )


def _tick(power: int) -> str:
    seconds = 10.0**power
    return f"{seconds:g} s" if power >= 0 else f"{seconds * 1000:g} ms"


def _steps() -> Iterator[float]:
    for power in range(-1, 6):
        yield from (10.0**power, 2 * 10.0**power, 5 * 10.0**power)
