"""The guide's numbers are those of the lessons and of the load test, and what it names is there."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from workshop import load_test
from workshop.kubernetes.sizing import FIGURES, MEBIBYTE, average_cores, share, table
from workshop.load_test import LARGEST, LESSONS, is_small, printed_table
from workshop.measure import Use
from workshop.settings import COURSE

GUIDE = (COURSE / "workshop/README.md").read_text(encoding="utf-8")
KUBERNETES = (COURSE / "workshop/kubernetes/README.md").read_text(encoding="utf-8")
VALUES: dict[str, Any] = yaml.safe_load((COURSE / "workshop/kubernetes/values.yaml").read_text(encoding="utf-8"))
KEPT: dict[str, Any] = json.loads(FIGURES.read_text(encoding="utf-8"))
WITH_SERVERS: dict[str, Any] = json.loads(FIGURES.with_name("figures_engines.json").read_text(encoding="utf-8"))
WITH_AN_APP: dict[str, Any] = json.loads(FIGURES.with_name("figures_deploy.json").read_text(encoding="utf-8"))


@cache
def lessons() -> dict[str, dict[str, Any]]:
    """Each notebook by its number: its metadata and its headings."""
    found = {}
    for path in sorted((COURSE / "notebooks").glob("[0-9]*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        prose = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
        found[path.name[:2]] = {
            "minutes": notebook["metadata"]["migration_lab"]["minutes"],
            "headings": [heading.replace("`", "") for heading in re.findall(r"^## (.*)$", prose, re.MULTILINE)],
        }
    return found


def schedules() -> list[list[str]]:
    """The rows of the guide's schedules."""
    rows = re.findall(r"^\| (\d+) \| ([\d, ]+) \| (\d+) \| (\d+) \| (.*) \|$", GUIDE, re.MULTILINE)
    return [list(row) for row in rows]


def test_there_are_schedules_for_45_90_180_and_240_minutes() -> None:
    assert [row[0] for row in schedules()] == ["45", "90", "180", "240"]


@pytest.mark.parametrize("row", schedules(), ids=lambda row: str(row[0]))
def test_a_schedule_adds_up_to_what_the_lessons_say(row: list[str]) -> None:
    total, taken, their_sum, rest, left_out = row
    numbers = taken.split(", ")
    assert int(their_sum) == sum(lessons()[number]["minutes"] for number in numbers)
    assert int(their_sum) + int(rest) == int(total)
    assert sorted([*numbers, *re.findall(r"\b\d\d\b", left_out)]) == sorted(lessons())


def test_the_parts_to_drop_are_parts_of_those_lessons() -> None:
    late = GUIDE.partition("### Late?")[2].partition("\n## ")[0]
    dropped = re.findall(r"(\d\d) \*([^*]+)\*", late)
    assert len(dropped) >= 3
    for number, heading in dropped:
        assert heading in lessons()[number]["headings"]


def test_the_measured_figures_are_those_kept_and_within_the_limit() -> None:
    assert printed_table(KEPT) in GUIDE
    assert KEPT["finished"] == KEPT["learners"] == 30
    assert tuple(KEPT["lessons"]) == LESSONS
    assert all(each["peak"]["pss"] <= LARGEST for each in KEPT["each"])
    further = max(each["peak"]["pss"] - each["server"]["pss"] for each in KEPT["each"]) / MEBIBYTE
    assert f"costs about {round(further, -1):.0f} MiB" in " ".join(GUIDE.split())


@pytest.mark.parametrize(("kept", "lesson"), [(WITH_SERVERS, "07"), (WITH_AN_APP, "10")])
def test_what_servers_take_is_measured_too_and_within_their_limit(kept: dict[str, Any], lesson: str) -> None:
    assert printed_table(kept) in GUIDE
    assert kept["finished"] == kept["learners"] == 30
    assert kept["lessons"] == [lesson]
    for each in kept["each"]:
        assert 0 < each["peak"]["databases"] < each["peak"]["pss"]
        assert is_small(Use(**each["peak"]))


def test_new_figures_take_the_place_of_the_old_in_the_guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guide, out = tmp_path / "README.md", tmp_path / "figures.json"
    guide.write_text(f"Before.\n\n{printed_table(WITH_SERVERS)}\n\nAfter.\n", encoding="utf-8")
    monkeypatch.setattr(load_test, "GUIDE", guide)
    load_test.keep(WITH_SERVERS, out)
    newer = WITH_SERVERS | {"seconds": 12345}
    load_test.keep(newer, out)
    assert guide.read_text(encoding="utf-8") == f"Before.\n\n{printed_table(newer)}\n\nAfter.\n"
    assert json.loads(out.read_text(encoding="utf-8")) == newer


def test_the_sizes_for_kubernetes_are_computed_from_the_figures() -> None:
    each = share(KEPT)
    assert table(KEPT) in KUBERNETES
    assert f"**{each.memory} MiB** and **{each.cores} of a core**" in KUBERNETES
    assert f"({each.memory} MiB each)" in KUBERNETES
    assert f"{each.memory} MiB a learner" in GUIDE
    minutes = sum(lessons()[number]["minutes"] for number in LESSONS)
    assert f"{average_cores(KEPT, minutes):.3f} of a core on average" in KUBERNETES
    guaranteed = VALUES["singleuser"]
    assert guaranteed["memory"] == {"guarantee": f"{each.memory}M", "limit": "1G"}
    assert guaranteed["cpu"]["guarantee"] == each.cores


def test_the_lessons_open_where_kubernetes_starts_them() -> None:
    notebook = VALUES["singleuser"]["defaultUrl"].removeprefix("/lab/tree/")
    assert (COURSE / notebook).is_file()


def test_what_the_guide_links_to_is_there() -> None:
    for page, folder in ((GUIDE, COURSE / "workshop"), (KUBERNETES, COURSE / "workshop/kubernetes")):
        for target in re.findall(r"\]\((?!https?:)([^)]+)\)", page):
            path, _, anchor = target.partition("#")
            assert not path or (folder / path).exists(), target
            if anchor:
                headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
                assert anchor in [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


def test_the_make_targets_of_the_guide_exist() -> None:
    makefile = (COURSE / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"(?:^|`|sudo |-E )make ([a-z-]+)", GUIDE + KUBERNETES, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_no_page_needs_a_path_that_only_this_machine_has() -> None:
    assert not [line for line in GUIDE.splitlines() if str(Path.home()) in line]
