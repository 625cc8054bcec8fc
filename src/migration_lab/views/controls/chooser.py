"""The chooser: a few questions, and the migration for the answers."""

from __future__ import annotations

import ipywidgets as widgets
from IPython.display import display

from migration_lab.playground import ENGINES, TYPES, Need, advise
from migration_lab.views.pictures.code import CODE_STYLE, draw_code
from migration_lab.views.pictures.drawing import Drawing, escape

_QUESTIONS = {
    "required": "Must every row have a value?",
    "one_value": "Is one value right for all rows that exist?",
    "unique": "Must every value be different?",
    "keep_default": "May the database go on filling it in for new rows?",
    "writers": "Do people write while you deploy?",
    "tool": "May it need this package at work, for op.set_not_null?",
}


def show_advice(need: Need) -> Drawing:
    """Draw the way to go and its migration files."""
    advice = advise(need)
    files = "".join(
        f'<p class="title">revision {revision}</p>{draw_code(text, f"{revision}.py")}'
        for revision, text in advice.files()
    )
    lines = [advice.reason]
    if need.required and need.writers:
        lines.append("Lesson 10 shows which version of your code breaks at which step of a deploy.")
    told = "".join(f"<p>{escape(line)}</p>" for line in lines)
    body = f'{CODE_STYLE}<p class="title">→ {escape(advice.title)}</p>{told}{files}'
    text = "\n".join([advice.title, *lines, *(text for _, text in advice.files())])
    return Drawing(body, text)


def chooser() -> widgets.VBox:
    """Show the questions under this cell, and under them the migration, anew with each answer."""
    start = Need()
    kind = widgets.Dropdown(
        options=list(TYPES),
        value=start.type,
        description="Type of the new column",
        style={"description_width": "initial"},
    )
    engine = widgets.Dropdown(
        options=[(name, key) for key, name in ENGINES.items()],
        value=start.engine,
        description="Database",
        style={"description_width": "initial"},
    )
    boxes = {
        name: widgets.Checkbox(
            value=getattr(start, name), description=question, indent=False, layout=widgets.Layout(width="auto")
        )
        for name, question in _QUESTIONS.items()
    }
    answer = widgets.HTML()

    def answered(_: object = None) -> None:
        need = Need(type=kind.value, engine=engine.value, **{name: box.value for name, box in boxes.items()})
        for name in ("one_value", "keep_default", "writers"):
            boxes[name].disabled = not need.required  # they only matter where a value is required
        boxes["tool"].disabled = not need.required or (need.one_value and not need.unique)  # nothing to tighten
        for name in ("one_value", "keep_default"):
            boxes[name].disabled |= need.unique  # one value for several rows isn't unique
        try:
            answer.value = show_advice(need).html
        except ValueError as error:
            answer.value = f"<p>⚠ {escape(error)}</p>"

    for control in (kind, engine, *boxes.values()):
        control.observe(answered, names="value")
    answered()
    box = widgets.VBox([kind, engine, *boxes.values(), answer])
    display(box)
    return box
