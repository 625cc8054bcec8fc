"""The site in a real browser, light and dark: it asks nobody else, draws its diagrams, and everybody can read it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from browser.conftest import find_chromium
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Request, sync_playwright

from website.conftest import AXE, PUBLISHED_AS

SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
FAULTS = """async rules => {
  const found = await axe.run(document, {resultTypes: ['violations'], ...(rules ? {runOnly: rules} : {})});
  return found.violations.filter(one => ['serious', 'critical'].includes(one.impact)).map(one => ({
    rule: one.id, where: one.nodes.slice(0, 5).map(node => `${node.target.join(' ')}: ${node.failureSummary}`)}));
}"""


@pytest.fixture(scope="module")
def browser(site: Path) -> Iterator[Browser]:
    """A Chromium that only talks to this machine."""
    arguments = ["--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")
    chromium = find_chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser, request: pytest.FixtureRequest, address: str) -> Iterator[BrowserContext]:
    """A reader who prefers the colour scheme named by the test, light where it names none."""
    scheme: Literal["light", "dark"] = getattr(request, "param", "light")
    reader = browser.new_context(base_url=address, color_scheme=scheme, viewport={"width": 1300, "height": 900})
    yield reader
    reader.close()


@pytest.mark.parametrize("context", SCHEMES, indirect=True)
def test_every_page_asks_only_its_own_host_and_has_no_serious_fault_of_accessibility(
    context: BrowserContext, request: pytest.FixtureRequest, address: str, pages: dict[str, Any]
) -> None:
    # All else is the same in the other scheme.
    rules = ["color-contrast"] if request.node.callspec.params["context"] == "dark" else None
    if not AXE.is_file():
        pytest.skip("no axe-core: npm install --no-package-lock in site/")
    axe = AXE.read_text(encoding="utf-8")
    foreign: list[str] = []
    errors: list[str] = []
    faults: dict[str, Any] = {}

    def asked(request: Request) -> None:
        if not request.url.startswith((address + "/", "data:", "blob:")):
            foreign.append(request.url)

    def said(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(f"{message.location['url']}: {message.text}")

    context.on("request", asked)
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(f"{page.url}: {error.message}"))
    page.on("console", said)
    for name in pages:
        page.goto(f"/{name}")
        if page.locator(".diagram-source").count():
            page.wait_for_selector("html[data-diagrams]")
        page.evaluate("() => document.querySelectorAll('details').forEach(one => { if (!one.name) one.open = true; })")
        page.evaluate(axe)
        found = page.evaluate(FAULTS, rules)
        if found:
            faults[name] = found
    assert foreign == []
    assert errors == []
    assert not faults, json.dumps(faults, indent=1)


@pytest.mark.parametrize("context", SCHEMES, indirect=True)
def test_diagrams_are_drawn_with_words_for_those_who_do_not_see_them(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/lessons/00_start.html")
    drawing = page.get_by_role("img", name="Situation")
    drawing.wait_for()
    assert drawing.locator("svg").count() == 1
    assert page.locator(".diagram-source:visible").count() == 0


def test_diagrams_and_views_follow_the_switch_between_light_and_dark(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/lessons/02_failure.html")
    page.wait_for_selector("html[data-diagrams=light]")
    paper = "() => getComputedStyle(document.querySelector('.mlab')).backgroundColor"
    light = page.evaluate(paper)
    for _ in range(3):  # the theme's button goes round: as the system has it, light, dark
        if page.evaluate("document.body.dataset.theme") != "dark":
            page.locator("button.theme-toggle:visible").click()
    page.wait_for_selector("html[data-diagrams=dark]", state="attached")
    assert page.evaluate(paper) != light


def test_the_source_of_a_diagram_is_there_without_scripts(browser: Browser, address: str) -> None:
    reader = browser.new_context(base_url=address, java_script_enabled=False)
    page = reader.new_page()
    page.goto("/lessons/00_start.html")
    assert page.get_by_text("flowchart LR").is_visible()
    reader.close()


def test_search_finds_a_lesson_by_its_words(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/")
    page.get_by_role("textbox", name="Search").first.fill("hybrid property")
    page.keyboard.press("Enter")
    page.locator("#search-results a", has_text="5 · Way three").first.wait_for()


def test_no_page_is_wider_than_a_telephone(context: BrowserContext, pages: dict[str, Any]) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 800})
    wide = []
    for name in pages:
        page.goto(f"/{name}")
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(name)
    assert wide == []


def test_on_a_telephone_the_step_stays_in_sight_beside_the_last_engine(context: BrowserContext) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/engines.html")
    box = page.locator(".table-wrapper").first
    box.evaluate("box => { box.scrollLeft = box.scrollWidth; }")
    row = box.locator("tbody tr").first
    step, last = row.locator("td").first.bounding_box(), row.locator("td").last.bounding_box()
    assert step is not None
    assert last is not None
    assert step["x"] >= 0
    assert step["x"] + step["width"] <= last["x"] + 1
    assert last["x"] + last["width"] <= 390


def test_search_finds_an_error_by_the_databases_words(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/")
    page.get_by_role("textbox", name="Search").first.fill("Multiple head revisions are present")
    page.keyboard.press("Enter")
    page.locator("#search-results a", has_text="Errors, and what helps").first.wait_for()


def test_who_is_in_a_hurry_is_one_click_from_the_chooser_and_the_cheat_sheet(context: BrowserContext) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto("/")
    chooser, sheet = (page.get_by_role("link", name=name).first for name in ("The chooser", "The cheat sheet"))
    for link in (chooser, sheet):
        place = link.bounding_box()
        assert place is not None
        assert place["y"] + place["height"] < 768, "on the first screen"
    runs = f"https://mybinder.org/v2/gh/{PUBLISHED_AS}/HEAD?urlpath=course%2F06_choose"
    assert chooser.get_attribute("href") == runs
    sheet.click()
    page.get_by_role("heading", name="Cheat sheet").wait_for()


@pytest.mark.parametrize(("motion", "file"), [("no-preference", "lesson.webp"), ("reduce", "lesson.png")])
def test_the_picture_moves_for_those_who_like_it(
    context: BrowserContext, motion: Literal["no-preference", "reduce"], file: str
) -> None:
    page = context.new_page()
    page.emulate_media(reduced_motion=motion)
    page.goto("/")
    picture = page.get_by_role("img", name="its live view side by side")
    picture.wait_for()
    page.wait_for_function("() => document.querySelector('picture img').naturalWidth > 1000")
    assert str(picture.evaluate("image => image.currentSrc")).endswith(f"/_static/{file}")
    place = picture.bounding_box()
    assert place is not None
    assert place["width"] / place["height"] == pytest.approx(1300 / 716, rel=0.02)  # not squeezed
