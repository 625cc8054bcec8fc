"""The links of the built pages, read without a browser."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from posixpath import normpath
from urllib.parse import unquote, urlsplit

from website.conftest import PUBLISHED_AS, ROOT
from website.pages import Page


def inside(page: str, link: str) -> tuple[str, str] | None:
    """The path within the site and the anchor that ``link`` on ``page`` leads to; None for one that leaves the site."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    target = normpath(PurePosixPath(page).parent / unquote(parts.path)) if parts.path else page
    return target, unquote(parts.fragment)


def test_every_link_inside_the_site_leads_to_a_page_and_an_anchor_that_exist(
    site: Path, pages: dict[str, Page]
) -> None:
    broken = []
    for name, page in pages.items():
        for link in page.links:
            target = inside(name, link)
            if target is None:
                continue
            path, anchor = target
            if not (site / path).is_file() or (anchor and path in pages and anchor not in pages[path].anchors):
                broken.append(f"{name}: {link}")
    assert broken == []


def test_every_page_is_reached_from_the_first_one(pages: dict[str, Page]) -> None:
    reached, waiting = set(), ["index.html"]
    while waiting:
        name = waiting.pop()
        if name in pages and name not in reached:
            reached.add(name)
            waiting += [target[0] for link in pages[name].links if (target := inside(name, link)) is not None]
    assert set(pages) - reached == {"search.html"}  # where the search box leads, which is a form


def test_notebooks_link_to_the_pages_of_notebooks(pages: dict[str, Page]) -> None:
    lessons = [path.stem for path in (ROOT / "notebooks").glob("*.ipynb")]
    assert {f"lessons/{lesson}.html" for lesson in lessons} <= set(pages)
    assert [link for page in pages.values() for link in page.links if link.endswith(".ipynb")] == []
    assert "03_server_default.html" in pages["lessons/02_failure.html"].links


def test_what_a_page_loads_lies_on_the_site(site: Path, pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        for load in page.loads:
            if not load.startswith("data:"):
                target = inside(name, load)
                assert target is not None, f"{name} loads {load} from another host"
                assert (site / target[0]).is_file(), f"{name} loads {load}, which isn't there"


def test_every_picture_has_words(pages: dict[str, Page]) -> None:
    mute = [f"{name}: {source[:60]}" for name, page in pages.items() for source, alt in page.pictures if not alt]
    assert mute == []


def test_binder_opens_each_lesson_from_the_repository_that_built_the_site(pages: dict[str, Page]) -> None:
    there = [link for link in pages["run_it_yourself.html"].links if "binder" in link]
    lessons = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
    start = f"https://mybinder.org/v2/gh/{PUBLISHED_AS}/HEAD?urlpath=course%2F"
    assert there == [start + lesson for lesson in lessons]
