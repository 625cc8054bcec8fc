"""The learner's work: attempts at exercises, progress, and all of it as a zip that can be put back."""

from migration_lab.work.attempt import Attempt, open_exercise
from migration_lab.work.pack import pack_work
from migration_lab.work.progress import Entry, Progress, as_json, read_progress
from migration_lab.work.restore import restore_work
from migration_lab.work.zip_file import WorkError

__all__ = [
    "Attempt",
    "Entry",
    "Progress",
    "WorkError",
    "as_json",
    "open_exercise",
    "pack_work",
    "read_progress",
    "restore_work",
]
