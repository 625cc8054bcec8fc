"""A Jupyter server extension: terminals and kernels find this environment's commands; the course has its addresses.

``jupyter/jupyter_server_config.d/migration_lab.json`` enables it: the installation puts it where Jupyter looks.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

START_NOTEBOOK = "notebooks/00_start.ipynb"
START_ADDRESS = "/course"
WORK_ADDRESS = "/course/work"
WORK_VARIABLE = "MIGRATION_LAB_WORK_ADDRESS"
# Without this parameter JupyterLab's file browser opens the notebook's folder, and scratch_db/ is out of sight.
START_PAGE = f"/lab/tree/{START_NOTEBOOK}?file-browser-path=/"
TERMINAL_FILES = Path(__file__).parent / "terminal"
STYLE = Path(__file__).parent / "style"


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Tell Jupyter which module holds the extension."""
    return [{"module": "migration_lab.lab.server"}]


def _link_jupyter_server_extension(server: ServerApp) -> None:
    """Prepare the environment of terminals and kernels, and JupyterLab's style.

    All extensions are linked before any is loaded, the terminals' among them.
    """
    prepare_environment()
    add_style(server)
    settings = dict(server.terminado_settings)
    shell = terminal_shell()
    if shell and "shell_command" not in settings:
        server.terminado_settings = {**settings, "shell_command": shell}


def add_style(server: ServerApp) -> None:
    """Have JupyterLab's pages load ``style/custom.css``, except for who has JupyterLab load one of their own.

    It reads one file of that name, the first on its path, and none unless told.
    """
    for lab in server.extension_manager.extension_apps.get("jupyterlab", ()):
        if not lab.custom_css:
            lab.custom_css = True
            server.static_custom_path = [str(STYLE), *server.static_custom_path]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    """Give the course its addresses: ``/course`` leads to the first lesson, with the root in the file browser.

    ``/course/02_failure`` lays that lesson out beside its live view, ``/course/work`` is the learner's work as a zip.
    """
    from jupyter_server.base.handlers import RedirectWithParams
    from jupyter_server.utils import url_path_join

    from migration_lab.lab.handlers import LessonHandler, WorkHandler

    base = server.base_url
    target = {"url": url_path_join(base, START_PAGE), "permanent": False}
    work = url_path_join(base, WORK_ADDRESS)
    handlers = [
        (url_path_join(base, START_ADDRESS), RedirectWithParams, target),
        (work, WorkHandler),
        (url_path_join(base, START_ADDRESS, r"(\w+)"), LessonHandler),
    ]
    server.web_app.add_handlers(".*$", handlers)
    os.environ[WORK_VARIABLE] = work  # for the kernels, which don't know where their server is


def prepare_environment() -> None:
    """Have all that this process starts find this environment's commands first, keep no bytecode, and use UTF-8."""
    folders = command_folders()
    inherited = os.environ.get("PATH", os.defpath).split(os.pathsep)
    os.environ["PATH"] = os.pathsep.join([*folders, *(folder for folder in inherited if folder not in folders)])
    os.environ["MIGRATION_LAB_PATH"] = os.pathsep.join(folders)
    # Python's bytecode cache goes by whole seconds and size: a migration edited twice within a second could run stale.
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    # Windows reads and writes text in its own code page unless told, and a lesson's files are UTF-8.
    os.environ.setdefault("PYTHONUTF8", "1")


def command_folders() -> list[str]:
    """The folders of this environment's commands: two where the interpreter has one of its own (conda on Windows)."""
    # Not resolved: a virtual environment's interpreter may be a link to one elsewhere.
    return list(dict.fromkeys([str(Path(sys.executable).parent), sysconfig.get_path("scripts")]))


def terminal_shell() -> list[str]:
    """The command of a new terminal, empty where Jupyter's own choice is right.

    Jupyter starts a login shell when its output goes to a file or a hub, and /etc/profile then resets the PATH. The
    user's own start-up file may put another Python first (conda and pyenv do), so Bash and zsh read ours, which reads
    the user's and then puts this environment first again.
    """
    if os.name == "nt":
        return []
    shell = os.environ.get("SHELL") or shutil.which("sh") or "sh"
    if Path(shell).name == "bash":
        return [shell, "--rcfile", str(TERMINAL_FILES / "bashrc"), "-i"]
    if Path(shell).name == "zsh":
        # zsh has no option for it, only the variable that names the folder of its start-up files.
        users = f"MIGRATION_LAB_ZDOTDIR={os.environ.get('ZDOTDIR', '')}"
        return ["env", users, f"ZDOTDIR={TERMINAL_FILES}", shell, "-i"]
    return [shell]
