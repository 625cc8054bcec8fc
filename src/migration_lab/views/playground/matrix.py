"""Draw many runs of the playground as a table an engine, each cell of which opens its run."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from migration_lab.engines import Engine
from migration_lab.playground import ColumnType, Matrix, Outcome, Run, Scenario, Strategy, short
from migration_lab.views.pictures.drawing import Drawing, escape
from migration_lab.views.playground.run import CLASS, OUTCOME_STYLE, SIGN, draw_run

_Item = TypeVar("_Item")

_NUMBERS = itertools.count(1)
_LONGEST_REASON = 56

# <details> opens by click and by keyboard without any script, also in a saved notebook. What it opens is laid over the
# rows below its cell, as wide as there is room: no column changes its width, and no one has to look for it.
MATRIX_STYLE = """<style>
.mlab .matrix { position: relative; }
.mlab .matrix > .pane > table > caption { white-space: nowrap; }
.mlab table.outcomes > thead th { overflow-wrap: break-word; }
.mlab table.outcomes > tbody > tr > th[scope="row"] { white-space: nowrap; overflow-wrap: normal; text-align: right; }
.mlab table.outcomes > tbody > tr > td { font-family: inherit; padding: 0; min-width: 11ch; max-width: 24ch;
  overflow-wrap: anywhere;
  background: color-mix(in srgb, var(--hue, transparent) 20%, transparent); }
.mlab table.outcomes > tbody > tr > td.todo { padding: 2px 8px; color: var(--soft); background: none; }
.mlab table.outcomes > tbody > tr > td > details > summary { padding: 2px 8px; list-style: none; }
.mlab table.outcomes > tbody > tr > td > details > summary::-webkit-details-marker { display: none; }
.mlab table.outcomes > tbody > tr > td > details > summary:hover { outline: 1px solid var(--hue); }
.mlab table.outcomes > tbody > tr > td > details > summary:focus-visible,
.mlab table.outcomes > tbody > tr > td > details[open] > summary { outline: 2px solid; outline-offset: -2px; }
.mlab .matrix .why { display: block; font-size: 85%; }
.mlab .matrix:has(table.outcomes > tbody > tr > td > details[open]) { padding-bottom: 30em; }
.mlab .matrix .opened { position: absolute; left: 0; right: 0; margin-top: 3px; max-height: 29em; overflow: auto;
  border: 2px solid var(--ink); padding: 4px 12px; background: var(--paper); box-sizing: border-box; z-index: 2; }
