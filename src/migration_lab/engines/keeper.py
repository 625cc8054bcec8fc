"""The process that keeps one database server: starts it, brings it back, and ends it with its last user.

Run by its path, ``python -I keeper.py PLAN``, and with little more than the standard library: it lives as long as the
server, once a learner. Whoever uses the server holds a connection to the keeper's socket, which the operating system
closes however that process ends; where there are no Unix sockets, the file of that name tells an address instead.
``PLAN`` is a :class:`Plan` in JSON, and what follows is JSON too, a line each: the keeper's first word on its standard
output, then ``use`` from a user and the answer. ``{"error": "..."}`` is for people.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

MARKER = ".migration-lab.json"
SOCKET = "keeper.sock"
LOG = "server.log"
LOOPBACK = "127.0.0.1"
_LOOK = 0.25  # seconds between two looks at the server
_PATIENCE = 60.0  # seconds for a server to start or to end; recovery after a power cut included
_LONGEST_LOG = 1_000_000
_NOBODYS_GROUP = 65534  # by number: its name differs between systems

# What a server's log says, and what to do about it.
_REMEDIES = (
    (
        ("No space left on device", "Disk is full", "out of disk space", "failed with error 28"),
        "Free some space on that disk (100 MB)",
    ),
    (("Read-only file system",), "Make that disk writable, or name another folder in MIGRATION_LAB_SCRATCH"),
    (("Cannot allocate memory", "out of memory"), "There is too little memory: shut other kernels down"),
    (("Address already in use", "could not create lock file"), "Another server has that socket: end it"),
    (
        ("Permission denied", "has wrong ownership", "has invalid permissions"),
        "Work as the user whom that folder belongs to, or name another folder in MIGRATION_LAB_SCRATCH",
    ),
)


@dataclass(frozen=True)
class Plan:
    """How one server is made and run. Paths in commands are whole."""

    name: str
    """For people: ``PostgreSQL 18.4``."""
    kind: str
    """What the folder's marker must say: ``postgresql``."""
    version: str
    """The version that the data folder belongs to, as in ``18``."""
    folder: str
    make: list[str]
    """The command that makes the folder ``data.new``, which becomes ``data`` once it is whole."""
    made_of: list[str]
    """Files whose text ``make`` reads, after ``made_by``: such a command finds ``data.new`` there, and empty."""
    made_by: str
    start: list[str]
    environment: dict[str, str]
    server_socket: str
    """Its path; or 127.0.0.1, a colon and a port."""
    process_file: str
    """The file in which the server tells its process, in the first line."""
    ready_word: str
    """The line of that file that says that it is ready; without one, its socket answers then."""
    stop_signal: int
    kill_signal: int
    grace: float
    """Seconds from the last user's end to the server's."""
    as_root: bool
    """Whether it runs as root: else it runs as the user nobody there."""

    def to_json(self) -> str:
        """For the command line."""
        return json.dumps(asdict(self))


class KeeperError(Exception):
    """The server can't start. The message is one line: what, where, and what to do."""


