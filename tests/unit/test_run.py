"""``make run``: every notebook runs, a failure is named and stops no other, and the executed copies are kept."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from migration_lab.__main__ import main
from migration_lab.lab.run import NoSuchNotebookError, pick, run_notebook, run_notebooks


def write_notebook(path: Path, *code: str) -> None:
    """A notebook with a heading and then a cell for each of ``code``."""
    format4 = nbformat.v4
    cells = [format4.new_markdown_cell("# A lesson"), *(format4.new_code_cell(source) for source in code)]
    nbformat.write(format4.new_notebook(cells=cells), path)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course of three notebooks, of which the first two fail."""
    root = tmp_path_factory.mktemp("course")
    for folder in ("notebooks", "scratch_db"):
        (root / folder).mkdir()
    write_notebook(
        root / "notebooks/00_wrong.ipynb", "print('fine')", "raise ValueError('no such city\\nmore')", "1 + 1"
    )
    write_notebook(root / "notebooks/01_dead.ipynb", "import os; os._exit(1)")
    write_notebook(root / "notebooks/02_right.ipynb", "from pathlib import Path; print(Path.cwd().name)")
    return root


@pytest.fixture(scope="module")
def outcome(course: Path) -> tuple[int, dict[str, list[str]]]:
    """The exit code and the table's rows of one run over all of them, as the command line gives them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(course)
        lines: list[str] = []
        patch.setattr("builtins.print", lambda text: lines.extend(text.splitlines()))
        code = main(["run"])
    return code, {line.split()[0]: line.split(maxsplit=3) for line in lines}


def test_the_table_names_the_failing_cell_and_its_error(outcome: tuple[int, dict[str, list[str]]]) -> None:
    """Cells are counted over all cells from 1, so the second code cell under a heading is cell 3."""
    _, rows = outcome
    assert rows["lesson"] == ["lesson", "cells", "seconds", "result"]
    assert rows["00_wrong"][1] == "3"
    assert rows["00_wrong"][3] == "FAILED in cell 3: ValueError: no such city"
    assert rows["01_dead"][3].startswith("FAILED in cell 2: DeadKernelError")


def test_a_failure_stops_no_other_notebook_and_makes_the_exit_code_1(
    outcome: tuple[int, dict[str, list[str]]],
) -> None:
    code, rows = outcome
    assert rows["02_right"][3] == "ok"
    assert code == 1


def test_executed_copies_are_kept_and_the_sources_stay_untouched(
    course: Path, outcome: tuple[int, dict[str, list[str]]]
) -> None:
    """The failed notebook's copy too: its traceback is what one wants to read."""
    assert list(outcome[1]) == ["lesson", "00_wrong", "01_dead", "02_right"]
    wrong, right = (nbformat.read(course / f"_build/{name}.ipynb", as_version=4) for name in ("00_wrong", "02_right"))
    assert wrong.cells[1].outputs[0].text == "fine\n"
    assert wrong.cells[2].outputs[0].ename == "ValueError"
    assert wrong.cells[3].outputs == []
    assert right.cells[1].outputs[0].text == "notebooks\n", "a lesson runs in its own folder"
    source = nbformat.read(course / "notebooks/00_wrong.ipynb", as_version=4)
    assert all(not cell.get("outputs") for cell in source.cells)


def test_only_the_notebooks_named_run_and_success_is_exit_code_0(
    course: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """And the kernels' own talk does not cross the progress bar."""
    assert run_notebooks(course / "notebooks", tmp_path / "built", ["02"])
    assert [path.name for path in (tmp_path / "built").iterdir()] == ["02_right.ipynb"]
    said = capfd.readouterr()
    assert "00_wrong" not in said.out
    assert "02_right: 100%" in said.err
    assert "WARNING" not in said.err


@pytest.mark.parametrize("name", ["01", "01_b", "01_b.ipynb", "notebooks/01_b.ipynb"])
def test_a_notebook_is_named_by_its_beginning_or_its_path(name: str) -> None:
    paths = [Path("notebooks/00_a.ipynb"), Path("notebooks/01_b.ipynb")]
    assert pick(paths, [name]) == [paths[1]]


def test_a_name_that_fits_no_notebook_runs_none_and_lists_those_there_are() -> None:
    paths = [Path("00_a.ipynb"), Path("01_b.ipynb")]
    with pytest.raises(NoSuchNotebookError, match=r"'07'.*00_a, 01_b"):
        pick(paths, ["00", "07"])


def test_a_run_makes_its_lessons_in_a_folder_of_its_own(course: Path, tmp_path: Path) -> None:
    """The learner's own lessons may be open in a kernel, with work in them."""
    source = tmp_path / "notebooks"
    source.mkdir()
    write_notebook(source / "00_where.ipynb", "from migration_lab.lessons import scratch_root; print(scratch_root())")
    assert run_notebooks(source, tmp_path / "copies")
    (cell,) = (cell for cell in nbformat.read(tmp_path / "copies/00_where.ipynb", 4).cells if cell.cell_type == "code")
    assert cell.outputs[0].text.strip() == str(tmp_path / "copies" / "scratch_db")


def test_a_line_that_came_in_two_pieces_is_one_line_in_the_copy(tmp_path: Path) -> None:
    show = "from IPython.display import display; display(1)"
    cell = f"import sys; print('one', end=' ', flush=True); print('two', flush=True); print('three'); {show}; print(4)"
    write_notebook(tmp_path / "00_pieces.ipynb", cell)
    assert run_notebook(tmp_path / "00_pieces.ipynb", tmp_path / "copy.ipynb").error == ""
    outputs = nbformat.read(tmp_path / "copy.ipynb", as_version=4).cells[1].outputs
    assert [output.get("text") for output in outputs] == ["one two\nthree\n", None, "4\n"]
