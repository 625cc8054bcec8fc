"""The course's own addresses in Jupyter: a lesson laid out beside its live view, and the learner's work as a zip."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import time
from pathlib import Path

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from jupyterlab_server.workspaces_handler import WorkspacesManager
from tornado import web

from migration_lab.lab.workspace import lesson_workspace, live_view_cell
from migration_lab.lessons import VARIABLE
from migration_lab.work import pack_work


class LessonHandler(JupyterHandler):
    """``/course/02_failure``: lay that lesson out anew beside its live view, and go there.

    JupyterLab keeps what the learner arranges at the address that this leads to. Each visit gets an address of its
    own: on one that another window shows, JupyterLab opens an empty layout instead, and that window would go on saving
    its own over ours.
    """

    auth_resource = "contents"

    @web.authenticated
    @authorized
    def get(self, name: str) -> None:
        """Write the lesson's workspace and redirect to it; the query, with Binder's token, goes along."""
        path = f"notebooks/{name}.ipynb"
        try:
            cell = live_view_cell(_course(self) / path)
        except (OSError, ValueError) as error:
            raise web.HTTPError(404, f"There is no lesson {name}: {error}") from error
        workspace = f"{name}-{secrets.token_hex(3)}"
        manager = WorkspacesManager(self._workspaces_folder())
        manager.save(workspace, json.dumps(lesson_workspace(workspace, path, cell)))
        address = url_path_join(self.base_url, "lab/workspaces", workspace)
        self.redirect(f"{address}?{self.request.query}" if self.request.query else address)

    def _workspaces_folder(self) -> str:
        """Where this server's JupyterLab keeps its workspaces, which a configuration may have moved."""
        assert self.serverapp is not None
        for app in self.serverapp.extension_manager.extension_apps.get("jupyterlab", ()):
            return str(app.workspaces_dir)
        from jupyterlab.commands import get_workspaces_dir

        return str(get_workspaces_dir())


class WorkHandler(JupyterHandler):
    """``/course/work``: the learner's work as a zip file to download."""

    auth_resource = "contents"

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Pack the work, which takes a moment, beside whatever else the server is asked."""
        course = _course(self)
        scratch = Path(os.environ.get(VARIABLE) or course / "scratch_db")
        content = await asyncio.to_thread(pack_work, course / "notebooks", scratch)
        self.set_header("Content-Type", "application/zip")
        name = f"my_work_{time.strftime('%Y%m%d_%H%M%S')}.zip"
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        self.set_header("Cache-Control", "no-store")
        await self.finish(content)


def _course(handler: JupyterHandler) -> Path:
    """The folder that the file browser shows. Not looked for elsewhere: on a hub it is the learner's own."""
    assert handler.serverapp is not None
    return Path(handler.serverapp.root_dir)
