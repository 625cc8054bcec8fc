"""Make slides of lessons that need no network: ``make slides SLIDES="02 03"`` leaves them in _build/slides.

nbconvert's own page fetches reveal.js and four other libraries from elsewhere at the moment of the talk. Here they
come from npm beforehand, and are put beside the page.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbconvert import SlidesExporter
from traitlets.config import Config

from migration_lab.lab.run import NoSuchNotebookError, run_notebooks
from workshop.settings import COURSE

TARGET = COURSE / "_build" / "slides"
# The versions that nbconvert's template is written for.
PACKAGES = {"reveal": "reveal.js@4", "requirejs": "requirejs@2", "jquery": "jquery@2", "mermaid": "mermaid@11.10.0"}
LIBRARIES = "libraries"
# The template calls MathJax at every slide.
NO_FORMULAS = (
    "<script>var MathJax = {Hub: {Config() {}, Queue() {}, Rerender() {}, getAllJax() { return []; }}};</script>"
)
ADDRESS = re.compile(r"""(?:src|href)=["'](https?://[^"']*)["']|(?:import|from|import\()\s*["'](https?://[^"']*)["']""")


class SlidesError(Exception):
    """Slides can't be made. The message is one line that says why."""


def main(names: Sequence[str]) -> int:
    """Make slides of the lessons whose names begin with ``names``, or of all. Returns the exit code."""
    try:
        make_slides(names)
    except (SlidesError, NoSuchNotebookError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def make_slides(names: Sequence[str], target: Path = TARGET) -> list[Path]:
    """Run the lessons, make a page of slides of each, and print where. Raises SlidesError."""
    libraries(target)
    executed = COURSE / "_build" / "slides-executed"
    shutil.rmtree(executed, ignore_errors=True)
    if not run_notebooks(COURSE / "notebooks", executed, names):
        raise SlidesError("a lesson failed: slides of it would show the failure (see the table above)")
    return [page(path, target) for path in sorted(executed.glob("*.ipynb"))]


def libraries(target: Path) -> None:
    """Unpack the page's libraries into ``target``, unless they are there: the packages alone, not what they need."""
    folder = target / LIBRARIES
    if folder.exists():
        return
    npm = shutil.which("npm")
    if npm is None:
        raise SlidesError("npm is missing: on Debian or Ubuntu, `sudo apt install nodejs npm`")
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target) as name:
        packed = Path(name)
        command = [npm, "pack", "--silent", f"--pack-destination={packed}", *PACKAGES.values()]
        done = subprocess.run(command, cwd=packed, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SlidesError(f"npm can't fetch {', '.join(PACKAGES.values())}: {done.stderr.strip()[:200]}")
        for package, archive in zip(PACKAGES, done.stdout.split(), strict=True):
            with tarfile.open(packed / archive) as opened:
                opened.extractall(packed / "unpacked" / package, filter="data")
        # reveal.js's themes ask a font service for their fonts; a sans-serif of the machine does as well.
        for theme in (packed / "unpacked" / "reveal").glob("package/dist/theme/*.css"):
            theme.write_text(
                re.sub(r"@import url\(https?:[^)]*\);", "", theme.read_text(encoding="utf-8")), encoding="utf-8"
            )
        (packed / "unpacked").rename(folder)


def page(lesson: Path, target: Path) -> Path:
    """Make the slides of one executed lesson. Raises SlidesError where the page would fetch something."""
    exporter = SlidesExporter(
        config=Config(
            SlidesExporter={
                "reveal_url_prefix": f"{LIBRARIES}/reveal/package",
                "require_js_url": f"{LIBRARIES}/requirejs/package/require.js",
                "jquery_url": f"{LIBRARIES}/jquery/package/dist/jquery.min.js",
                "reveal_scroll": True,
                "reveal_number": "c/t",
            }
        )
    )
    exporter.mermaid_js_url = f"./{LIBRARIES}/mermaid/package/dist/mermaid.esm.min.mjs"  # no option, but an attribute
    notebook = nbformat.read(lesson, as_version=4)
    # Live views have a table of their own for pages without a kernel: the widgets' state would only ask for a renderer.
    notebook.metadata.pop("widgets", None)
    text, _ = exporter.from_notebook_node(notebook)
    # No lesson has a formula, and a library for them is the largest of all.
    text = re.sub(r"<script[^>]*/mathjax/[^>]*>\s*</script>", lambda _: NO_FORMULAS, text)
    foreign = sorted({found[1] or found[2] for found in ADDRESS.finditer(without_links(text))})
    if foreign:
        raise SlidesError(f"the slides of {lesson.stem} would fetch {', '.join(foreign)}")
    made = target / f"{lesson.stem}.html"
    made.write_text(text, encoding="utf-8")
    print(made)
    return made


def without_links(text: str) -> str:
    """``text`` without the links that a reader may follow: they fetch nothing by themselves."""
    return re.sub(r"<a\b[^>]*>", "", text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
