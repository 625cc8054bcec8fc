"""What copying a database for a rehearsal gives."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import sqlalchemy as sa

from migration_lab.engines import Engine
from migration_lab.rehearsal.rows import Comparison

Progress = Callable[[int, int], None]
"""Told how much is left, and of how much."""


@dataclass(frozen=True)
class Copies:
    """``database`` is migrated, and env.py knows it as ``copy``; ``compare`` compares it with what it was, and
    ``restore`` makes it that again.

    ``size`` is that of the source, in bytes. ``elsewhere`` says why they aren't on its server, where they aren't.
    """

    engine: Engine
    database: sa.URL
    copy: sa.URL
    size: int
    compare: Callable[[], AbstractContextManager[Comparison]]
    restore: Callable[[], None]
    elsewhere: str = ""


def megabytes(size: int) -> str:
    """A size in bytes for a reader."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(size / 1e6, 0.1):.1f} MB"
