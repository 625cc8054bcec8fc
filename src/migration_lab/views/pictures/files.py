"""Show a file as code, or as its difference to what was in it before."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

from migration_lab.lessons import scratch_root
from migration_lab.views.pictures.code import CODE_STYLE, code_box, code_lines
from migration_lab.views.pictures.drawing import Drawing, escape

_SIGNS = {"added": "+ ", "removed": "− ", "kept": "  "}


def show_file(path: Path | str, *, before: str | None = None) -> Drawing:
    """Draw a file as code. With ``before``, an earlier text of it, draw what was added and removed since.

    Raises OSError or UnicodeDecodeError for a file that can't be read as text.
    """
    path = Path(path)
    text = path.read_text(encoding="utf-8")
    place = _place(path)
    if before is None:
        return Drawing(f'{CODE_STYLE}<p class="title">{escape(place)}</p>{_whole(text, path)}', f"{place}\n{text}")
    lines = list(_compare(before.rstrip(), text.rstrip(), path.name))
    added, removed = (sum(action == which for action, _, _ in lines) for which in ("added", "removed"))
    words = f"{_count(added)} added, {removed:,} removed" if added or removed else "no line differs"
    head = f"{place}: {words}"
    code = code_box([_marked(action, html) for action, _, html in lines], f"Difference in {place}", style="wrapped")
    if not added and not removed:
        code = f"<details><summary>The file</summary>{_whole(text, path)}</details>"
    plain = "\n".join(_SIGNS[action] + line for action, line, _ in lines)
    return Drawing(f'{CODE_STYLE}<p class="title">{escape(head)}</p>{code}', f"{head}\n{plain}")


def _whole(text: str, path: Path) -> str:
    return code_box([_line(html) for html in code_lines(text.rstrip(), path.name)], path.name, style="wrapped")


def _line(html: str) -> str:
    """A line that goes on further right where the page is too narrow for it."""
    return f'<span class="line">{html}</span>'


def _compare(before: str, after: str, file: str) -> Iterator[tuple[str, str, str]]:
    """What happened to each line, the line as text, and as HTML."""
    old, new = before.split("\n"), after.split("\n")
    old_code, new_code = code_lines(before, file), code_lines(after, file)
    for tag, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from (("kept", new[at], new_code[at]) for at in range(new_start, new_end))
        else:
            yield from (("removed", old[at], old_code[at]) for at in range(start, end))
            yield from (("added", new[at], new_code[at]) for at in range(new_start, new_end))


def _marked(action: str, html: str) -> str:
    """A line with its sign, and with a word for who doesn't see it."""
    sign = f'<span class="sign">{_SIGNS[action]}</span>'
    if action == "kept":
        return _line(sign + html)
    element = "ins" if action == "added" else "del"
    return f'<{element}>{sign}<span class="spoken">{action}: </span>{html}</{element}>'


def _count(lines: int) -> str:
    return "1 line" if lines == 1 else f"{lines:,} lines"


def _place(path: Path) -> str:
    """Where a learner finds the file: in scratch_db, or by its name alone."""
    try:
        return f"scratch_db/{path.resolve().relative_to(scratch_root().resolve()).as_posix()}"
    except ValueError:
        return path.name
