"""Find the hub's proxy, which is a Node.js program, or install it beside the Python packages."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

PACKAGE = "configurable-http-proxy@5"
FOLDER = Path(sys.prefix) / "share" / "migration-lab-workshop"
SCRIPT = FOLDER / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"


class ProxyError(Exception):
    """There is no proxy, and it can't be installed. The message is one line that says what to do."""


def find_proxy() -> Path:
    """The proxy's script, installed by npm if need be. Raises ProxyError."""
    if shutil.which("node") is None:
        raise ProxyError("The hub's proxy needs Node.js: on Debian or Ubuntu, `sudo apt install nodejs npm`")
    if SCRIPT.is_file():
        return SCRIPT
    npm = shutil.which("npm")
    if npm is None:
        raise ProxyError(f"npm is needed to install {PACKAGE}: on Debian or Ubuntu, `sudo apt install npm`")
    FOLDER.mkdir(parents=True, exist_ok=True)
    print(f"Installing {PACKAGE} into {FOLDER}", flush=True)
    options = ["--no-package-lock", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(
        [npm, "install", f"--prefix={FOLDER}", *options, PACKAGE], capture_output=True, text=True, check=False
    )
    if done.returncode or not SCRIPT.is_file():
        lines = (done.stderr or done.stdout).strip().splitlines() or ["npm gave no reason"]
        raise ProxyError(f"npm can't install {PACKAGE}: {lines[0]}")
    return SCRIPT
