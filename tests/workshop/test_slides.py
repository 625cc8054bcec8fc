"""Slides are made of a lesson's own metadata, and fetch nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from workshop.slides import LIBRARIES, SlidesError, page, without_links


def lesson(folder: Path, *texts: str) -> Path:
    """An executed lesson with a slide for each text."""
    cells = [nbformat.v4.new_markdown_cell(text, metadata={"slideshow": {"slide_type": "slide"}}) for text in texts]
    path = folder / "09_lesson.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_each_slide_of_a_lesson_becomes_one(tmp_path: Path) -> None:
    text = page(lesson(tmp_path, "# One", "# Two", "# Three"), tmp_path).read_text(encoding="utf-8")
    assert text.count("<section><section>") == 3
    assert f"{LIBRARIES}/reveal/package/dist/reveal.js" in text


def test_slides_fetch_nothing_from_elsewhere(tmp_path: Path) -> None:
    """A link is no fetching: it waits for a click."""
    made = page(lesson(tmp_path, "# A link\n\n[to read](https://example.org/page)"), tmp_path)
    text = made.read_text(encoding="utf-8")
    assert "https://example.org/page" in text
    for elsewhere in ("unpkg.com", "cdnjs.cloudflare.com", "googleapis"):
        assert elsewhere not in without_links(text)


def test_a_lesson_that_would_fetch_something_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SlidesError, match=r"would fetch https://example\.org/a\.png"):
        page(lesson(tmp_path, '# A picture\n\n<img src="https://example.org/a.png">'), tmp_path)
