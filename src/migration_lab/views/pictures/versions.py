"""Which version of the code works at which step of the schema, as a table, and a slider that goes through the steps."""

from __future__ import annotations

import itertools

import ipywidgets as widgets
from IPython.display import display

from migration_lab.deploy import Answer, Call, Matrix
from migration_lab.views.pictures.drawing import Drawing, box, brief, escape
from migration_lab.views.playground.matrix import MATRIX_STYLE
from migration_lab.views.playground.run import OUTCOME_STYLE

_NUMBERS = itertools.count(1)

_STYLE = """<style>
.mlab table.outcomes > tbody > tr.here > th { outline: 2px solid; outline-offset: -2px; }
.mlab table.outcomes > tbody > tr.here > th::after { content: " ◂"; }
</style>"""


def draw_versions(matrix: Matrix, here: str = "") -> Drawing:
    """The table, each cell of which opens its requests. The row of the step ``here`` is marked."""
    group = f"versions{next(_NUMBERS)}"
    heads = "".join(f'<th scope="col">{escape(version)}</th>' for version in matrix.versions)
    rows = "".join(
        f'<tr class="{"here" if step == here else ""}"><th scope="row">{escape(step)}</th>'
        f"{''.join(_cell(matrix, step, version, group) for version in matrix.versions)}</tr>"
        for step in matrix.steps
    )
    caption = f"Schema and code on {matrix.engine}"
    table = (
        f'<table class="grid outcomes"><caption>{escape(caption)}</caption>'
        f'<thead><tr><th scope="col">schema</th>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    )
    hint = "A click, or Tab and Enter, opens a cell’s requests and closes them again."
    body = (
        f'{OUTCOME_STYLE}{MATRIX_STYLE}{_STYLE}<div class="matrix"><div class="pane">{table}</div></div>'
        f'<p class="note">{hint}</p>'
    )
    return Drawing(body, "\n".join([caption, *(_line(matrix, step) for step in matrix.steps)]))


class VersionsView:
    """The table with its slider. Made by :func:`show_versions`."""

    def __init__(self, matrix: Matrix) -> None:
        self.matrix = matrix
        self.slider = widgets.SelectionSlider(
            options=list(matrix.steps),
            description="schema",
            continuous_update=True,
            layout=widgets.Layout(width="min(100%, 560px)"),
            style={"description_width": "initial"},
        )
        self._said = widgets.HTML()
        self._table = widgets.HTML()
        self.slider.observe(self._changed, names="value")
        self.widget = widgets.VBox([self.slider, self._said, self._table])
        self._changed()

    def _changed(self, _: object = None) -> None:
        words = _line(self.matrix, self.slider.value)
        self._said.value = Drawing(f'<p role="status" aria-live="polite">{escape(words)}</p>', words).html
        self._table.value = draw_versions(self.matrix, self.slider.value).html

    def _repr_mimebundle_(self, **options: object) -> dict[str, object]:
        """The widget; the table alone for pages without a kernel."""
        bundle: dict[str, object] = dict(self.widget._repr_mimebundle_(**options) or {})
        drawing = draw_versions(self.matrix)
        bundle["text/plain"], bundle["text/html"] = str(drawing), drawing.html
        return bundle


def show_versions(matrix: Matrix) -> VersionsView:
    """Show the matrix under this cell, with a slider over the steps: arrow keys move it, too."""
    view = VersionsView(matrix)
    display(view)
    return view


def _line(matrix: Matrix, step: str) -> str:
    told = (f"{version} {_words(matrix, step, version)}" for version in matrix.versions)
    return f"{step}: {' · '.join(told)}"


def _words(matrix: Matrix, step: str, version: str) -> str:
    broken = matrix.broken(step, version)
    return f"✗ {', '.join(broken)}" if broken else "✓ works"


def _cell(matrix: Matrix, step: str, version: str, group: str) -> str:
    look = "works" if matrix.works(step, version) else "refused"
    opened = "".join(_request(call, answer) for call, answer in matrix.answers[step, version])
    table = (
        '<table class="grid"><thead><tr><th scope="col">request</th><th scope="col">statement</th>'
        f'<th scope="col">answer</th></tr></thead><tbody>{opened}</tbody></table>'
    )
    return (
        f'<td class="{look}"><details name="{group}"><summary>{_words(matrix, step, version)}</summary>'
        f'<div class="opened"><p class="title">{escape(version)} at {escape(step)}</p>'
        f"{box(f'{version} at {step}', table)}</div></details></td>"
    )


def _request(call: Call, answer: Answer) -> str:
    sql = f"<pre>{brief(answer.statement)}</pre>" if answer.statement else ""
    sign = "✓" if answer.works else "✗"
    return (
        f'<tr><th scope="row">{escape(call.method)} {escape(call.path)}</th><td>{escape(call.statement)}</td>'
        f'<td class="words">{sign} {answer.status or ""} {brief(answer.words)}{sql}</td></tr>'
    )
