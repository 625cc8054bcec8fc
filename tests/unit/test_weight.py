"""The environment that Binder builds stays light: little more than the five packages that the course is about.

``make bench`` installs both and measures; this adds up what is installed here, which takes no time.
"""

from __future__ import annotations

from importlib.metadata import distribution

from bench.weight import AT_MOST, CARD, extra
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TOOLS = ("jupytext", "mypy", "playwright", "pytest", "pysqlite3", "ruff", "jupyterhub", "sphinx")
COURSE = (
    "migration-lab",
    "psycopg-binary",
    *(Requirement(text).name for text in [*extra("course"), *extra("engines"), *extra("app")]),
)


def with_dependencies(*names: str) -> set[str]:
    """The packages that installing ``names`` brings, these included."""
    found: set[tuple[str, str]] = set()
    waiting = [(name, "") for name in names]
    while waiting:
        name, extra = waiting.pop()
        if (canonicalize_name(name), extra) in found:
            continue
        found.add((canonicalize_name(name), extra))
        for text in distribution(name).requires or []:
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                waiting += [(needed.name, one) for one in ("", *needed.extras)]
    return {name for name, _ in found}


def size(names: set[str]) -> int:
    """The bytes of the packages' files."""
    total = 0
    for name in names:
        installed = distribution(name)
        for file in installed.files or []:
            path = installed.locate_file(file)
            total += path.stat().st_size if path.is_file() else 0  # type: ignore[attr-defined]
    return total


def test_the_course_weighs_little_more_than_what_it_is_about() -> None:
    five = size(with_dependencies(*CARD))
    assert five > 100e6, "the five packages' files are found"
    assert size(with_dependencies(*COURSE)) <= AT_MOST * five


def test_tools_of_tests_are_not_in_it() -> None:
    """They are extras: Binder installs the course without any."""
    assert with_dependencies(*COURSE).isdisjoint(TOOLS)
