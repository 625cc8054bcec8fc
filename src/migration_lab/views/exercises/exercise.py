"""An exercise in a notebook: the task, and buttons for Check, Hint, Solution and Start over."""

from __future__ import annotations

import _thread
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import ipywidgets as widgets
from alembic.config import Config
from IPython.display import display
from sqlalchemy import Engine

from migration_lab.exercises import LIMIT, Verdict
from migration_lab.views.controls.between_cells import BetweenCells
from migration_lab.views.exercises.verdict import draw_verdict
from migration_lab.views.pictures.code import CODE_STYLE, draw_code
from migration_lab.views.pictures.database import draw_database
from migration_lab.views.pictures.drawing import Drawing, escape
from migration_lab.views.pictures.failures import show_failure
from migration_lab.views.pictures.following import work_on
from migration_lab.views.pictures.prose import prose
from migration_lab.work import Attempt, open_exercise


class ExerciseView:
    """An exercise under a cell. Made by :func:`exercise`.

    Each button is a call as well: ``check()``, ``hint()``, ``solution()``, ``start_over()``. ``verdict`` is what the
    last check said, or None.
    """

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt
        self.verdict: Verdict | None = None
        self._start = attempt.lesson.snapshot()
        self._between_cells = BetweenCells()
        self._said = widgets.HTML()
        self._state = widgets.HTML(_state("○ Not checked yet"))
        self._buttons = [
            self._button("Check", "Judge your files by what they do on a fresh copy", self._check, style="primary"),
            self._button("Hint", "Each hint says a bit more", self._hint, at_once=True),
            self._button("Solution", "Show an answer that is right", self._solution, at_once=True),
            self._button(
                "Start over", "Put files and database back to the start; your files are kept", self._start_over
            ),
        ]
        wrapped = widgets.Layout(flex_flow="row wrap", align_items="center")
        self.widget = widgets.VBox(
            [widgets.HTML(self._task().html), widgets.HBox([*self._buttons, self._state], layout=wrapped), self._said]
        )

    @property
    def folder(self) -> Path:
        """The Alembic project in ``scratch_db``."""
        return self.attempt.folder

    @property
    def versions(self) -> Path:
        """The folder of the migration files, as in ``%%writefile "{task.versions}/0002_add_it.py"``."""
        return self.attempt.versions

    @property
    def config(self) -> Config:
        """The Alembic Config, as in ``command.upgrade(task.config, "head")``."""
        return self.attempt.config

    @property
    def engine(self) -> Engine:
        """A SQLAlchemy engine on the exercise's database."""
        return self.attempt.engine

    def check(self) -> None:
        """Check what is there now and show the verdict under this cell. Never raises."""
        display(self._check())

    def hint(self) -> None:
        """Show the next hint under this cell."""
        display(self._hint())

    def solution(self) -> None:
        """Show a right answer under this cell."""
        display(self._solution())

    def start_over(self) -> None:
        """Put files and database back to the start. Raises ScratchError where the folder can't be replaced."""
        display(self._start_over())

    def restore_database(self) -> None:
        """Put the database back to the start and keep the files: for one more try of the same migration."""
        self.attempt.restore_database()

    @contextmanager
    def trying(self, seconds: float = LIMIT) -> Iterator[None]:
        """Run a block that may fail, as a rehearsal may: an error is shown in plain words, and goes no further.

        What takes longer than ``seconds`` is interrupted, as by the kernel's stop button.
        """
        timer = threading.Timer(seconds, _thread.interrupt_main)
        timer.daemon = True
        timer.start()
        try:
            yield
        except KeyboardInterrupt:
            words = f"✗ Stopped: it was interrupted, or had not finished after {seconds:g} seconds. Does it loop?"
            display(Drawing(f'<p class="trouble">{escape(words)}</p>', words))
        except Exception as error:
            display(show_failure(error))
        finally:
            timer.cancel()

    def _check(self) -> Drawing:
        work_on(self.attempt.lesson)
        self.verdict = self.attempt.check()
        drawing = draw_verdict(self.verdict, self.attempt.note)
        self._state.value = _state(drawing.text.partition("\n")[0])
        return drawing

    def _hint(self) -> Drawing:
        text = self.attempt.hint()
        head = f"Hint {self.attempt.hints_taken} of {len(self.attempt.exercise.hints)}"
        return Drawing(f'<div class="trouble"><p class="title">{head}</p>{prose(text)}</div>', f"{head}: {text}")

    def _solution(self) -> Drawing:
        files = self.attempt.solution()
        body = "".join(f'<p class="title">{escape(name)}</p>{draw_code(text, name)}' for name, text in files.items())
        head = "One right answer of several. Read it, then write yours: fingers remember better than eyes."
        text = "\n\n".join(f"{name}\n{text}" for name, text in files.items())
        return Drawing(f'{CODE_STYLE}<div class="fine"><p>{escape(head)}</p>{body}</div>', f"{head}\n\n{text}")

    def _start_over(self) -> Drawing:
        self.attempt.start_over()
        self._state.value = _state("○ Not checked yet")
        words = "Back at the start. Files that you changed are kept in scratch_db/kept."
        return Drawing(f"<p>{escape(words)}</p>", words)

    def _task(self) -> Drawing:
        exercise, place = self.attempt.exercise, f"scratch_db/{self.folder.name}"
        head = f"Exercise {exercise.number}: {exercise.title}"
        body = (
            f'<div role="group" aria-label="{escape(head)}"><p class="title">{escape(head)}</p>{prose(exercise.text)}'
            "<details><summary>The tables at the start</summary>"
            f"{draw_database(self._start).body}</details>"
            f'<p class="note">Your file: {escape(f"{place}/{exercise.path}")}</p></div>'
        )
        return Drawing(body, f"{head}\n\n{exercise.text.strip()}\n\nYour file: {place}/…/{exercise.file}")

    def _button(
        self, label: str, tooltip: str, action: Callable[[], Drawing], *, style: str = "", at_once: bool = False
    ) -> widgets.Button:
        button = widgets.Button(
            description=label, tooltip=tooltip, button_style=style, layout=widgets.Layout(width="auto")
        )

        async def work() -> None:
            try:
                said = action()
            except Exception as error:
                said = show_failure(error)
            finally:
                button.description = label
                for one in self._buttons:
                    one.disabled = False
            # The words come last: who reads them can press the next button at once.
            self._said.value = f'<div role="status">{said.html}</div>'

        def clicked(_: widgets.Button) -> None:
            if not at_once:  # else it stays as it is: a button that is switched off loses the keyboard's focus
                button.description = f"{label}: busy…"
                for one in self._buttons:
                    one.disabled = True
            self._between_cells.start(work)

        button.on_click(clicked)
        return button

    def _repr_mimebundle_(self, **options: object) -> dict[str, object]:
        """The widget, with the task as plain text and HTML for pages without a kernel."""
        bundle: dict[str, object] = dict(self.widget._repr_mimebundle_(**options) or {})
        task = self._task()
        bundle["text/plain"], bundle["text/html"] = str(task), task.html
        return bundle


def exercise(number: str, *, folder: str | None = None) -> ExerciseView:
    """Show the exercise of a number, such as ``"03.2"``, under this cell and at its start.

    Its folder is ``scratch_db/exercise_03_2``, or ``scratch_db/FOLDER``. Raises NoSuchExercise for an unknown number,
    InUseError where another kernel has the folder open.
    """
    view = ExerciseView(open_exercise(number, folder=folder))
    work_on(view.attempt.lesson)
    display(view)
    return view


def _state(words: str) -> str:
    return Drawing(f'<span class="note" role="status">{escape(words)}</span>', words).html
