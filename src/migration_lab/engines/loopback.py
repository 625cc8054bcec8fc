"""The way to a server where there are no Unix sockets: a port of this machine's own address, and a password."""

from __future__ import annotations

import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from migration_lab.engines.keeper import LOOPBACK

NO_SOCKETS = not hasattr(socket, "AF_UNIX")  # Windows: Python has none there


@dataclass(frozen=True)
class Door:
    """Where one server listens, and for whom."""

    port: int
    password: str
    file: Path
    """Its first line is the password. Command lines name files: everybody may read those."""

    @property
    def address(self) -> str:
        """As a plan has it."""
        return f"{LOOPBACK}:{self.port}"


def door(folder: Path) -> Door:
    """The door of the server in ``folder``: made once, and kept beside it, for its owner's eyes."""
    file = folder.with_name(f"{folder.name}.door")
    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{file}.lock"):
        if not file.exists():
            with socket.socket() as free:
                free.bind((LOOPBACK, 0))
                port = free.getsockname()[1]
            write_privately(file, f"{secrets.token_urlsafe()}\n{port}\n")
    password, port = file.read_text(encoding="utf-8").split()
    return Door(int(port), password, file)


def write_privately(file: Path, text: str) -> None:
    """Make ``file`` of this text, which nobody else may read. It is there whole, or not at all."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(text, encoding="utf-8")
    new.replace(file)
