"""The notebook files are clean, whole, of one shape, and type-checked; their links lead somewhere."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest

from .kernels import LESSONS, NAMES, NOTEBOOKS, ROOT, read

MOST_WORDS = 800
MOST_LINES = 30
MOST_LINES_OF_A_FILE = 40  # an exercise's, which is given whole, header and all
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_valid_and_has_no_outputs(name: str) -> None:
    notebook = read(name)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [], cell.id
            assert cell.execution_count is None, cell.id
            assert cell.source.strip(), f"{cell.id} is empty"


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_to_files_and_headings(name: str) -> None:
    for cell in read(name).cells:
        for target in LINK.findall(cell.source) if cell.cell_type == "markdown" else []:
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = unquote(target).partition("#")
            file = NOTEBOOKS / path if path else NOTEBOOKS / f"{name}.ipynb"
            assert file.is_file(), f"{cell.id}: {target}"
            if anchor:
                headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.M)
                assert anchor.replace("-", " ").lower() in [heading.lower() for heading in headings], target


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_has_the_shape_of_a_lesson(name: str) -> None:
    notebook = read(name)
    first, last = notebook.cells[0].source, notebook.cells[-1].source
    assert re.match(rf"# {int(name[:2])} · ", first)
    assert "**You will be able to**" in first
    assert f"**Time** {notebook.metadata.migration_lab.minutes} minutes" in first
    assert last.startswith("**Next:**")
    sources = [cell.source for cell in notebook.cells]
    assert any("live_view(lesson)" in source for source in sources)
    assert any("reset_button(lesson)" in source for source in sources)
    if name != "00_start":
        assert any("predict(" in source for source in sources)
        assert any(source.startswith(("## In short", "## Cheat sheet")) for source in sources)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_is_short_enough_to_be_read(name: str) -> None:
    cells = read(name).cells
    ends = [index for index, cell in enumerate(cells) if cell.source.startswith("## Exercises")]
    lesson = cells[: ends[0]] if ends else cells
    words = sum(len(cell.source.split()) for cell in lesson if cell.cell_type == "markdown")
    assert words <= MOST_WORDS
    for cell in cells:
        file = cell.source.startswith('%%writefile "{task_')
        most = MOST_LINES_OF_A_FILE if file else MOST_LINES
        assert len(cell.source.splitlines()) <= most, cell.id


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_shown_as_code_not_printed(name: str) -> None:
    printed = re.compile(r"print\([^\n]*\.read_text\(\)\)|\.read_text\(\)\Z")
    assert [cell.id for cell in read(name).cells if cell.cell_type == "code" and printed.search(cell.source)] == []


def written_files(name: str) -> list[tuple[str, str]]:
    """The Python files that a notebook's cells write with %%writefile: cell and text."""
    return [
        (cell.id, cell.source.partition("\n")[2] + "\n")
        for cell in read(name).cells
        if cell.cell_type == "code" and cell.source.startswith("%%writefile")
    ]


@pytest.mark.parametrize("name", LESSONS)
def test_the_files_that_a_lesson_writes_are_as_clean_as_the_course(name: str, tmp_path: Path) -> None:
    for cell, text in written_files(name):
        (tmp_path / f"{cell.replace('-', '_')}.py").write_text(text, encoding="utf-8")
    for command in (["check", "--ignore", "D,ANN,F401,INP"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--config", str(NOTEBOOKS / "ruff.toml"), str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_no_string_has_a_backslash_too_many(name: str) -> None:
    """Twice escaped, a line's continuation is a backslash on a line of its own, and its end two characters."""
    cells = [cell for cell in read(name).cells if cell.cell_type == "code" and not cell.source.startswith("%%")]
    for cell in cells:
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not node.value.startswith("\\\n"), cell.id
                assert node.value != r"\n", cell.id


def test_the_code_cells_are_well_typed(tmp_path: Path) -> None:
    for name in NAMES:
        cells = [cell.source for cell in read(name).cells if cell.cell_type == "code"]
        source = "\n\n".join(cell for cell in cells if not cell.startswith("%%"))
        (tmp_path / f"notebook_{name}.py").write_text(source + "\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), *map(str, tmp_path.glob("*.py"))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
