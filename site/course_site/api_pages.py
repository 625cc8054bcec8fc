"""The pages of the API: a page a module that the notebooks import from, so that none is missing or superfluous."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from course_site.execution import Lesson

PACKAGE = "migration_lab"


def write_api_pages(folder: Path, lessons: Sequence[Lesson]) -> None:
    """Write ``index.md`` and a page a module, which Sphinx fills from the docstrings."""
    modules = sorted({module for lesson in lessons for module in imported(lesson.notebook)})
    lines = []
    for module in modules:
        found = importlib.import_module(module)
        summary = str(found.__doc__ or "").strip().partition("\n\n")[0]
        lines.append(f"[`{module}`]({module}.md)\n: {' '.join(summary.split())}\n")
        # What a package offers comes from its modules; a plain module's own names are all it has.
        members = "\n   :imported-members:" if hasattr(found, "__all__") else ""
        text = f"# `{module}`\n\n```{{eval-rst}}\n.. automodule:: {module}\n   :members:{members}\n```\n"
        (folder / f"{module}.md").write_text(text, encoding="utf-8")
    index = folder / "index.md"
    names = "\n".join(modules)
    text = index.read_text(encoding="utf-8").replace("MODULES", "\n".join(lines))
    index.write_text(f"{text}\n```{{toctree}}\n:hidden:\n\n{names}\n```\n", encoding="utf-8")


def imported(notebook: Any) -> Iterable[str]:
    """The modules of the course that a notebook imports from."""
    for cell in notebook.cells:
        if cell.cell_type != "code" or cell.source.startswith("%%"):
            continue
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == PACKAGE:
                yield node.module
