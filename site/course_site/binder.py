"""Where Binder opens the course: the badges of README and the links of the site. Both wait for the account that
publishes it, since a badge of nobody's is a broken picture.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course_site.execution import Lesson

REPOSITORY = "migration-lab"
# GitHub's own rule for a name, and the underscore before the short name of a company that manages its accounts.
ACCOUNT = re.compile(r"(?=.{1,39}$)[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*")
# README's parts that a badge goes into; without badges they end where the group ends.
BROWSER = re.compile(r"^\*\*In the browser\*\*.*$", re.MULTILINE)
HEAD = re.compile(r"^(\| lesson \| minutes \| what happens \|)[ |]*\n(\|---\|---\|---\|).*$", re.MULTILINE)
ROW = re.compile(r"^(\| \[[^\]]*\]\(notebooks/(?:(\d\d)_)?\w+\.ipynb\) \|[^|]*\|[^|]*\|).*$", re.MULTILINE)
LINK = re.compile(r"^\[(?:badge|binder-\d\d)\]: .*\n", re.MULTILINE)
WITH_BADGES = (
    "**In the browser**, with nothing installed: [![Open the course on Binder][badge]][binder-00], or any lesson by "
    "its own badge below. The lesson stands on the left, its live view on the right, filled when its cell has run. A "
    "Binder session ends when it is idle: lesson 0 has a button that downloads your work, and one that puts it back."
)


def published_as(root: Path, environment: Mapping[str, str]) -> str | None:
    """``account/repository`` on GitHub of the course in ``root``, None where it isn't from there.

    A GitHub workflow tells it; elsewhere the remote that the course was cloned from does.
    """
    where = f"github.com/{environment['GITHUB_REPOSITORY']}" if environment.get("GITHUB_REPOSITORY") else _origin(root)
    found = re.search(r"\bgithub\.com[:/]([\w-]+/[\w.-]+?)(?:\.git)?/?$", where)
    return found[1] if found else None


def _origin(root: Path) -> str:
    command = ["git", "-C", str(root), "remote", "get-url", "origin"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:  # no git: the course was unpacked, not cloned
        return ""


def address(repository: str, lesson: str) -> str:
    """Where Binder opens ``lesson`` of ``account/repository`` beside its live view."""
    return f"https://mybinder.org/v2/gh/{repository}/HEAD?urlpath=course%2F{lesson}"


def with_badges(readme: str, account: str) -> str:
    """README's text with a badge for each lesson of the map, in place of any that it has.

    Raises ValueError, in one line, for what can be no account, and for a README without the parts that a badge goes to.
    """
    if not ACCOUNT.fullmatch(account):
        raise ValueError(f"{account!r} is no account of GitHub's: make badges OWNER=name, as in github.com/name")
    lessons = re.findall(r"\]\(notebooks/((\d\d)_\w+)\.ipynb\) \|", readme)
    if not (lessons and BROWSER.search(readme) and HEAD.search(readme)):
        raise ValueError(
            "README.md has no line **In the browser**, or no map of the lessons: badges have no place there"
        )
    text = BROWSER.sub(WITH_BADGES, LINK.sub("", readme)).rstrip()
    text = ROW.sub(lambda row: f"{row[1]} {_badge(row[2])}|", HEAD.sub(r"\1 |\n\2---|", text))
    links = [f"[binder-{number}]: {address(f'{account}/{REPOSITORY}', lesson)}" for lesson, number in lessons]
    return "\n".join([text, "", "[badge]: https://mybinder.org/badge_logo.svg", *links, ""])


def _badge(number: str | None) -> str:
    return f"[![Lesson {int(number)} on Binder][badge]][binder-{number}] " if number else ""


def links(repository: str | None, lessons: Sequence[Lesson]) -> str:
    """What the site says of Binder, in Markdown: a link a lesson, or that there are none yet."""
    if repository is None:
        return "Once the course is published on GitHub, a link here opens each lesson on Binder."
    lines = [
        f"- [{lesson.title}]({address(repository, lesson.name)})" for lesson in lessons if lesson.name[0].isdigit()
    ]
    return "\n".join(["Binder opens a lesson beside its live view, in a minute or two:", "", *lines])
