"""Install the course into .venv with the standard library alone; each failure ends in one line that says what to do.

Two stamp files say that an installation is complete: ``.venv/installed``, and ``.venv/installed-test`` with the tests'
tools. They are written last and removed first, so a failed or interrupted one is never taken for complete.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# pip's and urllib3's own words, for want of an exit code that tells a missing network from a missing package.
NO_NETWORK = (
    "Connection refused",
    "Failed to establish a new connection",
    "Name or service not known",
    "Network is unreachable",
    "NewConnectionError",
    "ProxyError",
    "SSLError",
    "Temporary failure in name resolution",
    "nodename nor servname provided",
    "timed out",
)
NO_SPACE = "No space left on device"


class SetupError(Exception):
    """The environment cannot be made; the message is one line that says what to do."""


def main(extras: list[str]) -> int:
    """Make or refresh .venv. ``extras`` names the optional dependencies to install: ``["test"]`` or nothing.

    Returns the exit code: 0 when installed, 2 when the machine lacks something, 130 when interrupted.
    """
    try:
        install(ROOT, extras)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted: the same command starts over.", file=sys.stderr)
        return 130
    return 0


def install(root: Path, extras: list[str]) -> None:
    """Install the project in ``root`` editable, with ``extras``, into its .venv; raise SetupError if that fails."""
    environment = root / ".venv"
    stamps = [environment / "installed", *(environment / f"installed-{extra}" for extra in extras)]
    moved = stamps[0].exists() and stamps[0].read_text(encoding="utf-8").strip() != str(root)
    try:
        for stamp in stamps:
            stamp.unlink(missing_ok=True)
        if moved or not is_usable(environment):
            make_environment(environment)
        install_packages(root, environment, extras)
        for stamp in stamps:
            stamp.write_text(f"{root}\n", encoding="utf-8")
    except OSError as error:
        raise SetupError(f"Cannot write {environment}: {error.strerror}. Mend that, then try again.") from error


def python_of(environment: Path) -> Path:
    """The interpreter of a virtual environment."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def is_usable(environment: Path) -> bool:
    """Whether ``environment`` has a Python that is new enough and has pip."""
    probe = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([python_of(environment), "-c", probe], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def make_environment(environment: Path) -> None:
    """Make an empty virtual environment, in place of a broken one; raise SetupError if this Python cannot."""
    # Debian splits these from Python: venv is there without ensurepip, and leaves half an environment when run.
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise SetupError(without_venv())
    existed = environment.exists()
    clear = ["--clear"] if (environment / "pyvenv.cfg").exists() else []
    # An activated .venv cannot remake itself: the Python that it was made from does.
    python = getattr(sys, "_base_executable", None) or sys.executable
    made = subprocess.run([python, "-m", "venv", *clear, environment], capture_output=True, text=True, check=False)
    if made.returncode:
        if not existed:
            shutil.rmtree(environment, ignore_errors=True)
        output = made.stdout + made.stderr
        if NO_SPACE in output:
            raise SetupError(f"No space left on the disk for {environment}: some 600 MB are needed.")
        if "ensurepip" in output:
            raise SetupError(without_venv())
        lines = output.strip().splitlines() or ["no reason given"]
        raise SetupError(f"{python} cannot make a virtual environment in {environment}: {lines[-1]}")


def without_venv() -> str:
    """What to do where Python cannot make a virtual environment with pip in it."""
    return (
        f"{sys.executable} cannot make virtual environments: on Debian or Ubuntu, `sudo apt install python3-venv`; "
        "elsewhere, name another Python: make PYTHON=python3.13 lab"
    )


def install_packages(root: Path, environment: Path, extras: list[str]) -> None:
    """Install the project editable, with ``extras``, by pip; raise SetupError, naming pip's log, if pip fails."""
    log = environment / "install.log"
    # The course is an extra to pip alone, which may be asked for the tools without it.
    target = f".[{','.join(['course', *extras])}]"
    command = [str(python_of(environment)), "-m", "pip", "install", "--no-input", "--editable", target]
    print(f"Installing into {environment} (a minute or two the first time; log: {log})", flush=True)
    with log.open("w", encoding="utf-8") as output:
        code = subprocess.run(command, cwd=root, stdout=output, stderr=output, check=False).returncode
    if code == 0:
        return
    text = log.read_text(encoding="utf-8", errors="replace")
    if NO_SPACE in text:
        raise SetupError(f"No space left on the disk: some 600 MB are needed. pip's log: {log}")
    if any(words in text for words in NO_NETWORK):
        raise SetupError(f"pip cannot reach its package index: check the network or the proxy. pip's log: {log}")
    errors = [line for line in text.splitlines() if line.startswith("ERROR")] or text.splitlines()[-1:]
    raise SetupError(f"pip could not install the course: {' '.join(errors[:1])} pip's log: {log}")