class Keeper:
    """One server in one folder."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.folder = Path(plan.folder)
        self.data = self.folder / "data"
        self._server: subprocess.Popen[bytes] | None = None

    # The folder

    def claim(self) -> None:
        """Make the folder ours, or see that it is. Raises KeeperError where it is another's."""
        marker = self.folder / MARKER
        ours = {"made_by": "migration_lab", "engine": self.plan.kind, "version": self.plan.version}
        if not marker.is_file():
            if self.folder.exists() and any(self.folder.iterdir()):
                raise KeeperError(f"{self.folder} has no {MARKER}, so the course didn't make it: move it away")
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            marker.write_text(json.dumps(ours) + "\n", encoding="utf-8")
        try:
            found = json.loads(marker.read_text(encoding="utf-8"))
        except ValueError:
            found = {}
        if found != ours:
            what = f"{found.get('engine')} {found.get('version')}" if isinstance(found, dict) and found else "unknown"
            raise KeeperError(
                f"{self.folder} holds data of {what}, which {self.plan.name} can't read: move that folder away, and "
                "the lessons make their databases anew"
            )

    def _gone(self) -> bool:
        return not (self.folder / MARKER).is_file()

    # The server

    def ensure(self) -> None:
        """See that the server runs. Raises KeeperError where it can't."""
        if self._server is not None and self._server.poll() is None:
            return
        try:
            self.claim()
            self._end_leftover()
            self._make()
            self._start_patiently()
        except OSError as error:
            raise KeeperError(self._sentence(f"{error.strerror}: {error.filename or self.folder}")) from error

    def died(self) -> bool:
        """True where the server ended by itself, or was killed."""
        return self._server is not None and self._server.poll() is not None

    @property
    def process(self) -> int:
        """The server's number among the processes."""
        return self._server.pid if self._server is not None else 0

    def _make(self) -> None:
        if self.data.is_dir():
            return
        new = self.folder / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        self._give_away()
        if self.plan.made_of:
            new.mkdir(mode=0o700)
        text = self.plan.made_by + "".join(Path(name).read_text(encoding="utf-8") for name in self.plan.made_of)
        log = self.folder / "make.log"
        with log.open("wb") as output:
            made = subprocess.run(
                self._as_user(self.plan.make),
                input=text.encode(),
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment(),
                cwd="/" if os.name == "posix" else None,
                check=False,
            )
        if made.returncode:
            shutil.rmtree(new, ignore_errors=True)
            raise KeeperError(self._failed(log))
        new.rename(self.data)

    def _start_patiently(self) -> None:
        """Start it, once the last children of a killed server have noticed."""
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                return self._start()
            except KeeperError as error:
                if "pre-existing shared memory block" not in str(error) or time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def _start(self) -> None:
        log = self.folder / LOG
        if log.exists() and log.stat().st_size > _LONGEST_LOG:
            log.unlink()
        with log.open("ab") as output:
            before = output.tell()
            self._server = subprocess.Popen(
                self._as_user(self.plan.start),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment(),
                cwd="/" if os.name == "posix" else None,
            )
        end = time.monotonic() + _PATIENCE
        while not self._ready():
            if self._server.poll() is not None:
                self._server = None
                raise KeeperError(self._failed(log, before))
            if time.monotonic() > end:
                self.stop()
                raise KeeperError(f"{self.plan.name} wasn't ready within {_PATIENCE:.0f} s; its log: {log}")
            time.sleep(0.02)

    def _ready(self) -> bool:
        lines = self._process_file()
        if not lines or self._server is None or lines[0] != str(self._server.pid):
            return False
        if self.plan.ready_word:
            return self.plan.ready_word in lines
        return answers(self.plan.server_socket)

    def _process_file(self) -> list[str]:
        try:
            return [line.strip() for line in Path(self.plan.process_file).read_text(encoding="utf-8").splitlines()]
        except OSError:
            return []

    def _end_leftover(self) -> None:
        """End a server that outlived its keeper, and take the name of a dead one out of the way."""
        lines = self._process_file()
        # On Windows os.kill ends whoever has the number, whatever is asked of it: such a server keeps its port instead,
        # and the next says so.
        if os.name != "posix" or not lines or not lines[0].isdigit():
            return
        process = int(lines[0])
        end = time.monotonic() + _PATIENCE
        sent = False
        while runs(process, str(self.data)):
            if not sent or time.monotonic() > end:
                os.kill(process, self.plan.kill_signal if sent else self.plan.stop_signal)
                sent = True
            time.sleep(0.05)
        if exists(process):
            # PostgreSQL wouldn't start while another process has the number. Else the file is its own to judge by: it
            # tells whether children of a killed server still use the data.
            Path(self.plan.process_file).unlink(missing_ok=True)

    def stop(self) -> None:
        """End the server, cleanly where it lets itself be ended."""
        if self._server is None:
            return
        if self._server.poll() is None:
            if os.name == "posix":
                self._server.send_signal(self.plan.stop_signal)
            else:
                self._server.terminate()  # like a power cut, after which it comes back unharmed
            try:
                self._server.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
        self._server = None

    def kill(self) -> None:
        """End the server at once: its folder is gone."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()

    # The user that it runs as

    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self.plan.environment}

    def _changes_user(self) -> bool:
        return hasattr(os, "geteuid") and os.geteuid() == 0 and not self.plan.as_root

    def _user(self) -> tuple[int | str, int]:
        """Who runs the server where root may not, and their group: who has the data, else nobody."""
        if self.data.is_dir() and (owner := self.data.stat()).st_uid != 0:
            return owner.st_uid, owner.st_gid
        return "nobody", _NOBODYS_GROUP

    def _give_away(self) -> None:
        if self._changes_user():
            shutil.chown(self.folder, *self._user())

    def _as_user(self, command: list[str]) -> list[str]:
        """``command`` so that it ends with this process, and not as root where root is refused.

        A folder below ``/root`` is nobody's to enter. Where the system lets us, the server keeps root's right to enter
        and read all folders, and no other (capabilities(7)).
        """
        program = shutil.which("setpriv") if sys.platform == "linux" else None
        root = self._changes_user()
        if program is None:
            if root:
                raise KeeperError(f"{self.plan.name} refuses to run as root, and setpriv is missing: work as a user")
            return command
        words = [program, "--pdeathsig", signal.Signals(self.plan.stop_signal).name.removeprefix("SIG")]
        if root:
            user, group = self._user()
            words += ["--reuid", str(user), "--regid", str(group), "--clear-groups", "--no-new-privs"]
            may_read = next((name for bit, name in ((2, "dac_read_search"), (1, "dac_override")) if may(bit)), None)
            if may_read:
                words += [f"--inh-caps=-all,+{may_read}", f"--ambient-caps=-all,+{may_read}"]
            else:
                tried = [*words, "test", "-x", command[0], "-a", "-w", str(self.folder)]
                if subprocess.run(tried, stderr=subprocess.DEVNULL, check=False).returncode:
                    raise KeeperError(
                        f"{self.plan.name} refuses to run as root, and user {user}, as whom it could, can't enter "
                        f"{self.folder} or run {command[0]}: work as an ordinary user"
                    )
        return [*words, *command]

    # Words

    def _failed(self, log: Path, start: int = 0) -> str:
        """Why, in the last words of a log from byte ``start`` on that tell of an error."""
        lines = [line.strip() for line in log.read_bytes()[start:].decode(errors="replace").splitlines()]
        lines = [line for line in lines if line]
        bad = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "ERROR", "error:", "Error"))]
        telling = [line for line in bad if "Aborting" not in line] or bad or lines or ["no word of why"]
        known = [line for line in lines if any(word in line for words, _ in _REMEDIES for word in words)]
        return f"{self._sentence((known or telling)[-1])}; its log: {log}"

    def _sentence(self, why: str) -> str:
        remedy = next((remedy for words, remedy in _REMEDIES if any(word in why for word in words)), "")
        return f"{self.plan.name} can't start: {why}" + (f". {remedy}" if remedy else "")


def may(capability: int) -> bool:
    """Whether this process has a capability, by its number in capabilities(7), and may hand it on."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    masks = [int(line.split()[1], 16) for line in status.splitlines() if line.startswith(("CapPrm", "CapBnd"))]
    return all(mask >> capability & 1 for mask in masks)


