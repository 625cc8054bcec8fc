"""The pages that are drawn from the notebooks: the first page, with README's picture, and the cheat sheet."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from course_site.execution import Lesson

CHEAT_SHEET_CELL = "cheat-sheet"


def write_index(path: Path, lessons: Sequence[Lesson]) -> None:
    """Put the map of the lessons, with their minutes, and the navigation into the first page."""
    course = [lesson for lesson in lessons if lesson.name[:1].isdigit()]
    others = [lesson for lesson in lessons if lesson not in course]
    text = path.read_text(encoding="utf-8").replace("MAP", "\n".join(_table([*course, *others])))
    text = text.replace("DURATION", _duration(sum(lesson.minutes for lesson in course)))
    text += _navigation("The course", course) + (_navigation("To try things out", others) if others else "")
    look_up = ["cheat_sheet", "errors", "engines", "backfill", "set_not_null", "rehearse", "zoo", "api/index"]
    look_up += ["run_it_yourself"]
    text += _toctree("To look things up", look_up)
    path.write_text(text, encoding="utf-8")


def readme_picture(root: Path, static: Path) -> str:
    """The picture of README with its words, as HTML for the first page; its files are copied to ``static``."""
    found = re.search(r"<picture>.*?</picture>", (root / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    if not found:
        raise ValueError("README.md has no <picture>, which the first page shows too")
    for name in re.findall(r'"\.github/([^"]+)"', found[0]):
        shutil.copyfile(root / ".github" / name, static / name)
    return found[0].replace('".github/', '"_static/')


def _table(lessons: Sequence[Lesson]) -> list[str]:
    rows = [
        f"| [{_numbered(lesson)}](lessons/{lesson.name}.ipynb) | {_inline(lesson.summary)} | {lesson.minutes} |"
        for lesson in lessons
    ]
    return ["{.lessons}", "| lesson | what happens | minutes |", "|---|---|---:|", *rows]


def _numbered(lesson: Lesson) -> str:
    number = lesson.name.partition("_")[0]
    return f"{int(number)} · {lesson.title}" if number.isdigit() else lesson.title


def _inline(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _duration(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours} hours and {rest} minutes" if hours and rest else f"{hours} hours" if hours else f"{rest} minutes"


def _navigation(caption: str, lessons: Sequence[Lesson]) -> str:
    return _toctree(caption, [f"{_numbered(lesson)} <lessons/{lesson.name}>" for lesson in lessons])


def _toctree(caption: str, entries: Sequence[str]) -> str:
    return "\n".join(["", "```{toctree}", ":hidden:", f":caption: {caption}", "", *entries, "```", ""])


def write_cheat_sheet(path: Path, lessons: Sequence[Lesson]) -> None:
    """Make a page of the cell that has the cheat sheet: it is written once, in its lesson."""
    found = [
        (lesson, cell.source)
        for lesson in lessons
        for cell in lesson.notebook.cells
        if cell.get("id") == CHEAT_SHEET_CELL
    ]
    if len(found) != 1:
        raise ValueError(f"one cell of the course has the id {CHEAT_SHEET_CELL!r}, and {len(found)} do")
    lesson, source = found[0]
    text = re.sub(r"^## ", "# ", source, count=1)
    text = re.sub(r"\]\((\w+\.ipynb)", r"](lessons/\1", text)
    where = f"Each line was seen to be true in a lesson; the sheet is part of [{_numbered(lesson)}]"
    path.write_text(f"{text}\n\n{where}(lessons/{lesson.name}.ipynb).\n", encoding="utf-8")