</style>"""


@dataclass(frozen=True, slots=True)
class DrawnMatrix(Drawing):
    """A matrix, drawn; its runs are in ``matrix``."""

    matrix: Matrix


def draw_matrix(matrix: Matrix, *, openable: bool = True) -> DrawnMatrix:
    """Draw the runs made so far. Without ``openable``, the cells only say how it went: enough while more are coming."""
    group = f"run{next(_NUMBERS)}" if openable else ""
    tables = [_table(matrix, engine, group) for engine in _unique(scenario.engine for scenario in matrix.scenarios)]
    lines = _summary(matrix)
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    words = "A click, or Tab and Enter, opens a cell’s run and closes it again. The time is alembic upgrade head’s."
    hint = f'<p class="note">{words}</p>' * openable
    body = (
        f'{OUTCOME_STYLE}{MATRIX_STYLE}<div class="matrix"><ul class="parts">{items}</ul>{hint}{"".join(tables)}</div>'
    )
    text = [f"{run.scenario.describe()}: {run.outcome.value} {run.words}".strip() for run in matrix.runs.values()]
    shown = "\n".join([*lines, *text]).encode("utf-8", "backslashreplace").decode("utf-8")
    return DrawnMatrix(body, shown, matrix)


def _summary(matrix: Matrix) -> list[str]:
    done, asked = len(matrix.runs), len(matrix.scenarios)
    counts = Counter(run.outcome for run in matrix.runs.values())
    told = ", ".join(f"{SIGN[outcome]} {outcome.value}: {counts[outcome]}" for outcome in Outcome if counts[outcome])
    lines = [f"{done:,} of {asked:,} runs, each on a fresh database. {told}".strip()]
    if not matrix.complete:
        lines.append(f"{asked - done:,} are not run")
    differing = Counter(
        one.scenario.strategy.value for one, other in _pairs(matrix) if one.outcome is not other.outcome
    )
    if _pairs(matrix):
        told = ", ".join(f"{strategy}: {number}" for strategy, number in differing.items())
        line = f"The engines differ in {sum(differing.values())} of {len(_pairs(matrix))} pairs of runs"
        lines.append(f"{line} ({told})." if told else f"{line}.")
    return lines


def _pairs(matrix: Matrix) -> list[tuple[Run, Run]]:
    """The runs of the first engine beside those of each other one that were alike in all else."""
    alike: dict[tuple[object, ...], list[Run]] = {}
    for scenario, run in matrix.runs.items():
        alike.setdefault((scenario.rows, scenario.type, scenario.strategy, scenario.literal), []).append(run)
    return [(runs[0], other) for runs in alike.values() for other in runs[1:]]


def _table(matrix: Matrix, engine: Engine, group: str) -> str:
    mine = {
        (scenario.strategy, scenario.rows, scenario.type): scenario
        for scenario in matrix.scenarios
        if scenario.engine == engine
    }
    types = _unique(kind for _, _, kind in mine)
    counts = _unique(rows for _, rows, _ in mine)
    literals = {kind: next(one.literal for one in mine.values() if one.type is kind) for kind in types}
    heads = "".join(
        f'<th scope="col">{kind.value}<br>'
        f'<span class="was">{kind.facts.column}, {escape(short(literals[kind]))}</span></th>'
        for kind in types
    )
    bodies = [
        _strategy(matrix, strategy, counts, types, mine, group)
        for strategy in _unique(strategy for strategy, _, _ in mine)
    ]
    return (
        f'<div class="pane"><table class="grid outcomes"><caption>Outcomes on {escape(engine.name)}</caption>'
        f'<thead><tr><th scope="col">strategy</th><th scope="col">rows</th>{heads}</tr></thead>'
        f"{''.join(bodies)}</table></div>"
    )


def _strategy(
    matrix: Matrix,
    strategy: Strategy,
    counts: list[int],
    types: list[ColumnType],
    mine: dict[tuple[Strategy, int, ColumnType], Scenario],
    group: str,
) -> str:
    rows = []
    for position, count in enumerate(counts):
        head = f'<th scope="rowgroup" rowspan="{len(counts)}">{strategy.value}</th>' if position == 0 else ""
        cells = [_cell(matrix.runs.get(mine[strategy, count, kind]), group) for kind in types]
        rows.append(f'<tr>{head}<th scope="row">{count:,}</th>{"".join(cells)}</tr>')
    return f"<tbody>{''.join(rows)}</tbody>"


def _cell(run: Run | None, group: str) -> str:
    if run is None:
        return '<td class="todo">not run</td>'
    words = f'{SIGN[run.outcome]} {run.outcome.value} <span class="was">{run.seconds * 1000:,.0f} ms</span>'
    reason = run.words if len(run.words) <= _LONGEST_REASON else f"{run.words[:_LONGEST_REASON]}…"
    why = f'<span class="why">{escape(reason)}</span>' if reason else ""
    if not group:
        return f'<td class="{CLASS[run.outcome]}"><div style="padding: 2px 8px">{words}{why}</div></td>'
    opened = draw_run(run, brief=True).body
    return (
        f'<td class="{CLASS[run.outcome]}"><details name="{group}"><summary>{words}{why}</summary>'
        f'<div class="opened">{opened}</div></details></td>'
    )


def _unique(items: Iterable[_Item]) -> list[_Item]:
    return list(dict.fromkeys(items))
