"""All that is drawn in a notebook: live views, differences, failures, predictions, buttons, the playground."""

from migration_lab.views.controls.buttons import action_button, reset_button
from migration_lab.views.controls.chooser import chooser, show_advice
from migration_lab.views.controls.prediction import Prediction, predict
from migration_lab.views.controls.work import work_buttons
from migration_lab.views.exercises.exercise import ExerciseView, exercise
from migration_lab.views.exercises.progress import show_progress
from migration_lab.views.pictures.differences import show, show_diff
from migration_lab.views.pictures.failures import NoFailure, expect_failure, show_failure
from migration_lab.views.pictures.files import show_file
from migration_lab.views.pictures.installation import show_installation
from migration_lab.views.pictures.live import LiveView, live_view
from migration_lab.views.pictures.live_locks import LockView, lock_view
from migration_lab.views.pictures.queue import show_locks
from migration_lab.views.pictures.rehearsal import show_rehearsal
from migration_lab.views.pictures.statements import show_statements
from migration_lab.views.pictures.timeline import draw_timeline, timeline
from migration_lab.views.pictures.versions import VersionsView, draw_versions, show_versions
from migration_lab.views.playground.play import Playground, playground

__all__ = [
    "ExerciseView",
    "LiveView",
    "LockView",
    "NoFailure",
    "Playground",
    "Prediction",
    "VersionsView",
    "action_button",
    "chooser",
    "draw_timeline",
    "draw_versions",
    "exercise",
    "expect_failure",
    "live_view",
    "lock_view",
    "playground",
    "predict",
    "reset_button",
    "show",
    "show_advice",
    "show_diff",
    "show_failure",
    "show_file",
    "show_installation",
    "show_locks",
    "show_progress",
    "show_rehearsal",
    "show_statements",
    "show_versions",
    "timeline",
    "work_buttons",
]
