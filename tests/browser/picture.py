"""Record the picture of README and of the site: a lesson beside its live view, while a migration runs.

``python -m browser.picture``, with ``tests`` on the path, drives JupyterLab in Chromium as a learner would. It writes
the moving picture, and a still of it for those who don't like movement.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, ViewportSize, expect, sync_playwright

from browser.conftest import browser_arguments, find_chromium
from browser.pages import ROOT, SECONDS, Jupyter, jupyter_lab

LESSON = "03_server_default"
FOLDER = ROOT / ".github"
MOVING, STILL = "lesson.webp", "lesson.png"
LAPTOP: ViewportSize = {"width": 1366, "height": 768}
# The cells that are run while the picture is taken, and what the live view shows once it has followed.
SCENES = {"migration": "0002 add is_active", "upgrade": "is_active + new", "new-rows": "'eva'"}
STILL_AFTER = "upgrade"
START, BEFORE, AFTER = 1.0, 2.0, 2.5  # seconds in which one finds one's way, reads a cell, and reads what came of it
FRAME = 0.1  # seconds from one look at the page to the next, if the machine is fast enough
READY = "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
# Glide until a cell is at the top of its notebook, for half a second; this returns at once.
GLIDE = """cell => {
  const box = cell.closest('.jp-WindowedPanel-outer'), from = box.scrollTop, start = performance.now();
  const way = cell.getBoundingClientRect().top - box.getBoundingClientRect().top - 8;
  const step = now => {
    const part = Math.max(0, Math.min(1, (now - start) / 500));
    box.scrollTop = from + way * part * (2 - part);
    if (part < 1) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}"""


class Recording:
    """What a part of the page looks like, and since when: ``frames`` are pairs of a moment and a PNG."""

    def __init__(self, part: Locator) -> None:
        self.part = part
        self.frames: list[tuple[float, bytes]] = []
        self.settle()

    def settle(self) -> None:
        """Begin with a page that has come to rest: two looks in a row are the same."""
        before, now = b"", self.part.screenshot()
        while before != now:
            self.part.page.wait_for_timeout(500)
            before, now = now, self.part.screenshot()

    def look(self, seconds: float) -> None:
        """Record for some seconds."""
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            picture = self.part.screenshot()
            if not self.frames or picture != self.frames[-1][1]:
                self.frames.append((now, picture))
            self.part.page.wait_for_timeout(max(0, FRAME - (time.monotonic() - now)) * 1000)

    def save(self, file: Path) -> None:
        """Write the moving picture, each frame as long as the page looked so."""
        moments = [*(moment for moment, _ in self.frames), time.monotonic()]
        durations = [round((after - before) * 1000) for before, after in pairwise(moments)]
        first, *others = (Image.open(io.BytesIO(picture)).convert("RGB") for _, picture in self.frames)
        first.save(file, save_all=True, append_images=others, duration=durations, loop=0, lossless=True, method=6)


def record(page: Page, jupyter: Jupyter, folder: Path) -> None:
    """Open the lesson and its live view, then write the pictures of how its first migration is run to ``folder``."""
    code = {cell.id: cell.source for cell in jupyter.read(LESSON).cells if cell.cell_type == "code"}
    jupyter.setting("@jupyterlab/notebook-extension:tracker", windowingMode="none")  # cells out of sight are drawn too
    page.goto(f"/course/{LESSON}")
    page.wait_for_function(READY, timeout=SECONDS * 1000)
    cells, pane = page.locator(".jp-NotebookPanel .jp-CodeCell"), page.locator(".jp-LinkedOutputView")
    expect(cells).to_have_count(len(code))
    cells.first.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    expect(pane.locator("caption", has_text="users: 2 rows")).to_be_visible()
    scenes = [(name, cells.nth(list(code).index(name)), shown) for name, shown in SCENES.items()]
    scenes[0][1].locator(".jp-InputPrompt").click()
    recording = Recording(page.locator("#jp-main-dock-panel"))
    recording.look(START)
    for name, cell, shown in scenes:
        cell.evaluate(GLIDE)
        recording.look(BEFORE)
        cell.locator(".jp-InputPrompt").click()
        page.keyboard.press("Control+Enter")
        recording.look(AFTER)
        expect(pane).to_contain_text(shown, timeout=100)  # or the picture doesn't show what it is there for
        if name == STILL_AFTER:
            Image.open(io.BytesIO(recording.frames[-1][1])).save(folder / STILL, optimize=True)
    recording.save(folder / MOVING)


def main() -> int:
    """Record, and write both pictures. Returns the exit code: 2, with one line, where there is no browser."""
    expect.set_options(timeout=SECONDS * 1000)
    try:
        chromium = find_chromium()
    except pytest.skip.Exception as lacking:
        print(lacking, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as home, jupyter_lab(Path(home)) as jupyter, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=browser_arguments())
        context = browser.new_context(base_url=jupyter.url, viewport=LAPTOP)
        context.request.get(jupyter.login)
        record(context.new_page(), jupyter, FOLDER)
        browser.close()
    for path in (FOLDER / MOVING, FOLDER / STILL):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
