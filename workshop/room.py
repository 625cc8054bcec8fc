"""Run a workshop's hub: check what it needs, start it, wait until it answers, and leave nothing behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workshop.accounts import AccountError, end_processes, our_accounts, remove_account
from workshop.memory import memory_groups
from workshop.reach import with_reach
from workshop.settings import COURSE, Settings

SECONDS_TO_START = 120
SECONDS_TO_STOP = 120
NOBODY = 65534
# A kernel's sockets are files, whose paths may have 107 characters; the longest name, and a kernel's, come after this.
LONGEST_HOMES = 107 - len("/") - 20 - len("/.run/kernel-00000000-0000-0000-0000-000000000000-ipc-9")
TOOLS = ("useradd", "userdel", "setpriv", "unshare")


class WorkshopError(Exception):
    """The workshop can't be held like this. The message is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Room:
    """A running hub."""

    settings: Settings
    process: subprocess.Popen[bytes]
    log: Path

    def wait(self) -> int:
        """Wait for the hub's end. Returns its exit code."""
        return self.process.wait()


def check(settings: Settings) -> None:
    """Raise WorkshopError where this machine can't keep learners apart, or the address can't be used."""
    if not settings.separate and hasattr(os, "geteuid") and os.geteuid() == 0:
        raise WorkshopError(
            "Not as root with --everyone-can-read-everything: every learner would be root. Leave sudo out."
        )
    if settings.separate:
        if sys.platform != "linux":
            raise WorkshopError("Learners' system accounts are made as Linux does it: hold the workshop on Linux.")
        if os.geteuid() != 0:
            raise WorkshopError(
                "Not root: learners can't get system accounts, and would read each other's work. Run `sudo make "
                "workshop`; to try it alone, make workshop WORKSHOP_ARGS=--everyone-can-read-everything"
            )
        missing = [tool for tool in TOOLS if shutil.which(tool) is None]
        if missing:
            raise WorkshopError(f"Missing: {', '.join(missing)}. On Debian or Ubuntu: apt install passwd util-linux")
        if len(str(settings.homes)) + len(settings.prefix) > LONGEST_HOMES:
            raise WorkshopError(
                f"{settings.homes} is too long a path for kernels' sockets: name a shorter one in --homes"
            )
    check_certificate(settings)
    with socket.socket(socket.AF_INET6 if ":" in settings.address else socket.AF_INET) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.address, settings.port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise WorkshopError(f"Can't listen on {settings.address}, port {settings.port}: {reason}.") from error


def check_certificate(settings: Settings) -> None:
    """Raise WorkshopError where the hub couldn't speak https with the certificate and the key that it is given."""
    if settings.certificate is None and settings.key is None:
        return
    if settings.certificate is None or settings.key is None:
        raise WorkshopError("https needs both: --certificate room.pem --key room.key")
    for path in (settings.certificate, settings.key):
        try:
            path.read_bytes()
        except OSError as error:
            raise WorkshopError(f"Can't read {path}: {error.strerror}.") from error
    try:
        # A key with a password would have the hub ask for it where nobody sees the question.
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            settings.certificate, settings.key, password=lambda: b""
        )
    except (ssl.SSLError, ValueError) as error:
        raise WorkshopError(
            f"{settings.certificate} and {settings.key} are no certificate (PEM) with its key (PEM, without a "
            f"password): {getattr(error, 'reason', None) or error}."
        ) from error


def reachable(command: list[str], settings: Settings) -> list[str]:
    """``command``, with what lets learners' accounts reach the course from it. Raises WorkshopError if nothing does."""
    if not settings.separate:
        return command
    node = Path(shutil.which("node") or "node").resolve()
    # Node.js brings its own libraries two folders up, except where it is the system's.
    needed = [COURSE, Path(sys.prefix), Path(sys.base_prefix), settings.state, settings.homes, node.parent.parent]
    frames = settings.state / "reach"
    become = [
        "setpriv",
        f"--reuid={NOBODY}",
        f"--regid={NOBODY}",
        "--clear-groups",
        "env",
        "-i",
        "PYTHONDONTWRITEBYTECODE=1",
    ]
    look = "import migration_lab.lessons, jupyterlab, pathlib, sys; any(open(path).read(1) for path in sys.argv[1:])"
    files = [str(path) for path in sorted((COURSE / "notebooks").glob("*.ipynb"))]
    probe = with_reach(
        [*become, sys.executable, "-c", look, *files], [path for path in needed if path.exists()], frames
    )
    tried = subprocess.run(probe, capture_output=True, text=True, check=False, cwd="/")
    if tried.returncode:
        reason = (tried.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise WorkshopError(
            f"Other accounts can't read the course in {COURSE} or its Python in {sys.base_prefix} ({reason}). "
            "Move the course to /srv, or make it readable: chmod -R o+rX"
        )
    return with_reach(command, needed, frames)


@contextlib.contextmanager
def running(settings: Settings) -> Iterator[Room]:
    """A hub that answers. With the end of the block it has ended, and with it all that it started."""
    check(settings)
    for folder, mode in ((settings.state, 0o711), (settings.homes, 0o755), (settings.shared, 0o711)):
        if not folder.exists():
            folder.mkdir(parents=True)
            folder.chmod(mode)
    log = settings.state / "hub.log"
    hub = [sys.executable, "-m", "jupyterhub", "--config", str(COURSE / "workshop" / "jupyterhub_config.py")]
    command = reachable(hub, settings)
    if shutil.which("setpriv"):
        command = ["setpriv", "--pdeathsig", "TERM", *command]
    environment = {**os.environ, **settings.environment(), "PYTHONPATH": str(COURSE)}
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
        # A session of its own: an interrupt from the keyboard reaches the hub once, by us.
        process = subprocess.Popen(
            command, cwd=COURSE, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        wait_until_it_answers(settings, process, log)
        yield Room(settings, process, log)
    finally:
        stop(process)
        clean_up(settings)


def wait_until_it_answers(settings: Settings, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the hub answers. Raises WorkshopError where it ends instead, or takes too long."""
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        if process.poll() is not None:
            lines = log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
            raise WorkshopError(f"The hub ended at once: {lines[-1]} (all of it: {log})")
        if answers(settings):
            return
        time.sleep(0.1)
    raise WorkshopError(f"The hub doesn't answer on {settings.url}; its log is {log}")


def answers(settings: Settings) -> bool:
    """Whether the hub answers on its address."""
    # The certificate may be for a name, or signed by nobody that this machine knows: only an answer is asked for.
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        with opener.open(f"{settings.url}/hub/api/", timeout=5) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the hub to end, which ends the proxy, the culler and every learner's server; insist after a while."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def clean_up(settings: Settings) -> None:
    """End what a hub that was killed left running in learners' accounts, and remove the memory groups."""
    if settings.separate:
        for account in our_accounts(settings.prefix):
            end_processes(account)
        groups = memory_groups(settings.state)
        if groups:
            groups.remove()


def remove_learners(settings: Settings) -> list[str]:
    """Remove all accounts that workshops made with this prefix, with all work in them. Returns their names."""
    names = our_accounts(settings.prefix)
    try:
        for name in names:
            remove_account(name)
    except AccountError as error:
        raise WorkshopError(str(error)) from error
    (settings.state / "secrets.json").unlink(missing_ok=True)
    shutil.rmtree(settings.shared, ignore_errors=True)
    return names
