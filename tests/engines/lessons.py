"""A lesson with adi and john on any engine, in a scratch folder whose path is short enough for a socket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import indent

import pytest

from migration_lab.engines import find_engine
from migration_lab.lessons import SEEDED, Lesson, Stage, open_lesson

ENGINE_KEYS = ("sqlite", "sqlite-modern", "postgresql", "postgresql-16", "mariadb")


@contextmanager
def on(key: str, name: str, stage: Stage = SEEDED) -> Iterator[Lesson]:
    """Open the lesson ``name`` on an engine; skip the test where that is missing."""
    if missing := find_engine(key).missing:
        pytest.skip(missing)
    lesson = open_lesson(name, stage, engine=key)
    try:
        yield lesson
    finally:
        lesson.close()


def write_revision(project: Path, upgrade: str, downgrade: str = "pass") -> None:
    """Revision 0002, in place of an earlier one."""
    (project / "migrations" / "versions" / "0002_it.py").write_text(
        'import sqlalchemy as sa\nfrom alembic import op\nrevision, down_revision = "0002", "0001"\n'
        f"def upgrade():\n{indent(upgrade, '    ')}\ndef downgrade():\n{indent(downgrade, '    ')}\n",
        encoding="utf-8",
    )
