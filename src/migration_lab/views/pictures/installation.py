"""Show what is installed."""

from __future__ import annotations

from migration_lab.lab import check_installation
from migration_lab.views.pictures.drawing import Drawing, escape


def show_installation() -> Drawing:
    """Draw the versions as a table, and what this SQLite can do as a list."""
    installation = check_installation()
    rows, engines, lines = [], [], []
    for name, version in installation.versions.items():
        words = version or "missing: run make lab again"
        rows.append(f'<tr><th scope="row">{escape(name)}</th><td>{escape(words)}</td></tr>')
        lines.append(f"{name:20} {words}")
    for key, words in installation.engines.items():
        engines.append(f'<tr><th scope="row"><code>{escape(key)}</code></th><td>{escape(words)}</td></tr>')
        lines.append(f"{key:20} {words}")
    items = "".join(f"<li>{escape(words)}</li>" for words in installation.consequences)
    body = (
        '<table class="grid"><caption>Installed here</caption><thead><tr><th scope="col">what</th>'
        f'<th scope="col">version</th></tr></thead><tbody>{"".join(rows)}</tbody></table>'
        '<table class="grid"><caption>Engines</caption><thead><tr><th scope="col">key</th>'
        f'<th scope="col">engine</th></tr></thead><tbody>{"".join(engines)}</tbody></table>'
        f'<p class="title">This SQLite</p><ul class="parts">{items}</ul>'
    )
    return Drawing(body, "\n".join([*lines, *installation.consequences]))
