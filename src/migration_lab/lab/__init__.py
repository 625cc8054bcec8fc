"""JupyterLab around the course: opening it, its server, its layout, its notebooks run without a browser."""

from migration_lab.lab.installation import check_installation
from migration_lab.lab.launch import LabError, open_lab
from migration_lab.lab.run import READ_LATER, NoSuchNotebookError, run_notebooks
from migration_lab.lab.server import WORK_VARIABLE

__all__ = [
    "READ_LATER",
    "WORK_VARIABLE",
    "LabError",
    "NoSuchNotebookError",
    "check_installation",
    "open_lab",
    "run_notebooks",
]
