"""Ask for a guess before a run, and come back to it after."""

from __future__ import annotations

import ipywidgets as widgets
from IPython.display import display

from migration_lab.views.pictures.drawing import Drawing, escape


class Prediction:
    """A question with answers to choose from. Made by :func:`predict`.

    ``answers`` goes from a short key to the words shown; ``guess`` is the key chosen, or None.
    """

    def __init__(self, question: str, answers: dict[str, str]) -> None:
        self.question = question
        self.answers = answers
        choices = [(words, key) for key, words in answers.items()]
        self._choice = widgets.RadioButtons(
            options=choices, value=None, layout=widgets.Layout(width="auto"), tooltip=question
        )
        self._note = widgets.HTML("Choose before you run the next cell.")
        self._choice.observe(self._chosen, names="value")
        heading = widgets.HTML(f"<b>Your guess: {escape(question)}</b>")
        self.widget = widgets.VBox([heading, self._choice, self._note])

    @property
    def guess(self) -> str | None:
        """The key of the answer chosen, or None."""
        value = self._choice.value
        return str(value) if value is not None else None

    def _chosen(self, change: object) -> None:
        self._note.value = "Noted. Now run the next cell."

    def outcome(self, key: str) -> Drawing:
        """Hold the guess against what happened: ``key`` is the answer that came true.

        Raises KeyError for a key that isn't among the answers: then the lesson's question is wrong, or its run.
        """
        happened = self.answers[key]
        if self.guess is None:
            words = "You made no guess this time."
        elif self.guess == key:
            words = "You guessed it."
        else:
            words = f"Your guess was: {self.answers[self.guess]}"
        self._note.value = escape(f"What happened: {happened}. {words}")
        look = "fine" if self.guess in (None, key) else "trouble"
        body = f'<p class="{look}"><b>What happened:</b> {escape(happened)}<br>{escape(words)}</p>'
        return Drawing(body, f"What happened: {happened}\n{words}")

    def _repr_mimebundle_(self, **options: object) -> dict[str, object]:
        """The widget, with the question as plain text and HTML for pages without a kernel."""
        bundle: dict[str, object] = dict(self.widget._repr_mimebundle_(**options) or {})
        items = "".join(f"<li>{escape(words)}</li>" for words in self.answers.values())
        bundle["text/plain"] = "\n".join([self.question, *(f"- {words}" for words in self.answers.values())])
        bundle["text/html"] = Drawing(f"<p><b>Your guess: {escape(self.question)}</b></p><ul>{items}</ul>", "").html
        return bundle


def predict(question: str, **answers: str) -> Prediction:
    """Show a question under this cell: ``predict("What will it say?", refused="No", works="Yes")``."""
    prediction = Prediction(question, answers)
    display(prediction)
    return prediction
