"""Open, reset and close a lesson: a folder of ``scratch_db`` that is a small Alembic project in a known state."""

from __future__ import annotations

import contextlib
import os
import sys
import types
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from alembic.config import Config
from sqlalchemy import URL
from sqlalchemy import Engine as SQLAlchemyEngine

from migration_lab.engines import (
    Engine,
    EngineError,
    ScratchError,
    SQLite,
    default_engine,
    find_engine,
    scratch_root,
    url_text,
)
from migration_lab.lessons.keep import digests, keep_files, project_files
from migration_lab.lessons.lock import FolderLock, InUseError
from migration_lab.lessons.replace import clear_leftovers, delete_folder, leftover_targets, replace_folder
from migration_lab.lessons.scratch import (
    check_ours,
    made_folders,
    read_marker,
    scratch_folder,
    write_marker,
)
from migration_lab.lessons.stage import SEEDED, Stage, build_project, point_to
from migration_lab.migrations import History, imports_restored, project_config, read_history
from migration_lab.rehearsal import Plan, Rehearsals, Report, copy_project
from migration_lab.snapshot import ServerDatabase, Snapshot, Source, SQLiteFile, snapshot_url


class Lesson:
    """An open lesson. Made by :func:`open_lesson`, which holds the folder's lock for it.

    ``kind`` is the engine that its database is on.
    """

    _open: ClassVar[dict[Path, Lesson]] = {}

    def __init__(self, folder: Path, stage: Stage, lock: FolderLock, kind: Engine) -> None:
        self.folder = folder
        self.stage = stage
        self.kind = kind
        self._lock = lock
        self._engine: SQLAlchemyEngine | None = None
        self._models: tuple[str, types.ModuleType] | None = None
        self._pauses: list[Callable[[], contextlib.AbstractContextManager[None]]] = []

    @property
    def name(self) -> str:
        """The folder's name, as in ``"02_failure"``."""
        return self.folder.name

    @property
    def database(self) -> Path:
        """The path of the SQLite file, on SQLite. It doesn't exist before the first upgrade."""
        return self.folder / "app.db"

    @property
    def url(self) -> URL:
        """Where the database is."""
        return self.kind.url(self.folder)

    @property
    def versions(self) -> Path:
        """The folder of the migration files."""
        return self.folder / "migrations" / "versions"

    @property
    def config(self) -> Config:
        """A new Alembic Config of ``alembic.ini``: it prints where the notebook prints, and leaves logging alone."""
        return project_config(self.folder)

    @property
    def engine(self) -> SQLAlchemyEngine:
        """A SQLAlchemy engine on the database. It keeps no connection open between two uses."""
        if self._engine is None:
            self._engine = self.kind.connect(self.url)
        return self._engine

    @property
    def models(self) -> types.ModuleType:
        """``models.py`` as it is on disk now. Raises what the file raises, SyntaxError included."""
        path = self.folder / "models.py"
        text = path.read_text(encoding="utf-8")
        if self._models is None or self._models[0] != text:
            module = types.ModuleType("models")
            module.__file__ = str(path)
            with imports_restored():
                sys.modules["models"] = module  # where SQLAlchemy looks a class's annotations up
                exec(compile(text, str(path), "exec"), module.__dict__)
            self._models = (text, module)
        return self._models[1]

    @property
    def source(self) -> Source:
        """Where the database is, for a live view to watch it."""
        if isinstance(self.kind, SQLite):
            return SQLiteFile(self.database, self.kind.module.__name__)
        return ServerDatabase(url_text(self.url))

    def snapshot(self) -> Snapshot:
        """The database as it is now, all rows counted. Raises SnapshotError, as before the first upgrade."""
        return snapshot_url(self.url, count_limit=None)

    def history(self) -> History:
        """The migration files as they are now."""
        return read_history(self.versions)

    def rehearse(self, *, back: bool = False, seconds: float = 60) -> Report:
        """Upgrade a copy of the lesson's files and database to head, in a process of its own, and say what came of it.

        With ``back`` down again to where it was, too. What takes longer than ``seconds`` is stopped. Raises the
        driver's error where the database can't be copied, as before the first upgrade.
        """
        with (
            TemporaryDirectory(prefix="migration_lab_", ignore_cleanup_errors=True) as name,
            Rehearsals() as rehearsals,
        ):
            copy = Path(name) / self.name
            copy_project(self.folder, copy)
            url = self.kind.url(copy)
            start = self.snapshot().versions
            try:
                self.kind.copy(self.url, url)
                if not isinstance(self.kind, SQLite):
                    point_to(copy, self.kind, url)
                plan = Plan(copy, self.kind, url, start[0] if start else "base", back=back)
                return rehearsals.run(plan, seconds)
            finally:
                self.kind.drop(url)

    def reset(self, *, keep: bool = True) -> None:
        """Put the folder back to the state the lesson starts from; copies of the learner's files go to ``kept/``.

        With ``keep=False`` no copies are made: for a lesson that resets again and again what it wrote itself.

        Atomic: a kill at any moment leaves the old folder or a whole new one. Raises ScratchError once the lesson is
        closed: the folder may by then be another kernel's.
        """
        if Lesson._open.get(self.folder) is not self:
            raise ScratchError(f"{self.name} was closed, or opened again: run the cell that opens it, then this one")
        check_ours(self.folder)
        clear_leftovers(self.folder)
        new = self.folder.with_name(f".new-{self.name}-{os.getpid()}")
        try:
            build_project(new, self.stage, self.kind, home=self.folder)
            write_marker(new, lesson=self.name, revision=self.stage.revision, files=digests(project_files(new)))
            if keep:
                keep_files(self.folder)
            with contextlib.ExitStack() as stack:
                # Windows refuses to move or delete an open file.
                for pause in self._pauses:
                    stack.enter_context(pause())
                self._dispose()
                replace_folder(new, self.folder)
        finally:
            if new.exists():
                delete_folder(new)

    def on_replace(self, pause: Callable[[], contextlib.AbstractContextManager[None]]) -> Callable[[], None]:
        """Enter ``pause()`` while the folder is being replaced, also after it was opened again: to let go of its files.

        Returns a function that ends this.
        """
        pauses = self._pauses
        pauses.append(pause)
        return lambda: pauses.remove(pause)

    def close(self) -> None:
        """Close the engine and let other kernels open the folder. Harmless when repeated."""
        self._dispose()
        if Lesson._open.get(self.folder) is self:
            del Lesson._open[self.folder]
            self._lock.release()

    def _dispose(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def __repr__(self) -> str:
        return f"<Lesson {self.name} in {self.folder}>"


def open_lesson(name: str, stage: Stage = SEEDED, *, folder: str | None = None, engine: str | None = None) -> Lesson:
    """Open ``scratch_db/NAME`` (or ``scratch_db/FOLDER``) in the state ``stage``, whatever was in it before.

    Its database is a SQLite file in it; or, with ``engine="postgresql"`` for instance, one on that engine's server, and
    the folder is ``scratch_db/NAME_postgresql``. Opening it again in the same kernel takes the earlier one's place.
    Raises InUseError where another kernel has it, ScratchError where the folder isn't the course's own, ValueError
    for an engine that the course doesn't know, EngineError, with the command that brings it, for one that isn't there.
    """
    # Python's bytecode cache goes by size and whole seconds: a migration edited twice within one would run stale.
    sys.dont_write_bytecode = True
    kind = find_engine(engine) if engine else default_engine()
    if kind.missing:
        raise EngineError(kind.missing)
    path = scratch_folder(folder or (f"{name}_{kind.key.replace('-', '_')}" if engine else name))
    previous = Lesson._open.get(path)
    if previous is not None:
        previous.close()
    lock = FolderLock(path)
    try:
        lock.acquire()
    except InUseError as error:
        second = _free_name(path.name)
        raise InUseError(
            f"{error}. Shut that kernel down and run this cell again, or work in a second folder: "
            f"open_lesson({name!r}, ..., folder={second!r})"
        ) from None
    lesson = Lesson(path, stage, lock, kind)
    if previous is not None:
        lesson._pauses = previous._pauses  # a view stays on the page, and follows the new folder
    Lesson._open[path] = lesson
    try:
        lesson.reset()
    except BaseException:
        lesson.close()
        raise
    return lesson


def reset_all() -> list[str]:
    """Delete every folder that the course made and no kernel has open. Returns the names of those deleted."""
    deleted = []
    for folder in sorted({*made_folders(), *leftover_targets(scratch_root())}):
        lock = FolderLock(folder)
        try:
            lock.acquire()
        except InUseError:
            continue
        try:
            clear_leftovers(folder)
            if read_marker(folder) is not None:
                delete_folder(folder)
                deleted.append(folder.name)
        finally:
            lock.release()
    return deleted


def _free_name(name: str) -> str:
    """The first of NAME_2, NAME_3 ... that no other kernel has open."""
    for number in range(2, 100):
        lock = FolderLock(scratch_folder(f"{name}_{number}"))
        try:
            lock.acquire()
        except InUseError:
            continue
        lock.release()
        break
    return f"{name}_{number}"
