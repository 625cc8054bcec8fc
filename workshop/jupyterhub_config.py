"""JupyterHub's configuration for a room. ``make workshop`` starts the hub with it: see ``workshop.room``."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from workshop.authenticator import RoomAuthenticator
from workshop.settings import INSTRUCTOR, Settings
from workshop.spawner import LearnerSpawner, server_command

if TYPE_CHECKING:
    from typing import Any

    def get_config() -> Any:
        """JupyterHub puts this name into the file."""


def free_port() -> int:
    """A port of this machine that nothing listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


# For the hub's database above all, which SQLite would let everyone read.
os.umask(0o077)

c = get_config()
settings = Settings.from_environment()
setpriv = shutil.which("setpriv")
with_the_hub = [setpriv, "--pdeathsig", "TERM"] if setpriv else []

c.JupyterHub.bind_url = settings.url
if settings.certificate and settings.key:
    c.JupyterHub.ssl_cert, c.JupyterHub.ssl_key = str(settings.certificate), str(settings.key)
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{free_port()}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{free_port()}"
c.ConfigurableHTTPProxy.command = [*with_the_hub, shutil.which("node") or "node", str(settings.proxy)]
c.ConfigurableHTTPProxy.pid_file = str(settings.state / "proxy.pid")
c.JupyterHub.cookie_secret_file = str(settings.state / "cookie_secret")
c.JupyterHub.db_url = f"sqlite:///{settings.state / 'hub.sqlite'}"
c.JupyterHub.template_paths = [str(Path(__file__).resolve().parent / "templates")]

c.JupyterHub.authenticator_class = RoomAuthenticator
c.Authenticator.allow_all = True
c.Authenticator.admin_users = {INSTRUCTOR}

c.JupyterHub.spawner_class = LearnerSpawner
c.Spawner.cmd = server_command()
if not settings.separate:
    # Sockets that only the learner can use (learner-side/) need short paths, and here nothing is private anyway.
    c.Spawner.args = ["--KernelManager.transport=tcp"]
# A room signs in at the same moment, and two cores start some forty servers a minute.
c.JupyterHub.concurrent_spawn_limit = 0
c.Spawner.start_timeout = c.Spawner.http_timeout = 300
c.LocalProcessSpawner.interrupt_timeout = 10
c.LocalProcessSpawner.term_timeout = 5
c.JupyterHub.cleanup_servers = True

c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle-culler"],
    }
]
c.JupyterHub.services = [
    {
        "name": "idle-culler",
        "command": [
            *with_the_hub,
            *(sys.executable, "-m", "jupyterhub_idle_culler"),
            f"--timeout={settings.idle}",
            f"--cull-every={max(1, settings.idle // 4)}",
        ],
    }
]
