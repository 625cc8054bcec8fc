"""Buttons for what a learner does by hand: put the lesson back, or poke its database."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets
from IPython.display import display

from migration_lab.lessons import Lesson
from migration_lab.views.pictures.drawing import escape


def action_button(label: str, action: Callable[[], str], *, tooltip: str = "", style: str = "") -> widgets.HBox:
    """A button with a line of words beside it: what ``action`` returns, or in one line why it failed."""
    button = widgets.Button(
        description=label, tooltip=tooltip or label, button_style=style, layout=widgets.Layout(width="auto")
    )
    words = widgets.HTML()

    def clicked(_: widgets.Button) -> None:
        button.disabled = True
        words.value = "…"
        try:
            words.value = escape(action())
        except Exception as error:
            words.value = escape(f"⚠ {type(error).__name__}: {error}")
        finally:
            button.disabled = False

    button.on_click(clicked)
    return widgets.HBox([button, words], layout=widgets.Layout(flex_flow="row wrap"))


def reset_button(lesson: Lesson) -> None:
    """Show a button that puts the lesson back to its first state."""

    def reset() -> str:
        lesson.reset()
        return "Back at the start. Your changed files are in scratch_db/kept. Run the cells below the set-up again."

    label = f"Reset {lesson.name}"
    display(action_button(label, reset, tooltip="Put this lesson's folder back to its first state"))
