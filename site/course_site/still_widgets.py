"""Show widgets on a page that has no kernel: the words that they hold, without what would need one to answer."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

VIEW = "application/vnd.jupyter.widget-view+json"


def still(data: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
    """An output's data without its widget. An HTML form that it brings along is kept, else one is made of its state."""
    kept = {kind: value for kind, value in data.items() if kind != VIEW}
    if VIEW not in data or "text/html" in kept:
        return kept
    shown = draw(data[VIEW]["model_id"], state)
    if not shown:
        return {}
    note = '<p class="mlab-still">The controls work in JupyterLab.</p>'
    return {"text/html": f'<div class="mlab-widgets">{note}{shown}</div>', "text/plain": "controls for JupyterLab"}


def draw(name: str, state: Mapping[str, Any]) -> str:
    """A widget with all that is in it as HTML; nothing for one that holds no words."""
    model = state.get(name, {})
    kind, values = model.get("model_name", ""), model.get("state", {})
    if values.get("layout") and _hidden(values["layout"], state):
        return ""
    if "children" in values:
        return "".join(draw(child.removeprefix("IPY_MODEL_"), state) for child in values["children"])
    label = escape(str(values.get("description") or ""))
    if kind in {"HTMLModel", "HTMLMathModel"}:
        return str(values.get("value") or "")  # our own views', which escape what isn't theirs
    if kind == "ButtonModel":
        return f'<p class="mlab-control"><span class="mlab-button">{label}</span></p>'
    if kind == "CheckboxModel":
        return f'<p class="mlab-control">{"☑" if values.get("value") else "☐"} {label}</p>'
    if "_options_labels" in values:
        labels, index = values["_options_labels"], values.get("index")
        chosen = escape(str(labels[index])) if isinstance(index, int) else "nothing chosen"
        return f'<p class="mlab-control">{label}: <b>{chosen}</b></p>'
    value = values.get("value")
    return f'<p class="mlab-control">{label} {escape(str(value))}</p>' if isinstance(value, str | int | float) else ""


def _hidden(layout: str, state: Mapping[str, Any]) -> bool:
    values = state.get(layout.removeprefix("IPY_MODEL_"), {}).get("state", {})
    return bool(values.get("display") == "none" or values.get("visibility") == "hidden")
