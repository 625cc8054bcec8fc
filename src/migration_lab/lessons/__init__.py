"""A lesson's folder in scratch_db: the project it starts from, its state, its lock, and the learner's files kept."""

from migration_lab.engines import ScratchError, course_folder, scratch_root
from migration_lab.lessons.keep import digests, project_files
from migration_lab.lessons.lesson import Lesson, open_lesson, reset_all
from migration_lab.lessons.lock import FolderLock, InUseError
from migration_lab.lessons.replace import clear_leftovers, copy_folder, delete_folder, replace_folder
from migration_lab.lessons.scratch import MARKER, VARIABLE, check_ours, write_marker
from migration_lab.lessons.stage import ADI_AND_JOHN, CREATED, EMPTY, SEEDED, Stage, build_project, point_to

__all__ = [
    "ADI_AND_JOHN",
    "CREATED",
    "EMPTY",
    "MARKER",
    "SEEDED",
    "VARIABLE",
    "FolderLock",
    "InUseError",
    "Lesson",
    "ScratchError",
    "Stage",
    "build_project",
    "check_ours",
    "clear_leftovers",
    "copy_folder",
    "course_folder",
    "delete_folder",
    "digests",
    "open_lesson",
    "point_to",
    "project_files",
    "replace_folder",
    "reset_all",
    "scratch_root",
    "write_marker",
]
