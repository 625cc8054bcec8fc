"""What the README says is there, is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from course_site.binder import with_badges

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def test_files_that_it_links_to_exist() -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"", README)
    targets = [link or picture for link, picture in targets if "://" not in link]
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_the_picture_has_words_and_a_still_for_those_who_do_not_like_movement() -> None:
    (picture,) = re.findall(r"<picture>.*?</picture>", README, re.DOTALL)
    assert '<source media="(prefers-reduced-motion: reduce)" srcset=".github/lesson.png">' in picture
    (moving,) = re.findall(r"<img [^>]+>", picture)
    assert 'src=".github/lesson.webp"' in moving
    (words,) = re.findall(r'alt="([^"]+)"', moving)
    assert all(told in words for told in ("lesson 3", "live view", "migration", "upgrade", "rows"))
    assert re.findall(r"!\[|<img ", README) == ["<img "]  # there is no other


def test_who_is_in_a_hurry_is_led_to_the_chooser_and_the_cheat_sheet_before_all_else() -> None:
    """GitHub shows the sheet, a file of its own, as it is; the words are those of lesson 6."""
    (line,) = [line for line in README.partition("<picture>")[0].splitlines() if "red error" in line]
    assert "[the chooser](notebooks/06_choose.ipynb)" in line
    assert "[The cheat sheet](notebooks/cheat_sheet.md)" in line
    lesson = nbformat.read(ROOT / "notebooks/06_choose.ipynb", as_version=4)
    (sheet,) = [cell.source for cell in lesson.cells if cell.id == "cheat-sheet"]
    told = "notebooks/cheat_sheet.md and the cell cheat-sheet of lesson 6 differ: make them the same"
    assert (ROOT / "notebooks/cheat_sheet.md").read_text(encoding="utf-8") == f"{sheet}\n", told


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


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A folder with what ``make badges`` reads and writes, and an environment that is there."""
    for name in ("Makefile", "README.md", "pyproject.toml", "src/bootstrap.py", "src/bootstrap_install.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "site/course_site", tmp_path / "site/course_site")
    shutil.copy(ROOT / "site/badges.py", tmp_path / "site/badges.py")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    (tmp_path / ".venv/installed").write_text(f"{tmp_path}\n", encoding="utf-8")
    return tmp_path


def make_badges(course: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "OWNER"))}
    command = ["make", "badges", *arguments]
    return subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, check=False)


def test_until_an_account_is_named_one_line_tells_of_binder_and_no_badge_is_broken() -> None:
    (line,) = [line for line in README.splitlines() if "Binder" in line and "`tests/`" not in line]
    assert "`make badges OWNER=name`" in line
    assert "mybinder.org" not in README
    assert "gh/OWNER" not in README


@pytest.mark.skipif(sys.platform == "win32", reason="make is not Windows's")
def test_badges_open_every_lesson_and_another_name_takes_the_place_of_the_first(course: Path) -> None:
    assert make_badges(course, "OWNER=first-one").returncode == 0
    assert make_badges(course, "OWNER=Second2").returncode == 0
    text = (course / "README.md").read_text(encoding="utf-8")
    assert "first-one" not in text
    links = dict(re.findall(r"^\[(binder-\d\d)\]: https://mybinder\.org/v2/gh/Second2/(\S+)$", text, re.M))
    lessons = {f"binder-{path.stem[:2]}": path.stem for path in LESSONS}
    assert links == {name: f"migration-lab/HEAD?urlpath=course%2F{lesson}" for name, lesson in lessons.items()}
    rows = [line for line in text.splitlines() if line.startswith("| [") and "notebooks/" in line]
    for row, path in zip(rows, LESSONS, strict=False):
        assert row.count(" on Binder][badge]]") == 1
        assert row.endswith(f"[binder-{path.stem[:2]}] |")
    assert (
        len({row.count("|") for row in text.splitlines() if row.startswith(("| lesson", "|---|---|---|", *rows))}) == 1
    )
    assert "make badges" not in text
    # All else is as it was.
    before, after = README.splitlines(), text.splitlines()
    kept = [line for line in before if line and not line.startswith(("| ", "|---|---|---|", "**In the browser**"))]
    assert [line for line in after if line in set(kept)] == kept


@pytest.mark.skipif(sys.platform == "win32", reason="make is not Windows's")
@pytest.mark.parametrize(
    "account", ["", "a/b", "two words", "-a", "a-", "x" * 40, "'; touch ruined; '", '"; touch ruined; "', "ä"]
)
def test_what_can_be_no_account_is_refused_in_one_line_and_nothing_is_written(course: Path, account: str) -> None:
    done = make_badges(course, f"OWNER={account}")
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert "is no account of GitHub's: make badges OWNER=name" in line
    assert (course / "README.md").read_text(encoding="utf-8") == README
    assert not (course / "ruined").exists()


def test_a_readme_that_has_no_place_for_badges_is_refused() -> None:
    with pytest.raises(ValueError, match=r"README\.md has no line"):
        with_badges("# Another course\n", "someone")


@pytest.mark.skipif(sys.platform == "win32", reason="the step runs on Linux")
@pytest.mark.parametrize("account", [None, "publisher", "somebody-else"])
def test_the_workflow_tells_of_missing_badges_and_does_not_fail(course: Path, account: str | None) -> None:
    if account:
        make_badges(course, f"OWNER={account}")
    jobs = yaml.safe_load((ROOT / ".github/workflows/tests.yml").read_text(encoding="utf-8"))["jobs"]
    (step,) = [step["run"] for step in jobs["linux"]["steps"] if "badges" in step.get("name", "")]
    environment = {"PATH": os.environ["PATH"], "GITHUB_REPOSITORY_OWNER": "publisher"}
    done = subprocess.run(
        ["sh", "-e", "-c", step], cwd=course, env=environment, capture_output=True, text=True, check=True
    )
    notice = "::notice file=README.md::README has no Binder badges of publisher: make badges OWNER=publisher\n"
    assert done.stdout == ("" if account == "publisher" else notice)
