"""Style and types, over everything that ``make lint`` looks at."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "src/migration_lab/deploy/project"
OF_THE_APP = ["--config-file", str(ROOT / "pyproject.toml"), "--explicit-package-bases"]


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"], ["lint-imports", "--no-cache"]],
    ids=["ruff check", "ruff format", "mypy", "lint-imports"],
)
def test_the_code_is_clean(command: list[str]) -> None:
    """Nothing to complain of in code, tests and notebooks."""
    tool = Path(sys.executable).with_name(command[0])
    done = subprocess.run([tool, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_types_of_the_app_are_right_where_it_lies() -> None:
    """It is a project of its own: its modules are found from there."""
    command = [sys.executable, "-m", "mypy", *OF_THE_APP, "--cache-dir", str(ROOT / ".mypy_cache"), "."]
    done = subprocess.run(command, cwd=APP, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
