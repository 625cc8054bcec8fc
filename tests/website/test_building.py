"""The build itself: what it refuses, and what it makes of widgets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from website.conftest import ROOT

pytest.importorskip("nbclient")

from course_site.binder import links, published_as
from course_site.extension import words
from course_site.still_widgets import VIEW, still

STATE: dict[str, Any] = {
    "box": {"model_name": "HBoxModel", "state": {"children": ["IPY_MODEL_button", "IPY_MODEL_line"]}},
    "button": {"model_name": "ButtonModel", "state": {"description": "Press <me>"}},
    "line": {"model_name": "HTMLModel", "state": {"value": "<b>3 rows</b>"}},
    "tick": {"model_name": "CheckboxModel", "state": {"description": "Unique?", "value": False}},
    "list": {
        "model_name": "DropdownModel",
        "state": {"description": "Type", "_options_labels": ["A", "B"], "index": 1},
    },
    "none": {"model_name": "HTMLModel", "state": {"value": ""}},
    "gone": {"model_name": "ButtonModel", "state": {"description": "Hidden", "layout": "IPY_MODEL_away"}},
    "away": {"model_name": "LayoutModel", "state": {"display": "none"}},
}


def test_a_folder_with_other_files_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "mine.txt").write_text("mine", encoding="utf-8")
    command: list[str | Path] = [sys.executable, ROOT / "site" / "build.py", "--target", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert (tmp_path / "html" / "mine.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        ("box", "Press &lt;me&gt;</span></p><b>3 rows</b>"),
        ("tick", "☐ Unique?"),
        ("list", "Type: <b>B</b>"),
    ],
)
def test_a_widget_without_html_of_its_own_is_shown_by_the_words_that_it_holds(model: str, shown: str) -> None:
    assert shown in still({VIEW: {"model_id": model}, "text/plain": "X()"}, STATE)["text/html"]


@pytest.mark.parametrize("model", ["none", "gone", "a model that nobody saved"])
def test_a_widget_without_words_leaves_no_empty_box(model: str) -> None:
    assert still({VIEW: {"model_id": model}, "text/plain": "X()"}, STATE) == {}


def test_html_that_comes_with_a_widget_is_preferred() -> None:
    assert still({VIEW: {"model_id": "box"}, "text/html": "<p>mine</p>"}, STATE) == {"text/html": "<p>mine</p>"}


def test_an_output_without_a_widget_stays_as_it_is() -> None:
    assert still({"image/png": "…", "text/plain": "a plot"}, STATE) == {"image/png": "…", "text/plain": "a plot"}


def test_a_diagrams_words_are_its_own_or_else_its_labels() -> None:
    assert words("flowchart LR\n  accTitle: The map\n  accDescr: From start\n  A[start]") == "The map. From start"
    assert words("flowchart LR\n  accDescr {\n  From start\n  to end }\n  A[start]") == "From start to end"
    assert words("flowchart LR\n  A[start<br>here] --> B{why?}") == "Diagram: start here, why?"


@pytest.mark.parametrize(
    ("remote", "repository"),
    [
        ("https://github.com/some-one/the.course.git", "some-one/the.course"),
        ("https://github.com/some-one/course/", "some-one/course"),
        ("git@github.com:some-one/course.git", "some-one/course"),
        ("https://example.org/some-one/course.git", None),
        ("https://notgithub.com/some-one/course.git", None),
        ("/somewhere/github.com", None),
        (None, None),
    ],
)
def test_a_clone_knows_where_the_course_is_published(
    tmp_path: Path, remote: str | None, repository: str | None
) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    if remote:
        subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", remote], check=True)
    assert published_as(tmp_path, {}) == repository
    assert published_as(tmp_path, {"GITHUB_REPOSITORY": "another/course"}) == "another/course"


def test_a_course_that_is_not_published_has_no_link_to_binder() -> None:
    assert links(None, []) == "Once the course is published on GitHub, a link here opens each lesson on Binder."
