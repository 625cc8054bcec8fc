"""The picture of README and of the site: it moves, it shows what its words say, and there is a still of it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import Page

from browser.pages import Jupyter
from browser.picture import FOLDER, LAPTOP, MOVING, SCENES, STILL, record


def frames_of(path: Path) -> tuple[list[Image.Image], list[int]]:
    """The frames of a picture, and for how many milliseconds each is seen."""
    frames, durations = [], []
    with Image.open(path) as picture:
        for number in range(getattr(picture, "n_frames", 1)):
            picture.seek(number)
            frames.append(picture.convert("RGB"))
            durations.append(int(picture.info.get("duration", 0)))
    return frames, durations


def different(one: Image.Image, other: Image.Image) -> bool:
    return ImageChops.difference(one, other).getbbox() is not None


def check(folder: Path) -> None:
    """Hold the two pictures in ``folder`` to what they are for."""
    frames, durations = frames_of(folder / MOVING)
    (still,), _ = frames_of(folder / STILL)
    assert (folder / MOVING).stat().st_size < 1_000_000
    assert (folder / STILL).stat().st_size < 300_000
    assert 12_000 < sum(durations) < 25_000
    assert max(durations) < 6_000
    assert 8 <= len(frames) <= 60
    width, height = still.size
    assert LAPTOP["width"] * 0.9 < width <= LAPTOP["width"]  # as large as JupyterLab drew it: its words can be read
    assert {frame.size for frame in frames} == {still.size}
    assert any(not different(still, frame) for frame in frames)
    # The pane of the live view, without the clock in its first line: as it was before, and once for each cell.
    panes = [frame.crop((round(width * 0.61), 60, width, height)) for frame in frames]
    shown = [panes[0], *(after for before, after in pairwise(panes) if different(before, after))]
    assert len(shown) >= 1 + len(SCENES)
    for pane in shown:  # with words in it from the first frame on: black on white
        assert sum(pane.convert("L").histogram()[:100]) > 3_000
    assert sum(frames[0].crop((0, 60, round(width * 0.59), height)).convert("L").histogram()[:100]) > 3_000


def test_the_picture_moves_for_some_15_seconds_while_the_live_view_follows() -> None:
    check(FOLDER)


def test_it_can_be_recorded_again(page: Page, jupyter: Jupyter, tmp_path: Path) -> None:
    page.set_viewport_size(LAPTOP)
    record(page, jupyter, tmp_path)
    check(tmp_path)