def runs(process: int, data: str) -> bool:
    """Whether the process ``process`` is a server on the data folder ``data``."""
    try:
        if sys.platform == "linux":
            words = Path(f"/proc/{process}/cmdline").read_bytes().decode(errors="replace")
        else:
            command = ["ps", "-ww", "-o", "command=", "-p", str(process)]
            words = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return False
    return data in words


def exists(process: int) -> bool:
    """Whether there is such a process, whoever's."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def connect(place: str, patience: float | None = None) -> socket.socket:
    """A connection to what listens at ``place``, a path or 127.0.0.1:PORT. Raises OSError where nothing does."""
    host, _, port = place.rpartition(":")
    if host == LOOPBACK:
        return socket.create_connection((host, int(port)), patience)
    open_one = socket.socket(socket.AF_UNIX)
    open_one.settimeout(patience)
    try:
        open_one.connect(place)
    except OSError:
        open_one.close()
        raise
    return open_one


def answers(place: str) -> bool:
    """Whether something listens there."""
    try:
        connect(place).close()
    except OSError:
        return False
    return True


def listen(path: Path, server_socket: str) -> socket.socket:
    """Listen for users: at ``path``, or where the server has a port, at one that the file there tells."""
    path.unlink(missing_ok=True)
    if server_socket.startswith(f"{LOOPBACK}:"):
        listening = socket.create_server((LOOPBACK, 0), backlog=50)
        path.write_text(f"{LOOPBACK}:{listening.getsockname()[1]}", encoding="utf-8")
        return listening
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen(50)
    return listening


def only_one(folder: Path) -> FileLock:
    """Wait until no other keeper has the folder. Returns the lock, which ends with this process."""
    lock = FileLock(folder.with_name(f"{folder.name}.keeper"))
    try:
        lock.acquire(timeout=_PATIENCE)
    except Timeout:
        raise KeeperError(f"another process keeps {folder}, and doesn't end: end it, then try again") from None
    return lock


def serve(keeper: Keeper, listening: socket.socket) -> None:
    """Answer users until the last has been gone for a while, or the folder is gone."""
    with selectors.DefaultSelector() as selector:
        selector.register(listening, selectors.EVENT_READ)
        users: set[socket.socket] = set()
        alone_since = time.monotonic()
        while users or time.monotonic() - alone_since < keeper.plan.grace:
            for key, _ in selector.select(_LOOK):
                if key.fileobj is listening:
                    user, _address = listening.accept()
                    user.settimeout(1)
                    users.add(user)
                    selector.register(user, selectors.EVENT_READ)
                    continue
                user = key.fileobj  # type: ignore[assignment]
                if not answered(keeper, user):
                    selector.unregister(user)
                    users.discard(user)
                    user.close()
                    alone_since = time.monotonic()
            if keeper._gone():
                keeper.kill()
                return
            if keeper.died():
                # At once, for who doesn't ask first, like Alembic in a terminal. Its next user hears why it can't.
                with contextlib.suppress(KeeperError):
                    keeper.ensure()


def answered(keeper: Keeper, user: socket.socket) -> bool:
    """Answer one user's ``use``; False once that user is gone."""
    try:
        if not user.recv(100):
            return False
        try:
            keeper.ensure()
            answer: dict[str, object] = {"ready": keeper.process}
        except KeeperError as error:
            answer = {"error": str(error)}
        user.sendall(json.dumps(answer).encode() + b"\n")
    except OSError:
        return False
    return True


def main(words: list[str]) -> int:
    """Keep the server of the plan in ``words``. Returns the exit code."""
    keeper = Keeper(Plan(**json.loads(words[0])))
    path = keeper.folder / SOCKET
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        keeper.folder.parent.mkdir(parents=True, exist_ok=True)
        held = only_one(keeper.folder)
        keeper.claim()
        listening = listen(path, keeper.plan.server_socket)
    except KeeperError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return 1
    except OSError as error:
        print(json.dumps({"error": keeper._sentence(f"{error.strerror}: {error.filename or path}")}), flush=True)
        return 1
    print(json.dumps({"listening": str(path)}), flush=True)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        serve(keeper, listening)
    finally:
        path.unlink(missing_ok=True)
        listening.close()
        keeper.stop()
    held.release()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
