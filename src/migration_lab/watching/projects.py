"""The projects that a view may show: each a database and the Alembic files that belong to it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from migration_lab.snapshot import Source, file_changed

Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Project:
    """``name`` is for people. ``touched`` is when it was last opened or checked, in nanoseconds."""

    name: str
    source: Source
    folder: Path
    versions: Path
    touched: int = field(default=0, compare=False)

    def last_touched(self) -> int:
        """When it was last opened or checked, or its files or its database changed, whoever changed them."""
        return max(self.touched, self.source.changed(), *self._files_changed())

    def stamp(self) -> Stamp:
        """Name, time and size of each migration file: where this is the same, so are they."""
        files = []
        with contextlib.suppress(OSError), os.scandir(self.versions) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    about = entry.stat()
                    files.append((entry.name, about.st_mtime_ns, about.st_size))
        return tuple(sorted(files))

    def _files_changed(self) -> Iterator[int]:
        yield 0  # for what isn't there
        with contextlib.suppress(OSError):
            yield file_changed(self.versions.stat())  # a file in it came or went
        for folder in (self.folder, self.versions.parent, self.versions):
            with contextlib.suppress(OSError), os.scandir(folder) as entries:
                yield from (file_changed(entry.stat()) for entry in entries if entry.name.endswith(".py"))
