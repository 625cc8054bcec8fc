"""The playground's controls: the choices, the migration they make, the buttons, a progress bar and a line of words."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import ipywidgets as widgets

from migration_lab.engines import Engine, all_engines, default_engine, installed_engines
from migration_lab.playground import ROWS, ColumnType, Scenario, Strategy, all_scenarios, write_migrations
from migration_lab.views.pictures.drawing import Drawing, escape
from migration_lab.views.playground.run import OUTCOME_STYLE, draw_files


class Controls:
    """What can be chosen, and the buttons. ``literals`` is the value for each type, as typed so far."""

    def __init__(
        self, folder: str, run: Callable[[], None], matrix: Callable[[], None], stop: Callable[[], None]
    ) -> None:
        self.literals = {kind: kind.facts.literal for kind in ColumnType}
        engines = all_engines()
        there = [(engine.name, engine) for engine in engines if not engine.missing]
        self._engine = _choice("engine", there, default_engine())
        self._rows = _choice("rows", [(f"{rows:,}", rows) for rows in ROWS], 2)
        self._type = _choice("type", [(f"{kind.value} {kind.facts.column}", kind) for kind in ColumnType])
        self._strategy = _choice("strategy", [(strategy.value, strategy) for strategy in Strategy])
        self._literal = widgets.Text(description="literal", value=self.literals[self._type.value])
        self._preview = widgets.HTML()
        self._status = widgets.HTML()
        self._progress = widgets.IntProgress(value=0, max=1, layout=widgets.Layout(width="180px", visibility="hidden"))
        self._run = _button("Run", "Upgrade a fresh database with this migration", run, "primary")
        self._matrix = _button("", "Each on a fresh database: on every SQLite, and on the engine chosen", matrix)
        self._stop = _button("Stop", "Stop after the run that is going on", stop)
        self._stop.disabled = True
        words = f"A click into a file selects it all, to copy. Run saves it in scratch_db/{folder}."
        lines = [words, *(engine.missing for engine in engines if engine.missing)]
        notes = "".join(f'<p class="note">{escape(line)}</p>' for line in lines)
        # While a cell runs, the kernel hears no button: there it takes an interrupt to stop.
        interrupt = widgets.HTML("Running. The ■ in the toolbar (Interrupt Kernel) stops it, and shows what was run.")
        self.cell_progress = widgets.HBox([self._progress, interrupt])
        row = widgets.Layout(flex_flow="row wrap", align_items="center")
        self.widget = widgets.VBox(
            [
                widgets.HBox([self._engine, self._rows, self._type, self._strategy, self._literal], layout=row),
                widgets.HBox([self._run, self._matrix, self._stop, self._progress], layout=row),
                self._status,
                self._preview,
                widgets.HTML(Drawing(notes, "\n".join(lines)).html),
            ]
        )
        for control in (self._engine, self._rows, self._strategy, self._literal):
            control.observe(self._changed, names="value")
        self._type.observe(self._type_changed, names="value")
        self._changed()

    def scenario(self) -> Scenario:
        """What is chosen now."""
        return Scenario(
            self._engine.value, self._rows.value, self._type.value, self._strategy.value, self._literal.value
        )

    def engines(self) -> tuple[Engine, ...]:
        """Those that all combinations are run on: each SQLite, which takes a moment, and the one that is chosen."""
        return tuple(dict.fromkeys((*installed_engines(), self._engine.value)))

    def say(self, words: str, style: str = "") -> None:
        """Show a line of words, announced by a screen reader."""
        self._status.value = Drawing(
            f'{OUTCOME_STYLE}<div class="{style and f"verdict {style}"}" role="status" aria-live="polite">'
            f"{escape(words)}</div>",
            words,
        ).html

    def busy(self, total: int | None) -> None:
        """While a matrix of ``total`` runs is going on, only Stop can be pressed; None: it is over."""
        self._run.disabled = self._matrix.disabled = total is not None
        self._stop.disabled = total is None
        self._progress.layout.visibility = "hidden" if total is None else "visible"
        if total is not None:
            self._progress.value, self._progress.max = 0, total

    def show_progress(self, done: int) -> None:
        """Move the progress bar."""
        self._progress.value = done

    def _type_changed(self, _: object) -> None:
        self._literal.value = self.literals[self._type.value]
        self._changed()

    def _changed(self, _: object = None) -> None:
        scenario = self.scenario()
        self.literals[scenario.type] = scenario.literal
        self._matrix.description = f"Run all {len(all_scenarios(self.engines()))} combinations"
        self._literal.disabled = not scenario.strategy.uses_literal
        self._literal.tooltip = "What old rows get" if scenario.strategy.uses_literal else "This strategy needs none"
        self._preview.value = Drawing(OUTCOME_STYLE + draw_files(write_migrations(scenario)), "").html

    def _repr_mimebundle_(self, **options: object) -> dict[str, object]:
        """The widget; for pages without a kernel, what it is for."""
        bundle: dict[str, object] = dict(self.widget._repr_mimebundle_(**options) or {})
        words = "The playground’s controls: they need a running kernel. What was run is shown below."
        bundle["text/plain"], bundle["text/html"] = words, Drawing(f"<p>{words}</p>", words).html
        return bundle


def _choice(label: str, options: Iterable[tuple[str, object]], value: object = None) -> widgets.Dropdown:
    shown = list(options)
    return widgets.Dropdown(description=label, options=shown, value=value if value is not None else shown[0][1])


def _button(label: str, tooltip: str, action: Callable[[], None], style: str = "") -> widgets.Button:
    button = widgets.Button(description=label, tooltip=tooltip, button_style=style, layout=widgets.Layout(width="auto"))
    button.on_click(lambda _: action())
    return button
