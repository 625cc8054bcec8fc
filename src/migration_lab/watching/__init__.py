"""Watch the databases and files of a kernel's projects from a process of its own, which imports as little as it can."""

from migration_lab.watching.process import WatchingProcess
from migration_lab.watching.projects import Project
from migration_lab.watching.watcher import Sight, Trouble, Watcher

__all__ = ["Project", "Sight", "Trouble", "Watcher", "WatchingProcess"]
