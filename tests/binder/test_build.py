"""The build that repo2docker plans for this repository: it prints its Dockerfile without a Docker engine."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from browser.pages import ROOT


@pytest.fixture(scope="module")
def plan(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What repo2docker says and prints of the repository, from an environment of its own: it brings much along."""
    environment = tmp_path_factory.mktemp("repo2docker")
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    installed = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-compile", "jupyter-repo2docker>=2026.4"],
        capture_output=True,
        text=True,
        check=False,
    )
    if installed.returncode:
        pytest.skip(f"pip can't install jupyter-repo2docker: {installed.stderr.strip().splitlines()[-1:]}")
    command: list[str | Path] = [python, "-m", "repo2docker", "--no-build", "--debug", clone]
    done = subprocess.run(command, cwd=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said: str = done.stdout + done.stderr
    return said


def test_it_is_a_conda_build_that_starts_from_the_python_of_environment_yml(plan: str) -> None:
    """Where it finds no exact Python it starts from its own default, 3.10, and replaces that while it builds."""
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    (version,) = (text.removeprefix("python=") for text in dependencies if str(text).startswith("python="))
    assert f"Building conda environment for python={version}\n" in plan
    assert "Python version unspecified" not in plan
    assert re.search(rf"environment\.?-2epy-2d{version.replace('.', '-2e')}", plan), "its frozen base is that Python's"


def test_the_environment_is_made_of_environment_yml_after_the_repository_is_there(plan: str) -> None:
    """``-e .`` needs the repository; and as the user who will run it, or nothing could be installed later."""
    positions = [
        plan.index(step)
        for step in (
            "COPY --chown=0:0 src/ ${REPO_DIR}/",
            "USER ${NB_USER}\nRUN TIMEFORMAT",
            'env update -p ${NB_PYTHON_PREFIX} --file "environment.yml"',
        )
    ]
    assert positions == sorted(positions)


def test_the_image_starts_as_an_ordinary_user_without_any_script_of_ours(plan: str) -> None:
    """The server extension makes a workspace when it is asked for: postBuild and start would have nothing to do."""
    assert 'CMD ["jupyter", "notebook", "--ip", "0.0.0.0"]' in plan
    assert re.findall(r"^USER (.+)$", plan, flags=re.MULTILINE)[-1] == "${NB_USER}"
    for script in ("postBuild", "/start", "requirements.txt"):
        assert f"{script}" not in plan.partition("# Copy stuff.")[2], script


def test_no_folder_hides_environment_yml() -> None:
    """With a folder of these names repo2docker reads its files only from there."""
    assert not [name for name in ("binder", ".binder") if (ROOT / name).exists()]


def test_no_other_file_asks_for_another_build() -> None:
    """Each of these would come before environment.yml, or add a step to the build."""
    others = ("Dockerfile", "Project.toml", "install.R", "default.nix", "Pipfile", "runtime.txt", "postBuild", "start")
    assert not [name for name in others if (ROOT / name).exists()]
