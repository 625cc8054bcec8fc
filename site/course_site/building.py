"""The build, from an empty folder to HTML.

Everything is made anew each time: what a page shows is what the course did in this build, never in an earlier one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from course_site.api_pages import write_api_pages
from course_site.binder import address, links, published_as
from course_site.course_pages import readme_picture, write_cheat_sheet, write_index
from course_site.engine_page import write_engine_page
from course_site.errors_page import write_errors_page
from course_site.execution import run_lessons
from course_site.measuring import course_engines, measure_all
from course_site.zoo_page import write_zoo_page

MARKER = ".course-site"
CHOOSER = "06_choose"  # whose first cell it is
PARTS = ("source", "scratch", "doctrees", "jupyter_execute", "html")
MERMAID = Path("node_modules", "@mermaid-js", "tiny")


class BuildError(Exception):
    """The build can't begin, or a notebook failed; the message is one line that says what to do."""


def build_site(root: Path, target: Path, zoo: Path) -> bool:
    """Build the site of the course in ``root``, with the hazards of ``zoo``, into ``target``/html.

    Returns whether Sphinx found fault with a page.

    Raises BuildError where a tool is missing, a notebook fails, or ``target`` isn't a build's own folder.
    """
    mermaid = root / "site" / MERMAID
    if not mermaid.is_dir():
        raise BuildError("What draws diagrams is missing: run `npm install --no-package-lock` in site/ (needs Node)")
    clear(target)
    source = target / "source"
    shutil.copytree(root / "site" / "pages", source)
    shutil.copyfile(root / "site" / "conf.py", source / "conf.py")
    shutil.copytree(root / "site" / "static", source / "_static")
    copy_mermaid(mermaid, source / "_static" / "mermaid")
    # Not in the target, whose path may be too long for the socket of a database server.
    with TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True) as scratch:
        lessons = run_lessons(root, source / "lessons", Path(scratch))
    failed = [f"{lesson.name}, {lesson.error}" for lesson in lessons if lesson.error]
    if failed:
        raise BuildError(f"No site of a course that fails: {'; '.join(failed)}")
    repository = published_as(root, os.environ)
    words = {
        "BINDER": links(repository, lessons),
        "CHOOSER": address(repository, CHOOSER) if repository else f"lessons/{CHOOSER}.ipynb",
        "PICTURE": readme_picture(root, source / "_static"),
    }
    write_index(source / "index.md", lessons)
    for name in ("index.md", "run_it_yourself.md"):
        fill(source / name, words)
    write_cheat_sheet(source / "cheat_sheet.md", lessons)
    measured, missing = measure_all(zoo), [engine.missing for engine in course_engines() if engine.missing]
    write_engine_page(source / "engines.md", measured, missing)
    write_errors_page(source / "errors.md", measured, missing, lessons)
    write_zoo_page(source / "zoo.md", zoo, measured, missing)
    write_api_pages(source / "api", lessons)
    return sphinx(root / "site", target)


def fill(page: Path, words: Mapping[str, str]) -> None:
    """Put what is known only now in the places that a page keeps for it."""
    text = page.read_text(encoding="utf-8")
    for place, known in words.items():
        text = text.replace(place, known)
    page.write_text(text, encoding="utf-8")


def clear(target: Path) -> None:
    """Empty the build's folder of what an earlier build made. Raises BuildError for a folder that isn't a build's."""
    if target.exists() and any(target.iterdir()) and not (target / MARKER).is_file():
        raise BuildError(f"{target} has files in it that no build made: name an empty folder")
    target.mkdir(parents=True, exist_ok=True)
    (target / MARKER).touch()
    for part in PARTS:
        shutil.rmtree(target / part, ignore_errors=True)


def copy_mermaid(package: Path, folder: Path) -> None:
    """Take the script that draws diagrams into the site: pages ask no other host for it. Its licence goes along."""
    folder.mkdir()
    shutil.copyfile(package / "dist" / "mermaid.tiny.js", folder / "mermaid.js")
    shutil.copyfile(package / "LICENSE", folder / "LICENSE.txt")


def sphinx(modules: Path, target: Path) -> bool:
    """Have Sphinx write the HTML, with this package found in ``modules``. Returns whether there was a warning."""
    options = ["--quiet", "--fail-on-warning", "--keep-going", "--fresh-env", "--jobs", "2"]
    folders: list[str | Path] = ["--doctree-dir", target / "doctrees", target / "source", target / "html"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(modules), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, "-m", "sphinx", *options, *folders], env=environment, check=False)
    return done.returncode != 0
