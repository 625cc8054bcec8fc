"""conda's environment.yml and pip's pyproject.toml promise the same environment."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA: dict[str, Any] = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def ranges(requirements: list[str]) -> dict[str, str]:
    """The version range of each requirement, in one spelling."""
    parsed = [Requirement(text) for text in requirements]
    return {requirement.name.lower(): str(requirement.specifier) for requirement in parsed}


def conda_ranges() -> dict[str, str]:
    """All but Python, whose one version is in conda's own spelling (``python=3.13``)."""
    return ranges([item for item in CONDA["dependencies"] if isinstance(item, str) and not item.startswith("python=")])


def test_conda_and_pip_ask_for_the_same_packages_in_the_same_ranges() -> None:
    """Python and pip itself are conda's to add; all else is the same, in both directions."""
    conda = {name: span for name, span in conda_ranges().items() if name != "pip"}
    assert conda == ranges(PYPROJECT["dependencies"])


def test_condas_python_is_one_that_pip_would_take_too() -> None:
    (version,) = (str(item).removeprefix("python=") for item in CONDA["dependencies"] if "python=" in item)
    assert SpecifierSet(PYPROJECT["requires-python"]).contains(version)


def test_every_package_has_a_range_and_none_is_pinned() -> None:
    spans = ranges(PYPROJECT["dependencies"])
    assert all(span.count(">=") == 1 and "==" not in span for span in spans.values()), spans


def test_conda_installs_the_course_itself_editable_with_its_engines_and_takes_all_else_from_conda_forge() -> None:
    assert CONDA["name"] == PYPROJECT["name"]
    assert CONDA["channels"] == ["conda-forge"]
    assert "pip" in CONDA["dependencies"]
    assert [item for item in CONDA["dependencies"] if isinstance(item, dict)] == [{"pip": ["-e .[engines]"]}]
