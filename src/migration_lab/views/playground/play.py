"""The playground: choose how a column is added, see the migration, run it, and run every combination."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterable
from enum import Enum
from typing import Any, ClassVar, TypeVar

from IPython.display import DisplayHandle, display

from migration_lab.engines import Engine
from migration_lab.lessons import InUseError
from migration_lab.playground import (
    ROWS,
    ColumnType,
    Matrix,
    Scenario,
    ScratchProject,
    Strategy,
    all_scenarios,
    find_engine,
    run_matrix,
)
from migration_lab.views.controls.between_cells import BetweenCells
from migration_lab.views.pictures.drawing import Drawing
from migration_lab.views.playground.controls import Controls
from migration_lab.views.playground.matrix import DrawnMatrix, draw_matrix
from migration_lab.views.playground.run import CLASS, SIGN, DrawnRun, draw_run, fold

PICTURE_PAUSE = 0.5  # seconds between two pictures of a matrix that is being run
BREATH = 0.002  # seconds in which the kernel takes what came in meanwhile: a Stop, a cell

_Choice = TypeVar("_Choice", bound=Enum)


class Playground:
    """The controls, and under them the last run and the matrix. Made by :func:`playground`."""

    _open: ClassVar[dict[str, Playground]] = {}

    def __init__(self, folder: str) -> None:
        earlier = Playground._open.pop(folder, None)
        if earlier is not None:
            earlier.close()
        self._folder = folder
        self._project = ScratchProject(folder)
        self._controls = Controls(folder, self._clicked_run, self._clicked_matrix, self.stop)
        self._stopped = threading.Event()
        self._closed = False
        self._between_cells = BetweenCells()
        self._last: DrawnRun | None = None
        self._run_place: DisplayHandle | None = None
        self._matrix_place: DisplayHandle | None = None
        Playground._open[folder] = self

    def show(self) -> None:
        """Show the controls under this cell, and a place for what they run."""
        display(self._controls)
        self._run_place = display(_words("No single run yet."), display_id=True)
        self._matrix_place = display(_words(""), display_id=True)

    def run(
        self,
        *,
        engine: str | Engine | None = None,
        rows: int | None = None,
        type: str | ColumnType | None = None,
        strategy: str | Strategy | None = None,
        literal: str | None = None,
    ) -> DrawnRun:
        """Run one scenario now in the scratch project, and give it drawn. The controls say what isn't named here.

        ``engine`` is its key (``postgresql``), whose server is started then. Raises ValueError, telling what there is,
        for a choice that isn't there; EngineError for an engine that can't be had here.
        """
        chosen = self._controls.scenario()
        kind = chosen.type if type is None else _choice(ColumnType, type)
        scenario = Scenario(
            chosen.engine if engine is None else find_engine(engine),
            chosen.rows if rows is None else rows,
            kind,
            chosen.strategy if strategy is None else _choice(Strategy, strategy),
            self._controls.literals[kind] if literal is None else literal,
        )
        return draw_run(self._project.run(scenario))

    def matrix(
        self,
        *,
        engines: Iterable[str | Engine] | None = None,
        rows: Iterable[int] = ROWS,
        types: Iterable[str | ColumnType] = tuple(ColumnType),
        strategies: Iterable[str | Strategy] = tuple(Strategy),
        literals: dict[str, str] | None = None,
    ) -> DrawnMatrix:
        """Run every combination now, each in a temporary folder, and give the table. An interrupt ends it early.

        By default on every SQLite, and on the engine that the controls say. ``literals`` goes from a type's name to
        the value to use. Raises as :meth:`run` does.
        """
        chosen = self._controls.engines() if engines is None else [find_engine(engine) for engine in engines]
        values = {_choice(ColumnType, kind): value for kind, value in (literals or {}).items()}
        scenarios = all_scenarios(
            chosen,
            tuple(rows),
            [_choice(ColumnType, kind) for kind in types],
            [_choice(Strategy, strategy) for strategy in strategies],
            {**self._controls.literals, **values},
        )
        matrix = Matrix(scenarios)
        place = display(self._controls.cell_progress, display_id=True)
        self._begin(matrix)
        try:
            for _ in run_matrix(matrix, self._stopped.is_set):
                self._controls.show_progress(len(matrix.runs))
        except KeyboardInterrupt:
            pass  # what was run until then is what was asked for
        finally:
            self._end(matrix)
            self._put(place, _words(""))
        return draw_matrix(matrix)

    def stop(self) -> None:
        """End a matrix after the run that is going on."""
        self._stopped.set()

    def close(self) -> None:
        """End what is running and let other kernels open the folder. The pictures stay."""
        self._closed = True
        self.stop()
        self._project.close()
        self._controls.say("This playground was closed: run its cell again.")

    def _clicked_run(self) -> None:
        async def work() -> None:
            drawn = draw_run(self._project.run(scenario), folded=True)
            self._last = drawn
            self._put(self._run_place, drawn)
            outcome = drawn.run.outcome
            reason = f": {drawn.run.words}" if drawn.run.words else ""
            self._controls.say(f"{SIGN[outcome]} {outcome.value}{reason}", CLASS[outcome])

        scenario = self._controls.scenario()
        self._start(work)

    def _clicked_matrix(self) -> None:
        async def work() -> None:
            drawn_at = time.monotonic()
            self._begin(matrix)
            if self._last is not None:
                self._put(self._run_place, fold(self._last))  # or the table would be a screen further down
            try:
                for _ in run_matrix(matrix, self._stopped.is_set):
                    self._controls.show_progress(len(matrix.runs))
                    if time.monotonic() - drawn_at > PICTURE_PAUSE:
                        drawn_at = time.monotonic()
                        self._put(self._matrix_place, draw_matrix(matrix, openable=False))
                    await asyncio.sleep(BREATH)
            finally:
                self._end(matrix)
                self._put(self._matrix_place, draw_matrix(matrix))

        matrix = Matrix(all_scenarios(self._controls.engines(), literals=self._controls.literals))
        self._start(work)

    def _start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Have a button's work done when no cell runs; what goes wrong becomes the line of words."""

        async def told() -> None:
            if self._closed:
                return
            try:
                await work()
            except Exception as error:
                self._controls.say(f"⚠ {error}", "refused")

        self._controls.say("Waiting until the cell that is running is done …")
        self._between_cells.start(told)

    def _begin(self, matrix: Matrix) -> None:
        self._stopped.clear()
        self._controls.busy(len(matrix.scenarios))
        self._controls.say(f"Running {len(matrix.scenarios):,} combinations …")

    def _end(self, matrix: Matrix) -> None:
        self._controls.busy(None)
        done, asked = len(matrix.runs), len(matrix.scenarios)
        self._controls.say(f"{done:,} of {asked:,} combinations were run." + (" Stopped." if done < asked else ""))

    def _put(self, place: DisplayHandle | None, drawing: Drawing) -> None:
        if place is not None:
            place.update(drawing)

    def __repr__(self) -> str:
        return f"<Playground in scratch_db/{self._folder}>"


def playground(folder: str = "playground") -> Playground:
    """Show the playground under this cell. It works in ``scratch_db/FOLDER``; running the cell again starts it anew.

    Raises InUseError where another kernel has that folder open: name a second one.
    """
    try:
        play = Playground(folder)
    except InUseError as error:
        told = str(error).partition(". ")[0]
        raise InUseError(f"{told}. Shut that kernel down, or use playground({folder + '_2'!r})") from None
    play.show()
    return play


def _choice(kinds: type[_Choice], name: str | _Choice) -> _Choice:
    """A type or strategy by its name."""
    try:
        return kinds(name)
    except ValueError:
        there = ", ".join(repr(kind.value) for kind in kinds)
        raise ValueError(f"no {name!r} here: choose from {there}") from None


def _words(words: str) -> Drawing:
    return Drawing(f'<p class="note">{words}</p>' if words else "", words)
