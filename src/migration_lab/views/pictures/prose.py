"""Words of the course itself, as HTML: paragraphs, lists, ``**bold**``, ``*stress*`` and code in backticks."""

from __future__ import annotations

import re

from migration_lab.views.pictures.drawing import escape


def prose(text: str) -> str:
    """The text as HTML. Everything in it is escaped, so that a task may speak of tags."""
    blocks = re.split(r"\n\s*\n", text.strip())
    return "".join(_list(block) if block.startswith("- ") else f"<p>{_inline(block)}</p>" for block in blocks)


def _list(block: str) -> str:
    items = re.split(r"^- ", block, flags=re.MULTILINE)[1:]
    return f'<ul class="parts">{"".join(f"<li>{_inline(item)}</li>" for item in items)}</ul>'


def _inline(text: str) -> str:
    parts = re.split(r"`([^`]+)`", " ".join(text.split()))
    return "".join(f"<code>{escape(part)}</code>" if place % 2 else _stress(part) for place, part in enumerate(parts))


def _stress(text: str) -> str:
    bold = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(text))
    return re.sub(r"\*(.+?)\*", r"<em>\1</em>", bold)
