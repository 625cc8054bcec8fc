"""What the README says is there, is there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def test_files_that_it_links_to_exist() -> None:
    targets = [target for target in re.findall(r"\]\(([^)\s]+)\)", README) if "://" not in target]
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_pictures_have_a_description() -> None:
    pictures = re.findall(r"!\[([^\]]*)\]", README)
    assert pictures
    assert all(len(description) > 10 for description in pictures)


def test_make_targets_that_it_names_exist() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    available = set(re.findall(r"make ([a-z-]+)", listed))
    named = set(re.findall(r"(?:^|`|\s)make ([a-z][a-z-]+)(?=`|\n| [A-Z]| the day)", README))
    assert {"lab", "test", "run"} <= named
    assert named <= available


def test_the_map_names_every_lesson_with_its_minutes() -> None:
    rows = dict(re.findall(r"\]\(notebooks/(\d\d_\w+)\.ipynb\) \| (\d+) \|", README))
    notebooks = {path.stem: nbformat.read(path, as_version=4) for path in LESSONS}
    assert rows == {name: str(notebook.metadata.migration_lab.minutes) for name, notebook in notebooks.items()}


def test_binder_opens_every_lesson() -> None:
    addresses = re.findall(r"urlpath=course%2F(\w+)$", README, re.M)
    assert addresses == [path.stem for path in LESSONS]
